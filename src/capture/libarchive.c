#include <config.h>

#include "capture/libarchive.h"

#define LIBRARY libarchive
#define LIBRARY_CALLS "capture/libarchive.def"
#ifdef LIBARCHIVE_SONAME
#define LIBRARY_SONAME LIBARCHIVE_SONAME
#endif
#include "base/library.def"
