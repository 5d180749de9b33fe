#include <config.h>

#include "check/libcrypto.h"

#include "base/library.h"

#ifdef LIBCRYPTO_SONAME
#define CALL(name) .name = NULL,
#else
#define CALL(name) .name = name,
#define LIBCRYPTO_SONAME NULL
#endif
static struct libcrypto calls = {
#include "check/libcrypto.def"
};
#undef CALL

static const char *const names[] = {
#define CALL(name) #name,
#include "check/libcrypto.def"
#undef CALL
};

static struct nf_library library = {
	.soname = LIBCRYPTO_SONAME,
	.names = names, .n = sizeof(names) / sizeof(names[0]),
	.calls = &calls,
};

const struct libcrypto *libcrypto(struct nf_err *err)
{
	return nf_library_load(&library, err) == 0 ? &calls : NULL;
}
