#include <config.h>

#include "capture/ip.h"

#include <string.h>

#include "base/bytes.h"
#include "base/sum.h"

enum {
	V4_HEADER = 20,
	V6_HEADER = 40,
	PAYLOAD_MAX = 65535,
};

/*
 * The position and the flag of a fragment, in range: all but the last are multiples of 8
 * octets, and none reaches beyond what an IP datagram can be (RFC 791 section 3.2, RFC 8200
 * section 4.5).
 */
static struct next fragment(struct packet *pk, uint32_t id, uint16_t eighths, bool more,
			    uint8_t protocol)
{
	uint32_t at = (uint32_t)eighths * 8;

	if (pk->wire == 0 || pk->wire > PAYLOAD_MAX - at || (more && pk->wire % 8 != 0))
		return next_skip(SKIP_BAD_IP);
	pk->fragment = (struct fragment){ .id = id, .at = at, .more = more, .protocol = protocol };
	return next_is(NEXT_FRAGMENT, 0);
}

static uint16_t saturated(uint32_t length)
{
	return length < UINT16_MAX ? (uint16_t)length : UINT16_MAX;
}

/*
 * IPv4 (RFC 791 section 3.1)
 *	 0	1	version 4, header length in 4 octets
 *	 1	1	DSCP and ECN
 *	 2	2	total length; 0 where the sender's card was to cut the packet up
 *	 4	2	identification
 *	 6	2	flags (more fragments: 0x2000), fragment offset in 8 octets
 *	 8	1	time to live
 *	 9	1	protocol
 *	10	2	header checksum
 *	12	4	source
 *	16	4	destination
 *	20		options
 */
static struct next ipv4(struct packet *pk)
{
	const uint8_t *p = pk->p;
	uint32_t header, total;
	uint16_t position;

	if (pk->n < V4_HEADER)
		return next_skip(SKIP_BAD_IP);
	header = (p[0] & 0x0fu) * 4;
	total = nf_be16(p + 2);
	if (header < V4_HEADER || header > pk->wire || (total < header && total != 0))
		return next_skip(SKIP_BAD_IP);
	if (total != 0)
		packet_limit(pk, total);
	pk->facts.ip_length = saturated(pk->wire);
	pk->routed = header > V4_HEADER;	/* source routes: RFC 791 section 3.1 */
	position = nf_be16(p + 6);
	pk->src = (struct nf_addr){ .family = 4 };
	pk->dst = (struct nf_addr){ .family = 4 };
	memcpy(pk->src.octets, p + 12, 4);
	memcpy(pk->dst.octets, p + 16, 4);
	pk->facts.ip_id = nf_be16(p + 4);
	pk->facts.ttl = p[8];
	pk->facts.dscp_ecn = p[1];
	packet_advance_cut(pk, header);
	if ((position & 0x3fff) != 0)
		return fragment(pk, pk->facts.ip_id, position & 0x1fff, (position & 0x2000) != 0,
				p[9]);
	return next_is(NEXT_PROTOCOL, p[9]);
}

/*
 * IPv6 (RFC 8200 section 3)
 *	 0	4	version 6, traffic class (8 bits), flow label
 *	 4	2	payload length; 0 for a jumbogram, or where the card was to cut it up
 *	 6	1	next header
 *	 7	1	hop limit
 *	 8	16	source
 *	24	16	destination
 */
static struct next ipv6(struct packet *pk)
{
	const uint8_t *p = pk->p;
	uint32_t payload;

	if (pk->n < V6_HEADER)
		return next_skip(SKIP_BAD_IP);
	payload = nf_be16(p + 4);
	pk->src.family = 6;
	pk->dst.family = 6;
	memcpy(pk->src.octets, p + 8, 16);
	memcpy(pk->dst.octets, p + 24, 16);
	pk->facts.ip_id = 0;
	pk->facts.ttl = p[7];
	pk->facts.dscp_ecn = (uint8_t)(nf_be16(p) >> 4);
	packet_advance(pk, V6_HEADER);
	if (payload != 0)
		packet_limit(pk, payload);
	pk->facts.ip_length = saturated(pk->wire + V6_HEADER);
	pk->routed = false;
	return next_is(NEXT_PROTOCOL, p[6]);
}

