#include <config.h>

#include "model/filter_nfdump.h"

#include <stdio.h>

#include "model/filter_near.h"

/* Words for values where nfdump's are not ours. */
static const struct nf_value_name event_words[] = {
	{ 0, "ignore" }, { 1, "create" }, { 2, "term" }, { 2, "delete" }, { 3, "deny" },
	{ 4, "alert" }, { 5, "update" },
};
static const struct nf_value_name denied_words[] = {
	{ 1001, "ingress" }, { 1002, "egress" }, { 1003, "interface" }, { 1004, "nosyn" },
};
static const struct nf_value_name nat_words[] = {
	{ 1, "add" }, { 2, "delete" },
};

static const struct words {
	const char *primitive;
	const struct nf_value_name *v;
	size_t n;
} words[] = {
#define WORDS(primitive_, v_) { primitive_, v_, sizeof(v_) / sizeof(v_[0]) }
	WORDS("asa event denied", denied_words),
	WORDS("asa event", event_words),
	WORDS("nat event", nat_words),
};

/* -- Nodes ---------------------------------------------------------------------------- */

static struct filter_node *value_node(struct filter_parser *p, struct filter_value v,
				      struct nf_span span)
{
	struct filter_node *n = filter_node(p->tree, OP_VALUE, span);

	if (n == NULL)
		return NULL;
	n->type = v.type;
	n->value = v;
	return n;
}

struct filter_node *filter_nfdump_name(struct filter_parser *p, const char *name)
{
	const struct nf_bytes text = { (const uint8_t *)name, strlen(name) };
	const struct filter_ref *ref = filter_resolve(p->tree, text);
	struct filter_node *n;

	if (ref == NULL) {
		filter_unknown_name(p->tree, text, p->from);
		return NULL;
	}
	n = filter_node(p->tree, OP_NAME, p->from);
	if (n == NULL)
		return NULL;
	n->ref = ref;
	n->type = ref->type;
	return n;
}

static struct filter_node *comparison(struct filter_parser *p, enum filter_op op, const char *name,
				      enum filter_cmp cmp, struct filter_node *b)
{
	struct filter_node *a = b != NULL ? filter_nfdump_name(p, name) : NULL, *n;

	if (a == NULL)
		return NULL;
	n = filter_node(p->tree, op, filter_span_over(p->from, b->span));
	if (n == NULL)
		return NULL;
	n->a = a;
	n->b = b;
	n->cmp = (uint8_t)cmp;
	n->quant = QUANT_ANY;
	return n;
}

struct filter_node *filter_nfdump_equals(struct filter_parser *p, const char *name, uint64_t v)
{
	return comparison(p, OP_COMPARE, name, CMP_EQ,
			  value_node(p, filter_number(v), p->from));
}

/* -- Operands ------------------------------------------------------------------------- */

/* [ = == > < >= <= eq lt gt le ge ], or nothing, which is equality. */
static bool take_comparison(struct filter_parser *p, enum filter_cmp *cmp)
{
	*cmp = CMP_EQ;
	if (!parser_at_op(p, OP_COMPARE) || p->token.op->quantified)
		return true;
	*cmp = (enum filter_cmp)p->token.op->cmp;
	return parser_advance(p);
}

/* Digits with a factor: k, m, g, t, in upper or lower case, of 1000. */
static bool scaled(struct nf_bytes text, uint64_t *v)
{
	static const char factors[] = "kmgt";
	const char *factor;
	size_t i = 0;

	if (text.n > 2 && text.p[0] == '0' && (text.p[1] | 0x20) == 'x') {
		struct filter_value number;
		int prefix;

		if (!filter_literal(NULL, text, FILTER_NUMBER, NULL, &number, &prefix))
			return false;
		*v = number.u;
		return true;
	}
	for (*v = 0; i < text.n && text.p[i] >= '0' && text.p[i] <= '9'; i++)
		if (__builtin_mul_overflow(*v, 10, v) ||
		    __builtin_add_overflow(*v, text.p[i] - '0', v))
			return false;
	if (i == 0 || i + 1 < text.n)
		return false;
	if (i == text.n)
		return true;
	factor = strchr(factors, text.p[i] | 0x20);
	for (long n = factor != NULL ? factor - factors + 1 : 0; n > 0; n--)
		if (__builtin_mul_overflow(*v, 1000, v))
			return false;
	return factor != NULL && *factor != '\0';
}

static struct filter_node *number(struct filter_parser *p)
{
	struct nf_span span = p->token.span;
	uint64_t v;

	if (p->token.kind != TOK_LITERAL || !scaled(p->token.text, &v))
		return parser_unexpected(p, "a number");
	return parser_advance(p) ? value_node(p, filter_number(v), span) : NULL;
}

static struct filter_node *milliseconds(struct filter_parser *p)
{
	struct nf_span span = p->token.span;
	struct filter_value v = { .type = FILTER_DURATION };
	uint64_t ms;

