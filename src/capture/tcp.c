#include <config.h>

#include "capture/tcp.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "capture/stream.h"

enum {
	FLAG_FIN = 0x01, FLAG_SYN = 0x02, FLAG_RST = 0x04, FLAG_ACK = 0x10,
	HINTS = 1 << 13,
};

#define HOLE_AGE (10 * INT64_C(1000000000))	/* nanoseconds */

/*
 * What is known of a stream that takes no more than this: one that began and has sent
 * nothing yet, one that carries something else, one that ended.  The newest of those that
 * share a slot stays; of others nothing is known, and they are looked at again.
 */
enum hint_kind { HINT_NONE, HINT_START, HINT_OTHER, HINT_ENCRYPTED, HINT_CLOSED };

struct tcp_hint {
	uint64_t hash;
	uint32_t seq;		/* START: of the first octet; CLOSED: behind the last */
	enum hint_kind kind;
};

void tcp_init(struct tcp *t, struct hold *hold, struct capture_counts *counts,
	      const struct framer *framer, const struct capture_watch *watch)
{
	*t = (struct tcp){
		.hold = hold, .counts = counts, .framer = framer, .watch = watch,
	};
}

/* What is known of the stream; HINT_NONE if nothing, or if memory is out. */
static struct tcp_hint hint_get(const struct tcp *t, uint64_t hash)
{
	if (t->hints != NULL && t->hints[hash % HINTS].hash == hash)
		return t->hints[hash % HINTS];
	return (struct tcp_hint){ .kind = HINT_NONE };
}

static void hint_put(struct tcp *t, uint64_t hash, enum hint_kind kind, uint32_t seq)
{
	if (t->hints == NULL)
		t->hints = nf_zalloc(HINTS * sizeof(*t->hints));
	if (t->hints != NULL)
		t->hints[hash % HINTS] = (struct tcp_hint){ hash, seq, kind };
}

static void skip(struct tcp *t, enum capture_skip reason)
{
	t->counts->skipped[reason]++;
}

static void detach(struct tcp *t, struct stream *s)
{
	if (s->first != NULL)
		stream_hole_end(t, s);
	if (t->current == s)
		t->current = NULL;
	hold_remove(t->hold, &s->held);
	stream_free(s);
}

/* The memory bound is reached. */
static void drop(void *owner, struct held *h)
{
	struct tcp *t = owner;
	struct stream *s = (struct stream *)h;

	if (gather_len(&s->gathered) > 0 || s->first != NULL)
		t->counts->skipped[SKIP_MEMORY] += s->segments;
	detach(t, s);
}

void tcp_done(struct tcp *t)
{
	struct held *h = t->hold->oldest;

	while (h != NULL) {
		struct held *newer = h->newer;

		if (h->key.kind == HOLD_TCP)
			detach(t, (struct stream *)h);
		h = newer;
	}
	nf_free(t->hints);
	nf_free(t->out.items);
}

static struct stream *stream_new(struct tcp *t, const struct segment *seg)
{
	struct stream *s = nf_zalloc(sizeof(*s));

	if (s == NULL)
		return NULL;
	s->held.key = seg->key;
	s->held.drop = drop;
	s->held.owner = t;
	if (!hold_add(t->hold, &s->held)) {
		nf_free(s);
		return NULL;
	}
	s->src = (struct nf_endpoint){ seg->pk->src, seg->sport };
	s->dst = (struct nf_endpoint){ seg->pk->dst, seg->dport };
	if (!hold_charge(t->hold, &s->held, stream_cost(s))) {
		detach(t, s);
		return NULL;
	}
	return s;
}

static bool near(uint32_t a, uint32_t b)
{
	int32_t distance = (int32_t)(a - b);

	return distance > -STREAM_REACH && distance < STREAM_REACH;
}

/*
 * The stream that a segment with octets belongs to, which is not known yet; NULL where
 * nothing is to be done, and that is counted.
 */
static struct stream *first_met(struct tcp *t, const struct segment *seg, uint32_t seq)
{
	struct tcp_hint hint = hint_get(t, seg->hash);
	struct stream *s;

