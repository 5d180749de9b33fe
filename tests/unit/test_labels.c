/* Value names: every rule, and the form of the tables. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "ie/ie.h"
#include "lib/msgbuild.h"

/* The value of PEN's element ID with the octets HEX means TEXT; NULL: it has no name. */
static const struct {
	uint32_t pen;
	uint16_t id;
	const char *hex, *text;
} labels[] = {
	{ 0, 4, "06", "tcp" },
	{ 0, 4, "11", "udp" },
	{ 0, 4, "3a", "ipv6-icmp" },
	{ 0, 4, "00000000000000000084", "sctp" },
	{ 0, 4, "fd", NULL },
	{ 0, 4, "", NULL },
	{ 0, 4, "0100000000000000000006", NULL },
	{ 0, 193, "3b", "ipv6-nonxt" },

	{ 0, 6, "12", "SYN|ACK" },
	{ 0, 6, "00", NULL },
	{ 0, 6, "ff", "FIN|SYN|RST|PSH|ACK|URG|ECE|CWR" },
	{ 0, 6, "0102", "SYN|AE" },
	{ 0, 6, "5010", "ACK" },		/* the data offset does not count */
	{ 0, 6, "0e10", "ACK|0xe00" },
	{ 6871, 14, "02", "SYN" },
	{ 29305, 6, "0012", "SYN|ACK" },	/* reverse.tcpControlBits */

	{ 0, 5, "00", NULL },
	{ 0, 5, "b8", "EF" },
	{ 0, 5, "8a", "AF41, ECT(0)" },
	{ 0, 5, "01", "CS0, ECT(1)" },
	{ 0, 5, "0f", "DSCP 3, CE" },
	{ 0, 195, "2e", "EF" },

	{ 0, 32, "0800", "echo request" },
	{ 0, 32, "0000", "echo reply" },
	{ 0, 32, "0303", "port unreachable" },
	{ 0, 32, "0310", "destination unreachable, code 16" },
	{ 0, 32, "c801", NULL },
	{ 0, 139, "8000", "echo request" },
	{ 0, 139, "0104", "port unreachable" },
	{ 0, 176, "0b", "time exceeded" },
	{ 0, 178, "87", "neighbor solicitation" },
	{ 0, 33, "22", "membership report v3" },

	{ 0, 38, "02", "PFC/DFC" },
	{ 0, 38, "03", NULL },

	{ 0, 89, "40", "forwarded" },
	{ 0, 89, "81", "dropped: ACL deny" },
	{ 0, 89, "bf", "dropped: reason 63" },
	{ 0, 89, "05", "unknown: reason 5" },
	{ 0, 89, "000000c3", "consumed: for us" },	/* unsigned32 */
	{ 0, 89, "83000000", NULL },

	{ 0, 136, "01", "idle timeout" },
	{ 0, 136, "05", "lack of resources" },
	{ 0, 136, "00", NULL },
	{ 0, 61, "00", "ingress" },
	{ 0, 61, "01", "egress" },
	{ 0, 239, "03", "perimeter" },
	{ 0, 233, "05", "flow update" },
	{ 0xfffffffe, 40005, "03", "flow denied" },
	{ 0xfffffffe, 33002, "03e9", "denied by an ingress ACL" },
	{ 0xfffffffe, 33002, "07e9", "flow terminated" },
	{ 0xfffffffe, 33002, "07d0", NULL },
	{ 0, 230, "04", "NAT44 session create" },
	{ 0, 230, "12", "threshold reached" },
	{ 0, 230, "13", NULL },
	{ 0, 466, "00000005", "maximum fragments pending reassembly" },
	{ 0, 467, "00000001", "address pool high threshold" },
	{ 0, 297, "05", "NAT66 translated" },
	{ 0, 60, "06", "IPv6" },
	{ 0, 256, "86dd", "IPv6" },
	{ 0, 197, "40", "DF" },
	{ 0, 10, "00000000", "none" },
	{ 0, 14, "0001", NULL },
	{ 0xfffffffd, 2, "0000", "none" },

	{ 0, 95, "03000050", "3..80 (IANA-L4)" },			/* RFC 6759 section 6 */
	{ 0, 95, "0d00002710", "13..10000 (PANA-L7)" },
	{ 0, 95, "0111", "1..17 (IANA-L3, udp)" },
	{ 0, 95, "1288cc", "18..35020 (ETHERTYPE, LLDP)" },
	{ 0, 95, "140000304400002710", "20..12356..10000 (PANA-L7-PEN, Fortinet, Inc.)" },
	{ 0, 95, "14000000011234", "20..1..4660 (PANA-L7-PEN)" },
	{ 0, 95, "1400000009", "20..9 (PANA-L7-PEN)" },			/* too short for both */
	{ 0, 95, "c80001", "200..1" },
	{ 0, 95, "0d", NULL },
	{ 0, 95, "0d0100000000000000000000", NULL },
	{ 0, 101, "14", "PANA-L7-PEN" },

	{ 0, 70, "0dad91", "label 56025, exp 0, bottom" },
	{ 0, 79, "000106", "label 16, exp 3" },
	{ 0, 71, "000031", "label 3 (implicit null), exp 0, bottom" },
	{ 0, 72, "000000", NULL },
	{ 0, 72, "0000", NULL },
	{ 0, 46, "05", "LDP" },
	{ 0, 46, "0a", "BGP segment routing prefix-SID" },
	{ 0, 90, "0000fde800000064", "65000:100" },
	{ 0, 90, "00010a0000010064", "10.0.0.1:100" },
	{ 0, 90, "0002000100000064", "65536:100" },
	{ 0, 90, "0003000100000064", NULL },
	{ 0, 483, "fde80064", "65000:100" },
	{ 0, 483, "ffffff01", "no export" },
	{ 0, 489, "0000fde80000000100000002", "65000:1:2" },

	{ 0, 35, "02", "random" },
	{ 0, 304, "0003", "random n-out-of-N sampling" },
	{ 0, 390, "0009", "flow-state dependent selection" },
	{ 0, 277, "03", "vlan" },
	{ 0, 286, "0006", "structured permutation" },
	{ 0, 384, "07", "direct" },
	{ 0, 276, "02", "unreliable" },
	{ 0, 339, "0d", "string" },
	{ 0, 339, "17", "unsigned256" },
	{ 0, 344, "03", "deltaCounter" },
	{ 0, 345, "0002", "octets" },
	{ 0, 346, "00000009", "ciscoSystems" },
	{ 0, 346, "00fffff0", NULL },
	{ 0, 500, "04", "IS-IS segment routing" },
	{ 0, 502, "0010", "End.DX6" },
	{ 0, 492, "20", "O" },

	{ NF_PEN_FIXED, NF_FIXED_SAMPLING, "4064", "packet interval, 1 in 100" },
	{ NF_PEN_FIXED, NF_FIXED_SAMPLING, "0000", "none" },
	{ NF_PEN_FIXED, NF_FIXED_SAMPLING, "c064", NULL },
	{ NF_PEN_FIXED, NF_FIXED_SAMPLING_MODE, "02", "random" },
	{ NF_PEN_FIXED, NF_FIXED_AGGREGATION, "0e", "prefix-port-ToS" },
	{ NF_PEN_FIXED, NF_FIXED_SEMANTIC, "ff", "undefined" },
};

