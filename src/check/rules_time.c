/*
 * When flows began and ended.
 *
 * Each record is compared in a few steps that all of the usual ones pass; only what does not is
 * looked at more closely, and for one fault it is given one name.
 */
#include <config.h>

#include "check/time.h"

enum {
	MS = 1000000, DAY_MS = TIME_DAY_S * 1000,
	ACTIVE_TIMEOUT = 36,
};

struct check_claim time_claim(const struct check_record *r, unsigned index,
			      enum check_rule_id rule)
{
	const struct nf_field f = nf_field(r->rec, index);

	return (struct check_claim){
		.rule = rule, .at = r->at, .span = nf_span_of(f.offset, f.value.n),
		.tmpl = r->use->tmpl, .ie = f.def->ie,
		.other_frame = r->use->template_frame, .other_file = r->use->template_file,
		.args = { { .ie = f.def->ie } },
	};
}

void time_claim_duration(const struct check_record *r, unsigned index, enum check_rule_id rule,
			 int64_t ns)
{
	struct check_claim claim = time_claim(r, index, rule);

	claim.args[1].i = ns;
	check_claim(r->check, &claim);
}

/* -- Single fields that are no dates -------------------------------------------------------- */

static bool is_reverse_of_nothing(const struct nf_fielddef *def, uint64_t v)
{
	return v == 0 && def->ie->pen == NF_PEN_REVERSE;
}

void time_implausible(const struct check_record *r, unsigned index, uint64_t value, int64_t s)
{
	const int64_t most_s = INT64_MAX / 1000000000;
	struct check_claim claim = time_claim(r, index, CHECK_TS_IMPLAUSIBLE);
	struct nf_strbuf what;
	int64_t behind_s;

	nf_strbuf_init(&what);
	if (value == 0) {
		nf_sb_str(&what, "it is not set");
	} else if (s < TIME_FIRST_S) {
		nf_sb_str(&what, "before flows were metered");
	} else {
		behind_s = s - time_now_ms(r->at) / 1000;
		check_duration(&what, (behind_s < most_s ? behind_s : most_s) * 1000000000);
		nf_sb_str(&what, " behind the export");
	}
	claim.args[1].u = value;
	claim.args[2].i = (s < most_s ? s : most_s) * 1000000000;
	claim.args[3].s = nf_strbuf_cstr(&what);
	check_claim(r->check, &claim);
	nf_strbuf_done(&what);
}

static void wrong_unit(const struct check_record *r, unsigned index, const char *unit,
		       const char *wanted)
{
	struct check_claim claim = time_claim(r, index, CHECK_TS_WRONG_UNIT);

	claim.args[1].s = unit;
	claim.args[2].s = wanted;
	check_claim(r->check, &claim);
}

/* What V of dateTimeMilliseconds counts, if that makes it a time near the export. */
static const char *other_unit(const struct nf_msg *m, uint64_t v, int64_t now_s)
{
	if (v <= INT64_MAX && time_is_near((int64_t)v, now_s))
		return "seconds";
	if (time_is_near((int64_t)(v / 1000000), now_s))
		return "microseconds";
	if (time_is_near((int64_t)(v / 1000000000), now_s))
		return "nanoseconds";
	if (time_is_near((int64_t)(v >> 32) - 2208988800, now_s))
		return "an NTP timestamp";
	if (m->uptime_ms >= DAY_MS && v <= m->uptime_ms && v >= m->uptime_ms - DAY_MS)
		return "milliseconds since the start of the exporter";
	return NULL;
}

static bool odd_ms(const struct check_record *r, unsigned index, uint64_t v, int64_t now_s)
{
	const char *unit;

	if (v <= INT64_MAX && time_is_date((int64_t)v / 1000, r->at))
		return false;
	unit = other_unit(r->at->msg, v, now_s);
	if (unit != NULL)
		wrong_unit(r, index, unit, "milliseconds since 1970");
	else
		time_implausible(r, index, v, (int64_t)(v / 1000));
	return true;
}

