#include <config.h>

#include "main/reading.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check/check.h"
#include "main/interrupt.h"
#include "main/sandbox.h"
#include "main/terminal.h"
#include "main/user.h"
#include "main/writes.h"
#include "out/out.h"

/* Sockets and interfaces, and what options name to be read. */
static int open_inputs(struct reading *r, bool joins)
{
	struct nf_err err;

	if (filtering_take(&r->filtering, r->cli, &r->report) < 0)
		return -1;
	if (pipeline_open(&r->pipeline, r->cli, &r->report, &err) < 0) {
		report_err(&r->report, &err);
		return -1;
	}
	if (joining_open(&r->joining, &r->pipeline, joins) < 0)
		return -1;
	return filtering_open(&r->filtering, &r->pipeline, r->joining.join);
}

/* Files are made with the rights that are left. */
static int open_outputs(struct reading *r)
{
	if (recording_open(&r->recording, r->cli, &r->report) < 0)
		return -1;
	pipeline_announce(&r->pipeline);
	pipeline_record(&r->pipeline, &r->recording);
	return service_open(&r->service, &r->pipeline);
}

static int give_up_rights(struct reading *r)
{
	struct nf_err err;

	if (r->cli->user == NULL || user_become(r->cli->user, &err) == 0)
		return 0;
	report_err(&r->report, &err);
	return -1;
}

int reading_open(struct reading *r, const struct cli *cli, bool joins)
{
	r->cli = cli;
	r->report = (struct report){ .state = REPORT_FINE, .accept_cut = cli->accept_cut };
	return open_inputs(r, joins) < 0 || give_up_rights(r) < 0 || open_outputs(r) < 0 ? -1 : 0;
}

int reading_close(struct reading *r)
{
	service_close(&r->service);
	filtering_close(&r->filtering);
	joining_close(&r->joining);
	r->report.writer = NULL;
	recording_close(&r->recording, r->begun);
	pipeline_close(&r->pipeline);
	return report_code(&r->report);
}

/* -- Reading -------------------------------------------------------------------------- */

/* To explain a filter, it is enough to ask it. */
static bool explains(const struct reading *r, const struct reading_ops *ops)
{
	return r->filtering.explain && !ops->filters;
}

static bool wants(const struct reading *r, const struct reading_ops *ops)
{
	return ops->wants == NULL || ops->wants(r);
}

static bool message(struct reading *r, const struct reading_ops *ops, const struct nf_view *view,
		    bool shows)
{
	if (!wants(r, ops) || !(shows || ops->hidden))
		return true;
	if (!explains(r, ops))
		return ops->message(r, view, shows);
	if (shows)
		filtering_shows(&r->filtering, view);
	return true;
}

static void tee(void *ctx, const struct nf_problem *p)
{
	const struct problem_tee *t = ctx;

	for (unsigned i = 0; i < 2; i++)
		t->to[i]->report(t->to[i]->ctx, p);
}

static const struct nf_sink *sink_of(struct reading *r, const struct reading_ops *ops)
{
	const struct nf_sink *own = ops->sink != NULL ? ops->sink(r) : NULL;
	const struct nf_sink *other = service_sink(&r->service);

	if (own == NULL || other == NULL)
		return own != NULL ? own : other;
	r->tee = (struct problem_tee){ { tee, &r->tee }, { own, other } };
	return &r->tee.sink;
}

static bool messages(struct reading *r, const struct reading_ops *ops,
		     struct nf_delivery *delivery)
{
	bool shows = cli_shows(r->cli, delivery->datagram);
	struct nf_view view;

	while (joining_next(&r->joining, delivery, &view, sink_of(r, ops))) {
		if (service_wants(&r->service))
			service_message(&r->service, &view, shows);
		if (!message(r, ops, &view, shows))
			return false;
	}
	return true;
}

static bool held_sets(struct reading *r, const struct reading_ops *ops)
{
	struct nf_late late;

	while (joining_late(&r->joining, &late)) {
		bool shows = cli_shows(r->cli, &late.datagram);

		if (service_wants(&r->service))
			service_late(&r->service, &late, shows);
		if (!(shows || ops->hidden) || !wants(r, ops))
			continue;
		if (!explains(r, ops) && !ops->late(r, &late))
			return false;
		if (explains(r, ops) && shows)
			filtering_shows_late(&r->filtering, &late);
	}
	return true;
}

/* What the pipeline's hooks lead back to. */
struct hooked {
	struct reading *reading;
	const struct reading_ops *ops;
	struct pipeline_hooks service;
};

static void refused(void *ctx, const struct nf_datagram *d, enum nf_refusal why)
{
	const struct hooked *h = ctx;

	if (h->service.refused != NULL)
		h->service.refused(h->service.ctx, d, why);
	if (h->ops->refused != NULL)
		h->ops->refused(h->reading, d, why);
}

static void event(void *ctx, const struct capture_event *e)
{
	const struct hooked *h = ctx;

	if (h->service.event != NULL)
		h->service.event(h->service.ctx, e);
	if (h->ops->event != NULL)
		h->ops->event(h->reading, e);
}

static void packet(void *ctx, const struct capture_packet *p)
{
	const struct hooked *h = ctx;

	h->ops->packet(h->reading, p);
}

static void datagram(void *ctx, const struct nf_datagram *d)
{
	const struct hooked *h = ctx;

	h->service.datagram(h->service.ctx, d);
}

