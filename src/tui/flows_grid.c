/* The lines of Flows: each record is read and written when it is drawn. */
#include <config.h>

#include <string.h>

#include "tui/screen_flows.h"
#include "tui/times.h"

enum { CLOCK = 12 };		/* "01:00:05.002" */

uint64_t flows_number(const struct flows_screen *f, uint64_t i)
{
	if (f->job != NULL)
		return i < store_job_count(f->job) ? store_job_at(f->job, i) : UINT64_MAX;
	return i < store_flows(f->screen.app->store) ? i : UINT64_MAX;
}

uint64_t flows_line(const struct flows_screen *f, uint64_t number)
{
	return f->job != NULL ? store_job_find(f->job, number) : number;
}

static uint64_t count(void *ctx)
{
	const struct flows_screen *f = ctx;

	return f->job != NULL ? store_job_count(f->job) : store_flows(f->screen.app->store);
}

/* -- Columns ----------------------------------------------------------------------------- */

static bool is_time(const struct column *c)
{
	return strcmp(c->name, "time") == 0 || strcmp(c->name, "first") == 0 ||
	       strcmp(c->name, "last") == 0;
}

static unsigned width_of(const struct column *c)
{
	unsigned width = is_time(c) ? CLOCK : c->width, title = (unsigned)strlen(c->title);

	return title > width ? title : width;
}

/* Columns of the screen that all columns take whose rank is RANK or less. */
static unsigned width_up_to(const struct flows_screen *f, unsigned rank)
{
	unsigned width = 0;

	for (unsigned i = 0; i < f->flows->columns.n; i++)
		if (flows_rank(f->flows->columns.v[i].name) <= rank)
			width += width_of(&f->flows->columns.v[i]) + 1;
	return width > 0 ? width - 1 : 0;
}

void flows_lay_out(struct flows_screen *f)
{
	bool chosen = f->flows->opts.columns != NULL;

	for (unsigned i = 0; i < f->flows->columns.n; i++) {
		const struct column *c = &f->flows->columns.v[i];
		unsigned rank = flows_rank(c->name);

		f->columns[i] = (struct grid_column){
			.title = c->title, .width = width_of(c), .right = c->right,
			.wide = chosen || rank == 0 ? 0 : width_up_to(f, rank),
		};
	}
	f->grid.columns = f->columns;
	f->grid.ncolumns = f->flows->columns.n;
}

/* -- Cells ------------------------------------------------------------------------------- */

static void put_cells(struct flows_screen *f, const struct flows_plan *plan)
{
	for (unsigned i = 0; i < f->flows->columns.n; i++) {
		flows_cell(f->flows, plan, i, &f->cells.text);
		f->cells.ends[i] = (uint32_t)f->cells.text.n;
	}
}

static void fill(struct flows_screen *f, uint64_t number)
{
	struct nf_err err;
	const struct filter_at *at = store_flow(f->cursor, number, &err);
	const struct flows_plan *plan = at != NULL ? flows_at(f->flows, at) : NULL;

	nf_strbuf_clear(&f->cells.text);
	f->cells.flow = number;
	if (plan != NULL) {
		put_cells(f, plan);
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
	if (f->cells.flow != number)
		fill(f, number);
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
