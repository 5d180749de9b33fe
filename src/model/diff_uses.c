/*
 * A key that is used again is several flows: which of one side is which of the other.
 *
 * What splits them is a pause.  Whether one is seen depends on how the exporter cuts records, so a
 * pause counts where both sides have it: on a common clock, uses of either side that touch are one.
 * What is left alone of one side belongs to what is left of the other, in order of time: it has
 * moved.
 */
#include <config.h>

#include "model/diff_flows.h"

#include <stdlib.h>

enum { ROOM = 2 * (MEANING_USES + 1) };

struct use {
	uint32_t row;			/* its number, from 1 */
	int64_t first, last;		/* by the clock of the old side */
	unsigned side;
};

static uint64_t *row_of(const struct diff_flows *f, unsigned side, uint32_t number)
{
	return top_table_row(&f->d->of[side]->flows, number - 1);
}

static void unmate(const struct diff_flows *f, unsigned side, uint32_t number)
{
	if (side == 0)
		f->pairs[number - 1].mate = 0;
	else
		f->d->matched[1][number - 1] = false;
}

static unsigned take_ring(const struct diff_flows *f, struct use *v, unsigned n, uint32_t number,
			  unsigned side, int64_t offset)
{
	uint32_t use = number;

	while (use != 0 && n < ROOM) {
		const uint64_t *row = row_of(f, side, use);

		if (meaning_records(row) != 0)
			v[n++] = (struct use){
				.row = use, .side = side,
				.first = (int64_t)(row[MEANING_FIRST] - (uint64_t)offset),
				.last = (int64_t)(row[MEANING_LAST] - (uint64_t)offset),
			};
		unmate(f, side, use);
		use = meaning_next(row);
		if (use == number)
			break;
	}
	return n;
}

static int by_time(const void *a, const void *b)
{
	const struct use *x = a, *y = b;

	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	if (x->last != y->last)
		return x->last < y->last ? -1 : 1;
	return (x->side > y->side) - (x->side < y->side);
}

static void pair(struct diff_flows *f, uint32_t a, uint32_t b)
{
	f->pairs[a - 1].mate = b;
	f->d->matched[1][b - 1] = true;
	diff_weigh(f, &f->pairs[a - 1], row_of(f, 0, a), row_of(f, 1, b));
}

/* How many of V, which has N, there are before a pause of both sides. */
static unsigned until_pause(const struct use *v, unsigned n)
{
	int64_t last = v[0].last;
	unsigned i = 1;

	for (; i < n; i++) {
		if (v[i].first > last &&
		    (uint64_t)v[i].first - (uint64_t)last >= (uint64_t)MEANING_PAUSE)
			break;
		if (v[i].last > last)
			last = v[i].last;
	}
	return i;
}

/* A pause of both sides ends at V, which has N uses: those of either are one. */
static void be_one(const struct diff_flows *f, struct use *v, unsigned n, struct use *one[2])
{
	one[0] = one[1] = NULL;
	for (unsigned i = 0; i < n; i++) {
		unsigned side = v[i].side;

		if (one[side] == NULL)
			one[side] = &v[i];
		else
			meaning_merge(f->d->of[side], one[side]->row, v[i].row);
	}
}

/*
 * The uses of a key on both sides, A and B among them: which is which.  What one side has in one
 * and the other in several is one in both.
 */
static void match_uses(struct diff_flows *f, uint32_t a, uint32_t b, int64_t offset)
{
	struct use v[ROOM], *one[2], alone[2][ROOM];
	unsigned n = take_ring(f, v, 0, a, 0, 0), nalone[2] = { 0 }, some;

	n = take_ring(f, v, n, b, 1, offset);
	qsort(v, n, sizeof(*v), by_time);
	for (unsigned from = 0; from < n; from += some) {
		some = until_pause(v + from, n - from);
		be_one(f, v + from, some, one);
		if (one[0] != NULL && one[1] != NULL)
			pair(f, one[0]->row, one[1]->row);
		for (unsigned side = 0; side < 2; side++)
			if (one[side] != NULL && one[!side] == NULL)
				alone[side][nalone[side]++] = *one[side];
	}
	for (unsigned i = 0; i < nalone[0] && i < nalone[1]; i++)
		pair(f, alone[0][i].row, alone[1][i].row);
}

/* Of the rows of a key, one. */
static bool leads(const struct meaning *m, uint32_t number)
{
	return diff_lead_of(m, number) == number;
}

uint32_t diff_lead_of(const struct meaning *m, uint32_t number)
{
	uint32_t lead = number, use = meaning_next(top_table_row(&m->flows, number - 1));

	for (; use != 0 && use != number; use = meaning_next(top_table_row(&m->flows, use - 1)))
		if (use < lead)
			lead = use;
	return lead;
}

void diff_match_uses(struct diff_flows *f)
{
	const struct meaning *old = f->d->of[0];

	for (size_t i = 0; i < old->flows.n; i++)
		if (f->pairs[i].uses && f->pairs[i].mate != 0 && leads(old, (uint32_t)i + 1))
			match_uses(f, (uint32_t)i + 1, f->pairs[i].mate,
				   f->offsets[f->pairs[i].domain]);
}

const uint64_t *diff_earliest(const struct meaning *m, const uint64_t *row)
{
	const uint64_t *first = row, *use = meaning_next_use(m, row);

	for (; use != NULL && use != row; use = meaning_next_use(m, use))
		if ((int64_t)use[MEANING_FIRST] < (int64_t)first[MEANING_FIRST])
			first = use;
	return first;
}
