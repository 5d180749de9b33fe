/* The hash of octets: what differs in one bit, in length or in order has another value. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

enum { LONGEST = 100 };

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Every length up to LONGEST of zeros, and each with one bit set: all different. */
static void one_bit(void **state)
{
	static uint64_t seen[LONGEST * (LONGEST + 1) * 4 + LONGEST + 1];
	uint8_t octets[LONGEST] = { 0 };
	size_t n = 0;

	(void)state;
	for (size_t len = 0; len <= LONGEST; len++) {
		seen[n++] = nf_hash64((struct nf_bytes){ octets, len });
		for (size_t bit = 0; bit < len * 8; bit++) {
			octets[bit / 8] = (uint8_t)(1 << bit % 8);
			seen[n++] = nf_hash64((struct nf_bytes){ octets, len });
			octets[bit / 8] = 0;
		}
	}
	assert_int_equal(n, sizeof(seen) / sizeof(seen[0]));
	qsort(seen, n, sizeof(seen[0]), compare);
	for (size_t i = 1; i < n; i++)
		assert_true(seen[i] != seen[i - 1]);
}

/* Wherever the octets stand, and not what stands around them. */
static void only_the_octets(void **state)
{
	uint8_t octets[8 + LONGEST + 8], moved[8 + LONGEST + 8];

	(void)state;
	for (size_t at = 0; at < 8; at++) {
		for (size_t len = 0; len <= LONGEST; len++) {
			memset(octets, 0x11, sizeof(octets));
			memset(moved, 0xee, sizeof(moved));
			for (size_t i = 0; i < len; i++)
				octets[i] = moved[at + i] = (uint8_t)(i * 7 + len);
			assert_true(nf_hash64((struct nf_bytes){ octets, len }) ==
				    nf_hash64((struct nf_bytes){ moved + at, len }));
		}
	}
}

/* Its length, and what stands first, in the middle and last, wherever that is. */
static void some_of_them(void **state)
{
	static const size_t asked[] = { 0, 31, 500, 515, 984, 999 };
	uint8_t octets[1001] = { 0 };
	uint64_t none = nf_hash_some((struct nf_bytes){ octets, 1000 });

	(void)state;
	assert_true(none != nf_hash_some((struct nf_bytes){ octets, 999 }));
	assert_true(none == nf_hash_some((struct nf_bytes){ octets + 1, 1000 }));
	for (size_t i = 0; i < sizeof(asked) / sizeof(asked[0]); i++) {
		octets[asked[i]] = 1;
		assert_true(none != nf_hash_some((struct nf_bytes){ octets, 1000 }));
		octets[asked[i]] = 0;
	}
	for (size_t n = 0; n <= 63; n++)
		assert_true(nf_hash_some((struct nf_bytes){ octets, n }) ==
			    nf_hash64((struct nf_bytes){ octets, n }));
}

/* Words that change places, among them those of the two lanes. */
static void order(void **state)
{
	uint8_t octets[96], swapped[96];

	(void)state;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 31 + 5);
	for (size_t a = 0; a < sizeof(octets); a += 8) {
		for (size_t b = a + 8; b < sizeof(octets); b += 8) {
			memcpy(swapped, octets, sizeof(octets));
			memcpy(swapped + a, octets + b, 8);
			memcpy(swapped + b, octets + a, 8);
			assert_true(nf_hash64((struct nf_bytes){ octets, sizeof(octets) }) !=
				    nf_hash64((struct nf_bytes){ swapped, sizeof(swapped) }));
		}
	}
}

/* Each bit of the input turns about half of the bits of the value. */
static void avalanche(void **state)
{
	uint8_t octets[48];
	struct nf_bytes b = { octets, sizeof(octets) };
	uint64_t turned = 0, h;

	(void)state;
	for (size_t i = 0; i < sizeof(octets); i++)
		octets[i] = (uint8_t)(i * 37 + 11);
	h = nf_hash64(b);
	for (size_t bit = 0; bit < sizeof(octets) * 8; bit++) {
		octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
		turned += (unsigned)__builtin_popcountll(h ^ nf_hash64(b));
		octets[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	turned /= sizeof(octets) * 8;
	assert_in_range(turned, 30, 34);
}

/* The inverse of multiplying by V, which is odd, modulo 2^64. */
static uint64_t inverse(uint64_t v)
{
	uint64_t x = v;

	for (unsigned i = 0; i < 6; i++)
		x *= 2 - v * x;
	return x;
}

/*
 * Keys for which a sum of products with known factors is always zero: whoever sends the keys of a
 * table can make such ones of any hash that is the same in every run.
 */
static void not_a_known_sum(void **state)
{
	enum { KEYS = 1000 };
	const uint64_t first = 0xbf58476d1ce4e5b9u, second = first + 2 * 0x94d049bb133111ebu;
	static uint64_t seen[KEYS];

	(void)state;
	for (uint64_t i = 0; i < KEYS; i++) {
		uint64_t sum = (i ^ i >> 29) * second, x = (0 - sum) * inverse(first);
		const uint64_t key[2] = { x ^ x >> 29 ^ x >> 58, i };

		assert_true((key[0] ^ key[0] >> 29) * first + sum == 0);
		seen[i] = nf_hash(key, 2);
	}
	qsort(seen, KEYS, sizeof(seen[0]), compare);
	for (size_t i = 2; i < KEYS; i++)
		assert_true(seen[i] != seen[i - 2]);
}

/* Keys side by side: the hash of each is what it is alone, however many and long they are. */
static void columns(void **state)
{
	enum { WORDS = 7, KEYS = 5, STRIDE = 6 };
	uint64_t keys[WORDS * STRIDE], hashes[KEYS + 1], key[WORDS];

	(void)state;
	for (size_t i = 0; i < WORDS * STRIDE; i++)
		keys[i] = nf_fold(i + 1, 0x9e3779b97f4a7c15u);
	for (size_t words = 1; words <= WORDS; words++)
		for (size_t n = 0; n <= KEYS; n++) {
			hashes[n] = 42;
			nf_hash_columns(3, 5, keys, STRIDE, words, n, hashes);
			assert_true(hashes[n] == 42);
			for (size_t j = 0; j < n; j++) {
				for (size_t i = 0; i < words; i++)
					key[i] = keys[i * STRIDE + j];
				assert_true(hashes[j] == nf_hash_words(3, 5, key, words));
			}
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_bit),
		cmocka_unit_test(only_the_octets),
		cmocka_unit_test(order),
		cmocka_unit_test(some_of_them),
		cmocka_unit_test(avalanche),
		cmocka_unit_test(not_a_known_sum),
		cmocka_unit_test(columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
