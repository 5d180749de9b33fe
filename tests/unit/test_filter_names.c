/* Names in filters: Wireshark's, v9's, the caller's, and those that a capture defines. */
#include <config.h>

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lib/filtercheck.h"
#include "lib/nomem.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *name, *canonical;
} names[] = {
	{ "cflow.srcaddr", "sourceIPv4Address" },
	{ "cflow.dstaddrv6", "destinationIPv6Address" },
	{ "cflow.octets", "octetDeltaCount" },
	{ "cflow.packets", "packetDeltaCount" },
	{ "cflow.permanent_octets", "octetTotalCount" },
	{ "cflow.protocol", "protocolIdentifier" },
	{ "cflow.tcpflags", "tcpControlBits" },
	{ "cflow.tcpflags.syn", "tcpflags.syn" },
	{ "cflow.srcport", "sport" },
	{ "cflow.inputint", "ingressInterface" },
	{ "cflow.srcas", "bgpSourceAsNumber" },
	{ "cflow.timestart", "flowStartSysUpTime" },
	{ "cflow.abstimestart", "first" },
	{ "cflow.timedelta", "duration" },
	{ "cflow.direction", "flowDirection" },
	{ "cflow.if_name", "interfaceName" },
	{ "cflow.post_natsource_ipv4_address", "nat_src" },
	{ "cflow.pie.ixia.l7-application-name", "3054/ixiaL7AppName" },
	{ "cflow.pie.ntop.l7_proto_name", "ie35632/119" },
	{ "cflow.version", "msg.version" },
	{ "cflow.od_id", "msg.domain" },
	{ "cflow.source_id", "msg.domain" },
	{ "cflow.flowset_id", "set.id" },
	{ "cflow.template_id", "template.id" },
	{ "IPV4_SRC_ADDR", "sourceIPv4Address" },
	{ "ipv4_src_addr", "sourceIPv4Address" },
	{ "LAST_SWITCHED", "flowEndSysUpTime" },
	{ "BPG_IPV6_NEXT_HOP", "bgpNextHopIPv6Address" },
	{ "ie1", "octetDeltaCount" },
	{ "ie32767", "ie32767" },
	{ "ie40001", "xlate_src_addr_ipv4" },
	{ "ie29305/1", "reverse.octetDeltaCount" },
	{ "ie64512/9", "ie64512/9" },
	{ "reverse.src", "reverse.src" },
	{ "srcip", "src" },
	{ "srcas", "src_as" },
	{ "frame", "frame.number" },
	{ "version", "msg.version" },
	{ "exporter", "exporter.ip" },
};

static void each_name_resolves(void **state)
{
	struct filtercheck *fc = *state;
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT(names); i++) {
		struct filter_error err;
		struct filter *f = filter_new(names[i].name, strlen(names[i].name), NULL,
					      fc->wc->registry, &err);
		struct nf_strbuf s;

		nf_strbuf_init(&s);
		if (f != NULL)
			filter_canonical(&s, f);
		else
			nf_sb_str(&s, err.text);
		if (strcmp(nf_strbuf_cstr(&s), names[i].canonical) != 0) {
			print_error("%s: got %s, want %s\n", names[i].name, nf_strbuf_cstr(&s),
				    names[i].canonical);
			wrong++;
		}
		nf_strbuf_done(&s);
		filter_free(f);
	}
	assert_int_equal(wrong, 0);
}

/* Every row of Wireshark's names stands for something. */
static void all_of_wiresharks_names_resolve(void **state)
{
	static const char *const rows[] = {
#define CFLOW(name, ...) "cflow." name,
#define SPAN CFLOW
#define CFLOW_IS CFLOW
#define SPAN_IS CFLOW
#include "model/filter_cflow.def"
	};
	struct filtercheck *fc = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct filter *f = filter_new(rows[i], strlen(rows[i]), NULL, fc->wc->registry,
					      NULL);

		if (f == NULL)
			print_error("%s\n", rows[i]);
		assert_non_null(f);
		filter_free(f);
	}
	assert_true(COUNT(rows) > 1200);
}

/* -- Names that the caller brings ------------------------------------------------------- */

static bool ingress_name(const struct filter_name *name, const struct filter_at *at,
			 struct filter_value *v)
{
	const char *const *table = at->opts->ctx;
	uint64_t index;

	assert_string_equal(name->name, "join.ingress.name");
	if (at->rec == NULL || !nf_slot(at->rec, NF_ROLE_IN_IF, &index) || index > 2)
		return false;
	*v = (struct filter_value){
		.type = FILTER_TEXT,
		.b = { (const uint8_t *)table[index], strlen(table[index]) },
	};
	return true;
}

static const struct filter_name joins[] = {
	{ .name = "join.ingress.name", .type = FILTER_TEXT, .level = FILTER_OF_RECORD,
	  .get = ingress_name, .help = "name of the ingress interface" },
};

