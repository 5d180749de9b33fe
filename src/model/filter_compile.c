#include <config.h>

#include "model/filter_program.h"

#include "base/mem.h"
#include "model/filter_get.h"
#include "model/join.h"

enum {
	CHAIN = 4,		/* loads tested one by one; more take a loop */
	CODE_MAX = 1 << 20,	/* tests in one program */
};

struct compiler {
	struct filter_program *program;
	const struct filter_test *tests;
	const struct nf_layout *layout;
	struct filter_operand *names;	/* whose loads have been found */
	size_t nnames, cap_names;
	unsigned kept;		/* bits in use, of xor */
	bool failed;
};

/* -- Loads ---------------------------------------------------------------------------- */

static bool names(const struct filter_ref *ref, const struct nf_ie *ie, int64_t *unit)
{
	for (size_t i = 0; i < ref->nelements; i++) {
		const struct filter_element *e = &ref->elements[i];

		if (e->pen == ie->pen && e->id == ie->id) {
			*unit = e->unit;
			return true;
		}
	}
	return false;
}

/* Whether the octets of a field are, big-endian, the key by which its values are compared. */
static bool is_integer_load(const struct nf_fielddef *d, enum filter_type type)
{
	enum nf_kind kind = nf_kind_of((enum nf_type)d->ie->type, d->length);
	bool untyped = !d->ie->known;

	if (d->length == 0 || d->length > 8 || d->nbits != 0)
		return false;
	switch (type) {
	case FILTER_NUMBER:
	case FILTER_BOOLEAN:
		return untyped || kind == NF_KIND_UINT || kind == NF_KIND_BOOL;
	case FILTER_IPV4:
		return d->length == 4 && (untyped || kind == NF_KIND_IPV4);
	case FILTER_MAC:
		return d->length == 6 && (untyped || kind == NF_KIND_MAC);
	default:
		return false;
	}
}

static struct filter_load load_of(const struct nf_layout *l, unsigned field,
				  const struct filter_ref *ref, int64_t unit)
{
	static const uint8_t hows[9] = {
		LOAD_N, LOAD_8, LOAD_16, LOAD_N, LOAD_32, LOAD_N, LOAD_N, LOAD_N, LOAD_64,
	};
	const struct nf_fielddef *d = &l->fields[field];
	enum filter_type type = (enum filter_type)ref->type;
	struct filter_load load = {
		.how = LOAD_FIELD, .nvar = d->nvar, .offset = d->offset,
		.field = (uint16_t)field, .unit = unit,
	};

	if (type == FILTER_ADDRESS && d->length == 4)
		type = FILTER_IPV4;
	if (is_integer_load(d, type)) {
		load.how = hows[d->length];
		load.width = (uint8_t)d->length;
	}
	return load;
}

/* Append the loads of REF in the layout. */
static void add_loads(struct compiler *c, const struct filter_ref *ref)
{
	struct filter_program *p = c->program;
	int64_t unit;

	if (ref->row != NULL || c->layout == NULL)
		return;
	for (unsigned i = 0; i < c->layout->nfields; i++) {
		void *loads = p->loads;

		if (!names(ref, c->layout->fields[i].ie, &unit))
			continue;
		if (!nf_grow(&loads, &p->cap_loads, p->nloads + 1, sizeof(*p->loads))) {
			c->failed = true;
			break;
		}
		p->loads = loads;
		p->loads[p->nloads++] = load_of(c->layout, i, ref, unit);
	}
}

/*
 * A name and its loads, which are found once: a filter of a thousand comparisons with `src`
 * and a layout of as many sources are not a million.
 */
static struct filter_operand loads_of(struct compiler *c, const struct filter_ref *ref)
{
	struct filter_operand o = { .ref = ref, .first = (uint32_t)c->program->nloads };
	void *names = c->names;

	for (size_t i = 0; i < c->nnames; i++)
		if (c->names[i].ref == ref)
			return c->names[i];
	add_loads(c, ref);
	o.n = (uint32_t)c->program->nloads - o.first;
	if (!nf_grow(&names, &c->cap_names, c->nnames + 1, sizeof(*c->names))) {
		c->failed = true;
		return o;
	}
	c->names = names;
	c->names[c->nnames++] = o;
	return o;
}

/* -- Tests ---------------------------------------------------------------------------- */

static uint32_t emit(struct compiler *c, struct filter_insn insn)
{
	struct filter_program *p = c->program;
	void *insns = p->insns;

	if (c->failed || p->ninsns >= CODE_MAX ||
	    !nf_grow(&insns, &p->cap_insns, p->ninsns + 1, sizeof(*p->insns))) {
		c->failed = true;
		return FILTER_REJECT;
	}
	p->insns = insns;
	p->insns[p->ninsns] = insn;
	return (uint32_t)p->ninsns++;
}

