/* The top of a key: rows as `nfpcap top` has them. */
#include <config.h>

#include <string.h>

#include "tui/analysis.h"
#include "tui/browser.h"
#include "tui/screen_stats.h"

enum {
	WIDEST = 39,		/* columns of a key */
	LISTED_ANEW = 20000,	/* rows beyond which the list is not put in order at each look */
	KEY = 24,		/* columns of a key's name in the list of keys */
	BAR = 8,		/* columns of the greatest */
	NARROWEST = 8,		/* of a key */
};

static const uint8_t orders[STATS_ORDERS] = {
	TOP_STAT_BYTES, TOP_STAT_PACKETS, TOP_STAT_FLOWS,
};

/* -- Columns ----------------------------------------------------------------------------- */

static unsigned width_of_key(const struct toplist *l, unsigned key, unsigned least)
{
	struct nf_strbuf s;
	size_t width = least;

	nf_strbuf_init(&s);
	for (size_t i = 0; i < l->n; i++) {
		size_t n;

		nf_strbuf_clear(&s);
		toplist_value(&s, l, &l->rows[i], key, true);
		n = text_width((struct nf_bytes){ (const uint8_t *)s.p, s.n });
		if (n > width)
			width = n;
	}
	nf_strbuf_done(&s);
	return width < WIDEST ? (unsigned)width : WIDEST;
}

static void title_of(struct stats_top *t, unsigned column, const char *text)
{
	size_t n = strlen(text);

	if (n >= sizeof(t->titles[0]))
		n = sizeof(t->titles[0]) - 1;
	memcpy(t->titles[column], text, n);
	t->titles[column][n] = '\0';
	t->columns[column].title = t->titles[column];
}

static void lay_out_keys(struct stats_top *t)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	for (unsigned i = 0; i < t->list.top->nkeys; i++) {
		nf_strbuf_clear(&s);
		toplist_key_name(&s, &t->list.top->keys[i]);
		title_of(t, i, nf_strbuf_cstr(&s));
		t->columns[i].keeps = i == 0;
		t->columns[i].width = width_of_key(&t->list, i, (unsigned)s.n);
	}
	nf_strbuf_done(&s);
}

/* The I-th sum from the left: that by which rows are ordered, then the others. */
static unsigned order_at(const struct stats_top *t, unsigned i)
{
	return i == 0 ? t->by : i - 1 < t->by ? i - 1 : i;
}

/* Keys are cut before what they add up to is out of sight: the widest ones first. */
static void narrow_keys(struct stats_top *t, unsigned room)
{
	unsigned n = t->list.top->nkeys;

	for (;;) {
		unsigned width = 0, widest = 0;

		for (unsigned i = 0; i < n; i++) {
			width += t->columns[i].width + 1;
			if (t->columns[i].width > t->columns[widest].width)
				widest = i;
		}
		if (width <= room || t->columns[widest].width <= NARROWEST)
			return;
		t->columns[widest].width--;
	}
}

static void lay_out(struct stats_top *t, unsigned cols)
{
	static const unsigned widths[STATS_ORDERS] = { 16, 11, 8 };
	unsigned n = t->list.top->nkeys, share = n + STATS_ORDERS, width = 0, sum;

	memset(t->columns, 0, sizeof(t->columns));
	t->cols = cols;
	lay_out_keys(t);
	for (unsigned i = 0; i < STATS_ORDERS; i++) {
		title_of(t, n + i, toplist_stat_name(&t->list, orders[order_at(t, i)]));
		t->columns[n + i].width = widths[order_at(t, i)];
		t->columns[n + i].right = true;
	}
	t->columns[share] = (struct grid_column){ .title = "%", .width = 5, .right = true };
	sum = t->columns[n].width + 1;
	narrow_keys(t, cols > sum ? cols - sum : 0);
	for (unsigned i = 0; i <= n + STATS_ORDERS; i++)
		width += t->columns[i].width + 1;
	t->columns[n + STATS_ORDERS + 1] = (struct grid_column){
		.title = "", .width = BAR, .wide = width + BAR,
	};
	t->grid.columns = t->columns;
	t->grid.ncolumns = n + STATS_ORDERS + 2;
	t->grid.sorted = t->ascending ? "^" : "v";
	t->grid.sort_column = n;
}

/* -- Rows -------------------------------------------------------------------------------- */

static void nothing(struct toplist *l)
{
	(void)l;
}

/* Cells are made one by one: nothing is written ahead. */
static const struct toplist_ops cells = { .name = "cells", .open = nothing };

static void drop(struct stats_top *t)
{
	if (t->listed)
		toplist_done(&t->list);
	t->listed = false;
}

