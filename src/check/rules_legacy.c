/*
 * NetFlow v1 to v8: what header and length say of each other, and what values of fixed layouts
 * stand for.  No RFC has these formats: limits are those that vendors print.
 */
#include <config.h>

#include "check/rules.h"

enum {
	V1_VARIANT = 52,		/* octets of a v1 record of Extreme's switches */
	MESSAGE_MOST = 1464,		/* v8: its tables fill messages of v5's greatest length */
	ENGINE_VERSIONS = 9,
};

/* -- Header and length ------------------------------------------------------------------ */

static uint32_t record_octets(const struct nf_msg *m)
{
	const struct nf_layout *l = nf_fixed_layout(m->version, m->aggregation);

	return l != NULL ? l->min_len : 0;
}

/* What stands behind the header. */
static struct nf_bytes body(const struct nf_msg *m)
{
	return nf_slice(m->bytes, m->format->header_len, SIZE_MAX);
}

static bool is_v1_variant(const struct nf_msg *m)
{
	return m->version == 1 && m->count != 0 && body(m).n == (size_t)m->count * V1_VARIANT;
}

static struct nf_span count_span(const struct nf_msg *m)
{
	return nf_span_of(m->format->at.count, 2);
}

/* The most records that a vendor's table allows; where tables differ, the greater number. */
static uint32_t most_records(const struct nf_msg *m)
{
	static const uint8_t most[] = { [1] = 24, [5] = 30, [6] = 30, [7] = 30 };
	uint32_t octets = record_octets(m);

	if (m->version < sizeof(most) && most[m->version] != 0)
		return most[m->version];
	return octets != 0 ? (MESSAGE_MOST - m->format->header_len) / octets : UINT16_MAX;
}

static void count_range(struct check *c, const struct check_at *at)
{
	check_claim(c, &(struct check_claim){
		.rule = CHECK_LEGACY_COUNT_RANGE, .at = at, .span = count_span(at->msg),
		.key = at->msg->count == 0,
		.args = { { .u = at->msg->count }, { .u = most_records(at->msg) } },
	});
}

static void length_mismatch(struct check *c, const struct check_at *at)
{
	const struct nf_msg *m = at->msg;
	uint64_t need = m->format->header_len + (uint64_t)m->count * record_octets(m);

	check_claim(c, &(struct check_claim){
		.rule = CHECK_LEGACY_LENGTH_MISMATCH, .at = at, .span = count_span(m),
		.key = need > m->bytes.n,
		.args = { { .u = m->count }, { .u = need }, { .u = m->bytes.n },
			  { .u = record_octets(m) }, { .u = m->format->header_len } },
	});
}

/* Behind a count of 0 there may be records all the same: then that is the fault to name. */
static void count_zero(struct check *c, const struct check_at *at)
{
	if (nf_all_zero(body(at->msg)))
		count_range(c, at);
}

static void unknown_aggregation(struct check *c, const struct check_at *at)
{
	check_claim(c, &(struct check_claim){
		.rule = CHECK_V8_AGGREGATION_UNKNOWN, .at = at, .key = at->msg->aggregation,
		.span = nf_span_of(at->msg->format->at.aggregation, 1),
		.args = { { .u = at->msg->aggregation } },
	});
}

static void v1_variant(struct check *c, const struct check_at *at)
{
	check_claim(c, &(struct check_claim){
		.rule = CHECK_V1_RECORD_52, .at = at, .span = count_span(at->msg),
		.args = { { .u = at->msg->count }, { .u = body(at->msg).n } },
	});
}

