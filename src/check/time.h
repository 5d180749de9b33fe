/*
 * What the parts of the group `time` share.
 */
#ifndef CHECK_TIME_H
#define CHECK_TIME_H

#include "check/clock.h"
#include "track/flowtime.h"

enum {
	TIME_DAY_S = 86400,
	TIME_FIRST_S = 631152000,	/* 1990-01-01: nobody metered flows before */
	TIME_SLACK_MS = 1000,		/* between the clocks of records and headers */
	TIME_BOOT_MS = 2000,		/* of a start that seconds were cut off from */
	TIME_OLD_S = 30 * TIME_DAY_S,	/* flows that are exported later than that are replayed */
};

struct time_stream {
	/* in ms, and one more: 1.5 times the active timeout that the exporter states; or 0 */
	uint64_t limit_ms;
	uint64_t by_uptime;		/* flows that were held against the uptime */
	uint64_t flows;			/* whose times are dates */
	uint64_t old;			/* of these: ended long before they were exported */
	int64_t oldest_ns;
	struct check_place old_place;
};

/* The time of the export, by the header; where that has no date, by the capture. */
static inline int64_t time_now_ms(const struct check_at *at)
{
	return clock_is_date(at->msg) ? clock_export_ms(at->msg) : at->datagram->ts_ns / 1000000;
}

/* May a flow have been metered in second S?  Header or capture may be late, but hardly both. */
static inline bool time_is_date(int64_t s, const struct check_at *at)
{
	return s >= TIME_FIRST_S && (s <= time_now_ms(at) / 1000 + TIME_DAY_S ||
				     (at->datagram->transport != NF_TRANSPORT_FILE &&
				      s <= at->datagram->ts_ns / 1000000000 + TIME_DAY_S));
}

static inline bool time_is_near(int64_t s, int64_t now_s)
{
	return s >= now_s - TIME_DAY_S && s <= now_s + TIME_DAY_S;
}

/* Claims of field INDEX of a record: where it stands, and args behind the element. */
struct check_claim time_claim(const struct check_record *r, unsigned index,
			      enum check_rule_id rule);

/* Field INDEX holds VALUE, which is the time S, in seconds since 1970. */
void time_implausible(const struct check_record *r, unsigned index, uint64_t value, int64_t s);

/* The same, with a duration behind the element. */
void time_claim_duration(const struct check_record *r, unsigned index, enum check_rule_id rule,
			 int64_t ns);

/* -- Flows --------------------------------------------------------------------------------- */

/* How a layout says when a flow began and ended. */
struct time_flows {
	struct nf_flowtime_way first, last;	/* the same where it has but one */
	struct time_stream *stream;
	const struct clock_stream *clock;
};

/* Longer than the exporter's active timeout allows? */
static inline bool time_is_too_long(const struct time_stream *s, uint64_t ms)
{
	return ms > s->limit_ms - 1;	/* 0: never */
}

/* What no flow exceeds that is not too long: less than 2^63. */
static inline uint64_t time_longest(const struct time_stream *s)
{
	return s->limit_ms - 1 < INT64_MAX ? s->limit_ms - 1 : INT64_MAX;
}

void time_over_timeout(const struct check_record *r, const struct time_flows *f, int64_t ms);

/* The header is late, by the capture's clock, and the flow is not: it is the header's fault. */
bool time_header_is_late(const struct check_record *r, int64_t last_ms);

/* A flow ended so many milliseconds before the exporter was started. */
void time_before_start(const struct check_record *r, struct time_flows *f, int64_t ms);

/* Steps for uptimes of 4 octets, of v1 to v9 and of IPFIX: time_uptime.c */
void time_uptimes(const struct check_record *r, struct check_step *s);
uint64_t time_sift_uptimes(const struct check_rows *rows, struct check_step *s);
void time_uptimes_end(struct check *c, struct check_use *use, struct check_step *s);
void time_uptimes_of_ipfix(const struct check_record *r, struct check_step *s);

/* -- Other fields ---------------------------------------------------------------------------- */

/* time_offset.c: offsets from the export, and durations */
void time_deltas_plan(struct check_plan *p);
void time_duration_plan(struct check_plan *p, const struct nf_flowtime_way *first,
			const struct nf_flowtime_way *last);

/* Steps for fields in NTP format: time_ntp.c */
void time_ntp_plan(struct check_plan *p);

/* Does field INDEX, in NTP format, hold no date?  Its own step says so. */
bool time_ntp_is_odd(const struct check_record *r, unsigned index);

#endif
