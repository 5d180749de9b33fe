#include <config.h>

#include "main/values.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/mem.h"
#include "main/threads.h"

int values_choice(const char *choices, const char *arg)
{
	size_t n = strlen(arg);

	for (int i = 0; ; i++) {
		size_t len = strcspn(choices, "|");

		if (len == n && strncmp(choices, arg, n) == 0)
			return i;
		if (choices[len] == '\0')
			return -1;
		choices += len + 1;
	}
}

bool values_flag(const struct option_row *row, void *member, const char *arg, const char **why)
{
	(void)row;
	(void)arg;
	(void)why;
	*(bool *)member = true;
	return true;
}

bool values_text(const struct option_row *row, void *member, const char *arg, const char **why)
{
	(void)row;
	(void)why;
	*(const char **)member = arg;
	return true;
}

bool values_file(const struct option_row *row, void *member, const char *arg, const char **why)
{
	struct cli_files *files = member;
	void *v = files->v;

	(void)row;
	if (!nf_grow(&v, &files->cap, files->n + 1, sizeof(*files->v))) {
		*why = "out of memory";
		return false;
	}
	files->v = v;
	files->v[files->n++] = arg;
	return true;
}

/* Digits at *AT, behind which it then points. */
static bool digits(const char **at, uint64_t *v)
{
	char *end;

	if (**at < '0' || **at > '9')
		return false;
	errno = 0;
	*v = strtoull(*at, &end, 10);
	*at = end;
	return errno == 0;
}

bool values_number(const struct option_row *row, void *member, const char *arg, const char **why)
{
	(void)row;
	if (digits(&arg, member) && *arg == '\0')
		return true;
	*why = "is not a number";
	return false;
}

/* For tcpdump and tshark, -n by itself is not to look names up. */
bool values_count(const struct option_row *row, void *member, const char *arg, const char **why)
{
	if (values_number(row, member, arg, why))
		return true;
	*why = "is no number of messages or flows (names are never looked up)";
	return false;
}

bool values_threads(const struct option_row *row, void *member, const char *arg, const char **why)
{
	uint64_t v;

	(void)row;
	*why = "is no number from 1 to 16";
	if (!digits(&arg, &v) || *arg != '\0' || v == 0 || v > THREADS_MAX)
		return false;
	*(uint64_t *)member = v;
	return true;
}

/* "K", "MB", "GiB" at *AT, behind which it then points: what power of two it stands for. */
static unsigned unit_shift(const char **at)
{
	static const char units[] = "KMGT";
	const char *unit = **at != '\0' ? strchr(units, **at & ~0x20) : NULL;

	if (unit == NULL)
		return 0;
	(*at)++;
	if ((*at)[0] == 'i' && (*at)[1] == 'B')
		*at += 2;
	else if ((*at)[0] == 'B')
		(*at)++;
	return 10 * (unsigned)(unit - units + 1);
}

bool values_units(const struct option_row *row, void *member, const char *arg, const char **why)
{
	uint64_t v;

	(void)row;
	*why = "is no number from 1 to 2147483647";
	if (!digits(&arg, &v) || *arg != '\0' || v == 0 || v > INT32_MAX)
		return false;
	*(uint64_t *)member = v;
	return true;
}

bool values_interval(const struct option_row *row, void *member, const char *arg,
		     const char **why)
{
	static const struct { const char *name; int64_t ns; } units[] = {
		{ "ms", 1000000 }, { "", 1000000000 }, { "s", 1000000000 },
		{ "m", 60000000000 }, { "min", 60000000000 }, { "h", 3600000000000 },
		{ "d", 86400000000000 },
	};
	const int64_t most = 366 * INT64_C(86400000000000);
	uint64_t v;

	(void)row;
	*why = "is no time from 1ms to 366d such as 500ms, 10s, 1m, 1h or 1d";
	if (!digits(&arg, &v) || v == 0)
		return false;
	for (unsigned i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(arg, units[i].name) != 0)
			continue;
		if (v > (uint64_t)(most / units[i].ns))
			return false;
		*(int64_t *)member = (int64_t)v * units[i].ns;
		return true;
	}
	return false;
}

bool values_size(const struct option_row *row, void *member, const char *arg, const char **why)
{
	unsigned shift;
	uint64_t v;

	(void)row;
	*why = "is no size such as 65536, 512K, 64M or 1G";
	if (!digits(&arg, &v))
		return false;
	shift = unit_shift(&arg);
	if (*arg != '\0' || v == 0 || v > UINT64_MAX >> shift || v << shift > SIZE_MAX)
		return false;
	*(uint64_t *)member = v << shift;
	return true;
}

/* M is 1048576 octets, and m a minute. */
bool values_rotate(const struct option_row *row, void *member, const char *arg, const char **why)
{
	struct cli_rotate *rotate = member;
	const char *unit = arg + strspn(arg, "0123456789");
	int64_t every_ns;

	if (*unit != '\0' && values_interval(row, &every_ns, arg, why) &&
	    every_ns >= INT64_C(1000000000))
		rotate->every_ns = every_ns;
	else if (*unit == '\0' || *unit == 'm' || !values_size(row, &rotate->octets, arg, why)) {
		*why = "is no size such as 100M or 1G, and no time of a second or more such as 5m "
		       "or 1h";
		return false;
	}
	return true;
}

/* Exactly N digits. */
static bool fixed(const char **at, unsigned n, int *v)
{
	*v = 0;
	for (; n > 0; n--, (*at)++) {
		if (**at < '0' || **at > '9')
			return false;
		*v = 10 * *v + (**at - '0');
	}
	return true;
}

