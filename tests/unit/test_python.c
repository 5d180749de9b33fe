/* Values as Python's json module writes them: floats, integers of any length, texts. */
#include <config.h>

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "out/python.h"

static void floats(void **state)
{
	static const struct {
		double value;
		const char *text;
	} rows[] = {
		{ 0, "0.0" }, { -0.0, "-0.0" }, { 1, "1.0" }, { -1.5, "-1.5" }, { 0.1, "0.1" },
		{ 1795302991.0954864, "1795302991.0954864" }, { 1795303484.25, "1795303484.25" },
		{ 0.0001, "0.0001" }, { 0.00001, "1e-05" }, { 1.25e-7, "1.25e-07" },
		{ 123456789012345680.0, "1.2345678901234568e+17" },
		{ 9999999999999998.0, "9999999999999998.0" }, { 1e16, "1e+16" }, { 1e100, "1e+100" },
		{ 5e-324, "5e-324" }, { 1.7976931348623157e308, "1.7976931348623157e+308" },
		{ 2.0 / 3, "0.6666666666666666" }, { 100, "100.0" }, { 120, "120.0" },
		{ (double)INFINITY, "Infinity" }, { -(double)INFINITY, "-Infinity" },
		{ (double)NAN, "NaN" },
	};
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		python_float(&s, rows[i].value);
		assert_string_equal(nf_strbuf_cstr(&s), rows[i].text);
		nf_strbuf_clear(&s);
	}
	nf_strbuf_done(&s);
}

static void integers(void **state)
{
	static const struct {
		const char *octets;
		size_t n;
		const char *text;
	} rows[] = {
		{ "", 0, "0" }, { "\0\0\0", 3, "0" }, { "\1\2\3", 3, "66051" },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff", 8, "18446744073709551615" },
		{ "\1\0\0\0\0\0\0\0\0", 9, "18446744073709551616" },
		{ "\0\0\0\0\0\0\0\0\0\0\0\7", 12, "7" },
		/* groups of nine digits that begin with zeros */
		{ "\0\0\0\0\x0d\xe0\xb6\xb3\xa7\x64\0\1", 12, "1000000000000000001" },
		{ "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1", 16,
		  "42540766411282592856903984951653826561" },
		{ "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", 16,
		  "340282366920938463463374607431768211455" },
	};
	uint8_t longest[PYTHON_DECIMAL + 1];
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		python_integer(&s, (struct nf_bytes){ (const uint8_t *)rows[i].octets, rows[i].n });
		assert_string_equal(nf_strbuf_cstr(&s), rows[i].text);
		nf_strbuf_clear(&s);
	}
	memset(longest, 0xff, sizeof(longest));
	python_integer(&s, (struct nf_bytes){ longest, PYTHON_DECIMAL });	/* 2^2048 - 1 */
	assert_int_equal(s.n, 617);
	assert_memory_equal(s.p, "32317006071311007300", 20);
	assert_memory_equal(s.p + s.n - 10, "9596230655", 10);
	nf_strbuf_clear(&s);
	python_integer(&s, (struct nf_bytes){ longest, PYTHON_DECIMAL + 1 });
	assert_int_equal(s.n, 2 * (PYTHON_DECIMAL + 1) + 2);
	assert_int_equal(s.p[0], '"');
	nf_strbuf_done(&s);
}

static void texts(void **state)
{
	static const struct {
		const char *octets;
		size_t n;
		const char *text;
	} rows[] = {
		{ "", 0, "\"\"" },
		{ "eth0\0\0", 6, "\"eth0\\u0000\\u0000\"" },
		{ "\"\\/\b\f\n\r\t", 8, "\"\\\"\\\\/\\b\\f\\n\\r\\t\"" },
		{ "\x1b[0m\x7f", 5, "\"\\u001b[0m\\u007f\"" },
		{ "Z\xc3\xbcrich", 7, "\"Z\\u00fcrich\"" },
		{ "\xf0\x9f\x98\x80", 4, "\"\\ud83d\\ude00\"" },
		{ "\xff'a", 3, "\"b\\\"\\\\xff'a\\\"\"" },
		{ "\xff'\"", 3, "\"b'\\\\xff\\\\'\\\"'\"" },
		{ "\xc3(\n\\", 4, "\"b'\\\\xc3(\\\\n\\\\\\\\'\"" },
	};
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		python_string(&s, (struct nf_bytes){ (const uint8_t *)rows[i].octets, rows[i].n });
		assert_string_equal(nf_strbuf_cstr(&s), rows[i].text);
		nf_strbuf_clear(&s);
	}
	nf_strbuf_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(floats),
		cmocka_unit_test(integers),
		cmocka_unit_test(texts),
	};

	return cmocka_run_group_tests_name("out/python", tests, NULL, NULL);
}