struct next ip_read(struct packet *pk)
{
	if (pk->n == 0)
		return next_skip(SKIP_BAD_IP);
	switch (pk->p[0] >> 4) {
	case 4: return ipv4(pk);
	case 6: return ipv6(pk);
	default: return next_skip(SKIP_BAD_IP);
	}
}

/*
 * Fragment header (RFC 8200 section 4.5)
 *	 0	1	next header
 *	 1	1	reserved
 *	 2	2	offset in 8 octets (13 bits), reserved (2), more fragments (1)
 *	 4	4	identification
 */
static struct next fragment_header(struct packet *pk)
{
	const uint8_t *p = pk->p;
	uint16_t position;

	if (pk->n < 8)
		return next_skip(SKIP_BAD_IP);
	position = nf_be16(p + 2);
	packet_advance(pk, 8);
	pk->facts.ip_id = (uint16_t)nf_be32(p + 4);
	if ((position & 0xfff9) == 0) {		/* atomic, whole by itself: RFC 6946 */
		pk->facts.ip6_fragment = true;
		return next_is(NEXT_PROTOCOL, p[0]);
	}
	return fragment(pk, nf_be32(p + 4), position >> 3, position & 1, p[0]);
}

/* Next header (1), length (1) in units of UNIT octets less LESS, then what nobody needs here. */
static struct next plain_extension(struct packet *pk, uint32_t unit, uint32_t less)
{
	const uint8_t *p = pk->p;
	uint32_t length;

	if (pk->n < 2)
		return next_skip(SKIP_BAD_IP);
	length = (p[1] + less) * unit;
	if (length > pk->wire)
		return next_skip(SKIP_BAD_IP);
	packet_advance_cut(pk, length);
	return next_is(NEXT_PROTOCOL, p[0]);
}

bool ip_extension(struct packet *pk, uint8_t protocol, struct next *next)
{
	if (protocol == IP_AH) {		/* RFC 4302 section 2.2: 4-octet units, less 2 */
		*next = plain_extension(pk, 4, 2);
		return true;
	}
	if (pk->src.family != 6)
		return false;
	switch (protocol) {
	case IP_ROUTING: case IP_DESTINATION:
		pk->routed = true;	/* or sent from a home address: RFC 6275 section 6.3 */
		*next = plain_extension(pk, 8, 1);
		return true;
	case IP_HOP_BY_HOP:
	case IP_MOBILITY: case IP_HIP: case IP_SHIM6:
		*next = plain_extension(pk, 8, 1);
		return true;
	case IP_FRAGMENT:
		*next = fragment_header(pk);
		return true;
	default:
		return false;
	}
}

uint16_t ip_udp_partial(const struct packet *pk, uint16_t length)
{
	uint32_t address = pk->src.family == 4 ? 4 : 16;

	return nf_sum16_fold((uint64_t)nf_sum16(pk->src.octets, address) +
		    nf_sum16(pk->dst.octets, address) + IP_UDP + length);
}

uint16_t ip_udp_checksum(const struct packet *pk, uint16_t length)
{
	/* The field itself is no part of it. */
	uint64_t sum = (uint64_t)nf_sum16(pk->p, 6) + nf_sum16(pk->p + 8, length - 8u) +
		       ip_udp_partial(pk, length);
	uint16_t checksum = (uint16_t)~nf_sum16_fold(sum);

	return checksum != 0 ? checksum : 0xffff;	/* 0 says that there is none */
}

/* That of a right IPv4 header is ffff (RFC 791 section 3.1). */
static bool header_sum_right(const uint8_t *p, uint32_t n)
{
	return nf_sum16(p, n) == 0xffff;
}

bool ip_plausible(const struct packet *pk, bool sure)
{
	uint32_t header, length;

	if (pk->n >= V4_HEADER && pk->p[0] >> 4 == 4) {
		header = (pk->p[0] & 0x0fu) * 4;
		length = nf_be16(pk->p + 2);
		if (header < V4_HEADER || length < header || length > pk->wire)
			return false;
		return !sure || (header <= pk->n && header_sum_right(pk->p, header));
	}
	if (pk->n >= V6_HEADER && pk->p[0] >> 4 == 6) {
		length = nf_be16(pk->p + 4);
		if (length > pk->wire - V6_HEADER)
			return false;
		return !sure || length == pk->wire - V6_HEADER;
	}
	return false;
}
