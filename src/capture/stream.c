#include <config.h>

#include "capture/stream.h"

#include <string.h>

#include "base/mem.h"
#include "capture/tls.h"

enum {
	LATE_MAX = 1 << 20,		/* octets of memory behind holes, a stream */
	LATE_SEGMENTS = 2048,		/* segments; they are kept in a list */
	SEARCH_MAX = 64 << 10,		/* a message begins in so many octets of IPFIX */
	SEARCH_AGAIN = 1 << 20,		/* the same where there have been messages */
	MORE_MAX = 128 << 10,		/* the framer must know its mind by then */
	MESSAGE_MAX = 1 << 20,
};

/* An event at the segment that came last. */
static struct capture_event event(const struct stream *s, enum capture_event_kind kind)
{
	return (struct capture_event){
		.kind = kind, .transport = NF_TRANSPORT_TCP, .frame = s->frame, .ts_ns = s->ts_ns,
		.file = s->file, .src = s->src, .dst = s->dst, .at = s->at,
	};
}

/* LEN octets are missing at the front, which has N.  CUT: of segments that are there. */
static void tell_hole(const struct tcp *t, const struct stream *s, uint32_t n, uint32_t len,
		      bool cut)
{
	struct capture_event e = event(s, EVENT_TCP_HOLE);

	if (!capture_watched(t->watch))
		return;
	e.at += n;
	e.amount = len;
	e.cut = cut;
	t->watch->event(t->watch->ctx, &e);
}

static void tell_encrypted(const struct tcp *t, const struct stream *s, struct nf_bytes record)
{
	struct capture_event e = event(s, EVENT_ENCRYPTED);

	if (!capture_watched(t->watch))
		return;
	tls_versions(record, false, &e);
	t->watch->event(t->watch->ctx, &e);
}

/* Messages do not follow one another any more, as the octets at the front show. */
static void framing_lost(struct stream *s, struct nf_bytes octets)
{
	s->lost = true;
	s->lost_at = s->at;
	s->lost_frame = s->frame;
	s->lost_ts = s->ts_ns;
	s->lost_file = s->file;
	s->nlost = octets.n < sizeof(s->lost_octets) ? (uint8_t)octets.n : sizeof(s->lost_octets);
	memcpy(s->lost_octets, octets.p, s->nlost);
}

/* One begins at the front again; or, ENDED, the search is given up. */
static void framing_found(const struct tcp *t, struct stream *s, bool ended)
{
	struct capture_event e = event(s, EVENT_TCP_FRAMING);

	if (!s->lost)
		return;
	s->lost = false;
	if (!capture_watched(t->watch))
		return;
	e.frame = s->lost_frame;
	e.ts_ns = s->lost_ts;
	e.file = s->lost_file;
	e.at = s->lost_at;
	e.amount = s->at - s->lost_at;
	e.ended = ended;
	e.noctets = s->nlost;
	memcpy(e.octets, s->lost_octets, s->nlost);
	t->watch->event(t->watch->ctx, &e);
}

static int32_t distance(uint32_t from, uint32_t to)
{
	return (int32_t)(to - from);
}

static void hole_begin(struct tcp *t, struct stream *s, int64_t now)
{
	s->hole_since = now;
	s->elder = t->youngest;
	s->younger = NULL;
	if (s->elder != NULL)
		s->elder->younger = s;
	else
		t->eldest = s;
	t->youngest = s;
}

void stream_hole_end(struct tcp *t, struct stream *s)
{
	if (s->elder != NULL)
		s->elder->younger = s->younger;
	else
		t->eldest = s->younger;
	if (s->younger != NULL)
		s->younger->elder = s->elder;
	else
		t->youngest = s->elder;
}

void stream_give_up(const struct tcp *t, struct stream *s)
{
	framing_found(t, s, true);
}

size_t stream_cost(const struct stream *s)
{
	return sizeof(*s) + gather_cost(&s->gathered) + s->late_cost;
}

void stream_free(struct stream *s)
{
	while (s->first != NULL) {
		struct late *l = s->first;

		s->first = l->after;
		nf_free(l);
	}
	gather_done(&s->gathered);
	nf_free(s);
}

