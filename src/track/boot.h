/*
 * When an exporter was started, from the uptimes in the headers of v1 to v9.
 *
 * The uptime counts milliseconds in 32 bits: it falls when the exporter starts again, and once in
 * 49.7 days because it wraps.  The moment of the start, export time less uptime, tells them
 * apart: a wrap moves it by 2^32 ms; an exporter that was started again was so after its last
 * message, or lost half of its uptime at least, for not every clock is right; and one whose uptime
 * fell otherwise sent a message late, or has several clocks.  What was sent before a restart or a
 * wrap may come behind it: its uptime rises, but from a start that is over.
 */
#ifndef NF_TRACK_BOOT_H
#define NF_TRACK_BOOT_H

#include <stdbool.h>
#include <stdint.h>

enum nf_boot_said {
	NF_BOOT_NOTHING,	/* goes on as before, or is late */
	NF_BOOT_FORMER,		/* late: sent before the last restart */
	NF_BOOT_RESTART,
	NF_BOOT_WRAP,
};

struct nf_boot {
	bool begun;
	/* The header's clock was never set: then the capture's tells how much time has passed. */
	bool clock_wrong;
	uint32_t uptime_ms;		/* of the message furthest on */
	uint32_t before_ms;		/* uptime before the last restart */
	int64_t export_ms, capture_ms;
	/*
	 * When it was started: the latest moment that its messages say, for seconds are cut off
	 * in v9 headers.  Since 1970-01-01 UTC; of no meaning where clock_wrong.
	 */
	int64_t boot_ms;
	/* of the last restart: when it was captured, and the start that was over by then */
	int64_t restarted_ms, former_ms;
	uint32_t restarts, wraps;
	uint32_t turns;			/* wraps since it was started */
};

/* What the header of the next message says: *B starts zeroed. */
enum nf_boot_said nf_boot_step(struct nf_boot *b, uint32_t uptime_ms, int64_t export_ms,
			       int64_t capture_ms);

#endif
