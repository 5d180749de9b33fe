/*
 * When a flow began and ended, from whatever its record says about it (spec: times).
 */
#ifndef TRACK_FLOWTIME_H
#define TRACK_FLOWTIME_H

#include "wire/wire.h"

enum { NF_FLOWTIME_SLACK = 100000 };	/* ms that an uptime may lie behind the header's */

/* How a time came about. */
enum nf_flowtime_source {
	NF_FLOWTIME_NONE,
	NF_FLOWTIME_STATED,	/* the record has a time of day */
	NF_FLOWTIME_UPTIME,	/* v1 to v9: by the uptime and the time in the header */
	NF_FLOWTIME_INIT,	/* IPFIX: an uptime, after the start that the record has too */
	NF_FLOWTIME_START,	/* IPFIX: an uptime, after the start that options state */
	NF_FLOWTIME_DELTA,		/* so many microseconds before the export */
	NF_FLOWTIME_RELATIVE,	/* IPFIX: an uptime without a start: nanoseconds since that */
};

struct nf_flowtime {
	int64_t ns;		/* since 1970-01-01 UTC; NF_FLOWTIME_RELATIVE: since the start */
	uint8_t source;		/* enum nf_flowtime_source */
	uint8_t digits;		/* of the fraction that count: 0, 3, 6 or 9 */
};

/* Which fields of a layout say it; found once a layout. */
struct nf_flowtime_way {
	int16_t field;		/* -1: none does */
	int16_t init;		/* of systemInitTimeMilliseconds, or -1 */
	uint8_t source;		/* STATED, UPTIME or DELTA */
	uint8_t digits;
	bool whole;		/* milliseconds in one load: see nf_flowtime_ms */
	uint16_t nvar;		/* of that load: see nf_fielddef */
	uint32_t offset;
};

enum nf_flowtime_end { NF_FLOWTIME_FIRST, NF_FLOWTIME_LAST };

struct nf_flowtime_way nf_flowtime_way_of(const struct nf_layout *layout, enum nf_flowtime_end end);

/* The time in R, a record of M.  False where it says none. */
bool nf_flowtime_at(const struct nf_flowtime_way *way, const struct nf_msg *m,
		    const struct nf_rec *r, struct nf_flowtime *t);

/*
 * The same in milliseconds since 1970, where that is quickly said, as it is of most records.
 * False says nothing: ask nf_flowtime_at.
 */
static inline bool nf_flowtime_ms(const struct nf_flowtime_way *way, const struct nf_msg *m,
			       const struct nf_rec *r, int64_t *ms)
{
	const uint8_t *p = r->p + way->offset + r->shift[way->nvar];
	uint64_t v;
	uint32_t age;

	if (!way->whole)
		return false;
	if (way->source == NF_FLOWTIME_STATED) {
		v = nf_be64(p);
		*ms = (int64_t)v;
		return v <= INT64_MAX / 1000000;
	}
	age = m->uptime_ms - nf_be32(p);
	*ms = m->clock_ns / 1000000 - age;
	return m->version != 10 && !m->in_seconds && age <= UINT32_MAX - NF_FLOWTIME_SLACK;
}

/*
 * The time from FIRST to LAST, below zero where the record has them so.  False where it is not
 * known: one is missing, or only one of them is relative.
 */
bool nf_flowtime_between(const struct nf_flowtime *first, const struct nf_flowtime *last,
			 int64_t *ns);

/* The field of elements 161 and 162, which say how long a flow took; -1 if there is none. */
int16_t nf_flowtime_duration_field(const struct nf_layout *layout);
bool nf_flowtime_stated_duration(const struct nf_rec *r, int16_t field, int64_t *ns);

#endif