static bool problem(struct check *c, const struct check_at *at, const struct nf_problem *p)
{
	const struct nf_msg *m = at->msg;

	if (m->format == NULL || m->format->dialect != NULL)
		return false;
	switch (p->id) {
	case NF_PROBLEM_COUNT_OVERRUN:
		if (at->whole)
			length_mismatch(c, at);
		return true;
	case NF_PROBLEM_COUNT_ZERO:
		count_zero(c, at);
		return true;
	case NF_PROBLEM_TRAILING:
		if (is_v1_variant(m))
			v1_variant(c, at);
		else
			length_mismatch(c, at);
		return true;
	case NF_PROBLEM_TRAILING_ZEROS:
		if (!is_v1_variant(m))
			return false;
		v1_variant(c, at);
		return true;
	case NF_PROBLEM_AGGREGATION:
		unknown_aggregation(c, at);
		return true;
	default:
		return false;
	}
}

static void above_most(struct check *c, const struct check_at *at)
{
	const struct nf_msg *m = at->msg;

	if (m->count <= most_records(m) || is_v1_variant(m) ||
	    (uint64_t)m->count * record_octets(m) > body(m).n)
		return;
	count_range(c, at);
}

/* -- Fields of headers ------------------------------------------------------------------ */

struct header_field {
	const struct nf_ie *ie;		/* NULL: this version has none */
	struct nf_span span;
	uint64_t value;
};

/* Those that rules ask for. */
enum { MODE, INTERVAL, RESERVED, AGGREGATION_VERSION, HEADER_FIELDS };

struct of_stream {
	int fields[HEADER_FIELDS];	/* their index in the header; -1: it has none */
	bool seen;			/* a message, with these: */
	uint8_t mode;
	uint16_t interval;
};

static struct of_stream *stream_of(struct check *c, const struct check_at *at)
{
	return check_state(c, &at->stream->holder, CHECK_GROUP_legacy);
}

static void find_fields(struct of_stream *s, const struct nf_layout *header)
{
	static const uint16_t ids[HEADER_FIELDS] = {
		[MODE] = NF_FIXED_SAMPLING_MODE, [INTERVAL] = NF_FIXED_SAMPLING_INTERVAL,
		[RESERVED] = NF_FIXED_RESERVED,
		[AGGREGATION_VERSION] = NF_FIXED_AGGREGATION_VERSION,
	};

	for (unsigned i = 0; i < HEADER_FIELDS; i++)
		s->fields[i] = check_field_of(header, NF_PEN_FIXED, ids[i]);
}

static struct header_field header_field(const struct of_stream *s, const struct nf_msg *m,
					unsigned which)
{
	const struct nf_rec header = {
		.layout = m->format->header, .p = m->bytes.p, .shift = nf_no_shift,
	};
	struct nf_field f;

	if (s->fields[which] < 0)
		return (struct header_field){ .ie = NULL };
	f = nf_field(&header, (unsigned)s->fields[which]);
	return (struct header_field){
		.ie = f.def->ie, .span = nf_span_of(f.offset, f.value.n),
		.value = nf_field_uint(&f),
	};
}

static const char *sampling_fault(uint64_t mode, uint64_t interval)
{
	if (mode == 3)
		return "no vendor's table has this mode";
	if (mode == 0 && interval > 1)
		return "mode 0 says that nothing is sampled";
	return mode != 0 && interval == 0 ? "a mode without an interval" : NULL;
}

static void sampling_varies(struct check *c, const struct check_at *at, struct of_stream *s,
			    const struct header_field *mode, uint64_t interval)
{
	if (s->seen && (s->mode != mode->value || s->interval != interval))
		check_claim(c, &(struct check_claim){
			.rule = CHECK_V5_SAMPLING_VARIES, .at = at, .span = mode->span,
			.args = { { .u = s->mode }, { .u = s->interval }, { .u = mode->value },
				  { .u = interval } },
		});
	s->seen = true;
	s->mode = (uint8_t)mode->value;
	s->interval = (uint16_t)interval;
}

