#include <config.h>

#include "model/filter_program.h"

enum { COMBINATIONS = 4096 };	/* of repeated elements, tried in one comparison */

/* A comparison at work: which occurrence of each name counts now. */
struct attempt {
	const struct filter_program *program;
	const struct filter_insn *insn;
	const struct filter_at *at;
	struct filter_eval *e;
	uint32_t choice[FILTER_NAMES];
};

/* -- Loads ---------------------------------------------------------------------------- */

static inline const uint8_t *load_at(const struct filter_load *l, const struct nf_rec *r)
{
	return r->p + l->offset + r->shift[l->nvar];
}

static inline uint64_t load_integer(const struct filter_load *l, const struct nf_rec *r)
{
	const uint8_t *p = load_at(l, r);

	switch (l->how) {
	case LOAD_8: return *p;
	case LOAD_16: return nf_be16(p);
	case LOAD_32: return nf_be32(p);
	case LOAD_64: return nf_be64(p);
	default: return nf_ben(p, l->width);
	}
}

/* One comparison for every range: what lies below LO wraps around and is above SPAN. */
static inline bool in_range(uint64_t v, const struct filter_insn *i)
{
	return (v - i->lo <= i->span) != i->negated;
}

static bool load_value(const struct filter_load *l, enum filter_type type,
		       const struct filter_at *at, struct filter_value *v)
{
	struct nf_field f = nf_field(at->rec, l->field);

	return filter_field_value(&f, type, l->unit, at->msg, v);
}

/* AT as names with a get see it. */
static struct filter_at row_at(const struct filter_program *p, const struct filter_at *at,
			       struct filter_eval *e, uint32_t nth)
{
	struct filter_at in = *at;

	in.view = p->layout != NULL ? &p->view : NULL;
	in.kinds = p->kinds;
	in.nth = nth;
	in.made = &e->made;
	return in;
}

static bool row_value(const struct filter_program *p, const struct filter_ref *ref,
		      const struct filter_at *at, struct filter_eval *e, uint32_t nth,
		      struct filter_value *v)
{
	struct filter_at in = row_at(p, at, e, nth);

	return ref->row->get(ref->row, &in, v);
}

/* How many values the name has here; 1 of a row with one at most, which need not be there. */
static uint32_t row_count(const struct filter_program *p, const struct filter_ref *ref,
			  const struct filter_at *at, struct filter_eval *e)
{
	struct filter_at in;

	if (ref->row->count == NULL)
		return 1;
	in = row_at(p, at, e, 0);
	return ref->row->count(ref->row, &in);
}

/* -- Expressions ---------------------------------------------------------------------- */

static bool value(struct attempt *a, const struct filter_node *n, struct filter_value *v);

static const struct filter_operand *operand(const struct attempt *a, const struct filter_node *n)
{
	return &a->program->operands[a->insn->first + n->slot];
}

static bool name_value(struct attempt *a, const struct filter_node *n, enum filter_type type,
		       struct filter_value *v)
{
	const struct filter_operand *o = operand(a, n);

	if (o->ref->row != NULL)
		return row_value(a->program, o->ref, a->at, a->e, a->choice[n->slot], v);
	return load_value(&a->program->loads[o->first + a->choice[n->slot]], type, a->at, v);
}

/* The octets of a name, whatever its type: text without the zeros at its end. */
static bool octets(struct attempt *a, const struct filter_node *n, struct nf_bytes *b)
{
	enum filter_type type = n->type == FILTER_TEXT ? FILTER_TEXT : FILTER_OCTETS;
	struct filter_value v;

	if (!name_value(a, n, type, &v))
		return false;
	*b = v.b;
	return true;
}

static bool count(struct attempt *a, const struct filter_node *n, struct filter_value *v)
{
	const struct filter_operand *o = operand(a, n);
	struct filter_value ignored;

	if (o->ref->row == NULL)
		*v = filter_number(o->n);
	else if (o->ref->row->count != NULL)
		*v = filter_number(row_count(a->program, o->ref, a->at, a->e));
	else
		*v = filter_number(row_value(a->program, o->ref, a->at, a->e, 0, &ignored));
	return true;
}

static bool sliced(struct attempt *a, const struct filter_node *n, struct filter_value *v)
{
	struct nf_bytes b;

	if (!octets(a, n->a, &b))
		return false;
	*v = (struct filter_value){ .type = FILTER_OCTETS, .b = filter_slice(b, &n->slice) };
	return v->b.n > 0;
}

