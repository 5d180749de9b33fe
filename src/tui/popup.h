/*
 * Something over the screen: a box with a title and rows, one of which may be chosen.  Help,
 * menus, histories, columns to be ticked, elements, the explanation of a rule.
 *
 *	j k Up Down C-n C-p		a row
 *	PgDn PgUp C-f C-b C-d C-u	a page, half of one
 *	gg G Home End			the first, the last
 *	Space				ticks a row that has a box; a page, where there is no choice
 *	a key of a row			chooses it
 *	/				a search: only the rows that have what is typed
 *	Enter				chooses; in the search line too, but where rows have boxes
 *	Esc q C-c			the search is off; without one, the popup is closed
 *	the mouse			a row; twice: chooses it; the wheel: three rows
 *
 * Rows are either its own (popup_add: wrapped where the screen is narrow) or the caller's
 * (struct popup_ops: fetched as they are shown, and cut).
 */
#ifndef TUI_POPUP_H
#define TUI_POPUP_H

#include "base/strbuf.h"
#include "tui/canvas.h"
#include "tui/edit.h"
#include "tui/keys.h"

enum popup_kind {
	POPUP_TEXT,			/* is only read */
	POPUP_CHOICE,
	POPUP_OFF, POPUP_ON,		/* a choice with a box: [ ], [x] */
};

/* What a row is besides its text. */
struct popup_row {
	uint8_t look;			/* enum look */
	uint8_t kind;			/* enum popup_kind */
	uint32_t key;			/* of a menu: chooses it at once; 0: none */
	unsigned indent;		/* where lines after the first begin, when it is wrapped */
};

struct popup_ops {
	size_t (*rows)(void *ctx);
	/* Appends row N's text to S and says what it is: ROW is LOOK_text, POPUP_CHOICE before. */
	void (*row)(void *ctx, size_t n, struct nf_strbuf *s, struct popup_row *row);
	/* Space on a row with a box; may be NULL where there are none. */
	void (*tick)(void *ctx, size_t n);
};

/* A line of the box: the part of a row that stands there. */
struct popup_line {
	size_t row;
	size_t from, n;			/* octets of its text */
	uint32_t key;
	bool choice;
};

struct popup {
	const char *title;		/* borrowed */
	const struct popup_ops *ops;	/* NULL: its own rows */
	void *ctx;
	/* its own rows: row N's text ends where ends[N] says */
	struct nf_strbuf text;
	struct popup_row *own;
	size_t *ends;
	size_t nown, own_cap, ends_cap;
	struct nf_strbuf scratch;	/* a row of the caller's */
	/* what is searched for, and the lines that are left */
	struct edit search;
	bool searching;			/* its line is shown */
	struct popup_line *lines;
	size_t nlines, lines_cap;
	bool stale, unmeasured;		/* lines, measures are to be made anew */
	size_t width;			/* that lines are made for */
	size_t natural;			/* columns of the widest row */
	size_t height;			/* lines without a search */
	unsigned key_width;		/* of a menu's keys */
	bool choices;			/* some line is one */
	size_t top;			/* the first line shown */
	size_t current;			/* the row chosen; SIZE_MAX: none can be */
	struct area shown;		/* where lines were drawn last */
	bool g;				/* the first of gg came */
};

/*
 * Empty, its search line open or not.  TITLE, OPS and CTX are borrowed; OPS NULL: see popup_add.
 * False if memory is out.
 */
bool popup_open(struct popup *p, const char *title, const struct popup_ops *ops, void *ctx,
		bool searching);
void popup_close(struct popup *p);

/* A row of its own, TEXT copied.  False if memory is out: the row is then missing. */
bool popup_add(struct popup *p, const struct popup_row *row, struct nf_bytes text);

/* Each line of TEXT as a row of POPUP_TEXT. */
void popup_add_text(struct popup *p, enum look look, struct nf_bytes text);

/* ROW is the one chosen, if it can be: where a list opens. */
void popup_go(struct popup *p, size_t row);

/* Rows have changed. */
void popup_changed(struct popup *p);

enum popup_got {
	POPUP_GOES_ON,
	POPUP_CHOSEN,			/* see popup_current */
	POPUP_TICKED,			/* see popup_current; its own rows are ticked already */
	POPUP_CLOSED,
};

enum popup_got popup_key(struct popup *p, const struct key *k);

/* The row chosen; SIZE_MAX where none can be. */
size_t popup_current(struct popup *p);

/* Whether its own row N is ticked. */
bool popup_ticked(const struct popup *p, size_t n);

/* Over C, in its middle, as large as the rows need and C has. */
void popup_draw(struct popup *p, struct canvas *c);

#endif
