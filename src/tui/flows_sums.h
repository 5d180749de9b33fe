/*
 * Flows of the store added up by a key, a step at a time: what the line of totals and the groups
 * are made of.  Events are no traffic, copies of messages count once, sampling is not scaled: as
 * `nfpcap top` has it.
 */
#ifndef TUI_FLOWS_SUMS_H
#define TUI_FLOWS_SUMS_H

#include "model/store.h"
#include "model/top.h"

struct flows_sums {
	struct store *store;
	struct top *top;		/* NULL: nothing was begun */
	struct top_opts opts;
	struct nf_registry *registry;
	uint64_t row;			/* the next message */
	uint64_t generation;		/* of the store's counts */
	uint64_t copies;		/* flows of messages captured before */
	bool ended;			/* sums are complete for what was read */
};

/*
 * Begin anew.  What OPTS points to is borrowed; its keys until flows_sums_done.  False and *ERR
 * where a key is none, or memory is out: all is as it was.
 */
bool flows_sums_begin(struct flows_sums *s, struct store *store, const struct top_opts *opts,
		      struct nf_registry *registry, struct filter_error *err);
void flows_sums_done(struct flows_sums *s);

/* Work for about BUDGET nanoseconds; true while there is more to do now. */
bool flows_sums_step(struct flows_sums *s, uint64_t budget_ns);

/* Put the sums of what was read in order. */
void flows_sums_end(struct flows_sums *s);

/* Of 0 to 1. */
double flows_sums_progress(const struct flows_sums *s);

#endif
