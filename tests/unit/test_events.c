/* What a capture shows besides datagrams, and what it knows of the frames around them. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "capture/ip.h"
#include "lib/netbuild.h"

#define V4 " c0000201 c0000202 "
#define V6 " 20010db8000000000000000000000001 20010db8000000000000000000000002 "
#define UDP "0807 270b "	/* 2055 to 9995 */

static void feed_hex(struct rig *r, const char *hex)
{
	static struct net n;

	net_begin(&n, NULL, 0);
	net_hex(&n, hex);
	rig_feed(r, 101, net_bytes(&n));
}

/* -- Facts of UDP ----------------------------------------------------------------------- */

static const struct facts_row {
	const char *name, *hex;
	uint32_t missing;
	uint16_t ip_length, udp_length, udp_room;
	uint16_t checksum, computed;
	bool zero, bad, ip6_fragment, partial;
} facts_rows[] = {
	{ "none", "4500 001f 0001 0000 4011 0000" V4 UDP "000b 0000 aabbcc", 0,
	  31, 11, 11, 0, 0, true, false, false, false },
	{ "right", "4500 001f 0001 0000 4011 0000" V4 UDP "000b d605 aabbcc", 0,
	  31, 11, 11, 0xd605, 0xd605, false, false, false, false },
	{ "one off", "4500 001f 0001 0000 4011 0000" V4 UDP "000b d606 aabbcc", 0,
	  31, 11, 11, 0xd606, 0xd605, false, true, false, false },
	{ "even", "4500 0020 0001 0000 4011 0000" V4 UDP "000c d58f aabbcc73", 0,
	  32, 12, 12, 0xd58f, 0xd590, false, true, false, false },
	{ "sum of zero", "4500 001e 0001 0000 4011 0000" V4 UDP "000a ffff 4cc4", 0,
	  30, 10, 10, 0xffff, 0xffff, false, false, false, false },
	{ "IPv6", "60000000 000b 1140" V6 UDP "000b fe94 aabbcc", 0,
	  51, 11, 11, 0xfe94, 0xfe94, false, false, false, false },
	{ "cut", "4500 001f 0001 0000 4011 0000" V4 UDP "000b d606 aabb", 1,
	  31, 11, 11, 0xd606, 0, false, false, false, false },
	{ "longer than its packet", "4500 001f 0001 0000 4011 0000" V4 UDP "000c d606 aabbcc", 0,
	  31, 12, 11, 0xd606, 0, false, false, false, false },
	{ "shorter than its packet", "4500 0021 0001 0000 4011 0000" V4 UDP "000b d605 aabbcc0000",
	  0, 33, 11, 13, 0xd605, 0xd605, false, false, false, false },
	{ "perhaps source routed", "4600 0023 0001 0000 4011 0000" V4 "01010100" UDP
	  "000b d606 aabbcc", 0, 35, 11, 11, 0xd606, 0, false, false, false, false },
	{ "routed", "60000000 0023 2b40" V6 "11 02 00 01 00000000 20010db8000000000000000000000003" UDP
	  "000b fe95 aabbcc", 0,
	  75, 11, 11, 0xfe95, 0, false, false, false, false },
	{ "atomic fragment", "60000000 0013 2c40" V6 "1100 0000 00000007" UDP "000b fe94 aabbcc",
	  0, 59, 11, 11, 0xfe94, 0xfe94, false, false, true, false },
	{ "left to the card", "4500 001f 0001 0000 4011 0000" V4 UDP "000b 8420 aabbcc", 0,
	  31, 11, 11, 0x8420, 0xd605, false, false, false, true },
};

static const char *facts_check(const struct facts_row *row, const struct rig *r)
{
	const struct nf_frame_facts *f;

	if (r->ngot != 1)
		return "no datagram";
	f = &r->got[0].d.facts;
	if (f->ip_length != row->ip_length)
		return "wrong length of the packet";
	if (f->udp_length != row->udp_length || f->udp_room != row->udp_room)
		return "wrong lengths";
	if (f->udp_checksum != row->checksum || f->udp_checksum_zero != row->zero)
		return "wrong checksum";
	if (f->udp_computed != row->computed || f->udp_checksum_bad != row->bad ||
	    f->udp_checksum_partial != row->partial)
		return "wrong judgement";
	return f->ip6_fragment == row->ip6_fragment ? NULL : "wrong fragment header";
}