/* Seconds wrap in 2106 (RFC 7011 section 5.2): NOW_S is that of a header that wraps with them. */
static bool odd_s(const struct check_record *r, unsigned index, uint32_t v, int64_t now_s)
{
	int64_t s = now_s + (int32_t)(v - (uint32_t)now_s);
	struct check_claim claim;

	if (v != 0 && s > UINT32_MAX && time_is_date(s, r->at)) {
		claim = time_claim(r, index, CHECK_TS_EPOCH_AMBIGUOUS);
		claim.args[1].u = 1;
		claim.args[2].s = "2106-02-07";
		check_claim(r->check, &claim);
		return false;
	}
	if (v != 0 && time_is_date(s, r->at))
		return false;
	time_implausible(r, index, v, v);
	return true;
}

/* Is the date in field INDEX none?  Says so, but of fields whose own steps do. */
static bool is_odd(const struct check_record *r, unsigned index)
{
	const struct nf_fielddef *def = &r->use->layout->fields[index];
	int64_t now_s = time_now_ms(r->at) / 1000;

	if (def->length == NF_VARLEN)
		return false;
	if (is_reverse_of_nothing(def, check_value(r, index)))
		return true;
	switch (def->kind) {
	case NF_KIND_SECONDS:
		return odd_s(r, index, (uint32_t)check_value(r, index), now_s);
	case NF_KIND_MILLISECONDS:
		return odd_ms(r, index, check_value(r, index), now_s);
	case NF_KIND_MICROSECONDS:
	case NF_KIND_NANOSECONDS:
		return def->length == 8 && time_ntp_is_odd(r, index);
	default:
		return false;
	}
}

/* -- Flows: dates --------------------------------------------------------------------------- */

void time_over_timeout(const struct check_record *r, const struct time_flows *f, int64_t ms)
{
	struct check_claim claim;

	if (ms <= 0 || !time_is_too_long(f->stream, (uint64_t)ms))
		return;
	claim = time_claim(r, (unsigned)f->last.field, CHECK_TS_DURATION_OVER_ACTIVE_TIMEOUT);
	claim.args[1].i = ms * MS;
	claim.args[2].i = (int64_t)(f->stream->limit_ms / 3 * 2) * MS;
	check_claim(r->check, &claim);
}

/* The start of the exporter; INT64_MIN: not known. */
static int64_t start_ms(const struct nf_msg *m, const struct clock_stream *clock)
{
	if (m->version == 9)
		return clock->uptime.boot.turns == 0 && m->uptime_ms != 0 ?
		       clock_export_ms(m) - m->uptime_ms : INT64_MIN;
	return clock->init_ms != 0 ? clock->init_ms : INT64_MIN;
}

/* The header is late, by the capture's clock, and the flow is not: it is the header's fault. */
bool time_header_is_late(const struct check_record *r, int64_t last_ms)
{
	const struct check_at *at = r->at;
	int64_t capture_ms = at->datagram->ts_ns / MS;

	return !clock_is_date(at->msg) ||
	       (at->datagram->transport != NF_TRANSPORT_FILE &&
		capture_ms - clock_export_ms(at->msg) > check_skew(r->check) / MS &&
		last_ms <= capture_ms + TIME_SLACK_MS && last_ms >= capture_ms - DAY_MS);
}

static void old_flow(const struct check_record *r, struct time_flows *f, int64_t age_ms)
{
	struct time_stream *t = f->stream;

	if (t->old++ == 0) {
		const struct nf_field field = nf_field(r->rec, (unsigned)f->last.field);

		t->old_place = check_place_of(r->at, nf_span_of(field.offset, field.value.n));
	}
	if (age_ms * MS > t->oldest_ns)
		t->oldest_ns = age_ms * MS;
}

void time_before_start(const struct check_record *r, struct time_flows *f, int64_t ms)
{
	f->stream->by_uptime++;
	time_claim_duration(r, (unsigned)f->last.field, CHECK_TS_BEFORE_START, ms * MS);
}

/* Both are dates, to the millisecond. */
static void compare(const struct check_record *r, struct time_flows *f, int64_t first_ms,
		    int64_t last_ms)
{
	int64_t now_ms = time_now_ms(r->at), start = start_ms(r->at->msg, f->clock);

	if (first_ms > last_ms) {
		time_claim_duration(r, (unsigned)f->first.field, CHECK_TS_START_AFTER_END,
				    (first_ms - last_ms) * MS);
		return;
	}
	if (last_ms > now_ms + TIME_SLACK_MS && !time_header_is_late(r, last_ms))
		time_claim_duration(r, (unsigned)f->last.field, CHECK_TS_END_AFTER_EXPORT,
				    (last_ms - now_ms) * MS);
	else if (!clock_is_date(r->at->msg))
		return;
	else if (last_ms + TIME_OLD_S * INT64_C(1000) < now_ms)
		old_flow(r, f, now_ms - last_ms);
	else if (start != INT64_MIN && last_ms + TIME_BOOT_MS < start)
		time_before_start(r, f, start - last_ms);
	time_over_timeout(r, f, last_ms - first_ms);
}

