/* Profiles and baselines: lines that the user wrote. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "main/baseline.h"
#include "main/lines.h"
#include "main/severities.h"

/* -- Lines of profiles ---------------------------------------------------------------- */

static void profile_lines(void **state)
{
	static const struct {
		const char *line;
		int value;		/* of nsecs-out-of-range; -1: not a line */
		const char *says;
	} rows[] = {
		{ "nsecs-out-of-range=off", CHECK_OFF, NULL },
		{ " nsecs-out-of-range\t= note  # for now", 1 + NF_NOTE, NULL },
		{ "nsecs-out-of-range=warning", 1 + NF_WARNING, NULL },
		{ "nsecs-out-of-range=error", 1 + NF_ERROR, NULL },
		{ "", CHECK_BY_DEFAULT, NULL },
		{ "   # nsecs-out-of-range=off", CHECK_BY_DEFAULT, NULL },
		{ "v9-empty-packet=off", CHECK_BY_DEFAULT, NULL },
		{ "nsecs-out-of-range", -1, "RULE=SEVERITY" },
		{ "nsecs-out-of-range=", -1, "none of off" },
		{ "nsecs-out-of-range=bad", -1, "\"bad\" is none of off, note, warning, error" },
		{ "nsecs-out-of-rnge=off", -1, "did you mean nsecs-out-of-range?" },
		{ "zzz=off", -1, "see nfpcap rules" },
		{ "=off", -1, "there is no rule \"\"" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct severities s;
		struct nf_err err;
		int got;

		memset(s.of, CHECK_BY_DEFAULT, sizeof(s.of));
		got = severities_line(&s, rows[i].line, &err);
		if (rows[i].value < 0) {
			assert_int_equal(got, -1);
			assert_int_equal(err.kind, NF_ERR_USAGE);
			if (strstr(err.text, rows[i].says) == NULL)
				fail_msg("%s: %s", rows[i].line, err.text);
		} else {
			assert_int_equal(got, 0);
			assert_int_equal(s.of[CHECK_NSECS_OUT_OF_RANGE], rows[i].value);
		}
	}
}

static void long_line(void **state)
{
	char line[LINES_LONGEST + 10];
	struct severities s;
	struct nf_err err;

	(void)state;
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	assert_int_equal(severities_line(&s, line, &err), -1);
}

/* -- Baselines ------------------------------------------------------------------------ */

static const struct check_stream_id stream = {
	.src = { .addr = { .family = 4, .octets = { 192, 0, 2, 1 } }, .port = 2055 },
	.version = 9, .domain = 7,
};

static const struct row {
	const char *line;
	bool accepts;			/* the finding below */
	const char *says;		/* where it is no row */
} rows[] = {
	{ "v9-empty-packet 192.0.2.1 9 7 256 - 3", true, NULL },
	{ "  v9-empty-packet\t192.0.2.1 9 7  256 -   3", true, NULL },
	{ "* * * * * * *", true, NULL },
	{ "v9-empty-packet * 9 * 256 * *", true, NULL },
	{ "v9-empty-packet 192.0.2.1 9 7 256 - 4", false, NULL },
	{ "v9-empty-packet 192.0.2.1 9 7 - - 3", false, NULL },
	{ "v9-empty-packet 192.0.2.10 9 * 256 - 3", false, NULL },
	{ "nsecs-out-of-range 192.0.2.1 9 7 256 - 3", false, NULL },
	{ "v9-empty-packet 192.0.2.1 9 7 256 -", false, "6 words where a row has 7" },
	{ "v9-empty-packet 192.0.2.1 9 7 256 - 3 4", false, "8 words where a row has 7" },
	{ "v9-empty-paket 192.0.2.1 9 7 256 - 3", false, "did you mean v9-empty-packet?" },
	{ "", false, NULL },
};

static struct check_finding finding(void)
{
	return (struct check_finding){
		.rule = CHECK_V9_EMPTY_PACKET, .stream = &stream, .tmpl = 256, .key = 3,
	};
}

static int read_line(struct baseline *b, const char *line, struct nf_err *err)
{
	char copy[LINES_LONGEST];

	strcpy(copy, line);
	return baseline_line(b, copy, err);
}

static void baseline_rows(void **state)
{
	const struct check_finding f = finding();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct baseline b;
		struct nf_err err;

		baseline_init(&b);
		if (rows[i].says != NULL) {
			assert_int_equal(read_line(&b, rows[i].line, &err), -1);
			if (strstr(err.text, rows[i].says) == NULL)
				fail_msg("%s: %s", rows[i].line, err.text);
		} else {
			assert_int_equal(read_line(&b, rows[i].line, &err), 0);
			baseline_sort(&b);
			if (baseline_accepts(&b, &f) != rows[i].accepts)
				fail_msg("%s", rows[i].line);
			assert_int_equal(baseline_stale(&b),
					 !rows[i].accepts && rows[i].line[0] != '\0');
		}
		baseline_done(&b);
	}
}

/* All good rows together, in any order, some of them twice. */
static void many_rows(void **state)
{
	struct check_finding f = finding();
	struct baseline b;
	struct nf_err err;
	char line[64];

	(void)state;
	baseline_init(&b);
	for (unsigned i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line), "v9-empty-packet 192.0.2.1 9 7 256 - %u",
			 1 + i * 7 % 500);
		assert_int_equal(read_line(&b, line, &err), 0);
	}
	assert_int_equal(read_line(&b, "nsecs-out-of-range * * * * * *", &err), 0);
	baseline_sort(&b);
	assert_int_equal(b.n, 501);
	assert_int_equal(baseline_stale(&b), 501);
	for (f.key = 0; f.key < 600; f.key++)
		assert_int_equal(baseline_accepts(&b, &f), f.key >= 1 && f.key <= 500);
	assert_int_equal(baseline_stale(&b), 1);
	f.rule = CHECK_NSECS_OUT_OF_RANGE;
	assert_true(baseline_accepts(&b, &f));
	assert_int_equal(baseline_stale(&b), 0);
	baseline_done(&b);
}

static void failing(void **state)
{
	struct nomem memory = { .failed = true };

	(void)state;
	for (long n = 0; memory.failed; n++) {
		const struct check_finding f = finding();
		struct baseline b;
		struct nf_err err;
		int got = 0;

		memory = (struct nomem){ .left = n };
		nomem_begin(&memory);
		baseline_init(&b);
		for (unsigned i = 0; i < 8 && got == 0; i++)
			got = read_line(&b, rows[i].line, &err);
		if (got == 0) {
			bool accepts;

			baseline_sort(&b);
			accepts = baseline_accepts(&b, &f);
			assert_int_equal(accepts, !b.failed);
		}
		assert_int_equal(got == 0 && !b.failed, !memory.failed);
		baseline_done(&b);
		nomem_end(&memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(profile_lines),
		cmocka_unit_test(long_line),
		cmocka_unit_test(baseline_rows),
		cmocka_unit_test(many_rows),
		cmocka_unit_test(failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
