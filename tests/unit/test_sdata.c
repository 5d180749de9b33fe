/* Structured data (RFC 6313). */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/wiretext.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct wiretext_case lists_cases[] = {
	{
		.name = "basicLists",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 257 291/v\n"
			"set 257\n"
			"record v[ 3/1 8/2 4/2 10.0.0.1 10.0.0.2 ]\n"
			"record v[ 4/1 82/2 65535/2 v\"a\" v\"\" v3\"ccc\" ]\n"
			"record v[ 3/1 0x8080/2 2/2 5951/4 1/2 2/2 ]\n"
			"record v[ 255/1 291/2 65535/2 v[ 3/1 4/2 1/2 6/1 17/1 ] v[ 0/1 4/2 1/2 ] "
			"]\n"
			"record v[ 2/1 8/2 4/2 ]\n",
		.want =
			"IPFIX 115\n"
			"set 2 template 16+12\n"
			"template 257 20+8: 291/v\n"
			"end\n"
			"set 257 data 28+87\n"
			"record 32+16: basicList=[3 sourceIPv4Address=10.0.0.1 "
			"sourceIPv4Address=10.0.0.2]\n"
			"record 48+17: basicList=[4 interfaceName=a interfaceName= "
			"interfaceName=ccc]\n"
			"record 65+16: basicList=[3 5951/roundTripTime=1 5951/roundTripTime=2]\n"
			"record 81+26: basicList=[255 basicList=[3 protocolIdentifier=6 "
			"protocolIdentifier=17] basicList=[0]]\n"
			"record 107+8: basicList=[2]\n"
			"end\n",
	},
	{
		.name = "subTemplateLists",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4 12/4\n"
			"template 258 292/v 4/1\n"
			"set 258\n"
			"record v[ 3/1 256/2 10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4 ] 6/1\n"
			"record v[ 3/1 999/2 1/4 ] 6/1\n"
			"record v[ 3/1 999/2 ] 6/1\n"
			"record v[ 3/1 256/2 10.0.0.1 10.0.0.2 0/3 ] 6/1\n",
		.want =
			"IPFIX 107\n"
			"set 2 template 16+28\n"
			"template 256 20+12: 8/4 12/4\n"
			"template 258 32+12: 292/v 4/1\n"
			"end\n"
			"set 258 data 44+63\n"
			"record 48+23: subTemplateList=[3{256: sourceIPv4Address=10.0.0.1 "
			"destinationIPv4Address=10.0.0.2: sourceIPv4Address=10.0.0.3 "
			"destinationIPv4Address=10.0.0.4}] protocolIdentifier=6\n"
			"record 71+11: subTemplateList=[3{999 undecoded 4}] "
			"protocolIdentifier=6\n"
			"! list-template-unknown 999 0\n"
			"record 82+7: subTemplateList=[3{999 undecoded 0}] protocolIdentifier=6\n"
			"record 89+18: subTemplateList=[3{256: sourceIPv4Address=10.0.0.1 "
			"destinationIPv4Address=10.0.0.2 padding 3}] protocolIdentifier=6\n"
			"end\n",
	},
	{
		.name = "subTemplateMultiLists",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4 12/4\n"
			"template 257 82/v 8/4\n"
			"template 259 293/v\n"
			"set 259\n"
			"record v[ 4/1 {256 10.0.0.1 10.0.0.2} {257 v\"a\" 10.0.0.9 v\"bb\" "
			"10.0.0.8} {998 1/4} ]\n"
			"record v[ 4/1 ]\n"
			"record v[ 4/1 {256 } ]\n",
		.want =
			"IPFIX 109\n"
			"set 2 template 16+36\n"
			"template 256 20+12: 8/4 12/4\n"
			"template 257 32+12: 82/v 8/4\n"
			"template 259 44+8: 293/v\n"
			"end\n"
			"set 259 data 52+57\n"
			"record 56+41: subTemplateMultiList=[4{256: sourceIPv4Address=10.0.0.1 "
			"destinationIPv4Address=10.0.0.2}{257: interfaceName=a "
			"sourceIPv4Address=10.0.0.9: interfaceName=bb "
			"sourceIPv4Address=10.0.0.8}{998 undecoded 4}]\n"
			"! list-template-unknown 998 0\n"
			"record 97+4: subTemplateMultiList=[4]\n"
			"record 101+8: subTemplateMultiList=[4{256}]\n"
			"end\n",
	},
	{
		.name = "nested deeper than is entered",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 260 292/v\n"
			"set 260\n"
			"record v[ 3/1 260/2 v[ 3/1 260/2 v[ 3/1 260/2 v[ 3/1 260/2 v[ 3/1 260/2 "
			"v[ 3/1 260/2 v[ 3/1 260/2 v[ 3/1 260/2 v[ 3/1 260/2 v[ 3/1 260/2 ] ] ] ] "
			"] ] ] ] ] ]\n",
		.want =
			"IPFIX 92\n"
			"set 2 template 16+12\n"
			"template 260 20+8: 292/v\n"
			"end\n"
			"set 260 data 28+64\n"
			"record 32+60: subTemplateList=[3{260: subTemplateList=[3{260: "
			"subTemplateList=[3{260: subTemplateList=[3{260: subTemplateList=[3{260: "
			"subTemplateList=[3{260: subTemplateList=[3{260: subTemplateList=[3{260: "
			"subTemplateList=unread 9}]}]}]}]}]}]}]}]\n"
			"! list-too-deep 9 8\n"
			"end\n",
	},
	{
		.name = "lists of fixed length",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 261 291/9 4/1\n"
			"set 261\n"
			"record 3/1 8/2 4/2 10.0.0.1 6/1\n"
			"record 3/1 4/2 2/2 1/2 2/2 17/1\n",
		.want =
			"IPFIX 56\n"
			"set 2 template 16+16\n"
			"template 261 20+12: 291/9 4/1\n"
			"end\n"
			"set 261 data 32+24\n"
			"record 36+10: basicList=[3 sourceIPv4Address=10.0.0.1] "
			"protocolIdentifier=6\n"
			"record 46+10: basicList=[3 protocolIdentifier=1 protocolIdentifier=2] "
			"protocolIdentifier=17\n"
			"end\n",
	},
};

