/*
 * What was sent to us and is lost, and who was turned away: said when it first happens, and in all
 * at the end.
 */
#ifndef MAIN_DROPS_H
#define MAIN_DROPS_H

#include "capture/live.h"
#include "capture/source.h"
#include "main/report.h"

struct drops {
	bool said, crowded;
};

/* To be called now and then; it costs a comparison. */
static inline bool drops_are_news(const struct drops *d, const struct source *s)
{
	const struct live_counts *c = source_live_counts(s);

	return (!d->said && source_counts(s)->capture_drops != 0) ||
	       (!d->crowded && c != NULL && c->refused != 0);
}

/* The first ones of a source that is live. */
void drops_begin(struct drops *d, const struct source *s, struct report *report);

/* All of them. */
void drops_end(const struct drops *d, const struct source *s, struct report *report);

#endif
