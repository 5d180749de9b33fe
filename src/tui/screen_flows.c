#include <config.h>

#include "tui/screen_flows.h"

#include <string.h>

#include "base/mem.h"
#include "tui/browser.h"
#include "tui/flows_value.h"
#include "tui/times.h"

/* Nothing here points into the analysis but to its tables, which stand where they stood. */
static void renewed(struct screen *s)
{
	(void)s;
}

const struct column *flows_column(const struct flows_screen *f)
{
	return f->grid.column < f->flows->columns.n ? &f->flows->columns.v[f->grid.column] : NULL;
}

char *flows_copy(const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = nf_alloc(n);

	if (copy != NULL)
		memcpy(copy, text, n);
	return copy;
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

static bool untag(struct flows_screen *f)
{
	app_say(f->screen.app, LOOK_hint, "%zu tag%s taken off", f->tags.n,
		f->tags.n == 1 ? "" : "s");
	tags_clear(&f->tags);
	return true;
}

static bool diff(struct flows_screen *f)
{
	struct store *store = f->screen.app->store;
	struct diff_side sides[2];

	if (f->tags.n != 2) {
		app_say(f->screen.app, LOOK_hint, "Tag two flows with Space, then d");
		return true;
	}
	for (unsigned i = 0; i < 2; i++)
		sides[i].row = store_flow_row(store, f->tags.v[i], &sides[i].flow);
	app_diff(f->screen.app, &sides[0], &sides[1]);
	return true;
}

/* The mark is when the selected flow began, or else when it was exported. */
static bool time_mode(struct flows_screen *f)
{
	const struct filter_at *at = flows_selected(f);
	struct nf_flowtime t;

	if (at == NULL)
		return false;
	t = flow_first(at->view, at->msg, at->rec);
	if (t.source == NF_FLOWTIME_NONE || t.source == NF_FLOWTIME_RELATIVE)
		t.ns = at->datagram->ts_ns;
	app_say(f->screen.app, LOOK_hint, "%s", times_next(f->screen.app, t.ns));
	return true;
}

static bool names_mode(struct flows_screen *f)
{
	static const char *const said[NAMES_MODES] = {
		"Values with their names", "Values as numbers", "Values as octets in hex",
	};
	struct app *app = f->screen.app;

	app->names = (app->names + 1) % NAMES_MODES;
	app_say(app, LOOK_hint, "%s", said[app->names]);
	return true;
}

static bool remove_column(struct flows_screen *f)
{
	if (!flows_columns_remove(f, f->grid.column))
		app_say(f->screen.app, LOOK_hint, "The last column stays");
	else if (f->by != NULL && flows_columns_find(f, f->sorted_by) == COLUMNS_MAX)
		app_say(f->screen.app, LOOK_hint, "Still in the order of %s", f->sorted_by);
	return true;
}

static bool act_singly(struct flows_screen *f, enum action a)
{
	switch (a) {
	case ACTION_open: return open_packet(f);
	case ACTION_sort: return flows_sort(f, false);
	case ACTION_invert: return flows_sort(f, true);
	case ACTION_tag: return tag(f);
	case ACTION_untag: return untag(f);
	case ACTION_diff: return diff(f);
	case ACTION_time_mode: return time_mode(f);
	case ACTION_columns: return flows_choose(f);
	case ACTION_remove_column: return remove_column(f);
	case ACTION_column_left: return flows_columns_move(f, false);
	case ACTION_column_right: return flows_columns_move(f, true);
	case ACTION_group: return flows_group_begin(f);
	case ACTION_next_same: return flows_seek_same(f, false);
	case ACTION_prev_same: return flows_seek_same(f, true);
	default:
		if (!grid_act(&f->grid, a))
			return false;
		f->seek.what = SEEK_NOTHING;	/* whoever moves has found where to be */
		return true;
	}
}

static bool act(struct screen *s, enum action a, uint32_t arg)
{
	struct flows_screen *f = (struct flows_screen *)s;

	(void)arg;
	if (a == ACTION_names)
		return names_mode(f);
	return f->group.on ? flows_group_act(f, a) : act_singly(f, a);
}

/* The lines, without that of the totals. */
static struct area list_area(struct area a)
{
	return area_in(a, 0, 0, a.rows > 3 ? a.rows - 1 : a.rows, a.cols);
}

static void mouse(struct screen *s, const struct key *k)
{
	struct flows_screen *f = (struct flows_screen *)s;
	struct grid *g = f->group.on ? &f->group.grid : &f->grid;
	bool same;

	f->seek.what = SEEK_NOTHING;
	if (k->button == MOUSE_UP || k->button == MOUSE_DOWN)
		grid_act(g, k->button == MOUSE_UP ? ACTION_up : ACTION_down);
	else if (grid_click(g, list_area(s->area), k->row, k->col, &same) &&
		 k->button == MOUSE_DOUBLE)
		act(s, ACTION_open, 0);
}

/* -- Places -------------------------------------------------------------------------------- */

/* The first field that the selected column shows; false where it shows none. */
static bool selected_field(struct flows_screen *f, const struct filter_at *at,
			   struct nf_field *field)
{
	const struct column *c = flows_column(f);
	const struct filter_ref *ref = c != NULL ? flows_value_ref(f->names, c) : NULL;

	for (unsigned i = 0; ref != NULL && i < at->rec->layout->nfields; i++) {
		*field = nf_field(at->rec, i);
		if (filter_ref_has(ref, field->def->ie))
			return true;
	}
	return false;
}

static void where(struct screen *s, struct place *p)
{
	struct flows_screen *f = (struct flows_screen *)s;
	uint64_t number = f->group.on ? UINT64_MAX : flows_number(f, f->grid.at);
	const struct filter_at *at = flows_selected(f);
	struct nf_field field;
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
	if (selected_field(f, at, &field) && field.value.n != 0)
		p->offset += (uint32_t)(field.value.p - at->rec->p);
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
	flows_group_end(f);
	flows_seek(f, number, true);
}

static void counts(struct screen *s, uint64_t *shown, uint64_t *total)
{
	struct flows_screen *f = (struct flows_screen *)s;

	if (f->group.on) {
		*shown = *total = top_nrows(f->group.sums.top);
		return;
	}
	*total = store_flows(s->app->store);
	*shown = f->job != NULL ? store_job_count(f->job) : *total;
}

static struct grid *grid(struct screen *s)
{
	struct flows_screen *f = (struct flows_screen *)s;

	return f->group.on ? &f->group.grid : &f->grid;
}

static bool value(struct screen *s, struct nf_strbuf *text, struct nf_strbuf *filter)
{
	struct flows_screen *f = (struct flows_screen *)s;
	const struct column *c = flows_column(f);
	const struct filter_at *at;
	struct filter_at here;

	if (f->group.on)
		return flows_group_value(f, text, filter);
	at = flows_selected(f);
	if (c == NULL || at == NULL)
		return false;
	f->grid.ops->cell(f, f->grid.at, f->grid.column, text);
	here = *at;
	here.opts = &s->app->filter.opts;
	flows_value_filter(filter, f->names, c, &here);
	return true;
}

static uint64_t tags(const struct screen *s)
{
	const struct flows_screen *f = (const struct flows_screen *)s;

	return f->group.on ? 0 : f->tags.n;
}

static bool has_tag(const struct screen *s, uint64_t row)
{
	return tags_within(&((const struct flows_screen *)s)->tags,
			   store_row_flow(s->app->store, row), store_row(s->app->store, row).flows);
}

/* As flows -o json has it. */
static bool json(struct screen *s, uint64_t line, struct nf_strbuf *text)
{
	struct flows_screen *f = (struct flows_screen *)s;
	uint64_t number = flows_number(f, line);
	const struct filter_at *at;
	struct nf_err err;

	if (f->group.on)
		return false;
	at = number != UINT64_MAX ? store_flow(f->cursor, number, &err) : NULL;
	if (at == NULL)
		return true;
	nf_strbuf_clear(flows_output(f->json));
	if (flows_one(f->json, at, store_cursor_view(f->cursor), store_cursor_recs(f->cursor)))
		nf_sb_mem(text, flows_output(f->json)->p, flows_output(f->json)->n);
	return true;
}

static void command(struct screen *s, struct nf_strbuf *line)
{
	struct flows_screen *f = (struct flows_screen *)s;

	if (f->group.on) {
		flows_group_command(f, line);
		return;
	}
	nf_sb_str(line, "flows");
	if (f->named != NULL)
		nf_sb_printf(line, " -c %s", f->named);
}

/* -- The screen itself --------------------------------------------------------------------- */

/* What keys act on is seen. */
static void select_visible(struct flows_screen *f, unsigned cols)
{
	unsigned n = f->grid.ncolumns, i = f->grid.column < n ? f->grid.column : 0;

	while (i < n && f->columns[i].wide > cols)
		i++;
	if (i < n)
		f->grid.column = i;
}

static void draw(struct screen *s, struct area a)
{
	struct flows_screen *f = (struct flows_screen *)s;
	struct area list = list_area(a);

	f->cells.flow = UINT64_MAX;
	f->names_shown = s->app->names;
	flows_set_words(f->flows, f->names_shown == NAMES_WORDS);
	flows_lay_out(f, a.cols);
	select_visible(f, a.cols);
	f->grid.empty = f->job != NULL ? "No flow matches" : "No flow records here";
	if (f->group.on)
		flows_group_draw(f, list);
	else
		grid_draw(&f->grid, list, true);
	if (list.rows < a.rows)
		flows_totals_draw(f, area_in(a, a.rows - 1, 0, 1, a.cols));
}

static bool open_screen(struct screen *s)
{
	struct flows_screen *f = (struct flows_screen *)s;
	const char *columns = s->app->opts->columns;
	const struct flows_opts json_opts = {
		.out = { .files = s->app->opts->files, .nfiles = s->app->opts->nfiles },
		.names = s->app->filter.opts,
	};
	struct filter_error err;

	f->grid = (struct grid){ .ops = &flows_grid_ops, .ctx = f, .cells = true };
	nf_strbuf_init(&f->cells.text);
	f->names = filter_names_new(&s->app->filter.opts, s->app->registry);
	f->cursor = store_cursor_new(s->app->store);
	f->before = store_cursor_new(s->app->store);
	f->json = flows_new(flows_ops_of("json"), &json_opts, s->app->registry, &err);
	if (f->names == NULL || f->cursor == NULL || f->before == NULL || f->json == NULL ||
	    !(columns != NULL ? flows_columns_choose(f, columns, &err) :
				flows_columns_set(f, NULL, &err)))
		return false;
	flows_totals_begin(f);
	flows_lay_out(f, 0);
	return true;
}

static void close_screen(struct screen *s)
{
	struct flows_screen *f = (struct flows_screen *)s;

	flows_group_end(f);
	flows_sums_done(&f->sums);
	store_job_free(f->job);
	store_cursor_free(f->cursor);
	store_cursor_free(f->before);
	filter_names_free(f->names);
	flows_free(f->flows);
	flows_free(f->json);
	tags_done(&f->tags);
	nf_free(f->named);
	nf_free(f->sorted_by);
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
	.changed = flows_changed,
	.renewed = renewed,
	.work = flows_work,
	.busy = flows_busy,
	.stop = flows_stop,
	.counts = counts,
	.grid = grid,
	.value = value,
	.tags = tags,
	.has_tag = has_tag,
	.json = json,
	.command = command,
};
