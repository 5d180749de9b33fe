#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/elements.h"
#include "main/reading.h"
#include "main/terminal.h"
#include "out/fieldlist.h"

struct fields_run {
	struct reading reading;		/* not opened where there are no files */
	struct nf_registry *registry;
	struct templates templates;
	struct fields fields;
	struct out *out;
};

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	(void)shows;
	templates_message(&((struct fields_run *)reading)->templates, v);
	return true;
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	templates_late(&((struct fields_run *)reading)->templates, late);
	return true;
}

static const struct reading_ops ops = {
	.sums = true,
	.message = message,
	.late = late_set,
};

/* What was meant, if it is near to a name: an expression of one name is a filter. */
static void nothing_found(struct fields_run *r)
{
	const char *pattern = r->reading.cli->pattern;
	struct report *report = &r->reading.report;
	struct filter_error fault = { .hint = "" };
	struct filter *f;

	if (report->state > REPORT_NO)
		report->state = REPORT_NO;
	if (r->fields.unused > 0) {
		report_note(report, "%zu element%s \"%s\", but these captures have none of them",
			    r->fields.unused, r->fields.unused == 1 ? " matches" : "s match",
			    pattern);
		return;
	}
	if (pattern == NULL)
		return;
	if (r->fields.by_number) {
		report_note(report, "%s: nothing is known by this number", pattern);
		return;
	}
	if (r->fields.pattern.kind == PATTERN_GLOB || r->fields.pattern.kind == PATTERN_REGEX) {
		report_note(report, "%s: no name matches", pattern);
		return;
	}
	f = filter_new(pattern, strlen(pattern), NULL, r->registry, &fault);
	filter_free(f);
	report_note(report, "%s: nothing is called so, and there is no such file%s%s", pattern,
		    f == NULL && fault.hint[0] != '\0' ? "; " : "", f == NULL ? fault.hint : "");
}

static void show(struct fields_run *r)
{
	struct fieldlist list = {
		.o = r->out, .fields = &r->fields, .verbose = r->reading.cli->verbose,
	};

	if (!fields_list(&r->fields)) {
		reading_memory(&r->reading);
		return;
	}
	if (r->fields.n == 0 && r->fields.nnames == 0) {
		nothing_found(r);
		return;
	}
	fieldlist_ops_of(cli_format(r->reading.cli))->show(&list);
	r->out->text.failed |= r->out->failed;
}

/* -1: it was said. */
static int open_fields(struct fields_run *r)
{
	const struct cli *cli = r->reading.cli;
	const struct out_opts opts = {
		.color = terminal_color(cli),
		.width = terminal_width(cli),
		.files = r->reading.pipeline.names,
		.nfiles = cli->files.n,
	};
	char fault[160];
	struct nf_err err;

	r->out = out_new(&fieldlist_out, &opts, r->registry);
	if (r->out == NULL)
		return reading_memory(&r->reading);
	reading_writes(&r->reading, &r->out->text);
	if (fields_pattern(&r->fields, cli->pattern, fault, sizeof(fault)))
		return 0;
	if (fault[0] == '\0')
		nf_err_memory(&err);
	else
		nf_err_set(&err, NF_ERR_USAGE, "%s: %s", cli->pattern, fault);
	report_err(&r->reading.report, &err);
	return -1;
}

static void use(struct fields_run *r)
{
	const struct cli *cli = r->reading.cli;

	if (!templates_init(&r->templates, r->registry)) {
		reading_memory(&r->reading);
		return;
	}
	r->templates.filter = r->reading.filtering.filter;
	r->templates.keep_duplicates = cli->keep_duplicates;
	reading_all(&r->reading, &ops);
	if (!fields_use(&r->fields, &r->templates) || r->templates.failed)
		reading_memory(&r->reading);
	else if (r->reading.pipeline.begun && !r->reading.filtering.explain)
		show(r);
	reading_flush(&r->reading);
	reading_summary(&r->reading, false);
}

static int with_files(struct fields_run *r, const struct cli *cli)
{
	int code;

	if (reading_open(&r->reading, cli, filtering_joins(cli)) == 0) {
		r->registry = r->reading.pipeline.registry;
		fields_init(&r->fields, r->registry);
		if (open_fields(r) == 0)
			use(r);
	}
	templates_done(&r->templates);
	fields_done(&r->fields);
	code = reading_close(&r->reading);
	out_free(r->out);
	return code;
}

static int without_files(struct fields_run *r, const struct cli *cli)
{
	const struct cli_files *elements = &cli->elements;
	struct report *report = &r->reading.report;
	struct nf_err err;
	size_t i = 0;

	*report = (struct report){ .state = REPORT_FINE };
	r->reading.cli = cli;
	if (cli->filter != NULL || cli->filter_file != NULL || cli->filter_explain) {
		nf_err_set(&err, NF_ERR_USAGE, "fields: a filter needs a FILE to look into");
		report_err(report, &err);
		return report_code(report);
	}
	r->registry = nf_registry_new();
	if (r->registry == NULL) {
		reading_memory(&r->reading);
		return report_code(report);
	}
	while (i < elements->n && elements_load(r->registry, elements->v[i], &err) == 0)
		i++;
	fields_init(&r->fields, r->registry);
	if (i < elements->n) {
		report_err(report, &err);
	} else if (open_fields(r) == 0) {
		show(r);
		reading_flush(&r->reading);
	}
	fields_done(&r->fields);
	out_free(r->out);
	nf_registry_free(r->registry);
	return report_code(report);
}

int run_fields(const struct cli *cli)
{
	struct fields_run r = { .out = NULL };

	return cli->files.n != 0 ? with_files(&r, cli) : without_files(&r, cli);
}
