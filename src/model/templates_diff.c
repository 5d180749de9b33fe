#include <config.h>

#include "model/templates.h"

#include "base/mem.h"

enum { CELLS = 1 << 16 };	/* of the table for what two definitions have in common */

static bool same(const struct nf_spec *a, const struct nf_spec *b)
{
	return a->id == b->id && a->pen == b->pen && a->enterprise == b->enterprise &&
	       a->length == b->length && a->scope == b->scope;
}

/* The specifiers of T; NULL if memory is out or there are none. */
static struct nf_spec *load(const struct nf_template *t, size_t *n)
{
	struct nf_spec *v;
	struct nf_specs specs;

	*n = 0;
	if (t == NULL || t->nfields == 0)
		return NULL;
	v = nf_alloc(t->nfields * sizeof(*v));
	if (v == NULL)
		return NULL;
	nf_specs_open(&specs, t);
	while (*n < t->nfields && nf_spec_next(&specs, &v[*n]))
		++*n;
	return v;
}

static void step(struct templates_diff *d, char op, const struct nf_spec *v, size_t i)
{
	d->v[d->n++] = (struct templates_step){ .op = op, .spec = v[i], .index = (uint16_t)i };
	d->added += op == '+';
	d->removed += op == '-';
}

/* Fields A[from..na) of the old definition and B[from..nb) of the new one. */
struct middle {
	const struct nf_spec *a, *b;
	size_t from, na, nb;
};

/*
 * How many fields both have in common from each pair of places on (longest common
 * subsequence); NULL where there are too many pairs, or memory is out.
 */
static uint16_t *common(const struct middle *m)
{
	size_t rows = m->na - m->from + 1, columns = m->nb - m->from + 1;
	uint16_t *table;

	if (rows > CELLS / columns)
		return NULL;
	table = nf_zalloc(rows * columns * sizeof(*table));
	if (table == NULL)
		return NULL;
	for (size_t i = rows - 1; i-- > 0; )
		for (size_t j = columns - 1; j-- > 0; ) {
			uint16_t *here = &table[i * columns + j];
			uint16_t below = here[columns], right = here[1];

			if (same(&m->a[m->from + i], &m->b[m->from + j]))
				*here = (uint16_t)(here[columns + 1] + 1);
			else
				*here = below > right ? below : right;
		}
	return table;
}

static void steps_between(struct templates_diff *d, const struct middle *m)
{
	size_t i = m->from, j = m->from, columns = m->nb - m->from + 1;
	uint16_t *table = common(m);

	while (table != NULL && i < m->na && j < m->nb) {
		const uint16_t *here = &table[(i - m->from) * columns + (j - m->from)];

		if (same(&m->a[i], &m->b[j])) {
			step(d, ' ', m->b, j++);
			i++;
		} else if (here[columns] >= here[1]) {
			step(d, '-', m->a, i++);
		} else {
			step(d, '+', m->b, j++);
		}
	}
	while (i < m->na)
		step(d, '-', m->a, i++);
	while (j < m->nb)
		step(d, '+', m->b, j++);
	nf_free(table);
}

bool templates_diff(struct templates_diff *d, const struct nf_template *old,
		    const struct nf_template *new)
{
	size_t na, nb, from = 0, behind = 0;
	struct nf_spec *a = load(old, &na), *b = load(new, &nb);
	bool sound = (a != NULL || old == NULL || old->nfields == 0) &&
		     (b != NULL || new->nfields == 0);

	*d = (struct templates_diff){ .n = 0 };
	if (sound && na + nb > 0)
		sound = (d->v = nf_alloc((na + nb) * sizeof(*d->v))) != NULL;
	if (sound && na + nb > 0) {
		while (from < na && from < nb && same(&a[from], &b[from])) {
			step(d, ' ', b, from);
			from++;
		}
		while (behind < na - from && behind < nb - from &&
		       same(&a[na - 1 - behind], &b[nb - 1 - behind]))
			behind++;
		steps_between(d, &(struct middle){
			.a = a, .b = b, .from = from, .na = na - behind, .nb = nb - behind,
		});
		for (size_t i = nb - behind; i < nb; i++)
			step(d, ' ', b, i);
	}
	nf_free(a);
	nf_free(b);
	return sound;
}

void templates_diff_done(struct templates_diff *d)
{
	nf_free(d->v);
}
