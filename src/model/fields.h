/*
 * The registry at hand: every element that has a name, of ours or of others, and what a capture
 * makes of it.
 *
 *	fields_init(&f, registry);
 *	fields_pattern(&f, "octet", &err)
 *	fields_use(&f, &templates);		where there is a capture
 *	fields_list(&f)
 *	... f.v[0 .. f.n - 1] ...
 *	fields_done(&f);
 */
#ifndef MODEL_FIELDS_H
#define MODEL_FIELDS_H

#include "model/fieldnames.h"
#include "model/pattern.h"
#include "model/templates.h"

struct fields_row {
	struct nf_node node;
	uint64_t key[1];		/* the address of the element's row */
	const struct nf_ie *ie;
	uint64_t records;		/* that have it */
	uint64_t in_lists;		/* records in lists that have it, and lists of it */
	uint64_t templates;		/* and fixed records of v1 to v8 that have it */
	const void *last;		/* counted last: a template may have it several times */
};

struct fields {
	struct nf_registry *registry;
	struct nf_arena arena;
	struct nf_map rows;
	struct pattern pattern;		/* of names; 9/appl: of an enterprise's */
	bool by_number;			/* 8, ie8, 35632/77: no name is looked for */
	bool any_pen;			/* no enterprise was named */
	uint32_t pen;
	uint32_t id;			/* by_number */
	bool used;			/* list what a capture uses, nothing else */
	bool failed;			/* memory was out */
	/* made by fields_list: in order of enterprise and id */
	struct fields_row **v;
	size_t n, cap;
	/* names of filters that are no elements; groups too.  Not where USED. */
	const struct filter_name **names;
	size_t nnames, names_cap;
	size_t unused;			/* elements that match, but the capture has them not */
};

void fields_init(struct fields *f, struct nf_registry *registry);
void fields_done(struct fields *f);

/* NULL: everything.  False where it is no pattern: ERR of N octets says why; "": memory. */
bool fields_pattern(struct fields *f, const char *pattern, char *err, size_t n);

/* No pattern was given. */
static inline bool fields_all(const struct fields *f)
{
	return f->pattern.kind == PATTERN_ALL && !f->by_number && f->any_pen;
}

/* Count what T met.  From then on only what is used is listed. */
bool fields_use(struct fields *f, const struct templates *t);

bool fields_list(struct fields *f);

/* "iana", "v9", "v9-scope", "enterprise", "reverse", "fixed". */
const char *fields_registry(const struct nf_ie *ie);

#endif
