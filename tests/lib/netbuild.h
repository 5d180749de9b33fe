/*
 * Packets built from the inside out, and what the dissector makes of frames.
 *
 *	struct net n;
 *	struct rig r;
 *
 *	net_begin(&n, "hello", 5);
 *	net_udp(&n, 2055, 9995);
 *	net_ip(&n, "10.0.0.1", "10.0.0.9", 17);
 *	net_hex(&n, "0000 0000 0000 0000 0000 0000 0800");
 *	rig_begin(&r, &(struct capture_opts){ 0 });
 *	rig_feed(&r, 1, net_bytes(&n));
 *	... r.got[0], r.counts.skipped[SKIP_NOT_IP]
 *	rig_end(&r);
 *
 * Lengths and checksums of IP are right; those of transports are zero.
 */
#ifndef TESTS_LIB_NETBUILD_H
#define TESTS_LIB_NETBUILD_H

#include "capture/frame.h"
#include "capture/packet.h"

enum { NET_ROOM = 160 << 10, NET_TAIL = 16 << 10 };

struct net {
	uint8_t octets[NET_ROOM];
	size_t from, to;
};

void net_begin(struct net *n, const void *p, size_t len);
struct nf_bytes net_bytes(const struct net *n);

/* Put octets before what is there; HEX may contain blanks. */
void net_push(struct net *n, const void *p, size_t len);
void net_hex(struct net *n, const char *hex);
void net_be(struct net *n, uint64_t v, unsigned len);

/* Put LEN zero octets behind what is there. */
void net_trail(struct net *n, size_t len);

void net_udp(struct net *n, uint16_t sport, uint16_t dport);

enum { NET_FIN = 1, NET_SYN = 2, NET_RST = 4, NET_ACK = 16 };
void net_tcp(struct net *n, uint16_t sport, uint16_t dport, uint32_t seq, uint32_t ack,
	     uint8_t flags);

/* IPv4 or IPv6, by the addresses. */
void net_ip(struct net *n, const char *src, const char *dst, uint8_t protocol);

/* A fragment that begins AT octets in; in IPv6 with a fragment header. */
void net_piece(struct net *n, const char *src, const char *dst, uint8_t protocol, uint32_t id,
	       uint32_t at, bool more);

/* An SCTP chunk around what is there, padded; and the common header. */
struct net_chunk {
	uint8_t type, flags;
	uint32_t tsn;
	uint16_t stream, ssn;
	uint32_t mid, fsn;	/* I-DATA */
};
void net_chunk(struct net *n, const struct net_chunk *c);
void net_sctp(struct net *n, uint16_t sport, uint16_t dport, uint32_t tag);

/* Ethernet of the type that the IP version at the front asks for. */
void net_ethernet(struct net *n);

/* A framer for messages like those of IPFIX: 000a, length, then four octets NET_MARK. */
#define NET_MARK 0x6a5b4c3du
extern const struct framer net_framer;

/* Message number NUMBER of LEN octets (12 at least), which that framer knows. */
void net_message(uint8_t *p, size_t len, uint32_t number);

/* A datagram as handed on, with a copy of its payload and extents. */
struct got {
	struct nf_datagram d;
	uint8_t *payload;
	struct nf_extent *extents;
};

/*
 * Whatever comes out is held against the file that the frames would make: the extents name
 * the payload, octet for octet, and lengths agree.
 */
struct rig {
	struct dissector *d;
	struct capture_counts counts;
	struct got *got;
	size_t ngot;
	uint64_t frames;
	uint8_t *file;
	uint64_t offset;	/* of the next frame in it */
	uint64_t room;
	int64_t ts_ns;		/* of the next frame; grows by a millisecond a frame */
	uint32_t missing;	/* octets by which the next frame was longer on the wire */
	struct capture_event *events;	/* since rig_watch */
	size_t nevents;
};

/* False if the dissector could not be had. */
bool rig_begin(struct rig *r, const struct capture_opts *opts);
/* From here on events are kept, and checksums looked at. */
void rig_watch(struct rig *r);
void rig_feed(struct rig *r, int linktype, struct nf_bytes frame);
void rig_finish(struct rig *r);
void rig_end(struct rig *r);

/* All that was skipped, for whatever reason. */
uint64_t rig_skipped(const struct rig *r);

/* The same numbers in every run. */
uint32_t net_random(uint64_t *state);

#endif
