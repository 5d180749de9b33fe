/*
 * Flows by key: lost, added, and what the rest say otherwise.
 *
 * Clocks and days differ between two runs.  What is between the starts of a flow on both sides is
 * the same for all of a domain but for faults: the middle one of these distances is taken for the
 * difference of the clocks, and starts are compared after it.
 */
#include <config.h>

#include "model/diff.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/mem.h"

enum { MAX_WORDS = 1 + (TOP_KEYS + 7) / 8 + 2 * TOP_KEYS, BATCH = 32 };

/* Unless --tolerance says otherwise. */
static const double time_slack = 1, time_share = 0.01;

struct distance {
	int32_t domain;
	int64_t ns;
};

/* A flow that may be listed. */
struct candidate {
	double weight;
	uint64_t *old, *new;
};

struct worst {
	struct candidate *v;
	size_t n, cap;
};

struct flows {
	struct diff *d;
	int64_t *offsets;		/* by domain of the old side: new starts less old ones */
	int32_t *columns;		/* of the old side to those of the new; -1: none */
	bool first, duration, absolute;	/* wanted; of first: by time of day */
	double slack[2], share[2];	/* of both */
	struct worst worst[3];		/* lost, added, changed */
	struct difference *into;	/* where changes are written; NULL: they are only weighed */
	double weight;
	bool differs;
};

static unsigned tag_of(const uint64_t *key, unsigned i)
{
	return key[i / 8] >> i % 8 * 8 & 0xff;
}

/* -- The same key on the other side --------------------------------------------------- */

/* Numbers of texts are each side's own. */
static bool translate(const struct meaning *from, const struct meaning *to, uint64_t *key)
{
	for (unsigned i = 0; i < from->top->nkeys; i++) {
		uint64_t *v = &key[from->top->keys[i].at];

		if (tag_of(key, i) != TOP_TEXT)
			continue;
		*v = top_texts_number(&to->top->texts, top_texts_text(&from->top->texts, *v),
				      SIZE_MAX, SIZE_MAX);
		if (*v == 0)
			return false;
	}
	return true;
}

/* The key that ROW of the old side has on the new one; false where it cannot be there. */
static bool key_of(const struct diff *d, const uint64_t *row, uint64_t *key)
{
	const struct meaning *from = d->of[0];
	int32_t domain = d->to[0][row[MEANING_WORDS]];

	if (domain == MEANING_NONE)
		return false;
	memcpy(key, row + MEANING_WORDS, from->flows.key_words * sizeof(*key));
	key[0] = (uint64_t)domain;
	return translate(from, d->of[1], key + 1);
}

/* A row that became part of another one is none. */
static inline bool is_row(const uint64_t *row)
{
	return row[MEANING_RECORDS] != 0;
}

static inline uint64_t *next_use(const uint64_t *row)
{
	return (uint64_t *)(uintptr_t)row[MEANING_NEXT];
}

static inline uint64_t *mate(const uint64_t *row)
{
	return (uint64_t *)(uintptr_t)row[MEANING_MATE];
}

/* Looked for once, so many together: see meaning_flows.c. */
static void find_batch(const struct diff *d, size_t from, unsigned n)
{
	const struct meaning *old = d->of[0], *new = d->of[1];
	uint64_t keys[BATCH][MAX_WORDS];
	uint32_t hashes[BATCH];
	bool has[BATCH];

	for (unsigned i = 0; i < n; i++) {
		has[i] = key_of(d, top_table_row(&old->flows, from + i), keys[i]);
		hashes[i] = has[i] ? top_table_hash(&new->flows, keys[i]) : 0;
		__builtin_prefetch(&new->flows.slots[hashes[i] & new->flows.mask]);
	}
	for (unsigned i = 0; i < n; i++)
		top_table_guess(&new->flows, hashes[i]);
	for (unsigned i = 0; i < n; i++) {
		uint64_t *a = top_table_row(&old->flows, from + i);
		uint64_t *b = has[i] ? top_table_find(&new->flows, keys[i], hashes[i]) : NULL;

		a[MEANING_MATE] = (uint64_t)(uintptr_t)b;
		if (b != NULL)
			b[MEANING_MATE] = (uint64_t)(uintptr_t)a;
	}
}

