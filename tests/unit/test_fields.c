/*
 * Elements by any of their names and numbers; what a capture makes of them; where memory runs
 * out at any one place.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "lib/streams.h"
#include "out/fieldlist.h"

/* Patterns and what they find: "id" or "pen/id", in order; "..." for more of them. */
static const struct find {
	const char *pattern, *found;
} finds[] = {
	{ "8", "8 " },
	{ "ie8", "8 " },
	{ "IE8", "8 " },
	{ "3", "3 3s " },		/* deltaFlowCount; the scope Line Card */
	{ "40001", "40001v " },
	{ "ie40001", "40001v " },
	{ "9789/1", "9789/1 " },
	{ "ie9789/1", "9789/1 " },
	{ "9789/", "9789/1 9789/2 9789/4 " },
	{ "9789/NAME", "9789/2 " },
	{ "29305/8", "29305/8 " },
	{ "35632/77", "" },
	{ "99999", "" },
	{ "99999999999999999999", "" },
	{ "sourceIPv4Address", "8 225 380 " },
	{ "SOURCEipv4address", "8 225 380 " },
	{ "reverse.sourceIPv4A", "29305/8 " },
	{ "IPV4_SRC_ADDR", "8 35632/114 35632/143 " },
	{ "src_tos", "5 " },		/* a second name in v9 */
	{ "dstas", "17 128 3054/187 " },		/* a name of filters', and of Wireshark's */
	{ "cflow.srcaddr", "8 27 " },
	{ "vrf", "234 235 236 " },
	{ "nat_dport", "228 40004v " },
	{ "*ipv4address", "8 12 15 18 ..." },
	{ "bgp?ourceAsNumber", "16 " },
	{ "[sd]port", "7 11 180 181 182 183 " },
	{ "^ip(NextHop|Class)", "5 15 62 ..." },
	{ "^sourceIPv4Address$", "8 " },
	{ "source.*Port$", "7 180 182 227 40003v ..." },
	{ "nothing at all", "" },
	{ "zz*", "" },
};

static void find_text(struct nf_strbuf *s, const struct nf_ie *ie)
{
	if (nf_pen_is_enterprise(ie->pen))
		nf_sb_printf(s, "%lu/", (unsigned long)ie->pen);
	nf_sb_printf(s, "%u%s ", ie->id,
		     ie->pen == NF_PEN_V9 ? "v" : ie->pen == NF_PEN_V9_SCOPE ? "s" :
		     ie->pen == NF_PEN_FIXED ? "f" : "");
}

static bool is_found(const char *got, const char *wanted)
{
	size_t n = strlen(wanted);

	if (n >= 3 && strcmp(wanted + n - 3, "...") == 0)
		return strncmp(got, wanted, n - 3) == 0;
	return strcmp(got, wanted) == 0;
}

static void found(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		struct nf_registry *registry = nf_registry_new();
		struct nf_strbuf s;
		struct fields f;
		char err[100];

		nf_strbuf_init(&s);
		assert_non_null(registry);
		fields_init(&f, registry);
		assert_true(fields_pattern(&f, finds[i].pattern, err, sizeof(err)));
		assert_true(fields_list(&f));
		for (size_t j = 0; j < f.n; j++)
			find_text(&s, f.v[j]->ie);
		if (!is_found(nf_strbuf_cstr(&s), finds[i].found)) {
			print_error("%s: %s, wanted %s\n", finds[i].pattern, nf_strbuf_cstr(&s),
				    finds[i].found);
			wrong++;
		}
		fields_done(&f);
		nf_registry_free(registry);
		nf_strbuf_done(&s);
	}
	assert_int_equal(wrong, 0);
}

static void no_pattern(void **state)
{
	struct nf_registry *registry = nf_registry_new();
	struct fields f;
	char err[100];

	(void)state;
	assert_non_null(registry);
	fields_init(&f, registry);
	assert_false(fields_pattern(&f, "a(b", err, sizeof(err)));
	assert_true(strlen(err) > 5);
	fields_done(&f);
	nf_registry_free(registry);
}

/* Each row of the registry once, and under every name that it has. */
static void every_name(void **state)
{
	struct nf_registry *registry = nf_registry_new();
	struct fields all, one;
	unsigned names = 0;
	char err[100];

	(void)state;
	assert_non_null(registry);
	fields_init(&all, registry);
	assert_true(fields_pattern(&all, NULL, err, sizeof(err)));
	assert_true(fields_list(&all));
	assert_true(all.n > 1500);
	for (size_t i = 0; i < all.n; i++) {
		const struct nf_ie *ie = all.v[i]->ie;
		size_t at = 0;
		const char *name = NULL;
		bool there = false;

		if (i > 0)
			assert_ptr_not_equal(ie, all.v[i - 1]->ie);
		if (i % 16 == 0)
			name = fieldnames_next(ie, i / 16 % FIELDNAMES_KINDS, &at);
		if (name == NULL)
			continue;
		fields_init(&one, registry);
		assert_true(fields_pattern(&one, name, err, sizeof(err)));
		assert_true(fields_list(&one));
		for (size_t j = 0; j < one.n; j++)
			there = there || one.v[j]->ie == ie;
		assert_true(there);
		fields_done(&one);
		names++;
	}
	assert_true(names > 20);
	fields_done(&all);
	nf_registry_free(registry);
}