static void sampling(struct check *c, const struct check_at *at, struct of_stream *s)
{
	const struct header_field mode = header_field(s, at->msg, MODE);
	const struct header_field interval = header_field(s, at->msg, INTERVAL);
	const char *fault;

	if (mode.ie == NULL || interval.ie == NULL)
		return;
	fault = sampling_fault(mode.value, interval.value);
	if (fault != NULL)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_V5_SAMPLING_INCONSISTENT, .at = at, .span = mode.span,
			.key = mode.value,
			.args = { { .u = mode.value }, { .u = interval.value }, { .s = fault } },
		});
	sampling_varies(c, at, s, &mode, interval.value);
}

static void pad_claim(struct check *c, const struct check_at *at, const struct nf_ie *ie,
		      struct nf_span span, uint32_t octet, uint64_t value, const char *where)
{
	check_claim(c, &(struct check_claim){
		.rule = CHECK_LEGACY_PAD_NONZERO, .at = at, .span = span, .ie = ie, .key = octet,
		.args = { { .ie = ie }, { .u = octet }, { .u = value }, { .s = where } },
	});
}

static void header_reserved(struct check *c, const struct check_at *at, const struct of_stream *s)
{
	const struct header_field f = header_field(s, at->msg, RESERVED);

	if (f.ie != NULL && f.value != 0)
		pad_claim(c, at, f.ie, f.span, f.span.off, f.value, "header");
}

static void aggregation_version(struct check *c, const struct check_at *at,
				const struct of_stream *s)
{
	const struct header_field f = header_field(s, at->msg, AGGREGATION_VERSION);

	if (f.ie != NULL && f.value != 2)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_V8_AGG_VERSION, .at = at, .span = f.span, .key = f.value,
			.args = { { .u = f.value } },
		});
}

static void time_unit(struct check *c, const struct check_at *at)
{
	if (at->msg->in_seconds)
		check_claim(c, &(struct check_claim){ .rule = CHECK_V8_TIME_UNIT, .at = at });
}

/* -- Engines ---------------------------------------------------------------------------- */

struct of_session {
	uint32_t engines[ENGINE_VERSIONS];	/* by version */
	struct check_place second[ENGINE_VERSIONS];
};

static void engine(struct check *c, const struct check_at *at)
{
	struct of_session *s = check_state(c, &at->stream->session->holder, CHECK_GROUP_legacy);
	unsigned version = at->msg->version;

	if (!at->first || at->msg->format->at.domain == 0 || version >= ENGINE_VERSIONS)
		return;
	if (++s->engines[version] == 2)
		s->second[version] = check_place_of(at, nf_span_of(at->msg->format->at.domain, 2));
}

static void session_end(struct check *c, struct check_session *session)
{
	const struct of_session *s = check_state(c, &session->holder, CHECK_GROUP_legacy);

	for (unsigned v = 0; v < ENGINE_VERSIONS; v++)
		if (s->engines[v] > 1)
			check_claim(c, &(struct check_claim){
				.rule = CHECK_V5_ENGINE_MULTIPLEX, .session = session,
				.place = &s->second[v], .key = v,
				.args = { { .u = s->engines[v] },
					  { .s = nf_format_of((uint16_t)v)->name } },
			});
}

static void message(struct check *c, const struct check_at *at)
{
	struct of_stream *s;

	if (at->msg->format->dialect != NULL)
		return;
	s = stream_of(c, at);
	if (at->first)
		find_fields(s, at->msg->format->header);
	if (at->whole)
		above_most(c, at);
	sampling(c, at, s);
	header_reserved(c, at, s);
	aggregation_version(c, at, s);
	time_unit(c, at);
	engine(c, at);
}

/* -- Fields of records ------------------------------------------------------------------ */

