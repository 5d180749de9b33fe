#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/filtering.h"
#include "main/interrupt.h"
#include "main/joining.h"
#include "main/terminal.h"
#include "main/writer.h"
#include "out/exporters.h"

struct exporters_run {
	const struct cli *cli;
	struct report report;
	struct pipeline pipeline;
	struct filtering filtering;
	struct joining joining;
	struct exporters *exporters;
};

static void read_all(struct exporters_run *r)
{
	struct nf_delivery delivery;
	struct nf_view view;
	struct nf_late late;

	if (r->pipeline.live)
		interrupt_ends_input();
	while (pipeline_datagram(&r->pipeline, &delivery)) {
		bool shows = cli_shows(r->cli, delivery.datagram);
		uint64_t drops = source_counts(r->pipeline.source)->capture_drops;

		while (joining_next(&r->joining, &delivery, &view, NULL)) {
			bool shown = shows && filtering_shows(&r->filtering, &view);

			exporters_message(r->exporters, &view, shown, drops);
		}
		while (joining_late(&r->joining, &late))
			if (cli_shows(r->cli, &late.datagram) &&
			    filtering_shows_late(&r->filtering, &late))
				exporters_late(r->exporters, &late);
	}
}

/* Of many exporters the text is long: it is written as it comes. */
static bool step(void *ctx)
{
	struct writer *writer = ctx;

	return !writer->text->failed && writer_step(writer);
}

static void show(struct exporters_run *r)
{
	const struct cli *cli = r->cli;
	struct nf_strbuf text;
	struct writer writer = { .text = &text };
	const struct exporters_view view = {
		.exporters = r->exporters,
		.files = cli->files.v,
		.nfiles = cli->files.n,
		.drops = source_counts(r->pipeline.source)->capture_drops,
		.step = step,
		.ctx = &writer,
		.width = terminal_width(cli),
		.all = cli->verbose,
	};
	struct nf_err err;
	bool settled = exporters_settle(r->exporters);

	nf_strbuf_init(&text);
	filtering_end(&r->filtering, &r->report, &text);
	if (r->filtering.explain || !settled)
		;
	else if (strcmp(cli_format(cli), "json") == 0)
		exporters_json(&text, &view);
	else
		exporters_text(&text, &view);
	if (text.failed || !settled) {
		nf_err_memory(&err);
		report_err(&r->report, &err);
	} else {
		writer_flush(&writer);
		if (writer_failed(&writer, &err))
			report_err(&r->report, &err);
	}
	nf_strbuf_done(&text);
}

int run_exporters(const struct cli *cli)
{
	struct exporters_run r = {
		.cli = cli,
		.report = { .state = REPORT_FINE, .accept_cut = cli->accept_cut },
	};
	const struct nf_seq_opts opts = {
		.max_gap = (uint32_t)cli->max_gap,
		.max_back = (uint32_t)cli->max_back,
	};
	struct nf_err err;

	if (pipeline_open(&r.pipeline, cli, &r.report, &err) < 0) {
		report_err(&r.report, &err);
		return report_code(&r.report);
	}
	r.exporters = exporters_new(&opts, 0);
	if (r.exporters == NULL) {
		nf_err_memory(&err);
		report_err(&r.report, &err);
	} else if (joining_open(&r.joining, &r.pipeline, filtering_joins(cli)) == 0 &&
		   filtering_open(&r.filtering, cli, r.pipeline.registry, &r.report,
				  r.joining.join) == 0) {
		read_all(&r);
		if (r.report.state != REPORT_FAILED ||
		    source_counts(r.pipeline.source)->frames != 0)
			show(&r);
		joining_end(&r.joining);
		pipeline_summary(&r.pipeline, cli->verbose);
	}
	filtering_close(&r.filtering);
	joining_close(&r.joining);
	exporters_free(r.exporters);
	pipeline_close(&r.pipeline);
	return report_code(&r.report);
}
