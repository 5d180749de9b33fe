/* IP headers, extension headers and UDP, over raw IP; packets written out by hand. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "capture/ip.h"
#include "lib/netbuild.h"

#define V4 " c0000201 c0000202 "
#define V6 " 20010db8000000000000000000000001 20010db8000000000000000000000002 "
#define UDP "0807 270b "	/* 2055 to 9995 */

enum { ACCEPTED = -1 };

static const struct row {
	const char *name;
	const char *hex;
	int want;		/* ACCEPTED or a reason */
	const char *payload;	/* hex */
	uint32_t missing;	/* octets not captured */
	uint32_t wire;		/* length as sent, where it is not the payload's */
	bool udp_short;
} rows[] = {
	{ "plain", "4500 001f 0001 0000 4011 0000" V4 UDP "000b 0000 aabbcc", ACCEPTED, "aabbcc",
	  0, 0, false },
	{ "trailer", "4500 001f 0001 0000 4011 0000" V4 UDP "000b 0000 aabbcc 000000", ACCEPTED,
	  "aabbcc", 0, 0, false },
	{ "options", "4700 0027 0001 0000 4011 0000" V4 "0101010101010100" UDP "000b 0000 aabbcc",
	  ACCEPTED, "aabbcc", 0, 0, false },
	{ "options beyond the packet", "4f00 001f 0001 0000 4011 0000" V4 UDP "000b 0000 aabbcc",
	  SKIP_BAD_IP, NULL, 0, 0, false },
	{ "header of 16", "4400 001f 0001 0000 4011 0000" V4 UDP "000b 0000 aabbcc", SKIP_BAD_IP,
	  NULL, 0, 0, false },
	{ "total length 0", "4500 0000 0001 0000 4011 0000" V4 UDP "000b 0000 aabbcc", ACCEPTED,
	  "aabbcc", 0, 0, false },
	{ "total length 19", "4500 0013 0001 0000 4011 0000" V4 UDP "000b 0000 aabbcc",
	  SKIP_BAD_IP, NULL, 0, 0, false },
	{ "total length 20", "4500 0014 0001 0000 4011 0000" V4 UDP "000b 0000 aabbcc",
	  SKIP_BAD_TRANSPORT, NULL, 0, 0, false },
	{ "total length short", "4500 001e 0001 0000 4011 0000" V4 UDP "000b 0000 aabbcc",
	  ACCEPTED, "aabb", 0, 0, true },
	{ "total length long", "4500 ffff 0001 0000 4011 0000" V4 UDP "000b 0000 aabbcc",
	  ACCEPTED, "aabbcc", 0, 0, false },
	{ "cut", "4500 001f 0001 0000 4011 0000" V4 UDP "000b 0000 aa", ACCEPTED, "aa", 2, 3,
	  false },
	{ "cut before the payload", "4500 001f 0001 0000 4011 0000" V4 UDP "000b 0000", ACCEPTED,
	  "", 3, 3, false },
	{ "cut in UDP", "4500 001f 0001 0000 4011 0000" V4 UDP "000b", SKIP_BAD_TRANSPORT, NULL,
	  5, 0, false },
	{ "do not fragment", "4500 001f 0001 4000 4011 0000" V4 UDP "000b 0000 aabbcc", ACCEPTED,
	  "aabbcc", 0, 0, false },
	{ "version 5", "5500 001f 0001 0000 4011 0000" V4 UDP "000b 0000 aabbcc", SKIP_BAD_IP,
	  NULL, 0, 0, false },
	{ "UDP length 0", "4500 001f 0001 0000 4011 0000" V4 UDP "0000 0000 aabbcc",
	  SKIP_BAD_TRANSPORT, NULL, 0, 0, false },
	{ "UDP length 7", "4500 001f 0001 0000 4011 0000" V4 UDP "0007 0000 aabbcc",
	  SKIP_BAD_TRANSPORT, NULL, 0, 0, false },
	{ "UDP length 8", "4500 001f 0001 0000 4011 0000" V4 UDP "0008 0000 aabbcc", SKIP_EMPTY,
	  NULL, 0, 0, false },
	{ "UDP length 9", "4500 001f 0001 0000 4011 0000" V4 UDP "0009 0000 aabbcc", ACCEPTED,
	  "aa", 0, 0, false },
	{ "UDP length 12", "4500 001f 0001 0000 4011 0000" V4 UDP "000c 0000 aabbcc", ACCEPTED,
	  "aabbcc", 0, 0, true },
	{ "UDP length 65535", "4500 001f 0001 0000 4011 0000" V4 UDP "ffff 0000 aabbcc", ACCEPTED,
	  "aabbcc", 0, 0, true },
	{ "no UDP payload", "4500 001c 0001 0000 4011 0000" V4 UDP "0008 0000", SKIP_EMPTY, NULL,
	  0, 0, false },
	{ "ICMP that quotes", "4500 003b 0001 0000 4001 0000" V4 "0303 0000 00000000"
	  "4500 001f 0001 0000 4011 0000" V4 UDP "000b 0000 aabbcc", SKIP_ICMP, NULL, 0, 0,
	  false },
	{ "ESP", "4500 001f 0001 0000 4032 0000" V4 "00000001 00000001 aabbcc", SKIP_ESP, NULL, 0,
	  0, false },
	{ "IGMP", "4600 0020 0001 0000 0102 0000" V4 "94040000 16000000 00000000", SKIP_PROTOCOL,
	  NULL, 0, 0, false },
	{ "hop-by-hop in IPv4", "4500 0027 0001 0000 4000 0000" V4 "1100 000000000000" UDP
	  "000b 0000 aabbcc", SKIP_PROTOCOL, NULL, 0, 0, false },
	{ "AH", "4500 0037 0001 0000 4033 0000" V4 "1104 0000 00000001 00000001"
	  "000000000000000000000000" UDP "000b 0000 aabbcc", ACCEPTED, "aabbcc", 0, 0, false },
	{ "IPv6", "60000000 000b 1140" V6 UDP "000b 0000 aabbcc", ACCEPTED, "aabbcc", 0, 0,
	  false },
	{ "IPv6, trailer", "60000000 000b 1140" V6 UDP "000b 0000 aabbcc ffff", ACCEPTED,
	  "aabbcc", 0, 0, false },
	{ "IPv6, length 0", "60000000 0000 1140" V6 UDP "000b 0000 aabbcc", ACCEPTED, "aabbcc",
	  0, 0, false },
	{ "IPv6, cut", "60000000 000b 1140" V6 UDP "000b 0000 aabb", ACCEPTED, "aabb", 1, 3,
	  false },
	{ "IPv6, header cut", "60000000 000b 1140 20010db8", SKIP_BAD_IP, NULL, 47, 0, false },
	{ "IPv6, all extension headers", "60000000 005f 0040" V6
	  "3c00 050200000100" "2b00 010400000000" "8702 000000000000 0000000000000000"
	  "0000000000000000" "8b00 000000000000" "8c00 000000000000" "3300 000000000000"
	  "2c01 0000 00000001 00000001" "1100 0000 00000007" UDP "000b 0000 aabbcc",
	  ACCEPTED, "aabbcc", 0, 0, false },
	{ "IPv6, extension headers", "60000000 002b 0040" V6
	  "2b00 050200000000" "3c00 000000000000" "8700 010400000000"
	  "1100 010400000000" UDP "000b 0000 aabbcc", ACCEPTED, "aabbcc", 0, 0, false },
	{ "IPv6, routing of 24", "60000000 0023 2b40" V6 "1102 0401 00000000"
	  "20010db8000000000000000000000009" UDP "000b 0000 aabbcc", ACCEPTED, "aabbcc", 0, 0,
	  false },
	{ "IPv6, AH", "60000000 0023 3340" V6 "1104 0000 00000001 00000001"
	  "000000000000000000000000" UDP "000b 0000 aabbcc", ACCEPTED, "aabbcc", 0, 0, false },
	{ "IPv6, atomic fragment", "60000000 0013 2c40" V6 "1100 0000 00000007" UDP
	  "000b 0000 aabbcc", ACCEPTED, "aabbcc", 0, 0, false },
	{ "IPv6, extension beyond the packet", "60000000 000b 0040" V6 "11ff 0807 270b 000b 0000"
	  "aabbcc", SKIP_BAD_IP, NULL, 0, 0, false },
	{ "IPv6, extension cut", "60000000 000b 0040" V6 "11", SKIP_BAD_IP, NULL, 10, 0, false },
	{ "IPv6, no next header", "60000000 0000 3b40" V6, SKIP_PROTOCOL, NULL, 0, 0, false },
	{ "ICMPv6", "60000000 0008 3a40" V6 "8000 0000 00010001", SKIP_ICMP, NULL, 0, 0, false },
	{ "IPv6, ESP", "60000000 0008 3240" V6 "00000001 00000001", SKIP_ESP, NULL, 0, 0, false },
	{ "fragment beyond 65535", "4500 001f 0001 1fff 4011 0000" V4 "000000000000000000 0000",
	  SKIP_BAD_IP, NULL, 0, 0, false },
	{ "fragment of 11 octets, more", "4500 001f 0001 2000 4011 0000" V4
	  "000000000000000000 0000", SKIP_BAD_IP, NULL, 0, 0, false },
	{ "fragment of nothing", "4500 0014 0001 2000 4011 0000" V4, SKIP_BAD_IP, NULL, 0, 0,
	  false },
	{ "DTLS 1.2", "4500 002b 0001 0000 4011 0000" V4 UDP "0017 0000"
	  "16 fefd 0000 000000000001 0002 aabb", SKIP_ENCRYPTED, NULL, 0, 0, false },
	{ "DTLS 1.0", "4500 002b 0001 0000 4011 0000" V4 UDP "0017 0000"
	  "17 feff 0000 000000000001 0002 aabb", SKIP_ENCRYPTED, NULL, 0, 0, false },
	{ "DTLS of wrong length", "4500 002b 0001 0000 4011 0000" V4 UDP "0017 0000"
	  "16 fefd 0000 000000000001 0003 aabb", ACCEPTED,
	  "16 fefd 0000 000000000001 0003 aabb", 0, 0, false },
};

