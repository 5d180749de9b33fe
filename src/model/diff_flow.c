/* What the two sides say of one flow. */
#include <config.h>

#include "model/diff_flows.h"

#include <math.h>
#include <stdio.h>

/* -- Columns -------------------------------------------------------------------------- */

void diff_match_columns(struct diff_flows *f)
{
	const struct meaning *old = f->d->of[0], *new = f->d->of[1];

	for (size_t i = 0; i < old->ncolumns; i++) {
		const struct meaning_column *a = &old->columns[i];

		f->columns[i] = -1;
		for (size_t j = 0; j < new->ncolumns; j++) {
			const struct meaning_column *b = &new->columns[j];

			if (a->pen == b->pen && a->id == b->id && a->nth == b->nth &&
			    a->how == b->how &&
			    diff_wants(f->d, DIFF_FLOW_CHANGED, (enum meaning_class)a->class,
				       a->name, a->alias))
				f->columns[i] = (int32_t)j;
		}
	}
}

static bool same_text(const struct meaning_cell *a, const struct meaning_cell *b, unsigned i)
{
	if (a->v[i] == 0 || b->v[i] == 0)
		return a->v[i] == b->v[i];
	return a->text[i].n == b->text[i].n &&
	       (a->text[i].n == 0 || memcmp(a->text[i].p, b->text[i].p, a->text[i].n) == 0);
}

static void value_text(struct nf_strbuf *s, const struct meaning_column *c,
		       const struct meaning_cell *cell, unsigned which)
{
	const struct nf_format_ctx ctx = { 0 };
	uint64_t v = cell->v[which];
	uint8_t octets[8];

	if (c->how == MEANING_TEXTS) {
		if (v != 0)
			nf_value_text(s, (enum nf_kind)c->kind, cell->text[which], &ctx);
		return;
	}
	if (c->how != MEANING_RANGE || c->length == 0 || c->length > 8) {
		nf_sb_u64(s, v);
		return;
	}
	for (unsigned i = 0; i < c->length; i++)
		octets[i] = (uint8_t)(v >> 8 * (c->length - 1u - i));
	nf_value_text(s, (enum nf_kind)c->kind, (struct nf_bytes){ octets, c->length }, &ctx);
}

/* "6", or "6 .. 17" where the records of the flow say several. */
static void column_text(struct nf_strbuf *s, const struct meaning_column *c,
			const struct meaning_cell *cell)
{
	value_text(s, c, cell, 0);
	if (c->how >= MEANING_RANGE && cell->v[0] != cell->v[1]) {
		nf_sb_str(s, " .. ");
		value_text(s, c, cell, 1);
	}
}

static void differs(struct diff_flows *f, double weight)
{
	f->differs = true;
	if (weight > f->weight)
		f->weight = weight;
}

static bool numbers_near(const struct diff *d, const struct meaning_column *c, uint64_t a,
			 uint64_t b)
{
	double slack, share;

	if (a == b)
		return true;
	return d->opts.tolerance != NULL &&
	       diff_tolerance(d, c->name, c->alias, &slack, &share) &&
	       diff_near((double)a, (double)b, slack, share);
}

static void compare_column(struct diff_flows *f, uint16_t column, const struct meaning_cell *a,
			   const struct meaning_cell *b)
{
	const struct meaning_column *c = &f->d->of[0]->columns[column];
	struct nf_strbuf *s = &f->d->text;
	bool same;
	size_t at;

	if (c->how == MEANING_TEXTS)
		same = same_text(a, b, 0) && same_text(a, b, 1);
	else
		same = numbers_near(f->d, c, a->v[0], b->v[0]) &&
		       (c->how != MEANING_RANGE || numbers_near(f->d, c, a->v[1], b->v[1]));
	if (same)
		return;
	differs(f, c->how == MEANING_SUM || c->how == MEANING_MOST ?
		   fabs((double)a->v[0] - (double)b->v[0]) : 1);
	if (f->into == NULL)
		return;
	nf_strbuf_clear(s);
	column_text(s, c, a);
	nf_sb_char(s, '\0');
	at = s->n;
	column_text(s, &f->d->of[1]->columns[f->columns[column]], b);
	nf_sb_char(s, '\0');
	if (!s->failed)
		diff_change_add(f->d, f->into, c->name, s->p, s->p + at);
}

/* -- One flow ------------------------------------------------------------------------- */

