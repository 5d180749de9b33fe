#include <config.h>

#include "main/metering.h"

#include <inttypes.h>
#include <string.h>

#include "capture/source.h"
#include "main/pipeline.h"

struct meter *metering_open(const struct cli *cli)
{
	const struct meter_opts opts = {
		.depth = (enum meter_depth)cli->depth,
		.max_flows = (size_t)cli->max_keys,
	};

	return meter_new(&opts);
}

struct metering {
	struct meter *meter;
	bool any;			/* there was an IP packet */
};

static void packet(void *ctx, const struct capture_packet *p)
{
	struct metering *m = ctx;

	m->any = true;
	meter_packet(m->meter, p);
}

static void no_packets(const struct cli *cli, const struct capture_counts *c,
		       struct report *report)
{
	const char *plural = c->frames == 1 ? "" : "s";

	if (cli->traffic.n == 1)
		report_note(report, "%s: no IP packets in %" PRIu64 " frame%s",
			    cli->traffic.v[0], c->frames, plural);
	else
		report_note(report, "no IP packets in the %" PRIu64 " frame%s of %zu files",
			    c->frames, plural, cli->traffic.n);
}

static void read_all(struct source *s, struct report *report)
{
	enum source_got got;
	struct nf_datagram d;
	struct nf_err err;

	while ((got = source_next(s, &d, &err)) != SOURCE_END)
		if (got == SOURCE_TROUBLE)
			report_err(report, &err);
}

static bool has_stdin(const struct cli_files *files)
{
	for (size_t i = 0; i < files->n; i++)
		if (strcmp(files->v[i], "-") == 0)
			return true;
	return false;
}

/* The traffic would take a pipe to its end, and leave nothing for the export. */
static bool shares_stdin(const struct cli *cli)
{
	return has_stdin(&cli->traffic) && has_stdin(&cli->files) &&
	       !source_rereadable(&(const char *){ "-" }, 1);
}

bool metering_read(const struct cli *cli, struct meter *m, struct report *report)
{
	const struct capture_opts opts = {
		.sort = cli->sort, .max_memory = (size_t)cli->max_memory,
	};
	struct metering metering = { .meter = m };
	const struct capture_watch watch = { .packet = packet, .ctx = &metering };
	struct nf_err err;
	struct source *s = NULL;

	if (shares_stdin(cli))
		nf_err_set(&err, NF_ERR_USAGE, "standard input is a pipe, and given twice");
	else
		s = source_open(cli->traffic.v, cli->traffic.n, &opts, &err);
	if (s == NULL) {
		report_err(report, &err);
		return false;
	}
	source_watch(s, &watch);
	read_all(s, report);
	if (report->state != REPORT_FAILED && !metering.any) {
		no_packets(cli, source_counts(s), report);
		pipeline_skipped(report, source_counts(s), NULL);
	}
	source_close(s);
	return report->state != REPORT_FAILED;
}
