#include <config.h>

#include "main/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "main/filtering.h"
#include "main/joining.h"
#include "main/terminal.h"
#include "main/threads.h"
#include "main/writer.h"
#include "out/flows_team.h"

struct flows_run {
	const struct cli *cli;
	struct report report;
	struct pipeline pipeline;
	struct writer writer;
	struct filtering filtering;
	struct joining joining;
	bool joins;			/* something shows what is joined */
	struct flows *flows;
	/* Of several threads; the first of the flows is the one above, with the filter above. */
	struct flows_team *team;
	struct flows *each[THREADS_MAX];
	struct filter *filters[THREADS_MAX];
	bool broken;			/* memory was out, and that was said */
};

/* The first line as every error, the columns and a caret below it. */
static void complain(struct flows_run *r, const struct filter_error *fault)
{
	const char *text = r->cli->columns != NULL ? r->cli->columns : "";
	struct nf_strbuf s;
	struct nf_err err;
	const char *rest;

	if (fault->memory) {
		nf_err_memory(&err);
		report_err(&r->report, &err);
		return;
	}
	nf_strbuf_init(&s);
	filter_error_text(&s, text, strlen(text), fault);
	rest = strchr(nf_strbuf_cstr(&s), '\n');
	nf_err_set(&err, NF_ERR_USAGE, "-c: %.*s", (int)strcspn(nf_strbuf_cstr(&s), "\n"),
		   nf_strbuf_cstr(&s));
	report_err(&r->report, &err);
	if (rest != NULL)
		fprintf(stderr, "%s\n", rest + 1);
	nf_strbuf_done(&s);
}

/* -- Threads -------------------------------------------------------------------------- */

/* Text of another thread: what stands in our own was there before. */
static bool give(void *ctx, struct nf_strbuf *text)
{
	struct flows_run *r = ctx;
	bool ok;

	if (!writer_flush(&r->writer))
		return false;
	r->writer.text = text;
	ok = writer_flush(&r->writer);
	r->writer.text = flows_output(r->flows);
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
			r->filters[i] = filtering_copy(&r->filtering, r->pipeline.registry);
			if (r->filters[i] == NULL)
				return false;
		}
		own.filter = r->filters[i];
		r->each[i] = flows_new(r->flows->ops, &own, r->pipeline.registry, &fault);
		if (r->each[i] == NULL)
			return false;
	}
	return true;
}

static int open_team(struct flows_run *r, const struct flows_opts *opts)
{
	struct flows_team_opts team = {
		.flows = r->each,
		.n = r->pipeline.live || r->writer.live || r->joins ||
		     !flows_team_can(r->flows) ?
		     1 : threads_wanted(r->cli),
		.give = give,
		.ctx = r,
	};
	struct nf_err err;

	if (team.n == 1)
		return 0;
	if (open_each(r, opts, team.n))
		r->team = flows_team_new(&team);
	if (r->team == NULL) {
		nf_err_memory(&err);
		report_err(&r->report, &err);
		return -1;
	}
	r->report.before = catch_up;
	r->report.ctx = r;
	return 0;
}

static void close_all(struct flows_run *r)
{
	r->report.before = NULL;
	flows_team_free(r->team);
	for (unsigned i = 1; i < THREADS_MAX; i++) {
		flows_free(r->each[i]);
		filter_free(r->filters[i]);
	}
	flows_free(r->flows);
}

/* -- One run -------------------------------------------------------------------------- */

