/*
 * A capture, or several read as one, gathered into a meaning (model/meaning.h), what the checker
 * finds in it among the facts: what `diff`, `expect` and `snapshot` begin with.
 *
 *	struct gathering g;
 *
 *	if (gathering_open(&g, cli, &opts) == 0) {
 *		gathering_read(&g);
 *		if (gathering_worth(&g) && gathering_end(&g))
 *			... g.meaning, g.reading.check ...
 *	}
 *	gathering_done(&g);
 *	code = reading_close(&g.reading);
 */
#ifndef MAIN_GATHERING_H
#define MAIN_GATHERING_H

#include "check/check.h"
#include "main/reading.h"
#include "model/meaning.h"

struct gathering {
	struct reading reading;		/* with a checker */
	const struct cli *cli;		/* borrowed */
	struct meaning *meaning;
};

struct gathering_opts {
	const char *keys;		/* of flows; NULL: those of a meaning */
	bool strict, one_icmp;		/* see struct meaning_opts */
	const struct meaning_watch *watch;	/* borrowed; may be NULL */
	struct meaning *like;		/* the same: see struct meaning_opts */
};

/* -1: what is wrong was said; gathering_done and reading_close are called all the same. */
int gathering_open(struct gathering *g, const struct cli *cli, const struct gathering_opts *opts);
void gathering_done(struct gathering *g);

/* To the end of the input. */
void gathering_read(struct gathering *g);

/* Was anything read, and nothing failed, so that there is something to judge? */
bool gathering_worth(const struct gathering *g);

/* All that is known at the end.  False if memory was out, which is not said. */
bool gathering_end(struct gathering *g);

/* What was left out, on standard error: behind "NAME: ", NAME being "" for one input alone. */
void gathering_remarks(struct gathering *g, const char *name, const char *left_out);

#endif
