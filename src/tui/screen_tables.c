#include <config.h>

#include "tui/screen_tables.h"

#include <inttypes.h>

#include "base/mem.h"
#include "out/options.h"
#include "tui/analysis.h"
#include "tui/analysis_store.h"
#include "tui/browser.h"
#include "tui/times.h"

enum {
	BESIDE = 132,		/* columns from which on the text stands beside the rows */
	NARROW = 60,		/* columns below which it never does */
	VERSIONS = 100,		/* listed of a row */
	NAME = 26,		/* columns of names */
};

/* -- The text ---------------------------------------------------------------------------- */

static void add_line(struct tables *t, enum look look, unsigned indent, struct nf_strbuf *s)
{
	pager_add(&t->pager, look, indent, (struct nf_bytes){ (const uint8_t *)s->p, s->n });
	nf_strbuf_clear(s);
}

static void moment(struct nf_strbuf *s, const struct tables *t, int64_t ns)
{
	nf_time_text(s, ns, 3, &t->out->time);
}

/* "in force  from 2026-11-22T02:07:41.504Z until ..." */
static void force_text(struct tables *t, struct nf_strbuf *s, const struct joined_row *r)
{
	const struct join_version *next = tables_next(r);

	moment(s, t, r->version->ns);
	nf_sb_str(s, " to ");
	if (next == NULL) {
		nf_sb_str(s, "the end");
		return;
	}
	moment(s, t, next->ns);
	nf_sb_printf(s, ", when frame %" PRIu64 " says otherwise", next->frame);
}

static void sent_text(struct tables *t, struct nf_strbuf *s, const struct join_version *v)
{
	out_count(s, v->sent, "time");
	nf_sb_str(s, v->last_position != v->position ? ", frames " : ", frame ");
	joined_frames(s, t->out, v);
	nf_sb_printf(s, ", template %u", v->template_id);
}

static void field(struct tables *t, const char *label, struct nf_strbuf *s)
{
	pager_field(&t->pager, label, nf_strbuf_cstr(s));
	nf_strbuf_clear(s);
}

static void values_text(struct tables *t, struct nf_strbuf *s, const struct join_version *v)
{
	for (unsigned i = 0; i < v->nvalues; i++) {
		size_t from = s->n;

		options_name(s, v->values[i].ie);
		out_align(s, from, NAME, false);
		nf_sb_char(s, ' ');
		joined_value(s, t->out, &v->values[i]);
		add_line(t, LOOK_text, NAME + 1, s);
	}
}

/* What the same scope said before and after. */
static void history(struct tables *t, struct nf_strbuf *s, const struct joined_row *r)
{
	const struct join_voice *voice = r->voice;

	if (voice->n < 2)
		return;
	nf_sb_printf(s, "all %zu versions", voice->n);
	add_line(t, LOOK_head, 0, s);
	for (size_t i = 0; i < voice->n && i < VERSIONS; i++) {
		nf_sb_str(s, i == r->at ? "> " : "  ");
		moment(s, t, voice->v[i]->ns);
		nf_sb_printf(s, " frame %" PRIu64 ": ", voice->v[i]->frame);
		tables_values(t, s, voice->v[i]);
		add_line(t, i == r->at ? LOOK_head : LOOK_text, 4, s);
	}
}

static void explain_row(struct tables *t, struct nf_strbuf *s, const struct joined_row *r)
{
	const struct join *j = analysis_tables(t->screen.app->analysis);
	const struct join_version *other = join_conflict(r->row, r->voice, r->version);

	nf_sb_str(s, join_kind_name((enum join_kind)r->row->kind));
	nf_sb_char(s, ' ');
	joined_key(s, t->out, j, r);
	nf_sb_str(s, " of ");
	tables_owner(t, s, r->row->domain);
	add_line(t, LOOK_head, 2, s);
	values_text(t, s, r->version);
	joined_scope(s, t->out, j, r->voice->scope);
	field(t, "scope", s);
	force_text(t, s, r);
	field(t, "in force", s);
	sent_text(t, s, r->version);
	field(t, "sent", s);
	if (other != NULL) {
		nf_sb_printf(s, "frame %" PRIu64 " says at the same time: ", other->frame);
		tables_values(t, s, other);
		field(t, "conflict", s);
	}
	history(t, s, r);
}

