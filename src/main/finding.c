#include <config.h>

#include "main/finding.h"

#include <inttypes.h>
#include <string.h>

#include "main/joining.h"
#include "main/keeping.h"
#include "main/severities.h"

struct reader {
	struct pipeline pipeline;
	struct joining joining;		/* times that count from the start of a system */
	struct report silent;		/* what it would say is said by the reading that comes */
	struct severities severities;	/* the checker looks into them as it goes */
	struct check *check;
	struct found found;
};

void finding_init(struct finding *f)
{
	found_rules_init(&f->rules);
	findings_init(&f->findings, &f->rules.labels);
}

void finding_done(struct finding *f)
{
	findings_done(&f->findings);
}

int finding_prepare(const struct cli *cli, struct nf_err *err)
{
	return cli->listen == NULL && !cli->follow ? keeping_stdin(&cli->files, err) : 0;
}

/* Inputs are there to be read twice; -1 and *ERR if not. */
static int rereadable(const struct cli *cli, struct nf_err *err)
{
	const struct cli_files *files = &cli->files;

	if (cli->listen != NULL || cli->follow)
		return nf_err_set(err, NF_ERR_USAGE, "finding.*: findings are known of what was "
				  "read to its end, not of what is still coming; keep that with "
				  "-w, and filter the file");
	for (size_t i = 0; i < files->n; i++)
		if (!source_rereadable(&files->v[i], 1))
			return nf_err_set(err, NF_ERR_ENV, "%s: is read twice for finding.*, and "
					  "no file; try - with < %s", files->v[i], files->v[i]);
	return 0;
}

/* -- Reading -------------------------------------------------------------------------- */

static void refused(void *ctx, const struct nf_datagram *d, enum nf_refusal why)
{
	check_refused(((struct reader *)ctx)->check, d, why, true);
}

static void event(void *ctx, const struct capture_event *e)
{
	check_event(((struct reader *)ctx)->check, e);
}

static void read_all(struct reader *r)
{
	const struct pipeline_hooks hooks = { .ctx = r, .refused = refused, .event = event };
	struct nf_delivery delivery;
	struct nf_view view;

	pipeline_hook(&r->pipeline, &hooks);
	while (pipeline_datagram(&r->pipeline, &delivery))
		while (joining_next(&r->joining, &delivery, &view, check_sink(r->check))) {
			check_drops(r->check, source_counts(r->pipeline.source)->capture_drops);
			check_message(r->check, &view, true);
		}
	pipeline_hook(&r->pipeline, &(struct pipeline_hooks){ 0 });
	check_end(r->check);
}

/* As `check` with the same options has it. */
static int open_check(struct reader *r, struct nf_err *err)
{
	const struct cli *cli = r->pipeline.cli;
	struct check_opts opts = {
		.ruleset = (enum check_ruleset)cli->ruleset,
		.severity = r->severities.of,
		.occurred = found_occurred,
		.occurred_ctx = &r->found,
		.seq = {
			.max_gap = (uint32_t)cli->max_gap, .max_back = (uint32_t)cli->max_back,
		},
		.lifetime_ns = cli->lifetime,
		.skew_ns = cli->skew,
		.mtu = (uint32_t)cli->mtu,
	};

	if (severities_open(&r->severities, cli, err) < 0)
		return -1;
	if (joining_open(&r->joining, &r->pipeline, false) < 0)
		return nf_err_memory(err);
	r->check = check_new(&opts, r->pipeline.registry);
	return r->check != NULL ? 0 : nf_err_memory(err);
}

/* What is missing of what was found. */
static int say(const struct reader *r, bool settled, struct report *report, struct nf_err *err)
{
	uint64_t beyond = r->found.beyond + check_totals(r->check)->beyond_findings;

	if (!settled || !check_sound(r->check))
		return nf_err_memory(err);
	if (beyond != 0)
		report_note(report, "finding.*: %" PRIu64 " findings found no room: messages have "
			    "more of them than is known", beyond);
	return 0;
}

int finding_read(struct finding *f, const struct pipeline *pipeline)
{
	struct reader r = { .silent = { .state = REPORT_FINE, .silent = true } };
	struct nf_err err;
	int got;

	found_init(&r.found);
	got = rereadable(pipeline->cli, &err);
	if (got == 0)
		got = pipeline_open_again(&r.pipeline, pipeline, &r.silent, &err);
	if (got == 0) {
		got = open_check(&r, &err);
		if (got == 0) {
			read_all(&r);
			got = say(&r, found_settle(&r.found, &f->findings), pipeline->report,
				  &err);
		}
		check_free(r.check);
		joining_close(&r.joining);
		pipeline_close(&r.pipeline);
	}
	found_done(&r.found);
	if (got < 0)
		report_err(pipeline->report, &err);
	return got;
}
