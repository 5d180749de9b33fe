/* Expressions and comparisons; filter_parse_value.c has what they are made of. */
#include <config.h>

#include "model/filter_parser.h"

enum { NESTING = 4 * FILTER_DEPTH };

/* -- Comparisons ---------------------------------------------------------------------- */

/* The members of { .. } or [ .. ], with commas or blanks between. */
static struct filter_node *members(struct filter_parser *p, unsigned end)
{
	struct filter_node *first = NULL, **last = &first;

	while (!parser_at(p, end)) {
		struct filter_node *n = parser_expression(p, BINDS_ADD);

		if (n != NULL && parser_at(p, MARK_RANGE))
			n = !parser_advance(p) ? NULL :
			    filter_node2(p->tree, OP_RANGE, n,
					 parser_expression(p, BINDS_ADD));
		if (n == NULL)
			return NULL;
		*last = n;
		last = &n->next;
		if (parser_at(p, ',') && !parser_advance(p))
			return NULL;
	}
	if (first == NULL)
		return parser_unexpected(p, "a value");
	return first;
}

static struct filter_node *set(struct filter_parser *p, struct filter_node *a)
{
	unsigned end = parser_at(p, '{') ? '}' : ']';
	struct filter_node *list, *n;

	if (!parser_at(p, '{') && !parser_at(p, '['))
		return parser_unexpected(p, "a set such as {80, 443, 8000..9000}");
	if (!parser_advance(p))
		return NULL;
	list = members(p, end);
	if (list == NULL)
		return NULL;
	n = filter_node1(p->tree, OP_IN, a->span, a);
	if (n == NULL)
		return NULL;
	n->b = list;
	n->span = filter_span_over(n->span, p->token.span);
	return parser_advance(p) ? n : NULL;
}

/* A word for a flag of what LEFT names. */
static bool at_flag(const struct filter_parser *p, const struct filter_node *left)
{
	uint64_t bits;

	return (p->token.kind == TOK_WORD || p->token.kind == TOK_STRING) &&
	       left->op == OP_NAME && left->ref->labels != NULL && left->ref->labels->flags &&
	       nf_labels_find(left->ref->labels, p->token.text, &bits);
}

static struct filter_node *has_one(struct filter_parser *p, struct filter_node *left)
{
	struct nf_span from = p->token.span;
	bool negated = parser_at_op(p, OP_NOT);
	struct filter_node *n;

	if (negated && !parser_advance(p))
		return NULL;
	if (!parser_at_value(p))
		return parser_unexpected(p, "a flag such as SYN");
	n = filter_node2(p->tree, OP_HAS, left, parser_expression(p, BINDS_BITAND));
	return negated ? filter_node1(p->tree, OP_NOT, from, n) : n;
}

/*
 * `tcpflags has SYN and not ACK`: what follows `and` or `or` still belongs to it where it is
 * a flag.  The token after the operator decides, so the lexer goes back if it is none.
 */
static struct filter_node *has(struct filter_parser *p, struct filter_node *left)
{
	struct filter_node *n = has_one(p, left);

	while (n != NULL && (parser_at_op(p, OP_AND) || parser_at_op(p, OP_OR))) {
		const struct filter_token operator = p->token;
		size_t at = p->lexer.at, far = p->tree->far;
		struct filter_token first;

		if (!parser_advance(p))
			return NULL;
		first = p->token;
		if (parser_at_op(p, OP_NOT) && !parser_advance(p))
			return NULL;
		if (!at_flag(p, left)) {
			p->token = operator;
			p->lexer.at = at;
			p->tree->far = far;
			break;
		}
		p->token = first;
		p->lexer.at = first.span.off + first.span.len;
		n = filter_node2(p->tree, (enum filter_op)operator.op->op, n, has_one(p, left));
		if (n != NULL) {	/* as a list, like all of them */
			n->a->next = n->b;
			n->b = NULL;
		}
	}
	return n;
}

/* The operator of a comparison is the current token. */
static struct filter_node *comparison(struct filter_parser *p, struct filter_node *left,
				      bool quantified, enum filter_quantifier quant)
{
	const struct filter_token operator = p->token;
	const struct filter_operator *op = operator.op;
	struct filter_node *n;

	if (!parser_advance(p))
		return NULL;
	if (op->op == OP_IN)
		n = set(p, left);
	else if (op->op == OP_HAS)
		return has(p, left);
	else
		n = filter_node2(p->tree, (enum filter_op)op->op, left,
				 parser_expression(p, BINDS_COMPARE + 1));
	if (n == NULL)
		return NULL;
	n->cmp = op->cmp;
	n->quant = op->quant;
	if (quantified && op->quantified) {
		filter_fault(&p->tree->faults, operator.span,
			     "`%s` says by itself whether any or all are meant", op->text);
		return NULL;
	}
	if (quantified)
		n->quant = (uint8_t)quant;
	return n;
}

static struct filter_node *copy(struct filter_parser *p, const struct filter_node *value);

static struct filter_node *copy_list(struct filter_parser *p, const struct filter_node *value)
{
	struct filter_node *first = NULL, **last = &first;

	for (; value != NULL; value = value->next) {
		*last = copy(p, value);
		if (*last == NULL)
			return NULL;
		last = &(*last)->next;
	}
	return first;
}

