/*
 * One reading of all inputs from first to last, a datagram at a time, with a tracker of its own.
 */
#ifndef TUI_ANALYSIS_PASS_H
#define TUI_ANALYSIS_PASS_H

#include "model/duplicates.h"
#include "model/preread.h"
#include "tui/analysis.h"

struct pass {
	const struct analysis_opts *opts;
	struct source *source;
	struct nf_tracker *tracker;
	struct duplicates *seen;	/* NULL: copies are not told from others */
	struct preread ahead;		/* where opts have no look-ahead */
	uint64_t ahead_at;		/* where they have one */
	struct nf_datagram datagram;	/* the current one */
	uint64_t size;			/* see source_size */
	uint64_t frames;		/* of a reading before; 0: there was none */
	bool ended;
	bool damaged;			/* an input ended in damage */
	struct capture_counts counts;	/* once it has ended */
};

/*
 * COPIES of datagrams are to be known.  NULL and *ERR where nothing can be done.  OPTS are
 * borrowed.
 */
struct pass *pass_new(const struct analysis_opts *opts, bool copies, struct nf_err *err);
void pass_free(struct pass *p);

/* All was read: the inputs are let go of, what was counted and the tracker stay. */
void pass_end(struct pass *p);

/* W hears of events, which is copied; checksums are looked at then. */
void pass_watch(struct pass *p, void (*event)(void *ctx, const struct capture_event *e),
		void *ctx);

enum pass_got {
	PASS_DELIVERY,			/* flow export */
	PASS_REFUSED,			/* *WHY says why it is none */
	PASS_NOTHING,			/* there was trouble with an input, or none came yet */
	PASS_END,
};

/* One step: of trouble nothing is said; whoever reads first does. */
enum pass_got pass_next(struct pass *p, struct nf_delivery *delivery, enum nf_refusal *why);

/* At any time. */
const struct capture_counts *pass_counts(const struct pass *p);

/* Of 0 to 1; 0 where that cannot be told. */
double pass_progress(const struct pass *p);

#endif
