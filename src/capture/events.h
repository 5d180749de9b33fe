/*
 * Events: what a capture shows besides datagrams.
 *
 * They come from within source_next, in the order of the frames: those of a frame before the
 * datagrams that it completes.  An event is valid during the call; none is kept, and none needs
 * memory of its own.
 */
#ifndef CAPTURE_EVENTS_H
#define CAPTURE_EVENTS_H

#include "base/datagram.h"

enum capture_event_kind {
#define EVENT(name, text, at, amount) EVENT_##name,
#include "capture/events.def"
#undef EVENT
	CAPTURE_EVENTS
};

extern const char *const capture_event_name[CAPTURE_EVENTS];

/* Who of a TLS session says something of its version. */
enum tls_hello {
	TLS_NO_HELLO,	/* a record, in the midst of the session */
	TLS_CLIENT,	/* offers versions */
	TLS_SERVER,	/* has chosen one */
};

struct capture_event {
	enum capture_event_kind kind;
	enum nf_transport transport;
	uint64_t frame;		/* 1-based in its file; 0: none */
	int64_t ts_ns;
	uint32_t file;
	struct nf_endpoint src, dst;	/* family 0: none */
	uint64_t at, amount;	/* see events.def */
	/*
	 * As on the wire: 0x0303 is TLS 1.2, 0xfefd DTLS 1.2.  Of a client's offer the highest and
	 * the lowest; the lowest is the highest where it does not say.
	 */
	uint16_t version, lowest;
	uint16_t sctp_stream, sctp_ssn;
	enum tls_hello hello;
	bool first_alone, cut, ended;
	uint8_t noctets, octets[8];	/* what stands there */
};

/*
 * An IP packet of a frame, for whoever meters traffic: each IP header of it that is read, the
 * outermost first, before what it carries.  What is cut off is absent, and never made up.
 */
struct capture_packet {
	uint64_t frame;		/* 1-based in its file */
	int64_t ts_ns;
	uint32_t file;
	uint8_t depth;		/* tunnels around it; 0: the outermost header */
	uint8_t protocol;	/* behind the extension headers of IPv6 */
	uint8_t tos;		/* DSCP and ECN, or the traffic class */
	uint8_t ttl;
	struct nf_endpoint src, dst;	/* ports 0 where TRANSPORT is false or there are none */
	bool transport;		/* ports, flags, type and code were read */
	uint16_t tcp_flags;	/* 9 bits, RFC 9293 section 3.1 */
	uint8_t icmp_type, icmp_code;
	uint8_t vlans;		/* tags before it */
	uint8_t labels;		/* of MPLS */
	uint16_t vlan;		/* the outermost tag's id */
	uint32_t octets;	/* of the packet, its header included, as it says itself */
	uint32_t before;	/* octets of the frame before it, */
	uint32_t behind;	/* and behind it: padding, a trailer */
	bool fragment;
	bool more;		/* of a fragment: others follow */
	uint32_t fragment_id, fragment_at;	/* octets from the start of the datagram */
	uint32_t fragment_octets;	/* of the datagram in it */
};

/* Who hears of events, and what is looked at for his sake. */
struct capture_watch {
	void (*event)(void *ctx, const struct capture_event *e);
	void *ctx;
	/*
	 * IP packets, each fragment by itself, and what a tunnel carries in fragments once it is
	 * whole; NULL: nobody asks.
	 */
	void (*packet)(void *ctx, const struct capture_packet *p);
	bool checksums;		/* fill udp_computed, _bad and _partial of the facts */
};

static inline bool capture_watched(const struct capture_watch *w)
{
	return w->event != NULL;
}

#endif
