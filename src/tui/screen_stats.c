#include <config.h>

#include "tui/screen_stats.h"

#include <inttypes.h>
#include <string.h>

#include "out/out.h"
#include "out/skipped.h"
#include "out/totals.h"
#include "tui/analysis.h"
#include "tui/browser.h"

enum {
	TEXT = 79,		/* columns that totals take beside the rest */
	BESIDE = 158,		/* columns from which on they stand there */
};

/* -- Totals ------------------------------------------------------------------------------ */

static void add_text(struct stats_screen *s, struct nf_strbuf *text)
{
	const char *p = nf_strbuf_cstr(text);

	while (*p != '\0') {
		size_t n = strcspn(p, "\n");

		pager_add(&s->pager, LOOK_text, 0, (struct nf_bytes){ (const uint8_t *)p, n });
		p += n + (p[n] == '\n');
	}
}

/* As `nfpcap stats` says it; what is known so far where there is more to come. */
static void describe(struct stats_screen *s)
{
	const struct app *app = s->screen.app;
	const struct totals totals = {
		.stats = analysis_stats(app->analysis),
		.tracker = analysis_tracker_counts(app->analysis),
		.capture = analysis_capture(app->analysis),
		.files = app->opts->files, .nfiles = app->opts->nfiles,
	};
	bool settled = analysis_settled(app->analysis);
	struct nf_strbuf text;
	unsigned top = s->pager.top;

	if (totals.tracker == NULL || totals.capture == NULL ||
	    (s->described == totals.capture->frames && s->settled == settled))
		return;
	s->described = totals.capture->frames;
	s->settled = settled;
	pager_clear(&s->pager);
	s->pager.top = top;
	nf_strbuf_init(&text);
	totals_text(&text, &totals);
	add_text(s, &text);
	nf_strbuf_done(&text);
}

/* -- Drawing ----------------------------------------------------------------------------- */

/* Datagrams, segments and frames that were no flow export, whatever the reason. */
static uint64_t skipped(const struct analysis *a)
{
	struct skipped why = {
		.tracker = analysis_tracker_counts(a), .capture = analysis_capture(a),
	};
	uint64_t n = 0;

	while (why.tracker != NULL && why.capture != NULL && skipped_next(&why))
		n += why.count;
	return n;
}

/* "10 messages, 81 flows, 2 options records in 5.495 s, 3 lost; 90 skipped" */
static void draw_summary(struct stats_screen *s, struct area a)
{
	const struct stats *stats = analysis_stats(s->screen.app->analysis);
	struct stats_version total = stats_total(stats);
	const struct exporters_loss loss = analysis_verdict(s->screen.app->analysis).loss;
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	out_count(&text, total.messages, "message");
	nf_sb_str(&text, ", ");
	out_count(&text, total.flows, "flow");
	nf_sb_str(&text, ", ");
	out_count(&text, total.options, "options record");
	if (stats->first_ns < stats->last_ns)
		nf_sb_printf(&text, " in %.3f s",
			     ((double)stats->last_ns - (double)stats->first_ns) / 1e9);
	if (total.undecoded > 0)
		nf_sb_printf(&text, ", %" PRIu64 " undecoded sets", total.undecoded);
	if (loss.lost > 0)
		nf_sb_printf(&text, ", %" PRIu64 " lost", loss.lost);
	if (skipped(s->screen.app->analysis) > 0)
		nf_sb_printf(&text, "; %" PRIu64 " others skipped",
			     skipped(s->screen.app->analysis));
	if (!analysis_settled(s->screen.app->analysis))
		nf_sb_str(&text, ", so far");
	area_text(a, 0, 0, a.cols, LOOK_head, (struct nf_bytes){ (const uint8_t *)text.p, text.n });
	nf_strbuf_done(&text);
}

static void draw_text(struct stats_screen *s, struct area a)
{
	area_rule(a, 0, s->pane == STATS_TEXT, "totals");
	pager_draw(&s->pager, area_in(a, 1, 0, a.rows > 0 ? a.rows - 1 : 0, a.cols));
}

static void draw_pane(struct stats_screen *s, enum stats_pane pane, struct area a, bool large)
{
	s->areas[pane] = a;
	if (pane == STATS_TIME)
		stats_time_draw(s, a, s->pane == STATS_TIME, large);
	else if (pane == STATS_TOP)
		stats_top_draw(s, a, s->pane == STATS_TOP);
	else
		draw_text(s, a);
}

