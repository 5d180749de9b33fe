/*
 * A line that is edited: the filter, the command line, what is searched for.
 *
 *	Left Right Home End C-a C-e	the cursor
 *	Backspace Delete C-w C-u C-k	octets, the word before, all before, all behind
 *	Up Down				what was entered before
 *	C-p C-n				the same
 *	C-r				choose among it (the caller's overlay)
 *	Tab S-Tab			completion: see struct edit_ops
 *	Enter, Esc C-c			the end
 */
#ifndef TUI_EDIT_H
#define TUI_EDIT_H

#include "base/strbuf.h"
#include "tui/canvas.h"
#include "tui/keys.h"

enum { EDIT_HISTORY = 64, EDIT_MAX = 4096 };

/* What was entered before, the last one first. */
struct edit_history {
	char *v[EDIT_HISTORY];
	unsigned n;
};

/* Keeps a copy, once: what was there moves to the front.  Memory out: it is not kept. */
void edit_remember(struct edit_history *h, const char *text);
void edit_history_done(struct edit_history *h);

struct edit_ops {
	/*
	 * Completions of the word that ends at AT in TEXT: calls FOUND for each, which copies it;
	 * *FROM, AT before, is where the word begins.  May be NULL.  The first Tab types what
	 * all have in common, or else the first; the next ones go through them.
	 */
	void (*complete)(void *ctx, const char *text, size_t at, size_t *from,
			 void (*found)(void *to, const char *word), void *to);
};

struct edit {
	struct nf_strbuf text;
	size_t at;			/* of the cursor; on a character's first octet */
	size_t left;			/* octets that have scrolled out */
	struct edit_history *history;	/* borrowed; may be NULL */
	int entry;			/* of the history that is shown, -1: none */
	char *kept;			/* what was typed before it was */
	const struct edit_ops *ops;
	void *ctx;
	/* of the completion that Tab goes through */
	char **words;
	unsigned nwords, word;		/* nwords: none of them yet */
	size_t words_cap;
	size_t from;
};

enum edit_got {
	EDIT_GOES_ON,			/* the text may have changed */
	EDIT_ENTERED,
	EDIT_CANCELLED,
	EDIT_CHOOSES,			/* C-r */
	EDIT_NOT_MINE,
};

/* TEXT is copied; the cursor stands behind it.  False if memory is out. */
bool edit_open(struct edit *e, const char *text, struct edit_history *history,
	       const struct edit_ops *ops, void *ctx);
void edit_close(struct edit *e);

enum edit_got edit_key(struct edit *e, const struct key *k);

/* Valid until the next key. */
const char *edit_text(struct edit *e);

/* Row 0 of A: LABEL, the text, and the cursor; below it, as far as A has rows, completions. */
void edit_draw(struct edit *e, struct area a, const char *label, enum look look);

#endif
