/*
 * Whole sessions through the tracker: templates, redefinitions, withdrawals, look-ahead, held
 * sets, type records.  The input is read as a classic little-endian capture of Ethernet and
 * IPv4, so that any such capture is a seed; UDP, TCP and SCTP payloads are a datagram each.
 *
 * Fed twice, the result is the same; messages read again later are what they were; memory
 * stays within the bounds that the tracker was given.
 */
#include <config.h>

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/memcount.h"
#include "track/tracker.h"

const char fuzz_name[] = "session";

enum {
	FILE_HEADER = 24, RECORD_HEADER = 16,
	IP = 14, SRC = IP + 12, DST = IP + 16, PORTS = IP + 20,
	MAX_DATAGRAMS = 512,
	MAX_TEMPLATES = 256 << 10,
	MAX_HOLD = 16 << 10,
	MAX_SESSIONS = 8,
	/* Besides what is bounded: tracker, scratch and arena blocks. */
	MAX_MEMORY = MAX_TEMPLATES + MAX_HOLD + (512 << 10),
};

static struct nf_datagram datagrams[MAX_DATAGRAMS];
static size_t ndatagrams;
static uint16_t words[NF_SCRATCH_WORDS];
static struct memcount memory;

static void require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_session: %s\n", what);
	abort();
}

/* -- Input ---------------------------------------------------------------------------- */

static uint32_t le32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static void read_frame(struct nf_datagram *d, struct nf_bytes frame)
{
	static const struct { uint8_t protocol, at; enum nf_transport transport; } rows[] = {
		{ 6, IP + 20 + 20, NF_TRANSPORT_TCP },
		{ 132, IP + 20 + 12 + 16, NF_TRANSPORT_SCTP },
		{ 255, IP + 20, NF_TRANSPORT_FILE },
		{ 17, IP + 20 + 8, NF_TRANSPORT_UDP },		/* or anything else */
	};
	unsigned i = 0;

	while (i < 3 && rows[i].protocol != frame.p[IP + 9])
		i++;
	d->transport = rows[i].transport;
	d->src.addr.family = d->dst.addr.family = 4;
	memcpy(d->src.addr.octets, frame.p + SRC, 4);
	memcpy(d->dst.addr.octets, frame.p + DST, 4);
	d->src.port = nf_be16(frame.p + PORTS);
	d->dst.port = nf_be16(frame.p + PORTS + 2);
	d->payload = nf_slice(frame, rows[i].at, SIZE_MAX);
}

static void read_capture(struct nf_bytes in)
{
	size_t at = FILE_HEADER;

	ndatagrams = 0;
	while (nf_has(in, at, RECORD_HEADER) && ndatagrams < MAX_DATAGRAMS) {
		const uint8_t *head = in.p + at;
		struct nf_bytes frame = nf_slice(in, at + RECORD_HEADER, le32(head + 8));
		struct nf_datagram *d = &datagrams[ndatagrams];

		at += RECORD_HEADER + frame.n;
		if (frame.n < PORTS + 4)
			continue;
		*d = (struct nf_datagram){
			.ordinal = ndatagrams,
			.frame = ndatagrams + 1,
			.ts_ns = (int64_t)le32(head) * 1000000000,
		};
		read_frame(d, frame);
		d->wire_len = (uint32_t)d->payload.n;
		if (le32(head + 12) > frame.n && le32(head + 12) - frame.n < 65536)
			d->wire_len += le32(head + 12) - (uint32_t)frame.n;
		ndatagrams++;
	}
}

static bool ahead(void *ctx, struct nf_datagram *d)
{
	size_t *at = ctx;

	if (*at >= ndatagrams)
		return false;
	*d = datagrams[(*at)++];
	return true;
}

/* -- What comes of it ----------------------------------------------------------------- */

/* Everything that was seen, in order, as one number. */
struct digest {
	uint64_t h;
};

static void note(struct digest *d, uint64_t v)
{
	d->h = (d->h ^ v) * 0x9e3779b97f4a7c15u;
	d->h ^= d->h >> 29;
}

static void note_problem(void *ctx, const struct nf_problem *p)
{
	note(ctx, (uint64_t)p->id << 48 ^ (uint64_t)p->span.off << 24 ^ p->span.len);
	note(ctx, p->found);
}

static void note_resolution(struct digest *d, const struct nf_resolution *r)
{
	note(d, (uint64_t)r->how << 16 | r->why << 8 | r->misfit);
	note(d, r->version != NULL ? r->version->position : UINT64_MAX);
	note(d, r->layout != NULL ? r->layout->nfields : UINT64_MAX);
}

static void note_record(struct digest *d, const struct nf_rec *r)
{
	note(d, (uint64_t)r->offset << 32 | r->length);
	for (unsigned i = 0; i < r->layout->nfields; i++) {
		struct nf_field f = nf_field(r, i);

		note(d, f.value.n);
		for (size_t j = 0; j < f.value.n; j++)
			note(d, f.value.p[j]);
	}
}

static void note_lists(struct digest *d, const struct nf_rec *r, const struct nf_list_ctx *ctx)
{
	struct nf_rec inner;
	struct nf_list l;

	for (unsigned i = 0; r->layout->has_lists && i < r->layout->nfields; i++) {
		struct nf_field f = nf_field(r, i);

		if ((f.kind != NF_KIND_SUBTEMPLATE_LIST &&
		     f.kind != NF_KIND_SUBTEMPLATE_MULTILIST) || !nf_list_open(&l, &f, ctx))
			continue;
		while (nf_list_next_block(&l)) {
			note_resolution(d, &l.resolution);
			while (l.resolution.layout != NULL && nf_rec_next(&l.recs, &inner))
				note_record(d, &inner);
		}
	}
}

