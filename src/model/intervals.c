#include <config.h>

#include "model/intervals.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "track/map.h"

enum { MAX_ROWS = 131072 };

struct row {
	struct nf_node node;
	uint64_t key;			/* the index */
	struct intervals_row pub;
};

struct intervals {
	struct nf_arena arena;
	struct nf_map by_index;
	struct intervals_row **list;
	size_t n, cap, max;
	int64_t length, index;		/* the present one */
	bool begun;
	struct stats_version base;	/* the totals when it began */
	struct stats_version beyond;
};

struct intervals *intervals_new(int64_t length, size_t max_rows)
{
	struct intervals *x = nf_zalloc(sizeof(*x));

	if (x == NULL)
		return NULL;
	nf_arena_init(&x->arena);
	x->length = length;
	x->max = max_rows != 0 ? max_rows : MAX_ROWS;
	return x;
}

void intervals_free(struct intervals *x)
{
	if (x == NULL)
		return;
	nf_map_done(&x->by_index);
	nf_arena_done(&x->arena);
	nf_free(x->list);
	nf_free(x);
}

static struct intervals_row *row_get(struct intervals *x, int64_t index)
{
	uint64_t key = (uint64_t)index;
	uint32_t hash = nf_hash(&key, 1);
	struct row *r = nf_map_find(&x->by_index, &key, 1, hash);
	void *list = x->list;

	if (r != NULL)
		return &r->pub;
	if (x->n >= x->max || !nf_grow(&list, &x->cap, x->n + 1, sizeof(*x->list)))
		return NULL;
	x->list = list;
	r = nf_arena_alloc(&x->arena, sizeof(*r));
	if (r == NULL)
		return NULL;
	r->key = key;
	r->pub.index = index;
	if (!nf_map_add(&x->by_index, &r->node, &r->key, 1, hash))
		return NULL;
	x->list[x->n++] = &r->pub;
	return &r->pub;
}

/* What came since the interval began goes to its row, if there was anything. */
static void settle(struct intervals *x, const struct stats *s)
{
	struct stats_version now = stats_total(s);
	struct intervals_row *row;

	if (!x->begun || memcmp(&now, &x->base, sizeof(now)) == 0)
		return;
	row = row_get(x, x->index);
	stats_grow(row != NULL ? &row->grew : &x->beyond, &now, &x->base);
	x->base = now;
}

void intervals_at(struct intervals *x, const struct stats *s, int64_t ts)
{
	/* Rounded down, but for stamps of which even that is beyond 64 bits. */
	int64_t index = ts / x->length - (ts % x->length < 0 && ts > INT64_MIN + x->length);

	if (x->begun && index == x->index)
		return;
	settle(x, s);
	x->begun = true;
	x->index = index;
}

static int by_index(const void *a, const void *b)
{
	const struct intervals_row *x = *(struct intervals_row *const *)a;
	const struct intervals_row *y = *(struct intervals_row *const *)b;

	return (x->index > y->index) - (x->index < y->index);
}

void intervals_end(struct intervals *x, const struct stats *s)
{
	settle(x, s);
	if (x->n > 1)
		qsort(x->list, x->n, sizeof(struct intervals_row *), by_index);
}

int64_t intervals_length(const struct intervals *x)
{
	return x->length;
}

const struct intervals_row *intervals_row(const struct intervals *x, size_t i)
{
	return i < x->n ? x->list[i] : NULL;
}

struct stats_version intervals_beyond(const struct intervals *x)
{
	return x->beyond;
}
