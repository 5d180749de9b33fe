#include <config.h>

#include "capture/sctp.h"

#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "capture/tls.h"

enum {
	CHUNK_DATA = 0, CHUNK_INIT = 1, CHUNK_INIT_ACK = 2, CHUNK_ABORT = 6,
	CHUNK_SHUTDOWN_COMPLETE = 14, CHUNK_I_DATA = 64, CHUNK_FORWARD = 192,
	CHUNK_I_FORWARD = 194,
	FLAG_END = 1, FLAG_BEGIN = 2, FLAG_UNORDERED = 4,
	SEEN = 4096,			/* TSNs back to which repetition is noticed */
	PIECES_MAX = 256 << 10,		/* octets of memory for fragments, an association */
	PIECES = 1024,			/* fragments; they are kept in a list */
};

/* A fragment of a user message. */
struct piece {
	struct piece *before, *after;	/* by message, then index */
	struct piece *elder, *younger;	/* as they came */
	uint64_t message;		/* stream, sequence number, order, kind of chunk */
	uint32_t index;			/* TSN, or FSN in I-DATA */
	uint32_t sent, captured;
	uint8_t flags;
	uint8_t *octets;
	struct nf_extent *extents;
	uint32_t nextents;
};

/* One direction of an association. */
struct association {
	struct held held;		/* first, so that one pointer is both */
	struct piece *first, *last;	/* sorted */
	struct piece *eldest, *youngest;
	size_t cost;			/* of the pieces */
	unsigned npieces;
	uint32_t top;			/* the highest TSN seen */
	uint32_t bottom;		/* the lowest of which something is known */
	bool started;
	bool opened;			/* the capture has its opening */
	uint64_t missing;		/* TSNs that seen has no more, and had not */
	uint32_t first_missing;
	uint32_t forward;		/* TSNs up to it are given up by the sender */
	bool forwarded;
	/* Of the packet that came last; for events. */
	uint64_t frame;
	int64_t ts_ns;
	uint32_t file;
	uint64_t seen[SEEN / 64];	/* bit TSN % SEEN, for the SEEN TSNs up to top */
};

/* A chunk with user data, as its header says. */
struct data {
	uint64_t message;
	uint32_t tsn, index;
	uint16_t stream, ssn;
	uint8_t flags;
	bool after_hole;		/* the TSN before it has not been seen */
};

void sctp_init(struct sctp *t, struct hold *hold, struct capture_counts *counts,
	       const struct capture_watch *watch)
{
	*t = (struct sctp){ .hold = hold, .counts = counts, .watch = watch };
}

static void skip(struct sctp *t, enum capture_skip reason)
{
	t->counts->skipped[reason]++;
}

static size_t piece_size(const struct piece *p)
{
	return sizeof(*p) + p->nextents * sizeof(*p->extents) + p->captured;
}

static void piece_remove(struct association *a, struct piece *p)
{
	*(p->before != NULL ? &p->before->after : &a->first) = p->after;
	*(p->after != NULL ? &p->after->before : &a->last) = p->before;
	*(p->elder != NULL ? &p->elder->younger : &a->eldest) = p->younger;
	*(p->younger != NULL ? &p->younger->elder : &a->youngest) = p->elder;
	a->cost -= piece_size(p);
	a->npieces--;
	nf_free(p);
}

/* Give up the message that P is a fragment of. */
static void message_remove(struct association *a, struct piece *p)
{
	uint64_t message = p->message;

	while (p->before != NULL && p->before->message == message)
		p = p->before;
	while (p != NULL && p->message == message) {
		struct piece *after = p->after;

		piece_remove(a, p);
		p = after;
	}
}

static bool seen(const struct association *a, uint32_t tsn)
{
	return (a->seen[tsn % SEEN / 64] >> tsn % 64 & 1) != 0;
}

/* What is not known of TSN when it goes will not be known any more. */
static void forget(struct association *a, uint32_t tsn)
{
	if ((int32_t)(tsn - a->bottom) < 0)
		return;
	a->bottom = tsn + 1;
	if (seen(a, tsn) || (a->forwarded && (int32_t)(tsn - a->forward) <= 0))
		return;
	if (a->missing++ == 0)
		a->first_missing = tsn;
}

static void forget_all(struct association *a)
{
	while (a->started && (int32_t)(a->top - a->bottom) >= 0)
		forget(a, a->bottom);
}

