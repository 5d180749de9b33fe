/*
 * Flow records, as they are read: what each line about flows adds up.
 */
#include <config.h>

#include "model/expect_internal.h"

#include "base/mem.h"

static bool about_flows(const struct expect_line *line)
{
	return line->what != NULL || line->nmeasures != 0;
}

/* All domains together stand in the first slot, unless the line is about some of them. */
static bool is_apart(const struct expect *e, const struct expect_line *line)
{
	const struct expect_section *s = &e->sections[line->section];

	return e->opts.apart || !s->any_exporter || !s->any_domain;
}

static struct expect_tally *tally_new(struct expect *e, const struct expect_line *line)
{
	struct expect_tally *t = expect_alloc(e, sizeof(*t) +
					      line->nmeasures * sizeof(*t->figures));

	for (unsigned i = 0; t != NULL && i < line->nmeasures; i++)
		t->figures[i] = (struct expect_figure){ .n = 0 };
	return t;
}

static bool room_for_slots(struct expect *e, struct expect_line *line)
{
	int32_t n = is_apart(e, line) ? EXPECT_SLOTS + 1 : 1;

	line->tallies = nf_zalloc((size_t)n * sizeof(*line->tallies));
	line->nslots = line->tallies != NULL ? n : 0;
	e->failed |= line->tallies == NULL;
	return line->tallies != NULL;
}

static struct expect_tally *tally_of(struct expect *e, struct expect_line *line, int32_t slot)
{
	if (line->tallies == NULL && !room_for_slots(e, line))
		return NULL;
	if (line->tallies[slot] == NULL)
		line->tallies[slot] = tally_new(e, line);
	return line->tallies[slot];
}

/* -- Values ----------------------------------------------------------------------------- */

/* The first field of an element; -1: none. */
static int field_of(const struct nf_layout *l, const struct filter_element *e)
{
	for (unsigned i = 0; i < l->nfields; i++)
		if (l->fields[i].ie->pen == e->pen && l->fields[i].ie->id == e->id)
			return (int)i;
	return -1;
}

/* Of several elements that a name stands for the one that it names first, as in a view of flows. */
static void find_field(struct expect_measure *m, const struct nf_layout *l)
{
	m->layout = l;
	m->field = -1;
	for (size_t i = 0; m->ref != NULL && m->ref->row == NULL && m->field < 0 &&
			   i < m->ref->nelements; i++) {
		m->field = field_of(l, &m->ref->elements[i]);
		m->unit = m->ref->elements[i].unit;
	}
}

static bool value_of(const struct expect_measure *m, const struct filter_at *at,
		     struct filter_value *v)
{
	struct nf_field f;

	if (m->ref->row != NULL)
		return m->ref->row->get(m->ref->row, at, v);
	if (m->field < 0)
		return false;
	f = nf_field(at->rec, (unsigned)m->field);
	return filter_field_value(&f, (enum filter_type)m->ref->type, m->unit, at->msg, v);
}

static bool number_of(const struct filter_value *v, long double *to)
{
	switch ((enum filter_type)v->type) {
	case FILTER_NUMBER:
		*to = v->huge ? (long double)UINT64_MAX :
		      v->negative ? (long double)(int64_t)v->u : (long double)v->u;
		return true;
	case FILTER_FLOAT: *to = (long double)v->d; return true;
	case FILTER_DURATION: *to = (long double)v->ns / 1e9L; return true;
	default: return false;
	}
}

/* Two words that stand for a value: itself, or a hash of its octets and how many there are. */
static void words_of(const struct filter_value *v, uint64_t words[2])
{
	bool octets = v->type == FILTER_TEXT || v->type == FILTER_OCTETS || v->type == FILTER_IPV6;

	words[0] = octets ? nf_hash64(v->b) : v->u;
	words[1] = octets ? v->b.n : (uint64_t)v->negative | (uint64_t)v->huge << 1;
	words[1] |= (uint64_t)v->type << 56;
}

static struct top_table *table_new(struct expect *e)
{
	struct top_table *t = nf_zalloc(sizeof(*t));

	e->failed |= t == NULL;
	if (t != NULL && !top_table_init(t, 2, 0)) {
		top_table_done(t);
		nf_free(t);
		e->failed = true;
		return NULL;
	}
	return t;
}

static void add_distinct(struct expect *e, struct expect_figure *f, const uint64_t words[2])
{
	uint32_t hash;

	if (f->distinct == NULL)
		f->distinct = table_new(e);
	if (f->distinct == NULL)
		return;
	hash = top_table_hash(f->distinct, words);
	if (top_table_find(f->distinct, words, hash) != NULL || e->distinct >= EXPECT_DISTINCT)
		return;
	e->failed |= top_table_add(f->distinct, words, hash) == NULL;
	e->distinct++;
}

/* A name with several values of a record has each of them among the different ones. */
static void add_different(struct expect *e, const struct expect_measure *m,
			  struct expect_figure *f, const struct filter_at *at)
{
	const struct filter_name *row = m->ref->row;
	uint32_t n = row != NULL && row->count != NULL ? row->count(row, at) : 1;
	struct filter_at in = *at;
	struct filter_value v;
	uint64_t words[2];
	bool any = false;

	for (in.nth = 0; in.nth < n; in.nth++) {
		if (!value_of(m, &in, &v))
			continue;
		words_of(&v, words);
		add_distinct(e, f, words);
		any = true;
	}
	f->n += any;
}

