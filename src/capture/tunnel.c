#include <config.h>

#include "capture/tunnel.h"

#include "base/bytes.h"
#include "capture/ip.h"
#include "capture/link.h"

enum { LINK_ETHERNET = 1, ETHERTYPE_TEB = 0x6558 };

/* Go in, into the address space that ID names. */
static struct next enter(struct packet *pk, uint32_t id, struct next next)
{
	if (next.kind == NEXT_SKIP)
		return next;
	if (pk->tunnels >= TUNNELS_MAX)
		return next_skip(SKIP_TUNNEL_DEPTH);
	pk->tunnels++;
	pk->facts.tunnelled = true;
	packet_scope(pk, id);
	return next;
}

/* IP in IP: RFC 2003, RFC 2473, RFC 4213. */
static struct next ip_in_ip(struct packet *pk)
{
	return enter(pk, 0, next_is(NEXT_IP, 0));
}

static struct next mpls_in_ip(struct packet *pk)	/* RFC 4023 */
{
	return enter(pk, 0, next_is(NEXT_ETHERTYPE, 0x8847));
}

static struct next ethernet_in_ip(struct packet *pk)	/* RFC 8986 section 4.9 */
{
	return enter(pk, 0, next_is(NEXT_LINK, LINK_ETHERNET));
}

/* EtherIP (RFC 3378): version 3 and 12 bits of zero, then a frame. */
static struct next etherip(struct packet *pk)
{
	if (pk->n < 2)
		return next_skip(SKIP_BAD_TRANSPORT);
	if (pk->p[0] >> 4 != 3)
		return next_skip(SKIP_PROTOCOL);
	packet_advance(pk, 2);
	return enter(pk, 0, next_is(NEXT_LINK, LINK_ETHERNET));
}

/*
 * ERSPAN type II, 8 octets, and III, 12 (draft-foschiano-erspan):
 *	 0	2	version (4 bits: 1 is type II, 2 is type III), VLAN
 *	 2	2	class, ..., session (10 bits)
 *	 4	4	II: port index; III: time stamp
 *	 8	4	III: group tag, then flags: frame type (bits 10 to 14), optional
 *			8 octets follow (bit 0)
 */
static struct next erspan(struct packet *pk)
{
	uint32_t header, version, session;
	bool ip = false;

	if (pk->n < 8)
		return next_skip(SKIP_BAD_TRANSPORT);
	version = pk->p[0] >> 4;
	session = nf_be16(pk->p + 2) & 0x03ff;
	header = version == 1 ? 8 : 12;
	if ((version != 1 && version != 2) || pk->n < header)
		return next_skip(SKIP_BAD_TRANSPORT);
	if (version == 2) {
		uint16_t flags = nf_be16(pk->p + 10);

		ip = (flags >> 10 & 0x1f) == 2;
		if ((flags & 1) != 0)
			header += 8;
		if (pk->n < header)
			return next_skip(SKIP_BAD_TRANSPORT);
	}
	packet_advance(pk, header);
	return enter(pk, session, ip ? next_is(NEXT_IP, 0) : next_is(NEXT_LINK, LINK_ETHERNET));
}

/*
 * GRE (RFC 2784, RFC 2890)
 *	 0	2	flags (checksum 0x8000, routing 0x4000, key 0x2000, sequence 0x1000)
 *			and version (3 bits)
 *	 2	2	protocol: an EtherType
 *	then, as flagged: checksum and reserved (4), key (4), sequence number (4)
 * Version 1 is PPTP's, whose PPP is compressed and encrypted as a rule.
 */
static struct next gre(struct packet *pk)
{
	enum { CHECKSUM = 0x8000, ROUTING = 0x4000, KEY = 0x2000, SEQUENCE = 0x1000 };
	enum { ERSPAN_1_2 = 0x88be, ERSPAN_3 = 0x22eb, WCCP = 0x883e };
	uint16_t flags, type;
	uint32_t header = 4, key = 0;

