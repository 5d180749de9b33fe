/*
 * What the files of the filter share: tokens, the tree, the program.  Nobody else includes it
 * but tests.
 *
 *	text --lex, parse (or nfdump)--> tree --types--> typed tree --compile--> program a layout
 */
#ifndef MODEL_FILTER_TREE_H
#define MODEL_FILTER_TREE_H

#include "base/arena.h"
#include "model/filter.h"

enum {
	FILTER_DEPTH = 64,	/* of conditions in conditions, and of arithmetic */
	FILTER_NAMES = 32,	/* in one comparison */
};

/* -- Tokens --------------------------------------------------------------------------- */

enum filter_token_kind {
	TOK_END,
	TOK_WORD,		/* a name, or a word for a value: tcp, SYN|ACK */
	TOK_LITERAL,		/* anything that begins like a number or an address */
	TOK_STRING,		/* quoted; text holds the octets meant */
	TOK_OPERATOR,		/* row says which */
	TOK_MARK,		/* ( ) { } [ ] , : and ..; mark says which */
};

enum { MARK_RANGE = 256 };	/* the mark of `..` */

struct filter_operator;

struct filter_token {
	uint8_t kind;			/* enum filter_token_kind */
	uint8_t type;			/* of a literal: enum filter_type it has by itself */
	uint16_t mark;
	bool pattern;			/* a string that was written raw */
	struct nf_span span;
	struct nf_bytes text;
	const struct filter_operator *op;
};

/* What is wrong is set once: the first fault counts. */
struct filter_faults {
	struct filter_error *err;
	bool any;
};

