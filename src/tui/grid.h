/*
 * Rows in columns, one of them selected: what most screens are.
 *
 * A grid keeps where it is, not what it shows: rows come from struct grid_ops when they are drawn,
 * so that a hundred million of them cost nothing.
 */
#ifndef TUI_GRID_H
#define TUI_GRID_H

#include "base/strbuf.h"
#include "tui/action.h"
#include "tui/canvas.h"

struct grid_column {
	const char *title;
	unsigned width;			/* the last one takes what is left, if it is text */
	bool right;			/* numbers */
	bool keeps;			/* stays where it is when others scroll */
	unsigned wide;			/* shown on screens of so many columns; 0: always */
};

struct grid_ops {
	uint64_t (*count)(void *ctx);
	/* The text of a cell, without its padding. */
	void (*cell)(void *ctx, uint64_t row, unsigned column, struct nf_strbuf *s);
	/* How the row looks; NULL: as text. */
	enum look (*look)(void *ctx, uint64_t row);
	/* True for a row that is tagged; NULL: none is. */
	bool (*tagged)(void *ctx, uint64_t row);
};

struct grid {
	const struct grid_ops *ops;
	void *ctx;
	const struct grid_column *columns;	/* borrowed */
	unsigned ncolumns;
	uint64_t at, top;		/* the selected row, and the first one shown */
	unsigned column, left;		/* the selected column, and the first that scrolls */
	unsigned page, cols;		/* rows, and columns of the screen, that were shown last */
	bool cells;			/* a column is selected, too */
	bool follows;			/* stay at the last row as rows come */
	const char *sorted;		/* a sign behind the title of `sort_column`; NULL: none */
	unsigned sort_column;
	const char *empty;		/* what stands where there are no rows */
};

/* True if the action moves in grids; the grid has then moved. */
bool grid_act(struct grid *g, enum action a);

/* G has the column and the order that WAS had, of the same columns. */
void grid_resume(struct grid *g, const struct grid *was);

/* Select ROW, and show it: in the middle, where it was out of sight. */
void grid_go(struct grid *g, uint64_t row);

/* Titles and rows.  FOCUS: keys go here. */
void grid_draw(struct grid *g, struct area a, bool focus);

/* A click there; false beside the rows.  *SAME: on the row that was selected. */
bool grid_click(struct grid *g, struct area a, unsigned row, unsigned col, bool *same);

/* The row as text, for copying and searching: cells with two blanks between. */
void grid_row_text(const struct grid *g, uint64_t row, struct nf_strbuf *s);

#endif
