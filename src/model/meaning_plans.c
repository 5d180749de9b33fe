/* What becomes of the records of a layout, found out once. */
#include <config.h>

#include "model/meaning_internal.h"

#include <stdlib.h>

#include "base/mem.h"

enum { MAX_PLANS = 4096 };

static int by_column(const void *a, const void *b)
{
	const struct meaning_step *x = a, *y = b;

	return x->column < y->column ? -1 : x->column > y->column;
}

static bool take_shape(struct meaning *m, struct meaning_plan *p)
{
	uint16_t columns[MEANING_SHAPE_COLUMNS];
	int64_t shape;

	qsort(p->steps, p->n, sizeof(*p->steps), by_column);
	for (unsigned i = 0; i < p->n; i++)
		columns[i] = p->steps[i].column;
	shape = meaning_shape_get(m, columns, p->n);
	if (shape < 0)
		return false;
	p->shape = (uint32_t)shape;
	for (unsigned i = 0; i < p->n; i++)
		p->steps[i].at = m->shapes[shape].at[i];
	return true;
}

/* Those of one kind together, so that a record has no branch for each. */
static void group(struct meaning_plan *p)
{
	struct meaning_step *to = p->steps + p->n;
	unsigned n = 0;

	p->by_how = to;
	for (unsigned how = 0; how <= MEANING_TEXTS; how++) {
		for (unsigned i = 0; i < p->n; i++)
			if (p->steps[i].how == how)
				to[n++] = p->steps[i];
		p->ends[how] = n;
	}
}

static bool room(struct meaning *m, const struct nf_layout *l)
{
	void *values = m->values;
	bool enough = nf_grow(&values, &m->nvalues, l->nfields + 1u, sizeof(*m->values));

	m->values = values;
	return enough && meaning_batch_room(m->batch, l);
}

/* False if memory is out. */
static bool take_loads(const struct meaning *m, struct meaning_plan *p)
{
	p->plain = top_keys_are_loads(m->top, p->ops, p->layout);
	if (p->plain)
		p->loads = top_loads_new(m->top, p->ops, p->layout);
	return !p->plain || p->loads != NULL;
}

static struct meaning_plan *make(struct meaning *m, const struct nf_layout *l)
{
	struct meaning_plan *p = nf_zalloc(sizeof(*p) + 2u * l->nfields * sizeof(*p->steps));

	m->failed |= p == NULL;
	if (p == NULL)
		return NULL;
	p->layout = l;
	p->index = (uint32_t)m->nplans;
	flow_view_of(&p->view, l);
	meaning_icmp_plan(m, p);
	p->keeps = !l->has_lists;
	for (unsigned i = 0; i < l->nfields && p->n < MEANING_SHAPE_COLUMNS; i++) {
		int column = meaning_column_of(m, &p->view, i);

		if (column >= 0)
			p->steps[p->n++] = (struct meaning_step){
				.column = (uint16_t)column, .field = (uint16_t)i,
				.how = m->columns[column].how,
				.list = nf_kind_is_list((enum nf_kind)l->fields[i].kind),
			};
	}
	p->ops = top_keys_plan(m->top, &p->view);
	m->failed |= p->ops == NULL || !room(m, l) || !take_loads(m, p);
	if (!m->failed && take_shape(m, p)) {
		group(p);
		m->failed |= !meaning_find_gaps(m, p);
		if (!m->failed)
			return p;
	}
	nf_free(p->loads);
	nf_free(p->ops);
	nf_free(p);
	return NULL;
}

struct meaning_plan *meaning_plan_of(struct meaning *m, const struct nf_layout *l)
{
	void *plans = m->plans;

	if (m->recent_plan != NULL && m->recent_plan->layout == l)
		return m->recent_plan;
	for (size_t i = 0; i < m->nplans; i++)
		if (m->plans[i]->layout == l)
			return m->recent_plan = m->plans[i];
	if (m->nplans >= MAX_PLANS)
		return NULL;
	if (!nf_grow(&plans, &m->plans_cap, m->nplans + 1, sizeof(*m->plans))) {
		m->failed = true;
		return NULL;
	}
	m->plans = plans;
	m->plans[m->nplans] = make(m, l);
	if (m->plans[m->nplans] == NULL)
		return NULL;
	return m->recent_plan = m->plans[m->nplans++];
}
