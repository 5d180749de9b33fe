/*
 * Stamps of pcapng: ticks of any resolution to nanoseconds since 1970-01-01 UTC.
 */
#ifndef CAPTURE_TICKS_H
#define CAPTURE_TICKS_H

#include <stdbool.h>
#include <stdint.h>

/* nanoseconds = ticks * mul / div >> shift, and then offset seconds more. */
struct ticks {
	uint64_t mul, div;	/* div is 0 where a tick is too short to count */
	uint8_t shift;
	bool fine;		/* finer than a microsecond */
	int64_t offset;		/* seconds */
};

/* Ticks of 10^-EXPONENT seconds. */
struct ticks ticks_decimal(unsigned exponent);

/* The if_tsresol option: 10^-n seconds, or 2^-n if the top bit is set. */
void ticks_resolution(struct ticks *t, uint8_t tsresol);

/* What 64 bits cannot hold is held at their end. */
int64_t ticks_ns(const struct ticks *t, uint64_t ticks);

#endif