/* Values from `from` to `to` of one field or two are something to speak of. */
static const struct range {
	enum check_rule_id rule;
	uint32_t pen;
	uint16_t id[2];			/* [1] 0: one field */
	uint64_t from, to;
	uint8_t versions;		/* enum check_version */
} ranges[] = {
	{ CHECK_V5_MASK_OVER_32, NF_PEN_IANA, { 9, 13 }, 33, UINT8_MAX, CHECK_LEGACY },
	{ CHECK_V5_AS_TRANS, NF_PEN_IANA, { 16, 17 }, 23456, 23456, CHECK_LEGACY },
	{ CHECK_V5_IFINDEX_SATURATED, NF_PEN_IANA, { 10, 14 }, 65535, 65535, CHECK_LEGACY },
	{ CHECK_V7_FLAGS_MARK_INVALID, NF_PEN_FIXED, { NF_FIXED_FLAGS2 }, 1, UINT16_MAX, CHECK_V7 },
	{ CHECK_V8_FLOWS_ZERO, NF_PEN_IANA, { 3 }, 0, 0, CHECK_V8 },
};

/* A field to hold against its range; of what is found, a claim a set: it may be in every record. */
struct limit {
	const struct range *range;
	uint64_t from, width;
	uint16_t field;
	uint32_t found;			/* in this set */
	struct nf_span span;		/* the first of them */
	uint64_t value;
};

enum { LIMITS = 8 };			/* more than the fields of all ranges of a version */

struct of_use {
	struct limit limits[LIMITS];
	unsigned n;
	bool found, all;
};

static void limit_claim(struct check *c, const struct check_at *at, const struct limit *l,
			uint64_t count)
{
	const struct nf_ie *ie = at->use->layout->fields[l->field].ie;

	check_claim(c, &(struct check_claim){
		.rule = l->range->rule, .at = at, .span = l->span, .ie = ie, .count = count,
		.args = { { .ie = ie }, { .u = l->value } },
	});
}

/* The first one in a set, or every one where all are kept. */
static void limit_found(const struct check_record *r, struct of_use *u, struct limit *l)
{
	const struct nf_field f = nf_field(r->rec, l->field);

	l->span = nf_span_of(f.offset, f.value.n);
	l->value = check_value(r, l->field);
	u->found = true;
	if (u->all)
		limit_claim(r->check, r->at, l, 1);
}

static inline bool is_in(uint64_t v, const struct limit *l)
{
	return v - l->from <= l->width;
}

/* The first of ROWS that is in L, or all of them; there is one. */
static uint64_t rows_in(const struct check_rows *rows, const struct limit *l, bool all)
{
	const uint64_t *v = check_column(rows, l->field);
	uint64_t bits = 0;

	for (unsigned i = 0; i < rows->n && (all || bits == 0); i++)
		bits |= (uint64_t)is_in(v[i], l) << i;
	return bits;
}

/* Counts what is in each range; where not all of them are kept, the first one is looked at. */
NF_WIDE
static uint64_t sift_limits(const struct check_rows *rows, struct check_step *s)
{
	struct of_use *u = s->state;
	const size_t ample = check_ample(rows), repeated = ample - rows->n;
	uint64_t met = 0;

	for (struct limit *l = u->limits; l < u->limits + u->n; l++) {
		const uint64_t *v = check_column(rows, l->field);
		uint64_t n = ample;

		for (size_t i = 0; i < ample; i++)
			n -= ((v[i] - l->from) | (l->from + l->width - v[i])) >> CHECK_TOP;
		n -= repeated * is_in(v[rows->n - 1], l);
		if (n != 0 && (u->all || l->found == 0))
			met |= rows_in(rows, l, u->all);
		l->found += (uint32_t)n;
	}
	return met;
}

static void look_at_limits(const struct check_record *r, struct check_step *s)
{
	struct of_use *u = s->state;

	for (struct limit *l = u->limits; l < u->limits + u->n; l++)
		if (l->found != 0 && (u->all || l->span.len == 0) &&
		    is_in(check_value(r, l->field), l))
			limit_found(r, u, l);
}

static void limits_end(struct check *c, const struct check_at *at)
{
	struct of_use *u;

	if (at->use == NULL || at->use->layout->kind != NF_LAYOUT_FIXED)
		return;
	u = check_state(c, &at->use->holder, CHECK_GROUP_legacy);
	if (!u->found)
		return;
	for (unsigned i = 0; i < u->n; i++) {
		if (u->limits[i].found != 0 && !u->all)
			limit_claim(c, at, &u->limits[i], u->limits[i].found);
		u->limits[i].found = 0;
		u->limits[i].span.len = 0;
	}
	u->found = false;
}

