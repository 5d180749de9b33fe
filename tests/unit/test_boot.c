/* When an exporter was started: restarts, wraps and late messages told apart. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "track/boot.h"

#define T INT64_C(1704067200000)	/* 2024-01-01 */

struct step {
	uint32_t uptime_ms;
	int64_t export_ms, capture_ms;	/* after T */
};

static const struct row {
	const char *name;
	struct step steps[6];
	const char *said;		/* a letter a step: . R W, and F of before a restart */
	int64_t boot_ms;		/* after T */
	int64_t epoch;			/* of the export times, 0: T */
} rows[] = {
	{ .name = "goes on", .steps = { { 1000, 0, 0 }, { 2000, 1000, 1000 }, { 5000, 4000, 4000 } },
	  .said = "...", .boot_ms = -1000 },
	{ .name = "seconds cut off: the latest moment is the best",
	  .steps = { { 1900, 0, 0 }, { 2900, 2000, 1000 }, { 3900, 2000, 2000 } },
	  .said = "...", .boot_ms = -900 },
	{ .name = "started again", .steps = { { 100000, 0, 0 }, { 500, 10000, 10000 } },
	  .said = ".R", .boot_ms = 9500 },
	{ .name = "started again, says an uptime that is longer than what passed",
	  .steps = { { 109000, 0, 0 }, { 5000, 1000, 1000 } }, .said = ".R", .boot_ms = -4000 },
	{ .name = "late", .steps = { { 5000, 0, 0 }, { 4000, -1000, 10 }, { 6000, 1000, 20 } },
	  .said = "...", .boot_ms = -5000 },
	{ .name = "late by long", .steps = { { 500000, 0, 0 }, { 4000, -496000, 10 } },
	  .said = "..", .boot_ms = -500000 },
	{ .name = "two clocks in one exporter",
	  .steps = { { 3872245664, 0, 0 }, { 3872132129, 16000, 16000 } },
	  .said = "..", .boot_ms = -3872245664 },
	{ .name = "the uptime wraps",
	  .steps = { { 4294967000, 0, 0 }, { 704, 1000, 1000 }, { 1704, 2000, 2000 } },
	  .said = ".W.", .boot_ms = -4294967000 },
	{ .name = "it wraps, and then the exporter is started again",
	  .steps = { { 4294967000, 0, 0 }, { 704, 1000, 1000 }, { 100, 9000, 9000 } },
	  .said = ".WR", .boot_ms = 8900 },
	{ .name = "late, from before the restart",
	  .steps = { { 100000, 0, 0 }, { 500, 10000, 10000 }, { 100100, 100, 10010 },
		     { 700, 10200, 10200 }, { 101900, 1000, 10300 }, { 900, 10400, 10400 } },
	  .said = ".RF.F.", .boot_ms = 9500 },
	{ .name = "of a short life before the restart",
	  .steps = { { 1000, 0, 0 }, { 500, 10000, 10000 }, { 5500, 15000, 15000 },
		     { 1100, 100, 15100 }, { 6000, 15500, 15500 } },
	  .said = ".R.F.", .boot_ms = 9500 },
	{ .name = "long after the restart, it is another one",
	  .steps = { { 100000, 0, 0 }, { 500, 10000, 10000 }, { 120100, 20100, 20100 },
		     { 10700, 20200, 20200 } },
	  .said = ".R.R", .boot_ms = 9500 },
	{ .name = "late, from before the wrap",
	  .steps = { { 4294967000, 0, 0 }, { 704, 1000, 1000 }, { 4294967200, 200, 1010 },
		     { 1704, 2000, 2000 } },
	  .said = ".W..", .boot_ms = -4294967000 },
	/* softflowd's header seconds were its uptime: both fall, and the capture's clock tells */
	{ .name = "a clock that was never set",
	  .steps = { { 90000, 90000, 0 }, { 100000, 100000, 10000 }, { 2000, 2000, 20000 } },
	  .said = "..R", .boot_ms = 0, .epoch = 1 },
};

static void steps(void **state)
{
	bool failed = false;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct nf_boot b = { .begun = false };
		int64_t epoch = row->epoch != 0 ? 0 : T;
		char said[8] = "";

		for (size_t j = 0; j < strlen(row->said); j++) {
			const struct step *s = &row->steps[j];

			said[j] = ".FRW"[nf_boot_step(&b, s->uptime_ms, epoch + s->export_ms,
						     T + s->capture_ms)];
		}
		if (strcmp(said, row->said) != 0 || b.boot_ms != epoch + row->boot_ms ||
		    b.clock_wrong != (row->epoch != 0)) {
			print_error("%s: %s, %jd\n", row->name, said, (intmax_t)(b.boot_ms - epoch));
			failed = true;
		}
	}
	assert_false(failed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
