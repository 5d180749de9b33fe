/*
 * Two meanings held against each other: what is told, what is left out, what tolerances let pass;
 * and what happens where memory runs out at any one place.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/meanings.h"
#include "out/difflist.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define T "1.1 10 T256 8/4 1/4 152/8 153/8\n"
#define D "1.1 10 D256 "
/* a second flow, by which clocks are told apart */
#define OTHERS " , 10.0.0.8 1/4 0/8 100/8 , 10.0.0.9 1/4 0/8 100/8"

struct row {
	const char *name, *old, *new, *wanted;
	struct diff_opts opts;
	const char *keys;
};

static const struct row rows[] = {
	{ .name = "the same", .old = T D "10.0.0.1 5/4 0/8 9/8", .new = T D "10.0.0.1 5/4 0/8 9/8",
	  .wanted = "" },

	/* what makes a flow */
	{ .name = "one that is lost", .old = T D "10.0.0.1 5/4 0/8 9/8 , 10.0.0.2 5/4 0/8 9/8",
	  .new = T D "10.0.0.1 5/4 0/8 9/8", .wanted = "flow-lost src 10.0.0.2\n" },
	{ .name = "one that is added", .old = T D "10.0.0.1 5/4 0/8 9/8",
	  .new = T D "10.0.0.1 5/4 0/8 9/8 , 10.0.0.2 5/4 0/8 9/8",
	  .wanted = "flow-added src 10.0.0.2\n" },
	{ .name = "the worst first", .old = T D "10.0.0.1 5/4 0/8 9/8 , 10.0.0.2 6/4 0/8 9/8",
	  .new = T D "10.0.0.3 7/4 0/8 9/8 , 10.0.0.4 8/4 0/8 9/8",
	  .wanted = "flow-lost src 10.0.0.2\nflow-lost src 10.0.0.1\n"
		    "flow-added src 10.0.0.4\nflow-added src 10.0.0.3\n" },
	{ .name = "two records of one", .old = T D "10.0.0.1 5/4 0/8 9/8",
	  .new = T D "10.0.0.1 2/4 0/8 4/8 , 10.0.0.1 3/4 4/8 9/8", .wanted = "" },
	{ .name = "two records of one, counted", .old = T D "10.0.0.1 5/4 0/8 9/8",
	  .new = T D "10.0.0.1 2/4 0/8 4/8 , 10.0.0.1 3/4 4/8 9/8",
	  .wanted = "flow-changed src 10.0.0.1 records 1>2\n", .opts = { .no_merge = true } },
	{ .name = "two records of one, tolerated", .old = T D "10.0.0.1 5/4 0/8 9/8",
	  .new = T D "10.0.0.1 2/4 0/8 4/8 , 10.0.0.1 3/4 4/8 9/8", .wanted = "",
	  .opts = { .no_merge = true, .tolerance = "records=1" } },
	{ .name = "a second use", .old = T D "10.0.0.1 5/4 0/8 0/8 , 10.0.0.1 6/4 100000/8 100000/8",
	  .new = T D "10.0.0.1 5/4 0/8 0/8", .wanted = "flow-lost src 10.0.0.1\n" },
	{ .name = "a second use that is another",
	  .old = T D "10.0.0.1 5/4 0/8 0/8 , 10.0.0.1 6/4 100000/8 100000/8",
	  .new = T D "10.0.0.1 5/4 0/8 0/8 , 10.0.0.1 7/4 100000/8 100000/8",
	  .wanted = "flow-changed src 10.0.0.1 octetDeltaCount 6>7\n" },
	{ .name = "two uses in one record",
	  .old = T D "10.0.0.1 5/4 0/8 0/8 , 10.0.0.1 6/4 100000/8 100000/8",
	  .new = T D "10.0.0.1 11/4 0/8 100000/8", .wanted = "" },
	{ .name = "three uses, of which two are one record",
	  .old = T D "10.0.0.1 5/4 0/8 0/8 , 10.0.0.1 6/4 100000/8 100000/8 , "
		 "10.0.0.1 7/4 200000/8 200000/8",
	  .new = T D "10.0.0.1 5/4 0/8 0/8 , 10.0.0.1 14/4 100000/8 200000/8",
	  .wanted = "flow-changed src 10.0.0.1 octetDeltaCount 13>14\n" },
	{ .name = "a use that moved",
	  .old = T D "10.0.0.1 5/4 0/8 0/8 , 10.0.0.1 6/4 100000/8 100000/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 0/8 0/8 , 10.0.0.1 6/4 300000/8 300000/8" OTHERS,
	  .wanted = "flow-changed src 10.0.0.1 first 100.000 s>300.000 s\n" },

	{ .name = "ICMP in a port, and in an element", .keys = "src,sport,dport,proto",
	  .old = "1.1 10 T256 8/4 7/2 11/2 4/1\n" D "10.0.0.1 0/2 2048/2 1/1",
	  .new = "1.1 10 T256 8/4 32/2 4/1\n" D "10.0.0.1 2048/2 1/1", .wanted = "",
	  .opts = { .only = "flows" } },
	{ .name = "ICMP in two elements, and another code", .keys = "src,sport,dport,proto",
	  .old = "1.1 10 T256 8/4 7/2 11/2 4/1\n" D "10.0.0.1 0/2 769/2 1/1 , 10.0.0.1 0/2 771/2 1/1",
	  .new = "1.1 10 T256 8/4 176/1 177/1 4/1\n" D "10.0.0.1 3/1 1/1 1/1 , 10.0.0.1 3/1 4/1 1/1",
	  .wanted = "flow-lost src 10.0.0.1, sport 0, dport 771, proto 1\n"
		    "flow-added src 10.0.0.1, sport 0, dport 772, proto 1\n",
	  .opts = { .only = "flows" } },
	{ .name = "an element of ICMP where there is none", .keys = "src,sport,dport,proto",
	  .old = "1.1 10 T256 8/4 7/2 11/2 4/1\n" D "10.0.0.1 5/2 80/2 6/1",
	  .new = "1.1 10 T256 8/4 7/2 11/2 32/2 4/1\n" D "10.0.0.1 5/2 80/2 0/2 6/1", .wanted = "",
	  .opts = { .only = "flows" } },

	/* how values add up */
	{ .name = "totals", .old = "1.1 10 T256 8/4 85/8\n" D "10.0.0.1 5/8 , 10.0.0.1 9/8",
	  .new = "1.1 10 T256 8/4 85/8\n" D "10.0.0.1 9/8", .wanted = "" },
	{ .name = "flags", .old = "1.1 10 T256 8/4 6/1\n" D "10.0.0.1 2/1 , 10.0.0.1 16/1",
	  .new = "1.1 10 T256 8/4 6/1\n" D "10.0.0.1 18/1", .wanted = "" },
	{ .name = "flags of another width", .old = "1.1 10 T256 8/4 6/1\n" D "10.0.0.1 18/1",
	  .new = "1.1 10 T256 8/4 6/2\n" D "10.0.0.1 18/2", .wanted = "",
	  .opts = { .only = "flows" } },
	{ .name = "numbers from and to", .old = "1.1 10 T256 8/4 5/1\n" D "10.0.0.1 1/1 , 10.0.0.1 3/1",
	  .new = "1.1 10 T256 8/4 5/1\n" D "10.0.0.1 1/1 , 10.0.0.1 4/1",
	  .wanted = "flow-changed src 10.0.0.1 ipClassOfService 1 .. 3>1 .. 4\n" },
	{ .name = "texts", .old = "1.1 10 T256 8/4 82/v\n" D "10.0.0.1 v\"a\"",
	  .new = "1.1 10 T256 8/4 82/v\n" D "10.0.0.1 v\"b\" , 10.0.0.1 v\"a\"",
	  .wanted = "flow-changed src 10.0.0.1 interfaceName a>a .. b\n" },
	{ .name = "lists", .old = "1.1 10 T256 8/4 291/v\n" D "10.0.0.1 v[ 3/1 10/2 4/2 1/4 2/4 ]",
	  .new = "1.1 10 T256 8/4 291/v\n" D "10.0.0.1 v[ 3/1 10/2 4/2 1/4 3/4 ]",
	  .wanted = "flow-changed src 10.0.0.1 basicList allOf ingressInterface 1, 2>"
		    "allOf ingressInterface 1, 3\n" },
	{ .name = "lists of another width",
	  .old = "1.1 10 T256 8/4 291/v\n" D "10.0.0.1 v[ 3/1 10/2 4/2 1/4 2/4 ]",
	  .new = "1.1 10 T256 8/4 291/v\n" D "10.0.0.1 v[ 3/1 10/2 2/2 1/2 2/2 ]", .wanted = "" },
	{ .name = "lists of templates with other ids, with times",
	  .old = "1.1 10 T300 7/2 152/8\n1.1 10 T256 8/4 292/v\n"
		 D "10.0.0.1 v[ 4/1 300/2 80/2 1/8 443/2 2/8 ]",
	  .new = "1.1 10 T301 7/2 152/8\n1.1 10 T256 8/4 292/v\n"
		 D "10.0.0.1 v[ 4/1 301/2 80/2 7/8 443/2 8/8 ]", .wanted = "" },
	{ .name = "lists of templates",
	  .old = "1.1 10 T300 7/2\n1.1 10 T256 8/4 292/v\n" D "10.0.0.1 v[ 4/1 300/2 80/2 443/2 ]",
	  .new = "1.1 10 T300 7/2\n1.1 10 T256 8/4 292/v\n" D "10.0.0.1 v[ 0/1 300/2 80/2 ]",
	  .wanted = "flow-changed src 10.0.0.1 subTemplateList ordered (sourceTransportPort 80) "
		    "(sourceTransportPort 443)>noneOf (sourceTransportPort 80)\n" },
	{ .name = "multi lists",
	  .old = "1.1 10 T300 7/2 | T301 11/2\n1.1 10 T256 8/4 293/v\n"
		 D "10.0.0.1 v[ 1/1 {300 80/2 } {301 53/2 } ]",
	  .new = "1.1 10 T300 7/2 | T301 11/2\n1.1 10 T256 8/4 293/v\n"
		 D "10.0.0.1 v[ 1/1 {300 80/2 } {301 54/2 } ]",
	  .wanted = "flow-changed src 10.0.0.1 subTemplateMultiList exactlyOneOf "
		    "(sourceTransportPort 80) (destinationTransportPort 53)>exactlyOneOf "
		    "(sourceTransportPort 80) (destinationTransportPort 54)\n" },
	{ .name = "a field of one side alone", .old = "1.1 10 T256 8/4 5/1\n" D "10.0.0.1 1/1",
	  .new = "1.1 10 T256 8/4\n" D "10.0.0.1",
	  .wanted = "template-changed template 256 ipClassOfService 1 octet>-\n" },

	/* times */
	{ .name = "a start of a second", .old = T D "10.0.0.1 5/4 5000/8 5000/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 6000/8 6000/8" OTHERS, .wanted = "" },
	{ .name = "one that is no number of binary digits",
	  .old = T D "10.0.0.1 5/4 1003/8 1003/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 2003/8 2003/8" OTHERS, .wanted = "" },
	{ .name = "a start of more than a second", .old = T D "10.0.0.1 5/4 5000/8 5000/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 6001/8 6001/8" OTHERS,
	  .wanted = "flow-changed src 10.0.0.1 first 5.000 s>6.001 s\n" },
	{ .name = "a start within 1 %", .old = T D "10.0.0.1 5/4 198000/8 198000/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 200000/8 200000/8" OTHERS, .wanted = "" },
	{ .name = "a start beyond 1 %", .old = T D "10.0.0.1 5/4 197999/8 197999/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 200000/8 200000/8" OTHERS,
	  .wanted = "flow-changed src 10.0.0.1 first 197.999 s>200.000 s\n" },
	{ .name = "a duration of a second more", .old = T D "10.0.0.1 5/4 0/8 5000/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 0/8 6000/8" OTHERS, .wanted = "" },
	{ .name = "such a one", .old = T D "10.0.0.1 5/4 0/8 1003/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 0/8 2003/8" OTHERS, .wanted = "" },
	{ .name = "a duration of more", .old = T D "10.0.0.1 5/4 0/8 5000/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 0/8 6001/8" OTHERS,
	  .wanted = "flow-changed src 10.0.0.1 duration 5.000 s>6.001 s\n" },
	{ .name = "a duration within 1 %", .old = T D "10.0.0.1 5/4 0/8 396000/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 0/8 400000/8" OTHERS, .wanted = "" },
	{ .name = "a duration beyond 1 %", .old = T D "10.0.0.1 5/4 0/8 395999/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 0/8 400000/8" OTHERS,
	  .wanted = "flow-changed src 10.0.0.1 duration 395.999 s>400.000 s\n" },
	{ .name = "a duration, tolerated", .old = T D "10.0.0.1 5/4 0/8 5000/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 0/8 15000/8" OTHERS, .wanted = "",
	  .opts = { .tolerance = "first=1h,duration=10000ms" } },
	{ .name = "another day", .old = T D "10.0.0.1 5/4 5000/8 5000/8" OTHERS,
	  .new = T D "10.0.0.1 5/4 86405000/8 86405000/8 , 10.0.0.8 1/4 86400000/8 86400100/8 , "
		 "10.0.0.9 1/4 86400000/8 86400100/8", .wanted = "" },

	/* tolerances */
	{ .name = "at the edge of an amount", .old = T D "10.0.0.1 100/4 0/8 0/8",
	  .new = T D "10.0.0.1 107/4 0/8 0/8", .wanted = "", .opts = { .tolerance = "bytes=7" } },
	{ .name = "behind it", .old = T D "10.0.0.1 100/4 0/8 0/8",
	  .new = T D "10.0.0.1 108/4 0/8 0/8",
	  .wanted = "flow-changed src 10.0.0.1 octetDeltaCount 100>108\n",
	  .opts = { .tolerance = "bytes=7" } },
	{ .name = "at the edge of a share", .old = T D "10.0.0.1 99/4 0/8 0/8",
	  .new = T D "10.0.0.1 100/4 0/8 0/8", .wanted = "",
	  .opts = { .tolerance = "octetDeltaCount=1%" } },
	{ .name = "behind it", .old = T D "10.0.0.1 98/4 0/8 0/8",
	  .new = T D "10.0.0.1 100/4 0/8 0/8",
	  .wanted = "flow-changed src 10.0.0.1 octetDeltaCount 98>100\n",
	  .opts = { .tolerance = "octetDeltaCount=1%" } },
	{ .name = "an amount or a share", .old = T D "10.0.0.1 10/4 0/8 0/8",
	  .new = T D "10.0.0.1 12/4 0/8 0/8", .wanted = "",
	  .opts = { .tolerance = "bytes=1%,bytes=2" } },
	{ .name = "another field's", .old = T D "10.0.0.1 10/4 0/8 0/8",
	  .new = T D "10.0.0.1 12/4 0/8 0/8",
	  .wanted = "flow-changed src 10.0.0.1 octetDeltaCount 10>12\n",
	  .opts = { .tolerance = "packets=5,byte=5" } },

	/* names */
	{ .name = "ignored by topic", .old = T D "10.0.0.1 5/4 0/8 0/8",
	  .new = T D "10.0.0.2 5/4 0/8 0/8", .wanted = "", .opts = { .ignore = "flows" } },
	{ .name = "ignored by kind", .old = T D "10.0.0.1 5/4 0/8 0/8",
	  .new = T D "10.0.0.2 5/4 0/8 0/8", .wanted = "flow-added src 10.0.0.2\n",
	  .opts = { .ignore = "templates,flow-lost" } },
	{ .name = "ignored by element", .old = T D "10.0.0.1 5/4 0/8 0/8",
	  .new = T D "10.0.0.1 6/4 0/8 0/8", .wanted = "", .opts = { .ignore = "octetDeltaCount" } },
	{ .name = "only by alias", .old = T D "10.0.0.1 5/4 0/8 0/8",
	  .new = T D "10.0.0.1 6/4 0/8 9000/8",
	  .wanted = "flow-changed src 10.0.0.1 octetDeltaCount 5>6\n", .opts = { .only = "bytes" } },
	{ .name = "only, but for", .old = T D "10.0.0.1 5/4 0/8 0/8",
	  .new = T D "10.0.0.1 6/4 0/8 9000/8",
	  .wanted = "flow-changed src 10.0.0.1 duration 0.000 s>9.000 s\n",
	  .opts = { .only = "flows", .ignore = "bytes" } },
	{ .name = "half a name is none", .old = T D "10.0.0.1 5/4 0/8 0/8",
	  .new = T D "10.0.0.1 6/4 0/8 0/8",
	  .wanted = "flow-changed src 10.0.0.1 octetDeltaCount 5>6\n",
	  .opts = { .ignore = "byte,bytess,octetDelta,flow" } },
	{ .name = "a class, asked for", .old = "1.1 10 T256 8/4\n", .new = "1.1 10 T257 8/4\n",
	  .wanted = "template-renumbered template 256 id 256>257\n", .opts = { .only = "ids" } },
	{ .name = "a class, not asked for", .old = "1.1 10 T256 8/4\n", .new = "1.1 10 T257 8/4\n",
	  .wanted = "" },
	{ .name = "a class, strictly", .old = "1.1 10 T256 8/4\n", .new = "1.1 10 T257 8/4\n",
	  .wanted = "template-renumbered template 256 id 256>257\n", .opts = { .strict = true } },
	{ .name = "strictly, but for", .old = "1.1 10 T256 8/4\n", .new = "1.1 10 T257 8/4\n",
	  .wanted = "", .opts = { .strict = true, .ignore = "ids" } },
	{ .name = "ports", .old = "1.1 10 T256 8/4\n", .new = "1.2 10 T256 8/4\n",
	  .wanted = "behaviour-changed  exporter-port 1001>1002\n", .opts = { .only = "ports" } },

	/* templates */
	{ .name = "a field more", .old = "1.1 10 T256 8/4\n", .new = "1.1 10 T256 8/4 5/1\n",
	  .wanted = "template-changed template 256 ipClassOfService ->1 octet\n" },
	{ .name = "a field that moved", .old = "1.1 10 T256 8/4 5/1 1/4\n",
	  .new = "1.1 10 T256 1/4 8/4 5/1\n",
	  .wanted = "template-changed template 256 octetDeltaCount field 3>field 1\n" },
	{ .name = "fields that changed places", .old = "1.1 10 T256 8/4 5/1 1/4\n",
	  .new = "1.1 10 T256 1/4 5/1 8/4\n",
	  .wanted = "template-changed template 256 sourceIPv4Address field 1>field 3\n" },
	{ .name = "into the scope", .old = "1.1 10 O256 149/4 ; 10/4 82/8\n",
	  .new = "1.1 10 O256 149/4 10/4 ; 82/8\n",
	  .wanted = "template-changed options template 256 ingressInterface 4 octets>"
		    "4 octets, scope\n" },
	{ .name = "matched by what they have in common", .old = "1.1 10 T256 8/4 12/4 1/4\n",
	  .new = "1.1 10 T300 8/4 12/4 1/8\n",
	  .wanted = "template-changed template 256 octetDeltaCount 4 octets>8 octets\n" },
	{ .name = "too little in common", .old = "1.1 10 T256 8/4 12/4 1/4\n",
	  .new = "1.1 10 T300 8/4 11/2 7/2\n",
	  .wanted = "template-removed template 256 sourceIPv4Address 4 octets>-, "
		    "destinationIPv4Address 4 octets>-, octetDeltaCount 4 octets>-\n"
		    "template-added template 300 sourceIPv4Address ->4 octets, "
		    "destinationTransportPort ->2 octets, sourceTransportPort ->2 octets\n" },

	/* options */
	{ .name = "a row of options", .old = "1.1 10 O256 10/4 ; 82/v\n" D "1/4 v\"a\"",
	  .new = "1.1 10 O256 10/4 ; 82/v\n" D "1/4 v\"b\" , 2/4 v\"c\"",
	  .wanted = "option-added interface 2 interfaceName ->c\n"
		    "option-changed interface 1 interfaceName a>b\n" },
	{ .name = "a scope that no table knows", .old = "1.1 10 O256 141/4 ; 83/v\n" D "1/4 v\"a\"",
	  .new = "1.1 10 O256 141/4 ; 83/v\n" D "1/4 v\"b\"",
	  .wanted = "option-changed other lineCardId 1 interfaceDescription a>b\n" },
	{ .name = "the second voice", .old = "1.1 10 O256 144/4 ; 83/v\n" D "1/4 v\"a\" , 2/4 v\"b\"",
	  .new = "1.1 10 O256 144/4 ; 83/v\n" D "1/4 v\"a\" , 2/4 v\"c\"",
	  .wanted = "option-changed system by exportingProcessId 2 interfaceDescription b>c\n" },
	{ .name = "counters are none", .old = "1.1 10 O256 149/4 ; 41/8\n" D "0/4 1/8",
	  .new = "1.1 10 O256 149/4 ; 41/8\n" D "0/4 2/8", .wanted = "" },
	{ .name = "about renumbered templates", .old = "1.1 10 O256 145/2 ; 173/8\n" D "300/2 3/8",
	  .new = "1.1 10 O256 145/2 ; 173/8\n" D "301/2 3/8", .wanted = "" },

	/* domains */
	{ .name = "another domain more", .old = "1.1 10/1 T256 8/4\n",
	  .new = "1.1 10/1 T256 8/4\n1.1 10/2 T256 8/4\n", .wanted = "exporter-new \n" },
	{ .name = "two that went for one that came",
	  .old = "1.1 10/1 T256 8/4\n1.1 10/2 T256 8/4\n", .new = "2.1 10/3 T256 8/4\n",
	  .wanted = "exporter-gone \nexporter-gone \nexporter-new \n" },
	{ .name = "one that is left of each", .old = "1.1 10/1 T256 8/4\n2.1 10/5 T256 8/4\n",
	  .new = "1.1 10/1 T256 8/4\n3.1 10/7 T256 8/4\n", .wanted = "" },
	{ .name = "numbers at the only other address",
	  .old = "1.1 10/1 T256 8/4\n1.1 10/2 T256 12/4\n",
	  .new = "3.1 10/2 T256 12/4\n3.1 10/1 T256 8/4\n", .wanted = "" },
	{ .name = "exporters, ignored", .old = "1.1 10/1 T256 8/4\n",
	  .new = "1.1 10/1 T256 8/4\n1.1 10/2 T256 8/4\n", .wanted = "",
	  .opts = { .ignore = "exporters" } },

	/* figures */
	{ .name = "sequence numbers, strictly",
	  .old = "1.1 10 T256 8/4\n" D "10.0.0.1", .new = "1.1 10 T256 8/4\n" D "10.0.0.1",
	  .wanted = "", .opts = { .only = "sequence,uptime", .strict = true } },
};

