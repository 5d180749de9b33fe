/* Times: eras, NTP fractions, dates (RFC 7011 sections 6.1.7 to 6.1.10). */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "ie/ie.h"

#define NTP_TO_UNIX 2208988800u

static const struct nf_format_ctx in_2023 = { .export_secs = 1700000000 };

/* Two words of four octets. */
static struct nf_bytes words(uint8_t p[8], uint32_t high, uint32_t low)
{
	for (int i = 0; i < 4; i++) {
		p[i] = (uint8_t)(high >> (24 - 8 * i));
		p[4 + i] = (uint8_t)(low >> (24 - 8 * i));
	}
	return (struct nf_bytes){ p, 8 };
}

static const struct {
	enum nf_kind kind;
	uint32_t high, low;	/* seconds: high alone */
	uint32_t export_secs;
	const char *text;
	bool exact;
} times[] = {
	{ NF_KIND_SECONDS, 1700000000, 0, 1700000000, "2023-11-14T22:13:20Z", true },
	{ NF_KIND_SECONDS, 0, 0, 1700000000, "1970-01-01T00:00:00Z", true },
	{ NF_KIND_SECONDS, 0xffffffff, 0, 1700000000, "2106-02-07T06:28:15Z", true },
	{ NF_KIND_SECONDS, 0xffffffff, 0, 0, "2106-02-07T06:28:15Z", true },
	{ NF_KIND_SECONDS, 5, 0, 0xfffffff0, "2106-02-07T06:28:21Z", true },	/* the next era */
	{ NF_KIND_MILLISECONDS, 0x18b, 0xcfe5687b, 1700000000, "2023-11-14T22:13:20.123Z", true },
	{ NF_KIND_MILLISECONDS, 0, 0, 1700000000, "1970-01-01T00:00:00.000Z", true },
	{ NF_KIND_MILLISECONDS, 0xe677, 0xd21fdbff, 0, "9999-12-31T23:59:59.999Z", true },
	{ NF_KIND_MILLISECONDS, 0xe677, 0xd21fdc00, 0, "253402300800000", true },
	{ NF_KIND_MILLISECONDS, 0xffffffff, 0xffffffff, 0, "18446744073709551615", true },
	{ NF_KIND_MICROSECONDS, 1700000000 + NTP_TO_UNIX, 0, 1700000000,
	  "2023-11-14T22:13:20.000000Z", true },
	{ NF_KIND_MICROSECONDS, 1700000000 + NTP_TO_UNIX, 0x80000000, 1700000000,
	  "2023-11-14T22:13:20.500000Z", true },
	{ NF_KIND_MICROSECONDS, 1700000000 + NTP_TO_UNIX, 0x800007ff, 1700000000,
	  "2023-11-14T22:13:20.500000Z", false },	/* the low 11 bits do not count */
	{ NF_KIND_MICROSECONDS, 1700000000 + NTP_TO_UNIX, 0xfffff800, 1700000000,
	  "2023-11-14T22:13:21.000000Z", false },	/* rounding carries */
	{ NF_KIND_NANOSECONDS, 1700000000 + NTP_TO_UNIX, 0xffffffff, 1700000000,
	  "2023-11-14T22:13:21.000000000Z", false },
	{ NF_KIND_NANOSECONDS, 1700000000 + NTP_TO_UNIX, 4, 1700000000,
	  "2023-11-14T22:13:20.000000001Z", true },
	{ NF_KIND_NANOSECONDS, 1700000000 + NTP_TO_UNIX, 5, 1700000000,
	  "2023-11-14T22:13:20.000000001Z", false },
	/* Era 1 of NTP begins 2036-02-07T06:28:16Z. */
	{ NF_KIND_MICROSECONDS, 0xffffffff, 0, 2085978500, "2036-02-07T06:28:15.000000Z", true },
	{ NF_KIND_MICROSECONDS, 0, 0, 2085978490, "2036-02-07T06:28:16.000000Z", true },
	{ NF_KIND_NANOSECONDS, 0, 0, 1700000000, "2036-02-07T06:28:16.000000000Z", true },
	{ NF_KIND_MICROSECONDS, NTP_TO_UNIX - 1, 0, 5, "1969-12-31T23:59:59.000000Z", true },
};

