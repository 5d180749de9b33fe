#include <config.h>

#include "capture/link.h"

#include "base/bytes.h"
#include "capture/ip.h"
#include "capture/wlan.h"

enum {
	LINK_ETHERNET = 1,
	LINK_IEEE802_11 = 105,
	LINK_RADIOTAP = 127,

	TYPE_LEAST = 0x0600,		/* below it stands a length, and LLC follows */
	TYPE_IPV4 = 0x0800,
	TYPE_ARP = 0x0806,
	TYPE_TEB = 0x6558,		/* Transparent Ethernet Bridging */
	TYPE_IPV6 = 0x86dd,
	TYPE_MPLS = 0x8847,
	TYPE_MPLS_UPSTREAM = 0x8848,

	TAGS_MAX = 16,
};

/*
 * 802.1Q and 802.1ad
 *	 0	2	priority, DEI, VLAN id (12 bits)
 *	 2	2	EtherType
 */
static struct next vlan(struct packet *pk)
{
	uint16_t id, type;

	if (pk->n < 4)
		return next_skip(SKIP_BAD_LINK);
	id = nf_be16(pk->p) & 0x0fff;
	type = nf_be16(pk->p + 2);
	if (pk->vlans == 0)
		pk->facts.vlan = id;
	packet_count(&pk->vlans);
	packet_scope(pk, id);
	packet_advance(pk, 4);
	return next_is(NEXT_ETHERTYPE, type);
}

/*
 * A label stack (RFC 3032 section 2.1): 20 bits of label, 3 of class, 1 of bottom, 8 of TTL.
 * Nothing says what follows.  It is IP if that can be; else Ethernet, behind a control word
 * (RFC 4448 section 4.6: its first four bits are zero) or without one.
 */
static struct next mpls(struct packet *pk)
{
	bool bottom;
	struct packet inner;

	do {
		if (pk->n < 4)
			return next_skip(SKIP_BAD_LINK);
		bottom = pk->p[2] & 1;
		packet_count(&pk->labels);
		packet_advance(pk, 4);
	} while (!bottom);
	if (pk->probing)		/* the guess below would probe again, and again */
		return next_is(NEXT_DONE, 0);
	if (ip_plausible(pk, false))
		return next_is(NEXT_IP, 0);
	inner = *pk;
	if (pk->n >= 4 && pk->p[0] >> 4 == 0) {
		packet_advance(&inner, 4);
		if (link_plausible(&inner, next_is(NEXT_LINK, LINK_ETHERNET), false)) {
			packet_advance(pk, 4);
			return next_is(NEXT_LINK, LINK_ETHERNET);
		}
	}
	if (link_plausible(pk, next_is(NEXT_LINK, LINK_ETHERNET), false))
		return next_is(NEXT_LINK, LINK_ETHERNET);
	return next_skip(SKIP_NOT_IP);
}

/*
 * PPP's protocol number: two octets, or one odd one where the peers agreed to compress it
 * (RFC 1661 sections 5 and 6.5).
 */
static struct next ppp_protocol(struct packet *pk)
{
	uint16_t protocol;

	if (pk->n >= 1 && (pk->p[0] & 1) != 0) {
		protocol = pk->p[0];
		packet_advance(pk, 1);
	} else if (pk->n >= 2) {
		protocol = nf_be16(pk->p);
		packet_advance(pk, 2);
	} else {
		return next_skip(SKIP_BAD_LINK);
	}
	switch (protocol) {
	case 0x0021: case 0x0057:
		return next_is(NEXT_IP, 0);
	case 0x0281: case 0x0283:
		return mpls(pk);
	case 0x0053:				/* ECP, RFC 1968 */
		return next_skip(SKIP_ENCRYPTED);
	default:
		return next_skip(SKIP_NOT_IP);
	}
}

/* PPP with or without the address and control octets ff 03 (RFC 1662 section 3.1). */
static struct next ppp(struct packet *pk)
{
	if (pk->n >= 2 && pk->p[0] == 0xff && pk->p[1] == 0x03)
		packet_advance(pk, 2);
	return ppp_protocol(pk);
}

/*
 * PPPoE session (RFC 2516 section 4)
 *	 0	1	version 1, type 1
 *	 1	1	code: 0 is data
 *	 2	2	session
 *	 4	2	length of the PPP packet
 */
static struct next pppoe(struct packet *pk)
{
	uint16_t length;

	if (pk->n < 6 || pk->p[0] != 0x11)
		return next_skip(SKIP_BAD_LINK);
	if (pk->p[1] != 0)
		return next_skip(SKIP_NOT_IP);
	length = nf_be16(pk->p + 4);
	packet_advance(pk, 6);
	packet_limit(pk, length);
	return ppp_protocol(pk);
}

