#include <config.h>

#include "wire/wire.h"

#include "base/wide.h"
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
		.scratch = scratch,
	};
	if (layout->nvar == 0 && layout->wide)
		c->whole = (uint32_t)(bytes.n / layout->min_len);
}

void nf_recs_open(struct nf_recs *c, const struct nf_msg *m, const struct nf_set *set,
		  const struct nf_layout *layout, struct nf_scratch scratch,
		  const struct nf_sink *sink)
{
	nf_recs_over(c, layout, set->bytes, set->body, scratch, sink);
	c->cut = set->cut || set->overrun;
	if (set->kind == NF_SET_FIXED && c->whole > m->count)
		c->whole = m->count;
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
 * Less than a record takes: real exporters align to 8 as well as to 4, and leave whatever they
 * find in octets that align to 4 (quirks B1, B2).
 */
static bool is_padding(struct nf_bytes rest)
{
	return rest.n <= MAX_ALIGNMENT || nf_all_zero(rest);
}

/*
 * What is left holds no record: padding, the rest of a record whose end is not there, or a
 * sign that the layout is not the one that the exporter used.
 */
__attribute__((cold))
static bool recs_end(struct nf_recs *c)
{
	const struct nf_layout *l = c->layout;
	struct nf_bytes rest = nf_slice(c->bytes, c->at, SIZE_MAX);
	struct nf_span span = nf_span_of(c->base + c->at, rest.n);
	bool none = c->at == 0;

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
	if (none && !nf_all_zero(rest)) {
		c->malformed = span;
	} else if (is_padding(rest)) {
		c->padding = span;
		if (!nf_all_zero(rest))
			nf_report(c->sink, NF_PROBLEM_PADDING_NONZERO, span, rest.n, 0);
	} else {
		c->malformed = span;
		nf_report(c->sink, NF_PROBLEM_MISFIT, span, rest.n, l->min_len);
	}
	return false;
}

__attribute__((cold))
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
 * How many octets the record at P takes, of which N are there: more than N where it runs over
 * the end.  With KEEP, a constant, SHIFT[j] becomes what the first j variable fields take.
 *
 * Length prefix (RFC 7011 section 7):
 *
 *	0:1 length, 0 to 254	or	0:1 255   1:2 length
 */
__attribute__((always_inline))
static inline size_t measure(const struct nf_layout *l, const uint8_t *p, size_t n, bool keep,
			     uint16_t *shift)
{
	const struct nf_op *op = l->all.ends[1][NF_LOAD_LONG];
	const struct nf_op *end = l->all.ends[1][NF_LOAD_VAR];
	size_t sum = 0, at;

	for (; op != end; op++) {
		if (keep)
			*shift++ = (uint16_t)sum;
		at = op->offset + sum;
		if (at >= n)
			break;
		sum += p[at] + (size_t)1;
		if (p[at] == 255) {
			if (n - at < 3) {
				sum -= 254;	/* OP itself counts 1 below: 3 for the prefix */
				break;
			}
			sum += nf_be16(p + at + 1) - (size_t)253;
		}
	}
	if (keep)
		*shift = (uint16_t)sum;
	return l->min_len - l->nvar + sum + (size_t)(end - op);
}

/* At the end of the records, or where none can be read. */
__attribute__((cold))
static bool recs_stop(struct nf_recs *c)
{
	const struct nf_layout *l = c->layout;
	struct nf_bytes rest = nf_slice(c->bytes, c->at, SIZE_MAX);

	if (!l->wide && rest.n != 0)
		return recs_fault(c, NF_PROBLEM_RECORD_ZERO, 0, 0);
	if (l->nvar == 0 || rest.n < l->min_len)
		return recs_end(c);
	if (l->nvar >= c->scratch.n)
		return recs_fault(c, NF_PROBLEM_BOUND, l->nvar + 1u, c->scratch.n);
	return recs_fault(c, NF_PROBLEM_RECORD_OVERRUN, measure(l, rest.p, rest.n, false, NULL),
			  rest.n);
}

bool nf_rec_next_slow(struct nf_recs *c, struct nf_rec *r)
{
	const struct nf_layout *l = c->layout;
	size_t rest = c->bytes.n - c->at, length;

	if (c->ended)
		return false;
	if (l->nvar == 0 || l->nvar >= c->scratch.n || rest < l->min_len)
		return recs_stop(c);
	r->p = c->bytes.p + c->at;
	length = measure(l, r->p, rest, true, c->scratch.words);
	if (length > rest)
		return recs_stop(c);
	r->layout = l;
	r->offset = c->base + c->at;
	r->length = (uint32_t)length;
	r->shift = c->scratch.words;
	c->last = c->at;
	c->at += r->length;
	return true;
}

/* The bits of ALL, an integer of N octets, that D names. */
static uint64_t own_bits(const struct nf_fielddef *d, uint64_t all, size_t n)
{
	size_t below = 8 * n - d->first_bit - d->nbits;

	return all >> below & ((UINT64_C(1) << d->nbits) - 1);
}

uint64_t nf_field_uint(const struct nf_field *f)
{
	uint64_t v = nf_ben(f->value.p, f->value.n);

	return f->def->nbits == 0 ? v : own_bits(f->def, v, f->value.n);
}

/* An integer of 3, 5, 6 or 7 octets, by two loads; and any other width up to 8. */
static inline uint64_t load_odd(const uint8_t *p, size_t n)
{
	if (n == 3)
		return nf_be24(p);
	if (n > 4)
		return (uint64_t)nf_be32(p) << 8 * (n - 4) | nf_be32(p + n - 4);
	return nf_ben(p, n);
}

static inline uint64_t reference(const struct nf_rec *r, const uint8_t *at, size_t length)
{
	return (uint64_t)(at - r->p) << 16 | length;
}

/* Where the octets of OP stand; BEHIND, a constant, says that variable fields may be before it. */
__attribute__((always_inline))
static inline const uint8_t *op_at(const struct nf_rec *r, const struct nf_op *op, bool behind)
{
	return r->p + op->offset + (behind ? r->shift[op->nvar] : 0);
}

static inline uint64_t variable(const struct nf_rec *r, const uint8_t *at)
{
	return *at < 255 ? reference(r, at + 1, *at) : reference(r, at + 3, nf_be16(at + 1));
}

static inline uint64_t value_of(const struct nf_rec *r, unsigned i)
{
	const struct nf_fielddef *d = &r->layout->fields[i];
	const uint8_t *at = r->p + d->offset + r->shift[d->nvar];
	uint64_t all;

	if (d->length == NF_VARLEN)
		return variable(r, at);
	if (d->length == 0 || d->length > 8)
		return reference(r, at, d->length);
	if (d->nbits == 0 && d->kind == NF_KIND_SINT)
		return (uint64_t)nf_ben_signed(at, d->length);
	all = load_odd(at, d->length);
	return d->nbits == 0 ? all : own_bits(d, all, d->length);
}

uint64_t nf_rec_value(const struct nf_rec *r, unsigned i)
{
	return value_of(r, i);
}

/*
 * One operation of each kind: the field at P, or two of them side by side, into V; NEXT, a
 * constant, is how far from there the value of the next field belongs.
 */
#define ONE(bits, load) \
	static inline void one_##bits(const uint8_t *p, uint64_t *v, size_t next) \
	{ \
		(void)next; \
		*v = load(p); \
	}
ONE(8, *)
ONE(16, nf_be16)
ONE(32, nf_be32)
ONE(64, nf_be64)
#undef ONE

static inline void pair_8(const uint8_t *p, uint64_t *v, size_t next)
{
	v[0] = p[0];
	v[next] = p[1];
}

static inline void pair_16(const uint8_t *p, uint64_t *v, size_t next)
{
	uint32_t both = nf_be32(p);

	v[0] = both >> 16;
	v[next] = both & 0xffff;
}

static inline void pair_32(const uint8_t *p, uint64_t *v, size_t next)
{
	uint64_t both = nf_be64(p);

	v[0] = both >> 32;
	v[next] = both & 0xffffffff;
}

static inline void pair_64(const uint8_t *p, uint64_t *v, size_t next)
{
	v[0] = nf_be64(p);
	v[next] = nf_be64(p + 8);
}

/* The operations of one half, from OP on, but for fields of variable length. */
__attribute__((always_inline))
static inline void load_half(const struct nf_rec *r, const struct nf_op *op, uint64_t *v,
			     bool behind)
{
	const struct nf_op *const *ends = r->layout->all.ends[behind];

	for (; op != ends[NF_LOAD_PAIR_8]; op++)
		pair_8(op_at(r, op, behind), v + op->field, 1);
	for (; op != ends[NF_LOAD_PAIR_16]; op++)
		pair_16(op_at(r, op, behind), v + op->field, 1);
	for (; op != ends[NF_LOAD_PAIR_32]; op++)
		pair_32(op_at(r, op, behind), v + op->field, 1);
	for (; op != ends[NF_LOAD_PAIR_64]; op++)
		pair_64(op_at(r, op, behind), v + op->field, 1);
	for (; op != ends[NF_LOAD_8]; op++)
		one_8(op_at(r, op, behind), v + op->field, 1);
	for (; op != ends[NF_LOAD_16]; op++)
		one_16(op_at(r, op, behind), v + op->field, 1);
	for (; op != ends[NF_LOAD_32]; op++)
		one_32(op_at(r, op, behind), v + op->field, 1);
	for (; op != ends[NF_LOAD_64]; op++)
		one_64(op_at(r, op, behind), v + op->field, 1);
	for (; op != ends[NF_LOAD_LONG]; op++)
		v[op->field] = nf_rec_value(r, op->field);
}

/* The fields of variable length, and those behind the first of them. */
static void load_behind(const struct nf_rec *r, uint64_t *v)
{
	const struct nf_loads *l = &r->layout->all;
	const struct nf_op *op = l->ends[0][NF_LOAD_VAR];

	if (op != l->ends[1][NF_LOAD_LONG])
		load_half(r, op, v, true);
	for (op = l->ends[1][NF_LOAD_LONG]; op != l->ends[1][NF_LOAD_VAR]; op++)
		v[op->field] = variable(r, op_at(r, op, true));
}

static void load_by_ops(const struct nf_rec *r, uint64_t *v)
{
	load_half(r, r->layout->all.ops, v, false);
	if (r->layout->nvar != 0)
		load_behind(r, v);
}

void nf_rec_values(const struct nf_rec *r, uint64_t *values)
{
	if (r->layout->load != NULL)
		r->layout->load(r->p, values);
	else
		load_by_ops(r, values);
}

/* -- Records together ----------------------------------------------------------------- */

void nf_rows_add(struct nf_rows *rows, const struct nf_rec *rec)
{
	const struct nf_layout *l = rec->layout;
	struct nf_rec *row = &rows->recs[rows->n];

	*row = *rec;
	if (l->nvar != 0) {
		uint16_t *shift = rows->shifts + (size_t)rows->n * shift_words(l);

		memcpy(shift, rec->shift, shift_words(l) * sizeof(*shift));
		row->shift = shift;
	}
	rows->n++;
}

/* Those of fixed length that are there whole. */
static void add_whole(struct nf_rows *rows, struct nf_recs *c)
{
	const struct nf_layout *l = c->layout;
	const unsigned room = rows->most - rows->n;
	const uint32_t n = c->whole < room ? c->whole : room, length = l->min_len;
	struct nf_rec *recs = rows->recs + rows->n;

	for (uint32_t i = 0; i < n; i++)
		recs[i] = (struct nf_rec){
			.layout = l, .p = c->bytes.p + c->at + (size_t)i * length,
			.offset = c->base + c->at + i * length, .length = length,
			.shift = nf_no_shift,
		};
	c->at += n * length;
	c->whole -= n;
	rows->n += n;
}

/* The others, which are measured into shifts of their own. */
static void add_measured(struct nf_rows *rows, struct nf_recs *c)
{
	const uint32_t words = shift_words(c->layout);
	const struct nf_scratch scratch = c->scratch;

	for (; rows->n < rows->most; rows->n++) {
		if (words != 0)
			c->scratch.words = rows->shifts + (size_t)rows->n * words;
		if (!nf_rec_next(c, &rows->recs[rows->n]))
			break;
	}
	c->scratch = scratch;
}

/* Where the values of field F begin. */
static inline uint64_t *column(const struct nf_rows *rows, unsigned f)
{
	return rows->values + (size_t)f * NF_ROWS;
}

/* What of the rows is a constant to the loops over them. */
enum rows_kind { ROWS_FIXED, ROWS_BEFORE, ROWS_BEHIND };	/* a variable field */

/* The operations from OP to END, each of which does ONE in all rows, which are of KIND. */
__attribute__((always_inline))
static inline const struct nf_op *load_rows(const struct nf_rows *rows, const struct nf_op *op,
					    const struct nf_op *end, enum rows_kind kind,
					    void (*one)(const uint8_t *p, uint64_t *v, size_t next))
{
	const struct nf_rec *const recs = rows->recs, *const last = recs + rows->n;
	const size_t length = recs->length;

	for (; op != end; op++) {
		uint64_t *v = column(rows, op->field), *const behind = v + rows->n;

		if (kind == ROWS_FIXED) {
			const uint8_t *p = recs->p + op->offset;

#pragma GCC unroll 4	/* the loop itself takes as long as what it does */
			for (; v != behind; p += length)
				one(p, v++, NF_ROWS);
		} else {
			for (const struct nf_rec *r = recs; r != last; r++)
				one(op_at(r, op, kind == ROWS_BEHIND), v++, NF_ROWS);
		}
	}
	return end;
}

/* As load_half, of all rows. */
__attribute__((always_inline))
static inline void load_half_of_rows(const struct nf_rows *rows, const struct nf_loads *loads,
				     enum rows_kind kind)
{
	const struct nf_op *const *ends = loads->ends[kind == ROWS_BEHIND];
	const struct nf_op *op = kind == ROWS_BEHIND ? loads->ends[0][NF_LOAD_VAR] : loads->ops;

	op = load_rows(rows, op, ends[NF_LOAD_PAIR_8], kind, pair_8);
	op = load_rows(rows, op, ends[NF_LOAD_PAIR_16], kind, pair_16);
	op = load_rows(rows, op, ends[NF_LOAD_PAIR_32], kind, pair_32);
	op = load_rows(rows, op, ends[NF_LOAD_PAIR_64], kind, pair_64);
	op = load_rows(rows, op, ends[NF_LOAD_8], kind, one_8);
	op = load_rows(rows, op, ends[NF_LOAD_16], kind, one_16);
	op = load_rows(rows, op, ends[NF_LOAD_32], kind, one_32);
	op = load_rows(rows, op, ends[NF_LOAD_64], kind, one_64);
	for (; op != ends[NF_LOAD_LONG]; op++)
		for (unsigned i = 0; i < rows->n; i++)
			column(rows, op->field)[i] = nf_rec_value(&rows->recs[i], op->field);
}

/* As load_behind, of all rows. */
static void load_behind_in_rows(const struct nf_rows *rows, const struct nf_loads *loads)
{
	const struct nf_op *const *ends = loads->ends[1];

	if (loads->ends[0][NF_LOAD_VAR] != ends[NF_LOAD_LONG])
		load_half_of_rows(rows, loads, ROWS_BEHIND);
	for (const struct nf_op *op = ends[NF_LOAD_LONG]; op != ends[NF_LOAD_VAR]; op++)
		for (unsigned i = 0; i < rows->n; i++)
			column(rows, op->field)[i] = nf_rec_value(&rows->recs[i], op->field);
}

/* Four at once, in as few instructions as a compiler makes of it. */
__attribute__((always_inline))
static inline void read_four(const uint8_t *p0, const uint8_t *p1, const uint8_t *p2,
			     const uint8_t *p3, const struct nf_column *c, uint64_t *v)
{
#ifdef NF_WIDE_SWAP
	uint64_t four __attribute__((vector_size(32))) = {
		nf_own64(p0), nf_own64(p1), nf_own64(p2), nf_own64(p3),
	};

	four = NF_WIDE_SWAP(four) >> c->shift & c->mask;
	memcpy(v, &four, sizeof(four));
#else
	v[0] = nf_column_value(c, p0);
	v[1] = nf_column_value(c, p1);
	v[2] = nf_column_value(c, p2);
	v[3] = nf_column_value(c, p3);
#endif
}

/* A field before the first one of variable length. */
__attribute__((always_inline))
static inline void read_before(const struct nf_rec *recs, size_t n, const struct nf_column c,
			       uint64_t *v)
{
	for (size_t i = 0; i < n; i += NF_ROWS_STEP)
		read_four(recs[i].p + c.offset, recs[i + 1].p + c.offset,
			  recs[i + 2].p + c.offset, recs[i + 3].p + c.offset, &c, v + i);
}

NF_WIDE
static void read_all_before(const struct nf_rows *rows, const struct nf_column *columns,
			    const struct nf_column *end)
{
	const size_t ample = nf_rows_ample(rows->n);

	for (; columns != end; columns++)
		read_before(rows->recs, ample, *columns, column(rows, columns->field));
}

static void read_behind(const struct nf_rec *recs, size_t n, const struct nf_column *c,
			uint64_t *v)
{
	for (size_t i = 0; i < n; i++)
		v[i] = nf_column_value(c, recs[i].p + c->offset + recs[i].shift[c->nvar]);
}

static void read_all_behind(const struct nf_rows *rows, const struct nf_column *c,
			    const struct nf_column *end)
{
	for (; c != end; c++)
		read_behind(rows->recs, nf_rows_ample(rows->n), c, column(rows, c->field));
}

NF_WIDE
void nf_column_read(const struct nf_column *c, const struct nf_rec *recs, size_t n, uint64_t *v)
{
	if (c->nvar == 0)
		read_before(recs, n, *c, v);
	else
		read_behind(recs, n, c, v);
}

static void read_others(const struct nf_rows *rows, const struct nf_column *c,
			const struct nf_column *end)
{
	const size_t ample = nf_rows_ample(rows->n);

	for (; c != end; c++)
		for (size_t i = 0; i < ample; i++)
			column(rows, c->field)[i] = value_of(&rows->recs[i], c->field);
}

static void read_columns(const struct nf_rows *rows)
{
	const struct nf_columns *columns = rows->columns;

	for (size_t i = rows->n; i < nf_rows_ample(rows->n); i++)
		rows->recs[i] = rows->recs[rows->n - 1];
	read_all_before(rows, columns->v, columns->before);
	read_all_behind(rows, columns->before, columns->behind);
	read_others(rows, columns->behind, columns->others);
}

static void load_in_rows(const struct nf_rows *rows)
{
	const struct nf_layout *l = rows->recs->layout;

	if (l->load_row != NULL) {
		for (unsigned i = 0; i < rows->n; i++)
			l->load_row(rows->recs[i].p, rows->values + i);
	} else if (l->nvar == 0) {
		load_half_of_rows(rows, &l->all, ROWS_FIXED);
	} else {
		load_half_of_rows(rows, &l->all, ROWS_BEFORE);
		load_behind_in_rows(rows, &l->all);
	}
}

void nf_rows_fill(struct nf_rows *rows, struct nf_recs *c)
{
	add_whole(rows, c);
	add_measured(rows, c);
	if (rows->n == 0)
		return;
	if (rows->columns != NULL)
		read_columns(rows);
	else
		load_in_rows(rows);
}

/* What is left behind the last record of BODY.  False: there is none, or one runs over the end. */
static bool rest_behind(const struct nf_layout *layout, struct nf_bytes body,
			struct nf_bytes *rest)
{
	const uint8_t *p = body.p;
	size_t left = body.n, n;

	if (!layout->wide || body.n < layout->min_len)
		return false;
	if (layout->nvar == 0) {
		left = body.n % layout->min_len;
	} else {
		for (; left >= layout->min_len; p += n, left -= n) {
			n = measure(layout, p, left, false, NULL);
			if (n > left)
				return false;
		}
	}
	*rest = nf_slice(body, body.n - left, left);
	return true;
}

bool nf_layout_fits(const struct nf_layout *layout, struct nf_bytes body)
{
	struct nf_bytes rest;

	return rest_behind(layout, body, &rest) && rest.n <= MAX_ALIGNMENT && nf_all_zero(rest);
}

bool nf_layout_misfits(const struct nf_layout *layout, struct nf_bytes body)
{
	struct nf_bytes rest;

	return !rest_behind(layout, body, &rest) || !is_padding(rest);
}
