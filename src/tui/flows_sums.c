#include <config.h>

#include "tui/flows_sums.h"

#include <time.h>

enum { AT_ONCE = 8 };		/* messages between two looks at the clock */

bool flows_sums_begin(struct flows_sums *s, struct store *store, const struct top_opts *opts,
		      struct nf_registry *registry, struct filter_error *err)
{
	struct top *top = top_new(opts, registry, err);

	if (top == NULL)
		return false;
	top_free(s->top);
	*s = (struct flows_sums){
		.store = store, .top = top, .opts = *opts, .registry = registry,
		.generation = store_generation(store),
	};
	return true;
}

void flows_sums_done(struct flows_sums *s)
{
	top_free(s->top);
	*s = (struct flows_sums){ .top = NULL };
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static void add(struct flows_sums *s)
{
	const struct store_row r = store_row(s->store, s->row);
	const struct nf_view *v;
	struct nf_err err;

	if (r.duplicate && !s->opts.keep_duplicates) {
		s->copies += r.flows;
		return;
	}
	if (r.flows == 0 && r.options == 0)
		return;
	v = store_read(s->store, s->row, NULL, &err);
	if (v != NULL)
		top_message(s->top, v);
}

/* Counts of rows have changed: what was added up may be other flows. */
static void again(struct flows_sums *s)
{
	const struct top_opts opts = s->opts;
	struct filter_error ignored;

	flows_sums_begin(s, s->store, &opts, s->registry, &ignored);
	s->generation = store_generation(s->store);
}

bool flows_sums_step(struct flows_sums *s, uint64_t budget_ns)
{
	uint64_t begun = now_ns();

	if (s->top == NULL)
		return false;
	if (s->generation != store_generation(s->store))
		again(s);
	do {
		for (int i = 0; i < AT_ONCE; i++) {
			if (s->row >= store_rows(s->store))
				return false;
			add(s);
			s->row++;
			s->ended = false;
		}
	} while (now_ns() - begun < budget_ns);
	return true;
}

void flows_sums_end(struct flows_sums *s)
{
	if (s->top != NULL && !s->ended)
		top_end(s->top);
	s->ended = true;
}

double flows_sums_progress(const struct flows_sums *s)
{
	uint64_t rows = s->top != NULL ? store_rows(s->store) : 0;

	return rows != 0 ? (double)s->row / (double)rows : 1;
}
