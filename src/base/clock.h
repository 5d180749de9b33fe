/*
 * Clocks of the system, in nanoseconds, as stamps are.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/* What clock ID says: since 1970 (CLOCK_REALTIME), or since a time that does not matter. */
static inline int64_t nf_clock_ns(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

#endif
