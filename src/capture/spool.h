/*
 * Temporary files: the octets of inputs that cannot be read twice, as they were read.
 */
#ifndef CAPTURE_SPOOL_H
#define CAPTURE_SPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

/* An unlinked file in $TMPDIR, or /tmp; -1 and *ERR. */
int spool_temporary(struct nf_err *err);

/* All N octets at the end of FD; -1 with errno. */
int spool_write(int fd, const uint8_t *p, size_t n);

/* What was read of one input.  It begins zeroed, and keeps nothing before it is wanted. */
struct spool {
	uint64_t end;		/* octets from the input's beginning that are there */
	int fd;
	bool wanted, open;
	struct nf_err failed;	/* why no more is kept; kind NONE: nothing is wrong */
};

/* N octets that stand at OFFSET of the input.  Those that are kept already are passed over. */
void spool_put(struct spool *s, uint64_t offset, const uint8_t *p, size_t n);

/* N octets at OFFSET; false if they are not there. */
bool spool_get(const struct spool *s, void *to, size_t n, uint64_t offset);

void spool_done(struct spool *s);

#endif
