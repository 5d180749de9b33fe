/*
 * Templates, matched by layout: what is left is matched by id, then by what it has in common.
 */
#include <config.h>

#include "model/diff.h"

#include <stdio.h>

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

/* Elements that both have. */
static unsigned in_common(const struct meaning_template *a, const struct meaning_template *b)
{
	unsigned n = 0;

	for (unsigned i = 0; i < a->nfields; i++)
		for (unsigned j = 0; j < b->nfields; j++)
			if (a->fields[i].pen == b->fields[j].pen &&
			    a->fields[i].id == b->fields[j].id) {
				n++;
				break;
			}
	return n;
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

/* How well A and B go together in a ROUND; 0: not at all. */
static unsigned likeness(const struct meaning_template *a, const struct meaning_template *b,
			 unsigned round)
{
	unsigned most = a->nfields > b->nfields ? a->nfields : b->nfields, n;

	if (round == 0)
		return same_layout(a, b) ? 1 + (a->id == b->id) : 0;
	if (a->options != b->options)
		return 0;
	n = in_common(a, b);
	if (round == 1)
		return a->id == b->id && n > 0;
	return 2 * n >= most ? n : 0;
}

static void match(struct diff *d, bool *taken[2], unsigned round)
{
	const struct meaning *old = d->of[0], *new = d->of[1];

	for (size_t i = 0; i < old->ntemplates; i++) {
		const struct meaning_template *a = &old->templates[i];
		unsigned best = 0;
		size_t with = 0;

		if (taken[0][i] || d->to[0][a->domain] == MEANING_NONE)
			continue;
		for (size_t j = 0; j < new->ntemplates; j++) {
			const struct meaning_template *b = &new->templates[j];
			unsigned n = taken[1][j] || b->domain != d->to[0][a->domain] ? 0 :
				     likeness(a, b, round);

			if (n > best) {
				best = n;
				with = j;
			}
		}
		if (best == 0)
			continue;
		taken[0][i] = taken[1][with] = true;
		if (round == 0)
			renumbered(d, a, &new->templates[with]);
		else
			changed(d, a, &new->templates[with]);
	}
}

void diff_templates(struct diff *d)
{
	bool *taken[2] = {
		nf_zalloc(d->of[0]->ntemplates + 1), nf_zalloc(d->of[1]->ntemplates + 1),
	};

	d->failed |= taken[0] == NULL || taken[1] == NULL;
	for (unsigned round = 0; !d->failed && round < 3; round++)
		match(d, taken, round);
	for (unsigned side = 0; !d->failed && side < 2; side++)
		for (size_t i = 0; i < d->of[side]->ntemplates; i++)
			if (!taken[side][i] &&
			    d->to[side][d->of[side]->templates[i].domain] != MEANING_NONE)
				one_side(d, &d->of[side]->templates[i], side);
	nf_free(taken[0]);
	nf_free(taken[1]);
}