static bool fields_are_odd(const struct check_record *r, const struct time_flows *f)
{
	bool odd = is_odd(r, (unsigned)f->first.field);

	return (f->last.field != f->first.field && is_odd(r, (unsigned)f->last.field)) || odd;
}

/* flowStartMilliseconds and flowEndMilliseconds, as most send them. */
static void milliseconds(const struct check_record *r, struct check_step *s)
{
	struct time_flows *f = s->state;

	if (!fields_are_odd(r, f))
		compare(r, f, (int64_t)check_value(r, s->a), (int64_t)check_value(r, s->b));
}

NF_WIDE
static uint64_t sift_milliseconds(const struct check_rows *rows, struct check_step *s)
{
	const struct time_flows *f = s->state;
	const uint64_t now = (uint64_t)time_now_ms(rows->at);
	const int64_t start = start_ms(rows->at->msg, f->clock);
	const uint64_t oldest = now - TIME_OLD_S * UINT64_C(1000);
	const uint64_t newest = now + TIME_SLACK_MS;
	const uint64_t least = start > TIME_BOOT_MS ? (uint64_t)start - TIME_BOOT_MS : 0;
	const uint64_t longest = time_longest(f->stream);
	const uint64_t *first = check_column(rows, s->a), *last = check_column(rows, s->b);
	const size_t ample = check_ample(rows);
	uint64_t odd = 0;

	f->stream->flows += rows->n;
	for (size_t i = 0; i < ample; i++) {
		uint64_t lasted = last[i] - first[i];

		odd |= (first[i] | last[i] | lasted | (newest - last[i]) | (first[i] - oldest) |
			(longest - lasted) | (last[i] - least)) >> CHECK_TOP << i;
	}
	return odd & check_all_rows(rows);
}

/* Whatever else says it. */
static void any(const struct check_record *r, struct check_step *s)
{
	struct time_flows *f = s->state;
	struct nf_flowtime first, last;
	int64_t ns;

	f->stream->flows++;
	if (fields_are_odd(r, f) || !nf_flowtime_at(&f->first, r->at->msg, r->rec, &first) ||
	    !nf_flowtime_at(&f->last, r->at->msg, r->rec, &last))
		return;
	if (first.source == NF_FLOWTIME_UPTIME && last.source == NF_FLOWTIME_UPTIME &&
	    nf_flowtime_between(&first, &last, &ns) && ns < 0)
		time_claim_duration(r, (unsigned)f->first.field, CHECK_TS_START_AFTER_END, -ns);
	if (first.source != NF_FLOWTIME_STATED || last.source != NF_FLOWTIME_STATED)
		return;
	/* the coarser of the two tells nothing of the finer */
	if (first.digits != last.digits && first.ns > last.ns && first.ns - last.ns < 1000 * MS)
		first = last;
	compare(r, f, first.ns / MS, last.ns / MS);
}

/* -- What the exporter says of its timeout -------------------------------------------------- */

static void learn_timeout(const struct check_record *r, struct check_step *s)
{
	struct time_stream *t = s->state;

	if (check_value(r, s->a) <= UINT32_MAX)
		t->limit_ms = check_value(r, s->a) != 0 ? check_value(r, s->a) * 1500 + 1 : 0;
}

/* -- Dates that are neither start nor end --------------------------------------------------- */

static void single(const struct check_record *r, struct check_step *s)
{
	is_odd(r, s->a);
}

/* -- Plans ---------------------------------------------------------------------------------- */

static struct time_stream *stream_of(const struct check_plan *p)
{
	return check_state(p->check, &p->use->stream->holder, CHECK_GROUP_time);
}

