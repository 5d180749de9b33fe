#include <config.h>

#include "model/filter_tree.h"

#include <stdio.h>

static const char *const type_names[FILTER_TYPES] = {
	[FILTER_NUMBER] = "a number",
	[FILTER_FLOAT] = "a number with a fraction",
	[FILTER_BOOLEAN] = "true or false",
	[FILTER_TEXT] = "text",
	[FILTER_OCTETS] = "octets",
	[FILTER_IPV4] = "an IPv4 address",
	[FILTER_IPV6] = "an IPv6 address",
	[FILTER_ADDRESS] = "an address",
	[FILTER_MAC] = "a MAC address",
	[FILTER_TIME] = "a time",
	[FILTER_DURATION] = "a duration",
	[FILTER_UNKNOWN] = "of no known type",
};

/* What to write for one. */
static const char *const examples[FILTER_TYPES] = {
	[FILTER_NUMBER] = "1500, 0x1f or 10k",
	[FILTER_FLOAT] = "1.5",
	[FILTER_BOOLEAN] = "true or false",
	[FILTER_TEXT] = "\"text\"",
	[FILTER_OCTETS] = "00:1b:c0 or \"text\"",
	[FILTER_IPV4] = "10.0.0.1 or 10.0.0.0/8",
	[FILTER_IPV6] = "2001:db8::1 or 2001:db8::/32",
	[FILTER_ADDRESS] = "10.0.0.1, 10.0.0.0/8 or 2001:db8::1",
	[FILTER_MAC] = "00:00:5e:00:53:01",
	[FILTER_TIME] = "2023-01-01T12:00:00, in UTC",
	[FILTER_DURATION] = "5s, 250ms, 10m or 2h",
};

const char *filter_type_name(enum filter_type type)
{
	return type_names[type];
}

/* -- What sides are ------------------------------------------------------------------- */

/* A literal, or one with a sign before it: what it is compared with says what it means. */
static bool is_literal(const struct filter_node *n)
{
	return n->op == OP_LITERAL || (n->op == OP_NEGATE && n->a->op == OP_LITERAL);
}

static bool is_word(const struct filter_node *n)
{
	return n->op == OP_LITERAL && n->type == FILTER_TEXT && !n->quoted;
}

static bool is_value(const struct filter_node *n)
{
	return n->op == OP_VALUE || n->op == OP_NET;
}

static const struct nf_labels *labels_of(const struct filter_node *n)
{
	return n->op == OP_NAME ? n->ref->labels : NULL;
}

static bool is_name_of(const struct filter_node *n, enum filter_type type)
{
	return n->op == OP_NAME && n->type == type;
}

/* A number that counts units of time, so that it can be a duration too. */
static bool spans(const struct filter_node *n)
{
	return is_name_of(n, FILTER_NUMBER) && n->ref->spans;
}

static bool is_span(const struct filter_node *n)
{
	return n->type == FILTER_DURATION || spans(n);
}

/* The text of the filter under SPAN, for messages; cut where it is long. */
struct excerpt {
	char text[48];
};

static struct excerpt excerpt(const struct filter_tree *t, struct nf_span span)
{
	struct nf_bytes b = nf_slice(t->text, span.off, span.len);
	struct excerpt e;
	size_t n = b.n < sizeof(e.text) ? b.n : sizeof(e.text) - 4;

	memcpy(e.text, b.p, n);
	for (size_t i = 0; i < n; i++)
		if (e.text[i] == '\n' || e.text[i] == '\t')
			e.text[i] = ' ';
	memcpy(e.text + n, b.n > n ? "..." : "", b.n > n ? 4 : 1);
	return e;
}

static bool differ(struct filter_tree *t, const struct filter_node *a, const struct filter_node *b)
{
	struct excerpt ea = excerpt(t, a->span), eb = excerpt(t, b->span);

	return filter_fault(&t->faults, b->span, "%s is %s, but %s is %s", ea.text,
			    type_names[a->type], eb.text, type_names[b->type]);
}

