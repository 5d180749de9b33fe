/*
 * `rules` and `explain`: what is known of rules, without a capture.
 */
#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/cli.h"
#include "main/report.h"
#include "main/severities.h"
#include "main/terminal.h"
#include "main/writer.h"
#include "model/pattern.h"
#include "out/checklist.h"
#include "out/rulelist.h"

struct rules_run {
	const struct cli *cli;
	struct report report;
	struct out *out;
	struct writer writer;
};

static int open_rules(struct rules_run *r, const struct cli *cli)
{
	const struct out_opts opts = {
		.color = terminal_color(cli), .width = terminal_width(cli),
	};
	struct nf_err err;

	*r = (struct rules_run){ .cli = cli, .report = { .state = REPORT_FINE } };
	r->out = out_new(&checklist_out, &opts, NULL);
	if (r->out == NULL) {
		nf_err_memory(&err);
		report_err(&r->report, &err);
		return -1;
	}
	r->writer.text = &r->out->text;
	r->report.writer = &r->writer;
	return 0;
}

static int close_rules(struct rules_run *r)
{
	struct nf_err err;

	if (r->out != NULL && r->out->text.failed) {
		nf_err_memory(&err);
		report_err(&r->report, &err);
	} else if (r->out != NULL) {
		writer_flush(&r->writer);
		if (writer_failed(&r->writer, &err))
			report_err(&r->report, &err);
	}
	r->report.writer = NULL;
	out_free(r->out);
	return report_code(&r->report);
}

static bool is_json(const struct rules_run *r)
{
	return strcmp(cli_format(r->cli), "json") == 0;
}

static void explain(struct rules_run *r, const struct check_rule *rule)
{
	if (is_json(r)) {
		rulelist_json(r->out, rule);
		return;
	}
	if (r->out->text.n != 0)
		nf_sb_str(&r->out->text, "\n\n");
	rulelist_explain(r->out, rule);
}

int run_explain(const struct cli *cli)
{
	struct rules_run r;
	struct nf_err err;

	if (open_rules(&r, cli) < 0)
		return report_code(&r.report);
	for (size_t i = 0; i < cli->files.n; i++) {
		enum check_rule_id rule = severities_rule(cli->files.v[i], &err);

		if (rule < CHECK_RULES)
			explain(&r, &check_rules[rule]);
		else
			report_err(&r.report, &err);
	}
	return close_rules(&r);
}

/* -- All of them ---------------------------------------------------------------------- */

/* Mark in WANTED the rules whose name PATTERN matches. */
static int want(bool *wanted, const char *pattern, struct nf_err *err)
{
	struct pattern p;
	char why[160];
	bool sound = pattern_init(&p, pattern, why, sizeof(why));

	for (unsigned i = 0; sound && i < CHECK_RULES; i++)
		wanted[i] |= pattern_matches(&p, check_rules[i].id);
	pattern_done(&p);
	if (sound)
		return 0;
	return why[0] == '\0' ? nf_err_memory(err) :
	       nf_err_set(err, NF_ERR_USAGE, "%s: %s", pattern, why);
}

static void show(struct rules_run *r, const struct check_rule *rule)
{
	if (r->cli->verbose)
		explain(r, rule);
	else if (is_json(r))
		rulelist_json(r->out, rule);
	else
		rulelist_row(r->out, rule);
}

int run_rules(const struct cli *cli)
{
	bool wanted[CHECK_RULES] = { false }, any = false;
	struct rules_run r;
	struct nf_err err;

	if (open_rules(&r, cli) < 0)
		return report_code(&r.report);
	for (size_t i = 0; i < cli->files.n; i++) {
		if (want(wanted, cli->files.v[i], &err) < 0) {
			report_err(&r.report, &err);
			return close_rules(&r);
		}
	}
	for (unsigned i = 0; i < CHECK_RULES; i++) {
		if (cli->files.n != 0 && !wanted[i])
			continue;
		any = true;
		show(&r, &check_rules[i]);
	}
	if (!any) {
		r.report.state = REPORT_NO;
		report_note(&r.report, "no rule is called so");
	}
	return close_rules(&r);
}