static const struct wiretext_case broken_lists_cases[] = {
	{
		.name = "basicLists that do not add up",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 257 291/v\n"
			"set 257\n"
			"record v\"\"\n"
			"record v[ 3/1 8/2 4/1 ]\n"
			"record v[ 3/1 0x8001/2 4/2 9/2 ]\n"
			"record v[ 3/1 8/2 4/2 1/3 ]\n"
			"record v[ 3/1 8/2 0/2 1/3 ]\n"
			"record v[ 3/1 82/2 65535/2 200/1 1/3 ]\n"
			"record v[ 3/1 82/2 65535/2 255/1 0/1 ]\n"
			"record v[ 9/1 8/2 4/2 10.0.0.1 ]\n",
		.want =
			"IPFIX 106\n"
			"set 2 template 16+12\n"
			"template 257 20+8: 291/v\n"
			"end\n"
			"set 257 data 28+78\n"
			"record 32+1: basicList=unread 0\n"
			"! list-header-cut 0 5\n"
			"record 33+7: basicList=unread 4\n"
			"! list-header-cut 4 5\n"
			"record 40+10: basicList=unread 7\n"
			"! list-header-cut 7 9\n"
			"record 50+11: basicList=[3 malformed 3]\n"
			"! list-element-overruns 4 3\n"
			"record 61+11: basicList=[3 malformed 3]\n"
			"! list-element-overruns 0 3\n"
			"record 72+12: basicList=[3 malformed 4]\n"
			"! list-element-overruns 200 4\n"
			"record 84+10: basicList=[3 malformed 2]\n"
			"! list-element-overruns 3 2\n"
			"record 94+12: basicList=[9 sourceIPv4Address=10.0.0.1]\n"
			"! list-semantic-invalid 9 0\n"
			"end\n",
	},
	{
		.name = "subTemplateLists that do not add up",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4 82/v\n"
			"template 258 292/v\n"
			"set 258\n"
			"record v\"\"\n"
			"record v[ 3/1 256/1 ]\n"
			"record v[ 3/1 256/2 10.0.0.1 9/1 \"abc\" ]\n"
			"record v[ 3/1 256/2 10.0.0.1 v\"x\" 1/3 ]\n",
		.want =
			"IPFIX 79\n"
			"set 2 template 16+24\n"
			"template 256 20+12: 8/4 82/v\n"
			"template 258 32+8: 292/v\n"
			"end\n"
			"set 258 data 40+39\n"
			"record 44+1: subTemplateList=unread 0\n"
			"! list-header-cut 0 3\n"
			"record 45+5: subTemplateList=unread 2\n"
			"! list-header-cut 2 3\n"
			"record 50+14: subTemplateList=[3{256 malformed 8}]\n"
			"! record-overruns-set 14 8\n"
			"record 64+15: subTemplateList=[3{256: sourceIPv4Address=10.0.0.1 "
			"interfaceName=x padding 3}]\n"
			"! padding-not-zero 3 0\n"
			"end\n",
	},
	{
		.name = "subTemplateMultiLists that do not add up",
		.payload =
			"ipfix\n"
			"set 2\n"
			"template 256 8/4\n"
			"template 259 293/v\n"
			"set 259\n"
			"record v\"\"\n"
			"record v[ 3/1 256/2 3/2 ]\n"
			"record v[ 3/1 256/2 9/2 10.0.0.1 ]\n"
			"record v[ 3/1 {256 10.0.0.1} 256/2 1/1 ]\n"
			"record v[ 3/1 {256 10.0.0.1 1/2 } ]\n",
		.want =
			"IPFIX 90\n"
			"set 2 template 16+20\n"
			"template 256 20+8: 8/4\n"
			"template 259 28+8: 293/v\n"
			"end\n"
			"set 259 data 36+54\n"
			"record 40+1: subTemplateMultiList=unread 0\n"
			"! list-header-cut 0 1\n"
			"record 41+8: subTemplateMultiList=[3 malformed 4]\n"
			"! list-block-overruns 3 4\n"
			"record 49+12: subTemplateMultiList=[3 malformed 8]\n"
			"! list-block-overruns 9 8\n"
			"record 61+15: subTemplateMultiList=[3{256: sourceIPv4Address=10.0.0.1} "
			"malformed 3]\n"
			"! list-block-overruns 4 3\n"
			"record 76+14: subTemplateMultiList=[3{256: sourceIPv4Address=10.0.0.1 "
			"padding 2}]\n"
			"! padding-not-zero 2 0\n"
			"end\n",
	},
};

static void lists(void **state)
{
	(void)state;
	assert_int_equal(wiretext_differing(lists_cases, COUNT(lists_cases)), 0);
}

static void broken_lists(void **state)
{
	(void)state;
	assert_int_equal(wiretext_differing(broken_lists_cases, COUNT(broken_lists_cases)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists),
		cmocka_unit_test(broken_lists),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
