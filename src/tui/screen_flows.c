#include <config.h>

#include "tui/screen_flows.h"

#include <string.h>

#include "model/join_filter.h"
#include "tui/analysis.h"
#include "tui/browser.h"
#include "tui/times.h"

/* -- Filter and order ---------------------------------------------------------------------- */

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

static void changed(struct screen *s)
{
	struct flows_screen *f = (struct flows_screen *)s;
	uint64_t number = flows_number(f, f->grid.at);

	if (f->generation == s->app->filter.generation)
		return;
	begin_job(f);
	f->keeps = number;
	if (f->job == NULL && number != UINT64_MAX)
		grid_go(&f->grid, number);
}

/* What a column is sorted by: the name that filters know it by. */
static const struct filter_ref *ref_of(struct flows_screen *f, const struct column *c)
{
	static const struct {
		const char *column, *name;
	} others[] = {
		{ "time", "first" }, { "source", "src" }, { "destination", "dst" },
		{ "info", "tcpflags" }, { "frame", "frame.number" }, { "exporter", "exporter.ip" },
		{ "domain", "msg.domain" },
	};
	const char *name = c->name;
	struct filter_error ignored;

	if (c->ref != NULL)
		return c->ref;
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		if (strcmp(others[i].column, name) == 0)
			name = others[i].name;
	return filter_names_find(f->names,
				 (struct nf_bytes){ (const uint8_t *)name, strlen(name) }, &ignored);
}

static const struct column *selected_column(const struct flows_screen *f)
{
	return f->grid.column < f->flows->columns.n ? &f->flows->columns.v[f->grid.column] : NULL;
}

