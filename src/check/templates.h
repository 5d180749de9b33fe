/*
 * Templates as the checker's groups see them: which definition a template record is, and what
 * its elements are.
 */
#ifndef CHECK_TEMPLATES_H
#define CHECK_TEMPLATES_H

#include "check/rules.h"

/*
 * What T of the message at AT defines, interned by content: two records that say the same have the
 * same one, whatever their ids.  NULL where nothing was learned from it: a withdrawal, an id below
 * 256, a set that overruns its message, or no room.
 */
const struct nf_template *check_definition(const struct check_at *at, const struct nf_template *t);

/*
 * Room for COUNTED and one more of what is kept for each template?  It is counted if there is; if
 * there is none, that is said in check_totals.
 */
bool check_template_room(struct check *c, size_t *counted);

/* How much longer a record of T is than nothing: fixed lengths, and 1 for each variable field. */
uint64_t check_least_length(const struct nf_template *t);

static inline bool check_is_v9(const struct nf_template *t)
{
	return !t->dialect->enterprise_bit;
}

/*
 * The fields of a new definition, judged one by one: those of T that the message at AT defines as
 * `id`.  rules_template.c calls it.
 */
void check_template_fields(struct check *c, const struct check_at *at,
			   const struct nf_template *t);

#endif
