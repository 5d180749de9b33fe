/* IP packets of frames, for who meters traffic: what is said of each, and which there are. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/netbuild.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define MACS "020000000001 020000000002 "
#define V4 " c0000201 c0000202 "
#define V6 " 20010db8000000000000000000000001 20010db8000000000000000000000002 "
#define UDP "0807 270b 000a 0000 abcd "		/* 2055 to 9995 */
#define TCP "0050 1f90 00000001 00000000 51d2 0400 0000 0000 "	/* 80 to 8080 */
#define V4_UDP "4528 001e 0001 0000 4011 0000" V4 UDP
#define V6_UDP "62800000 000a 1140" V6 UDP
#define PAD "00000000 00000000 "

enum { PACKETS = 16 };

struct caught {
	struct capture_packet v[PACKETS];
	unsigned n;
};

static void keep(void *ctx, const struct capture_packet *p)
{
	struct caught *c = ctx;

	assert_true(c->n < PACKETS);
	c->v[c->n++] = *p;
}

static void open_rig(struct rig *r, struct caught *c)
{
	assert_true(rig_begin(r, &(struct capture_opts){ 0 }));
	dissector_watch(r->d, &(struct capture_watch){ .packet = keep, .ctx = c });
	c->n = 0;
}

static void feed_hex(struct rig *r, int linktype, const char *hex)
{
	static struct net n;

	net_begin(&n, NULL, 0);
	net_hex(&n, hex);
	rig_feed(r, linktype, net_bytes(&n));
}

/* -- One frame -------------------------------------------------------------------------- */

/* The text of a packet: what differs from 0 of its members. */
static const char *text_of(const struct capture_packet *p)
{
	static char text[256];
	const struct { const char *name; uint32_t v; } members[] = {
		{ "family", p->src.addr.family }, { "proto", p->protocol }, { "sport", p->src.port },
		{ "dport", p->dst.port }, { "flags", p->tcp_flags }, { "type", p->icmp_type },
		{ "code", p->icmp_code }, { "tos", p->tos }, { "ttl", p->ttl },
		{ "depth", p->depth }, { "vlans", p->vlans }, { "vlan", p->vlan },
		{ "labels", p->labels }, { "octets", p->octets }, { "before", p->before },
		{ "behind", p->behind }, { "unread", !p->transport }, { "more", p->more },
		{ "id", p->fragment_id * p->fragment }, { "at", p->fragment_at },
		{ "piece", p->fragment_octets * p->fragment },
	};
	size_t n = 0;

	for (size_t i = 0; i < COUNT(members); i++)
		if (members[i].v != 0)
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s %u",
					      n > 0 ? " " : "", members[i].name, members[i].v);
	return text;
}