static bool wants(struct filter_tree *t, const struct filter_node *n, const char *what,
		  const char *wanted)
{
	struct excerpt e = excerpt(t, n->span);

	return filter_fault(&t->faults, n->span, "%s wants %s, but %s is %s", what, wanted,
			    e.text, type_names[n->type]);
}

/* Give a name another type than its own: of unknown elements, and of spans of time. */
static bool retype(struct filter_tree *t, struct filter_node *n, enum filter_type type)
{
	struct filter_ref *ref;

	n->type = (uint8_t)type;
	if (n->op != OP_NAME || n->ref->type == type)
		return true;
	ref = nf_arena_alloc(&t->arena, sizeof(*ref));
	if (ref == NULL)
		return filter_no_memory(&t->faults);
	*ref = *n->ref;
	ref->type = (uint8_t)type;
	n->ref = ref;
	return true;
}

/* -- Literals ------------------------------------------------------------------------- */

static bool seconds(const struct filter_value *number, struct filter_value *v)
{
	const struct filter_value second = { .type = FILTER_DURATION, .ns = 1000000000 };

	return filter_arithmetic(OP_MUL, number, &second, v);
}

/* A bare number where a duration is wanted: 0 is one, others where the name says of what. */
static bool bare_number(const struct filter_node *side, const struct filter_node *n,
			struct filter_value *v)
{
	struct filter_value number;
	int prefix;

	if (n->quoted || (!filter_literal(NULL, n->text, FILTER_NUMBER, NULL, &number, &prefix) &&
			  !filter_literal(NULL, n->text, FILTER_FLOAT, NULL, &number, &prefix)))
		return false;
	if (side->op != OP_NAME || !side->ref->bare)
		if (number.type != FILTER_NUMBER || number.u != 0)
			return false;
	return seconds(&number, v);
}

/* One octet, as a number. */
static bool octet(struct filter_tree *t, const struct filter_node *n, struct filter_value *v)
{
	struct filter_value number;
	uint8_t *own;
	int prefix;

	if (!filter_literal(NULL, n->text, FILTER_NUMBER, NULL, &number, &prefix) ||
	    number.u > 255)
		return false;
	own = nf_arena_alloc(&t->arena, 1);
	if (own != NULL)
		*own = (uint8_t)number.u;
	*v = (struct filter_value){ .type = FILTER_OCTETS, .b = { own, own != NULL } };
	return true;
}

static bool text_octets(struct nf_bytes text, struct filter_value *v)
{
	*v = (struct filter_value){ .type = FILTER_OCTETS, .b = text };
	return true;
}

static bool read_literal(struct filter_tree *t, const struct filter_node *side,
			 const struct filter_node *n, enum filter_type type,
			 struct filter_value *v, int *prefix)
{
	const struct nf_labels *labels = labels_of(side);

	*prefix = -1;
	if (type == FILTER_OCTETS && n->quoted)
		return text_octets(n->text, v);
	if (filter_literal(&t->arena, n->text, type, labels, v, prefix))
		return true;
	switch (type) {
	case FILTER_NUMBER:	/* sport > 1.5 */
		return filter_literal(&t->arena, n->text, FILTER_FLOAT, NULL, v, prefix);
	case FILTER_DURATION:
		return bare_number(side, n, v);
	case FILTER_OCTETS:
		return octet(t, n, v);
	default:
		return false;
	}
}

static void hint_labels(struct filter_tree *t, const struct nf_labels *labels)
{
	char list[160];
	size_t used = 0;

	for (size_t i = 0; i < labels->nvalues && i < 8; i++) {
		int n = snprintf(list + used, sizeof(list) - used, "%s%s", i > 0 ? ", " : "",
				 labels->values[i].name);

		if (n < 0 || (size_t)n >= sizeof(list) - used)
			break;
		used += (size_t)n;
	}
	filter_hint(&t->faults, "its values are a number or one of %s%s", list,
		    labels->nvalues > 8 ? " ..." : "");
}

