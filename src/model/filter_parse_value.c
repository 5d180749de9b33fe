/* Values: names, literals, calls, slices, and what stands in parentheses. */
#include <config.h>

#include "model/filter_parser.h"

static struct filter_node *literal(struct filter_parser *p)
{
	struct filter_node *n = filter_node(p->tree, OP_LITERAL, p->token.span);

	if (n == NULL)
		return NULL;
	n->text = p->token.text;
	n->type = p->token.kind == TOK_LITERAL ? p->token.type : FILTER_TEXT;
	n->quoted = p->token.kind == TOK_STRING;
	n->raw = p->token.pattern;
	return parser_advance(p) ? n : NULL;
}

static const struct function {
	const char *name;
	uint8_t op;
} functions[] = {
	{ "len", OP_LEN },
	{ "count", OP_COUNT },
	{ "lower", OP_LOWER },
	{ "upper", OP_UPPER },
	{ "abs", OP_ABS },
	{ "min", OP_MIN },
	{ "max", OP_MAX },
};

/* Arguments up to the parenthesis that ends them, as a list. */
static struct filter_node *arguments(struct filter_parser *p)
{
	struct filter_node *first = NULL, **end = &first;

	for (;;) {
		struct filter_node *n = parser_expression(p, BINDS_BITAND);

		if (n == NULL)
			return NULL;
		*end = n;
		end = &n->next;
		if (!parser_at(p, ','))
			break;
		if (!parser_advance(p))
			return NULL;
	}
	return parser_expect(p, ')', "a comma or a closing parenthesis") ? first : NULL;
}

static struct filter_node *call(struct filter_parser *p, const struct function *f)
{
	struct nf_span from = p->token.span;
	struct filter_node *list, *n;

	if (!parser_advance(p) || !parser_advance(p))		/* the name, the parenthesis */
		return NULL;
	list = arguments(p);
	n = filter_node1(p->tree, (enum filter_op)f->op, from, list);
	if (n == NULL)
		return NULL;
	for (struct filter_node *a = list; a != NULL; a = a->next)
		if (a->depth >= n->depth)
			n->depth = (uint8_t)(a->depth + 1);
	n->span = filter_span_over(from, p->before);
	if (list->next != NULL && f->op != OP_MIN && f->op != OP_MAX) {
		filter_fault(&p->tree->faults, list->next->span, "%s takes one value", f->name);
		return NULL;
	}
	return n;
}

static bool same_word(const struct filter_parser *p, const char *text)
{
	return strlen(text) == p->token.text.n &&
	       memcmp(text, p->token.text.p, p->token.text.n) == 0;
}

static bool at_call(const struct filter_parser *p, bool blanks)
{
	size_t at = p->lexer.at;

	while (blanks && at < p->lexer.text.n && p->lexer.text.p[at] == ' ')
		at++;
	return at < p->lexer.text.n && p->lexer.text.p[at] == '(';
}

static struct filter_node *no_function(struct filter_parser *p)
{
	filter_fault(&p->tree->faults, p->token.span, "there is no function %.*s",
		     (int)(p->token.text.n < 60 ? p->token.text.n : 60),
		     (const char *)p->token.text.p);
	filter_hint(&p->tree->faults, "there are len, count, lower, upper, abs, min and max");
	return NULL;
}

/* The function that is called here, if the word is a function's and a parenthesis follows. */
static const struct function *function(const struct filter_parser *p)
{
	if (!at_call(p, true))
		return NULL;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (same_word(p, functions[i].name))
			return &functions[i];
	return NULL;
}

static bool slice_number(struct filter_parser *p, int32_t *v)
{
	bool negative = parser_at(p, '-');

	if (negative && !filter_lex_slice(&p->lexer, &p->token))
		return false;
	if (p->token.kind != TOK_LITERAL || p->token.text.n > 5) {
		parser_unexpected(p, "a small number of octets");
		return false;
	}
	*v = 0;
	for (size_t i = 0; i < p->token.text.n; i++)
		*v = 10 * *v + p->token.text.p[i] - '0';
	if (negative)
		*v = -*v;
	return filter_lex_slice(&p->lexer, &p->token);
}