static void add_value(struct expect *e, const struct expect_measure *m, struct expect_figure *f,
		      const struct filter_at *at)
{
	struct filter_value v;
	long double d = 0;

	if (m->sum == EXPECT_SUM_DISTINCT) {
		add_different(e, m, f, at);
		return;
	}
	if (m->ref != NULL && !value_of(m, at, &v))
		return;
	if (m->ref != NULL && !number_of(&v, &d) && m->sum != EXPECT_SUM_COUNT)
		return;
	f->least = f->n == 0 || d < f->least ? d : f->least;
	f->most = f->n == 0 || d > f->most ? d : f->most;
	f->sum += d;
	f->n++;
}

/* -- Records ---------------------------------------------------------------------------- */

/* False where none of the records of LAYOUT is for the line. */
static bool prepare(struct expect_line *line, const struct nf_layout *layout)
{
	line->programs[0] = line->where != NULL ? filter_begin(line->where, layout) : NULL;
	line->programs[1] = line->what != NULL ? filter_begin(line->what, layout) : NULL;
	for (unsigned i = 0; i < line->nmeasures; i++)
		if (line->measures[i].layout != layout)
			find_field(&line->measures[i], layout);
	return line->where == NULL || line->programs[0] != NULL;
}

static void set(void *ctx, const struct nf_layout *layout, const struct meaning_domain *d)
{
	struct expect *e = ctx;

	if (e->active == NULL)
		e->active = expect_alloc(e, e->nlines * sizeof(struct expect_line *));
	if (d != e->recent)
		expect_sections_out(e, d);
	e->recent = d;
	e->slot = d->index + 1 <= EXPECT_SLOTS ? d->index + 1 : 0;
	e->nactive = 0;
	for (size_t i = 0; e->active != NULL && i < e->nlines; i++) {
		struct expect_line *line = &e->lines[i];

		if (about_flows(line) && !e->sections[line->section].out && prepare(line, layout))
			e->active[e->nactive++] = line;
	}
}

static void take(struct expect *e, struct expect_line *line, struct expect_tally *t,
		 const struct filter_at *at)
{
	bool matches = line->what == NULL ||
		       (line->programs[1] != NULL &&
			filter_test(line->what, line->programs[1], at));

	t->tested++;
	t->matched += matches;
	if (t->frame == 0 && matches == (line->kind != EXPECT_EVERY))
		t->frame = at->datagram->frame;
	for (unsigned i = 0; i < line->nmeasures; i++)
		add_value(e, &line->measures[i], &t->figures[i], at);
}

static void record(void *ctx, const struct filter_at *at)
{
	struct expect *e = ctx;

	for (size_t i = 0; i < e->nactive; i++) {
		struct expect_line *line = e->active[i];
		struct expect_tally *t;
		bool apart;

		if (line->where != NULL && !filter_test(line->where, line->programs[0], at))
			continue;
		apart = is_apart(e, line);
		e->crowded |= apart && e->slot == 0;
		t = apart && e->slot == 0 ? NULL : tally_of(e, line, apart ? e->slot : 0);
		if (t != NULL)
			take(e, line, t, at);
	}
}

static bool asks_findings(const struct expect_line *line)
{
	if ((line->where != NULL && filter_asks_findings(line->where)) ||
	    (line->what != NULL && filter_asks_findings(line->what)))
		return true;
	for (unsigned i = 0; i < line->nmeasures; i++)
		if (line->measures[i].ref != NULL &&
		    filter_ref_asks_findings(line->measures[i].ref))
			return true;
	return false;
}

bool expect_asks_findings(const struct expect *e)
{
	for (size_t i = 0; i < e->nlines; i++)
		if (asks_findings(&e->lines[i]))
			return true;
	return false;
}

struct meaning_watch expect_watch(struct expect *e)
{
	return (struct meaning_watch){ .ctx = e, .set = set, .record = record };
}

/* -- At the end ------------------------------------------------------------------------- */

const struct expect_figure *expect_figure_of(const struct expect *e, size_t line, unsigned measure,
					     int32_t domain)
{
	const struct expect_line *l = &e->lines[line];

	if (domain + 1 >= l->nslots || l->tallies[domain + 1] == NULL)
		return NULL;
	return &l->tallies[domain + 1]->figures[measure];
}

static void merge_figure(struct expect *e, struct expect_figure *to,
			 const struct expect_figure *from)
{
	if (from->n == 0)
		return;
	to->least = to->n == 0 || from->least < to->least ? from->least : to->least;
	to->most = to->n == 0 || from->most > to->most ? from->most : to->most;
	to->sum += from->sum;
	to->n += from->n;
	for (size_t i = 0; from->distinct != NULL && i < from->distinct->n; i++)
		add_distinct(e, to, top_table_row(from->distinct, i));
}

/* What all domains of the line's section add up to, in the first slot. */
struct expect_tally *expect_flows_of(struct expect *e, struct expect_line *line)
{
	struct expect_tally *all = tally_of(e, line, 0);

	for (int32_t slot = 1; all != NULL && slot < line->nslots; slot++) {
		const struct expect_tally *t = line->tallies[slot];

		if (t == NULL || !expect_in_section(e, line, slot - 1))
			continue;
		all->tested += t->tested;
		all->matched += t->matched;
		all->frame = all->frame == 0 ? t->frame : all->frame;
		for (unsigned i = 0; i < line->nmeasures; i++)
			merge_figure(e, &all->figures[i], &t->figures[i]);
	}
	return all;
}
