#include <config.h>

#include "main/run.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "main/metering.h"
#include "main/reading.h"
#include "main/terminal.h"
#include "out/verifylist.h"

struct verify_run {
	struct reading reading;
	struct meter *meter;
	struct verify *verify;
	struct exporters *exporters;
	struct out *out;
	struct verify_prefix *inside;
	size_t ninside;
	struct nf_scratch scratch;
	uint64_t duplicates, undecoded;
	bool both;			/* one capture holds traffic and export */
};

/* -- Records -------------------------------------------------------------------------- */

static void flow_set(struct verify_run *r, struct filter_at *at)
{
	const struct nf_layout *layout = at->resolution->layout;
	const struct filter_program *program = NULL;
	struct filter *filter = r->reading.filtering.filter;
	struct nf_recs recs;
	struct nf_rec rec;

	if (filter != NULL && (program = filter_begin(filter, layout)) == NULL)
		return;
	at->opts = &r->reading.filtering.opts;
	at->rec = &rec;
	nf_recs_open(&recs, at->msg, at->set, layout, r->scratch, NULL);
	while (nf_rec_next(&recs, &rec))
		if (program == NULL || filter_test(filter, program, at))
			verify_record(r->verify, at);
	at->rec = NULL;
}

static void data_set(struct verify_run *r, const struct nf_view *v, struct filter_at *at)
{
	const struct nf_set *set = at->set;
	struct nf_resolution resolution = { .layout = NULL };

	if (set->kind == NF_SET_FIXED)
		resolution.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation);
	else
		v->resolver.resolve(v->resolver.ctx, set->id, set->bytes, set->offset, &resolution);
	at->resolution = &resolution;
	if (resolution.layout == NULL)
		r->undecoded++;
	else if (resolution.layout->kind != NF_LAYOUT_OPTIONS)
		flow_set(r, at);
	at->resolution = NULL;
}

static bool left_out(struct verify_run *r, const struct nf_datagram *d)
{
	r->duplicates += d->facts.duplicate;
	return d->facts.duplicate && !r->reading.cli->keep_duplicates;
}

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	struct verify_run *r = (struct verify_run *)reading;
	uint64_t drops = source_counts(reading->pipeline.source)->capture_drops;
	struct filter_at at = filter_at_message(reading->filtering.filter, v);
	struct nf_sets sets;
	struct nf_set set;

	exporters_message(r->exporters, v, shows, drops);
	meter_exports(r->meter, v->datagram);
	if (!shows || v->headerless || left_out(r, v->datagram))
		return true;
	at.set = &set;
	nf_sets_open(&sets, &v->msg, NULL);
	while (nf_set_next(&sets, &set))
		if (set.kind == NF_SET_DATA || set.kind == NF_SET_FIXED)
			data_set(r, v, &at);
	return true;
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	struct verify_run *r = (struct verify_run *)reading;
	struct filter_at at = filter_at_late(reading->filtering.filter, late);

	if (!cli_shows(reading->cli, &late->datagram))
		return true;
	exporters_late(r->exporters, late);
	if (late->resolution.layout == NULL || late->resolution.layout->kind == NF_LAYOUT_OPTIONS ||
	    (late->datagram.facts.duplicate && !reading->cli->keep_duplicates))
		return true;
	r->undecoded -= r->undecoded > 0;
	flow_set(r, &at);
	return true;
}

static void packet(struct reading *reading, const struct capture_packet *p)
{
	meter_packet(((struct verify_run *)reading)->meter, p);
}

static const struct reading_ops ops = {
	.sums = true,
	.hidden = true,
	.filters = true,
	.message = message,
	.late = late_set,
}, both_ops = {
	.sums = true,
	.hidden = true,
	.filters = true,
	.message = message,
	.late = late_set,
	.packet = packet,
};

/* -- Opening -------------------------------------------------------------------------- */

