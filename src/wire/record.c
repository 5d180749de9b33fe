#include <config.h>

#include "wire/wire.h"

#include "wire/internal.h"

enum { MAX_ALIGNMENT = 3 };	/* octets that fill a set up to a multiple of 4 */

const uint16_t nf_no_shift[1] = { 0 };

void nf_recs_over(struct nf_recs *c, const struct nf_layout *layout, struct nf_bytes bytes,
		  uint32_t offset, struct nf_scratch scratch, const struct nf_sink *sink)
{
	*c = (struct nf_recs){
		.layout = layout,
		.sink = sink,
		.bytes = bytes,
		.base = offset,
		.left = UINT32_MAX,
		.scratch = scratch,
	};
}

void nf_recs_open(struct nf_recs *c, const struct nf_msg *m, const struct nf_set *set,
		  const struct nf_layout *layout, struct nf_scratch scratch,
		  const struct nf_sink *sink)
{
	nf_recs_over(c, layout, set->bytes, set->body, scratch, sink);
	c->cut = set->cut || set->overrun;
	if (set->kind == NF_SET_FIXED)
		c->left = m->count;
}

/* Words of scratch that the shifts of a record take. */
static uint32_t shift_words(const struct nf_layout *l)
{
	return l->nvar == 0 ? 0 : l->nvar + 1u;
}

struct nf_scratch nf_rec_scratch(const struct nf_recs *c)
{
	uint32_t used = shift_words(c->layout);

	if (used > c->scratch.n)
		used = c->scratch.n;
	return (struct nf_scratch){ .words = c->scratch.words + used, .n = c->scratch.n - used };
}

/* Octets at the end of B that are zero. */
static size_t zero_tail(struct nf_bytes b)
{
	size_t n = 0;

	while (n < b.n && b.p[b.n - 1 - n] == 0)
		n++;
	return n;
}

/*
 * Padding must be shorter than a record (RFC 7011 section 3.3.1).  Where a record takes less
 * than an alignment of 8, zeros at the end are more likely padding than a record, though
 * they are read as one.
 */
static void check_zero_record(const struct nf_recs *c)
{
	const struct nf_layout *l = c->layout;
	size_t last = l->nvar != 0 ? c->last : c->at - l->min_len;
	size_t zeros;

	if (c->sink == NULL || l->kind == NF_LAYOUT_FIXED || l->min_len >= 8 || last == 0)
		return;
	zeros = zero_tail(c->bytes);
	if (zeros >= c->bytes.n - last)
		nf_report(c->sink, NF_PROBLEM_PADDING_LONG,
			  nf_span_of(c->base + c->bytes.n - zeros, zeros), zeros, l->min_len);
}

/*
 * What is left holds no record: padding, the rest of a record whose end is not there, or a
 * sign that the layout is not the one that the exporter used.
 */
static bool recs_end(struct nf_recs *c)
{
	const struct nf_layout *l = c->layout;
	struct nf_bytes rest = nf_slice(c->bytes, c->at, SIZE_MAX);
	struct nf_span span = nf_span_of(c->base + c->at, rest.n);
	bool none = c->at == 0;

	if (c->ended)
		return false;
	c->ended = true;
	if (!none && !c->cut)
		check_zero_record(c);
	c->at = (uint32_t)c->bytes.n;
	if (rest.n == 0)
		return false;
	if (c->cut || l->kind == NF_LAYOUT_FIXED) {
		c->malformed = span;
		return false;
	}
	if (none)
		nf_report(c->sink, NF_PROBLEM_SET_UNDERRUN, span, rest.n, l->min_len);
	if (nf_all_zero(rest)) {
		c->padding = span;
	} else if (none) {
		c->malformed = span;
	} else if (rest.n <= MAX_ALIGNMENT) {
		c->padding = span;
		nf_report(c->sink, NF_PROBLEM_PADDING_NONZERO, span, rest.n, 0);
	} else {
		c->malformed = span;
		nf_report(c->sink, NF_PROBLEM_MISFIT, span, rest.n, l->min_len);
	}
	return false;
}

static bool recs_fault(struct nf_recs *c, enum nf_problem_id problem, uint64_t found,
		       uint64_t wanted)
{
	struct nf_span span = nf_span_of(c->base + c->at, c->bytes.n - c->at);

	c->ended = true;
	c->at = (uint32_t)c->bytes.n;
	c->malformed = span;
	if (!c->cut || problem != NF_PROBLEM_RECORD_OVERRUN)
		nf_report(c->sink, problem, span, found, wanted);
	return false;
}

/*
 * Measure the record at P, of at most N octets: SHIFT[j], where it is wanted, becomes what
 * the first j variable fields take.  Its length, or 0 where it runs over the end: then *TAKES
 * says how far it goes at least.
 *
 * Length prefix (RFC 7011 section 7):
 *
 *	0:1 length, 0 to 254	or	0:1 255   1:2 length
 */