static struct capture_event event(const struct sctp *t, enum capture_event_kind kind)
{
	struct capture_event e = packet_event(t->pk, kind, NF_TRANSPORT_SCTP);

	e.src.port = t->sport;
	e.dst.port = t->dport;
	return e;
}

/* A, of which no more comes, had holes. */
static void tell_missing(const struct sctp *t, struct association *a)
{
	const struct hold_key *key = &a->held.key;
	struct capture_event e = {
		.kind = EVENT_SCTP_HOLE, .transport = NF_TRANSPORT_SCTP, .frame = a->frame,
		.ts_ns = a->ts_ns, .file = a->file, .src.addr.family = key->family,
		.dst.addr.family = key->family, .src.port = (uint16_t)(key->id >> 16),
		.dst.port = (uint16_t)key->id,
	};

	if (!capture_watched(t->watch))
		return;
	forget_all(a);
	if (a->missing == 0)
		return;
	memcpy(e.src.addr.octets, key->src, sizeof(key->src));
	memcpy(e.dst.addr.octets, key->dst, sizeof(key->dst));
	e.at = a->first_missing;
	e.amount = a->missing;
	t->watch->event(t->watch->ctx, &e);
}

static void detach(struct sctp *t, struct association *a, enum capture_skip reason)
{
	tell_missing(t, a);
	while (a->first != NULL) {
		skip(t, reason);
		message_remove(a, a->first);
	}
	hold_remove(t->hold, &a->held);
	nf_free(a);
}

static void drop(void *owner, struct held *h)
{
	detach(owner, (struct association *)h, SKIP_MEMORY);
}

void sctp_finish(struct sctp *t)
{
	struct held *h = t->hold->oldest;

	while (h != NULL) {
		struct held *newer = h->newer;

		if (h->key.kind == HOLD_SCTP)
			detach(t, (struct association *)h, SKIP_SCTP_HOLE);
		h = newer;
	}
}

void sctp_done(struct sctp *t)
{
	sctp_finish(t);
	gather_done(&t->whole);
	nf_free(t->out.items);
}

/* The slot of the one who sends the packet at hand, or, BACK, of the other one; and its hash. */
static uint64_t *asked(struct sctp *t, bool back, uint64_t *hash)
{
	const struct packet *pk = t->pk;
	struct hold_key key = hold_key(HOLD_SCTP, back ? &pk->dst : &pk->src,
				       back ? &pk->src : &pk->dst, pk->scope);

	key.id = back ? (uint32_t)t->dport << 16 | t->sport : (uint32_t)t->sport << 16 | t->dport;
	*hash = hold_hash(&key);
	return &t->asked[*hash % SCTP_ASKED];
}

static bool was_asked(struct sctp *t)
{
	uint64_t hash, *slot = asked(t, false, &hash);

	return *slot == hash;
}

static struct association *find(struct sctp *t)
{
	struct association *a = (struct association *)hold_find(t->hold, &t->key);

	if (a != NULL)
		return a;
	a = nf_zalloc(sizeof(*a));
	if (a == NULL)
		return NULL;
	a->held.key = t->key;
	a->held.drop = drop;
	a->held.owner = t;
	a->opened = was_asked(t);
	if (!hold_add(t->hold, &a->held)) {
		nf_free(a);
		return NULL;
	}
	if (!hold_charge(t->hold, &a->held, sizeof(*a))) {
		detach(t, a, SKIP_MEMORY);
		return NULL;
	}
	return a;
}

/* Note TSN; false if it has been seen.  One that is far off begins the count anew. */
static bool note(struct association *a, uint32_t tsn)
{
	int32_t ahead = (int32_t)(tsn - a->top);

	if (!a->started || ahead >= SEEN || ahead <= -SEEN) {
		forget_all(a);
		a->bottom = tsn;
		memset(a->seen, 0, sizeof(a->seen));
		a->started = true;
		a->top = tsn;
	} else if (ahead > 0) {
		while (a->top != tsn) {
			a->top++;
			forget(a, a->top - SEEN);
			a->seen[a->top % SEEN / 64] &= ~(UINT64_C(1) << a->top % 64);
		}
	} else if (seen(a, tsn)) {
		return false;
	} else if ((int32_t)(tsn - a->bottom) < 0) {
		a->bottom = tsn;
	}
	a->seen[tsn % SEEN / 64] |= UINT64_C(1) << tsn % 64;
	return true;
}