/* Always returns false. */
bool filter_fault(struct filter_faults *f, struct nf_span span, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void filter_hint(struct filter_faults *f, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
bool filter_no_memory(struct filter_faults *f);

struct filter_lexer {
	struct nf_bytes text;
	size_t at;
	struct nf_arena *arena;		/* for the octets of strings */
	struct filter_faults *faults;
	bool loose;			/* what is no literal of ours may be one of nfdump's */
	/* True if NAME, "8057/flowName" or "a-b", is a name; may be NULL. */
	bool (*is_name)(void *ctx, struct nf_bytes name);
	void *ctx;
};

/* The next token; false on a fault. */
bool filter_lex(struct filter_lexer *l, struct filter_token *t);

/* The same in a slice: only numbers, signs, `:` `,` and `]`. */
bool filter_lex_slice(struct filter_lexer *l, struct filter_token *t);

/* -- The tree ------------------------------------------------------------------------- */

enum filter_op {
	/* conditions */
	OP_TRUE,
	OP_OR, OP_XOR, OP_AND,		/* of the list at a */
	OP_NOT,				/* a */
	OP_EXISTS,			/* a, a name */
	OP_COMPARE,			/* a CMP b */
	OP_IN,				/* a in the list at b: values, and ranges OP_RANGE */
	OP_CONTAINS, OP_MATCHES,	/* a, b */
	OP_HAS,				/* a has all bits of b */
	OP_NONZERO,			/* a, a number: as a condition it stands for a != 0 */
	/* values */
	OP_LITERAL,			/* as written; types.c makes it a value */
	OP_VALUE,
	OP_NAME,
	OP_RANGE,			/* a .. b, in the list of OP_IN */
	OP_NET,				/* a value with a prefix length: all its addresses */
	OP_ADD, OP_SUB, OP_MUL, OP_DIV, OP_MOD, OP_BITAND,
	OP_NEGATE,			/* a */
	OP_SLICE,			/* octets of a, a name */
	OP_LEN, OP_COUNT, OP_LOWER, OP_UPPER, OP_ABS,	/* functions of a */
	OP_MIN, OP_MAX,			/* of the list at a */
	FILTER_OPS
};

enum filter_cmp { CMP_EQ, CMP_NE, CMP_LT, CMP_LE, CMP_GT, CMP_GE };
enum filter_quantifier { QUANT_ANY, QUANT_ALL };

/* A row of filter_operators.def. */
struct filter_operator {
	const char *text;
	uint8_t op;			/* enum filter_op */
	uint8_t binds;			/* the higher, the tighter */
	uint8_t cmp, quant;		/* of OP_COMPARE */
	bool quantified;		/* QUANT is said by the operator itself */
};
extern const struct filter_operator filter_operators[];
extern const size_t filter_noperators;

enum {
	BINDS_OR = 1, BINDS_XOR, BINDS_AND, BINDS_NOT, BINDS_COMPARE, BINDS_BITAND, BINDS_ADD,
	BINDS_MUL,
};

/*
 * A name whose meaning type records (RFC 5610) of the capture can change: that of an element in
 * no table built in, or one that nothing has yet.
 */
struct filter_open {
	struct nf_bytes name;		/* as written */
	uint32_t pen;
	uint16_t id;			/* 0: nothing has the name yet */
	struct filter_open *next;
};

/* A name that was resolved, or a type that one was given: the same is the same ref. */
struct filter_known {
	struct filter_known *next;
	struct nf_bytes name;		/* as written; of a type that was given p is NULL */
	const struct filter_ref *base;	/* and this is what it was given to */
	const struct filter_ref *ref;
};

struct filter_slice {
	bool to_end;			/* length does not count */
	int32_t offset;			/* below zero: from the end */
	int32_t length;			/* below zero, after [i-j]: see last */
	bool last;			/* length is the index of the last octet */
};

struct filter_node {
	uint8_t op;			/* enum filter_op */
	uint8_t cmp, quant;
	uint8_t type;			/* of a value, known after types.c; literals: at first */
	uint8_t depth;			/* of arithmetic below */
	uint8_t prefix;			/* OP_NET */
	uint8_t slot;			/* OP_NAME: which one in its comparison, from 0 */
	bool quoted, raw;		/* OP_LITERAL */
	uint16_t clause;		/* of a comparison: its number, from 0 */
	struct nf_span span;
	struct filter_node *a, *b;
	struct filter_node *next;	/* in a list */
	union {
		struct nf_bytes text;		/* OP_LITERAL */
		struct filter_value value;	/* OP_VALUE, OP_NET */
		const struct filter_ref *ref;	/* OP_NAME */
		struct filter_slice slice;
		struct filter_regex *regex;	/* OP_MATCHES, once typed */
	};
};

static inline bool filter_is_condition(const struct filter_node *n)
{
	return n->op <= OP_NONZERO;
}

/* A text being made into a tree.  All that the tree has lies in arena, but for regexes. */
struct filter_tree {
	struct nf_arena arena;
	struct filter_node *root;
	struct nf_bytes text;		/* a copy in arena */
	const struct filter_opts *opts;
	struct nf_registry *registry;
	struct filter_regex *regexes;	/* all of them, to be freed */
	struct filter_faults faults;
	uint16_t nclauses;
	uint8_t level;			/* the innermost that a name looks at */
	bool nfdump;
	bool adjacent;			/* two values stand side by side, as nfdump writes them */
	bool unknown;			/* one of nfdump's primitives that records cannot answer */
	bool cases;			/* lower or upper is in it */
	const char *undefined;		/* a name that nothing has yet, or NULL */
	struct filter_known *known;
	struct filter_open *open;	/* each once */
	/*
	 * The first reading of the same text, or NULL.  Names are then what they were, but for
	 * those that it left open: a capture cannot make `tcp` the name of an element.
	 */
	const struct filter_tree *former;
	size_t far;			/* how far the text was understood */
};

void filter_tree_done(struct filter_tree *t);

const struct filter_tree *filter_tree_of(const struct filter *f);

/* Nodes; NULL, and a fault, where memory is out. */
struct filter_node *filter_node(struct filter_tree *t, enum filter_op op, struct nf_span span);
struct filter_node *filter_node1(struct filter_tree *t, enum filter_op op, struct nf_span from,
				 struct filter_node *a);
struct filter_node *filter_node2(struct filter_tree *t, enum filter_op op,
				 struct filter_node *a, struct filter_node *b);
struct nf_span filter_span_over(struct nf_span a, struct nf_span b);

/* tree->text to tree->root, untyped.  False and a fault. */
bool filter_parse(struct filter_tree *t);
bool filter_parse_nfdump(struct filter_tree *t);

/* True if what IE is now called, or is, may change what the tree means. */
bool filter_concerns(const struct filter_tree *t, const struct nf_ie *ie);

/* What NAME stands for, NULL if nothing; a fault only where memory is out. */
const struct filter_ref *filter_resolve(struct filter_tree *t, struct nf_bytes name);

/* The same as a name of TYPE; NULL, and a fault, where memory is out. */
const struct filter_ref *filter_retyped(struct filter_tree *t, const struct filter_ref *base,
					enum filter_type type);

/* The fault that there is no such name, with those nearest to it. */
bool filter_unknown_name(struct filter_tree *t, struct nf_bytes name, struct nf_span span);

/* Check and complete: literals become values, conditions conditions. */
bool filter_types(struct filter_tree *t);

/*
 * The value of a literal as TYPE.  LABELS, for words, may be NULL.  PREFIX of an address with
 * `/n`, else -1.
 */
bool filter_literal(struct nf_arena *arena, struct nf_bytes text, enum filter_type type,
		    const struct nf_labels *labels, struct filter_value *v, int *prefix);

/* The type that a literal that begins with a digit, sign or colon has by itself. */
bool filter_literal_type(struct nf_bytes text, uint8_t *type);

/* -- Values --------------------------------------------------------------------------- */

struct filter_value filter_number(uint64_t u);
struct filter_value filter_signed(int64_t i);

/* -1, 0 or 1 in *ORDER; false where they cannot be compared (NaN, of different families). */
bool filter_order(const struct filter_value *a, const struct filter_value *b, int *order);
bool filter_holds(enum filter_cmp cmp, int order);

/* OP_ADD .. OP_BITAND of two values; false where there is none (overflow, division by 0). */
bool filter_arithmetic(enum filter_op op, const struct filter_value *a,
		       const struct filter_value *b, struct filter_value *v);
bool filter_negate(struct filter_value *v);

/* The octets of a slice. */
struct nf_bytes filter_slice(struct nf_bytes b, const struct filter_slice *s);

/* First and last address of an IPv6 network. */
void filter_net(const struct filter_value *net, unsigned prefix, uint8_t lo[16], uint8_t hi[16]);

/*
 * The value of a field as a name of TYPE wants it, counting UNIT nanoseconds where that is a
 * duration; false where it has none.
 */
bool filter_field_value(const struct nf_field *f, enum filter_type type, int64_t unit,
			const struct nf_msg *m, struct filter_value *v);

/* -- Regular expressions -------------------------------------------------------------- */

struct filter_regex;

/* NULL and *ERR: what is wrong, and where in the pattern. */
struct filter_regex *filter_regex_new(struct nf_bytes pattern, char *err, size_t nerr, size_t *at);

/* Lists of them: put one in front, free all. */
void filter_regex_free(struct filter_regex *list);
void filter_regex_keep(struct filter_regex **list, struct filter_regex *r);
bool filter_regex_matches(struct filter_regex *r, struct nf_bytes text);

/* -- Text ----------------------------------------------------------------------------- */

void filter_node_text(struct nf_strbuf *s, const struct filter_node *n);
/* As it is written beside OTHER, which may have words for values; or NULL. */
void filter_side_text(struct nf_strbuf *s, const struct filter_node *n,
		      const struct filter_node *other);
void filter_value_text(struct nf_strbuf *s, const struct filter_value *v);

/* COUNTS by clause, or NULL. */
void filter_explain_tree(struct nf_strbuf *s, const struct filter_tree *t, const uint64_t *counts,
			 uint64_t matched, uint64_t tested);

#endif