/* Any of its uses on the other side: match_uses finds which one. */
static void find_mates(const struct diff *d)
{
	const struct meaning *old = d->of[0], *new = d->of[1];

	for (size_t i = 0; i < new->flows.n; i++)
		top_table_row(&new->flows, i)[MEANING_MATE] = 0;
	for (size_t i = 0; i < old->flows.n; i += BATCH)
		find_batch(d, i, old->flows.n - i < BATCH ? (unsigned)(old->flows.n - i) : BATCH);
}

/* -- Clocks --------------------------------------------------------------------------- */

static int by_distance(const void *a, const void *b)
{
	const struct distance *x = a, *y = b;

	if (x->domain != y->domain)
		return x->domain < y->domain ? -1 : 1;
	return x->ns < y->ns ? -1 : x->ns > y->ns;
}

static bool timed(const uint64_t *row)
{
	return (int64_t)row[MEANING_FIRST] <= (int64_t)row[MEANING_LAST];
}

/* Of the uses of a key, the one that began first. */
static const uint64_t *earliest(const uint64_t *row)
{
	const uint64_t *first = row, *use = next_use(row);

	for (; use != NULL && use != row; use = next_use(use))
		if (is_row(use) && (!is_row(first) || (int64_t)use[MEANING_FIRST] <
						      (int64_t)first[MEANING_FIRST]))
			first = use;
	return first;
}

static bool find_offsets(struct flows *f, const struct meaning *old)
{
	struct distance *v = nf_alloc((old->flows.n + 1) * sizeof(*v));
	size_t n = 0;

	if (v == NULL)
		return false;
	for (size_t i = 0; i < old->flows.n; i++) {
		const uint64_t *a = top_table_row(&old->flows, i), *b = mate(a);

		b = b != NULL && earliest(a) == a ? earliest(b) : NULL;
		if (b != NULL && timed(a) && timed(b))
			v[n++] = (struct distance){
				(int32_t)a[MEANING_WORDS],
				(int64_t)(b[MEANING_FIRST] - a[MEANING_FIRST]),
			};
	}
	if (n > 1)
		qsort(v, n, sizeof(*v), by_distance);
	for (size_t from = 0, to; from < n; from = to) {
		int64_t low, high;

		for (to = from; to < n && v[to].domain == v[from].domain; to++)
			;
		low = v[from + (to - from - 1) / 2].ns;
		high = v[from + (to - from) / 2].ns;
		f->offsets[v[from].domain] = low + (high - low) / 2;
	}
	nf_free(v);
	return true;
}

/* -- Uses of a key ------------------------------------------------------------------------ */

/* Of the rows of a key, one. */
static bool leads(const uint64_t *row)
{
	for (const uint64_t *use = next_use(row); use != NULL && use != row; use = next_use(use))
		if (use < row)
			return false;
	return true;
}

static void match_uses(const struct flows *f)
{
	const struct meaning *old = f->d->of[0];

	for (size_t i = 0; i < old->flows.n; i++) {
		uint64_t *a = top_table_row(&old->flows, i), *b = mate(a);

		if (b != NULL && (next_use(a) != NULL || next_use(b) != NULL) && leads(a))
			diff_uses(f->d, a, b, f->offsets[a[MEANING_WORDS]]);
	}
}

/* -- Columns -------------------------------------------------------------------------- */

static void match_columns(struct flows *f)
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

/* Where the words of COLUMN stand in ROW; NULL: it has none. */
static const uint64_t *words(const struct meaning *m, const uint64_t *row, int32_t column)
{
	const struct meaning_shape *s = &m->shapes[row[MEANING_SHAPE]];
	const uint64_t *v = (const uint64_t *)(uintptr_t)row[MEANING_VALUES];

	for (unsigned i = 0; v != NULL && i < s->n; i++)
		if (s->columns[i] == column)
			return v + s->at[i];
	return NULL;
}

