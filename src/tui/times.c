#include <config.h>

#include "tui/times.h"

#include <string.h>
#include <time.h>

#include "model/store.h"
#include "out/columns.h"

enum { DIGITS = 3 };		/* of a second, in a time of the day: "01:00:05.002" */

/* Stamps of the store's messages; the time itself where there is none. */
static int64_t of_row(const struct app *app, uint64_t row, int64_t otherwise)
{
	return row < store_rows(app->store) ? store_row(app->store, row).ts_ns : otherwise;
}

static void clock_text(struct nf_strbuf *s, int64_t ns, unsigned digits)
{
	size_t from = s->n, clock = digits > 0 ? 9 + digits : 8;

	nf_time_text(s, ns, digits, NULL);
	if (s->failed || s->n - from < clock + 1)
		return;
	s->n--;			/* the Z; and what stands before the T, which is the day */
	memmove(s->p + from, s->p + s->n - clock, clock);
	s->n = from + clock;
}

void times_local(struct nf_strbuf *s, int64_t ns, unsigned digits)
{
	time_t seconds = (time_t)(ns / 1000000000);
	struct tm tm;

	if (localtime_r(&seconds, &tm) != NULL)
		ns = (int64_t)((uint64_t)ns + (uint64_t)tm.tm_gmtoff * 1000000000);
	clock_text(s, ns, digits < DIGITS ? digits : DIGITS);
}

void times_since(struct nf_strbuf *s, const struct app *app, int64_t ns, const int64_t *before)
{
	int64_t from = app->mark_ns;

	if (app->times == TIMES_START)
		from = of_row(app, 0, ns);
	else if (app->times == TIMES_DELTA)
		from = before != NULL ? *before : ns;
	columns_seconds(s, (int64_t)((uint64_t)ns - (uint64_t)from), 6);
}

void times_text(struct nf_strbuf *s, const struct app *app, int64_t ns, uint64_t before)
{
	int64_t from = of_row(app, before, ns);

	if (app->whole_times && app->times <= TIMES_LOCAL)
		nf_time_text(s, ns, ns % 1000 != 0 ? 9 : 6, NULL);
	else if (app->times == TIMES_CLOCK)
		clock_text(s, ns, DIGITS);
	else if (app->times == TIMES_LOCAL)
		times_local(s, ns, DIGITS);
	else
		times_since(s, app, ns, &from);
}

const char *times_title(const struct app *app)
{
	static const char *const titles[TIMES_MODES] = {
		"time (UTC)", "local time", "since start", "delta", "since mark",
	};

	return titles[app->times];
}

const char *times_next(struct app *app, int64_t here_ns)
{
	static const char *const names[TIMES_MODES] = {
		"Times of the day (UTC)", "Times of the day here (local time)",
		"Seconds since the first message", "Seconds since the row before",
		"Seconds since the row that was selected",
	};

	app->times = (app->times + 1) % TIMES_MODES;
	if (app->times == TIMES_MARK)
		app->mark_ns = here_ns;
	return names[app->times];
}
