#include <config.h>

#include "capture/metered.h"

#include "base/bytes.h"
#include "capture/ip.h"

enum { IP_NO_NEXT = 59, IP_DCCP = 33, IP_UDPLITE = 136, MORE_V4 = 0x2000, AT_V4 = 0x1fff };

/*
 * What the header says that its packet is long, which is more than pk->wire where the frame was
 * damaged; where it does not say, all there is (see capture/ip.c).
 */
static uint32_t octets_of(const struct packet *pk)
{
	const uint8_t *p = pk->p;
	uint32_t length;

	if (p[0] >> 4 == 4) {
		length = nf_be16(p + 2);
		return length != 0 ? length : pk->wire;
	}
	length = nf_be16(p + 4);
	return length != 0 || p[6] == IP_NO_NEXT ? 40 + length : pk->wire;
}

/* A piece by itself, an atomic one (RFC 6946), is whole. */
static void fragment(struct capture_packet *m, const struct packet *behind, uint32_t id,
		     uint32_t at, bool more)
{
	m->fragment = at != 0 || more;
	m->more = more;
	m->fragment_id = id;
	m->fragment_at = at;
	m->fragment_octets = behind->wire;
}

/*
 * ESP and all that has no ports is read by that.  The flags of TCP stand in octets 12 and 13 (RFC
 * 9293 section 3.1): a first fragment may end before.
 */
static void transport(struct capture_packet *m, const struct packet *pk)
{
	const uint8_t *p = pk->p;

	switch (m->protocol) {
	case IP_TCP:
		if (pk->n >= 14)
			m->tcp_flags = nf_be16(p + 12) & 0x01ff;
		/* fall through */
	case IP_UDP: case IP_SCTP: case IP_DCCP: case IP_UDPLITE:
		m->transport = pk->n >= 4;
		if (!m->transport)
			return;
		m->src.port = nf_be16(p);
		m->dst.port = nf_be16(p + 2);
		return;
	case IP_ICMP: case IP_ICMPV6:
		m->transport = pk->n >= 2;
		if (!m->transport)
			return;
		m->icmp_type = p[0];
		m->icmp_code = p[1];
		return;
	default:
		m->transport = true;
		return;
	}
}

/*
 * What stands behind the extension headers.  Of later fragments none is there, and of a cut packet
 * perhaps not all.  In IPv4, the authentication header is a protocol.
 */
static bool behind_extensions(struct capture_packet *m, struct packet *pk)
{
	struct next next;

	while (m->src.addr.family == 6 && m->fragment_at == 0) {
		const uint8_t *p = pk->p;

		if (m->protocol == IP_FRAGMENT && pk->n >= 8) {
			uint16_t position = nf_be16(p + 2);

			packet_advance(pk, 8);
			fragment(m, pk, nf_be32(p + 4), position & 0xfff8, position & 1);
			m->protocol = p[0];
			continue;
		}
		if (!ip_extension(pk, m->protocol, &next))
			break;
		if (next.kind != NEXT_PROTOCOL)
			return false;
		m->protocol = (uint8_t)next.value;
	}
	return m->fragment_at == 0;
}

/* Of frames within frames, the outermost: what is before and behind is layer 2, not a tunnel. */
static void around(struct capture_packet *m, const struct packet *pk)
{
	uint32_t whole = pk->wire;

	m->before = (uint32_t)(pk->p - pk->base);
	if (pk->base == pk->frame->p && pk->more_wire == 0) {
		whole = pk->frame->wirelen > pk->frame->caplen ? pk->frame->wirelen :
								 pk->frame->caplen;
		whole -= m->before;
	}
	m->behind = whole > m->octets ? whole - m->octets : 0;
}

void metered_packet(const struct capture_watch *w, const struct packet *pk)
{
	struct packet copy = *pk;
	struct capture_packet m = {
		.frame = pk->frame->number, .ts_ns = pk->frame->ts_ns, .file = pk->frame->file,
		.depth = pk->tunnels, .vlans = pk->vlans, .labels = pk->labels,
		.vlan = pk->facts.vlan,
	};

	/* A fragment that cannot be right is a packet all the same: it has filled its addresses. */
	copy.src.family = 0;
	ip_read(&copy);
	if (copy.src.family == 0)
		return;
	m.src.addr = copy.src;
	m.dst.addr = copy.dst;
	m.tos = copy.facts.dscp_ecn;
	m.ttl = copy.facts.ttl;
	m.octets = octets_of(pk);
	around(&m, pk);
	if (copy.src.family == 4) {
		uint16_t position = nf_be16(pk->p + 6);

		m.protocol = pk->p[9];
		fragment(&m, &copy, nf_be16(pk->p + 4), (position & AT_V4) * 8u,
			 (position & MORE_V4) != 0);
	} else {
		m.protocol = pk->p[6];
	}
	if (behind_extensions(&m, &copy))
		transport(&m, &copy);
	w->packet(w->ctx, &m);
}
