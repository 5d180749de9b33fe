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
	meaning_store_done(&m->store);
}

static uint64_t *row_new(struct meaning *m, const struct meaning_plan *p,
			 const struct filter_at *at, const uint64_t *key, uint32_t hash)
{
	uint64_t made[MEANING_WORDS], *row;

	if (m->flows.n >= m->opts.max_keys) {
		m->beyond++;
		return NULL;
	}
	if (!meaning_values_begin(m, p, at->rec, key, made))
		return NULL;
	row = top_table_add(&m->flows, NULL, hash);
	if (row == NULL)
		return NULL;
	row[MEANING_FIRST] = (uint64_t)INT64_MAX;
	row[MEANING_LAST] = (uint64_t)INT64_MIN;
	row[MEANING_FRAME] = at->datagram->frame;
	row[MEANING_SHAPE] = made[MEANING_SHAPE];
	row[MEANING_VALUES] = made[MEANING_VALUES];
	m->domains[key[0]]->flows++;
	return row;
}

/*
 * Records are looked at several times, so many together: rows are seldom in the processor's
 * cache, and are on their way there while the keys of the others are made.
 */
struct batch {
	struct nf_rec recs[MEANING_BATCH];
	uint32_t hashes[MEANING_BATCH];
	uint64_t *rows[MEANING_BATCH];		/* likely ones */
	uint64_t keys[MEANING_BATCH][MEANING_KEY_WORDS];
};

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
	return row[MEANING_NEXT] != 0 ? top_table_row(&m->flows, row[MEANING_NEXT] - 1) : NULL;
}

/* Another use of the key of ROW, which has that NUMBER. */
static uint64_t *use_new(struct meaning *m, const struct meaning_plan *p,
			 const struct filter_at *at, const uint64_t *key, uint32_t hash,
			 uint32_t number)
{
	uint64_t *use = row_new(m, p, at, key, hash), *row;

	if (use == NULL)
		return NULL;
	row = top_table_row(&m->flows, number - 1);
	use[MEANING_NEXT] = row[MEANING_NEXT] != 0 ? row[MEANING_NEXT] : number;
	row[MEANING_NEXT] = m->flows.n;
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

static void record(struct meaning *m, const struct meaning_plan *p, const struct filter_at *at,
		   const uint64_t *key, uint32_t hash)
{
	struct meaning_domain *d = m->domains[key[0]];
	uint32_t known = meaning_row_of(m, key, hash);
	uint64_t *row = known != 0 ? top_table_row(&m->flows, known - 1) : NULL;
	int64_t first, last;

	meaning_ends(p, at, &first, &last);
	if (row != NULL)
		row = use_of(m, row, first, last);
	if (row != NULL)
		meaning_values_add(m, p, at->rec, row);
	else
		row = known != 0 ? use_new(m, p, at, key, hash, known) :
				   row_new(m, p, at, key, hash);
	if (row == NULL)
		return;
	if (m->opts.strict)
		d->order = nf_fold(d->order ^ nf_hash_words(1, 3, key + 1, m->key_words - 1),
				   0x9e3779b97f4a7c15u);
	meaning_times(d, p, row, at, first, last);
	if (meaning_kept_by(row) == 0)
		meaning_sums(row)[MEANING_RECORDS]++;
}

/* The records that are wanted, with their keys; false behind the last of the set. */
static bool make_keys(struct meaning *m, const struct meaning_plan *p, const struct top_at *at,
		      const struct filter_program *program, int32_t domain, struct batch *b,
		      struct nf_recs *recs, struct nf_rec *rec)
{
	struct nf_rows *rows = &m->batch;
	bool more = true;

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
		key[0] = (uint64_t)domain;
		if (p->plain) {
			top_keys_load(m->top, p->ops, rec, key + 1);
		} else if (!top_keys_fill(m->top, p->ops, false, at, key + 1)) {
			m->beyond++;
			continue;
		}
		hash = b->hashes[rows->n] = meaning_hash(m, key);
		__builtin_prefetch(&m->flows.slots[hash & m->flows.mask]);
		nf_rows_add(rows, rec);
	}
	return more;
}

static void add_up(struct meaning *m, const struct meaning_plan *p, struct filter_at *at,
		   struct batch *b)
{
	unsigned n = m->batch.n;

	for (unsigned i = 0; i < n; i++)
		b->rows[i] = top_table_guess(&m->flows, b->hashes[i]);
	for (unsigned i = 0; i < n; i++)
		if (b->rows[i] != NULL)
			meaning_prefetch(m, b->rows[i]);
	for (unsigned i = 0; i < n; i++) {
		at->rec = &b->recs[i];
		record(m, p, at, b->keys[i], b->hashes[i]);
	}
}

void meaning_flow_set(struct meaning *m, struct filter_at *at, int32_t domain)
{
	const struct nf_layout *layout = at->resolution->layout;
	const struct filter_program *program = NULL;
	struct top_at here = { .in = at };
	const struct meaning_plan *p = meaning_plan_of(m, layout);
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
		more = make_keys(m, p, &here, program, domain, &b, &recs, &rec);
		add_up(m, p, at, &b);
	}
	at->rec = NULL;
	at->view = NULL;
}
