/* Where two records need not be the same. */
#include <config.h>

#include "model/meaning_internal.h"

/* Are the octets of a field its own, always as many and at one place? */
static bool is_alone(const struct nf_layout *l, unsigned i)
{
	const struct nf_fielddef *f = &l->fields[i];
	bool shared = f->overlay || f->nbits != 0 || (i + 1u < l->nfields && f[1].overlay);

	return f->length != NF_VARLEN && !shared;
}

/* Keys that were asked for may be anything: who goes by this looks at keys besides. */
static bool tells_nothing(const struct meaning *m, const struct nf_layout *l, unsigned i)
{
	return is_alone(l, i) && !meaning_tells(m, &l->fields[i]);
}

static bool adds_up(const struct meaning_plan *p, unsigned field)
{
	for (unsigned i = 0; i < p->ends[MEANING_UNION]; i++)
		if (p->by_how[i].field == field)
			return true;
	return false;
}

static void add_gap(struct meaning_gap *gaps, unsigned *n, const struct nf_fielddef *f)
{
	if (*n != 0 && gaps[*n - 1].shift == f->nvar &&
	    gaps[*n - 1].at + gaps[*n - 1].n == f->offset)
		gaps[*n - 1].n += f->length;
	else
		gaps[(*n)++] = (struct meaning_gap){
			.at = f->offset, .n = f->length, .shift = f->nvar,
		};
}

static bool find(struct meaning *m, const struct meaning_plan *p, bool adding,
		 struct meaning_gaps *to)
{
	const struct nf_layout *l = p->layout;
	struct meaning_gap *gaps = nf_arena_alloc(&m->arena, (l->nfields + 1u) * sizeof(*gaps));
	unsigned n = 0;

	for (unsigned i = 0; gaps != NULL && i < l->nfields; i++)
		if (tells_nothing(m, l, i) || (adding && adds_up(p, i)))
			add_gap(gaps, &n, &l->fields[i]);
	*to = (struct meaning_gaps){ gaps, n };
	return gaps != NULL;
}

/* A key that was asked for may be a counter, which is to stay as it is. */
static bool may_add(const struct meaning *m, const struct meaning_plan *p)
{
	bool may = p->keeps && m->opts.keys == NULL;

	for (unsigned i = 0; may && i < p->ends[MEANING_UNION]; i++) {
		unsigned field = p->by_how[i].field;

		may = is_alone(p->layout, field) &&
		      p->layout->fields[field].kind == NF_KIND_UINT;
	}
	return may;
}

bool meaning_find_gaps(struct meaning *m, struct meaning_plan *p)
{
	p->adds = may_add(m, p);
	return (m->opts.like == NULL || find(m, p, false, &p->untold)) &&
	       (!p->adds || find(m, p, true, &p->adding));
}

bool meaning_same_records(const struct meaning_gaps *gaps, const struct nf_rec *a,
			  const struct nf_rec *b)
{
	const struct nf_layout *l = a->layout;
	size_t at = 0;

	if (a->length != b->length ||
	    (l->nvar != 0 && memcmp(a->shift, b->shift, (l->nvar + 1u) * sizeof(*a->shift)) != 0))
		return false;
	for (unsigned i = 0; i < gaps->n; i++) {
		size_t end = gaps->v[i].at + a->shift[gaps->v[i].shift];

		if (memcmp(a->p + at, b->p + at, end - at) != 0)
			return false;
		at = end + gaps->v[i].n;
	}
	return memcmp(a->p + at, b->p + at, a->length - at) == 0;
}
