#include <config.h>

#include "wire/wire.h"

#include "wire/internal.h"

/* -- Sets ----------------------------------------------------------------------------- */

void nf_sets_open(struct nf_sets *c, const struct nf_msg *m, const struct nf_sink *sink)
{
	*c = (struct nf_sets){ .msg = m, .sink = sink };
	if (m->format == NULL) {	/* not even a header: all of it is a rest */
		c->ended = true;
		c->rest = m->bytes.n != 0 ? NF_REST_MALFORMED : NF_REST_NONE;
		c->rest_span = nf_span_of(0, m->bytes.n);
		return;
	}
	c->at = m->format->header_len;
}

/* Everything from c->at on is REST. */
static bool sets_end(struct nf_sets *c, enum nf_rest rest)
{
	size_t left = c->msg->bytes.n - c->at;

	c->ended = true;
	c->rest = (uint8_t)(left != 0 ? rest : NF_REST_NONE);
	c->rest_span = nf_span_of(c->at, left);
	c->at = (uint32_t)c->msg->bytes.n;
	return false;
}

/*
 * The octets at c->at are none of the message's sets: zeros that an exporter filled up with (quirk
 * A4), or KIND, which PROBLEM (none: NF_PROBLEMS) reports.
 */
static bool sets_rest(struct nf_sets *c, enum nf_rest kind, enum nf_problem_id problem,
		      uint64_t found, uint64_t wanted)
{
	struct nf_bytes rest = nf_slice(c->msg->bytes, c->at, SIZE_MAX);
	struct nf_span span = nf_span_of(c->at, rest.n);

	if (rest.n == 0)
		return sets_end(c, NF_REST_NONE);
	if (nf_all_zero(rest)) {
		nf_report(c->sink, NF_PROBLEM_TRAILING_ZEROS, span, rest.n, 0);
		return sets_end(c, NF_REST_ZEROS);
	}
	if (problem != NF_PROBLEMS)
		nf_report(c->sink, problem, span, found, wanted);
	return sets_end(c, kind);
}

/* Count is compared with what fits, never obeyed beyond it (quirk A2). */
static void fixed_count(const struct nf_sets *c, uint32_t size, size_t left)
{
	const struct nf_msg *m = c->msg;
	struct nf_span span = nf_span_of(m->format->at.count, 2);
	size_t sent = m->wire_len - m->format->header_len;

	if (m->count == 0)
		nf_report(c->sink, NF_PROBLEM_COUNT_ZERO, span, 0, 0);
	else if ((uint64_t)m->count * size > (m->cut ? sent : left))
		nf_report(c->sink, NF_PROBLEM_COUNT_OVERRUN, span, m->count,
			  (m->cut ? sent : left) / size);
}

static bool fixed_set(struct nf_sets *c, struct nf_set *set)
{
	const struct nf_msg *m = c->msg;
	uint32_t size = nf_fixed_size(m);
	size_t left = m->bytes.n - c->at;
	uint64_t want = (uint64_t)m->count * size;

	*set = (struct nf_set){
		.kind = NF_SET_FIXED,
		.offset = c->at,
		.body = c->at,
		.cut = m->cut,
	};
	if (size == 0) {
		nf_report(c->sink, NF_PROBLEM_AGGREGATION, nf_span_of(m->format->at.aggregation, 1),
			  m->aggregation, 0);
		want = left;
	} else {
		fixed_count(c, size, left);
	}
	set->overrun = !m->cut && want > left;
	set->cut = m->cut && want > left;
	set->bytes = nf_slice(m->bytes, c->at, want < left ? (size_t)want : left);
	set->length = (uint32_t)set->bytes.n;
	c->at += set->length;
	c->ended = true;
	return true;
}

static enum nf_set_kind kind_of_id(const struct nf_dialect *d, uint16_t id)
{
	if (id >= 256)
		return NF_SET_DATA;
	if (id == d->template_set)
		return NF_SET_TEMPLATE;
	if (id == d->options_set)
		return NF_SET_OPTIONS_TEMPLATE;
	return NF_SET_RESERVED;
}

/* True if a set's header can be read AT and the set fits. */
static bool set_at(const struct nf_msg *m, size_t at)
{
	uint16_t id, length;

	return nf_get16(m->bytes, at, &id) && nf_get16(m->bytes, at + 2, &length) &&
	       (id >= 256 || id <= 3) && length >= NF_SET_HEADER && length <= m->bytes.n - at;
}