/* -- Use ------------------------------------------------------------------------------ */

#define MIXED \
	"1.1 10 T256 8/4 12/4 8/4 | D256 10.0.0.1 10.0.0.2 10.0.0.3 , 10.0.0.4 10.0.0.5 10.0.0.6\n" \
	"1.1 10 T257 8/4 9:1/2\n" \
	"1.1 10 T258 27/16 | T259 10/4 291/v\n" \
	"1.1 10 D259 5/4 v[ 3/1 82/2 4/2 1/4 2/4 ]\n"

struct run {
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct templates templates;
	struct fields fields;
	struct out *out;
	bool sound;
};

/* All that the command does, FORMAT of what PATTERN finds. */
static void run(struct run *r, const struct stream *s, const char *pattern, const char *format)
{
	static const struct out_opts opts = { .width = 80 };
	struct nf_delivery delivery;
	struct nf_view view;
	char err[100];

	*r = (struct run){ .registry = nf_registry_new() };
	if (r->registry == NULL)
		return;
	fields_init(&r->fields, r->registry);
	r->tracker = nf_tracker_new(&(struct nf_tracker_opts){ .hold = false }, r->registry);
	r->out = out_new(&fieldlist_out, &opts, r->registry);
	if (!templates_init(&r->templates, r->registry) || r->tracker == NULL || r->out == NULL ||
	    !fields_pattern(&r->fields, pattern, err, sizeof(err)))
		return;
	for (size_t i = 0; s != NULL && i < s->n; i++)
		if (nf_tracker_feed(r->tracker, &s->d[i], &delivery) == NF_REFUSAL_NONE)
			while (nf_delivery_next(&delivery, &view, NULL))
				templates_message(&r->templates, &view);
	if (r->templates.failed || (s != NULL && !fields_use(&r->fields, &r->templates)) ||
	    !fields_list(&r->fields))
		return;
	fieldlist_ops_of(format)->show(&(struct fieldlist){
		.o = r->out, .fields = &r->fields, .verbose = pattern != NULL,
	});
	r->sound = !r->out->text.failed && !r->out->failed;
}

static void run_done(struct run *r)
{
	out_free(r->out);
	if (r->registry != NULL) {
		templates_done(&r->templates);
		fields_done(&r->fields);
	}
	nf_tracker_free(r->tracker);
	nf_registry_free(r->registry);
}

static void used(void **state)
{
	static const char wanted[] =
		"pen,id,name,registry,type,semantics,units,v9,filter,wireshark,records,in_lists,"
		"templates\n"
		",8,sourceIPv4Address,iana,ipv4Address,default,,IPV4_SRC_ADDR,"
		"src ip ipv4_address srcip,cflow.srcaddr,2,0,2\n"
		",12,destinationIPv4Address,iana,ipv4Address,default,,IPV4_DST_ADDR,"
		"dst ip ipv4_address dstip,cflow.dstaddr,2,0,1\n"
		",27,sourceIPv6Address,iana,ipv6Address,default,,IPV6_SRC_ADDR,"
		"src ip ipv6_address srcip,cflow.srcaddrv6,0,0,1\n";
	struct stream stream;
	struct run r;

	(void)state;
	assert_true(stream_init(&stream, MIXED));
	run(&r, &stream, "addr", "csv");
	assert_true(r.sound);
	assert_string_equal(nf_strbuf_cstr(&r.out->text), wanted);
	assert_true(r.fields.unused > 10);
	run_done(&r);
	run(&r, &stream, NULL, "csv");
	assert_true(r.sound);
	assert_int_equal(r.fields.n, 7);	/* 8 12 27 10 291 82, and 9/1 */
	assert_int_equal(r.fields.nnames, 0);
	run_done(&r);
	stream_done(&stream);
}

/* Whichever call fails: no crash, no leak, and either the whole text or a word that it is not. */
static void memory_fails(void **state)
{
	static const struct {
		const char *pattern, *format;
		bool stream;
	} ways[] = {
		{ "addr", "text", true }, { NULL, "text", true }, { NULL, "json", true },
		{ "^i.*e", "tsv", true },
	};
	struct stream stream;

	(void)state;
	assert_true(stream_init(&stream, MIXED));
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
		struct nomem memory = { .failed = true };
		struct nf_strbuf all;
		struct run r;

		run(&r, ways[i].stream ? &stream : NULL, ways[i].pattern, ways[i].format);
		assert_true(r.sound);
		nf_strbuf_init(&all);
		nf_sb_mem(&all, r.out->text.p, r.out->text.n);
		assert_true(all.n > 50);
		run_done(&r);
		/* each of many calls first, then some of the others */
		for (long n = 0; memory.failed; n += n < 20 ? 1 : 97) {
			memory = (struct nomem){ .left = n };
			nomem_begin(&memory);
			run(&r, ways[i].stream ? &stream : NULL, ways[i].pattern, ways[i].format);
			if (!memory.failed) {
				assert_true(r.sound);
				assert_int_equal(r.out->text.n, all.n);
				assert_memory_equal(r.out->text.p, all.p, all.n);
			}
			run_done(&r);
			nomem_end(&memory);
		}
		nf_strbuf_done(&all);
	}
	stream_done(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found),
		cmocka_unit_test(no_pattern),
		cmocka_unit_test(every_name),
		cmocka_unit_test(used),
		cmocka_unit_test(memory_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
