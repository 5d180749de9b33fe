#include <config.h>

#include "main/run.h"

#include <inttypes.h>
#include <string.h>

#include "main/reading.h"
#include "main/terminal.h"
#include "out/toplist.h"

enum { ROWS = 10 };			/* unless -n says otherwise */

struct top_run {
	struct reading reading;
	struct top *top;
	struct toplist list;
	uint8_t stats[TOP_STATS];
	unsigned nstats;
};

/* -- What is wanted ------------------------------------------------------------------- */

static bool is_key(struct top_run *r, const char *name, int n)
{
	struct reading *reading = &r->reading;
	struct filter_names *names = filter_names_new(&reading->filtering.opts,
						      reading->pipeline.registry);
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
	report_err(&r->reading.report, &err);
	return -1;
}

static int read_stats(struct top_run *r)
{
	const char *at = r->reading.cli->stats != NULL ? r->reading.cli->stats : "bytes";

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
	const struct cli *cli = r->reading.cli;
	const char *keys = cli->keys != NULL ? cli->keys : "src";
	const struct top_opts opts = {
		.keys = keys,
		.names = &r->reading.filtering.opts,
		.filter = r->reading.filtering.filter,
		.max_keys = (size_t)cli->max_keys,
		.biflow = cli->biflow,
		.keep_duplicates = cli->keep_duplicates,
		.scale = cli->scale ? r->reading.joining.join : NULL,
	};
	struct filter_error fault;

	if (read_stats(r) < 0)
		return -1;
	reading_writes(&r->reading, &r->list.text);
	r->top = top_new(&opts, r->reading.pipeline.registry, &fault);
	if (r->top != NULL)
		return 0;
	reading_complain(&r->reading, "-k", keys, &fault);
	return -1;
}

/* -- Reading -------------------------------------------------------------------------- */

static bool wants(const struct reading *reading)
{
	return !((const struct top_run *)reading)->top->failed;
}

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	(void)shows;
	top_message(((struct top_run *)reading)->top, v);
	return true;
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	top_late(((struct top_run *)reading)->top, late);
	return true;
}

static const struct reading_ops ops = {
	.sums = true,
	.wants = wants,
	.message = message,
	.late = late_set,
};

/* -- Showing -------------------------------------------------------------------------- */

/* False where memory is out. */
static bool rows(struct top_run *r)
{
	const struct cli *cli = r->reading.cli;
	struct toplist *list = &r->list;

	*list = (struct toplist){
		.ops = toplist_ops_of(cli_format(cli)),
		.top = r->top,
		.order = { .stats = r->stats, .nstats = r->nstats, .ascending = cli->ascending },
		.max = cli->count == UINT64_MAX ? ROWS : cli->count == 0 ? SIZE_MAX :
								  (size_t)cli->count,
		.width = terminal_width(cli),
		.color = terminal_color(cli),
		.files = r->reading.pipeline.names,
		.nfiles = cli->files.n,
	};
	if (!toplist_open(list))
		return false;
	for (size_t i = 0; i < list->n; i++) {
		toplist_row(list, i);
		if (!writer_step(&r->reading.writer))
			return true;
	}
	toplist_close(list);
	return true;
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
		report_note(&r->reading.report, "%" PRIu64 " message%s captured before: %s", t->duplicates,
			    t->duplicates == 1 ? " was" : "s were", r->reading.cli->keep_duplicates ?
			    "counted again" : "not counted again (--keep-duplicates)");
	if (t->events > 0)
		report_note(&r->reading.report, "%" PRIu64 " record%s of events: no traffic, not counted",
			    t->events, plural(t->events));
	if (t->deltas && t->only_totals > 0)
		report_note(&r->reading.report, "%" PRIu64 " record%s with total counters alone: added up "
			    "apart", t->only_totals, plural(t->only_totals));
	if (!r->reading.cli->biflow && t->both_ways > 0)
		report_note(&r->reading.report, "%" PRIu64 " record%s with %" PRIu64 " octets of the other "
			    "direction: --biflow adds them", t->both_ways, plural(t->both_ways),
			    t->reverse_octets);
	if (t->unrated > 0)
		report_note(&r->reading.report, "%" PRIu64 " record%s of unknown sampling rate: counted as "
			    "exported", t->unrated, plural(t->unrated));
	if (t->ambiguous > 0)
		report_note(&r->reading.report, "%" PRIu64 " record%s that more than one sampling rate "
			    "fits: counted as exported", t->ambiguous, plural(t->ambiguous));
	if (t->beyond > 0)
		report_note(&r->reading.report, "more than %zu keys: what %" PRIu64 " record%s with further "
			    "ones said is in \"others\" (--max-keys)", t->opts.max_keys, t->beyond,
			    plural(t->beyond));
	if (t->undecoded > 0)
		report_note(&r->reading.report, "%" PRIu64 " data set%s without a template: not counted%s",
			    t->undecoded, plural(t->undecoded),
			    r->reading.cli->bpf != NULL ? " (--bpf may have kept it out)" : "");
}

/* False where there is nothing left to say. */
static bool show(struct top_run *r)
{
	if (!r->reading.filtering.explain && (r->top->failed || !rows(r))) {
		reading_memory(&r->reading);
		return false;
	}
	if (!reading_flush(&r->reading))
		return false;
	if (!r->reading.filtering.explain)
		remarks(r);
	return true;
}

static int help(void)
{
	struct report report = { .state = REPORT_FINE };
	struct nf_strbuf text;
	struct writer writer = { .text = &text };
	struct nf_err err;

	nf_strbuf_init(&text);
	toplist_help(&text);
	writer_flush(&writer);
	if (writer_failed(&writer, &err))
		report_err(&report, &err);
	nf_strbuf_done(&text);
	return report_code(&report);
}

int run_top(const struct cli *cli)
{
	struct top_run r = { .top = NULL };
	int code;

	if (cli_asks_names(cli))
		return help();
	if (reading_open(&r.reading, cli, cli->scale || filtering_joins(cli)) == 0 &&
	    open_top(&r) == 0) {
		reading_all(&r.reading, &ops);
		top_end(r.top);
		if (!reading_worth(&r.reading) || show(&r))
			reading_summary(&r.reading, cli->verbose);
	}
	code = reading_close(&r.reading);
	toplist_done(&r.list);
	top_free(r.top);
	return code;
}
