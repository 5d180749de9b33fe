/* The registry: lookups by number and name, definitions, iteration, memory. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "ie/ie.h"
#include "lib/nomem.h"

static struct nf_bytes bytes(const char *text)
{
	return (struct nf_bytes){ (const uint8_t *)text, strlen(text) };
}

static struct nf_registry *registry(void)
{
	struct nf_registry *r = nf_registry_new();

	assert_non_null(r);
	return r;
}

enum asks { IPFIX, V9, SCOPE };

static const struct {
	enum asks ask;
	uint32_t pen;
	uint16_t id;
	const char *name;
	bool known;
} lookups[] = {
	{ IPFIX, 0, 1, "octetDeltaCount", true },
	{ IPFIX, 0, 533, "pathDelaySumDeltaMicroseconds", true },
	{ IPFIX, 0, 0, "ie0", false },
	{ IPFIX, 0, 97, "ie97", false },
	{ IPFIX, 0, 534, "ie534", false },
	{ IPFIX, 0, 32767, "ie32767", false },
	{ IPFIX, 29305, 1, "reverse.octetDeltaCount", true },
	{ IPFIX, 29305, 600, "ie29305/600", false },
	{ IPFIX, 9, 12235, "appHTTPHost", true },
	{ IPFIX, 9, 1, "ie9/1", false },
	{ IPFIX, 6871, 18, "payload", true },
	{ IPFIX, 35632, 1, "ie35632/1", false },
	{ IPFIX, 4294967295, 5, "ie4294967295/5", false },
	{ IPFIX, NF_PEN_V9, 40005, "ie4294967294/40005", false },	/* sent as a PEN */
	{ IPFIX, NF_PEN_FIXED, 1, "ie4294967292/1", false },
	{ V9, 0, 1, "octetDeltaCount", true },
	{ V9, 0, 230, "natEvent", true },
	{ V9, 0, 12235, "ie12235", false },
	{ V9, 0, 12236, "clientIPv4Address", true },
	{ V9, 0, 33002, "NF_F_FW_EXT_EVENT", true },
	{ V9, 0, 40005, "fw_event", true },
	{ V9, 0, 56701, "PANOS_APPID", true },
	{ V9, 0, 65535, "ie65535", false },
	{ SCOPE, 0, 1, "System", true },
	{ SCOPE, 0, 3, "LineCard", true },
	{ SCOPE, 0, 5, "Template", true },
	{ SCOPE, 0, 6, "ie6", false },
};

static const struct nf_ie *look_up(struct nf_registry *r, size_t i)
{
	switch (lookups[i].ask) {
	case IPFIX:
		return nf_registry_ipfix(r, lookups[i].pen, lookups[i].id);
	case V9:
		return nf_registry_v9(r, lookups[i].id);
	default:
		return nf_registry_v9_scope(r, lookups[i].id);
	}
}

static void by_number(void **state)
{
	struct nf_registry *r = registry();

	(void)state;
	for (size_t i = 0; i < sizeof(lookups) / sizeof(lookups[0]); i++) {
		const struct nf_ie *ie = look_up(r, i);

		assert_non_null(ie);
		assert_string_equal(ie->name, lookups[i].name);
		assert_int_equal(ie->known, lookups[i].known);
		assert_int_equal(ie->id, lookups[i].id);
		assert_ptr_equal(look_up(r, i), ie);
		if (!ie->known)
			assert_int_equal(ie->type, NF_TYPE_OCTET_ARRAY);
	}
	assert_int_equal(nf_registry_generation(r), 0);
	nf_registry_free(r);
}

