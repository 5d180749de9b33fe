/*
 * What came over the time of a capture, in few pieces of equal length whatever its length is: as
 * the capture goes on, pieces become twice as long and two of them one.
 *
 *	timeline_at(t, &total, lost, ts);	before each message that TOTAL takes in
 *	timeline_delay(t, ns);			behind that, where it says when it was exported
 *	timeline_settle(t, &total, lost);	before looking, and at the end
 *	for (i = 0; i < TIMELINE_PIECES; i++) ... timeline_piece(t, i) ...
 *
 * Pieces begin at multiples of their length since 1970.  As in model/intervals.h each is a
 * difference of totals.
 */
#ifndef MODEL_TIMELINE_H
#define MODEL_TIMELINE_H

#include "model/stats.h"

enum { TIMELINE_PIECES = 512 };

struct timeline_piece {
	struct stats_version grew;
	int64_t lost;			/* below zero: what came late was counted before */
	int64_t delay_ns;		/* the greatest from export to capture; 0: none */
};

struct timeline {
	int64_t length;			/* of a piece, in nanoseconds */
	int64_t first;			/* pieces[0] begins at first * length */
	unsigned n;			/* pieces up to the last in which there was something */
	bool begun;
	unsigned at;			/* the present one */
	struct stats_version base;	/* the totals when it began */
	uint64_t base_lost;
	struct timeline_piece pieces[TIMELINE_PIECES];
};

/* LENGTH: of the pieces at first, in nanoseconds; 0: a second. */
void timeline_init(struct timeline *t, int64_t length);

/* What comes next was captured at TS; TOTAL and LOST are all that came before it. */
void timeline_at(struct timeline *t, const struct stats_version *total, uint64_t lost, int64_t ts);

/* The message that comes next was captured NS after its export time. */
void timeline_delay(struct timeline *t, int64_t ns);

/* What came since goes to its piece. */
void timeline_settle(struct timeline *t, const struct stats_version *total, uint64_t lost);

static inline const struct timeline_piece *timeline_piece(const struct timeline *t, unsigned i)
{
	return &t->pieces[i];
}

/* When piece I begins; stops at the ends of what 64 bits hold. */
int64_t timeline_time(const struct timeline *t, unsigned i);

#endif
