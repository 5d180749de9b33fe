/* The filter and the order of Flows, and what goes on in steps because of them. */
#include <config.h>

#include <string.h>

#include "base/mem.h"
#include "tui/analysis.h"
#include "tui/flows_value.h"
#include "tui/screen_flows.h"

/* The job that finds the lines, anew; the selected flow stays so where it is still there. */
static void begin_job(struct flows_screen *f)
{
	struct app *app = f->screen.app;
	const struct store_job_opts opts = {
		.filter = app->filter.filter, .names = app->filter.opts, .flows = true,
		.by = f->by, .descending = f->descending,
	};

	f->generation = app->filter.generation;
	f->halted = false;
	store_job_free(f->job);
	f->job = opts.filter != NULL || f->by != NULL ? store_job_new(app->store, &opts) : NULL;
}

/* All that goes by the filter, anew. */
static void begin_all(struct flows_screen *f)
{
	uint64_t number = flows_number(f, f->grid.at);

	begin_job(f);
	flows_totals_begin(f);
	flows_group_again(f);
	flows_seek(f, number, false);
}

void flows_changed(struct screen *s)
{
	struct flows_screen *f = (struct flows_screen *)s;

	if (f->generation != s->app->filter.generation)
		begin_all(f);
}

/* Whoever has not moved yet wants to see what comes first. */
bool flows_sort(struct flows_screen *f, bool invert)
{
	const struct column *c = flows_column(f);
	const struct filter_ref *by = c != NULL ? flows_value_ref(f->names, c) : NULL;
	uint64_t number = f->grid.at > 0 ? flows_number(f, f->grid.at) : UINT64_MAX;
	char *name = by != NULL ? flows_copy(c->name) : NULL;

	if (name == NULL) {
		app_say(f->screen.app, LOOK_hint, "This column has no order");
		return true;
	}
	if (invert) {
		f->descending = f->by == by ? !f->descending : true;
		f->by = by;
	} else {
		f->by = f->by == by ? NULL : by;
		f->descending = c->right;	/* of numbers the greatest are looked for */
	}
	nf_free(f->sorted_by);
	f->sorted_by = name;
	begin_job(f);
	flows_seek(f, number, false);
	return true;
}

/* What options say was not known when flows were filtered, sorted and added up by it. */
static void use_tables(struct flows_screen *f)
{
	struct app *app = f->screen.app;

	if (f->tables || !analysis_tables_settled(app->analysis))
		return;
	f->tables = true;
	if (join_rows(analysis_tables(app->analysis)) != NULL)
		begin_all(f);
}

bool flows_work(struct screen *s)
{
	struct flows_screen *f = (struct flows_screen *)s;
	bool more;

	use_tables(f);
	more = f->job != NULL && !f->halted && store_job_step(f->job, APP_STEP_NS);
	if (!more && !f->halted && flows_sums_step(&f->sums, APP_STEP_NS))
		more = true;
	if (flows_group_work(f))
		more = true;
	if (flows_seek_work(f))
		more = true;
	return more;
}

bool flows_busy(struct screen *s, double *done)
{
	struct flows_screen *f = (struct flows_screen *)s;
	double totals = flows_sums_progress(&f->sums);

	*done = f->job != NULL ? store_job_progress(f->job) : 1;
	if (*done >= 1)
		*done = totals;
	if (f->group.on && flows_sums_progress(&f->group.sums) < *done)
		*done = flows_sums_progress(&f->group.sums);
	return *done < 1 && !f->halted;
}

void flows_stop(struct screen *s)
{
	struct flows_screen *f = (struct flows_screen *)s;

	f->halted = f->group.halted = true;
	app_say(s->app, LOOK_warning, "Stopped: what is listed may not be all that matches");
}
