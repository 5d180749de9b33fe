#include <config.h>

#include "model/filter_program.h"

#include <math.h>
#include <stdlib.h>

/* -- Ranges of values ----------------------------------------------------------------- */

static struct filter_range closed(struct filter_value lo, struct filter_value hi)
{
	return (struct filter_range){ .lo = lo, .hi = hi, .has_lo = true, .has_hi = true };
}

static bool is_empty(const struct filter_range *r)
{
	int order;

	return r->has_lo && r->has_hi && (!filter_order(&r->lo, &r->hi, &order) || order > 0);
}

static bool net6(struct nf_arena *arena, const struct filter_node *n, struct filter_range *r)
{
	uint8_t *lo = nf_arena_alloc(arena, 16), *hi = nf_arena_alloc(arena, 16);

	if (lo == NULL || hi == NULL)
		return false;
	filter_net(&n->value, n->prefix, lo, hi);
	*r = closed((struct filter_value){ .type = FILTER_IPV6, .b = { lo, 16 } },
		    (struct filter_value){ .type = FILTER_IPV6, .b = { hi, 16 } });
	return true;
}

/* All addresses of a network. */
static bool net(struct nf_arena *arena, const struct filter_node *n, struct filter_range *r)
{
	uint64_t hosts = UINT32_MAX >> (n->prefix < 32 ? n->prefix : 0);
	struct filter_value lo = n->value, hi = n->value;

	if (n->value.type == FILTER_IPV6)
		return net6(arena, n, r);
	if (n->prefix == 32)
		hosts = 0;
	lo.u &= ~hosts;
	hi.u |= hosts;
	*r = closed(lo, hi);
	return true;
}

/* The range of a member of a set: a value, a network, or a range as written. */
static bool member_range(struct nf_arena *arena, const struct filter_node *m,
			 struct filter_range *r)
{
	if (m->op == OP_NET)
		return net(arena, m, r);
	if (m->op == OP_RANGE)
		*r = closed(m->a->value, m->b->value);
	else
		*r = closed(m->value, m->value);
	return true;
}

/* -- Sets ----------------------------------------------------------------------------- */

static int by_lo(const void *a, const void *b)
{
	const struct filter_range *ra = a, *rb = b;
	int order = 0;

	filter_order(&ra->lo, &rb->lo, &order);
	return order;
}

/* Sort, and make one of those that overlap. */
static void normalise(struct filter_ranges *rs)
{
	size_t n = 0;
	int order;

	if (rs->n == 0)
		return;
	qsort(rs->v, rs->n, sizeof(*rs->v), by_lo);
	for (size_t i = 1; i < rs->n; i++) {
		struct filter_range *last = &rs->v[n];

		if (!filter_order(&rs->v[i].lo, &last->hi, &order) || order > 0) {
			rs->v[++n] = rs->v[i];
			continue;
		}
		if (filter_order(&rs->v[i].hi, &last->hi, &order) && order > 0)
			last->hi = rs->v[i].hi;
	}
	rs->n = n + 1;
}

static bool set_of(struct nf_arena *arena, const struct filter_node *list,
		   struct filter_test *test)
{
	struct filter_range *v;
	size_t n = 0;

	for (const struct filter_node *m = list; m != NULL; m = m->next)
		n++;
	v = nf_arena_alloc(arena, 2 * n * sizeof(*v));
	if (v == NULL)
		return false;
	test->ranges.v = v;
	test->ranges6.v = v + n;
	for (const struct filter_node *m = list; m != NULL; m = m->next) {
		struct filter_range r;

		if (!member_range(arena, m, &r))
			return false;
		if (is_empty(&r))
			continue;
		if (r.lo.type == FILTER_IPV6)
			test->ranges6.v[test->ranges6.n++] = r;
		else
			test->ranges.v[test->ranges.n++] = r;
	}
	normalise(&test->ranges);
	normalise(&test->ranges6);
	return true;
}

/* -- As integers ---------------------------------------------------------------------- */

/* The least integer that a lower bound lets in; false for none. */
static bool lower_bound(const struct filter_range *r, uint64_t *lo)
{
	const struct filter_value *v = &r->lo;

	if (!r->has_lo) {
		*lo = 0;
	} else if (v->type == FILTER_FLOAT) {
		double d = r->lo_open ? floor(v->d) + 1 : ceil(v->d);

		if (!(d < 0x1p64))
			return false;
		*lo = d > 0 ? (uint64_t)d : 0;
	} else if (v->huge) {
		return false;
	} else if (v->negative) {
		*lo = 0;
	} else {
		if (r->lo_open && v->u == UINT64_MAX)
			return false;
		*lo = v->u + r->lo_open;
	}
	return true;
}

