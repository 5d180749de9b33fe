/*
 * Two meanings that are to be held against each other.  Keys of both lead to rows by one index, and
 * to rows of the same number: whose flow is whose needs no search.  Octets that both say are kept
 * once.
 *
 * The rows of the first one are known when the second one begins.  The second has room for as many,
 * of which those that it does not need are never touched; behind them are its rows of keys that the
 * first has not, and of further uses.
 */
#include <config.h>

#include "model/meaning_internal.h"

#include "base/mem.h"

bool meaning_like_begin(struct meaning *m)
{
	struct meaning_likeness *l = &m->likeness;
	size_t n = m->opts.like != NULL ? m->opts.like->flows.n : 0;

	if (l->has != NULL)
		return !m->failed;
	l->has = nf_zalloc(n + 1);
	if (l->has == NULL || !top_table_reserve(&m->flows, n)) {
		m->failed = true;
		return false;
	}
	l->rows = n;
	return true;
}

/* -- Layouts -------------------------------------------------------------------------- */

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

bool meaning_become_alike(struct meaning_plan *p, const struct meaning_plan *q)
{
	if (p->unlike == q)
		return false;
	if (q->plain && same_layouts(p->layout, q->layout))
		p->like = q;
	else
		p->unlike = q;
	return p->like == q;
}

/* -- Rows ----------------------------------------------------------------------------- */

/* Does ROW of opts.like say what R does? */
static bool is_like(const struct meaning *m, struct meaning_plan *p, const struct nf_rec *r,
		    const uint64_t *row)
{
	uint32_t kept_by = meaning_kept_by(row);
	const struct meaning_plan *q;
	struct nf_rec its;

	if (kept_by == 0 || meaning_sums(row) != NULL)
		return false;
	q = m->opts.like->plans[kept_by - 1];
	if (!meaning_are_alike(p, q))
		return false;
	meaning_kept(q, row, &its);
	return meaning_same_records(&p->untold, &its, r);
}

const void *meaning_like_values(struct meaning *m, const struct meaning_plan *p,
				const struct nf_rec *r, const uint64_t *there)
{
	return p->plain && is_like(m, m->plans[p->index], r, there) ?
	       (const void *)(uintptr_t)there[MEANING_VALUES] : NULL;
}
