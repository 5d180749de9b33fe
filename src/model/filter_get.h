/*
 * The names built in that are no elements; rows in filter_names.def.
 */
#ifndef MODEL_FILTER_GET_H
#define MODEL_FILTER_GET_H

#include "model/filter_tree.h"

extern const struct filter_name filter_get_rows[];
extern const size_t filter_nget_rows;

/* finding.rule: its words are those that whoever checks has for rules. */
bool filter_get_is_rule(const struct filter_name *name);

/* True if a name of T asks what options records say: see struct filter_at's kinds. */
bool filter_get_wants_kinds(const struct filter_tree *t);

#endif