/* "192.0.2.0/24", "2001:db8::/32", or an address alone. */
static bool read_prefix(const char *text, struct verify_prefix *p)
{
	const char *slash = strchr(text, '/');
	size_t n = slash != NULL ? (size_t)(slash - text) : strlen(text);
	char address[INET6_ADDRSTRLEN], *end;
	unsigned long length;

	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	*p = (struct verify_prefix){ .addr = { .family = 4 }, .length = 32 };
	if (inet_pton(AF_INET, address, p->addr.octets) != 1) {
		p->addr.family = 6;
		p->length = 128;
		if (inet_pton(AF_INET6, address, p->addr.octets) != 1)
			return false;
	}
	if (slash == NULL)
		return true;
	length = strtoul(slash + 1, &end, 10);
	if (slash[1] < '0' || slash[1] > '9' || *end != '\0' || length > p->length)
		return false;
	p->length = (unsigned)length;
	return true;
}

static int open_inside(struct verify_run *r, const struct cli *cli)
{
	struct nf_err err;

	if (cli->inside.n == 0)
		return 0;
	r->inside = nf_zalloc(cli->inside.n * sizeof(*r->inside));
	if (r->inside == NULL)
		return reading_memory(&r->reading);
	for (; r->ninside < cli->inside.n; r->ninside++) {
		if (read_prefix(cli->inside.v[r->ninside], &r->inside[r->ninside]))
			continue;
		nf_err_set(&err, NF_ERR_USAGE, "--inside: \"%s\" is no network such as "
			   "192.0.2.0/24 or 2001:db8::/32", cli->inside.v[r->ninside]);
		report_err(&r->reading.report, &err);
		return -1;
	}
	return 0;
}

static int open_out(struct verify_run *r, const struct cli *cli)
{
	const struct out_opts opts = {
		.color = terminal_color(cli), .width = terminal_width(cli),
	};

	r->out = out_new(&verifylist_out, &opts, r->reading.pipeline.registry);
	if (r->out == NULL)
		return reading_memory(&r->reading);
	reading_writes(&r->reading, &r->out->text);
	return 0;
}

static bool is_restricted(const struct cli *cli)
{
	return cli->filter != NULL || cli->filter_file != NULL || cli->bpf != NULL ||
	       cli->from != INT64_MIN || cli->to != INT64_MAX || cli->ports.given;
}

static int open_verify(struct verify_run *r, const struct cli *cli)
{
	const struct nf_seq_opts seq = { .max_gap = 0 };
	struct verify_opts opts = {
		.active_ns = cli->active, .inactive_ns = cli->inactive,
		.partial = is_restricted(cli),
		.worst = cli->count == UINT64_MAX ? 0 : cli->count == 0 ? SIZE_MAX :
							 (size_t)cli->count,
	};

	if (open_inside(r, cli) < 0 || open_out(r, cli) < 0)
		return -1;
	opts.inside = r->inside;
	opts.ninside = r->ninside;
	r->scratch.n = NF_SCRATCH_WORDS;
	r->scratch.words = nf_alloc(r->scratch.n * sizeof(*r->scratch.words));
	r->exporters = exporters_new(&seq, 0);
	r->meter = metering_open(cli);
	if (r->meter != NULL)
		r->verify = verify_new(&opts, r->meter, r->reading.joining.join);
	if (r->scratch.words == NULL || r->exporters == NULL || r->verify == NULL)
		return reading_memory(&r->reading);
	r->both = cli->traffic.n == 0;
	return 0;
}

/* -- The end -------------------------------------------------------------------------- */

