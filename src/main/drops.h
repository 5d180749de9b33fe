/*
 * What was sent to us and is lost: said when it first happens, and in all at the end.
 */
#ifndef MAIN_DROPS_H
#define MAIN_DROPS_H

#include "capture/source.h"
#include "main/report.h"

struct drops {
	bool said;
};

/* To be called now and then; it costs a comparison. */
static inline bool drops_are_news(const struct drops *d, const struct source *s)
{
	return !d->said && source_counts(s)->capture_drops != 0;
}

/* The first ones of a source that is live. */
void drops_begin(struct drops *d, const struct source *s, struct report *report);

/* All of them. */
void drops_end(const struct drops *d, const struct source *s, struct report *report);

#endif