/* ASCII letters in the other case, in memory of the filter's own. */
static bool cased(struct attempt *a, const struct filter_node *n, struct filter_value *v)
{
	char first = n->op == OP_LOWER ? 'A' : 'a';
	struct filter_eval *e = a->e;
	uint8_t *out = e->cased + e->used;

	if (!name_value(a, n->a, FILTER_TEXT, v) || e->cased == NULL ||
	    v->b.n > e->ncased - e->used)
		return false;
	for (size_t i = 0; i < v->b.n; i++) {
		uint8_t c = v->b.p[i];

		out[i] = c >= first && c <= first + 25 ? c ^ 0x20 : c;
	}
	e->used += v->b.n;
	v->b.p = out;
	return true;
}

static bool extreme(struct attempt *a, const struct filter_node *n, struct filter_value *v)
{
	struct filter_value other;
	int order;

	if (!value(a, n->a, v))
		return false;
	for (const struct filter_node *m = n->a->next; m != NULL; m = m->next) {
		if (!value(a, m, &other) || !filter_order(&other, v, &order))
			return false;
		if (n->op == OP_MIN ? order < 0 : order > 0)
			*v = other;
	}
	return true;
}

static bool absolute(struct filter_value *v)
{
	bool below = v->type == FILTER_FLOAT ? v->d < 0 :
		     v->type == FILTER_DURATION ? v->ns < 0 : v->negative;

	return !below || filter_negate(v);
}

static bool value(struct attempt *a, const struct filter_node *n, struct filter_value *v)
{
	struct filter_value left, right;
	struct nf_bytes b;

	switch (n->op) {
	case OP_VALUE:
		*v = n->value;
		return true;
	case OP_NAME:
		return name_value(a, n, (enum filter_type)n->type, v);
	case OP_NEGATE:
		return value(a, n->a, v) && filter_negate(v);
	case OP_SLICE:
		return sliced(a, n, v);
	case OP_LEN:
		if (!octets(a, n->a, &b))
			return false;
		*v = filter_number(b.n);
		return true;
	case OP_COUNT:
		return count(a, n->a, v);
	case OP_LOWER:
	case OP_UPPER:
		return cased(a, n, v);
	case OP_ABS:
		return value(a, n->a, v) && absolute(v);
	case OP_MIN:
	case OP_MAX:
		return extreme(a, n, v);
	default:
		return value(a, n->a, &left) && value(a, n->b, &right) &&
		       filter_arithmetic((enum filter_op)n->op, &left, &right, v);
	}
}

/* -- Comparisons ---------------------------------------------------------------------- */

enum outcome { NO, YES, NONE };		/* NONE: a name has no value */

static bool contains(struct nf_bytes b, struct nf_bytes part)
{
	return part.n == 0 || (b.n >= part.n && memmem(b.p, b.n, part.p, part.n) != NULL);
}

static enum outcome compared(struct attempt *a, const struct filter_node *n)
{
	const struct filter_test *test = a->insn->test;
	struct filter_value left, right;
	int order;

	if (n->b->op == OP_NET || n->a->op == OP_NET) {
		const struct filter_node *side = n->b->op == OP_NET ? n->a : n->b;

		return value(a, side, &left) ? (enum outcome)filter_test_holds(test, &left) : NONE;
	}
	if (!value(a, n->a, &left) || !value(a, n->b, &right))
		return NONE;
	if (!filter_order(&left, &right, &order))
		return n->cmp == CMP_NE;
	return filter_holds((enum filter_cmp)n->cmp, order);
}

static enum outcome attempt(struct attempt *a, const struct filter_node *n)
{
	struct filter_value left, right;

	a->e->used = a->e->made.used = 0;
	if (n->op == OP_COMPARE)
		return compared(a, n);
	if (!value(a, n->a, &left))
		return NONE;
	switch (n->op) {
	case OP_IN:
		return filter_test_holds(a->insn->test, &left);
	case OP_CONTAINS:
		return value(a, n->b, &right) ? (enum outcome)contains(left.b, right.b) : NONE;
	case OP_MATCHES:
		return filter_regex_matches(n->regex, left.b);
	case OP_HAS:
		return !left.huge && (left.u & n->b->value.u) == n->b->value.u;
	case OP_NONZERO:
		return left.u != 0 || left.huge;
	default:		/* OP_EXISTS */
		return YES;
	}
}

