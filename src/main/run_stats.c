#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/reading.h"
#include "main/terminal.h"
#include "out/intervals.h"
#include "out/totals.h"

struct totals_run {
	struct reading reading;
	struct stats stats;
	struct intervals *intervals;	/* NULL: none are asked for */
	struct nf_strbuf text;
};

static void interval(struct totals_run *r, const struct nf_datagram *d)
{
	if (r->intervals != NULL)
		intervals_at(r->intervals, &r->stats, d->ts_ns);
}

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	struct totals_run *r = (struct totals_run *)reading;

	(void)shows;
	interval(r, v->datagram);
	stats_message(&r->stats, v);
	return true;
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	struct totals_run *r = (struct totals_run *)reading;

	interval(r, &late->datagram);
	stats_late(&r->stats, late);
	return true;
}

static const struct reading_ops ops = {
	.sums = true,
	.message = message,
	.late = late_set,
};

static void intervals(struct totals_run *r, bool json)
{
	const struct intervals_view view = {
		.intervals = r->intervals,
		.width = terminal_width(r->reading.cli),
		.utf8 = terminal_utf8(r->reading.cli),
	};

	if (r->intervals == NULL)
		return;
	intervals_end(r->intervals, &r->stats);
	if (json)
		intervals_json(&r->text, &view);
	else
		intervals_text(&r->text, &view);
}

/* False where there is nothing left to say. */
static bool show(struct totals_run *r)
{
	const struct cli *cli = r->reading.cli;
	struct totals totals = {
		.stats = &r->stats,
		.tracker = nf_tracker_counts(r->reading.pipeline.tracker),
		.capture = source_counts(r->reading.pipeline.source),
		.files = r->reading.pipeline.names,
		.nfiles = cli->files.n,
	};
	bool json = strcmp(cli_format(cli), "json") == 0;

	if (r->reading.filtering.explain)
		;
	else if (json)
		totals_json(&r->text, &totals);
	else
		totals_text(&r->text, &totals);
	intervals(r, json);
	return reading_flush(&r->reading);
}

static int open_totals(struct totals_run *r)
{
	const struct cli *cli = r->reading.cli;

	reading_writes(&r->reading, &r->text);
	if (!stats_init(&r->stats))
		return reading_memory(&r->reading);
	r->stats.filter = r->reading.filtering.filter;
	r->stats.keep_duplicates = cli->keep_duplicates;
	if (cli->interval == 0 || cli->filter_explain)
		return 0;
	r->intervals = intervals_new(cli->interval, 0);
	return r->intervals != NULL ? 0 : reading_memory(&r->reading);
}

int run_stats(const struct cli *cli)
{
	struct totals_run r = { .intervals = NULL };
	int code;

	nf_strbuf_init(&r.text);
	if (reading_open(&r.reading, cli, filtering_joins(cli)) == 0 && open_totals(&r) == 0) {
		reading_all(&r.reading, &ops);
		if (!reading_worth(&r.reading) || show(&r))
			reading_summary(&r.reading, false);
	}
	intervals_free(r.intervals);
	stats_done(&r.stats);
	code = reading_close(&r.reading);
	nf_strbuf_done(&r.text);
	return code;
}
