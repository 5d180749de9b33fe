/* Nodes of the tree, and what both ways of parsing do with tokens. */
#include <config.h>

#include "model/filter_parser.h"

/* -- Nodes ---------------------------------------------------------------------------- */

struct nf_span filter_span_over(struct nf_span a, struct nf_span b)
{
	uint32_t begin = a.off < b.off ? a.off : b.off;
	uint32_t end_a = a.off + a.len, end_b = b.off + b.len;

	return (struct nf_span){ begin, (end_a > end_b ? end_a : end_b) - begin };
}

struct filter_node *filter_node(struct filter_tree *t, enum filter_op op, struct nf_span span)
{
	struct filter_node *n = nf_arena_alloc(&t->arena, sizeof(*n));

	if (n == NULL) {
		filter_no_memory(&t->faults);
		return NULL;
	}
	n->op = (uint8_t)op;
	n->span = span;
	return n;
}

struct filter_node *filter_node2(struct filter_tree *t, enum filter_op op,
				 struct filter_node *a, struct filter_node *b)
{
	struct filter_node *n;

	if (a == NULL || b == NULL)
		return NULL;
	n = filter_node(t, op, filter_span_over(a->span, b->span));
	if (n == NULL)
		return NULL;
	n->a = a;
	n->b = b;
	n->depth = (uint8_t)((a->depth > b->depth ? a->depth : b->depth) + 1);
	if (n->depth <= FILTER_DEPTH)
		return n;
	filter_fault(&t->faults, n->span, "this goes deeper than %d levels", FILTER_DEPTH);
	return NULL;
}

struct filter_node *filter_node1(struct filter_tree *t, enum filter_op op, struct nf_span from,
				 struct filter_node *a)
{
	struct filter_node *n;

	if (a == NULL)
		return NULL;
	n = filter_node2(t, op, a, a);
	if (n != NULL) {
		n->b = NULL;
		n->span = filter_span_over(from, a->span);
	}
	return n;
}

/* -- Tokens --------------------------------------------------------------------------- */

bool parser_advance(struct filter_parser *p)
{
	p->before = p->token.span;
	p->tree->far = p->token.span.off + p->token.span.len;
	return filter_lex(&p->lexer, &p->token);
}

struct filter_node *parser_unexpected(struct filter_parser *p, const char *wanted)
{
	if (p->token.kind == TOK_END)
		filter_fault(&p->tree->faults, p->token.span, "the filter ends where %s is wanted",
			     wanted);
	else
		filter_fault(&p->tree->faults, p->token.span, "%s is wanted here", wanted);
	return NULL;
}

bool parser_expect(struct filter_parser *p, unsigned mark, const char *wanted)
{
	if (!parser_at(p, mark)) {
		parser_unexpected(p, wanted);
		return false;
	}
	return parser_advance(p);
}