/* N, a literal, cannot be what it is compared with. */
static bool misread(struct filter_tree *t, const struct filter_node *side,
		    const struct filter_node *n, enum filter_type type)
{
	const struct nf_labels *labels = labels_of(side);
	struct excerpt es = excerpt(t, side->span), en = excerpt(t, n->span);

	if (t->faults.any)
		return false;
	if (n->type == FILTER_TEXT && type == FILTER_NUMBER && labels != NULL &&
	    labels->values != NULL) {
		filter_fault(&t->faults, n->span, "%s has no value %s", es.text, en.text);
		hint_labels(t, labels);
		return false;
	}
	if (n->type == FILTER_NUMBER && type == FILTER_DURATION) {
		filter_fault(&t->faults, n->span, "%s is a duration, %s a number without a unit",
			     es.text, en.text);
		filter_hint(&t->faults, "write %ss, %sms, %sm ...", en.text, en.text, en.text);
		return false;
	}
	if (is_word(n))
		filter_fault(&t->faults, n->span, "%s is %s, and %s is no name", es.text,
			     type_names[type], en.text);
	else
		filter_fault(&t->faults, n->span, "%s is %s, but %s is %s", es.text,
			     type_names[type], en.text, type_names[n->type]);
	if (examples[type] != NULL)
		filter_hint(&t->faults, "write %s as %s", type_names[type], examples[type]);
	return false;
}

/* Make N, a literal, the value that it has as TYPE beside SIDE. */
static bool settle(struct filter_tree *t, const struct filter_node *side, struct filter_node *n,
		   enum filter_type type)
{
	struct filter_node *literal = n->op == OP_NEGATE ? n->a : n;
	struct filter_value v;
	int prefix;

	if (!read_literal(t, side, literal, type, &v, &prefix))
		return misread(t, side, literal, type);
	if ((v.type == FILTER_TEXT || v.type == FILTER_OCTETS || v.type == FILTER_IPV6) &&
	    v.b.p == NULL)
		return filter_no_memory(&t->faults);
	if (n->op == OP_NEGATE && !filter_negate(&v))
		return wants(t, literal, "a sign", "a number or a duration");
	n->op = prefix >= 0 ? OP_NET : OP_VALUE;
	n->prefix = (uint8_t)(prefix >= 0 ? prefix : 0);
	n->type = v.type;
	n->value = v;
	n->a = NULL;
	return true;
}

/* A literal with nothing beside it that has a type: what it is by itself. */
static bool settle_alone(struct filter_tree *t, struct filter_node *n)
{
	struct filter_node *literal = n->op == OP_NEGATE ? n->a : n;

	if (is_word(literal))
		return filter_unknown_name(t, literal->text, literal->span);
	return settle(t, n, n, (enum filter_type)literal->type);
}

/* -- Values --------------------------------------------------------------------------- */

static bool value(struct filter_tree *t, struct filter_node *n);

/* Name a value's type, unless it is a literal that can still be anything. */
static bool value_or_literal(struct filter_tree *t, struct filter_node *n)
{
	return is_literal(n) || value(t, n);
}

static bool is_numeric(const struct filter_node *n)
{
	return n->type == FILTER_NUMBER || n->type == FILTER_FLOAT || n->type == FILTER_BOOLEAN;
}

