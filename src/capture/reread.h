/*
 * Octets of inputs read again, wherever they stand.
 *
 *	struct reread *again = reread_new(paths, n);
 *	struct capture_opts opts = { .again = again };
 *	... a source with these opts hands out datagrams with extents ...
 *	reread_octets(again, &d.extents[0], buf, &err);
 *
 * Regular files are read where they are.  What is compressed or comes out of a pipe is kept in
 * an unlinked temporary file as the source reads it, decompressed: as large as that is.  Few
 * descriptors are open at a time, however many inputs there are.
 */
#ifndef CAPTURE_REREAD_H
#define CAPTURE_REREAD_H

#include "base/datagram.h"
#include "base/err.h"
#include "capture/spool.h"

struct reread;

/* PATHS as for source_open, borrowed.  NULL if memory is out. */
struct reread *reread_new(const char *const *paths, size_t n);

/* After all sources that keep in it. */
void reread_free(struct reread *r);

/*
 * The octets of E to BUF.  -1 and *ERR (ENV) where they are not there any more: the file was cut,
 * replaced or taken away, the temporary file could not be written.  What was written over in
 * place is not noticed.
 */
int reread_octets(struct reread *r, const struct nf_extent *e, void *buf, struct nf_err *err);

/*
 * A path at which FILE can be opened and read once more, as long as R is there: its own, that of
 * what was kept of a pipe so far, or of nothing where nothing was.
 */
const char *reread_path(struct reread *r, uint32_t file);

/* False where FILE comes only once: it is a pipe, or the like. */
bool reread_regular(const struct reread *r, uint32_t file);

/* For input.c: what keeps the octets of FILE. */
struct spool *reread_spool(struct reread *r, uint32_t file);

#endif