	switch (hint.kind) {
	case HINT_OTHER:
		skip(t, SKIP_TCP_OTHER);
		return NULL;
	case HINT_ENCRYPTED:
		skip(t, SKIP_ENCRYPTED);
		return NULL;
	case HINT_CLOSED:
		if (near(seq, hint.seq) && (int32_t)(seq + seg->pk->wire - hint.seq) <= 0) {
			skip(t, SKIP_TCP_REPEATED);
			return NULL;
		}
		break;
	default:
		break;
	}
	s = stream_new(t, seg);
	if (s == NULL) {
		skip(t, SKIP_MEMORY);
		return NULL;
	}
	s->next = seq;
	if (hint.kind == HINT_START && near(seq, hint.seq)) {
		s->next = hint.seq;
		s->synced = s->from_start = s->opened = true;
	}
	hint_put(t, seg->hash, HINT_NONE, 0);
	return s;
}

/* Deal with S to its end first, then with this segment again. */
static void close_first(struct tcp *t, struct stream *s)
{
	s->closing = true;
	t->current = s;
	t->again = true;
}

/* The key of the other direction of SEG's connection. */
static struct hold_key opposite(const struct segment *seg)
{
	struct hold_key key = hold_key(HOLD_TCP, &seg->pk->dst, &seg->pk->src, seg->pk->scope);

	key.id = (uint32_t)seg->dport << 16 | seg->sport;
	return key;
}

/* The peer has what is before the acknowledgement: holes before it will not be filled. */
static void acknowledge(struct tcp *t, const struct segment *seg)
{
	struct hold_key key = opposite(seg);
	struct stream *s = (struct stream *)hold_find(t->hold, &key);
	if (s == NULL || s->first == NULL)
		return;
	s->acked = seg->ack;
	s->ack_seen = true;
}

static void note(struct stream *s, const struct packet *pk)
{
	s->frame = pk->frame->number;
	s->file = pk->frame->file;
	s->ts_ns = pk->frame->ts_ns;
	s->ts_fine = pk->frame->ts_fine;
	s->facts = pk->facts;
}

/* An event of the segment. */
static void tell(const struct tcp *t, enum capture_event_kind kind)
{
	const struct segment *seg = &t->segment;
	struct capture_event e = packet_event(seg->pk, kind, NF_TRANSPORT_TCP);

	if (!capture_watched(t->watch))
		return;
	e.src.port = seg->sport;
	e.dst.port = seg->dport;
	t->watch->event(t->watch->ctx, &e);
}

/* A SYN with this START has been seen, and nothing since. */
static bool begun(const struct tcp *t, const struct segment *seg, uint32_t start)
{
	struct tcp_hint hint = hint_get(t, seg->hash);

	return hint.kind == HINT_START && hint.seq == start;
}

/* Has the connection ended before, in whatever direction? */
static bool ended(const struct tcp *t, const struct segment *seg)
{
	struct hold_key back = opposite(seg);

	return hint_get(t, seg->hash).kind == HINT_CLOSED ||
	       hint_get(t, hold_hash(&back)).kind == HINT_CLOSED;
}

/*
 * A SYN begins a stream, unless it is that of the one at hand, repeated or late.  True if
 * the segment's octets, if any, can be looked at.
 */
static bool synchronise(struct tcp *t, const struct segment *seg, struct stream **s)
{
	uint32_t start = seg->seq + 1;

	if (*s != NULL) {
		if ((int32_t)(start - (*s)->next) <= 0 && near(start, (*s)->next)) {
			skip(t, SKIP_TCP_REPEATED);
			return false;
		}
		close_first(t, *s);
		return false;
	}
	if ((seg->flags & FLAG_ACK) == 0 && !begun(t, seg, start))
		tell(t, EVENT_TCP_OPEN);
	hint_put(t, seg->hash, HINT_START, start);
	return true;
}

static void segment(struct tcp *t)
{
	const struct segment *seg = &t->segment;
	const struct packet *pk = seg->pk;
	struct stream *s = (struct stream *)hold_find(t->hold, &seg->key);
	uint32_t seq = seg->seq;

	if ((seg->flags & FLAG_RST) != 0 && capture_watched(t->watch) && !ended(t, seg))
		tell(t, EVENT_TCP_RESET);
	if ((seg->flags & FLAG_SYN) != 0) {
		if (!synchronise(t, seg, &s))
			return;
		seq++;
	}
	if (pk->wire == 0 && (s == NULL || (seg->flags & (FLAG_FIN | FLAG_RST)) == 0)) {
		skip(t, SKIP_TCP_EMPTY);
		return;
	}
	if (s == NULL)
		s = first_met(t, seg, seq);
	if (s == NULL)
		return;
	if (!near(seq, s->next)) {
		if (pk->wire == 0)
			skip(t, SKIP_TCP_EMPTY);
		else
			close_first(t, s);
		return;
	}
	note(s, pk);
	t->current = s;
	if (pk->wire == 0)
		skip(t, SKIP_TCP_EMPTY);
	if ((seg->flags & FLAG_FIN) != 0 && !s->fin_seen) {
		s->fin_seen = true;
		s->fin = seq + pk->wire;
	}
	if ((seg->flags & FLAG_RST) != 0) {
		s->closing = true;
	} else if (pk->wire > 0 && !stream_take(t, s, seg, seq)) {
		t->counts->skipped[SKIP_MEMORY] += s->segments;
		detach(t, s);
	}
}