static void the_callers_names_work(void **state)
{
	static const char *const table[] = { "local", "TenGigE0/0", "eth0" };
	static const struct {
		const char *filter;
		bool kept;
	} cases[] = {
		{ "join.ingress.name == \"TenGigE0/0\"", true },
		{ "join.ingress.name contains \"Gig\" and sport == 53", true },
		{ "join.ingress.name matches \"^ten\"", true },
		{ "join.ingress.name", true },
		{ "len(join.ingress.name) == 10", true },
		{ "join.ingress.name[0:3] == \"Ten\"", true },
		{ "lower(join.ingress.name) == \"eth0\"", false },
	};
	struct filtercheck *fc = *state;
	const struct filter_opts opts = { .names = joins, .nnames = COUNT(joins), .ctx = table };
	struct nf_view v = filtercheck_view(fc, 0);

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct filter_error err;
		struct filter *f = filter_new(cases[i].filter, strlen(cases[i].filter), &opts,
					      fc->wc->registry, &err);

		assert_non_null(f);
		if (filter_message(f, &v) != cases[i].kept)
			print_error("%s\n", cases[i].filter);
		assert_int_equal(filter_message(f, &v), cases[i].kept);
		filter_free(f);
	}
}

static void names_are_listed(void **state)
{
	const struct filter_opts opts = { .names = joins, .nnames = COUNT(joins) };
	struct filtercheck *fc = *state;
	const struct filter_name *name;
	size_t at = 0, n = 0;
	bool join = false, group = false;

	while ((name = filter_name_next(&opts, &at)) != NULL) {
		struct filter *f = filter_new(name->name, strlen(name->name), &opts,
					      fc->wc->registry, NULL);

		assert_non_null(f);
		assert_non_null(name->help);
		filter_free(f);
		n++;
		join = join || name == &joins[0];
		group = group || strcmp(name->name, "src") == 0;
	}
	assert_true(n > 60);
	assert_true(join);
	assert_true(group);
}

/* -- Names that the capture brings (RFC 5610) ------------------------------------------- */

static void define(struct nf_registry *r, uint32_t pen, uint16_t id, const char *name,
		   enum nf_type type)
{
	const struct nf_ie ie = { .pen = pen, .id = id, .name = name, .type = (uint8_t)type };

	assert_true(nf_registry_define(r, &ie, NF_FROM_CAPTURE));
}

/* A type that comes to be known while the filter is at work. */
static void types_may_come_later(void **state)
{
	static const char message[] =
		"ipfix domain=1\nset 2\ntemplate 400 64513:5/8\nset 400\nrecord -1/8\n";
	static const char text[] = "ie64513/5 > 1";
	struct filtercheck *fc = filtercheck_new();
	struct filter_error err;
	struct filter *f;
	struct nf_view v;

	(void)state;
	assert_non_null(fc);
	assert_true(filtercheck_add(fc, message));
	v = filtercheck_view(fc, fc->nmsgs - 1);
	f = filter_new(text, strlen(text), NULL, fc->wc->registry, &err);
	assert_non_null(f);
	assert_true(filter_message(f, &v));		/* 2^64 - 1 */
	define(fc->wc->registry, 64513, 5, "temperature", NF_TYPE_SIGNED64);
	assert_false(filter_message(f, &v));		/* -1 */
	filter_free(f);

	f = filter_new("64513/temperature < 0", 21, NULL, fc->wc->registry, &err);
	assert_non_null(f);
	assert_true(filter_message(f, &v));
	filter_free(f);

	/* an enterprise of which something is known has no name besides */
	f = filter_new("64513/temperatur < 0", 20, NULL, fc->wc->registry, &err);
	assert_null(f);

	/* a type that makes nonsense of the filter: it goes on as it was */
	f = filter_new(text, strlen(text), NULL, fc->wc->registry, &err);
	assert_non_null(f);
	define(fc->wc->registry, 64513, 5, "color", NF_TYPE_STRING);
	filter_message(f, &v);
	assert_false(filter_failed(f));
	filter_free(f);
	filtercheck_free(fc);
}

/* And a name that nothing has when the filter is read. */
static void names_may_come_later(void **state)
{
	static const char message[] =
		"ipfix domain=1\nset 2\ntemplate 400 64513:5/2\nset 400\nrecord 77/2\n";
	static const char text[] = "64513/temperature == 77 and 770/64513/temperature == 10";
	struct filtercheck *fc = filtercheck_new();
	struct filter_error err;
	struct filter *f;
	struct nf_view v;

	(void)state;
	assert_non_null(fc);
	assert_true(filtercheck_add(fc, message));
	v = filtercheck_view(fc, fc->nmsgs - 1);
	f = filter_new(text, strlen(text), NULL, fc->wc->registry, &err);
	assert_non_null(f);
	assert_string_equal(filter_undefined(f), "64513/temperature");
	assert_false(filter_message(f, &v));
	define(fc->wc->registry, 64513, 5, "temperature", NF_TYPE_UNSIGNED16);
	assert_true(filter_message(f, &v));
	assert_null(filter_undefined(f));
	filter_free(f);
	assert_null(filter_new("9/applicationNam", 16, NULL, fc->wc->registry, &err));
	filtercheck_free(fc);
}

