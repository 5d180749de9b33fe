/*
 * Totals over time: what the statistics grew by in each interval of capture time.
 *
 *	intervals_at(x, &stats, ts);	before each message or set that STATS takes in
 *	intervals_end(x, &stats);
 *
 * Intervals are aligned: they begin at multiples of their length since 1970.  Nothing is added up
 * twice: a row is a difference of totals, taken when the interval changes.
 *
 * Memory: a row for each interval in which there was something, up to max_rows; what falls into
 * further ones is added up in intervals_beyond.
 */
#ifndef MODEL_INTERVALS_H
#define MODEL_INTERVALS_H

#include "model/stats.h"

struct intervals_row {
	int64_t index;			/* begins at index * length */
	struct stats_version grew;
};

struct intervals;

/* LENGTH in nanoseconds; MAX_ROWS 0: 131072.  NULL if memory is out. */
struct intervals *intervals_new(int64_t length, size_t max_rows);
void intervals_free(struct intervals *x);

/* What comes next was captured at TS. */
void intervals_at(struct intervals *x, const struct stats *s, int64_t ts);

/* Put the rows in order; no more is fed. */
void intervals_end(struct intervals *x, const struct stats *s);

int64_t intervals_length(const struct intervals *x);
const struct intervals_row *intervals_row(const struct intervals *x, size_t i);	/* or NULL */
struct stats_version intervals_beyond(const struct intervals *x);

#endif