static bool sorted(const struct piece *p, uint64_t message, uint32_t index)
{
	if (p->message != message)
		return p->message < message;
	return (int32_t)(p->index - index) < 0;
}

/* Keep the fragment at the front of PK; NULL if memory is out. */
static struct piece *piece_add(struct sctp *t, struct association *a, const struct data *data,
			       const struct packet *pk)
{
	struct piece *p, *before = a->last, size;

	t->out.n = 0;
	if (!extents_of(&t->out, pk, pk->p, pk->n))
		return NULL;
	size = (struct piece){ .message = data->message, .index = data->index,
			       .flags = data->flags, .sent = pk->wire, .captured = pk->n,
			       .nextents = (uint32_t)t->out.n };
	p = nf_alloc(piece_size(&size));
	if (p == NULL)
		return NULL;
	*p = size;
	p->extents = (struct nf_extent *)(p + 1);
	p->octets = (uint8_t *)(p->extents + p->nextents);
	if (p->nextents > 0)
		memcpy(p->extents, t->out.items, p->nextents * sizeof(*p->extents));
	if (p->captured > 0)
		memcpy(p->octets, pk->p, p->captured);

	while (before != NULL && !sorted(before, p->message, p->index))
		before = before->before;
	p->before = before;
	p->after = before != NULL ? before->after : a->first;
	*(p->before != NULL ? &p->before->after : &a->first) = p;
	*(p->after != NULL ? &p->after->before : &a->last) = p;
	p->elder = a->youngest;
	*(p->elder != NULL ? &p->elder->younger : &a->eldest) = p;
	a->youngest = p;
	a->cost += piece_size(p);
	a->npieces++;
	return p;
}

/* True if AFTER goes on where P ends: no message ends or begins between them. */
static bool adjacent(const struct piece *p, const struct piece *after)
{
	return p != NULL && after != NULL && p->message == after->message &&
	       p->index + 1 == after->index && (p->flags & FLAG_END) == 0 &&
	       (after->flags & FLAG_BEGIN) == 0;
}

/*
 * The first fragment of the message that P completes; NULL if it is not complete.  Both ways
 * at once, so that the nearer hole ends it: however the fragments come, few are met often.
 */
static struct piece *message_begin(struct piece *p)
{
	struct piece *begin = p, *end = p;

	while ((begin->flags & FLAG_BEGIN) == 0 || (end->flags & FLAG_END) == 0) {
		if ((begin->flags & FLAG_BEGIN) == 0) {
			if (!adjacent(begin->before, begin))
				return NULL;
			begin = begin->before;
		}
		if ((end->flags & FLAG_END) == 0) {
			if (!adjacent(end, end->after))
				return NULL;
			end = end->after;
		}
	}
	return begin;
}

static void fill(const struct sctp *t, const struct data *data, struct nf_datagram *out)
{
	const struct packet *pk = t->pk;

	*out = (struct nf_datagram){
		.frame = pk->frame->number, .file = pk->frame->file,
		.ts_ns = pk->frame->ts_ns, .ts_fine = pk->frame->ts_fine,
		.src = { pk->src, t->sport }, .dst = { pk->dst, t->dport },
		.transport = NF_TRANSPORT_SCTP, .facts = pk->facts,
	};
	out->facts.sctp_stream = data->stream;
	out->facts.sctp_ssn = data->ssn;
	out->facts.sctp_flags = data->flags;
	out->facts.after_hole = data->after_hole;
}

static void tell_encrypted(const struct sctp *t, struct nf_bytes record)
{
	struct capture_event e = event(t, EVENT_ENCRYPTED);

	if (!capture_watched(t->watch))
		return;
	tls_versions(record, true, &e);
	t->watch->event(t->watch->ctx, &e);
}

static bool hand_on(struct sctp *t, struct nf_datagram *out)
{
	out->extents = t->out.items;
	out->nextents = (uint32_t)t->out.n;
	out->facts.cut = out->payload.n < out->wire_len;
	if (tls_datagram(out->payload, out->wire_len)) {
		skip(t, SKIP_ENCRYPTED);
		tell_encrypted(t, out->payload);
		return false;
	}
	if (out->wire_len == 0) {
		skip(t, SKIP_EMPTY);
		return false;
	}
	return true;
}