/* Cisco's HDLC: address, control, EtherType. */
static struct next chdlc(struct packet *pk)
{
	uint16_t type;

	if (pk->n < 4)
		return next_skip(SKIP_BAD_LINK);
	type = nf_be16(pk->p + 2);
	packet_advance(pk, 4);
	return next_is(NEXT_ETHERTYPE, type);
}

/* PPP in HDLC-like framing, or Cisco's HDLC, whose address octet is 0f or 8f. */
static struct next ppp_serial(struct packet *pk)
{
	if (pk->n >= 2 && (pk->p[0] == 0x0f || pk->p[0] == 0x8f) && pk->p[1] == 0)
		return chdlc(pk);
	return ppp(pk);
}

static struct next ip_only(struct packet *pk)
{
	(void)pk;
	return next_is(NEXT_IP, 0);
}

static struct next arp(struct packet *pk)
{
	(void)pk;
	return next_skip(SKIP_NOT_IP);
}

static struct next macsec(struct packet *pk)
{
	(void)pk;
	return next_skip(SKIP_ENCRYPTED);
}

/* Provider backbone bridging (IEEE 802.1ah): a service tag, then a frame. */
static struct next pbb(struct packet *pk)
{
	if (pk->n < 4)
		return next_skip(SKIP_BAD_LINK);
	packet_scope(pk, nf_be32(pk->p) & 0xffffff);
	packet_advance(pk, 4);
	return link_ethernet(pk);
}

/* 802.1BR: six octets of tag, then an EtherType; VN-Tag: four of tag. */
static struct next etag(struct packet *pk)
{
	uint16_t type;

	if (pk->n < 8)
		return next_skip(SKIP_BAD_LINK);
	type = nf_be16(pk->p + 6);
	packet_advance(pk, 8);
	return next_is(NEXT_ETHERTYPE, type);
}

static struct next vntag(struct packet *pk)
{
	uint16_t type;

	if (pk->n < 6)
		return next_skip(SKIP_BAD_LINK);
	type = nf_be16(pk->p + 4);
	packet_advance(pk, 6);
	return next_is(NEXT_ETHERTYPE, type);
}

static const struct ethertype {
	uint16_t type;
	struct next (*read)(struct packet *pk);
} ethertypes[] = {
	{ TYPE_ARP,	arp },
	{ TYPE_TEB,	link_ethernet },
	{ 0x8100,	vlan },
	{ 0x88a8,	vlan },
	{ 0x9100,	vlan },
	{ 0x9200,	vlan },
	{ 0x9300,	vlan },
	{ TYPE_MPLS,	mpls },
	{ TYPE_MPLS_UPSTREAM, mpls },
	{ 0x8864,	pppoe },
	{ 0x880b,	ppp_protocol },
	{ 0x88e5,	macsec },
	{ 0x88e7,	pbb },
	{ 0x8926,	vntag },
	{ 0x893f,	etag },
};

struct next link_ethertype(struct packet *pk, uint16_t type)
{
	if (type == TYPE_IPV4 || type == TYPE_IPV6)
		return next_is(NEXT_IP, 0);
	for (size_t i = 0; i < sizeof(ethertypes) / sizeof(ethertypes[0]); i++)
		if (ethertypes[i].type == type)
			return ethertypes[i].read(pk);
	return next_skip(SKIP_NOT_IP);
}

struct next link_llc(struct packet *pk)
{
	uint16_t type;

	if (pk->n < 3)
		return next_skip(SKIP_BAD_LINK);
	if (pk->p[0] == 0x06 && pk->p[1] == 0x06 && pk->p[2] == 0x03) {
		packet_advance(pk, 3);
		return next_is(NEXT_IP, 0);
	}
	if (pk->p[0] != 0xaa || pk->p[1] != 0xaa || pk->p[2] != 0x03)
		return next_skip(SKIP_NOT_IP);
	if (pk->n < 8)
		return next_skip(SKIP_BAD_LINK);
	/* Organisation 0 is RFC 1042; 00-00-f8 bridges it (IEEE 802.1H). */
	if (pk->p[3] != 0 || pk->p[4] != 0 || (pk->p[5] != 0 && pk->p[5] != 0xf8))
		return next_skip(SKIP_NOT_IP);
	type = nf_be16(pk->p + 6);
	packet_advance(pk, 8);
	return next_is(NEXT_ETHERTYPE, type);
}

/*
 * Ethernet (IEEE 802.3)
 *	 0	6	destination
 *	 6	6	source
 *	12	2	EtherType, or the length of the LLC packet that follows
 */
struct next link_ethernet(struct packet *pk)
{
	uint16_t type;

