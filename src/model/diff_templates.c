/*
 * Templates, matched by layout: what is left is matched by id, then by what it has in common.
 */
#include <config.h>

#include "model/diff.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/edits.h"
#include "base/mem.h"

enum { NAME = 40 };

static bool same_element(const struct meaning_field *a, const struct meaning_field *b)
{
	return a->pen == b->pen && a->id == b->id && a->scope == b->scope;
}

static bool same_field(const struct meaning_field *a, const struct meaning_field *b)
{
	return same_element(a, b) && a->length == b->length && strcmp(a->name, b->name) == 0;
}

static bool same_layout(const struct meaning_template *a, const struct meaning_template *b)
{
	if (a->options != b->options || a->nfields != b->nfields)
		return false;
	for (unsigned i = 0; i < a->nfields; i++)
		if (!same_field(&a->fields[i], &b->fields[i]))
			return false;
	return true;
}

static const char *subject(struct diff *d, const struct meaning_template *t)
{
	char text[NAME];

	snprintf(text, sizeof(text), "%s %u", t->options ? "options template" : "template", t->id);
	return diff_text(d, text);
}

static void length_text(char text[NAME], const struct meaning_field *f)
{
	if (f->length == NF_VARLEN)
		snprintf(text, NAME, "variable length%s", f->scope ? ", scope" : "");
	else
		snprintf(text, NAME, "%u octet%s%s", f->length, f->length == 1 ? "" : "s",
			 f->scope ? ", scope" : "");
}

static struct difference *add(struct diff *d, enum diff_kind kind,
			      const struct meaning_template *old,
			      const struct meaning_template *new)
{
	int32_t a = old != NULL ? old->domain : d->to[1][new->domain];
	int32_t b = new != NULL ? new->domain : d->to[0][old->domain];
	struct difference *x = diff_add(d, kind, a, b);

	x->subject = subject(d, old != NULL ? old : new);
	x->frame[0] = old != NULL ? old->frame : 0;
	x->frame[1] = new != NULL ? new->frame : 0;
	d->total[kind]++;
	return x;
}

static void one_side(struct diff *d, const struct meaning_template *t, unsigned side)
{
	enum diff_kind kind = side == 0 ? DIFF_TEMPLATE_REMOVED : DIFF_TEMPLATE_ADDED;
	struct difference *x;
	char text[NAME];

	if (!diff_wants(d, kind, MEANING_ALWAYS, NULL, NULL))
		return;
	x = add(d, kind, side == 0 ? t : NULL, side == 0 ? NULL : t);
	for (unsigned i = 0; i < t->nfields; i++) {
		length_text(text, &t->fields[i]);
		diff_change_add(d, x, t->fields[i].name, side == 0 ? text : NULL,
				side == 0 ? NULL : text);
	}
}

/* -- What a change is made of --------------------------------------------------------- */

struct both {
	const struct meaning_template *t[2];
};

static bool same(void *ctx, size_t i, size_t j)
{
	const struct both *b = ctx;

	return same_field(&b->t[0]->fields[i], &b->t[1]->fields[j]);
}

/* Of the other side, the step that has the element of I's field, and was not taken. */
static size_t partner(const struct nf_edits *e, const struct both *b, size_t i, const bool *taken)
{
	const struct meaning_field *f = &b->t[0]->fields[e->v[i].a];

	for (size_t j = 0; j < e->n; j++)
		if (e->v[j].op == '+' && !taken[j] &&
		    (b->t[1]->fields[e->v[j].b].pen == f->pen &&
		     b->t[1]->fields[e->v[j].b].id == f->id))
			return j;
	return e->n;
}

/* A field that is on both sides, somehow: moved, of another length or name, or in the scope. */
static void moved(struct diff *d, struct difference *x, const struct both *b, size_t i, size_t j)
{
	const struct meaning_field *f = &b->t[0]->fields[i], *g = &b->t[1]->fields[j];
	char old[2 * NAME], new[2 * NAME], name[NAME];

	length_text(old, f);
	length_text(new, g);
	if (same_field(f, g)) {
		if (i == j)		/* others have moved past it */
			return;
		snprintf(old, sizeof(old), "field %zu", i + 1);
		snprintf(new, sizeof(new), "field %zu", j + 1);
	} else if (strcmp(f->name, g->name) != 0) {
		snprintf(name, sizeof(name), "element %u/%u", f->pen, f->id);
		diff_change_add(d, x, name, f->name, g->name);
		if (f->length == g->length && f->scope == g->scope)
			return;
	}
	diff_change_add(d, x, f->name, old, new);
}