	if (pk->n < 4)
		return next_skip(SKIP_BAD_TRANSPORT);
	flags = nf_be16(pk->p);
	type = nf_be16(pk->p + 2);
	if ((flags & 7) != 0 || (flags & ROUTING) != 0)
		return next_skip(SKIP_PROTOCOL);
	if ((flags & CHECKSUM) != 0)
		header += 4;
	if ((flags & KEY) != 0) {
		if (pk->n >= header + 4)
			key = nf_be32(pk->p + header);
		header += 4;
	}
	if ((flags & SEQUENCE) != 0)
		header += 4;
	if (pk->n < header)
		return next_skip(SKIP_BAD_TRANSPORT);
	packet_advance(pk, header);
	switch (type) {
	case ERSPAN_1_2:		/* type I has no header, and GRE no sequence number */
		if ((flags & SEQUENCE) == 0)
			return enter(pk, key, next_is(NEXT_LINK, LINK_ETHERNET));
		return erspan(pk);
	case ERSPAN_3:
		return erspan(pk);
	case WCCP:			/* version 2 puts four octets before the packet */
		if (pk->n >= 4 && pk->p[0] >> 4 != 4)
			packet_advance(pk, 4);
		return enter(pk, key, next_is(NEXT_IP, 0));
	default:
		return enter(pk, key, next_is(NEXT_ETHERTYPE, type));
	}
}

/*
 * The payload of an L2TPv3 session (RFC 3931 section 4.1): a cookie of 0, 4 or 8 octets and
 * a sublayer of 0 or 4, both agreed upon by control messages that may have been sent long
 * before the capture.  So the first place where IP whose header proves itself stands, alone
 * or in a frame, is where the payload begins.
 */
static bool l2tp_payload(struct packet *pk, struct next *next)
{
	static const enum next_kind kinds[] = { NEXT_LINK, NEXT_IP };

	for (uint32_t at = 0; at <= 12 && at < pk->n; at += 4) {
		struct packet inner = *pk;

		packet_advance(&inner, at);
		for (unsigned i = 0; i < 2; i++) {
			*next = next_is(kinds[i], LINK_ETHERNET);
			if (link_plausible(&inner, *next, true)) {
				*pk = inner;
				return true;
			}
		}
	}
	return false;
}

/* L2TPv3 over IP (RFC 3931 section 4.1.1): session (4), 0 for control messages. */
static struct next l2tp_in_ip(struct packet *pk)
{
	uint32_t session;
	struct next next;

	if (pk->n < 4)
		return next_skip(SKIP_BAD_TRANSPORT);
	session = nf_be32(pk->p);
	packet_advance(pk, 4);
	if (session == 0 || !l2tp_payload(pk, &next))
		return next_skip(SKIP_PROTOCOL);
	return enter(pk, session, next);
}

static const struct {
	uint8_t protocol;
	struct next (*read)(struct packet *pk);
} protocols[] = {
	{ IP_V4,	ip_in_ip },
	{ IP_V6,	ip_in_ip },
	{ IP_GRE,	gre },
	{ IP_ETHERIP,	etherip },
	{ IP_L2TP,	l2tp_in_ip },
	{ IP_MPLS,	mpls_in_ip },
	{ IP_ETHERNET,	ethernet_in_ip },
};

bool tunnel_ip(struct packet *pk, uint8_t protocol, struct next *next)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (protocols[i].protocol == protocol) {
			*next = protocols[i].read(pk);
			return true;
		}
	}
	return false;
}

/*
 * VXLAN (RFC 7348 section 5): flags (0x08; with a group policy 0x88), reserved (3), network (3),
 * reserved (1).
 */
static bool vxlan(struct packet *pk, uint32_t *id, struct next *next)
{
	if (pk->n < 8 || (pk->p[0] & 0x7f) != 0x08)
		return false;
	*id = nf_be24(pk->p + 4);
	packet_advance(pk, 8);
	*next = next_is(NEXT_LINK, LINK_ETHERNET);
	return true;
}

