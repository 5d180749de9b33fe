#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/baseline.h"
#include "main/checking.h"
#include "main/reading.h"
#include "main/severities.h"
#include "main/terminal.h"
#include "out/checklist.h"

struct check_run {
	struct reading reading;
	struct severities severities;
	struct baseline baseline;
	struct out *out;
};

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	checking_message(reading, v, shows);
	return true;
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	checking_late(reading, late);
	return true;
}

static const struct reading_ops ops = {
	.sums = true,
	.hidden = true,
	.filters = true,
	.sink = checking_sink,
	.message = message,
	.late = late_set,
	.refused = checking_refused,
	.event = checking_event,
};

/* -- Opening -------------------------------------------------------------------------- */

static int fault(struct check_run *r, const struct nf_err *err)
{
	report_err(&r->reading.report, err);
	return -1;
}

/* What the user says of rules and findings: it is read before any capture is. */
static int open_wishes(struct check_run *r)
{
	const struct cli *cli = r->reading.cli;
	struct nf_err err;

	if (severities_open(&r->severities, cli, &err) < 0)
		return fault(r, &err);
	if (cli->baseline != NULL && baseline_read(&r->baseline, cli->baseline, &err) < 0)
		return fault(r, &err);
	return 0;
}

static int open_out(struct check_run *r)
{
	const struct cli *cli = r->reading.cli;
	const struct out_opts opts = {
		.color = terminal_color(cli),
		.width = terminal_width(cli),
		.files = r->reading.pipeline.names,
		.nfiles = cli->files.n,
	};

	r->out = out_new(&checklist_out, &opts, r->reading.pipeline.registry);
	if (r->out == NULL)
		return reading_memory(&r->reading);
	reading_writes(&r->reading, &r->out->text);
	return 0;
}

static int open_check(struct check_run *r)
{
	const struct cli *cli = r->reading.cli;
	const struct check_opts opts = {
		.ruleset = (enum check_ruleset)cli->ruleset,
		.severity = r->severities.of,
		.accepted = cli->baseline != NULL ? baseline_accepts : NULL,
		.accepted_ctx = &r->baseline,
		.all = cli->all,
		.seq = {
			.max_gap = (uint32_t)cli->max_gap, .max_back = (uint32_t)cli->max_back,
		},
		.lifetime_ns = cli->lifetime,
		.skew_ns = cli->skew,
		.mtu = (uint32_t)cli->mtu,
	};

	if (open_wishes(r) < 0 || open_out(r) < 0)
		return -1;
	r->reading.check = check_new(&opts, r->reading.pipeline.registry);
	return r->reading.check != NULL ? 0 : reading_memory(&r->reading);
}

/* -- The end -------------------------------------------------------------------------- */

static bool step(void *ctx)
{
	struct writer *writer = ctx;

	return !writer->text->failed && writer_step(writer);
}

static uint8_t fail_on(const struct cli *cli)
{
	static const uint8_t from[] = {
		[CLI_FAIL_ON_ERROR] = NF_ERROR, [CLI_FAIL_ON_WARNING] = NF_WARNING,
		[CLI_FAIL_ON_NOTE] = NF_NOTE, [CLI_FAIL_ON_NEVER] = CHECKLIST_NEVER,
		[CLI_FAIL_ON_UNSAID] = NF_ERROR,
	};

	return from[cli->fail_on];
}

static struct checklist checklist(struct check_run *r)
{
	const struct cli *cli = r->reading.cli;
	const struct filter *filter = r->reading.filtering.filter;
	bool ranges = cli->ports.given || cli->from != INT64_MIN || cli->to != INT64_MAX;

	return (struct checklist){
		.ops = checklist_ops_of(cli_format(cli)),
		.o = r->out,
		.check = r->reading.check,
		.fail_on = fail_on(cli),
		.verbose = cli->verbose,
		.all = cli->all,
		.notes = cli->notes || cli->ruleset == CHECK_STRICT ||
			 cli->fail_on == CLI_FAIL_ON_NOTE,
		.quiet = cli->quiet,
		.damaged = r->reading.report.damaged,
		.accept_cut = cli->accept_cut,
		.limited = filter != NULL || ranges,
		/* where there is none with a finding, that is an answer */
		.chosen = filter != NULL ? !filter_asks_findings(filter) : ranges,
		.allow_empty = cli->allow_empty,
		.stale = baseline_stale(&r->baseline),
		.step = step,
		.ctx = &r->reading.writer,
	};
}

static void keep(struct check_run *r)
{
	const char *path = r->reading.cli->write_baseline;
	struct nf_err err;

	if (path != NULL && baseline_write(path, r->reading.check, &err) < 0)
		report_err(&r->reading.report, &err);
}

/* False where there is nothing left to say. */
static bool show(struct check_run *r)
{
	struct report *report = &r->reading.report;
	struct checklist list;

	check_end(r->reading.check);
	if (!check_sound(r->reading.check) || r->baseline.failed)
		reading_memory(&r->reading);
	list = checklist(r);
	if (!r->reading.filtering.explain) {
		checklist_show(&list);
		if (checklist_is_no(&list) && report->state > REPORT_NO)
			report->state = REPORT_NO;
		keep(r);
	}
	return reading_flush(&r->reading);
}

int run_check(const struct cli *cli)
{
	struct check_run r = { .out = NULL };
	int code;

	baseline_init(&r.baseline);
	if (reading_open(&r.reading, cli, filtering_joins(cli)) == 0 && open_check(&r) == 0) {
		reading_all(&r.reading, &ops);
		if (!reading_worth(&r.reading) || show(&r))
			reading_summary(&r.reading, false);
	}
	check_free(r.reading.check);
	baseline_done(&r.baseline);
	code = reading_close(&r.reading);
	out_free(r.out);
	return code;
}
