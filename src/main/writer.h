/*
 * Standard output, or what stands in its place: large writes, or a write a message where the input
 * is live.
 */
#ifndef MAIN_WRITER_H
#define MAIN_WRITER_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strbuf.h"

struct writer {
	struct nf_strbuf *text;		/* what is to be written; borrowed */
	/*
	 * Instead of standard output; NULL: that.  False where writing on is of no use, which was
	 * said.
	 */
	bool (*write)(void *ctx, const char *p, size_t n);
	void *ctx;
	bool live;			/* write it at once */
	bool closed;			/* nobody reads any more: go quietly */
	int failed;			/* errno of a write that failed otherwise, or 0 */
};

/* To be called after each message.  False where writing on is of no use. */
bool writer_step(struct writer *w);

/* Write all there is. */
bool writer_flush(struct writer *w);

/* True, and *ERR, if a write failed. */
bool writer_failed(const struct writer *w, struct nf_err *err);

#endif
