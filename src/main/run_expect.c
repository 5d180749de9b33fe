#include <config.h>

#include "main/run.h"

#include <stdio.h>
#include <string.h>

#include "main/gathering.h"
#include "main/replace.h"
#include "main/terminal.h"
#include "model/diff.h"
#include "model/snapshot.h"
#include "out/expectlist.h"

struct expect_run {
	struct gathering g;
	struct cli cli;			/* the captures alone */
	const char *path;		/* of the expectations */
	struct nf_strbuf text;		/* they */
	struct expect *expect;
	struct meaning_watch watch;
	struct out *out;
};

/* -- Opening -------------------------------------------------------------------------- */

static int read_text(struct expect_run *r)
{
	struct nf_err err;

	if (r->cli.update && strcmp(r->path, "-") == 0) {
		nf_err_set(&err, NF_ERR_USAGE, "--update needs a file that it can write");
		report_err(&r->g.reading.report, &err);
		return -1;
	}
	if (filtering_read(&r->text, "", r->path, EXPECT_TEXT_MAX, &err) == 0) {
		if (expect_looks_like_one(r->text.p, r->text.n))
			return 0;
		nf_err_set(&err, NF_ERR_USAGE, "%s: these are no expectations (the first line is "
			   "not \"%s\"); nfpcap expect FILE CAPTURE...: nfpcap snapshot writes one",
			   r->path, EXPECT_FIRST);
	}
	report_err(&r->g.reading.report, &err);
	return -1;
}

static void complain(struct expect_run *r, const struct filter_error *fault)
{
	const char *text = nf_strbuf_cstr(&r->text);
	char place[200];

	snprintf(place, sizeof(place), "%.150s:%u", r->path,
		 expect_line_at(text, fault->span.off));
	reading_complain(&r->g.reading, place, text, fault);
}

static int open_expect(struct expect_run *r)
{
	static const char *rules[CHECK_RULES + 1];
	const struct expect_opts opts = {
		.names = &r->g.reading.filtering.opts, .rules = rules,
		.map = r->cli.maps.v, .nmap = r->cli.maps.n,
		.allow_empty = r->cli.allow_empty,
	};
	struct filter_error fault;

	for (unsigned i = 0; i < CHECK_RULES; i++)
		rules[i] = check_rules[i].id;
	r->expect = expect_new(nf_strbuf_cstr(&r->text), r->text.n, &opts,
			       r->g.reading.pipeline.registry, &fault);
	if (r->expect == NULL) {
		complain(r, &fault);
		return -1;
	}
	r->watch = expect_watch(r->expect);
	return 0;
}

static int check_maps(struct expect_run *r)
{
	struct nf_addr old, new;
	struct nf_err err;

	for (size_t i = 0; i < r->cli.maps.n; i++)
		if (!diff_mapping(r->cli.maps.v[i], &old, &new)) {
			nf_err_set(&err, NF_ERR_USAGE, "--map: \"%s\" is no OLD=NEW of addresses",
				   r->cli.maps.v[i]);
			report_err(&r->g.reading.report, &err);
			return -1;
		}
	return 0;
}

static int open_out(struct expect_run *r)
{
	const struct out_opts opts = {
		.color = terminal_color(&r->cli), .width = terminal_width(&r->cli),
	};

	r->out = out_new(&expectlist_out, &opts, r->g.reading.pipeline.registry);
	if (r->out == NULL)
		return reading_memory(&r->g.reading);
	reading_writes(&r->g.reading, &r->out->text);
	return 0;
}

/* A capture on standard input is kept where it is read for finding.*, too. */
static int prepare(struct expect_run *r)
{
	r->g.reading.report = (struct report){ .state = REPORT_FINE };
	if (check_maps(r) < 0 || read_text(r) < 0)
		return -1;
	if (strstr(nf_strbuf_cstr(&r->text), "finding.") == NULL)
		return 0;
	return filtering_prepare_findings(&r->cli, &r->g.reading.report);
}