static const char *check(const struct row *row, const struct rig *r)
{
	static struct net want;
	const struct got *g = r->got;
	struct nf_bytes payload;

	if (row->want != ACCEPTED) {
		if (r->ngot != 0)
			return "a datagram came out";
		if (r->counts.skipped[row->want] != 1 || rig_skipped(r) != 1)
			return "not skipped for the right reason";
		return NULL;
	}
	if (r->ngot != 1)
		return "no datagram";
	net_begin(&want, NULL, 0);
	net_hex(&want, row->payload);
	payload = net_bytes(&want);
	if (g->d.payload.n != payload.n || memcmp(g->payload, payload.p, payload.n) != 0)
		return "wrong payload";
	if (g->d.wire_len != (row->wire != 0 ? row->wire : payload.n))
		return "wrong length as sent";
	if (g->d.facts.cut != (row->wire != 0) || g->d.facts.udp_short != row->udp_short)
		return "wrong facts";
	if (!g->d.facts.udp_checksum_zero || g->d.facts.ttl != 64)
		return "wrong header facts";
	return NULL;
}

static void packets(void **state)
{
	static struct net n;
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *wrong;
		struct rig r;

		net_begin(&n, NULL, 0);
		net_hex(&n, rows[i].hex);
		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		r.missing = rows[i].missing;
		rig_feed(&r, 101, net_bytes(&n));
		wrong = check(&rows[i], &r);
		if (wrong != NULL) {
			print_error("%s: %s\n", rows[i].name, wrong);
			failed++;
		}
		rig_end(&r);
	}
	assert_int_equal(failed, 0);
}