static void texts(void **state)
{
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		const struct nf_ie *ie = nf_ie_builtin(labels[i].pen, labels[i].id);
		struct mb m;
		bool named;

		mb_init(&m);
		mb_hex(&m, labels[i].hex);
		assert_non_null(ie);
		assert_non_null(ie->labels);
		named = ie->labels->text(&s, (struct nf_bytes){ m.p, m.n });
		if (named != (labels[i].text != NULL))
			fail_msg("%s of %s: %s", labels[i].hex, ie->name, nf_strbuf_cstr(&s));
		assert_string_equal(nf_strbuf_cstr(&s), named ? labels[i].text : "");
		nf_strbuf_clear(&s);
		mb_done(&m);
	}
	nf_strbuf_done(&s);
}

static const struct {
	uint16_t id;
	const char *name;
	int64_t value;		/* -1: there is none */
} finds[] = {
	{ 4, "tcp", 6 }, { 4, "TCP", 6 }, { 4, "ipv6-icmp", 58 }, { 4, "tc", -1 }, { 4, "", -1 },
	{ 6, "SYN", 2 }, { 6, "syn|ack", 0x12 }, { 6, "SYN|", -1 }, { 6, "|SYN", -1 },
	{ 6, "SYN|XYZ", -1 }, { 6, "", -1 }, { 6, "ae", 0x100 }, { 6, "SYN|SYN", 2 },
	{ 136, "active timeout", 2 }, { 136, "idle timeout|active timeout", -1 },
	{ 195, "ef", 46 }, { 233, "flow denied", 3 }, { 32, "port unreachable", 0x303 },
	{ 95, "3..80", -1 },
};

static void names(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		const struct nf_ie *ie = nf_ie_builtin(NF_PEN_IANA, finds[i].id);
		const struct nf_bytes name = { (const uint8_t *)finds[i].name,
					       strlen(finds[i].name) };
		uint64_t value = 0;
		bool found = nf_labels_find(ie->labels, name, &value);

		if (found != (finds[i].value >= 0))
			fail_msg("%s of %s", finds[i].name, ie->name);
		if (found)
			assert_true(value == (uint64_t)finds[i].value);
	}
}

/* Rows ascend, and texts can go anywhere; whatever a value is, its octets are not left. */
static void tables(void **state)
{
	struct nf_registry *r = nf_registry_new();
	struct nf_strbuf s;
	const struct nf_ie *ie;
	size_t at = 0, seen = 0;

	(void)state;
	assert_non_null(r);
	nf_strbuf_init(&s);
	while ((ie = nf_registry_next(r, &at)) != NULL) {
		const struct nf_labels *l = ie->labels;

		if (l == NULL)
			continue;
		seen++;
		assert_non_null(l->name);
		for (size_t i = 0; i < l->nvalues; i++) {
			if (i > 0 && l->values[i].value <= l->values[i - 1].value)
				fail_msg("%s: %s", l->name, l->values[i].name);
			for (const char *p = l->values[i].name; *p != '\0'; p++)
				assert_true(*p >= ' ' && *p < 0x7f && *p != '"' && *p != '\\');
		}
		for (size_t n = 0; n < 20; n++) {
			uint8_t *p = malloc(n > 0 ? n : 1);

			assert_non_null(p);
			for (int fill = 0; fill < 256; fill += 17) {
				memset(p, fill, n);
				if (!l->text(&s, (struct nf_bytes){ p, n }))
					assert_int_equal(s.n, 0);
				nf_strbuf_clear(&s);
			}
			free(p);
		}
	}
	assert_true(seen > 100);
	nf_strbuf_done(&s);
	nf_registry_free(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(names),
		cmocka_unit_test(tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