/* The graphs, and below them the top or the text; both where there is room. */
static void draw_panes(struct stats_screen *s, struct area a)
{
	unsigned graphs = stats_time_rows(s, a.rows);
	bool beside = !s->below && a.cols >= BESIDE;
	/* without messages there is nothing but the text */
	enum stats_pane low = beside || (s->pane != STATS_TEXT && graphs > 0) ? STATS_TOP :
									     STATS_TEXT;

	if (beside) {
		draw_pane(s, STATS_TEXT, area_in(a, 0, a.cols - TEXT, a.rows, TEXT), false);
		a = area_in(a, 0, 0, a.rows, a.cols - TEXT - 1);
	}
	if (graphs > 0)
		draw_pane(s, STATS_TIME, area_in(a, 0, 0, graphs, a.cols), false);
	draw_pane(s, low, area_in(a, graphs, 0, a.rows - graphs, a.cols), false);
}

static void draw(struct screen *screen, struct area a)
{
	struct stats_screen *s = (struct stats_screen *)screen;

	describe(s);
	stats_top_refresh(s);
	for (unsigned i = 0; i < STATS_PANES; i++)
		s->areas[i] = area_in(a, 0, 0, 0, 0);
	if (a.rows > 5) {
		draw_summary(s, area_in(a, 0, 0, 1, a.cols));
		a = area_in(a, 1, 0, a.rows - 1, a.cols);
	}
	if (s->settled && analysis_timeline(screen->app->analysis)->n == 0)
		draw_pane(s, STATS_TEXT, a, false);	/* there is nothing else to be shown */
	else if (s->zoom || stats_time_rows(s, a.rows) == 0)
		draw_pane(s, (enum stats_pane)s->pane, a, true);
	else
		draw_panes(s, a);
}

/* -- Actions ----------------------------------------------------------------------------- */

static bool open_piece(struct stats_screen *s)
{
	struct place p = place_nowhere();

	p.row = stats_time_row(s);
	if (p.row == PLACE_NONE)
		return false;
	app_go(s->screen.app, SCREEN_packets, &p);
	return true;
}

/* The flows of the selected row. */
static bool open_row(struct stats_screen *s)
{
	struct nf_strbuf filter;
	bool has;

	nf_strbuf_init(&filter);
	has = stats_top_filter(s, &filter);
	if (has)
		app_go_filtered(s->screen.app, SCREEN_flows, nf_strbuf_cstr(&filter));
	nf_strbuf_done(&filter);
	return has;
}

static bool open_pane(struct stats_screen *s)
{
	return s->pane == STATS_TIME ? open_piece(s) : s->pane == STATS_TOP && open_row(s);
}

static bool other_pane(struct stats_screen *s, unsigned by)
{
	s->pane = (uint8_t)((s->pane + by) % STATS_PANES);
	return true;
}

static bool close_pane(struct stats_screen *s)
{
	if (s->zoom)
		s->zoom = false;
	else if (s->pane == STATS_TEXT)
		s->pane = STATS_TOP;
	else
		return false;
	return true;
}

static bool zoom(struct stats_screen *s)
{
	s->zoom = !s->zoom;
	return true;
}

static bool layout(struct stats_screen *s)
{
	s->below = !s->below;
	app_say(s->screen.app, LOOK_hint, s->below ? "Totals take the place of the top" :
		"Totals stand beside the rest, on wide screens");
	return true;
}

static bool act(struct screen *screen, enum action a, uint32_t arg)
{
	struct stats_screen *s = (struct stats_screen *)screen;

	(void)arg;
	switch (a) {
	case ACTION_next_pane: return other_pane(s, 1);
	case ACTION_prev_pane: return other_pane(s, STATS_PANES - 1);
	case ACTION_zoom: return zoom(s);
	case ACTION_layout: return layout(s);
	case ACTION_close: return close_pane(s);
	case ACTION_open: return open_pane(s);
	case ACTION_sort: return stats_top_sort(s, false);
	case ACTION_invert: return stats_top_sort(s, true);
	case ACTION_group: return stats_top_choose(s);
	default: break;
	}
	if (s->pane == STATS_TIME)
		return stats_time_act(s, a);
	return s->pane == STATS_TEXT ? pager_act(&s->pager, a) : grid_act(&s->top.grid, a);
}

