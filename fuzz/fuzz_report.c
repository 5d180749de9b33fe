/*
 * A whole capture through what every command makes of it.  What they write must be sound, and
 * what they count must be the same.
 *
 * The last octets of the input choose options; they belong to the capture as well.
 */
#include <config.h>

#include "fuzz.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "consumers.h"
#include "model/duplicates.h"

const char fuzz_name[] = "report";

enum { MEMORY = 1 << 20, USERS = 64 };

/* One reading of the capture. */
struct input {
	const char *const *files;
	struct source *source, *ahead;
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct duplicates *seen;
	struct nf_datagram datagram;
	struct nf_delivery delivery;
	bool within;			/* a delivery is under way */
};

struct run {
	struct nf_starts starts;		/* of the message or held set that came last */
	struct join_record current;
	struct report r;
	struct input input, again;
	struct user users[USERS];
	unsigned n;
};

static enum framer_verdict frame_ipfix(struct nf_bytes stream, bool strict, uint32_t *length)
{
	switch (nf_frame_ipfix(stream, strict, length)) {
	case 1: return FRAMER_MESSAGE;
	case 0: return FRAMER_MORE;
	case -2: return FRAMER_ENCRYPTED;
	default: return FRAMER_NO;
	}
}

static const struct framer framer = { frame_ipfix };
static const struct capture_opts capture = {
	.framer = &framer, .max_memory = MEMORY, .quiet_steps = true,
};

