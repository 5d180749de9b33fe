#include <config.h>

#include "check/clock.h"

#include <stdlib.h>

#include "check/time.h"

enum { RATE_MS = 20000, RATE_MESSAGES = 4, IANA_INIT_MS = 160 };

static const int64_t wrap_ms = INT64_C(1) << 32;

/* Streams of one exporter say the same of it: once is enough. */
static bool said_before(struct check *c, const struct check_stream *stream,
			enum check_rule_id rule, int64_t ms)
{
	struct clock_exporter *e = check_state(c, &stream->exporter->holder, CHECK_GROUP_clock);

	for (unsigned i = 0; i < CLOCK_EVENTS && i < e->nevents; i++)
		if (e->events[i].rule == rule && e->events[i].ms > ms - 5000 &&
		    e->events[i].ms < ms + 5000)
			return true;
	e->events[e->nevents++ % CLOCK_EVENTS] = (struct clock_event){
		.rule = (uint16_t)rule, .ms = ms,
	};
	return false;
}

/* -- Restarts and wraps --------------------------------------------------------------------- */

static void restarted(struct check *c, const struct check_at *at, int64_t start_ms,
		      struct nf_span span, const char *detail)
{
	if (said_before(c, at->stream, CHECK_EXPORTER_RESTART, start_ms))
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_EXPORTER_RESTART, .at = at, .span = span,
		.args = { { .i = start_ms * 1000000 }, { .s = detail } },
	});
}

static void restarted_by_uptime(struct check *c, const struct check_at *at,
				const struct nf_boot *b)
{
	const struct nf_msg *m = at->msg;
	int64_t now_ms = b->clock_wrong ? at->datagram->ts_ns / 1000000 : clock_export_ms(m);
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	nf_sb_str(&s, ": its uptime fell from ");
	check_duration(&s, b->before_ms * INT64_C(1000000));
	nf_sb_str(&s, " to ");
	check_duration(&s, m->uptime_ms * INT64_C(1000000));
	restarted(c, at, now_ms - m->uptime_ms, nf_span_of(m->format->at.uptime, 4),
		  nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
}

void clock_restart_by_sequence(struct check *c, const struct check_at *at)
{
	const struct nf_msg *m = at->msg;
	int64_t now_ms = clock_is_date(m) ? clock_export_ms(m) : at->datagram->ts_ns / 1000000;
	bool uptime = m->format->at.uptime != 0;

	restarted(c, at, now_ms - m->uptime_ms, nf_span_of(m->format->at.sequence, 4), uptime ?
		  ": its sequence began anew, and its uptime fell" :
		  ": its sequence began anew, and its templates came again");
}

static void wrapped(struct check *c, const struct check_at *at)
{
	if (said_before(c, at->stream, CHECK_UPTIME_WRAPPED, at->datagram->ts_ns / 1000000))
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_UPTIME_WRAPPED, .at = at,
		.span = nf_span_of(at->msg->format->at.uptime, 4),
	});
}

enum nf_boot_said clock_uptime_step(struct check *c, const struct check_at *at)
{
	struct clock_uptime *u = &clock_of(c, at->stream)->uptime;
	enum nf_boot_said said = nf_boot_step(&u->boot, at->msg->uptime_ms,
					      clock_export_ms(at->msg),
					      at->datagram->ts_ns / 1000000);

	if (said == NF_BOOT_RESTART) {
		u->based = u->rated = false;
		restarted_by_uptime(c, at, &u->boot);
	} else if (said == NF_BOOT_WRAP) {
		wrapped(c, at);
	}
	return said;
}

/* -- The start that export time and uptime imply --------------------------------------------- */

/*
 * How far it may move: seconds are cut off in v9's header, two clocks are not read at once, and
 * one of them may run faster by half a thousandth, as slewed ones do.
 */
static int64_t tolerance_ms(const struct clock_uptime *u, const struct nf_msg *m, int64_t passed_ms)
{
	int64_t ms = m->version == 9 ? 2000 : 200;

	if (!u->fine_uptime)
		ms += 1000;
	if (m->version != 9 && !u->fine_secs)
		ms += 1000;
	return ms + (passed_ms > 0 ? passed_ms / 2000 : 0);
}

static void rebase(struct clock_uptime *u, const struct check_at *at, int64_t start_ms)
{
	u->based = true;
	u->base_ms = start_ms;
	u->base_at_ms = clock_export_ms(at->msg);
	u->base_frame = at->datagram->frame;
	u->base_file = at->datagram->file;
}

static void rate(struct clock_uptime *u, const struct nf_msg *m, int64_t at_ms)
{
	if (!u->rated) {
		u->rated = true;
		u->rate_uptime_ms = m->uptime_ms;
		u->rate_at_ms = at_ms;
		u->rate_n = 0;
	}
	u->rate_n++;
}