/* One load held against the test's pairs. */
static uint32_t integer_test(struct compiler *c, const struct filter_test *test,
			     const struct filter_load *load, uint32_t jt, uint32_t jf)
{
	struct filter_insn insn = {
		.op = INSN_SET, .negated = test->negated, .jt = jt, .jf = jf, .load = *load,
		.test = test,
	};

	if (test->npairs == 0)	/* nothing is in it */
		return test->negated ? jt : jf;
	if (test->npairs == 1) {
		insn.op = (uint8_t)(INSN_RANGE_8 + load->how);
		insn.lo = test->pairs[0].lo;
		insn.span = test->pairs[0].hi - test->pairs[0].lo;
	}
	return emit(c, insn);
}

static bool all_integers(const struct filter_load *loads, uint32_t n)
{
	for (uint32_t i = 0; i < n && n <= CHAIN; i++)
		if (loads[i].how == LOAD_FIELD)
			return false;
	return n <= CHAIN;
}

/* Any of the loads, or all of them, by a test each: the last one first. */
static uint32_t integer_tests(struct compiler *c, const struct filter_test *test, uint32_t first,
			      uint32_t n, uint32_t jt, uint32_t jf)
{
	uint32_t entry = test->quant == QUANT_ALL ? jt : jf;

	for (uint32_t i = n; i > 0; i--) {
		struct filter_load load = c->program->loads[first + i - 1];

		if (test->quant == QUANT_ALL)
			entry = integer_test(c, test, &load, entry, jf);
		else
			entry = integer_test(c, test, &load, jt, entry);
	}
	return entry;
}

static uint32_t bit_tests(struct compiler *c, const struct filter_test *test, uint32_t first,
			  uint32_t n, uint32_t jt, uint32_t jf)
{
	uint32_t entry = jf;

	for (uint32_t i = n; i > 0; i--)
		entry = emit(c, (struct filter_insn){
			.op = test->node->op == OP_HAS ? INSN_BITS : INSN_ANY_BIT,
			.load = c->program->loads[first + i - 1], .lo = test->bits,
			.jt = jt, .jf = entry, .test = test,
		});
	return entry;
}

static bool add_operand(struct compiler *c, const struct filter_node *n)
{
	struct filter_program *p = c->program;
	struct filter_operand o = loads_of(c, n->ref);
	void *operands = p->operands;

	if (c->failed || !nf_grow(&operands, &p->cap_operands, p->noperands + 1,
				  sizeof(*p->operands))) {
		c->failed = true;
		return false;
	}
	p->operands = operands;
	p->operands[p->noperands++] = o;
	return o.n > 0 || n->ref->row != NULL;
}

/*
 * The names of an expression, in the order in which filter_eval.c meets them.  False if one has
 * no value here, so that the whole has none; count() is one without any.
 */
static bool operands_of(struct compiler *c, const struct filter_node *n, bool counted)
{
	bool all = true;

	if (n->op == OP_NAME)
		return add_operand(c, n) || counted;
	for (const struct filter_node *a = n->a; a != NULL; a = a->next)
		all = operands_of(c, a, n->op == OP_COUNT) && all;
	if (n->b != NULL && n->op != OP_IN && n->op != OP_MATCHES && n->op != OP_HAS)
		all = operands_of(c, n->b, false) && all;
	return all;
}

static uint32_t general(struct compiler *c, const struct filter_test *test, uint32_t jt,
			uint32_t jf)
{
	uint32_t first = (uint32_t)c->program->noperands;
	bool all = operands_of(c, test->node, false);

	if (!all)
		return jf;
	return emit(c, (struct filter_insn){
		.op = INSN_GENERAL, .jt = jt, .jf = jf, .first = first,
		.n = (uint32_t)c->program->noperands - first, .test = test,
	});
}

static uint32_t there(struct compiler *c, const struct filter_test *test, uint32_t jt, uint32_t jf)
{
	const struct filter_node *name = test->node->a;

	if (name->op != OP_NAME)	/* a slice */
		return general(c, test, jt, jf);
	if (name->ref->row != NULL)
		return emit(c, (struct filter_insn){ .op = INSN_THERE, .jt = jt, .jf = jf,
						     .test = test });
	return loads_of(c, name->ref).n > 0 ? jt : jf;
}

/* A comparison: the test that is entered first; what a layout decides takes none. */
static uint32_t comparison(struct compiler *c, const struct filter_node *n, uint32_t jt,
			   uint32_t jf)
{
	const struct filter_test *test = &c->tests[n->clause];
	struct filter_operand o;

	if (n->op == OP_EXISTS)
		return there(c, test, jt, jf);
	if (!test->simple && test->bits == 0)
		return general(c, test, jt, jf);
	o = loads_of(c, test->ref);
	if (o.n == 0 && test->ref->row == NULL)
		return jf;
	if (o.n > 0 && all_integers(c->program->loads + o.first, o.n))
		return test->simple ? integer_tests(c, test, o.first, o.n, jt, jf) :
		       bit_tests(c, test, o.first, o.n, jt, jf);
	if (!test->simple)
		return general(c, test, jt, jf);
	return emit(c, (struct filter_insn){
		.op = INSN_VALUES, .jt = jt, .jf = jf, .first = o.first, .n = o.n, .test = test,
	});
}

/* -- Conditions ----------------------------------------------------------------------- */

