/* Messages: what their headers say, and where they end. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "wire/wire.h"
#include "lib/wiretext.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct wiretext_case fixed_versions_cases[] = {
	{
		.name = "v5: more octets than Count takes",
		.payload =
			"v5 count=1\n"
			"flow src=10.0.0.1\n"
			"flow src=10.0.0.2\n",
		.want =
			"NetFlow v5 120\n"
			"set 0 fixed 24+48\n"
			"record 24+48\n"
			"end\n"
			"! trailing-octets 48 0\n"
			"trailing 72+48\n",
		.opts = { .no_fields = true },
	},
	{
		.name = "v5: Count beyond the payload (quirk A2)",
		.payload =
			"v5 count=5\n"
			"flow src=10.0.0.1\n",
		.want =
			"NetFlow v5 72\n"
			"! count-overrun 5 1\n"
			"set 0 fixed 24+48 overrun\n"
			"record 24+48\n"
			"end\n",
		.opts = { .no_fields = true },
	},
	{
		.name = "v5: Count is 0",
		.payload =
			"v5 count=0\n"
			"flow src=10.0.0.1\n",
		.want =
			"NetFlow v5 72\n"
			"! count-zero 0 0\n"
			"set 0 fixed 24+0\n"
			"end\n"
			"! trailing-octets 48 0\n"
			"trailing 24+48\n",
		.opts = { .no_fields = true },
	},
	{
		.name = "v5: zeros behind the last record (quirk A4)",
		.payload =
			"v5\n"
			"flow src=10.0.0.1\n"
			"octets 0/20\n",
		.want =
			"NetFlow v5 92\n"
			"set 0 fixed 24+48\n"
			"record 24+48\n"
			"end\n"
			"! trailing-zeros 20 0\n"
			"trailing 72+20\n",
		.opts = { .no_fields = true },
	},
	{
		.name = "v5: cut by the capture",
		.payload =
			"v5\n"
			"flow src=10.0.0.1\n"
			"flow src=10.0.0.2\n",
		.want =
			"! message-cut-by-capture 60 120\n"
			"NetFlow v5 60\n"
			"set 0 fixed 24+36 cut\n"
			"malformed 24+36\n"
			"end\n",
		.opts = { .keep = 60, .no_fields = true },
	},
	{
		.name = "v8: no such aggregation",
		.payload =
			"v8 aggregation=15\n",
		.want =
			"NetFlow v8 28\n"
			"! aggregation-unknown 15 0\n"
			"set 0 fixed 28+0\n"
			"end\n",
	},
};

static const struct wiretext_case headers_cases[] = {
	{
		.name = "the header is cut",
		.payload =
			"ipfix\n",
		.want =
			"! header-cut 15 16\n"
			"no header\n"
			"malformed 0+15\n",
		.opts = { .keep = 15 },
	},
	{
		.name = "not even a version",
		.payload =
			"ipfix\n",
		.want =
			"! header-cut 1 16\n"
			"no header\n"
			"malformed 0+1\n",
		.opts = { .keep = 1 },
	},
	{
		.name = "Length is below the header",
		.payload =
			"ipfix length=15\n"
			"set 256\n"
			"octets 1/4\n",
		.want =
			"! length-below-header 15 16\n"
			"IPFIX 24\n"
			"malformed 16+8\n",
	},
	{
		.name = "Length is beyond the payload",
		.payload =
			"ipfix length=900\n"
			"set 256\n"
			"octets 1/4\n",
		.want =
			"! length-beyond-payload 900 24\n"
			"IPFIX 24\n"
			"set 256 data 16+8\n"
			"undecoded 20+4\n"
			"end\n",
	},
	{
		.name = "octets beyond Length",
		.payload =
			"ipfix length=24\n"
			"set 256\n"
			"octets 1/4\n"
			"set 256\n"
			"octets 1/4\n",
		.want =
			"IPFIX 24\n"
			"set 256 data 16+8\n"
			"undecoded 20+4\n"
			"end\n"
			"! version-unknown 256 0\n"
			"no header\n"
			"malformed 0+8\n",
	},
	{
		.name = "no version that we know",
		.payload =
			"octets 4/2 1/8 1/8\n",
		.want =
			"! version-unknown 4 0\n"
			"no header\n"
			"malformed 0+18\n",
	},
};

static const struct wiretext_case counts_cases[] = {
	{
		.name = "v9: Count is held against what is there",
		.payload =
			"v9 count=7\n"
			"set 0\n"
			"template 256 8/4\n"
			"set 256\n"
			"record 10.0.0.1\n",
		.want =
			"NetFlow v9 40\n"
			"set 0 template 20+12\n"
			"template 256 24+8: 8/4\n"
			"end\n"
			"set 256 data 32+8\n"
			"record 36+4: sourceIPv4Address=10.0.0.1\n"
			"end\n"
			"! count-differs 7 2\n",
	},
	{
		.name = "v9: Count cannot be known with an undecoded set",
		.payload =
			"v9 count=7\n"
			"set 300\n"
			"octets 1/4\n",
		.want =
			"NetFlow v9 28\n"
			"set 300 data 20+8\n"
			"undecoded 24+4\n"
			"end\n",
	},
};

static void fixed_versions(void **state)
{
	(void)state;
	assert_int_equal(wiretext_differing(fixed_versions_cases, COUNT(fixed_versions_cases)), 0);
}

static void headers(void **state)
{
	(void)state;
	assert_int_equal(wiretext_differing(headers_cases, COUNT(headers_cases)), 0);
}

static void counts(void **state)
{
	(void)state;
	assert_int_equal(wiretext_differing(counts_cases, COUNT(counts_cases)), 0);
}

static void header_values(void **state)
{
	static const struct {
		const char *payload;
		struct nf_msg want;
	} cases[] = {
		{ "v1 secs=7 nsecs=8 uptime_ms=9\nflow",
		  { .version = 1, .count = 1, .length = 64, .export_secs = 7, .export_nsecs = 8,
		    .uptime_ms = 9 } },
		{ "v5 secs=7 nsecs=8 uptime_ms=9 seq=10 engine_type=1 engine_id=2\nflow\nflow",
		  { .version = 5, .count = 2, .length = 120, .export_secs = 7, .export_nsecs = 8,
		    .uptime_ms = 9, .sequence = 10, .domain = 0x102 } },
		{ "v7 secs=7 seq=0xffffffff uptime_ms=9",
		  { .version = 7, .length = 24, .export_secs = 7, .sequence = 0xffffffff,
		    .uptime_ms = 9 } },
		{ "v8 secs=7 seq=10 uptime_ms=9 engine_type=3 engine_id=4 aggregation=14",
		  { .version = 8, .length = 28, .export_secs = 7, .sequence = 10,
		    .uptime_ms = 9, .domain = 0x304, .aggregation = 14 } },
		{ "v9 secs=7 seq=10 uptime_ms=9 domain=0x01020304 count=11",
		  { .version = 9, .count = 11, .length = 20, .export_secs = 7, .sequence = 10,
		    .uptime_ms = 9, .domain = 0x01020304 } },
		{ "ipfix secs=7 seq=10 domain=0x01020304",
		  { .version = 10, .length = 16, .export_secs = 7, .sequence = 10,
		    .domain = 0x01020304 } },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nf_bytes payload = wiretext_payload(cases[i].payload);
		const struct nf_msg *want = &cases[i].want;
		struct nf_msg m;

		assert_true(nf_msg_open(&m, payload, 0, NULL));
		assert_ptr_equal(m.format, nf_format_of(want->version));
		assert_int_equal(m.version, want->version);
		assert_int_equal(m.count, want->count);
		assert_int_equal(m.length, want->length);
		assert_int_equal(m.uptime_ms, want->uptime_ms);
		assert_int_equal(m.export_secs, want->export_secs);
		assert_int_equal(m.export_nsecs, want->export_nsecs);
		assert_int_equal(m.sequence, want->sequence);
		assert_int_equal(m.domain, want->domain);
		assert_int_equal(m.aggregation, want->aggregation);
		assert_int_equal(m.wire_len, payload.n);
		assert_false(m.cut);
		nf_free((void *)(uintptr_t)payload.p);
	}
}

/* Where the first message of a payload ends, and what is known of its length. */
static void extents(void **state)
{
	static const struct {
		const char *payload;
		size_t keep;
		uint32_t extent, wire_len;
		bool cut;
	} cases[] = {
		{ "ipfix\nset 256\noctets 1/4\nipfix", 0, 24, 24, false },
		{ "ipfix\nset 256\noctets 1/4\nipfix", 20, 20, 24, true },
		{ "ipfix length=40\nset 256\noctets 1/4", 0, 24, 24, false },
		{ "ipfix length=40\nset 256\noctets 1/4", 20, 20, 24, true },
		{ "ipfix length=3\nset 256\noctets 1/4", 0, 24, 24, false },
		{ "v9\nset 256\noctets 1/4\nv9\nset 256\noctets 1/4", 0, 28, 28, false },
		{ "v9\nset 256\noctets 1/4\nv9\nset 256\noctets 1/4", 30, 30, 56, true },
		{ "v9\nset 256\noctets 1/4\nv5\nflow", 0, 28, 28, false },
		{ "v9\nset 256\noctets 1/4\nv1\nflow", 0, 28, 28, false },
		{ "v9\nset 1\noctets 256/2 4/2 0/2 1/2 4/2\nset 1", 0, 38, 38, false },
		{ "v9\nset 256\noctets 1/4\nset 9\noctets 1/4", 0, 36, 36, false },
		{ "v5\nflow\nv5\nflow\nv5\nflow", 0, 72, 72, false },
		{ "v5\nflow\nv9\nset 256\noctets 1/4", 0, 72, 72, false },
		{ "v5\nflow\noctets 5/2 1/2 7/20", 0, 96, 96, false },
		{ "v8 aggregation=1\nflow\nv1\nflow", 0, 56, 56, false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nf_bytes all = wiretext_payload(cases[i].payload), payload = all;
		struct nf_msg m;

		if (cases[i].keep != 0)
			payload.n = cases[i].keep;
		assert_true(nf_msg_open(&m, payload, (uint32_t)all.n, NULL));
		assert_int_equal(nf_msg_extent(&m), cases[i].extent);
		assert_int_equal(m.wire_len, cases[i].wire_len);
		assert_int_equal(m.cut, cases[i].cut);
		nf_free((void *)(uintptr_t)all.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_versions),
		cmocka_unit_test(headers),
		cmocka_unit_test(counts),
		cmocka_unit_test(header_values),
		cmocka_unit_test(extents),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
