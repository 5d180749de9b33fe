#include <config.h>

#include "model/filter_tree.h"

#include <math.h>

struct filter_value filter_number(uint64_t u)
{
	return (struct filter_value){ .type = FILTER_NUMBER, .u = u };
}

struct filter_value filter_signed(int64_t i)
{
	return (struct filter_value){ .type = FILTER_NUMBER, .negative = i < 0, .u = (uint64_t)i };
}

static bool is_integer(const struct filter_value *v)
{
	return v->type == FILTER_NUMBER || v->type == FILTER_BOOLEAN;
}

static bool is_numeric(const struct filter_value *v)
{
	return is_integer(v) || v->type == FILTER_FLOAT;
}

static bool is_textual(const struct filter_value *v)
{
	return v->type == FILTER_TEXT || v->type == FILTER_OCTETS;
}

/* -- Order ---------------------------------------------------------------------------- */

static int order_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int order_integers(const struct filter_value *a, const struct filter_value *b)
{
	if (a->huge || b->huge)
		return a->huge - b->huge;
	if (a->negative != b->negative)
		return a->negative ? -1 : 1;
	return order_u64(a->u, b->u);
}

/* An integer and a float, exactly: not every integer of 64 bits is a double. */
static int order_mixed(const struct filter_value *i, double d)
{
	double whole = floor(d);
	struct filter_value other;

	if (d >= 0x1p64)
		return i->huge ? 1 : -1;
	if (d < -0x1p63)
		return 1;
	other = whole < 0 ? filter_signed((int64_t)whole) : filter_number((uint64_t)whole);
	if (order_integers(i, &other) != 0)
		return order_integers(i, &other);
	return d > whole ? -1 : 0;
}

static int order_octets(struct nf_bytes a, struct nf_bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : (a.n > b.n) - (a.n < b.n);
}

static bool order_numeric(const struct filter_value *a, const struct filter_value *b, int *order)
{
	if (is_integer(a) && is_integer(b)) {
		*order = order_integers(a, b);
		return true;
	}
	if ((a->type == FILTER_FLOAT && isnan(a->d)) || (b->type == FILTER_FLOAT && isnan(b->d)))
		return false;
	if (is_integer(a))
		*order = order_mixed(a, b->d);
	else if (is_integer(b))
		*order = -order_mixed(b, a->d);
	else
		*order = (a->d > b->d) - (a->d < b->d);
	return true;
}

bool filter_order(const struct filter_value *a, const struct filter_value *b, int *order)
{
	if (is_numeric(a) && is_numeric(b))
		return order_numeric(a, b, order);
	if (is_textual(a) && is_textual(b)) {
		*order = order_octets(a->b, b->b);
		return true;
	}
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case FILTER_IPV4:
	case FILTER_MAC:
		*order = order_u64(a->u, b->u);
		return true;
	case FILTER_IPV6:
		*order = order_octets(a->b, b->b);
		return true;
	case FILTER_TIME:
	case FILTER_DURATION:
		*order = (a->ns > b->ns) - (a->ns < b->ns);
		return true;
	default:
		return false;
	}
}

bool filter_holds(enum filter_cmp cmp, int order)
{
	switch (cmp) {
	case CMP_EQ: return order == 0;
	case CMP_NE: return order != 0;
	case CMP_LT: return order < 0;
	case CMP_LE: return order <= 0;
	case CMP_GT: return order > 0;
	default: return order >= 0;
	}
}

/* -- Arithmetic ----------------------------------------------------------------------- */

static double to_double(const struct filter_value *v)
{
	switch (v->type) {
	case FILTER_FLOAT: return v->d;
	case FILTER_TIME:
	case FILTER_DURATION: return (double)v->ns;
	default: return v->negative ? (double)(int64_t)v->u : (double)v->u;
	}
}

static bool set_float(struct filter_value *v, double d)
{
	*v = (struct filter_value){ .type = FILTER_FLOAT, .d = d };
	return isfinite(d);
}

static bool float_arithmetic(enum filter_op op, double a, double b, struct filter_value *v)
{
	switch (op) {
	case OP_ADD: return set_float(v, a + b);
	case OP_SUB: return set_float(v, a - b);
	case OP_MUL: return set_float(v, a * b);
	case OP_DIV: return b != 0 && set_float(v, a / b);
	case OP_MOD: return b != 0 && set_float(v, fmod(a, b));
	default: return false;
	}
}

