#include <config.h>

#include "base/sum.h"

#include "base/bytes.h"
#include "base/wide.h"

uint16_t nf_sum16_fold(uint64_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/*
 * It is the same in whichever order the two octets of all words stand, but for its own (RFC 1071
 * section 2): so they are added as the machine has them, and two words at once.
 */
NF_WIDE static uint64_t add_own(const uint8_t *p, size_t n)
{
	uint64_t sum = 0;

#pragma GCC unroll 4	/* the loop itself takes longer than a sum of several */
	for (size_t i = 0; i < n; i++)
		sum += nf_own32(p + 4 * i);
	return sum;
}

uint16_t nf_sum16(const uint8_t *p, size_t n)
{
	uint64_t sum = add_own(p, n / 4);
	uint8_t last[4] = { 0 };
	uint16_t folded;

	memcpy(last, p + n / 4 * 4, n % 4);
	folded = nf_sum16_fold(sum + nf_own32(last));
	return nf_be16((const uint8_t *)&folded);
}
