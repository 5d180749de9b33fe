#include <config.h>

#include "main/pipeline.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/strbuf.h"
#include "main/elements.h"
#include "main/interrupt.h"
#include "model/framer.h"
#include "out/out.h"
#include "out/skipped.h"

enum { IDLE_MS = 1000, OFTEN = 10 };	/* so often at least, in an --interval */

static int open_tracker(struct pipeline *p, struct nf_err *err)
{
	const struct cli *cli = p->cli;
	struct nf_tracker_opts opts = {
		.scope = (enum nf_scope)cli->scope,
		.max_templates = (size_t)cli->max_templates,
		.max_hold = (size_t)cli->max_hold,
		.hold_seconds = (uint32_t)((cli->hold_time + 999999999) / 1000000000),
		.ahead = p->live ? NULL : preread_next,
		.ahead_ctx = &p->ahead,
		.hold = p->live,
	};

	p->tracker = nf_tracker_new(&opts, p->registry);
	return p->tracker != NULL ? 0 : nf_err_memory(err);
}

/* Sockets of all IPv6 addresses take IPv4 as well: see capture/live.c. */
static bool is_for_all(const struct nf_endpoint *e)
{
	static const struct nf_addr all = { .family = 6 };

	return e->addr.family == 6 &&
	       memcmp(e->addr.octets, all.octets, sizeof(all.octets)) == 0;
}

/* What is bound, with the port that the system chose where 0 was asked for. */
static void say_bound(const struct pipeline *p)
{
	enum nf_transport transport;
	struct nf_endpoint bound;
	struct nf_strbuf s;

	for (size_t i = 0; source_bound(p->source, i, &bound, &transport); i++) {
		nf_strbuf_init(&s);
		out_endpoint(&s, &bound);
		if (transport == NF_TRANSPORT_TCP)
			nf_sb_str(&s, " (TCP)");
		if (is_for_all(&bound))
			nf_sb_str(&s, ", IPv4 too");
		report_note(p->report, "listening on %s", nf_strbuf_cstr(&s));
		nf_strbuf_done(&s);
	}
}

/* What is captured on. */
static void say_captured(const struct pipeline *p)
{
	const char *interface;
	int linktype;

	for (size_t i = 0; (interface = source_interface(p->source, i, &linktype)) != NULL; i++) {
		const char *name = source_linktype_name((uint64_t)linktype);

		report_note(p->report, "listening on %s (%s)", interface,
			    name != NULL ? name : "unknown link type");
	}
}

void pipeline_announce(const struct pipeline *p)
{
	say_bound(p);
	say_captured(p);
}

/* What an earlier run has left is of use, but nothing depends on it. */
static void pass_over(void *report, const struct nf_err *err)
{
	report_note(report, "--state: %s; the rest of it is used", err->text);
}

static void complain(void *report, const struct nf_err *err)
{
	report_err(report, err);
}

/* --state, and --templates: where both know a template, the latter do. */
static int give_templates(struct pipeline *p, struct nf_err *err)
{
	const struct cli_files *files = &p->cli->templates;
	const char *state = p->cli->state;

	if (state != NULL && access(state, F_OK) == 0 &&
	    preread_give(p->tracker, &state, 1, &p->given, pass_over, p->report, err) < 0)
		return -1;
	return preread_give(p->tracker, files->v, files->n, &p->given, complain, p->report, err);
}

static struct source *open_source(const struct pipeline *p, struct nf_err *err)
{
	const struct cli_files *files = &p->cli->files;

	if (p->cli->interfaces.n != 0)
		return source_capture(files->v, files->n, &p->capture, err);
	if (p->cli->listen != NULL)
		return source_listen(files->v, files->n, &p->capture, err);
	return source_open(files->v, files->n, &p->capture, err);
}

/* "127.0.0.1:0" and "0" ask the system for a port. */
static bool asks_for_port(const char *address)
{
	size_t n = strlen(address);

	return n != 0 && address[n - 1] == '0' && (n == 1 || address[n - 2] == ':');
}

/* Inputs are called what the command line calls them, but for ports that the system chose. */
static int name_inputs(struct pipeline *p, struct nf_err *err)
{
	const struct cli_files *files = &p->cli->files;
	enum nf_transport transport;
	struct nf_endpoint bound;
	const char **names;

	p->names = files->v;
	if (p->cli->listen == NULL || p->cli->interfaces.n != 0)
		return 0;
	names = nf_arena_alloc(&p->arena, (files->n + 1) * sizeof(*names));
	for (size_t i = 0; names != NULL && i < files->n; i++) {
		size_t n = strlen(files->v[i]);
		char *name;

		names[i] = files->v[i];
		if (!asks_for_port(names[i]) || !source_bound(p->source, i, &bound, &transport))
			continue;
		name = nf_arena_alloc(&p->arena, n + sizeof("65535"));
		if (name == NULL)
			return nf_err_memory(err);
		snprintf(name, n + sizeof("65535"), "%.*s%u", (int)n - 1, files->v[i], bound.port);
		names[i] = name;
	}
	p->names = names;
	return names != NULL ? 0 : nf_err_memory(err);
}

