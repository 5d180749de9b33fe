#include <config.h>

#include "model/templates.h"

#include "base/edits.h"
#include "base/mem.h"

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

/* Both definitions, for nf_edits. */
struct both {
	const struct nf_spec *a, *b;
};

static bool same(void *ctx, size_t i, size_t j)
{
	const struct both *both = ctx;
	const struct nf_spec *a = &both->a[i], *b = &both->b[j];

	return a->id == b->id && a->pen == b->pen && a->enterprise == b->enterprise &&
	       a->length == b->length && a->scope == b->scope;
}

static bool take_steps(struct templates_diff *d, const struct nf_edits *e, const struct both *both)
{
	if (e->n == 0)
		return true;
	d->v = nf_alloc(e->n * sizeof(*d->v));
	if (d->v == NULL)
		return false;
	for (size_t i = 0; i < e->n; i++) {
		const struct nf_edit *edit = &e->v[i];

		if (edit->op == '-')
			step(d, '-', both->a, edit->a);
		else
			step(d, edit->op, both->b, edit->b);
	}
	return true;
}

bool templates_diff(struct templates_diff *d, const struct nf_template *old,
		    const struct nf_template *new)
{
	size_t na, nb;
	struct nf_spec *a = load(old, &na), *b = load(new, &nb);
	struct both both = { a, b };
	struct nf_edits edits;
	bool sound = (a != NULL || old == NULL || old->nfields == 0) &&
		     (b != NULL || new->nfields == 0);

	*d = (struct templates_diff){ .n = 0 };
	sound = sound && nf_edits(&edits, na, nb, same, &both);
	if (sound) {
		sound = take_steps(d, &edits, &both);
		nf_edits_done(&edits);
	}
	nf_free(a);
	nf_free(b);
	return sound;
}

void templates_diff_done(struct templates_diff *d)
{
	nf_free(d->v);
}
