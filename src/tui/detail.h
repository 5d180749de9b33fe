/*
 * A list and the text of its selected row, below it or beside it: what several screens are.
 */
#ifndef TUI_DETAIL_H
#define TUI_DETAIL_H

#include "tui/grid.h"
#include "tui/pager.h"

struct detail {
	struct grid grid;
	struct pager pager;
	struct nf_strbuf title;		/* of the text's rule */
	const char *note;		/* at its right end; NULL: none */
	unsigned most;			/* rows of the text below; 0: up to half */
	bool pane;			/* keys go to the text */
	bool zoom;			/* that one alone is shown */
	bool beside;			/* the text stands beside the list */
	struct area list, text;		/* as laid out last; of no rows: not shown */
};

void detail_init(struct detail *d);
void detail_done(struct detail *d);

/* D, of the same list anew, is looked at as WAS is. */
void detail_resume(struct detail *d, const struct detail *was);

/* Where both stand in A; then, the text made for that width, both are drawn. */
void detail_lay_out(struct detail *d, struct area a);
void detail_draw(struct detail *d, struct area a);

/* Panes and moving in them; false where the action is none of that. */
bool detail_act(struct detail *d, enum action a);

/* A click or the wheel; true: a row was chosen by it, as by Enter. */
bool detail_mouse(struct detail *d, const struct key *k);

#endif
