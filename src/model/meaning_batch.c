/*
 * Records that are looked at together: their keys, and where these lead.  Keys are made side by
 * side, and only where the record before does not lead to the row (meaning_next.c).
 */
#include <config.h>

#include "model/meaning_internal.h"

#include "base/mem.h"

/* For nf_rows_fill: records, without their values. */
static const struct nf_columns no_columns;

struct meaning_batch *meaning_batch_new(void)
{
	struct meaning_batch *b = nf_zalloc(sizeof(*b));

	if (b != NULL)
		b->rows = (struct nf_rows){ .recs = b->recs, .columns = &no_columns };
	return b;
}

void meaning_batch_free(struct meaning_batch *b)
{
	if (b != NULL)
		nf_free(b->rows.shifts);
	nf_free(b);
}

bool meaning_batch_room(struct meaning_batch *b, const struct nf_layout *l)
{
	size_t words = l->nvar != 0 ? (size_t)MEANING_BATCH * (l->nvar + 1u) : 0;
	void *shifts = b->rows.shifts;
	bool enough = nf_grow(&shifts, &b->nshifts, words + 1, sizeof(*b->rows.shifts));

	b->rows.shifts = shifts;
	return enough;
}

/* -- Records -------------------------------------------------------------------------- */

/* The key of the record in AT, which is to be row I.  False where it finds no room. */
static bool fill_key(struct meaning *m, const struct meaning_plan *p, const struct filter_at *at,
		     uint32_t number, unsigned i)
{
	const struct top_at here = { .in = at, .view = &p->view };
	uint64_t key[MEANING_KEY_WORDS] = { number };

	if (!top_keys_fill(m->top, p->ops, false, &here, key + 1))
		return false;
	meaning_put_icmp(m, p, at->rec, key, 1);
	for (unsigned word = 0; word < m->key_words; word++)
		m->batch->keys[word][i] = key[word];
	return true;
}

/* One by one; AT is at each of them. */
static bool take_each(struct meaning *m, const struct meaning_plan *p, struct filter_at *at,
		      const struct filter_program *program, struct meaning_domain *d,
		      struct nf_recs *recs)
{
	struct nf_rows *rows = &m->batch->rows;
	bool more = true;
	struct nf_rec rec;

	at->rec = &rec;
	while (rows->n < MEANING_BATCH && (more = nf_rec_next(recs, &rec))) {
		if (program != NULL && !filter_test(m->opts.filter, program, at))
			continue;
		d->records++;
		if (m->opts.watch != NULL)
			m->opts.watch->record(m->opts.watch->ctx, at);
		if (p->loads == NULL && !fill_key(m, p, at, d->number, rows->n)) {
			m->beyond++;
			continue;
		}
		nf_rows_add(rows, &rec);
	}
	rows->most = rows->n;
	nf_rows_fill(rows, recs);	/* no more of them, but as nf_rows_ample has them */
	return more;
}

bool meaning_batch_take(struct meaning *m, const struct meaning_plan *p, struct filter_at *at,
			const struct filter_program *program, struct meaning_domain *d,
			struct nf_recs *recs)
{
	struct nf_rows *rows = &m->batch->rows;

	rows->n = 0;
	rows->most = MEANING_BATCH;
	if (program != NULL || m->opts.watch != NULL || p->loads == NULL)
		return take_each(m, p, at, program, d, recs);
	nf_rows_fill(rows, recs);
	d->records += rows->n;
	return rows->n == MEANING_BATCH;
}

/* -- Keys ----------------------------------------------------------------------------- */

