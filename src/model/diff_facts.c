/*
 * Facts of both sides, side by side: what only one has, and what they say otherwise.
 */
#include <config.h>

#include "model/diff.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

/* A fact, and whose it is: by the index of the domain in the old capture, or behind all of them. */
struct at {
	const struct meaning_fact *fact;
	int64_t domain;
};

static int order(const void *a, const void *b)
{
	const struct at *x = a, *y = b;
	int c;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	if (x->fact->topic != y->fact->topic)
		return x->fact->topic < y->fact->topic ? -1 : 1;
	c = strcmp(x->fact->subject, y->fact->subject);
	return c != 0 ? c : strcmp(x->fact->name, y->fact->name);
}

/* Facts of domains that have a mate, and of the whole capture. */
static struct at *sorted(struct diff *d, unsigned side, size_t *n)
{
	const struct meaning *m = d->of[side];
	struct at *v = nf_alloc((m->nfacts + 1) * sizeof(*v));

	*n = 0;
	d->failed |= v == NULL;
	for (size_t i = 0; v != NULL && i < m->nfacts; i++) {
		int32_t own = m->facts[i].domain;
		int32_t mate = own != MEANING_NONE ? d->to[side][own] : MEANING_NONE;

		if (own != MEANING_NONE && mate == MEANING_NONE)
			continue;
		v[(*n)++] = (struct at){ &m->facts[i], side == 0 ? own : mate };
	}
	if (*n > 1)
		qsort(v, *n, sizeof(*v), order);
	return v;
}

/* Which kind it is where only OLD, only NEW, or both are there. */
static enum diff_kind kind_of(uint8_t topic, bool old, bool new)
{
	static const uint8_t of[][3] = {
		[MEANING_OPTIONS] = { DIFF_OPTION_REMOVED, DIFF_OPTION_ADDED, DIFF_OPTION_CHANGED },
		[MEANING_BEHAVIOUR] = { DIFF_BEHAVIOUR, DIFF_BEHAVIOUR, DIFF_BEHAVIOUR },
		[MEANING_FINDINGS] = { DIFF_FINDING_GONE, DIFF_FINDING_NEW, DIFF_FINDING_NEW },
	};

	return (enum diff_kind)of[topic][old && new ? 2 : new ? 1 : 0];
}

/*
 * A timeout that only one side shows: the other has none as short, where its records last longer.
 * True, and how long they last in TEXT.
 */
static bool outlasted(const struct diff *d, const struct meaning_fact *f, unsigned side,
		      char text[48])
{
	double slack = f->slack, share = f->share, longest;
	int32_t mate = d->to[side][f->domain];

	if (strcmp(f->name, "active-timeout") != 0 || mate == MEANING_NONE)
		return false;
	diff_tolerance(d, f->name, NULL, &slack, &share);
	longest = (double)d->of[!side]->domains[mate]->longest_ns / 1e9;
	snprintf(text, 48, "none up to %.0f s", longest);
	return longest > f->number + fmax(slack, share * longest);
}

static void tell(struct diff *d, const struct at *old, const struct at *new)
{
	const struct meaning_fact *f = old != NULL ? old->fact : new->fact;
	enum diff_kind kind = kind_of(f->topic, old != NULL, new != NULL);
	int32_t domain = old != NULL ? old->fact->domain : MEANING_NONE;
	int32_t mate = new != NULL ? new->fact->domain : MEANING_NONE;
	struct difference *x = d->n != 0 ? &d->list[d->n - 1] : NULL;
	char other[48];
	const char *values[2] = {
		old != NULL ? old->fact->value : NULL, new != NULL ? new->fact->value : NULL,
	};

	if (f->measured && (old == NULL || new == NULL)) {
		if (!outlasted(d, f, old == NULL, other))
			return;
		values[old != NULL] = other;
	}
	if (!diff_wants(d, kind, (enum meaning_class)f->class, f->name, NULL))
		return;
	if (domain == MEANING_NONE && mate != MEANING_NONE)
		domain = d->to[1][mate];
	if (mate == MEANING_NONE && domain != MEANING_NONE)
		mate = d->to[0][domain];
	/* what a row of a table says is one difference */
	if (x == NULL || f->topic != MEANING_OPTIONS || x->kind != kind ||
	    x->domain[0] != domain || strcmp(x->subject, f->subject) != 0) {
		x = diff_add(d, kind, domain, mate);
		x->subject = diff_text(d, f->subject);
		x->frame[0] = old != NULL ? old->fact->frame : 0;
		x->frame[1] = new != NULL ? new->fact->frame : 0;
		d->total[kind]++;
	}
	diff_change_add(d, x, f->name, values[0], values[1]);
}

static bool same(const struct diff *d, const struct meaning_fact *a, const struct meaning_fact *b)
{
	double slack = a->slack, share = a->share;

	if (!a->measured || !b->measured)
		return strcmp(a->value, b->value) == 0;
	if (!diff_tolerance(d, a->name, NULL, &slack, &share) && d->opts.strict)
		slack = share = 0;
	return diff_near(a->number, b->number, slack, share);
}

void diff_facts(struct diff *d)
{
	size_t na, nb, i = 0, j = 0;
	struct at *a = sorted(d, 0, &na), *b = sorted(d, 1, &nb);

	while (!d->failed && (i < na || j < nb)) {
		int c = i >= na ? 1 : j >= nb ? -1 : order(&a[i], &b[j]);

		if (c == 0 && a[i].fact->topic != MEANING_FINDINGS &&
		    !same(d, a[i].fact, b[j].fact))
			tell(d, &a[i], &b[j]);
		else if (c != 0)
			tell(d, c < 0 ? &a[i] : NULL, c < 0 ? NULL : &b[j]);
		i += c <= 0;
		j += c >= 0;
	}
	nf_free(a);
	nf_free(b);
}
