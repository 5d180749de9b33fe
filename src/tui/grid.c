#include <config.h>

#include "tui/grid.h"

#include <string.h>

static uint64_t count(const struct grid *g)
{
	return g->ops->count(g->ctx);
}

static uint64_t last_of(const struct grid *g)
{
	uint64_t n = count(g);

	return n > 0 ? n - 1 : 0;
}

/* -- Moving --------------------------------------------------------------------------- */

static void down(struct grid *g, uint64_t by)
{
	uint64_t last = last_of(g);

	g->at = last - g->at > by && g->at <= last ? g->at + by : last;
}

static void up(struct grid *g, uint64_t by)
{
	g->at = g->at > by ? g->at - by : 0;
}

/* Columns that this screen is too narrow for are passed over. */
static void sideways(struct grid *g, bool right)
{
	unsigned i = g->column;

	while (right ? i + 1 < g->ncolumns : i > 0) {
		i += right ? 1 : -1u;
		if (g->cols >= g->columns[i].wide) {
			g->column = i;
			return;
		}
	}
}

bool grid_act(struct grid *g, enum action a)
{
	unsigned page = g->page > 1 ? g->page - 1 : 1;

	switch (a) {
	case ACTION_down: down(g, 1); break;
	case ACTION_up: up(g, 1); break;
	case ACTION_half_down: down(g, (page + 1) / 2); break;
	case ACTION_half_up: up(g, (page + 1) / 2); break;
	case ACTION_page_down: down(g, page); break;
	case ACTION_page_up: up(g, page); break;
	case ACTION_first: g->at = 0; break;
	case ACTION_last: g->at = last_of(g); break;
	case ACTION_left: sideways(g, false); break;
	case ACTION_right: sideways(g, true); break;
	default: return false;
	}
	return true;
}

void grid_resume(struct grid *g, const struct grid *was)
{
	g->column = was->column;
	g->left = was->left;
	g->sorted = was->sorted;
	g->sort_column = was->sort_column;
}

void grid_go(struct grid *g, uint64_t row)
{
	uint64_t last = last_of(g);

	g->at = row < last ? row : last;
	if (g->at < g->top || g->at - g->top >= g->page)
		g->top = g->at > g->page / 2 ? g->at - g->page / 2 : 0;
}

/* -- Drawing -------------------------------------------------------------------------- */

/* Rows may have gone, and the window may have shrunk since. */
static void settle(struct grid *g, unsigned page)
{
	uint64_t n = count(g);

	g->page = page;
	if (g->follows && n > 0)
		g->at = n - 1;
	if (g->at >= n)
		g->at = last_of(g);
	if (g->top > g->at)
		g->top = g->at;
	if (page > 0 && g->at - g->top >= page)
		g->top = g->at - page + 1;
	if (g->top + page > n)
		g->top = n > page ? n - page : 0;
}

static bool is_shown(const struct grid *g, unsigned column)
{
	const struct grid_column *c = &g->columns[column];

	return g->cols >= c->wide && (c->keeps || column >= g->left);
}

/* Columns of the screen from the first that scrolls up to COLUMN, that one included. */
static unsigned up_to(const struct grid *g, unsigned column)
{
	unsigned width = 0;

	for (unsigned i = 0; i <= column; i++)
		if (is_shown(g, i))
			width += g->columns[i].width + 1;
	return width;
}

/* The selected column is in sight, as far as it fits. */
static void scroll(struct grid *g, unsigned cols)
{
	if (g->ncolumns == 0)
		return;
	if (g->column >= g->ncolumns)
		g->column = g->ncolumns - 1;
	if (g->left > g->column)
		g->left = g->column;
	while (g->left < g->column && up_to(g, g->column) > cols + 1)
		g->left++;
}

/* Calls for each column in sight: its place and width. */
struct slot {
	unsigned column, col, width;
};

