/* What comes over time: pieces that grow with the capture, and lose nothing. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/timeline.h"

enum { EVENTS = 3000 };

static const int64_t second = INT64_C(1000000000);

struct event {
	int64_t ts;
	uint32_t octets;
	int32_t lost;
};

static uint64_t random_state = 88172645463325252u;

static uint64_t next_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 7;
	random_state ^= random_state << 17;
	return random_state;
}

/* Some before their export time, which is no delay. */
static int64_t delay_of(const struct event *e)
{
	return ((int64_t)e->octets - 200) * 1000000;
}

static void play(struct timeline *t, const struct event *v, size_t n)
{
	struct stats_version total = { .messages = 0 };
	uint64_t lost = 1u << 30;

	for (size_t i = 0; i < n; i++) {
		timeline_at(t, &total, lost, v[i].ts);
		timeline_delay(t, delay_of(&v[i]));
		total.messages++;
		total.octets += v[i].octets;
		lost += (uint64_t)(int64_t)v[i].lost;
	}
	timeline_settle(t, &total, lost);
	timeline_settle(t, &total, lost);
}

/* Each piece has just what was captured in it. */
static void check(const struct timeline *t, const struct event *v, size_t n)
{
	uint64_t messages = 0;

	assert_true(t->n <= TIMELINE_PIECES);
	for (unsigned i = 0; i < TIMELINE_PIECES; i++) {
		const struct timeline_piece *piece = timeline_piece(t, i);
		struct timeline_piece wanted = { .lost = 0 };

		for (size_t j = 0; j < n; j++) {
			__int128 begin = (__int128)(t->first + i) * t->length;

			if (v[j].ts < begin || v[j].ts >= begin + t->length)
				continue;
			wanted.grew.messages++;
			wanted.grew.octets += v[j].octets;
			wanted.lost += v[j].lost;
			if (wanted.delay_ns < delay_of(&v[j]))
				wanted.delay_ns = delay_of(&v[j]);
		}
		assert_memory_equal(piece, &wanted, sizeof(wanted));
		assert_true(i < t->n || wanted.grew.messages == 0);
		messages += wanted.grew.messages;
	}
	assert_int_equal(messages, n);
}

static void nothing_is_lost(void **state)
{
	static struct event v[EVENTS];
	static struct timeline t;

	(void)state;
	/* from seconds to years, in order and not, before and after 1970 */
	for (unsigned round = 0; round < 24; round++) {
		int64_t range = second << (round % 12 * 3 % 33);
		int64_t begin = round % 2 != 0 ? -range / 3 : 1700000000 * second;

		for (size_t i = 0; i < EVENTS; i++) {
			int64_t part = range / EVENTS * (int64_t)i;

			v[i].ts = begin + (round % 3 == 0 ? part :
					   (int64_t)(next_random() % (uint64_t)range));
			v[i].octets = (uint32_t)(next_random() % 1500);
			v[i].lost = (int32_t)(next_random() % 100) - 30;
		}
		timeline_init(&t, 0);
		play(&t, v, EVENTS);
		check(&t, v, EVENTS);
	}
}

static void stamps_may_be_anything(void **state)
{
	static const struct event v[] = {
		{ 0, 1, 0 }, { INT64_MAX, 2, 1 }, { INT64_MIN, 4, 0 }, { -1, 8, 0 }, { 1, 16, 0 },
	};
	static struct timeline t;

	(void)state;
	timeline_init(&t, 0);
	play(&t, v, sizeof(v) / sizeof(v[0]));
	check(&t, v, sizeof(v) / sizeof(v[0]));
	assert_true(timeline_time(&t, 0) < 0);
	assert_true(timeline_time(&t, t.n - 1) > 0);
}

/* A short capture keeps its seconds; one twice as long as there is room for has pieces of two. */
static void lengths(void **state)
{
	static const struct event minute[] = { { 0, 1, 0 }, { 59 * INT64_C(1000000000), 1, 0 } };
	static const struct event longer[] = { { 0, 1, 0 }, { 512 * INT64_C(1000000000), 1, 0 } };
	static struct timeline t;

	(void)state;
	timeline_init(&t, 0);
	play(&t, minute, 2);
	assert_int_equal(t.length, second);
	assert_int_equal(t.n, 60);
	timeline_init(&t, 0);
	play(&t, longer, 2);
	assert_int_equal(t.length, 2 * second);
	assert_int_equal(t.n, 257);
	assert_int_equal(timeline_time(&t, 256), 512 * second);
	timeline_init(&t, second / 10);
	play(&t, minute, 2);
	assert_int_equal(t.length, second / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost),
		cmocka_unit_test(stamps_may_be_anything),
		cmocka_unit_test(lengths),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
