/* What is taken for flow export on any port, and what is not. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "lib/wiretext.h"
#include "wire/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The value of a header's seconds that no clock shows. */
#define ODD "secs=502 "

#define FOUR(text) text text text text
#define SETS_64 FOUR(FOUR(FOUR("set 256\noctets 1/4\n")))

struct recognise_case {
	const char *payload;
	enum nf_refusal want;
	size_t keep;		/* octets that the capture kept; 0: all */
};

static void expect(const struct recognise_case *cases, size_t n, bool trusted)
{
	for (size_t i = 0; i < n; i++) {
		struct nf_bytes all = wiretext_payload(cases[i].payload), payload = all;
		enum nf_refusal got;

		if (cases[i].keep != 0)
			payload.n = cases[i].keep;
		got = nf_recognise(payload, (uint32_t)all.n, trusted);
		if (got != cases[i].want)
			fail_msg("%s: %s, not %s", cases[i].payload, nf_refusal_text[got],
				 nf_refusal_text[cases[i].want]);
		nf_free((void *)(uintptr_t)all.p);
	}
}

static void fixed_versions(void **state)
{
	static const struct recognise_case cases[] = {
		{ "v1\nflow\nflow", NF_REFUSAL_NONE, 0 },
		{ "v5\nflow", NF_REFUSAL_NONE, 0 },
		{ "v5 " ODD "\nflow", NF_REFUSAL_NONE, 0 },		/* exact: quirk F2 */
		{ "v5 " ODD "count=2\nflow", NF_REFUSAL_TIME, 0 },
		{ "v5 nsecs=1000000000\nflow", NF_REFUSAL_TIME, 0 },
		{ "v5 count=0\nflow", NF_REFUSAL_NONE, 0 },
		{ "v5 count=65535\nflow first=1 last=2\nflow", NF_REFUSAL_NONE, 0 },
		{ "v5 count=65535\nflow first=2 last=1\nflow", NF_REFUSAL_COUNT, 0 },
		{ "v5 count=3\nflow\noctets 1/5", NF_REFUSAL_COUNT, 0 },
		{ "v5\nflow\noctets 0/9", NF_REFUSAL_NONE, 0 },		/* quirk A4 */
		{ "v5\nflow\nv5\nflow\nv5\nflow", NF_REFUSAL_NONE, 0 },	/* quirk A3 */
		{ "v5\nflow\nflow", NF_REFUSAL_NONE, 80 },		/* cut by the capture */
		{ "v5", NF_REFUSAL_COUNT, 0 },
		{ "v5\nflow", NF_REFUSAL_EMPTY, 23 },
		{ "v6\nflow", NF_REFUSAL_NONE, 0 },
		{ "v7\nflow", NF_REFUSAL_NONE, 0 },
		{ "v8 aggregation=14\nflow", NF_REFUSAL_NONE, 0 },
		{ "v8 aggregation=15\noctets 1/4", NF_REFUSAL_COUNT, 0 },
	};

	(void)state;
	expect(cases, COUNT(cases), false);
}

