/*
 * What a capture says, as the text of expectations that it meets (model/expect.h), and that a
 * second run of the same exporters over the same traffic should meet, too.
 *
 *	struct snapshot s;
 *
 *	snapshot_init(&s, &opts, registry, &err)
 *	watch = snapshot_watch(&s);
 *	... a meaning is gathered, of the keys SNAPSHOT_KEYS, with that watch ...
 *	snapshot_text(&s, meaning, &text)
 *	snapshot_done(&s);
 */
#ifndef MODEL_SNAPSHOT_H
#define MODEL_SNAPSHOT_H

#include "model/expect.h"

#define SNAPSHOT_KEYS "src,dst,sport,dport,proto"

enum {
	SNAPSHOT_FLOWS = 3,		/* the largest of a section */
	SNAPSHOT_TEMPLATES = 24,
	SNAPSHOT_ROWS = 16,		/* of each table of options */
	SNAPSHOT_SECTIONS = 32,
};

struct snapshot {
	struct expect *sums;		/* what is added up record by record */
	const char *title;		/* the captures' names; borrowed, may be NULL */
	bool failed;			/* memory was out */
};

/* NAMES may be NULL.  False if memory is out. */
bool snapshot_init(struct snapshot *s, const struct filter_opts *names,
		   struct nf_registry *registry);
void snapshot_done(struct snapshot *s);
struct meaning_watch snapshot_watch(struct snapshot *s);

/* Appended to TEXT.  False if memory was out. */
bool snapshot_text(struct snapshot *s, const struct meaning *m, struct nf_strbuf *text);

#endif