static uint32_t condition(struct compiler *c, const struct filter_node *n, uint32_t jt,
			  uint32_t jf);

/* The members of a list, the last one first.  Freed by the caller; NULL if memory is out. */
static const struct filter_node **backwards(struct compiler *c, const struct filter_node *list,
					    size_t *n)
{
	const struct filter_node **v;
	size_t i;

	*n = 0;
	for (const struct filter_node *a = list; a != NULL; a = a->next)
		++*n;
	v = nf_alloc(*n * sizeof(*v));
	if (v == NULL) {
		c->failed = true;
		return NULL;
	}
	i = *n;
	for (const struct filter_node *a = list; a != NULL; a = a->next)
		v[--i] = a;
	return v;
}

/* Of `and`, the first that is false ends it, of `or` the first that is true: at END. */
static uint32_t junction(struct compiler *c, const struct filter_node *n, uint32_t jt, uint32_t jf)
{
	uint32_t end = n->op == OP_AND ? jf : jt, entry = n->op == OP_AND ? jt : jf;
	size_t base = c->program->ninsns, count;
	const struct filter_node **items = backwards(c, n->a, &count);

	for (size_t i = 0; items != NULL && i < count; i++) {
		entry = n->op == OP_AND ? condition(c, items[i], entry, end) :
		    condition(c, items[i], end, entry);
		if (entry == end) {	/* decided, whatever comes behind */
			c->program->ninsns = base;
			if (entry >= base)
				entry = FILTER_REJECT;
		}
	}
	nf_free(items);
	return entry;
}

/* Whether an odd number of them is true: each that is turns a bit over. */
static uint32_t exclusive(struct compiler *c, const struct filter_node *n, uint32_t jt,
			  uint32_t jf)
{
	const uint64_t bit = UINT64_C(1) << (c->kept & 63);
	size_t count;
	const struct filter_node **items = backwards(c, n->a, &count);
	uint32_t entry = emit(c, (struct filter_insn){ .op = INSN_KEPT, .lo = bit,
						       .jt = jt, .jf = jf });

	c->kept++;
	for (size_t i = 0; items != NULL && i < count; i++) {
		uint32_t flip = emit(c, (struct filter_insn){ .op = INSN_FLIP, .lo = bit,
							      .jt = entry, .jf = entry });

		entry = condition(c, items[i], flip, entry);
	}
	c->kept--;
	nf_free(items);
	return emit(c, (struct filter_insn){ .op = INSN_CLEAR, .lo = bit,
					     .jt = entry, .jf = entry });
}

/*
 * The code of a condition that goes on at JT or JF: where to enter it.  Code is made from its
 * end to its beginning, so that jumps know where they go.
 */
static uint32_t condition(struct compiler *c, const struct filter_node *n, uint32_t jt,
			  uint32_t jf)
{
	switch (n->op) {
	case OP_TRUE:
		return jt;
	case OP_AND:
	case OP_OR:
		return junction(c, n, jt, jf);
	case OP_XOR:
		return exclusive(c, n, jt, jf);
	case OP_NOT:
		return condition(c, n->a, jf, jt);
	default:
		return comparison(c, n, jt, jf);
	}
}

/* Each comparison by itself, to be counted. */
static void clauses(struct compiler *c, const struct filter_tree *t)
{
	struct filter_program *p = c->program;

	p->clauses = nf_alloc((t->nclauses + 1u) * sizeof(*p->clauses));
	if (p->clauses == NULL) {
		c->failed = true;
		return;
	}
	for (unsigned i = 0; i < t->nclauses; i++)
		p->clauses[i] = comparison(c, c->tests[i].node, FILTER_ACCEPT, FILTER_REJECT);
}

struct filter_program *filter_compile(const struct filter_tree *t, const struct filter_test *tests,
				      const struct nf_layout *layout, bool counted)
{
	struct compiler c = { .tests = tests, .layout = layout };
	struct filter_program *p = nf_zalloc(sizeof(*p));

	if (p == NULL)
		return NULL;
	c.program = p;
	p->layout = layout;
	if (layout != NULL)
		flow_view_of(&p->view, layout);
	if (layout != NULL && filter_get_wants_kinds(t))
		p->kinds = join_kinds_of(layout);
	for (unsigned i = 0; i < FILTER_FIRST; i++)	/* where no code stands */
		emit(&c, (struct filter_insn){ .op = INSN_KEPT });
	p->entry = condition(&c, t->root, FILTER_ACCEPT, FILTER_REJECT);
	if (counted)
		clauses(&c, t);
	nf_free(c.names);
	if (!c.failed)
		return p;
	filter_program_free(p);
	return NULL;
}

void filter_program_free(struct filter_program *p)
{
	if (p == NULL)
		return;
	nf_free(p->clauses);
	nf_free(p->insns);
	nf_free(p->loads);
	nf_free(p->operands);
	nf_free(p);
}

size_t filter_program_size(const struct filter_program *p)
{
	return sizeof(*p) + p->cap_insns * sizeof(*p->insns) + p->cap_loads * sizeof(*p->loads) +
	       p->cap_operands * sizeof(*p->operands);
}
