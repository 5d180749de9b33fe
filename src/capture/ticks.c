#include <config.h>

#include "capture/ticks.h"

enum { NANO = 9, MICRO = 6, NS_PER_SECOND = 1000000000 };

__extension__ typedef unsigned __int128 wide;

static uint64_t power_of_ten(unsigned n)
{
	uint64_t p = 1;

	while (n-- > 0)
		p *= 10;
	return p;
}

struct ticks ticks_decimal(unsigned exponent)
{
	struct ticks t = { .mul = 1, .div = 1, .fine = exponent > MICRO };

	if (exponent <= NANO)
		t.mul = power_of_ten(NANO - exponent);
	else
		t.div = exponent - NANO < 20 ? power_of_ten(exponent - NANO) : 0;
	return t;
}

void ticks_resolution(struct ticks *t, uint8_t tsresol)
{
	int64_t offset = t->offset;
	uint8_t n = tsresol & 0x7f;

	if (tsresol & 0x80)	/* 2^-20 seconds are a little less than a microsecond */
		*t = (struct ticks){ .mul = NS_PER_SECOND, .div = 1, .shift = n, .fine = n >= 20 };
	else
		*t = ticks_decimal(n);
	t->offset = offset;
}

int64_t ticks_ns(const struct ticks *t, uint64_t ticks)
{
	wide ns = t->div == 0 ? 0 : (wide)ticks * t->mul / t->div >> t->shift;
	int64_t base, sum;

	if (t->div == 1 && t->shift == 0 && t->offset == 0 && ns <= INT64_MAX)
		return (int64_t)ns;
	if (ns > INT64_MAX)
		ns = INT64_MAX;
	if (__builtin_mul_overflow(t->offset, (int64_t)NS_PER_SECOND, &base) ||
	    __builtin_add_overflow(base, (int64_t)ns, &sum))
		return t->offset < 0 ? INT64_MIN : INT64_MAX;
	return sum;
}
