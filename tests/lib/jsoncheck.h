/*
 * Is a line of output one JSON value (RFC 8259)?  Stricter than a reader need be: well-formed
 * UTF-8 without control characters, no key twice in an object, nothing nested deeper than
 * JSONCHECK_DEPTH.
 */
#ifndef TESTS_LIB_JSONCHECK_H
#define TESTS_LIB_JSONCHECK_H

#include <stddef.h>

enum {
	JSONCHECK_DEPTH = 256,
	JSONCHECK_KEYS = 512,	/* of one object; further ones are not compared */
};

/* NULL where it is, else what is wrong. */
const char *jsoncheck(const char *p, size_t n);

/* Well-formed UTF-8 (RFC 3629): no overlong form, no surrogate, nothing above U+10FFFF. */
_Bool jsoncheck_utf8(const char *p, size_t n);

#endif
