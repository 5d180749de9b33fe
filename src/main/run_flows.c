#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/reading.h"
#include "main/terminal.h"
#include "main/threads.h"
#include "out/flows_team.h"

struct flows_run {
	struct reading reading;
	bool joins;			/* something shows what is joined */
	struct flows *flows;
	/* Of several threads; the first of the flows is the one above, with the filter above. */
	struct flows_team *team;
	struct flows *each[THREADS_MAX];
	struct filter *filters[THREADS_MAX];
};

/* -- Threads -------------------------------------------------------------------------- */

/* Text of another thread: what stands in our own was there before. */
static bool give(void *ctx, struct nf_strbuf *text)
{
	struct flows_run *r = ctx;
	bool ok;

	if (!writer_flush(&r->reading.writer))
		return false;
	r->reading.writer.text = text;
	ok = writer_flush(&r->reading.writer);
	r->reading.writer.text = flows_output(r->flows);
	return ok;
}

/* Messages to people stand behind the records that were read before them. */
static void catch_up(void *ctx)
{
	struct flows_run *r = ctx;

	flows_team_drain(r->team);
}

/* False where memory is out. */
static bool open_each(struct flows_run *r, const struct flows_opts *opts, unsigned n)
{
	struct filter_error fault;

	r->each[0] = r->flows;
	for (unsigned i = 1; i < n; i++) {
		struct flows_opts own = *opts;

		if (opts->filter != NULL) {
			r->filters[i] = filtering_copy(&r->reading.filtering,
						       r->reading.pipeline.registry);
			if (r->filters[i] == NULL)
				return false;
		}
		own.filter = r->filters[i];
		r->each[i] = flows_new(r->flows->ops, &own, r->reading.pipeline.registry, &fault);
		if (r->each[i] == NULL)
			return false;
	}
	return true;
}

static int open_team(struct flows_run *r, const struct flows_opts *opts)
{
	struct flows_team_opts team = {
		.flows = r->each,
		.n = r->reading.pipeline.live || r->reading.writer.live || r->joins ||
		     !flows_team_can(r->flows) ?
		     1 : threads_wanted(r->reading.cli),
		.give = give,
		.ctx = r,
	};

	if (team.n == 1)
		return 0;
	if (open_each(r, opts, team.n))
		r->team = flows_team_new(&team);
	if (r->team == NULL)
		return reading_memory(&r->reading);
	r->reading.report.before = catch_up;
	r->reading.report.ctx = r;
	return 0;
}

static void close_team(struct flows_run *r)
{
	r->reading.report.before = NULL;
	flows_team_free(r->team);
	for (unsigned i = 1; i < THREADS_MAX; i++) {
		flows_free(r->each[i]);
		filter_free(r->filters[i]);
	}
}

/* -- One run -------------------------------------------------------------------------- */

static int open_flows(struct flows_run *r)
{
	const struct cli *cli = r->reading.cli;
	const char *format = cli_format(cli);
	struct flows_opts opts = {
		.out = {
			.color = terminal_color(cli),
			.titles = true,
			.width = terminal_width(cli),
			.files = r->reading.pipeline.names,
			.nfiles = cli->files.n,
		},
		.columns = cli->columns,
		.more = cli->scale ? "join.sampling.rate,join.sampling.status,"
				     "join.scaled.packets,join.scaled.bytes" : NULL,
		.filter = r->reading.filtering.filter,
		.names = r->reading.filtering.opts,
		.limit = cli->count,
		.silent = cli->filter_explain,
		.verbose = cli->verbose,
		.norm = cli->norm || cli->scale,
		.int64_strings = cli->int64_strings,
		.join = r->joins ? r->reading.joining.join : NULL,
		.start = joining_start,
		.start_ctx = &r->reading.joining,
	};
	const struct flows_ops *ops = flows_ops_of(format);
	struct filter_error fault;
	struct nf_err err;

	if (strcmp(format, "json") == 0 && cli->columns != NULL) {
		nf_err_set(&err, NF_ERR_USAGE, "-c: json shows every field; -o csv takes columns");
		report_err(&r->reading.report, &err);
		return -1;
	}
	if (cli->columns != NULL && strcmp(cli->columns, "help") == 0)
		ops = &flows_names;
	r->flows = flows_new(ops, &opts, r->reading.pipeline.registry, &fault);
	if (r->flows == NULL) {
		reading_complain(&r->reading, "-c", cli->columns != NULL ? cli->columns : "",
				 &fault);
		return -1;
	}
	reading_writes(&r->reading, flows_output(r->flows));
	return open_team(r, &opts);
}

static bool wants(const struct reading *reading)
{
	return flows_wants(((const struct flows_run *)reading)->flows);
}

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	struct flows_run *r = (struct flows_run *)reading;

	(void)shows;
	return reading_written(reading, r->team != NULL ? flows_team_message(r->team, v) :
							  flows_message(r->flows, v));
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	return reading_written(reading, flows_late(((struct flows_run *)reading)->flows, late));
}

static const struct reading_ops ops = {
	.filters = true,
	.wants = wants,
	.message = message,
	.late = late_set,
};

static void run(struct flows_run *r)
{
	flows_begin(r->flows);
	reading_all(&r->reading, &ops);
	if (r->team != NULL)
		reading_written(&r->reading, flows_team_drain(r->team));
	reading_written(&r->reading, flows_end(r->flows));
	if (reading_flush(&r->reading)) {
		reading_undecoded(&r->reading, r->flows->undecoded);
		reading_summary(&r->reading, r->reading.cli->verbose);
	}
}

int run_flows(const struct cli *cli)
{
	struct flows_run r = {
		.joins = filtering_joins(cli) || cli->verbose || cli->norm || cli->scale,
	};
	int code;

	if (reading_open(&r.reading, cli, r.joins) == 0 && open_flows(&r) == 0)
		run(&r);
	close_team(&r);
	code = reading_close(&r.reading);
	flows_free(r.flows);
	return code;
}
