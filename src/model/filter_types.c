#include <config.h>

#include "model/filter_types.h"

bool filter_type_side(struct filter_tree *t, struct filter_node *n)
{
	return filter_is_literal(n) || filter_type_value(t, n);
}

/* What comes of times and durations, and of numbers (of either kind) beside them. */
static const struct rule {
	uint8_t op, a, b, result;
} rules[] = {
	{ OP_ADD, FILTER_TIME, FILTER_DURATION, FILTER_TIME },
	{ OP_ADD, FILTER_DURATION, FILTER_TIME, FILTER_TIME },
	{ OP_ADD, FILTER_DURATION, FILTER_DURATION, FILTER_DURATION },
	{ OP_SUB, FILTER_TIME, FILTER_TIME, FILTER_DURATION },
	{ OP_SUB, FILTER_TIME, FILTER_DURATION, FILTER_TIME },
	{ OP_SUB, FILTER_DURATION, FILTER_DURATION, FILTER_DURATION },
	{ OP_MUL, FILTER_DURATION, FILTER_NUMBER, FILTER_DURATION },
	{ OP_MUL, FILTER_NUMBER, FILTER_DURATION, FILTER_DURATION },
	{ OP_DIV, FILTER_DURATION, FILTER_NUMBER, FILTER_DURATION },
	{ OP_DIV, FILTER_DURATION, FILTER_DURATION, FILTER_FLOAT },
	{ OP_DIV, FILTER_NUMBER, FILTER_DURATION, FILTER_FLOAT },	/* so many a second */
	{ OP_MOD, FILTER_DURATION, FILTER_DURATION, FILTER_DURATION },
};

static uint8_t class_of(const struct filter_node *n)
{
	return filter_is_numeric(n) ? FILTER_NUMBER : n->type;
}

/* The type of a OP b; FILTER_TYPES where it makes no sense. */
static enum filter_type arithmetic_type(enum filter_op op, const struct filter_node *a,
					const struct filter_node *b)
{
	bool floating = a->type == FILTER_FLOAT || b->type == FILTER_FLOAT;

	if (filter_is_numeric(a) && filter_is_numeric(b)) {
		if (!floating)
			return FILTER_NUMBER;
		return op == OP_BITAND ? FILTER_TYPES : FILTER_FLOAT;
	}
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (rules[i].op == op && rules[i].a == class_of(a) && rules[i].b == class_of(b))
			return (enum filter_type)rules[i].result;
	return FILTER_TYPES;
}

/* Two values that are known: put their result in place of N. */
static bool fold(struct filter_tree *t, struct filter_node *n)
{
	struct filter_value v;

	if (n->a->op != OP_VALUE || n->b->op != OP_VALUE)
		return true;
	if (!filter_arithmetic((enum filter_op)n->op, &n->a->value, &n->b->value, &v))
		return filter_fault(&t->faults, n->span, "this has no value");
	n->op = OP_VALUE;
	n->type = v.type;
	n->value = v;
	n->a = n->b = NULL;
	return true;
}

static bool is_span(const struct filter_node *n)
{
	return n->type == FILTER_DURATION || filter_spans(n);
}

/* A number with a unit of time beside a span or a time: a span as well. */
bool filter_align_spans(struct filter_tree *t, struct filter_node *a, struct filter_node *b)
{
	bool times = a->type == FILTER_TIME || b->type == FILTER_TIME;

	if (filter_spans(a) && (is_span(b) || times) && !filter_retype(t, a, FILTER_DURATION))
		return false;
	return !filter_spans(b) || !(is_span(a) || times) || filter_retype(t, b, FILTER_DURATION);
}

/* An element in no table is taken as what stands beside it. */
bool filter_align_unknown(struct filter_tree *t, struct filter_node *n, enum filter_type other)
{
	if (n->type != FILTER_UNKNOWN)
		return true;
	return filter_retype(t, n, other == FILTER_UNKNOWN ? FILTER_OCTETS : other);
}

static bool literal_operand(struct filter_tree *t, struct filter_node *side, struct filter_node *n)
{
	struct filter_value v;
	int prefix;

	if (!filter_is_literal(n))
		return true;
	if (filter_is_word(n) && filter_labels_of(side) != NULL &&
	    filter_literal(NULL, n->text, FILTER_NUMBER, filter_labels_of(side), &v, &prefix))
		return filter_settle(t, side, n, FILTER_NUMBER);
	return filter_settle_alone(t, n);
}

static bool arithmetic(struct filter_tree *t, struct filter_node *n)
{
	struct filter_node *a = n->a, *b = n->b;
	bool additive = n->op == OP_ADD || n->op == OP_SUB || n->op == OP_MOD;
	enum filter_type type;

	if (!filter_type_side(t, a) || !filter_type_side(t, b) || !literal_operand(t, b, a) ||
	    !literal_operand(t, a, b) || (additive && !filter_align_spans(t, a, b)) ||
	    !filter_align_unknown(t, a, FILTER_NUMBER) ||
	    !filter_align_unknown(t, b, FILTER_NUMBER))
		return false;
	type = arithmetic_type((enum filter_op)n->op, a, b);
	if (type == FILTER_TYPES || a->op == OP_NET || b->op == OP_NET) {
		filter_differ(t, a, b);
		filter_hint(&t->faults, "they cannot be reckoned with like this");
		return false;
	}
	n->type = (uint8_t)type;
	return fold(t, n);
}

