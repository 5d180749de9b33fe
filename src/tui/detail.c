#include <config.h>

#include "tui/detail.h"

#include <string.h>

enum { SHORT = 12 };		/* rows below which one pane is shown alone */

void detail_init(struct detail *d)
{
	pager_init(&d->pager);
	nf_strbuf_init(&d->title);
}

void detail_done(struct detail *d)
{
	pager_done(&d->pager);
	nf_strbuf_done(&d->title);
}

/* -- Drawing ---------------------------------------------------------------------------- */

static void stand_beside(struct detail *d, struct area a)
{
	unsigned cols = a.cols * 2 / 5;

	d->list = area_in(a, 0, 0, a.rows, a.cols - cols - 1);
	d->text = area_in(a, 1, a.cols - cols, a.rows - 1, cols);
}

static void stand_below(struct detail *d, struct area a)
{
	unsigned rows = d->most != 0 && a.rows / 2 > d->most ? d->most : a.rows / 2;

	d->list = area_in(a, 0, 0, a.rows - rows, a.cols);
	d->text = area_in(a, a.rows - rows + 1, 0, rows - 1, a.cols);
}

void detail_resume(struct detail *d, const struct detail *was)
{
	d->pane = was->pane;
	d->zoom = was->zoom;
	grid_resume(&d->grid, &was->grid);
}

void detail_lay_out(struct detail *d, struct area a)
{
	d->list = d->text = (struct area){ .canvas = a.canvas };
	if (d->pane && a.rows > 1 && (d->zoom || a.rows < SHORT))
		d->text = area_in(a, 1, 0, a.rows - 1, a.cols);
	else if (d->zoom || a.rows < SHORT)
		d->list = a;
	else if (d->beside)
		stand_beside(d, a);
	else
		stand_below(d, a);
}

static void draw_rule(struct detail *d, struct area a)
{
	unsigned n = d->note != NULL ? (unsigned)strlen(d->note) + 2 : 0;

	area_rule(a, 0, d->pane, nf_strbuf_cstr(&d->title));
	if (n == 0 || n >= a.cols)
		return;
	area_run(a, 0, a.cols - n, n, LOOK_warning, ' ');
	area_str(a, 0, a.cols - n + 1, n - 2, LOOK_warning, d->note);
}

void detail_draw(struct detail *d, struct area a)
{
	if (d->list.rows > 0)
		grid_draw(&d->grid, d->list, !d->pane);
	if (d->text.rows == 0 || d->grid.ops->count(d->grid.ctx) == 0)
		return;
	draw_rule(d, area_in(a, d->text.row - a.row - 1, d->text.col - a.col, 1, d->text.cols));
	pager_draw(&d->pager, d->text);
}

/* -- Actions ------------------------------------------------------------------------------ */

static bool close_pane(struct detail *d)
{
	if (!d->zoom && !d->pane)
		return false;
	if (d->zoom)
		d->zoom = false;
	else
		d->pane = false;
	return true;
}

bool detail_act(struct detail *d, enum action a)
{
	switch (a) {
	case ACTION_next_pane:
	case ACTION_prev_pane: d->pane = !d->pane; return true;
	case ACTION_zoom: d->zoom = !d->zoom; return true;
	case ACTION_layout: d->beside = !d->beside; return true;
	case ACTION_close: return close_pane(d);
	case ACTION_left:
	case ACTION_right: return d->pane || grid_act(&d->grid, a);
	default: return d->pane ? pager_act(&d->pager, a) : grid_act(&d->grid, a);
	}
}

static bool inside(struct area a, const struct key *k)
{
	return k->row >= a.row && k->row < a.row + a.rows && k->col >= a.col &&
	       k->col < a.col + a.cols;
}

bool detail_mouse(struct detail *d, const struct key *k)
{
	bool wheel = k->button == MOUSE_UP || k->button == MOUSE_DOWN, same;

	if (!inside(d->text, k) && !inside(d->list, k))
		return false;
	d->pane = inside(d->text, k);
	if (wheel)
		detail_act(d, k->button == MOUSE_UP ? ACTION_up : ACTION_down);
	else if (!d->pane && grid_click(&d->grid, d->list, k->row, k->col, &same))
		return k->button == MOUSE_DOUBLE;
	return false;
}