static void eras_and_fractions(void **state)
{
	struct nf_strbuf s;
	char quoted[64];

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		const struct nf_format_ctx ctx = { .export_secs = times[i].export_secs };
		bool date = times[i].text[4] == '-';
		uint8_t p[8];
		struct nf_bytes v = words(p, times[i].high, times[i].low);

		if (times[i].kind == NF_KIND_SECONDS)
			v.n = 4;
		nf_value_text(&s, times[i].kind, v, &ctx);
		assert_string_equal(nf_strbuf_cstr(&s), times[i].text);
		nf_strbuf_clear(&s);
		snprintf(quoted, sizeof(quoted), date ? "\"%s\"" : "%s", times[i].text);
		assert_int_equal(nf_value_json(&s, times[i].kind, v, &ctx), times[i].exact);
		assert_string_equal(nf_strbuf_cstr(&s), quoted);
		nf_strbuf_clear(&s);
	}
	nf_strbuf_done(&s);
}

/* The fraction of a microsecond or nanosecond, as different senders encode it. */
static uint32_t cut(uint64_t n, uint64_t units)
{
	return (uint32_t)((n << 32) / units);
}

static uint32_t rounded(uint64_t n, uint64_t units)
{
	return (uint32_t)(((n << 32) + units / 2) / units);
}

static void check_fraction(enum nf_kind kind, uint32_t fraction, int64_t ns, int exact)
{
	uint8_t p[8];
	struct nf_bytes v = words(p, 1700000000 + NTP_TO_UNIX, fraction);
	int64_t got = 0;

	assert_true(nf_value_time(kind, v, &in_2023, &got));
	assert_true(got == INT64_C(1700000000000000000) + ns);
	if (exact >= 0) {
		struct nf_strbuf s;

		nf_strbuf_init(&s);
		assert_int_equal(nf_value_json(&s, kind, v, &in_2023), exact);
		nf_strbuf_done(&s);
	}
}

/* Every microsecond comes back, whether its sender cut or rounded, cleared the low bits or not. */
static void every_microsecond(void **state)
{
	(void)state;
	for (uint32_t us = 0; us < 1000000; us++) {
		uint32_t low = cut(us, 1000000), near = rounded(us, 1000000);
		bool canonical = us % 97 == 0;	/* looking at JSON takes longer */

		check_fraction(NF_KIND_MICROSECONDS, low & 0xfffff800, us * 1000,
			       canonical ? 1 : -1);
		check_fraction(NF_KIND_MICROSECONDS, low, us * 1000,
			       canonical ? (low & 0x7ff) == 0 : -1);
		check_fraction(NF_KIND_MICROSECONDS, near, us * 1000, -1);
		check_fraction(NF_KIND_MICROSECONDS, near & 0xfffff800, us * 1000, -1);
	}
}

static void many_nanoseconds(void **state)
{
	(void)state;
	for (uint32_t ns = 0; ns < 1000000000; ns += 2503) {
		check_fraction(NF_KIND_NANOSECONDS, cut(ns, 1000000000), ns, ns % 16 == 0 ? 1 : -1);
		check_fraction(NF_KIND_NANOSECONDS, rounded(ns, 1000000000), ns, -1);
	}
}

static void beyond_int64(void **state)
{
	uint8_t p[8];
	int64_t ns;

	(void)state;
	/* 9223372036854 ms are the last whole millisecond. */
	assert_true(nf_value_time(NF_KIND_MILLISECONDS, words(p, 0x863, 0x7bd05af6), NULL, &ns));
	assert_true(ns == INT64_C(9223372036854000000));
	assert_false(nf_value_time(NF_KIND_MILLISECONDS, words(p, 0x863, 0x7bd05af7), NULL, &ns));
	assert_false(nf_value_time(NF_KIND_MILLISECONDS, words(p, 0xffffffff, 0), NULL, &ns));
	assert_false(nf_value_time(NF_KIND_UINT, words(p, 0, 0), NULL, &ns));
	assert_false(nf_value_time(NF_KIND_SECONDS, words(p, 0, 0), NULL, &ns));
}

