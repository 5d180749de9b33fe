#include <config.h>

#include "main/run.h"

#include <inttypes.h>

#include "main/reading.h"
#include "main/terminal.h"
#include "out/templatelist.h"

struct templates_run {
	struct reading reading;
	struct templates templates;
	struct templatelist list;
};

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	(void)shows;
	templates_message(&((struct templates_run *)reading)->templates, v);
	return true;
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	templates_late(&((struct templates_run *)reading)->templates, late);
	return true;
}

static const struct reading_ops ops = {
	.sums = true,
	.message = message,
	.late = late_set,
};

static bool rows(struct templates_run *r)
{
	struct templates *t = &r->templates;

	templatelist_begin(&r->list);
	for (size_t i = 0; i < t->nlist; i++) {
		if (!templatelist_row(&r->list, t->list[i]))
			return false;
		if (!writer_step(&r->reading.writer))
			return true;
	}
	return true;
}

/* False where there is nothing left to say. */
static bool show(struct templates_run *r)
{
	bool sound = true;

	if (!r->reading.filtering.explain)
		sound = templates_list(&r->templates, r->reading.pipeline.tracker) && rows(r);
	if (!sound || r->templates.failed)
		reading_memory(&r->reading);
	return reading_flush(&r->reading);
}

static void remarks(struct templates_run *r)
{
	if (r->templates.left_out != 0)
		report_note(&r->reading.report, "%" PRIu64 " data sets of still other ids without a "
			    "template: no rows for more than %d", r->templates.left_out,
			    TEMPLATES_UNDEFINED);
	if (r->templates.duplicates != 0)
		report_note(&r->reading.report, "%" PRIu64 " duplicate message%s left out (--keep-duplicates)",
			    r->templates.duplicates, r->templates.duplicates == 1 ? "" : "s");
	if (r->reading.pipeline.begun && !r->reading.filtering.explain && r->templates.nlist == 0 &&
	    r->reading.filtering.filter == NULL)
		report_note(&r->reading.report, "no templates: NetFlow v1 to v8 have none");
}

static int open_list(struct templates_run *r)
{
	const struct cli *cli = r->reading.cli;
	const struct out_opts opts = {
		.color = terminal_color(cli),
		.width = terminal_width(cli),
		.files = r->reading.pipeline.names,
		.nfiles = cli->files.n,
	};

	r->list.o = out_new(&templatelist_out, &opts, r->reading.pipeline.registry);
	if (r->list.o == NULL || !templates_init(&r->templates, r->reading.pipeline.registry))
		return reading_memory(&r->reading);
	r->list.ops = templatelist_ops_of(cli->format != NULL ? cli->format : "text");
	r->list.verbose = cli->verbose;
	r->templates.filter = r->reading.filtering.filter;
	r->templates.limited = cli->from != INT64_MIN || cli->to != INT64_MAX || cli->ports.given;
	r->templates.keep_duplicates = cli->keep_duplicates;
	reading_writes(&r->reading, &r->list.o->text);
	return 0;
}

int run_templates(const struct cli *cli)
{
	struct templates_run r = { .list = { .o = NULL } };
	int code;

	if (reading_open(&r.reading, cli, filtering_joins(cli)) == 0 && open_list(&r) == 0) {
		reading_all(&r.reading, &ops);
		if (show(&r)) {
			remarks(&r);
			reading_summary(&r.reading, cli->verbose);
		}
	}
	code = reading_close(&r.reading);
	templates_done(&r.templates);
	out_free(r.list.o);
	return code;
}
