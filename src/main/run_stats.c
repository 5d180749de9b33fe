#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/filtering.h"
#include "main/interrupt.h"
#include "main/joining.h"
#include "main/terminal.h"
#include "main/writer.h"
#include "out/intervals.h"
#include "out/totals.h"

struct totals_run {
	const struct cli *cli;
	struct report report;
	struct pipeline pipeline;
	struct filtering filtering;
	struct joining joining;
	struct stats stats;
	struct intervals *intervals;	/* NULL: none are asked for */
};

/* To explain the filter, it is enough to ask it. */
static void message(struct totals_run *r, const struct nf_view *view)
{
	if (r->filtering.explain)
		filtering_shows(&r->filtering, view);
	else
		stats_message(&r->stats, view);
}

static void late_set(struct totals_run *r, const struct nf_late *late)
{
	if (r->filtering.explain)
		filtering_shows_late(&r->filtering, late);
	else
		stats_late(&r->stats, late);
}

static void interval(struct totals_run *r, int64_t ts)
{
	if (r->intervals != NULL)
		intervals_at(r->intervals, &r->stats, ts);
}

static void intervals(struct totals_run *r, struct nf_strbuf *text, bool json)
{
	const struct intervals_view view = {
		.intervals = r->intervals,
		.width = terminal_width(r->cli),
		.utf8 = terminal_utf8(),
	};

	if (r->intervals == NULL)
		return;
	intervals_end(r->intervals, &r->stats);
	if (json)
		intervals_json(text, &view);
	else
		intervals_text(text, &view);
}

static void read_all(struct totals_run *r)
{
	struct nf_delivery delivery;
	struct nf_view view;
	struct nf_late late;

	if (r->pipeline.live)
		interrupt_ends_input();
	while (pipeline_datagram(&r->pipeline, &delivery)) {
		bool shows = cli_shows(r->cli, delivery.datagram);

		if (shows)
			interval(r, delivery.datagram->ts_ns);
		while (joining_next(&r->joining, &delivery, &view, NULL))
			if (shows)
				message(r, &view);
		while (joining_late(&r->joining, &late))
			if (cli_shows(r->cli, &late.datagram)) {
				interval(r, late.datagram.ts_ns);
				late_set(r, &late);
			}
	}
}

static void show(struct totals_run *r)
{
	const struct cli *cli = r->cli;
	struct totals totals = {
		.stats = &r->stats,
		.tracker = nf_tracker_counts(r->pipeline.tracker),
		.capture = source_counts(r->pipeline.source),
		.files = cli->files.v,
		.nfiles = cli->files.n,
	};
	bool json = strcmp(cli_format(cli), "json") == 0;
	struct nf_strbuf text;
	struct writer writer = { .text = &text };
	struct nf_err err;

	nf_strbuf_init(&text);
	filtering_end(&r->filtering, &r->report, &text);
	if (r->filtering.explain)
		;
	else if (json)
		totals_json(&text, &totals);
	else
		totals_text(&text, &totals);
	intervals(r, &text, json);
	if (text.failed) {
		nf_err_memory(&err);
		report_err(&r->report, &err);
	} else {
		writer_flush(&writer);
		if (writer_failed(&writer, &err))
			report_err(&r->report, &err);
	}
	nf_strbuf_done(&text);
}

int run_stats(const struct cli *cli)
{
	struct totals_run r = {
		.cli = cli,
		.report = { .state = REPORT_FINE, .accept_cut = cli->accept_cut },
	};
	bool sound;
	struct nf_err err;

	if (pipeline_open(&r.pipeline, cli, &r.report, &err) < 0) {
		report_err(&r.report, &err);
		return report_code(&r.report);
	}
	sound = stats_init(&r.stats);
	if (sound && cli->interval != 0 && !cli->filter_explain) {
		r.intervals = intervals_new(cli->interval, 0);
		sound = r.intervals != NULL;
	}
	if (!sound) {
		nf_err_memory(&err);
		report_err(&r.report, &err);
	} else if (joining_open(&r.joining, &r.pipeline, filtering_joins(cli)) == 0 &&
		   filtering_open(&r.filtering, cli, r.pipeline.registry, &r.report,
				  r.joining.join) == 0) {
		r.stats.filter = r.filtering.filter;
		r.stats.keep_duplicates = cli->keep_duplicates;
		read_all(&r);
		if (r.report.state != REPORT_FAILED ||
		    source_counts(r.pipeline.source)->frames != 0)
			show(&r);
		joining_end(&r.joining);
		pipeline_summary(&r.pipeline, false);
	}
	filtering_close(&r.filtering);
	joining_close(&r.joining);
	intervals_free(r.intervals);
	stats_done(&r.stats);
	pipeline_close(&r.pipeline);
	return report_code(&r.report);
}