static const struct {
	const char *name;
	uint32_t pen;
	uint16_t id;
} named[] = {
	{ "octetDeltaCount", 0, 1 },
	{ "IN_BYTES", 0, 1 },
	{ "in_bytes", 0, 1 },
	{ "IPV4_SRC_ADDR", 0, 8 },
	{ "TOS", 0, 5 },
	{ "SRC_TOS", 0, 5 },
	{ "ICMP_TYPE", 0, 32 },
	{ "IN_SRC_MAC", 0, 56 },
	{ "NF_F_FW_EVENT", 0, 233 },
	{ "NF_F_FW_EXT_EVENT", NF_PEN_V9, 33002 },
	{ "nf_f_fw_ext_event", NF_PEN_V9, 33002 },
	{ "PANOS_USERID", NF_PEN_V9, 56702 },
	{ "userName", 0, 371 },				/* IANA's before v9's 7232 */
	{ "reverse.octetDeltaCount", 29305, 1 },
	{ "9/appHTTPHost", 9, 12235 },
	{ "6871/payload", 6871, 18 },
	{ "6871/httpX-Forwarded-For", 6871, 254 },
	{ "5951/connectionId", 5951, 133 },
	{ "0/octetDeltaCount", 0, 1 },
	{ "ie1", 0, 1 },
	{ "ie600", 0, 600 },
	{ "ie33002", NF_PEN_V9, 33002 },
	{ "ie60000", NF_PEN_V9, 60000 },
	{ "ie35632/1", 35632, 1 },
	{ "ie9/12235", 9, 12235 },
	{ "ie29305/1", 29305, 1 },
	{ "sysUptime", NF_PEN_FIXED, NF_FIXED_SYS_UPTIME },
	{ "extraPackets", NF_PEN_FIXED, NF_FIXED_EXTRA_PACKETS },
};

static const char *const nameless[] = {
	"", "octetdeltacount", "octetDeltaCoun", "octetDeltaCountX", "reverse.", "reverse.IN_BYTES",
	"ie", "iex", "ie65536", "ie1x", "ie9/32768", "ie9/", "ie/1", "ie4294967296/1",
	"ie99999999999999999999999", "9/", "/appHTTPHost", "9/octetDeltaCount",
	"9/ie1", "4294967292/sysUptime", "appHTTPHost", "payload", "UNKNOWN_FIELD_TYPE",
};

static void by_name(void **state)
{
	struct nf_registry *r = registry();

	(void)state;
	for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++) {
		const struct nf_ie *ie = nf_registry_by_name(r, bytes(named[i].name));

		if (ie == NULL || ie->pen != named[i].pen || ie->id != named[i].id)
			fail_msg("%s", named[i].name);
	}
	for (size_t i = 0; i < sizeof(nameless) / sizeof(nameless[0]); i++)
		if (nf_registry_by_name(r, bytes(nameless[i])) != NULL)
			fail_msg("%s", nameless[i]);
	/* A name may be asked for before the element is met. */
	assert_ptr_equal(nf_registry_by_name(r, bytes("ie35632/1")), nf_registry_ipfix(r, 35632, 1));
	assert_ptr_equal(nf_registry_by_name(r, bytes("ie60000")), nf_registry_v9(r, 60000));
	nf_registry_free(r);
}

/* Each row's full name finds the row, and the tables are in order and complete. */
static void round_trip(void **state)
{
	struct nf_registry *r = registry();
	const struct nf_ie *ie, *before = NULL;
	struct nf_strbuf s;
	size_t at = 0, rows = 0;

	(void)state;
	nf_strbuf_init(&s);
	while ((ie = nf_registry_next(r, &at)) != NULL) {
		const struct nf_ie *found;

		rows++;
		assert_true(ie->known);
		assert_ptr_equal(nf_ie_builtin(ie->pen, ie->id), ie);
		if (before != NULL && before->pen == ie->pen)
			assert_true(before->id < ie->id);
		before = ie;
		for (const char *p = ie->name; *p != '\0'; p++)
			assert_true(*p > ' ' && *p < 0x7f && *p != '"' && *p != '\\' && *p != '/');
		nf_ie_name(&s, ie);
		found = nf_registry_by_name(r, (struct nf_bytes){ (uint8_t *)s.p, s.n });
		nf_strbuf_clear(&s);
		assert_non_null(found);
		if (found != ie && strcmp(found->name, ie->name) != 0)	/* a v9 name of IANA's */
			assert_true(ie->pen == NF_PEN_V9);
	}
	assert_true(rows > 2300);
	assert_null(nf_registry_next(r, &at));
	nf_strbuf_done(&s);
	nf_registry_free(r);
}

