/*
 * How sides of comparisons get their types; shared by the files that do it.
 *
 *	filter_settle.c		literals become values of the type that is wanted of them
 *	filter_types.c		names and arithmetic
 *	filter_conditions.c	comparisons, and conditions made of them
 */
#ifndef MODEL_FILTER_TYPES_H
#define MODEL_FILTER_TYPES_H

#include "model/filter_tree.h"

/* A literal, or one with a sign before it: what it is compared with says what it means. */
static inline bool filter_is_literal(const struct filter_node *n)
{
	return n->op == OP_LITERAL || (n->op == OP_NEGATE && n->a->op == OP_LITERAL);
}

static inline bool filter_is_word(const struct filter_node *n)
{
	return n->op == OP_LITERAL && n->type == FILTER_TEXT && !n->quoted;
}

static inline bool filter_is_value(const struct filter_node *n)
{
	return n->op == OP_VALUE || n->op == OP_NET;
}

static inline const struct nf_labels *filter_labels_of(const struct filter_node *n)
{
	return n->op == OP_NAME ? n->ref->labels : NULL;
}

/* A number that counts units of time, so that it can be a duration too. */
static inline bool filter_spans(const struct filter_node *n)
{
	return n->op == OP_NAME && n->type == FILTER_NUMBER && n->ref->spans;
}

static inline bool filter_is_numeric(const struct filter_node *n)
{
	return n->type == FILTER_NUMBER || n->type == FILTER_FLOAT || n->type == FILTER_BOOLEAN;
}

/* The fault that A is of one type and B of another. */
bool filter_differ(struct filter_tree *t, const struct filter_node *a, const struct filter_node *b);

/* The fault that WHAT wants something, and N is something else. */
bool filter_wants(struct filter_tree *t, const struct filter_node *n, const char *what,
		  const char *wanted);

/* Give a name another type than its own: of unknown elements, and of spans of time. */
bool filter_retype(struct filter_tree *t, struct filter_node *n, enum filter_type type);

/* Make N, a literal, the value that it has as TYPE beside SIDE; or what it is by itself. */
bool filter_settle(struct filter_tree *t, const struct filter_node *side, struct filter_node *n,
		   enum filter_type type);
bool filter_settle_alone(struct filter_tree *t, struct filter_node *n);

/* A fault where SIDE is a text of certain words, and N, a value, is none of them. */
bool filter_is_its_word(struct filter_tree *t, const struct filter_node *side,
			const struct filter_node *n);

/* Find the type of a value; of a side of a comparison, unless it is a literal. */
bool filter_type_value(struct filter_tree *t, struct filter_node *n);
bool filter_type_side(struct filter_tree *t, struct filter_node *n);

/* Give both sides types that meet: numbers of seconds beside durations, unknown elements. */
bool filter_align_spans(struct filter_tree *t, struct filter_node *a, struct filter_node *b);
bool filter_align_unknown(struct filter_tree *t, struct filter_node *n, enum filter_type other);

#endif