static int know_findings(struct expect_run *r)
{
	struct reading *reading = &r->g.reading;

	if (!expect_asks_findings(r->expect))
		return 0;
	return filtering_know_findings(&reading->filtering, &reading->pipeline);
}

static int open_all(struct expect_run *r)
{
	const struct gathering_opts opts = { .keys = SNAPSHOT_KEYS, .watch = &r->watch };

	return prepare(r) < 0 || gathering_open(&r->g, &r->cli, &opts) < 0 ||
	       open_expect(r) < 0 || know_findings(r) < 0 || open_out(r) < 0 ? -1 : 0;
}

/* -- The end -------------------------------------------------------------------------- */

static int update(struct expect_run *r)
{
	struct nf_strbuf s;
	struct nf_err err;
	int code = 0;

	if (r->expect->nedits == 0)
		return 0;
	nf_strbuf_init(&s);
	if (!expect_update(r->expect, &s))
		code = nf_err_memory(&err);
	else
		code = replace_text(r->path, &s, &err);
	nf_strbuf_done(&s);
	if (code < 0)
		report_err(&r->g.reading.report, &err);
	return code;
}

/* Lines that were renewed pass from now on. */
static void settle(struct expect_run *r, bool nothing)
{
	struct reading *reading = &r->g.reading;
	size_t left = r->expect->failed_lines;

	if (r->cli.update && reading->report.state == REPORT_DAMAGED) {
		report_note(&reading->report, "%s: not renewed by a capture that ends in damage "
			    "(--accept-cut)", r->path);
	} else if (r->cli.update && !nothing) {
		if (update(r) < 0)
			return;
		left = r->expect->stuck;
		if (r->expect->nedits != 0)
			report_note(&reading->report, "%s: %zu value%s renewed", r->path,
				    r->expect->nedits, r->expect->nedits == 1 ? "" : "s");
		if (left != 0)
			report_note(&reading->report, "%s: what no value can renew still fails",
				    r->path);
	}
	if ((left != 0 || (nothing && !r->cli.allow_empty)) && reading->report.state > REPORT_NO)
		reading->report.state = REPORT_NO;
}

static void show(struct expect_run *r)
{
	struct reading *reading = &r->g.reading;
	struct expectlist list = {
		.o = r->out, .expect = r->expect, .path = r->path, .quiet = r->cli.quiet,
		.allow_empty = r->cli.allow_empty,
	};

	if (reading->filtering.explain) {
		reading_flush(reading);
		return;
	}
	if (!gathering_end(&r->g) || !expect_judge(r->expect, r->g.meaning)) {
		reading_memory(reading);
		return;
	}
	list.nothing = r->g.meaning->ndomains == 0;
	expectlist_show(&list, cli_format(&r->cli));
	if (!reading_flush(reading))
		return;
	if (r->expect->crowded)
		report_note(&reading->report, "flows of domains beyond the first %d were not "
			    "judged by themselves", EXPECT_SLOTS);
	gathering_remarks(&r->g, "", "not judged");
	if (r->expect->nlines == 0)
		report_note(&reading->report, "%s: no line of it expects anything%s", r->path,
			    r->cli.allow_empty ? "" : " (--allow-empty)");
	settle(r, list.nothing || r->expect->nlines == 0);
}

int run_expect(const struct cli *cli)
{
	struct expect_run r = { .cli = *cli, .path = cli->files.v[0] };

	r.cli.files.v++;
	r.cli.files.n--;
	nf_strbuf_init(&r.text);
	if (open_all(&r) == 0) {
		gathering_read(&r.g);
		if (gathering_worth(&r.g))
			show(&r);
		reading_summary(&r.g.reading, cli->verbose);
	}
	expect_free(r.expect);
	gathering_done(&r.g);
	out_free(r.out);
	nf_strbuf_done(&r.text);
	return reading_close(&r.g.reading);
}
