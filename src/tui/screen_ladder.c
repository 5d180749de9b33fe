#include <config.h>

#include "tui/screen_ladder.h"

#include <string.h>

#include "base/mem.h"
#include "tui/browser.h"
#include "tui/times.h"

enum {
	SCANNED = 100000,	/* rows looked at for exporters in a step */
	FOUND = 10000,		/* rows looked at for a text, or for the next of an exporter */
	AROUND = 3,		/* rows of the screen that are not lines: titles, and those below */
};

/* -- Where it stands --------------------------------------------------------------------- */

static void forget_lines(struct ladder *l)
{
	l->made_top = UINT64_MAX;
}

/* The line before the one that begins at I, which is not 0. */
static uint64_t line_before(struct ladder *l, uint64_t i)
{
	return ladder_begin(l, i - 1);
}

/* How many rows of the screen the lines from TOP up to the selected one take; PAGE: or more. */
static unsigned rows_to(struct ladder *l, uint64_t top)
{
	bool made = ladder_made(l, top);
	struct ladder_line line;
	unsigned rows = 0;

	for (unsigned i = 0; made && i < l->nlines && rows < l->page; i++) {
		rows += ladder_height(&l->lines[i]);
		if (l->lines[i].from == l->at)
			return rows;
	}
	for (uint64_t i = top; i <= l->at && rows < l->page; i = line.to) {
		ladder_line(l, i, &line);
		rows += ladder_height(&line);
		if (i == l->at)
			return rows;
	}
	return l->page + 1;
}

/* Show the selected line as the last one that fits behind ROWS rows. */
static void top_above(struct ladder *l, unsigned rows)
{
	struct ladder_line line;
	unsigned height;

	l->top = l->at;
	ladder_line(l, l->top, &line);
	for (height = ladder_height(&line); l->top > 0; height += ladder_height(&line)) {
		uint64_t i = line_before(l, l->top);

		ladder_line(l, i, &line);
		if (height + ladder_height(&line) > rows)
			break;
		l->top = i;
	}
}

/* Rows may have gone, and the window may have changed. */
static void settle(struct ladder *l)
{
	uint64_t n = ladder_count(l);

	if (l->at >= n)
		l->at = n > 0 ? n - 1 : 0;
	if (n == 0) {
		l->top = 0;
		return;
	}
	l->at = ladder_begin(l, l->at);
	if (l->top >= n || l->top > l->at)
		l->top = l->at;
	l->top = ladder_begin(l, l->top);
	if (l->at - l->top > (uint64_t)l->page * 64 || rows_to(l, l->top) > l->page)
		top_above(l, l->page);
}

/* The selected line's lane is in sight. */
static void show_lane(struct ladder *l)
{
	uint64_t row = ladder_row(l, l->at);
	unsigned shown = ladder_lanes_shown(l, l->screen.area.cols);
	struct store_row r;
	uint32_t lane;

	if (row == UINT64_MAX || shown == 0)
		return;
	r = store_row(l->screen.app->store, row);
	lane = ladder_lane(l, &r);
	if (lane < l->left)
		l->left = lane;
	else if (lane >= l->left + shown)
		l->left = lane - shown + 1;
}

static void go_to(struct ladder *l, uint64_t i)
{
	uint64_t n = ladder_count(l);
	bool far;

	if (n == 0)
		return;
	l->at = ladder_begin(l, i < n ? i : n - 1);
	far = l->at < l->top || l->at - l->top > (uint64_t)l->page * 64;
	if (far || rows_to(l, l->top) > l->page)
		top_above(l, l->page / 2);
	show_lane(l);
}

/* -- Moving ------------------------------------------------------------------------------ */

static void down(struct ladder *l, unsigned by)
{
	struct ladder_line line;

	for (; by > 0; by--) {
		ladder_line(l, l->at, &line);
		if (line.to >= ladder_count(l))
			break;
		l->at = line.to;
	}
	show_lane(l);
}

static void up(struct ladder *l, unsigned by)
{
	for (; by > 0 && l->at > 0; by--)
		l->at = line_before(l, l->at);
	show_lane(l);
}

static void sideways(struct ladder *l, bool right)
{
	unsigned shown = ladder_lanes_shown(l, l->screen.area.cols);

	if (right && l->left + shown < l->nlanes)
		l->left++;
	else if (!right && l->left > 0)
		l->left--;
}

/* At the bottom of the screen: there is nothing behind it. */
static void last(struct ladder *l)
{
	go_to(l, UINT64_MAX);
	top_above(l, l->page);
}

