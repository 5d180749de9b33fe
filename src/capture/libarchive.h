/*
 * libarchive, of which only compressed captures have need: see base/library.h.
 */
#ifndef CAPTURE_LIBARCHIVE_H
#define CAPTURE_LIBARCHIVE_H

#include <archive.h>

#include "base/err.h"

struct libarchive {
#define CALL(name) __typeof__(name) *name;
#include "capture/libarchive.def"
#undef CALL
};

/* Its functions; NULL and *ERR, which names it, where it cannot be loaded. */
const struct libarchive *libarchive(struct nf_err *err);

#endif
