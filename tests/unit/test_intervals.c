/* Statistics by interval: where rows begin, what is in them, hostile stamps, bars. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "model/intervals.h"
#include "out/intervals.h"

static const int64_t second = INT64_C(1000000000);

/* One message of OCTETS at TS. */
static void take(struct intervals *x, struct stats *s, int64_t ts, uint64_t octets)
{
	intervals_at(x, s, ts);
	s->versions[5].messages++;
	s->versions[5].flows += 2;
	s->versions[5].sums[STATS_OCTETS] += octets;
}

static void rows(void **state)
{
	static const struct {
		int64_t index;
		uint64_t messages, octets;
	} wanted[] = {
		{ INT64_MIN / 10000000000, 1, 64 }, { -1, 1, 32 }, { 0, 3, 7 }, { 2, 1, 8 },
		{ INT64_MAX / 10000000000, 1, 16 },
	};
	struct intervals *x = intervals_new(10 * second, 0);
	struct stats s = { .headerless = 0 };

	(void)state;
	assert_non_null(x);
	take(x, &s, 0, 1);
	take(x, &s, 10 * second - 1, 2);
	take(x, &s, 20 * second, 8);
	take(x, &s, 5 * second, 4);	/* back again */
	take(x, &s, INT64_MAX, 16);
	take(x, &s, -1, 32);
	take(x, &s, INT64_MIN, 64);
	intervals_at(x, &s, 77 * second);	/* nothing comes of it */
	intervals_end(x, &s);
	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		const struct intervals_row *row = intervals_row(x, i);

		assert_non_null(row);
		assert_true(row->index == wanted[i].index);
		assert_int_equal(row->grew.messages, wanted[i].messages);
		assert_int_equal(row->grew.flows, 2 * wanted[i].messages);
		assert_int_equal(row->grew.sums[STATS_OCTETS], wanted[i].octets);
	}
	assert_null(intervals_row(x, sizeof(wanted) / sizeof(wanted[0])));
	assert_int_equal(intervals_beyond(x).messages, 0);
	intervals_free(x);
}

/* A million stamps, all far apart: as many rows as there may be, and the rest in one sum. */
static void bounded(void **state)
{
	struct intervals *x = intervals_new(second / 1000, 1000);
	struct intervals_view view = { .intervals = x, .utf8 = true };
	struct stats s = { .headerless = 0 };
	struct nf_strbuf text;
	uint64_t seed = 1, sum = 0;
	size_t n = 0, lines = 0;

	(void)state;
	assert_non_null(x);
	for (int i = 0; i < 1000000; i++) {
		seed = seed * 6364136223846793005u + 1442695040888963407u;
		take(x, &s, (int64_t)seed, 1);
	}
	intervals_end(x, &s);
	for (; intervals_row(x, n) != NULL; n++) {
		sum += intervals_row(x, n)->grew.messages;
		assert_true(n == 0 || intervals_row(x, n)->index > intervals_row(x, n - 1)->index);
	}
	assert_int_equal(n, 1000);
	assert_int_equal(sum + intervals_beyond(x).messages, 1000000);
	nf_strbuf_init(&text);
	view.width = 80;
	intervals_text(&text, &view);
	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	assert_true(!text.failed && lines < 4000);
	nf_strbuf_done(&text);
	intervals_free(x);
}

/* Bars: the longest is as long as there is room for, the others in proportion, none vanishes. */
static void bars(void **state)
{
	struct intervals *x = intervals_new(second, 0);
	struct intervals_view view = { .intervals = x, .width = 77 };
	struct stats s = { .headerless = 0 };
	struct nf_strbuf text;

	(void)state;
	assert_non_null(x);
	take(x, &s, 0, 8000);
	take(x, &s, 1 * second, 4000);
	take(x, &s, 2 * second, 1);
	take(x, &s, 3 * second, 0);
	intervals_end(x, &s);
	nf_strbuf_init(&text);
	view.utf8 = false;
	intervals_text(&text, &view);
	assert_non_null(strstr(nf_strbuf_cstr(&text), "8000  ############\n"));
	assert_non_null(strstr(nf_strbuf_cstr(&text), "4000  ######\n"));
	assert_non_null(strstr(nf_strbuf_cstr(&text), " 1  #\n"));
	assert_non_null(strstr(nf_strbuf_cstr(&text), " 0\n"));
	nf_strbuf_clear(&text);
	view.width = 70;
	view.utf8 = true;
	intervals_text(&text, &view);
	assert_non_null(strstr(nf_strbuf_cstr(&text), "8000  █████\n"));
	assert_non_null(strstr(nf_strbuf_cstr(&text), "4000  ██▌\n"));
	assert_non_null(strstr(nf_strbuf_cstr(&text), " 1  ▏\n"));
	nf_strbuf_done(&text);
	intervals_free(x);
}

static void out_of_memory(void **state)
{
	bool failed = true;

	(void)state;
	for (long n = 0; failed; n++) {
		struct nomem memory = { .left = n };
		struct stats s = { .headerless = 0 };
		struct intervals *x;
		uint64_t sum = 0;

		nomem_begin(&memory);
		x = intervals_new(second, 0);
		for (int i = 0; x != NULL && i < 200; i++)
			take(x, &s, i * 7 % 50 * second, 1);
		if (x != NULL) {
			intervals_end(x, &s);
			for (size_t i = 0; intervals_row(x, i) != NULL; i++)
				sum += intervals_row(x, i)->grew.messages;
			assert_int_equal(sum + intervals_beyond(x).messages, 200);
		}
		intervals_free(x);
		nomem_end(&memory);
		failed = memory.failed;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows),
		cmocka_unit_test(bounded),
		cmocka_unit_test(bars),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