static bool sort(struct flows_screen *f, bool invert)
{
	const struct column *c = selected_column(f);
	const struct filter_ref *by = c != NULL ? ref_of(f, c) : NULL;

	if (by == NULL) {
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
	f->grid.sorted = f->by == NULL ? NULL : f->descending ? "v" : "^";
	f->grid.sort_column = f->grid.column;
	begin_job(f);
	grid_go(&f->grid, 0);
	return true;
}

static bool work(struct screen *s)
{
	struct flows_screen *f = (struct flows_screen *)s;
	bool more = f->job != NULL && !f->halted && store_job_step(f->job, APP_STEP_NS);

	if (f->job != NULL && !more && f->keeps != UINT64_MAX && f->by == NULL) {
		grid_go(&f->grid, flows_line(f, f->keeps));
		f->keeps = UINT64_MAX;
	}
	return more;
}

static bool busy(struct screen *s, double *done)
{
	struct flows_screen *f = (struct flows_screen *)s;

	*done = f->job != NULL ? store_job_progress(f->job) : 1;
	return *done < 1 && !f->halted;
}

static void stop(struct screen *s)
{
	((struct flows_screen *)s)->halted = true;
	app_say(s->app, LOOK_warning, "Stopped: what is listed may not be all that matches");
}

/* -- Actions ------------------------------------------------------------------------------- */

static bool tag(struct flows_screen *f)
{
	uint64_t number = flows_number(f, f->grid.at);

	if (number == UINT64_MAX || !tags_turn(&f->tags, number))
		return false;
	return grid_act(&f->grid, ACTION_down);
}

static bool open_packet(struct flows_screen *f)
{
	struct place p = place_nowhere();

	f->screen.ops->where(&f->screen, &p);
	if (p.row == PLACE_NONE)
		return false;
	app_go(f->screen.app, SCREEN_packets, &p);
	return true;
}

static bool act(struct screen *s, enum action a, uint32_t arg)
{
	struct flows_screen *f = (struct flows_screen *)s;

	(void)arg;
	switch (a) {
	case ACTION_open: return open_packet(f);
	case ACTION_sort: return sort(f, false);
	case ACTION_invert: return sort(f, true);
	case ACTION_tag: return tag(f);
	case ACTION_untag: tags_clear(&f->tags); return true;
	default:
		if (!grid_act(&f->grid, a))
			return false;
		f->keeps = UINT64_MAX;	/* whoever moves has found where to be */
		return true;
	}
}

static void mouse(struct screen *s, const struct key *k)
{
	struct flows_screen *f = (struct flows_screen *)s;
	bool same;

	if (k->button == MOUSE_UP || k->button == MOUSE_DOWN)
		grid_act(&f->grid, k->button == MOUSE_UP ? ACTION_up : ACTION_down);
	else if (grid_click(&f->grid, s->area, k->row, k->col, &same) && k->button == MOUSE_DOUBLE)
		open_packet(f);
}

/* -- Places -------------------------------------------------------------------------------- */

static void where(struct screen *s, struct place *p)
{
	struct flows_screen *f = (struct flows_screen *)s;
	uint64_t number = flows_number(f, f->grid.at);
	const struct filter_at *at = flows_selected(f);
	uint32_t index;

	if (number == UINT64_MAX)
		return;
	p->row = store_flow_row(s->app->store, number, &index);
	p->record = index;
	p->session = store_row(s->app->store, p->row).session->index;
	if (at == NULL)
		return;
	p->domain = at->msg->domain;
	p->offset = at->rec->offset;
	if (at->resolution->version != NULL) {
		p->template_id = at->set->id;
		p->position = at->resolution->version->position;
	}
}

static void go(struct screen *s, const struct place *p)
{
	struct flows_screen *f = (struct flows_screen *)s;
	uint64_t number;

	if (p->row == PLACE_NONE || p->row >= store_rows(s->app->store))
		return;
	number = store_row_flow(s->app->store, p->row) + (p->record != PLACE_NO ? p->record : 0);
	grid_go(&f->grid, flows_line(f, number));
	if (flows_number(f, f->grid.at) != number)
		app_say(s->app, LOOK_hint, "The filter hides that flow");
}

static void counts(struct screen *s, uint64_t *shown, uint64_t *total)
{
	struct flows_screen *f = (struct flows_screen *)s;

	*total = store_flows(s->app->store);
	*shown = f->job != NULL ? store_job_count(f->job) : *total;
}

static struct grid *grid(struct screen *s)
{
	return &((struct flows_screen *)s)->grid;
}

/* A comparison with the first field that the selected column shows, or with what stands there. */
static bool value(struct screen *s, struct nf_strbuf *text, struct nf_strbuf *filter)
{
	struct flows_screen *f = (struct flows_screen *)s;
	const struct column *c = selected_column(f);
	const struct filter_ref *ref = c != NULL ? ref_of(f, c) : NULL;
	const struct filter_at *at = flows_selected(f);

	if (c == NULL || at == NULL)
		return false;
	f->grid.ops->cell(f, f->grid.at, f->grid.column, text);
	for (unsigned i = 0; ref != NULL && i < at->rec->layout->nfields; i++) {
		struct nf_field field = nf_field(at->rec, i);

		if (filter_ref_has(ref, field.def->ie) &&
		    filter_from_field(filter, f->names, at, &field, false, true))
			return true;
	}
	if (ref != NULL && ref->row != NULL && text->n > 0)
		nf_sb_printf(filter, "%s == %s", ref->name, nf_strbuf_cstr(text));
	return true;
}

static void command(struct screen *s, struct nf_strbuf *line)
{
	const struct flows_screen *f = (const struct flows_screen *)s;

	nf_sb_str(line, "flows");
	if (f->flows->opts.columns != NULL)
		nf_sb_printf(line, " -c %s", f->flows->opts.columns);
}

/* -- The screen itself --------------------------------------------------------------------- */

static void draw(struct screen *s, struct area a)
{
	struct flows_screen *f = (struct flows_screen *)s;

	f->cells.flow = UINT64_MAX;
	f->grid.empty = f->job != NULL ? "No flow matches" : "No flow records here";
	grid_draw(&f->grid, a, true);
}

static bool open_screen(struct screen *s)
{
	struct flows_screen *f = (struct flows_screen *)s;
	const struct flows_opts opts = {
		.out = { .files = s->app->opts->files, .nfiles = s->app->opts->nfiles },
		.columns = s->app->opts->columns,
		.names = s->app->filter.opts,
	};
	struct filter_error err;

	f->grid = (struct grid){ .ops = &flows_grid_ops, .ctx = f, .cells = true };
	f->keeps = UINT64_MAX;
	nf_strbuf_init(&f->cells.text);
	f->flows = flows_new(flows_ops_of("text"), &opts, s->app->registry, &err);
	f->names = filter_names_new(&s->app->filter.opts, s->app->registry);
	f->cursor = store_cursor_new(s->app->store);
	if (f->flows == NULL || f->names == NULL || f->cursor == NULL)
		return false;
	f->flows->at.words = f->flows->at.clock = true;
	flows_lay_out(f);
	return true;
}

static void close_screen(struct screen *s)
{
	struct flows_screen *f = (struct flows_screen *)s;

	store_job_free(f->job);
	store_cursor_free(f->cursor);
	filter_names_free(f->names);
	flows_free(f->flows);
	tags_done(&f->tags);
	nf_strbuf_done(&f->cells.text);
}

const struct screen_ops screen_flows = {
	.size = sizeof(struct flows_screen),
	.open = open_screen,
	.close = close_screen,
	.draw = draw,
	.act = act,
	.mouse = mouse,
	.where = where,
	.go = go,
	.changed = changed,
	.work = work,
	.busy = busy,
	.stop = stop,
	.counts = counts,
	.grid = grid,
	.value = value,
	.command = command,
};