static void facts(void **state)
{
	static const uint8_t v6[16] = { 0x20, 1, 0x0d, 0xb8, [15] = 1 };
	static const uint8_t v4[16] = { 192, 0, 2, 1 };
	static struct net n;
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	net_begin(&n, NULL, 0);
	net_hex(&n, "45b9 001d beef 0000 0711 0000" V4 UDP "0009 1234 aa");
	rig_feed(&r, 101, net_bytes(&n));
	net_begin(&n, NULL, 0);
	net_hex(&n, "6b900000 0009 1109" V6 UDP "0009 0000 aa");
	rig_feed(&r, 101, net_bytes(&n));
	assert_int_equal(r.ngot, 2);
	assert_int_equal(r.got[0].d.facts.ip_id, 0xbeef);
	assert_int_equal(r.got[0].d.facts.dscp_ecn, 0xb9);
	assert_int_equal(r.got[0].d.facts.ttl, 7);
	assert_false(r.got[0].d.facts.udp_checksum_zero);
	assert_int_equal(r.got[0].d.src.addr.family, 4);
	assert_memory_equal(r.got[0].d.src.addr.octets, v4, 16);
	assert_int_equal(r.got[0].d.frame, 1);
	assert_int_equal(r.got[0].d.transport, NF_TRANSPORT_UDP);
	assert_int_equal(r.got[1].d.facts.ip_id, 0);
	assert_int_equal(r.got[1].d.facts.dscp_ecn, 0xb9);
	assert_int_equal(r.got[1].d.facts.ttl, 9);
	assert_int_equal(r.got[1].d.src.addr.family, 6);
	assert_memory_equal(r.got[1].d.src.addr.octets, v6, 16);
	assert_int_equal(r.got[1].d.frame, 2);
	assert_int_equal(r.got[1].d.ts_ns, INT64_C(1600000000001000000));
	rig_end(&r);
}

