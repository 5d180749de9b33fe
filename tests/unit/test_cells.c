/* Columns of numbers as text: what is made of many at once is what is made of each. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "base/cells.h"
#include "base/digits.h"

enum { ROOM = NF_ROOM_U64 + NF_CELL };

static struct nf_cells cells;

static void is_text(unsigned i, const char *text, size_t n)
{
	assert_int_equal(cells.n[i], n);
	assert_memory_equal(cells.text[i] + NF_CELL - n, text, n);
}

/* -- Numbers -------------------------------------------------------------------------- */

static void are_numbers(const uint64_t *v, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		char text[ROOM];
		size_t digits = (size_t)(nf_put_u64(text, v[i]) - text);

		is_text(i, text, digits <= NF_CELL ? digits : 0);
	}
}

/* As sheets do it, and as if they were longer than they are. */
static void check_numbers(const uint64_t *v, unsigned n)
{
	struct nf_cells_bits bits;
	uint32_t narrow[NF_CELLS], any = 0, all = UINT32_MAX;
	bool fits = true;

	for (unsigned i = 0; i < n; i++) {
		any |= (uint32_t)v[i];
		all &= (uint32_t)v[i];
		fits &= v[i] <= UINT32_MAX;
	}
	assert_int_equal(nf_cells_narrow(narrow, v, n, &bits), fits);
	assert_int_equal(bits.any, any);
	assert_int_equal(bits.all, all);
	if (fits) {
		nf_cells_numbers(&cells, narrow, n, bits.any);
		are_numbers(v, n);
	}
	nf_cells_long(&cells, v, n);
	are_numbers(v, n);
}

/* Each number of digits, and each power of two, from both sides, among small ones and alone. */
static void edges(void **state)
{
	uint64_t v[NF_CELLS_STEP];

	(void)state;
	for (unsigned power = 0; power < 64 + 20; power++) {
		uint64_t edge = power < 64 ? UINT64_C(1) << power :
				power == 64 ? 1 : nf_powers_of_ten[power - 64];

		for (unsigned at = 0; at < NF_CELLS_STEP; at++)
			for (unsigned off = 0; off < 5; off++) {
				for (unsigned i = 0; i < NF_CELLS_STEP; i++)
					v[i] = at == 0 ? edge + off - 2 : i;
				v[at] = edge + off - 2;
				check_numbers(v, NF_CELLS_STEP);
			}
	}
}

/* All up to 100,000, of which most are, and then ever fewer of the others. */
static void counted(void **state)
{
	uint64_t v[NF_CELLS], next = 0;

	(void)state;
	while (next < UINT64_C(1) << 33) {
		for (unsigned i = 0; i < NF_CELLS; i++, next += 1 + next / 100000 * 7)
			v[i] = next;
		check_numbers(v, NF_CELLS);
	}
}

/* Of any length, side by side. */
static void mixed(void **state)
{
	uint64_t v[NF_CELLS], random = 1;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		for (unsigned i = 0; i < NF_CELLS; i++) {
			random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
			v[i] = random >> (random >> 58);
			v[i] >>= round % 3 * 16;
		}
		check_numbers(v, NF_CELLS_STEP * (1 + round % 4));
	}
}

/* -- Others --------------------------------------------------------------------------- */

static const uint8_t octets[] = { 0, 1, 9, 10, 11, 99, 100, 101, 127, 199, 200, 249, 250, 255 };

enum { OCTETS = sizeof(octets) };

/* All lengths of the four octets, beside each other. */
static void addresses(void **state)
{
	uint32_t v[NF_CELLS_STEP];

	(void)state;
	for (uint32_t a = 0; a < OCTETS * OCTETS * OCTETS * OCTETS; a += NF_CELLS_STEP) {
		for (uint32_t i = 0, at; i < NF_CELLS_STEP; i++) {
			at = a + i;
			v[i] = 0;
			for (unsigned j = 0; j < 4; j++, at /= OCTETS)
				v[i] = v[i] << 8 | octets[at % OCTETS];
		}
		nf_cells_ipv4(&cells, v, NF_CELLS_STEP);
		for (unsigned i = 0; i < NF_CELLS_STEP; i++) {
			const uint8_t wire[4] = {
				(uint8_t)(v[i] >> 24), (uint8_t)(v[i] >> 16), (uint8_t)(v[i] >> 8),
				(uint8_t)v[i],
			};
			char text[NF_ROOM_IPV4 + 4];

			is_text(i, text, (size_t)(nf_put_ipv4(text, wire) - text));
		}
	}
}

