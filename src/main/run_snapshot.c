#include <config.h>

#include "main/run.h"

#include "main/gathering.h"
#include "model/snapshot.h"

struct snapshot_run {
	struct gathering g;
	struct snapshot snapshot;
	struct meaning_watch watch;
	struct nf_strbuf text;
};

static int open_all(struct snapshot_run *r, const struct cli *cli)
{
	const struct gathering_opts opts = { .keys = SNAPSHOT_KEYS, .watch = &r->watch };

	if (gathering_open(&r->g, cli, &opts) < 0)
		return -1;
	if (!snapshot_init(&r->snapshot, &r->g.reading.filtering.opts,
			   r->g.reading.pipeline.registry))
		return reading_memory(&r->g.reading);
	r->watch = snapshot_watch(&r->snapshot);
	r->snapshot.title = cli->files.n == 1 ? cli->files.v[0] : NULL;
	reading_writes(&r->g.reading, &r->text);
	return 0;
}

static void show(struct snapshot_run *r, const struct cli *cli)
{
	struct reading *reading = &r->g.reading;

	if (!gathering_end(&r->g)) {
		reading_memory(reading);
		return;
	}
	if (r->g.meaning->ndomains == 0 && !cli->allow_empty) {
		report_note(&reading->report, "no flow export: there is nothing to expect "
			    "(--allow-empty)");
		if (reading->report.state > REPORT_NO)
			reading->report.state = REPORT_NO;
		return;
	}
	if (!snapshot_text(&r->snapshot, r->g.meaning, &r->text)) {
		reading_memory(reading);
		return;
	}
	if (reading_flush(reading))
		gathering_remarks(&r->g, "", "not among the flows");
}

int run_snapshot(const struct cli *cli)
{
	struct snapshot_run r = { .watch = { .ctx = NULL } };

	nf_strbuf_init(&r.text);
	if (open_all(&r, cli) == 0) {
		gathering_read(&r.g);
		if (gathering_worth(&r.g))
			show(&r, cli);
		reading_summary(&r.g.reading, cli->verbose);
	}
	snapshot_done(&r.snapshot);
	gathering_done(&r.g);
	nf_strbuf_done(&r.text);
	return reading_close(&r.g.reading);
}
