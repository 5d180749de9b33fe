/*
 * What `nfpcap stats --interval` shows below the totals: a row an interval, with a bar in text.
 */
#ifndef OUT_INTERVALS_H
#define OUT_INTERVALS_H

#include "base/strbuf.h"
#include "model/intervals.h"

struct intervals_view {
	const struct intervals *intervals;
	unsigned width;			/* columns; 0: not a terminal, as for 100 */
	bool utf8;			/* bars of blocks in eighths, else of # */
};

void intervals_text(struct nf_strbuf *s, const struct intervals_view *v);

/* An object for each interval in which there was something. */
void intervals_json(struct nf_strbuf *s, const struct intervals_view *v);

#endif