static void facts(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(facts_rows) / sizeof(facts_rows[0]); i++) {
		const char *wrong;
		struct rig r;

		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		rig_watch(&r);
		r.missing = facts_rows[i].missing;
		feed_hex(&r, facts_rows[i].hex);
		wrong = facts_check(&facts_rows[i], &r);
		if (wrong == NULL && r.nevents != 0)
			wrong = "an event";
		if (wrong != NULL) {
			print_error("%s: %s\n", facts_rows[i].name, wrong);
			failed++;
		}
		rig_end(&r);
	}
	assert_int_equal(failed, 0);
}

/* Who does not ask for them has no checksums made. */
static void unasked(void **state)
{
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	feed_hex(&r, "4500 001f 0001 0000 4011 0000" V4 UDP "000b d606 aabbcc");
	assert_int_equal(r.ngot, 1);
	assert_int_equal(r.got[0].d.facts.udp_checksum, 0xd606);
	assert_int_equal(r.got[0].d.facts.udp_computed, 0);
	assert_false(r.got[0].d.facts.udp_checksum_bad);
	rig_end(&r);
}

/* -- Single packets --------------------------------------------------------------------- */

#define ICMP_IN "4500 0024 0001 0000 4011 0000" V4

static const struct packet_row {
	const char *name, *hex;
	int kind;			/* -1: no event */
	uint16_t sport, dport;
	uint64_t at, amount;
	uint16_t version, lowest;
	enum tls_hello hello;
} packet_rows[] = {
	{ "Length 7", "4500 001f 0001 0000 4011 0000" V4 UDP "0007 0000 aabbcc",
	  EVENT_UDP_LENGTH, 2055, 9995, 11, 7, 0, 0, 0 },
	{ "Length 8", "4500 001c 0001 0000 4011 0000" V4 UDP "0008 0000", -1,
	  0, 0, 0, 0, 0, 0, 0 },

	{ "port unreachable", "4500 0038 0001 0000 4001 0000 c0000202 c0000201"
	  "0303 0000 00000000" ICMP_IN UDP "0010 0000", EVENT_UNREACHABLE, 2055, 9995, 0, 0,
	  0, 0, 0 },
	{ "of a first fragment", "4500 0038 0001 0000 4001 0000 c0000202 c0000201"
	  "0303 0000 00000000 4500 0024 0001 2000 4011 0000" V4 UDP "0010 0000",
	  EVENT_UNREACHABLE, 2055, 9995, 0, 0, 0, 0, 0 },
	{ "of a later fragment", "4500 0038 0001 0000 4001 0000 c0000202 c0000201"
	  "0303 0000 00000000 4500 0024 0001 0001 4011 0000" V4 UDP "0010 0000", -1,
	  0, 0, 0, 0, 0, 0, 0 },
	{ "host unreachable", "4500 0038 0001 0000 4001 0000 c0000202 c0000201"
	  "0301 0000 00000000" ICMP_IN UDP "0010 0000", -1, 0, 0, 0, 0, 0, 0, 0 },
	{ "of TCP", "4500 0038 0001 0000 4001 0000 c0000202 c0000201"
	  "0303 0000 00000000 4500 0028 0001 0000 4006 0000" V4 UDP "0010 0000", -1,
	  0, 0, 0, 0, 0, 0, 0 },
	{ "of three octets", "4500 0033 0001 0000 4001 0000 c0000202 c0000201"
	  "0303 0000 00000000" ICMP_IN "080727", -1, 0, 0, 0, 0, 0, 0, 0 },
	{ "ICMPv6", "60000000 0038 3a40" V6 "0104 0000 00000000 60000000 000b 1140" V6 UDP
	  "000b 0000", EVENT_UNREACHABLE, 2055, 9995, 0, 0, 0, 0, 0 },
	{ "ICMPv6, behind extensions", "60000000 0040 3a40" V6 "0104 0000 00000000"
	  "60000000 0013 3c40" V6 "1100 000000000000" UDP "000b 0000",
	  EVENT_UNREACHABLE, 2055, 9995, 0, 0, 0, 0, 0 },
	{ "ICMPv6, address unreachable", "60000000 0038 3a40" V6
	  "0103 0000 00000000 60000000 000b 1140" V6 UDP "000b 0000", -1,
	  0, 0, 0, 0, 0, 0, 0 },

	{ "DTLS data", "4500 002b 0001 0000 4011 0000" V4 UDP "0017 0000"
	  "17 fefd 0001 000000000001 0002 aabb", EVENT_ENCRYPTED, 2055, 9995, 0, 0,
	  0xfefd, 0xfefd, TLS_NO_HELLO },
	{ "DTLS client", "4500 005f 0001 0000 4011 0000" V4 UDP "004b 0000"
	  "16 feff 0000 000000000001 0036 01 00002a 0000 000000 00002a fefd"
	  "0000000000000000000000000000000000000000000000000000000000000000"
	  "00 00 0002 1301 01 00", EVENT_ENCRYPTED, 2055, 9995, 0, 0, 0xfefd, 0xfefd,
	  TLS_CLIENT },
	{ "DTLS 1.3 server", "4500 0063 0001 0000 4011 0000" V4 UDP "004f 0000"
	  "16 fefd 0000 000000000001 003a 02 00002e 0000 000000 00002e fefd"
	  "0000000000000000000000000000000000000000000000000000000000000000"
	  "00 1301 00 0006 002b 0002 fefc", EVENT_ENCRYPTED, 2055, 9995, 0, 0,
	  0xfefc, 0xfefc, TLS_SERVER },
	{ "DTLS, encrypted handshake", "4500 005f 0001 0000 4011 0000" V4 UDP "004b 0000"
	  "16 fefd 0001 000000000001 0036 01 00002a 0000 000000 00002a feff"
	  "0000000000000000000000000000000000000000000000000000000000000000"
	  "00 00 0002 1301 01 00", EVENT_ENCRYPTED, 2055, 9995, 0, 0, 0xfefd, 0xfefd,
	  TLS_NO_HELLO },
};