static int open_all(struct pipeline *p, struct nf_err *err)
{
	const struct cli_files *files = &p->cli->files;

	p->registry = elements_registry(p->cli->elements.v, p->cli->elements.n, err);
	if (p->registry == NULL)
		return -1;
	p->seen = duplicates_new();
	if (p->seen == NULL)
		return nf_err_memory(err);
	p->live = p->cli->listen != NULL || p->cli->follow ||
		  !source_rereadable(files->v, files->n);
	p->ahead = (struct preread){ .paths = files->v, .n = files->n, .opts = p->capture };
	if (open_tracker(p, err) < 0 || give_templates(p, err) < 0)
		return -1;
	p->source = open_source(p, err);
	return p->source != NULL ? name_inputs(p, err) : -1;
}

/* How long sockets may be silent until others who wait for a time have their turn. */
static int idle_ms(const struct cli *cli)
{
	int64_t ms = cli->interval / OFTEN / 1000000;

	if (cli->writes.n != 0)
		return RECORDING_IDLE_MS;
	return cli->interval == 0 || ms > IDLE_MS ? IDLE_MS : ms > 0 ? (int)ms : 1;
}

static int open_inputs(struct pipeline *p, const struct cli *cli, struct report *report,
		       bool again, struct nf_err *err)
{
	*p = (struct pipeline){
		.cli = cli,
		.report = report,
		.capture = {
			.framer = &framer_ipfix,
			.bpf = cli->bpf,
			.sort = cli->sort,
			.follow = cli->follow,
			.max_memory = (size_t)cli->max_memory,
			.max_queue = (size_t)cli->max_queue,
			.quiet_steps = again,
			.wake = cli->wake,
			.idle_ms = idle_ms(cli),
		},
	};
	nf_arena_init(&p->arena);
	if (open_all(p, err) == 0)
		return 0;
	pipeline_close(p);
	return -1;
}

int pipeline_open(struct pipeline *p, const struct cli *cli, struct report *report,
		  struct nf_err *err)
{
	if (open_inputs(p, cli, report, false, err) < 0)
		return -1;
	progress_init(&p->progress, cli);
	return 0;
}

int pipeline_open_again(struct pipeline *p, const struct pipeline *first, struct report *report,
			struct nf_err *err)
{
	return open_inputs(p, first->cli, report, true, err);
}

void pipeline_record(struct pipeline *p, struct recording *recording)
{
	p->recording = recording;
}

void pipeline_pass_duplicates(struct pipeline *p)
{
	duplicates_free(p->seen);
	p->seen = NULL;
}

void pipeline_close(struct pipeline *p)
{
	source_close(p->source);
	preread_close(&p->ahead);
	nf_tracker_free(p->tracker);
	pipeline_pass_duplicates(p);
	nf_registry_free(p->registry);
	nf_arena_done(&p->arena);
	p->names = NULL;
	p->source = NULL;
	p->tracker = NULL;
	p->registry = NULL;
}

void pipeline_hook(struct pipeline *p, const struct pipeline_hooks *hooks)
{
	const struct capture_watch watch = {
		.event = hooks->event, .ctx = hooks->ctx, .checksums = hooks->event != NULL,
		.packet = hooks->packet,
	};

	p->hooks = *hooks;
	source_watch(p->source, &watch);
}

static bool takes(struct pipeline *p, struct nf_delivery *delivery)
{
	enum nf_refusal why = nf_tracker_feed(p->tracker, &p->datagram, delivery);

	if (why == NF_REFUSAL_NONE)
		return true;
	if (p->hooks.refused != NULL)
		p->hooks.refused(p->hooks.ctx, &p->datagram, why);
	return false;
}

/* False where what is received can no longer be kept. */
static bool records(struct pipeline *p, enum source_got got)
{
	if (got == SOURCE_DATAGRAM)
		recording_received(p->recording, &p->datagram);
	return recording_tick(p->recording);
}

/* Sockets have nothing to give just now. */
static void idle(struct pipeline *p)
{
	interrupt_drain();
	nf_tracker_sweep(p->tracker, nf_clock_ns(CLOCK_REALTIME));
}

/* Is there a reason to ask for another datagram?  Sockets are read empty first. */
static bool goes_on(struct pipeline *p)
{
	if (p->cli->listen == NULL)
		return !interrupted();
	if (interrupted())
		source_stop(p->source);
	if (p->hooks.tick != NULL)
		p->hooks.tick(p->hooks.ctx);
	return true;
}

