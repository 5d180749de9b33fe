/* The queue between who receives and who reads: order, bound, end, and what is lost. */
#include <config.h>

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <poll.h>
#include <pthread.h>
#include <string.h>

#include "capture/queue.h"

enum { SLOTS = 256, LONG = 5000 };

static struct queue *open_queue(void)
{
	struct nf_err err;
	struct queue *q = queue_new(1, &err);	/* the least that it takes */

	assert_non_null(q);
	return q;
}

/* Datagram NUMBER, whose octets say so; a long one every 100. */
static void fill(struct queue *q, struct queue_slot *slot, uint32_t number)
{
	slot->ts_ns = number;
	slot->n = number % 100 == 99 ? LONG : sizeof(number);
	slot->large = NULL;
	slot->lost = false;
	if (slot->n > QUEUE_OCTETS)
		slot->lost = !queue_large(q, slot);
	if (!slot->lost)
		memcpy(slot->large != NULL ? slot->large : slot->octets, &number, sizeof(number));
}

static uint32_t number_of(const struct queue_slot *slot)
{
	uint32_t number;

	memcpy(&number, slot->large != NULL ? slot->large : slot->octets, sizeof(number));
	assert_int_equal(slot->ts_ns, number);
	return number;
}

/* N more, as far as there is room; how many. */
static size_t put(struct queue *q, uint32_t from, size_t n)
{
	struct queue_slot *first;
	size_t room = queue_room(q, n, &first);

	for (size_t i = 0; i < room; i++)
		fill(q, queue_slot(first, i), from + (uint32_t)i);
	queue_put(q, room);
	return room;
}

static void bound(void **state)
{
	struct queue *q = open_queue();
	const struct queue_slot *slot;
	size_t n = 0, got = 0;

	(void)state;
	while (put(q, 1, 1) == 1)
		n++;
	assert_int_equal(n, SLOTS);
	while ((slot = queue_next(q)) != NULL) {
		assert_int_equal(number_of(slot), 1);
		got++;
	}
	assert_int_equal(got, n);
	assert_int_equal(put(q, 0, 64), 64);
	queue_free(q);
}

/* Long ones count by their octets; those over the bound are lost, counted, and passed over. */
static void long_ones(void **state)
{
	struct queue *q = open_queue();
	size_t n = 0, got = 0;

	(void)state;
	while (put(q, 99, 1) == 1)
		n++;
	assert_true(n < SLOTS);
	while (queue_next(q) != NULL)
		got++;
	assert_int_equal(n - got, queue_counts(q).dropped);
	assert_int_equal(put(q, 99, 1), 1);
	queue_free(q);
}

static void waking(void **state)
{
	struct queue *q = open_queue();
	struct pollfd p = { .fd = queue_fd(q), .events = POLLIN };

	(void)state;
	assert_null(queue_next(q));
	assert_true(queue_idle(q));
	assert_int_equal(poll(&p, 1, 0), 0);
	put(q, 0, 1);
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_false(queue_idle(q));
	assert_non_null(queue_next(q));
	assert_null(queue_next(q));
	assert_true(queue_idle(q));
	assert_false(queue_ended(q));
	queue_end(q);
	assert_int_equal(poll(&p, 1, 0), 1);
	assert_false(queue_idle(q));
	assert_true(queue_ended(q));
	queue_free(q);
}

enum { MANY = 20000 };

static void *producer(void *ctx)
{
	static const atomic_bool never = false;
	struct queue *q = ctx;

	for (uint32_t i = 0; i < MANY; ) {
		size_t n = put(q, i, i % 64 + 1 < MANY - i ? i % 64 + 1 : MANY - i);

		if (n == 0)
			queue_wait_room(q, &never);
		i += (uint32_t)n;
	}
	queue_end(q);
	return NULL;
}

/* Two threads: everything comes, in order, but for long ones that were counted. */
static void threads(void **state)
{
	struct queue *q = open_queue();
	const struct queue_slot *slot;
	uint32_t got = 0;
	int64_t last = -1;
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, producer, q), 0);
	while (!queue_ended(q)) {
		struct pollfd p = { .fd = queue_fd(q), .events = POLLIN };

		while ((slot = queue_next(q)) != NULL) {
			assert_true((int64_t)number_of(slot) > last);
			last = slot->ts_ns;
			got++;
		}
		if (queue_idle(q))
			poll(&p, 1, -1);
	}
	pthread_join(thread, NULL);
	assert_int_equal(got + queue_counts(q).dropped, MANY);
	queue_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bound),
		cmocka_unit_test(long_ones),
		cmocka_unit_test(waking),
		cmocka_unit_test(threads),
	};

	return cmocka_run_group_tests_name("queue", tests, NULL, NULL);
}