/* Roles belong to IANA's elements and v9's; reverse ones have none. */
static void roles(void **state)
{
	struct nf_registry *r = registry();
	bool given[NF_ROLES] = { [NF_ROLE_NONE] = true };
	const struct nf_ie *ie;
	size_t at = 0;

	(void)state;
	while ((ie = nf_registry_next(r, &at)) != NULL) {
		if (ie->role != NF_ROLE_NONE)
			assert_true(ie->pen == NF_PEN_IANA || ie->pen == NF_PEN_V9);
		assert_int_equal(ie->reverse,
				 ie->pen == 29305 || (ie->pen == 6871 && ie->id >= 16384));
		given[ie->role] = true;
	}
	for (unsigned i = 0; i < NF_ROLES; i++)
		assert_true(given[i]);
	assert_int_equal(nf_iana_rows[1].role, NF_ROLE_OCTETS);
	assert_int_equal(nf_iana_rows[85].role, NF_ROLE_OCTETS_TOTAL);
	assert_int_equal(nf_iana_rows[21].role, NF_ROLE_LAST_UPTIME);
	assert_int_equal(nf_iana_rows[22].role, NF_ROLE_FIRST_UPTIME);
	assert_int_equal(nf_iana_rows[23].role, NF_ROLE_NONE);
	nf_registry_free(r);
}

static void names_as_shown(void **state)
{
	static const struct {
		uint32_t pen;
		uint16_t id;
		const char *name;
	} rows[] = {
		{ 0, 8, "sourceIPv4Address" }, { 9, 12235, "9/appHTTPHost" },
		{ 9, 1, "ie9/1" }, { 29305, 1, "reverse.octetDeltaCount" }, { 0, 600, "ie600" },
	};
	struct nf_registry *r = registry();
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		nf_ie_name(&s, nf_registry_ipfix(r, rows[i].pen, rows[i].id));
		assert_string_equal(nf_strbuf_cstr(&s), rows[i].name);
		nf_strbuf_clear(&s);
	}
	nf_strbuf_done(&s);
	nf_registry_free(r);
	assert_string_equal(nf_enterprise_name(9), "ciscoSystems");
	assert_string_equal(nf_enterprise_name(54268), "netElastic Systems Inc");
	assert_null(nf_enterprise_name(1));
}

/* -- Definitions -- */

static void capture_defines_unknown(void **state)
{
	const struct nf_ie learned = { .pen = 35632, .id = 1, .type = NF_TYPE_UNSIGNED32,
				       .semantics = NF_SEM_QUANTITY, .name = "clientLatency",
				       .units = "microseconds" };
	const struct nf_ie again = { .pen = 35632, .id = 1, .type = NF_TYPE_UNSIGNED64,
				     .name = "clientLatency" };
	struct nf_registry *r = registry();
	const struct nf_ie *ie = nf_registry_ipfix(r, 35632, 1);

	(void)state;
	assert_true(nf_registry_define(r, &learned, NF_FROM_CAPTURE));
	assert_int_equal(nf_registry_generation(r), 1);
	assert_true(ie->known);
	assert_string_equal(ie->name, "clientLatency");
	assert_string_equal(ie->units, "microseconds");
	assert_int_equal(ie->type, NF_TYPE_UNSIGNED32);
	assert_ptr_equal(nf_registry_ipfix(r, 35632, 1), ie);
	assert_ptr_equal(nf_registry_by_name(r, bytes("35632/clientLatency")), ie);

	/* Sent again, it changes nothing. */
	assert_true(nf_registry_define(r, &learned, NF_FROM_CAPTURE));
	assert_int_equal(nf_registry_generation(r), 1);
	assert_true(nf_registry_define(r, &again, NF_FROM_CAPTURE));
	assert_int_equal(nf_registry_generation(r), 2);
	assert_int_equal(ie->type, NF_TYPE_UNSIGNED64);
	assert_ptr_equal(nf_registry_defined(r, 2), ie);
	assert_null(nf_registry_defined(r, 0));
	assert_null(nf_registry_defined(r, 3));

	/* The user's word stands above it. */
	assert_true(nf_registry_define(r, &learned, NF_FROM_USER));
	assert_false(nf_registry_define(r, &again, NF_FROM_CAPTURE));
	assert_int_equal(ie->type, NF_TYPE_UNSIGNED32);
	nf_registry_free(r);
}

