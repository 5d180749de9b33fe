/* Tunnels: what is one is entered, what only looks like one is handed on as it is. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "capture/tunnel.h"
#include "lib/netbuild.h"

#define MACS "020000000001 020000000002 "

enum { ACCEPTED = -1, OUTER = -2 };

/* HEADER stands between the outer IP (and UDP, if there is a port) and the inner packet. */
static const struct row {
	const char *name;
	uint8_t protocol;
	uint16_t port;		/* UDP destination port */
	const char *header;
	int inner;		/* 4, 6; 14, 16 with Ethernet; 0: zeros */
	int want;		/* ACCEPTED: the inner; OUTER: the outer payload; or a reason */
} rows[] = {
	{ "IPIP", 4, 0, "", 4, ACCEPTED },
	{ "6in4", 41, 0, "", 6, ACCEPTED },
	{ "Ethernet in IP", 143, 0, "", 14, ACCEPTED },
	{ "EtherIP", 97, 0, "3000", 14, ACCEPTED },
	{ "EtherIP, version 2", 97, 0, "2000", 14, SKIP_PROTOCOL },
	{ "MPLS in IP", 137, 0, "00010140", 4, ACCEPTED },
	{ "GRE", 47, 0, "0000 0800", 4, ACCEPTED },
	{ "GRE, IPv6", 47, 0, "0000 86dd", 6, ACCEPTED },
	{ "GRE, key", 47, 0, "2000 0800 00000007", 4, ACCEPTED },
	{ "GRE, all options", 47, 0, "b000 0800 00000000 00000007 00000001", 4, ACCEPTED },
	{ "GRE, checksum", 47, 0, "8000 0800 00000000", 4, ACCEPTED },
	{ "GRE, Ethernet", 47, 0, "0000 6558", 14, ACCEPTED },
	{ "GRE, MPLS", 47, 0, "0000 8847 00010140", 4, ACCEPTED },
	{ "GRE, PPP", 47, 0, "0000 880b 0021", 4, ACCEPTED },
	{ "GRE, WCCP", 47, 0, "0000 883e", 4, ACCEPTED },
	{ "GRE, WCCP 2", 47, 0, "0000 883e 00000000", 4, ACCEPTED },
	{ "GRE, routing", 47, 0, "4000 0800 00000000", 4, SKIP_PROTOCOL },
	{ "GRE, PPTP", 47, 0, "3001 880b 00200001 00000001", 4, SKIP_PROTOCOL },
	{ "GRE, keepalive", 47, 0, "0000 0000", 0, SKIP_NOT_IP },
	{ "ERSPAN I", 47, 0, "0000 88be", 14, ACCEPTED },
	{ "ERSPAN II", 47, 0, "1000 88be 00000001 1064 0001 00000000", 14, ACCEPTED },
	{ "ERSPAN III", 47, 0, "1000 22eb 00000001 2064 0001 00000000 0000 0000", 14, ACCEPTED },
	{ "ERSPAN III, subheader", 47, 0, "1000 22eb 00000001 2064 0001 00000000 0000 0001"
	  "0000000000000000", 14, ACCEPTED },
	{ "ERSPAN III, IP", 47, 0, "1000 22eb 00000001 2064 0001 00000000 0000 0800", 4,
	  ACCEPTED },
	{ "ERSPAN, version 7", 47, 0, "1000 22eb 00000001 7064 0001 00000000", 14,
	  SKIP_BAD_TRANSPORT },
	{ "L2TPv3", 115, 0, "00000001", 14, ACCEPTED },
	{ "L2TPv3, cookie", 115, 0, "00000001 deadbeef", 14, ACCEPTED },
	{ "L2TPv3, long cookie and sublayer", 115, 0, "00000001 deadbeef deadbeef 40000001", 14,
	  ACCEPTED },
	{ "L2TPv3, IP", 115, 0, "00000001 deadbeef", 4, ACCEPTED },
	{ "L2TPv3, IPv6", 115, 0, "00000001", 6, ACCEPTED },
	{ "L2TPv3, control", 115, 0, "00000000 c8030014", 4, SKIP_PROTOCOL },
	{ "L2TPv3, other", 115, 0, "00000001", 0, SKIP_PROTOCOL },
	{ "VXLAN", 0, 4789, "08000000 00000700", 14, ACCEPTED },
	{ "VXLAN, Linux' first port", 0, 8472, "08000000 00000700", 16, ACCEPTED },
	{ "VXLAN, group policy", 0, 4789, "88000001 00000700", 14, ACCEPTED },
	{ "VXLAN, tagged", 0, 4789, "08000000 00000700" MACS "8100 0001 0800", 4, ACCEPTED },
	{ "VXLAN without its flag", 0, 4789, "00000000 00000700", 14, OUTER },
	{ "VXLAN around nothing", 0, 4789, "08000000 00000700", 0, OUTER },
	{ "VXLAN around ARP", 0, 4789, "08000000 00000700" MACS "0806", 0, SKIP_NOT_IP },
	{ "VXLAN-GPE, IP", 0, 4790, "0c000001 00000700", 4, ACCEPTED },
	{ "VXLAN-GPE, Ethernet", 0, 4790, "0c000003 00000700", 14, ACCEPTED },
	{ "Geneve", 0, 6081, "0000 6558 00000700", 14, ACCEPTED },
	{ "Geneve, options", 0, 6081, "0240 6558 00000700 0102 80 01 00000000", 14, ACCEPTED },
	{ "Geneve, IPv4", 0, 6081, "0000 0800 00000700", 4, ACCEPTED },
	{ "Geneve, version 1", 0, 6081, "4000 6558 00000700", 14, OUTER },
	{ "Geneve, NetFlow v9", 0, 6081, "0009 0001 00000700", 14, OUTER },
	{ "GTP", 0, 2152, "30ff 0032 00000001", 4, ACCEPTED },
	{ "GTP, sequence number", 0, 2152, "32ff 0036 00000001 00010000", 4, ACCEPTED },
	{ "GTP, extension", 0, 2152, "34ff 003a 00000001 00000085 01000000", 4, ACCEPTED },
	{ "GTP, echo", 0, 2152, "3201 0038 00000001", 4, OUTER },
	{ "L2TP 3", 0, 1701, "0003 0000 00000001", 14, ACCEPTED },
	{ "L2TP 3, cookie, IP", 0, 1701, "0003 0000 00000001 deadbeef", 4, ACCEPTED },
	{ "L2TP 2", 0, 1701, "0002 0001 0001 ff03 0021", 4, ACCEPTED },
	{ "L2TP 2, length, numbers", 0, 1701, "4802 0042 0001 0001 0000 0000 ff03 0021", 4,
	  ACCEPTED },
	{ "L2TP 2, padding", 0, 1701, "0202 0001 0001 0002 0000 ff03 0057", 6, ACCEPTED },
	{ "L2TP 2, control", 0, 1701, "c802 000c 0001 0000 0000 0000", 0, OUTER },
	{ "MPLS in UDP", 0, 6635, "00010140", 4, ACCEPTED },
	{ "MPLS in UDP, other", 0, 6635, "00010140", 0, OUTER },
	{ "SCTP in UDP, IPFIX of domain 4", 0, 9899,
	  "000a 0050 65531234 00000001 00000004 0100 0040", 0, OUTER },
	{ "no tunnel's port", 0, 4788, "08000000 00000700", 14, OUTER },
};