/* -- In words ------------------------------------------------------------------------- */

static void diff_words(struct nf_strbuf *s, const struct diff *d)
{
	for (size_t i = 0; i < d->n; i++) {
		const struct difference *x = &d->list[i];

		nf_sb_printf(s, "%s %s", diff_kind_name((enum diff_kind)x->kind), x->subject);
		for (size_t k = 0; k < x->nchanges; k++)
			nf_sb_printf(s, "%s %s %s>%s", k != 0 ? "," : "", x->changes[k].name,
				     x->changes[k].old != NULL ? x->changes[k].old : "-",
				     x->changes[k].new != NULL ? x->changes[k].new : "-");
		nf_sb_char(s, '\n');
	}
}

struct pair {
	struct gathered side[2];
	struct diff diff;
};

/* ONCE: what both say is kept once. */
static void pair_kept(struct pair *p, const struct row *row, bool once)
{
	struct meaning_opts opts = {
		.one_icmp = true,
		.keys = row->keys, .strict = row->opts.strict || row->opts.only != NULL,
	};
	struct diff_opts how = row->opts;
	struct nf_err err;

	how.max = SIZE_MAX;
	gather(&p->side[0], row->old, &opts);
	opts.like = once ? p->side[0].meaning : NULL;
	gather(&p->side[1], row->new, &opts);
	if (!diff_init(&p->diff, p->side[0].meaning, p->side[1].meaning, &how, &err))
		fail_msg("%s: %s", row->name, err.text);
	diff_run(&p->diff);
	assert_false(p->diff.failed);
}