	if (pk->n < 14)
		return next_skip(SKIP_BAD_LINK);
	type = nf_be16(pk->p + 12);
	packet_advance(pk, 14);
	if (type >= TYPE_LEAST)
		return next_is(NEXT_ETHERTYPE, type);
	packet_limit(pk, type);
	return link_llc(pk);
}

/* The address family of the capturing machine, in its byte order; IPv6 has a value a system. */
static struct next loopback(struct packet *pk)
{
	static const uint8_t ipv6[] = { 10, 23, 24, 26, 28, 30 };
	uint32_t family;

	if (pk->n < 4)
		return next_skip(SKIP_BAD_LINK);
	family = nf_be32(pk->p);
	if (family > 0xffff)
		family = __builtin_bswap32(family);
	packet_advance(pk, 4);
	if (family == 2)
		return next_is(NEXT_IP, 0);
	for (size_t i = 0; i < sizeof(ipv6); i++)
		if (family == ipv6[i])
			return next_is(NEXT_IP, 0);
	return next_skip(SKIP_NOT_IP);
}

/* Both cooked headers end in a protocol: an EtherType, or one of Linux' own below 0x0600. */
static struct next cooked(struct packet *pk, uint32_t header, uint16_t hardware, uint16_t type)
{
	enum {
		ARPHRD_IEEE80211 = 801, ARPHRD_RADIOTAP = 803, ARPHRD_NETLINK = 824,
		LINUX_802_2 = 4,
	};

	packet_advance(pk, header);
	if (hardware == ARPHRD_NETLINK)
		return next_skip(SKIP_NOT_IP);
	if (hardware == ARPHRD_IEEE80211)
		return next_is(NEXT_LINK, LINK_IEEE802_11);
	if (hardware == ARPHRD_RADIOTAP)
		return next_is(NEXT_LINK, LINK_RADIOTAP);
	if (type == LINUX_802_2)
		return link_llc(pk);
	return next_is(NEXT_ETHERTYPE, type);
}

/*
 * LINKTYPE_LINUX_SLL
 *	 0	2	packet type
 *	 2	2	ARPHRD of the device
 *	 4	2	length of its address
 *	 6	8	address
 *	14	2	protocol
 */
static struct next sll(struct packet *pk)
{
	if (pk->n < 16)
		return next_skip(SKIP_BAD_LINK);
	return cooked(pk, 16, nf_be16(pk->p + 2), nf_be16(pk->p + 14));
}

/*
 * LINKTYPE_LINUX_SLL2
 *	 0	2	protocol
 *	 2	2	reserved
 *	 4	4	interface index
 *	 8	2	ARPHRD
 *	10	1	packet type
 *	11	1	length of the address
 *	12	8	address
 */
static struct next sll2(struct packet *pk)
{
	if (pk->n < 20)
		return next_skip(SKIP_BAD_LINK);
	return cooked(pk, 20, nf_be16(pk->p + 8), nf_be16(pk->p));
}

/* One octet of direction, then the frame. */
static struct next ppp_direction(struct packet *pk)
{
	if (pk->n < 1)
		return next_skip(SKIP_BAD_LINK);
	packet_advance(pk, 1);
	return ppp(pk);
}

static struct next chdlc_direction(struct packet *pk)
{
	if (pk->n < 1)
		return next_skip(SKIP_BAD_LINK);
	packet_advance(pk, 1);
	return chdlc(pk);
}

/*
 * LINKTYPE_NFLOG: family (1), version (1), resource (2), then attributes of the logging
 * machine's byte order: length (2, with these 4), type (2), value, padded to 4.  The packet
 * is the value of type 9.
 */
static struct next nflog(struct packet *pk)
{
	enum { NFULA_PAYLOAD = 9 };

	if (pk->n < 4 || pk->p[1] != 0)
		return next_skip(SKIP_BAD_LINK);
	packet_advance(pk, 4);
	while (pk->n >= 4) {
		uint32_t length = (uint32_t)pk->p[1] << 8 | pk->p[0];
		uint32_t type = (uint32_t)(pk->p[3] & 0x7f) << 8 | pk->p[2];

		if (pk->p[2] == 0 && pk->p[3] != 0) {	/* a big-endian machine wrote it */
			length = nf_be16(pk->p);
			type = pk->p[3];
		}
		if (length < 4)
			break;
		if (type == NFULA_PAYLOAD) {
			packet_advance(pk, 4);
			packet_limit(pk, length - 4);
			return next_is(NEXT_IP, 0);
		}
		length = (length + 3) & ~3u;
		if (length > pk->n)
			break;
		packet_advance(pk, length);
	}
	return next_skip(SKIP_BAD_LINK);
}

/*
 * Per-Packet Information, little-endian
 *	 0	1	version 0
 *	 1	1	flags
 *	 2	2	length of all headers
 *	 4	4	DLT of the frame behind them
 */
