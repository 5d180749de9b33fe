#include <config.h>

#include "model/filter_tree.h"

#include <strings.h>

struct parser {
	struct filter_tree *tree;
	struct filter_lexer lexer;
	struct filter_token token;		/* the current one, not used up yet */
	struct nf_span before;			/* of the one before it */
	unsigned depth;				/* of what is open */
};

enum { NESTING = 4 * FILTER_DEPTH };

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

static struct filter_node *node1(struct filter_tree *t, enum filter_op op, struct nf_span from,
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

static bool advance(struct parser *p)
{
	p->before = p->token.span;
	p->tree->far = p->token.span.off + p->token.span.len;
	return filter_lex(&p->lexer, &p->token);
}

static bool at_mark(const struct parser *p, unsigned mark)
{
	return p->token.kind == TOK_MARK && p->token.mark == mark;
}

static bool at_op(const struct parser *p, enum filter_op op)
{
	return p->token.kind == TOK_OPERATOR && p->token.op->op == op;
}

static bool at_word(const struct parser *p, const char *word)
{
	return p->token.kind == TOK_WORD && p->token.text.n == strlen(word) &&
	       strncasecmp((const char *)p->token.text.p, word, p->token.text.n) == 0;
}

/* A token that may begin a value. */
static bool at_value(const struct parser *p)
{
	return p->token.kind == TOK_WORD || p->token.kind == TOK_LITERAL ||
	       p->token.kind == TOK_STRING || at_mark(p, '(') || at_mark(p, '{') ||
	       at_op(p, OP_SUB);
}

static struct filter_node *unexpected(struct parser *p, const char *wanted)
{
	if (p->token.kind == TOK_END)
		filter_fault(&p->tree->faults, p->token.span, "the filter ends where %s is wanted",
			     wanted);
	else
		filter_fault(&p->tree->faults, p->token.span, "%s is wanted here", wanted);
	return NULL;
}

static bool expect(struct parser *p, unsigned mark, const char *wanted)
{
	if (!at_mark(p, mark)) {
		unexpected(p, wanted);
		return false;
	}
	return advance(p);
}

static bool is_name(void *ctx, struct nf_bytes name)
{
	return filter_resolve(ctx, name) != NULL;
}

/* -- Values --------------------------------------------------------------------------- */

static struct filter_node *expression(struct parser *p, unsigned binds);

static struct filter_node *literal(struct parser *p)
{
	struct filter_node *n = filter_node(p->tree, OP_LITERAL, p->token.span);

	if (n == NULL)
		return NULL;
	n->text = p->token.text;
	n->type = p->token.kind == TOK_LITERAL ? p->token.type : FILTER_TEXT;
	n->quoted = p->token.kind == TOK_STRING;
	n->raw = p->token.pattern;
	return advance(p) ? n : NULL;
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
static struct filter_node *arguments(struct parser *p)
{
	struct filter_node *first = NULL, **end = &first;

	for (;;) {
		struct filter_node *n = expression(p, BINDS_BITAND);

		if (n == NULL)
			return NULL;
		*end = n;
		end = &n->next;
		if (!at_mark(p, ','))
			break;
		if (!advance(p))
			return NULL;
	}
	return expect(p, ')', "a comma or a closing parenthesis") ? first : NULL;
}

static struct filter_node *call(struct parser *p, const struct function *f)
{
	struct nf_span from = p->token.span;
	struct filter_node *list, *n;

	if (!advance(p) || !advance(p))		/* the name, the parenthesis */
		return NULL;
	list = arguments(p);
	n = node1(p->tree, (enum filter_op)f->op, from, list);
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

static bool same_word(const struct parser *p, const char *text)
{
	return strlen(text) == p->token.text.n &&
	       memcmp(text, p->token.text.p, p->token.text.n) == 0;
}

static bool at_call(const struct parser *p, bool blanks)
{
	size_t at = p->lexer.at;

	while (blanks && at < p->lexer.text.n && p->lexer.text.p[at] == ' ')
		at++;
	return at < p->lexer.text.n && p->lexer.text.p[at] == '(';
}

static struct filter_node *no_function(struct parser *p)
{
	filter_fault(&p->tree->faults, p->token.span, "there is no function %.*s",
		     (int)(p->token.text.n < 60 ? p->token.text.n : 60),
		     (const char *)p->token.text.p);
	filter_hint(&p->tree->faults, "there are len, count, lower, upper, abs, min and max");
	return NULL;
}

/* The function that is called here, if the word is a function's and a parenthesis follows. */
static const struct function *function(const struct parser *p)
{
	if (!at_call(p, true))
		return NULL;
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		if (same_word(p, functions[i].name))
			return &functions[i];
	return NULL;
}

static bool slice_number(struct parser *p, int32_t *v)
{
	bool negative = at_mark(p, '-');

	if (negative && !filter_lex_slice(&p->lexer, &p->token))
		return false;
	if (p->token.kind != TOK_LITERAL || p->token.text.n > 5) {
		unexpected(p, "a small number of octets");
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
static bool slice_bounds(struct parser *p, struct filter_slice *s)
{
	*s = (struct filter_slice){ .length = 1 };
	if (!at_mark(p, ':') && !slice_number(p, &s->offset))
		return false;
	s->last = at_mark(p, '-');
	if (!s->last && !at_mark(p, ':'))
		return true;
	if (!filter_lex_slice(&p->lexer, &p->token))
		return false;
	s->to_end = at_mark(p, ']');
	return s->to_end || slice_number(p, &s->length);
}

static struct filter_node *sliced(struct parser *p, struct filter_node *a)
{
	struct filter_slice slice;
	struct filter_node *n;

	if (!filter_lex_slice(&p->lexer, &p->token) || !slice_bounds(p, &slice))
		return NULL;
	if (!at_mark(p, ']'))
		return unexpected(p, "the end of the slice, `]`,");
	n = node1(p->tree, OP_SLICE, p->token.span, a);
	if (n == NULL)
		return NULL;
	n->slice = slice;
	return advance(p) ? n : NULL;
}

/* A name, a call, or a word that will stand for a value of what it is compared with. */
static struct filter_node *word(struct parser *p)
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
	if (!advance(p))
		return NULL;
	return at_mark(p, '[') ? sliced(p, n) : n;
}

/* What stands in ( ) or { }: Wireshark groups arithmetic with the latter. */
static struct filter_node *group(struct parser *p)
{
	bool brace = at_mark(p, '{');
	struct nf_span open = p->token.span;
	struct filter_node *n;

	if (!advance(p))
		return NULL;
	n = expression(p, brace ? BINDS_BITAND : BINDS_OR);
	if (n == NULL)
		return NULL;
	if (!at_mark(p, brace ? '}' : ')')) {
		unexpected(p, brace ? "`}`" : "`)`");
		if (p->token.kind == TOK_END)
			p->tree->faults.err->span = open;
		return NULL;
	}
	n->span = filter_span_over(open, p->token.span);
	return advance(p) ? n : NULL;
}

static struct filter_node *prefixed(struct parser *p, enum filter_op op, unsigned binds)
{
	struct nf_span from = p->token.span;

	if (!advance(p))
		return NULL;
	return node1(p->tree, op, from, expression(p, binds));
}

static struct filter_node *primary(struct parser *p)
{
	if (at_op(p, OP_NOT))
		return prefixed(p, OP_NOT, BINDS_NOT);
	if (at_op(p, OP_SUB))
		return prefixed(p, OP_NEGATE, BINDS_MUL + 1);
	if (at_mark(p, '(') || at_mark(p, '{'))
		return group(p);
	switch (p->token.kind) {
	case TOK_WORD:
		return word(p);
	case TOK_LITERAL:
	case TOK_STRING:
		return literal(p);
	default:
		return unexpected(p, "a name or a value");
	}
}

/* -- Comparisons ---------------------------------------------------------------------- */

/* The members of { .. } or [ .. ], with commas or blanks between. */
static struct filter_node *members(struct parser *p, unsigned end)
{
	struct filter_node *first = NULL, **last = &first;

	while (!at_mark(p, end)) {
		struct filter_node *n = expression(p, BINDS_ADD);

		if (n != NULL && at_mark(p, MARK_RANGE))
			n = advance(p) ?
			    filter_node2(p->tree, OP_RANGE, n, expression(p, BINDS_ADD)) : NULL;
		if (n == NULL)
			return NULL;
		*last = n;
		last = &n->next;
		if (at_mark(p, ',') && !advance(p))
			return NULL;
	}
	if (first == NULL)
		return unexpected(p, "a value");
	return first;
}

static struct filter_node *set(struct parser *p, struct filter_node *a)
{
	unsigned end = at_mark(p, '{') ? '}' : ']';
	struct filter_node *list, *n;

	if (!at_mark(p, '{') && !at_mark(p, '['))
		return unexpected(p, "a set such as {80, 443, 8000..9000}");
	if (!advance(p))
		return NULL;
	list = members(p, end);
	if (list == NULL)
		return NULL;
	n = node1(p->tree, OP_IN, a->span, a);
	if (n == NULL)
		return NULL;
	n->b = list;
	n->span = filter_span_over(n->span, p->token.span);
	return advance(p) ? n : NULL;
}

/* A word for a flag of what LEFT names. */
static bool at_flag(const struct parser *p, const struct filter_node *left)
{
	uint64_t bits;

	return (p->token.kind == TOK_WORD || p->token.kind == TOK_STRING) &&
	       left->op == OP_NAME && left->ref->labels != NULL && left->ref->labels->flags &&
	       nf_labels_find(left->ref->labels, p->token.text, &bits);
}

static struct filter_node *has_one(struct parser *p, struct filter_node *left)
{
	struct nf_span from = p->token.span;
	bool negated = at_op(p, OP_NOT);
	struct filter_node *n;

	if (negated && !advance(p))
		return NULL;
	if (!at_value(p))
		return unexpected(p, "a flag such as SYN");
	n = filter_node2(p->tree, OP_HAS, left, expression(p, BINDS_BITAND));
	return negated ? node1(p->tree, OP_NOT, from, n) : n;
}

/*
 * `tcpflags has SYN and not ACK`: what follows `and` or `or` still belongs to it where it is
 * a flag.  The token after the operator decides, so the lexer goes back if it is none.
 */
static struct filter_node *has(struct parser *p, struct filter_node *left)
{
	struct filter_node *n = has_one(p, left);

	while (n != NULL && (at_op(p, OP_AND) || at_op(p, OP_OR))) {
		const struct filter_token operator = p->token;
		size_t at = p->lexer.at, far = p->tree->far;
		struct filter_token first;

		if (!advance(p))
			return NULL;
		first = p->token;
		if (at_op(p, OP_NOT) && !advance(p))
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
static struct filter_node *comparison(struct parser *p, struct filter_node *left, bool quantified,
				      enum filter_quantifier quant)
{
	const struct filter_token operator = p->token;
	const struct filter_operator *op = operator.op;
	struct filter_node *n;

	if (!advance(p))
		return NULL;
	if (op->op == OP_IN)
		n = set(p, left);
	else if (op->op == OP_HAS)
		return has(p, left);
	else
		n = filter_node2(p->tree, (enum filter_op)op->op, left,
				 expression(p, BINDS_COMPARE + 1));
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

static struct filter_node *copy(struct parser *p, const struct filter_node *value);

static struct filter_node *copy_list(struct parser *p, const struct filter_node *value)
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

/* A copy of VALUE for a second comparison: types.c gives each a type of its own. */
static struct filter_node *copy(struct parser *p, const struct filter_node *value)
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
static struct filter_node *comparisons(struct parser *p, struct filter_node *left, bool quantified,
				       enum filter_quantifier quant)
{
	struct filter_node *first = comparison(p, left, quantified, quant), *last = first, *all;
	bool chained = first != NULL && first->op == OP_COMPARE &&
		       p->token.kind == TOK_OPERATOR && p->token.op->op == OP_COMPARE;

	if (!chained)
		return first;
	all = node1(p->tree, OP_AND, first->span, first);
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
static struct filter_node *quantified(struct parser *p)
{
	enum filter_quantifier quant = at_word(p, "all") ? QUANT_ALL : QUANT_ANY;
	struct nf_span from = p->token.span;
	struct filter_node *left;

	if (!advance(p))
		return NULL;
	left = expression(p, BINDS_COMPARE + 1);
	if (left == NULL)
		return NULL;
	if (p->token.kind != TOK_OPERATOR || p->token.op->binds != BINDS_COMPARE ||
	    p->token.op->op == OP_HAS)
		return unexpected(p, "a comparison");
	left = comparisons(p, left, true, quant);
	if (left != NULL)
		left->span = filter_span_over(from, left->span);
	return left;
}

/* -- Expressions ---------------------------------------------------------------------- */

/* A AND or OR more of the same: one list, so that long chains are not deep. */
static struct filter_node *chain(struct parser *p, struct filter_node *first)
{
	enum filter_op op = (enum filter_op)p->token.op->op;
	unsigned binds = p->token.op->binds;
	struct filter_node *n = node1(p->tree, op, first->span, first), *last = first;

	while (n != NULL && at_op(p, op)) {
		if (!advance(p))
			return NULL;
		last->next = expression(p, binds + 1);
		last = last->next;
		if (last == NULL)
			return NULL;
		if (last->depth >= n->depth)
			n->depth = (uint8_t)(last->depth + 1);
		n->span = filter_span_over(n->span, last->span);
	}
	return n;
}

static struct filter_node *binary(struct parser *p, struct filter_node *left)
{
	const struct filter_operator *op = p->token.op;

	if (op->binds == BINDS_COMPARE)
		return comparisons(p, left, false, QUANT_ANY);
	if (op->binds < BINDS_COMPARE)
		return chain(p, left);
	if (!advance(p))
		return NULL;
	return filter_node2(p->tree, (enum filter_op)op->op, left, expression(p, op->binds + 1u));
}

static struct filter_node *operand(struct parser *p, unsigned binds)
{
	if (binds <= BINDS_COMPARE && (at_word(p, "any") || at_word(p, "all"))) {
		struct parser saved = *p;

		if (!advance(p))
			return NULL;
		if (at_value(p)) {
			*p = saved;
			return quantified(p);
		}
		*p = saved;
	}
	return primary(p);
}

/* Precedence climbing: an operand, and operators that bind at least so tightly. */
static struct filter_node *expression(struct parser *p, unsigned binds)
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

bool filter_parse(struct filter_tree *t)
{
	struct parser p = {
		.tree = t,
		.lexer = { .text = t->text, .arena = &t->arena, .faults = &t->faults,
			   .is_name = is_name, .ctx = t },
	};

	if (!advance(&p))
		return false;
	if (p.token.kind == TOK_END) {
		t->root = filter_node(t, OP_TRUE, p.token.span);
		return t->root != NULL;
	}
	t->root = expression(&p, BINDS_OR);
	if (t->root == NULL)
		return false;
	t->adjacent = at_value(&p);
	if (p.token.kind != TOK_END)
		unexpected(&p, "`and`, `or` or an operator");
	return !t->faults.any;
}