static size_t late_size(const struct late *l)
{
	return sizeof(*l) + l->nextents * sizeof(*l->extents) + l->captured;
}

/* A copy of SEG's octets, which begin at SEQ, in one allocation; NULL if memory is out. */
static struct late *late_new(struct tcp *t, const struct segment *seg, uint32_t seq)
{
	const struct packet *pk = seg->pk;
	struct late *l, size;

	t->out.n = 0;
	if (!extents_of(&t->out, pk, pk->p, pk->n))
		return NULL;
	size = (struct late){ .seq = seq, .sent = pk->wire, .captured = pk->n,
			      .nextents = (uint32_t)t->out.n };
	l = nf_alloc(late_size(&size));
	if (l == NULL)
		return NULL;
	*l = size;
	l->extents = (struct nf_extent *)(l + 1);
	l->octets = (uint8_t *)(l->extents + l->nextents);
	if (l->nextents > 0)
		memcpy(l->extents, t->out.items, l->nextents * sizeof(*l->extents));
	if (l->captured > 0)
		memcpy(l->octets, pk->p, l->captured);
	return l;
}

/* Keep SEG until the hole before it is filled or given up. */
static bool late_add(struct tcp *t, struct stream *s, const struct segment *seg, uint32_t seq)
{
	struct late *before = s->last, *l;

	while (before != NULL && distance(before->seq, seq) < 0)
		before = before->before;
	if (before != NULL && before->seq == seq && before->captured >= seg->pk->n &&
	    before->sent >= seg->pk->wire) {
		s->segments--;
		t->counts->skipped[SKIP_TCP_REPEATED]++;
		return true;
	}
	l = late_new(t, seg, seq);
	if (l == NULL)
		return false;
	if (s->first == NULL) {
		s->ack_seen = false;
		hole_begin(t, s, seg->pk->frame->ts_ns);
	}
	l->before = before;
	l->after = before != NULL ? before->after : s->first;
	if (before != NULL)
		before->after = l;
	else
		s->first = l;
	if (l->after != NULL)
		l->after->before = l;
	else
		s->last = l;
	s->late_cost += late_size(l);
	s->nlate++;
	return true;
}

/* Octets in order: SENT of them, N captured at P, behind which the gap is. */
static bool append(struct stream *s, const struct packet *pk, const uint8_t *p, uint32_t n,
		   uint32_t sent)
{
	uint32_t skip = s->skip < sent ? s->skip : sent;

	s->next += sent;
	s->skip -= skip;
	s->at += skip;
	s->gap_cut = true;
	if (skip > n) {			/* of the torn message no one wants more */
		s->gap = sent - skip;
		return true;
	}
	s->gap = sent - n;
	p += skip;
	n -= skip;
	if (gather_len(&s->gathered) > 0)
		return gather_append(&s->gathered, p, n, pk->extents, pk->nextents,
				     (size_t)(p - pk->base));
	s->direct = p;
	s->ndirect = n;
	return true;
}

bool stream_take(struct tcp *t, struct stream *s, const struct segment *seg, uint32_t seq)
{
	const struct packet *pk = seg->pk;
	int32_t ahead = distance(s->next, seq);
	uint32_t old;

	s->segments++;
	if (ahead > 0)
		return late_add(t, s, seg, seq);
	old = (uint32_t)-ahead;
	if (old >= pk->wire) {
		s->segments--;
		t->counts->skipped[SKIP_TCP_REPEATED]++;
		return true;
	}
	if (old > pk->n)
		old = pk->n;	/* what is new was not captured */
	return append(s, pk, pk->p + old, pk->n - old, pk->wire - (uint32_t)-ahead);
}

/* Put the direct octets by, before their packet goes. */
static bool stash(const struct segment *seg, struct stream *s)
{
	const struct packet *pk = seg->pk;
	uint32_t n = s->ndirect;

	s->ndirect = 0;
	return n == 0 || gather_append(&s->gathered, s->direct, n, pk->extents, pk->nextents,
				       (size_t)(s->direct - pk->base));
}

