/*
 * Octets that another meaning has kept already: what two captures say in the same order is kept
 * once, which saves memory, and time above all.
 *
 * The row behind the last that was the same is looked at, and the one behind it.  Where neither is
 * the same, the key is looked for, but the more seldom the more often that did not help: two
 * captures in different orders share little, and lose little.
 */
#include <config.h>

#include "model/meaning_internal.h"

enum { MOST_WAIT = 63 };

/* -- Gaps ----------------------------------------------------------------------------- */

/* Does nobody ask what F says?  Keys that were asked for may be anything: see has_key. */
static bool tells_nothing(const struct meaning *m, const struct nf_layout *l, unsigned i)
{
	const struct nf_fielddef *f = &l->fields[i];
	bool shared = f->overlay || f->nbits != 0 || (i + 1u < l->nfields && f[1].overlay);

	return f->length != NF_VARLEN && !shared && !meaning_tells(m, f);
}

bool meaning_like_plan(struct meaning *m, struct meaning_plan *p)
{
	const struct nf_layout *l = p->layout;
	struct meaning_gap *gaps = nf_arena_alloc(&m->arena, (l->nfields + 1u) * sizeof(*gaps));
	unsigned n = 0;

	for (unsigned i = 0; gaps != NULL && i < l->nfields; i++) {
		const struct nf_fielddef *f = &l->fields[i];

		if (!tells_nothing(m, l, i))
			continue;
		if (n != 0 && gaps[n - 1].shift == f->nvar &&
		    gaps[n - 1].at + gaps[n - 1].n == f->offset)
			gaps[n - 1].n += f->length;
		else
			gaps[n++] = (struct meaning_gap){
				.at = f->offset, .n = f->length, .shift = f->nvar,
			};
	}
	p->gaps = gaps;
	p->ngaps = n;
	return gaps != NULL;
}

/* -- Records -------------------------------------------------------------------------- */

static bool same_layouts(const struct nf_layout *a, const struct nf_layout *b)
{
	if (a->nfields != b->nfields || a->min_len != b->min_len || a->nvar != b->nvar)
		return false;
	for (unsigned i = 0; i < a->nfields; i++) {
		const struct nf_fielddef *f = &a->fields[i], *g = &b->fields[i];

		if (f->ie->pen != g->ie->pen || f->ie->id != g->ie->id ||
		    f->offset != g->offset || f->length != g->length || f->kind != g->kind ||
		    f->first_bit != g->first_bit || f->nbits != g->nbits)
			return false;
	}
	return true;
}

static bool are_alike(struct meaning_plan *p, const struct meaning_plan *q)
{
	if (p->unlike == q)
		return false;
	if (p->like == q)
		return true;
	if (q->plain && same_layouts(p->layout, q->layout))
		p->like = q;
	else
		p->unlike = q;
	return p->like == q;
}

static bool same_records(const struct meaning_plan *p, const struct nf_rec *a,
			 const struct nf_rec *b)
{
	size_t at = 0;

	if (a->length != b->length ||
	    (p->layout->nvar != 0 &&
	     memcmp(a->shift, b->shift, (p->layout->nvar + 1u) * sizeof(*a->shift)) != 0))
		return false;
	for (unsigned i = 0; i < p->ngaps; i++) {
		size_t end = p->gaps[i].at + a->shift[p->gaps[i].shift];

		if (memcmp(a->p + at, b->p + at, end - at) != 0)
			return false;
		at = end + p->gaps[i].n;
	}
	return memcmp(a->p + at, b->p + at, a->length - at) == 0;
}

/* -- Rows ----------------------------------------------------------------------------- */

/* Which domain of the other one is D of M? */
static int32_t domain_there(struct meaning *m, uint64_t d)
{
	struct meaning_likeness *l = &m->likeness;

	if (!l->known || l->domain != d) {
		l->known = true;
		l->domain = d;
		l->there = meaning_domain_of(m->opts.like, &m->domains[d]->addr,
					     m->domains[d]->domain, false);
	}
	return l->there;
}

static bool has_key(const struct meaning *like, const uint64_t *row, const uint64_t *key)
{
	uint64_t room[MEANING_KEY_WORDS];

	return memcmp(meaning_key(like, row, room) + 1, key + 1,
		      (like->key_words - 1) * sizeof(*key)) == 0;
}

static bool is_like(struct meaning *m, struct meaning_plan *p, const struct nf_rec *r,
		    const uint64_t *key, const uint64_t *row)
{
	const struct meaning *like = m->opts.like;
	uint32_t kept_by = meaning_kept_by(row);
	struct nf_rec its;

	if (kept_by == 0 || (int32_t)meaning_domain_at(row) != domain_there(m, key[0]) ||
	    !are_alike(p, like->plans[kept_by - 1]))
		return false;
	meaning_kept(like->plans[kept_by - 1], row, &its);
	return same_records(p, r, &its) && (m->opts.keys == NULL || has_key(like, row, key));
}

static const uint64_t *look_for(struct meaning *m, const uint64_t *key)
{
	const struct meaning *like = m->opts.like;
	int32_t domain = domain_there(m, key[0]);
	uint64_t there[MEANING_KEY_WORDS];
	uint32_t number;

	if (domain == MEANING_NONE)
		return NULL;
	memcpy(there, key, like->key_words * sizeof(*key));
	there[0] = (uint64_t)domain;
	number = meaning_row_of(like, there, meaning_hash(like, there));
	if (number == 0)
		return NULL;
	m->likeness.next = number;
	return top_table_row(&like->flows, number - 1);
}

const void *meaning_like_values(struct meaning *m, const struct meaning_plan *plan,
				const struct nf_rec *r, const uint64_t *key)
{
	struct meaning_plan *p = m->plans[plan->index];
	struct meaning_likeness *l = &m->likeness;
	const struct top_table *t = &m->opts.like->flows;
	const uint64_t *row;

	for (size_t i = l->next; i < t->n && i < l->next + 2; i++) {
		row = top_table_row(t, i);
		if (is_like(m, p, r, key, row)) {
			l->next = i + 1;
			l->wait = l->misses = 0;
			return (const void *)(uintptr_t)row[MEANING_VALUES];
		}
	}
	if (l->wait != 0) {
		l->wait--;
		return NULL;
	}
	l->wait = l->misses = l->misses < MOST_WAIT ? 2 * l->misses + 1 : MOST_WAIT;
	row = look_for(m, key);
	return row != NULL && is_like(m, p, r, key, row) ?
	       (const void *)(uintptr_t)row[MEANING_VALUES] : NULL;
}