static void pair_of(struct pair *p, const struct row *row)
{
	pair_kept(p, row, true);
}

static void pair_done(struct pair *p)
{
	diff_done(&p->diff);
	gather_done(&p->side[0]);
	gather_done(&p->side[1]);
}

static void differences(void **state)
{
	(void)state;
	for (size_t k = 0; k < 2 * COUNT(rows); k++) {
		size_t i = k / 2;
		struct nf_strbuf s;
		struct pair p;

		pair_kept(&p, &rows[i], k % 2 != 0);
		nf_strbuf_init(&s);
		diff_words(&s, &p.diff);
		if (strcmp(nf_strbuf_cstr(&s), rows[i].wanted) != 0)
			fail_msg("%s:\n%s\nnot\n%s", rows[i].name, nf_strbuf_cstr(&s),
				 rows[i].wanted);
		assert_int_equal(diff_total(&p.diff), p.diff.n);
		nf_strbuf_done(&s);
		pair_done(&p);
	}
}

/* -- Which exporter is which ---------------------------------------------------------- */

static void maps(void **state)
{
	static const char *const map[] = { "10.0.0.1=10.0.0.3", "10.0.0.2=10.0.0.4" };
	static const struct row row = {
		.name = "maps",
		.old = "1.1 10/1 T256 8/4\n2.1 10/1 T256 12/4\n",
		.new = "3.1 10/1 T256 8/4\n4.1 10/9 T256 12/4\n",
	};
	struct row mapped = row;
	struct pair p;

	(void)state;
	pair_of(&p, &row);
	assert_int_equal(p.diff.total[DIFF_EXPORTER_GONE], 2);
	assert_int_equal(p.diff.total[DIFF_EXPORTER_NEW], 2);
	pair_done(&p);
	mapped.opts.map = map;
	mapped.opts.nmap = 2;
	pair_of(&p, &mapped);
	assert_int_equal(diff_total(&p.diff), 0);
	pair_done(&p);
	/* of one, the other is what is left */
	mapped.opts.nmap = 1;
	pair_of(&p, &mapped);
	assert_int_equal(diff_total(&p.diff), 0);
	pair_done(&p);
}

