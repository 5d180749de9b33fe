#include <config.h>

#include "main/run.h"

#include <inttypes.h>

#include "main/filtering.h"
#include "main/joining.h"
#include "main/terminal.h"
#include "main/writer.h"
#include "out/templatelist.h"

struct templates_run {
	const struct cli *cli;
	struct report report;
	struct pipeline pipeline;
	struct filtering filtering;
	struct joining joining;
	struct templates templates;
	struct templatelist list;
	struct writer writer;
};

static void read_all(struct templates_run *r)
{
	struct nf_delivery delivery;
	struct nf_view view;
	struct nf_late late;

	while (pipeline_datagram(&r->pipeline, &delivery)) {
		bool shows = cli_shows(r->cli, delivery.datagram);

		while (joining_next(&r->joining, &delivery, &view, NULL))
			if (shows && r->filtering.explain)
				filtering_shows(&r->filtering, &view);
			else if (shows)
				templates_message(&r->templates, &view);
		while (joining_late(&r->joining, &late))
			if (cli_shows(r->cli, &late.datagram) && r->filtering.explain)
				filtering_shows_late(&r->filtering, &late);
			else if (cli_shows(r->cli, &late.datagram))
				templates_late(&r->templates, &late);
	}
}

static bool rows(struct templates_run *r)
{
	struct templates *t = &r->templates;

	templatelist_begin(&r->list);
	for (size_t i = 0; i < t->nlist; i++) {
		if (!templatelist_row(&r->list, t->list[i]))
			return false;
		if (!writer_step(&r->writer))
			return true;
	}
	return true;
}

static void show(struct templates_run *r)
{
	struct nf_err err;
	bool sound = true;

	filtering_end(&r->filtering, &r->report, &r->list.o->text);
	if (!r->filtering.explain)
		sound = templates_list(&r->templates, r->pipeline.tracker) && rows(r);
	if (!sound || r->templates.failed) {
		nf_err_memory(&err);
		report_err(&r->report, &err);
	}
	writer_flush(&r->writer);
	if (writer_failed(&r->writer, &err))
		report_err(&r->report, &err);
}

static void remarks(struct templates_run *r)
{
	if (r->templates.left_out != 0)
		report_note(&r->report, "%" PRIu64 " data sets of still other ids without a "
			    "template: no rows for more than %d", r->templates.left_out,
			    TEMPLATES_UNDEFINED);
	if (r->templates.duplicates != 0)
		report_note(&r->report, "%" PRIu64 " duplicate message%s left out (--keep-duplicates)",
			    r->templates.duplicates, r->templates.duplicates == 1 ? "" : "s");
	if (r->pipeline.begun && !r->filtering.explain && r->templates.nlist == 0 &&
	    r->filtering.filter == NULL)
		report_note(&r->report, "no templates: NetFlow v1 to v8 have none");
	joining_end(&r->joining);
	pipeline_summary(&r->pipeline, r->cli->verbose);
}

static int open_list(struct templates_run *r)
{
	const struct cli *cli = r->cli;
	const struct out_opts opts = {
		.color = terminal_color(cli),
		.width = terminal_width(cli),
		.files = cli->files.v,
		.nfiles = cli->files.n,
	};
	struct nf_err err;

	r->list.o = out_new(&templatelist_out, &opts, r->pipeline.registry);
	if (r->list.o == NULL || !templates_init(&r->templates, r->pipeline.registry)) {
		nf_err_memory(&err);
		report_err(&r->report, &err);
		return -1;
	}
	r->list.ops = templatelist_ops_of(cli->format != NULL ? cli->format : "text");
	r->list.verbose = cli->verbose;
	r->templates.filter = r->filtering.filter;
	r->templates.limited = cli->from != INT64_MIN || cli->to != INT64_MAX || cli->ports.given;
	r->templates.keep_duplicates = cli->keep_duplicates;
	r->writer = (struct writer){ .text = &r->list.o->text };
	r->report.writer = &r->writer;
	return 0;
}

int run_templates(const struct cli *cli)
{
	struct templates_run r = {
		.cli = cli,
		.report = { .state = REPORT_FINE, .accept_cut = cli->accept_cut },
	};
	struct nf_err err;

	if (pipeline_open(&r.pipeline, cli, &r.report, &err) < 0) {
		report_err(&r.report, &err);
		return report_code(&r.report);
	}
	if (joining_open(&r.joining, &r.pipeline, filtering_joins(cli)) == 0 &&
	    filtering_open(&r.filtering, cli, r.pipeline.registry, &r.report,
			   r.joining.join) == 0 &&
	    open_list(&r) == 0) {
		read_all(&r);
		show(&r);
		if (!r.writer.closed)
			remarks(&r);
	}
	filtering_close(&r.filtering);
	joining_close(&r.joining);
	templates_done(&r.templates);
	r.report.writer = NULL;
	out_free(r.list.o);
	pipeline_close(&r.pipeline);
	return report_code(&r.report);
}