static void builtin_rows(void **state)
{
	const struct nf_ie mine = { .pen = 0, .id = 8, .type = NF_TYPE_IPV4_ADDRESS,
				    .name = "mySource" };
	const struct nf_ie other = { .pen = 0, .id = 1, .type = NF_TYPE_STRING, .name = "text" };
	struct nf_registry *r = registry();
	const struct nf_ie *old = nf_registry_ipfix(r, 0, 8), *ie;
	size_t at = 0;

	(void)state;
	assert_false(nf_registry_define(r, &mine, NF_FROM_CAPTURE));
	assert_true(nf_registry_define(r, &mine, NF_FROM_USER));
	assert_string_equal(old->name, "sourceIPv4Address");	/* const: layouts keep it */
	ie = nf_registry_ipfix(r, 0, 8);
	assert_ptr_not_equal(ie, old);
	assert_string_equal(ie->name, "mySource");
	assert_int_equal(ie->role, NF_ROLE_SRC4);		/* what is left out stays */
	assert_string_equal(ie->alias, "IPV4_SRC_ADDR");
	assert_ptr_equal(nf_registry_v9(r, 8), ie);
	assert_ptr_equal(nf_registry_by_name(r, bytes("mySource")), ie);
	assert_ptr_equal(nf_registry_by_name(r, bytes("sourceIPv4Address")), ie);
	assert_ptr_equal(nf_registry_by_name(r, bytes("IPV4_SRC_ADDR")), ie);

	assert_true(nf_registry_define(r, &other, NF_FROM_USER));
	ie = nf_registry_ipfix(r, 0, 1);
	assert_int_equal(ie->role, NF_ROLE_NONE);		/* but not with another type */
	while ((ie = nf_registry_next(r, &at)) != NULL)
		assert_ptr_not_equal(ie, old);
	nf_registry_free(r);
}

static void v9_definitions(void **state)
{
	const struct nf_ie high = { .pen = 0, .id = 40005, .type = NF_TYPE_UNSIGNED8,
				    .name = "myEvent" };
	const struct nf_ie low = { .pen = 0, .id = 8192, .type = NF_TYPE_UNSIGNED32, .name = "rtt" };
	struct nf_registry *r = registry();

	(void)state;
	assert_true(nf_registry_define(r, &high, NF_FROM_USER));
	assert_string_equal(nf_registry_v9(r, 40005)->name, "myEvent");
	assert_int_equal(nf_registry_v9(r, 40005)->role, NF_ROLE_EVENT);
	assert_string_equal(nf_registry_v9(r, 8192)->name, "streamcore_wan_rtt");
	assert_true(nf_registry_define(r, &low, NF_FROM_CAPTURE));
	assert_string_equal(nf_registry_v9(r, 8192)->name, "streamcore_wan_rtt");
	assert_string_equal(nf_registry_ipfix(r, 0, 8192)->name, "rtt");
	assert_true(nf_registry_define(r, &low, NF_FROM_USER));
	assert_string_equal(nf_registry_v9(r, 8192)->name, "rtt");
	nf_registry_free(r);
}

