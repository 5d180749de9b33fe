/*
 * OpenSSL's libcrypto, of which only streams with checksums have need: see base/library.h.
 */
#ifndef CHECK_LIBCRYPTO_H
#define CHECK_LIBCRYPTO_H

#include <openssl/evp.h>

#include "base/err.h"

struct libcrypto {
#define CALL(name) __typeof__(name) *name;
#include "check/libcrypto.def"
#undef CALL
};

/* Its functions; NULL and *ERR, which names it, where it cannot be loaded. */
const struct libcrypto *libcrypto(struct nf_err *err);

#endif
