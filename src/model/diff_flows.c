/* Flows by key: lost, added, and what the rest say otherwise. */
#include <config.h>

#include "model/diff_flows.h"

#include <stdlib.h>

#include "base/mem.h"

/* Unless --tolerance says otherwise. */
static const double time_slack = 1, time_share = 0.01;

/* A flow that may be listed. */
struct candidate {
	double weight;
	const uint64_t *old, *new;
};

/* Twice as many as are listed, and some, are gathered before the least of them are dropped. */
struct worst {
	struct candidate *v;
	size_t n, cap;
	bool full;
	double least;			/* that was kept when it was full: less is of no use */
};

/* -- The worst ones ------------------------------------------------------------------- */

static int by_weight(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	uint64_t f = meaning_frame(x->old != NULL ? x->old : x->new);
	uint64_t g = meaning_frame(y->old != NULL ? y->old : y->new);

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return f < g ? -1 : f > g;
}

static void offer(struct diff *d, struct worst *w, struct candidate c)
{
	void *v = w->v;

	if (d->opts.max == 0 || (w->full && c.weight < w->least))
		return;
	if (d->opts.max != SIZE_MAX && w->n >= 2 * d->opts.max + 64) {
		qsort(w->v, w->n, sizeof(*w->v), by_weight);
		w->n = d->opts.max;
		w->full = true;
		w->least = w->v[w->n - 1].weight;
	}
	if (!nf_grow(&v, &w->cap, w->n + 1, sizeof(*w->v))) {
		d->failed = true;
		return;
	}
	w->v = v;
	w->v[w->n++] = c;
}

/* Where the octets of a flow stand in its shape; -1: its records say none. */
static void find_octets(const struct meaning *m, int32_t *octets)
{
	for (size_t i = 0; i < m->nshapes; i++) {
		const struct meaning_shape *s = &m->shapes[i];

		octets[i] = -1;
		for (unsigned j = s->n; j-- > 0; ) {
			const char *alias = m->columns[s->columns[j]].alias;

			if (alias != NULL && strcmp(alias, "bytes") == 0)
				octets[i] = (int32_t)j;
		}
	}
}

/* Octets of a flow, or its records where it has none. */
static double size_of(const struct meaning *m, const int32_t *octets, const uint64_t *row)
{
	int32_t at = octets[meaning_shape_of(m, row)];
	struct meaning_look look;

	if (at < 0)
		return (double)meaning_records(row);
	meaning_look(m, row, &look);
	return (double)meaning_number(&look, (unsigned)at);
}

/* -- All of them ---------------------------------------------------------------------- */

static bool has_mate(const struct diff_flows *f, unsigned side, size_t i)
{
	return side == 0 ? f->pairs[i].mate != 0 : f->d->matched[1][i];
}

static void one_side(struct diff_flows *f, unsigned side, struct worst *w)
{
	enum diff_kind kind = side == 0 ? DIFF_FLOW_LOST : DIFF_FLOW_ADDED;
	const struct meaning *m = f->d->of[side];
	int32_t *octets;

	if (!diff_wants(f->d, kind, MEANING_ALWAYS, NULL, NULL))
		return;
	octets = nf_alloc((m->nshapes + 1) * sizeof(*octets));
	f->d->failed |= octets == NULL;
	if (octets != NULL)
		find_octets(m, octets);
	for (size_t i = 0; octets != NULL && i < m->flows.n; i++) {
		const uint64_t *row = has_mate(f, side, i) ? NULL : meaning_row(m, i);

		if (row == NULL)
			continue;
		if (meaning_records(row) == 0 || f->d->to[side][meaning_domain_at(row)] ==
						 MEANING_NONE)
			continue;
		f->d->total[kind]++;
		offer(f->d, w, (struct candidate){
			size_of(m, octets, row), side == 0 ? row : NULL, side == 0 ? NULL : row });
	}
	nf_free(octets);
}

static void both_sides(struct diff_flows *f, struct worst *w)
{
	const struct meaning *old = f->d->of[0], *new = f->d->of[1];

	for (size_t i = 0; i < old->flows.n; i++) {
		const struct diff_pair *pair = &f->pairs[i];
		struct candidate c;

		f->d->matched[0][i] = pair->mate != 0;
		if (pair->mate == 0)
			continue;
		c.old = top_table_row(&old->flows, i);
		c.new = top_table_row(&new->flows, pair->mate - 1);
		f->differs = false;
		if (!pair->same || !diff_starts_near(f, pair))
			diff_flow(f, c.old, c.new);
		c.weight = f->weight;
		f->d->same_flows += !f->differs;
		f->d->total[DIFF_FLOW_CHANGED] += f->differs;
		if (f->differs)
			offer(f->d, w, c);
	}
}

/* -- The list ------------------------------------------------------------------------- */

static void key_part(struct nf_strbuf *s, const struct meaning *m, const struct top_entry *e,
		     unsigned i)
{
	struct top_value v = top_value(m->top, e, i);

	switch ((enum top_tag)v.tag) {
	case TOP_ABSENT: nf_sb_char(s, '-'); break;
	case TOP_NUMBER: nf_sb_u64(s, v.number); break;
	case TOP_BELOW_ZERO: nf_sb_i64(s, (int64_t)v.number); break;
	case TOP_IPV4: nf_ipv4_text(s, v.address); break;
	case TOP_IPV6: nf_ipv6_text(s, v.address); break;
	case TOP_TEXT: nf_safe_text(s, v.text); break;
	}
}