static bool is_in(struct area a, const struct key *k)
{
	return k->row >= a.row && k->row < a.row + a.rows && k->col >= a.col &&
	       k->col < a.col + a.cols;
}

static void click(struct stats_screen *s, const struct key *k)
{
	struct area rows = s->areas[STATS_TOP];
	bool same;

	if (s->pane == STATS_TIME)
		stats_time_click(s, k->col);
	else if (s->pane == STATS_TOP)
		grid_click(&s->top.grid, area_in(rows, 1, 0, rows.rows - 1, rows.cols), k->row,
			   k->col, &same);
	if (k->button == MOUSE_DOUBLE)
		open_pane(s);
}

static void mouse(struct screen *screen, const struct key *k)
{
	struct stats_screen *s = (struct stats_screen *)screen;

	for (uint8_t pane = 0; pane < STATS_PANES; pane++)
		if (is_in(s->areas[pane], k))
			s->pane = pane;
	if (k->button == MOUSE_UP || k->button == MOUSE_DOWN)
		act(screen, k->button == MOUSE_UP ? ACTION_up : ACTION_down, 0);
	else
		click(s, k);
}

/* -- Places ------------------------------------------------------------------------------ */

/* ITEM: the pane, and what is selected in it. */
static void where(struct screen *screen, struct place *p)
{
	struct stats_screen *s = (struct stats_screen *)screen;

	p->item = (s->pane == STATS_TIME ? s->time.at : s->top.grid.at) * STATS_PANES + s->pane;
	if (s->pane == STATS_TIME)
		p->row = stats_time_row(s);
}

static void go(struct screen *screen, const struct place *p)
{
	struct stats_screen *s = (struct stats_screen *)screen;

	if (p->item == PLACE_NONE)
		return;
	s->pane = p->item % STATS_PANES;
	if (s->pane == STATS_TIME)
		s->time.at = (unsigned)(p->item / STATS_PANES);
	else
		grid_go(&s->top.grid, p->item / STATS_PANES);
}

static void counts(struct screen *screen, uint64_t *shown, uint64_t *total)
{
	struct stats_screen *s = (struct stats_screen *)screen;

	*total = top_nrows(analysis_top(s->screen.app->analysis));
	*shown = s->top.listed ? s->top.list.n : 0;
}

static struct grid *grid(struct screen *screen)
{
	struct stats_screen *s = (struct stats_screen *)screen;

	return s->pane == STATS_TOP ? &s->top.grid : NULL;
}

static bool value(struct screen *screen, struct nf_strbuf *text, struct nf_strbuf *filter)
{
	struct stats_screen *s = (struct stats_screen *)screen;

	if (s->pane != STATS_TOP || !stats_top_filter(s, filter))
		return false;
	s->top.grid.ops->cell(s, s->top.grid.at, 0, text);
	return true;
}

static void command(struct screen *screen, struct nf_strbuf *line)
{
	struct stats_screen *s = (struct stats_screen *)screen;

	if (s->pane != STATS_TOP) {
		nf_sb_str(line, "stats");
		return;
	}
	nf_sb_printf(line, "top -k %s -s %s", nf_strbuf_cstr(&s->top.keys), stats_top_order(s));
}

/* -- The screen itself ------------------------------------------------------------------- */

static bool open_screen(struct screen *screen)
{
	struct stats_screen *s = (struct stats_screen *)screen;

	s->pane = STATS_TOP;
	s->described = UINT64_MAX;
	pager_init(&s->pager);
	stats_top_init(s);
	return true;
}

static void close_screen(struct screen *screen)
{
	struct stats_screen *s = (struct stats_screen *)screen;

	pager_done(&s->pager);
	stats_top_done(s);
}

static void resumes(struct screen *screen, struct screen *was)
{
	struct stats_screen *s = (struct stats_screen *)screen;
	struct stats_screen *old = (struct stats_screen *)was;
	const struct edit_history none = s->top.history;

	s->pane = old->pane;
	s->zoom = old->zoom;
	s->time.series = old->time.series;
	s->top.by = old->top.by;
	s->top.ascending = old->top.ascending;
	s->top.history = old->top.history;
	old->top.history = none;
	grid_resume(&s->top.grid, &old->top.grid);
}

const struct screen_ops screen_stats = {
	.size = sizeof(struct stats_screen),
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
