/*
 * A packet on its way through the layers.
 *
 * A layer is a function that reads its header at the front of the packet, moves the packet
 * past it and says what follows.  It knows no other layer: dissect.c leads the packet from
 * one to the next.  Layers without state (link, wlan, ip, tunnel) work on the packet alone,
 * so that a tunnel can be tried on a copy.
 */
#ifndef CAPTURE_PACKET_H
#define CAPTURE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "base/datagram.h"
#include "capture/frame.h"
#include "capture/source.h"

/* A piece of an IP datagram, as its header says (RFC 791 section 3.1, RFC 8200 section 4.5). */
struct fragment {
	uint32_t id;
	uint32_t at;		/* octets from the start of the datagram's payload */
	bool more;
	uint8_t protocol;	/* IPv6: that of the first fragment counts */
};

struct packet {
	const struct frame *frame;
	const uint8_t *p;	/* the first octet that no layer has read */
	uint32_t n;		/* octets captured from there */
	uint32_t wire;		/* octets sent from there; never less than n */

	const uint8_t *more;	/* A-MSDU: the subframes behind this one, more_n captured */
	uint32_t more_n, more_wire;

	const uint8_t *base;	/* where extents begin: the frame, or a reassembled datagram */
	const struct nf_extent *extents;
	uint32_t nextents;

	uint32_t scope;		/* hash of VLANs and tunnel identifiers: one address space */
	uint8_t tunnels;	/* entered so far */
	bool probing;		/* a copy that link_plausible tries */
	uint8_t vlans;		/* tags met, the outermost of which is facts.vlan's; saturated */
	uint8_t labels;		/* of MPLS, saturated */
	bool routed;		/* the packet says of itself that dst may not be the last one */
	struct nf_addr src, dst;	/* of the innermost IP header */
	struct nf_frame_facts facts;
	struct fragment fragment;
};

enum next_kind {
	NEXT_SKIP,		/* .value: enum capture_skip */
	NEXT_DONE,		/* the packet is taken care of */
	NEXT_LINK,		/* .value: LINKTYPE */
	NEXT_ETHERTYPE,		/* .value: EtherType */
	NEXT_IP,		/* version 4 or 6, as the first four bits say */
	NEXT_PROTOCOL,		/* .value: IP protocol or next header */
	NEXT_FRAGMENT,		/* packet.fragment is filled */
};

struct next {
	enum next_kind kind;
	uint32_t value;
};

static inline struct next next_skip(enum capture_skip reason)
{
	return (struct next){ NEXT_SKIP, reason };
}

static inline struct next next_is(enum next_kind kind, uint32_t value)
{
	return (struct next){ kind, value };
}

/* Leave LEN octets behind; they have been checked to be there. */
static inline void packet_advance(struct packet *pk, uint32_t len)
{
	pk->p += len;
	pk->n -= len;
	pk->wire -= len;
}

/* As packet_advance, for a header of which the capture may hold less. */
static inline void packet_advance_cut(struct packet *pk, uint32_t len)
{
	uint32_t have = len < pk->n ? len : pk->n;

	pk->p += have;
	pk->n -= have;
	pk->wire -= len < pk->wire ? len : pk->wire;
}

/* The packet ends after LEN octets: what follows is padding or a trailer. */
static inline void packet_limit(struct packet *pk, uint32_t len)
{
	if (pk->wire > len)
		pk->wire = len;
	if (pk->n > len)
		pk->n = len;
}

/* One more of what is counted in octets. */
static inline void packet_count(uint8_t *n)
{
	*n += *n < UINT8_MAX;
}

static inline void packet_scope(struct packet *pk, uint32_t id)
{
	pk->scope = (pk->scope ^ id) * 0x9e3779b1u + 1;
}

/* An event of KIND in PK; without ports. */
static inline struct capture_event packet_event(const struct packet *pk,
						enum capture_event_kind kind,
						enum nf_transport transport)
{
	return (struct capture_event){
		.kind = kind, .transport = transport, .frame = pk->frame->number,
		.ts_ns = pk->frame->ts_ns, .file = pk->frame->file,
		.src = { .addr = pk->src }, .dst = { .addr = pk->dst },
	};
}

#endif
