/*
 * What `nfpcap exporters` shows: a tree in text, or an object each in JSON.
 */
#ifndef OUT_EXPORTERS_H
#define OUT_EXPORTERS_H

#include "base/strbuf.h"
#include "model/exporters.h"

struct exporters_view {
	const struct exporters *exporters;	/* settled */
	const char *const *files;
	size_t nfiles;
	uint64_t drops;			/* packets that the capturing machine dropped */
	/* Called between lines: what stands in the text may be taken.  False: no more is wanted. */
	bool (*step)(void *ctx);	/* or NULL */
	void *ctx;
	unsigned width;			/* text: columns; 0: lines may be as long as they are */
	bool all;			/* text: more than 16 sessions of an exporter, too */
};

static inline bool exporters_step(const struct exporters_view *v)
{
	return v->step == NULL || v->step(v->ctx);
}

void exporters_text(struct nf_strbuf *s, const struct exporters_view *v);
void exporters_json(struct nf_strbuf *s, const struct exporters_view *v);

#endif
