#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/elements.h"
#include "main/filtering.h"
#include "main/joining.h"
#include "main/terminal.h"
#include "main/writer.h"
#include "out/fieldlist.h"

struct fields_run {
	const struct cli *cli;
	struct report report;
	struct pipeline pipeline;	/* not opened where there are no files */
	struct filtering filtering;
	struct joining joining;
	struct nf_registry *registry;
	struct templates templates;
	struct fields fields;
	struct out *out;
};

static void memory_out(struct fields_run *r)
{
	struct nf_err err;

	nf_err_memory(&err);
	report_err(&r->report, &err);
}

static void read_all(struct fields_run *r)
{
	struct nf_delivery delivery;
	struct nf_view view;
	struct nf_late late;

	while (pipeline_datagram(&r->pipeline, &delivery)) {
		bool shows = cli_shows(r->cli, delivery.datagram);

		while (joining_next(&r->joining, &delivery, &view, NULL))
			if (shows)
				templates_message(&r->templates, &view);
		while (joining_late(&r->joining, &late))
			if (cli_shows(r->cli, &late.datagram))
				templates_late(&r->templates, &late);
	}
}

/* What was meant, if it is near to a name: an expression of one name is a filter. */
static void nothing_found(struct fields_run *r)
{
	const char *pattern = r->cli->pattern;
	struct filter_error fault = { .hint = "" };
	struct filter *f;

	r->report.state = r->report.state > REPORT_NO ? REPORT_NO : r->report.state;
	if (r->fields.unused > 0) {
		report_note(&r->report, "%zu element%s \"%s\", but these captures have none of them",
			    r->fields.unused, r->fields.unused == 1 ? " matches" : "s match",
			    pattern);
		return;
	}
	if (pattern == NULL)
		return;
	if (r->fields.match == FIELDS_NUMBER) {
		report_note(&r->report, "%s: nothing is known by this number", pattern);
		return;
	}
	if (r->fields.match != FIELDS_TEXT) {
		report_note(&r->report, "%s: no name matches", pattern);
		return;
	}
	f = filter_new(pattern, strlen(pattern), NULL, r->registry, &fault);
	filter_free(f);
	report_note(&r->report, "%s: nothing is called so, and there is no such file%s%s", pattern,
		    f == NULL && fault.hint[0] != '\0' ? "; " : "", f == NULL ? fault.hint : "");
}

static void show(struct fields_run *r)
{
	const char *format = r->cli->format != NULL ? r->cli->format : "text";
	struct fieldlist list = {
		.o = r->out, .fields = &r->fields, .verbose = r->cli->verbose,
	};
	struct writer writer = { .text = &r->out->text };
	struct nf_err err;

	if (!fields_list(&r->fields)) {
		memory_out(r);
		return;
	}
	if (r->fields.n == 0 && r->fields.nnames == 0) {
		nothing_found(r);
		return;
	}
	fieldlist_ops_of(format)->show(&list);
	if (r->out->failed || r->out->text.failed) {
		memory_out(r);
		return;
	}
	writer_flush(&writer);
	if (writer_failed(&writer, &err))
		report_err(&r->report, &err);
}

/* -1: it was said. */
static int open_fields(struct fields_run *r)
{
	const struct cli *cli = r->cli;
	const struct out_opts opts = {
		.color = terminal_color(cli),
		.width = terminal_width(cli),
		.files = cli->files.v,
		.nfiles = cli->files.n,
	};
	char fault[160];
	struct nf_err err;

	r->out = out_new(&fieldlist_out, &opts, r->registry);
	if (r->out == NULL) {
		memory_out(r);
		return -1;
	}
	if (fields_pattern(&r->fields, cli->pattern, fault, sizeof(fault)))
		return 0;
	if (fault[0] == '\0')
		nf_err_memory(&err);
	else
		nf_err_set(&err, NF_ERR_USAGE, "%s: %s", cli->pattern, fault);
	report_err(&r->report, &err);
	return -1;
}

static void with_files(struct fields_run *r)
{
	struct nf_err err;

	if (pipeline_open(&r->pipeline, r->cli, &r->report, &err) < 0) {
		report_err(&r->report, &err);
		return;
	}
	r->registry = r->pipeline.registry;
	fields_init(&r->fields, r->registry);
	if (open_fields(r) == 0 &&
	    joining_open(&r->joining, &r->pipeline, filtering_joins(r->cli)) == 0 &&
	    filtering_open(&r->filtering, r->cli, r->registry, &r->report,
			   r->joining.join) == 0) {
		if (!templates_init(&r->templates, r->registry))
			memory_out(r);
		r->templates.filter = r->filtering.filter;
		r->templates.keep_duplicates = r->cli->keep_duplicates;
		if (r->report.state != REPORT_FAILED)
			read_all(r);
		if (!fields_use(&r->fields, &r->templates) || r->templates.failed)
			memory_out(r);
		else if (r->pipeline.begun)
			show(r);
		filtering_end(&r->filtering, &r->report, &r->out->text);
		joining_end(&r->joining);
		pipeline_summary(&r->pipeline, false);
	}
	filtering_close(&r->filtering);
	joining_close(&r->joining);
	templates_done(&r->templates);
	fields_done(&r->fields);
	out_free(r->out);
	pipeline_close(&r->pipeline);
}

static void without_files(struct fields_run *r)
{
	const struct cli_files *elements = &r->cli->elements;
	struct nf_err err;
	size_t i = 0;

	if (r->cli->filter != NULL || r->cli->filter_file != NULL || r->cli->filter_explain) {
		nf_err_set(&err, NF_ERR_USAGE, "fields: a filter needs a FILE to look into");
		report_err(&r->report, &err);
		return;
	}
	r->registry = nf_registry_new();
	if (r->registry == NULL) {
		memory_out(r);
		return;
	}
	while (i < elements->n && elements_load(r->registry, elements->v[i], &err) == 0)
		i++;
	fields_init(&r->fields, r->registry);
	if (i < elements->n)
		report_err(&r->report, &err);
	else if (open_fields(r) == 0)
		show(r);
	fields_done(&r->fields);
	out_free(r->out);
	nf_registry_free(r->registry);
}

int run_fields(const struct cli *cli)
{
	struct fields_run r = {
		.cli = cli,
		.report = { .state = REPORT_FINE, .accept_cut = cli->accept_cut },
	};

	if (cli->files.n != 0)
		with_files(&r);
	else
		without_files(&r);
	return report_code(&r.report);
}
