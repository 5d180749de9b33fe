/*
 * What `nfpcap stats` shows: text or one JSON object.
 */
#ifndef OUT_TOTALS_H
#define OUT_TOTALS_H

#include "base/strbuf.h"
#include "capture/source.h"
#include "model/stats.h"

struct totals {
	const struct stats *stats;
	const struct nf_tracker_counts *tracker;
	const struct capture_counts *capture;
	const char *const *files;
	size_t nfiles;
};

void totals_text(struct nf_strbuf *s, const struct totals *t);
void totals_json(struct nf_strbuf *s, const struct totals *t);

/* Members of a JSON object, a comma before each of them. */
void totals_members(struct nf_strbuf *s, const struct stats_version *v);

#endif