/* Frames whose length on the wire is less than what was captured, and endless headers. */
static void odd_frames(void **state)
{
	static struct net n;
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	net_begin(&n, "abc", 3);
	net_udp(&n, 1, 2);
	net_ip(&n, "10.0.0.1", "10.0.0.2", 17);
	r.missing = (uint32_t)-20;
	rig_feed(&r, 101, net_bytes(&n));
	assert_int_equal(r.ngot, 1);
	assert_int_equal(r.got[0].d.payload.n, 3);
	assert_false(r.got[0].d.facts.cut);

	net_begin(&n, "abc", 3);
	net_udp(&n, 1, 2);
	for (int i = 0; i < 7000; i++)
		net_hex(&n, i == 0 ? "1100 000000000000" : "3c00 000000000000");
	net_ip(&n, "2001:db8::1", "2001:db8::2", 60);
	rig_feed(&r, 101, net_bytes(&n));
	assert_int_equal(r.ngot, 2);
	rig_end(&r);
}

static void plausible(void **state)
{
	static const struct {
		const char *hex;
		bool can, sure;
	} cases[] = {
		{ "4500 001c 0001 0000 4011 f6cc" V4 "0000000000000000", true, true },
		{ "4500 001c 0001 0000 4011 f6cb" V4 "0000000000000000", true, false },
		{ "4500 001d 0001 0000 4011 f6cb" V4 "0000000000000000", false, false },
		{ "4400 001c 0001 0000 4011 f7cc" V4 "0000000000000000", false, false },
		{ "4500 0013 0001 0000 4011 f6d5" V4 "0000000000000000", false, false },
		{ "60000000 0008 1140" V6 "0000000000000000", true, true },
		{ "60000000 0007 1140" V6 "0000000000000000", true, false },
		{ "60000000 0009 1140" V6 "0000000000000000", false, false },
		{ "50000000 0008 1140" V6 "0000000000000000", false, false },
		{ "45", false, false },
	};
	static struct net n;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct packet pk = { 0 };

		net_begin(&n, NULL, 0);
		net_hex(&n, cases[i].hex);
		pk.p = net_bytes(&n).p;
		pk.n = pk.wire = (uint32_t)net_bytes(&n).n;
		assert_int_equal(ip_plausible(&pk, false), cases[i].can);
		assert_int_equal(ip_plausible(&pk, true), cases[i].sure);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets),
		cmocka_unit_test(facts),
		cmocka_unit_test(odd_frames),
		cmocka_unit_test(plausible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