static const char payload[] = "0123456789abcdefghijk";	/* 22 octets with the NUL */

static void inner(struct net *n, int kind)
{
	static const uint8_t zeros[60];

	if (kind == 0) {
		net_begin(n, zeros, sizeof(zeros));
		return;
	}
	net_begin(n, payload, sizeof(payload));
	net_udp(n, 2055, 9995);
	if (kind % 10 == 4)
		net_ip(n, "192.0.2.1", "192.0.2.2", 17);
	else
		net_ip(n, "2001:db8::1", "2001:db8::2", 17);
	if (kind > 10)
		net_ethernet(n);
}

static const char *check(const struct row *row, const struct rig *r, struct nf_bytes outer)
{
	const struct got *g = r->got;

	if (row->want >= 0) {
		if (r->ngot != 0)
			return "a datagram came out";
		if (r->counts.skipped[row->want] != 1 || rig_skipped(r) != 1)
			return "not skipped for the right reason";
		return NULL;
	}
	if (r->ngot != 1)
		return "no datagram";
	if (row->want == OUTER) {
		if (g->d.facts.tunnelled || g->d.dst.port != row->port ||
		    g->d.payload.n != outer.n || memcmp(g->payload, outer.p, outer.n) != 0)
			return "not the outer payload";
		return NULL;
	}
	if (g->d.payload.n != sizeof(payload) ||
	    memcmp(g->payload, payload, sizeof(payload)) != 0)
		return "wrong payload";
	if (!g->d.facts.tunnelled || g->d.src.port != 2055 ||
	    g->d.src.addr.family != row->inner % 10)
		return "wrong facts";
	if (g->d.nextents != 1 ||
	    g->extents[0].offset + sizeof(payload) != r->offset)
		return "wrong extent";
	return NULL;
}

