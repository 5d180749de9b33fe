#include <config.h>

#include "model/filter_nfdump.h"

static const struct filter_nfdump_row primitives[] = {
#define PRIMITIVE(words_, kind_, name_) { words_, KIND_##kind_, name_ },
#define UNKNOWN(words_, why_) { words_, KIND_UNKNOWN, why_ },
#include "model/filter_nfdump.def"
#undef PRIMITIVE
#undef UNKNOWN
};

/* -- Primitives ----------------------------------------------------------------------- */

/* A or B, A and B. */
static struct filter_node *junction(struct filter_parser *p, enum filter_op op,
				    struct filter_node *a, struct filter_node *b)
{
	struct filter_node *n;

	if (a == NULL || b == NULL)
		return NULL;
	n = filter_node(p->tree, op, filter_span_over(a->span, b->span));
	if (n == NULL)
		return NULL;
	n->a = a;
	a->next = b;
	return n;
}

/* True if the words of a row stand here; the tokens are then used up. */
static bool take_words(struct filter_parser *p, const char *text)
{
	const struct filter_parser saved = *p;

	while (*text != '\0') {
		size_t n = strcspn(text, " ");

		if ((p->token.kind != TOK_WORD && p->token.kind != TOK_OPERATOR) ||
		    !filter_nfdump_is(p->token.text, text, n) || !parser_advance(p)) {
			*p = saved;
			return false;
		}
		text += n;
		text += *text == ' ';
	}
	return true;
}

static const struct filter_nfdump_row *primitive_here(struct filter_parser *p)
{
	for (size_t i = 0; i < sizeof(primitives) / sizeof(primitives[0]); i++)
		if (take_words(p, primitives[i].words))
			return &primitives[i];
	return NULL;
}

/* The row of "src X" or "dst X" after `src or dst X`. */
static const struct filter_nfdump_row *directed(const char *direction, const char *name)
{
	size_t n = strlen(direction);

	for (size_t i = 0; i < sizeof(primitives) / sizeof(primitives[0]); i++)
		if (strncmp(primitives[i].words, direction, n) == 0 &&
		    strcmp(primitives[i].words + n, name) == 0)
			return &primitives[i];
	return NULL;
}

/* `src or dst port 53`, `src and dst port 53`: the operand is read twice. */
static struct filter_node *both_ways(struct filter_parser *p, enum filter_op op)
{
	const struct filter_nfdump_row *row = primitive_here(p), *src, *dst;
	const struct filter_parser at = *p;
	struct filter_node *a;

	src = row != NULL ? directed("src ", row->words) : NULL;
	dst = row != NULL ? directed("dst ", row->words) : NULL;
	if (src == NULL || dst == NULL)
		return parser_unexpected(p, "ip, net, port or another that has a direction");
	a = filter_nfdump_rest(p, src);
	if (a == NULL)
		return NULL;
	*p = at;
	return junction(p, op, a, filter_nfdump_rest(p, dst));
}

/* `tcp`, alone or before another primitive, as tcpdump has it. */
static struct filter_node *protocol(struct filter_parser *p)
{
	static const struct filter_nfdump_row row = { "proto", KIND_WORD, "proto" };
	struct filter_node *name = filter_nfdump_name(p, row.name);
	struct filter_value v;
	int prefix;

	if (name == NULL || p->token.kind != TOK_WORD)
		return name != NULL ? parser_unexpected(p, "a primitive") : NULL;
	if (!filter_literal(NULL, p->token.text, FILTER_NUMBER, name->ref->labels, &v, &prefix))
		return parser_unexpected(p, "a primitive such as src ip, dst port or proto");
	return filter_nfdump_rest(p, &row);
}

static struct filter_node *primitive(struct filter_parser *p)
{
	const struct filter_nfdump_row *row;
	struct filter_node *n;

	p->from = p->token.span;
	p->bare = false;
	if (take_words(p, "any"))
		return filter_node(p->tree, OP_TRUE, p->from);
	if (take_words(p, "src or dst") || take_words(p, "dst or src"))
		return both_ways(p, OP_OR);
	if (take_words(p, "src and dst") || take_words(p, "dst and src"))
		return both_ways(p, OP_AND);
	row = primitive_here(p);
	p->bare = row == NULL;
	n = row != NULL ? filter_nfdump_rest(p, row) : protocol(p);
	if (n != NULL && row != NULL && strncmp(row->words, "icmp-", 5) == 0) {
		return junction(p, OP_AND, filter_nfdump_equals(p, "proto", 1), n);
	}
	return n;
}

/* -- Expressions ---------------------------------------------------------------------- */

static struct filter_node *combined(struct filter_parser *p, bool alternatives);

static struct filter_node *term(struct filter_parser *p)
{
	struct nf_span from = p->token.span;
	struct filter_node *n = NULL, *not;
	bool negated = parser_at_op(p, OP_NOT);

	if (++p->depth > FILTER_DEPTH)
		return parser_unexpected(p, "something less deep");
	if (negated) {
		if (!parser_advance(p))
			return NULL;
		p->inverted = !p->inverted;
		n = term(p);
		p->inverted = !p->inverted;
	} else if (parser_at(p, '(')) {
		n = parser_advance(p) ? combined(p, true) : NULL;
		if (n != NULL && !parser_at(p, ')'))
			return parser_unexpected(p, "`)`");
		if (n != NULL && !parser_advance(p))
			return NULL;
		p->bare = false;
	} else {
		n = primitive(p);
	}
	p->depth--;
	if (n == NULL || !negated)
		return n;
	p->bare = false;
	not = filter_node(p->tree, OP_NOT, filter_span_over(from, n->span));
	if (not != NULL)
		not->a = n;
	return not;
}

/* `tcp` may stand before a primitive without `and`, as in `tcp port 80`. */
static bool goes_on(const struct filter_parser *p)
{
	struct filter_parser ahead = *p;

	return p->bare && primitive_here(&ahead) != NULL;
}

/* Terms with `and` between them, or with ALTERNATIVES such groups with `or` between. */
static struct filter_node *combined(struct filter_parser *p, bool alternatives)
{
	enum filter_op op = alternatives ? OP_OR : OP_AND;
	struct filter_node *first = alternatives ? combined(p, false) : term(p), *last = first;
	struct filter_node *all = NULL;

	while (first != NULL && (parser_at_op(p, op) || (!alternatives && goes_on(p)))) {
		struct filter_node *next;

		if (parser_at_op(p, op) && !parser_advance(p))
			return NULL;
		next = alternatives ? combined(p, false) : term(p);
		if (next == NULL)
			return NULL;
		if (all == NULL)
			all = junction(p, op, first, next);
		else
			last->next = next;
		if (all == NULL)
			return NULL;
		last = next;
		all->span = filter_span_over(all->span, next->span);
	}
	return all != NULL ? all : first;
}

bool filter_parse_nfdump(struct filter_tree *t)
{
	struct filter_parser p = {
		.tree = t,
		.lexer = { .text = t->text, .arena = &t->arena, .faults = &t->faults,
			   .loose = true },
	};

	if (!parser_advance(&p))
		return false;
	t->root = combined(&p, true);
	if (t->root != NULL && p.token.kind != TOK_END)
		parser_unexpected(&p, "`and` or `or`");
	return !t->faults.any && t->root != NULL;
}