/* Magnitude and sign: what 64 bits with either sign hold. */
struct magnitude {
	uint64_t u;
	bool negative;
};

static struct magnitude magnitude(const struct filter_value *v)
{
	return (struct magnitude){ v->negative ? -v->u : v->u, v->negative };
}

static bool from_magnitude(struct magnitude m, struct filter_value *v)
{
	if (m.negative && m.u > (uint64_t)INT64_MAX + 1)
		return false;
	*v = filter_number(m.negative ? -m.u : m.u);
	v->negative = m.negative && m.u != 0;
	return true;
}

static bool add(struct magnitude a, struct magnitude b, struct magnitude *m)
{
	if (a.negative == b.negative) {
		m->negative = a.negative;
		return !__builtin_add_overflow(a.u, b.u, &m->u);
	}
	if (a.u < b.u) {
		struct magnitude other = a;

		a = b;
		b = other;
	}
	*m = (struct magnitude){ a.u - b.u, a.negative };
	return true;
}

/* Division rounds towards zero, and the rest has the sign of what was divided, as in C. */
static bool integer_arithmetic(enum filter_op op, const struct filter_value *va,
			       const struct filter_value *vb, struct filter_value *v)
{
	struct magnitude a = magnitude(va), b = magnitude(vb), m = { 0, false };

	if (va->huge || vb->huge)
		return false;
	switch (op) {
	case OP_SUB:
		b.negative = !b.negative;
		/* fall through */
	case OP_ADD:
		return add(a, b, &m) && from_magnitude(m, v);
	case OP_MUL:
		m.negative = a.negative != b.negative;
		return !__builtin_mul_overflow(a.u, b.u, &m.u) && from_magnitude(m, v);
	case OP_DIV:
		if (b.u == 0)
			return false;
		m = (struct magnitude){ a.u / b.u, a.negative != b.negative };
		return from_magnitude(m, v);
	case OP_MOD:
		if (b.u == 0)
			return false;
		m = (struct magnitude){ a.u % b.u, a.negative };
		return from_magnitude(m, v);
	case OP_BITAND:
		*v = filter_number(va->u & vb->u);
		v->negative = va->negative && vb->negative;
		return true;
	default:
		return false;
	}
}

static bool set_ns(struct filter_value *v, enum filter_type type, int64_t ns)
{
	*v = (struct filter_value){ .type = (uint8_t)type, .ns = ns };
	return true;
}

static bool from_double(struct filter_value *v, double ns)
{
	return ns > -0x1p63 && ns < 0x1p63 && set_ns(v, FILTER_DURATION, (int64_t)ns);
}

/* A duration times a number; integers exactly. */
static bool times(const struct filter_value *number, int64_t ns, struct filter_value *v)
{
	int64_t product;

	if (number->type == FILTER_FLOAT)
		return from_double(v, number->d * (double)ns);
	if (number->huge || (!number->negative && number->u > INT64_MAX))
		return ns == 0 && set_ns(v, FILTER_DURATION, 0);
	return !__builtin_mul_overflow((int64_t)number->u, ns, &product) &&
	       set_ns(v, FILTER_DURATION, product);
}

static bool divided(const struct filter_value *a, const struct filter_value *b,
		    struct filter_value *v)
{
	if (b->type == FILTER_DURATION && a->type == FILTER_DURATION)
		return float_arithmetic(OP_DIV, to_double(a), to_double(b), v);
	if (b->type == FILTER_DURATION)	/* so many a second */
		return !a->huge && float_arithmetic(OP_DIV, to_double(a) * 1e9, to_double(b), v);
	if (b->type == FILTER_FLOAT)
		return b->d != 0 && from_double(v, (double)a->ns / b->d);
	if (b->huge || (!b->negative && b->u > INT64_MAX))
		return set_ns(v, FILTER_DURATION, 0);
	if (b->u == 0 || (b->u == UINT64_MAX && a->ns == INT64_MIN))
		return false;
	return set_ns(v, FILTER_DURATION, a->ns / (int64_t)b->u);
}

