#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/reading.h"
#include "main/terminal.h"
#include "out/exporters.h"

struct exporters_run {
	struct reading reading;
	struct exporters *exporters;
	struct nf_strbuf text;
};

static uint64_t drops(const struct exporters_run *r)
{
	return source_counts(r->reading.pipeline.source)->capture_drops;
}

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	struct exporters_run *r = (struct exporters_run *)reading;

	shows = shows && filtering_shows(&reading->filtering, v);
	exporters_message(r->exporters, v, shows, drops(r));
	return true;
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	struct exporters_run *r = (struct exporters_run *)reading;

	if (cli_shows(reading->cli, &late->datagram) &&
	    filtering_shows_late(&reading->filtering, late))
		exporters_late(r->exporters, late);
	return true;
}

static const struct reading_ops ops = {
	.sums = true,
	.hidden = true,
	.message = message,
	.late = late_set,
};

/* Of many exporters the text is long: it is written as it comes. */
static bool step(void *ctx)
{
	struct writer *writer = ctx;

	return !writer->text->failed && writer_step(writer);
}

/* False where there is nothing left to say. */
static bool show(struct exporters_run *r)
{
	const struct cli *cli = r->reading.cli;
	const struct exporters_view view = {
		.exporters = r->exporters,
		.files = r->reading.pipeline.names,
		.nfiles = cli->files.n,
		.drops = drops(r),
		.step = step,
		.ctx = &r->reading.writer,
		.width = terminal_width(cli),
		.all = cli->verbose,
	};

	if (!exporters_settle(r->exporters)) {
		reading_memory(&r->reading);
		return false;
	}
	if (r->reading.filtering.explain)
		;
	else if (strcmp(cli_format(cli), "json") == 0)
		exporters_json(&r->text, &view);
	else
		exporters_text(&r->text, &view);
	return reading_flush(&r->reading);
}

static int open_exporters(struct exporters_run *r)
{
	const struct nf_seq_opts opts = {
		.max_gap = (uint32_t)r->reading.cli->max_gap,
		.max_back = (uint32_t)r->reading.cli->max_back,
	};

	reading_writes(&r->reading, &r->text);
	r->exporters = exporters_new(&opts, 0);
	return r->exporters != NULL ? 0 : reading_memory(&r->reading);
}

int run_exporters(const struct cli *cli)
{
	struct exporters_run r = { .exporters = NULL };
	int code;

	nf_strbuf_init(&r.text);
	if (reading_open(&r.reading, cli, filtering_joins(cli)) == 0 && open_exporters(&r) == 0) {
		reading_all(&r.reading, &ops);
		if (!reading_worth(&r.reading) || show(&r))
			reading_summary(&r.reading, cli->verbose);
	}
	exporters_free(r.exporters);
	code = reading_close(&r.reading);
	nf_strbuf_done(&r.text);
	return code;
}