/* A copy of VALUE for a second comparison: filter_types.c gives each a type of its own. */
static struct filter_node *copy(struct filter_parser *p, const struct filter_node *value)
{
	struct filter_node *n = filter_node(p->tree, (enum filter_op)value->op, value->span);

	if (n == NULL)
		return NULL;
	*n = *value;
	n->next = NULL;
	n->a = copy_list(p, value->a);
	n->b = copy_list(p, value->b);
	return (value->a != NULL && n->a == NULL) || (value->b != NULL && n->b == NULL) ? NULL : n;
}

/* a < b < c is a < b and b < c. */
static struct filter_node *comparisons(struct filter_parser *p, struct filter_node *left,
				       bool quantified, enum filter_quantifier quant)
{
	struct filter_node *first = comparison(p, left, quantified, quant), *last = first, *all;
	bool chained = first != NULL && first->op == OP_COMPARE &&
		       p->token.kind == TOK_OPERATOR && p->token.op->op == OP_COMPARE;

	if (!chained)
		return first;
	all = filter_node1(p->tree, OP_AND, first->span, first);
	while (all != NULL && p->token.kind == TOK_OPERATOR && p->token.op->op == OP_COMPARE) {
		struct filter_node *between = copy(p, last->b);

		if (between == NULL)
			return NULL;
		last->next = comparison(p, between, quantified, quant);
		last = last->next;
		if (last == NULL)
			return NULL;
		all->span = filter_span_over(all->span, last->span);
	}
	return all;
}

/* `any` and `all` in front of a comparison. */
static struct filter_node *quantified(struct filter_parser *p)
{
	enum filter_quantifier quant = parser_at_word(p, "all") ? QUANT_ALL : QUANT_ANY;
	struct nf_span from = p->token.span;
	struct filter_node *left;

	if (!parser_advance(p))
		return NULL;
	left = parser_expression(p, BINDS_COMPARE + 1);
	if (left == NULL)
		return NULL;
	if (p->token.kind != TOK_OPERATOR || p->token.op->binds != BINDS_COMPARE ||
	    p->token.op->op == OP_HAS)
		return parser_unexpected(p, "a comparison");
	left = comparisons(p, left, true, quant);
	if (left != NULL)
		left->span = filter_span_over(from, left->span);
	return left;
}

/* -- Expressions ---------------------------------------------------------------------- */

/* A AND or OR more of the same: one list, so that long chains are not deep. */
static struct filter_node *chain(struct filter_parser *p, struct filter_node *first)
{
	enum filter_op op = (enum filter_op)p->token.op->op;
	unsigned binds = p->token.op->binds;
	struct filter_node *n = filter_node1(p->tree, op, first->span, first), *last = first;

	while (n != NULL && parser_at_op(p, op)) {
		if (!parser_advance(p))
			return NULL;
		last->next = parser_expression(p, binds + 1);
		last = last->next;
		if (last == NULL)
			return NULL;
		if (last->depth >= n->depth)
			n->depth = (uint8_t)(last->depth + 1);
		n->span = filter_span_over(n->span, last->span);
	}
	return n;
}

static struct filter_node *binary(struct filter_parser *p, struct filter_node *left)
{
	const struct filter_operator *op = p->token.op;

	if (op->binds == BINDS_COMPARE)
		return comparisons(p, left, false, QUANT_ANY);
	if (op->binds < BINDS_COMPARE)
		return chain(p, left);
	if (!parser_advance(p))
		return NULL;
	return filter_node2(p->tree, (enum filter_op)op->op, left,
			    parser_expression(p, op->binds + 1u));
}

static struct filter_node *operand(struct filter_parser *p, unsigned binds)
{
	if (binds <= BINDS_COMPARE && (parser_at_word(p, "any") || parser_at_word(p, "all"))) {
		struct filter_parser saved = *p;

		if (!parser_advance(p))
			return NULL;
		if (parser_at_value(p)) {
			*p = saved;
			return quantified(p);
		}
		*p = saved;
	}
	return parser_primary(p);
}

/* Precedence climbing: an operand, and operators that bind at least so tightly. */
struct filter_node *parser_expression(struct filter_parser *p, unsigned binds)
{
	struct filter_node *left = NULL;

	if (++p->depth > NESTING)
		filter_fault(&p->tree->faults, p->token.span, "this goes deeper than %d levels",
			     NESTING);
	else
		left = operand(p, binds);
	while (left != NULL && p->token.kind == TOK_OPERATOR && p->token.op->op != OP_NOT &&
	       p->token.op->binds >= binds)
		left = binary(p, left);
	p->depth--;
	return left;
}

static bool is_name(void *ctx, struct nf_bytes name)
{
	return filter_resolve(ctx, name) != NULL;
}

bool filter_parse(struct filter_tree *t)
{
	struct filter_parser p = {
		.tree = t,
		.lexer = { .text = t->text, .arena = &t->arena, .faults = &t->faults,
			   .is_name = is_name, .ctx = t },
	};

	if (!parser_advance(&p))
		return false;
	if (p.token.kind == TOK_END) {
		t->root = filter_node(t, OP_TRUE, p.token.span);
		return t->root != NULL;
	}
	t->root = parser_expression(&p, BINDS_OR);
	if (t->root == NULL)
		return false;
	t->adjacent = parser_at_value(&p);
	if (p.token.kind != TOK_END)
		parser_unexpected(&p, "`and`, `or` or an operator");
	return !t->faults.any;
}
