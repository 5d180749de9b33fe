/*
 * The rules of the checker: a table of all of them, and all that is known of one.
 */
#ifndef OUT_RULELIST_H
#define OUT_RULELIST_H

#include "check/check.h"
#include "out/out.h"

/* A line a rule: severity, id, versions, what it finds. */
void rulelist_row(struct out *o, const struct check_rule *rule);

/* What, why, how exporters come to it, a way out, the reference. */
void rulelist_explain(struct out *o, const struct check_rule *rule);

/* The same as an object of JSON lines. */
void rulelist_json(struct out *o, const struct check_rule *rule);

/* "v1-v8", "v9, ipfix": what MASK of enum check_version stands for; "all" for 0. */
void rulelist_versions(struct nf_strbuf *s, unsigned mask);

/* PATTERN, a rule's text, without arguments: "template <id> of <fields> fields". */
void rulelist_pattern(struct nf_strbuf *s, const char *pattern);

/* Does RULESET have RULE, as long as no profile says otherwise? */
bool rulelist_is_of(const struct check_rule *rule, enum check_ruleset ruleset);

#endif
