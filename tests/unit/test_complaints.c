/* Who is named for what is no flow export, and how often. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "main/complaints.h"

static const int64_t second = 1000000000;

static unsigned lines;
static char last[512];

/* In place of that of the program: what was said is kept. */
void report_note(struct report *r, const char *format, ...)
{
	va_list ap;

	(void)r;
	lines++;
	va_start(ap, format);
	vsnprintf(last, sizeof(last), format, ap);
	va_end(ap);
}

static struct complaints all;

static int begin(void **state)
{
	(void)state;
	memset(&all, 0, sizeof(all));
	lines = 0;
	last[0] = '\0';
	return 0;
}

static void sends(uint32_t host, int64_t now_ns)
{
	static const uint8_t octets[] = "<13>hello, this is longer than what is shown";
	const struct nf_datagram d = {
		.src = {
			.addr = {
				.family = 4,
				.octets = { 10, (uint8_t)(host >> 16), (uint8_t)(host >> 8),
					    (uint8_t)host },
			},
			.port = 514,
		},
		.payload = { octets, sizeof(octets) - 1 },
	};

	complaints_refused(&all, NULL, now_ns, &d, NF_REFUSAL_SYSLOG);
}

static void once_a_second(void **state)
{
	(void)state;
	sends(1, 5 * second);
	assert_string_equal(last, "10.0.0.1:514: datagram is syslog, 44 octets: "
			    "3c31333e68656c6c6f2c207468697320...");
	for (int i = 0; i < 3; i++)
		sends(1, 5 * second + i);
	assert_int_equal(lines, 1);
	sends(2, 5 * second + 4);
	assert_int_equal(lines, 2);
	sends(1, 6 * second);
	assert_int_equal(lines, 3);
	assert_non_null(strstr(last, "10.0.0.1:514: "));
	assert_non_null(strstr(last, " (3 more of this sender since)"));
	sends(1, 7 * second);
	assert_int_equal(lines, 4);
	assert_null(strstr(last, "more"));
}

/* Of a flood of senders so many lines a second, and all others are counted. */
static void a_flood(void **state)
{
	enum { SENDERS = 100000 };

	(void)state;
	for (uint32_t i = 0; i < SENDERS; i++)
		sends(i, second);
	assert_int_equal(lines, COMPLAINTS_A_SECOND);
	for (uint32_t i = 0; i < SENDERS; i++)
		sends(i, 2 * second - 1);
	assert_int_equal(lines, COMPLAINTS_A_SECOND);
	sends(SENDERS, 2 * second);
	assert_int_equal(lines, COMPLAINTS_A_SECOND + 1);
	assert_non_null(strstr(last, " of other senders)"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(once_a_second, begin),
		cmocka_unit_test_setup(a_flood, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
