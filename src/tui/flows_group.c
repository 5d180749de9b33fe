/*
 * Flows added up by a column: lines in place of the flows.  While they are added up, the order is
 * looked at again whenever half as many messages more have come.
 */
#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "tui/flows_value.h"
#include "tui/screen_flows.h"

enum { LOOK_STEP = 20000, FIRST_LOOK = 256 };

/* -- The order ------------------------------------------------------------------------------ */

static void forget_look(struct flows_group *g)
{
	nf_free(g->next);
	g->next = NULL;
}

static void begin_look(struct flows_screen *f)
{
	struct flows_group *g = &f->group;
	size_t max;

	flows_sums_end(&g->sums);
	max = top_nrows(g->sums.top);
	if (max > GROUPS_MAX)
		max = GROUPS_MAX;
	forget_look(g);
	g->order = (struct top_order){
		.stats = &g->stat, .nstats = g->by != GROUP_KEY, .ascending = g->ascending,
	};
	g->next = nf_alloc((2 * max + 1) * sizeof(*g->next));
	g->pick = (struct top_pick){ .order = &g->order, .best = g->next, .max = max };
	g->looked = g->sums.row;
	g->settled = true;
}

/* The key that is selected; 0 words where there is none. */
static const uint64_t *selected_key(const struct flows_group *g)
{
	return g->grid.at < g->n ? g->best[g->grid.at].key : NULL;
}

/* Rows of the table stay where they are, so that the address of a key tells it from others. */
static void take_look(struct flows_screen *f)
{
	struct flows_group *g = &f->group;
	const uint64_t *key = g->grid.at > 0 ? selected_key(g) : NULL;

	nf_free(g->best);
	g->best = g->next;
	g->n = g->pick.n;
	g->next = NULL;
	for (size_t i = 0; key != NULL && i < g->n; i++)
		if (g->best[i].key == key)
			grid_go(&g->grid, i);
	flows_group_lay_out(f);
	f->screen.app->stale = true;
}

static bool is_due(const struct flows_group *g, bool all)
{
	if (all)
		return !g->settled;
	return g->sums.row >= FIRST_LOOK && g->sums.row / 3 * 2 > g->looked;
}

bool flows_group_work(struct flows_screen *f)
{
	struct flows_group *g = &f->group;
	bool more;

	if (!g->on || g->halted)
		return false;
	if (g->next != NULL) {
		if (!top_pick_step(g->sums.top, &g->pick, LOOK_STEP))
			take_look(f);
		return true;
	}
	if (g->sums.generation != store_generation(f->screen.app->store))
		g->n = 0;		/* keys go with the table that they stand in */
	if (g->sums.row < store_rows(f->screen.app->store))
		g->settled = false;
	more = flows_sums_step(&g->sums, APP_STEP_NS);
	if (is_due(g, !more)) {
		begin_look(f);
		return true;
	}
	return more;
}

/* -- Beginning and ending ------------------------------------------------------------------- */

static void close_group(struct flows_group *g)
{
	forget_look(g);
	nf_free(g->best);
	nf_free(g->name);
	flows_sums_done(&g->sums);
	*g = (struct flows_group){ .on = false };
}

static bool begin(struct flows_screen *f, const char *name, struct filter_error *err)
{
	struct app *app = f->screen.app;
	const struct top_opts opts = {
		.keys = name, .names = &app->filter.opts, .filter = app->filter.filter,
	};

	forget_look(&f->group);
	f->group.n = 0;
	f->group.settled = f->group.halted = false;
	f->group.looked = 0;
	return flows_sums_begin(&f->group.sums, app->store, &opts, app->registry, err);
}

static void open_group(struct flows_screen *f, char *name)
{
	struct flows_group *g = &f->group;
	struct filter_error err;

	close_group(g);
	g->name = name;
	g->by = GROUP_BYTES;
	g->stat = TOP_STAT_BYTES;
	g->grid = (struct grid){ .ops = &flows_group_ops, .ctx = f, .cells = true,
				 .empty = "Nothing to add up" };
	g->on = begin(f, name, &err);
	if (!g->on) {
		app_say(f->screen.app, LOOK_error, "%s", err.memory ? "Out of memory" : err.text);
		close_group(g);
		return;
	}
	flows_group_lay_out(f);
	app_say(f->screen.app, LOOK_hint, "Added up by %s; b: singly again", name);
}

bool flows_group_begin(struct flows_screen *f)
{
	const struct column *c = flows_column(f);
	const struct filter_ref *ref = c != NULL ? flows_value_ref(f->names, c) : NULL;
	char *name;

	if (ref == NULL || ref->type == FILTER_TIME || ref->type == FILTER_DURATION) {
		app_say(f->screen.app, LOOK_hint, "Flows cannot be added up by this column");
		return true;
	}
	name = flows_copy(ref->name);
	if (name == NULL)
		return false;
	open_group(f, name);
	return true;
}

void flows_group_end(struct flows_screen *f)
{
	close_group(&f->group);
}

void flows_group_again(struct flows_screen *f)
{
	struct filter_error err;

	if (f->group.on && !begin(f, f->group.name, &err))
		close_group(&f->group);
}

/* -- Keys ----------------------------------------------------------------------------------- */

