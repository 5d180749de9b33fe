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

/* The mask of the 8 octets from AT on: what of them is behind FROM, and in no gap. */
static uint64_t mask_of(const struct meaning_gaps *gaps, uint32_t at, uint32_t from)
{
	uint8_t octets[8];
	uint64_t mask;

	for (unsigned i = 0; i < sizeof(octets); i++) {
		bool counts = at + i >= from;

		for (unsigned j = 0; j < gaps->n; j++)
			counts = counts && at + i - gaps->v[j].at >= gaps->v[j].n;
		octets[i] = counts ? 255 : 0;
	}
	memcpy(&mask, octets, sizeof(mask));
	return mask;
}

/* The last word may begin in the one before.  False if memory is out. */
static bool find_words(struct meaning *m, const struct nf_layout *l, struct meaning_gaps *gaps)
{
	const uint32_t n = l->min_len;
	struct meaning_word *words;

	if (l->nvar != 0 || n < 8)
		return true;
	words = nf_arena_alloc(&m->arena, (n / 8 + 1) * sizeof(*words));
	for (uint32_t from = 0; words != NULL && from < n; from += 8) {
		uint32_t at = from + 8 <= n ? from : n - 8;
		uint64_t mask = mask_of(gaps, at, from);

		if (mask != 0)
			words[gaps->nwords++] = (struct meaning_word){ at, mask };
	}
	gaps->words = words;
	return words != NULL;
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
	*to = (struct meaning_gaps){ .v = gaps, .n = n };
	return gaps != NULL && find_words(m, l, to);
}

/* A key that was asked for may be a counter, which is to stay as it is. */
static bool may_add(const struct meaning *m, const struct meaning_plan *p,
		    struct nf_column *adders)
{
	bool may = p->keeps && m->opts.keys == NULL;

	for (unsigned i = 0; may && i < p->ends[MEANING_UNION]; i++) {
		unsigned field = p->by_how[i].field;

		may = is_alone(p->layout, field) &&
		      p->layout->fields[field].kind == NF_KIND_UINT &&
		      nf_column_of(p->layout, field, &adders[i]);
	}
	return may;
}

bool meaning_find_gaps(struct meaning *m, struct meaning_plan *p)
{
	struct nf_column *adders = nf_arena_alloc(&m->arena, (p->ends[MEANING_UNION] + 1u) *
							     sizeof(*adders));

	p->adders = adders;
	p->adds = adders != NULL && may_add(m, p, adders);
	return adders != NULL && (m->opts.like == NULL || find(m, p, false, &p->untold)) &&
	       (!p->adds || find(m, p, true, &p->adding));
}

bool meaning_same_records(const struct meaning_gaps *gaps, const struct nf_rec *a,
			  const struct nf_rec *b)
{
	const struct nf_layout *l = a->layout;
	size_t at = 0;

	if (gaps->words != NULL)
		return meaning_same_words(gaps, a->p, b->p);
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
