/*
 * How a collector is doing, as lines of key=value: for people woken by it, and for grep.
 *
 * Numbers count from the start; what begins with + has come since the lines before.  The keys of a
 * line are always the same and in the same order, zeros too, but for reasons of refusals.
 *
 *	stats 2026-11-22T11:14:12Z up=3600s in=10s messages=+1230 records=+36900 ...
 *	stats dropped kernel=0 queue=0 held-too-long=0 held-no-room=0 held-to-the-end=0
 *	stats refused=3 syslog=2 dns=1
 *	stats exporter=192.0.2.1 messages=1230 new=+120 records=36900 lost=0 loss=0.00% ...
 */
#ifndef OUT_VITALS_H
#define OUT_VITALS_H

#include "base/strbuf.h"
#include "capture/live.h"
#include "model/traffic.h"
#include "track/tracker.h"

enum { VITALS_EXPORTERS = 20 };

struct vitals {
	int64_t now_ns;			/* since 1970 */
	int64_t up_ns, since_ns;	/* for how long; since the lines before */
	struct traffic *traffic;
	const struct nf_tracker_counts *tracker;
	const struct capture_counts *capture;
	const struct live_counts *live;	/* NULL: not of sockets of ours */
	uint64_t before;		/* datagrams, when the lines before were written */
	uint64_t memory;		/* resident octets; 0: not known */
};

/* Each line begins with PREFIX.  The exporters are put in order; no mark is set. */
void vitals_text(struct nf_strbuf *s, const struct vitals *v, const char *prefix);

#endif
