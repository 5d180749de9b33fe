/* What of two rows is compared: found once for each two shapes, or layouts of kept records. */
#include <config.h>

#include "model/diff_flows.h"

#include "base/mem.h"
#include "model/meaning_internal.h"

static void alike_done(struct diff_alike *x)
{
	nf_free(x->columns);
	nf_free(x->ranges);
	*x = (struct diff_alike){ .made = false };
}

void diff_alikes_done(struct diff_flows *f)
{
	for (unsigned i = 0; i < DIFF_ALIKES; i++)
		alike_done(&f->alikes[i]);
}

/* -- Columns -------------------------------------------------------------------------- */

static void pair_columns(struct diff_flows *f, struct diff_alike *x, const struct meaning_shape *a,
			 const struct meaning_shape *b)
{
	for (unsigned i = b->n; i-- > 0; )
		f->back[b->columns[i]] = (int32_t)i;
	for (unsigned i = 0; i < a->n; i++) {
		int32_t column = f->columns[a->columns[i]];

		if (column < 0 || f->back[column] < 0)
			continue;
		x->columns[x->n][0] = (uint16_t)i;
		x->columns[x->n++][1] = (uint16_t)f->back[column];
	}
	for (unsigned i = 0; i < b->n; i++)
		f->back[b->columns[i]] = -1;
}

/* -- Octets --------------------------------------------------------------------------- */

static struct diff_range range_of(const struct nf_fielddef *a, const struct nf_fielddef *b)
{
	return (struct diff_range){
		.at = { a->offset, b->offset }, .shift = { a->nvar, b->nvar }, .n = a->length,
	};
}

/* Does Y begin on both sides where X ends? */
static bool goes_on(const struct diff_range *x, const struct diff_range *y)
{
	for (unsigned i = 0; i < 2; i++)
		if (x->shift[i] != y->shift[i] || x->at[i] + x->n != y->at[i])
			return false;
	return x->n != NF_VARLEN && y->n != NF_VARLEN;
}

static int by_place(const void *a, const void *b)
{
	const struct diff_range *x = a, *y = b;

	if (x->shift[0] != y->shift[0])
		return x->shift[0] < y->shift[0] ? -1 : 1;
	return x->at[0] < y->at[0] ? -1 : x->at[0] > y->at[0];
}

/* As they stand in the old record, so that many become few. */
static void join(struct diff_alike *x)
{
	unsigned n = 0;

	if (x->nranges > 1)
		qsort(x->ranges, x->nranges, sizeof(*x->ranges), by_place);
	for (unsigned i = 0; i < x->nranges; i++) {
		if (n != 0 && goes_on(&x->ranges[n - 1], &x->ranges[i]))
			x->ranges[n - 1].n = (uint16_t)(x->ranges[n - 1].n + x->ranges[i].n);
		else
			x->ranges[n++] = x->ranges[i];
	}
	x->nranges = (uint16_t)n;
}

/* Fields of other lengths, or of bits, are compared as values. */
static void find_ranges(struct diff_alike *x, const struct meaning_plan *a,
			const struct meaning_plan *b)
{
	for (unsigned i = 0; i < x->n; i++) {
		const struct nf_fielddef *p =
			&a->layout->fields[a->steps[x->columns[i][0]].field];
		const struct nf_fielddef *q =
			&b->layout->fields[b->steps[x->columns[i][1]].field];

		if (p->length != q->length || p->nbits != 0 || q->nbits != 0) {
			nf_free(x->ranges);
			x->ranges = NULL;
			return;
		}
		x->ranges[x->nranges++] = range_of(p, q);
	}
	join(x);
}

