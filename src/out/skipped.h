/*
 * What was read and not shown, and why: payloads that are no flow export, frames that were not
 * handed on, frames that a capture filter or the capture itself kept out.
 */
#ifndef OUT_SKIPPED_H
#define OUT_SKIPPED_H

#include "capture/source.h"
#include "track/tracker.h"

struct skipped {
	const struct nf_tracker_counts *tracker;	/* NULL: nothing was looked for in it */
	const struct capture_counts *capture;
	unsigned at;			/* the next reason to look at; begins at 0 */
	/* the one found: how many, and what they are: for nf_sb_forms */
	uint64_t count;
	const char *text;
};

/* The next reason that there is a count of; false behind the last. */
bool skipped_next(struct skipped *s);

#endif
