/*
 * The frames of one input, in timestamp order.
 *
 * Three ways, the cheapest that does:
 *
 *   trusted   the stamps were surveyed and ascend: frames stream through
 *   window    the reader looks ahead; as long as the stamps in sight ascend, frames stream
 *             through, otherwise they are copied into a heap until order is back
 *   sorted    the stamps were surveyed and do not ascend: a sorted list of references
 *
 * The window is 256 frames or 512 KiB, whichever fills first, and never waits on a live
 * input.  A stamp that steps back further than the window is delivered where it stands.
 */
#ifndef CAPTURE_ORDER_H
#define CAPTURE_ORDER_H

#include "capture/reader.h"

enum {
	ORDER_FRAMES = 256,
	ORDER_OCTETS = 512 << 10,
	ORDER_SURVEY = 64 << 20,	/* octets up to which stamps are surveyed unasked */
};

/* What is known of an input's stamps before it is read. */
struct survey {
	enum { SURVEY_NONE, SURVEY_ASCENDING, SURVEY_DISORDER, SURVEY_TOO_LARGE } result;
	int64_t first_ts;	/* of the frame that comes first; INT64_MAX if there is none */
};

struct order_opts {
	bool follow;
	/* survey the stamps of what can be read twice, up to ORDER_SURVEY */
	bool survey;
	bool sort;		/* survey all, whatever the size; a pipe is spooled */
	bool lean;		/* keep no file open between reads */
	uint32_t window_octets;
	struct input_spare *spare;	/* as in input.h, or NULL */
	struct spool *keep;		/* likewise: see input_keep */
};

struct order;

/*
 * SURVEY is filled if it is SURVEY_NONE, else believed.  NULL and *ERR where PATH is no
 * capture.  DROPS as in reader.h.
 */
struct order *order_open(const char *path, uint32_t file, const struct order_opts *opts,
			 struct survey *survey, uint64_t *drops, struct nf_err *err);

/*
 * Learn SURVEY->first_ts, the stamp of the frame that comes first, without keeping the input
 * open; with a survey, that too.  -1 and *ERR as order_open.
 */
int order_probe(const char *path, uint32_t file, const struct order_opts *opts,
		struct survey *survey, struct nf_err *err);

/*
 * The next frame; valid until the next call.  Without WAIT, a live input may say
 * READER_NOT_YET.
 */
enum reader_got order_next(struct order *o, struct frame *f, bool wait, struct nf_err *err);

void order_close(struct order *o);

#endif