static const char *packet_check(const struct packet_row *row, const struct rig *r)
{
	const struct capture_event *e = r->events;

	if (r->nevents != (row->kind >= 0))
		return "wrong count of events";
	if (row->kind < 0)
		return NULL;
	if (e->kind != (enum capture_event_kind)row->kind || e->frame != 1)
		return "wrong event";
	if (e->src.port != row->sport || e->dst.port != row->dport || e->src.addr.family == 0)
		return "wrong addresses";
	if (e->src.addr.octets[0] != r->events[0].dst.addr.octets[0] ||
	    e->src.addr.octets[e->src.addr.family == 4 ? 3 : 15] != 1)
		return "wrong direction";
	if (e->at != row->at || e->amount != row->amount)
		return "wrong numbers";
	return e->version == row->version && e->lowest == row->lowest && e->hello == row->hello ?
	       NULL : "wrong version";
}

static void packets(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(packet_rows) / sizeof(packet_rows[0]); i++) {
		const char *wrong;
		struct rig r;

		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		rig_watch(&r);
		feed_hex(&r, packet_rows[i].hex);
		wrong = packet_check(&packet_rows[i], &r);
		if (wrong != NULL) {
			print_error("%s: %s\n", packet_rows[i].name, wrong);
			failed++;
		}
		rig_end(&r);
	}
	assert_int_equal(failed, 0);
}

/* -- Fragments -------------------------------------------------------------------------- */

struct part {
	uint32_t at, end;
	bool last;
};

static const struct fragment_row {
	const char *name;
	struct part parts[3];
	uint64_t at, amount;
	bool ports, first_alone;
} fragment_rows[] = {
	{ "first alone", { { 0, 16, false } }, 16, 0, true, true },
	{ "first two", { { 0, 16, false }, { 16, 32, false } }, 32, 0, true, false },
	{ "first missing", { { 16, 32, false }, { 32, 43, true } }, 0, 16, false, false },
	{ "middle missing", { { 32, 43, true }, { 0, 16, false } }, 16, 16, true, false },
	{ "last alone", { { 32, 43, true } }, 0, 32, false, false },
	{ "first of 8", { { 0, 8, false } }, 8, 0, true, true },
	{ "whole", { { 0, 16, false }, { 16, 32, false }, { 32, 43, true } }, 0, 0, false, false },
};