static const struct row {
	const char *name;
	int linktype;
	uint32_t missing;		/* of the frame: the capture cut them off */
	const char *hex;
	const char *packets[3];
} rows[] = {
	{ "UDP in IPv4", 101, 0, V4_UDP,
	  { "family 4 proto 17 sport 2055 dport 9995 tos 40 ttl 64 octets 30" } },
	{ "UDP in IPv6", 101, 0, V6_UDP,
	  { "family 6 proto 17 sport 2055 dport 9995 tos 40 ttl 64 octets 50" } },
	{ "padding of Ethernet", 1, 0, MACS "0800" V4_UDP PAD PAD,
	  { "family 4 proto 17 sport 2055 dport 9995 tos 40 ttl 64 octets 30 before 14 behind 16" } },
	{ "the length field of LLC cuts padding off, which is there all the same", 1, 0,
	  MACS "0026 aaaa03 000000 0800" V4_UDP PAD,
	  { "family 4 proto 17 sport 2055 dport 9995 tos 40 ttl 64 octets 30 before 22 behind 8" } },
	{ "a tag", 1, 0, MACS "8100 0007 0800" V4_UDP,
	  { "family 4 proto 17 sport 2055 dport 9995 tos 40 ttl 64 vlans 1 vlan 7 octets 30 "
	    "before 18" } },
	{ "two tags, the first one 0", 1, 0, MACS "88a8 2000 8100 0064 86dd" V6_UDP,
	  { "family 6 proto 17 sport 2055 dport 9995 tos 40 ttl 64 vlans 2 octets 50 before 22" } },
	{ "labels", 1, 0, MACS "8847 00010040 00020140" V4_UDP,
	  { "family 4 proto 17 sport 2055 dport 9995 tos 40 ttl 64 labels 2 octets 30 before 22" } },
	{ "nine flags of TCP", 101, 0, "4500 0028 0001 0000 4006 0000" V4 TCP,
	  { "family 4 proto 6 sport 80 dport 8080 flags 466 ttl 64 octets 40" } },
	{ "TCP cut behind its ports", 101, 16, "4500 0028 0001 0000 4006 0000" V4 "0050 1f90",
	  { "family 4 proto 6 sport 80 dport 8080 ttl 64 octets 40" } },
	{ "TCP cut before its ports", 101, 18, "4500 0028 0001 0000 4006 0000" V4 "0050",
	  { "family 4 proto 6 ttl 64 octets 40 unread 1" } },
	{ "options cut", 101, 28, "4800 0040 0001 0000 4006 0000" V4 "01010101 01010101",
	  { "family 4 proto 6 ttl 64 octets 64 unread 1" } },
	{ "ICMP", 101, 0, "4500 001c 0001 0000 4001 0000" V4 "0304 0000 00000000",
	  { "family 4 proto 1 type 3 code 4 ttl 64 octets 28" } },
	{ "a packet quoted by ICMP is none", 101, 0,
	  "4500 003a 0001 0000 4001 0000" V4 "0303 0000 00000000" V4_UDP,
	  { "family 4 proto 1 type 3 code 3 ttl 64 octets 58" } },
	{ "ICMPv6", 101, 0, "60000000 0008 3aff" V6 "8700 0000 00000000",
	  { "family 6 proto 58 type 135 ttl 255 octets 48" } },
	{ "no ports", 101, 0, "4500 0018 0001 0000 4059 0000" V4 "02010004",
	  { "family 4 proto 89 ttl 64 octets 24" } },
	{ "behind extension headers", 101, 0,
	  "60000000 001a 0040" V6 "3c00 000000000000 1100 000000000000" UDP,
	  { "family 6 proto 17 sport 2055 dport 9995 ttl 64 octets 66" } },
	{ "an extension header that is cut", 101, 20, "60000000 001a 0040" V6 "3c00 00000000",
	  { "family 6 proto 60 ttl 64 octets 66 unread 1" } },
	{ "authenticated, IPv6", 101, 0,
	  "60000000 0016 3340" V6 "1101 0000 00000001 00000001" UDP,
	  { "family 6 proto 17 sport 2055 dport 9995 ttl 64 octets 62" } },
	{ "authenticated, IPv4: a protocol", 101, 0,
	  "4500 002a 0001 0000 4033 0000" V4 "1101 0000 00000001 00000001" UDP,
	  { "family 4 proto 51 ttl 64 octets 42" } },
	{ "nothing behind the header", 1, 0, MACS "86dd 60000000 0000 3b40" V6 PAD,
	  { "family 6 proto 59 ttl 64 octets 40 before 14 behind 8" } },
	{ "a length of 0: all there is", 101, 0, "4500 0000 0001 0000 4011 0000" V4 UDP PAD,
	  { "family 4 proto 17 sport 2055 dport 9995 ttl 64 octets 38" } },
	{ "first fragment", 101, 0, "4500 0024 0005 2000 4011 0000" V4 "0807 270b 0100 0000" PAD,
	  { "family 4 proto 17 sport 2055 dport 9995 ttl 64 octets 36 more 1 id 5 piece 16" } },
	{ "later fragment", 101, 0, "4500 001c 0005 0002 4011 0000" V4 "0807 270b 0100 0000",
	  { "family 4 proto 17 ttl 64 octets 28 unread 1 id 5 at 16 piece 8" } },
	{ "a fragment that cannot be", 101, 0, "4500 0019 0005 2001 4011 0000" V4 "0807 270b 01",
	  { "family 4 proto 17 ttl 64 octets 25 unread 1 more 1 id 5 at 8 piece 5" } },
	{ "first fragment, IPv6", 101, 0, "60000000 0012 2c40" V6 "1100 0001 00010005" UDP,
	  { "family 6 proto 17 sport 2055 dport 9995 ttl 64 octets 58 more 1 id 65541 piece 10" } },
	{ "later fragment, IPv6", 101, 0, "60000000 0010 2c40" V6 "1100 0010 00000005" PAD,
	  { "family 6 proto 17 ttl 64 octets 56 unread 1 id 5 at 16 piece 8" } },
	{ "atomic fragment", 101, 0, "60000000 0012 2c40" V6 "1100 0000 00000005" UDP,
	  { "family 6 proto 17 sport 2055 dport 9995 ttl 64 octets 58" } },
	{ "IP in IP", 101, 0, "4500 0032 0001 0000 4004 0000" V4 V4_UDP,
	  { "family 4 proto 4 ttl 64 octets 50",
	    "family 4 proto 17 sport 2055 dport 9995 tos 40 ttl 64 depth 1 octets 30 before 20" } },
	{ "a tag within a tunnel", 1, 0, MACS "0800 4500 0054 0001 0000 4011 0000" V4
	  "ff00 12b5 0040 0000 08000000 00000700" MACS "8100 0009 0800" V4_UDP PAD,
	  { "family 4 proto 17 sport 65280 dport 4789 ttl 64 octets 84 before 14 behind 8",
	    "family 4 proto 17 sport 2055 dport 9995 tos 40 ttl 64 depth 1 vlans 1 vlan 9 octets 30 "
	    "before 68 behind 8" } },
	{ "no IP", 1, 0, MACS "0806 0001 0800", { NULL } },
	{ "half a header", 101, 12, "4500 001e 0001 0000 4011", { NULL } },
	{ "a length below its header's", 101, 0, "4500 0010 0001 0000 4011 0000" V4, { NULL } },
};