static int open_flows(struct flows_run *r)
{
	const struct cli *cli = r->cli;
	const char *format = cli_format(cli);
	struct flows_opts opts = {
		.out = {
			.color = terminal_color(cli),
			.titles = true,
			.width = terminal_width(cli),
			.files = cli->files.v,
			.nfiles = cli->files.n,
		},
		.columns = cli->columns,
		.more = cli->scale ? "join.sampling.rate,join.sampling.status,"
				     "join.scaled.packets,join.scaled.bytes" : NULL,
		.filter = r->filtering.filter,
		.names = r->filtering.opts,
		.limit = cli->count,
		.silent = cli->filter_explain,
		.verbose = cli->verbose,
		.norm = cli->norm || cli->scale,
		.int64_strings = cli->int64_strings,
		.join = r->joins ? r->joining.join : NULL,
		.start = joining_start,
		.start_ctx = &r->joining,
	};
	const struct flows_ops *ops = flows_ops_of(format);
	struct filter_error fault;
	struct nf_err err;

	if (strcmp(format, "json") == 0 && cli->columns != NULL) {
		nf_err_set(&err, NF_ERR_USAGE, "-c: json shows every field; -o csv takes columns");
		report_err(&r->report, &err);
		return -1;
	}
	if (cli->columns != NULL && strcmp(cli->columns, "help") == 0)
		ops = &flows_names;
	r->flows = flows_new(ops, &opts, r->pipeline.registry, &fault);
	if (r->flows == NULL) {
		complain(r, &fault);
		return -1;
	}
	r->writer = (struct writer){
		.text = flows_output(r->flows),
		.live = r->pipeline.live || terminal_is_output(),
	};
	r->report.writer = &r->writer;
	return open_team(r, &opts);
}

/* False where going on is of no use. */
static bool written(struct flows_run *r, bool sound)
{
	struct nf_err err;

	if (!sound && !r->broken) {
		r->broken = true;
		nf_err_memory(&err);
		report_err(&r->report, &err);
	}
	return sound && writer_step(&r->writer);
}

static bool message(struct flows_run *r, const struct nf_view *view)
{
	return written(r, r->team != NULL ? flows_team_message(r->team, view) :
					    flows_message(r->flows, view));
}

/* The messages of one datagram.  All of them are read: nobody else learns from them. */
static bool messages(struct flows_run *r, struct nf_delivery *delivery)
{
	bool shows = cli_shows(r->cli, delivery->datagram);
	struct nf_view view;

	while (joining_next(&r->joining, delivery, &view, NULL)) {
		if (shows && flows_wants(r->flows) && !message(r, &view))
			return false;
	}
	return flows_wants(r->flows);
}

static bool held_sets(struct flows_run *r)
{
	struct nf_late late;

	while (joining_late(&r->joining, &late)) {
		if (cli_shows(r->cli, &late.datagram) && flows_wants(r->flows) &&
		    !written(r, flows_late(r->flows, &late)))
			return false;
	}
	return flows_wants(r->flows);
}

static void undecoded(struct flows_run *r)
{
	uint64_t sets = r->flows->undecoded;

	if (sets != 0)
		report_note(&r->report, "%" PRIu64 " data set%s without a template: not shown; "
			    "see nfpcap packets%s", sets, sets == 1 ? "" : "s",
			    r->cli->bpf != NULL ? " (--bpf may have kept it out)" : "");
}

static void run(struct flows_run *r)
{
	struct nf_delivery delivery;
	struct nf_err err;

	flows_begin(r->flows);
	while (flows_wants(r->flows) && pipeline_datagram(&r->pipeline, &delivery))
		if (!messages(r, &delivery) || !held_sets(r))
			break;
	if (r->team != NULL)
		written(r, flows_team_drain(r->team));
	written(r, flows_end(r->flows));
	filtering_end(&r->filtering, &r->report, flows_output(r->flows));
	writer_flush(&r->writer);
	if (writer_failed(&r->writer, &err)) {
		report_err(&r->report, &err);
	} else if (!r->writer.closed) {
		undecoded(r);
		joining_end(&r->joining);
		pipeline_summary(&r->pipeline, r->cli->verbose);
	}
}

int run_flows(const struct cli *cli)
{
	struct flows_run r = {
		.cli = cli,
		.report = { .state = REPORT_FINE, .accept_cut = cli->accept_cut },
	};
	struct nf_err err;

	if (pipeline_open(&r.pipeline, cli, &r.report, &err) < 0) {
		report_err(&r.report, &err);
		return report_code(&r.report);
	}
	r.joins = filtering_joins(cli) || cli->verbose || cli->norm || cli->scale;
	if (joining_open(&r.joining, &r.pipeline, r.joins) == 0 &&
	    filtering_open(&r.filtering, cli, r.pipeline.registry, &r.report,
			   r.joining.join) == 0 &&
	    open_flows(&r) == 0)
		run(&r);
	close_all(&r);
	filtering_close(&r.filtering);
	joining_close(&r.joining);
	r.report.writer = NULL;
	pipeline_close(&r.pipeline);
	return report_code(&r.report);
}