/* A UDP datagram whose payload is 0, 1, 2 .. */
static void feed_part(struct rig *r, bool v6, const struct part *p)
{
	static uint8_t whole[43];
	static struct net n;

	for (uint8_t i = 8; i < sizeof(whole); i++)
		whole[i] = (uint8_t)(i - 8);
	net_begin(&n, whole + 8, sizeof(whole) - 8);
	net_udp(&n, 2055, 9995);
	memcpy(whole, net_bytes(&n).p, 8);
	net_begin(&n, whole + p->at, p->end - p->at);
	net_piece(&n, v6 ? "2001:db8::1" : "10.0.0.1", v6 ? "2001:db8::2" : "10.0.0.2", 17, 7,
		  p->at, !p->last);
	rig_feed(r, 101, net_bytes(&n));
}

static const char *fragment_check(const struct fragment_row *row, const struct rig *r, bool ended)
{
	const struct capture_event *e = r->events;
	bool whole = r->ngot > 0;

	if (r->nevents != !whole)
		return "wrong count of events";
	if (whole)
		return r->got[0].d.facts.fragments == 3 && r->got[0].d.facts.ip_length >= 36 ?
		       NULL : "wrong facts";
	if (e->kind != EVENT_FRAGMENT_LOST || e->at != row->at || e->amount != row->amount)
		return "wrong event";
	if (e->src.port != (row->ports ? 2055 : 0) || e->dst.port != (row->ports ? 9995 : 0))
		return "wrong ports";
	if (e->first_alone != row->first_alone || e->ended != ended)
		return "wrong reason";
	return !row->ports || e->noctets == (row->at == 8 ? 0 : 8) ? NULL : "wrong octets";
}

static void fragments(void **state)
{
	static const struct part other = { 0, 43, true };
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < 4 * sizeof(fragment_rows) / sizeof(fragment_rows[0]); i++) {
		const struct fragment_row *row = &fragment_rows[i / 4];
		bool v6 = i % 2 != 0, ended = i % 4 >= 2;
		const char *wrong;
		struct rig r;

		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		rig_watch(&r);
		for (size_t k = 0; k < 3 && row->parts[k].end != 0; k++)
			feed_part(&r, v6, &row->parts[k]);
		if (!ended) {
			r.ts_ns += INT64_C(61000000000);
			feed_part(&r, !v6, &other);
		}
		rig_finish(&r);
		wrong = fragment_check(row, &r, ended);
		if (wrong != NULL && !(r.ngot > 0 && !ended && row->parts[2].end == 0)) {
			print_error("%s, IPv%c: %s\n", row->name, v6 ? '6' : '4', wrong);
			failed++;
		}
		rig_end(&r);
	}
	assert_int_equal(failed, 0);
}

/* What is no UDP is nobody's business here. */
static void other_fragments(void **state)
{
	static struct net n;
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	rig_watch(&r);
	net_begin(&n, "0123456789abcdef", 16);
	net_piece(&n, "10.0.0.1", "10.0.0.2", IP_ICMP, 7, 0, true);
	rig_feed(&r, 101, net_bytes(&n));
	rig_finish(&r);
	assert_int_equal(r.nevents, 0);
	assert_int_equal(r.counts.skipped[SKIP_FRAGMENT_LOST], 1);
	rig_end(&r);
}

/* -- TCP -------------------------------------------------------------------------------- */

static const struct capture_opts tcp_opts = { .framer = &net_framer };

static void begin_tcp(struct rig *r)
{
	assert_true(rig_begin(r, &tcp_opts));
	rig_watch(r);
}

static void segment(struct rig *r, uint8_t flags, uint32_t seq, const void *p, size_t len)
{
	static struct net n;

	net_begin(&n, p, len);
	net_tcp(&n, 40000, 4739, seq, 0, flags);
	net_ip(&n, "10.0.0.1", "10.0.0.2", IP_TCP);
	rig_feed(r, 101, net_bytes(&n));
}

static void answer(struct rig *r, uint8_t flags, uint32_t seq)
{
	static struct net n;

	net_begin(&n, NULL, 0);
	net_tcp(&n, 4739, 40000, seq, 0, flags);
	net_ip(&n, "10.0.0.2", "10.0.0.1", IP_TCP);
	rig_feed(r, 101, net_bytes(&n));
}

