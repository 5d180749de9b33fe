/*
 * Frames and the dissector: what the containers hand to link, IP and transport.
 *
 * The containers (pcapfile.c, pcapng.c) and the order of frames (order.c, merge.c) stand on
 * one side of this header, everything from the link layer up on the other.  Ordering happens
 * on frames, before dissection, so that reassembled data has the number and the stamp of the
 * piece that completed it.
 */
#ifndef CAPTURE_FRAME_H
#define CAPTURE_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/datagram.h"
#include "base/err.h"
#include "capture/source.h"

struct frame {
	const uint8_t *p;	/* caplen octets, borrowed until the next frame is read */
	uint32_t caplen;	/* octets captured */
	uint32_t wirelen;	/* octets that were on the wire; less than caplen in odd files */
	int64_t ts_ns;		/* nanoseconds since 1970-01-01 UTC */
	uint64_t number;	/* 1-based in its file */
	uint32_t file;		/* index into the files of the command line */
	uint64_t offset;	/* file offset of p[0], as decompressed */
	int linktype;		/* LINKTYPE value, not DLT */
	bool ts_fine;		/* the stamp's resolution is finer than a microsecond */
	uint64_t back_ns;	/* how much earlier its stamp is than that of the frame before it */
};

/* State: fragments, streams; one per source (over all files). */
struct dissector;

/*
 * COUNTS is borrowed until dissector_free; the dissector adds to skipped and
 * skipped_linktype alone.  NULL and *ERR if memory is out.
 */
struct dissector *dissector_new(const struct capture_opts *o, struct capture_counts *counts,
				struct nf_err *err);

/* From now on, W, which is copied, hears of events; see capture/events.h. */
void dissector_watch(struct dissector *d, const struct capture_watch *w);

/* Feed one frame, in the order of delivery; 0 or more datagrams become ready. */
void dissector_feed(struct dissector *d, const struct frame *f);

/*
 * Take the next ready datagram (ordinal and stepped_back left 0); false when there is none.
 * Payload and extents are valid until the next call of the dissector.
 */
bool dissector_next(struct dissector *d, struct nf_datagram *out);

/*
 * End of input: flush what TCP streams still hold, count unfinished fragments.  Then call
 * dissector_next again.
 */
void dissector_finish(struct dissector *d);

void dissector_free(struct dissector *d);

#endif