static void hostile_names(void **state)
{
	struct nf_ie ie = { .pen = 1, .id = 1, .type = NF_TYPE_STRING,
			    .name = "a b\"c\\d\x1b/\xc3\xa9", .units = "4-octet words\x1b\"" };
	struct nf_registry *r = registry();
	char name[1000];

	(void)state;
	assert_true(nf_registry_define(r, &ie, NF_FROM_CAPTURE));
	assert_string_equal(nf_registry_ipfix(r, 1, 1)->name, "a_b_c_d____");
	assert_string_equal(nf_registry_ipfix(r, 1, 1)->units, "4-octet words__");
	assert_true(nf_registry_define(r, &ie, NF_FROM_CAPTURE));
	assert_int_equal(nf_registry_generation(r), 1);

	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	ie.name = name;
	ie.id = 2;
	assert_true(nf_registry_define(r, &ie, NF_FROM_CAPTURE));
	assert_true(strlen(nf_registry_ipfix(r, 1, 2)->name) <= 200);

	ie.name = "";
	assert_false(nf_registry_define(r, &ie, NF_FROM_USER));
	ie.name = NULL;
	assert_false(nf_registry_define(r, &ie, NF_FROM_USER));
	ie.name = "x";
	ie.type = NF_TYPES;
	assert_false(nf_registry_define(r, &ie, NF_FROM_USER));
	nf_registry_free(r);
}

/* An exporter that sends ever new elements and names takes no memory without bound. */
static void bounds(void **state)
{
	struct nf_registry *r = registry();
	const struct nf_ie *first, *shared;
	struct nf_ie ie = { .pen = 3, .id = 1, .type = NF_TYPE_STRING };
	char name[32];
	unsigned changed = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		ie.name = name;
		changed += nf_registry_define(r, &ie, NF_FROM_CAPTURE);
	}
	assert_true(changed < 100);
	assert_true(nf_registry_define(r, &ie, NF_FROM_USER));

	first = nf_registry_ipfix(r, 1, 1);
	for (uint32_t i = 0; i < 70000; i++)
		assert_non_null(nf_registry_ipfix(r, 100000 + i, 1));
	shared = nf_registry_ipfix(r, 200000, 1);
	assert_non_null(shared);
	assert_false(shared->known);
	assert_ptr_equal(nf_registry_ipfix(r, 200001, 1), shared);
	assert_ptr_equal(nf_registry_ipfix(r, 1, 1), first);
	assert_ptr_not_equal(first, shared);
	ie.pen = 200000;
	assert_false(nf_registry_define(r, &ie, NF_FROM_CAPTURE));
	assert_true(nf_registry_define(r, &ie, NF_FROM_USER));
	nf_registry_free(r);
}

/*
 * Whichever allocation fails: an error to the caller, nothing lost, and all works once there is
 * memory.
 */
static void no_memory(void **state)
{
	const struct nf_ie ie = { .pen = 1, .id = 7, .type = NF_TYPE_STRING, .name = "x",
				  .units = "octets" };
	struct nomem memory;
	long n = 0;

	(void)state;
	do {
		struct nf_registry *r;

		memory = (struct nomem){ .left = n++ };
		nomem_begin(&memory);
		r = nf_registry_new();
		if (r != NULL) {
			for (uint16_t id = 0; id < 2000; id++)
				if (nf_registry_ipfix(r, 1, id) == NULL)
					assert_true(memory.failed);
			if (!nf_registry_define(r, &ie, NF_FROM_USER))
				assert_true(memory.failed);
			for (uint16_t id = 0; id < 2000; id++)
				assert_int_equal(nf_registry_ipfix(r, 1, id)->id, id);
			assert_true(nf_registry_define(r, &ie, NF_FROM_USER));
			assert_string_equal(nf_registry_ipfix(r, 1, 7)->name, "x");
			nf_registry_free(r);
		}
		nomem_end(&memory);
	} while (memory.failed);
	assert_true(n > 10);
	nf_registry_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_number),
		cmocka_unit_test(by_name),
		cmocka_unit_test(round_trip),
		cmocka_unit_test(roles),
		cmocka_unit_test(names_as_shown),
		cmocka_unit_test(capture_defines_unknown),
		cmocka_unit_test(builtin_rows),
		cmocka_unit_test(v9_definitions),
		cmocka_unit_test(hostile_names),
		cmocka_unit_test(bounds),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
