/*
 * TCP (RFC 9293): segments to streams, streams to messages.
 *
 * A stream is one direction of a connection.  Segments may come in any order, repeated and
 * overlapping; of contradicting copies the one that starts earlier stands.  A hole is given
 * up when the peer has acknowledged what is behind it, when LATE_MAX octets wait behind it,
 * after HOLE_AGE of capture time, or where the stream ends; the message that it tears is
 * then handed on as far as it was captured.  A message has the frame and the stamp of the
 * segment that was the last to come when it was handed on.
 *
 * Streams that carry nothing that the framer knows cost a slot in a fixed table.
 */
#ifndef CAPTURE_TCP_H
#define CAPTURE_TCP_H

#include "capture/gather.h"
#include "capture/hold.h"

struct stream;
struct tcp_hint;

/* A segment, as its header says. */
struct segment {
	const struct packet *pk;	/* which stands at the payload */
	uint64_t hash;			/* of key */
	struct hold_key key;
	uint32_t seq, ack;
	uint16_t sport, dport;
	uint8_t flags;
};

struct tcp {
	struct hold *hold;
	struct capture_counts *counts;
	const struct capture_watch *watch;
	const struct framer *framer;
	struct tcp_hint *hints;
	struct stream *current;		/* may have messages */
	struct stream *eldest, *youngest;	/* streams with holes, by the holes' age */
	struct segment segment;
	bool again;			/* the segment waits until current is dealt with */
	bool finishing;
	struct extents out;		/* of the message handed on last */
};

void tcp_init(struct tcp *t, struct hold *hold, struct capture_counts *counts,
	      const struct framer *framer, const struct capture_watch *watch);
void tcp_done(struct tcp *t);

/* Take the segment at the front of PK; messages may be ready.  PK is used until the next one. */
struct next tcp_read(struct tcp *t, struct packet *pk);

/*
 * The next ready message; false if there is none, and only then may another packet be read.
 * Payload and extents are valid until the next call.
 */
bool tcp_next(struct tcp *t, struct nf_datagram *out);

/* No more frames come: tcp_next then gives what streams still hold. */
void tcp_finish(struct tcp *t);

#endif
