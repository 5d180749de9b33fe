/*
 * A fast hash of octets, to tell whether two payloads are the same: 16 octets a step.
 *
 * Equal octets give equal values, on every machine and in every run.  It is not a secret: who
 * knows it can make two payloads that collide, so where a wrong "same" would cost more than a
 * count, lengths or octets are compared as well.
 */
#ifndef NF_BASE_HASH_H
#define NF_BASE_HASH_H

#include <stdint.h>

#include "base/bytes.h"

uint64_t nf_hash64(struct nf_bytes b);

/*
 * The same of how many there are, and of some of them: the first, where a message has its header,
 * a few in the middle, and the last.
 */
uint64_t nf_hash_some(struct nf_bytes b);

/* Both halves of the product of 128 bits, one upon the other: every bit of A and B has a say. */
static inline uint64_t nf_fold(uint64_t a, uint64_t b)
{
#ifdef __SIZEOF_INT128__
	__extension__ unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
	uint64_t al = (uint32_t)a, ah = a >> 32, bl = (uint32_t)b, bh = b >> 32;
	uint64_t low = al * bl, middle = ah * bl + (low >> 32), cross = al * bh + (uint32_t)middle;

	return (cross << 32 | (uint32_t)low) ^ (ah * bh + (middle >> 32) + (cross >> 32));
#endif
}

/*
 * For keys of a few words in tables that whoever sends them must not be able to fill with equal
 * ones: A and B are what he does not know.  Two words a step, and no step waits for the one
 * before.
 */
static inline uint64_t nf_hash_words(uint64_t a, uint64_t b, const uint64_t *key, size_t n)
{
	const uint64_t step = 0x9e3779b97f4a7c15u, last = b | 1;
	uint64_t h = 0;
	size_t i = 0;

	for (; i + 1 < n; i += 2, a += step, b += step)
		h += nf_fold(a ^ key[i], b ^ key[i + 1]);
	if (i < n)
		h += nf_fold(a ^ key[i], b);
	return nf_fold(h ^ a, last);
}

/*
 * The same of N keys that stand side by side: word I of key J is KEYS[I * STRIDE + J].  So one does
 * not wait for another.
 */
static inline void nf_hash_columns(uint64_t a, uint64_t b, const uint64_t *keys, size_t stride,
				   size_t words, size_t n, uint64_t *hashes)
{
	const uint64_t step = 0x9e3779b97f4a7c15u, last = b | 1;
	size_t i = 0;

	for (size_t j = 0; j < n; j++)
		hashes[j] = 0;
	for (; i + 1 < words; i += 2, a += step, b += step, keys += 2 * stride)
		for (size_t j = 0; j < n; j++)
			hashes[j] += nf_fold(a ^ keys[j], b ^ keys[stride + j]);
	for (size_t j = 0; i < words && j < n; j++)
		hashes[j] += nf_fold(a ^ keys[j], b);
	for (size_t j = 0; j < n; j++)
		hashes[j] = nf_fold(hashes[j] ^ a, last);
}

/*
 * The same with what differs between runs where the system places programs at random, which is
 * enough for a table of bounded size.
 */
static inline uint32_t nf_hash(const uint64_t *key, size_t n)
{
	uint64_t place = (uint64_t)(uintptr_t)&nf_hash64;

	return (uint32_t)nf_hash_words(place * 0xbf58476d1ce4e5b9u, place * 0x94d049bb133111ebu,
				       key, n);
}

#endif
