/*
 * The reordering window: copies of frames, taken out the earliest first.
 *
 * An epoch begins with each frame whose stamp can no longer be put right, because later
 * ones were given out already: what was in the window then comes before it, what is read
 * afterwards is ordered from there on.
 */
#ifndef CAPTURE_WINDOW_H
#define CAPTURE_WINDOW_H

#include "capture/frame.h"

enum { WINDOW_FRAMES = 256 };

/* What is compared, apart from the frames so that the heap is quickly moved about. */
struct window_key {
	int64_t ts_ns;
	uint64_t number;	/* in the file */
	uint32_t epoch;
	uint32_t slot;
};

struct window_slot {
	struct frame f;
	uint8_t *copy;
	size_t cap;
};

struct window {
	struct window_key heap[WINDOW_FRAMES];
	unsigned n;
	struct window_slot slots[WINDOW_FRAMES];
	uint32_t free[WINDOW_FRAMES];	/* the WINDOW_FRAMES - n slots that are not in use */
	uint64_t octets;
	uint32_t epoch;		/* of the frames that come in */
	uint32_t out_epoch;
	int64_t out_ts;		/* of the frame taken last, in out_epoch */
	int64_t in_max, in_last;	/* stamps put in: the latest of the epoch, and the last */
};

void window_init(struct window *w);
void window_done(struct window *w);

/* Begin to fill: the frame given out last, before the window, had the stamp OUT_TS. */
void window_begin(struct window *w, int64_t out_ts);

/* Copy F in; false if memory is out.  There is room: w->n < WINDOW_FRAMES. */
bool window_put(struct window *w, const struct frame *f);

/* Take the earliest; w->n > 0.  Its octets are valid until the next window_put. */
void window_take(struct window *w, struct frame *f);

/* True if what follows in the file, if it ascends, comes after everything in the window. */
static inline bool window_passed(const struct window *w)
{
	return w->in_last >= w->in_max;
}

#endif