static bool same_text(const struct meaning *a, uint64_t x, const struct meaning *b, uint64_t y)
{
	struct nf_bytes p, q;

	if (x == 0 || y == 0)
		return x == y;
	p = top_texts_text(&a->texts, x);
	q = top_texts_text(&b->texts, y);
	return p.n == q.n && (p.n == 0 || memcmp(p.p, q.p, p.n) == 0);
}

static void value_text(struct nf_strbuf *s, const struct meaning *m,
		       const struct meaning_column *c, uint64_t v)
{
	const struct nf_format_ctx ctx = { 0 };
	uint8_t octets[8];

	if (c->how == MEANING_TEXTS) {
		if (v != 0)
			nf_value_text(s, (enum nf_kind)c->kind, top_texts_text(&m->texts, v), &ctx);
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
static void column_text(struct nf_strbuf *s, const struct meaning *m,
			const struct meaning_column *c, const uint64_t *v)
{
	value_text(s, m, c, v[0]);
	if (c->how >= MEANING_RANGE && v[0] != v[1]) {
		nf_sb_str(s, " .. ");
		value_text(s, m, c, v[1]);
	}
}

static void differs(struct flows *f, double weight)
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

static void compare_column(struct flows *f, size_t i, const uint64_t *a, const uint64_t *b)
{
	const struct meaning *old = f->d->of[0], *new = f->d->of[1];
	const struct meaning_column *c = &old->columns[i];
	struct nf_strbuf *s = &f->d->text;
	bool same;
	size_t at;

	if (c->how == MEANING_TEXTS)
		same = same_text(old, a[0], new, b[0]) && same_text(old, a[1], new, b[1]);
	else
		same = numbers_near(f->d, c, a[0], b[0]) &&
		       (c->how != MEANING_RANGE || numbers_near(f->d, c, a[1], b[1]));
	if (same)
		return;
	differs(f, c->how == MEANING_SUM || c->how == MEANING_MOST ?
		   fabs((double)a[0] - (double)b[0]) : 1);
	if (f->into == NULL)
		return;
	nf_strbuf_clear(s);
	column_text(s, old, c, a);
	nf_sb_char(s, '\0');
	at = s->n;
	column_text(s, new, &new->columns[f->columns[i]], b);
	nf_sb_char(s, '\0');
	if (!s->failed)
		diff_change_add(f->d, f->into, c->name, s->p, s->p + at);
}

/* -- One flow ------------------------------------------------------------------------- */

static void compare_times(struct flows *f, bool first, double old, double new, double near)
{
	const char *name = first ? "first" : "duration";
	struct nf_strbuf *s = &f->d->text;
	size_t at;

	if (!(first ? f->first : f->duration) ||
	    fabs(old - new) <= fmax(f->slack[first], f->share[first] * near))
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

static void compare_clock(struct flows *f, const uint64_t *a, const uint64_t *b)
{
	const struct meaning_domain *x = f->d->of[0]->domains[a[MEANING_WORDS]];
	const struct meaning_domain *y = f->d->of[1]->domains[b[MEANING_WORDS]];
	double old, new, lasted_a, lasted_b;
	uint64_t base, other;
	int64_t offset = f->absolute ? 0 : f->offsets[a[MEANING_WORDS]];

	if (!timed(a) || !timed(b))
		return;
	/* from the earliest flow of either side, so that both directions say the same */
	base = (uint64_t)x->first_ns;
	other = (uint64_t)y->first_ns - (uint64_t)offset;
	if ((int64_t)(other - base) < 0)
		base = other;
	old = between(base, a[MEANING_FIRST]);
	new = (double)(int64_t)(b[MEANING_FIRST] - base - (uint64_t)offset) / 1e9;
	compare_times(f, true, old, new, f->absolute ? 0 : fmax(fabs(old), fabs(new)));
	lasted_a = between(a[MEANING_FIRST], a[MEANING_LAST]);
	lasted_b = between(b[MEANING_FIRST], b[MEANING_LAST]);
	compare_times(f, false, lasted_a, lasted_b, fmax(lasted_a, lasted_b));
}

static void compare_records(struct flows *f, const uint64_t *a, const uint64_t *b)
{
	char old[24], new[24];
	double slack = 0, share = 0;

	if (!f->d->opts.no_merge || a[MEANING_RECORDS] == b[MEANING_RECORDS] ||
	    !diff_wants(f->d, DIFF_FLOW_CHANGED, MEANING_ALWAYS, "records", NULL) ||
	    (diff_tolerance(f->d, "records", NULL, &slack, &share) &&
	     diff_near((double)a[MEANING_RECORDS], (double)b[MEANING_RECORDS], slack, share)))
		return;
	differs(f, 1);
	if (f->into == NULL)
		return;
	snprintf(old, sizeof(old), "%llu", (unsigned long long)a[MEANING_RECORDS]);
	snprintf(new, sizeof(new), "%llu", (unsigned long long)b[MEANING_RECORDS]);
	diff_change_add(f->d, f->into, "records", old, new);
}

/* A field that one side's flows do not have is the template's difference. */
static void compare(struct flows *f, const uint64_t *a, const uint64_t *b)
{
	const struct meaning *old = f->d->of[0], *new = f->d->of[1];
	const struct meaning_shape *s = &old->shapes[a[MEANING_SHAPE]];
	const uint64_t *v = (const uint64_t *)(uintptr_t)a[MEANING_VALUES];

	f->differs = false;
	f->weight = 0;
	for (unsigned i = 0; v != NULL && i < s->n; i++) {
		const uint64_t *w = f->columns[s->columns[i]] < 0 ? NULL :
				    words(new, b, f->columns[s->columns[i]]);

		if (w != NULL)
			compare_column(f, s->columns[i], v + s->at[i], w);
	}
	compare_clock(f, a, b);
	compare_records(f, a, b);
}

/* -- The worst ones ------------------------------------------------------------------- */

static int by_weight(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	uint64_t f = x->old != NULL ? x->old[MEANING_FRAME] : x->new[MEANING_FRAME];
	uint64_t g = y->old != NULL ? y->old[MEANING_FRAME] : y->new[MEANING_FRAME];

	if (x->weight != y->weight)
		return x->weight > y->weight ? -1 : 1;
	return f < g ? -1 : f > g;
}

static void offer(struct flows *f, struct worst *w, struct candidate c)
{
	void *v = w->v;

	if (f->d->opts.max != SIZE_MAX && w->n >= 2 * f->d->opts.max + 64) {
		qsort(w->v, w->n, sizeof(*w->v), by_weight);
		w->n = f->d->opts.max;
	}
	if (!nf_grow(&v, &w->cap, w->n + 1, sizeof(*w->v))) {
		f->d->failed = true;
		return;
	}
	w->v = v;
	w->v[w->n++] = c;
}

/* Octets of a flow, or its records where it has none. */
static double size_of(const struct meaning *m, const uint64_t *row)
{
	const struct meaning_shape *s = &m->shapes[row[MEANING_SHAPE]];
	const uint64_t *v = (const uint64_t *)(uintptr_t)row[MEANING_VALUES];

	for (unsigned i = 0; v != NULL && i < s->n; i++) {
		const char *alias = m->columns[s->columns[i]].alias;

		if (alias != NULL && strcmp(alias, "bytes") == 0)
			return (double)v[s->at[i]];
	}
	return (double)row[MEANING_RECORDS];
}

static void one_side(struct flows *f, unsigned side)
{
	enum diff_kind kind = side == 0 ? DIFF_FLOW_LOST : DIFF_FLOW_ADDED;
	const struct meaning *m = f->d->of[side];

	if (!diff_wants(f->d, kind, MEANING_ALWAYS, NULL, NULL))
		return;
	for (size_t i = 0; i < m->flows.n; i++) {
		uint64_t *row = top_table_row(&m->flows, i);

		if (f->d->to[side][row[MEANING_WORDS]] == MEANING_NONE ||
		    mate(row) != NULL || !is_row(row))
			continue;
		f->d->total[kind]++;
		offer(f, &f->worst[side], (struct candidate){
			size_of(m, row), side == 0 ? row : NULL, side == 0 ? NULL : row });
	}
}

static void both_sides(struct flows *f)
{
	const struct meaning *old = f->d->of[0];

	for (size_t i = 0; i < old->flows.n; i++) {
		uint64_t *a = top_table_row(&old->flows, i), *b = mate(a);

		if (b == NULL)
			continue;
		compare(f, a, b);
		if (!f->differs) {
			f->d->same_flows++;
			continue;
		}
		f->d->total[DIFF_FLOW_CHANGED]++;
		offer(f, &f->worst[2], (struct candidate){ f->weight, a, b });
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
	const struct top_entry e = { .key = row + MEANING_WORDS + 1 };
	struct nf_strbuf *s = &d->text;

	nf_strbuf_clear(s);
	for (unsigned i = 0; i < m->top->nkeys; i++) {
		if (tag_of(e.key, i) == TOP_ABSENT)
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

static void list(struct flows *f, const struct candidate *c, enum diff_kind kind)
{
	struct diff *d = f->d;
	int32_t a = c->old != NULL ? (int32_t)c->old[MEANING_WORDS] :
				     d->to[1][c->new[MEANING_WORDS]];
	struct difference *x = diff_add(d, kind, a, d->to[0][a]);

	x->weight = c->weight;
	x->subject = key_text(d, d->of[c->old == NULL], c->old != NULL ? c->old : c->new);
	if (c->old != NULL) {
		x->frame[0] = c->old[MEANING_FRAME];
		x->records[0] = c->old[MEANING_RECORDS];
	}
	if (c->new != NULL) {
		x->frame[1] = c->new[MEANING_FRAME];
		x->records[1] = c->new[MEANING_RECORDS];
	}
	if (c->old == NULL || c->new == NULL)
		return;
	f->into = x;
	compare(f, c->old, c->new);
	f->into = NULL;
}

static void list_worst(struct flows *f, struct worst *w, enum diff_kind kind)
{
	if (w->n > 1)
		qsort(w->v, w->n, sizeof(*w->v), by_weight);
	for (size_t i = 0; i < w->n && i < f->d->opts.max && !f->d->failed; i++)
		list(f, &w->v[i], kind);
	nf_free(w->v);
}

/* What is asked of starts and durations, once for all flows. */
static void choose_times(struct flows *f)
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

void diff_flows(struct diff *d)
{
	static const uint8_t kinds[] = { DIFF_FLOW_LOST, DIFF_FLOW_ADDED, DIFF_FLOW_CHANGED };
	struct flows f = {
		.d = d,
		.offsets = nf_zalloc((d->of[0]->ndomains + 1) * sizeof(*f.offsets)),
		.columns = nf_zalloc((d->of[0]->ncolumns + 1) * sizeof(*f.columns)),
	};

	d->failed |= f.offsets == NULL || f.columns == NULL;
	choose_times(&f);
	find_mates(d);
	d->failed = d->failed || !find_offsets(&f, d->of[0]);
	if (!d->failed) {
		match_uses(&f);
		d->failed = d->of[0]->failed || d->of[1]->failed;
	}
	if (!d->failed) {
		match_columns(&f);
		one_side(&f, 0);
		one_side(&f, 1);
		both_sides(&f);
	}
	for (unsigned i = 0; i < 3; i++)
		list_worst(&f, &f.worst[i], (enum diff_kind)kinds[i]);
	nf_free(f.offsets);
	nf_free(f.columns);
}
