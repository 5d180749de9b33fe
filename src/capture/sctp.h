/*
 * SCTP (RFC 9260): chunks to user messages.
 *
 * A user message is handed on when its last fragment is there, in the order of the capture:
 * streams are not put in the order of their sequence numbers.  DATA and I-DATA (RFC 8260)
 * chunks are read; a TSN seen before is a retransmission, and dropped.
 */
#ifndef CAPTURE_SCTP_H
#define CAPTURE_SCTP_H

#include "capture/gather.h"
#include "capture/hold.h"

enum { SCTP_ASKED = 256 };

struct sctp {
	struct hold *hold;
	struct capture_counts *counts;
	const struct capture_watch *watch;
	const struct packet *pk;	/* whose chunks are being read; NULL if none */
	struct packet rest;		/* the chunks not yet read */
	struct hold_key key;
	uint16_t sport, dport;
	/* Hashes of the keys, without tag, of those who have asked for an association. */
	uint64_t asked[SCTP_ASKED];
	struct gather whole;		/* a message put together from fragments */
	struct extents out;
};

void sctp_init(struct sctp *t, struct hold *hold, struct capture_counts *counts,
	       const struct capture_watch *watch);
void sctp_done(struct sctp *t);

/* Take the packet at the front of PK; sctp_next gives its messages. */
struct next sctp_read(struct sctp *t, struct packet *pk);

/* The next message of the packet; payload and extents are valid until the next call. */
bool sctp_next(struct sctp *t, struct nf_datagram *out);

/* No more frames come: count messages that stayed incomplete. */
void sctp_finish(struct sctp *t);

#endif