static void make_keys(struct meaning *m, const struct meaning_plan *p,
		      const struct meaning_domain *d)
{
	struct meaning_batch *b = m->batch;

	if (p->loads != NULL) {
		for (unsigned i = 0; i < b->rows.n; i++)
			b->keys[0][i] = d->number;
		top_loads_rows(p->loads, b->recs, b->rows.n, b->keys[1], MEANING_BATCH);
		for (unsigned i = 0; p->icmp >= 0 && i < b->rows.n; i++)
			meaning_put_icmp(m, p, &b->recs[i], &b->keys[0][i], MEANING_BATCH);
	}
	nf_hash_columns(m->index->seed[0], m->index->seed[1], b->keys[0], MEANING_BATCH,
			m->key_words, b->rows.n, b->hashes);
}

const uint64_t *meaning_batch_key(const struct meaning *m, unsigned i,
				  uint64_t room[MEANING_KEY_WORDS])
{
	for (unsigned word = 0; word < m->key_words; word++)
		room[word] = m->batch->keys[word][i];
	return room;
}

uint32_t meaning_batch_find(const struct meaning *m, struct meaning_plan *p,
			    const struct meaning_domain *d, unsigned i, bool *same)
{
	const struct meaning_batch *b = m->batch;
	const struct top_table *t = m->index;
	uint32_t hash = (uint32_t)b->hashes[i];
	uint64_t room[MEANING_KEY_WORDS];

	*same = false;
	for (size_t at = hash & t->mask; t->slots[at].row != 0; at = (at + 1) & t->mask) {
		struct meaning_place place;

		if (t->slots[at].hash != hash)
			continue;
		place = meaning_leads_to(m, t->slots[at].row - 1);
		*same = meaning_is_kept(place, p, &b->recs[i], d->number);
		if (*same || meaning_has_key(place, meaning_batch_key(m, i, room)))
			return t->slots[at].row;
	}
	return 0;
}

/* The rows that are told by those before; the keys of all are made for the first that is not. */
static bool follow(struct meaning *m, struct meaning_plan *p, const struct meaning_domain *d)
{
	struct meaning_batch *b = m->batch;
	bool keys = false, same;

	for (unsigned i = 0; i < b->rows.n; i++) {
		b->numbers[i] = meaning_next_number(m, p, &b->recs[i], d->number);
		b->same[i] = b->numbers[i] != 0 && meaning_row(m, b->numbers[i] - 1) != NULL;
		if (b->numbers[i] != 0)
			continue;
		if (!keys)
			make_keys(m, p, d);
		keys = true;
		if (meaning_may_look(m)) {
			b->numbers[i] = meaning_batch_find(m, p, d, i, &same);
			meaning_looked(m, b->numbers[i]);
		}
	}
	return keys;
}

/* Slots, then rows, then what these say are on their way while those of others are looked for. */
static void fetch(struct meaning *m)
{
	struct meaning_batch *b = m->batch;
	const struct top_table *t = m->index;
	struct meaning_place likely[MEANING_BATCH];
	bool full = meaning_is_full(m);

	for (unsigned i = 0; i < b->rows.n; i++)
		if (b->numbers[i] == 0)
			__builtin_prefetch(&t->slots[b->hashes[i] & t->mask]);
	for (unsigned i = 0; i < b->rows.n; i++) {
		likely[i] = (struct meaning_place){ .row = NULL };
		if (b->numbers[i] != 0)
			continue;
		likely[i] = meaning_guess(m, (uint32_t)b->hashes[i]);
		if (full && likely[i].row == NULL)
			b->numbers[i] = MEANING_BEYOND;
	}
	for (unsigned i = 0; i < b->rows.n; i++)
		if (likely[i].row != NULL)
			meaning_prefetch(likely[i].of, likely[i].row);
}

void meaning_batch_look(struct meaning *m, struct meaning_plan *p, const struct meaning_domain *d)
{
	struct meaning_batch *b = m->batch;
	bool keys = true;

	if (meaning_has_course(m, p)) {
		keys = follow(m, p, d);
	} else {
		memset(b->numbers, 0, b->rows.n * sizeof(*b->numbers));
		make_keys(m, p, d);
	}
	if (keys)
		fetch(m);
}