/* ".002": up to nine digits in nanoseconds. */
static bool fraction(const char **at, int64_t *ns)
{
	int64_t unit = 100000000;

	*ns = 0;
	if (**at != '.' && **at != ',')
		return true;
	(*at)++;
	if (**at < '0' || **at > '9')
		return false;
	for (; **at >= '0' && **at <= '9'; (*at)++, unit /= 10)
		*ns += unit * (**at - '0');
	return true;
}

/* "Z", "+02:00", " -0530", or nothing, which is UTC too; in seconds. */
static bool zone(const char **at, int *offset)
{
	int sign, hours, minutes;

	*offset = 0;
	if (**at == ' ')
		(*at)++;
	sign = **at == '-' ? -1 : 1;
	if (**at == 'Z' || **at == 'z')
		(*at)++;
	if (**at == '\0')
		return true;
	if (**at != '+' && **at != '-')
		return false;
	(*at)++;
	if (!fixed(at, 2, &hours))
		return false;
	if (**at == ':')
		(*at)++;
	if (!fixed(at, 2, &minutes) || hours > 23 || minutes > 59)
		return false;
	*offset = sign * (hours * 3600 + minutes * 60);
	return true;
}

/* "01", "01:00", "01:00:05.002" behind a date. */
static bool clock_time(const char **at, struct tm *tm, int64_t *ns)
{
	if (!fixed(at, 2, &tm->tm_hour))
		return false;
	if (**at == ':') {
		(*at)++;
		if (!fixed(at, 2, &tm->tm_min))
			return false;
	}
	if (**at == ':') {
		(*at)++;
		if (!fixed(at, 2, &tm->tm_sec) || !fraction(at, ns))
			return false;
	}
	return tm->tm_hour <= 23 && tm->tm_min <= 59 && tm->tm_sec <= 60;
}

/* Days of a month, 1 to 12. */
static int days_in(int year, int month)
{
	static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool date_time(const char *at, int64_t *seconds, int64_t *ns)
{
	struct tm tm = { .tm_mday = 1 };
	int offset = 0;

	if (!fixed(&at, 4, &tm.tm_year) || *at++ != '-' || !fixed(&at, 2, &tm.tm_mon) ||
	    *at++ != '-' || !fixed(&at, 2, &tm.tm_mday))
		return false;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > days_in(tm.tm_year, tm.tm_mon))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	if (*at == 'T' || *at == 't' || *at == ' ' || *at == '_') {
		at++;
		if (!clock_time(&at, &tm, ns) || !zone(&at, &offset))
			return false;
	}
	*seconds = (int64_t)timegm(&tm) - offset;
	return *at == '\0';
}

/* A year, or a date without its hyphens: as seconds since 1970 they would be in that year. */
static bool is_bare_date(const char *arg)
{
	size_t n = strspn(arg, "0123456789");

	return arg[n] == '\0' && (n == 4 || n == 8) &&
	       (strncmp(arg, "19", 2) == 0 || strncmp(arg, "20", 2) == 0);
}

bool values_time(const struct option_row *row, void *member, const char *arg, const char **why)
{
	const char *at = arg;
	int64_t seconds, ns = 0;
	uint64_t epoch;

	(void)row;
	*why = "is no time such as 2023-01-01T12:00:05.5, 2023-01-01 or 1672574405";
	if (!date_time(arg, &seconds, &ns)) {
		if (is_bare_date(arg)) {
			*why = "is no time: a date is written 2023-01-01";
			return false;
		}
		ns = 0;
		if (!digits(&at, &epoch) || !fraction(&at, &ns) || *at != '\0')
			return false;
		seconds = epoch > INT64_MAX ? INT64_MAX : (int64_t)epoch;
	}
	if (seconds < -INT64_C(9000000000) || seconds > INT64_C(9000000000))
		return false;
	*(int64_t *)member = seconds * 1000000000 + ns;
	return true;
}

bool values_ports(const struct option_row *row, void *member, const char *arg, const char **why)
{
	struct cli_ports *ports = member;
	uint64_t first, last;

	(void)row;
	*why = "is no list of ports such as 2055,9990-9999";
	ports->given = true;
	do {
		if (!digits(&arg, &first))
			return false;
		last = first;
		if (*arg == '-') {
			arg++;
			if (!digits(&arg, &last))
				return false;
		}
		if (first > last || last > 65535)
			return false;
		for (; first <= last; first++)
			ports->bits[first / 8] |= (uint8_t)(1 << first % 8);
	} while (*arg++ == ',');
	return arg[-1] == '\0';
}

static bool choice(const struct option_row *row, uint8_t *member, const char *arg,
		   const char **why)
{
	int i = values_choice(row->choices, arg);

	*why = NULL;
	if (i < 0)
		return false;
	*member = (uint8_t)i;
	return true;
}

/* The choices stand in the order of the enums. */
bool values_scope(const struct option_row *row, void *member, const char *arg, const char **why)
{
	return choice(row, member, arg, why);
}

bool values_ruleset(const struct option_row *row, void *member, const char *arg,
		    const char **why)
{
	return choice(row, member, arg, why);
}

bool values_fail_on(const struct option_row *row, void *member, const char *arg,
		    const char **why)
{
	return choice(row, member, arg, why);
}

bool values_depth(const struct option_row *row, void *member, const char *arg, const char **why)
{
	return choice(row, member, arg, why);
}

bool values_when(const struct option_row *row, void *member, const char *arg, const char **why)
{
	return choice(row, member, arg, why);
}