	if (p->token.kind != TOK_LITERAL || !scaled(p->token.text, &ms) ||
	    ms > INT64_MAX / 1000000)
		return parser_unexpected(p, "a number of milliseconds");
	v.ns = (int64_t)ms * 1000000;
	return parser_advance(p) ? value_node(p, v, span) : NULL;
}

/* Left as it is written: types.c reads it as what the name is. */
static struct filter_node *literal(struct filter_parser *p, const char *wanted)
{
	struct filter_node *n;

	if (p->token.kind != TOK_LITERAL && p->token.kind != TOK_STRING)
		return parser_unexpected(p, wanted);
	n = filter_node(p->tree, OP_LITERAL, p->token.span);
	if (n == NULL)
		return NULL;
	n->text = p->token.text;
	n->quoted = p->token.kind == TOK_STRING;
	n->raw = p->token.pattern;
	n->type = n->quoted ? FILTER_TEXT : p->token.type;
	return parser_advance(p) ? n : NULL;
}

static struct filter_node *operand(struct filter_parser *p, enum filter_nfdump_kind kind)
{
	return kind == KIND_NUMBER ? number(p) : literal(p, "an address");
}

/* [ values ], with commas or blanks between. */
static struct filter_node *list(struct filter_parser *p, const struct filter_nfdump_row *row)
{
	struct filter_node *first = NULL, **last = &first;

	if (!parser_advance(p))
		return NULL;
	if (!parser_at(p, '['))
		return parser_unexpected(p, "a list in [ ]");
	if (!parser_advance(p))
		return NULL;
	while (!parser_at(p, ']')) {
		*last = operand(p, (enum filter_nfdump_kind)row->kind);
		if (*last == NULL)
			return NULL;
		last = &(*last)->next;
		if (parser_at(p, ',') && !parser_advance(p))
			return NULL;
	}
	if (first == NULL)
		return parser_unexpected(p, "a value");
	return parser_advance(p) ? comparison(p, OP_IN, row->name, CMP_EQ, first) : NULL;
}

static struct filter_node *compared(struct filter_parser *p, const struct filter_nfdump_row *row)
{
	enum filter_cmp cmp;

	if (parser_at_op(p, OP_IN))
		return list(p, row);
	if (!take_comparison(p, &cmp))
		return NULL;
	return comparison(p, OP_COMPARE, row->name, cmp,
			  row->kind == KIND_MILLISECONDS ? milliseconds(p) :
			  operand(p, (enum filter_nfdump_kind)row->kind));
}

/* -- Primitives ----------------------------------------------------------------------- */

/* How many leading ones MASK has; -1 if ones follow a zero. */
static int mask_bits(uint32_t mask)
{
	int bits = 0;

	while (bits < 32 && (mask & UINT32_C(1) << (31 - bits)) != 0)
		bits++;
	return bits == 32 || mask << bits == 0 ? bits : -1;
}

/* "172.16/16", of which N is what stands before the sign: the octets left out are zero. */
static struct filter_node *short_net(struct filter_parser *p, struct filter_node *n)
{
	static const char zeros[] = ".0.0.0";
	struct filter_value v;
	unsigned dots = 0;
	struct nf_span span;
	char text[32];
	int prefix;

	for (size_t i = 0; i < n->text.n; i++)
		dots += n->text.p[i] == '.';
	if (!parser_advance(p))
		return NULL;
	if (p->token.kind != TOK_LITERAL || dots > 3 || n->text.n > 15 || p->token.text.n > 2)
		return parser_unexpected(p, "a prefix length");
	span = filter_span_over(n->span, p->token.span);
	snprintf(text, sizeof(text), "%.*s%s/%.*s", (int)n->text.n, (const char *)n->text.p,
		 zeros + 2 * dots, (int)p->token.text.n, (const char *)p->token.text.p);
	if (!filter_literal(NULL, (struct nf_bytes){ (const uint8_t *)text, strlen(text) },
			    FILTER_IPV4, NULL, &v, &prefix) || prefix < 0) {
		filter_fault(&p->tree->faults, span, "this is no network");
		return NULL;
	}
	n->op = OP_NET;
	n->type = FILTER_IPV4;
	n->value = v;
	n->prefix = (uint8_t)prefix;
	n->span = span;
	return parser_advance(p) ? n : NULL;
}

/* network/bits, or network and mask. */
static struct filter_node *net(struct filter_parser *p, const struct filter_nfdump_row *row)
{
	struct filter_node *n = literal(p, "a network");
	struct filter_value address, mask;
	int prefix, bits;