static bool next_slot(const struct grid *g, unsigned cols, struct slot *s)
{
	unsigned i = s->column + 1, col = s->col + s->width + (s->width != 0);

	while (i < g->ncolumns && !is_shown(g, i))
		i++;
	if (i >= g->ncolumns || col >= cols)
		return false;
	s->column = i;
	s->col = col;
	s->width = g->columns[i].width;
	if ((i + 1 == g->ncolumns && !g->columns[i].right) || s->width > cols - col)
		s->width = cols - col;
	return true;
}

static const struct slot before_first = { .column = UINT32_MAX };

static void titles(const struct grid *g, struct area a)
{
	struct slot s = before_first;

	area_look(a, 0, 0, a.cols, LOOK_header);
	while (next_slot(g, a.cols, &s)) {
		const struct grid_column *c = &g->columns[s.column];
		struct nf_strbuf title;

		nf_strbuf_init(&title);
		nf_sb_str(&title, c->title);
		if (g->sorted != NULL && g->sort_column == s.column) {
			if (title.n >= s.width && s.width > 0)	/* the sign goes first */
				title.n = s.width - 1;
			nf_sb_str(&title, g->sorted);
		}
		(c->right ? area_text_right : area_text)(a, 0, s.col, s.width, LOOK_header,
			(struct nf_bytes){ (const uint8_t *)title.p, title.n });
		nf_strbuf_done(&title);
	}
}

static enum look look_of(const struct grid *g, uint64_t row)
{
	if (g->ops->tagged != NULL && g->ops->tagged(g->ctx, row))
		return LOOK_tagged;
	return g->ops->look != NULL ? g->ops->look(g->ctx, row) : LOOK_text;
}

static void draw_row(const struct grid *g, struct area a, unsigned line, uint64_t row, bool focus,
		     struct nf_strbuf *text)
{
	bool selected = row == g->at;
	enum look look = !selected ? look_of(g, row) : focus ? LOOK_selected : LOOK_shadow;
	struct slot s = before_first;

	if (look != LOOK_text)
		area_look(a, line, 0, a.cols, look);
	while (next_slot(g, a.cols, &s)) {
		bool cell = selected && focus && g->cells && s.column == g->column;

		nf_strbuf_clear(text);
		g->ops->cell(g->ctx, row, s.column, text);
		if (cell)
			area_look(a, line, s.col, s.width, LOOK_cell);
		(g->columns[s.column].right ? area_text_right : area_text)(a, line, s.col, s.width,
			cell ? LOOK_cell : look,
			(struct nf_bytes){ (const uint8_t *)text->p, text->n });
	}
}

void grid_draw(struct grid *g, struct area a, bool focus)
{
	struct nf_strbuf text;
	uint64_t n = count(g);

	if (a.rows == 0)
		return;
	g->cols = a.cols;
	settle(g, a.rows - 1);
	scroll(g, a.cols);
	titles(g, a);
	if (n == 0 && g->empty != NULL)
		area_str(a, 1, 0, a.cols, LOOK_faint, g->empty);
	nf_strbuf_init(&text);
	for (unsigned line = 1; line < a.rows && g->top + line - 1 < n; line++)
		draw_row(g, a, line, g->top + line - 1, focus, &text);
	nf_strbuf_done(&text);
}

bool grid_click(struct grid *g, struct area a, unsigned row, unsigned col, bool *same)
{
	struct slot s = before_first;

	if (row < a.row + 1 || row >= a.row + a.rows || col < a.col || col >= a.col + a.cols ||
	    g->top + (row - a.row - 1) >= count(g))
		return false;
	*same = g->at == g->top + (row - a.row - 1);
	g->at = g->top + (row - a.row - 1);
	while (g->cells && next_slot(g, a.cols, &s))
		if (col - a.col >= s.col && col - a.col < s.col + s.width)
			g->column = s.column;
	return true;
}

void grid_row_text(const struct grid *g, uint64_t row, struct nf_strbuf *s)
{
	for (unsigned i = 0; i < g->ncolumns; i++) {
		if (i > 0)
			nf_sb_str(s, "  ");
		g->ops->cell(g->ctx, row, i, s);
	}
}
