/*
 * Between the files that compare flows.
 *
 * Clocks and days differ between two runs.  What is between the starts of a flow on both sides is
 * the same for all of a domain but for faults: the middle one of these distances is taken for the
 * difference of the clocks, and starts are compared after it.
 *
 * The new side was gathered like the old one (meaning_opts.like): mates have the same number, but
 * where their domains are held against each other by something else than their addresses; then keys
 * are looked for.  Values are held against each other there and then, quickly: most flows are the
 * same.  What is not sure to be is compared anew once the clocks are known.
 */
#ifndef MODEL_DIFF_FLOWS_H
#define MODEL_DIFF_FLOWS_H

#include "model/diff.h"

enum { DIFF_ALIKES = 256 };

/* A row of the old side. */
struct diff_pair {
	int64_t distance;		/* from its start to that of its mate */
	uint32_t mate;			/* row of the new side + 1; 0: none */
	uint16_t domain;
	bool uses : 1;			/* either has more than one row of this key */
	bool timed : 1;			/* there is a distance */
	bool same : 1;			/* but for their starts */
};

/* Where octets of two kept records are to be the same. */
struct diff_range {
	uint32_t at[2];
	uint16_t shift[2];		/* how many variable fields stand before them */
	uint16_t n;			/* NF_VARLEN: the value of a variable field */
};

/* How rows of two shapes are compared, and records of two plans. */
struct diff_alike {
	uint32_t of[2];			/* meaning_manner of the rows */
	bool made;
	uint16_t n, nranges;
	uint16_t (*columns)[2];		/* n of them: indices in both shapes */
	struct diff_range *ranges;	/* NULL: not both are kept as they came */
};

struct diff_flows {
	struct diff *d;
	int64_t *offsets;		/* by domain of the old side: new starts less old ones */
	int32_t *columns;		/* of the old side to those of the new; -1: none */
	int32_t *back;			/* of the new side to a place in a shape; -1 */
	struct diff_pair *pairs;	/* by row of the old side */
	struct diff_alike alikes[DIFF_ALIKES];
	bool first, duration, absolute;	/* wanted; of first: by time of day */
	double slack[2], share[2];	/* of both: duration, first */
	struct difference *into;	/* where changes are written; NULL: they are only weighed */
	double weight;
	bool differs;
};

/* A row with a start and an end. */
static inline bool diff_timed(const uint64_t *row)
{
	return (int64_t)row[MEANING_FIRST] <= (int64_t)row[MEANING_LAST];
}

/* What key I of `top` is in KEY: enum top_tag. */
static inline unsigned diff_tag_of(const uint64_t *key, unsigned i)
{
	return key[i / 8] >> i % 8 * 8 & 0xff;
}

/* -- diff_mates.c: who is whose. ------------------------------------------------------- */

void diff_find_mates(struct diff_flows *f);
/* What rows X and Y of PAIR have between them, and whether they are the same for sure. */
void diff_weigh(struct diff_flows *f, struct diff_pair *pair, const uint64_t *x, const uint64_t *y);

/* -- diff_uses.c: keys that are used again. -------------------------------------------- */

/* Of the uses of a key, the one that began first. */
const uint64_t *diff_earliest(const struct meaning *m, const uint64_t *row);

/* Of the rows of a key, that of NUMBER among them, the one that the key leads to. */
uint32_t diff_lead_of(const struct meaning *m, uint32_t number);

/* Mates of rows whose keys have several, once the clocks are known. */
void diff_match_uses(struct diff_flows *f);

/* -- diff_clock.c: what is between the clocks, once mates are known.  False: memory. --- */

bool diff_find_offsets(struct diff_flows *f);

/* Are the starts of PAIR near enough for sure? */
bool diff_starts_near(const struct diff_flows *f, const struct diff_pair *pair);
/* And their durations? */
bool diff_durations_near(const struct diff_flows *f, const uint64_t *a, const uint64_t *b);

/* -- diff_alike.c: what of two rows is compared. --------------------------------------- */

/* NULL if memory is out. */
const struct diff_alike *diff_alike_of(struct diff_flows *f, const uint64_t *a, const uint64_t *b);
void diff_alikes_done(struct diff_flows *f);
/* Are the values the same for sure?  False says nothing. */
bool diff_values_same(struct diff_flows *f, const uint64_t *a, const uint64_t *b);

/* -- diff_flow.c: one flow, in f->differs, f->weight and f->into. ----------------------- */

void diff_match_columns(struct diff_flows *f);
void diff_flow(struct diff_flows *f, const uint64_t *a, const uint64_t *b);

#endif
