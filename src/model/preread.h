/*
 * Files read once more for their templates: a second source over the same inputs that looks ahead,
 * and other captures that only teach what theirs are.
 */
#ifndef MODEL_PREREAD_H
#define MODEL_PREREAD_H

#include "capture/source.h"
#include "track/tracker.h"

struct preread {
	const char *const *paths;	/* borrowed */
	size_t n;
	struct capture_opts opts;	/* as of the source that reads in earnest */
	struct source *source;		/* opened when first needed */
};

/* For nf_tracker_opts.ahead; CTX is the struct preread. */
bool preread_next(void *ctx, struct nf_datagram *d);
void preread_close(struct preread *r);

/*
 * Give T the templates of N other captures, which are read to their ends: before anything is fed.
 * *ORDINAL, 0 at first, counts on.  TROUBLE, with CTX, hears what is wrong with one of them.  -1
 * and *ERR where nothing can be done.
 */
int preread_give(struct nf_tracker *t, const char *const *paths, size_t n, uint64_t *ordinal,
		void (*trouble)(void *ctx, const struct nf_err *err), void *ctx,
		struct nf_err *err);

#endif
