/*
 * The names that --ignore, --only and --tolerance of `diff` take: topics, kinds of difference,
 * classes, behaviour, rules, and fields by any of the names that filters have for them.
 */
#ifndef MODEL_DIFF_NAMES_H
#define MODEL_DIFF_NAMES_H

#include "model/filter.h"

struct diff_names {
	struct filter_names *fields;	/* borrowed, as the registry is that they are of */
	struct nf_registry *registry;
	const char *const *rules;	/* of the checker, NULL at the end; NULL: none is known */
};

/*
 * Append LIST, "bytes,flow-lost", or with AMOUNTS "bytes=1%,records=1", with each field as struct
 * diff_opts wants it.  False and *ERR, its span in LIST, where nothing is called so; an empty name
 * is nothing.
 */
bool diff_names_settle(struct nf_strbuf *s, const struct diff_names *names, const char *list,
		       bool amounts, struct filter_error *err);

#endif