static size_t measure(const struct nf_layout *l, const uint8_t *p, size_t n, uint16_t *shift,
		      size_t *takes)
{
	const struct nf_op *op = l->ops + (l->nfields - l->nops[NF_LOAD_VAR]);
	size_t sum = 0, at;

	if (shift != NULL)
		shift[0] = 0;
	for (unsigned j = 0; j < l->nvar; j++, op++) {
		at = op->offset + sum;
		*takes = at + 1;
		if (*takes > n)
			return 0;
		if (p[at] < 255) {
			*takes += p[at];
		} else {
			*takes += 2;
			if (*takes > n)
				return 0;
			*takes += nf_be16(p + at + 1);
		}
		if (*takes > n)
			return 0;
		sum = *takes - op->offset;
		if (shift != NULL)
			shift[j + 1] = (uint16_t)sum;
	}
	*takes = sum + l->min_len - l->nvar;
	return *takes <= n ? *takes : 0;
}

bool nf_rec_next_slow(struct nf_recs *c, struct nf_rec *r)
{
	const struct nf_layout *l = c->layout;
	size_t rest = c->bytes.n - c->at, takes, length;

	if (c->ended || c->left == 0 || rest == 0)
		return recs_end(c);
	if (l->min_len == 0)
		return recs_fault(c, NF_PROBLEM_RECORD_ZERO, 0, 0);
	if (rest < l->min_len)
		return recs_end(c);
	length = l->min_len;
	r->shift = nf_no_shift;
	if (l->nvar != 0) {
		if (shift_words(l) > c->scratch.n)
			return recs_fault(c, NF_PROBLEM_BOUND, shift_words(l), c->scratch.n);
		length = measure(l, c->bytes.p + c->at, rest, c->scratch.words, &takes);
		if (length == 0)
			return recs_fault(c, NF_PROBLEM_RECORD_OVERRUN, takes, rest);
		r->shift = c->scratch.words;
		c->last = c->at;
	}
	r->layout = l;
	r->p = c->bytes.p + c->at;
	r->offset = c->base + c->at;
	r->length = (uint32_t)length;
	c->at += (uint32_t)length;
	c->left--;
	return true;
}

uint64_t nf_field_uint(const struct nf_field *f)
{
	const struct nf_fielddef *d = f->def;
	uint64_t v = nf_ben(f->value.p, f->value.n);
	unsigned below;

	if (d->nbits == 0)
		return v;
	below = (unsigned)(8 * f->value.n) - d->first_bit - d->nbits;
	return v >> below & ((UINT64_C(1) << d->nbits) - 1);
}

/* Where the octets of OP stand in the record. */
static inline const uint8_t *op_at(const struct nf_rec *r, const struct nf_op *op, bool fixed)
{
	return r->p + op->offset + (fixed ? 0 : r->shift[op->nvar]);
}

static inline uint64_t reference(const struct nf_rec *r, const uint8_t *at, size_t length)
{
	return (uint64_t)(at - r->p) << 16 | length;
}

/* FIXED is a constant in both uses, so that records without variable fields pay for none. */
static inline void load_values(const struct nf_rec *r, uint64_t *v, bool fixed)
{
	const struct nf_layout *l = r->layout;
	const struct nf_op *op = l->ops, *end;

	for (end = op + l->nops[NF_LOAD_8]; op < end; op++)
		v[op->field] = *op_at(r, op, fixed);
	for (end = op + l->nops[NF_LOAD_16]; op < end; op++)
		v[op->field] = nf_be16(op_at(r, op, fixed));
	for (end = op + l->nops[NF_LOAD_32]; op < end; op++)
		v[op->field] = nf_be32(op_at(r, op, fixed));
	for (end = op + l->nops[NF_LOAD_64]; op < end; op++)
		v[op->field] = nf_be64(op_at(r, op, fixed));
	for (end = op + l->nops[NF_LOAD_N]; op < end; op++) {
		struct nf_field f = nf_field(r, op->field);

		v[op->field] = nf_field_uint(&f);
	}
	for (end = op + l->nops[NF_LOAD_SIGNED]; op < end; op++)
		v[op->field] = (uint64_t)nf_ben_signed(op_at(r, op, fixed),
						       l->fields[op->field].length);
	for (end = op + l->nops[NF_LOAD_LONG]; op < end; op++)
		v[op->field] = reference(r, op_at(r, op, fixed), l->fields[op->field].length);
	for (end = op + l->nops[NF_LOAD_VAR]; op < end; op++) {
		const uint8_t *at = op_at(r, op, fixed);

		if (*at < 255)
			v[op->field] = reference(r, at + 1, *at);
		else
			v[op->field] = reference(r, at + 3, nf_be16(at + 1));
	}
}

void nf_rec_values(const struct nf_rec *r, uint64_t *values)
{
	if (r->layout->nvar == 0)
		load_values(r, values, true);
	else
		load_values(r, values, false);
}

bool nf_layout_fits(const struct nf_layout *layout, struct nf_bytes body)
{
	size_t at = 0, rest = body.n, takes;

	if (!layout->wide || body.n < layout->min_len)
		return false;
	if (layout->nvar == 0) {
		rest = body.n % layout->min_len;
		at = body.n - rest;
	} else {
		while (rest >= layout->min_len) {
			size_t n = measure(layout, body.p + at, rest, NULL, &takes);

			if (n == 0)
				return false;
			at += n;
			rest -= n;
		}
	}
	return rest <= MAX_ALIGNMENT && nf_all_zero(nf_slice(body, at, rest));
}
