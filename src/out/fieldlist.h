/*
 * What `nfpcap fields` shows: a row for each element, and for each name of filters that is none.
 *
 *	struct fieldlist l = { .o = out, .fields = &fields, .verbose = true };
 *
 *	fieldlist_ops_of("text")->show(&l);
 *	... write out->text ...
 */
#ifndef OUT_FIELDLIST_H
#define OUT_FIELDLIST_H

#include "model/fields.h"
#include "out/out.h"

struct fieldlist {
	struct out *o;			/* borrowed, as are the fields */
	const struct fields *fields;
	bool verbose;			/* text: all that is known of each */
};

struct fieldlist_ops {
	const char *name;		/* as -o takes it */
	void (*show)(struct fieldlist *l);
};

/* The format of that NAME, NULL if there is none. */
const struct fieldlist_ops *fieldlist_ops_of(const char *name);

/* A format of out.h that shows no messages. */
extern const struct out_ops fieldlist_out;

/* -- What formats share ---------------------------------------------------------------- */

extern const struct fieldlist_ops fieldlist_text;

/* What stands before a name of KIND: "cflow." or "". */
const char *fieldlist_prefix(enum fieldnames_kind kind);

/* True if a number of an enterprise belongs to the id. */
static inline bool fieldlist_has_pen(const struct nf_ie *ie)
{
	return nf_pen_is_enterprise(ie->pen);
}

/* Fields of v1 to v8 that are no element have no number. */
static inline bool fieldlist_has_id(const struct nf_ie *ie)
{
	return ie->known ? ie->pen != NF_PEN_FIXED : true;
}

#endif