static void expect(const struct rig *r, size_t i, enum capture_event_kind kind, uint64_t at,
		   uint64_t amount)
{
	const struct capture_event *e = &r->events[i];

	assert_true(i < r->nevents);
	assert_int_equal(e->kind, kind);
	assert_int_equal(e->transport, NF_TRANSPORT_TCP);
	assert_int_equal(e->src.port, 40000);
	assert_int_equal(e->dst.port, 4739);
	assert_int_equal(e->at, at);
	assert_int_equal(e->amount, amount);
}

static void openings(void **state)
{
	uint8_t m[40];
	struct rig r;

	(void)state;
	net_message(m, sizeof(m), 1);
	begin_tcp(&r);
	segment(&r, NET_SYN, 999, NULL, 0);
	expect(&r, 0, EVENT_TCP_OPEN, 0, 0);
	segment(&r, NET_SYN, 999, NULL, 0);		/* sent again */
	answer(&r, NET_SYN | NET_ACK, 5000);
	segment(&r, NET_ACK, 1000, m, sizeof(m));
	segment(&r, NET_SYN, 999, NULL, 0);		/* late */
	assert_int_equal(r.nevents, 1);
	assert_int_equal(r.ngot, 1);
	assert_true(r.got[0].d.facts.from_start);
	segment(&r, NET_ACK | NET_FIN, 1040, NULL, 0);
	answer(&r, NET_RST, 5001);			/* after the end: in order */
	assert_int_equal(r.nevents, 1);
	segment(&r, NET_SYN, 77000, NULL, 0);
	segment(&r, NET_RST, 77001, NULL, 0);
	assert_int_equal(r.nevents, 3);
	expect(&r, 1, EVENT_TCP_OPEN, 0, 0);
	expect(&r, 2, EVENT_TCP_RESET, 0, 0);
	rig_end(&r);
}

/* A capture that begins in the midst of a connection. */
static void midway(void **state)
{
	uint8_t m[40];
	struct rig r;

	(void)state;
	net_message(m, sizeof(m), 1);
	begin_tcp(&r);
	segment(&r, NET_ACK, 1000, m, sizeof(m));
	assert_int_equal(r.ngot, 1);
	assert_false(r.got[0].d.facts.from_start);
	answer(&r, NET_RST, 5001);
	assert_int_equal(r.nevents, 1);
	assert_int_equal(r.events[0].kind, EVENT_TCP_RESET);
	assert_int_equal(r.events[0].src.port, 4739);
	rig_end(&r);
}

/* Two messages, JUNK octets that are none, and, if AGAIN, a third message. */
static void framing_of(size_t junk, bool again)
{
	uint8_t octets[40 + 60 + 30 + 40] = { 0 };
	size_t all = 100 + junk + (again ? 40 : 0);
	struct rig r;

	net_message(octets, 40, 1);
	net_message(octets + 40, 60, 2);
	for (size_t i = 0; i < junk; i++)
		octets[100 + i] = (uint8_t)(0x81 + i);
	if (again)
		net_message(octets + 100 + junk, 40, 3);
	begin_tcp(&r);
	segment(&r, NET_SYN, 999, NULL, 0);
	segment(&r, NET_ACK, 1000, octets, all);
	segment(&r, NET_ACK | NET_FIN, 1000 + (uint32_t)all, NULL, 0);
	assert_int_equal(r.ngot, again ? 3 : 2);
	assert_int_equal(r.nevents, 1 + (junk > 0));
	if (junk > 0) {
		expect(&r, 1, EVENT_TCP_FRAMING, 100, junk);
		assert_int_equal(r.events[1].frame, 2);
		assert_int_equal(r.events[1].noctets, all - 100 < 8 ? all - 100 : 8);
		assert_int_equal(r.events[1].octets[0], 0x81);
		assert_int_equal(r.events[1].ended, !again);
	}
	rig_end(&r);
}

static void framing(void **state)
{
	(void)state;
	framing_of(0, true);
	framing_of(1, true);
	framing_of(30, true);
	framing_of(6, false);
	framing_of(30, false);
}

