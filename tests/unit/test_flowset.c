/* Sets and template records, and what ends them. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/wiretext.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct wiretext_case sets_cases[] = {
	{
		.name = "sets and enterprise elements",
		.payload =
			"ipfix domain=1\n"
			"set 2\n"
			"template 256 8/4 5951:128/v 29305:1/8\n"
			"set 256\n"
			"record 10.0.0.1 v\"ab\" 7/8\n",
		.want =
			"IPFIX 63\n"
			"set 2 template 16+28\n"
			"! field-length-illegal 65535 0\n"
			"template 256 20+24: 8/4 5951:128/v 29305:1/8\n"
			"end\n"
			"set 256 data 44+19\n"
			"record 48+15: sourceIPv4Address=10.0.0.1 5951/roundTripTime=24930 "
			"reverse.octetDeltaCount=7\n"
			"end\n",
	},
	{
		.name = "a set runs over the end: its whole records are given (quirk A5)",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4\n"
			"set 256 length=400\n"
			"record 10.0.0.1\n"
			"record 10.0.0.2\n"
			"octets 1/2\n",
		.want =
			"IPFIX 42\n"
			"set 2 template 16+12\n"
			"template 256 20+8: 8/4\n"
			"end\n"
			"! set-overruns-message 400 14\n"
			"set 256 data 28+14 overrun\n"
			"record 32+4: sourceIPv4Address=10.0.0.1\n"
			"record 36+4: sourceIPv4Address=10.0.0.2\n"
			"malformed 40+2\n"
			"end\n",
	},
	{
		.name = "a set shorter than its header ends the message",
		.payload =
			"ipfix\n"
			"set 2 length=3\n"
			"template 256 8/4\n"
			"set 256\n"
			"record 10.0.0.1\n",
		.want =
			"IPFIX 36\n"
			"! set-below-header 3 4\n"
			"malformed 16+20\n",
	},
	{
		.name = "zeros behind a record are records where they hold one",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4\n"
			"set 256\n"
			"record 10.0.0.1\n"
			"octets 0/9\n",
		.want =
			"IPFIX 45\n"
			"set 2 template 16+12\n"
			"template 256 20+8: 8/4\n"
			"end\n"
			"set 256 data 28+17\n"
			"record 32+4: sourceIPv4Address=10.0.0.1\n"
			"record 36+4: sourceIPv4Address=0.0.0.0\n"
			"record 40+4: sourceIPv4Address=0.0.0.0\n"
			"! padding-too-long 9 4\n"
			"padding 44+1\n"
			"end\n",
	},
	{
		.name = "data without a template; zeros and then no template id in a template set",
		.payload =
			"ipfix\n"
			"set 256\n"
			"octets 1/4\n"
			"set 2\n"
			"octets 1/3\n"
			"octets 1/2\n",
		.want =
			"IPFIX 33\n"
			"set 256 data 16+8\n"
			"undecoded 20+4\n"
			"end\n"
			"set 2 template 24+9\n"
			"! template-id-invalid 0 256\n"
			"malformed 28+5\n"
			"end\n",
	},
	{
		.name = "reserved and empty sets",
		.payload =
			"ipfix\n"
			"set 0\n"
			"octets 1/4\n"
			"set 1\n"
			"octets 1/4\n"
			"set 4\n"
			"octets 1/4\n"
			"set 255\n"
			"set 256\n"
			"set 2\n",
		.want =
			"IPFIX 52\n"
			"! set-id-reserved 0 0\n"
			"set 0 reserved 16+8\n"
			"undecoded 20+4\n"
			"end\n"
			"! set-id-reserved 1 0\n"
			"set 1 reserved 24+8\n"
			"undecoded 28+4\n"
			"end\n"
			"! set-id-reserved 4 0\n"
			"set 4 reserved 32+8\n"
			"undecoded 36+4\n"
			"end\n"
			"! set-id-reserved 255 0\n"
			"set 255 reserved 40+4\n"
			"end\n"
			"! set-empty 0 0\n"
			"set 256 data 44+4\n"
			"end\n"
			"! set-empty 0 0\n"
			"set 2 template 48+4\n"
			"end\n",
	},
	{
		.name = "v9: 2 and 3 are reserved, and so is 9 where no header stands",
		.payload =
			"v9\n"
			"set 2\n"
			"octets 1/4\n"
			"set 3\n"
			"octets 1/4\n"
			"set 0\n"
			"set 9\n"
			"octets 1/4\n",
		.want =
			"NetFlow v9 48\n"
			"! set-id-reserved 2 0\n"
			"set 2 reserved 20+8\n"
			"undecoded 24+4\n"
			"end\n"
			"! set-id-reserved 3 0\n"
			"set 3 reserved 28+8\n"
			"undecoded 32+4\n"
			"end\n"
			"! set-empty 0 0\n"
			"set 0 template 36+4\n"
			"end\n"
			"! set-id-reserved 9 0\n"
			"set 9 reserved 40+8\n"
			"undecoded 44+4\n"
			"end\n",
	},
};

static const struct wiretext_case ends_cases[] = {
	{
		.name = "the capture cut inside a set header",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4\n"
			"set 256\n"
			"record 10.0.0.1\n",
		.want =
			"! message-cut-by-capture 30 36\n"
			"IPFIX 30\n"
			"set 2 template 16+12\n"
			"template 256 20+8: 8/4\n"
			"end\n"
			"malformed 28+2\n",
		.opts = { .keep = 30 },
	},
	{
		.name = "the capture cut inside a record: the whole ones before it",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4\n"
			"set 256\n"
			"record 10.0.0.1\n"
			"record 10.0.0.2\n",
		.want =
			"! message-cut-by-capture 38 40\n"
			"IPFIX 38\n"
			"set 2 template 16+12\n"
			"template 256 20+8: 8/4\n"
			"end\n"
			"set 256 data 28+10 cut\n"
			"record 32+4: sourceIPv4Address=10.0.0.1\n"
			"malformed 36+2\n"
			"end\n",
		.opts = { .keep = 38 },
	},
	{
		.name = "the sender cut: Length is beyond what was sent",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4\n"
			"set 256\n"
			"record 10.0.0.1\n"
			"record 10.0.0.2\n",
		.want =
			"! length-beyond-payload 40 38\n"
			"IPFIX 38\n"
			"set 2 template 16+12\n"
			"template 256 20+8: 8/4\n"
			"end\n"
			"! set-overruns-message 12 10\n"
			"set 256 data 28+10 overrun\n"
			"record 32+4: sourceIPv4Address=10.0.0.1\n"
			"malformed 36+2\n"
			"end\n",
		.opts = { .sent = 38 },
	},
	{
		.name = "several messages in one payload (quirk A3)",
		.payload =
			"v9\n"
			"set 0\n"
			"template 256 8/4\n"
			"v9 seq=2\n"
			"set 256\n"
			"record 10.0.0.1\n"
			"v5\n"
			"flow src=10.0.0.5\n",
		.want =
			"NetFlow v9 32\n"
			"set 0 template 20+12\n"
			"template 256 24+8: 8/4\n"
			"end\n"
			"NetFlow v9 28\n"
			"set 256 data 20+8\n"
			"record 24+4\n"
			"end\n"
			"NetFlow v5 72\n"
			"set 0 fixed 24+48\n"
			"record 24+48\n"
			"end\n",
		.opts = { .no_fields = true },
	},
};

static const struct wiretext_case templates_cases[] = {
	{
		.name = "v9: padding of a template set that is not zero",
		.payload =
			"v9\n"
			"set 0\n"
			"template 256 8/4\n"
			"octets 1/3\n",
		.want =
			"NetFlow v9 35\n"
			"set 0 template 20+15\n"
			"template 256 24+8: 8/4\n"
			"! padding-not-zero 3 0\n"
			"padding 32+3\n"
			"end\n",
	},
	{
		.name = "v9: 7 zeros behind the template (quirk B1)",
		.payload =
			"v9\n"
			"set 0\n"
			"template 256 8/4\n"
			"octets 0/7\n",
		.want =
			"NetFlow v9 39\n"
			"set 0 template 20+19\n"
			"template 256 24+8: 8/4\n"
			"! padding-too-long 7 4\n"
			"padding 32+7\n"
			"end\n",
	},
	{
		.name = "v9: an id below 256, and a good template behind it",
		.payload =
			"v9\n"
			"set 0\n"
			"template 256 8/4\n"
			"template 100 8/4\n"
			"template 257 8/4\n",
		.want =
			"NetFlow v9 48\n"
			"set 0 template 20+28\n"
			"template 256 24+8: 8/4\n"
			"! template-id-invalid 100 256\n"
			"template 100 32+8: 8/4\n"
			"template 257 40+8: 8/4\n"
			"end\n",
	},
	{
		.name = "v9: an id below 256, and fields that the set does not have",
		.payload =
			"v9 count=1\n"
			"set 0\n"
			"template 256 8/4\n"
			"octets 100/2 3/2 8/2 4/2\n",
		.want =
			"NetFlow v9 40\n"
			"set 0 template 20+20\n"
			"template 256 24+8: 8/4\n"
			"! template-id-invalid 100 256\n"
			"malformed 32+8\n"
			"end\n",
	},
	{
		.name = "v9: more fields than the set has; the next set is good",
		.payload =
			"v9\n"
			"set 0\n"
			"octets 256/2 3/2 8/2 4/2\n"
			"set 0\n"
			"template 257 8/4\n",
		.want =
			"NetFlow v9 44\n"
			"set 0 template 20+12\n"
			"! template-overruns-set 3 0\n"
			"malformed 24+8\n"
			"end\n"
			"set 0 template 32+12\n"
			"template 257 36+8: 8/4\n"
			"end\n",
	},
	{
		.name = "v9: a template without fields is no withdrawal",
		.payload =
			"v9\n"
			"set 0\n"
			"octets 256/2 0/2\n",
		.want =
			"NetFlow v9 28\n"
			"set 0 template 20+8\n"
			"! withdrawal-in-v9 256 0\n"
			"template 256 24+4:\n"
			"end\n"
			"! count-differs 0 1\n",
	},
	{
		.name = "v9: options template",
		.payload =
			"v9\n"
			"set 1\n"
			"options 300 1/4 2/2 | 34/4 35/1\n"
			"pad\n",
		.want =
			"NetFlow v9 48\n"
			"set 1 options-template 20+28\n"
			"options 300 24+22: scope 1/4 scope 2/2 34/4 35/1\n"
			"padding 46+2\n"
			"end\n",
	},
	{
		.name = "v9: option length 9 (quirk B4)",
		.payload =
			"v9\n"
			"set 1\n"
			"octets 300/2 4/2 9/2 1/2 4/2 34/2 4/2 35/2 1/2 0/1\n",
		.want =
			"NetFlow v9 43\n"
			"set 1 options-template 20+23\n"
			"! options-length-unaligned 9 0\n"
			"options 300 24+18: scope 1/4 34/4 35/1\n"
			"padding 42+1\n"
			"end\n"
			"! count-differs 0 1\n",
	},
	{
		.name = "v9: scope and option lengths that are whole specifiers only together",
		.payload =
			"v9 count=1\n"
			"set 1\n"
			"octets 300/2 6/2 6/2 1/2 4/2 34/2 4/2 35/2 1/2\n",
		.want =
			"NetFlow v9 42\n"
			"set 1 options-template 20+22\n"
			"! options-length-unaligned 6 0\n"
			"options 300 24+18: scope 1/4 34/4 35/1\n"
			"end\n",
	},
	{
		.name = "v9: no scope (quirk B4)",
		.payload =
			"v9\n"
			"set 1\n"
			"octets 300/2 0/2 8/2 34/2 4/2 35/2 1/2\n",
		.want =
			"NetFlow v9 38\n"
			"set 1 options-template 20+18\n"
			"! scope-count-zero 300 0\n"
			"options 300 24+14: 34/4 35/1\n"
			"end\n"
			"! count-differs 0 1\n",
	},
	{
		.name = "v9: options longer than the set",
		.payload =
			"v9\n"
			"set 1\n"
			"octets 300/2 40/2 80/2 34/2 4/2 35/2 1/2\n",
		.want =
			"NetFlow v9 38\n"
			"set 1 options-template 20+18\n"
			"! template-overruns-set 30 0\n"
			"malformed 24+14\n"
			"end\n",
	},
	{
		.name = "v9: options without fields",
		.payload =
			"v9\n"
			"set 1\n"
			"octets 300/2 0/2 0/2\n",
		.want =
			"NetFlow v9 30\n"
			"set 1 options-template 20+10\n"
			"! template-without-fields 300 0\n"
			"! scope-count-zero 300 0\n"
			"options 300 24+6:\n"
			"end\n"
			"! count-differs 0 1\n",
	},
	{
		.name = "ipfix: scope count 0",
		.payload =
			"ipfix\n"
			"set 3\n"
			"options 300 | 8/4 12/4\n",
		.want =
			"IPFIX 34\n"
			"set 3 options-template 16+18\n"
			"! scope-count-zero 300 0\n"
			"options 300 20+14: 8/4 12/4\n"
			"end\n",
	},
	{
		.name = "ipfix: scope count beyond the fields",
		.payload =
			"ipfix\n"
			"set 3\n"
			"octets 301/2 2/2 5/2 8/2 4/2 12/2 4/2\n",
		.want =
			"IPFIX 34\n"
			"set 3 options-template 16+18\n"
			"! scope-count-invalid 5 2\n"
			"malformed 20+14\n"
			"end\n",
	},
	{
		.name = "ipfix: the enterprise number is cut",
		.payload =
			"ipfix\n"
			"set 2\n"
			"octets 302/2 2/2 8/2 4/2 0x8001/2 4/2 9/2\n",
		.want =
			"IPFIX 34\n"
			"set 2 template 16+18\n"
			"! template-overruns-set 2 0\n"
			"malformed 20+14\n"
			"end\n",
	},
	{
		.name = "ipfix: a record that no message can hold",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 1/65000 2/600\n",
		.want =
			"IPFIX 32\n"
			"set 2 template 16+16\n"
			"! template-exceeds-message 256 65600\n"
			"! field-length-illegal 65000 0\n"
			"! field-length-illegal 600 0\n"
			"template 256 20+12: 1/65000 2/600\n"
			"end\n",
	},
	{
		.name = "ipfix: withdrawals",
		.payload =
			"ipfix\n"
			"set 2\n"
			"withdraw 256\n"
			"withdraw 2\n"
			"set 3\n"
			"withdraw 300\n"
			"withdraw 3\n"
			"withdraw 2\n",
		.want =
			"IPFIX 44\n"
			"set 2 template 16+12\n"
			"withdrawal 256 20+4:\n"
			"withdrawal-all 2 24+4:\n"
			"end\n"
			"set 3 options-template 28+16\n"
			"withdrawal 300 32+4:\n"
			"withdrawal-all 3 36+4:\n"
			"! template-id-invalid 2 256\n"
			"malformed 40+4\n"
			"end\n",
	},
	{
		.name = "ipfix: templates in a set that runs over the end",
		.payload =
			"ipfix\n"
			"set 2 length=40\n"
			"template 256 8/4\n"
			"template 257 8/4\n",
		.want =
			"IPFIX 36\n"
			"! set-overruns-message 40 20\n"
			"set 2 template 16+20 overrun\n"
			"! template-in-broken-set 256 0\n"
			"template 256 20+8: 8/4\n"
			"! template-in-broken-set 257 0\n"
			"template 257 28+8: 8/4\n"
			"end\n",
	},
	{
		.name = "ipfix: templates in a set that the capture cut",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4\n"
			"template 257 8/4 12/4\n",
		.want =
			"IPFIX 40\n"
			"set 2 template 16+24\n"
			"template 256 20+8: 8/4\n"
			"template 257 28+12: 8/4 12/4\n"
			"end\n",
		.opts = { .keep = 40 },
	},
};

static void sets(void **state)
{
	(void)state;
	assert_int_equal(wiretext_differing(sets_cases, COUNT(sets_cases)), 0);
}

static void ends(void **state)
{
	(void)state;
	assert_int_equal(wiretext_differing(ends_cases, COUNT(ends_cases)), 0);
}

static void templates(void **state)
{
	(void)state;
	assert_int_equal(wiretext_differing(templates_cases, COUNT(templates_cases)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sets),
		cmocka_unit_test(ends),
		cmocka_unit_test(templates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
