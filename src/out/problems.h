/*
 * The problems of one message, in the order in which they were found.
 */
#ifndef OUT_PROBLEMS_H
#define OUT_PROBLEMS_H

#include "wire/wire.h"

struct problems {
	struct nf_problem *v;
	size_t n, cap;
	/* for a format that shows them where they stand: see problems_take */
	size_t shown;
	bool failed;		/* memory was out: some are missing */
};

void problems_done(struct problems *p);
void problems_clear(struct problems *p);

/* A sink's report function; CTX is the struct problems. */
void problems_report(void *ctx, const struct nf_problem *problem);

/*
 * The next one that was not taken yet and begins inside SPAN, or NULL; it is none of the HELD last
 * ones.  Taken ones move to the front, so the order of the rest stays.
 */
const struct nf_problem *problems_take(struct problems *p, struct nf_span span, size_t held);

/* "error", "warning", "note". */
const char *problems_severity(uint8_t severity);

#endif
