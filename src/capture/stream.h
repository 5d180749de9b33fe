/*
 * One direction of a TCP connection: octets in order, and what came too early.
 */
#ifndef CAPTURE_STREAM_H
#define CAPTURE_STREAM_H

#include "capture/tcp.h"

/* Sequence numbers farther apart belong to another connection. */
#define STREAM_REACH (INT32_C(1) << 24)

/* A segment behind a hole, copied. */
struct late {
	struct late *before, *after;	/* by sequence number */
	uint8_t *octets;
	struct nf_extent *extents;
	uint32_t nextents;
	uint32_t seq, sent, captured;
};

struct stream {
	struct held held;		/* first, so that one pointer is both */
	struct nf_endpoint src, dst;

	/* Of the segment that came last. */
	uint64_t frame;
	int64_t ts_ns;
	uint32_t file;
	bool ts_fine;
	struct nf_frame_facts facts;

	/* Octets in order that are no message yet: direct, or else gathered. */
	struct gather gathered;
	const uint8_t *direct;		/* in the packet that is being read */
	uint32_t ndirect;
	uint32_t gap;			/* octets behind them that will not come */
	bool gap_cut;			/* of a segment that is there */
	uint32_t next;			/* sequence number behind those and the gap */
	uint32_t skip;			/* octets from there that belong to a torn message */

	struct late *first, *last;
	size_t late_cost;
	unsigned nlate;
	struct stream *elder, *younger;	/* among those with holes */
	int64_t hole_since;
	uint32_t acked;
	bool ack_seen;			/* since the hole came to be */
	bool hurry;			/* give holes up at once */

	uint32_t fin;
	bool fin_seen;
	bool closing;			/* nothing more comes */

	bool synced;			/* a message begins at the front, if nothing is lost */
	bool from_start;		/* the front is the connection's first octet */
	bool opened;			/* its SYN was seen */
	bool confirmed;			/* has had a message */
	bool after_hole;
	uint32_t searched;		/* octets passed over or lost since the last message */
	uint32_t segments;		/* taken since the last message */
	uint64_t at;			/* of the front in the stream */

	/* Where a message should have begun, and none did: while it is searched for. */
	bool lost;
	uint64_t lost_at;
	uint64_t lost_frame;
	int64_t lost_ts;
	uint32_t lost_file;
	uint8_t nlost, lost_octets[8];
};

/* Why stream_next has nothing more. */
enum stream_end {
	STREAM_MESSAGE,		/* it has: *OUT is filled */
	STREAM_WAITS,		/* for the next segment */
	STREAM_OTHER,		/* it carries nothing that the framer knows: free it */
	STREAM_ENCRYPTED,	/* TLS: free it */
	STREAM_CLOSED,		/* it has ended: free it */
	STREAM_NO_MEMORY,	/* free it */
};

/*
 * Take in the octets of SEG behind its header, which begin at SEQ.  SEG's packet must stay
 * until stream_next has said STREAM_WAITS.  False if memory is out.
 */
bool stream_take(struct tcp *t, struct stream *s, const struct segment *seg, uint32_t seq);

enum stream_end stream_next(struct tcp *t, struct stream *s, struct nf_datagram *out);

/* S is to be freed: the end of what it waits for is told. */
void stream_give_up(const struct tcp *t, struct stream *s);

/* Octets of memory that S takes. */
size_t stream_cost(const struct stream *s);

/* Free S, which has been taken out of every list of others. */
void stream_free(struct stream *s);

/* Take S, which has a hole, out of the list of such streams. */
void stream_hole_end(struct tcp *t, struct stream *s);

#endif