static void explain_table(struct tables *t, struct nf_strbuf *s, const struct tables_table *table)
{
	const struct joined_row *r = &t->rows.v[table->from];

	nf_sb_str(s, join_kind_title((enum join_kind)r->row->kind));
	nf_sb_str(s, " of ");
	tables_owner(t, s, r->row->domain);
	add_line(t, LOOK_head, 2, s);
	nf_sb_printf(s, "%zu, of which %zu were replaced", table->to - table->from,
		     table->changed);
	field(t, "rows", s);
	if (table->conflicts > 0) {
		nf_sb_printf(s, "%zu contradict others that hold at the same time: flows get no value "
			     "of them", table->conflicts);
		field(t, "conflicts", s);
	}
}

static void explain(struct tables *t)
{
	const struct tables_line *line = tables_selected(t);
	struct nf_strbuf s;

	if (t->explained == t->grid.at && line != NULL)
		return;
	t->explained = t->grid.at;
	pager_clear(&t->pager);
	if (line == NULL)
		return;
	nf_strbuf_init(&s);
	if (line->row == TABLES_HEAD)
		explain_table(t, &s, &t->tables[line->table]);
	else
		explain_row(t, &s, tables_row(t, line));
	nf_strbuf_done(&s);
}

/* -- Drawing ----------------------------------------------------------------------------- */

static void draw_beside(struct tables *t, struct area a)
{
	unsigned cols = a.cols / 3;

	t->list = area_in(a, 0, 0, a.rows, a.cols - cols - 2);
	t->text = area_in(a, 1, a.cols - cols, a.rows - 1, cols);
	area_rule(area_in(a, 0, a.cols - cols - 1, 1, cols + 1), 0, t->pane, "row");
}

static void draw_below(struct tables *t, struct area a)
{
	unsigned text = a.rows >= 12 ? a.rows * 2 / 5 : 0;

	t->list = area_in(a, 0, 0, a.rows - text, a.cols);
	t->text = area_in(a, a.rows - text + 1, 0, text > 0 ? text - 1 : 0, a.cols);
	if (text > 0)
		area_rule(a, a.rows - text, t->pane, "row");
}

static void draw(struct screen *s, struct area a)
{
	struct tables *t = (struct tables *)s;

	tables_refresh(t);
	t->grid.empty = !t->settled ? "No options records so far" :
				      "No options records that name or describe anything";
	explain(t);
	if (t->zoom) {
		t->list = area_in(a, 0, 0, t->pane ? 0 : a.rows, a.cols);
		t->text = area_in(a, 0, 0, t->pane ? a.rows : 0, a.cols);
	} else if (t->nlines == 0) {
		t->list = a;
		t->text = area_in(a, 0, 0, 0, 0);
	} else if (a.cols >= NARROW && t->beside != (a.cols >= BESIDE)) {
		draw_beside(t, a);
	} else {
		draw_below(t, a);
	}
	grid_draw(&t->grid, t->list, !t->pane);
	pager_draw(&t->pager, t->text);
}

/* -- Actions ----------------------------------------------------------------------------- */

static bool turn(struct tables *t, size_t table)
{
	t->tables[table].closed = !t->tables[table].closed;
	tables_list(t);
	return true;
}

static bool open_line(struct tables *t)
{
	const struct tables_line *line = tables_selected(t);
	struct place p = place_nowhere();

	if (line == NULL)
		return false;
	if (line->row == TABLES_HEAD)
		return turn(t, line->table);
	t->screen.ops->where(&t->screen, &p);
	if (p.row != PLACE_NONE)
		app_go(t->screen.app, SCREEN_packets, &p);
	else
		app_say(t->screen.app, LOOK_hint, "That message is not loaded");
	return true;
}

/* `h` on a row goes to its table, on a table closes it. */
static bool sideways(struct tables *t, bool right)
{
	const struct tables_line *line = tables_selected(t);

	if (line == NULL)
		return false;
	if (line->row != TABLES_HEAD && !right)
		while (t->grid.at > 0 && t->lines[t->grid.at].row != TABLES_HEAD)
			t->grid.at--;
	else if (line->row == TABLES_HEAD && t->tables[line->table].closed == right)
		turn(t, line->table);
	return true;
}

static bool close_pane(struct tables *t)
{
	if (t->zoom)
		t->zoom = false;
	else if (t->pane)
		t->pane = false;
	else
		return false;
	return true;
}

