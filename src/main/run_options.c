#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/reading.h"
#include "main/terminal.h"
#include "out/options.h"

struct options_run {
	struct reading reading;
	struct options *options;
};

static int open_options(struct options_run *r)
{
	const struct cli *cli = r->reading.cli;
	const char *format = cli_format(cli);
	const struct options_opts opts = {
		.out = {
			.color = terminal_color(cli),
			.titles = true,
			.width = terminal_width(cli),
			.files = r->reading.pipeline.names,
			.nfiles = cli->files.n,
		},
		.filter = r->reading.filtering.filter,
		.names = r->reading.filtering.opts,
		.limit = cli->count,
		.json = strcmp(format, "json") == 0,
		.separator = strcmp(format, "csv") == 0 ? ',' :
			     strcmp(format, "tsv") == 0 ? '\t' : 0,
		.joined = cli->joined,
		.silent = cli->filter_explain,
		.verbose = cli->verbose,
	};

	r->options = options_new(&opts, r->reading.pipeline.registry);
	if (r->options == NULL)
		return reading_memory(&r->reading);
	if (cli->joined)		/* the tables of what is shown */
		r->reading.joining.learns = false;
	reading_writes(&r->reading, options_output(r->options));
	return 0;
}

static bool wants(const struct reading *reading)
{
	return options_wants(((const struct options_run *)reading)->options);
}

/* With --joined, the messages that are shown make the tables. */
static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	struct options_run *r = (struct options_run *)reading;

	(void)shows;
	if (!reading->cli->joined)
		return reading_written(reading, options_message(r->options, v));
	join_message(reading->joining.join, v);
	return true;
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	struct options_run *r = (struct options_run *)reading;

	if (!reading->cli->joined)
		return reading_written(reading, options_late(r->options, late));
	join_late(reading->joining.join, late);
	return true;
}

static const struct reading_ops ops = {
	.filters = true,
	.wants = wants,
	.message = message,
	.late = late_set,
};

static void tables(struct options_run *r)
{
	bool going = options_joined(r->options, r->reading.joining.join);

	while (going && options_joined_row(r->options))
		going = writer_step(&r->reading.writer);
	reading_written(&r->reading, !r->options->failed);
}

int run_options(const struct cli *cli)
{
	struct options_run r = { .options = NULL };
	int code;

	if (reading_open(&r.reading, cli, cli->joined || filtering_joins(cli)) == 0 &&
	    open_options(&r) == 0) {
		reading_all(&r.reading, &ops);
		if (cli->joined)
			tables(&r);
		if (reading_flush(&r.reading)) {
			reading_undecoded(&r.reading, r.options->undecoded);
			reading_summary(&r.reading, cli->verbose);
		}
	}
	code = reading_close(&r.reading);
	options_free(r.options);
	return code;
}