/* VXLAN-GPE (draft-ietf-nvo3-vxlan-gpe): the fourth octet says what is inside. */
static bool vxlan_gpe(struct packet *pk, uint32_t *id, struct next *next)
{
	if (pk->n < 8 || (pk->p[0] & 0xfa) != 0x08)
		return false;
	switch (pk->p[3]) {
	case 1: case 2: *next = next_is(NEXT_IP, 0); break;
	case 3: *next = next_is(NEXT_LINK, LINK_ETHERNET); break;
	default: return false;
	}
	*id = nf_be24(pk->p + 4);
	packet_advance(pk, 8);
	return true;
}

/*
 * Geneve (RFC 8926 section 3.4)
 *	 0	1	version 0 (2 bits), length of the options in 4 octets (6 bits)
 *	 1	1	control, critical, then 6 bits of zero
 *	 2	2	protocol: an EtherType
 *	 4	3	network
 *	 7	1	reserved
 *	 8		options
 * No version word of a flow export has those 6 bits zero.
 */
static bool geneve(struct packet *pk, uint32_t *id, struct next *next)
{
	uint32_t header;
	uint16_t type;

	if (pk->n < 8 || pk->p[0] >> 6 != 0 || (pk->p[1] & 0x3f) != 0)
		return false;
	header = 8 + (pk->p[0] & 0x3fu) * 4;
	if (header > pk->n)
		return false;
	type = nf_be16(pk->p + 2);
	*id = nf_be24(pk->p + 4);
	packet_advance(pk, header);
	*next = type == ETHERTYPE_TEB ? next_is(NEXT_LINK, LINK_ETHERNET) :
					next_is(NEXT_ETHERTYPE, type);
	return true;
}

/*
 * GTP-U (3GPP TS 29.281 section 5.1)
 *	 0	1	version 1 (3 bits), GTP (1), 0, extension, sequence, N-PDU
 *	 1	1	type: 255 carries a packet
 *	 2	2	length of what follows the first 8 octets
 *	 4	4	tunnel
 *	 8	4	sequence (2), N-PDU (1), next extension (1), if any of the three is flagged
 * An extension: length in 4 octets (1), content, next extension (1).
 */
static bool gtp(struct packet *pk, uint32_t *id, struct next *next)
{
	uint32_t header = 8;

	if (pk->n < 8 || (pk->p[0] & 0xf8) != 0x30 || pk->p[1] != 255 ||
	    nf_be16(pk->p + 2) > pk->wire - 8)
		return false;
	packet_limit(pk, 8u + nf_be16(pk->p + 2));
	if ((pk->p[0] & 0x07) != 0) {
		uint8_t extension;

		if (pk->n < 12)
			return false;
		header = 12;
		extension = (pk->p[0] & 0x04) != 0 ? pk->p[11] : 0;
		while (extension != 0) {
			uint32_t length;

			if (header >= pk->n)
				return false;
			length = pk->p[header] * 4u;
			if (length == 0 || length > pk->n - header)
				return false;
			header += length;
			extension = pk->p[header - 1];
		}
	}
	*id = nf_be32(pk->p + 4);
	packet_advance(pk, header);
	*next = next_is(NEXT_IP, 0);
	return true;
}

/*
 * L2TP over UDP
 *	version 3 (RFC 3931 section 4.1.2): 0x0003, reserved (2), session (4), the payload
 *	version 2 (RFC 2661 section 3.1): flags and version (2), length (2) if flagged,
 *	tunnel (2), session (2), numbers (4) and padding if flagged, PPP
 */
