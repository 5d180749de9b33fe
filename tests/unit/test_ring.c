/*
 * The ring: every job is done once, results come in order, whatever the number of threads and
 * however long jobs take.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "out/ring.h"

enum { PLACES = 8 };

struct job {
	uint64_t number;
	uint64_t answer;
	unsigned done;		/* how often */
};

struct run {
	struct job jobs[PLACES];
	unsigned threads;
	unsigned slow;		/* every so many jobs take a millisecond; 0: none does */
	uint64_t taken;
	bool disordered, wrong, beyond;
};

static uint64_t answer_of(uint64_t number)
{
	return number * 0x9e3779b97f4a7c15u + 7;
}

static void work(void *ctx, unsigned who, void *arg)
{
	struct run *run = ctx;
	struct job *job = arg;

	if (run->slow != 0 && job->number % run->slow == 0)
		usleep(1000);
	job->answer = answer_of(job->number);
	job->done++;
	if (who >= run->threads)
		run->beyond = true;
}

static void take(void *ctx, void *arg)
{
	struct run *run = ctx;
	struct job *job = arg;

	run->disordered |= job->number != run->taken;
	run->wrong |= job->done != 1 || job->answer != answer_of(job->number);
	job->done = 0;
	run->taken++;
}

static const struct ring_ops ops = { .work = work, .take = take };

static void go(unsigned threads, unsigned places, unsigned slow, uint64_t n, uint64_t drain)
{
	struct run run = { .threads = threads, .slow = slow };
	struct ring *r = ring_new(&ops, &run, threads, run.jobs, places, sizeof(run.jobs[0]));

	assert_non_null(r);
	for (uint64_t i = 0; i < n; i++) {
		struct job *job = ring_next(r);

		assert_ptr_equal(ring_next(r), job);
		assert_int_equal(job->done, 0);
		job->number = i;
		ring_put(r);
		if (drain != 0 && i % drain == 0) {
			ring_drain(r);
			assert_int_equal(run.taken, i + 1);
		}
		assert_true(run.taken + places > i);
	}
	ring_drain(r);
	ring_drain(r);
	ring_free(r);
	assert_int_equal(run.taken, n);
	assert_false(run.disordered);
	assert_false(run.wrong);
	assert_false(run.beyond);
}

static void in_order(void **state)
{
	(void)state;
	for (unsigned threads = 1; threads <= 7; threads += threads == 3 ? 4 : 1)
		for (unsigned places = 1; places <= PLACES; places = places * 2 + 1) {
			go(threads, places, 0, 5000, 0);
			go(threads, places, 0, 500, 3);
			go(threads, places, 7, 100, 0);
			go(threads, places, 2, 20, 5);
			go(threads, places, 0, 0, 0);
		}
}

/* What was put and never taken is nobody's business at the end. */
static void let_go(void **state)
{
	(void)state;
	for (unsigned threads = 1; threads <= 3; threads++) {
		struct run run = { .threads = threads, .slow = 1 };
		struct ring *r = ring_new(&ops, &run, threads, run.jobs, PLACES,
					  sizeof(run.jobs[0]));

		for (unsigned i = 0; i < PLACES; i++) {
			struct job *job = ring_next(r);

			job->number = i;
			ring_put(r);
		}
		ring_free(r);
		assert_false(run.disordered);
	}
	ring_free(NULL);
}

static void memory_fails(void **state)
{
	struct nomem memory = { .failed = true };

	(void)state;
	for (long n = 0; memory.failed; n++) {
		struct run run = { .threads = 2 };
		struct ring *r;

		memory = (struct nomem){ .left = n };
		nomem_begin(&memory);
		r = ring_new(&ops, &run, 2, run.jobs, PLACES, sizeof(run.jobs[0]));
		assert_int_equal(r == NULL, memory.failed);
		ring_free(r);
		nomem_end(&memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(let_go),
		cmocka_unit_test(memory_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
