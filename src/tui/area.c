#include <config.h>

#include "tui/canvas.h"

#include <unictype.h>
#include <uniwidth.h>

#include "ie/ie.h"

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

struct area area_in(struct area a, unsigned row, unsigned col, unsigned rows, unsigned cols)
{
	row = least(row, a.rows);
	col = least(col, a.cols);
	a.row += row;
	a.col += col;
	a.rows = least(rows, a.rows - row);
	a.cols = least(cols, a.cols - col);
	return a;
}

/* NULL outside of A. */
static struct cell *cell_at(struct area a, unsigned row, unsigned col)
{
	if (row >= a.rows || col >= a.cols ||
	    a.row + row >= a.canvas->rows || a.col + col >= a.canvas->cols)
		return NULL;
	return a.canvas->cells + (size_t)(a.row + row) * a.canvas->cols + a.col + col;
}

/* What is left of a wide character of which one half is drawn over is blank. */
static void unpair(const struct canvas *c, struct cell *cell)
{
	size_t col = (size_t)(cell - c->cells) % c->cols;

	if (cell->ch == 0 && col > 0) {
		cell[-1].ch = ' ';
		cell[-1].mark = 0;
	}
	if (col + 1 < c->cols && cell[1].ch == 0)
		cell[1].ch = ' ';
}

static void put(struct area a, unsigned row, unsigned col, enum look look, uint32_t ch)
{
	struct cell *cell = cell_at(a, row, col);

	if (cell == NULL)
		return;
	unpair(a.canvas, cell);
	*cell = (struct cell){ .ch = ch, .look = look };
}

static void put_wide(struct area a, unsigned row, unsigned col, enum look look, uint32_t ch)
{
	struct cell *right = cell_at(a, row, col + 1);

	put(a, row, col, look, ch);
	put(a, row, col + 1, look, ' ');
	if (right != NULL)
		right->ch = 0;
}

void area_fill(struct area a, enum look look)
{
	for (unsigned row = 0; row < a.rows; row++)
		area_run(a, row, 0, a.cols, look, ' ');
}

void area_run(struct area a, unsigned row, unsigned col, unsigned n, enum look look, uint32_t ch)
{
	if (col >= a.cols)
		return;
	n = least(n, a.cols - col);
	for (unsigned i = 0; i < n; i++)
		put(a, row, col + i, look, ch);
}

void area_look(struct area a, unsigned row, unsigned col, unsigned n, enum look look)
{
	if (col >= a.cols)
		return;
	n = least(n, a.cols - col);
	for (unsigned i = 0; i < n; i++) {
		struct cell *cell = cell_at(a, row, col + i);

		if (cell != NULL)
			cell->look = (uint8_t)look;
	}
}

/* -- Text ----------------------------------------------------------------------------- */

/* Where text is drawn, or only measured. */
struct pen {
	struct area a;			/* canvas NULL: measured */
	unsigned row, col;
	enum look look;
	size_t room, at;		/* columns */
	bool full;			/* something did not fit */
};

static void pen_char(struct pen *p, uint32_t ch, unsigned width)
{
	if (width > p->room - p->at) {
		p->full = true;
		return;
	}
	if (p->a.canvas != NULL) {
		unsigned col = p->col + (unsigned)p->at;

		if (ch >= 0x7f && p->a.canvas->ascii)
			area_run(p->a, p->row, col, width, p->look, '?');
		else if (width == 2)
			put_wide(p->a, p->row, col, p->look, ch);
		else
			put(p->a, p->row, col, p->look, ch);
	}
	p->at += width;
}

/* On what stands before it; a second one is not shown. */
static void pen_mark(struct pen *p, uint32_t ch)
{
	struct cell *cell;

	if (p->a.canvas == NULL || p->a.canvas->ascii)
		return;
	cell = cell_at(p->a, p->row, p->col + (unsigned)p->at - 1);
	if (cell != NULL && cell->ch == 0)
		cell--;
	if (cell != NULL && cell->mark == 0)
		cell->mark = ch;
}

static void pen_escape(struct pen *p, struct nf_bytes octets)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < octets.n; i++) {
		const char escape[] = { '\\', 'x', digits[octets.p[i] >> 4],
					digits[octets.p[i] & 15] };

		for (size_t k = 0; k < sizeof(escape) && !p->full; k++)
			pen_char(p, (uint8_t)escape[k], 1);
	}
}

/*
 * The character at AT; returns what it takes.  What has no width of its own and is no mark on
 * something that has (joiners, blanks of no width, a mark that begins the text) is shown by its
 * octets: it would be hidden, or would change what stands beside it.
 */
static size_t pen_next(struct pen *p, struct nf_bytes text, size_t at)
{
	uint32_t ch;
	size_t n = nf_safe_next(text, at, &ch);
	int width = ch >= 0x20 && ch < 0x7f ? 1 : ch != 0 ? uc_width(ch, "UTF-8") : 0;

	if (width > 0)
		pen_char(p, ch, (unsigned)width);
	else if (ch != 0 && p->at > 0 && uc_is_general_category(ch, UC_MARK))
		pen_mark(p, ch);
	else
		pen_escape(p, nf_slice(text, at, n));
	return n;
}

