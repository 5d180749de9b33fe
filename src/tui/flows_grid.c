/* The lines of Flows: each record is read and written when it is drawn. */
#include <config.h>

#include <string.h>

#include "tui/flows_value.h"
#include "tui/screen_flows.h"
#include "tui/times.h"

uint64_t flows_number(const struct flows_screen *f, uint64_t i)
{
	if (f->job != NULL)
		return i < store_job_count(f->job) ? store_job_at(f->job, i) : UINT64_MAX;
	return i < store_flows(f->screen.app->store) ? i : UINT64_MAX;
}

static uint64_t count(void *ctx)
{
	const struct flows_screen *f = ctx;

	return f->job != NULL ? store_job_count(f->job) : store_flows(f->screen.app->store);
}

/* -- Cells ------------------------------------------------------------------------------- */

/* Which time a column shows; false where it shows none. */
static bool time_of(const struct column *c, const struct filter_at *at, struct nf_flowtime *t)
{
	const struct flow_view *view = at->view;

	if (strcmp(c->name, "last") == 0)
		*t = flow_last(view, at->msg, at->rec);
	else if (strcmp(c->name, "event_time") == 0)
		*t = flow_event_time(view, at->msg, at->rec);
	else if (strcmp(c->name, "first") == 0 || strcmp(c->name, "time") == 0)
		*t = flow_first(view, at->msg, at->rec);
	else
		return false;
	if (t->source == NF_FLOWTIME_NONE && strcmp(c->name, "time") == 0)
		*t = flow_event_time(view, at->msg, at->rec);
	return true;
}

static bool is_known(const struct nf_flowtime *t)
{
	return t->source != NF_FLOWTIME_NONE && t->source != NF_FLOWTIME_RELATIVE;
}

/* The same of the flow in the line before I. */
static bool time_before(struct flows_screen *f, const struct column *c, uint64_t i, int64_t *ns)
{
	uint64_t number = i > 0 ? flows_number(f, i - 1) : UINT64_MAX;
	const struct filter_at *at;
	struct nf_flowtime t;
	struct nf_err err;

	at = number != UINT64_MAX ? store_flow(f->before, number, &err) : NULL;
	if (at == NULL || !time_of(c, at, &t) || !is_known(&t))
		return false;
	*ns = t.ns;
	return true;
}

/* Uptimes of systems whose start nobody knows are shown as what they are in every mode. */
static void put_time(struct flows_screen *f, const struct column *c, uint64_t i,
		     const struct nf_flowtime *t)
{
	struct columns_at at = f->flows->at;
	int64_t before;

	if (f->screen.app->whole_times && f->screen.app->times <= TIMES_LOCAL) {
		at.words = at.clock = false;
		c->cell(&f->cells.text, c, &at);
	} else if (f->screen.app->times == TIMES_CLOCK || !is_known(t)) {
		at.words = at.clock = true;
		c->cell(&f->cells.text, c, &at);
	} else if (f->screen.app->times == TIMES_LOCAL) {
		times_local(&f->cells.text, t->ns, t->digits);
	} else if (f->screen.app->times == TIMES_DELTA && time_before(f, c, i, &before)) {
		times_since(&f->cells.text, f->screen.app, t->ns, &before);
	} else {
		times_since(&f->cells.text, f->screen.app, t->ns, NULL);
	}
}

static void put_cells(struct flows_screen *f, const struct flows_plan *plan, uint64_t line)
{
	const struct filter_at *at = &f->flows->at.in;
	struct nf_flowtime t;

	for (unsigned i = 0; i < f->flows->columns.n; i++) {
		const struct column *c = &f->flows->columns.v[i];

		if (c->cell != NULL && time_of(c, at, &t))
			put_time(f, c, line, &t);
		else if (f->names_shown != NAMES_HEX ||
			 !flows_value_hex(&f->cells.text, c, at))
			flows_cell(f->flows, plan, i, &f->cells.text);
		f->cells.ends[i] = (uint32_t)f->cells.text.n;
	}
}

static void fill(struct flows_screen *f, uint64_t line, uint64_t number)
{
	struct nf_err err;
	const struct filter_at *at = store_flow(f->cursor, number, &err);
	const struct flows_plan *plan = at != NULL ? flows_at(f->flows, at) : NULL;

	nf_strbuf_clear(&f->cells.text);
	f->cells.flow = number;
	f->cells.whole_times = f->screen.app->whole_times;
	if (plan != NULL) {
		put_cells(f, plan, line);
		return;
	}
	if (at == NULL)
		nf_sb_str(&f->cells.text, err.text);
	for (unsigned i = 0; i < f->flows->columns.n; i++)
		f->cells.ends[i] = (uint32_t)f->cells.text.n;
}

static void cell(void *ctx, uint64_t i, unsigned column, struct nf_strbuf *s)
{
	struct flows_screen *f = ctx;
	uint64_t number = flows_number(f, i);
	uint32_t from;

	if (number == UINT64_MAX)
		return;
	if (f->cells.flow != number || f->cells.whole_times != f->screen.app->whole_times)
		fill(f, i, number);
	from = column > 0 ? f->cells.ends[column - 1] : 0;
	if (!f->cells.text.failed)
		nf_sb_mem(s, f->cells.text.p + from, f->cells.ends[column] - from);
}

static bool tagged(void *ctx, uint64_t i)
{
	const struct flows_screen *f = ctx;

	return f->tags.n != 0 && tags_has(&f->tags, flows_number(f, i));
}

const struct grid_ops flows_grid_ops = { .count = count, .cell = cell, .tagged = tagged };

const struct filter_at *flows_selected(struct flows_screen *f)
{
	uint64_t number = flows_number(f, f->grid.at);
	struct nf_err err;

	return number != UINT64_MAX ? store_flow(f->cursor, number, &err) : NULL;
}
