/*
 * The frames of several inputs, in timestamp order; equal stamps in the order of the inputs.
 *
 * The inputs are merged by their heads.  Each is opened once to learn its first stamp; of
 * many, those that are not yet due are closed again, so that a thousand rotated files need
 * few descriptors.
 */
#ifndef CAPTURE_MERGE_H
#define CAPTURE_MERGE_H

#include "capture/reader.h"

struct merge_opts {
	bool follow;		/* the last path */
	bool sort;
	bool nowait;		/* READER_NOT_YET rather than wait for a live input */
	struct reread *again;	/* keeps what cannot be read twice; or NULL */
};

struct merge;

/* PATHS and DROPS are borrowed.  NULL if memory is out. */
struct merge *merge_new(const char *const *paths, size_t n, const struct merge_opts *opts,
			uint64_t *drops);

/*
 * The next frame, borrowed until the next call.  READER_NOT_YET: see opts.
 * READER_TROUBLE concerns one input and may mean its end; the others go on.
 */
enum reader_got merge_next(struct merge *m, const struct frame **f, struct nf_err *err);

void merge_free(struct merge *m);

#endif
