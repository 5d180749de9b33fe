/*
 * Flow records to rows by key.  A layout's plan says where each of its fields goes; the records of
 * one key add up in whatever order they come.
 */
#include <config.h>

#include "model/meaning_internal.h"

#include "base/mem.h"

void meaning_flows_done(struct meaning *m)
{
	for (size_t i = 0; i < m->nplans; i++) {
		nf_free(m->plans[i]->loads);
		nf_free(m->plans[i]->ops);
		nf_free(m->plans[i]);
	}
	nf_free(m->plans);
	nf_free(m->values);
	meaning_batch_free(m->batch);
	nf_free(m->likeness.has);
	meaning_store_done(&m->store);
}

/* A record of the batch, and the row of its key. */
struct item {
	struct meaning_plan *p;
	const struct filter_at *at;
	uint32_t domain;		/* an index */
	unsigned i;			/* in the batch */
	uint32_t number;		/* from 1; 0: the key leads nowhere */
	bool same;			/* the row is as the record but for what adds up */
};

/* The row of opts.like that the key of X leads to; or NULL. */
static const uint64_t *row_there(const struct meaning *m, const struct item *x)
{
	return x->number != 0 && x->number <= m->likeness.rows ?
	       top_table_row(&m->opts.like->flows, x->number - 1) : NULL;
}

/* A row for the key of X; behind the others unless there is a place for it. */
static uint64_t *row_at(struct meaning *m, const struct item *x)
{
	if (x->number == 0)
		return top_table_more(&m->flows);
	m->likeness.has[x->number - 1] = true;
	return top_table_row(&m->flows, x->number - 1);
}

/* A row for X with the values that MADE has. */
static uint64_t *row_new(struct meaning *m, const struct item *x, const uint64_t *made)
{
	const uint64_t most = UINT64_MAX >> MEANING_FRAME_AT;
	uint64_t frame = x->at->datagram->frame, *row = row_at(m, x);

	if (row == NULL)
		return NULL;
	row[MEANING_FIRST] = (uint64_t)INT64_MAX;
	row[MEANING_LAST] = (uint64_t)INT64_MIN;
	row[MEANING_VALUES] = made[MEANING_VALUES];
	row[MEANING_WHAT] = made[MEANING_WHAT] | (uint64_t)x->domain << MEANING_DOMAIN_AT |
			    (frame < most ? frame : most) << MEANING_FRAME_AT;
	m->nflows++;
	m->domains[x->domain]->flows++;
	return row;
}

/* Have so many flows come to several records or uses that another one will? */
static bool mostly_summed(const struct meaning *m)
{
	return m->summed > m->nflows - m->nflows / 16;
}

/* A row for X, the first record of its key.  What opts.like keeps of the same is kept once. */
static uint64_t *flow_new(struct meaning *m, const struct item *x)
{
	const uint64_t *there = row_there(m, x);
	bool summed = there != NULL ? meaning_sums(there) != NULL : mostly_summed(m);
	uint64_t made[MEANING_WORDS] = { 0 }, *row;
	const void *had = there != NULL ? meaning_like_values(m, x->p, x->at->rec, there) : NULL;

	if (had != NULL ? !meaning_put(made, had, x->p->index, true, false) :
			  !meaning_values_begin(m, x->p, x->i, summed, made))
		return NULL;
	row = row_new(m, x, made);
	if (row != NULL && x->number == 0 &&
	    !top_table_lead(m->index, (uint32_t)m->batch->hashes[x->i], (uint32_t)m->flows.n))
		return NULL;
	return row;
}

/* Is there no pause between ROW and what was from FIRST to LAST?  None is known without times. */
static inline bool goes_on(const uint64_t *row, int64_t first, int64_t last)
{
	int64_t from = (int64_t)row[MEANING_FIRST], to = (int64_t)row[MEANING_LAST];

	if (first > last || from > to)
		return true;
	if (first > to)
		return (uint64_t)first - (uint64_t)to < (uint64_t)MEANING_PAUSE;
	return last > from || (uint64_t)from - (uint64_t)last < (uint64_t)MEANING_PAUSE;
}

uint64_t *meaning_next_use(const struct meaning *m, const uint64_t *row)
{
	uint32_t next = meaning_next(row);

	return next != 0 ? top_table_row(&m->flows, next - 1) : NULL;
}

/* Another use of the key of X, which has a row. */
static uint64_t *use_new(struct meaning *m, const struct item *x)
{
	struct item more = *x;
	uint64_t *use, *lead = top_table_row(&m->flows, x->number - 1);
	uint64_t made[MEANING_WORDS] = { 0 };

	if (!meaning_sum_up(m, lead, x->number) ||
	    !meaning_values_begin(m, x->p, x->i, true, made))
		return NULL;
	more.number = 0;
	use = row_new(m, &more, made);
	if (use == NULL)
		return NULL;
	lead = meaning_sums(lead);
	meaning_sums(use)[MEANING_NEXT] = lead[MEANING_NEXT] != 0 ? lead[MEANING_NEXT] : x->number;
	lead[MEANING_NEXT] = m->flows.n;
	m->summed++;
	return use;
}