/* The next combination of occurrences; false behind the last one. */
static bool next_choice(struct attempt *a)
{
	for (uint32_t i = 0; i < a->insn->n; i++) {
		const struct filter_operand *o = &a->program->operands[a->insn->first + i];
		uint32_t n = o->ref->row == NULL ? o->n :
			     row_count(a->program, o->ref, a->at, a->e);

		if (++a->choice[i] < n)
			return true;
		a->choice[i] = 0;
	}
	return false;
}

static bool general(const struct filter_program *p, const struct filter_insn *insn,
		    const struct filter_at *at, struct filter_eval *e)
{
	struct attempt a = { .program = p, .insn = insn, .at = at, .e = e };
	bool all = insn->test->quant == QUANT_ALL, any = false;
	unsigned tries = 0;

	do {
		enum outcome outcome = attempt(&a, insn->test->node);

		if (outcome != NONE && (outcome == YES) != all)
			return !all;
		any = any || outcome != NONE;
	} while (++tries < COMBINATIONS && next_choice(&a));
	return all && any;
}

/* All values of a name against a set of constants. */
static bool values(const struct filter_program *p, const struct filter_insn *insn,
		   const struct filter_at *at, struct filter_eval *e)
{
	const struct filter_test *test = insn->test;
	const struct filter_ref *ref = test->ref;
	bool all = test->quant == QUANT_ALL, any = false;
	uint32_t n = ref->row == NULL ? insn->n : row_count(p, ref, at, e);
	struct filter_value v;

	for (uint32_t i = 0; i < n; i++) {
		e->made.used = 0;
		if (ref->row != NULL ? !row_value(p, ref, at, e, i, &v) :
		    !load_value(&p->loads[insn->first + i], (enum filter_type)ref->type, at, &v))
			continue;
		if (filter_test_holds(test, &v) != all)
			return !all;
		any = true;
	}
	return all && any;
}

static bool in_pairs(const struct filter_pair *pairs, size_t n, uint64_t v)
{
	size_t lo = 0;

	while (n > 0) {
		size_t half = n / 2;

		if (v > pairs[lo + half].hi) {
			lo += half + 1;
			n -= half + 1;
		} else if (v < pairs[lo + half].lo) {
			n = half;
		} else {
			return true;
		}
	}
	return false;
}

/* What takes more than a load.  Apart, so that the common tests cost no saving of registers. */
static __attribute__((noinline)) bool
slow_test(const struct filter_program *p, const struct filter_insn *i, const struct filter_at *at,
	  struct filter_eval *e)
{
	struct filter_value ignored;

	switch (i->op) {
	case INSN_SET:
		return in_pairs(i->test->pairs, i->test->npairs,
				load_integer(&i->load, at->rec)) != i->negated;
	case INSN_BITS:
		return (load_integer(&i->load, at->rec) & i->lo) == i->lo;
	case INSN_ANY_BIT:
		return (load_integer(&i->load, at->rec) & i->lo) != 0;
	case INSN_VALUES:
		return values(p, i, at, e);
	case INSN_GENERAL:
		return general(p, i, at, e);
	default:		/* INSN_THERE */
		e->made.used = 0;
		return row_value(p, i->test->node->a->ref, at, e, 0, &ignored);
	}
}

bool filter_eval(const struct filter_program *p, uint32_t entry, const struct filter_at *at,
		 struct filter_eval *e)
{
	uint64_t kept = 0;
	bool yes;

	while (entry >= FILTER_FIRST) {
		const struct filter_insn *i = &p->insns[entry];

		switch (i->op) {
		case INSN_RANGE_8:
			yes = in_range(*load_at(&i->load, at->rec), i);
			break;
		case INSN_RANGE_16:
			yes = in_range(nf_be16(load_at(&i->load, at->rec)), i);
			break;
		case INSN_RANGE_32:
			yes = in_range(nf_be32(load_at(&i->load, at->rec)), i);
			break;
		case INSN_RANGE_64:
			yes = in_range(nf_be64(load_at(&i->load, at->rec)), i);
			break;
		case INSN_RANGE_N:
			yes = in_range(nf_ben(load_at(&i->load, at->rec), i->load.width), i);
			break;
		case INSN_CLEAR:
			kept &= ~i->lo;
			yes = true;
			break;
		case INSN_FLIP:
			kept ^= i->lo;
			yes = true;
			break;
		case INSN_KEPT:
			yes = (kept & i->lo) != 0;
			break;
		default:
			yes = slow_test(p, i, at, e);
			break;
		}
		entry = yes ? i->jt : i->jf;
	}
	return entry == FILTER_ACCEPT;
}