static bool make(struct diff_flows *f, struct diff_alike *x, const uint64_t *a, const uint64_t *b)
{
	const struct meaning *old = f->d->of[0], *new = f->d->of[1];
	const struct meaning_shape *s = &old->shapes[meaning_shape_of(old, a)];
	uint32_t kept_a = meaning_kept_by(a), kept_b = meaning_kept_by(b);

	alike_done(x);
	x->columns = nf_alloc((s->n + 1u) * sizeof(*x->columns));
	if (kept_a != 0 && kept_b != 0)
		x->ranges = nf_alloc((s->n + 1u) * sizeof(*x->ranges));
	if (x->columns == NULL || (kept_a != 0 && kept_b != 0 && x->ranges == NULL))
		return false;
	pair_columns(f, x, s, &new->shapes[meaning_shape_of(new, b)]);
	if (x->ranges != NULL)
		find_ranges(x, old->plans[kept_a - 1], new->plans[kept_b - 1]);
	x->of[0] = meaning_manner(a);
	x->of[1] = meaning_manner(b);
	return x->made = true;
}

const struct diff_alike *diff_alike_of(struct diff_flows *f, const uint64_t *a, const uint64_t *b)
{
	uint32_t x = meaning_manner(a), y = meaning_manner(b);
	struct diff_alike *alike = &f->alikes[(x * 31 + y) % DIFF_ALIKES];

	if (alike->made && alike->of[0] == x && alike->of[1] == y)
		return alike;
	return make(f, alike, a, b) ? alike : NULL;
}

/* -- Rows ----------------------------------------------------------------------------- */

static struct nf_bytes octets_of(const struct nf_rec *r, const struct diff_range *x, unsigned side)
{
	const uint8_t *p = r->p + x->at[side] + r->shift[x->shift[side]];

	if (x->n != NF_VARLEN)
		return (struct nf_bytes){ p, x->n };
	return *p < 255 ? (struct nf_bytes){ p + 1, *p } :
			  (struct nf_bytes){ p + 3, nf_be16(p + 1) };
}

static inline bool same_octets(const uint8_t *p, const uint8_t *q, size_t n)
{
	uint16_t x, y;

	switch (n) {
	case 1: return *p == *q;
	case 2:
		memcpy(&x, p, sizeof(x));
		memcpy(&y, q, sizeof(y));
		return x == y;
	case 4: return nf_own32(p) == nf_own32(q);
	case 8: return nf_own64(p) == nf_own64(q);
	default: return memcmp(p, q, n) == 0;
	}
}

static bool same_records(const struct diff_alike *x, const struct nf_rec *a, const struct nf_rec *b)
{
	for (unsigned i = 0; i < x->nranges; i++) {
		struct nf_bytes p = octets_of(a, &x->ranges[i], 0);
		struct nf_bytes q = octets_of(b, &x->ranges[i], 1);

		if (p.n != q.n || !same_octets(p.p, q.p, p.n))
			return false;
	}
	return true;
}

/* The words of one column. */
static bool same_words(const struct meaning_look *a, unsigned i, const struct meaning_look *b,
		       unsigned j)
{
	uint8_t how = a->m->columns[a->shape->columns[i]].how;
	const uint64_t *v = a->words + a->shape->at[i], *w = b->words + b->shape->at[j];

	return how != MEANING_TEXTS && v[0] == w[0] && (how != MEANING_RANGE || v[1] == w[1]);
}

bool diff_values_same(struct diff_flows *f, const uint64_t *a, const uint64_t *b)
{
	const struct diff_alike *x;
	struct meaning_look old, new;

	if (a[MEANING_VALUES] == b[MEANING_VALUES])
		return true;			/* the same octets */
	x = diff_alike_of(f, a, b);
	if (x == NULL)
		return false;
	meaning_look(f->d->of[0], a, &old);
	meaning_look(f->d->of[1], b, &new);
	if (old.words == NULL && new.words == NULL)
		return x->ranges != NULL && same_records(x, &old.rec, &new.rec);
	if (old.words == NULL || new.words == NULL)
		return false;
	for (unsigned i = 0; i < x->n; i++)
		if (!same_words(&old, x->columns[i][0], &new, x->columns[i][1]))
			return false;
	return true;
}
