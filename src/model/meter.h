/*
 * A metering process (RFC 7011 section 2) of our own: packets in, flows out, by key and direction,
 * with their packets in order.  It knows no timeout: what exporters cut up is whole here, and may
 * be cut where they did.
 *
 *	struct meter *m = meter_new(&opts);
 *
 *	for all packets, in order:	meter_packet(m, &packet);
 *	meter_end(m);
 *	... meter_flow_at(m, i), meter_find(m, &key), meter_step(m, &at, &packet) ...
 *	meter_free(m);
 *
 * Fragments are given to the flow of the first one of their datagram, before or after them.  They
 * wait for it as long as an identification is taken, so that flows are not complete before
 * meter_end.
 *
 * Memory: a row a flow, of which there are at most max_flows, and a row a packet, of which there
 * are at most max_packets; and 65536 fragments that wait.  Packets of further flows are counted in
 * `beyond`; of flows whose packets found no room the sums are right, and `partial` is set.
 */
#ifndef MODEL_METER_H
#define MODEL_METER_H

#include "base/datagram.h"
#include "capture/events.h"

enum meter_depth { METER_OUTER, METER_INNER };

struct meter_opts {
	enum meter_depth depth;		/* of tunnels: the outermost header, or the innermost */
	size_t max_flows, max_packets;	/* 0: METER_FLOWS, METER_PACKETS */
};

enum { METER_FLOWS = 1000000, METER_PACKETS = 1 << 25 };

/*
 * ICMP has its type and code where others have the destination port: type << 8 | code, and source
 * port 0.  So have packets whose ports cannot be known 0 in both: later fragments of a datagram
 * whose first one is not there, or is one of several with the same identification.
 */
struct meter_key {
	struct nf_addr src, dst;
	uint16_t sport, dport;
	uint8_t protocol;
};

struct meter_counts {
	uint64_t packets;
	uint64_t octets;		/* of IP packets: what IANA's octet elements count */
	uint64_t behind;		/* Ethernet padding and trailers */
	uint64_t before;		/* headers of layer 2 */
};

struct meter_flow {
	struct meter_key key;
	struct meter_counts all;
	struct meter_counts fragments;	/* the part of them that are later fragments */
	uint64_t vlans[3];		/* packets without a tag, with one, with more */
	/* packets whose ports could not be told for sure, or what else their datagram had */
	uint64_t unknowable;
	int64_t first_ns, last_ns;
	uint64_t frame;			/* its first one */
	uint32_t file;
	uint16_t flags;			/* of TCP: the OR of all */
	uint8_t tos, tos_or;		/* of the first packet; the OR of all */
	uint64_t tos_seen[4];		/* a bit for each of 256 values */
	bool exports;			/* its packets were recognised as flow export */
	bool partial;			/* its packets are not all there to step through */
	uint32_t first, last;		/* private: rows of packets + 1 */
	uint32_t index;			/* of meter_flow_at */
};

/* A packet of a flow. */
struct meter_packet_row {
	int64_t ts_ns;
	uint32_t octets;		/* as in struct meter_counts */
	uint16_t behind, before;	/* saturated */
	uint16_t flags;
	uint8_t tos;
	bool later;			/* a later fragment */
	uint32_t next;			/* private */
};

struct meter_totals {
	struct meter_counts all;
	uint64_t frames;		/* that had any of them */
	uint64_t others;		/* frames before and between these, which had none */
	uint64_t tunnelled;		/* packets of a depth that is not metered */
	uint64_t beyond;		/* packets of flows that found no room */
	uint64_t rowless;		/* packets that found none, though their flows did */
	uint64_t unread;		/* whose transport header was cut off */
	uint64_t unknowable;		/* as of flows; the unread among them */
	int64_t first_ns, last_ns;
};

struct meter;

/* NULL where memory is out. */
struct meter *meter_new(const struct meter_opts *opts);
void meter_free(struct meter *m);

/* As struct capture_watch has it; frames come in order. */
void meter_packet(struct meter *m, const struct capture_packet *p);
/*
 * The flow from SRC to DST over UDP, TCP or SCTP, and what comes back, is flow export, and so no
 * traffic that must be.  Of more than 4096 of them, the further ones are forgotten.
 */
void meter_exports(struct meter *m, const struct nf_datagram *d);
/* All was read.  False if memory was out. */
bool meter_end(struct meter *m);

size_t meter_flows(const struct meter *m);
const struct meter_flow *meter_flow_at(const struct meter *m, size_t i);
/* NULL where there is none. */
const struct meter_flow *meter_find(const struct meter *m, const struct meter_key *key);
const struct meter_totals *meter_totals(const struct meter *m);

/* The packets of F in order: *AT begins at 0.  NULL behind the last one. */
const struct meter_packet_row *meter_step(const struct meter *m, const struct meter_flow *f,
					  uint32_t *at);

#endif
