#include <config.h>

#include "tui/tags.h"

#include <string.h>

#include "base/mem.h"

/* Where ROW stands, or would. */
static size_t place(const struct tags *t, uint64_t row)
{
	size_t low = 0, high = t->n;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (t->v[mid] < row)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool tags_has(const struct tags *t, uint64_t row)
{
	size_t i = place(t, row);

	return i < t->n && t->v[i] == row;
}

bool tags_within(const struct tags *t, uint64_t row, uint64_t n)
{
	size_t i = place(t, row);

	return i < t->n && t->v[i] - row < n;
}

bool tags_turn(struct tags *t, uint64_t row)
{
	size_t i = place(t, row);

	if (i < t->n && t->v[i] == row) {
		memmove(t->v + i, t->v + i + 1, (--t->n - i) * sizeof(*t->v));
		return true;
	}
	if (!nf_grow((void **)&t->v, &t->cap, t->n + 1, sizeof(*t->v)))
		return false;
	memmove(t->v + i + 1, t->v + i, (t->n++ - i) * sizeof(*t->v));
	t->v[i] = row;
	return true;
}

void tags_clear(struct tags *t)
{
	t->n = 0;
}

void tags_done(struct tags *t)
{
	nf_free(t->v);
	*t = (struct tags){ .v = NULL };
}