static void refuses(void **state)
{
	static const char *const maps[] = { "", "=", "1=2", "10.0.0.1", "10.0.0.1=", "10.0.0.1=x",
					    "2001:db8::1=10.0.0.256" };
	static const char *const tolerances[] = { "x", "=1", "x=", "x=1q", "x=-1", "x=1%%", "x=1,",
						  "x=nan", "x=1,y" };
	struct nf_err err;
	struct diff d;

	(void)state;
	for (size_t i = 0; i < COUNT(maps); i++) {
		const struct diff_opts opts = { .map = &maps[i], .nmap = 1 };

		if (diff_init(&d, NULL, NULL, &opts, &err))
			fail_msg("--map %s", maps[i]);
		assert_int_equal(err.kind, NF_ERR_USAGE);
		diff_done(&d);
	}
	for (size_t i = 0; i < COUNT(tolerances); i++) {
		const struct diff_opts opts = { .tolerance = tolerances[i] };

		if (strcmp(tolerances[i], "x=1,") == 0)
			continue;	/* a comma too many is no harm */
		if (diff_init(&d, NULL, NULL, &opts, &err))
			fail_msg("--tolerance %s", tolerances[i]);
		assert_int_equal(err.kind, NF_ERR_USAGE);
		diff_done(&d);
	}
}

