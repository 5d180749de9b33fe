/* The same key on the other side. */
#include <config.h>

#include "model/diff_flows.h"

enum { BATCH = 32, MISSES = 4 };

/* Numbers of texts are each side's own. */
static bool translate(const struct meaning *from, const struct meaning *to, uint64_t *key)
{
	for (unsigned i = 0; i < from->top->nkeys; i++) {
		uint64_t *v = &key[from->top->keys[i].at];

		if (diff_tag_of(key, i) != TOP_TEXT)
			continue;
		*v = top_texts_number(&to->top->texts, top_texts_text(&from->top->texts, *v),
				      SIZE_MAX, SIZE_MAX);
		if (*v == 0)
			return false;
	}
	return true;
}

/* The key that ROW of the old side has on the new one; false where it cannot be there. */
static bool key_of(const struct diff *d, const uint64_t *row, uint64_t *key)
{
	const struct meaning *from = d->of[0];
	int32_t domain = d->to[0][meaning_domain_at(row)];
	const uint64_t *its;

	if (domain == MEANING_NONE)
		return false;
	its = meaning_key(from, row, key);
	if (its != key)
		memcpy(key, its, from->key_words * sizeof(*key));
	key[0] = (uint64_t)domain;
	return from->top->texts.table.n == 0 || translate(from, d->of[1], key + 1);
}

/* Rows that are looked at together: see meaning_flows.c. */
struct batch {
	size_t from;
	unsigned n, nrest;
	uint64_t *rows[BATCH], *mates[BATCH];
	uint8_t rest[BATCH];			/* those that are not where they were expected */
	uint32_t hashes[BATCH];
	bool has[BATCH];
	uint64_t keys[BATCH][MEANING_KEY_WORDS];
};

/* -- Where they are expected ------------------------------------------------------------- */

/* Is Y the one row of the new side with the key of X?  False says nothing. */
static bool is_mate(const struct diff *d, const uint64_t *x, const uint64_t *y)
{
	const struct meaning *old = d->of[0], *new = d->of[1];
	uint64_t room[2][MEANING_KEY_WORDS];
	const uint64_t *a, *b;

	if (y[MEANING_NEXT] != 0 ||
	    d->to[0][meaning_domain_at(x)] != (int32_t)meaning_domain_at(y))
		return false;
	if (x[MEANING_VALUES] == y[MEANING_VALUES])
		return true;			/* kept once: see meaning_like.c */
	if (old->top->texts.table.n != 0)
		return false;
	a = meaning_key(old, x, room[0]);
	b = meaning_key(new, y, room[1]);
	return memcmp(a + 1, b + 1, (old->key_words - 1) * sizeof(*a)) == 0;
}

static bool is_next(struct diff_flows *f, struct batch *b, unsigned i)
{
	const struct top_table *t = &f->d->of[1]->flows;

	for (size_t at = f->next; at < t->n && at < f->next + 2; at++) {
		b->mates[i] = top_table_row(t, at);
		if (is_mate(f->d, b->rows[i], b->mates[i])) {
			f->pairs[b->from + i].mate = (uint32_t)at + 1;
			f->next = at + 1;
			return true;
		}
	}
	return false;
}

/* Where some in a row are not, the others are not likely to be either. */
static void follow(struct diff_flows *f, struct batch *b)
{
	const struct meaning *old = f->d->of[0], *new = f->d->of[1];
	unsigned misses = 0;

	for (unsigned i = 0; i < b->n; i++) {
		b->rows[i] = top_table_row(&old->flows, b->from + i);
		meaning_prefetch(old, b->rows[i]);
		if (f->next + i < new->flows.n)
			meaning_prefetch(new, top_table_row(&new->flows, f->next + i));
	}
	b->nrest = 0;
	for (unsigned i = 0; i < b->n; i++) {
		f->pairs[b->from + i] = (struct diff_pair){ .mate = 0 };
		if (misses < MISSES && is_next(f, b, i)) {
			misses = 0;
			continue;
		}
		b->rest[b->nrest++] = (uint8_t)i;
		misses++;
	}
}

/* -- By their keys ------------------------------------------------------------------------ */

static void make_keys(const struct diff *d, struct batch *b)
{
	const struct meaning *new = d->of[1];

	for (unsigned j = 0; j < b->nrest; j++) {
		unsigned i = b->rest[j];

		b->has[i] = key_of(d, b->rows[i], b->keys[i]);
		b->hashes[i] = b->has[i] ? meaning_hash(new, b->keys[i]) : 0;
		__builtin_prefetch(&new->flows.slots[b->hashes[i] & new->flows.mask]);
	}
	for (unsigned j = 0; j < b->nrest; j++)
		top_table_guess(&new->flows, b->hashes[b->rest[j]]);
}

static void find(struct diff_flows *f, struct batch *b)
{
	const struct meaning *new = f->d->of[1];

	make_keys(f->d, b);
	for (unsigned j = 0; j < b->nrest; j++) {
		unsigned i = b->rest[j];
		struct diff_pair *pair = &f->pairs[b->from + i];

		if (b->has[i])
			pair->mate = meaning_row_of(new, b->keys[i], b->hashes[i]);
		if (pair->mate == 0)
			continue;
		b->mates[i] = top_table_row(&new->flows, pair->mate - 1);
		meaning_prefetch(new, b->mates[i]);
	}
	for (unsigned i = b->n; b->nrest != 0 && i-- > 0; )
		if (f->pairs[b->from + i].mate != 0) {
			f->next = f->pairs[b->from + i].mate;
			break;
		}
}

/* -- What they say ------------------------------------------------------------------------ */

/* Of rows of several uses, which is which is found later. */
static void measure_uses(const struct diff_flows *f, struct diff_pair *pair, const uint64_t *x,
			 const uint64_t *y)
{
	y = diff_earliest(f->d->of[1], y);
	pair->uses = true;
	pair->timed = diff_earliest(f->d->of[0], x) == x && diff_timed(x) && diff_timed(y);
	pair->distance = (int64_t)(y[MEANING_FIRST] - x[MEANING_FIRST]);
}

static void weigh(struct diff_flows *f, struct batch *b)
{
	for (unsigned i = 0; i < b->n; i++) {
		struct diff_pair *pair = &f->pairs[b->from + i];
		const uint64_t *x = b->rows[i], *y = b->mates[i];

		if (pair->mate == 0)
			continue;
		f->d->matched[1][pair->mate - 1] = true;
		pair->domain = (uint16_t)meaning_domain_at(x);
		if ((x[MEANING_NEXT] | y[MEANING_NEXT]) != 0) {
			measure_uses(f, pair, x, y);
			continue;
		}
		pair->timed = diff_timed(x) && diff_timed(y);
		pair->distance = (int64_t)(y[MEANING_FIRST] - x[MEANING_FIRST]);
		pair->same = (!f->d->opts.no_merge || meaning_records(x) == meaning_records(y)) &&
			     (!pair->timed || diff_durations_near(f, x, y)) &&
			     diff_values_same(f, x, y);
	}
}

void diff_find_mates(struct diff_flows *f)
{
	size_t n = f->d->of[0]->flows.n;
	struct batch b;

	for (b.from = 0; b.from < n; b.from += BATCH) {
		b.n = n - b.from < BATCH ? (unsigned)(n - b.from) : BATCH;
		follow(f, &b);
		find(f, &b);
		weigh(f, &b);
	}
}