bool pipeline_datagram(struct pipeline *p, struct nf_delivery *delivery)
{
	enum source_got got;
	struct nf_err err;

	while (goes_on(p) &&
	       (got = source_next(p->source, &p->datagram, &err)) != SOURCE_END) {
		if (p->recording != NULL && !records(p, got))
			break;
		if (p->cli->listen != NULL && drops_are_news(&p->drops, p->source))
			drops_begin(&p->drops, p->source, p->report);
		if (got == SOURCE_WAKE) {
			idle(p);
			continue;
		}
		if (got == SOURCE_PAUSE) {
			if (!report_flush(p->report))
				return false;
			continue;
		}
		if (got == SOURCE_TROUBLE) {
			progress_clear(&p->progress);
			report_err(p->report, &err);
			continue;
		}
		progress_step(&p->progress, source_counts(p->source));
		if (p->hooks.datagram != NULL)
			p->hooks.datagram(p->hooks.ctx, &p->datagram);
		if (p->seen != NULL)
			duplicates_expect(p->seen, &p->datagram);
		if (!takes(p, delivery))
			continue;
		if (p->seen != NULL)
			p->datagram.facts.duplicate = duplicates_expected(p->seen, &p->datagram);
		if (p->datagram.facts.duplicate)
			nf_tracker_duplicate(p->tracker);
		return p->begun = true;
	}
	progress_clear(&p->progress);
	if (p->live)
		nf_tracker_end(p->tracker);
	p->ended = true;
	return false;
}

/* -- What was not flow export --------------------------------------------------------- */

/* A line of standard error: "skipped: 3 datagrams are syslog". */
static void reason(struct report *report, uint64_t count, const char *text)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	nf_sb_forms(&s, text, count);
	report_note(report, "skipped: %" PRIu64 " %s", count, nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
}

static void link_types(struct report *report, const struct capture_counts *c)
{
	enum { TYPES = sizeof(c->skipped_linktype) / sizeof(c->skipped_linktype[0]) };

	for (unsigned i = 0; i < TYPES; i++) {
		uint64_t type = c->skipped_linktype[i][0], frames = c->skipped_linktype[i][1];
		const char *name = source_linktype_name(type);

		if (frames != 0)
			report_note(report, "skipped: %" PRIu64 " of link type %" PRIu64
				    " (%s) among them", frames, type,
				    name != NULL ? name : "unknown");
	}
}

void pipeline_skipped(struct report *report, const struct capture_counts *capture,
		      const struct nf_tracker_counts *tracker)
{
	struct skipped s = { .tracker = tracker, .capture = capture };

	while (skipped_next(&s))
		reason(report, s.count, s.text);
	link_types(report, capture);
}

/* "no flow export in 12 frames" */
static void nothing(const struct pipeline *p)
{
	const struct cli_files *files = &p->cli->files;
	uint64_t frames = source_counts(p->source)->frames;
	const char *plural = frames != 1 ? "s" : "";

	if (p->cli->listen != NULL && frames == 0)
		report_note(p->report, "nothing was received");
	else if (p->cli->listen != NULL)
		report_note(p->report, "no flow export in %" PRIu64 " datagram%s", frames, plural);
	else if (files->n == 1)
		report_note(p->report, "%s: no flow export in %" PRIu64 " frame%s", files->v[0],
			    frames, plural);
	else
		report_note(p->report, "no flow export in the %" PRIu64 " frame%s of %zu files",
			    frames, plural, files->n);
}

/* Held sets whose template never came, or not in time. */
static void unread(const struct pipeline *p, const struct nf_tracker_counts *c)
{
	report_note(p->report, "%" PRIu64 " held set%s never read: %" PRIu64 " too long without "
		    "a template (--hold-time), %" PRIu64 " for want of room (--max-hold), %" PRIu64
		    " still without one at the end", c->dropped, c->dropped == 1 ? "" : "s",
		    c->holdings[NF_HOLDING_OLD], c->holdings[NF_HOLDING_ROOM],
		    c->holdings[NF_HOLDING_END]);
}

/* What spoofed addresses and ever new templates must not fill memory with. */
static void bounds(const struct pipeline *p)
{
	const struct nf_tracker_counts *c = nf_tracker_counts(p->tracker);

	if (c->shared != 0)
		report_note(p->report, "%" PRIu64 " datagram%s of still other exporters and "
			    "sessions: no more than %" PRIu64 " are told apart", c->shared,
			    c->shared == 1 ? "" : "s", c->sessions);
	if (p->cli->listen != NULL && c->dropped != 0)
		unread(p, c);
	if (c->lost != 0)
		report_note(p->report, "%" PRIu64 " template%s found no room: see --max-templates",
			    c->lost, c->lost == 1 ? "" : "s");
}

void pipeline_summary(const struct pipeline *p, bool skipped)
{
	const struct capture_counts *capture = source_counts(p->source);
	bool none = p->ended && !p->begun;

	if (none && capture->frames == 0 && p->report->state == REPORT_FAILED)
		return;		/* no input could be read, which was said */
	bounds(p);
	drops_end(&p->drops, p->source, p->report);
	if (none)
		nothing(p);
	if (none || skipped)
		pipeline_skipped(p->report, capture, nf_tracker_counts(p->tracker));
}