/*
 * Of the uses of the key that ROW has, the one that goes on; or else the last, where there are as
 * many as may be.  NULL: there is to be another one.
 */
static uint64_t *use_of(const struct meaning *m, uint64_t *row, int64_t first, int64_t last)
{
	uint64_t *use = row, *latest = row;
	unsigned n = 0;

	do {
		if (goes_on(use, first, last))
			return use;
		if ((int64_t)use[MEANING_LAST] > (int64_t)latest[MEANING_LAST])
			latest = use;
		use = meaning_next_use(m, use);
		n++;
	} while (use != NULL && use != row);
	return n < MEANING_USES ? NULL : latest;
}

/*
 * The record of X to ROW, a use of its key; SAME: it was as the record but for what adds up, if
 * that is known, and is so still unless it has words now.
 */
static void add(struct meaning *m, const struct item *x, uint64_t *row, bool same)
{
	const struct meaning_place at = { m, row };

	if ((same && meaning_kept_by(row) != 0) ||
	    meaning_is_kept(at, x->p, x->at->rec, m->domains[x->domain]->number))
		meaning_values_sum(m, x->p, x->at->rec, row, x->number);
	else
		meaning_values_add(m, x->p, x->at->rec, row, x->number);
}

static void note_order(const struct meaning *m, struct meaning_domain *d, unsigned i)
{
	uint64_t room[MEANING_KEY_WORDS];
	const uint64_t *key = meaning_batch_key(m, i, room);

	d->order = nf_fold(d->order ^ nf_hash_words(1, 3, key + 1, m->key_words - 1),
			   0x9e3779b97f4a7c15u);
}

static void record(struct meaning *m, const struct item *x)
{
	struct meaning_domain *d = m->domains[x->domain];
	uint64_t *lead = x->number != 0 ? meaning_row(m, x->number - 1) : NULL, *row, *sums;
	int64_t first, last;

	if (lead == NULL && meaning_is_full(m)) {
		m->beyond++;
		return;
	}
	meaning_ends(x->p, x->at, &first, &last);
	row = lead != NULL ? use_of(m, lead, first, last) : NULL;
	if (row != NULL) {
		add(m, x, row, row == lead && x->same);
	} else if (lead == NULL) {
		row = flow_new(m, x);
	} else if (!meaning_is_full(m)) {
		row = use_new(m, x);
	} else {
		m->beyond++;
	}
	if (row == NULL)
		return;
	if (m->opts.strict)
		note_order(m, d, x->i);
	meaning_times(d, x->p, row, x->at, first, last);
	sums = meaning_sums(row);
	if (sums != NULL)
		m->summed += sums[MEANING_RECORDS]++ == 1;
}

static void add_up(struct meaning *m, struct meaning_plan *p, struct filter_at *at,
		   uint32_t domain)
{
	const struct meaning_batch *b = m->batch;
	const struct meaning_domain *d = m->domains[domain];
	struct item x = { .p = p, .at = at, .domain = domain };

	for (x.i = 0; x.i < b->rows.n; x.i++) {
		if (b->numbers[x.i] == MEANING_BEYOND) {
			m->beyond++;
			continue;
		}
		at->rec = &b->recs[x.i];
		x.number = b->numbers[x.i];
		x.same = x.number != 0 && b->same[x.i];
		if (x.number == 0)
			x.number = meaning_batch_find(m, p, d, x.i, &x.same);
		record(m, &x);
	}
	if (b->rows.n != 0)
		meaning_set_ends(m, b->numbers[b->rows.n - 1] != MEANING_BEYOND ? x.number : 0);
}

void meaning_flow_set(struct meaning *m, struct filter_at *at, int32_t domain)
{
	const struct nf_layout *layout = at->resolution->layout;
	const struct filter_program *program = NULL;
	struct meaning_plan *p = meaning_like_begin(m) ? meaning_plan_of(m, layout) : NULL;
	struct nf_recs recs;
	bool more = true;

	if (p == NULL)
		m->undecoded++;
	if (p == NULL ||
	    (m->opts.filter != NULL && (program = filter_begin(m->opts.filter, layout)) == NULL))
		return;
	at->view = &p->view;
	if (m->opts.watch != NULL)
		m->opts.watch->set(m->opts.watch->ctx, layout, m->domains[domain]);
	nf_recs_open(&recs, at->msg, at->set, layout, m->scratch, NULL);
	m->lists.msg = at->msg;
	m->lists.scratch = nf_rec_scratch(&recs);
	while (more) {
		more = meaning_batch_take(m, p, at, program, m->domains[domain], &recs);
		meaning_batch_look(m, p, m->domains[domain]);
		add_up(m, p, at, (uint32_t)domain);
	}
	at->rec = NULL;
	at->view = NULL;
}
