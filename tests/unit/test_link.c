/* Every link type around one and the same datagram, right, cut and with something else in it. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "capture/link.h"
#include "lib/netbuild.h"

#define MACS "020000000001 020000000002 "

enum { ACCEPTED = -1 };

static const struct row {
	const char *name;
	int linktype;
	const char *header;	/* before the IP packet */
	int inner;		/* 4 or 6; 0: zeros */
	int want;		/* ACCEPTED or a reason */
	uint16_t vlan;
} rows[] = {
	{ "Ethernet", 1, MACS "0800", 4, ACCEPTED, 0 },
	{ "Ethernet, IPv6", 1, MACS "86dd", 6, ACCEPTED, 0 },
	{ "802.1Q", 1, MACS "8100 6064 0800", 4, ACCEPTED, 100 },
	{ "802.1Q, VLAN 0", 1, MACS "8100 0000 8100 0005 0800", 4, ACCEPTED, 0 },
	{ "802.1ad", 1, MACS "88a8 0007 8100 0064 86dd", 6, ACCEPTED, 7 },
	{ "QinQ", 1, MACS "9100 0007 9100 0008 8100 0009 0800", 4, ACCEPTED, 7 },
	{ "ARP", 1, MACS "0806", 0, SKIP_NOT_IP, 0 },
	{ "LLDP", 1, MACS "88cc", 0, SKIP_NOT_IP, 0 },
	{ "MACsec", 1, MACS "88e5", 4, SKIP_ENCRYPTED, 0 },
	{ "LLC/SNAP", 1, MACS "003d aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "LLC, bridged", 1, MACS "003d aaaa03 0000f8 0800", 4, ACCEPTED, 0 },
	{ "LLC, other organisation", 1, MACS "003d aaaa03 00000c 0800", 4, SKIP_NOT_IP, 0 },
	{ "LLC, spanning tree", 1, MACS "0026 424203 0000", 0, SKIP_NOT_IP, 0 },
	{ "LLC, IP", 1, MACS "0038 060603", 4, ACCEPTED, 0 },
	{ "MPLS", 1, MACS "8847 00010140", 4, ACCEPTED, 0 },
	{ "MPLS, three labels", 1, MACS "8847 00010040 00020040 00002140", 6, ACCEPTED, 0 },
	{ "MPLS, no bottom", 1, MACS "8847 00010040 00010040", 0, SKIP_BAD_LINK, 0 },
	{ "MPLS, Ethernet", 1, MACS "8847 00010140" MACS "0800", 4, ACCEPTED, 0 },
	{ "MPLS, control word, Ethernet", 1, MACS "8847 00010140 00000001" MACS "8100 0003 0800",
	  4, ACCEPTED, 3 },
	{ "MPLS, Ethernet that looks like IPv4", 1,
	  MACS "8847 00010140 450000000001 020000000002 0800", 4, ACCEPTED, 0 },
	{ "MPLS, other", 1, MACS "8847 00010140 10000000", 0, SKIP_NOT_IP, 0 },
	{ "PPPoE", 1, MACS "8864 1100 0001 0036 0021", 4, ACCEPTED, 0 },
	{ "PPPoE, IPv6", 1, MACS "8864 1100 0001 004a 0057", 6, ACCEPTED, 0 },
	{ "PPPoE, compressed protocol", 1, MACS "8864 1100 0001 0035 21", 4, ACCEPTED, 0 },
	{ "PPPoE, LCP", 1, MACS "8864 1100 0001 0036 c021", 0, SKIP_NOT_IP, 0 },
	{ "PPPoE, discovery", 1, MACS "8863 1109 0000 0004", 0, SKIP_NOT_IP, 0 },
	{ "PPPoE, version 2", 1, MACS "8864 2100 0001 0036 0021", 4, SKIP_BAD_LINK, 0 },
	{ "provider backbone", 1, MACS "88e7 00000005" MACS "0800", 4, ACCEPTED, 0 },
	{ "802.1BR", 1, MACS "893f 000000000000 0800", 4, ACCEPTED, 0 },
	{ "VN-Tag", 1, MACS "8926 00000000 0800", 4, ACCEPTED, 0 },
	{ "NULL, little-endian", 0, "02000000", 4, ACCEPTED, 0 },
	{ "NULL, big-endian", 0, "00000002", 4, ACCEPTED, 0 },
	{ "NULL, IPv6 of Linux", 0, "0a000000", 6, ACCEPTED, 0 },
	{ "NULL, IPv6 of NetBSD", 0, "18000000", 6, ACCEPTED, 0 },
	{ "NULL, IPv6 of FreeBSD", 0, "1c000000", 6, ACCEPTED, 0 },
	{ "NULL, IPv6 of Darwin", 0, "1e000000", 6, ACCEPTED, 0 },
	{ "NULL, IPv6, big-endian", 0, "0000001c", 6, ACCEPTED, 0 },
	{ "NULL, other", 0, "07000000", 4, SKIP_NOT_IP, 0 },
	{ "LOOP", 108, "00000002", 4, ACCEPTED, 0 },
	{ "LOOP, IPv6", 108, "00000018", 6, ACCEPTED, 0 },
	{ "raw IP", 101, "", 4, ACCEPTED, 0 },
	{ "raw IP, IPv6", 101, "", 6, ACCEPTED, 0 },
	{ "raw IP, DLT 12", 12, "", 4, ACCEPTED, 0 },
	{ "raw IP, DLT 14", 14, "", 6, ACCEPTED, 0 },
	{ "raw IP, other", 101, "50000000", 0, SKIP_BAD_IP, 0 },
	{ "IPv4", 228, "", 4, ACCEPTED, 0 },
	{ "IPv6", 229, "", 6, ACCEPTED, 0 },
	{ "MPLS as link type", 219, "00010140", 4, ACCEPTED, 0 },
	{ "PPP", 9, "ff03 0021", 4, ACCEPTED, 0 },
	{ "PPP without address", 9, "0021", 4, ACCEPTED, 0 },
	{ "PPP, MPLS", 9, "ff03 0281 00010140", 4, ACCEPTED, 0 },
	{ "PPP_SERIAL", 50, "ff03 0057", 6, ACCEPTED, 0 },
	{ "PPP_SERIAL, Cisco", 50, "0f00 0800", 4, ACCEPTED, 0 },
	{ "PPPoE as link type", 51, "1100 0001 0036 0021", 4, ACCEPTED, 0 },
	{ "C_HDLC", 104, "0f00 0800", 4, ACCEPTED, 0 },
	{ "C_HDLC, IPv6", 104, "8f00 86dd", 6, ACCEPTED, 0 },
	{ "C_HDLC, keepalive", 104, "8f00 8035", 0, SKIP_NOT_IP, 0 },
	{ "PPP of pppd", 166, "01 ff03 0021", 4, ACCEPTED, 0 },
	{ "PPP with direction", 204, "00 ff03 0021", 4, ACCEPTED, 0 },
	{ "C_HDLC with direction", 205, "00 0f00 0800", 4, ACCEPTED, 0 },
	{ "RFC 1483", 100, "aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "SLL", 113, "0000 0001 0006 0200000000010000 0800", 4, ACCEPTED, 0 },
	{ "SLL, VLAN", 113, "0000 0001 0006 0200000000010000 8100 0009 86dd", 6, ACCEPTED, 9 },
	{ "SLL, loopback", 113, "0000 0304 0006 0000000000000000 0800", 4, ACCEPTED, 0 },
	{ "SLL, 802.2", 113, "0000 0001 0006 0200000000010000 0004 aaaa03 000000 0800", 4,
	  ACCEPTED, 0 },
	{ "SLL, netlink", 113, "0000 0338 0000 0000000000000000 0000", 0, SKIP_NOT_IP, 0 },
	{ "SLL, 802.11", 113, "0000 0321 0006 0200000000010000 0019"
	  "0802 0000" MACS "020000000003 0010 aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "SLL2", 276, "0800 0000 00000002 0001 00 06 0200000000010000", 4, ACCEPTED, 0 },
	{ "SLL2, IPv6", 276, "86dd 0000 00000002 0001 04 06 0200000000010000", 6, ACCEPTED, 0 },
	{ "SLL2, ARP", 276, "0806 0000 00000002 0001 04 06 0200000000010000", 0, SKIP_NOT_IP, 0 },
	{ "802.11", 105, "0802 0000" MACS "020000000003 0010 aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "802.11 QoS", 105, "8801 0000" MACS "020000000003 0010 0000 aaaa03 000000 86dd", 6,
	  ACCEPTED, 0 },
	{ "802.11 QoS, HT control", 105, "8881 0000" MACS "020000000003 0010 0000 00000000"
	  "aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "802.11, four addresses", 105, "0803 0000" MACS "020000000003 0010 020000000004"
	  "aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "802.11, protected", 105, "0842 0000" MACS "020000000003 0010", 4, SKIP_ENCRYPTED, 0 },
	{ "802.11, beacon", 105, "8000 0000" MACS "020000000003 0010", 0, SKIP_NOT_IP, 0 },
	{ "802.11, null", 105, "4801 0000" MACS "020000000003 0010", 0, SKIP_NOT_IP, 0 },
	{ "802.11, fragment", 105, "0806 0000" MACS "020000000003 0010 aaaa03 000000 0800", 4,
	  SKIP_FRAGMENT_LOST, 0 },
	{ "radiotap", 127, "0000 0800 00000000 0802 0000" MACS "020000000003 0010"
	  "aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "radiotap, stamp and flags", 127, "0000 1200 03000000 0000000000000000 10 00"
	  "0802 0000" MACS "020000000003 0010 aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "radiotap, two words, padded", 127, "0000 1000 020000a0 00000000 20 000000"
	  "8802 0000" MACS "020000000003 0010 0000 0000 aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "radiotap, bad checksum", 127, "0000 0a00 02000000 4000 0802 0000" MACS
	  "020000000003 0010 aaaa03 000000 0800", 4, SKIP_BAD_LINK, 0 },
	{ "radiotap, version 1", 127, "0100 0800 00000000", 4, SKIP_BAD_LINK, 0 },
	{ "AVS", 163, "80211001 00000010 0000000000000000 0802 0000" MACS
	  "020000000003 0010 aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "Prism", 119, "44000000 10000000 0000000000000000 0802 0000" MACS
	  "020000000003 0010 aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "Prism that is AVS", 119, "80211001 00000010 0000000000000000 0802 0000" MACS
	  "020000000003 0010 aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "PPI, Ethernet", 192, "0000 0800 01000000" MACS "0800", 4, ACCEPTED, 0 },
	{ "PPI, fields", 192, "0000 0c00 69000000 00000000 0802 0000" MACS
	  "020000000003 0010 aaaa03 000000 0800", 4, ACCEPTED, 0 },
	{ "PPI, unknown", 192, "0000 0800 93000000", 4, SKIP_LINKTYPE, 0 },
	{ "NFLOG", 239, "02 00 0000 0800 0100 08000000 3800 0900", 4, ACCEPTED, 0 },
	{ "NFLOG, big-endian", 239, "02 00 0000 0006 000a 6100 0000 0038 0009", 4, ACCEPTED, 0 },
	{ "NFLOG, no packet", 239, "02 00 0000 0400 0100", 0, SKIP_BAD_LINK, 0 },
	{ "PKTAP, Ethernet", 258, "10000000 01000000 01000000 00000000" MACS "0800", 4, ACCEPTED,
	  0 },
	{ "PKTAP, no packet", 258, "10000000 00000000 01000000 00000000", 4, SKIP_NOT_IP, 0 },
	{ "PFLOG", 117, "3d020000 656d3000" "00000000 00000000 00000000 00000000 00000000 00000000"
	  "00000000 00000000 00000000 00000000 00000000 00000000 00000000 00000000", 4, ACCEPTED,
	  0 },
	{ "PFLOG, length 0", 117, "00020000", 4, SKIP_BAD_LINK, 0 },
	{ "ENC", 109, "02000000 00000001 00000001", 4, ACCEPTED, 0 },
	{ "unknown", 147, "", 4, SKIP_LINKTYPE, 0 },
};

static const char payload[] = "0123456789abcdefghijklm";	/* 24 octets with the NUL */

static void build(struct net *n, const struct row *row)
{
	static const uint8_t zeros[60];

	if (row->inner == 0) {
		net_begin(n, zeros, sizeof(zeros));
	} else {
		net_begin(n, payload, sizeof(payload));
		net_udp(n, 2055, 9995);
		if (row->inner == 4)
			net_ip(n, "192.0.2.1", "192.0.2.2", 17);
		else
			net_ip(n, "2001:db8::1", "2001:db8::2", 17);
	}
	net_hex(n, row->header);
}

/* NULL if ROW is read as it should be. */
static const char *check(const struct row *row, struct rig *r, size_t header)
{
	const struct got *g = r->got;

	if (row->want != ACCEPTED) {
		if (r->ngot != 0)
			return "a datagram came out";
		if (r->counts.skipped[row->want] != 1 || rig_skipped(r) != 1)
			return "not skipped for the right reason";
		return NULL;
	}
	if (r->ngot != 1)
		return "no datagram";
	if (g->d.payload.n != sizeof(payload) || g->d.wire_len != sizeof(payload) ||
	    memcmp(g->payload, payload, sizeof(payload)) != 0)
		return "wrong payload";
	if (g->d.src.port != 2055 || g->d.dst.port != 9995 ||
	    g->d.src.addr.family != row->inner || g->d.dst.addr.family != row->inner)
		return "wrong end points";
	if (g->d.facts.vlan != row->vlan)
		return "wrong VLAN";
	if (g->d.facts.ttl != 64 || g->d.facts.fragments != 1 || g->d.facts.cut ||
	    g->d.facts.tunnelled)
		return "wrong facts";
	if (g->d.nextents != 1 || g->extents[0].length != sizeof(payload) ||
	    g->extents[0].offset != 24 + 16 + header + (row->inner == 4 ? 28 : 48))
		return "wrong extent";
	return NULL;
}

static void link_types(void **state)
{
	static struct net n, bare;
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		const char *wrong;
		struct rig r;

		build(&n, row);
		net_begin(&bare, NULL, 0);
		net_hex(&bare, row->header);
		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		rig_feed(&r, row->linktype, net_bytes(&n));
		wrong = check(row, &r, net_bytes(&bare).n);
		if (wrong != NULL) {
			print_error("%s: %s\n", row->name, wrong);
			failed++;
		}
		rig_end(&r);
	}
	assert_int_equal(failed, 0);
}

/* Octets behind the IP packet are no part of it, whatever the link type. */
static void trailers(void **state)
{
	static struct net n;
	struct rig r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].want != ACCEPTED)
			continue;
		build(&n, &rows[i]);
		net_trail(&n, 18);
		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		rig_feed(&r, rows[i].linktype, net_bytes(&n));
		assert_int_equal(r.ngot, 1);
		assert_int_equal(r.got[0].d.payload.n, sizeof(payload));
		assert_int_equal(r.got[0].d.wire_len, sizeof(payload));
		rig_end(&r);
	}
}

/*
 * Cut at every octet, as by a snap length: one datagram with what is there, or one reason;
 * never more of the payload than was captured.
 */
static void cut(void **state)
{
	static struct net n;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nf_bytes whole;

		build(&n, &rows[i]);
		whole = net_bytes(&n);
		for (size_t len = 0; len < whole.n; len++) {
			struct rig r;

			assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
			r.missing = (uint32_t)(whole.n - len);
			rig_feed(&r, rows[i].linktype, (struct nf_bytes){ whole.p, len });
			assert_int_equal(r.ngot + rig_skipped(&r), 1);
			if (r.ngot == 1) {
				const struct got *g = r.got;

				assert_true(g->d.facts.cut);
				assert_int_equal(g->d.wire_len, sizeof(payload));
				assert_int_equal(g->d.payload.n, sizeof(payload) - (whole.n - len));
				assert_memory_equal(g->payload, payload, g->d.payload.n);
			} else if (rows[i].want == ACCEPTED) {
				assert_true(whole.n - len > sizeof(payload));
			}
			rig_end(&r);
		}
	}
}

