/*
 * Reassembly of IP fragments (RFC 791 section 3.2, RFC 8200 section 4.5).
 *
 * Pieces may come in any order, repeated, and cut by the capture.  Where two of them cover
 * the same octets and differ, the one captured first stands in IPv4; in IPv6 the datagram is
 * given up (RFC 5722).  What is incomplete 30 s (IPv4) or 60 s (IPv6) of capture time after
 * its first piece is dropped and counted.
 */
#ifndef CAPTURE_FRAG_H
#define CAPTURE_FRAG_H

#include "capture/gather.h"
#include "capture/hold.h"

struct frag_datagram;

struct frag {
	struct hold *hold;
	struct capture_counts *counts;
	const struct capture_watch *watch;
	struct frag_datagram *eldest[2], *youngest[2];	/* IPv4, IPv6: by their first piece */
	struct frag_datagram *spent;	/* whole; a packet that was given out points into them */
};

void frag_init(struct frag *f, struct hold *hold, struct capture_counts *counts,
	       const struct capture_watch *watch);
void frag_done(struct frag *f);

/*
 * Take the piece at the front of PK, whose fragment field is filled.  If it completes its
 * datagram, PK becomes that datagram's payload (valid until frag_release), and
 * NEXT_PROTOCOL is returned; else NEXT_DONE or NEXT_SKIP.
 */
struct next frag_read(struct frag *f, struct packet *pk);

/* Packets given out are done with. */
void frag_release(struct frag *f);

/* No more frames come, the last one came at NOW: what is incomplete is counted and dropped. */
void frag_finish(struct frag *f, int64_t now);

#endif
