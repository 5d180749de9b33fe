/*
 * What a typed tree becomes: comparisons with constants become sets of ranges, once; and, once
 * a layout, the conditions a program of tests and jumps over loads from its records.
 */
#ifndef MODEL_FILTER_PROGRAM_H
#define MODEL_FILTER_PROGRAM_H

#include "model/filter_tree.h"
#include "model/flow.h"

/* -- Sets of values ------------------------------------------------------------------- */

struct filter_range {
	struct filter_value lo, hi;
	bool has_lo, has_hi;
	bool lo_open, hi_open;		/* the bound itself is not in it */
};

struct filter_ranges {
	struct filter_range *v;		/* ascending, disjoint; open ends only where n is 1 */
	size_t n;
};

/* The same as integers of 64 bits, both ends in it. */
struct filter_pair {
	uint64_t lo, hi;
};

/* What a comparison asks of a name, where that is all it does. */
struct filter_test {
	const struct filter_node *node;
	bool simple;			/* a name, and whether its value is in a set */
	bool negated;			/* or is not */
	uint8_t quant;
	const struct filter_ref *ref;
	struct filter_ranges ranges;	/* of all types but IPv6 */
	struct filter_ranges ranges6;
	struct filter_pair *pairs;	/* ranges of numbers, IPv4 and MAC addresses: ascending */
	size_t npairs;
	uint64_t bits;			/* OP_HAS and OP_NONZERO with a constant: these; 0: none */
};

/* Make the test of a comparison; false if memory is out. */
bool filter_test_of(struct nf_arena *arena, const struct filter_node *n, struct filter_test *test);

bool filter_test_holds(const struct filter_test *test, const struct filter_value *v);

/* -- Programs ------------------------------------------------------------------------- */

enum { FILTER_REJECT, FILTER_ACCEPT, FILTER_FIRST };	/* where jumps end, and the first test */

enum filter_load_how { LOAD_8, LOAD_16, LOAD_32, LOAD_64, LOAD_N, LOAD_FIELD };

struct filter_load {
	uint8_t how;			/* enum filter_load_how */
	uint8_t width;			/* LOAD_N */
	uint16_t nvar;
	uint32_t offset;
	uint16_t field;
	int64_t unit;
};

enum filter_insn_op {
	/* a load in one range: in the order of enum filter_load_how */
	INSN_RANGE_8, INSN_RANGE_16, INSN_RANGE_32, INSN_RANGE_64, INSN_RANGE_N,
	INSN_SET,		/* a load in several: the test's pairs */
	INSN_BITS,		/* a load has all of MASK */
	INSN_ANY_BIT,		/* a load has any of MASK */
	INSN_VALUES,		/* loads[first ..], any type, held against the test */
	INSN_GENERAL,		/* expressions: see operands */
	INSN_THERE,		/* a row's get has a value */
	INSN_CLEAR, INSN_FLIP,	/* a bit that is kept: MASK; goes on at jt */
	INSN_KEPT,		/* whether it is set */
};

struct filter_insn {
	uint8_t op;
	bool negated;
	uint32_t jt, jf;
	struct filter_load load;
	uint32_t first, n;		/* of loads or operands */
	uint64_t lo, span;		/* INSN_RANGE_*; MASK is lo */
	const struct filter_test *test;
};

/* A name in an expression: its loads, one of which counts at a time. */
struct filter_operand {
	const struct filter_ref *ref;
	uint32_t first, n;
};

struct filter_program {
	const struct nf_layout *layout;
	struct flow_view view;		/* of the layout, for names with a get */
	uint32_t kinds;			/* and its tables of options, where one asks for them */
	struct filter_program *next;	/* in its bucket */
	uint32_t entry;
	uint32_t *clauses;		/* entries of the comparisons one by one, where counted */
	struct filter_insn *insns;
	size_t ninsns, cap_insns;
	struct filter_load *loads;
	size_t nloads, cap_loads;
	struct filter_operand *operands;
	size_t noperands, cap_operands;
};

/* LAYOUT may be NULL: names of elements have no value then.  NULL if memory is out. */
struct filter_program *filter_compile(const struct filter_tree *t, const struct filter_test *tests,
				      const struct nf_layout *layout, bool clauses);
void filter_program_free(struct filter_program *p);
size_t filter_program_size(const struct filter_program *p);

/* Texts that the gets of one comparison make, one a name, each cut to so many octets. */
enum { FILTER_MADE = 256 };
struct filter_made {
	size_t used;
	char text[FILTER_NAMES * FILTER_MADE];
};

/* Memory that evaluation uses, lent by the filter. */
struct filter_eval {
	struct filter_made made;
	uint8_t *cased;			/* for lower and upper; NULL: not used */
	size_t ncased, used;
};

enum { FILTER_CASED = 1 << 18 };

/* True if the record (or set, or message) at AT matches from ENTRY on. */
bool filter_eval(const struct filter_program *p, uint32_t entry, const struct filter_at *at,
		 struct filter_eval *e);

#endif