static void steps(struct diff *d, struct difference *x, const struct both *b,
		  const struct nf_edits *e, bool *taken)
{
	char text[NAME];

	for (size_t i = 0; i < e->n; i++) {
		size_t j = e->v[i].op == '-' ? partner(e, b, i, taken) : e->n;

		if (e->v[i].op != '-')
			continue;
		if (j < e->n) {
			taken[j] = true;
			moved(d, x, b, e->v[i].a, e->v[j].b);
			continue;
		}
		length_text(text, &b->t[0]->fields[e->v[i].a]);
		diff_change_add(d, x, b->t[0]->fields[e->v[i].a].name, text, NULL);
	}
	for (size_t i = 0; i < e->n; i++)
		if (e->v[i].op == '+' && !taken[i]) {
			length_text(text, &b->t[1]->fields[e->v[i].b]);
			diff_change_add(d, x, b->t[1]->fields[e->v[i].b].name, NULL, text);
		}
}

static void changed(struct diff *d, const struct meaning_template *old,
		    const struct meaning_template *new)
{
	struct both b = { { old, new } };
	struct nf_edits e;
	bool *taken;

	if (!diff_wants(d, DIFF_TEMPLATE_CHANGED, MEANING_ALWAYS, NULL, NULL))
		return;
	if (!nf_edits(&e, old->nfields, new->nfields, same, &b)) {
		d->failed = true;
		return;
	}
	taken = nf_zalloc(e.n + 1);
	d->failed |= taken == NULL;
	if (taken != NULL)
		steps(d, add(d, DIFF_TEMPLATE_CHANGED, old, new), &b, &e, taken);
	nf_free(taken);
	nf_edits_done(&e);
}

static void renumbered(struct diff *d, const struct meaning_template *old,
		       const struct meaning_template *new)
{
	char a[NAME], b[NAME];

	if (old->id == new->id ||
	    !diff_wants(d, DIFF_TEMPLATE_RENUMBERED, MEANING_IDS, NULL, NULL))
		return;
	snprintf(a, sizeof(a), "%u", old->id);
	snprintf(b, sizeof(b), "%u", new->id);
	diff_change_add(d, add(d, DIFF_TEMPLATE_RENUMBERED, old, new), "id", a, b);
}

/* -- Matching ------------------------------------------------------------------------- */

enum { MAX_PAIRS = 1 << 20 };		/* that are weighed against each other in a round */

/* Templates of both sides that may belong together, and how well they do. */
struct likely {
	uint32_t likeness, old, new;
};

struct matching {
	struct diff *d;
	uint64_t *elements[2];		/* of all templates, those of each in order */
	size_t *at[2];			/* where those of each stand */
	bool *taken[2];
	struct likely *pairs;
	size_t n, cap;
};

