/*
 * Flows whose start and end are uptimes.
 */
#include <config.h>

#include "check/time.h"

enum { MS = 1000000, DAY_MS = TIME_DAY_S * 1000 };

/* How far T lies behind the uptime U of the header: one of the two may have wrapped. */
static uint32_t behind_header(uint32_t t, uint32_t u)
{
	uint32_t ahead = t - u;

	if (t < u)
		return ahead <= NF_FLOWTIME_SLACK ? ahead : 0;
	return ahead <= INT32_MAX ? ahead : 0;
}

static void behind(const struct check_record *r, const struct time_flows *f, uint32_t t,
		   uint32_t ahead)
{
	struct check_claim claim = time_claim(r, (unsigned)f->last.field,
					      CHECK_TS_UPTIME_AFTER_HEADER);

	if (ahead <= NF_FLOWTIME_SLACK)
		claim.severity = 1 + NF_NOTE;
	f->stream->by_uptime++;
	claim.args[1].u = t;
	claim.args[2].u = r->at->msg->uptime_ms;
	claim.args[3].i = ahead * INT64_C(1000000);
	check_claim(r->check, &claim);
}

/* Seconds of an exporter that has been up for more than a day: its flows look older than that. */
static bool counts_seconds(uint32_t t, uint32_t u)
{
	return u >= DAY_MS && t <= u / 1000 + 10 && t + 3600 >= u / 1000;
}

/* Not in order, within a day, or too far apart; UNIT, a constant, in ms. */
__attribute__((always_inline))
static inline uint64_t is_odd(const struct check_rows *rows, const struct check_step *s, size_t i,
			      uint64_t unit)
{
	const struct time_flows *f = s->state;
	const uint64_t latest = rows->at->msg->uptime_ms + TIME_SLACK_MS;
	const uint64_t longest = time_longest(f->stream);
	uint64_t first = check_column(rows, s->a)[i], last = check_column(rows, s->b)[i];

	return ((longest < INT32_MAX ? longest : INT32_MAX) -
		((last - first) * unit & UINT32_MAX)) |
	       (DAY_MS + TIME_SLACK_MS - ((latest - last * unit) & UINT32_MAX));
}

static inline uint64_t is_odd_ms(const struct check_rows *rows, const struct check_step *s,
				 size_t i)
{
	return is_odd(rows, s, i, 1);
}

static inline uint64_t is_odd_s(const struct check_rows *rows, const struct check_step *s,
				size_t i)
{
	return is_odd(rows, s, i, 1000);
}

/* Uptimes of v1 to v9, each of 4 octets. */
NF_WIDE
uint64_t time_sift_uptimes(const struct check_rows *rows, struct check_step *s)
{
	return rows->at->msg->in_seconds ? check_sift(rows, s, is_odd_s) :
					   check_sift(rows, s, is_odd_ms);
}

void time_uptimes(const struct check_record *r, struct check_step *s)
{
	const struct nf_msg *m = r->at->msg;
	const uint32_t u = m->uptime_ms, unit = m->in_seconds ? 1000 : 1;
	uint32_t first = (uint32_t)check_value(r, s->a) * unit;
	uint32_t last = (uint32_t)check_value(r, s->b) * unit;
	struct time_flows *f = s->state;
	uint32_t ahead = u != 0 ? behind_header(last, u) : 0;

	if (ahead > TIME_SLACK_MS)
		behind(r, f, last, ahead);
	else if ((int32_t)(last - first) < 0)
		time_claim_duration(r, (unsigned)f->first.field, CHECK_TS_START_AFTER_END,
				    (int64_t)(uint32_t)(first - last) * MS);
	else
		time_over_timeout(r, f, last - first);
	s->n += counts_seconds(first, u) && counts_seconds(last, u);
}

void time_uptimes_end(struct check *c, struct check_use *use, struct check_step *s)
{
	const struct nf_ie *ie = use->layout->fields[s->b].ie;

	if (s->n == 0 || s->n < use->records - use->records / 10)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_TS_WRONG_UNIT, .stream = use->stream, .place = &use->first,
		.tmpl = use->tmpl, .ie = ie,
		.other_frame = use->template_frame, .other_file = use->template_file,
		.args = { { .ie = ie }, { .s = "seconds" }, { .s = "milliseconds of uptime" } },
	});
}

/*
 * Those of IPFIX count from systemInitTimeMilliseconds, where the exporter says that; if not, all
 * that they show is their order.
 */
void time_uptimes_of_ipfix(const struct check_record *r, struct check_step *s)
{
	struct time_flows *f = s->state;
	uint32_t first = (uint32_t)check_value(r, s->a), last = (uint32_t)check_value(r, s->b);
	int64_t uptime = time_now_ms(r->at) - f->clock->init_ms, behind_ms;

	if ((int32_t)(last - first) < 0) {
		time_claim_duration(r, s->a, CHECK_TS_START_AFTER_END,
				    (int64_t)(uint32_t)(first - last) * MS);
		return;
	}
	time_over_timeout(r, f, last - first);
	if (f->clock->init_ms == 0 || uptime < 0 || !clock_is_date(r->at->msg))
		return;
	behind_ms = (int32_t)(last - (uint32_t)uptime);
	if (uptime > UINT32_MAX && behind_ms > NF_FLOWTIME_SLACK)
		return;		/* or long before it: the counter has wrapped since */
	if (behind_ms > TIME_SLACK_MS && !time_header_is_late(r, time_now_ms(r->at) + behind_ms))
		time_claim_duration(r, s->b, CHECK_TS_END_AFTER_EXPORT, behind_ms * MS);
	else if (-behind_ms > uptime + TIME_BOOT_MS)
		time_claim_duration(r, s->b, CHECK_TS_BEFORE_START, (-behind_ms - uptime) * MS);
}
