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
		nf_free(m->plans[i]->ops);
		nf_free(m->plans[i]);
	}
	nf_free(m->plans);
	nf_free(m->values);
	nf_free(m->batch.shifts);
	nf_free(m->likeness.has);
	meaning_store_done(&m->store);
}

/*
 * Records are looked at several times, so many together: rows are seldom in the processor's
 * cache, and are on their way there while the keys of the others are made.
 */
struct batch {
	struct nf_rec recs[MEANING_BATCH];
	uint32_t hashes[MEANING_BATCH];
	uint32_t numbers[MEANING_BATCH];	/* of their rows; 0: not known yet */
	bool has_key[MEANING_BATCH];
	struct meaning_place rows[MEANING_BATCH];	/* likely ones */
	uint64_t keys[MEANING_BATCH][MEANING_KEY_WORDS];
};

/* A record, and the row of its key. */
struct item {
	struct meaning_plan *p;
	const struct filter_at *at;
	uint32_t domain;		/* an index */
	const uint64_t *key;		/* NULL: its row is known, a record of such a layout */
	uint32_t hash;
	uint32_t number;		/* from 1; 0: the key leads nowhere */
	bool same;			/* the row is as the record but for what adds up */
};

/*
 * Where the key of X leads.  Most records of a key differ in what adds up alone: if a row does, it
 * has the same key, and that need not be made of it.
 */
static uint32_t number_of(const struct meaning *m, struct item *x)
{
	const struct top_table *t = m->index;

	x->same = false;
	for (size_t i = x->hash & t->mask; t->slots[i].row != 0; i = (i + 1) & t->mask) {
		struct meaning_place at;

		if (t->slots[i].hash != x->hash)
			continue;
		at = meaning_leads_to(m, t->slots[i].row - 1);
		x->same = meaning_is_kept(at, x->p, x->at->rec, (uint32_t)x->key[0]);
		if (x->same || meaning_has_key(at, x->key))
			return t->slots[i].row;
	}
	return 0;
}

/* What opts.like keeps of the same. */
static const void *had(struct meaning *m, const struct item *x)
{
	const uint64_t *there;

	if (x->number == 0 || x->number > m->likeness.rows)
		return NULL;
	there = top_table_row(&m->opts.like->flows, x->number - 1);
	return meaning_like_values(m, x->p, x->at->rec, there);
}

/* A row for the key of X; behind the others unless there is a place for it. */
static uint64_t *row_at(struct meaning *m, const struct item *x)
{
	if (x->number == 0)
		return top_table_more(&m->flows);
	m->likeness.has[x->number - 1] = true;
	return top_table_row(&m->flows, x->number - 1);
}