static void holes(void **state)
{
	static struct net n;
	uint8_t octets[200];
	struct rig r;

	(void)state;
	for (uint32_t i = 0; i < 5; i++)
		net_message(octets + 40 * i, 40, i + 1);
	begin_tcp(&r);
	segment(&r, NET_SYN, 999, NULL, 0);
	segment(&r, NET_ACK, 1000, octets, 50);
	segment(&r, NET_ACK, 1070, octets + 70, 30);	/* 50 to 70 never come */
	segment(&r, NET_ACK | NET_FIN, 1100, octets + 100, 100);
	rig_finish(&r);
	assert_int_equal(r.nevents, 2);
	expect(&r, 1, EVENT_TCP_HOLE, 50, 20);
	assert_false(r.events[1].cut);
	assert_int_equal(r.ngot, 5);
	assert_true(r.got[1].d.facts.cut);
	rig_end(&r);

	begin_tcp(&r);
	net_begin(&n, octets, 200);
	net_tcp(&n, 40000, 4739, 1000, 0, NET_ACK);
	net_ip(&n, "10.0.0.1", "10.0.0.2", IP_TCP);
	r.missing = 30;
	rig_feed(&r, 101, (struct nf_bytes){ net_bytes(&n).p, net_bytes(&n).n - 30 });
	assert_int_equal(r.nevents, 1);
	expect(&r, 0, EVENT_TCP_HOLE, 170, 30);
	assert_true(r.events[0].cut);
	rig_end(&r);
}

/* -- TLS over TCP ----------------------------------------------------------------------- */

#define RANDOM "0000000000000000000000000000000000000000000000000000000000000000"

static const struct tls_row {
	const char *name, *hex;
	uint16_t version, lowest;
	enum tls_hello hello;
} tls_rows[] = {
	{ "other handshake", "16 0303 0004 0e000000", 0x0303, 0x0303, TLS_NO_HELLO },
	{ "client, plain", "16 0301 002d 01 000029 0303" RANDOM "00 0002 002f 01 00",
	  0x0303, 0x0303, TLS_CLIENT },
	{ "client of 1.0", "16 0301 002d 01 000029 0301" RANDOM "00 0002 002f 01 00",
	  0x0301, 0x0301, TLS_CLIENT },
	{ "client with a list", "16 0301 003f 01 00003b 0303" RANDOM "00 0002 002f 01 00"
	  "0010 ff01 0001 00 002b 0007 06 3a3a 0304 0303", 0x0304, 0x0303, TLS_CLIENT },
	{ "client with an old one", "16 0301 003a 01 000036 0303" RANDOM "00 0002 002f 01 00"
	  "000b 002b 0007 06 0304 0301 0303", 0x0304, 0x0301, TLS_CLIENT },
	{ "client with nothing known", "16 0301 0036 01 000032 0303" RANDOM "00 0002 002f 01 00"
	  "0007 002b 0003 02 3a3a", 0x0303, 0x0303, TLS_CLIENT },
	{ "client, cut", "16 0301 0036 01 000032 0303" RANDOM "00 0002 00", 0x0303, 0x0303,
	  TLS_CLIENT },
	{ "server of 1.2", "16 0303 002a 02 000026 0303" RANDOM "00 002f 00", 0x0303, 0x0303,
	  TLS_SERVER },
	{ "server of 1.0", "16 0301 002a 02 000026 0301" RANDOM "00 002f 00", 0x0301, 0x0301,
	  TLS_SERVER },
	{ "server of SSL 3", "16 0300 002a 02 000026 0300" RANDOM "00 002f 00", 0x0300, 0x0300,
	  TLS_SERVER },
	{ "server of 1.3", "16 0303 0033 02 00002f 0303" RANDOM "01 55 1301 00"
	  "0006 002b 0002 0304", 0x0304, 0x0304, TLS_SERVER },
	{ "encrypted handshake", "16 0303 0028 01 d1c2b3 55aa" RANDOM "0000", 0x0303, 0x0303,
	  TLS_NO_HELLO },
};

static void tls(void **state)
{
	static struct net n;
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(tls_rows) / sizeof(tls_rows[0]); i++) {
		const struct capture_event *e;
		struct rig r;

		begin_tcp(&r);
		net_begin(&n, NULL, 0);
		net_hex(&n, tls_rows[i].hex);
		net_tcp(&n, 40000, 4740, 1000, 0, NET_ACK);
		net_ip(&n, "10.0.0.1", "10.0.0.2", IP_TCP);
		rig_feed(&r, 101, net_bytes(&n));
		e = r.events;
		if (r.nevents != 1 || e->kind != EVENT_ENCRYPTED ||
		    e->version != tls_rows[i].version || e->lowest != tls_rows[i].lowest ||
		    e->hello != tls_rows[i].hello || e->dst.port != 4740) {
			print_error("%s: wrong\n", tls_rows[i].name);
			failed++;
		}
		rig_end(&r);
	}
	assert_int_equal(failed, 0);
}