static void plan_limit(struct check_plan *p, struct of_use *u, const struct range *range,
		       uint16_t id)
{
	int field = id != 0 ? check_field_of(p->layout, range->pen, id) : -1;

	if (field < 0 || u->n == LIMITS || !check_wants(p->check, range->rule))
		return;
	u->limits[u->n++] = (struct limit){
		.range = range, .from = range->from, .width = range->to - range->from,
		.field = (uint16_t)field,
	};
	check_plan_column(p, (unsigned)field);
}

static void plan_limits(struct check_plan *p)
{
	struct of_use *u = check_state(p->check, &p->use->holder, CHECK_GROUP_legacy);
	struct check_step *s;

	u->all = check_opts(p->check)->all;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if ((ranges[i].versions & check_version_bit(p->version)) == 0)
			continue;
		plan_limit(p, u, &ranges[i], ranges[i].id[0]);
		plan_limit(p, u, &ranges[i], ranges[i].id[1]);
	}
	s = u->n != 0 ? check_plan_step(p, look_at_limits) : NULL;
	if (s == NULL)
		return;
	s->sift = sift_limits;
	s->state = u;
}

static bool is_pad(const struct nf_ie *ie)
{
	return ie->pen == NF_PEN_FIXED && (ie->id == NF_FIXED_PAD || ie->id == NF_FIXED_RESERVED);
}

static void pad_of(const struct check_record *r, unsigned field)
{
	const struct nf_field f = nf_field(r->rec, field);

	if (check_value(r, field) != 0)
		pad_claim(r->check, r->at, f.def->ie, nf_span_of(f.offset, f.value.n),
			  f.def->offset, check_value(r, field), "record");
}

static inline uint64_t is_padded(const struct check_rows *rows, const struct check_step *s,
				 size_t i)
{
	return ~check_zero(check_column(rows, s->a)[i] | check_column(rows, s->b)[i] |
			   check_column(rows, s->c)[i]);
}

NF_WIDE
static uint64_t sift_pads(const struct check_rows *rows, struct check_step *s)
{
	return check_sift(rows, s, is_padded);
}

static void look_at_pads(const struct check_record *r, struct check_step *s)
{
	pad_of(r, s->a);
	if (s->b != s->a)
		pad_of(r, s->b);
	if (s->c != s->b)
		pad_of(r, s->c);
}

/* No layout has more than three. */
static void plan_pads(struct check_plan *p)
{
	uint16_t fields[3];
	struct check_step *s;
	unsigned n = 0;

	for (unsigned i = 0; i < p->layout->nfields && n < 3; i++)
		if (is_pad(p->layout->fields[i].ie))
			fields[n++] = (uint16_t)i;
	for (unsigned i = 0; i < n; i++)
		check_plan_column(p, fields[i]);
	if (n == 0 || !check_wants(p->check, CHECK_LEGACY_PAD_NONZERO))
		return;
	s = check_plan_step(p, look_at_pads);
	if (s == NULL)
		return;
	s->sift = sift_pads;
	s->a = fields[0];
	s->b = fields[n > 1 ? 1 : 0];
	s->c = fields[n - 1];
}

static void plan(struct check_plan *p)
{
	if (p->layout->kind != NF_LAYOUT_FIXED)
		return;
	plan_limits(p);
	plan_pads(p);
}

const struct check_group check_group_legacy = {
	.name = "legacy",
	.size = {
		[CHECK_STREAM] = sizeof(struct of_stream),
		[CHECK_SESSION] = sizeof(struct of_session),
		[CHECK_USE] = sizeof(struct of_use),
	},
	.message = message,
	.set_end = limits_end,
	.problem = problem,
	.plan = plan,
	.session_end = session_end,
};
