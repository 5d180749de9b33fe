/*
 * A pane of text that is only read: lines, each in a look, wrapped at words and scrolled.
 */
#ifndef TUI_PAGER_H
#define TUI_PAGER_H

#include "base/strbuf.h"
#include "tui/action.h"
#include "tui/canvas.h"

struct pager_line {
	size_t end;			/* of its text */
	uint8_t look;			/* enum look */
	uint8_t indent;			/* of what is wrapped */
};

struct pager {
	struct nf_strbuf text;
	struct pager_line *lines;
	size_t n, cap;
	unsigned top, rows, page;	/* first row shown, all of them, those shown: as drawn */
};

void pager_init(struct pager *p);
void pager_done(struct pager *p);

/* Begin anew, at the top. */
void pager_clear(struct pager *p);

/* A line of TEXT, without its end.  Memory out: it is missing. */
void pager_add(struct pager *p, enum look look, unsigned indent, struct nf_bytes text);

/* "label     text", the text wrapped below itself; nothing where TEXT is NULL or "". */
void pager_field(struct pager *p, const char *label, const char *text);

/* Scrolling; false where the action is none. */
bool pager_act(struct pager *p, enum action a);

void pager_draw(struct pager *p, struct area a);

#endif
