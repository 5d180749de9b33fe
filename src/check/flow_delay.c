/*
 * How long after their end flows are exported, by the exporter's own clock.
 */
#include <config.h>

#include "check/flow.h"
#include "track/flowtime.h"

enum {
	ACTIVE_TIMEOUT = 36,
	EACH = 512,			/* records of a layout; of those behind them, .. */
	SHARE = 64,			/* .. one in so many */
	ENOUGH = 20,			/* records */
	LATE = 60,			/* seconds that say something */
	IMPLAUSIBLE = 3600,		/* beyond that, a clock is wrong: other rules say so */
};

static struct check_flow_stream *stream_of(struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_flow);
}

static struct check_flow_exporter *exporter_of(struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->exporter->holder, CHECK_GROUP_flow);
}

/* Below 1 s: 0; from 2^n s on, in quarters of 2^n: 1 + 4n, 2 + 4n .. */
static unsigned bucket(uint64_t ms)
{
	uint64_t s = ms / 1000;
	unsigned n, quarter, i;

	if (s == 0)
		return 0;
	n = 63 - (unsigned)__builtin_clzll(s);
	quarter = (unsigned)((ms - (UINT64_C(1000) << n)) * 4 / (UINT64_C(1000) << n));
	i = 1 + 4 * n + quarter;
	return i < CHECK_DELAYS ? i : CHECK_DELAYS - 1;
}

/* Where the bucket ends, in ms: what no flow in it exceeds. */
static uint64_t bucket_end(unsigned i)
{
	if (i == 0)
		return 1000;
	return (UINT64_C(250) << (i - 1) / 4) * (5 + (i - 1) % 4);
}

static void count(const struct check_record *r, int64_t ms)
{
	struct check_flow_stream *state = stream_of(r->check, r->use->stream);

	if (state->ndelays == UINT32_MAX || ms > IMPLAUSIBLE * INT64_C(1000))
		return;
	state->ndelays++;
	state->delays[bucket(ms > 0 ? (uint64_t)ms : 0)]++;
	if (ms <= state->longest_ms)
		return;
	state->longest_ms = ms;
	state->delayed = check_place_of(r->at, nf_span_of(r->rec->offset, r->rec->length));
}

static void look(const struct check_record *r, struct check_step *s)
{
	const struct nf_flowtime_way *last = s->state;
	const struct nf_msg *m = r->at->msg;
	struct nf_flowtime t;
	int64_t ms;

	if (nf_flowtime_ms(last, m, r->rec, &ms))
		count(r, m->clock_ns / 1000000 - ms);
	else if (nf_flowtime_at(last, m, r->rec, &t) && t.source != NF_FLOWTIME_RELATIVE)
		count(r, (m->clock_ns - t.ns) / 1000000);
}

/* n: records that were looked at, m: those to be passed over until the next one. */
static uint64_t sift(const struct check_rows *rows, struct check_step *s)
{
	uint64_t met = 0, i = s->m;

	while (i < rows->n) {
		met |= UINT64_C(1) << i;
		i += ++s->n < EACH ? 1 : SHARE;
	}
	s->m = i - rows->n;
	return rows->at->msg->clock_captured ? 0 : met;
}

void check_plan_delay(struct check_plan *p)
{
	struct nf_flowtime_way *last;
	struct check_step *s;

	if (check_last_of(p->layout) < 0)
		return;
	last = check_alloc(p->check, sizeof(*last));
	if (last == NULL)
		return;
	*last = nf_flowtime_way_of(p->layout, NF_FLOWTIME_LAST);
	check_applies(p->check, CHECK_HLT_EXPORT_DELAY);
	s = check_plan_step(p, look);
	if (s == NULL)
		return;
	s->sift = sift;
	s->state = last;
}

/* a: flowActiveTimeout. */
static void timeout(const struct check_record *r, struct check_step *s)
{
	struct check_flow_exporter *state = exporter_of(r->check, r->use->stream);

	if (check_value(r, s->a) > state->active_timeout && check_value(r, s->a) <= UINT16_MAX)
		state->active_timeout = check_value(r, s->a);
}

void check_plan_timeout(struct check_plan *p)
{
	int active = check_integer_of(p->layout, ACTIVE_TIMEOUT);
	struct check_step *s = active >= 0 ? check_plan_step(p, timeout) : NULL;

	if (s != NULL)
		s->a = (uint16_t)active;
}

/* In how many milliseconds SHARE hundredths of the flows were exported, to a quarter. */
static uint64_t within(const struct check_flow_stream *state, unsigned share)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < CHECK_DELAYS - 1; i++) {
		sum += state->delays[i];
		if (sum * 100 >= (uint64_t)state->ndelays * share)
			break;
	}
	return bucket_end(i) < (uint64_t)state->longest_ms ? bucket_end(i) :
	       (uint64_t)state->longest_ms;
}

void check_delay_end(struct check *c, struct check_stream *s)
{
	const struct check_flow_stream *state = stream_of(c, s);
	uint64_t most, half, timeout_ms = exporter_of(c, s)->active_timeout * 1000;

	if (state->ndelays < ENOUGH)
		return;
	most = within(state, 95);
	half = within(state, 50);
	if (most <= LATE * 1000)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_HLT_EXPORT_DELAY,
		.severity = timeout_ms != 0 && most > 2 * timeout_ms ? 1 + NF_WARNING :
			    CHECK_AS_RULED,
		.stream = s, .place = &state->delayed,
		.args = { { .i = (int64_t)most * 1000000 }, { .i = (int64_t)half * 1000000 },
			  { .i = state->longest_ms * 1000000 },
			  { .i = (int64_t)timeout_ms * 1000000 } },
	});
}
