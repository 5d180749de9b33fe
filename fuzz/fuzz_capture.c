/*
 * A whole capture: container, frames, tracker with look-ahead, every format, the checker with all
 * its rules.  What is written must be printable, and one line an object.
 */
#include <config.h>

#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/source.h"
#include "check/check.h"
#include "model/duplicates.h"
#include "model/stats.h"
#include "out/checklist.h"
#include "out/exporters.h"
#include "out/intervals.h"
#include "out/out.h"

const char fuzz_name[] = "capture";

enum { FORMATS = 7, MEMORY = 1 << 20 };

static void require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_capture: %s\n", what);
	abort();
}

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
	int fd = memfd_create("capture", MFD_CLOEXEC);

	if (fd < 0)
		return -1;
	snprintf(path, 64, "/proc/self/fd/%d", fd);
	if (size != 0 && write(fd, data, size) != (ssize_t)size) {
		close(fd);
		return -1;
	}
	return fd;
}

struct run {
	const char *const *files;
	struct source *source, *ahead;
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct out *outs[FORMATS];
	struct stats stats;
	struct exporters *exporters;
	struct intervals *intervals;
	struct check *check;
	struct duplicates *seen;
};

static void event(void *ctx, const struct capture_event *e)
{
	check_event(((struct run *)ctx)->check, e);
}

static bool open_check(struct run *r)
{
	const struct check_opts opts = {
		.ruleset = CHECK_STRICT, .all = true, .max_findings = 256, .max_streams = 64,
		.seq = { .max_holes = 4, .max_streams = 64 },
	};

	r->seen = duplicates_new();
	r->check = check_new(&opts, r->registry);
	return r->seen != NULL && r->check != NULL;
}

static bool look_ahead(void *ctx, struct nf_datagram *d)
{
	struct run *r = ctx;
	enum source_got got;
	struct nf_err err;

	if (r->ahead == NULL)
		r->ahead = source_open(r->files, 1, &capture, &err);
	if (r->ahead == NULL)
		return false;
	while ((got = source_next(r->ahead, d, &err)) == SOURCE_TROUBLE)
		;
	return got == SOURCE_DATAGRAM;
}

static bool open_outs(struct run *r)
{
	const struct out_ops *const ops[FORMATS] = {
		out_ops_of("text"), out_ops_of("detail"), out_ops_of("detail"),
		out_ops_of("json"), &out_quiet, &out_quiet_json,
		out_ops_of("python-netflow"),
	};

	for (unsigned i = 0; i < FORMATS; i++) {
		const struct out_opts opts = {
			.files = r->files, .nfiles = 1,
			.hex = i == 2, .raw = i == 3, .width = i % 2 == 0 ? 80 : 0,
		};

		r->outs[i] = out_new(ops[i], &opts, r->registry);
		if (r->outs[i] == NULL)
			return false;
		out_begin(r->outs[i]);
	}
	return true;
}

/* What was written since the last time. */
static void check(struct out *o, bool sound)
{
	bool text = o->ops->message != out_ops_of("json")->message;

	require(sound, "memory");
	for (size_t i = 0; i < o->text.n; i++)
		require((uint8_t)o->text.p[i] >= 0x20 || o->text.p[i] == '\n', "a control character");
	require(o->text.n == 0 || o->text.p[o->text.n - 1] == '\n', "a line without its end");
	for (size_t i = 1; !text && i + 1 < o->text.n; i++)
		require(o->text.p[i] != '\n' || o->text.p[i + 1] == '{', "an object of two lines");
	nf_strbuf_clear(&o->text);
}

