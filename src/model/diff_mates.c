/* The same key on the other side. */
#include <config.h>

#include "model/diff_flows.h"

enum { BATCH = 32 };

/* Numbers of texts are each side's own, unless the new one is like the old one. */
static bool translate(const struct meaning *from, const struct meaning *to, uint64_t *key)
{
	for (unsigned i = 0; i < from->top->nkeys; i++) {
		uint64_t *v = &key[from->top->keys[i].at];

		if (diff_tag_of(key, i) != TOP_TEXT)
			continue;
		*v = top_texts_number(to->top->texts, top_texts_text(from->top->texts, *v),
				      SIZE_MAX, SIZE_MAX);
		if (*v == 0)
			return false;
	}
	return true;
}

/* The key that ROW of the old side has on the new one, where its domain is DOMAIN. */
static bool key_of(const struct diff *d, const uint64_t *row, int32_t domain, uint64_t *key)
{
	const struct meaning *from = d->of[0], *to = d->of[1];
	const uint64_t *its = meaning_key(from, row, key);

	if (its != key)
		memcpy(key, its, from->key_words * sizeof(*key));
	key[0] = to->domains[domain]->number;
	return to->opts.like == from || from->top->texts->table.n == 0 ||
	       translate(from, to, key + 1);
}

/* Rows that are looked at together: see meaning_flows.c. */
struct batch {
	size_t from;
	unsigned n, nrest;
	uint64_t *rows[BATCH];
	uint8_t rest[BATCH];			/* those that have not the number of their mates */
	uint32_t hashes[BATCH];
	uint64_t keys[BATCH][MEANING_KEY_WORDS];
};

/* -- By their numbers ---------------------------------------------------------------------- */

/* The row of the new side that the key of ROW, of that NUMBER, leads to; 0: there is none. */
static uint32_t mate_of(const struct diff *d, const uint64_t *row, uint32_t number)
{
	const struct meaning *old = d->of[0], *new = d->of[1];
	uint32_t lead = meaning_next(row) != 0 ? diff_lead_of(old, number) : number;

	return lead <= new->likeness.rows && meaning_row(new, lead - 1) != NULL ? lead : 0;
}

static void follow(struct diff_flows *f, struct batch *b)
{
	const struct meaning *old = f->d->of[0], *new = f->d->of[1];

	b->nrest = 0;
	for (unsigned i = 0; i < b->n; i++) {
		const uint64_t *row = b->rows[i] = top_table_row(&old->flows, b->from + i);
		struct diff_pair *pair = &f->pairs[b->from + i];
		int32_t domain = f->d->to[0][meaning_domain_at(row)];

		*pair = (struct diff_pair){ .mate = 0 };
		if (domain == MEANING_NONE)
			continue;
		if (new->opts.like == old &&
		    new->domains[domain]->number == meaning_domain_at(row))
			pair->mate = mate_of(f->d, row, (uint32_t)(b->from + i + 1));
		else if (key_of(f->d, row, domain, b->keys[i]))
			b->rest[b->nrest++] = (uint8_t)i;
	}
}

/* -- By their keys ------------------------------------------------------------------------ */

static void find(struct diff_flows *f, struct batch *b)
{
	const struct meaning *new = f->d->of[1];

	for (unsigned j = 0; j < b->nrest; j++) {
		unsigned i = b->rest[j];

		b->hashes[i] = meaning_hash(new, b->keys[i]);
		__builtin_prefetch(&new->index->slots[b->hashes[i] & new->index->mask]);
	}
	for (unsigned j = 0; j < b->nrest; j++)
		meaning_guess(new, b->hashes[b->rest[j]]);
	for (unsigned j = 0; j < b->nrest; j++) {
		unsigned i = b->rest[j];
		uint32_t number = meaning_row_of(new, b->keys[i], b->hashes[i]);

		if (number != 0 && meaning_row(new, number - 1) != NULL)
			f->pairs[b->from + i].mate = number;
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

void diff_weigh(struct diff_flows *f, struct diff_pair *pair, const uint64_t *x, const uint64_t *y)
{
	pair->timed = diff_timed(x) && diff_timed(y);
	pair->distance = (int64_t)(y[MEANING_FIRST] - x[MEANING_FIRST]);
	pair->same = (!f->d->opts.no_merge || meaning_records(x) == meaning_records(y)) &&
		     (!pair->timed || diff_durations_near(f, x, y)) && diff_values_same(f, x, y);
}

static void weigh(struct diff_flows *f, struct batch *b)
{
	const struct meaning *new = f->d->of[1];

	for (unsigned i = 0; i < b->n; i++) {
		struct diff_pair *pair = &f->pairs[b->from + i];
		const uint64_t *x = b->rows[i], *y;

		if (pair->mate == 0)
			continue;
		y = top_table_row(&new->flows, pair->mate - 1);
		f->d->matched[1][pair->mate - 1] = true;
		pair->domain = (uint16_t)meaning_domain_at(x);
		if ((meaning_next(x) | meaning_next(y)) != 0) {
			measure_uses(f, pair, x, y);
			continue;
		}
		diff_weigh(f, pair, x, y);
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
