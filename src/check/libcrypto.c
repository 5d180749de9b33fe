#include <config.h>

#include "check/libcrypto.h"

#define LIBRARY libcrypto
#define LIBRARY_CALLS "check/libcrypto.def"
#ifdef LIBCRYPTO_SONAME
#define LIBRARY_SONAME LIBCRYPTO_SONAME
#endif
#include "base/library.def"