static void hexadecimal(void **state)
{
	uint32_t v[NF_CELLS], mask;

	(void)state;
	for (unsigned n = 1; n <= 4; n++)
		for (uint32_t step = 1; step < UINT32_MAX / NF_CELLS; step = step * 3 + 1) {
			mask = UINT32_MAX >> (32 - 8 * n);
			for (uint32_t i = 0; i < NF_CELLS; i++)
				v[i] = i * step & mask;
			nf_cells_hex(&cells, v, NF_CELLS, n);
			for (unsigned i = 0; i < NF_CELLS; i++) {
				char text[8], *p = text;

				for (unsigned j = n; j-- > 0;)
					p = nf_put_hex_octet(p, (uint8_t)(v[i] >> 8 * j));
				is_text(i, text, 2 * n);
			}
		}
}

enum { LENGTH = 11 };

/* Where LENGTH octets from AT on are read in the word at WORD. */
static struct nf_cells_from in_word(unsigned word, unsigned at, unsigned length)
{
	return (struct nf_cells_from){
		.offset = word, .mask = UINT32_MAX >> (32 - 8 * length),
		.shift = (uint8_t)(32 - 8 * (at - word + length)) };
}

static void are_read(const uint8_t *const *records, unsigned at, unsigned length,
		     const uint32_t *v, struct nf_cells_bits bits)
{
	uint32_t any = 0, all = UINT32_MAX;

	for (unsigned i = 0; i < NF_CELLS; i++) {
		assert_int_equal(v[i], nf_ben(records[i] + at, length));
		any |= v[i];
		all &= v[i];
	}
	assert_int_equal(bits.any, any);
	assert_int_equal(bits.all, all);
}

/* Every length at every place of records, the last one included; and all others in its word. */
static void records_are_read(void **state)
{
	uint8_t wire[NF_CELLS * LENGTH];
	const uint8_t *records[NF_CELLS];
	uint32_t v[NF_CELLS], words[NF_CELLS];
	struct nf_cells_from from;

	(void)state;
	for (size_t i = 0; i < sizeof(wire); i++)
		wire[i] = (uint8_t)(i * 37 + i / 256);
	for (unsigned i = 0; i < NF_CELLS; i++)
		records[i] = wire + i * LENGTH;
	for (unsigned length = 1; length <= 4; length++)
		for (unsigned at = 0; at + length <= LENGTH; at++) {
			unsigned word = at < LENGTH - 4 ? at : LENGTH - 4;

			from = in_word(word, at, length);
			are_read(records, at, length, v,
				 nf_cells_read(v, words, records, NF_CELLS, &from));
			for (unsigned other = word; other + length <= word + 4; other++) {
				from = in_word(word, other, length);
				are_read(records, other, length, v,
					 nf_cells_again(v, words, NF_CELLS, &from));
			}
		}
}

static void one_for_all(void **state)
{
	const uint32_t v[NF_CELLS_STEP] = { 70, 70, 70, 70, 70, 70, 70, 70 };

	(void)state;
	nf_cells_numbers(&cells, v, NF_CELLS_STEP, 70);
	nf_cells_repeat(&cells, NF_CELLS);
	for (unsigned i = 0; i < NF_CELLS; i++)
		is_text(i, "70", 2);
}

/* A processor that makes none is said to have none; so is this one, where it is refused. */
static void refused(void **state)
{
	(void)state;
	nf_cells_refuse(true);
	assert_false(nf_cells_here());
	nf_cells_refuse(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edges),
		cmocka_unit_test(counted),
		cmocka_unit_test(mixed),
		cmocka_unit_test(addresses),
		cmocka_unit_test(hexadecimal),
		cmocka_unit_test(records_are_read),
		cmocka_unit_test(one_for_all),
		cmocka_unit_test(refused),
	};

	if (!nf_cells_here())
		return 77;	/* nobody calls them here */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
