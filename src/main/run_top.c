#include <config.h>

#include "main/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "main/filtering.h"
#include "main/joining.h"
#include "main/terminal.h"
#include "main/writer.h"
#include "out/toplist.h"

enum { ROWS = 10 };			/* unless -n says otherwise */

struct top_run {
	const struct cli *cli;
	struct report report;
	struct pipeline pipeline;
	struct filtering filtering;
	struct joining joining;
	struct top *top;
	uint8_t stats[TOP_STATS];
	unsigned nstats;
};

static void out_of_memory(struct top_run *r)
{
	struct nf_err err;

	nf_err_memory(&err);
	report_err(&r->report, &err);
}

/* -- What is wanted ------------------------------------------------------------------- */

/* The first line as every error, the keys and a caret below it. */
static void complain(struct top_run *r, const char *keys, const struct filter_error *fault)
{
	struct nf_strbuf s;
	struct nf_err err;
	const char *rest;

	if (fault->memory) {
		out_of_memory(r);
		return;
	}
	nf_strbuf_init(&s);
	filter_error_text(&s, keys, strlen(keys), fault);
	rest = strchr(nf_strbuf_cstr(&s), '\n');
	nf_err_set(&err, NF_ERR_USAGE, "-k: %.*s", (int)strcspn(nf_strbuf_cstr(&s), "\n"),
		   nf_strbuf_cstr(&s));
	report_err(&r->report, &err);
	if (rest != NULL)
		fprintf(stderr, "%s\n", rest + 1);
	nf_strbuf_done(&s);
}

static bool is_key(struct top_run *r, const char *name, int n)
{
	struct filter_names *names = filter_names_new(&r->filtering.opts, r->pipeline.registry);
	struct filter_error unknown;
	bool known = names != NULL && filter_names_find(names, (struct nf_bytes){
		(const uint8_t *)name, (size_t)n }, &unknown) != NULL;

	filter_names_free(names);
	return known;
}

/* What is no statistic; fingers that know nfdump write "srcip/bytes". */
static int bad_stat(struct top_run *r, const char *name, int n)
{
	const char *slash = memchr(name, '/', (size_t)n);
	struct nf_err err;

	if (slash == NULL && is_key(r, name, n))
		nf_err_set(&err, NF_ERR_USAGE, "-s: %.*s is a key: use -k %.*s", n, name, n, name);
	else if (slash != NULL)
		nf_err_set(&err, NF_ERR_USAGE, "-s %.*s: use -k %.*s -s %.*s", n, name,
			   (int)(slash - name), name, (int)(name + n - slash - 1), slash + 1);
	else
		nf_err_set(&err, NF_ERR_USAGE, "-s: \"%.*s\" is no statistic; -k help lists them",
			   n, name);
	report_err(&r->report, &err);
	return -1;
}

static int read_stats(struct top_run *r)
{
	const char *at = r->cli->stats != NULL ? r->cli->stats : "bytes";

	for (;; at++) {
		size_t n = strcspn(at, ",");
		int stat = top_stat_named(at, n);

		if (stat < 0)
			return bad_stat(r, at, (int)n);
		if (memchr(r->stats, stat, r->nstats) == NULL)
			r->stats[r->nstats++] = (uint8_t)stat;
		at += n;
		if (*at == '\0')
			return 0;
	}
}

static int open_top(struct top_run *r)
{
	const struct cli *cli = r->cli;
	const char *keys = cli->keys != NULL ? cli->keys : "src";
	const struct top_opts opts = {
		.keys = keys,
		.names = &r->filtering.opts,
		.filter = r->filtering.filter,
		.max_keys = (size_t)cli->max_keys,
		.biflow = cli->biflow,
		.keep_duplicates = cli->keep_duplicates,
		.scale = cli->scale ? r->joining.join : NULL,
	};
	struct filter_error fault;

	if (read_stats(r) < 0)
		return -1;
	r->top = top_new(&opts, r->pipeline.registry, &fault);
	if (r->top != NULL)
		return 0;
	complain(r, keys, &fault);
	return -1;
}

/* -- Reading -------------------------------------------------------------------------- */

static void message(struct top_run *r, const struct nf_view *view)
{
	if (r->filtering.explain)
		filtering_shows(&r->filtering, view);
	else
		top_message(r->top, view);
}

static void late_set(struct top_run *r, const struct nf_late *late)
{
	if (r->filtering.explain)
		filtering_shows_late(&r->filtering, late);
	else
		top_late(r->top, late);
}

static void read_all(struct top_run *r)
{
	struct nf_delivery delivery;
	struct nf_view view;
	struct nf_late late;

	while (!r->top->failed && pipeline_datagram(&r->pipeline, &delivery)) {
		bool shows = cli_shows(r->cli, delivery.datagram);

		while (joining_next(&r->joining, &delivery, &view, NULL))
			if (shows)
				message(r, &view);
		while (joining_late(&r->joining, &late))
			if (cli_shows(r->cli, &late.datagram))
				late_set(r, &late);
	}
	top_end(r->top);
}

/* -- Showing -------------------------------------------------------------------------- */