/* Take in the late segment that stands first, which the octets in order now reach. */
static bool late_take(struct tcp *t, struct stream *s)
{
	struct late *l = s->first;
	uint32_t old = s->next - l->seq;
	bool ok = true;

	s->late_cost -= late_size(l);
	s->nlate--;
	s->first = l->after;
	if (s->first != NULL)
		s->first->before = NULL;
	else
		s->last = NULL;
	stream_hole_end(t, s);
	if (s->first != NULL)
		hole_begin(t, s, s->ts_ns);
	else
		s->hurry = false;
	if (old >= l->sent) {
		t->counts->skipped[SKIP_TCP_REPEATED]++;
	} else {
		struct packet view = {
			.base = l->octets, .extents = l->extents, .nextents = l->nextents,
		};
		uint32_t at = old < l->captured ? old : l->captured;

		ok = stash(&t->segment, s) &&
		     append(s, &view, l->octets + at, l->captured - at, l->sent - old);
		if (ok && s->ndirect > 0) {
			ok = gather_append(&s->gathered, s->direct, s->ndirect, l->extents,
					   l->nextents, (size_t)(s->direct - l->octets));
			s->ndirect = 0;
		}
	}
	nf_free(l);
	return ok;
}

static struct nf_bytes front(const struct stream *s)
{
	if (s->ndirect > 0)
		return (struct nf_bytes){ s->direct, s->ndirect };
	return (struct nf_bytes){ gather_front(&s->gathered), gather_len(&s->gathered) };
}

static void pass(struct stream *s, uint32_t n)
{
	s->at += n;
	if (s->ndirect > 0) {
		s->direct += n;
		s->ndirect -= n;
	} else {
		gather_take(&s->gathered, n);
	}
}

/* Hand on the first N octets as a message of which LENGTH were sent. */
static bool emit(struct tcp *t, struct stream *s, uint32_t n, uint32_t length,
		 struct nf_datagram *out)
{
	const struct gather *g = &s->gathered;
	bool ok;

	t->out.n = 0;
	if (s->ndirect > 0)
		ok = extents_of(&t->out, t->segment.pk, s->direct, n);
	else
		ok = extents_add(&t->out, g->extents.items + g->first, g->extents.n - g->first,
				 0, n);
	if (!ok)
		return false;
	*out = (struct nf_datagram){
		.frame = s->frame, .file = s->file, .ts_ns = s->ts_ns, .ts_fine = s->ts_fine,
		.src = s->src, .dst = s->dst, .transport = NF_TRANSPORT_TCP,
		.payload = { front(s).p, n }, .wire_len = length,
		.extents = t->out.items, .nextents = (uint32_t)t->out.n, .facts = s->facts,
	};
	out->facts.cut = n < length;
	out->facts.after_hole = s->after_hole;
	out->facts.from_start = s->opened;
	framing_found(t, s, false);
	pass(s, n);
	s->after_hole = false;
	s->synced = true;
	s->confirmed = true;
	s->from_start = false;
	s->searched = 0;
	s->segments = 0;
	return true;
}

/*
 * The octets at the front end in a gap.  If a message of LENGTH octets has begun, it is
 * handed on as far as it goes, and the next one begins behind it, unless the gap goes
 * farther.  Otherwise the next is searched for.
 */
static enum stream_end lose(struct tcp *t, struct stream *s, uint32_t length,
			    struct nf_datagram *out)
{
	uint32_t n = (uint32_t)front(s).n, gap = s->gap;
	enum stream_end end = STREAM_WAITS;

	s->gap = 0;
	s->from_start = false;
	if (s->confirmed || length > 0) {
		t->counts->skipped[SKIP_TCP_HOLE] += gap;
		tell_hole(t, s, n, gap, s->gap_cut);
	}
	if (s->skip > 0) {		/* one torn before goes on */
		s->synced = s->skip >= gap;
		s->skip = s->synced ? s->skip - gap : 0;
	} else if (length > 0) {
		if (!emit(t, s, n, length, out))
			return STREAM_NO_MEMORY;
		end = STREAM_MESSAGE;
		s->synced = length - n >= gap;
		s->skip = s->synced ? length - n - gap : 0;
	} else {
		if (s->confirmed)
			t->counts->skipped[SKIP_TCP_HOLE] += n;
		framing_found(t, s, true);
		pass(s, n);
		s->synced = false;
		if (!s->confirmed && (s->searched += n + gap) >= SEARCH_MAX)
			end = STREAM_OTHER;
	}
	s->after_hole = true;
	s->at += gap;
	return end;
}

