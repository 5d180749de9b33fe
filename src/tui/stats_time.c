/* What came over time: a line of levels a series, or one of them large. */
#include <config.h>

#include <inttypes.h>

#include "model/store.h"
#include "out/out.h"
#include "tui/analysis.h"
#include "tui/screen_stats.h"

enum {
	LABEL = 11, FIGURE = 8,
	GRAPH = LABEL + 1 + FIGURE + 1 + FIGURE + 1,	/* where levels begin */
	BELOW = 3,		/* the rule above, the axis, the line about the piece */
	TICK = 20,		/* columns between two times of the axis, at least */
};

/* -- Series ------------------------------------------------------------------------------ */

struct series {
	const char *name;
	bool total;			/* it counts; no rate */
	uint64_t (*of)(const struct timeline_piece *p);
};

static uint64_t messages(const struct timeline_piece *p) { return p->grew.messages; }
static uint64_t flows(const struct timeline_piece *p) { return p->grew.flows; }
static uint64_t octets(const struct timeline_piece *p) { return p->grew.octets; }
static uint64_t reported(const struct timeline_piece *p) { return p->grew.sums[STATS_OCTETS]; }

static uint64_t lost(const struct timeline_piece *p)
{
	return p->lost > 0 ? (uint64_t)p->lost : 0;
}

/* A set that was undecoded and is no more takes one off, where it came later. */
static uint64_t undecoded(const struct timeline_piece *p)
{
	return p->grew.undecoded <= INT64_MAX ? p->grew.undecoded : 0;
}

static uint64_t delay(const struct timeline_piece *p)
{
	return (uint64_t)p->delay_ns / 1000000;
}

static const struct series all[] = {
	{ "flows/s", false, flows },
	{ "messages/s", false, messages },
	{ "export B/s", false, octets },
	{ "traffic B/s", false, reported },
	{ "lost", true, lost },
	{ "undecoded", true, undecoded },
	{ "delay ms", true, delay },
};

enum { SERIES = sizeof(all) / sizeof(all[0]) };

static const struct timeline *line_of(const struct stats_screen *s)
{
	return analysis_timeline(s->screen.app->analysis);
}

static double figure(const struct timeline *t, const struct series *series, unsigned i)
{
	double v = (double)series->of(timeline_piece(t, i));

	return series->total ? v : v * 1e9 / (double)t->length;
}

static double peak(const struct timeline *t, const struct series *series)
{
	double most = 0;

	for (unsigned i = 0; i < t->n; i++)
		if (figure(t, series, i) > most)
			most = figure(t, series, i);
	return most;
}

/* "12", "3.4", "56.7k" */
static void short_figure(struct nf_strbuf *s, double v, bool whole)
{
	static const char units[] = " kMGTPE";
	unsigned unit = 0;

	for (; v >= 9999.5 && units[unit + 1] != '\0'; unit++)
		v /= 1000;
	if (unit == 0)
		nf_sb_printf(s, whole || v >= 999.5 || v == 0 ? "%.0f" : v >= 0.1 ? "%.1f" : "%.3f",
			     v);
	else
		nf_sb_printf(s, "%.1f%c", v, units[unit]);
}

