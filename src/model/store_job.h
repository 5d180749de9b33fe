/*
 * Work over a whole store in steps: which messages or flows a filter lets through, and flows in
 * the order of a column.
 *
 *	struct store_job *job = store_job_new(store, &opts);
 *
 *	while (store_job_step(job, 2000000))
 *		... keys, drawing: store_job_count, store_job_at hold for what is known so far ...
 *
 * A job may be freed at any time.  It goes on with rows that are loaded meanwhile, up to where it
 * begins to sort, and begins anew where counts of rows change (store_generation).
 *
 * Memory: 4 octets a message that matches, 8 a flow, 16 a flow that is sorted.
 */
#ifndef MODEL_STORE_JOB_H
#define MODEL_STORE_JOB_H

#include "model/store.h"

struct store_job_opts {
	struct filter *filter;		/* borrowed; NULL: everything */
	struct filter_opts names;	/* those that FILTER and BY were made with */
	/*
	 * Flows are found, each by itself; else messages of which a record matches (of which the
	 * filter tests anything: filter_level).
	 */
	bool flows;
	/*
	 * Flows in the order of what BY, borrowed, says of them, equal ones as they come; those of
	 * which it says nothing stand last, descending or not.  Of several fields the first counts.
	 * Texts are compared by their first 256 octets.  NULL: as they come.
	 */
	const struct filter_ref *by;
	bool descending;
};

struct store_job;

/* OPTS is copied.  NULL if memory is out. */
struct store_job *store_job_new(struct store *s, const struct store_job_opts *opts);
void store_job_free(struct store_job *job);

/*
 * Work for about BUDGET nanoseconds.  False where nothing is left to do now: all rows that are
 * loaded were looked at, and sorted, if the store has loaded all.
 */
bool store_job_step(struct store_job *job, uint64_t budget_ns);

/* From 0 to 1, of what there is to do now. */
double store_job_progress(const struct store_job *job);

/* True once what store_job_at says is in its final order. */
bool store_job_sorted(const struct store_job *job);

/* True if rows have come since it began to sort, which it leaves out. */
bool store_job_stale(const struct store_job *job);

/* How many match so far, and the I-th: its row, or the number of the flow. */
uint64_t store_job_count(const struct store_job *job);
uint64_t store_job_at(const struct store_job *job, uint64_t i);

/*
 * Where NUMBER, or the next greater one, stands among those that match; of a sorted job, where
 * NUMBER itself stands (store_job_count: nowhere).
 */
uint64_t store_job_find(const struct store_job *job, uint64_t number);

/* Messages whose octets were not to be had any more. */
uint64_t store_job_lost(const struct store_job *job);

/* True where memory was out: some that match are missing. */
bool store_job_failed(const struct store_job *job);

#endif
