/*
 * What the parts of the group `time` share.
 */
#ifndef CHECK_TIME_H
#define CHECK_TIME_H

#include "check/clock.h"

enum {
	TIME_DAY_S = 86400,
	TIME_FIRST_S = 631152000,	/* 1990-01-01: nobody metered flows before */
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

/* Steps for fields in NTP format: time_ntp.c */
void time_ntp_plan(struct check_plan *p);

/* Does field INDEX, in NTP format, hold no date?  Its own step says so. */
bool time_ntp_is_odd(const struct check_record *r, unsigned index);

#endif