static void put_figure(struct area a, unsigned row, unsigned col, enum look look, double v,
		       bool whole)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	short_figure(&s, v, whole);
	area_text_right(a, row, col, FIGURE, look, (struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
}

/* -- Columns ----------------------------------------------------------------------------- */

/* Pieces FROM to behind TO stand in a column; several columns may have one piece. */
struct slice {
	unsigned from, to;
};

static struct slice slice_of(const struct timeline *t, unsigned col, unsigned cols)
{
	struct slice s = { .from = (unsigned)((uint64_t)col * t->n / cols) };

	s.to = (unsigned)((uint64_t)(col + 1) * t->n / cols);
	if (s.to <= s.from)
		s.to = s.from + 1;
	return s;
}

static bool is_selected(const struct stats_screen *s, struct slice slice)
{
	return s->time.at >= slice.from && s->time.at < slice.to;
}

/* Of several pieces the greatest counts: nothing that is short is lost sight of. */
static double greatest(const struct timeline *t, const struct series *series, struct slice slice)
{
	double most = 0;

	for (unsigned i = slice.from; i < slice.to && i < t->n; i++)
		if (figure(t, series, i) > most)
			most = figure(t, series, i);
	return most;
}

/* Of EIGHTHS in all; what is there at all is seen. */
static unsigned level(double v, double most, unsigned eighths)
{
	unsigned n = most > 0 ? (unsigned)(v / most * eighths + 0.5) : 0;

	return v > 0 && n == 0 ? 1 : n;
}

/* -- The axis ---------------------------------------------------------------------------- */

/* "02:07:41"; the day where the whole takes longer than one. */
static void clock_text(struct nf_strbuf *s, const struct timeline *t, int64_t ns)
{
	bool days = (double)t->length * t->n > 86400e9;
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	nf_time_text(&text, ns, 0, NULL);
	/* from the end: 2026-11-22T02:07:41Z */
	if (!text.failed && text.n >= 20 && days)
		nf_sb_printf(s, "%.5s %.5s", text.p + text.n - 15, text.p + text.n - 9);
	else if (!text.failed && text.n >= 20)
		nf_sb_mem(s, text.p + text.n - 9, 8);
	nf_strbuf_done(&text);
}

static void draw_axis(struct stats_screen *s, struct area a, unsigned row, unsigned from)
{
	const struct timeline *t = line_of(s);
	unsigned cols = a.cols > from ? a.cols - from : 0, last = cols;
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	for (unsigned col = 0; cols > 0 && col + TICK / 2 < cols; col++) {
		struct slice slice = slice_of(t, col, cols);

		if (last != cols && (col < last + TICK ||
				     slice.from == slice_of(t, col - 1, cols).from))
			continue;
		nf_strbuf_clear(&text);
		nf_sb_char(&text, '|');
		clock_text(&text, t, timeline_time(t, slice.from));
		area_text(a, row, from + col, cols - col, LOOK_faint,
			  (struct nf_bytes){ (const uint8_t *)text.p, text.n });
		last = col;
	}
	nf_strbuf_done(&text);
	for (unsigned col = 0; col < cols; col++)
		if (is_selected(s, slice_of(t, col, cols))) {
			area_run(a, row, from + col, 1, LOOK_selected, '^');
			break;
		}
}

/* "02:07:43 and 1 s on: 4 messages, 23 flows, nothing lost" */
static void draw_piece(struct stats_screen *s, struct area a, unsigned row)
{
	const struct timeline *t = line_of(s);
	const struct timeline_piece *p = timeline_piece(t, s->time.at);
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	clock_text(&text, t, timeline_time(t, s->time.at));
	nf_sb_printf(&text, " and %.0f s on: ", (double)t->length / 1e9);
	out_count(&text, p->grew.messages, "message");
	nf_sb_str(&text, ", ");
	out_count(&text, p->grew.flows, "flow");
	nf_sb_str(&text, ", ");
	out_count(&text, p->grew.options, "options record");
	if (p->lost != 0)
		nf_sb_printf(&text, ", %" PRId64 " lost", p->lost);
	if (undecoded(p) != 0)
		nf_sb_printf(&text, ", %" PRIu64 " undecoded", undecoded(p));
	if (delay(p) != 0)
		nf_sb_printf(&text, ", delayed %.3f s", (double)p->delay_ns / 1e9);
	area_text(a, row, 0, a.cols, LOOK_text,
		  (struct nf_bytes){ (const uint8_t *)text.p, text.n });
	nf_strbuf_done(&text);
}

/* -- Drawing ----------------------------------------------------------------------------- */

static void title(struct stats_screen *s, struct area a, bool focus, const char *of)
{
	const struct timeline *t = line_of(s);
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	nf_sb_printf(&text, "%s over time, %.0f s a piece%s", of, (double)t->length / 1e9,
		     analysis_settled(s->screen.app->analysis) ? "" : ", so far");
	area_rule(a, 0, focus, nf_strbuf_cstr(&text));
	nf_strbuf_done(&text);
}

static void draw_series(struct stats_screen *s, struct area a, unsigned row, unsigned which,
			bool focus)
{
	const struct series *series = &all[which];
	const struct timeline *t = line_of(s);
	unsigned from = a.cols > 2 * GRAPH ? GRAPH : LABEL + 1, cols;
	double most = peak(t, series);

	cols = a.cols > from ? a.cols - from : 0;
	area_str(a, row, 0, LABEL, focus && which == s->time.series ? LOOK_head : LOOK_name,
		 series->name);
	if (from == GRAPH) {
		put_figure(a, row, LABEL + 1, LOOK_text, figure(t, series, s->time.at),
			   series->total);
		put_figure(a, row, LABEL + FIGURE + 2, LOOK_faint, most, series->total);
	}
	for (unsigned col = 0; col < cols; col++) {
		struct slice slice = slice_of(t, col, cols);

		area_level(a, row, from + col, level(greatest(t, series, slice), most, 8),
			   !is_selected(s, slice) ? LOOK_bar : focus ? LOOK_selected : LOOK_shadow);
	}
	s->time.graph = area_in(a, 0, from, a.rows, cols);
}

static void draw_lines(struct stats_screen *s, struct area a, bool focus)
{
	unsigned n = a.rows > BELOW ? a.rows - BELOW : 0, from;

	title(s, a, focus, "rates");
	if (n > SERIES)
		n = SERIES;
	for (unsigned i = 0; i < n; i++)
		draw_series(s, a, i + 1, i, focus);
	from = a.cols > 2 * GRAPH ? GRAPH : LABEL + 1;
	if (from == GRAPH) {
		area_str(a, n + 1, LABEL + 1, FIGURE, LOOK_faint, "    here");
		area_str(a, n + 1, LABEL + FIGURE + 2, FIGURE, LOOK_faint, "    peak");
	}
	draw_axis(s, a, n + 1, from);
	draw_piece(s, a, n + 2);
}

/* One series from below, a column of levels for each of the screen. */
static void draw_large(struct stats_screen *s, struct area a, bool focus)
{
	const struct series *series = &all[s->time.series];
	const struct timeline *t = line_of(s);
	unsigned rows = a.rows > BELOW ? a.rows - BELOW : 0, from = FIGURE + 1, cols;
	double most = peak(t, series);

	cols = a.cols > from ? a.cols - from : 0;
	title(s, a, focus, series->name);
	put_figure(a, 1, 0, LOOK_faint, most, series->total);
	if (rows > 4)
		put_figure(a, 1 + rows / 2, 0, LOOK_faint, most / 2, false);
	for (unsigned col = 0; col < cols; col++) {
		struct slice slice = slice_of(t, col, cols);
		unsigned high = level(greatest(t, series, slice), most, 8 * rows);
		enum look look = !is_selected(s, slice) ? LOOK_bar :
				 focus ? LOOK_selected : LOOK_shadow;

		for (unsigned i = 0; i < rows; i++)
			area_level(a, rows - i, from + col, high > 8 * i ? high - 8 * i : 0, look);
	}
	s->time.graph = area_in(a, 0, from, a.rows, cols);
	draw_axis(s, a, rows + 1, from);
	draw_piece(s, a, rows + 2);
}

unsigned stats_time_rows(const struct stats_screen *s, unsigned rows)
{
	if (line_of(s)->n == 0)
		return 0;
	return rows >= 20 ? BELOW + SERIES : rows >= 12 ? BELOW + 2 : 0;
}

void stats_time_draw(struct stats_screen *s, struct area a, bool focus, bool large)
{
	const struct timeline *t = line_of(s);

	s->time.graph = area_in(a, 0, 0, 0, 0);
	if (t->n == 0) {
		area_str(a, 0, 0, a.cols, LOOK_faint, "No messages");
		return;
	}
	if (s->time.at >= t->n)
		s->time.at = t->n - 1;
	if (large)
		draw_large(s, a, focus);
	else
		draw_lines(s, a, focus);
}

/* -- Moving ------------------------------------------------------------------------------ */

static void go_to(struct stats_screen *s, int64_t at)
{
	const struct timeline *t = line_of(s);

	s->time.at = at < 0 ? 0 : at < (int64_t)t->n ? (unsigned)at : t->n - 1;
}

bool stats_time_act(struct stats_screen *s, enum action a)
{
	const struct timeline *t = line_of(s);
	unsigned cols = s->time.graph.cols > 0 ? s->time.graph.cols : 1;
	/* one column at least, so that it is seen to move */
	int64_t step = t->n > cols ? (t->n + cols - 1) / cols : 1, at = s->time.at;

	if (t->n == 0)
		return false;
	switch (a) {
	case ACTION_left: go_to(s, at - step); return true;
	case ACTION_right: go_to(s, at + step); return true;
	case ACTION_half_up:
	case ACTION_page_up: go_to(s, at - 10 * step); return true;
	case ACTION_half_down:
	case ACTION_page_down: go_to(s, at + 10 * step); return true;
	case ACTION_first: go_to(s, 0); return true;
	case ACTION_last: go_to(s, t->n); return true;
	case ACTION_up: s->time.series = (s->time.series + SERIES - 1) % SERIES; return true;
	case ACTION_down: s->time.series = (s->time.series + 1) % SERIES; return true;
	default: return false;
	}
}

void stats_time_click(struct stats_screen *s, unsigned col)
{
	struct area a = s->time.graph;

	if (a.cols > 0 && col >= a.col && col < a.col + a.cols && line_of(s)->n > 0)
		s->time.at = slice_of(line_of(s), col - a.col, a.cols).from;
}

uint64_t stats_time_row(const struct stats_screen *s)
{
	const struct timeline *t = line_of(s);
	const struct store *store = s->screen.app->store;
	int64_t begin;
	uint64_t row;

	if (t->n == 0 || store_rows(store) == 0)
		return PLACE_NONE;
	begin = timeline_time(t, s->time.at);
	row = begin > INT64_MIN ? store_row_at(store, begin - 1) : 0;
	/* the last one before it, or row 0 */
	if (store_row(store, row).ts_ns < begin && row + 1 < store_rows(store))
		row++;
	return row;
}