/*
 * Some exporters align sets with zeros that they do not count in the Length (quirk B1).  How
 * many stand at END, where the set says that it ends: 0 where the next set can be read there.
 */
static size_t uncounted_padding(const struct nf_msg *m, size_t end)
{
	size_t n = -end & 3;

	if (n == 0 || set_at(m, end) || !set_at(m, end + n) ||
	    !nf_all_zero(nf_slice(m->bytes, end, n)))
		return 0;
	return n;
}

/*
 * Set header (RFC 7011 section 3.3.2, RFC 3954 section 5.2):
 *
 *	0:2 Set ID   2:2 Length of the set with this header and its padding
 */
bool nf_set_next(struct nf_sets *c, struct nf_set *set)
{
	const struct nf_msg *m = c->msg;
	size_t left = m->bytes.n - c->at, padding;
	struct nf_span span;

	if (m->format == NULL)
		return false;
	if (m->format->dialect == NULL) {
		if (!c->ended)
			return fixed_set(c, set);
		return left != 0 && sets_rest(c, NF_REST_TRAILING, NF_PROBLEM_TRAILING, left, 0);
	}
	if (c->ended)
		return false;
	if (m->length < m->format->header_len)	/* said in nf_msg_open: no set can be trusted */
		return sets_end(c, NF_REST_MALFORMED);
	if (left == 0)
		return sets_end(c, NF_REST_NONE);
	if (left < NF_SET_HEADER)
		return sets_rest(c, NF_REST_MALFORMED,
				 m->cut ? NF_PROBLEMS : NF_PROBLEM_SET_HEADER, left, NF_SET_HEADER);
	*set = (struct nf_set){
		.id = nf_be16(m->bytes.p + c->at),
		.offset = c->at,
		.length = nf_be16(m->bytes.p + c->at + 2),
		.body = c->at + NF_SET_HEADER,
	};
	if (set->length < NF_SET_HEADER)
		return sets_rest(c, NF_REST_MALFORMED, NF_PROBLEM_SET_SHORT, set->length,
				 NF_SET_HEADER);
	set->kind = (uint8_t)kind_of_id(m->format->dialect, set->id);
	span = nf_span_of(c->at, set->length < left ? set->length : left);
	if (set->length > left) {
		set->cut = m->cut && set->length <= m->wire_len - c->at;
		set->overrun = !set->cut;
		if (set->overrun)
			nf_report(c->sink, NF_PROBLEM_SET_OVERRUN, span, set->length, left);
	}
	padding = uncounted_padding(m, c->at + span.len);
	if (padding != 0)
		nf_report(c->sink, NF_PROBLEM_SET_PADDING, nf_span_of(c->at + span.len, padding),
			  padding, set->length);
	span.len += (uint32_t)padding;
	set->bytes = nf_slice(m->bytes, set->body, span.len - NF_SET_HEADER);
	if (set->kind == NF_SET_RESERVED)
		nf_report(c->sink, NF_PROBLEM_SET_RESERVED, nf_span_of(c->at, 2), set->id, 0);
	else if (set->length == NF_SET_HEADER)
		nf_report(c->sink, NF_PROBLEM_SET_EMPTY, span, 0, 0);
	c->at += span.len;
	return true;
}

/* -- Templates ------------------------------------------------------------------------ */

void nf_templates_open(struct nf_templates *c, const struct nf_msg *m, const struct nf_set *set,
		       const struct nf_sink *sink)
{
	*c = (struct nf_templates){ .msg = m, .sink = sink, .set = *set };
}

/*
 * No more template records: what is left is padding if it is zero or too short for one, else it
 * cannot be read, and PROBLEM (none: NF_PROBLEMS) says why.
 */
static bool templates_end(struct nf_templates *c, enum nf_problem_id problem, uint64_t found,
			  uint64_t wanted)
{
	struct nf_bytes rest = nf_slice(c->set.bytes, c->at, SIZE_MAX);
	struct nf_span span = nf_span_of(c->set.body + c->at, rest.n);
	bool incomplete = c->set.cut || c->set.overrun;

	c->at = (uint32_t)c->set.bytes.n;
	if (rest.n == 0)
		return false;
	if (nf_all_zero(rest)) {
		/*
		 * RFC 7011 section 3.3.1: shorter than any record; accepted all the same (B1, B2)
		 */
		if (rest.n >= 4)
			nf_report(c->sink, NF_PROBLEM_PADDING_LONG, span, rest.n, 4);
		c->padding = span;
	} else if (rest.n < 4 && !incomplete) {
		nf_report(c->sink, NF_PROBLEM_PADDING_NONZERO, span, rest.n, 0);
		c->padding = span;
	} else {
		if (problem != NF_PROBLEMS && !incomplete)
			nf_report(c->sink, problem, span, found, wanted);
		c->malformed = span;
	}
	return false;
}