static void check_date(struct nf_strbuf *s, int64_t second, struct nf_time_cache *cache)
{
	time_t t = (time_t)second;
	char want[64];
	struct tm tm;

	assert_non_null(gmtime_r(&t, &tm));
	snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900,
		 tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
	nf_time_text(s, second * 1000000000, 0, cache);
	assert_string_equal(nf_strbuf_cstr(s), want);
	nf_strbuf_clear(s);
}

/* Every day that int64 nanoseconds reach, against libc. */
static void dates(void **state)
{
	struct nf_time_cache cache = { .v = { { .second = 0 } } };
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (int64_t second = -9223372036; second <= 9223372036; second += 86399)
		check_date(&s, second, second % 2 == 0 ? &cache : NULL);
	check_date(&s, 951782400, NULL);	/* 2000-02-29 */
	check_date(&s, 951868799, NULL);
	check_date(&s, -1, NULL);
	check_date(&s, 0, NULL);
	nf_strbuf_done(&s);
}

/* Years that nanoseconds do not reach, through the milliseconds that do. */
static void far_years(void **state)
{
	struct nf_strbuf s;
	char want[64];

	(void)state;
	nf_strbuf_init(&s);
	for (int64_t second = 0; second < 253402300800; second += 86400 * 29 + 3601) {
		uint64_t ms = (uint64_t)second * 1000;
		time_t t = (time_t)second;
		uint8_t p[8];
		struct tm tm;

		assert_non_null(gmtime_r(&t, &tm));
		snprintf(want, sizeof(want), "%04d-%02d-%02dT%02d:%02d:%02d.000Z",
			 tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min,
			 tm.tm_sec);
		nf_value_text(&s, NF_KIND_MILLISECONDS,
			      words(p, (uint32_t)(ms >> 32), (uint32_t)ms), NULL);
		assert_string_equal(nf_strbuf_cstr(&s), want);
		nf_strbuf_clear(&s);
	}
	nf_strbuf_done(&s);
}

static void digits(void **state)
{
	static const struct {
		int64_t ns;
		unsigned digits;
		const char *text;
	} rows[] = {
		{ 1672534805002000000, 6, "2023-01-01T01:00:05.002000Z" },
		{ 1672534805002000000, 0, "2023-01-01T01:00:05Z" },
		{ 1672534805999999999, 3, "2023-01-01T01:00:05.999Z" },	/* cut */
		{ 1672534805123456789, 9, "2023-01-01T01:00:05.123456789Z" },
		{ 1672534805123456789, 1, "2023-01-01T01:00:05.1Z" },
		{ 1672534805123456789, 20, "2023-01-01T01:00:05.123456789Z" },
		{ -1, 9, "1969-12-31T23:59:59.999999999Z" },
		{ INT64_MIN, 9, "1677-09-21T00:12:43.145224192Z" },
		{ INT64_MAX, 9, "2262-04-11T23:47:16.854775807Z" },
	};
	struct nf_time_cache cache = { .v = { { .second = 0 } } };
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		nf_time_text(&s, rows[i / 2].ns, rows[i / 2].digits, &cache);
		assert_string_equal(nf_strbuf_cstr(&s), rows[i / 2].text);
		nf_strbuf_clear(&s);
	}
	nf_strbuf_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(eras_and_fractions),
		cmocka_unit_test(every_microsecond),
		cmocka_unit_test(many_nanoseconds),
		cmocka_unit_test(beyond_int64),
		cmocka_unit_test(dates),
		cmocka_unit_test(far_years),
		cmocka_unit_test(digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