static void v9(void **state)
{
	static const struct recognise_case cases[] = {
		{ "v9\nset 0\ntemplate 256 8/4", NF_REFUSAL_NONE, 0 },
		{ "v9 " ODD "\nset 256\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "v9 count=65535\nset 256\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "v9\nset 256\noctets 1/4 0/100", NF_REFUSAL_NONE, 0 },
		{ "v9\nset 256\noctets 1/4\noctets 0/100", NF_REFUSAL_NONE, 0 },
		{ "v9\nset 256\noctets 1/4\nv9\nset 256\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "v9\nset 256\noctets 1/4\nset 256 length=90\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "v9 " ODD "\nset 256\noctets 1/4\nset 256 length=90\noctets 1/4",
		  NF_REFUSAL_TIME, 0 },
		{ "v9\nset 256 length=90\noctets 1/4", NF_REFUSAL_SETS, 0 },
		{ "v9\nset 256\noctets 1/200", NF_REFUSAL_NONE, 100 },
		{ "v9\nset 100\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "v9 " ODD "\nset 100\noctets 1/4", NF_REFUSAL_TIME, 0 },
		{ "v9\nset 0\ntemplate 100 8/4", NF_REFUSAL_NONE, 0 },
		{ "v9", NF_REFUSAL_NONE, 0 },
		{ "v9 " ODD "", NF_REFUSAL_TIME, 0 },
		{ "v9\noctets 0/8", NF_REFUSAL_SETS, 0 },
		{ "v9\nset 0\ntemplate 256 8/4", NF_REFUSAL_EMPTY, 19 },
	};

	(void)state;
	expect(cases, COUNT(cases), false);
}

static void ipfix(void **state)
{
	static const struct recognise_case cases[] = {
		{ "ipfix\nset 2\ntemplate 256 8/4", NF_REFUSAL_NONE, 0 },
		{ "ipfix " ODD "\nset 256\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "ipfix " ODD "\nset 256 length=90\noctets 1/4", NF_REFUSAL_SETS, 0 },
		{ "ipfix\nset 256 length=90\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "ipfix", NF_REFUSAL_NONE, 0 },
		{ "ipfix " ODD, NF_REFUSAL_TIME, 0 },
		{ "ipfix\noctets 0/100", NF_REFUSAL_NONE, 0 },
		{ "ipfix length=24\nset 256\noctets 1/4\nset 256\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "ipfix length=26\nset 256\noctets 1/4\nset 256\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "ipfix length=16\nset 256\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "ipfix length=90\nset 256\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "ipfix length=90\nset 256 length=74\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "ipfix length=90\nset 256 length=70\noctets 1/4", NF_REFUSAL_LENGTH, 0 },
		{ "ipfix length=90 " ODD "\nset 256\noctets 1/4", NF_REFUSAL_TIME, 0 },
		{ "ipfix\nset 256\noctets 1/4\nipfix\nset 256\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "ipfix\nset 256\noctets 1/200", NF_REFUSAL_NONE, 100 },
		/* so many sets are not met by chance, whatever is behind them */
		{ "ipfix " ODD "\n" SETS_64 "set 256 length=90\noctets 1/4", NF_REFUSAL_NONE, 0 },
	};

	(void)state;
	expect(cases, COUNT(cases), false);
}

/* Other protocols are named where it is certain what they are. */
static void others(void **state)
{
	static const struct recognise_case cases[] = {
		{ "octets 1/1", NF_REFUSAL_EMPTY, 0 },
		{ "octets 4/2 1/30", NF_REFUSAL_VERSION, 0 },
		{ "octets 5/4 1/4 10.0.0.1 0/4 1/4 1/4 1/4", NF_REFUSAL_SFLOW, 0 },
		{ "octets 5/4 2/4 2001:db8::1 0/4 1/4 1/4 1/4", NF_REFUSAL_SFLOW, 0 },
		{ "octets 4/4 1/4 10.0.0.1 1/4 1/4 1/4", NF_REFUSAL_SFLOW_OLD, 0 },
		{ "octets 2/4 1/4 10.0.0.1 1/4 1/4 1/4", NF_REFUSAL_SFLOW_OLD, 0 },
		{ "octets 5/4 3/4 10.0.0.1 0/4 1/4", NF_REFUSAL_VERSION, 0 },
		{ "octets \"<134>Jan  1 00:00:00 host x\"", NF_REFUSAL_SYSLOG, 0 },
		{ "octets \"<192>Jan  1 00:00:00 host x\"", NF_REFUSAL_VERSION, 0 },
		{ "octets \"<>Jan  1 00:00:00 host x\"", NF_REFUSAL_VERSION, 0 },
		{ "octets 0x1234/2 0x0100/2 1/2 0/6 3/1 \"www\" 7/1 \"example\" 3/1 \"com\" 0/1 "
		  "1/2 1/2", NF_REFUSAL_DNS, 0 },
		/* an id that is a version must not be a message */
		{ "octets 9/2 0x0100/2 1/2 0/6 3/1 \"www\" 7/1 \"example\" 3/1 \"com\" 0/1 1/2 1/2",
		  NF_REFUSAL_DNS, 0 },
		{ "octets 10/2 0x0100/2 1/2 0/6 3/1 \"www\" 7/1 \"example\" 3/1 \"com\" 0/1 "
		  "1/2 1/2",
		  NF_REFUSAL_DNS, 0 },
		{ "octets x302602010104067075626c6963a019020400000001020100020100300b3009 "
		  "x06052b060102010500", NF_REFUSAL_SNMP, 0 },
		{ "octets x16fefd0000000000000000 4/2 1/4", NF_REFUSAL_DTLS, 0 },
		/* STUN: a binding request begins as v1 does */
		{ "octets 1/2 8/2 0x2112a442/4 1/4 2/4 3/4 5/8", NF_REFUSAL_COUNT, 0 },
		/* TFTP: an error begins as v5 does */
		{ "octets 5/2 1/2 \"File not found\" 0/1 1/8 1/8 1/8", NF_REFUSAL_COUNT, 0 },
	};

	(void)state;
	expect(cases, COUNT(cases), false);
}

/* Where an exporter has been recognised, a header's first octets are enough. */
static void trusted(void **state)
{
	static const struct recognise_case cases[] = {
		{ "v9 " ODD "\nset 256 length=90\noctets 1/4", NF_REFUSAL_NONE, 0 },
		{ "v5 " ODD "count=9", NF_REFUSAL_NONE, 0 },
		{ "ipfix\nset 256\noctets 1/4", NF_REFUSAL_NONE, 15 },
		{ "ipfix\nset 256\noctets 1/4", NF_REFUSAL_EMPTY, 1 },
		{ "octets 4/2 1/30", NF_REFUSAL_VERSION, 0 },
		{ "octets 5/4 1/4 10.0.0.1 0/4 1/4 1/4 1/4", NF_REFUSAL_SFLOW, 0 },
	};

	(void)state;
	expect(cases, COUNT(cases), true);
}

static void frames(void **state)
{
	static const struct {
		const char *payload;
		size_t keep;
		int loose, strict;
	} cases[] = {
		{ "ipfix\nset 256\noctets 1/4", 0, 1, 1 },
		{ "ipfix\nset 256\noctets 1/4\nipfix\nset 256\noctets 1/4", 0, 1, 1 },
		{ "ipfix\nset 256\noctets 1/4", 20, 1, 1 },
		{ "ipfix\nset 256\noctets 1/4", 16, 1, 0 },
		{ "ipfix\nset 256\noctets 1/4", 4, 1, 0 },
		{ "ipfix\nset 256\noctets 1/4", 3, 0, 0 },
		{ "ipfix\nset 256\noctets 1/4", 1, 0, 0 },
		{ "ipfix\nset 256 length=90\noctets 1/4", 0, 1, -1 },
		{ "ipfix\nset 100\noctets 1/4", 0, 1, -1 },
		{ "ipfix", 0, 1, 1 },
		{ "ipfix length=15", 0, -1, -1 },
		{ "v9\nset 256\noctets 1/4", 0, -1, -1 },
		{ "octets 22/1 0x0303/2 4/2 1/4", 0, -2, -2 },
		{ "octets 22/1 0x0303/2 4/2 1/4", 2, 0, 0 },
		{ "octets 22/1 0x0403/2 4/2 1/4", 0, -1, -1 },
		{ "octets 71/1 1/4", 0, -1, -1 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nf_bytes all = wiretext_payload(cases[i].payload), stream = all;
		uint32_t length = 0;

		if (cases[i].keep != 0)
			stream.n = cases[i].keep;
		if (nf_frame_ipfix(stream, false, &length) != cases[i].loose ||
		    nf_frame_ipfix(stream, true, &length) != cases[i].strict)
			fail_msg("%s, %zu octets: %d, strictly %d", cases[i].payload, stream.n,
				 nf_frame_ipfix(stream, false, &length),
				 nf_frame_ipfix(stream, true, &length));
		nf_free((void *)(uintptr_t)all.p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(fixed_versions),
		cmocka_unit_test(v9),
		cmocka_unit_test(ipfix),
		cmocka_unit_test(others),
		cmocka_unit_test(trusted),
		cmocka_unit_test(frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
