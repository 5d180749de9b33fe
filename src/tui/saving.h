/*
 * What is shown, written to a file: in steps, so that keys do not wait.
 *
 * Lines of a grid as text, CSV or JSON; messages as a capture that decodes by itself
 * (model/slice.h).  Where lines are tagged these alone are written.
 *
 * A file is written beside its name and takes it when it is whole: what was there before stays
 * until then, and nothing stays of what was stopped.
 */
#ifndef TUI_SAVING_H
#define TUI_SAVING_H

#include "tui/app.h"

struct saving;
struct writing;

/* One way of writing.  Rows in saving.c. */
struct saving_format {
	const char *label;
	uint32_t key;			/* in the menu */
	const char *suffix;		/* ".csv" */
	const struct writing *writing;	/* of lines; NULL: a capture */
};

extern const struct saving_format saving_formats[];	/* label NULL ends it */

/* Lines that are tagged on the current screen; 0: all that is shown is saved. */
uint64_t saving_tagged(struct app *app);

/* NULL and *ERR where nothing can be written there. */
struct saving *saving_new(struct app *app, const struct saving_format *format, const char *path,
			  struct nf_err *err);

/* Some 2 ms of it: true while there is more.  At the end, or where it fails, it has been said. */
bool saving_step(struct saving *s);

/* Of 0 to 1. */
double saving_progress(const struct saving *s);

/* Where it was not through, nothing is left of it. */
void saving_free(struct saving *s);

#endif