/* One of two names is defined before the other: it counts at once. */
static void names_may_come_one_by_one(void **state)
{
	static const char message[] =
		"ipfix domain=1\nset 2\ntemplate 400 64513:5/2 64513:6/2\nset 400\nrecord 77/2 78/2\n";
	static const char text[] = "64513/temperature == 77 or 64513/pressure == 1";
	struct filtercheck *fc = filtercheck_new();
	struct filter_error err;
	struct filter *f;
	struct nf_view v;

	(void)state;
	assert_non_null(fc);
	assert_true(filtercheck_add(fc, message));
	v = filtercheck_view(fc, fc->nmsgs - 1);
	f = filter_new(text, strlen(text), NULL, fc->wc->registry, &err);
	assert_non_null(f);
	assert_false(filter_message(f, &v));
	define(fc->wc->registry, 64513, 5, "temperature", NF_TYPE_UNSIGNED16);
	assert_true(filter_message(f, &v));
	assert_string_equal(filter_undefined(f), "64513/pressure");
	define(fc->wc->registry, 64513, 6, "pressure", NF_TYPE_UNSIGNED16);
	assert_true(filter_message(f, &v));
	assert_null(filter_undefined(f));
	define(fc->wc->registry, 64513, 5, "humidity", NF_TYPE_UNSIGNED16);
	assert_false(filter_message(f, &v));
	filter_free(f);
	filtercheck_free(fc);
}

/* A capture cannot change what the words of a filter mean. */
static void words_stay_what_they_are(void **state)
{
	static const char message[] =
		"ipfix domain=1\nset 2\ntemplate 400 4/1 64513:5/2\nset 400\nrecord 6/1 10/2\n";
	static const struct {
		const char *text;
		uint32_t pen;
		const char *name;
	} words[] = {
		{ "proto == tcp and not ie64513/5 == 9", 0, "tcp" },
		{ "tcp and not ie64513/5 == 9", 0, "tcp" },
		{ "proto * 20/proto == 20 and ie64513/5 == 10", 20, "proto" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct filtercheck *fc = filtercheck_new();
		struct filter_error err;
		struct filter *f;
		struct nf_view v;

		assert_non_null(fc);
		assert_true(filtercheck_add(fc, message));
		v = filtercheck_view(fc, fc->nmsgs - 1);
		f = filter_new(words[i].text, strlen(words[i].text), NULL, fc->wc->registry, &err);
		if (f == NULL)
			fail_msg("%s: %s", words[i].text, err.text);
		assert_true(filter_message(f, &v));
		define(fc->wc->registry, words[i].pen, 600, words[i].name, NF_TYPE_UNSIGNED8);
		define(fc->wc->registry, 64513, 5, "temperature", NF_TYPE_UNSIGNED16);
		assert_true(filter_message(f, &v));
		filter_free(f);
		filtercheck_free(fc);
	}
}

/* Definitions of what a filter does not name cost it nothing: each call would take memory. */
static void others_names_cost_nothing(void **state)
{
	static const char message[] =
		"ipfix domain=1\nset 2\ntemplate 400 64513:5/2\nset 400\nrecord 77/2\n";
	static const char text[] = "64513/temperature == 77 or proto == tcp or ie64513/5 == 78";
	struct filtercheck *fc = filtercheck_new();
	struct nomem memory = { .left = LONG_MAX };
	struct filter_error err;
	struct filter *f;
	struct nf_view v;

	(void)state;
	assert_non_null(fc);
	assert_true(filtercheck_add(fc, message));
	v = filtercheck_view(fc, fc->nmsgs - 1);
	f = filter_new(text, strlen(text), NULL, fc->wc->registry, &err);
	assert_non_null(f);
	assert_false(filter_message(f, &v));
	for (uint16_t i = 1; i < 200; i++) {
		define(fc->wc->registry, 64514, i, "temperature", NF_TYPE_UNSIGNED16);
		define(fc->wc->registry, 64513, (uint16_t)(i + 5), "pressure", NF_TYPE_UNSIGNED16);
		nomem_begin(&memory);
		assert_false(filter_message(f, &v));
		nomem_end(&memory);
		assert_true(memory.left == LONG_MAX);
	}
	define(fc->wc->registry, 64513, 5, "temperature", NF_TYPE_UNSIGNED16);
	assert_true(filter_message(f, &v));
	filter_free(f);
	filtercheck_free(fc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_name_resolves),
		cmocka_unit_test(all_of_wiresharks_names_resolve),
		cmocka_unit_test(the_callers_names_work),
		cmocka_unit_test(names_are_listed),
		cmocka_unit_test(types_may_come_later),
		cmocka_unit_test(names_may_come_later),
		cmocka_unit_test(names_may_come_one_by_one),
		cmocka_unit_test(words_stay_what_they_are),
		cmocka_unit_test(others_names_cost_nothing),
	};

	return cmocka_run_group_tests(tests, filtercheck_set_up, filtercheck_tear_down);
}
