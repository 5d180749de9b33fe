#include <config.h>

#include "main/service.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "main/interrupt.h"
#include "main/writer.h"
#include "out/vitals.h"

/* Often asked: to the tick of the system. */
static int64_t steady(void)
{
#ifdef CLOCK_MONOTONIC_COARSE
	return nf_clock_ns(CLOCK_MONOTONIC_COARSE);
#else
	return nf_clock_ns(CLOCK_MONOTONIC);
#endif
}

/* -- Opening -------------------------------------------------------------------------- */

static int out_of_memory(const struct service *s)
{
	struct nf_err err;

	nf_err_memory(&err);
	report_err(s->report, &err);
	return -1;
}

/* It was read by the pipeline, before sockets were bound. */
static int open_state(struct service *s)
{
	const char *path = s->cli->state;

	if (path == NULL)
		return 0;
	s->state = nf_zalloc(sizeof(*s->state));
	if (s->state == NULL)
		return out_of_memory(s);
	*s->state = (struct state){ .path = path, .tracker = s->pipeline->tracker,
				    .report = s->report };
	if (s->cli->debug && access(path, F_OK) != 0)
		journal_note(&s->journal, "%s: not there yet", path);
	else if (s->cli->debug)
		journal_note(&s->journal, "%" PRIu64 " messages with templates from %s",
			     s->pipeline->given, path);
	s->state->versions = nf_tracker_counts(s->pipeline->tracker)->versions;
	return 0;
}

static void watch(struct service *s)
{
	const struct nf_tracker_watch w = {
		.ctx = &s->journal, .lesson = journal_lesson, .holding = journal_holding,
	};

	nf_tracker_watch(s->pipeline->tracker, &w);
}

static int open_sockets(struct service *s)
{
	s->complaints = nf_zalloc(sizeof(*s->complaints));
	s->traffic = traffic_new();
	if (s->complaints == NULL || s->traffic == NULL)
		return out_of_memory(s);
	s->memory = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	s->begun_ns = s->told_ns = s->saved_ns = steady();
	s->due_ns = s->cli->interval != 0 ? s->begun_ns + s->cli->interval : INT64_MAX;
	if (s->cli->debug)
		watch(s);
	return open_state(s);
}

int service_open(struct service *s, struct pipeline *pipeline)
{
	*s = (struct service){
		.cli = pipeline->cli,
		.report = pipeline->report,
		.pipeline = pipeline,
		.journal = { pipeline->report },
		.memory = -1,
	};
	if (beside_open(&s->beside, s->cli, s->report, pipeline->registry) < 0)
		return -1;
	return s->cli->listen != NULL ? open_sockets(s) : 0;
}

/* -- Statistics ----------------------------------------------------------------------- */

/* Pages of the program, and of them those in memory. */
static uint64_t resident(const struct service *s)
{
	char text[128];
	ssize_t n = s->memory >= 0 ? pread(s->memory, text, sizeof(text) - 1, 0) : -1;
	char *end;

	if (n <= 0)
		return 0;
	text[n] = '\0';
	strtoull(text, &end, 10);
	return strtoull(end, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void tell(struct service *s, int64_t now_ns)
{
	const struct capture_counts *capture = source_counts(s->pipeline->source);
	const struct vitals v = {
		.now_ns = nf_clock_ns(CLOCK_REALTIME),
		.up_ns = now_ns - s->begun_ns,
		.since_ns = now_ns - s->told_ns,
		.traffic = s->traffic,
		.tracker = nf_tracker_counts(s->pipeline->tracker),
		.capture = capture,
		.live = source_live_counts(s->pipeline->source),
		.before = s->told,
		.memory = resident(s),
	};
	struct nf_strbuf text;

	nf_strbuf_init(&text);
	vitals_text(&text, &v, "nfpcap: ");
	if (s->report->writer != NULL)
		writer_flush(s->report->writer);
	fwrite(text.p, 1, text.n, stderr);
	nf_strbuf_done(&text);
	traffic_mark(s->traffic);
	s->told = capture->datagrams;
	s->told_ns = now_ns;
}

/* The next of the times that are EVERY_NS apart. */
static int64_t later(int64_t due_ns, int64_t now_ns, int64_t every_ns)
{
	return due_ns + ((now_ns - due_ns) / every_ns + 1) * every_ns;
}

static void tick(void *ctx)
{
	struct service *s = ctx;
	int64_t now_ns = steady();

	if (now_ns >= s->due_ns || interrupt_asked()) {
		tell(s, now_ns);
		if (now_ns >= s->due_ns)
			s->due_ns = later(s->due_ns, now_ns, s->cli->interval);
	}
	if (s->state != NULL && now_ns - s->saved_ns >= STATE_SECONDS * INT64_C(1000000000)) {
		state_update(s->state, nf_clock_ns(CLOCK_REALTIME));
		s->saved_ns = steady();
	}
}

/* -- What comes ----------------------------------------------------------------------- */

static void datagram(void *ctx, const struct nf_datagram *d)
{
	journal_datagram(&((struct service *)ctx)->journal, d);
}

static void refused(void *ctx, const struct nf_datagram *d, enum nf_refusal why)
{
	struct service *s = ctx;

	if (s->beside.check != NULL)
		beside_refused(&s->beside, d, why, cli_shows(s->cli, d));
	if (s->cli->debug)
		journal_refused(&s->journal, d, why);
	else if (s->complaints != NULL)
		complaints_refused(s->complaints, s->report, steady(), d, why);
}

static void event(void *ctx, const struct capture_event *e)
{
	struct service *s = ctx;

	if (s->beside.check != NULL)
		beside_event(&s->beside, e);
	if (s->cli->debug)
		journal_event(&s->journal, e);
}

struct pipeline_hooks service_hooks(struct service *s)
{
	bool check = s->beside.check != NULL, live = s->traffic != NULL;

	return (struct pipeline_hooks){
		.ctx = s,
		.refused = check || live ? refused : NULL,
		.event = check || s->cli->debug ? event : NULL,
		.datagram = s->cli->debug ? datagram : NULL,
		.tick = live ? tick : NULL,
	};
}

void service_message(struct service *s, const struct nf_view *v, bool shown)
{
	uint64_t drops = source_counts(s->pipeline->source)->capture_drops;

	if (s->traffic != NULL)
		traffic_message(s->traffic, v, drops);
	if (s->beside.check != NULL)
		beside_message(&s->beside, v, shown, drops);
}

void service_late(struct service *s, const struct nf_late *late, bool shown)
{
	if (s->traffic != NULL)
		traffic_late(s->traffic, late);
	if (s->beside.check != NULL)
		beside_late(&s->beside, late, shown);
}

const struct nf_sink *service_sink(struct service *s)
{
	return s->beside.check != NULL ? check_sink(s->beside.check) : NULL;
}

/* -- The end -------------------------------------------------------------------------- */

void service_close(struct service *s)
{
	bool ran = s->pipeline != NULL && s->pipeline->source != NULL;

	if (ran)
		beside_close(&s->beside);
	if (ran && s->traffic != NULL && s->cli->interval != 0)
		tell(s, steady());
	if (ran && s->state != NULL)
		state_save(s->state, nf_clock_ns(CLOCK_REALTIME));
	if (s->memory >= 0 && s->traffic != NULL)
		close(s->memory);
	traffic_free(s->traffic);
	nf_free(s->complaints);
	nf_free(s->state);
	*s = (struct service){ .memory = -1 };
}