unsigned area_text(struct area a, unsigned row, unsigned col, unsigned max, enum look look,
		   struct nf_bytes text)
{
	struct pen p = { .a = a, .row = row, .col = col, .look = look };

	if (row >= a.rows || col >= a.cols)
		return 0;
	p.room = least(max, a.cols - col);
	for (size_t at = 0; at < text.n && !p.full; )
		at += pen_next(&p, text, at);
	if (!p.full)
		return (unsigned)p.at;
	if (p.room > 0) {
		area_run(a, row, col + (unsigned)p.at, (unsigned)(p.room - p.at), look, ' ');
		put(a, row, col + (unsigned)p.room - 1, look, a.canvas->ascii ? '>' : 0x2026);
	}
	return (unsigned)p.room;
}

unsigned area_str(struct area a, unsigned row, unsigned col, unsigned max, enum look look,
		  const char *text)
{
	return area_text(a, row, col, max, look,
			 (struct nf_bytes){ (const uint8_t *)text, strlen(text) });
}

unsigned area_text_right(struct area a, unsigned row, unsigned col, unsigned max, enum look look,
			 struct nf_bytes text)
{
	size_t width = text_width(text);

	if (col >= a.cols)
		return 0;
	max = least(max, a.cols - col);
	if (width < max)
		col += max - (unsigned)width;
	return area_text(a, row, col, max, look, text);
}

size_t text_width(struct nf_bytes text)
{
	struct pen p = { .room = SIZE_MAX };

	for (size_t at = 0; at < text.n; )
		at += pen_next(&p, text, at);
	return p.at;
}

size_t text_next(struct nf_bytes text, size_t at)
{
	uint32_t ch;

	at += nf_safe_next(text, at, &ch);
	while (at < text.n) {
		size_t n = nf_safe_next(text, at, &ch);

		if (ch == 0 || uc_width(ch, "UTF-8") != 0 || !uc_is_general_category(ch, UC_MARK))
			break;
		at += n;
	}
	return at;
}

size_t text_fit(struct nf_bytes text, size_t max)
{
	struct pen p = { .room = max };
	size_t at = 0;

	while (at < text.n) {
		size_t n = pen_next(&p, text, at);

		if (p.full)
			break;
		at += n;
	}
	return at;
}

/* -- Lines and bars ------------------------------------------------------------------- */

/* The corners from the upper left on, by rows, then what goes across and down. */
void area_rule(struct area a, unsigned row, bool focus, const char *title)
{
	enum look look = focus ? LOOK_head : LOOK_faint;

	area_run(a, row, 0, a.cols, look, a.canvas->ascii ? '-' : 0x2500);
	if (a.cols > 5)
		area_run(a, row, 3 + area_str(a, row, 3, a.cols - 5, look, title), 1, look, ' ');
	area_run(a, row, 2, 1, look, ' ');
}

struct area area_box(struct area a, enum look look, const char *title)
{
	static const uint32_t lines[2][6] = {
		{ 0x250c, 0x2510, 0x2514, 0x2518, 0x2500, 0x2502 },
		{ '+', '+', '+', '+', '-', '|' },
	};
	const uint32_t *line = lines[a.canvas->ascii];
	unsigned last_row = a.rows - 1, last_col = a.cols - 1;

	if (a.rows < 2 || a.cols < 2)
		return area_in(a, 0, 0, 0, 0);
	area_run(a, 0, 1, a.cols - 2, look, line[4]);
	area_run(a, last_row, 1, a.cols - 2, look, line[4]);
	for (unsigned row = 1; row < last_row; row++) {
		put(a, row, 0, look, line[5]);
		put(a, row, last_col, look, line[5]);
	}
	put(a, 0, 0, look, line[0]);
	put(a, 0, last_col, look, line[1]);
	put(a, last_row, 0, look, line[2]);
	put(a, last_row, last_col, look, line[3]);
	if (title != NULL && *title != '\0' && a.cols > 6) {
		unsigned n = area_str(a, 0, 3, a.cols - 6, look, title);

		put(a, 0, 2, look, ' ');
		put(a, 0, 3 + n, look, ' ');
	}
	return area_in(a, 1, 1, a.rows - 2, a.cols - 2);
}

void area_bar(struct area a, unsigned row, unsigned col, unsigned max, unsigned eighths,
	      enum look look)
{
	bool ascii = a.canvas->ascii;
	unsigned whole = least(eighths / 8, max), part = whole < max ? eighths % 8 : 0;

	area_run(a, row, col, whole, look, ascii ? '#' : 0x2588);
	if (part == 0 || (ascii && part < 4))
		return;
	area_run(a, row, col + whole, 1, look, ascii ? '-' : 0x2590 - part);
}

void area_level(struct area a, unsigned row, unsigned col, unsigned eighths, enum look look)
{
	static const char levels[] = " .:-=+*#@";

	eighths = least(eighths, 8);
	if (a.canvas->ascii || eighths == 0)
		area_run(a, row, col, 1, look, (uint8_t)levels[eighths]);
	else
		area_run(a, row, col, 1, look, 0x2580 + eighths);
}