void clock_uptime_base(struct check *c, const struct check_at *at, bool stepped)
{
	struct clock_uptime *u = &clock_of(c, at->stream)->uptime;
	const struct nf_msg *m = at->msg;
	int64_t export_ms = clock_export_ms(m), start_ms, moved_ms;

	u->running |= m->uptime_ms != 0;
	u->fine_uptime |= m->uptime_ms % 1000 != 0;
	u->fine_secs |= m->export_nsecs != 0;
	/* late ones are not taken */
	if (u->boot.uptime_ms != m->uptime_ms || u->boot.export_ms != export_ms)
		return;
	rate(u, m, u->boot.clock_wrong ? u->boot.capture_ms : export_ms);
	if (u->boot.clock_wrong)
		return;
	start_ms = export_ms - m->uptime_ms - u->boot.turns * wrap_ms;
	moved_ms = start_ms - u->base_ms;
	if (!u->based || stepped) {
		rebase(u, at, start_ms);
		return;
	}
	if (llabs(moved_ms) <= tolerance_ms(u, m, export_ms - u->base_at_ms))
		return;
	u->drifts++;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_UPTIME_CLOCK_DRIFT, .at = at,
		.span = nf_span_of(m->format->at.uptime, 8),
		.other_frame = u->base_frame, .other_file = u->base_file,
		.args = { { .i = moved_ms * 1000000 }, { .u = u->base_frame } },
	});
	rebase(u, at, start_ms);
}

/* -- The whole ------------------------------------------------------------------------------- */

struct unit {
	unsigned rate;
	const char *name;
};

/* What the uptime counts, if it is none of milliseconds. */
static const struct unit *unit_of(const struct clock_uptime *u, uint64_t *rate)
{
	static const struct unit units[] = {
		{ 1, "seconds" }, { 10, "tenths of a second" }, { 100, "hundredths of a second" },
		{ 1000000, "microseconds" },
	};
	int64_t at_ms = u->boot.clock_wrong ? u->boot.capture_ms : u->boot.export_ms;
	uint64_t passed_ms = (uint64_t)(at_ms - u->rate_at_ms);
	uint64_t counted = u->boot.uptime_ms - u->rate_uptime_ms;

	if (!u->rated || u->rate_n < RATE_MESSAGES || at_ms - u->rate_at_ms < RATE_MS)
		return NULL;
	*rate = (counted * 1000 + passed_ms / 2) / passed_ms;
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (counted * 1000 >= passed_ms * units[i].rate / 10 * 9 &&
		    counted * 1000 <= passed_ms * units[i].rate / 10 * 11 + 1000)
			return &units[i];
	return NULL;
}

/* What follows from an uptime that is none. */
static void withdraw(struct check *c, struct check_stream *stream)
{
	const struct time_stream *t = check_state(c, &stream->holder, CHECK_GROUP_time);

	if (clock_of(c, stream)->uptime.drifts != 0)
		check_withdraw(c, stream, CHECK_UPTIME_CLOCK_DRIFT);
	if (t->by_uptime != 0) {
		check_withdraw(c, stream, CHECK_TS_UPTIME_AFTER_HEADER);
		check_withdraw(c, stream, CHECK_TS_BEFORE_START);
	}
}

void clock_uptime_stream(struct check *c, struct check_stream *stream)
{
	const struct clock_stream *s = clock_of(c, stream);
	const struct unit *unit;
	uint64_t rate;

	if ((check_version_bit(stream->id.version) & CHECK_UPTIME) == 0 || stream->messages < 2)
		return;
	unit = unit_of(&s->uptime, &rate);
	if (s->export.longest_ns != 0) {
		withdraw(c, stream);
	} else if (!s->uptime.running) {
		withdraw(c, stream);
		check_claim(c, &(struct check_claim){
			.rule = CHECK_UPTIME_ZERO, .stream = stream, .place = &stream->first,
			.args = { { .u = stream->messages } },
		});
	} else if (unit != NULL) {
		withdraw(c, stream);
		check_claim(c, &(struct check_claim){
			.rule = CHECK_UPTIME_WRONG_UNIT, .stream = stream, .place = &stream->first,
			.args = { { .u = rate }, { .s = unit->name } },
		});
	}
}

/* -- IPFIX: the start itself ------------------------------------------------------------------ */

/* A start that lies behind what was exported last is another one. */
static void look_at_init(const struct check_record *r, struct check_step *step)
{
	struct clock_stream *s = clock_of(r->check, r->at->stream);
	uint64_t v = check_value(r, step->a);
	int64_t export_ms = clock_export_ms(r->at->msg), init_ms;

	if (v == 0 || v > INT64_MAX / 1000000 || r->at->msg->clock_captured)
		return;
	init_ms = (int64_t)v;
	if (s->init_ms != 0 && init_ms > s->init_ms + 2000 && init_ms + 2000 >= s->init_said_ms &&
	    init_ms <= export_ms + 2000)
		restarted(r->check, r->at, init_ms, nf_span_of(r->rec->offset, r->rec->length),
			  ": its systemInitTimeMilliseconds rose");
	s->init_ms = init_ms;
	if (export_ms > s->init_said_ms)
		s->init_said_ms = export_ms;
}

void clock_uptime_plan(struct check_plan *p)
{
	int field = check_field_of(p->layout, NF_PEN_IANA, IANA_INIT_MS);
	struct check_step *step;

	if (field < 0 || p->layout->fields[field].length != 8 || p->version != 10)
		return;
	check_plan_one_by_one(p);
	step = check_plan_step(p, look_at_init);
	if (step != NULL)
		step->a = (uint16_t)field;
}