/* Put together the message that begins with P, up to where the capture cut it. */
static bool put_together(struct sctp *t, struct association *a, struct piece *p,
			 struct nf_datagram *out)
{
	bool last, cut = false, ok = true;

	gather_take(&t->whole, gather_len(&t->whole));
	out->wire_len = 0;
	out->facts.fragments = 0;
	do {
		struct piece *after = p->after;

		last = (p->flags & FLAG_END) != 0;
		if (!cut)
			ok = ok && gather_append(&t->whole, p->octets, p->captured, p->extents,
						 p->nextents, 0);
		cut |= p->captured < p->sent;
		out->wire_len += p->sent;
		if (out->facts.fragments < 255)
			out->facts.fragments++;
		piece_remove(a, p);
		p = after;
	} while (!last);
	t->out.n = 0;
	if (!ok || !extents_add(&t->out, t->whole.extents.items + t->whole.first,
				t->whole.extents.n - t->whole.first, 0, gather_len(&t->whole))) {
		skip(t, SKIP_MEMORY);
		return false;
	}
	out->payload = (struct nf_bytes){ gather_front(&t->whole), gather_len(&t->whole) };
	return hand_on(t, out);
}

/* The user data at the front of PK; true if it makes a message, which OUT then is. */
static bool user_data(struct sctp *t, struct data *data, const struct packet *pk,
		      struct nf_datagram *out)
{
	struct association *a = find(t);
	struct piece *p;

	if (a == NULL) {
		skip(t, SKIP_MEMORY);
		return false;
	}
	data->after_hole = a->started && (int32_t)(data->tsn - a->top) > 1;
	if (!note(a, data->tsn)) {
		skip(t, SKIP_SCTP_REPEATED);
		return false;
	}
	a->frame = t->pk->frame->number;
	a->file = t->pk->frame->file;
	a->ts_ns = t->pk->frame->ts_ns;
	fill(t, data, out);
	out->facts.from_start = a->opened;
	if ((data->flags & FLAG_BEGIN) != 0 && (data->flags & FLAG_END) != 0) {
		t->out.n = 0;
		if (!extents_of(&t->out, pk, pk->p, pk->n)) {
			skip(t, SKIP_MEMORY);
			return false;
		}
		out->payload = (struct nf_bytes){ pk->p, pk->n };
		out->wire_len = pk->wire;
		return hand_on(t, out);
	}
	p = piece_add(t, a, data, pk);
	if (p == NULL || !hold_charge(t->hold, &a->held, sizeof(*a) + a->cost)) {
		detach(t, a, SKIP_MEMORY);
		return false;
	}
	p = message_begin(p);
	if (p != NULL)
		return put_together(t, a, p, out);
	while (a->cost > PIECES_MAX || a->npieces > PIECES) {
		skip(t, SKIP_SCTP_HOLE);
		message_remove(a, a->eldest);
	}
	return false;
}

/*
 * DATA (RFC 9260 section 3.3.1), behind the chunk header
 *	 0	4	TSN
 *	 4	2	stream
 *	 6	2	stream sequence number
 *	 8	4	payload protocol
 * I-DATA (RFC 8260 section 2.1)
 *	 0	4	TSN
 *	 4	2	stream
 *	 6	2	reserved
 *	 8	4	message
 *	12	4	payload protocol in the first fragment, else the fragment's number
 */
static bool data_chunk(struct sctp *t, uint8_t type, uint8_t flags, struct packet *pk,
		       struct nf_datagram *out)
{
	const uint8_t *p = pk->p;
	uint32_t header = type == CHUNK_DATA ? 12 : 16;
	struct data data = { .flags = flags };

	if (pk->n < header) {
		skip(t, SKIP_BAD_TRANSPORT);
		return false;
	}
	data.tsn = data.index = nf_be32(p);
	data.stream = nf_be16(p + 4);
	data.message = (uint64_t)data.stream << 40 |
		       (uint64_t)((flags & FLAG_UNORDERED) != 0) << 33;
	if (type == CHUNK_DATA) {
		/* Unordered messages have no sequence number: TSNs alone tell them apart. */
		if ((flags & FLAG_UNORDERED) == 0)
			data.message |= data.ssn = nf_be16(p + 6);
	} else {
		data.message |= UINT64_C(1) << 32 | nf_be32(p + 8);
		data.ssn = nf_be16(p + 10);
		data.index = (flags & FLAG_BEGIN) != 0 ? 0 : nf_be32(p + 12);
	}
	packet_advance(pk, header);
	return user_data(t, &data, pk, out);
}

