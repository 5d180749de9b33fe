/*
 * Terminals: keys in, a canvas out.  One is a real one (term_curses.c), one reads a script and
 * prints screens (term_script.c).
 *
 *	if (term_open(&term, &term_curses, &opts, &err) < 0) ...
 *	while (term_key(&term, &key, wait_ms)) ...
 *	term_show(&term, &canvas);
 *	term_close(&term);
 */
#ifndef TUI_TERM_H
#define TUI_TERM_H

#include <stdio.h>

#include "base/err.h"
#include "tui/canvas.h"
#include "tui/keys.h"

enum term_color { TERM_COLOR_AUTO, TERM_COLOR_MONO, TERM_COLOR_8, TERM_COLOR_16, TERM_COLOR_256 };

struct term_opts {
	uint8_t color;			/* enum term_color */
	bool ascii;			/* even where the locale says UTF-8 */
	bool mouse;
	/* term_script: what is typed, where screens go, and how large they are */
	const char *script;
	FILE *out;
	unsigned rows, cols;
	/* called before the terminal is left for good by a signal; may be NULL */
	void (*ended)(void *ctx);
	void *ctx;
};

struct term;

struct term_ops {
	/* -1 and *ERR: no terminal, or one that cannot place its cursor. */
	int (*open)(struct term *t, struct nf_err *err);
	void (*close)(struct term *t);
	/* What is there, or comes within WAIT_MS (0: do not wait, -1: wait). */
	bool (*key)(struct term *t, struct key *k, int wait_ms);
	void (*show)(struct term *t, const struct canvas *c);
	/* All of it anew: the terminal may show something else. */
	void (*redraw)(struct term *t);
	void (*bell)(struct term *t);
	/* To the clipboard (OSC 52), where the terminal has one. */
	void (*copy)(struct term *t, struct nf_bytes text);
	/* Stop the program as C-z does; back when it goes on. */
	void (*suspend)(struct term *t);
};

struct term {
	const struct term_ops *ops;
	struct term_opts opts;
	unsigned rows, cols;		/* as of the last key; KEY_RESIZE says when they change */
	bool ascii;			/* nothing beyond ASCII can be shown */
	void *own;
};

extern const struct term_ops term_curses, term_script;

/* "ncurses 6.4.20221231", as --version says it. */
const char *term_library(void);

/* -1 and *ERR where there is no terminal, or one that cannot be used. */
int term_open(struct term *t, const struct term_ops *ops, const struct term_opts *opts,
	      struct nf_err *err);
void term_close(struct term *t);

/* See struct term_ops.  Where no key comes *K is KEY_NONE. */
bool term_key(struct term *t, struct key *k, int wait_ms);
void term_show(struct term *t, const struct canvas *c);
void term_redraw(struct term *t);
void term_bell(struct term *t);
void term_copy(struct term *t, struct nf_bytes text);
void term_suspend(struct term *t);

#endif