static bool l2tp(struct packet *pk, uint32_t *id, struct next *next)
{
	enum { CONTROL = 0x8000, LENGTH = 0x4000, SEQUENCE = 0x0800, OFFSET = 0x0200 };
	uint32_t header = 6;
	uint16_t flags;

	if (pk->n < 8)
		return false;
	flags = nf_be16(pk->p);
	if (flags == 3 && nf_be16(pk->p + 2) == 0) {
		*id = nf_be32(pk->p + 4);
		packet_advance(pk, 8);
		return l2tp_payload(pk, next);
	}
	if ((flags & 0x000f) != 2 || (flags & CONTROL) != 0)
		return false;
	if ((flags & LENGTH) != 0) {
		if (nf_be16(pk->p + 2) > pk->wire)
			return false;
		packet_limit(pk, nf_be16(pk->p + 2));
		header += 2;
	}
	if (pk->n < header)
		return false;
	*id = nf_be32(pk->p + header - 4);
	if ((flags & SEQUENCE) != 0)
		header += 4;
	if ((flags & OFFSET) != 0) {
		if (pk->n < header + 2)
			return false;
		header += 2u + nf_be16(pk->p + header);
	}
	if (pk->n < header)
		return false;
	packet_advance(pk, header);
	if (pk->n >= 2 && pk->p[0] == 0xff && pk->p[1] == 0x03)
		packet_advance(pk, 2);
	*next = next_is(NEXT_ETHERTYPE, 0x880b);	/* PPP */
	return true;
}

/* MPLS (RFC 7510): only where IP that proves itself follows the labels. */
static bool mpls_in_udp(struct packet *pk, uint32_t *id, struct next *next)
{
	bool bottom;

	do {
		if (pk->n < 4)
			return false;
		bottom = pk->p[2] & 1;
		packet_count(&pk->labels);
		packet_advance(pk, 4);
	} while (!bottom);
	*id = 0;
	*next = next_is(NEXT_IP, 0);
	return ip_plausible(pk, true);
}

/*
 * SCTP over UDP (RFC 6951): not a tunnel of packets, but it is found the same way.  Its
 * chunks must fill the datagram exactly, and those of data hold some (RFC 9260 section
 * 3.3.1): the sets of IPFIX from domain 4 would pass for chunks otherwise.
 */
static bool sctp_in_udp(struct packet *pk, uint32_t *id, struct next *next)
{
	enum { DATA = 0, DATA_LEAST = 17 };
	uint32_t at = 12;

	*id = 0;
	*next = next_is(NEXT_PROTOCOL, IP_SCTP);
	if (pk->wire < 16)
		return false;
	while (at < pk->wire) {
		uint32_t length;

		if (pk->n < at + 4)
			return pk->n < pk->wire && at > 12;
		length = nf_be16(pk->p + at + 2);
		if (length < (pk->p[at] == DATA ? DATA_LEAST : 4) || length > pk->wire - at)
			return false;
		at += (length + 3) & ~3u;
	}
	return true;
}

static const struct udp_tunnel {
	uint16_t port;
	bool either;		/* the port may be the source's as well */
	bool (*read)(struct packet *pk, uint32_t *id, struct next *next);
} udp_tunnels[] = {
	{ 1701,	true,	l2tp },
	{ 2152,	false,	gtp },
	{ 4789,	false,	vxlan },
	{ 4790,	false,	vxlan_gpe },
	{ 6081,	false,	geneve },
	{ 6635,	false,	mpls_in_udp },
	{ 8472,	false,	vxlan },
	{ 9899,	true,	sctp_in_udp },
};

static const struct udp_tunnel *find(uint16_t sport, uint16_t dport)
{
#pragma GCC unroll 16	/* every datagram comes here: comparisons with constants are all it takes */
	for (size_t i = 0; i < sizeof(udp_tunnels) / sizeof(udp_tunnels[0]); i++) {
		const struct udp_tunnel *t = &udp_tunnels[i];

		if (t->port == dport || (t->either && t->port == sport))
			return t;
	}
	return NULL;
}

bool tunnel_port(uint16_t sport, uint16_t dport)
{
	return find(sport, dport) != NULL;
}

bool tunnel_udp(struct packet *pk, uint16_t sport, uint16_t dport, struct next *next)
{
	const struct udp_tunnel *t = find(sport, dport);
	struct packet inner = *pk;
	uint32_t id;

	if (t == NULL || !t->read(&inner, &id, next))
		return false;
	if (next->kind == NEXT_PROTOCOL) {
		*pk = inner;
		return true;
	}
	if (!link_plausible(&inner, *next, false))
		return false;
	*pk = inner;
	*next = enter(pk, id, *next);
	return true;
}