static void test_rows(void **state)
{
	struct rig r;
	struct caught c;
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		unsigned wanted = 0;

		open_rig(&r, &c);
		r.missing = rows[i].missing;
		feed_hex(&r, rows[i].linktype, rows[i].hex);
		while (wanted < COUNT(rows[i].packets) && rows[i].packets[wanted] != NULL)
			wanted++;
		if (c.n != wanted) {
			print_error("%s: %u packets\n", rows[i].name, c.n);
			failed++;
		}
		for (unsigned k = 0; k < wanted && k < c.n; k++)
			if (strcmp(text_of(&c.v[k]), rows[i].packets[k]) != 0) {
				print_error("%s: %s\n", rows[i].name, text_of(&c.v[k]));
				failed++;
			}
		rig_end(&r);
	}
	assert_int_equal(failed, 0);
}

static void test_where(void **state)
{
	struct rig r;
	struct caught c;

	(void)state;
	open_rig(&r, &c);
	r.ts_ns = 5000000000;
	feed_hex(&r, 1, MACS "0806 0001");
	feed_hex(&r, 101, V6_UDP);
	assert_int_equal(c.n, 1);
	assert_int_equal(c.v[0].frame, 2);
	assert_int_equal(c.v[0].ts_ns, 5001000000);
	assert_int_equal(c.v[0].dst.addr.octets[15], 2);
	rig_end(&r);
}

/* What a tunnel carries comes once, with the fragment that completes it. */
static void test_tunnel_in_fragments(void **state)
{
	struct rig r;
	struct caught c;

	(void)state;
	open_rig(&r, &c);
	feed_hex(&r, 101, "4500 0024 0005 2000 4004 0000" V4 "4528 001e 0001 0000 4011 0000 c0000201");
	assert_int_equal(c.n, 1);
	feed_hex(&r, 101, "4500 0022 0005 0002 4004 0000" V4 "c0000202" UDP);
	assert_int_equal(c.n, 3);
	assert_string_equal(text_of(&c.v[1]), "family 4 proto 4 ttl 64 octets 34 unread 1 id 5 at 16 "
					      "piece 14");
	assert_string_equal(text_of(&c.v[2]), "family 4 proto 17 sport 2055 dport 9995 tos 40 ttl 64 "
					      "depth 1 octets 30");
	assert_int_equal(c.v[2].frame, 2);
	rig_end(&r);
}

static void test_aggregated_frames(void **state)
{
	struct rig r;
	struct caught c;

	(void)state;
	open_rig(&r, &c);
	feed_hex(&r, 105, "8802 0000 " MACS "020000000003 0010 8000 "
		 MACS "0026 aaaa03 000000 0800" V4_UDP
		 MACS "003a aaaa03 000000 86dd" V6_UDP);
	assert_int_equal(c.n, 2);
	assert_int_equal(c.v[0].octets, 30);
	assert_int_equal(c.v[1].octets, 50);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_where),
		cmocka_unit_test(test_tunnel_in_fragments),
		cmocka_unit_test(test_aggregated_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
