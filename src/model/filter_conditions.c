#include <config.h>

#include "model/filter_types.h"

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

	return a->type == b->type || (filter_is_numeric(a) && filter_is_numeric(b)) ||
	       (text_a && text_b) || same_family(a, b);
}

/* Two sides that are no literals. */
static bool align(struct filter_tree *t, struct filter_node *a, struct filter_node *b)
{
	enum filter_type type_a = (enum filter_type)a->type;

	if (!filter_align_unknown(t, a, (enum filter_type)b->type) ||
	    !filter_align_unknown(t, b, type_a) || !filter_align_spans(t, a, b))
		return false;
	return comparable(a, b) || filter_differ(t, a, b);
}

/* The type that a literal takes beside SIDE, which may take one itself. */
static bool beside(struct filter_tree *t, struct filter_node *side, const struct filter_node *n,
		   enum filter_type *type)
{
	const struct filter_node *literal = n->op == OP_NEGATE ? n->a : n;

	if (filter_spans(side) && literal->type == FILTER_DURATION &&
	    !filter_retype(t, side, FILTER_DURATION))
		return false;
	if (side->type == FILTER_UNKNOWN &&
	    !filter_retype(t, side, (enum filter_type)literal->type))
		return false;
	*type = (enum filter_type)side->type;
	return true;
}

static bool settle_beside(struct filter_tree *t, struct filter_node *side, struct filter_node *n)
{
	enum filter_type type;

	return beside(t, side, n, &type) && filter_settle(t, side, n, type) &&
	       filter_is_its_word(t, side, n);
}

/* Nothing of a record is in it: point at what was likely meant to be a name. */
static bool constant(struct filter_tree *t, const struct filter_node *a,
		     const struct filter_node *b, struct nf_span span)
{
	if (filter_is_word(a))
		return filter_unknown_name(t, a->text, a->span);
	if (filter_is_word(b))
		return filter_unknown_name(t, b->text, b->span);
	return filter_fault(&t->faults, span, "this names nothing of a record");
}

/*
 * `sampler` is a name, and a word that option.kind can be: beside a row with words, a name that is
 * one of these is that word.
 */
static void take_word(const struct filter_tree *t, const struct filter_node *side,
		      struct filter_node *n)
{
	struct nf_bytes text = nf_slice(t->text, n->span.off, n->span.len);
	uint64_t ignored;

	if (n->op != OP_NAME || side->op != OP_NAME || side->ref->row == NULL ||
	    side->ref->labels == NULL || !nf_labels_find(side->ref->labels, text, &ignored))
		return;
	n->op = OP_LITERAL;
	n->type = FILTER_TEXT;
	n->text = text;
}

static bool sides(struct filter_tree *t, struct filter_node *n)
{
	struct filter_node *a = n->a, *b = n->b;

	take_word(t, a, b);
	if (b->op == OP_NAME)
		take_word(t, b, a);
	if (filter_is_literal(a) && filter_is_literal(b))
		return constant(t, a, b, n->span);
	if (!filter_type_side(t, a) || !filter_type_side(t, b))
		return false;
	if (filter_is_literal(b) && filter_is_value(a))
		return constant(t, a, b, n->span);
	if (filter_is_literal(a) && filter_is_value(b))
		return constant(t, a, b, n->span);
	if (filter_is_literal(b))
		return settle_beside(t, a, b);
	if (filter_is_literal(a))
		return settle_beside(t, b, a);
	if (filter_is_value(a) && filter_is_value(b))
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
	take_word(t, a, m);
	if (filter_is_literal(m))
		return settle_beside(t, a, m);
	if (!filter_type_value(t, m))
		return false;
	if (!filter_is_value(m)) {
		filter_fault(&t->faults, m->span, "a set holds values, and this is none");
		return false;
	}
	return align(t, a, m);
}

static bool in(struct filter_tree *t, struct filter_node *n)
{
	if (filter_is_literal(n->a)) {
		if (filter_is_word(n->a))
			return filter_unknown_name(t, n->a->text, n->a->span);
		return filter_fault(&t->faults, n->a->span, "this names nothing of a record");
	}
	if (!filter_type_value(t, n->a))
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
	if (filter_is_literal(n->a))
		return constant(t, n->a, n->a, n->a->span);
	if (!filter_type_value(t, n->a) || !filter_type_side(t, n->b))
		return false;
	if (n->a->type == FILTER_UNKNOWN && !filter_is_literal(n->b))
		return align(t, n->a, n->b);
	if (n->a->type == FILTER_UNKNOWN &&
	    !filter_retype(t, n->a, n->b->type == FILTER_TEXT ? FILTER_TEXT : FILTER_OCTETS))
		return false;
	if (!is_textual(n->a))
		return filter_wants(t, n->a, "contains", "text or octets");
	if (filter_is_literal(n->b))
		return filter_settle(t, n->a, n->b, (enum filter_type)n->a->type);
	return is_textual(n->b) || filter_differ(t, n->a, n->b);
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
	if (filter_is_literal(n->a))
		return constant(t, n->a, n->a, n->a->span);
	if (!filter_type_value(t, n->a) || !filter_align_unknown(t, n->a, FILTER_TEXT))
		return false;
	return is_textual(n->a) ? pattern(t, n) : filter_wants(t, n->a, "matches", "text or octets");
}

static bool has(struct filter_tree *t, struct filter_node *n)
{
	if (filter_is_literal(n->a))
		return constant(t, n->a, n->a, n->a->span);
	if (!filter_type_value(t, n->a) || !filter_align_unknown(t, n->a, FILTER_NUMBER))
		return false;
	if (n->a->type != FILTER_NUMBER)
		return filter_wants(t, n->a, "has", "a number that is a set of flags");
	if (filter_is_literal(n->b) && !filter_settle(t, n->a, n->b, FILTER_NUMBER))
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
	if (!filter_is_word(n) ||
	    !filter_literal(NULL, n->text, FILTER_NUMBER, ref->labels, &v, &prefix)) {
		if (filter_is_word(n))
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
	return filter_type_value(t, n->a);
}

/* Put a condition in the place of a value that stands where one is wanted. */
static bool as_condition(struct filter_tree *t, struct filter_node *n)
{
	struct filter_node *own;

	if (filter_is_word(n) && (is_text(n->text, "true") || is_text(n->text, "false")))
		return truth(t, n);
	if (filter_is_word(n) && (is_text(n->text, "ipv4") || is_text(n->text, "ipv6"))) {
		if (!family(t, n))
			return false;
	} else if (n->op == OP_LITERAL) {
		return protocol(t, n);
	}
	if (!filter_type_value(t, n))
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