/* Two times in seconds; NS is how far apart they are, to the nanosecond, where that fits. */
static void compare_times(struct diff_flows *f, bool first, double old, double new, uint64_t ns)
{
	const double fits = 0x1p62 / 1e9;
	const char *name = first ? "first" : "duration";
	double near = first && f->absolute ? 0 : fmax(fabs(old), fabs(new));
	double apart = fabs(old - new);
	struct nf_strbuf *s = &f->d->text;
	size_t at;

	if (apart < fits)	/* 2.003 - 1.003 is more than 1 */
		apart = fabs((double)(int64_t)ns / 1e9);
	if (!(first ? f->first : f->duration) ||
	    apart <= fmax(f->slack[first], f->share[first] * near))
		return;
	differs(f, 1);
	if (f->into == NULL)
		return;
	nf_strbuf_clear(s);
	nf_sb_printf(s, "%.3f s", old);
	nf_sb_char(s, '\0');
	at = s->n;
	nf_sb_printf(s, "%.3f s", new);
	nf_sb_char(s, '\0');
	if (!s->failed)
		diff_change_add(f->d, f->into, name, s->p, s->p + at);
}

/* Seconds from A to B, which may lie anywhere. */
static double between(uint64_t a, uint64_t b)
{
	return ((double)(int64_t)b - (double)(int64_t)a) / 1e9;
}

static void compare_clock(struct diff_flows *f, const uint64_t *a, const uint64_t *b)
{
	const struct meaning_domain *x = f->d->of[0]->domains[meaning_domain_at(a)];
	const struct meaning_domain *y = f->d->of[1]->domains[meaning_domain_at(b)];
	uint64_t base, other;
	int64_t offset = f->absolute ? 0 : f->offsets[meaning_domain_at(a)];

	if (!diff_timed(a) || !diff_timed(b))
		return;
	/* from the earliest flow of either side, so that both directions say the same */
	base = (uint64_t)x->first_ns;
	other = (uint64_t)y->first_ns - (uint64_t)offset;
	if ((int64_t)(other - base) < 0)
		base = other;
	compare_times(f, true, between(base, a[MEANING_FIRST]),
		      (double)(int64_t)(b[MEANING_FIRST] - base - (uint64_t)offset) / 1e9,
		      b[MEANING_FIRST] - a[MEANING_FIRST] - (uint64_t)offset);
	compare_times(f, false, between(a[MEANING_FIRST], a[MEANING_LAST]),
		      between(b[MEANING_FIRST], b[MEANING_LAST]),
		      b[MEANING_LAST] - b[MEANING_FIRST] - (a[MEANING_LAST] - a[MEANING_FIRST]));
}

static void compare_records(struct diff_flows *f, const uint64_t *a, const uint64_t *b)
{
	char old[24], new[24];
	double slack = 0, share = 0;

	if (!f->d->opts.no_merge || meaning_records(a) == meaning_records(b) ||
	    !diff_wants(f->d, DIFF_FLOW_CHANGED, MEANING_ALWAYS, "records", NULL) ||
	    (diff_tolerance(f->d, "records", NULL, &slack, &share) &&
	     diff_near((double)meaning_records(a), (double)meaning_records(b), slack, share)))
		return;
	differs(f, 1);
	if (f->into == NULL)
		return;
	snprintf(old, sizeof(old), "%llu", (unsigned long long)meaning_records(a));
	snprintf(new, sizeof(new), "%llu", (unsigned long long)meaning_records(b));
	diff_change_add(f->d, f->into, "records", old, new);
}

/* A field that one side's flows do not have is the template's difference. */
void diff_flow(struct diff_flows *f, const uint64_t *a, const uint64_t *b)
{
	const struct diff_alike *alike = diff_alike_of(f, a, b);
	struct meaning_look old, new;

	f->differs = false;
	f->weight = 0;
	f->d->failed |= alike == NULL;
	if (alike == NULL)
		return;
	meaning_look(f->d->of[0], a, &old);
	meaning_look(f->d->of[1], b, &new);
	for (unsigned i = 0; i < alike->n; i++) {
		struct meaning_cell x = meaning_cell(&old, alike->columns[i][0]);
		struct meaning_cell y = meaning_cell(&new, alike->columns[i][1]);

		compare_column(f, old.shape->columns[alike->columns[i][0]], &x, &y);
	}
	compare_clock(f, a, b);
	compare_records(f, a, b);
}
