#include <config.h>

#include "model/store_job_internal.h"

enum { STEP = 16, SORT_STEP = 4096 };

struct store_job {
	struct store *s;
	struct store_job_opts opts;
	struct message message;
	struct nf_scratch scratch;
	struct key key;
	struct store_cursor *cursor;	/* for the digits behind the first */
	uint64_t generation;
	uint64_t row, lost;		/* the next one to be looked at */
	struct list found;		/* uint32_t, uint64_t, struct sort_entry */
	struct list absent;		/* flows that stand behind all: uint64_t */
	struct sort sort;
	bool more;			/* some keys have further digits */
	bool sorting, sorted, failed;
};

/* -- Lists ------------------------------------------------------------------------------ */

void *list_add(struct list *l)
{
	void *chunks = l->chunks;

	if (l->n == (uint64_t)l->nchunks * LIST_CHUNK) {
		if (!nf_grow(&chunks, &l->cap, l->nchunks + 1, sizeof(void *)))
			return NULL;
		l->chunks = chunks;
		l->chunks[l->nchunks] = nf_alloc(LIST_CHUNK * l->size);
		if (l->chunks[l->nchunks] == NULL)
			return NULL;
		l->nchunks++;
	}
	return list_at(l, l->n++);
}

void list_clear(struct list *l)
{
	for (size_t i = 0; i < l->nchunks; i++)
		nf_free(l->chunks[i]);
	nf_free(l->chunks);
	*l = (struct list){ .size = l->size };
}

/* -- Opening ---------------------------------------------------------------------------- */

static void begin(struct store_job *job)
{
	list_clear(&job->found);
	list_clear(&job->absent);
	sort_done(&job->sort);
	job->generation = store_generation(job->s);
	job->row = job->lost = 0;
	job->more = job->sorting = job->sorted = job->failed = false;
}

struct store_job *store_job_new(struct store *s, const struct store_job_opts *opts)
{
	struct store_job *job = nf_zalloc(sizeof(*job));

	if (job == NULL)
		return NULL;
	job->s = s;
	job->opts = *opts;
	job->opts.flows |= opts->by != NULL;
	job->key.ref = opts->by;
	job->found.size = opts->by != NULL ? sizeof(struct sort_entry) :
			  opts->flows ? sizeof(uint64_t) : sizeof(uint32_t);
	job->absent.size = sizeof(uint64_t);
	job->scratch.n = NF_SCRATCH_WORDS;
	job->scratch.words = nf_alloc(job->scratch.n * sizeof(*job->scratch.words));
	job->cursor = store_cursor_new(s);
	begin(job);
	if (job->scratch.words != NULL && job->cursor != NULL)
		return job;
	store_job_free(job);
	return NULL;
}

void store_job_free(struct store_job *job)
{
	if (job == NULL)
		return;
	list_clear(&job->found);
	list_clear(&job->absent);
	sort_done(&job->sort);
	store_cursor_free(job->cursor);
	store_message_done(&job->message);
	nf_free(job->scratch.words);
	nf_free(job);
}

/* -- Finding ---------------------------------------------------------------------------- */

static void put_row(struct store_job *job, uint64_t row)
{
	uint32_t *at = row <= UINT32_MAX ? list_add(&job->found) : NULL;

	if (at != NULL)
		*at = (uint32_t)row;
	else
		job->failed = true;
}

static void put_number(struct store_job *job, struct list *l, uint64_t flow)
{
	uint64_t *at = list_add(l);

	if (at != NULL)
		*at = flow;
	else
		job->failed = true;
}

static void put_flow(struct store_job *job, const struct filter_at *at, uint64_t flow)
{
	struct sort_entry *e;
	bool more = false;
	uint64_t digit;

	if (job->opts.by == NULL) {
		put_number(job, &job->found, flow);
		return;
	}
	if (!key_digit(&job->key, at, 0, &digit, &more)) {
		put_number(job, &job->absent, flow);
		return;
	}
	e = list_add(&job->found);
	if (e != NULL)
		*e = sort_entry(digit, more, job->opts.descending, flow);
	else
		job->failed = true;
	job->more |= more;
}

/* The flows of a set, of which the first has the number FLOW; how many they are. */
static uint32_t set_of_flows(struct store_job *job, const struct store_sets *sets, uint64_t flow)
{
	const struct nf_layout *layout = sets->resolution.layout;
	const struct filter_program *program = NULL;
	struct filter *filter = job->opts.filter;
	struct filter_at at = filter_at_message(filter, sets->view);
	bool none = filter != NULL && (program = filter_begin(filter, layout)) == NULL;
	struct flow_view view;
	struct nf_recs recs;
	struct nf_rec rec;
	uint32_t n = 0;

	nf_recs_open(&recs, &sets->view->msg, &sets->set, layout, job->scratch, NULL);
	if (none || (filter == NULL && job->opts.by == NULL))
		n = nf_recs_pass_whole(&recs);
	for (uint32_t i = 0; !none && i < n; i++)
		put_number(job, &job->found, flow + i);
	flow_view_of(&view, layout);
	at.opts = &job->opts.names;
	at.set = &sets->set;
	at.resolution = &sets->resolution;
	at.view = &view;
	at.rec = &rec;
	for (; nf_rec_next(&recs, &rec); n++)
		if (!none && (program == NULL || filter_test(filter, program, &at)))
			put_flow(job, &at, flow + n);
	return n;
}