/* The type of a OP b; FILTER_TYPES where it makes no sense. */
static enum filter_type arithmetic_type(enum filter_op op, const struct filter_node *a,
					const struct filter_node *b)
{
	enum filter_type numeric = a->type == FILTER_FLOAT || b->type == FILTER_FLOAT ?
				   FILTER_FLOAT : FILTER_NUMBER;

	if (is_numeric(a) && is_numeric(b))
		return op == OP_BITAND && numeric == FILTER_FLOAT ? FILTER_TYPES : numeric;
	switch (op) {
	case OP_ADD:
		if (a->type == FILTER_DURATION && b->type == FILTER_TIME)
			return FILTER_TIME;
		/* fall through */
	case OP_SUB:
		if (op == OP_SUB && a->type == FILTER_TIME && b->type == FILTER_TIME)
			return FILTER_DURATION;
		if (b->type != FILTER_DURATION)
			return FILTER_TYPES;
		return a->type == FILTER_TIME || a->type == FILTER_DURATION ?
		       (enum filter_type)a->type : FILTER_TYPES;
	case OP_MUL:
		if (is_numeric(a) && b->type == FILTER_DURATION)
			return FILTER_DURATION;
		return a->type == FILTER_DURATION && is_numeric(b) ? FILTER_DURATION : FILTER_TYPES;
	case OP_DIV:
		if (b->type == FILTER_DURATION)
			return a->type == FILTER_DURATION || is_numeric(a) ? FILTER_FLOAT :
			       FILTER_TYPES;
		return a->type == FILTER_DURATION && is_numeric(b) ? FILTER_DURATION : FILTER_TYPES;
	case OP_MOD:
		return a->type == FILTER_DURATION && b->type == FILTER_DURATION ?
		       FILTER_DURATION : FILTER_TYPES;
	default:
		return FILTER_TYPES;
	}
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

/* A number with a unit of time beside a span or a time: a span as well. */
static bool align_spans(struct filter_tree *t, struct filter_node *a, struct filter_node *b)
{
	bool times = a->type == FILTER_TIME || b->type == FILTER_TIME;

	if (spans(a) && (is_span(b) || times) && !retype(t, a, FILTER_DURATION))
		return false;
	return !spans(b) || !(is_span(a) || times) || retype(t, b, FILTER_DURATION);
}

/* An element in no table is taken as what stands beside it. */
static bool align_unknown(struct filter_tree *t, struct filter_node *n, enum filter_type other)
{
	if (n->type != FILTER_UNKNOWN)
		return true;
	return retype(t, n, other == FILTER_UNKNOWN ? FILTER_OCTETS : other);
}

static bool literal_operand(struct filter_tree *t, struct filter_node *side, struct filter_node *n)
{
	struct filter_value v;
	int prefix;

	if (!is_literal(n))
		return true;
	if (is_word(n) && labels_of(side) != NULL &&
	    filter_literal(NULL, n->text, FILTER_NUMBER, labels_of(side), &v, &prefix))
		return settle(t, side, n, FILTER_NUMBER);
	return settle_alone(t, n);
}

static bool arithmetic(struct filter_tree *t, struct filter_node *n)
{
	struct filter_node *a = n->a, *b = n->b;
	bool additive = n->op == OP_ADD || n->op == OP_SUB || n->op == OP_MOD;
	enum filter_type type;

	if (!value_or_literal(t, a) || !value_or_literal(t, b) || !literal_operand(t, b, a) ||
	    !literal_operand(t, a, b) || (additive && !align_spans(t, a, b)) ||
	    !align_unknown(t, a, FILTER_NUMBER) || !align_unknown(t, b, FILTER_NUMBER))
		return false;
	type = arithmetic_type((enum filter_op)n->op, a, b);
	if (type == FILTER_TYPES || a->op == OP_NET || b->op == OP_NET) {
		differ(t, a, b);
		filter_hint(&t->faults, "they cannot be reckoned with like this");
		return false;
	}
	n->type = (uint8_t)type;
	return fold(t, n);
}

static bool negation(struct filter_tree *t, struct filter_node *n)
{
	if (is_literal(n))
		return settle_alone(t, n);
	if (!value(t, n->a))
		return false;
	if (!is_numeric(n->a) && n->a->type != FILTER_DURATION)
		return wants(t, n->a, "a sign", "a number or a duration");
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

	if (a->op == OP_LITERAL && is_word(a))
		return filter_unknown_name(t, a->text, a->span);
	if (a->op != OP_NAME)
		return filter_fault(&t->faults, a->span, "%s wants a name", what);
	return true;
}

static bool sliced(struct filter_tree *t, struct filter_node *n)
{
	if (n->a->ref->row != NULL && n->a->type != FILTER_TEXT && n->a->type != FILTER_OCTETS)
		return wants(t, n->a, "a slice", "an element, text or octets");
	n->type = FILTER_OCTETS;
	return true;
}

static bool cased(struct filter_tree *t, struct filter_node *n)
{
	if (!of_name(t, n, n->op == OP_LOWER ? "lower" : "upper") ||
	    !align_unknown(t, n->a, FILTER_TEXT))
		return false;
	if (n->a->type != FILTER_TEXT)
		return wants(t, n->a, n->op == OP_LOWER ? "lower" : "upper", "text");
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
		return wants(t, n->a, "len", "an element, text or octets");
	n->type = FILTER_NUMBER;
	return true;
}

/* abs, min, max: of numbers, or of durations, or of times. */
static bool extreme(struct filter_tree *t, struct filter_node *n)
{
	for (struct filter_node *a = n->a; a != NULL; a = a->next) {
		if (!(is_literal(a) ? settle_alone(t, a) : value(t, a)) ||
		    !align_unknown(t, a, FILTER_NUMBER))
			return false;
		if (!is_numeric(a) && a->type != FILTER_DURATION && a->type != FILTER_TIME)
			return wants(t, a, "this function", "numbers, durations or times");
		if (a != n->a && !align_spans(t, n->a, a))
			return false;
		if (a != n->a && a->type != n->a->type && !(is_numeric(a) && is_numeric(n->a)))
			return differ(t, n->a, a);
	}
	n->type = n->a->type == FILTER_BOOLEAN ? FILTER_NUMBER : n->a->type;
	for (struct filter_node *a = n->a; a != NULL; a = a->next)
		if (a->type == FILTER_FLOAT)
			n->type = FILTER_FLOAT;
	return n->op != OP_ABS || n->type != FILTER_TIME ||
	       wants(t, n->a, "abs", "a number or a duration");
}

static bool value(struct filter_tree *t, struct filter_node *n)
{
	switch (n->op) {
	case OP_NAME:
		if (n->ref->level > t->level)
			t->level = n->ref->level;
		return true;
	case OP_LITERAL:
		return settle_alone(t, n);
	case OP_ADD: case OP_SUB: case OP_MUL: case OP_DIV: case OP_MOD: case OP_BITAND:
		return arithmetic(t, n);
	case OP_NEGATE:
		return negation(t, n);
	case OP_SLICE:
		return value(t, n->a) && sliced(t, n);
	case OP_LOWER: case OP_UPPER:
		return value_or_literal(t, n->a) && cased(t, n);
	case OP_LEN: case OP_COUNT:
		return value_or_literal(t, n->a) && length(t, n);
	case OP_ABS: case OP_MIN: case OP_MAX:
		return extreme(t, n);
	case OP_VALUE: case OP_NET:
		return true;
	default:
		filter_fault(&t->faults, n->span, "a value is wanted here, and this is a condition");
		return false;
	}
}

/* -- Comparisons ---------------------------------------------------------------------- */

static bool same_family(const struct filter_node *a, const struct filter_node *b)
{
	bool address_a = a->type >= FILTER_IPV4 && a->type <= FILTER_ADDRESS;
	bool address_b = b->type >= FILTER_IPV4 && b->type <= FILTER_ADDRESS;

	return address_a && address_b &&
	       (a->type == b->type || a->type == FILTER_ADDRESS || b->type == FILTER_ADDRESS);
}

static bool comparable(const struct filter_node *a, const struct filter_node *b)
{
	bool text_a = a->type == FILTER_TEXT || a->type == FILTER_OCTETS;
	bool text_b = b->type == FILTER_TEXT || b->type == FILTER_OCTETS;

	return a->type == b->type || (is_numeric(a) && is_numeric(b)) || (text_a && text_b) ||
	       same_family(a, b);
}

/* Two sides that are no literals. */
static bool align(struct filter_tree *t, struct filter_node *a, struct filter_node *b)
{
	enum filter_type type_a = (enum filter_type)a->type;

	if (!align_unknown(t, a, (enum filter_type)b->type) || !align_unknown(t, b, type_a) ||
	    !align_spans(t, a, b))
		return false;
	return comparable(a, b) || differ(t, a, b);
}

/* The type that a literal takes beside SIDE, which may take one itself. */
static bool beside(struct filter_tree *t, struct filter_node *side, const struct filter_node *n,
		   enum filter_type *type)
{
	const struct filter_node *literal = n->op == OP_NEGATE ? n->a : n;

	if (spans(side) && literal->type == FILTER_DURATION && !retype(t, side, FILTER_DURATION))
		return false;
	if (side->type == FILTER_UNKNOWN && !retype(t, side, (enum filter_type)literal->type))
		return false;
	*type = (enum filter_type)side->type;
	return true;
}

static bool settle_beside(struct filter_tree *t, struct filter_node *side, struct filter_node *n)
{
	enum filter_type type;

	return beside(t, side, n, &type) && settle(t, side, n, type);
}

/* Nothing of a record is in it: point at what was likely meant to be a name. */
static bool constant(struct filter_tree *t, const struct filter_node *a,
		     const struct filter_node *b, struct nf_span span)
{
	if (is_word(a))
		return filter_unknown_name(t, a->text, a->span);
	if (is_word(b))
		return filter_unknown_name(t, b->text, b->span);
	return filter_fault(&t->faults, span, "this names nothing of a record");
}

static bool sides(struct filter_tree *t, struct filter_node *n)
{
	struct filter_node *a = n->a, *b = n->b;

	if (is_literal(a) && is_literal(b))
		return constant(t, a, b, n->span);
	if (!value_or_literal(t, a) || !value_or_literal(t, b))
		return false;
	if (is_literal(b) && is_value(a))
		return constant(t, a, b, n->span);
	if (is_literal(a) && is_value(b))
		return constant(t, a, b, n->span);
	if (is_literal(b))
		return settle_beside(t, a, b);
	if (is_literal(a))
		return settle_beside(t, b, a);
	if (is_value(a) && is_value(b))
		return filter_fault(&t->faults, n->span, "this names nothing of a record");
	return align(t, a, b);
}

static bool compare(struct filter_tree *t, struct filter_node *n)
{
	const struct filter_node *net;

	if (!sides(t, n))
		return false;
	net = n->a->op == OP_NET ? n->a : n->b;
	if (net->op == OP_NET && n->cmp != CMP_EQ && n->cmp != CMP_NE) {
		filter_fault(&t->faults, net->span, "a network has no order");
		filter_hint(&t->faults, "== and != take one: whether the address is in it");
		return false;
	}
	return true;
}

static bool member(struct filter_tree *t, struct filter_node *a, struct filter_node *m)
{
	if (m->op == OP_RANGE)
		return member(t, a, m->a) && member(t, a, m->b) &&
		       (m->a->op != OP_NET && m->b->op != OP_NET ? true :
			filter_fault(&t->faults, m->span, "a network cannot bound a range"));
	if (is_literal(m))
		return settle_beside(t, a, m);
	if (!value(t, m))
		return false;
	if (!is_value(m)) {
		filter_fault(&t->faults, m->span, "a set holds values, and this is none");
		return false;
	}
	return align(t, a, m);
}

static bool in(struct filter_tree *t, struct filter_node *n)
{
	if (is_literal(n->a)) {
		if (is_word(n->a))
			return filter_unknown_name(t, n->a->text, n->a->span);
		return filter_fault(&t->faults, n->a->span, "this names nothing of a record");
	}
	if (!value(t, n->a))
		return false;
	for (struct filter_node *m = n->b; m != NULL; m = m->next)
		if (!member(t, n->a, m))
			return false;
	return true;
}

static bool is_textual(const struct filter_node *n)
{
	return n->type == FILTER_TEXT || n->type == FILTER_OCTETS;
}

static bool contains(struct filter_tree *t, struct filter_node *n)
{
	if (is_literal(n->a))
		return constant(t, n->a, n->a, n->a->span);
	if (!value(t, n->a) || !value_or_literal(t, n->b))
		return false;
	if (n->a->type == FILTER_UNKNOWN && !is_literal(n->b))
		return align(t, n->a, n->b);
	if (n->a->type == FILTER_UNKNOWN &&
	    !retype(t, n->a, n->b->type == FILTER_TEXT ? FILTER_TEXT : FILTER_OCTETS))
		return false;
	if (!is_textual(n->a))
		return wants(t, n->a, "contains", "text or octets");
	if (is_literal(n->b))
		return settle(t, n->a, n->b, (enum filter_type)n->a->type);
	return is_textual(n->b) || differ(t, n->a, n->b);
}

static bool pattern(struct filter_tree *t, struct filter_node *n)
{
	struct filter_node *p = n->b;
	struct filter_regex *regex;
	char why[120];
	size_t at;

	if (p->op != OP_LITERAL || !p->quoted) {
		filter_fault(&t->faults, p->span, "matches wants a pattern in quotes");
		filter_hint(&t->faults, "write it as \"...\", or as r\"...\" to keep backslashes");
		return false;
	}
	regex = filter_regex_new(p->text, why, sizeof(why), &at);
	if (regex == NULL && why[0] == '\0')
		return filter_no_memory(&t->faults);
	if (regex == NULL) {
		/* the octets of a raw string stand in the text one by one */
		struct nf_span span = p->span;

		if (p->raw && at < p->span.len)
			span = (struct nf_span){ p->span.off + 2 + (uint32_t)at, 1 };
		return filter_fault(&t->faults, span, "the pattern is wrong: %s", why);
	}
	filter_regex_keep(&t->regexes, regex);
	n->regex = regex;
	p->type = FILTER_TEXT;
	return true;
}

static bool matches(struct filter_tree *t, struct filter_node *n)
{
	if (is_literal(n->a))
		return constant(t, n->a, n->a, n->a->span);
	if (!value(t, n->a) || !align_unknown(t, n->a, FILTER_TEXT))
		return false;
	return is_textual(n->a) ? pattern(t, n) : wants(t, n->a, "matches", "text or octets");
}

static bool has(struct filter_tree *t, struct filter_node *n)
{
	if (is_literal(n->a))
		return constant(t, n->a, n->a, n->a->span);
	if (!value(t, n->a) || !align_unknown(t, n->a, FILTER_NUMBER))
		return false;
	if (n->a->type != FILTER_NUMBER)
		return wants(t, n->a, "has", "a number that is a set of flags");
	if (is_literal(n->b) && !settle(t, n->a, n->b, FILTER_NUMBER))
		return false;
	if (n->b->op == OP_VALUE && n->b->type == FILTER_NUMBER)
		return true;
	return filter_fault(&t->faults, n->b->span, "has wants a flag such as SYN, or a number");
}

/* -- Conditions ----------------------------------------------------------------------- */

static bool is_text(struct nf_bytes b, const char *text)
{
	return b.n == strlen(text) && memcmp(b.p, text, b.n) == 0;
}

/* `true` and `false` alone. */
static bool truth(struct filter_tree *t, struct filter_node *n)
{
	bool yes = is_text(n->text, "true");

	n->a = yes ? NULL : filter_node(t, OP_TRUE, n->span);
	n->op = yes ? OP_TRUE : OP_NOT;
	n->b = NULL;
	return yes || n->a != NULL;
}

static const struct filter_ref *resolve(struct filter_tree *t, const char *name)
{
	const struct filter_ref *ref;

	ref = filter_resolve(t, (struct nf_bytes){ (const uint8_t *)name, strlen(name) });
	if (ref == NULL)
		filter_no_memory(&t->faults);
	return ref;
}

/* `ipv4` and `ipv6` alone are not the protocols of tunnels but addresses that are there. */
static bool family(struct filter_tree *t, struct filter_node *n)
{
	bool six = is_text(n->text, "ipv6");
	const struct filter_ref *ref = resolve(t, six ? "ipv6_address" : "ipv4_address");

	if (ref == NULL)
		return false;
	n->op = OP_NAME;
	n->ref = ref;
	n->type = ref->type;
	return true;
}

/* `tcp` alone is the protocol. */
static bool protocol(struct filter_tree *t, struct filter_node *n)
{
	const struct filter_ref *ref = resolve(t, "proto");
	struct filter_value v;
	int prefix;

	if (ref == NULL)
		return false;
	if (!is_word(n) || !filter_literal(NULL, n->text, FILTER_NUMBER, ref->labels, &v, &prefix)) {
		if (is_word(n))
			return filter_unknown_name(t, n->text, n->span);
		return filter_fault(&t->faults, n->span, "a value alone is no condition");
	}
	n->a = filter_node(t, OP_NAME, n->span);
	n->b = filter_node(t, OP_VALUE, n->span);
	if (n->a == NULL || n->b == NULL)
		return false;
	n->op = OP_COMPARE;
	n->cmp = CMP_EQ;
	n->quant = QUANT_ANY;
	n->a->ref = ref;
	n->a->type = FILTER_NUMBER;
	n->b->type = FILTER_NUMBER;
	n->b->value = v;
	return value(t, n->a);
}

/* Put a condition in the place of a value that stands where one is wanted. */
static bool as_condition(struct filter_tree *t, struct filter_node *n)
{
	struct filter_node *own;

	if (is_word(n) && (is_text(n->text, "true") || is_text(n->text, "false")))
		return truth(t, n);
	if (is_word(n) && (is_text(n->text, "ipv4") || is_text(n->text, "ipv6"))) {
		if (!family(t, n))
			return false;
	} else if (n->op == OP_LITERAL) {
		return protocol(t, n);
	}
	if (!value(t, n))
		return false;
	if (n->op != OP_NAME && n->op != OP_BITAND && n->op != OP_SLICE) {
		filter_fault(&t->faults, n->span, "a value alone is no condition");
		filter_hint(&t->faults, "compare it with something");
		return false;
	}
	own = filter_node(t, (enum filter_op)n->op, n->span);
	if (own == NULL)
		return false;
	*own = *n;
	own->next = NULL;
	n->op = own->op == OP_BITAND ? OP_NONZERO : OP_EXISTS;
	n->quant = QUANT_ANY;
	n->a = own;
	n->b = NULL;
	return true;
}

/* Number the names of a comparison as they come. */
static bool number_names(struct filter_tree *t, struct filter_node *n, unsigned *names)
{
	if (n->op == OP_NAME) {
		n->slot = (uint8_t)*names;
		return ++*names <= FILTER_NAMES ||
		       filter_fault(&t->faults, n->span, "there are more than %d names in one "
				    "comparison", FILTER_NAMES);
	}
	for (struct filter_node *a = n->a; a != NULL; a = a->next)
		if (!number_names(t, a, names))
			return false;
	if (n->b == NULL || n->op == OP_IN)
		return true;
	return number_names(t, n->b, names);
}

static bool condition(struct filter_tree *t, struct filter_node *n)
{
	unsigned names = 0;
	bool sound;

	switch (n->op) {
	case OP_TRUE:
		return true;
	case OP_OR: case OP_XOR: case OP_AND: case OP_NOT:
		for (struct filter_node *c = n->a; c != NULL; c = c->next)
			if (!condition(t, c))
				return false;
		return true;
	case OP_COMPARE: sound = compare(t, n); break;
	case OP_IN: sound = in(t, n); break;
	case OP_CONTAINS: sound = contains(t, n); break;
	case OP_MATCHES: sound = matches(t, n); break;
	case OP_HAS: sound = has(t, n); break;
	default: sound = as_condition(t, n); break;
	}
	if (!sound || n->op == OP_TRUE || n->op == OP_NOT)	/* true, false */
		return sound;
	if (!number_names(t, n, &names))
		return false;
	n->clause = t->nclauses++;
	return t->nclauses != UINT16_MAX ||
	       filter_fault(&t->faults, n->span, "there are more than %d comparisons", UINT16_MAX);
}

bool filter_types(struct filter_tree *t)
{
	return condition(t, t->root);
}