static bool span_arithmetic(enum filter_op op, const struct filter_value *a,
			    const struct filter_value *b, struct filter_value *v)
{
	bool time = a->type == FILTER_TIME || b->type == FILTER_TIME;
	int64_t ns;

	switch (op) {
	case OP_ADD:
		return !__builtin_add_overflow(a->ns, b->ns, &ns) &&
		       set_ns(v, time ? FILTER_TIME : FILTER_DURATION, ns);
	case OP_SUB:
		return !__builtin_sub_overflow(a->ns, b->ns, &ns) &&
		       set_ns(v, time && b->type != FILTER_TIME ? FILTER_TIME : FILTER_DURATION,
			      ns);
	case OP_MUL:
		return is_numeric(a) ? times(a, b->ns, v) : times(b, a->ns, v);
	case OP_DIV:
		return divided(a, b, v);
	case OP_MOD:
		return b->ns != 0 && b->ns != -1 && set_ns(v, FILTER_DURATION, a->ns % b->ns);
	default:
		return false;
	}
}

/* The types have been checked: see arithmetic_type in filter_types.c. */
bool filter_arithmetic(enum filter_op op, const struct filter_value *a,
		       const struct filter_value *b, struct filter_value *v)
{
	if (is_integer(a) && is_integer(b))
		return integer_arithmetic(op, a, b, v);
	if (is_numeric(a) && is_numeric(b))
		return !a->huge && !b->huge && float_arithmetic(op, to_double(a), to_double(b), v);
	return span_arithmetic(op, a, b, v);
}

bool filter_negate(struct filter_value *v)
{
	struct magnitude m;

	switch (v->type) {
	case FILTER_NUMBER:
		m = magnitude(v);
		m.negative = !m.negative;
		return !v->huge && from_magnitude(m, v);
	case FILTER_FLOAT:
		v->d = -v->d;
		return true;
	case FILTER_DURATION:
		if (v->ns == INT64_MIN)
			return false;
		v->ns = -v->ns;
		return true;
	default:
		return false;
	}
}

/* -- Octets --------------------------------------------------------------------------- */

/* An index that counts from the end where it is below zero. */
static bool index_in(size_t n, int32_t i, size_t *at)
{
	if (i < 0 && (size_t)-(int64_t)i > n)
		return false;
	*at = i < 0 ? n - (size_t)-(int64_t)i : (size_t)i;
	return *at <= n;
}

/* Nothing where any of the octets are not there. */
struct nf_bytes filter_slice(struct nf_bytes b, const struct filter_slice *s)
{
	const struct nf_bytes none = { NULL, 0 };
	size_t from, to;

	if (!index_in(b.n, s->offset, &from) || from >= b.n)
		return none;
	if (s->to_end)
		return nf_slice(b, from, b.n - from);
	if (s->last) {
		if (!index_in(b.n, s->length, &to) || to >= b.n || to < from)
			return none;
		return nf_slice(b, from, to - from + 1);
	}
	if (s->length <= 0 || (size_t)s->length > b.n - from)
		return none;
	return nf_slice(b, from, (size_t)s->length);
}

void filter_net(const struct filter_value *net, unsigned prefix, uint8_t lo[16], uint8_t hi[16])
{
	for (unsigned i = 0; i < 16; i++) {
		unsigned bits = prefix > 8 * i ? prefix - 8 * i : 0;
		uint8_t mask = (uint8_t)(bits >= 8 ? 0xff : 0xff00 >> bits);

		lo[i] = net->b.p[i] & mask;
		hi[i] = (uint8_t)(lo[i] | (uint8_t)~mask);
	}
}

/* -- Fields --------------------------------------------------------------------------- */

static bool integer_value(const struct nf_field *f, struct filter_value *v)
{
	if (f->kind == NF_KIND_SINT) {
		*v = filter_signed(nf_ben_signed(f->value.p, f->value.n));
		return true;
	}
	if ((f->kind != NF_KIND_UINT && f->kind != NF_KIND_BOOL) || f->value.n == 0)
		return false;
	*v = filter_number(f->def->nbits != 0 ? nf_field_uint(f) : nf_ben(f->value.p, f->value.n));
	if (!nf_ben_fits(f->value.p, f->value.n))
		*v = (struct filter_value){ .type = FILTER_NUMBER, .huge = true, .u = UINT64_MAX };
	return true;
}