/* Octets that COUNT specifiers at P take, of LEFT; more than LEFT where they do not fit. */
static size_t specs_length(const struct nf_dialect *d, const uint8_t *p, size_t left,
			   unsigned count)
{
	size_t at = 0;

	if (!d->enterprise_bit)
		return 4 * (size_t)count;
	for (; count > 0; count--) {
		size_t n = left - at >= 4 && p[at] & 0x80 ? 8 : 4;

		if (left - at < n)
			return left + 1;
		at += n;
	}
	return at;
}

/* What the octets of a template show to be odd, but not unreadable. */
static void check_template(const struct nf_templates *c, const struct nf_template *t)
{
	const struct nf_sink *sink = c->sink;
	struct nf_spec s;
	struct nf_specs specs;
	uint64_t least = 0;
	bool v9 = !t->dialect->enterprise_bit;

	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s)) {
		least += s.length == NF_VARLEN ? 1 : s.length;
		if (s.length == 0)
			nf_report(sink, NF_PROBLEM_FIELD_ZERO, s.span, 0, 0);
		else if (s.length == NF_VARLEN && v9)
			nf_report(sink, NF_PROBLEM_FIELD_VARIABLE_V9, s.span, NF_VARLEN, 0);
	}
	if (t->nfields == 0) {
		nf_report(sink, t->kind == NF_TEMPLATE ? NF_PROBLEM_WITHDRAWAL_V9 :
							 NF_PROBLEM_TEMPLATE_EMPTY,
			  t->span, t->id, 0);
	} else if (least == 0) {
		nf_report(sink, NF_PROBLEM_TEMPLATE_ZERO, t->span, t->id, 0);
	} else if (least > NF_RECORD_MAX) {
		nf_report(sink, NF_PROBLEM_TEMPLATE_HUGE, t->span, t->id, least);
	}
	if (t->kind == NF_TEMPLATE_OPTIONS && t->nscope == 0)
		nf_report(sink, NF_PROBLEM_SCOPE_ZERO, t->span, t->id, 0);
	if (c->set.overrun)
		nf_report(sink, NF_PROBLEM_TEMPLATE_CUT, t->span, t->id, 0);
}

/* What stands before the specifiers: how long it is, and how many there are. */
struct head {
	size_t length;
	unsigned nfields, nscope;
	bool unaligned;
};

/*
 * Template record (RFC 7011 section 3.4.1, RFC 3954 section 5.2):
 *
 *	0:2 Template ID   2:2 Field Count   specifiers
 *
 * Options template record, IPFIX (RFC 7011 section 3.4.2.2), v9 (RFC 3954 section 6.1):
 *
 *	0:2 Template ID   2:2 Field Count           4:2 Scope Field Count   specifiers
 *	0:2 Template ID   2:2 Option Scope Length   4:2 Option Length       specifiers
 *
 * Withdrawal (RFC 7011 section 8.1), 4 octets in options sets as well:
 *
 *	0:2 Template ID, or the set's own id for all of its kind   2:2 zero
 */
static bool read_head(const struct nf_templates *c, struct nf_bytes rest, struct head *h)
{
	const struct nf_dialect *d = c->msg->format->dialect;
	uint16_t second, third;

	if (!nf_get16(rest, 2, &second))
		return false;
	*h = (struct head){ .length = 4, .nfields = second };
	if (c->set.kind == NF_SET_TEMPLATE || (d->withdrawals && second == 0))
		return true;
	if (!nf_get16(rest, 4, &third))
		return false;
	h->length = 6;
	if (d->scope_in_octets) {
		h->nscope = second / 4u;
		h->nfields = (second + third) / 4u;
		h->unaligned = (second | third) % 4 != 0;
	} else {
		h->nscope = third;
	}
	return true;
}

