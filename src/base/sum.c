#include <config.h>

#include "base/sum.h"

#include "base/bytes.h"

uint16_t nf_sum16_fold(uint64_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* What is carried out of *SUM counts as 1 of it. */
static inline void add64(uint64_t *sum, uint64_t *carried, uint64_t word)
{
	*sum += word;
	*carried += *sum < word;
}

/*
 * It is the same in whichever order the two octets of all words stand, but for its own (RFC 1071
 * section 2): so they are added as the machine has them, and four words at once.  Two sums do not
 * wait for each other.
 */
uint16_t nf_sum16(const uint8_t *p, size_t n)
{
	uint64_t sum = 0, other = 0, carried = 0;
	uint8_t last[4] = { 0 };
	uint16_t folded;

	for (; n >= 64; n -= 64, p += 64) {
		add64(&sum, &carried, nf_own64(p));
		add64(&other, &carried, nf_own64(p + 8));
		add64(&sum, &carried, nf_own64(p + 16));
		add64(&other, &carried, nf_own64(p + 24));
		add64(&sum, &carried, nf_own64(p + 32));
		add64(&other, &carried, nf_own64(p + 40));
		add64(&sum, &carried, nf_own64(p + 48));
		add64(&other, &carried, nf_own64(p + 56));
	}
	sum = (sum >> 32) + (uint32_t)sum + (other >> 32) + (uint32_t)other + carried;
	for (; n >= 4; n -= 4, p += 4)
		sum += nf_own32(p);
	memcpy(last, p, n);
	folded = nf_sum16_fold(sum + nf_own32(last));
	return nf_be16((const uint8_t *)&folded);
}
