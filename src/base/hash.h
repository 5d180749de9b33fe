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

#endif