/* No message begins at the front: the octets behind it are tried, for a while. */
static enum stream_end search(struct tcp *t, struct stream *s)
{
	uint32_t n = 0, length, most = s->confirmed ? SEARCH_AGAIN : SEARCH_MAX;
	struct nf_bytes octets = front(s);

	if (s->from_start)
		return STREAM_OTHER;
	if (s->synced && s->confirmed) {
		if (!s->after_hole)	/* else the hole is to blame */
			framing_lost(s, octets);
		s->after_hole = true;
	}
	s->synced = false;
	do {
		n++;
		octets.p++;
		octets.n--;
		if (s->searched++ >= most)
			return STREAM_OTHER;
	} while (octets.n > 0 && t->framer->frame(octets, true, &length) == FRAMER_NO);
	if (s->confirmed)
		t->counts->skipped[SKIP_TCP_HOLE] += n;
	pass(s, n);
	return STREAM_WAITS;
}

/*
 * True if the octets at the front are the segment's first: there a TLS record may begin, as
 * it may where a message should; anywhere else what looks like one is an accident.
 */
static bool segment_begins(const struct tcp *t, const struct stream *s)
{
	return s->ndirect > 0 && s->direct == t->segment.pk->p;
}

static bool hole_given_up(const struct stream *s)
{
	return s->closing || s->hurry || s->late_cost > LATE_MAX || s->nlate > LATE_SEGMENTS ||
	       (s->ack_seen && distance(s->first->seq, s->acked) >= 0);
}

/* The end of the stream: a message that has begun is handed on; FIN says it was all sent. */
static enum stream_end ending(struct tcp *t, struct stream *s, uint32_t length, bool all_sent,
			      struct nf_datagram *out)
{
	uint32_t n = (uint32_t)front(s).n;

	if (n == 0 || length == 0) {
		if (s->confirmed)
			t->counts->skipped[SKIP_TCP_HOLE] += n;
		return STREAM_CLOSED;
	}
	return emit(t, s, n, all_sent ? n : length, out) ? STREAM_MESSAGE : STREAM_NO_MEMORY;
}

enum stream_end stream_next(struct tcp *t, struct stream *s, struct nf_datagram *out)
{
	for (;;) {
		struct nf_bytes octets = front(s);
		enum framer_verdict verdict = FRAMER_MORE;
		enum stream_end end;
		uint32_t length = 0;

		if (octets.n > 0)
			verdict = t->framer->frame(octets, !s->synced, &length);
		if (verdict == FRAMER_ENCRYPTED) {
			if (s->synced || segment_begins(t, s)) {
				tell_encrypted(t, s, octets);
				return STREAM_ENCRYPTED;
			}
			verdict = FRAMER_NO;
		}
		if (verdict == FRAMER_NO || (verdict == FRAMER_MORE && octets.n > MORE_MAX) ||
		    (verdict == FRAMER_MESSAGE && (length == 0 || length > MESSAGE_MAX))) {
			end = search(t, s);
			if (end != STREAM_WAITS)
				return end;
			continue;
		}
		if (verdict != FRAMER_MESSAGE)
			length = 0;
		else if (octets.n >= length)
			return emit(t, s, length, length, out) ? STREAM_MESSAGE : STREAM_NO_MEMORY;

		if (s->gap > 0) {
			end = lose(t, s, length, out);
			if (end != STREAM_WAITS)
				return end;
		} else if (s->first != NULL && distance(s->next, s->first->seq) <= 0) {
			if (!late_take(t, s))
				return STREAM_NO_MEMORY;
		} else if (s->first != NULL && hole_given_up(s)) {
			s->gap = s->first->seq - s->next;
			s->gap_cut = false;
			s->next = s->first->seq;
		} else if (s->closing || (s->fin_seen && distance(s->fin, s->next) >= 0)) {
			return ending(t, s, length, s->fin_seen && s->next == s->fin, out);
		} else {
			return stash(&t->segment, s) ? STREAM_WAITS : STREAM_NO_MEMORY;
		}
	}
}