static bool upper_bound(const struct filter_range *r, uint64_t *hi)
{
	const struct filter_value *v = &r->hi;

	if (!r->has_hi || v->huge) {
		*hi = UINT64_MAX;
	} else if (v->type == FILTER_FLOAT) {
		double d = r->hi_open ? ceil(v->d) - 1 : floor(v->d);

		if (d < 0)
			return false;
		*hi = d < 0x1p64 ? (uint64_t)d : UINT64_MAX;
	} else if (v->negative || (r->hi_open && v->u == 0)) {
		return false;
	} else {
		*hi = v->u - r->hi_open;
	}
	return true;
}

/* Ranges of other types have no meaning as such, and no load that asks for it. */
static bool add_pairs(struct nf_arena *arena, struct filter_test *test)
{
	test->pairs = nf_arena_alloc(arena, (test->ranges.n + 1) * sizeof(*test->pairs));
	if (test->pairs == NULL)
		return false;
	for (size_t i = 0; i < test->ranges.n; i++) {
		const struct filter_range *r = &test->ranges.v[i];
		struct filter_pair pair;

		if (r->lo.type == FILTER_TEXT || r->lo.type == FILTER_OCTETS)
			continue;
		if (lower_bound(r, &pair.lo) && upper_bound(r, &pair.hi) && pair.lo <= pair.hi)
			test->pairs[test->npairs++] = pair;
	}
	return true;
}

/* -- Tests ---------------------------------------------------------------------------- */

/* a < b, seen from b: b > a. */
static enum filter_cmp turned(enum filter_cmp cmp)
{
	static const uint8_t other[] = {
		[CMP_EQ] = CMP_EQ, [CMP_NE] = CMP_NE, [CMP_LT] = CMP_GT, [CMP_LE] = CMP_GE,
		[CMP_GT] = CMP_LT, [CMP_GE] = CMP_LE,
	};

	return (enum filter_cmp)other[cmp];
}

static bool compared(struct nf_arena *arena, const struct filter_node *value, enum filter_cmp cmp,
		     struct filter_test *test)
{
	struct filter_range *r;

	test->negated = cmp == CMP_NE;
	if (!set_of(arena, value, test) || cmp == CMP_EQ || cmp == CMP_NE)
		return test->ranges.v != NULL;
	if (test->ranges.n + test->ranges6.n == 0)	/* NaN */
		return true;
	r = test->ranges.n > 0 ? test->ranges.v : test->ranges6.v;
	r->has_lo = cmp == CMP_GT || cmp == CMP_GE;
	r->has_hi = cmp == CMP_LT || cmp == CMP_LE;
	r->lo_open = cmp == CMP_GT;
	r->hi_open = cmp == CMP_LT;
	return true;
}

static bool is_constant(const struct filter_node *n)
{
	return n->op == OP_VALUE || n->op == OP_NET;
}

bool filter_test_of(struct nf_arena *arena, const struct filter_node *n, struct filter_test *test)
{
	const struct filter_node *name = n->a, *value = n->b;
	enum filter_cmp cmp = (enum filter_cmp)n->cmp;

	*test = (struct filter_test){ .node = n, .quant = n->quant };
	if (n->op == OP_COMPARE && is_constant(name)) {
		name = n->b;
		value = n->a;
		cmp = turned(cmp);
	}
	if (name->op == OP_NAME)
		test->ref = name->ref;
	switch (n->op) {
	case OP_COMPARE:
		test->simple = name->op == OP_NAME && is_constant(value);
		return !is_constant(value) ||
		       (compared(arena, value, cmp, test) && add_pairs(arena, test));
	case OP_IN:
		test->simple = name->op == OP_NAME;
		return set_of(arena, value, test) && add_pairs(arena, test);
	case OP_HAS:
		test->bits = name->op == OP_NAME && !value->value.negative ? value->value.u : 0;
		return true;
	case OP_NONZERO:	/* of a & b */
		if (n->a->op != OP_BITAND || n->a->a->op != OP_NAME || n->a->b->op != OP_VALUE)
			return true;
		test->ref = n->a->a->ref;
		test->bits = n->a->b->value.negative ? 0 : n->a->b->value.u;
		return true;
	default:
		return true;
	}
}

static bool holds(const struct filter_ranges *rs, const struct filter_value *v)
{
	size_t lo = 0, hi = rs->n;
	int order;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;
		const struct filter_range *r = &rs->v[mid];

		if (r->has_lo) {
			if (!filter_order(v, &r->lo, &order))
				return false;
			if (order < 0 || (order == 0 && r->lo_open)) {
				hi = mid;
				continue;
			}
		}
		if (!r->has_hi)
			return true;
		if (!filter_order(v, &r->hi, &order))
			return false;
		if (order < 0 || (order == 0 && !r->hi_open))
			return true;
		lo = mid + 1;
	}
	return false;
}

bool filter_test_holds(const struct filter_test *test, const struct filter_value *v)
{
	const struct filter_ranges *rs = v->type == FILTER_IPV6 ? &test->ranges6 : &test->ranges;

	return holds(rs, v) != test->negated;
}