/* "src 10.0.0.1, dst 10.0.0.2, dport 53": what a record has of the keys. */
static const char *key_text(struct diff *d, const struct meaning *m, const uint64_t *row)
{
	uint64_t room[MEANING_KEY_WORDS];
	const struct top_entry e = { .key = meaning_key(m, row, room) + 1 };
	struct nf_strbuf *s = &d->text;

	nf_strbuf_clear(s);
	for (unsigned i = 0; i < m->top->nkeys; i++) {
		if (diff_tag_of(e.key, i) == TOP_ABSENT)
			continue;
		if (s->n != 0)
			nf_sb_str(s, ", ");
		nf_sb_str(s, m->top->keys[i].title);
		nf_sb_char(s, ' ');
		key_part(s, m, &e, i);
	}
	if (s->n == 0)
		nf_sb_str(s, "no key");
	return diff_text(d, nf_strbuf_cstr(s));
}

static void list(struct diff_flows *f, const struct candidate *c, enum diff_kind kind)
{
	struct diff *d = f->d;
	int32_t a = c->old != NULL ? (int32_t)meaning_domain_at(c->old) :
				     d->to[1][meaning_domain_at(c->new)];
	struct difference *x = diff_add(d, kind, a, d->to[0][a]);

	x->weight = c->weight;
	x->subject = key_text(d, d->of[c->old == NULL], c->old != NULL ? c->old : c->new);
	if (c->old != NULL) {
		x->frame[0] = meaning_frame(c->old);
		x->records[0] = meaning_records(c->old);
	}
	if (c->new != NULL) {
		x->frame[1] = meaning_frame(c->new);
		x->records[1] = meaning_records(c->new);
	}
	if (c->old == NULL || c->new == NULL)
		return;
	f->into = x;
	diff_flow(f, c->old, c->new);
	f->into = NULL;
}

static void list_worst(struct diff_flows *f, struct worst *w, enum diff_kind kind)
{
	if (w->n > 1)
		qsort(w->v, w->n, sizeof(*w->v), by_weight);
	for (size_t i = 0; i < w->n && i < f->d->opts.max && !f->d->failed; i++)
		list(f, &w->v[i], kind);
	nf_free(w->v);
}

/* What is asked of starts and durations, once for all flows. */
static void choose_times(struct diff_flows *f)
{
	const struct diff *d = f->d;

	bool times = diff_wants(d, DIFF_FLOW_CHANGED, MEANING_TIMES, NULL, NULL);

	f->first = diff_wants(d, DIFF_FLOW_CHANGED, MEANING_ALWAYS, "first", NULL) ||
		   (d->opts.only != NULL && times);
	f->duration = diff_wants(d, DIFF_FLOW_CHANGED, MEANING_ALWAYS, "duration", NULL);
	f->absolute = times || (d->opts.strict && diff_wants(d, DIFF_FLOW_CHANGED, MEANING_TIMES,
							     "first", NULL));
	for (unsigned i = 0; i < 2; i++) {
		f->slack[i] = time_slack;
		f->share[i] = time_share;
		diff_tolerance(d, i == 1 ? "first" : "duration", NULL, &f->slack[i], &f->share[i]);
	}
}

static bool room(struct diff_flows *f)
{
	const struct meaning *old = f->d->of[0], *new = f->d->of[1];

	f->offsets = nf_zalloc((old->ndomains + 1) * sizeof(*f->offsets));
	f->columns = nf_zalloc((old->ncolumns + 1) * sizeof(*f->columns));
	f->back = nf_alloc((new->ncolumns + 1) * sizeof(*f->back));
	f->pairs = nf_alloc((old->flows.n + 1) * sizeof(*f->pairs));
	f->d->matched[0] = nf_zalloc(old->flows.n + 1);
	f->d->matched[1] = nf_zalloc(new->flows.n + 1);
	for (size_t i = 0; f->back != NULL && i < new->ncolumns; i++)
		f->back[i] = -1;
	nf_mem_expect(f->pairs, old->flows.n * sizeof(*f->pairs));
	return f->offsets != NULL && f->columns != NULL && f->back != NULL && f->pairs != NULL &&
	       f->d->matched[0] != NULL && f->d->matched[1] != NULL;
}

void diff_flows(struct diff *d)
{
	static const uint8_t kinds[] = { DIFF_FLOW_LOST, DIFF_FLOW_ADDED, DIFF_FLOW_CHANGED };
	struct diff_flows f = { .d = d };
	struct worst worst[3] = { 0 };

	choose_times(&f);
	d->failed |= !room(&f);
	if (!d->failed) {
		diff_match_columns(&f);
		diff_find_mates(&f);
		d->failed |= !diff_find_offsets(&f);
	}
	if (!d->failed) {
		diff_match_uses(&f);
		d->failed |= d->of[0]->failed || d->of[1]->failed;
	}
	if (!d->failed) {
		one_side(&f, 0, &worst[0]);
		one_side(&f, 1, &worst[1]);
		both_sides(&f, &worst[2]);
	}
	for (unsigned i = 0; i < 3; i++)
		list_worst(&f, &worst[i], (enum diff_kind)kinds[i]);
	diff_alikes_done(&f);
	nf_free(f.offsets);
	nf_free(f.columns);
	nf_free(f.back);
	nf_free(f.pairs);
}
