#include <config.h>

#include "base/hash.h"

/* Odd, with about half of their bits set: none of them means anything. */
static const uint64_t keys[] = {
	0x9ae16a3b2f90404fu, 0xc949c7defeb1c8a7u, 0xd1b54a32d192ed03u,
	0x8bb84b93962eacc9u, 0xaef17502108ef2d9u,
};

/* In the order in which they stand, whatever the machine's own is. */
static uint64_t load64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
#if __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
	v = __builtin_bswap64(v);
#endif
	return v;
}

static uint64_t load32(const uint8_t *p)
{
	return (uint64_t)p[0] | (uint64_t)p[1] << 8 | (uint64_t)p[2] << 16 | (uint64_t)p[3] << 24;
}

/* The last 0 to 16 octets: two words that overlap where there are fewer. */
static void tail(const uint8_t *p, size_t n, uint64_t *a, uint64_t *b)
{
	*a = *b = 0;
	if (n >= 8) {
		*a = load64(p);
		*b = load64(p + n - 8);
	} else if (n >= 4) {
		*a = load32(p);
		*b = load32(p + n - 4);
	} else if (n > 0) {
		*a = (uint64_t)p[0] << 16 | (uint64_t)p[n / 2] << 8 | p[n - 1];
	}
}

uint64_t nf_hash64(struct nf_bytes b)
{
	const uint8_t *p = b.p;
	size_t n = b.n;
	uint64_t h = keys[0] ^ n, a, z;

	/* Four multiplications that do not wait for each other. */
	if (n > 64) {
		uint64_t g = h ^ keys[1], i = h ^ keys[2], k = h ^ keys[3];

		do {
			h = nf_fold(load64(p) ^ keys[1], load64(p + 8) ^ h);
			g = nf_fold(load64(p + 16) ^ keys[2], load64(p + 24) ^ g);
			i = nf_fold(load64(p + 32) ^ keys[3], load64(p + 40) ^ i);
			k = nf_fold(load64(p + 48) ^ keys[4], load64(p + 56) ^ k);
			p += 64;
			n -= 64;
		} while (n > 64);
		h = nf_fold(h ^ keys[2], g) ^ nf_fold(i ^ keys[3], k);
	}
	if (n > 32) {
		uint64_t g = nf_fold(load64(p + 16) ^ keys[3], load64(p + 24) ^ keys[1]);

		h = nf_fold(load64(p) ^ keys[2], load64(p + 8) ^ h) ^ g;
		p += 32;
		n -= 32;
	}
	if (n > 16) {
		h = nf_fold(load64(p) ^ keys[2], load64(p + 8) ^ h);
		p += 16;
		n -= 16;
	}
	tail(p, n, &a, &z);
	return nf_fold(nf_fold(a ^ keys[4], z ^ h) ^ b.n, keys[1] ^ h);
}

uint64_t nf_hash_some(struct nf_bytes b)
{
	const uint8_t *p = b.p, *middle = p + b.n / 2, *last = p + b.n - 16;
	uint64_t first;

	if (b.n < 64)
		return nf_hash64(b);
	first = nf_fold(load64(p) ^ keys[1], load64(p + 8) ^ keys[2]) ^
		nf_fold(load64(p + 16) ^ keys[3], load64(p + 24) ^ keys[4]);
	return nf_fold(first ^ b.n,
		       nf_fold(load64(middle) ^ keys[2], load64(middle + 8) ^ keys[3]) ^
		       nf_fold(load64(last) ^ keys[4], load64(last + 8) ^ keys[0]));
}