static void flows_of_row(struct store_job *job)
{
	uint64_t flow = store_row_flow(job->s, job->row);
	struct store_sets sets;

	job->key.layout = NULL;		/* it may be another one at the same place */
	store_sets_open(&sets, &job->message.view);
	while (store_sets_next(&sets))
		flow += set_of_flows(job, &sets, flow);
}

static void look_at(struct store_job *job)
{
	const struct row *r = store_at(job->s, job->row);
	struct nf_err err;
	uint32_t n = (uint32_t)r->flows;

	if (job->opts.filter == NULL && !job->opts.flows) {
		put_row(job, job->row);
		return;
	}
	if (job->opts.flows && n == 0)
		return;
	if (job->opts.filter == NULL && job->opts.by == NULL) {
		for (uint64_t flow = store_row_flow(job->s, job->row); n > 0; n--)
			put_number(job, &job->found, flow++);
		return;
	}
	if (store_fill(job->s, job->row, &job->message, NULL, &err) < 0)
		job->lost++;
	else if (job->opts.flows)
		flows_of_row(job);
	else if (filter_message(job->opts.filter, &job->message.view))
		put_row(job, job->row);
}

/* -- Order ------------------------------------------------------------------------------ */

static uint64_t digit_of(void *ctx, uint64_t flow, unsigned i, bool *more)
{
	struct store_job *job = ctx;
	struct filter_at *at;
	uint64_t digit = 0;
	struct nf_err err;

	at = store_flow(job->cursor, flow, &err);
	if (at != NULL) {
		at->opts = &job->opts.names;
		key_digit(&job->key, at, i, &digit, more);
	}
	return digit;
}

static bool all_there(const struct store_job *job)
{
	return job->row == store_rows(job->s) && store_progress(job->s).settled;
}

/* False where there is nothing to be done now. */
static bool put_in_order(struct store_job *job)
{
	if (job->opts.by == NULL || job->sorted || !(job->sorting || all_there(job)))
		return false;
	if (!job->sorting)
		sort_begin(&job->sort, &job->found, job->more, job->opts.descending, digit_of,
			   job);
	job->sorting = true;
	if (sort_step(&job->sort, SORT_STEP))
		return true;
	job->failed |= job->sort.failed;
	job->sorted = true;
	return false;
}

/* -- Steps ------------------------------------------------------------------------------ */

static bool one(struct store_job *job)
{
	if (job->sorting || job->row == store_rows(job->s))
		return put_in_order(job);
	look_at(job);
	job->row++;
	return true;
}

bool store_job_step(struct store_job *job, uint64_t budget_ns)
{
	int64_t end = store_now() + (int64_t)budget_ns;

	if (job->generation != store_generation(job->s))
		begin(job);
	do {
		for (int i = 0; i < STEP; i++)
			if (!one(job))
				return false;
	} while (store_now() < end);
	return true;
}

double store_job_progress(const struct store_job *job)
{
	uint64_t rows = store_rows(job->s);
	double looked = rows != 0 ? (double)job->row / (double)rows : 1;

	if (job->opts.by == NULL || job->sorted)
		return looked;
	if (!job->sorting || job->found.n == 0)
		return looked / 2;
	return 0.5 + 0.49 * (double)job->sort.settled / (double)job->found.n;
}

bool store_job_sorted(const struct store_job *job)
{
	return job->opts.by == NULL || job->sorted;
}

bool store_job_stale(const struct store_job *job)
{
	return job->sorting && job->row != store_rows(job->s);
}

uint64_t store_job_count(const struct store_job *job)
{
	return job->found.n + job->absent.n;
}

uint64_t store_job_at(const struct store_job *job, uint64_t i)
{
	if (i >= job->found.n)
		return *(uint64_t *)list_at(&job->absent, i - job->found.n);
	if (job->opts.by != NULL)
		return ((struct sort_entry *)list_at(&job->found, i))->flow & ~SORT_LATER;
	if (job->opts.flows)
		return *(uint64_t *)list_at(&job->found, i);
	return *(uint32_t *)list_at(&job->found, i);
}

uint64_t store_job_find(const struct store_job *job, uint64_t number)
{
	uint64_t lo = 0, n = store_job_count(job), hi = n;

	if (job->opts.by != NULL) {
		while (lo < n && store_job_at(job, lo) != number)
			lo++;
		return lo;
	}
	while (lo < hi) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (store_job_at(job, mid) < number)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

uint64_t store_job_lost(const struct store_job *job)
{
	return job->lost;
}

bool store_job_failed(const struct store_job *job)
{
	return job->failed || (job->opts.filter != NULL && filter_failed(job->opts.filter));
}
