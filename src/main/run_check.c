#include <config.h>

#include "main/run.h"

#include <string.h>

#include "main/reading.h"
#include "main/terminal.h"
#include "out/checklist.h"

struct check_run {
	struct reading reading;
	struct check *check;
	struct nf_strbuf text;
};

static const struct nf_sink *sink(struct reading *reading)
{
	return check_sink(((struct check_run *)reading)->check);
}

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	struct check_run *r = (struct check_run *)reading;

	check_drops(r->check, source_counts(reading->pipeline.source)->capture_drops);
	check_message(r->check, v, shows && filtering_shows(&reading->filtering, v));
	return true;
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	struct check_run *r = (struct check_run *)reading;

	check_late(r->check, late, filtering_shows_late(&reading->filtering, late));
	return true;
}

static void refused(struct reading *reading, const struct nf_datagram *d, enum nf_refusal why)
{
	check_refused(((struct check_run *)reading)->check, d, why, cli_shows(reading->cli, d));
}

static void event(struct reading *reading, const struct capture_event *e)
{
	check_event(((struct check_run *)reading)->check, e);
}

static const struct reading_ops ops = {
	.sums = true,
	.hidden = true,
	.filters = true,
	.sink = sink,
	.message = message,
	.late = late_set,
	.refused = refused,
	.event = event,
};

static int open_check(struct check_run *r)
{
	const struct check_opts opts = {
		.ruleset = (enum check_ruleset)r->reading.cli->ruleset,
		.live = r->reading.pipeline.live,
	};

	reading_writes(&r->reading, &r->text);
	r->check = check_new(&opts, r->reading.pipeline.registry);
	return r->check != NULL ? 0 : reading_memory(&r->reading);
}

static bool show(struct check_run *r)
{
	const struct cli *cli = r->reading.cli;
	const struct checklist list = {
		.check = r->check, .files = cli->files.v, .nfiles = cli->files.n,
		.verbose = cli->verbose,
	};

	check_end(r->check);
	if (!check_sound(r->check))
		reading_memory(&r->reading);
	if (strcmp(cli_format(cli), "json") == 0)
		checklist_json(&r->text, &list);
	else
		checklist_text(&r->text, &list);
	return reading_flush(&r->reading);
}

int run_check(const struct cli *cli)
{
	struct check_run r = { .check = NULL };
	int code;

	nf_strbuf_init(&r.text);
	if (reading_open(&r.reading, cli, filtering_joins(cli)) == 0 && open_check(&r) == 0) {
		reading_all(&r.reading, &ops);
		if (!reading_worth(&r.reading) || show(&r))
			reading_summary(&r.reading, false);
		if (check_totals(r.check)->findings[NF_ERROR] != 0 &&
		    r.reading.report.state == REPORT_FINE)
			r.reading.report.state = REPORT_NO;
	}
	check_free(r.check);
	code = reading_close(&r.reading);
	nf_strbuf_done(&r.text);
	return code;
}