static uint64_t *row_new(struct meaning *m, const struct item *x, const void *values)
{
	const uint64_t most = UINT64_MAX >> MEANING_FRAME_AT;
	uint64_t frame = x->at->datagram->frame, made[MEANING_WORDS] = { 0 }, *row;

	if (m->nflows >= m->opts.max_keys) {
		m->beyond++;
		return NULL;
	}
	if (!meaning_values_begin(m, x->p, x->at->rec, x->key, values, made))
		return NULL;
	row = row_at(m, x);
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

static uint64_t *flow_new(struct meaning *m, const struct item *x)
{
	uint64_t *row = row_new(m, x, had(m, x));

	if (row != NULL && x->number == 0 &&
	    !top_table_lead(m->index, x->hash, (uint32_t)m->flows.n))
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

	if (!meaning_sum_up(m, lead, x->number))
		return NULL;
	more.number = 0;
	use = row_new(m, &more, NULL);
	if (use == NULL || !meaning_sum_up(m, use, (uint32_t)m->flows.n))
		return NULL;
	lead = meaning_sums(lead);
	meaning_sums(use)[MEANING_RECORDS] = 0;
	meaning_sums(use)[MEANING_NEXT] = lead[MEANING_NEXT] != 0 ? lead[MEANING_NEXT] : x->number;
	lead[MEANING_NEXT] = m->flows.n;
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

/* The record of X to ROW, a use of its key; SAME: but for what adds up, if that is known. */
static void add(struct meaning *m, const struct item *x, uint64_t *row, bool same)
{
	const struct meaning_place at = { m, row };

	if (same || meaning_is_kept(at, x->p, x->at->rec, m->domains[x->domain]->number))
		meaning_values_sum(m, x->p, x->at->rec, row, x->number);
	else
		meaning_values_add(m, x->p, x->at->rec, row, x->number);
}

static void record(struct meaning *m, const struct item *x)
{
	struct meaning_domain *d = m->domains[x->domain];
	uint64_t *lead = x->number != 0 ? meaning_row(m, x->number - 1) : NULL, *row, *sums;
	int64_t first, last;

	meaning_ends(x->p, x->at, &first, &last);
	row = lead != NULL ? use_of(m, lead, first, last) : NULL;
	if (row != NULL)
		add(m, x, row, row == lead && x->same);
	else
		row = lead != NULL ? use_new(m, x) : flow_new(m, x);
	if (row == NULL)
		return;
	if (m->opts.strict)
		d->order = nf_fold(d->order ^ nf_hash_words(1, 3, x->key + 1, m->key_words - 1),
				   0x9e3779b97f4a7c15u);
	meaning_times(d, x->p, row, x->at, first, last);
	sums = meaning_sums(row);
	if (sums != NULL)
		sums[MEANING_RECORDS]++;
}

/* Where the key of REC leads, if that is worth being looked for now. */
static uint32_t look_now(struct meaning *m, struct meaning_plan *p, const struct nf_rec *rec,
			 const uint64_t *key, uint32_t hash)
{
	struct filter_at at = { .rec = rec };
	struct item x = { .p = p, .at = &at, .key = key, .hash = hash };
	uint32_t number;

	if (!meaning_may_look(m))
		return 0;
	number = number_of(m, &x);
	meaning_looked(m, number);
	return number;
}

/* The records that are wanted, with their keys; false behind the last of the set. */
static bool make_keys(struct meaning *m, struct meaning_plan *p, const struct top_at *at,
		      const struct filter_program *program, uint32_t domain, struct batch *b,
		      struct nf_recs *recs, struct nf_rec *rec)
{
	struct nf_rows *rows = &m->batch;
	bool more = true, course = meaning_has_course(m, p);

	rows->recs = b->recs;
	rows->most = MEANING_BATCH;
	for (rows->n = 0; rows->n < MEANING_BATCH && (more = nf_rec_next(recs, rec)); ) {
		uint64_t *key = b->keys[rows->n];
		uint32_t hash;

		if (program != NULL && !filter_test(m->opts.filter, program, at->in))
			continue;
		m->domains[domain]->records++;
		if (m->opts.watch != NULL)
			m->opts.watch->record(m->opts.watch->ctx, at->in);
		key[0] = m->domains[domain]->number;
		b->numbers[rows->n] = course ? meaning_next_number(m, p, rec, (uint32_t)key[0]) : 0;
		b->has_key[rows->n] = b->numbers[rows->n] == 0;
		if (!b->has_key[rows->n]) {
			nf_rows_add(rows, rec);
			continue;
		}
		if (p->plain) {
			top_keys_load(m->top, p->ops, rec, key + 1);
		} else if (!top_keys_fill(m->top, p->ops, false, at, key + 1)) {
			m->beyond++;
			continue;
		}
		hash = b->hashes[rows->n] = meaning_hash(m, key);
		if (course)
			b->numbers[rows->n] = look_now(m, p, rec, key, hash);
		__builtin_prefetch(&m->index->slots[hash & m->index->mask]);
		nf_rows_add(rows, rec);
	}
	return more;
}

static void add_up(struct meaning *m, struct meaning_plan *p, struct filter_at *at,
		   uint32_t domain, struct batch *b)
{
	unsigned n = m->batch.n;
	struct item x = { .p = p, .at = at, .domain = domain };

	for (unsigned i = 0; i < n; i++)
		b->rows[i] = b->numbers[i] == 0 ? meaning_guess(m, b->hashes[i]) :
						  (struct meaning_place){ .row = NULL };
	for (unsigned i = 0; i < n; i++)
		if (b->rows[i].row != NULL)
			meaning_prefetch(b->rows[i].of, b->rows[i].row);
	for (unsigned i = 0; i < n; i++) {
		at->rec = &b->recs[i];
		x.key = b->has_key[i] ? b->keys[i] : NULL;
		x.hash = b->hashes[i];
		x.same = false;
		x.number = b->numbers[i] == 0 ? number_of(m, &x) : b->numbers[i];
		record(m, &x);
	}
	if (n != 0)
		meaning_set_ends(m, x.number);
}

void meaning_flow_set(struct meaning *m, struct filter_at *at, int32_t domain)
{
	const struct nf_layout *layout = at->resolution->layout;
	const struct filter_program *program = NULL;
	struct top_at here = { .in = at };
	struct meaning_plan *p = meaning_like_begin(m) ? meaning_plan_of(m, layout) : NULL;
	struct nf_recs recs;
	struct nf_rec rec;
	struct batch b;
	bool more = true;

	if (p == NULL)
		m->undecoded++;
	if (p == NULL ||
	    (m->opts.filter != NULL && (program = filter_begin(m->opts.filter, layout)) == NULL))
		return;
	here.view = at->view = &p->view;
	if (m->opts.watch != NULL)
		m->opts.watch->set(m->opts.watch->ctx, layout, m->domains[domain]);
	nf_recs_open(&recs, at->msg, at->set, layout, m->scratch, NULL);
	m->lists.msg = at->msg;
	m->lists.scratch = nf_rec_scratch(&recs);
	while (more) {
		at->rec = &rec;
		more = make_keys(m, p, &here, program, (uint32_t)domain, &b, &recs, &rec);
		add_up(m, p, at, (uint32_t)domain, &b);
	}
	at->rec = NULL;
	at->view = NULL;
}