/* [i:j] is J octets from I on; [i-j] from I to J; [:j] the first J; [i:] from I on; [i] one. */
static bool slice_bounds(struct filter_parser *p, struct filter_slice *s)
{
	*s = (struct filter_slice){ .length = 1 };
	if (!parser_at(p, ':') && !slice_number(p, &s->offset))
		return false;
	s->last = parser_at(p, '-');
	if (!s->last && !parser_at(p, ':'))
		return true;
	if (!filter_lex_slice(&p->lexer, &p->token))
		return false;
	s->to_end = parser_at(p, ']');
	return s->to_end || slice_number(p, &s->length);
}

static struct filter_node *sliced(struct filter_parser *p, struct filter_node *a)
{
	struct filter_slice slice;
	struct filter_node *n;

	if (!filter_lex_slice(&p->lexer, &p->token) || !slice_bounds(p, &slice))
		return NULL;
	if (!parser_at(p, ']'))
		return parser_unexpected(p, "the end of the slice, `]`,");
	n = filter_node1(p->tree, OP_SLICE, p->token.span, a);
	if (n == NULL)
		return NULL;
	n->slice = slice;
	return parser_advance(p) ? n : NULL;
}

/* A name, a call, or a word that will stand for a value of what it is compared with. */
static struct filter_node *word(struct filter_parser *p)
{
	const struct function *f = function(p);
	const struct filter_ref *ref;
	struct filter_node *n;

	if (f != NULL)
		return call(p, f);
	ref = filter_resolve(p->tree, p->token.text);
	if (ref == NULL && !p->tree->faults.any)
		return at_call(p, false) ? no_function(p) : literal(p);
	if (ref == NULL)
		return NULL;
	n = filter_node(p->tree, OP_NAME, p->token.span);
	if (n == NULL)
		return NULL;
	n->ref = ref;
	n->type = ref->type;
	if (!parser_advance(p))
		return NULL;
	return parser_at(p, '[') ? sliced(p, n) : n;
}

/* What stands in ( ) or { }: Wireshark groups arithmetic with the latter. */
static struct filter_node *group(struct filter_parser *p)
{
	bool brace = parser_at(p, '{');
	struct nf_span open = p->token.span;
	struct filter_node *n;

	if (!parser_advance(p))
		return NULL;
	n = parser_expression(p, brace ? BINDS_BITAND : BINDS_OR);
	if (n == NULL)
		return NULL;
	if (!parser_at(p, brace ? '}' : ')')) {
		parser_unexpected(p, brace ? "`}`" : "`)`");
		if (p->token.kind == TOK_END)
			p->tree->faults.err->span = open;
		return NULL;
	}
	n->span = filter_span_over(open, p->token.span);
	return parser_advance(p) ? n : NULL;
}

static struct filter_node *prefixed(struct filter_parser *p, enum filter_op op, unsigned binds)
{
	struct nf_span from = p->token.span;

	if (!parser_advance(p))
		return NULL;
	return filter_node1(p->tree, op, from, parser_expression(p, binds));
}

struct filter_node *parser_primary(struct filter_parser *p)
{
	if (parser_at_op(p, OP_NOT))
		return prefixed(p, OP_NOT, BINDS_NOT);
	if (parser_at_op(p, OP_SUB))
		return prefixed(p, OP_NEGATE, BINDS_MUL + 1);
	if (parser_at(p, '(') || parser_at(p, '{'))
		return group(p);
	switch (p->token.kind) {
	case TOK_WORD:
		return word(p);
	case TOK_LITERAL:
	case TOK_STRING:
		return literal(p);
	default:
		return parser_unexpected(p, "a name or a value");
	}
}