static bool negation(struct filter_tree *t, struct filter_node *n)
{
	if (filter_is_literal(n))
		return filter_settle_alone(t, n);
	if (!filter_type_value(t, n->a))
		return false;
	if (!filter_is_numeric(n->a) && n->a->type != FILTER_DURATION)
		return filter_wants(t, n->a, "a sign", "a number or a duration");
	n->type = n->a->type;
	if (n->a->op != OP_VALUE)
		return true;
	n->op = OP_VALUE;
	n->value = n->a->value;
	n->a = NULL;
	return filter_negate(&n->value) ||
	       filter_fault(&t->faults, n->span, "this has no value");
}

/* Functions of a name's octets. */
static bool of_name(struct filter_tree *t, struct filter_node *n, const char *what)
{
	struct filter_node *a = n->a;

	if (a->op == OP_LITERAL && filter_is_word(a))
		return filter_unknown_name(t, a->text, a->span);
	if (a->op != OP_NAME)
		return filter_fault(&t->faults, a->span, "%s wants a name", what);
	return true;
}

static bool sliced(struct filter_tree *t, struct filter_node *n)
{
	if (n->a->ref->row != NULL && n->a->type != FILTER_TEXT && n->a->type != FILTER_OCTETS)
		return filter_wants(t, n->a, "a slice", "an element, text or octets");
	n->type = FILTER_OCTETS;
	return true;
}

static bool cased(struct filter_tree *t, struct filter_node *n)
{
	if (!of_name(t, n, n->op == OP_LOWER ? "lower" : "upper") ||
	    !filter_align_unknown(t, n->a, FILTER_TEXT))
		return false;
	if (n->a->type != FILTER_TEXT)
		return filter_wants(t, n->a, n->op == OP_LOWER ? "lower" : "upper", "text");
	n->type = FILTER_TEXT;
	t->cases = true;
	return true;
}

static bool length(struct filter_tree *t, struct filter_node *n)
{
	if (!of_name(t, n, n->op == OP_LEN ? "len" : "count"))
		return false;
	if (n->op == OP_LEN && n->a->ref->row != NULL && n->a->type != FILTER_TEXT &&
	    n->a->type != FILTER_OCTETS)
		return filter_wants(t, n->a, "len", "an element, text or octets");
	n->type = FILTER_NUMBER;
	return true;
}

/* abs, min, max: of numbers, or of durations, or of times. */
static bool extreme(struct filter_tree *t, struct filter_node *n)
{
	for (struct filter_node *a = n->a; a != NULL; a = a->next) {
		if (!(filter_is_literal(a) ? filter_settle_alone(t, a) : filter_type_value(t, a)) ||
		    !filter_align_unknown(t, a, FILTER_NUMBER))
			return false;
		if (!filter_is_numeric(a) && a->type != FILTER_DURATION && a->type != FILTER_TIME)
			return filter_wants(t, a, "this function", "numbers, durations or times");
		if (a != n->a && !filter_align_spans(t, n->a, a))
			return false;
		if (a != n->a && class_of(a) != class_of(n->a))
			return filter_differ(t, n->a, a);
	}
	n->type = n->a->type == FILTER_BOOLEAN ? FILTER_NUMBER : n->a->type;
	for (struct filter_node *a = n->a; a != NULL; a = a->next)
		if (a->type == FILTER_FLOAT)
			n->type = FILTER_FLOAT;
	return n->op != OP_ABS || n->type != FILTER_TIME ||
	       filter_wants(t, n->a, "abs", "a number or a duration");
}

bool filter_type_value(struct filter_tree *t, struct filter_node *n)
{
	switch (n->op) {
	case OP_NAME:
		if (n->ref->level > t->level)
			t->level = n->ref->level;
		return true;
	case OP_LITERAL:
		return filter_settle_alone(t, n);
	case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_MOD: case OP_BITAND:
		return arithmetic(t, n);
	case OP_NEGATE:
		return negation(t, n);
	case OP_SLICE:
		return filter_type_value(t, n->a) && sliced(t, n);
	case OP_LOWER: case OP_UPPER:
		return filter_type_side(t, n->a) && cased(t, n);
	case OP_LEN: case OP_COUNT:
		return filter_type_side(t, n->a) && length(t, n);
	case OP_ABS: case OP_MIN: case OP_MAX:
		return extreme(t, n);
	case OP_VALUE: case OP_NET:
		return true;
	default:
		filter_fault(&t->faults, n->span, "a value is wanted here, and this is a condition");
		return false;
	}
}