static struct time_flows *flows_new(const struct check_plan *p,
				    const struct nf_flowtime_way *first,
				    const struct nf_flowtime_way *last)
{
	struct time_flows *f = check_alloc(p->check, sizeof(*f));

	if (f == NULL)
		return NULL;
	f->first = first->field >= 0 ? *first : *last;
	f->last = last->field >= 0 ? *last : *first;
	f->stream = stream_of(p);
	f->clock = clock_of(p->check, p->use->stream);
	return f;
}

static bool both(const struct nf_flowtime_way *first, const struct nf_flowtime_way *last,
		 enum nf_flowtime_source source)
{
	return first->field >= 0 && last->field >= 0 && first->whole && last->whole &&
	       first->source == source && last->source == source;
}

static bool is_date(const struct nf_fielddef *def)
{
	return def->kind == NF_KIND_SECONDS || def->kind == NF_KIND_MILLISECONDS;
}

static void plan_flows(struct check_plan *p, const struct nf_flowtime_way *first,
		       const struct nf_flowtime_way *last)
{
	struct check_step *s;
	struct time_flows *f;
	void (*run)(const struct check_record *, struct check_step *) = any;

	if (p->layout->kind == NF_LAYOUT_OPTIONS || (first->field < 0 && last->field < 0))
		return;
	if (both(first, last, NF_FLOWTIME_STATED))
		run = milliseconds;
	else if (both(first, last, NF_FLOWTIME_UPTIME))
		run = p->version == 10 ? time_uptimes_of_ipfix : time_uptimes;
	f = flows_new(p, first, last);
	s = f != NULL ? check_plan_step(p, run) : NULL;
	if (s == NULL)
		return;
	s->a = (uint16_t)first->field;
	s->b = (uint16_t)last->field;
	s->sift = run == milliseconds ? sift_milliseconds :
		  run == time_uptimes ? time_sift_uptimes : NULL;
	s->end = run == time_uptimes ? time_uptimes_end : NULL;
	if (s->sift != NULL) {
		check_plan_column(p, s->a);
		check_plan_column(p, s->b);
	}
	s->state = f;
}

static void plan_singles(struct check_plan *p, const struct nf_flowtime_way *first,
			 const struct nf_flowtime_way *last)
{
	bool flows = p->layout->kind != NF_LAYOUT_OPTIONS;

	for (unsigned i = 0; i < p->layout->nfields; i++) {
		const struct nf_fielddef *def = &p->layout->fields[i];
		struct check_step *s;

		if (!is_date(def) || def->length == NF_VARLEN ||
		    (def->ie->pen != NF_PEN_IANA && def->ie->pen != NF_PEN_REVERSE) ||
		    (flows && ((int)i == first->field || (int)i == last->field)))
			continue;
		s = check_plan_step(p, single);
		if (s == NULL)
			return;
		s->a = (uint16_t)i;
	}
}

static void plan_timeout(struct check_plan *p)
{
	int field = check_field_of(p->layout, NF_PEN_IANA, ACTIVE_TIMEOUT);
	struct check_step *s;

	if (field < 0 || p->layout->fields[field].kind != NF_KIND_UINT)
		return;
	check_plan_one_by_one(p);
	s = check_plan_step(p, learn_timeout);
	if (s == NULL)
		return;
	s->a = (uint16_t)field;
	s->state = stream_of(p);
}

static void plan(struct check_plan *p)
{
	const struct nf_flowtime_way first = nf_flowtime_way_of(p->layout, NF_FLOWTIME_FIRST);
	const struct nf_flowtime_way last = nf_flowtime_way_of(p->layout, NF_FLOWTIME_LAST);

	plan_timeout(p);
	time_ntp_plan(p);
	plan_flows(p, &first, &last);
	plan_singles(p, &first, &last);
	time_deltas_plan(p);
	time_duration_plan(p, &first, &last);
}

static void stream_end(struct check *c, struct check_stream *stream)
{
	const struct time_stream *t = check_state(c, &stream->holder, CHECK_GROUP_time);

	if (t->old == 0 || t->old < t->flows / 2)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TS_REPLAYED, .stream = stream, .place = &t->old_place,
		.args = { { .u = t->old }, { .i = t->oldest_ns } },
	});
}

const struct check_group check_group_time = {
	.name = "time",
	.size = { [CHECK_STREAM] = sizeof(struct time_stream) },
	.plan = plan,
	.stream_end = stream_end,
};
