/*
 * A text on its way to a tree: the token at hand, and what is asked of it.
 */
#ifndef MODEL_FILTER_PARSER_H
#define MODEL_FILTER_PARSER_H

#include "model/filter_tree.h"

#include <strings.h>

struct filter_parser {
	struct filter_tree *tree;
	struct filter_lexer lexer;
	struct filter_token token;	/* the current one, not used up yet */
	struct nf_span before;		/* of the one before it */
	unsigned depth;			/* of what is open */
	/* nfdump's language alone */
	struct nf_span from;		/* of the primitive at hand */
	bool bare;			/* it was a protocol alone */
	bool inverted;			/* an odd number of `not` stands around it */
};

/* The next token; false, and a fault, where there is none. */
bool parser_advance(struct filter_parser *p);

/* A fault: WANTED should stand here.  Always NULL. */
struct filter_node *parser_unexpected(struct filter_parser *p, const char *wanted);

/* Behind MARK, which must stand here. */
bool parser_expect(struct filter_parser *p, unsigned mark, const char *wanted);

static inline bool parser_at(const struct filter_parser *p, unsigned mark)
{
	return p->token.kind == TOK_MARK && p->token.mark == mark;
}

static inline bool parser_at_op(const struct filter_parser *p, enum filter_op op)
{
	return p->token.kind == TOK_OPERATOR && p->token.op->op == op;
}

static inline bool parser_at_word(const struct filter_parser *p, const char *word)
{
	return p->token.kind == TOK_WORD && p->token.text.n == strlen(word) &&
	       strncasecmp((const char *)p->token.text.p, word, p->token.text.n) == 0;
}

/* A token that may begin a value. */
static inline bool parser_at_value(const struct filter_parser *p)
{
	return p->token.kind == TOK_WORD || p->token.kind == TOK_LITERAL ||
	       p->token.kind == TOK_STRING || parser_at(p, '(') || parser_at(p, '{') ||
	       parser_at_op(p, OP_SUB);
}

/* An expression of operators that bind at least so tightly; a value. */
struct filter_node *parser_expression(struct filter_parser *p, unsigned binds);
struct filter_node *parser_primary(struct filter_parser *p);

#endif