static void sort(struct flows_screen *f, bool invert)
{
	static const uint8_t stats[GROUP_COLUMNS] = {
		[GROUP_FLOWS] = TOP_STAT_FLOWS, [GROUP_PACKETS] = TOP_STAT_PACKETS,
		[GROUP_BYTES] = TOP_STAT_BYTES,
	};
	struct flows_group *g = &f->group;
	unsigned by = g->grid.column < GROUP_SHARE ? g->grid.column : g->by;

	if (invert || g->by == by)
		g->ascending = !g->ascending;
	else
		g->ascending = by == GROUP_KEY;	/* of numbers the greatest are looked for */
	g->by = by;
	if (by != GROUP_KEY)
		g->stat = stats[by];
	g->settled = false;
	begin_look(f);
	flows_group_lay_out(f);
}

bool flows_group_value(struct flows_screen *f, struct nf_strbuf *text, struct nf_strbuf *filter)
{
	const struct flows_group *g = &f->group;
	const struct top *t = g->sums.top;
	const struct filter_ref *ref = t->keys[0].from[0].ref;
	struct filter_value v = { .type = FILTER_NUMBER };
	struct top_value key;

	if (g->grid.at >= g->n)
		return false;
	g->grid.ops->cell(f, g->grid.at, g->grid.column, text);
	key = top_value(t, &g->best[g->grid.at], 0);
	switch ((enum top_tag)key.tag) {
	case TOP_ABSENT:
		nf_sb_printf(filter, "!%s", ref->name);
		return true;
	case TOP_NUMBER: case TOP_BELOW_ZERO:
		v.u = key.number;
		v.negative = key.tag == TOP_BELOW_ZERO;
		break;
	case TOP_IPV4:
		v.type = FILTER_IPV4;
		v.u = nf_be32(key.address);
		break;
	case TOP_IPV6:
		v.type = FILTER_IPV6;
		v.b = (struct nf_bytes){ key.address, sizeof(key.address) };
		break;
	case TOP_TEXT:
		/* addresses of hardware and the like are texts that stand for themselves */
		if (ref->type != FILTER_TEXT && ref->type != FILTER_UNKNOWN) {
			nf_sb_printf(filter, "%s == ", ref->name);
			nf_sb_mem(filter, (const char *)key.text.p, key.text.n);
			return true;
		}
		v.type = FILTER_TEXT;
		v.b = key.text;
		break;
	}
	return filter_from_value(filter, ref, &v);
}

/* The filter, and TEXT as well, if it is not that already. */
static bool narrow(struct app *app, const char *text, struct filter_error *err)
{
	struct nf_strbuf filter;
	bool done;

	if (app->filter.text.n == 0 || strcmp(nf_strbuf_cstr(&app->filter.text), text) == 0)
		return app_filter_set(app, text, err);
	nf_strbuf_init(&filter);
	nf_sb_printf(&filter, "(%s) && %s", nf_strbuf_cstr(&app->filter.text), text);
	done = app_filter_set(app, nf_strbuf_cstr(&filter), err);
	nf_strbuf_done(&filter);
	return done;
}

/* Flows of the selected group, and of nothing else. */
static bool open_selected(struct flows_screen *f)
{
	struct app *app = f->screen.app;
	struct nf_strbuf text, filter;
	struct filter_error err;

	nf_strbuf_init(&text);
	nf_strbuf_init(&filter);
	if (!flows_group_value(f, &text, &filter))
		app_say(app, LOOK_hint, "No filter tells these from others");
	else if (narrow(app, nf_strbuf_cstr(&filter), &err))
		flows_group_end(f);
	else
		app_say(app, LOOK_error, "%s", err.text);
	nf_strbuf_done(&text);
	nf_strbuf_done(&filter);
	return true;
}

bool flows_group_act(struct flows_screen *f, enum action a)
{
	switch (a) {
	case ACTION_open: return open_selected(f);
	case ACTION_sort: sort(f, false); return true;
	case ACTION_invert: sort(f, true); return true;
	case ACTION_group: case ACTION_close: flows_group_end(f); return true;
	default: return grid_act(&f->group.grid, a);
	}
}

void flows_group_command(struct flows_screen *f, struct nf_strbuf *line)
{
	const struct flows_group *g = &f->group;

	nf_sb_printf(line, "top -k %s", g->name);
	if (g->by != GROUP_KEY)
		nf_sb_printf(line, " -s %s", top_stats[g->stat].name);
	if (g->ascending && g->by != GROUP_KEY)
		nf_sb_str(line, " --ascending");
}

/* -- Drawing -------------------------------------------------------------------------------- */

/* What is not among the lines; "" where all is. */
static void put_rest(const struct flows_group *g, struct nf_strbuf *s)
{
	const struct top *t = g->sums.top;

	if (top_nrows(t) > GROUPS_MAX)
		nf_sb_printf(s, "The first %d of %zu groups", GROUPS_MAX, top_nrows(t));
	if (t->beyond > 0)
		nf_sb_printf(s, "; %" PRIu64 " flows of further groups are in none", t->beyond);
}

void flows_group_draw(struct flows_screen *f, struct area a)
{
	struct flows_group *g = &f->group;
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	put_rest(g, &s);
	if (a.rows > 3 && s.n > 0) {
		area_text(a, a.rows - 1, 0, a.cols, LOOK_faint,
			  (struct nf_bytes){ (const uint8_t *)s.p, s.n });
		a = area_in(a, 0, 0, a.rows - 1, a.cols);
	}
	nf_strbuf_done(&s);
	g->grid.empty = g->settled ? "Nothing to add up" : "Adding up ...";
	grid_draw(&g->grid, a, true);
}
