/*
 * The screen as a grid of cells: what screens draw on, and what terminals show.
 *
 * All text comes through area_text, which makes control characters, escape sequences and
 * ill-formed UTF-8 visible: nothing of a capture reaches the terminal as it is.  Drawing outside
 * of the grid, or of an area, is cut off, so that no screen needs to ask how large it is before.
 */
#ifndef TUI_CANVAS_H
#define TUI_CANVAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/strbuf.h"

/* What a cell is; see looks.def. */
enum look {
#define LOOK(name, ...) LOOK_##name,
#include "tui/looks.def"
#undef LOOK
	LOOKS
};

/* A column of a row.  The right half of a wide character has ch 0. */
struct cell {
	uint32_t ch;			/* Unicode; never a control character */
	uint32_t mark;			/* a combining character on it, or 0 */
	uint8_t look;			/* enum look */
};

struct canvas {
	struct cell *cells;		/* row by row */
	unsigned rows, cols;
	bool ascii;			/* nothing beyond ASCII: '?' for such columns of a text */
	/* where the cursor stands; visible only in a line that is edited */
	unsigned cursor_row, cursor_col;
	bool cursor;
};

/* A part of it.  Rows and columns of drawing count from its corner. */
struct area {
	struct canvas *canvas;
	unsigned row, col, rows, cols;
};

/* Begin empty.  False if memory is out; the canvas is then as it was. */
bool canvas_size(struct canvas *c, unsigned rows, unsigned cols);
void canvas_done(struct canvas *c);

/* All of it in LOOK_text, no cursor. */
void canvas_clear(struct canvas *c);

struct area canvas_area(struct canvas *c);

/* Its rows as text, blanks at their ends left out. */
void canvas_print(const struct canvas *c, struct nf_strbuf *s);

/*
 * "ROW LETTERS" for each row that has looks besides LOOK_text, LETTERS being those of looks.def,
 * LOOK_text at the end left out.
 */
void canvas_print_looks(const struct canvas *c, struct nf_strbuf *s);

/* ROWS by COLS at ROW, COL of A, as far as it reaches. */
struct area area_in(struct area a, unsigned row, unsigned col, unsigned rows, unsigned cols);

/* The whole of it blank, in LOOK. */
void area_fill(struct area a, enum look look);

/*
 * TEXT at ROW, COL, no further than MAX columns; returns the columns that it took.  Where it does
 * not fit, its last column is an ellipsis ('>' in ASCII).
 */
unsigned area_text(struct area a, unsigned row, unsigned col, unsigned max, enum look look,
		   struct nf_bytes text);
unsigned area_str(struct area a, unsigned row, unsigned col, unsigned max, enum look look,
		  const char *text);

/* The same, its end at column COL + MAX. */
unsigned area_text_right(struct area a, unsigned row, unsigned col, unsigned max, enum look look,
			 struct nf_bytes text);

/* N times CH, which takes one column. */
void area_run(struct area a, unsigned row, unsigned col, unsigned n, enum look look, uint32_t ch);

/* What stands there in another look. */
void area_look(struct area a, unsigned row, unsigned col, unsigned n, enum look look);

/* A line from side to side with TITLE in it; FOCUS: what is below it has the keys. */
void area_rule(struct area a, unsigned row, bool focus, const char *title);

/* A frame around A, TITLE in its upper side (NULL: none); returns what is inside. */
struct area area_box(struct area a, enum look look, const char *title);

/* A bar that fills EIGHTHS eighths of a column each: finer in UTF-8 than in ASCII. */
void area_bar(struct area a, unsigned row, unsigned col, unsigned max, unsigned eighths,
	      enum look look);

/* One column that is filled from below up to EIGHTHS, 0 to 8: a point of a sparkline. */
void area_level(struct area a, unsigned row, unsigned col, unsigned eighths, enum look look);

/* Columns that TEXT takes when area_text shows it. */
size_t text_width(struct nf_bytes text);

/* Where the character at AT of TEXT ends, with what combines with it. */
size_t text_next(struct nf_bytes text, size_t at);

/* How many octets of TEXT fit into MAX columns; whole characters with what combines with them. */
size_t text_fit(struct nf_bytes text, size_t max);

#endif
