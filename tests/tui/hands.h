/*
 * The browser on a terminal without one, whose keys a function gives, and whose screen can be
 * read: for tests that decide what to type by what they see.
 */
#ifndef TESTS_TUI_HANDS_H
#define TESTS_TUI_HANDS_H

#include "ie/ie.h"
#include "tui/term.h"

struct hands {
	/*
	 * The next key to *K; KEY_RESIZE after having set rows and cols, KEY_HANGUP to end.  IDLE:
	 * the browser has nothing left to do.  False: none yet; to be asked again, never if IDLE.
	 */
	bool (*next)(struct hands *h, struct key *k, bool idle);
	void *ctx;
	unsigned rows, cols;		/* 0: 24 by 80 */
	struct nf_strbuf screen;	/* a line each row, as it was shown last */
	unsigned long shown;		/* how often */
};

void hands_init(struct hands *h);
void hands_done(struct hands *h);

/* Until the browser ends; -1 and *ERR as browser_run. */
int hands_browse(struct hands *h, const char *const *files, size_t n, struct nf_err *err);

/* The last line of the screen; the blanks at its end are no part of it. */
struct nf_bytes hands_last_line(struct hands *h);

/*
 * False if what is shown could do harm or is damaged: something that is no character that can be
 * seen, or another number of lines than there are rows.
 */
bool hands_screen_sound(struct hands *h);

#endif
