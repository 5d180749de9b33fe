#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/filtering.h"
#include "main/joining.h"
#include "main/terminal.h"
#include "main/writer.h"
#include "out/out.h"

struct packets {
	const struct cli *cli;
	struct report report;
	struct pipeline pipeline;
	struct writer writer;
	struct filtering filtering;
	struct joining joining;
	struct out *out;
	uint64_t left;		/* messages that -n still lets through */
};

static const struct out_ops *ops_for(const struct cli *cli)
{
	const char *format = cli_format(cli);

	if (!cli->quiet)
		return out_ops_of(format);
	return strcmp(format, "json") == 0 ? &out_quiet_json : &out_quiet;
}

static int open_out(struct packets *p, struct nf_err *err)
{
	const struct cli *cli = p->cli;
	struct out_opts opts = {
		.raw = cli->raw,
		.hex = cli->hex,
		.color = terminal_color(cli),
		.titles = true,
		.bpf = cli->bpf != NULL,
		.width = terminal_width(cli),
		.files = cli->files.v,
		.nfiles = cli->files.n,
	};

	p->out = out_new(ops_for(cli), &opts, p->pipeline.registry);
	if (p->out == NULL)
		return nf_err_memory(err);
	p->writer = (struct writer){
		.text = &p->out->text,
		.live = p->pipeline.live || terminal_is_output(),
	};
	p->report.writer = &p->writer;
	return 0;
}

/* Something was written to p->out, or could not be.  False where going on is of no use. */
static bool written(struct packets *p, bool sound)
{
	struct nf_err err;

	if (!sound) {
		nf_err_memory(&err);
		report_err(&p->report, &err);
		return false;
	}
	return writer_step(&p->writer);
}

/* The messages of one datagram.  All of them are read: nobody else learns from them. */
static bool messages(struct packets *p, struct nf_delivery *delivery)
{
	bool shows = cli_shows(p->cli, delivery->datagram);
	struct nf_view view;

	while (joining_next(&p->joining, delivery, &view, out_sink(p->out))) {
		if (!shows || p->left == 0 || !filtering_shows(&p->filtering, &view))
			continue;
		if (p->filtering.explain)
			continue;
		p->left--;
		if (!written(p, out_message(p->out, &view)))
			return false;
	}
	return p->left > 0;
}

static bool held_sets(struct packets *p)
{
	struct nf_late late;

	while (joining_late(&p->joining, &late))
		if (cli_shows(p->cli, &late.datagram) &&
		    filtering_shows_late(&p->filtering, &late) && !p->filtering.explain &&
		    !written(p, out_late(p->out, &late)))
			return false;
	return true;
}

static void run(struct packets *p)
{
	struct nf_delivery delivery;

	if (!p->filtering.explain)
		out_begin(p->out);
	while (p->left > 0 && pipeline_datagram(&p->pipeline, &delivery))
		if (!messages(p, &delivery) || !held_sets(p))
			break;
	if (!p->filtering.explain)
		out_end(p->out);
	filtering_end(&p->filtering, &p->report, &p->out->text);
	writer_flush(&p->writer);
}

int run_packets(const struct cli *cli)
{
	struct packets p = {
		.cli = cli,
		.report = { .state = REPORT_FINE, .accept_cut = cli->accept_cut },
		.left = cli->count,
	};
	struct nf_err err;

	if (pipeline_open(&p.pipeline, cli, &p.report, &err) < 0) {
		report_err(&p.report, &err);
		return report_code(&p.report);
	}
	if (open_out(&p, &err) < 0) {
		report_err(&p.report, &err);
	} else if (joining_open(&p.joining, &p.pipeline, filtering_joins(cli)) == 0 &&
		   filtering_open(&p.filtering, cli, p.pipeline.registry, &p.report,
				  p.joining.join) == 0) {
		if (p.filtering.filter == NULL)	/* nobody but frame.duplicate asks */
			pipeline_pass_duplicates(&p.pipeline);
		run(&p);
		if (writer_failed(&p.writer, &err)) {
			report_err(&p.report, &err);
		} else if (!p.writer.closed) {
			joining_end(&p.joining);
			pipeline_summary(&p.pipeline, cli->verbose);
		}
	}
	filtering_close(&p.filtering);
	joining_close(&p.joining);
	out_free(p.out);
	p.report.writer = NULL;
	pipeline_close(&p.pipeline);
	return report_code(&p.report);
}