static void unknown_are_named(void **state)
{
	static const int seen[] = { 147, 148, 147, 147, 148 };
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	for (size_t i = 0; i < sizeof(seen) / sizeof(seen[0]); i++)
		rig_feed(&r, seen[i], (struct nf_bytes){ (const uint8_t *)payload, 10 });
	assert_int_equal(r.counts.skipped_linktype[0][0], 147);
	assert_int_equal(r.counts.skipped_linktype[0][1], 3);
	assert_int_equal(r.counts.skipped_linktype[1][0], 148);
	assert_int_equal(r.counts.skipped_linktype[1][1], 2);
	assert_int_equal(r.counts.skipped_linktype[2][1], 0);
	assert_int_equal(r.counts.skipped[SKIP_LINKTYPE], 5);
	for (int type = 200; type < 300; type++)	/* more than there are rows */
		if (link_find(type) == NULL)
			rig_feed(&r, type, (struct nf_bytes){ (const uint8_t *)payload, 10 });
	assert_true(r.counts.skipped[SKIP_LINKTYPE] > 90);
	rig_end(&r);
}

/* Subframes of an A-MSDU: two datagrams of one frame, the second in its own place. */
static void amsdu(void **state)
{
	static struct net n, first;
	struct nf_bytes sub;
	struct rig r;

	(void)state;
	net_begin(&first, payload, 21);
	net_udp(&first, 1, 2);
	net_ip(&first, "192.0.2.1", "192.0.2.2", 17);
	net_hex(&first, MACS "0039 aaaa03 000000 0800");
	net_trail(&first, 1);
	sub = net_bytes(&first);
	assert_int_equal(sub.n % 4, 0);

	net_begin(&n, payload, 7);
	net_udp(&n, 3, 4);
	net_ip(&n, "192.0.2.3", "192.0.2.4", 17);
	net_hex(&n, MACS "002b aaaa03 000000 0800");
	net_push(&n, sub.p, sub.n);
	net_hex(&n, "8802 0000" MACS "020000000003 0010 8000");
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	rig_feed(&r, 105, net_bytes(&n));
	assert_int_equal(r.ngot, 2);
	assert_int_equal(rig_skipped(&r), 0);
	assert_int_equal(r.got[0].d.payload.n, 21);
	assert_memory_equal(r.got[0].payload, payload, 21);
	assert_int_equal(r.got[1].d.payload.n, 7);
	assert_int_equal(r.got[1].d.src.port, 3);
	assert_int_equal(r.got[1].d.frame, 1);
	assert_int_equal(r.got[1].extents[0].offset, 40 + 26 + sub.n + 14 + 8 + 28);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(link_types),
		cmocka_unit_test(trailers),
		cmocka_unit_test(cut),
		cmocka_unit_test(unknown_are_named),
		cmocka_unit_test(amsdu),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