static bool float_value(const struct nf_field *f, struct filter_value *v)
{
	/* what is shown can be asked for */
	*v = (struct filter_value){ .type = FILTER_FLOAT, .d = nf_value_decimal(f->value) };
	return true;
}

static bool time_of(const struct nf_field *f, const struct nf_msg *m, struct filter_value *v)
{
	const struct nf_format_ctx ctx = { .export_secs = m->export_secs };

	*v = (struct filter_value){ .type = FILTER_TIME };
	return f->kind >= NF_KIND_SECONDS && f->kind <= NF_KIND_NANOSECONDS &&
	       nf_value_time((enum nf_kind)f->kind, f->value, &ctx, &v->ns);
}

static bool span_of(const struct nf_field *f, int64_t unit, struct filter_value *v)
{
	struct filter_value number;

	if (unit == 0 || !integer_value(f, &number))
		return false;
	if (!times(&number, unit, v))	/* longer than 64 bits of nanoseconds: as long as can be */
		*v = (struct filter_value){ .type = FILTER_DURATION, .ns = INT64_MAX };
	return true;
}

static struct nf_bytes unpadded(struct nf_bytes b)
{
	while (b.n > 0 && b.p[b.n - 1] == 0)
		b.n--;
	return b;
}

static bool address_value(const struct nf_field *f, enum filter_type type, bool untyped,
			  struct filter_value *v)
{
	if (type != FILTER_IPV6 && f->value.n == 4 && (untyped || f->kind == NF_KIND_IPV4)) {
		*v = (struct filter_value){ .type = FILTER_IPV4, .u = nf_be32(f->value.p) };
		return true;
	}
	*v = (struct filter_value){ .type = FILTER_IPV6, .b = f->value };
	return type != FILTER_IPV4 && f->value.n == 16 && (untyped || f->kind == NF_KIND_IPV6);
}

/*
 * Type records may have named the element after its layout was compiled.  One in no table:
 * its octets are taken as what they are compared with.
 */
static struct nf_field typed(struct nf_field f)
{
	f.kind = (uint8_t)nf_kind_of((enum nf_type)f.def->ie->type, f.value.n);
	return f;
}

static struct nf_field as_integer(struct nf_field f)
{
	if (!f.def->ie->known && f.value.n <= 8)
		f.kind = NF_KIND_UINT;
	return f;
}

bool filter_field_value(const struct nf_field *raw, enum filter_type type, int64_t unit,
			const struct nf_msg *m, struct filter_value *v)
{
	bool untyped = !raw->def->ie->known;
	const struct nf_field own = typed(*raw), *f = &own;
	struct nf_field integer = as_integer(own);

	switch (type) {
	case FILTER_NUMBER:
		return integer_value(&integer, v);
	case FILTER_BOOLEAN:
		if (!integer_value(&integer, v))
			return false;
		v->type = FILTER_BOOLEAN;
		return true;
	case FILTER_FLOAT:
		return (f->kind == NF_KIND_FLOAT || untyped) &&
		       (f->value.n == 4 || f->value.n == 8) && float_value(f, v);
	case FILTER_TEXT:
		*v = (struct filter_value){ .type = FILTER_TEXT, .b = unpadded(f->value) };
		return f->kind == NF_KIND_STRING || untyped;
	case FILTER_OCTETS:
	case FILTER_UNKNOWN:
		*v = (struct filter_value){ .type = FILTER_OCTETS, .b = f->value };
		return true;
	case FILTER_IPV4:
	case FILTER_IPV6:
	case FILTER_ADDRESS:
		return address_value(f, type, untyped, v);
	case FILTER_MAC:
		if (f->value.n != 6 || (f->kind != NF_KIND_MAC && !untyped))
			return false;
		*v = (struct filter_value){ .type = FILTER_MAC, .u = nf_ben(f->value.p, 6) };
		return true;
	case FILTER_TIME:
		return time_of(f, m, v);
	case FILTER_DURATION:
		return span_of(&integer, unit, v);
	default:
		return false;
	}
}
