/*
 * What the group `clock` keeps of each stream: its clock against the capture's, and its uptime.
 */
#ifndef CHECK_CLOCK_H
#define CHECK_CLOCK_H

#include "check/rules.h"
#include "track/boot.h"

enum { CLOCK_SAMPLES = 32 };

/* Some of many values, evenly spread over time. */
struct clock_samples {
	int64_t ns[CLOCK_SAMPLES];
	uint32_t n;
	uint32_t every, skip;		/* one of so many is kept; how many to pass over yet */
	uint64_t all;
};

/* Export times, in the order in which messages were sent. */
struct clock_export {
	bool begun;
	int64_t ms;			/* of the message furthest on */
	uint32_t sequence, uptime_ms;
	unsigned behind;		/* messages since that were sent before it, it seems */
	uint32_t same;			/* messages since its seconds changed */
	int64_t since_ns, longest_ns;	/* capture time of the first of them */
	bool frozen;			/* said of them */
};

struct clock_uptime {
	struct nf_boot boot;
	/* The start that the header implies, and where it was taken from. */
	bool based;
	int64_t base_ms, base_at_ms;
	uint64_t base_frame;
	uint32_t base_file;
	uint64_t drifts;		/* said */
	bool fine_uptime, fine_secs;	/* not always whole seconds */
	bool running;			/* not always 0 */
	/* The first message since the start, for the rate. */
	bool rated;
	uint32_t rate_uptime_ms;
	int64_t rate_at_ms;
	uint64_t rate_n;
};

struct clock_stream {
	struct clock_samples skew;	/* export less capture */
	struct clock_export export;
	struct clock_uptime uptime;
	uint64_t implausible;
	/* IPFIX: the latest systemInitTimeMilliseconds, and when it was last said */
	int64_t init_ms, init_said_ms;
};

/* Of a message that is no copy, and of a header that says a date. */
static inline int64_t clock_export_ms(const struct nf_msg *m)
{
	return m->export_secs * INT64_C(1000) + m->export_nsecs % 1000000000 / 1000000;
}

enum {
	CLOCK_FIRST_EXPORT = 631152000,	/* 1990-01-01: there was no flow export before */
	CLOCK_FIRST_SETS = 946684800,	/* 2000-01-01: neither NetFlow v9 nor IPFIX */
};

/* Does the header say when it was exported? */
static inline bool clock_is_date(const struct nf_msg *m)
{
	return m->export_secs >= (m->version < 9 ? CLOCK_FIRST_EXPORT : CLOCK_FIRST_SETS);
}

static inline struct clock_stream *clock_of(const struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_clock);
}

/* -- clock_skew.c: the exporter's clock against the capture's ----------------------------- */

enum { CLOCK_SKEWS = 8, CLOCK_EVENTS = 8 };

/* Streams of an exporter whose clocks agree. */
struct clock_skew {
	int64_t ns, low, high;		/* the median, and between which most lie */
	int64_t first, last;		/* medians of the first and the last third */
	uint64_t messages;
	const struct check_stream *stream;	/* the first of them */
	uint32_t streams;
	bool never_set;			/* the clock, when the exporter was started */
};

struct clock_exporter {
	struct clock_skew skews[CLOCK_SKEWS];
	unsigned nskews;
	/* What was said lately of one of its streams, and holds for all. */
	struct clock_event {
		uint16_t rule;
		int64_t ms;
	} events[CLOCK_EVENTS];
	unsigned nevents;
};

void clock_sample(struct clock_samples *s, int64_t ns);
void clock_skew_stream(struct check *c, struct check_stream *stream);
void clock_skew_end(struct check *c);

/* -- clock_uptime.c: restarts, wraps, and what the uptime implies -------------------------- */

/* STEPPED: the export time went back, which was said. */
enum nf_boot_said clock_uptime_step(struct check *c, const struct check_at *at);
void clock_uptime_base(struct check *c, const struct check_at *at, bool stepped);
void clock_uptime_stream(struct check *c, struct check_stream *stream);
/* For the group `sequence`: the sequence began anew in AT, and other signs say so, too. */
void clock_restart_by_sequence(struct check *c, const struct check_at *at);
void clock_uptime_plan(struct check_plan *p);

#endif
