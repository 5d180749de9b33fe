#include <config.h>

#include "capture/libarchive.h"

#include "base/library.h"

#ifdef LIBARCHIVE_SONAME
#define CALL(name) .name = NULL,
#else
#define CALL(name) .name = name,
#define LIBARCHIVE_SONAME NULL
#endif
static struct libarchive calls = {
#include "capture/libarchive.def"
};
#undef CALL

static const char *const names[] = {
#define CALL(name) #name,
#include "capture/libarchive.def"
#undef CALL
};

static struct nf_library library = {
	.soname = LIBARCHIVE_SONAME,
	.names = names, .n = sizeof(names) / sizeof(names[0]),
	.calls = &calls,
};

const struct libarchive *libarchive(struct nf_err *err)
{
	return nf_library_load(&library, err) == 0 ? &calls : NULL;
}