/* What a message is, whoever asks and whenever. */
static struct digest view_digest(const struct nf_view *v, struct nf_registry *registry)
{
	struct digest d = { .h = v->msg.bytes.n };
	const struct nf_event *e;
	struct nf_walk w;

	note(&d, (uint64_t)v->trailing.off << 32 | v->trailing.len);
	note(&d, v->followed << 1 | v->headerless);
	nf_walk_open(&w, &v->msg, &v->resolver, registry,
		     (struct nf_scratch){ .words = words, .n = NF_SCRATCH_WORDS }, NULL);
	while ((e = nf_walk_next(&w)) != NULL) {
		note(&d, (uint64_t)e->type << 56 ^ (uint64_t)e->span.off << 24 ^ e->span.len);
		if (e->type == NF_EV_SET)
			note_resolution(&d, e->resolution);
		if (e->type == NF_EV_RECORD) {
			struct nf_list_ctx ctx = nf_walk_list_ctx(&w);

			note_record(&d, e->rec);
			note_lists(&d, e->rec, &ctx);
		}
	}
	return d;
}

static void note_late(struct digest *d, struct nf_tracker *t)
{
	struct nf_late late;
	struct nf_recs recs;
	struct nf_rec rec;

	while (nf_tracker_late(t, &late)) {
		require(late.resolution.layout != NULL, "a late set without a layout");
		note(d, late.datagram.ordinal << 16 | late.set.offset);
		note_resolution(d, &late.resolution);
		nf_recs_open(&recs, &late.msg, &late.set, late.resolution.layout,
			     (struct nf_scratch){ .words = words, .n = NF_SCRATCH_WORDS }, NULL);
		while (nf_rec_next(&recs, &rec))
			note_record(d, &rec);
	}
}

/* -- The checks ----------------------------------------------------------------------- */

/* Of the first message of each datagram, as it was delivered; valid where it was. */
static struct digest delivered[MAX_DATAGRAMS];
static bool was_delivered[MAX_DATAGRAMS];

static void feed_all(struct digest *d, struct nf_tracker *t, struct nf_registry *registry)
{
	const struct nf_sink sink = { .report = note_problem, .ctx = d };
	struct nf_delivery delivery;
	struct nf_view v;

	for (size_t i = 0; i < ndatagrams; i++) {
		const struct nf_bytes payload = datagrams[i].payload;

		was_delivered[i] = false;
		if (nf_tracker_feed(t, &datagrams[i], &delivery) != NF_REFUSAL_NONE)
			continue;
		while (nf_delivery_next(&delivery, &v, &sink)) {
			struct digest one = view_digest(&v, registry);

			require(v.offset + v.msg.bytes.n + v.trailing.len <= payload.n,
				"a message beyond its payload");
			note(d, one.h);
			if (v.offset != 0 || v.headerless)
				continue;
			delivered[i] = one;
			was_delivered[i] = true;
		}
		note_late(d, t);
	}
}

/* Messages read again are what they were when they were delivered. */
static void view_again(struct nf_tracker *t, struct nf_registry *registry)
{
	struct nf_view v;

	for (size_t i = ndatagrams; i-- > 0;) {
		if (!was_delivered[i])
			continue;
		require(nf_tracker_view(t, &datagrams[i], 0, &v, NULL),
			"a message not found again");
		require(view_digest(&v, registry).h == delivered[i].h,
			"a message read again is not what it was");
	}
}

static void check_listing(struct nf_tracker *t)
{
	struct nf_version_iter it = { .session = 0 };
	const struct nf_version *before = NULL;
	struct nf_version_info info;
	uint64_t n = 0;

	while (nf_tracker_next_version(t, &it, &info)) {
		require(before == NULL || before->id != info.version->id ||
			before->position != info.version->position, "a version listed twice");
		before = info.version;
		n++;
	}
	require(n == nf_tracker_counts(t)->versions, "not every version is listed");
}

static uint64_t run(const struct nf_tracker_opts *way)
{
	struct nf_registry *registry = nf_registry_new();
	struct nf_tracker_opts opts = *way;
	const struct nf_tracker_counts *c;
	struct digest d = { .h = 1 };
	struct nf_tracker *t;
	size_t at = 0, before;

	opts.ahead_ctx = &at;
	opts.max_templates = MAX_TEMPLATES;
	opts.max_hold = MAX_HOLD;
	opts.max_sessions = MAX_SESSIONS;
	before = memory.most = memory.in_use;
	t = nf_tracker_new(&opts, registry);
	feed_all(&d, t, registry);
	if (!opts.hold)
		view_again(t, registry);
	check_listing(t);
	c = nf_tracker_counts(t);
	require(c->released + c->dropped <= c->held, "more sets came out than were held");
	require(c->sessions <= 2 * MAX_SESSIONS + 1, "too many sessions");
	require(memory.most - before <= MAX_MEMORY, "too much memory");
	nf_tracker_free(t);
	nf_registry_free(registry);
	return d.h;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct nf_tracker_opts ways[] = {
		{ .ahead = ahead },
		{ .ahead = ahead, .scope = NF_SCOPE_EXPORTER },
		{ .hold = true, .hold_seconds = 60 },
	};

	read_capture((struct nf_bytes){ data, size });
	memcount_begin(&memory);
	for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
		require(run(&ways[i]) == run(&ways[i]), "another result the second time");
	memcount_end();
	require(memory.in_use == 0, "a leak");
	return 0;
}