static int by_number(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static bool take_elements(struct matching *m, unsigned side)
{
	const struct meaning *of = m->d->of[side];
	size_t n = 0;

	for (size_t i = 0; i < of->ntemplates; i++)
		n += of->templates[i].nfields;
	m->elements[side] = nf_alloc((n + 1) * sizeof(**m->elements));
	m->at[side] = nf_alloc((of->ntemplates + 1) * sizeof(**m->at));
	m->taken[side] = nf_zalloc(of->ntemplates + 1);
	if (m->elements[side] == NULL || m->at[side] == NULL || m->taken[side] == NULL)
		return false;
	n = 0;
	for (size_t i = 0; i < of->ntemplates; i++) {
		const struct meaning_template *t = &of->templates[i];

		m->at[side][i] = n;
		for (unsigned k = 0; k < t->nfields; k++)
			m->elements[side][n + k] = (uint64_t)t->fields[k].pen << 16 |
						   t->fields[k].id;
		qsort(m->elements[side] + n, t->nfields, sizeof(**m->elements), by_number);
		n += t->nfields;
	}
	return true;
}

/* Elements that template I of the old side and J of the new one both have. */
static unsigned in_common(const struct matching *m, size_t i, size_t j)
{
	const uint64_t *a = m->elements[0] + m->at[0][i], *b = m->elements[1] + m->at[1][j];
	const uint64_t *a_end = a + m->d->of[0]->templates[i].nfields;
	const uint64_t *b_end = b + m->d->of[1]->templates[j].nfields;
	unsigned n = 0;

	while (a < a_end && b < b_end) {
		const int order = by_number(a, b);

		n += order == 0;
		a += order <= 0;
		b += order >= 0;
	}
	return n;
}

/* How well two go together in a ROUND: by layout, by id, by what they have in common; 0: not. */
static unsigned likeness(const struct matching *m, size_t i, size_t j, unsigned round)
{
	const struct meaning_template *a = &m->d->of[0]->templates[i];
	const struct meaning_template *b = &m->d->of[1]->templates[j];
	unsigned most = a->nfields > b->nfields ? a->nfields : b->nfields, n;

	if (round == 0)
		return same_layout(a, b) ? 1 + (a->id == b->id) : 0;
	if (a->options != b->options || (round == 1 && a->id != b->id))
		return 0;
	n = in_common(m, i, j);
	return round == 1 || 2 * n >= most ? n : 0;
}

static bool add_pairs(struct matching *m, size_t i, unsigned round)
{
	const struct meaning *new = m->d->of[1];
	int32_t domain = m->d->to[0][m->d->of[0]->templates[i].domain];
	void *pairs = m->pairs;

	for (size_t j = 0; j < new->ntemplates && m->n < MAX_PAIRS; j++) {
		unsigned n = m->taken[1][j] || new->templates[j].domain != domain ? 0 :
			     likeness(m, i, j, round);

		if (n == 0)
			continue;
		if (!nf_grow(&pairs, &m->cap, m->n + 1, sizeof(*m->pairs)))
			return false;
		m->pairs = pairs;
		m->pairs[m->n++] = (struct likely){ n, (uint32_t)i, (uint32_t)j };
	}
	return true;
}

/* The likest first; of equal ones those that stand first, the same for both orders of captures. */
static int by_likeness(const void *a, const void *b)
{
	const struct likely *x = a, *y = b;
	uint64_t at_x = (uint64_t)x->old + x->new, at_y = (uint64_t)y->old + y->new;
	uint32_t apart_x = x->old > x->new ? x->old - x->new : x->new - x->old;
	uint32_t apart_y = y->old > y->new ? y->old - y->new : y->new - y->old;

	if (x->likeness != y->likeness)
		return x->likeness > y->likeness ? -1 : 1;
	if (at_x != at_y)
		return at_x < at_y ? -1 : 1;
	if (apart_x != apart_y)
		return apart_x < apart_y ? -1 : 1;
	return x->old < y->old ? -1 : x->old > y->old;
}

static void match(struct matching *m, unsigned round)
{
	const struct meaning *old = m->d->of[0], *new = m->d->of[1];

	m->n = 0;
	for (size_t i = 0; i < old->ntemplates && !m->d->failed; i++)
		if (!m->taken[0][i] && m->d->to[0][old->templates[i].domain] != MEANING_NONE)
			m->d->failed = !add_pairs(m, i, round);
	if (m->n > 1)
		qsort(m->pairs, m->n, sizeof(*m->pairs), by_likeness);
	for (size_t i = 0; i < m->n && !m->d->failed; i++) {
		const struct likely *x = &m->pairs[i];

		if (m->taken[0][x->old] || m->taken[1][x->new])
			continue;
		m->taken[0][x->old] = m->taken[1][x->new] = true;
		if (round == 0)
			renumbered(m->d, &old->templates[x->old], &new->templates[x->new]);
		else
			changed(m->d, &old->templates[x->old], &new->templates[x->new]);
	}
}

static void matching_done(struct matching *m)
{
	for (unsigned side = 0; side < 2; side++) {
		nf_free(m->elements[side]);
		nf_free(m->at[side]);
		nf_free(m->taken[side]);
	}
	nf_free(m->pairs);
}

void diff_templates(struct diff *d)
{
	struct matching m = { .d = d };

	if (!take_elements(&m, 0) || !take_elements(&m, 1))
		d->failed = true;
	for (unsigned round = 0; !d->failed && round < 3; round++)
		match(&m, round);
	for (unsigned side = 0; side < 2; side++)
		for (size_t i = 0; !d->failed && i < d->of[side]->ntemplates; i++)
			if (!m.taken[side][i] &&
			    d->to[side][d->of[side]->templates[i].domain] != MEANING_NONE)
				one_side(d, &d->of[side]->templates[i], side);
	matching_done(&m);
}
