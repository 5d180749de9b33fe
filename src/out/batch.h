/*
 * Copies of messages with all that their formatting needs, for another thread: octets, header
 * values, and which layout each data set is read with, for that only the tracker knows.
 *
 *	if (batch_add(b, &view) ...)		one thread, that of the tracker
 *	...
 *	for (i = 0; i < b->nmessages; i++)	another, afterwards
 *		batch_view(b, i, &replay, &view);
 *
 * Layouts and versions live as long as the tracker.  A layout changes where a type record (RFC
 * 5610) does: no batch may be in use then.
 */
#ifndef OUT_BATCH_H
#define OUT_BATCH_H

#include "base/strbuf.h"
#include "track/tracker.h"

enum {
	/* octets of messages, and records, that make a batch full */
	BATCH_OCTETS = 32 << 10,
	BATCH_RECORDS = 4096,
};

struct batch_message {
	struct nf_msg msg;		/* its octets: see at */
	struct nf_datagram datagram;	/* without payload and extents */
	uint32_t offset;
	size_t at;			/* of its octets in batch->octets */
	size_t first;			/* of its resolutions */
};

struct batch {
	struct batch_message *messages;
	size_t nmessages, cap_messages;
	struct nf_resolution *resolutions;
	size_t nresolutions, cap_resolutions;
	uint8_t *octets;
	size_t noctets, cap_octets;
	size_t nrecords;		/* at most so many */
	/* The owner's: */
	struct nf_strbuf text;
	bool failed;
};

enum batch_added {
	BATCH_ADDED,
	BATCH_NOTHING,		/* there are no data sets in it */
	BATCH_LISTS,		/* a set with lists in it, whose layouts the tracker must find */
	BATCH_LARGE,		/* so many records that their text had better not wait */
	BATCH_NO_MEMORY,
};

/* A batch begins zeroed. */
void batch_done(struct batch *b);
void batch_clear(struct batch *b);

/* Append V, of which each data set is resolved; with LISTS false lists are of no interest. */
enum batch_added batch_add(struct batch *b, const struct nf_view *v, bool lists);

static inline bool batch_full(const struct batch *b)
{
	return b->noctets >= BATCH_OCTETS || b->nrecords >= BATCH_RECORDS;
}

/* Where the resolver of a view is in the batch. */
struct batch_replay {
	const struct nf_resolution *next, *end;
};

/* Message I again, with a resolver that answers for its data sets one after another. */
void batch_view(const struct batch *b, size_t i, struct batch_replay *replay, struct nf_view *v);

#endif
