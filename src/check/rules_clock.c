/*
 * Export times, uptimes, clocks.
 */
#include <config.h>

#include "check/clock.h"

enum {
	DAY_S = 86400,
	RESYNC = 8,			/* messages that seem late, and then are the order */
	SAME_MESSAGES = 3,
};

static const int64_t frozen_ns = INT64_C(30) * 1000000000;

/* Not one of another century: two of them can be subtracted. */
static bool has_clock(const struct check_at *at)
{
	return at->datagram->transport != NF_TRANSPORT_FILE && at->datagram->ts_ns > 0 &&
	       at->datagram->ts_ns < INT64_MAX / 2;
}

/* -- A date at all ------------------------------------------------------------------------ */

static bool is_far(const struct check_at *at)
{
	int64_t off_s = (int64_t)at->msg->export_secs - at->datagram->ts_ns / 1000000000;

	return has_clock(at) && (off_s > DAY_S || off_s < -DAY_S);
}

/* Why the export time is none, as places in reasons; 0: it may be one. */
static const char *const reasons[] = {
	"", "the field is not set", "it is the uptime in seconds",
	"it is the uptime in milliseconds",
	"there was no such export yet",
};

static unsigned judge_date(const struct check_at *at)
{
	const struct nf_msg *m = at->msg;
	bool uptime = m->format->at.uptime != 0 && m->uptime_ms != 0;

	if (m->export_secs == 0)
		return 1;
	if (uptime && m->export_secs - m->uptime_ms / 1000 + 1 <= 2)
		return 2;
	if (uptime && m->export_secs - m->uptime_ms + 1000 <= 2000 && is_far(at))
		return 3;
	return clock_is_date(m) ? 0 : 4;
}

static void implausible(struct check *c, const struct check_at *at, unsigned reason)
{
	clock_of(c, at->stream)->implausible++;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_EXPORTTIME_IMPLAUSIBLE, .at = at, .key = reason,
		.span = nf_span_of(at->msg->format->at.secs, 4),
		.args = {
			{ .u = at->msg->export_secs },
			{ .i = at->msg->export_secs * INT64_C(1000000000) },
			{ .s = reasons[reason] },
		},
	});
}

/* -- One export time after another ---------------------------------------------------------- */

/* Was the message sent behind the one furthest on?  Header and uptime must both say so. */
static bool goes_on(struct clock_export *x, const struct nf_msg *m)
{
	const struct nf_header_at *at = &m->format->at;
	bool on = at->sequence == 0 || (int32_t)(m->sequence - x->sequence) >= 0;

	if (at->uptime != 0)
		on = on && (int32_t)(m->uptime_ms - x->uptime_ms) >= 0;
	if (!x->begun || on) {
		x->behind = 0;
		return x->begun;
	}
	if (++x->behind == RESYNC)
		x->begun = false;
	return false;
}

static bool stands_still(struct check *c, const struct check_at *at, struct clock_export *x)
{
	int64_t for_ns = at->datagram->ts_ns - x->since_ns;

	if (clock_export_ms(at->msg) / 1000 != x->ms / 1000)
		return false;
	x->same++;
	if (!has_clock(at) || for_ns <= frozen_ns || x->same < SAME_MESSAGES)
		return true;
	if (for_ns > x->longest_ns)
		x->longest_ns = for_ns;
	if (!x->frozen)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_EXPORTTIME_FROZEN, .at = at,
			.span = nf_span_of(at->msg->format->at.secs, 4),
			.args = { { .i = for_ns } },
		});
	x->frozen = true;
	return true;
}

static void take(struct clock_export *x, const struct check_at *at, bool same)
{
	const struct nf_msg *m = at->msg;

	x->begun = true;
	x->ms = clock_export_ms(m);
	x->sequence = m->sequence;
	x->uptime_ms = m->uptime_ms;
	if (same)
		return;
	x->same = 1;
	x->since_ns = at->datagram->ts_ns;
	x->frozen = false;
}

/* Seconds that were cut off make it half a second late on average. */
static void sample(struct clock_stream *s, const struct check_at *at)
{
	const struct nf_msg *m = at->msg;
	int64_t cut_ns = m->format->at.nsecs == 0 ? 500000000 : 0;

	if (has_clock(at))
		clock_sample(&s->skew, m->export_secs * INT64_C(1000000000) +
			     m->export_nsecs % 1000000000 + cut_ns - at->datagram->ts_ns);
}

/* A second less is what threads come to that stamp and send their messages side by side. */
static void went_back(struct check *c, const struct check_at *at, int64_t ms)
{
	/* Of files, file-order says it, whatever the sequence. */
	if (at->datagram->transport == NF_TRANSPORT_FILE)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_EXPORTTIME_BACKWARDS, .at = at,
		.severity = ms < 2000 ? 1 + NF_NOTE : CHECK_AS_RULED,
		.span = nf_span_of(at->msg->format->at.secs, 4),
		.args = { { .i = ms * 1000000 } },
	});
}

/* True: the export time went back. */
static bool follow(struct check *c, const struct check_at *at, struct clock_stream *s)
{
	struct clock_export *x = &s->export;
	bool on = goes_on(x, at->msg), same;
	int64_t back_ms = x->ms - clock_export_ms(at->msg);

	if (!on && x->begun)
		return false;
	sample(s, at);
	if (!on) {
		take(x, at, false);
		return false;
	}
	if (back_ms >= 1000)
		went_back(c, at, back_ms);
	same = stands_still(c, at, x);
	take(x, at, same);
	return back_ms >= 1000;
}

static void message(struct check *c, const struct check_at *at)
{
	struct clock_stream *s = clock_of(c, at->stream);
	bool has_uptime = at->msg->format->at.uptime != 0, back = false;
	enum nf_boot_said said = NF_BOOT_NOTHING;
	unsigned reason = judge_date(at);

	if (at->datagram->facts.duplicate)
		return;
	if (has_uptime)
		said = clock_uptime_step(c, at);
	if (said == NF_BOOT_FORMER)
		return;
	if (said == NF_BOOT_RESTART)
		s->export.begun = false;
	if (reason != 0)
		implausible(c, at, reason);
	else
		back = follow(c, at, s);
	if (has_uptime)
		clock_uptime_base(c, at, back);
}

static void stream_end(struct check *c, struct check_stream *stream)
{
	const struct clock_stream *s = clock_of(c, stream);

	if (s->export.longest_ns != 0)
		check_amend(c, &(struct check_claim){
			.rule = CHECK_EXPORTTIME_FROZEN, .stream = stream,
		}, 0, (struct check_arg){ .i = s->export.longest_ns });
	clock_skew_stream(c, stream);
	clock_uptime_stream(c, stream);
}

const struct check_group check_group_clock = {
	.name = "clock",
	.size = {
		[CHECK_EXPORTER] = sizeof(struct clock_exporter),
		[CHECK_STREAM] = sizeof(struct clock_stream),
	},
	.message = message,
	.plan = clock_uptime_plan,
	.stream_end = stream_end,
	.end = clock_skew_end,
};