void stats_top_refresh(struct stats_screen *s)
{
	const struct app *app = s->screen.app;
	const struct top *top = analysis_top(app->analysis);
	struct stats_top *t = &s->top;
	bool settled = analysis_top_settled(app->analysis), same = t->list.top == top;

	if (t->listed && same && t->settled == settled &&
	    (t->records == top->records ||
	     (!settled && top_nrows(top) > LISTED_ANEW && top->records < 2 * t->records)))
		return;
	drop(t);
	t->records = top->records;
	t->settled = settled;
	t->list = (struct toplist){
		.ops = &cells, .top = top, .max = STATS_ROWS,
		.order = { .stats = &orders[t->by], .nstats = 1, .ascending = t->ascending },
	};
	t->listed = toplist_open(&t->list);
	if (!t->listed)
		toplist_done(&t->list);
	lay_out(t, t->cols);
}

static uint64_t count(void *ctx)
{
	const struct stats_top *t = &((struct stats_screen *)ctx)->top;

	return t->listed ? t->list.n : 0;
}

static uint64_t figure(const struct toplist *l, const struct top_row *row, uint8_t stat)
{
	struct top_figure f;

	return top_figure(l->top, row, (enum top_stat_id)stat, &f) ? f.u : 0;
}

/* How much of the greatest one it is. */
static void bar(struct nf_strbuf *s, const struct stats_screen *screen, const struct top_row *row)
{
	const struct stats_top *t = &screen->top;
	uint8_t stat = orders[t->by];
	bool ascii = screen->screen.app->canvas.ascii;
	uint64_t most = 0, v = figure(&t->list, row, stat);
	double share;

	for (size_t i = 0; i < t->list.n; i++)
		if (figure(&t->list, &t->list.rows[i].row, stat) > most)
			most = figure(&t->list, &t->list.rows[i].row, stat);
	share = most > 0 ? (double)v / (double)most : 0;
	for (unsigned i = 0, n = (unsigned)(BAR * share + 0.5); i < n; i++)
		nf_sb_str(s, ascii ? "#" : "\xe2\x96\x88");
}

static void cell(void *ctx, uint64_t i, unsigned column, struct nf_strbuf *s)
{
	const struct stats_screen *screen = ctx;
	const struct toplist *l = &screen->top.list;
	const struct top_entry *e = &l->rows[i];
	unsigned n = l->top->nkeys;

	if (column < n && top_value(l->top, e, column).tag == TOP_ABSENT)
		nf_sb_char(s, '-');
	else if (column < n)
		toplist_value(s, l, e, column, true);
	else if (column < n + STATS_ORDERS)
		toplist_figure(s, l, &e->row, orders[order_at(&screen->top, column - n)], -1);
	else if (column == n + STATS_ORDERS)
		toplist_share(s, l, &e->row, orders[screen->top.by], 1);
	else
		bar(s, screen, &e->row);
}

static const struct grid_ops grid_ops = { .count = count, .cell = cell };

const char *stats_top_order(const struct stats_screen *s)
{
	return top_stats[orders[s->top.by]].name;
}

void stats_top_draw(struct stats_screen *s, struct area a, bool focus)
{
	struct stats_top *t = &s->top;
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	nf_sb_printf(&text, "top %s by %s: ", nf_strbuf_cstr(&t->keys), stats_top_order(s));
	if (count(s) < top_nrows(t->list.top))
		nf_sb_printf(&text, "%zu of ", t->list.n);
	nf_sb_u64(&text, top_nrows(t->list.top));
	if (t->list.top->sampled)
		nf_sb_str(&text, ", sampled, not scaled");
	if (!t->settled)
		nf_sb_str(&text, ", so far");
	area_rule(a, 0, focus, nf_strbuf_cstr(&text));
	nf_strbuf_done(&text);
	if (a.cols != t->cols)
		lay_out(t, a.cols);
	t->grid.empty = t->settled ? "No flow records" : "No flow records so far";
	grid_draw(&t->grid, area_in(a, 1, 0, a.rows > 0 ? a.rows - 1 : 0, a.cols), focus);
}

bool stats_top_sort(struct stats_screen *s, bool invert)
{
	struct stats_top *t = &s->top;

	if (invert)
		t->ascending = !t->ascending;
	else
		t->by = (uint8_t)((t->by + 1) % STATS_ORDERS);
	drop(t);
	grid_go(&t->grid, 0);
	app_say(s->screen.app, LOOK_hint, "By %s, the %s first", stats_top_order(s),
		t->ascending ? "least" : "greatest");
	return true;
}

/* -- Keys -------------------------------------------------------------------------------- */

static const struct {
	const char *keys, *help;
} choices[] = {
	{ "src", "source address" },
	{ "dst", "destination address" },
	{ "ip", "either address" },
	{ "src,dst", "pairs of addresses" },
	{ "dport", "destination port" },
	{ "sport", "source port" },
	{ "proto", "protocol" },
	{ "flow", "addresses, ports and protocol" },
	{ "src/24", "source networks" },
	{ "dst/24", "destination networks" },
	{ "exporter.ip", "who exported it" },
	{ "in_if", "ingress interface" },
	{ "out_if", "egress interface" },
	{ "join.ingress.name", "ingress interface, by name" },
	{ "src_as", "source AS" },
	{ "dst_as", "destination AS" },
	{ "nexthop", "next hop" },
	{ "tos", "class of service" },
	{ "join.application.name", "application, by name" },
};