/*
 * TCP (RFC 9293 section 3.1)
 *	 0	2	source port
 *	 2	2	destination port
 *	 4	4	sequence number
 *	 8	4	acknowledgement number
 *	12	1	header length in 4 octets (4 bits), reserved
 *	13	1	flags
 *	14	6	window, checksum, urgent pointer
 *	20		options
 */
struct next tcp_read(struct tcp *t, struct packet *pk)
{
	struct segment *seg = &t->segment;
	const uint8_t *p = pk->p;
	uint32_t header;

	if (pk->n < 20)
		return next_skip(SKIP_BAD_TRANSPORT);
	header = (p[12] >> 4) * 4u;
	if (header < 20 || header > pk->wire)
		return next_skip(SKIP_BAD_TRANSPORT);
	seg->pk = pk;
	seg->sport = nf_be16(p);
	seg->dport = nf_be16(p + 2);
	seg->seq = nf_be32(p + 4);
	seg->ack = nf_be32(p + 8);
	seg->flags = p[13];
	packet_advance_cut(pk, header);
	if (t->framer == NULL)
		return next_skip(pk->wire > 0 ? SKIP_TCP_OTHER : SKIP_TCP_EMPTY);
	seg->key = hold_key(HOLD_TCP, &pk->src, &pk->dst, pk->scope);
	seg->key.id = (uint32_t)seg->sport << 16 | seg->dport;
	seg->hash = hold_hash(&seg->key);
	if (t->eldest != NULL) {
		if ((seg->flags & FLAG_ACK) != 0)
			acknowledge(t, seg);
		if ((int64_t)((uint64_t)pk->frame->ts_ns -
			      (uint64_t)t->eldest->hole_since) > HOLE_AGE) {
			t->current = t->eldest;
			t->current->hurry = true;
			t->again = true;
			return next_is(NEXT_DONE, 0);
		}
	}
	segment(t);
	return next_is(NEXT_DONE, 0);
}

/* S has no more messages now: it waits, or it is freed, and what it was is remembered. */
static void settle(struct tcp *t, struct stream *s, enum stream_end end)
{
	static const struct {
		enum capture_skip reason;
		enum hint_kind hint;
	} ends[] = {
		[STREAM_OTHER] = { SKIP_TCP_OTHER, HINT_OTHER },
		[STREAM_ENCRYPTED] = { SKIP_ENCRYPTED, HINT_ENCRYPTED },
		[STREAM_CLOSED] = { SKIP_TCP_OTHER, HINT_CLOSED },
		[STREAM_NO_MEMORY] = { SKIP_MEMORY, HINT_NONE },
	};

	t->current = NULL;
	if (end == STREAM_WAITS) {
		if (hold_charge(t->hold, &s->held, stream_cost(s)))
			return;
		end = STREAM_NO_MEMORY;
	}
	if (end != STREAM_CLOSED || !s->confirmed)
		t->counts->skipped[ends[end].reason] += s->segments;
	hint_put(t, hold_hash(&s->held.key), ends[end].hint, s->next);
	stream_give_up(t, s);
	detach(t, s);
}

bool tcp_next(struct tcp *t, struct nf_datagram *out)
{
	for (;;) {
		while (t->current != NULL) {
			struct stream *s = t->current;
			enum stream_end end = stream_next(t, s, out);

			if (end == STREAM_MESSAGE)
				return true;
			settle(t, s, end);
		}
		if (t->again) {
			t->again = false;
			segment(t);
		} else if (t->finishing && t->hold->oldest != NULL) {
			t->current = (struct stream *)t->hold->oldest;
			t->current->closing = true;
		}
		if (t->current == NULL)
			return false;
	}
}

void tcp_finish(struct tcp *t)
{
	t->finishing = true;
}