static bool move(struct ladder *l, enum action a)
{
	unsigned page = l->page > 1 ? l->page - 1 : 1;

	if (ladder_count(l) == 0)
		return false;
	switch (a) {
	case ACTION_down: down(l, 1); break;
	case ACTION_up: up(l, 1); break;
	case ACTION_half_down: down(l, (page + 1) / 2); break;
	case ACTION_half_up: up(l, (page + 1) / 2); break;
	case ACTION_page_down: down(l, page); break;
	case ACTION_page_up: up(l, page); break;
	case ACTION_first: go_to(l, 0); break;
	case ACTION_last: last(l); break;
	case ACTION_left:
	case ACTION_right: sideways(l, a == ACTION_right); break;
	default: return false;
	}
	l->wanted = UINT64_MAX;
	return true;
}

/* -- Actions ----------------------------------------------------------------------------- */

static bool open_message(struct ladder *l)
{
	struct place p = place_nowhere();

	l->screen.ops->where(&l->screen, &p);
	if (p.row == PLACE_NONE)
		return false;
	app_go(l->screen.app, SCREEN_packets, &p);
	return true;
}

/* The next line of the same exporter. */
static bool same(struct ladder *l, bool back)
{
	struct app *app = l->screen.app;
	uint64_t i = ladder_begin(l, l->at), row = ladder_row(l, i);
	struct ladder_line line;
	struct store_row r;
	uint32_t lane;

	if (row == UINT64_MAX)
		return false;
	r = store_row(app->store, row);
	lane = ladder_lane(l, &r);
	ladder_line(l, i, &line);
	for (unsigned n = 0; n < FOUND; n++) {
		i = back ? i - 1 : n == 0 ? line.to : i + 1;
		row = ladder_row(l, i);
		if (row == UINT64_MAX)
			break;
		r = store_row(app->store, row);
		if (ladder_lane(l, &r) == lane) {
			go_to(l, i);
			return true;
		}
	}
	app_say(app, LOOK_hint, "No %s message of the same exporter nearby",
		back ? "earlier" : "later");
	return true;
}

static bool turn_runs(struct ladder *l)
{
	l->singly = !l->singly;
	forget_lines(l);
	app_say(l->screen.app, LOOK_hint, l->singly ? "Each message has a line" :
		"Successive messages of flows are one line");
	return true;
}

static bool time_mode(struct ladder *l)
{
	uint64_t row = ladder_row(l, l->at);

	if (row == UINT64_MAX)
		return false;
	app_say(l->screen.app, LOOK_hint, "%s",
		times_next(l->screen.app, store_row(l->screen.app->store, row).ts_ns));
	return true;
}

static bool act(struct screen *s, enum action a, uint32_t arg)
{
	struct ladder *l = (struct ladder *)s;

	(void)arg;
	switch (a) {
	case ACTION_open: return open_message(l);
	case ACTION_next_same: return same(l, false);
	case ACTION_prev_same: return same(l, true);
	case ACTION_group: return turn_runs(l);
	case ACTION_time_mode: return time_mode(l);
	default: return move(l, a);
	}
}

static void mouse(struct screen *s, const struct key *k)
{
	struct ladder *l = (struct ladder *)s;
	unsigned row = s->area.row + 1;

	if (k->button == MOUSE_UP || k->button == MOUSE_DOWN) {
		move(l, k->button == MOUSE_UP ? ACTION_up : ACTION_down);
		return;
	}
	for (unsigned i = 0; i < l->nlines; i++) {
		unsigned end = row + ladder_height(&l->lines[i]);

		if (k->row >= row && k->row < end) {
			l->at = l->lines[i].from;
			if (k->button == MOUSE_DOUBLE)
				open_message(l);
			return;
		}
		row = end;
	}
}

static void draw(struct screen *s, struct area a)
{
	struct ladder *l = (struct ladder *)s;

	l->page = a.rows > 6 ? a.rows - AROUND : a.rows > 1 ? a.rows - 1 : 1;
	ladder_scan(l, SCANNED);
	settle(l);
	ladder_make(l, l->page);
	ladder_draw(l, a);
}

/* -- Places ------------------------------------------------------------------------------ */

static void where(struct screen *s, struct place *p)
{
	struct ladder *l = (struct ladder *)s;
	uint64_t row = ladder_row(l, l->at);
	struct ladder_line line;

	if (row == UINT64_MAX)
		return;
	p->row = row;
	p->session = store_row(s->app->store, row).session->index;
	ladder_line(l, l->at, &line);
	if (line.first.row != UINT64_MAX)
		p->domain = line.first.domain;
}

