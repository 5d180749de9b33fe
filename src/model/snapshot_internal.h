/*
 * What the files of snapshot.h share: a part of the text, of a domain or of all.
 */
#ifndef MODEL_SNAPSHOT_INTERNAL_H
#define MODEL_SNAPSHOT_INTERNAL_H

#include "model/expect_internal.h"
#include "model/snapshot.h"

struct snapshot_part {
	const struct snapshot *snapshot;
	const struct meaning *m;
	struct nf_strbuf *s;
	int32_t domain;			/* MEANING_NONE: all domains */
	struct expect_line line;	/* of a section like it, for expect_totals_of */
};

static inline bool snapshot_is_of(const struct snapshot_part *p, int32_t domain)
{
	return p->domain == MEANING_NONE || p->domain == domain;
}

/* A comment above what follows. */
static inline void snapshot_heading(const struct snapshot_part *p, const char *text)
{
	nf_sb_printf(p->s, "\n# %s\n", text);
}

void snapshot_flows(const struct snapshot_part *p);
/* False if memory is out. */
bool snapshot_options(const struct snapshot_part *p);

#endif