/* -- SCTP ------------------------------------------------------------------------------- */

static void chunk(struct rig *r, const struct net_chunk *c, const void *p, size_t len)
{
	static struct net n;

	net_begin(&n, p, len);
	net_chunk(&n, c);
	net_sctp(&n, 5000, 4739, c->type == 1 ? 0 : 99);
	net_ip(&n, "10.0.0.1", "10.0.0.2", IP_SCTP);
	rig_feed(r, 101, net_bytes(&n));
}

static void data(struct rig *r, uint32_t tsn, uint16_t ssn)
{
	chunk(r, &(struct net_chunk){ 0, 3, tsn, 2, ssn, 0, 0 }, "abcd", 4);
}

static void begin_sctp(struct rig *r)
{
	assert_true(rig_begin(r, &(struct capture_opts){ 0 }));
	rig_watch(r);
}

static void associations(void **state)
{
	static const uint8_t forward[] = { 0, 0, 0, 15, 0, 2, 0, 9, 0, 3, 0, 4 };
	struct rig r;

	(void)state;
	begin_sctp(&r);
	data(&r, 10, 7);
	assert_false(r.got[0].d.facts.from_start);
	assert_int_equal(r.got[0].d.facts.sctp_ssn, 7);
	data(&r, 9, 6);
	data(&r, 12, 9);
	data(&r, 14, 10);
	data(&r, 11, 8);			/* late, but there */
	rig_finish(&r);
	assert_int_equal(r.nevents, 1);
	assert_int_equal(r.events[0].kind, EVENT_SCTP_HOLE);
	assert_int_equal(r.events[0].at, 13);
	assert_int_equal(r.events[0].amount, 1);
	assert_int_equal(r.events[0].src.port, 5000);
	assert_int_equal(r.events[0].frame, 5);
	rig_end(&r);

	begin_sctp(&r);
	chunk(&r, &(struct net_chunk){ 1, 0, 0, 0, 0, 0, 0 }, "0123456789abcdef", 16);
	data(&r, 10, 0);
	assert_true(r.got[0].d.facts.from_start);
	data(&r, 13, 0);
	chunk(&r, &(struct net_chunk){ 192, 0, 0, 0, 0, 0, 0 }, forward, sizeof(forward));
	data(&r, 17, 0);
	rig_finish(&r);
	assert_int_equal(r.nevents, 3);
	assert_int_equal(r.events[0].kind, EVENT_SCTP_ABANDONED);
	assert_int_equal(r.events[0].at, 15);
	assert_int_equal(r.events[0].sctp_stream, 2);
	assert_int_equal(r.events[0].sctp_ssn, 9);
	assert_int_equal(r.events[1].sctp_stream, 3);
	assert_int_equal(r.events[1].sctp_ssn, 4);
	assert_int_equal(r.events[2].kind, EVENT_SCTP_HOLE);
	assert_int_equal(r.events[2].at, 16);
	assert_int_equal(r.events[2].amount, 1);
	rig_end(&r);
}

/* Holes wider than what is remembered, and TSNs that go around. */
static void many_missing(void **state)
{
	struct rig r;

	(void)state;
	begin_sctp(&r);
	for (uint32_t i = 0; i < 6000; i++)
		data(&r, 0xfffff000u + 2 * i, (uint16_t)i);
	rig_finish(&r);
	assert_int_equal(r.nevents, 1);
	assert_int_equal(r.events[0].at, 0xfffff001u);
	assert_int_equal(r.events[0].amount, 5999);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(facts),
		cmocka_unit_test(unasked),
		cmocka_unit_test(packets),
		cmocka_unit_test(fragments),
		cmocka_unit_test(other_fragments),
		cmocka_unit_test(openings),
		cmocka_unit_test(midway),
		cmocka_unit_test(framing),
		cmocka_unit_test(holes),
		cmocka_unit_test(tls),
		cmocka_unit_test(associations),
		cmocka_unit_test(many_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