/* The selected row stays so. */
static void sort(struct tables *t)
{
	const struct tables_line *line = tables_selected(t);
	const struct joined_row *r = line != NULL ? tables_row(t, line) : NULL;
	const struct join_version *version = r != NULL ? r->version : NULL;
	const struct join_voice *voice = r != NULL ? r->voice : NULL;

	t->grid.sorted = t->descending ? "v" : "^";
	t->grid.sort_column = t->by;
	tables_sort(t);
	for (size_t i = 0; version != NULL && i < t->nlines; i++) {
		r = tables_row(t, &t->lines[i]);
		if (r != NULL && r->version == version && r->voice == voice) {
			grid_go(&t->grid, i);
			break;
		}
	}
	app_say(t->screen.app, LOOK_hint, "Rows by %s, %s", tables_columns[t->by].title,
		t->descending ? "descending" : "ascending");
}

/* No column is selected here: the next one of those in sight. */
static bool sort_next(struct tables *t)
{
	do {
		t->by = (uint8_t)((t->by + 1) % TABLES_COLUMNS);
	} while (tables_columns[t->by].wide > t->grid.cols);
	t->descending = t->by == TABLES_SENT;
	sort(t);
	return true;
}

static bool invert(struct tables *t)
{
	t->descending = !t->descending;
	sort(t);
	return true;
}

static bool time_mode(struct tables *t)
{
	const struct tables_line *line = tables_selected(t);

	if (line == NULL)
		return false;
	app_say(t->screen.app, LOOK_hint, "%s", times_next(t->screen.app,
		t->rows.v[line->row != TABLES_HEAD ? line->row :
			  t->tables[line->table].from].version->ns));
	return true;
}

static bool layout(struct tables *t)
{
	t->beside = !t->beside;
	return true;
}

static bool act(struct screen *s, enum action a, uint32_t arg)
{
	struct tables *t = (struct tables *)s;

	(void)arg;
	switch (a) {
	case ACTION_next_pane:
	case ACTION_prev_pane:
		t->pane = !t->pane && t->nlines > 0;
		return true;
	case ACTION_zoom: t->zoom = !t->zoom; return true;
	case ACTION_layout: return layout(t);
	case ACTION_close: return close_pane(t);
	case ACTION_open: return open_line(t);
	case ACTION_sort: return sort_next(t);
	case ACTION_invert: return invert(t);
	case ACTION_time_mode: return time_mode(t);
	case ACTION_left:
	case ACTION_right: return t->pane || sideways(t, a == ACTION_right);
	default: return t->pane ? pager_act(&t->pager, a) : grid_act(&t->grid, a);
	}
}

static bool is_in(struct area a, const struct key *k)
{
	return k->row >= a.row && k->row < a.row + a.rows && k->col >= a.col &&
	       k->col < a.col + a.cols;
}

static void mouse(struct screen *s, const struct key *k)
{
	struct tables *t = (struct tables *)s;
	bool same;

	t->pane = is_in(t->text, k);
	if (k->button == MOUSE_UP || k->button == MOUSE_DOWN)
		act(s, k->button == MOUSE_UP ? ACTION_up : ACTION_down, 0);
	else if (!t->pane && grid_click(&t->grid, t->list, k->row, k->col, &same) &&
		 k->button == MOUSE_DOUBLE)
		open_line(t);
}

/* -- Places ------------------------------------------------------------------------------ */

static void where(struct screen *s, struct place *p)
{
	struct tables *t = (struct tables *)s;
	const struct tables_line *line = tables_selected(t);
	const struct joined_row *r = line != NULL ? tables_row(t, line) : NULL;

	p->item = t->grid.at;
	if (line == NULL)
		return;
	if (r == NULL)
		r = &t->rows.v[t->tables[line->table].from];
	app_place_of_version(s->app, r->version, p);
	p->domain = r->row->domain->id;
	p->template_id = r->version->template_id;
}

static void go(struct screen *s, const struct place *p)
{
	struct tables *t = (struct tables *)s;

	tables_refresh(t);
	if (p->item != PLACE_NONE)
		grid_go(&t->grid, p->item);
}

static void counts(struct screen *s, uint64_t *shown, uint64_t *total)
{
	*shown = *total = ((struct tables *)s)->rows.n;
}

static struct grid *grid(struct screen *s)
{
	struct tables *t = (struct tables *)s;

	return t->pane ? NULL : &t->grid;
}