static void amounts(void **state)
{
	static const struct { const char *text; double slack, share; } cases[] = {
		{ "x=5", 5, 0 }, { "x=1.5s", 1.5, 0 }, { "x=20ms", 0.02, 0 }, { "x=2m", 120, 0 },
		{ "x=1h", 3600, 0 }, { "x=5%", 0, 0.05 }, { "y=9,x=5%,x=3", 3, 0.05 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct diff d = { .opts.tolerance = cases[i].text };
		double slack = 77, share = 77;

		assert_true(diff_tolerance(&d, "x", NULL, &slack, &share));
		assert_true(slack == cases[i].slack && share == cases[i].share);
		assert_true(diff_tolerance(&d, "none", "x", &slack, &share));
		assert_false(diff_tolerance(&d, "none", NULL, &slack, &share));
	}
	assert_true(diff_near(99, 100, 0, 0.01));
	assert_false(diff_near(98.9, 100, 0, 0.01));
	assert_true(diff_near(-1, 1, 2, 0));
	assert_false(diff_near(-1, 1, 1.9, 0));
}

/* -- Keys ----------------------------------------------------------------------------- */

static void odd_keys(void **state)
{
	static const struct {
		struct row row;
		const char *lone, *odd, *keys;
		unsigned flows;
	} cases[] = {
		{ { .old = "1.1 10 T256 8/4 61/1\n" D "10.0.0.1 0/1 , 10.0.0.2 0/1",
		    .new = "1.1 10 T256 8/4 61/1\n" D "10.0.0.1 1/1 , 10.0.0.2 0/1" },
		  NULL, "flowDirection", "src,dst,sport,dport,proto,in_if,out_if", 1 },
		{ { .old = "1.1 10 T256 8/4\n" D "10.0.0.1 , 10.0.0.2",
		    .new = "1.1 10 T256 8/4 61/1\n" D "10.0.0.1 1/1 , 10.0.0.2 0/1" },
		  "flowDirection", "flowDirection", "src,dst,sport,dport,proto,in_if,out_if", 2 },
		{ { .old = "1.1 10 T256 8/4 82/v\n" D "10.0.0.1 v\"a\"",
		    .new = "1.1 10 T256 8/4 82/v\n" D "10.0.0.1 v\"b\"", .keys = "interfaceName,src" },
		  NULL, "interfaceName", "src", 1 },
		{ { .old = "1.1 10 T256 8/4 12/4\n" D "10.0.0.1 10.0.0.2",
		    .new = "1.1 10 T256 8/4 12/4\n" D "10.0.0.3 10.0.0.4" }, NULL, NULL, NULL, 0 },
		{ { .old = "1.1 10 T256 8/4\n" D "10.0.0.1 , 10.0.0.2",
		    .new = "1.1 10 T256 8/4\n" D "10.0.0.1" }, NULL, NULL, NULL, 0 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *keys = NULL, *odd, *lone;
		uint64_t flows;
		unsigned side;
		struct pair p;

		pair_of(&p, &cases[i].row);
		lone = diff_lone_key(&p.diff, &side);
		odd = diff_odd_key(&p.diff, &flows, &keys);
		assert_int_equal(lone == NULL, cases[i].lone == NULL);
		assert_int_equal(odd == NULL, cases[i].odd == NULL);
		if (lone != NULL)
			assert_string_equal(lone, cases[i].lone);
		if (odd != NULL) {
			assert_string_equal(odd, cases[i].odd);
			assert_string_equal(keys, cases[i].keys);
			assert_int_equal(flows, cases[i].flows);
		}
		pair_done(&p);
	}
}

/* -- Memory --------------------------------------------------------------------------- */

#define MEMORY \
	"1.1 10/5 T257 8/4 291/v\n1.1 10/5 D257 10.0.0.2 v[ 3/1 10/2 4/2 1/4 2/4 ]\n" \
	"1.1 9 T256 8/4 1/4 152/8 153/8\n1.1 9 O300 2/4 ; 82/8\n" \
	"1.1 9 D256 10.0.0.1 1/4 1000/8 1000/8 , 10.0.0.1 1/4 999000/8 999000/8\n"

/* The text of the differences; false where something says that memory was out. */
static bool whole(const struct stream of[2], struct nomem *memory, struct nf_strbuf *text,
		  const char *format)
{
	struct meaning_opts opts = { .strict = true };
	const struct diff_opts how = { .strict = true, .max = 100 };
	struct gathered g[2] = { { .sound = false }, { .sound = false } };
	struct diff d = { .list = NULL };
	struct out *o = NULL;
	bool sound = false;
	struct nf_err err;

	for (unsigned i = 0; i < 2; i++) {
		gather_stream(&g[i], &of[i], &opts, memory);
		opts.like = g[0].meaning;
	}
	if (g[0].sound && g[1].sound &&
	    diff_init(&d, g[0].meaning, g[1].meaning, &how, &err))
		o = out_new(&difflist_out, &(struct out_opts){ 0 }, g[1].registry);
	if (o != NULL) {
		const struct difflist list = { .o = o, .diff = &d, .paths = { "old", "new" } };

		diff_run(&d);
		if (!d.failed)
			difflist_show(&list, format);
		sound = !d.failed && !o->text.failed && !o->failed;
		if (sound && text != NULL)
			nf_sb_mem(text, o->text.p, o->text.n);
		sound = sound && (text == NULL || !text->failed);
	}
	out_free(o);
	diff_done(&d);
	gather_done(&g[0]);
	gather_done(&g[1]);
	return sound;
}

static void memory(void **state)
{
	static const char *const formats[] = { "text", "json", "junit" };
	struct nf_strbuf reference, text;
	struct stream s[2];

	(void)state;
	assert_true(stream_init(&s[0], MEMORY "1.1 9 D300 1/4 \"eth0\\x00\\x00\\x00\\x00\"\n"
				"1.1 9 D256 10.0.0.7 5/4 1000/8 2000/8\n"));
	assert_true(stream_init(&s[1], MEMORY "1.1 9 D300 1/4 \"eth1\\x00\\x00\\x00\\x00\"\n"
				"1.1 10/5 D257 10.0.0.2 v[ 3/1 10/2 4/2 7/4 ]\n"
				"1.1 9 T256 8/4 1/4 152/8 153/8 82/v\n"
				"1.1 9 D256 10.0.0.8 5/4 1000/8 2000/8 v\"x\"\n"));
	for (size_t i = 0; i < COUNT(formats); i++) {
		bool failed = true;

		nf_strbuf_init(&reference);
		assert_true(whole(s, NULL, &reference, formats[i]));
		assert_true(reference.n > 100);
		for (long n = 0; failed; n++) {
			struct nomem memory = { .left = n };
			bool sound;

			nomem_begin(&memory);
			nf_strbuf_init(&text);
			sound = whole(s, &memory, &text, formats[i]);
			if (sound && (text.n != reference.n ||
				      memcmp(text.p, reference.p, text.n) != 0))
				fail_msg("%ld: %s", n, nf_strbuf_cstr(&text));
			nf_strbuf_done(&text);
			nomem_end(&memory);
			failed = memory.failed;
			assert_true(failed || sound);
		}
		nf_strbuf_done(&reference);
	}
	stream_done(&s[0]);
	stream_done(&s[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(differences),
		cmocka_unit_test(maps),
		cmocka_unit_test(refuses),
		cmocka_unit_test(amounts),
		cmocka_unit_test(odd_keys),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
