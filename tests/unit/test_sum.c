/* The Internet's checksum: summed at once, it is what it is word by word. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/sum.h"

enum { LONGEST = 200, PLACES = 8 };

/* As RFC 768 and RFC 791 say it. */
static uint16_t word_by_word(const uint8_t *p, size_t n)
{
	uint64_t sum = 0;

	for (; n >= 2; n -= 2, p += 2)
		sum += nf_be16(p);
	if (n > 0)
		sum += (uint64_t)p[0] << 8;
	return nf_sum16_fold(sum);
}

/* Of every length, wherever the octets stand. */
static void check_all(const uint8_t octets[PLACES + LONGEST])
{
	for (size_t at = 0; at < PLACES; at++)
		for (size_t n = 0; n <= LONGEST; n++)
			assert_int_equal(nf_sum16(octets + at, n), word_by_word(octets + at, n));
}

/* RFC 1071 section 3: the example. */
static void example(void **state)
{
	static const uint8_t octets[] = { 0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7 };

	(void)state;
	assert_int_equal(nf_sum16(octets, sizeof(octets)), 0xddf2);
}

/* Nothing is carried, or each word carries; 0 and ffff are told apart. */
static void all_alike(void **state)
{
	static const uint8_t values[] = { 0x00, 0x01, 0x7f, 0x80, 0xfe, 0xff };
	uint8_t octets[PLACES + LONGEST];

	(void)state;
	for (size_t v = 0; v < sizeof(values); v++) {
		for (size_t i = 0; i < sizeof(octets); i++)
			octets[i] = values[v];
		check_all(octets);
	}
}

static void mixed(void **state)
{
	uint8_t octets[PLACES + LONGEST];
	uint32_t seed = 1;

	(void)state;
	for (unsigned round = 0; round < 50; round++) {
		for (size_t i = 0; i < sizeof(octets); i++) {
			seed = seed * 1664525 + 1013904223;
			octets[i] = round % 2 == 0 || seed >> 31 ? (uint8_t)(seed >> 16) : 0xff;
		}
		check_all(octets);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(example),
		cmocka_unit_test(all_alike),
		cmocka_unit_test(mixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
