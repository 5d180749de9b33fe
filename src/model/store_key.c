#include <config.h>

#include "model/store_job_internal.h"

/*
 * Integers: those below zero, then those from zero on, both in 63 bits.  The few that take all 64
 * share the last digit, and differ in the one behind it.
 */
#define HALF (UINT64_C(1) << 63)

static uint64_t number_digit(const struct filter_value *v, unsigned i, bool *more)
{
	if (v->negative)
		return i == 0 ? v->u & ~HALF : 0;
	if (!v->huge && v->u < HALF - 1)
		return i == 0 ? v->u | HALF : 0;
	*more |= i == 0;
	return i == 0 || v->huge ? UINT64_MAX : i == 1 ? v->u : 0;
}

static uint64_t octets_digit(struct nf_bytes b, unsigned i, bool *more)
{
	uint8_t octets[8] = { 0 };
	struct nf_bytes part = nf_slice(b, i * 8, 8);

	*more |= b.n > (i + 1) * 8 && i + 1 < KEY_DIGITS;
	if (part.n > 0)
		memcpy(octets, part.p, part.n);
	return nf_be64(octets);
}

static uint64_t double_digit(double d)
{
	uint64_t bits;

	memcpy(&bits, &d, sizeof(bits));
	return (bits & HALF) != 0 ? ~bits : bits | HALF;
}

static uint64_t digit_of(const struct filter_value *v, unsigned i, bool *more)
{
	switch ((enum filter_type)v->type) {
	case FILTER_NUMBER:
	case FILTER_BOOLEAN:
		return number_digit(v, i, more);
	case FILTER_IPV6:
	case FILTER_TEXT:
	case FILTER_OCTETS:
		return octets_digit(v->b, i, more);
	case FILTER_FLOAT:
		return i == 0 ? double_digit(v->d) : 0;
	case FILTER_TIME:
	case FILTER_DURATION:
		return i == 0 ? (uint64_t)v->ns ^ HALF : 0;
	default:
		return i == 0 ? v->u : 0;
	}
}

/* An IPv4 address stands where an IPv6 address would that begins with zeros. */
static bool field_value(const struct nf_field *f, const struct nf_msg *m, struct filter_value *v)
{
	const struct nf_format_ctx ctx = { .export_secs = m->export_secs };
	struct nf_bytes b = f->value;

	*v = (struct filter_value){ .type = FILTER_OCTETS, .b = b };
	if (b.n == 0)
		return false;
	switch ((enum nf_kind)f->kind) {
	case NF_KIND_UINT:
	case NF_KIND_BOOL:
		if (b.n <= 8 || f->def->nbits != 0)
			*v = (struct filter_value){ .type = FILTER_NUMBER,
						    .u = nf_field_uint(f) };
		return true;
	case NF_KIND_SINT:
		*v = (struct filter_value){ .type = FILTER_NUMBER,
					    .u = (uint64_t)nf_ben_signed(b.p, b.n) };
		v->negative = (v->u & HALF) != 0;
		return true;
	case NF_KIND_FLOAT:
		*v = (struct filter_value){ .type = FILTER_FLOAT, .d = nf_value_float(b) };
		return true;
	case NF_KIND_IPV4:
		*v = (struct filter_value){ .type = FILTER_IPV4, .u = nf_be32(b.p) };
		return true;
	case NF_KIND_STRING:
		while (b.n > 0 && b.p[b.n - 1] == 0)
			b.n--;
		*v = (struct filter_value){ .type = FILTER_TEXT, .b = b };
		return b.n > 0;
	case NF_KIND_SECONDS:
	case NF_KIND_MILLISECONDS:
	case NF_KIND_MICROSECONDS:
	case NF_KIND_NANOSECONDS:
		*v = (struct filter_value){ .type = FILTER_TIME };
		return nf_value_time((enum nf_kind)f->kind, b, &ctx, &v->ns);
	default:
		return true;
	}
}

static int field_of(const struct nf_layout *l, const struct filter_ref *ref)
{
	for (unsigned i = 0; i < l->nfields; i++)
		if (filter_ref_has(ref, l->fields[i].ie))
			return (int)i;
	return -1;
}

bool key_digit(struct key *k, const struct filter_at *at, unsigned i, uint64_t *digit, bool *more)
{
	struct filter_value v;
	struct nf_field f;

	if (k->ref->row != NULL) {
		if (!k->ref->row->get(k->ref->row, at, &v))
			return false;
	} else {
		if (k->layout != at->rec->layout)
			k->field = field_of(at->rec->layout, k->ref);
		k->layout = at->rec->layout;
		if (k->field < 0)
			return false;
		f = nf_field(at->rec, (unsigned)k->field);
		if (!field_value(&f, at->msg, &v))
			return false;
	}
	*digit = digit_of(&v, i, more);
	return true;
}