static struct next ppi(struct packet *pk)
{
	uint32_t length, dlt;

	if (pk->n < 8 || pk->p[0] != 0)
		return next_skip(SKIP_BAD_LINK);
	length = (uint32_t)pk->p[3] << 8 | pk->p[2];
	dlt = __builtin_bswap32(nf_be32(pk->p + 4));
	if (length < 8 || length > pk->n)
		return next_skip(SKIP_BAD_LINK);
	packet_advance(pk, length);
	return next_is(NEXT_LINK, dlt);
}

/*
 * LINKTYPE_PKTAP of Darwin, little-endian
 *	 0	4	length of this header
 *	 4	4	1 if a packet follows
 *	 8	4	DLT of that packet
 */
static struct next pktap(struct packet *pk)
{
	uint32_t length, dlt;

	if (pk->n < 12)
		return next_skip(SKIP_BAD_LINK);
	length = __builtin_bswap32(nf_be32(pk->p));
	dlt = __builtin_bswap32(nf_be32(pk->p + 8));
	if (length < 12 || length > pk->n)
		return next_skip(SKIP_BAD_LINK);
	if (nf_be32(pk->p + 4) != 0x01000000)
		return next_skip(SKIP_NOT_IP);
	packet_advance(pk, length);
	return next_is(NEXT_LINK, dlt);
}

/* LINKTYPE_PFLOG: its first octet is its length, to be rounded up to four. */
static struct next pflog(struct packet *pk)
{
	uint32_t length;

	if (pk->n < 4)
		return next_skip(SKIP_BAD_LINK);
	length = (pk->p[0] + 3u) & ~3u;
	if (length < 4 || length > pk->n)
		return next_skip(SKIP_BAD_LINK);
	packet_advance(pk, length);
	return next_is(NEXT_IP, 0);
}

/* LINKTYPE_ENC of OpenBSD: address family, SPI and flags, four octets each. */
static struct next enc(struct packet *pk)
{
	if (pk->n < 12)
		return next_skip(SKIP_BAD_LINK);
	packet_advance(pk, 12);
	return next_is(NEXT_IP, 0);
}

static const struct link_type link_types[] = {
	{ 0,	"NULL",			loopback },
	{ LINK_ETHERNET, "Ethernet",	link_ethernet },
	{ 9,	"PPP",			ppp_serial },
	{ 12,	"raw IP",		ip_only },	/* DLT_RAW of most systems */
	{ 14,	"raw IP",		ip_only },	/* DLT_RAW of OpenBSD */
	{ 50,	"PPP_SERIAL",		ppp_serial },
	{ 51,	"PPPoE",		pppoe },
	{ 100,	"RFC 1483",		link_llc },
	{ 101,	"raw IP",		ip_only },
	{ 104,	"Cisco HDLC",		chdlc },
	{ LINK_IEEE802_11, "802.11",	wlan_frame },
	{ 108,	"LOOP",			loopback },
	{ 109,	"ENC",			enc },
	{ 113,	"Linux cooked",		sll },
	{ 117,	"PFLOG",		pflog },
	{ 119,	"Prism and 802.11",	wlan_prism },
	{ LINK_RADIOTAP, "radiotap and 802.11",	wlan_radiotap },
	{ 163,	"AVS and 802.11",	wlan_avs },
	{ 166,	"PPP of pppd",		ppp_direction },
	{ 192,	"PPI",			ppi },
	{ 204,	"PPP with direction",	ppp_direction },
	{ 205,	"Cisco HDLC with direction", chdlc_direction },
	{ 219,	"MPLS",			mpls },
	{ 228,	"IPv4",			ip_only },
	{ 229,	"IPv6",			ip_only },
	{ 239,	"NFLOG",		nflog },
	{ 258,	"PKTAP",		pktap },
	{ 276,	"Linux cooked v2",	sll2 },
};

const struct link_type *link_find(int linktype)
{
	for (size_t i = 0; i < sizeof(link_types) / sizeof(link_types[0]); i++)
		if (link_types[i].linktype == linktype)
			return &link_types[i];
	return NULL;
}

bool link_plausible(const struct packet *pk, struct next next, bool sure)
{
	struct packet probe = *pk;

	probe.probing = true;
	for (unsigned i = 0; i < TAGS_MAX; i++) {
		switch (next.kind) {
		case NEXT_IP:
			return ip_plausible(&probe, sure);
		case NEXT_LINK:
			next = link_ethernet(&probe);
			break;
		case NEXT_ETHERTYPE:
			if (next.value == TYPE_ARP)
				return !sure;
			next = link_ethertype(&probe, (uint16_t)next.value);
			break;
		case NEXT_DONE:
			return !sure;
		default:
			return false;
		}
	}
	return false;
}