static void read_all(struct run *r, bool hold)
{
	struct nf_delivery delivery;
	struct nf_datagram d;
	enum nf_refusal why;
	enum source_got got;
	struct nf_view view;
	struct nf_late late;
	struct nf_err err;

	while ((got = source_next(r->source, &d, &err)) != SOURCE_END) {
		if (got == SOURCE_TROUBLE)
			continue;
		why = nf_tracker_feed(r->tracker, &d, &delivery);
		if (why != NF_REFUSAL_NONE) {
			check_refused(r->check, &d, why, true);
			continue;
		}
		d.facts.duplicate = duplicates_seen(r->seen, &d);
		while (nf_delivery_next(&delivery, &view, check_sink(r->check))) {
			check_message(r->check, &view, d.frame % 4 != 0);
			out_sink(r->outs[0]);
			intervals_at(r->intervals, &r->stats, d.ts_ns);
			stats_message(&r->stats, &view);
			exporters_message(r->exporters, &view, d.frame % 4 != 0, 0);
			for (unsigned i = 0; i < FORMATS; i++) {
				if (i != 0)
					out_sink(r->outs[i]);
				check(r->outs[i], out_message(r->outs[i], &view));
			}
		}
		while (hold && nf_tracker_late(r->tracker, &late)) {
			intervals_at(r->intervals, &r->stats, late.datagram.ts_ns);
			stats_late(&r->stats, &late);
			exporters_late(r->exporters, &late);
			check_late(r->check, &late, true);
			for (unsigned i = 0; i < FORMATS; i++)
				check(r->outs[i], out_late(r->outs[i], &late));
		}
	}
}

/* Every octet has been accounted for; texts and objects of findings as all others. */
static void findings(struct run *r)
{
	static const struct { const char *format; unsigned out; } shown[] = {
		{ "text", 0 }, { "json", 3 }, { "junit", 0 }, { "sarif", 0 },
	};
	const struct check_exporter_totals *e;

	check_end(r->check);
	require(check_sound(r->check), "memory");
	for (size_t i = 0; (e = check_exporter_at(r->check, i)) != NULL; i++)
		require(check_unclaimed(&e->octets) == 0, "octets that nobody accounts for");
	for (unsigned i = 0; i < sizeof(shown) / sizeof(shown[0]); i++) {
		const struct checklist list = {
			.ops = checklist_ops_of(shown[i].format), .o = r->outs[shown[i].out],
			.check = r->check, .verbose = true, .all = true, .notes = true,
		};

		checklist_show(&list);
		check(list.o, !list.o->text.failed);
	}
}

/* What is shown at the end. */
static void sums(struct run *r)
{
	const struct exporters_view exporters = {
		.exporters = r->exporters, .files = r->files, .nfiles = 1, .width = 80,
	};
	const struct intervals_view intervals = { .intervals = r->intervals, .width = 80 };
	struct out *text = r->outs[0], *json = r->outs[3];

	require(exporters_settle(r->exporters), "memory");
	intervals_end(r->intervals, &r->stats);
	exporters_text(&text->text, &exporters);
	intervals_text(&text->text, &intervals);
	check(text, !text->text.failed);
	exporters_json(&json->text, &exporters);
	intervals_json(&json->text, &intervals);
	check(json, !json->text.failed);
}

static void run(const char *path, bool hold)
{
	const char *const files[] = { path };
	struct run r = { .files = files };
	struct nf_tracker_opts opts = {
		.max_templates = MEMORY, .max_hold = MEMORY, .hold = hold,
		.ahead = hold ? NULL : look_ahead, .ahead_ctx = &r,
	};
	struct nf_err err;

	r.registry = nf_registry_new();
	r.tracker = nf_tracker_new(&opts, r.registry);
	r.exporters = exporters_new(&(struct nf_seq_opts){ .max_holes = 4, .max_streams = 64 }, 64);
	r.intervals = intervals_new(1000000, 1000);
	r.source = source_open(files, 1, &capture, &err);
	if (r.registry != NULL && r.tracker != NULL && r.source != NULL && stats_init(&r.stats) &&
	    r.exporters != NULL && r.intervals != NULL && open_outs(&r) && open_check(&r)) {
		source_watch(r.source, &(struct capture_watch){ .event = event, .ctx = &r,
								.checksums = true });
		read_all(&r, hold);
		sums(&r);
		findings(&r);
	}
	for (unsigned i = 0; i < FORMATS; i++)
		out_free(r.outs[i]);
	intervals_free(r.intervals);
	exporters_free(r.exporters);
	stats_done(&r.stats);
	check_free(r.check);
	duplicates_free(r.seen);
	source_close(r.source);
	source_close(r.ahead);
	nf_tracker_free(r.tracker);
	nf_registry_free(r.registry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[64];
	int fd = file_of(data, size, path);

	if (fd < 0)
		return 0;
	run(path, false);
	run(path, true);
	close(fd);
	return 0;
}
