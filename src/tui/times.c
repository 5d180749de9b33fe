#include <config.h>

#include "tui/times.h"

#include <string.h>

#include "model/store.h"
#include "out/columns.h"

enum { CLOCK = 12 };		/* "01:00:05.002" */

/* Stamps of the store's messages; the time itself where there is none. */
static int64_t of_row(const struct app *app, uint64_t row, int64_t otherwise)
{
	return row < store_rows(app->store) ? store_row(app->store, row).ts_ns : otherwise;
}

static void clock_text(struct nf_strbuf *s, int64_t ns)
{
	size_t from = s->n;

	nf_time_text(s, ns, 3, NULL);
	if (s->failed || s->n - from < CLOCK + 1)
		return;
	s->n--;			/* the Z; and what stands before the T, which is the day */
	memmove(s->p + from, s->p + s->n - CLOCK, CLOCK);
	s->n = from + CLOCK;
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

	if (app->times == TIMES_CLOCK)
		clock_text(s, ns);
	else
		times_since(s, app, ns, &from);
}

const char *times_next(struct app *app, int64_t here_ns)
{
	static const char *const names[TIMES_MODES] = {
		"Times of the day (UTC)", "Seconds since the first message",
		"Seconds since the row before", "Seconds since the row that was selected",
	};

	app->times = (app->times + 1) % TIMES_MODES;
	if (app->times == TIMES_MARK)
		app->mark_ns = here_ns;
	return names[app->times];
}