/*
 * The common header (RFC 9260 section 3.1)
 *	 0	2	source port
 *	 2	2	destination port
 *	 4	4	verification tag
 *	 8	4	checksum
 */
struct next sctp_read(struct sctp *t, struct packet *pk)
{
	const uint8_t *p = pk->p;

	if (pk->n < 12)
		return next_skip(SKIP_BAD_TRANSPORT);
	t->sport = nf_be16(p);
	t->dport = nf_be16(p + 2);
	t->key = hold_key(HOLD_SCTP, &pk->src, &pk->dst, pk->scope);
	t->key.id = (uint32_t)t->sport << 16 | t->dport;
	t->key.tag = nf_be32(p + 4);
	packet_advance(pk, 12);
	t->pk = pk;
	t->rest = *pk;
	return next_is(NEXT_DONE, 0);
}

static void ask(struct sctp *t, bool back)
{
	uint64_t hash, *slot = asked(t, back, &hash);

	*slot = hash;
}

/*
 * FORWARD TSN (RFC 3758 section 3.2)
 *	 0	4	new cumulative TSN
 *	 4		stream (2), stream sequence number (2), as often as there is room
 * I-FORWARD-TSN (RFC 8260 section 2.3.1)
 *	 4		stream (2), flags (2), message (4), likewise
 */
static void forward(struct sctp *t, uint8_t type, const struct packet *pk)
{
	struct association *a = (struct association *)hold_find(t->hold, &t->key);
	struct capture_event e = event(t, EVENT_SCTP_ABANDONED);
	size_t entry = type == CHUNK_FORWARD ? 4 : 8;
	struct nf_bytes b = { pk->p, pk->n };
	uint32_t tsn;

	if (!nf_get32(b, 0, &tsn))
		return;
	if (a != NULL) {
		a->forward = tsn;
		a->forwarded = true;
	}
	e.at = tsn;
	for (size_t at = 4; capture_watched(t->watch) && nf_has(b, at, entry); at += entry) {
		e.sctp_stream = nf_be16(b.p + at);
		e.sctp_ssn = nf_be16(b.p + at + entry - 2);
		t->watch->event(t->watch->ctx, &e);
	}
}

/* The association ends: fragments still kept belong to no message any more. */
static void end_association(struct sctp *t)
{
	struct held *h = hold_find(t->hold, &t->key);

	if (h != NULL)
		detach(t, (struct association *)h, SKIP_SCTP_HOLE);
}

/*
 * Chunks (RFC 9260 section 3.2): type (1), flags (1), length with these 4 octets (2), value,
 * padded to 4 octets.
 */
bool sctp_next(struct sctp *t, struct nf_datagram *out)
{
	while (t->pk != NULL && t->rest.wire > 0) {
		struct packet chunk = t->rest;
		uint32_t length = 0;
		uint8_t type, flags;

		if (chunk.n >= 4)
			length = nf_be16(chunk.p + 2);
		if (length < 4 || length > chunk.wire) {
			skip(t, SKIP_BAD_TRANSPORT);
			break;
		}
		type = chunk.p[0];
		flags = chunk.p[1];
		packet_advance_cut(&t->rest, (length + 3) & ~3u);
		packet_limit(&chunk, length);
		packet_advance(&chunk, 4);
		if (type == CHUNK_DATA || type == CHUNK_I_DATA) {
			if (data_chunk(t, type, flags, &chunk, out))
				return true;
			continue;
		}
		skip(t, SKIP_SCTP_OTHER);
		if (type == CHUNK_INIT || type == CHUNK_INIT_ACK)
			ask(t, type == CHUNK_INIT_ACK);
		if (type == CHUNK_FORWARD || type == CHUNK_I_FORWARD)
			forward(t, type, &chunk);
		if (type == CHUNK_ABORT || type == CHUNK_SHUTDOWN_COMPLETE)
			end_association(t);
	}
	t->pk = NULL;
	return false;
}
