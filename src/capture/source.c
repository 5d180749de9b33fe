#include <config.h>

#include "capture/source.h"

#include <inttypes.h>
#include <limits.h>
#include <pcap/pcap.h>
#include <string.h>

#include "base/mem.h"
#include "capture/bpf.h"
#include "capture/codec.h"
#include "capture/frame.h"
#include "capture/live.h"
#include "capture/merge.h"
#include "capture/sniff.h"

const char *const capture_skip_text[CAPTURE_SKIPS] = {
#define SKIP(name, text) [SKIP_##name] = text,
#include "capture/skips.def"
#undef SKIP
};

struct source {
	struct capture_opts opts;
	const char *const *paths;
	struct capture_counts counts;
	struct live *live;		/* NULL: files, or interfaces */
	struct sniff *sniff;		/* NULL: files, or sockets */
	struct merge *merge;
	struct bpf *bpf;
	struct capture_watch watch;
	uint64_t drops;			/* that an event has told of */
	struct dissector *dissector;
	struct nf_extent extent;	/* of a message of an IPFIX File */
	uint64_t ordinal;		/* of the next datagram */
	int64_t frame_ts, datagram_ts;	/* the latest stamps met */
	bool in_dissector;		/* it may have more datagrams of the last frame */
	bool finished;
	bool *stepped;			/* per file: its stepping back was reported */
};