static void tick(void *ctx)
{
	const struct hooked *h = ctx;

	h->service.tick(h->service.ctx);
}

static void hook(struct hooked *h)
{
	const struct reading_ops *ops = h->ops;
	const struct pipeline_hooks *s = &h->service;
	const struct pipeline_hooks hooks = {
		.ctx = h,
		.refused = ops->refused != NULL || s->refused != NULL ? refused : NULL,
		.event = ops->event != NULL || s->event != NULL ? event : NULL,
		.packet = ops->packet != NULL ? packet : NULL,
		.datagram = s->datagram != NULL ? datagram : NULL,
		.tick = s->tick != NULL ? tick : NULL,
	};

	if (hooks.refused != NULL || hooks.event != NULL || hooks.packet != NULL ||
	    hooks.datagram != NULL || hooks.tick != NULL)
		pipeline_hook(&h->reading->pipeline, &hooks);
}

/* What stands there before any message belongs to each file of the output. */
static void begin_output(struct reading *r)
{
	struct nf_strbuf *text = r->writer.text;

	if (text != NULL && recording_head(&r->recording, text))
		nf_strbuf_clear(text);
}

/* Who waits for flows on a screen should know for what: said once, of the first. */
static void say_waits(struct reading *r, const struct nf_datagram *d)
{
	struct nf_strbuf s;

	if (r->waits || r->cli->listen == NULL || nf_tracker_counts(r->pipeline.tracker)->held == 0)
		return;
	r->waits = true;
	nf_strbuf_init(&s);
	out_endpoint(&s, &d->src);
	report_note(&r->report, "%s sends data whose template has not come yet: they are held "
		    "until it does", nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
}

/* All is open: what is received is read with no more rights than that takes. */
static bool shut_in(struct reading *r)
{
	struct nf_err err;

	if (r->cli->listen == NULL || r->cli->no_sandbox)
		return true;
	check_load();
	if (sandbox_enter(&err) == 0)
		return true;
	report_err(&r->report, &err);
	return false;
}

void reading_all(struct reading *r, const struct reading_ops *ops)
{
	struct hooked hooked = { r, ops, service_hooks(&r->service) };
	struct nf_delivery delivery;

	if (!shut_in(r))
		return;
	r->begun = true;
	hook(&hooked);
	begin_output(r);
	if (ops->sums && r->pipeline.live)
		interrupt_ends_input();
	while (wants(r, ops) && pipeline_datagram(&r->pipeline, &delivery)) {
		if (!messages(r, ops, &delivery) || !held_sets(r, ops))
			break;
		say_waits(r, delivery.datagram);
	}
	pipeline_hook(&r->pipeline, &(struct pipeline_hooks){ 0 });
}

/* -- What commands share -------------------------------------------------------------- */

void reading_writes(struct reading *r, struct nf_strbuf *text)
{
	r->writer = (struct writer){
		.text = text,
		/* What is received is written when nothing more is there. */
		.live = (r->cli->listen == NULL &&
			 (r->pipeline.live || terminal_is_output(r->cli))) || writes_parts(r->cli),
		.write = r->recording.output != NULL ? recording_write : NULL,
		.ctx = &r->recording,
	};
	r->report.writer = &r->writer;
}

int reading_memory(struct reading *r)
{
	struct nf_err err;

	if (!r->broken) {
		nf_err_memory(&err);
		report_err(&r->report, &err);
	}
	r->broken = true;
	return -1;
}

bool reading_written(struct reading *r, bool sound)
{
	if (!sound) {
		reading_memory(r);
		return false;
	}
	return writer_step(&r->writer);
}

bool reading_flush(struct reading *r)
{
	struct nf_err err;

	filtering_end(&r->filtering, &r->report, r->writer.text);
	if (r->writer.text->failed) {
		reading_memory(r);
		return false;
	}
	writer_flush(&r->writer);
	if (!writer_failed(&r->writer, &err))
		return !r->writer.closed;
	report_err(&r->report, &err);
	return false;
}

void reading_summary(struct reading *r, bool skipped)
{
	joining_end(&r->joining);
	pipeline_summary(&r->pipeline, skipped);
}

void reading_undecoded(struct reading *r, uint64_t sets)
{
	if (sets != 0)
		report_note(&r->report, "%" PRIu64 " data set%s without a template: not shown; "
			    "see nfpcap packets%s", sets, sets == 1 ? "" : "s",
			    r->cli->bpf != NULL ? " (--bpf may have kept it out)" : "");
}

bool reading_worth(const struct reading *r)
{
	return r->report.state != REPORT_FAILED || source_counts(r->pipeline.source)->frames != 0;
}

void reading_complain(struct reading *r, const char *option, const char *text,
		      const struct filter_error *fault)
{
	const char *first, *rest;
	struct nf_strbuf s;
	struct nf_err err;

	if (fault->memory) {
		reading_memory(r);
		return;
	}
	nf_strbuf_init(&s);
	filter_error_text(&s, text, strlen(text), fault);
	first = nf_strbuf_cstr(&s);
	rest = strchr(first, '\n');
	nf_err_set(&err, NF_ERR_USAGE, "%s: %.*s", option, (int)strcspn(first, "\n"), first);
	report_err(&r->report, &err);
	if (rest != NULL)
		fprintf(stderr, "%s\n", rest + 1);
	nf_strbuf_done(&s);
}
