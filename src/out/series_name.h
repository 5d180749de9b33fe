/*
 * The names of files that follow each other: out.gz becomes
 *
 *	out-20261122T110000Z.gz			the first one of that second
 *	out-20261122T110000Z_02.gz		the second one
 *	out-20261122T110000Z.gz.partial		while it is written to
 *
 * in whose order they were begun.  Stamps are UTC.
 */
#ifndef OUT_SERIES_NAME_H
#define OUT_SERIES_NAME_H

#include "base/strbuf.h"

#define SERIES_PARTIAL ".partial"

/* The name for PATH of the N-th file (from 1 on) begun at SECONDS since 1970, appended to S. */
void series_name(struct nf_strbuf *s, const char *path, int64_t seconds, unsigned n);

/* Is NAME, without a folder, that of a file of the series of PATH that is still being written? */
bool series_is_partial(const char *path, const char *name);

/* The folder of PATH, "." where it names none, appended to S. */
void series_folder(struct nf_strbuf *s, const char *path);

#endif