static void remarks(struct verify_run *r)
{
	uint64_t beyond = meter_totals(r->meter)->beyond;
	uint64_t rowless = meter_totals(r->meter)->rowless;
	struct report *report = &r->reading.report;

	if (r->undecoded != 0)
		report_note(report, "%" PRIu64 " data set%s without a template: not compared",
			    r->undecoded, r->undecoded == 1 ? "" : "s");
	if (r->duplicates != 0 && !r->reading.cli->keep_duplicates)
		report_note(report, "%" PRIu64 " duplicate message%s left out (--keep-duplicates)",
			    r->duplicates, r->duplicates == 1 ? "" : "s");
	if (beyond != 0)
		report_note(report, "%" PRIu64 " packet%s of further flows: not compared "
			    "(--max-keys)", beyond, beyond == 1 ? "" : "s");
	if (rowless != 0)
		report_note(report, "%" PRIu64 " packet%s found no room: of their flows, sums "
			    "alone are compared", rowless, rowless == 1 ? "" : "s");
	if (verify_beyond(r->verify) != 0)
		report_note(report, "%" PRIu64 " record%s found no room: not compared",
			    verify_beyond(r->verify), verify_beyond(r->verify) == 1 ? "" : "s");
}

/* Two captures that have little to do with each other look like an exporter that is all wrong. */
static void strangers(struct verify_run *r)
{
	uint64_t flows = 0, invented = 0;
	bool inner = r->reading.cli->depth == METER_INNER;

	for (size_t i = 0; i < verify_exporters(r->verify); i++)
		flows += verify_exporter_at(r->verify, i)->flows;
	for (size_t i = 0; i < verify_items(r->verify); i++)
		if (verify_item_at(r->verify, i)->kind == VERIFY_INVENTED)
			invented += verify_item_at(r->verify, i)->flows;
	if (invented <= flows / 2)
		return;
	if (meter_totals(r->meter)->tunnelled != 0)
		report_note(&r->reading.report, "most flows of the export are not in the traffic: "
			    "there are tunnels, and --meter %s goes by the other header",
			    inner ? "outer" : "inner");
	else
		report_note(&r->reading.report, "most flows of the export are not in the traffic: "
			    "is it that which the exporter saw?");
}

static uint64_t records(const struct verify *v)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < verify_exporters(v); i++)
		sum += verify_exporter_at(v, i)->records;
	return sum;
}

static void show(struct verify_run *r, const struct cli *cli)
{
	struct reading *reading = &r->reading;
	const struct cli_files *traffic = r->both ? &cli->files : &cli->traffic;
	struct verifylist list = {
		.o = r->out, .verify = r->verify, .meter = r->meter, .quiet = cli->quiet,
		.allow_empty = cli->allow_empty,
		.traffic = traffic->v, .ntraffic = traffic->n,
		.no_records = records(r->verify) == 0,
		.no_traffic = meter_totals(r->meter)->all.packets == 0,
		.filtered = is_restricted(cli),
	};
	bool nothing = list.no_records || list.no_traffic, no;

	if (reading->filtering.explain) {
		reading_flush(reading);
		return;
	}
	if (!exporters_settle(r->exporters) || !verify_end(r->verify, r->exporters)) {
		reading_memory(reading);
		return;
	}
	verifylist_show(&list, cli_format(cli));
	no = nothing ? !cli->allow_empty : verify_faults(r->verify) != 0;
	if (no && reading->report.state > REPORT_NO)
		reading->report.state = REPORT_NO;
	if (!reading_flush(reading))
		return;
	remarks(r);
	if (!nothing)
		strangers(r);
}

static void run(struct verify_run *r, const struct cli *cli)
{
	struct reading *reading = &r->reading;

	if (!r->both && !metering_read(cli, r->meter, &reading->report))
		return;
	reading_all(reading, r->both ? &both_ops : &ops);
	/* Not before: what messages came in is no traffic that somebody has to report. */
	if (!meter_end(r->meter))
		reading_memory(reading);
	else if (reading_worth(reading) && reading->report.state != REPORT_FAILED)
		show(r, cli);
	reading_summary(reading, cli->verbose);
}

int run_verify(const struct cli *cli)
{
	struct verify_run r = { .meter = NULL };
	int code;

	if (reading_open(&r.reading, cli, true) == 0 && open_verify(&r, cli) == 0)
		run(&r, cli);
	verify_free(r.verify);
	meter_free(r.meter);
	exporters_free(r.exporters);
	nf_free(r.scratch.words);
	nf_free(r.inside);
	code = reading_close(&r.reading);
	out_free(r.out);
	return code;
}
