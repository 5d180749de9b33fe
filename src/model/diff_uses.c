/*
 * A key that is used again is several flows: which of one side is which of the other.
 *
 * What splits them is a pause.  Whether one is seen depends on how the exporter cuts records, so a
 * pause counts where both sides have it: on a common clock, uses of either side that touch are one.
 * What is left alone of one side belongs to what is left of the other, in order of time: it has
 * moved.
 */
#include <config.h>

#include "model/diff.h"

#include <stdlib.h>

enum { ROOM = 2 * (MEANING_USES + 1) };

struct use {
	uint64_t *row;
	int64_t first, last;		/* by the clock of the old side */
	unsigned side;
};

static unsigned take_ring(struct use *v, unsigned n, uint64_t *row, unsigned side, int64_t offset)
{
	uint64_t *use = row;

	while (use != NULL && n < ROOM) {
		if (use[MEANING_RECORDS] != 0)
			v[n++] = (struct use){
				.row = use, .side = side,
				.first = (int64_t)(use[MEANING_FIRST] - (uint64_t)offset),
				.last = (int64_t)(use[MEANING_LAST] - (uint64_t)offset),
			};
		use[MEANING_MATE] = 0;
		use = (uint64_t *)(uintptr_t)use[MEANING_NEXT];
		if (use == row)
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

static void pair(uint64_t *a, uint64_t *b)
{
	a[MEANING_MATE] = (uint64_t)(uintptr_t)b;
	b[MEANING_MATE] = (uint64_t)(uintptr_t)a;
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

void diff_uses(struct diff *d, uint64_t *a, uint64_t *b, int64_t offset)
{
	struct use v[ROOM], *one[2], alone[2][ROOM];
	unsigned n = take_ring(v, 0, a, 0, 0), nalone[2] = { 0 }, some;

	n = take_ring(v, n, b, 1, offset);
	qsort(v, n, sizeof(*v), by_time);
	for (unsigned from = 0; from < n; from += some) {
		some = until_pause(v + from, n - from);
		one[0] = one[1] = NULL;
		for (unsigned i = from; i < from + some; i++) {
			struct use **whole = &one[v[i].side];

			if (*whole == NULL)
				*whole = &v[i];
			else
				meaning_merge(d->of[v[i].side], (*whole)->row, v[i].row);
		}
		if (one[0] != NULL && one[1] != NULL)
			pair(one[0]->row, one[1]->row);
		for (unsigned side = 0; side < 2; side++)
			if (one[side] != NULL && one[!side] == NULL)
				alone[side][nalone[side]++] = *one[side];
	}
	for (unsigned i = 0; i < nalone[0] && i < nalone[1]; i++)
		pair(alone[0][i].row, alone[1][i].row);
}