static bool rows(struct top_run *r, struct writer *writer)
{
	const struct cli *cli = r->cli;
	struct toplist list = {
		.ops = toplist_ops_of(cli_format(cli)),
		.top = r->top,
		.order = { .stats = r->stats, .nstats = r->nstats, .ascending = cli->ascending },
		.max = cli->count == UINT64_MAX ? ROWS : cli->count == 0 ? SIZE_MAX :
								  (size_t)cli->count,
		.width = terminal_width(cli),
		.color = terminal_color(cli),
		.files = cli->files.v,
		.nfiles = cli->files.n,
	};
	bool sound = toplist_open(&list);

	*writer = (struct writer){ .text = &list.text };
	for (size_t i = 0; sound && i < list.n; i++) {
		toplist_row(&list, i);
		if (!writer_step(writer))
			break;
	}
	if (sound && !writer->closed)
		toplist_close(&list);
	sound = sound && !list.text.failed;
	if (sound)
		writer_flush(writer);
	toplist_done(&list);
	return sound;
}

/* "s" where N is not one. */
static const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* What is not in the sums, or not as one may think. */
static void remarks(struct top_run *r)
{
	const struct top *t = r->top;

	if (t->duplicates > 0)
		report_note(&r->report, "%" PRIu64 " message%s captured before: %s", t->duplicates,
			    t->duplicates == 1 ? " was" : "s were", r->cli->keep_duplicates ?
			    "counted again" : "not counted again (--keep-duplicates)");
	if (t->events > 0)
		report_note(&r->report, "%" PRIu64 " record%s of events: no traffic, not counted",
			    t->events, plural(t->events));
	if (t->deltas && t->only_totals > 0)
		report_note(&r->report, "%" PRIu64 " record%s with total counters alone: added up "
			    "apart", t->only_totals, plural(t->only_totals));
	if (!r->cli->biflow && t->both_ways > 0)
		report_note(&r->report, "%" PRIu64 " record%s with %" PRIu64 " octets of the other "
			    "direction: --biflow adds them", t->both_ways, plural(t->both_ways),
			    t->reverse_octets);
	if (t->unrated > 0)
		report_note(&r->report, "%" PRIu64 " record%s of unknown sampling rate: counted as "
			    "exported", t->unrated, plural(t->unrated));
	if (t->ambiguous > 0)
		report_note(&r->report, "%" PRIu64 " record%s that more than one sampling rate "
			    "fits: counted as exported", t->ambiguous, plural(t->ambiguous));
	if (t->beyond > 0)
		report_note(&r->report, "more than %zu keys: what %" PRIu64 " record%s with further "
			    "ones said is in \"others\" (--max-keys)", t->opts.max_keys, t->beyond,
			    plural(t->beyond));
	if (t->undecoded > 0)
		report_note(&r->report, "%" PRIu64 " data set%s without a template: not counted%s",
			    t->undecoded, plural(t->undecoded),
			    r->cli->bpf != NULL ? " (--bpf may have kept it out)" : "");
}

static void explain(struct top_run *r)
{
	struct nf_strbuf text;
	struct writer writer = { .text = &text };

	nf_strbuf_init(&text);
	filtering_end(&r->filtering, &r->report, &text);
	writer_flush(&writer);
	nf_strbuf_done(&text);
}

static void show(struct top_run *r)
{
	struct writer writer = { .failed = 0 };
	struct nf_err err;

	explain(r);		/* what the filter has to say, if anything */
	if (r->filtering.explain)
		return;
	if (r->top->failed || !rows(r, &writer)) {
		out_of_memory(r);
		return;
	}
	if (writer_failed(&writer, &err))
		report_err(&r->report, &err);
	else if (!writer.closed)
		remarks(r);
}

/* -k help, -s help */
static bool asks_help(const char *names)
{
	return names != NULL && strcmp(names, "help") == 0;
}

static int help(void)
{
	struct nf_strbuf text;
	struct writer writer = { .text = &text };

	nf_strbuf_init(&text);
	toplist_help(&text);
	writer_flush(&writer);
	nf_strbuf_done(&text);
	return 0;
}

int run_top(const struct cli *cli)
{
	struct top_run r = {
		.cli = cli,
		.report = { .state = REPORT_FINE, .accept_cut = cli->accept_cut },
	};
	struct nf_err err;

	if (asks_help(cli->keys) || asks_help(cli->stats))
		return help();
	if (pipeline_open(&r.pipeline, cli, &r.report, &err) < 0) {
		report_err(&r.report, &err);
		return report_code(&r.report);
	}
	if (joining_open(&r.joining, &r.pipeline, cli->scale || filtering_joins(cli)) == 0 &&
	    filtering_open(&r.filtering, cli, r.pipeline.registry, &r.report,
			   r.joining.join) == 0 &&
	    open_top(&r) == 0) {
		read_all(&r);
		if (r.report.state != REPORT_FAILED ||
		    source_counts(r.pipeline.source)->frames != 0)
			show(&r);
		joining_end(&r.joining);
		pipeline_summary(&r.pipeline, cli->verbose);
	}
	filtering_close(&r.filtering);
	joining_close(&r.joining);
	top_free(r.top);
	pipeline_close(&r.pipeline);
	return report_code(&r.report);
}