bool source_rereadable(const char *const *paths, size_t n)
{
	struct stat st;

	for (size_t i = 0; i < n; i++)
		if (raw_stat(paths[i], &st) == 0 && !S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
			return false;
	return true;
}

static bool is_packed(const char *path)
{
	uint8_t first[CODEC_MAGIC];
	struct nf_err err;
	struct raw raw;
	ssize_t n;

	if (raw_open(&raw, path, false, &err) < 0)
		return false;
	n = raw_pread(&raw, first, sizeof(first), 0);
	raw_close(&raw);
	return n > 0 && codec_is_packed(first, (size_t)n);
}

uint64_t source_size(const char *const *paths, size_t n)
{
	uint64_t sum = 0;
	struct stat st;

	for (size_t i = 0; i < n; i++) {
		if (raw_stat(paths[i], &st) < 0)
			continue;	/* which is said when its turn comes */
		if (!S_ISREG(st.st_mode) || is_packed(paths[i]))
			return 0;
		sum += (uint64_t)st.st_size;
	}
	return sum;
}

/* Of a pipe that two read from, each has a part. */
static bool shares_stdin(const char *const *paths, size_t n)
{
	size_t times = 0;

	for (size_t i = 0; i < n; i++)
		times += strcmp(paths[i], "-") == 0;
	return times > 1 && !source_rereadable(&(const char *){ "-" }, 1);
}

static int open_parts(struct source *s, size_t n, struct nf_err *err)
{
	struct merge_opts opts = {
		.follow = s->opts.follow, .sort = s->opts.sort, .nowait = s->opts.nowait,
		.again = s->opts.again,
	};

	if (shares_stdin(s->paths, n))
		return nf_err_set(err, NF_ERR_USAGE, "standard input is a pipe, and given twice");
	if (s->opts.bpf != NULL) {
		s->bpf = bpf_new(s->opts.bpf, err);
		if (s->bpf == NULL)
			return -1;
	}
	s->dissector = dissector_new(&s->opts, &s->counts, err);
	if (s->dissector == NULL)
		return -1;
	s->merge = merge_new(s->paths, n, &opts, &s->counts.capture_drops);
	s->stepped = nf_zalloc(n + 1);
	if (s->merge == NULL || s->stepped == NULL)
		return nf_err_memory(err);
	return 0;
}

static struct source *make(const struct capture_opts *opts, struct nf_err *err)
{
	struct source *s = nf_zalloc(sizeof(*s));

	if (s == NULL) {
		nf_err_memory(err);
		return NULL;
	}
	s->opts = *opts;
	s->frame_ts = s->datagram_ts = INT64_MIN;
	return s;
}

struct source *source_open(const char *const *paths, size_t n, const struct capture_opts *opts,
			   struct nf_err *err)
{
	struct source *s = make(opts, err);

	if (s == NULL)
		return NULL;
	s->paths = paths;
	if (open_parts(s, n, err) < 0) {
		source_close(s);
		return NULL;
	}
	return s;
}

void source_watch(struct source *s, const struct capture_watch *w)
{
	s->watch = *w;
	if (s->dissector != NULL)
		dissector_watch(s->dissector, w);
	if (s->live != NULL)
		live_watch(s->live, w);
}

/* What the file says of itself and of the frame F; NULL at the end of all. */
static void tell(struct source *s, const struct frame *f)
{
	struct capture_event e;

	if ((f == NULL || f->back_ns <= 0) && s->counts.capture_drops == s->drops)
		return;
	e = (struct capture_event){ .kind = EVENT_CLOCK_BACK };
	if (f != NULL) {
		e.frame = f->number;
		e.file = f->file;
		e.ts_ns = f->ts_ns;
		e.amount = f->back_ns;
		if (f->back_ns > 0)
			s->watch.event(s->watch.ctx, &e);
	}
	if (s->counts.capture_drops != s->drops) {
		e.kind = EVENT_DROPS;
		e.amount = s->counts.capture_drops - s->drops;
		s->drops = s->counts.capture_drops;
		s->watch.event(s->watch.ctx, &e);
	}
}

struct source *source_listen(const char *const *addresses, size_t n,
			     const struct capture_opts *opts, struct nf_err *err)
{
	struct source *s = make(opts, err);

	if (s == NULL)
		return NULL;
	s->live = live_open(addresses, n, opts, &s->counts, err);
	if (s->live == NULL) {
		source_close(s);
		return NULL;
	}
	return s;
}

struct source *source_capture(const char *const *interfaces, size_t n,
			      const struct capture_opts *opts, struct nf_err *err)
{
	struct source *s = make(opts, err);

	if (s == NULL)
		return NULL;
	s->opts.quiet_steps = true;	/* several interfaces are no one clock */
	s->paths = interfaces;
	s->dissector = dissector_new(&s->opts, &s->counts, err);
	if (s->dissector != NULL)
		s->sniff = sniff_open(interfaces, n, opts, &s->counts.capture_drops, err);
	if (s->sniff == NULL) {
		source_close(s);
		return NULL;
	}
	return s;
}

const char *source_interface(const struct source *s, size_t i, int *linktype)
{
	return s->sniff != NULL ? sniff_interface(s->sniff, i, linktype) : NULL;
}

bool source_bound(const struct source *s, size_t i, struct nf_endpoint *bound,
		  enum nf_transport *transport)
{
	return s->live != NULL && live_bound(s->live, i, bound, transport);
}

void source_stop(struct source *s)
{
	if (s->live != NULL)
		live_stop(s->live);
	if (s->sniff != NULL)
		sniff_stop(s->sniff);
}

const struct live_counts *source_live_counts(const struct source *s)
{
	return s->live != NULL ? live_counts(s->live) : NULL;
}

static enum source_got deliver(struct source *s, struct nf_datagram *d)
{
	d->ordinal = s->ordinal++;
	d->stepped_back = d->ts_ns < s->datagram_ts;
	if (!d->stepped_back)
		s->datagram_ts = d->ts_ns;
	s->counts.datagrams++;
	return SOURCE_DATAGRAM;
}

/* A message of an IPFIX File needs no dissection. */
static enum source_got deliver_message(struct source *s, const struct frame *f,
				       struct nf_datagram *d)
{
	s->counts.frames++;
	s->counts.frame_octets += f->caplen;
	s->extent = (struct nf_extent){ f->offset, f->caplen, f->file };
	*d = (struct nf_datagram){
		.frame = f->number, .ts_ns = f->ts_ns, .file = f->file,
		.wire_len = f->wirelen, .payload = { f->p, f->caplen },
		.transport = NF_TRANSPORT_FILE, .extents = &s->extent, .nextents = 1,
	};
	return deliver(s, d);
}

/* A notice, once a file, of a stamp that the window could not put right. */
static bool report_step(struct source *s, const struct frame *f, struct nf_err *err)
{
	double seconds = ((double)s->frame_ts - (double)f->ts_ns) / 1e9;

	if (s->opts.quiet_steps || s->stepped[f->file])
		return false;
	s->stepped[f->file] = true;
	nf_err_set(err, NF_ERR_NONE, "%s: the clock steps back by %.6f seconds at frame %" PRIu64
		   ", further than local reordering puts right; --sort orders such frames",
		   raw_name(s->paths[f->file]), seconds, f->number);
	return true;
}

/*
 * Count and feed one frame.  True if there is something to say about it; the frame was
 * fed, or dropped, all the same.
 */
static bool take_frame(struct source *s, const struct frame *f, struct nf_err *err)
{
	bool told = false;

	s->counts.frames++;
	s->counts.frame_octets += f->caplen;
	if (s->bpf != NULL) {
		enum bpf_verdict verdict = bpf_check(s->bpf, f, err);

		if (verdict != BPF_PASS) {
			s->counts.bpf_dropped++;
			return verdict == BPF_TROUBLE;
		}
	}
	if (f->ts_ns < s->frame_ts)
		told = report_step(s, f, err);
	else
		s->frame_ts = f->ts_ns;
	if (capture_watched(&s->watch))
		tell(s, f);
	dissector_feed(s->dissector, f);
	s->in_dissector = true;
	return told;
}

static enum source_got next_live(struct source *s, struct nf_datagram *d, struct nf_err *err)
{
	switch (live_next(s->live, d, s->opts.idle_ms, err)) {
	case LIVE_DATAGRAM:
		s->counts.frames++;
		s->counts.frame_octets += d->payload.n;
		return deliver(s, d);
	case LIVE_PAUSE:
		return SOURCE_PAUSE;
	case LIVE_WAKE:
		return SOURCE_WAKE;
	case LIVE_TROUBLE:
		return SOURCE_TROUBLE;
	default:
		return SOURCE_END;
	}
}

static enum source_got next_captured(struct source *s, struct nf_datagram *d, struct nf_err *err)
{
	struct frame f;

	for (;;) {
		if (s->in_dissector && dissector_next(s->dissector, d))
			return deliver(s, d);
		s->in_dissector = false;
		if (s->finished)
			return SOURCE_END;
		switch (sniff_next(s->sniff, &f, s->opts.idle_ms, err)) {
		case LIVE_DATAGRAM:
			take_frame(s, &f, err);
			break;
		case LIVE_PAUSE:
			return SOURCE_PAUSE;
		case LIVE_WAKE:
			return SOURCE_WAKE;
		case LIVE_TROUBLE:
			return SOURCE_TROUBLE;
		case LIVE_END:
			dissector_finish(s->dissector);
			s->finished = s->in_dissector = true;
			break;
		}
	}
}

enum source_got source_next(struct source *s, struct nf_datagram *d, struct nf_err *err)
{
	const struct frame *f;

	if (s->live != NULL)
		return next_live(s, d, err);
	if (s->sniff != NULL)
		return next_captured(s, d, err);
	for (;;) {
		if (s->in_dissector) {
			if (dissector_next(s->dissector, d))
				return deliver(s, d);
			s->in_dissector = false;
		}
		if (s->finished)
			return SOURCE_END;
		switch (merge_next(s->merge, &f, err)) {
		case READER_FRAME:
			if (f->linktype == FRAME_IPFIX_FILE)
				return deliver_message(s, f, d);
			if (take_frame(s, f, err))
				return SOURCE_TROUBLE;
			break;
		case READER_TROUBLE:
			return SOURCE_TROUBLE;
		case READER_NOT_YET:
			return SOURCE_WAKE;
		default:
			if (capture_watched(&s->watch))
				tell(s, NULL);
			dissector_finish(s->dissector);
			s->finished = s->in_dissector = true;
			break;
		}
	}
}

const char *source_linktype_name(uint64_t linktype)
{
	/* Files and libpcap (DLT) number only a few of the oldest differently. */
	return linktype <= INT_MAX ? pcap_datalink_val_to_description((int)linktype) : NULL;
}

const struct capture_counts *source_counts(const struct source *s)
{
	return &s->counts;
}

void source_close(struct source *s)
{
	if (s == NULL)
		return;
	live_close(s->live);
	sniff_close(s->sniff);
	merge_free(s->merge);
	if (s->dissector != NULL)
		dissector_free(s->dissector);
	bpf_free(s->bpf);
	nf_free(s->stepped);
	nf_free(s);
}
