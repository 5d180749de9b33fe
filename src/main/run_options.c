#include <config.h>

#include "main/run.h"

#include <inttypes.h>
#include <string.h>

#include "main/filtering.h"
#include "main/joining.h"
#include "main/terminal.h"
#include "main/writer.h"
#include "out/options.h"

struct options_run {
	const struct cli *cli;
	struct report report;
	struct pipeline pipeline;
	struct joining joining;
	struct writer writer;
	struct filtering filtering;
	struct options *options;
};

static int open_options(struct options_run *r)
{
	const struct cli *cli = r->cli;
	const char *format = cli_format(cli);
	const struct options_opts opts = {
		.out = {
			.color = terminal_color(cli),
			.titles = true,
			.width = terminal_width(cli),
			.files = cli->files.v,
			.nfiles = cli->files.n,
		},
		.filter = r->filtering.filter,
		.names = r->filtering.opts,
		.limit = cli->count,
		.json = strcmp(format, "json") == 0,
		.separator = strcmp(format, "csv") == 0 ? ',' :
			     strcmp(format, "tsv") == 0 ? '\t' : 0,
		.joined = cli->joined,
		.silent = cli->filter_explain,
		.verbose = cli->verbose,
	};
	struct nf_err err;

	r->options = options_new(&opts, r->pipeline.registry);
	if (r->options == NULL) {
		nf_err_memory(&err);
		report_err(&r->report, &err);
		return -1;
	}
	if (cli->joined)		/* the tables of what is shown */
		r->joining.learns = false;
	r->writer = (struct writer){
		.text = options_output(r->options),
		.live = r->pipeline.live || terminal_is_output(),
	};
	r->report.writer = &r->writer;
	return 0;
}

/* False where going on is of no use. */
static bool written(struct options_run *r, bool sound)
{
	struct nf_err err;

	if (!sound) {
		nf_err_memory(&err);
		report_err(&r->report, &err);
		return false;
	}
	return writer_step(&r->writer);
}

/* The messages of one datagram; with --joined, those that are shown make the tables. */
static bool messages(struct options_run *r, struct nf_delivery *delivery)
{
	bool shows = cli_shows(r->cli, delivery->datagram);
	struct nf_view view;

	while (joining_next(&r->joining, delivery, &view, NULL)) {
		if (!shows)
			continue;
		if (r->cli->joined)
			join_message(r->joining.join, &view);
		else if (options_wants(r->options) &&
			 !written(r, options_message(r->options, &view)))
			return false;
	}
	return options_wants(r->options);
}

static bool held_sets(struct options_run *r)
{
	struct nf_late late;

	while (joining_late(&r->joining, &late)) {
		if (!cli_shows(r->cli, &late.datagram))
			continue;
		if (r->cli->joined)
			join_late(r->joining.join, &late);
		else if (options_wants(r->options) &&
			 !written(r, options_late(r->options, &late)))
			return false;
	}
	return options_wants(r->options);
}

static void tables(struct options_run *r)
{
	bool going = options_joined(r->options, r->joining.join);

	while (going && options_joined_row(r->options))
		going = writer_step(&r->writer);
	written(r, !r->options->failed);
}

static void run(struct options_run *r)
{
	struct nf_delivery delivery;
	struct nf_err err;

	while (options_wants(r->options) && pipeline_datagram(&r->pipeline, &delivery))
		if (!messages(r, &delivery) || !held_sets(r))
			break;
	if (r->cli->joined)
		tables(r);
	filtering_end(&r->filtering, &r->report, options_output(r->options));
	writer_flush(&r->writer);
	if (writer_failed(&r->writer, &err)) {
		report_err(&r->report, &err);
	} else if (!r->writer.closed) {
		joining_end(&r->joining);
		if (r->options->undecoded != 0)
			report_note(&r->report, "%" PRIu64 " data set%s without a template: "
				    "not shown; see nfpcap packets", r->options->undecoded,
				    r->options->undecoded == 1 ? "" : "s");
		pipeline_summary(&r->pipeline, r->cli->verbose);
	}
}

int run_options(const struct cli *cli)
{
	struct options_run r = {
		.cli = cli,
		.report = { .state = REPORT_FINE, .accept_cut = cli->accept_cut },
	};
	struct nf_err err;

	if (pipeline_open(&r.pipeline, cli, &r.report, &err) < 0) {
		report_err(&r.report, &err);
		return report_code(&r.report);
	}
	if (joining_open(&r.joining, &r.pipeline, cli->joined || filtering_joins(cli)) == 0 &&
	    filtering_open(&r.filtering, cli, r.pipeline.registry, &r.report,
			   r.joining.join) == 0 &&
	    open_options(&r) == 0)
		run(&r);
	filtering_close(&r.filtering);
	joining_close(&r.joining);
	options_free(r.options);
	r.report.writer = NULL;
	pipeline_close(&r.pipeline);
	return report_code(&r.report);
}