enum { CHOICES = sizeof(choices) / sizeof(choices[0]) };

static void add_up_by(struct stats_screen *s, const char *keys)
{
	struct app *app = s->screen.app;
	struct filter_error err;
	struct nf_strbuf copy;

	if (!analysis_top_by(app->analysis, keys, &err)) {
		app_say(app, LOOK_error, "%s", err.memory ? "Out of memory" : err.text);
		return;
	}
	drop(&s->top);
	nf_strbuf_init(&copy);
	nf_sb_str(&copy, keys);		/* KEYS may be those of now */
	nf_strbuf_done(&s->top.keys);
	s->top.keys = copy;
	s->pane = STATS_TOP;
	grid_go(&s->top.grid, 0);
}

static void entered(struct app *app, const char *text)
{
	edit_remember(&((struct stats_screen *)app_screen(app))->top.history, text);
	add_up_by((struct stats_screen *)app_screen(app), text);
}

static void complete(void *ctx, const char *text, size_t at, size_t *from,
		     void (*found)(void *to, const char *word), void *to)
{
	*from = at;
	while (*from > 0 && text[*from - 1] != ',')
		(*from)--;
	app_names_beginning(ctx, (struct nf_bytes){ (const uint8_t *)text + *from, at - *from },
			    found, to);
}

static const struct edit_ops edit = { .complete = complete };

static const struct prompt_ops line = { .label = "Top of: ", .entered = entered, .edit = &edit };

static void chosen(struct app *app, void *own, size_t row)
{
	struct stats_screen *s = own;

	if (row < CHOICES)
		add_up_by(s, choices[row].keys);
	else
		app_ask(app, &line, nf_strbuf_cstr(&s->top.keys), &s->top.history);
}

static const struct overlay_ops chooser = { .chosen = chosen };

bool stats_top_choose(struct stats_screen *s)
{
	struct popup *p = app_overlay(s->screen.app, "Add flows up by", &chooser, s, NULL);
	const struct popup_row row = { .kind = POPUP_CHOICE, .indent = KEY };
	struct nf_strbuf text;

	if (p == NULL)
		return true;
	nf_strbuf_init(&text);
	for (unsigned i = 0; i <= CHOICES; i++) {
		nf_strbuf_clear(&text);
		nf_sb_str(&text, i < CHOICES ? choices[i].keys : "...");
		nf_sb_pad(&text, ' ', text.n < KEY ? KEY - text.n : 1);
		nf_sb_str(&text, i < CHOICES ? choices[i].help : "other keys, to be typed");
		popup_add(p, &row, (struct nf_bytes){ (const uint8_t *)text.p, text.n });
		if (i < CHOICES && strcmp(choices[i].keys, nf_strbuf_cstr(&s->top.keys)) == 0)
			popup_go(p, i);
	}
	nf_strbuf_done(&text);
	return true;
}

/* -- A row as a filter ------------------------------------------------------------------- */

static void quoted(struct nf_strbuf *s, struct nf_bytes text)
{
	nf_sb_char(s, '"');
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\')
			nf_sb_char(s, '\\');
		if (text.p[i] < ' ' || text.p[i] == 0x7f)
			nf_sb_printf(s, "\\x%02x", text.p[i]);
		else
			nf_sb_char(s, (char)text.p[i]);
	}
	nf_sb_char(s, '"');
}

static void comparison(struct nf_strbuf *s, const struct toplist *l, const struct top_entry *e,
		       unsigned i)
{
	const struct top_key *key = &l->top->keys[i];
	struct top_value v = top_value(l->top, e, i);

	if (v.tag == TOP_ABSENT) {
		nf_sb_printf(s, "!%s", key->name);
		return;
	}
	nf_sb_printf(s, "%s == ", key->name);
	if (v.tag == TOP_TEXT)
		quoted(s, v.text);
	else
		toplist_value(s, l, e, i, false);
}

bool stats_top_filter(struct stats_screen *s, struct nf_strbuf *filter)
{
	const struct toplist *l = &s->top.list;

	if (s->top.grid.at >= count(s))
		return false;
	for (unsigned i = 0; i < l->top->nkeys; i++) {
		nf_sb_str(filter, i > 0 ? " && " : "");
		comparison(filter, l, &l->rows[s->top.grid.at], i);
	}
	return true;
}

void stats_top_init(struct stats_screen *s)
{
	s->top.grid = (struct grid){ .ops = &grid_ops, .ctx = s };
	nf_strbuf_init(&s->top.keys);
	nf_sb_str(&s->top.keys, "src");
}

void stats_top_done(struct stats_screen *s)
{
	drop(&s->top);
	nf_strbuf_done(&s->top.keys);
	edit_history_done(&s->top.history);
}
