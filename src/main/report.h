/*
 * Messages to standard error, and what they make of the exit code.
 */
#ifndef MAIN_REPORT_H
#define MAIN_REPORT_H

#include <stdbool.h>

#include "base/err.h"

struct writer;

/* What a run came to, the worst first: a later one never hides an earlier one. */
enum report_state {
	REPORT_FAILED,		/* 2: usage, or the environment */
	REPORT_DAMAGED,		/* 3: an input ended in damage */
	REPORT_NO,		/* 1: done, and the answer is no */
	REPORT_FINE,		/* 0 */
};

struct report {
	enum report_state state;
	bool accept_cut;	/* damage is fine */
	bool damaged;		/* there was some, be it fine or not */
	/* flushed before a message, so that both come in order; may be NULL */
	struct writer *writer;
	/* called before that, to bring the output up to what was read; may be NULL */
	void (*before)(void *ctx);
	void *ctx;
	bool silent;		/* it has been said elsewhere */
};

/* "nfpcap: TEXT", and its kind counts. */
void report_err(struct report *r, const struct nf_err *err);

/* A message that changes no exit code.  Control characters of file names are made visible. */
void report_note(struct report *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* What was read so far is written; false where writing is of no use any more. */
bool report_flush(struct report *r);

int report_code(const struct report *r);

#endif
