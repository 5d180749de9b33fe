/* The same key on the other side: each is looked for once. */
#include <config.h>

#include "model/diff_flows.h"

enum { BATCH = 32 };

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
	unsigned n;
	uint64_t *rows[BATCH], *mates[BATCH];
	uint32_t hashes[BATCH];
	bool has[BATCH];
	uint64_t keys[BATCH][MEANING_KEY_WORDS];
};

static void make_keys(const struct diff *d, struct batch *b)
{
	const struct meaning *old = d->of[0], *new = d->of[1];

	for (unsigned i = 0; i < b->n; i++) {
		b->rows[i] = top_table_row(&old->flows, b->from + i);
		b->has[i] = key_of(d, b->rows[i], b->keys[i]);
		b->hashes[i] = b->has[i] ? meaning_hash(new, b->keys[i]) : 0;
		__builtin_prefetch(&new->flows.slots[b->hashes[i] & new->flows.mask]);
		__builtin_prefetch((const void *)(uintptr_t)b->rows[i][MEANING_VALUES]);
	}
	for (unsigned i = 0; i < b->n; i++)
		top_table_guess(&new->flows, b->hashes[i]);
}

static void find(const struct diff_flows *f, struct batch *b)
{
	const struct meaning *new = f->d->of[1];

	for (unsigned i = 0; i < b->n; i++) {
		struct diff_pair *pair = &f->pairs[b->from + i];

		*pair = (struct diff_pair){ .mate = 0 };
		if (b->has[i])
			pair->mate = meaning_row_of(new, b->keys[i], b->hashes[i]);
		if (pair->mate == 0)
			continue;
		f->d->matched[1][pair->mate - 1] = true;
		b->mates[i] = top_table_row(&new->flows, pair->mate - 1);
		__builtin_prefetch((const void *)(uintptr_t)b->mates[i][MEANING_VALUES]);
	}
}

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
		pair->domain = (uint16_t)meaning_domain_at(x);
		if ((x[MEANING_NEXT] | y[MEANING_NEXT]) != 0) {
			measure_uses(f, pair, x, y);
			continue;
		}
		pair->timed = diff_timed(x) && diff_timed(y);
		pair->distance = (int64_t)(y[MEANING_FIRST] - x[MEANING_FIRST]);
		pair->same = (!f->d->opts.no_merge || x[MEANING_RECORDS] == y[MEANING_RECORDS]) &&
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
		make_keys(f->d, &b);
		find(f, &b);
		weigh(f, &b);
	}
}