/* Flows that point to the row: what they have in the fields that are its key. */
static void put_key(struct tables *t, struct nf_strbuf *filter, const struct joined_row *r)
{
	/* %s is the key */
	static const char *const comparisons[JOIN_KINDS] = {
		[JOIN_SELECTOR] = " && selectorId == %s",
		[JOIN_SAMPLER] = " && samplerId == %s",
		[JOIN_VRF] = " && (ingressVRFID == %s || egressVRFID == %s)",
		[JOIN_USER] = " && ip == %s",
		[JOIN_INTERFACE] = " && (in_if == %s || out_if == %s)",
		[JOIN_PORT] = " && portId == %s",
	};
	const char *text = comparisons[r->row->kind], *at;
	struct nf_strbuf key;

	if (text == NULL)
		return;
	nf_strbuf_init(&key);
	joined_key(&key, t->out, analysis_tables(t->screen.app->analysis), r);
	for (; (at = strstr(text, "%s")) != NULL; text = at + 2) {
		nf_sb_mem(filter, text, (size_t)(at - text));
		nf_sb_mem(filter, key.p, key.n);
	}
	nf_sb_str(filter, text);
	nf_strbuf_done(&key);
}

static bool value(struct screen *s, struct nf_strbuf *text, struct nf_strbuf *filter)
{
	struct tables *t = (struct tables *)s;
	const struct tables_line *line = tables_selected(t);
	const struct joined_row *r = line != NULL ? tables_row(t, line) : NULL;
	const struct join_domain *d;

	if (line == NULL)
		return false;
	d = t->rows.v[r != NULL ? line->row : t->tables[line->table].from].row->domain;
	if (r != NULL)
		tables_values(t, text, r->version);
	else
		tables_owner(t, text, d);
	if (d->exporter->addr.family != 0) {
		nf_sb_str(filter, "exporter.ip == ");
		out_addr(filter, &d->exporter->addr);
		nf_sb_str(filter, " && ");
	}
	nf_sb_printf(filter, "msg.domain == %" PRIu32, d->id);
	if (r != NULL)
		put_key(t, filter, r);
	return true;
}

static void command(struct screen *s, struct nf_strbuf *line)
{
	(void)s;
	nf_sb_str(line, "options --joined");
}

/* -- The screen itself ------------------------------------------------------------------- */

static bool open_screen(struct screen *s)
{
	struct tables *t = (struct tables *)s;
	const struct out_opts opts = {
		.files = s->app->opts->files, .nfiles = s->app->opts->nfiles,
	};

	t->grid = (struct grid){
		.ops = &tables_grid_ops, .ctx = t,
		.columns = tables_columns, .ncolumns = TABLES_COLUMNS,
	};
	t->explained = SIZE_MAX;
	pager_init(&t->pager);
	t->out = out_new(out_ops_of("text"), &opts, s->app->registry);
	return t->out != NULL;
}

static void close_screen(struct screen *s)
{
	struct tables *t = (struct tables *)s;

	pager_done(&t->pager);
	out_free(t->out);
	joined_rows_done(&t->rows);
	nf_free(t->tables);
	nf_free(t->lines);
}

static bool is_same(const struct joined_row *x, const struct joined_row *y)
{
	const struct join_domain *a = x->row->domain, *b = y->row->domain;

	return x->row->kind == y->row->kind && a->id == b->id &&
	       nf_same_addr(&a->exporter->addr, &b->exporter->addr);
}

static bool was_closed(const struct tables *old, const struct joined_row *row)
{
	for (size_t i = 0; i < old->ntables; i++)
		if (old->tables[i].closed && is_same(&old->rows.v[old->tables[i].from], row))
			return true;
	return false;
}

static void resumes(struct screen *s, struct screen *was)
{
	struct tables *t = (struct tables *)s, *old = (struct tables *)was;

	t->by = old->by;
	t->descending = old->descending;
	t->pane = old->pane;
	t->zoom = old->zoom;
	grid_resume(&t->grid, &old->grid);
	tables_refresh(t);
	for (size_t i = 0; i < t->ntables; i++)
		t->tables[i].closed = was_closed(old, &t->rows.v[t->tables[i].from]);
	tables_list(t);
}

const struct screen_ops screen_tables = {
	.size = sizeof(struct tables),
	.open = open_screen,
	.close = close_screen,
	.resumes = resumes,
	.draw = draw,
	.act = act,
	.mouse = mouse,
	.where = where,
	.go = go,
	.counts = counts,
	.grid = grid,
	.value = value,
	.command = command,
};