static void tunnels(void **state)
{
	static struct net n;
	static uint8_t outer[4096];
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i / 2];
		size_t nouter;
		const char *wrong;
		struct rig r;

		inner(&n, row->inner);
		net_hex(&n, row->header);
		nouter = net_bytes(&n).n;
		memcpy(outer, net_bytes(&n).p, nouter);
		if (row->port != 0)
			net_udp(&n, 40000, row->port);
		if ((i & 1) != 0)
			net_ip(&n, "2001:db8:9::1", "2001:db8:9::2",
			       row->port != 0 ? 17 : row->protocol);
		else
			net_ip(&n, "10.0.0.1", "10.0.0.2", row->port != 0 ? 17 : row->protocol);
		net_ethernet(&n);
		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		rig_feed(&r, 1, net_bytes(&n));
		wrong = check(row, &r, (struct nf_bytes){ outer, nouter });
		if (wrong != NULL) {
			print_error("%s, in IPv%d: %s\n", row->name, (i & 1) != 0 ? 6 : 4, wrong);
			failed++;
		}
		rig_end(&r);
	}
	assert_int_equal(failed, 0);
}

/* No version word of a flow export makes a tunnel, whatever the port and whatever follows. */
static void exports_are_no_tunnels(void **state)
{
	static const uint16_t ports[] = { 1701, 2152, 4789, 4790, 6081, 6635, 8472, 9899 };
	static const uint8_t versions[] = { 1, 5, 6, 7, 8, 9, 10 };
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 200; round++) {
		for (size_t p = 0; p < sizeof(ports) / sizeof(ports[0]); p++) {
			for (size_t v = 0; v < sizeof(versions); v++) {
				static struct net n;
				uint8_t message[200];
				struct rig r;

				for (size_t i = 0; i < sizeof(message); i++)
					message[i] = (uint8_t)net_random(&seed);
				message[0] = 0;
				message[1] = versions[v];
				net_begin(&n, message, sizeof(message));
				net_udp(&n, 40000, ports[p]);
				net_ip(&n, "10.0.0.1", "10.0.0.2", 17);
				assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
				rig_feed(&r, 101, net_bytes(&n));
				assert_int_equal(r.ngot, 1);
				assert_int_equal(r.got[0].d.payload.n, sizeof(message));
				assert_false(r.got[0].d.facts.tunnelled);
				rig_end(&r);
			}
		}
	}
}

static void depth(void **state)
{
	static struct net n;

	(void)state;
	for (int tunnels_ = 0; tunnels_ <= TUNNELS_MAX + 2; tunnels_++) {
		struct rig r;

		inner(&n, 4);
		for (int i = 0; i < tunnels_; i++)
			net_ip(&n, "10.0.0.1", "10.0.0.2", 4);
		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		rig_feed(&r, 101, net_bytes(&n));
		assert_int_equal(r.ngot, tunnels_ <= TUNNELS_MAX);
		assert_int_equal(r.counts.skipped[SKIP_TUNNEL_DEPTH], tunnels_ > TUNNELS_MAX);
		rig_end(&r);
	}
}

/* Frames in labels in frames in labels: each is looked at a bounded number of times. */
static void labels_in_labels(void **state)
{
	static struct net n;
	struct rig r;

	(void)state;
	inner(&n, 14);
	for (int i = 0; i < 1200; i++) {
		net_hex(&n, i % 2 != 0 ? "00010140 00000000" : "00010140");
		net_hex(&n, MACS "8847");
	}
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	rig_feed(&r, 1, net_bytes(&n));
	assert_int_equal(r.ngot, 1);
	rig_end(&r);
}

/* One network's fragments are not another's. */
static void networks_apart(void **state)
{
	static struct net n;
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	for (int i = 0; i < 3; i++) {
		net_begin(&n, payload, i == 0 ? 16 : 8);
		if (i == 0) {
			net_udp(&n, 1, 2);
			n.octets[n.from + 5] = 32;	/* of 24 octets and 8 */
		}
		net_piece(&n, "10.1.0.1", "10.1.0.2", 17, 5, i == 0 ? 0 : 24, i == 0);
		net_ethernet(&n);
		net_hex(&n, i == 1 ? "08000000 00000800" : "08000000 00000700");
		net_udp(&n, 40000, 4789);
		net_ip(&n, "10.0.0.1", "10.0.0.2", 17);
		rig_feed(&r, 101, net_bytes(&n));
		assert_int_equal(r.ngot, i == 2);
	}
	assert_int_equal(r.got[0].d.payload.n, 24);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tunnels),
		cmocka_unit_test(exports_are_no_tunnels),
		cmocka_unit_test(depth),
		cmocka_unit_test(labels_in_labels),
		cmocka_unit_test(networks_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
