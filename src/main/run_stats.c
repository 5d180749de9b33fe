#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/filtering.h"
#include "main/interrupt.h"
#include "main/pipeline.h"
#include "main/writer.h"
#include "out/totals.h"

struct totals_run {
	const struct cli *cli;
	struct report report;
	struct pipeline pipeline;
	struct filtering filtering;
	struct stats stats;
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

static void read_all(struct totals_run *r)
{
	struct nf_delivery delivery;
	struct nf_view view;
	struct nf_late late;

	if (r->pipeline.live)
		interrupt_ends_input();
	while (pipeline_datagram(&r->pipeline, &delivery)) {
		bool shows = cli_shows(r->cli, delivery.datagram);

		while (nf_delivery_next(&delivery, &view, NULL))
			if (shows)
				message(r, &view);
		while (nf_tracker_late(r->pipeline.tracker, &late))
			if (cli_shows(r->cli, &late.datagram))
				late_set(r, &late);
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
	struct nf_strbuf text;
	struct writer writer = { .text = &text };
	struct nf_err err;

	nf_strbuf_init(&text);
	filtering_end(&r->filtering, &r->report, &text);
	if (r->filtering.explain)
		;
	else if (strcmp(cli_format(cli), "json") == 0)
		totals_json(&text, &totals);
	else
		totals_text(&text, &totals);
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
	struct nf_err err;

	if (pipeline_open(&r.pipeline, cli, &r.report, &err) < 0) {
		report_err(&r.report, &err);
		return report_code(&r.report);
	}
	if (!stats_init(&r.stats)) {
		nf_err_memory(&err);
		report_err(&r.report, &err);
	} else if (filtering_open(&r.filtering, cli, r.pipeline.registry, &r.report) == 0) {
		r.stats.filter = r.filtering.filter;
		r.stats.keep_duplicates = cli->keep_duplicates;
		read_all(&r);
		if (r.report.state != REPORT_FAILED ||
		    source_counts(r.pipeline.source)->frames != 0)
			show(&r);
		pipeline_summary(&r.pipeline, false);
	}
	filtering_close(&r.filtering);
	stats_done(&r.stats);
	pipeline_close(&r.pipeline);
	return report_code(&r.report);
}