static uint8_t template_kind(const struct nf_templates *c, const struct nf_template *t)
{
	if (t->dialect->withdrawals && t->nfields == 0)
		return t->id == c->set.id ? NF_TEMPLATE_WITHDRAWAL_ALL : NF_TEMPLATE_WITHDRAWAL;
	return c->set.kind == NF_SET_TEMPLATE ? NF_TEMPLATE : NF_TEMPLATE_OPTIONS;
}

bool nf_template_next(struct nf_templates *c, struct nf_template *t)
{
	struct nf_bytes rest = nf_slice(c->set.bytes, c->at, SIZE_MAX);
	uint32_t off = c->set.body + c->at;
	bool bad_id, whole;
	size_t specs;
	struct head h;

	if (rest.n == 0)
		return false;
	if (!read_head(c, rest, &h))
		return templates_end(c, NF_PROBLEM_TEMPLATE_OVERRUN,
				     rest.n < 4 ? 0 : nf_be16(rest.p + 2), 0);
	*t = (struct nf_template){
		.id = nf_be16(rest.p),
		.nfields = (uint16_t)h.nfields,
		.nscope = (uint16_t)h.nscope,
		.dialect = c->msg->format->dialect,
	};
	t->kind = template_kind(c, t);
	bad_id = t->id < 256 && t->kind != NF_TEMPLATE_WITHDRAWAL_ALL;
	specs = specs_length(t->dialect, rest.p + h.length, rest.n - h.length, h.nfields);
	whole = specs <= rest.n - h.length;
	if (bad_id && (!whole || h.nfields == 0))	/* without fields: anything */
		return templates_end(c, NF_PROBLEM_TEMPLATE_ID, t->id, 256);
	if (!whole)
		return templates_end(c, NF_PROBLEM_TEMPLATE_OVERRUN, h.nfields, 0);
	if (h.nscope > h.nfields)
		return templates_end(c, NF_PROBLEM_SCOPE_COUNT, h.nscope, h.nfields);
	t->head = nf_span_of(off, h.length);
	t->span = nf_span_of(off, h.length + specs);
	t->specs = nf_slice(rest, h.length, specs);
	c->at += t->span.len;
	if (c->sink == NULL)
		return true;
	if (bad_id)
		nf_report(c->sink, NF_PROBLEM_TEMPLATE_ID, nf_span_of(off, 2), t->id, 256);
	if (h.unaligned)
		nf_report(c->sink, NF_PROBLEM_OPTIONS_UNALIGNED, nf_span_of(off + 2, 4),
			  nf_be16(rest.p + 2) % 4 != 0 ? nf_be16(rest.p + 2) : nf_be16(rest.p + 4),
			  0);
	if (t->kind == NF_TEMPLATE || t->kind == NF_TEMPLATE_OPTIONS)
		check_template(c, t);
	return true;
}

/* -- Specifiers ----------------------------------------------------------------------- */

void nf_specs_open(struct nf_specs *c, const struct nf_template *t)
{
	*c = (struct nf_specs){ .t = t };
}

/*
 * Field specifier (RFC 7011 section 3.2; v9: the first 4 octets, all 16 bits of the id):
 *
 *	0:2 enterprise bit and element id   2:2 length   4:4 enterprise number, if the bit is set
 */
bool nf_spec_next(struct nf_specs *c, struct nf_spec *s)
{
	const struct nf_template *t = c->t;
	const uint8_t *p = t->specs.p + c->at;

	if (c->index >= t->nfields || !nf_has(t->specs, c->at, 4))
		return false;
	*s = (struct nf_spec){
		.id = nf_be16(p),
		.length = nf_be16(p + 2),
		.scope = c->index < t->nscope,
		.span = nf_span_of(t->head.off + t->head.len + c->at, 4),
	};
	if (t->dialect->enterprise_bit && s->id & 0x8000) {
		if (!nf_has(t->specs, c->at, 8))
			return false;
		s->id &= 0x7fff;
		s->enterprise = true;
		s->pen = nf_be32(p + 4);
		s->span.len = 8;
	}
	c->at += s->span.len;
	c->index++;
	return true;
}

const struct nf_ie *nf_spec_ie(const struct nf_template *t, const struct nf_spec *s,
			       struct nf_registry *registry)
{
	if (t->dialect->enterprise_bit)
		return nf_registry_ipfix(registry, s->pen, s->id);
	return s->scope ? nf_registry_v9_scope(registry, s->id) : nf_registry_v9(registry, s->id);
}