static void go(struct screen *s, const struct place *p)
{
	struct ladder *l = (struct ladder *)s;

	l->wanted = UINT64_MAX;
	if (p->row == PLACE_NONE || p->row >= store_rows(s->app->store))
		return;
	if (l->match != NULL && store_job_progress(l->match) < 1 && !l->halted)
		l->wanted = p->row;
	else
		go_to(l, ladder_find(l, p->row));
}

/* -- Filter ------------------------------------------------------------------------------ */

static void changed(struct screen *s)
{
	struct ladder *l = (struct ladder *)s;
	uint64_t row = ladder_row(l, l->at);
	const struct store_job_opts opts = {
		.filter = s->app->filter.filter, .names = s->app->filter.opts,
	};

	if (l->generation == s->app->filter.generation)
		return;
	l->generation = s->app->filter.generation;
	store_job_free(l->match);
	l->match = opts.filter != NULL ? store_job_new(s->app->store, &opts) : NULL;
	l->halted = false;
	l->wanted = row;
	forget_lines(l);
}

static bool work(struct screen *s)
{
	struct ladder *l = (struct ladder *)s;
	bool more = l->match != NULL && !l->halted && store_job_step(l->match, APP_STEP_NS);

	if (!more && l->wanted != UINT64_MAX) {
		go_to(l, ladder_find(l, l->wanted));
		l->wanted = UINT64_MAX;
	}
	return ladder_scan(l, SCANNED) || more;
}

static bool busy(struct screen *s, double *done)
{
	struct ladder *l = (struct ladder *)s;

	*done = l->match != NULL ? store_job_progress(l->match) : 1;
	return *done < 1 && !l->halted;
}

static void stop(struct screen *s)
{
	((struct ladder *)s)->halted = true;
	app_say(s->app, LOOK_warning, "Stopped: what is shown may not be all that matches");
}

static void counts(struct screen *s, uint64_t *shown, uint64_t *total)
{
	*total = store_rows(s->app->store);
	*shown = ladder_count((struct ladder *)s);
}

/* -- Searching --------------------------------------------------------------------------- */

static bool line_has(struct ladder *l, const struct ladder_line *line, const char *what)
{
	struct nf_strbuf s;
	bool has;

	nf_strbuf_init(&s);
	out_addr(&s, &line->first.at.session->src.addr);
	nf_sb_char(&s, ' ');
	ladder_label(&s, line);
	nf_sb_char(&s, ' ');
	ladder_step_text(&s, line);
	has = app_text_has(nf_strbuf_cstr(&s), what);
	nf_strbuf_done(&s);
	return has && l->nlanes > 0;
}

/* Exporters, what lines carry, gaps: `/missing` goes to the next of these. */
static bool find(struct screen *s, const char *what, bool back)
{
	struct ladder *l = (struct ladder *)s;
	uint64_t i = l->at, all = ladder_count(l);
	struct ladder_line line;

	if (all == 0)
		return false;
	ladder_line(l, i, &line);
	for (unsigned n = 0; n < FOUND; n++) {
		/* around the ends, up to where it began */
		i = back ? line_before(l, i > 0 ? i : all) : line.to < all ? line.to : 0;
		if (i == l->at)
			return false;
		ladder_line(l, i, &line);
		if (line.first.row != UINT64_MAX && line_has(l, &line, what)) {
			go_to(l, i);
			return true;
		}
	}
	/* rather here than never: the next key goes on */
	go_to(l, i);
	app_say(s->app, LOOK_hint, "%s is not in the next %u lines; n looks further", what,
		(unsigned)FOUND);
	return true;
}

static void command(struct screen *s, struct nf_strbuf *line)
{
	(void)s;
	nf_sb_str(line, "packets");
}

/* -- The screen itself ------------------------------------------------------------------- */

static bool open_screen(struct screen *s)
{
	struct ladder *l = (struct ladder *)s;
	const struct out_opts opts = {
		.files = s->app->opts->files, .nfiles = s->app->opts->nfiles,
		.bpf = s->app->opts->capture.bpf != NULL,
	};

	l->wanted = UINT64_MAX;
	forget_lines(l);
	l->out = out_new(out_ops_of("text"), &opts, s->app->registry);
	return l->out != NULL;
}

static void close_screen(struct screen *s)
{
	struct ladder *l = (struct ladder *)s;

	store_job_free(l->match);
	out_free(l->out);
	nf_free(l->lanes);
	nf_free(l->of_session);
}

static void resumes(struct screen *s, struct screen *was)
{
	((struct ladder *)s)->singly = ((const struct ladder *)was)->singly;
}

const struct screen_ops screen_ladder = {
	.size = sizeof(struct ladder),
	.open = open_screen,
	.close = close_screen,
	.resumes = resumes,
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
	.find = find,
	.command = command,
};