/* The input as a file that can be opened by name. */
static int file_of(const uint8_t *data, size_t size, char path[64])
{
	int fd = memfd_create("report", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	if (size != 0 && write(fd, data, size) != (ssize_t)size) {
		close(fd);
		return -1;
	}
	return fd;
}

/* -- Readings ------------------------------------------------------------------------- */

static bool look_ahead(void *ctx, struct nf_datagram *d)
{
	struct input *in = ctx;
	enum source_got got;
	struct nf_err err;

	if (in->ahead == NULL)
		in->ahead = source_open(in->files, 1, &capture, &err);
	if (in->ahead == NULL)
		return false;
	while ((got = source_next(in->ahead, d, &err)) == SOURCE_TROUBLE)
		;
	return got == SOURCE_DATAGRAM;
}

static bool input_open(struct input *in, const char *const *files, bool hold)
{
	const struct nf_tracker_opts opts = {
		.max_templates = MEMORY, .max_hold = MEMORY, .hold = hold,
		.ahead = hold ? NULL : look_ahead, .ahead_ctx = in,
	};
	struct nf_err err;

	in->files = files;
	in->registry = nf_registry_new();
	in->tracker = in->registry != NULL ? nf_tracker_new(&opts, in->registry) : NULL;
	in->seen = duplicates_new();
	in->source = source_open(files, 1, &capture, &err);
	return in->tracker != NULL && in->seen != NULL && in->source != NULL;
}

static void input_close(struct input *in)
{
	source_close(in->source);
	source_close(in->ahead);
	nf_tracker_free(in->tracker);
	duplicates_free(in->seen);
	nf_registry_free(in->registry);
}

/* The next datagram that is flow export; REFUSED hears of others. */
static bool input_next(struct input *in, void (*refused)(struct input *, enum nf_refusal))
{
	enum source_got got;
	enum nf_refusal why;
	struct nf_err err;

	while ((got = source_next(in->source, &in->datagram, &err)) != SOURCE_END) {
		if (got == SOURCE_TROUBLE)
			continue;
		why = nf_tracker_feed(in->tracker, &in->datagram, &in->delivery);
		if (why != NF_REFUSAL_NONE) {
			if (refused != NULL)
				refused(in, why);
			continue;
		}
		in->datagram.facts.duplicate = duplicates_seen(in->seen, &in->datagram);
		return true;
	}
	return false;
}

/* What is joined from later options. */
static bool join_ahead(void *ctx, struct nf_view *v)
{
	struct run *run = ctx;
	struct input *in = &run->again;

	if (in->source == NULL && !input_open(in, run->input.files, false))
		return false;
	for (;;) {
		if (in->within && nf_delivery_next(&in->delivery, v, NULL))
			return true;
		in->within = input_next(in, NULL);
		if (!in->within)
			return false;
	}
}

/* When the system was started, as options say it. */
static uint64_t start_of_current(struct nf_starts *starts, const struct nf_msg *m)
{
	struct run *run = (struct run *)starts;
	struct join_record at = run->current;
	struct join_answer answer;
	uint64_t ms;

	at.msg = m;
	return join_start(run->r.join, &at, &ms, &answer) ? ms : 0;
}

static void arm(struct run *run, struct nf_msg *m, const struct nf_datagram *d, uint32_t offset)
{
	m->starts = &run->starts;
	run->current = (struct join_record){ .datagram = d, .offset = offset };
}

/* -- One run -------------------------------------------------------------------------- */

static void message(struct run *run, const struct nf_view *v)
{
	struct report *r = &run->r;

	join_message(r->join, v);
	stats_message(&r->stats, v);
	stats_message(&r->filtered, v);
	for (unsigned i = 0; i < run->n; i++) {
		struct user *u = &run->users[i];

		if (u->ops->manner->message != NULL)
			require(u->ops->manner->message(u, v), u->ops->name, "memory");
	}
}

static void late_set(struct run *run, const struct nf_late *late)
{
	struct report *r = &run->r;

	join_late(r->join, late);
	stats_late(&r->stats, late);
	stats_late(&r->filtered, late);
	for (unsigned i = 0; i < run->n; i++) {
		struct user *u = &run->users[i];

		if (u->ops->manner->late != NULL)
			require(u->ops->manner->late(u, late), u->ops->name, "memory");
	}
}

static void at(struct run *run, int64_t ts)
{
	for (unsigned i = 0; i < run->n; i++)
		if (run->users[i].ops->manner->at != NULL)
			run->users[i].ops->manner->at(&run->users[i], ts);
}

static void refused(struct input *in, enum nf_refusal why)
{
	struct run *run = (struct run *)((char *)in - offsetof(struct run, input));

	for (unsigned i = 0; i < run->n; i++)
		if (run->users[i].ops->manner->refused != NULL)
			run->users[i].ops->manner->refused(&run->users[i], &in->datagram, why);
}

static const struct nf_sink *sink(struct run *run)
{
	for (unsigned i = 0; i < run->n; i++)
		if (run->users[i].ops->manner->sink != NULL)
			return run->users[i].ops->manner->sink(&run->users[i]);
	return NULL;
}

static void read_all(struct run *run)
{
	struct input *in = &run->input;
	struct nf_view view;
	struct nf_late late;

	while (input_next(in, refused)) {
		at(run, in->datagram.ts_ns);
		while (nf_delivery_next(&in->delivery, &view, sink(run))) {
			arm(run, &view.msg, view.datagram, view.offset);
			message(run, &view);
		}
		while (nf_tracker_late(in->tracker, &late)) {
			at(run, late.datagram.ts_ns);
			arm(run, &late.msg, &late.datagram, late.msg_offset);
			late_set(run, &late);
		}
	}
	for (unsigned i = 0; i < run->n; i++)
		require(run->users[i].ops->manner->end(&run->users[i]), run->users[i].ops->name,
			"memory");
}

static bool open_users(struct run *run)
{
	struct report *r = &run->r;
	const struct consumer *c;

	r->filtered.filter = filter_of(r);
	if (r->filtered.filter == NULL)
		return false;
	for (unsigned i = 0; (c = consumer_at(i)) != NULL; i++) {
		struct user *u = &run->users[run->n++];

		require(run->n < USERS, c->name, "too many consumers");
		*u = (struct user){ .ops = c, .r = r };
		if (!c->manner->open(u))
			return false;
	}
	return true;
}

static bool open_report(struct run *run)
{
	struct report *r = &run->r;
	bool hold = report_has(r, HOLD);
	const struct join_opts opts = {
		.max = report_has(r, FEW) ? 4096 : MEMORY,
		.ahead = hold ? NULL : join_ahead,
		.ctx = run,
	};

	if (!input_open(&run->input, r->files, hold))
		return false;
	r->registry = run->input.registry;
	r->tracker = run->input.tracker;
	r->source = run->input.source;
	r->join = join_new(&opts, r->registry);
	r->names = (struct filter_opts){
		.names = join_filter_names, .nnames = JOIN_FILTER_NAMES, .ctx = r->join,
		.files = r->files, .nfiles = 1,
	};
	return r->join != NULL && stats_init(&r->stats) && stats_init(&r->filtered) &&
	       open_users(run);
}

static void close_report(struct run *run)
{
	struct report *r = &run->r;

	for (unsigned i = 0; i < run->n; i++) {
		run->users[i].ops->manner->close(&run->users[i]);
		filter_free(run->users[i].filter);
	}
	filter_free(r->filtered.filter);
	stats_done(&r->filtered);
	stats_done(&r->stats);
	join_free(r->join);
	nf_strbuf_done(&r->text);
	input_close(&run->again);
	input_close(&run->input);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	const char *const files[] = { path };
	struct run run = { .starts = { .ms = start_of_current }, .r = { .files = files } };
	int fd = file_of(data, size, path);

	if (fd < 0)
		return 0;
	if (size >= CHOICES)
		memcpy(run.r.choices, data + size - CHOICES, CHOICES);
	nf_strbuf_init(&run.r.text);
	if (open_report(&run))
		read_all(&run);
	close_report(&run);
	close(fd);
	return 0;
}
