/* The string buffer and the digits, against printf. */
#include <config.h>

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/digits.h"
#include "base/strbuf.h"
#include "lib/nomem.h"

/* S holds TEXT; it is then emptied. */
static void expect(struct nf_strbuf *s, const char *text)
{
	assert_string_equal(nf_strbuf_cstr(s), text);
	nf_strbuf_clear(s);
}

static void check_number(struct nf_strbuf *s, uint64_t v)
{
	char text[32];

	snprintf(text, sizeof(text), "%" PRIu64, v);
	assert_int_equal(nf_decimal_digits(v), strlen(text));
	nf_sb_u64(s, v);
	expect(s, text);
	if (v <= UINT32_MAX && nf_sb_room(s, NF_ROOM_U64)) {
		s->n = (size_t)(nf_put_u32(s->p, (uint32_t)v) - s->p);
		expect(s, text);
	}
	snprintf(text, sizeof(text), "%" PRId64, (int64_t)v);
	nf_sb_i64(s, (int64_t)v);
	expect(s, text);
	snprintf(text, sizeof(text), "%05" PRIx64, v);
	nf_sb_hex_int(s, v, 5);
	expect(s, text);
}

static void numbers(void **state)
{
	struct nf_strbuf s;
	uint64_t power = 1;

	(void)state;
	nf_strbuf_init(&s);
	for (uint64_t v = 0; v < 100000; v++)
		check_number(&s, v);
	for (int i = 0; i < 20; i++, power *= 10) {
		check_number(&s, power - 1);
		check_number(&s, power);
		check_number(&s, power + 1);
	}
	for (int bit = 0; bit < 64; bit++) {
		check_number(&s, UINT64_C(1) << bit);
		check_number(&s, (UINT64_C(1) << bit) - 1);
	}
	check_number(&s, UINT64_MAX);
	check_number(&s, (uint64_t)INT64_MIN);
	nf_strbuf_done(&s);
}

static void fixed_width(void **state)
{
	static const struct {
		uint64_t v;
		unsigned width;
		const char *text;
	} rows[] = {
		{ 0, 0, "" }, { 7, 0, "" }, { 7, 1, "7" }, { 17, 1, "7" }, { 7, 2, "07" },
		{ 1234, 3, "234" }, { 5, 9, "000000005" }, { 999999999, 9, "999999999" },
		{ UINT64_MAX, 20, "18446744073709551615" }, { 1, 22, "0000000000000000000001" },
	};
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		nf_sb_digits(&s, rows[i].v, rows[i].width);
		expect(&s, rows[i].text);
	}
	nf_strbuf_done(&s);
}

static void octets(void **state)
{
	struct nf_strbuf s;
	char want[8], got[8];

	(void)state;
	nf_strbuf_init(&s);
	for (unsigned v = 0; v < 256; v++) {
		const uint8_t octet = (uint8_t)v;

		snprintf(want, sizeof(want), "%u", v);
		*nf_put_octet(got, octet) = '\0';
		assert_string_equal(got, want);
		snprintf(want, sizeof(want), "%02x", v);
		nf_sb_hex(&s, &octet, 1);
		expect(&s, want);
	}
	nf_sb_hex(&s, NULL, 0);
	expect(&s, "");
	nf_strbuf_done(&s);
}

static void pieces(void **state)
{
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	nf_sb_str(&s, "ab");
	nf_sb_char(&s, 'c');
	nf_sb_mem(&s, "", 0);
	nf_sb_pad(&s, '.', 3);
	nf_sb_pad(&s, '.', 0);
	nf_sb_printf(&s, "%d-%s", 42, "x");
	expect(&s, "abc...42-x");
	expect(&s, "");
	nf_strbuf_done(&s);
}

/* A buffer that could not grow stays failed, and nothing is written behind its end. */
static void no_memory(void **state)
{
	struct nomem memory = { .left = 1 };
	struct nf_strbuf s;

	(void)state;
	nomem_begin(&memory);
	nf_strbuf_init(&s);
	nf_sb_str(&s, "abc");
	assert_false(s.failed);
	nf_sb_pad(&s, 'x', 100000);
	assert_true(s.failed);
	for (int i = 0; i < 1000; i++) {
		nf_sb_u64(&s, UINT64_MAX);
		nf_sb_str(&s, "more");
		nf_sb_hex(&s, (const uint8_t *)"more", 4);
		nf_sb_printf(&s, "%s", "more");
	}
	assert_true(s.failed);
	assert_true(s.n <= s.cap);
	assert_false(nf_strbuf_grow(&s, SIZE_MAX));
	nf_strbuf_done(&s);
	nomem_end(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(fixed_width),
		cmocka_unit_test(octets),
		cmocka_unit_test(pieces),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