	if (n != NULL && parser_at_op(p, OP_DIV))
		return comparison(p, OP_COMPARE, row->name, CMP_EQ, short_net(p, n));
	if (n == NULL || p->token.kind != TOK_LITERAL || p->token.type != FILTER_IPV4)
		return comparison(p, OP_COMPARE, row->name, CMP_EQ, n);
	if (!filter_literal(NULL, n->text, FILTER_IPV4, NULL, &address, &prefix) || prefix >= 0 ||
	    !filter_literal(NULL, p->token.text, FILTER_IPV4, NULL, &mask, &prefix) || prefix >= 0)
		return parser_unexpected(p, "a network and its mask");
	bits = mask_bits((uint32_t)mask.u);
	if (bits < 0)
		return parser_unexpected(p, "a mask of ones followed by zeros");
	n->op = OP_NET;
	n->type = FILTER_IPV4;
	n->value = address;
	n->prefix = (uint8_t)bits;
	return parser_advance(p) ? comparison(p, OP_COMPARE, row->name, CMP_EQ, n) : NULL;
}

static bool word_value(const struct filter_nfdump_row *row, struct nf_bytes text, uint64_t *v)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].primitive, row->words) != 0)
			continue;
		for (size_t j = 0; j < words[i].n; j++) {
			const char *name = words[i].v[j].name;

			if (filter_nfdump_is(text, name, strlen(name))) {
				*v = words[i].v[j].value;
				return true;
			}
		}
	}
	return false;
}

static struct filter_node *no_such_word(struct filter_parser *p, const struct nf_labels *labels)
{
	parser_unexpected(p, "a number, or a word for one,");
	if (labels != NULL && labels->values != NULL)
		filter_hint_value(p->tree, labels, p->token.text);
	return NULL;
}

static struct filter_node *word_operand(struct filter_parser *p,
					const struct filter_nfdump_row *row)
{
	struct filter_node *name = filter_nfdump_name(p, row->name), *n;
	struct filter_value v;
	int prefix;

	if (name == NULL)
		return NULL;
	if (p->token.kind != TOK_WORD && p->token.kind != TOK_STRING)
		return number(p);
	v = filter_number(0);
	if (!word_value(row, p->token.text, &v.u) &&
	    !filter_literal(NULL, p->token.text, FILTER_NUMBER, name->ref->labels, &v, &prefix))
		return no_such_word(p, name->ref->labels);
	n = value_node(p, v, p->token.span);
	return parser_advance(p) ? n : NULL;
}

static struct filter_node *worded(struct filter_parser *p, const struct filter_nfdump_row *row)
{
	enum filter_cmp cmp;

	if (!take_comparison(p, &cmp))
		return NULL;
	return comparison(p, OP_COMPARE, row->name, cmp, word_operand(p, row));
}

/* "SA": the bits; X is all of them.  False where another letter is among them. */
static bool flag_letters(struct nf_bytes text, uint64_t *bits)
{
	static const char letters[] = "FSRPAUEC";

	*bits = 0;
	for (size_t i = 0; i < text.n; i++) {
		int c = text.p[i] & ~0x20;
		const char *letter = c != 0 ? strchr(letters, c) : NULL;

		if (c == 'X')
			*bits |= 0x3f;
		else if (letter != NULL)
			*bits |= UINT64_C(1) << (letter - letters);
		else
			return false;
	}
	return text.n > 0;
}

/* All flags must be set; below a `not`, none may be: as nfdump has it. */
static struct filter_node *flags(struct filter_parser *p, const struct filter_nfdump_row *row)
{
	struct nf_span span;
	enum filter_cmp cmp;
	struct filter_node *n;
	uint64_t bits;

	if (parser_at_op(p, OP_COMPARE))
		return take_comparison(p, &cmp) ?
		       comparison(p, OP_COMPARE, row->name, cmp, number(p)) : NULL;
	span = p->token.span;
	if (p->token.kind == TOK_LITERAL)
		return comparison(p, OP_COMPARE, row->name, CMP_EQ, number(p));
	if (p->token.kind != TOK_WORD || !flag_letters(p->token.text, &bits))
		return parser_unexpected(p, "letters of flags, such as SA,");
	n = value_node(p, filter_number(bits), span);
	if (n == NULL || !parser_advance(p))
		return NULL;
	if (p->inverted)
		return filter_node2(p->tree, OP_BITAND, filter_nfdump_name(p, row->name), n);
	return comparison(p, OP_HAS, row->name, CMP_EQ, n);
}

struct filter_node *filter_nfdump_rest(struct filter_parser *p, const struct filter_nfdump_row *row)
{
	switch (row->kind) {
	case KIND_NUMBER:
	case KIND_ADDRESS:
	case KIND_MILLISECONDS:
		return compared(p, row);
	case KIND_NET:
		return net(p, row);
	case KIND_WORD:
		return worded(p, row);
	case KIND_FLAGS:
		return flags(p, row);
	case KIND_CONTENT:
		return comparison(p, OP_CONTAINS, row->name, CMP_EQ, literal(p, "text in quotes"));
	case KIND_REGEX:
		return comparison(p, OP_MATCHES, row->name, CMP_EQ,
				  literal(p, "a pattern in quotes"));
	case KIND_THERE:
		return filter_nfdump_name(p, row->name);
	default:
		p->tree->unknown = true;
		filter_fault(&p->tree->faults, p->from, "records say nothing of this");
		filter_hint(&p->tree->faults, "%s", row->name);
		return NULL;
	}
}
