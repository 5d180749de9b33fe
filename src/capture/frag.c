#include <config.h>

#include "capture/frag.h"

#include <string.h>

#include "base/bytes.h"
#include "base/mem.h"
#include "capture/ip.h"

enum { UDP_HEADER = 8 };

/* A sender leaves no more than this between the pieces of a datagram. */
#define PIECES_NS INT64_C(1000000000)

static const int64_t lifetime_ns[2] = { 30 * INT64_C(1000000000), 60 * INT64_C(1000000000) };

/* Octets that one fragment alone brought; pieces never overlap. */
struct piece {
	uint32_t at, end;	/* as sent */
	uint32_t captured;	/* end of what was captured of it */
	uint32_t extent, nextents;	/* in frag_datagram.extents */
};

struct frag_datagram {
	struct held held;	/* first, so that one pointer is both */
	struct frag_datagram *elder, *younger;
	int64_t born;
	uint8_t *octets;
	size_t cap;
	struct piece *pieces;	/* by position */
	size_t npieces, pieces_cap;
	struct extents extents;	/* as the pieces came */
	struct extents whole;	/* in order, once complete */
	uint32_t fragments;	/* that brought something new */
	uint32_t total;		/* length, once the last piece is there; else 0 */
	uint16_t ip_length;	/* of the largest piece */
	/* Of the piece that came last. */
	struct nf_addr src, dst;
	uint64_t frame;
	int64_t ts_ns;
	uint32_t file;
	uint8_t protocol;	/* that of the first piece, once it is there */
	bool v6;
	bool dead;		/* contradicted: its pieces are dropped as they come */
};

void frag_init(struct frag *f, struct hold *hold, struct capture_counts *counts,
	       const struct capture_watch *watch)
{
	*f = (struct frag){ .hold = hold, .counts = counts, .watch = watch };
}

static void datagram_free(struct frag_datagram *d)
{
	nf_free(d->octets);
	nf_free(d->pieces);
	nf_free(d->extents.items);
	nf_free(d->whole.items);
	nf_free(d);
}

static void detach(struct frag *f, struct frag_datagram *d)
{
	if (d->elder != NULL)
		d->elder->younger = d->younger;
	else
		f->eldest[d->v6] = d->younger;
	if (d->younger != NULL)
		d->younger->elder = d->elder;
	else
		f->youngest[d->v6] = d->elder;
	hold_remove(f->hold, &d->held);
}

/* The first octets that no piece has: FROM, LEN of them, 0 if nobody knows how many. */
static void missing(const struct frag_datagram *d, uint64_t *from, uint64_t *len)
{
	uint32_t at = 0;

	for (size_t i = 0; i < d->npieces; i++) {
		if (d->pieces[i].at != at) {
			*from = at;
			*len = d->pieces[i].at - at;
			return;
		}
		at = d->pieces[i].end;
	}
	*from = at;
	*len = d->total > at ? d->total - at : 0;
}

/* What the first piece says of the datagram. */
static void first_piece(const struct frag_datagram *d, struct capture_event *e)
{
	uint32_t n = d->npieces > 0 && d->pieces[0].at == 0 ? d->pieces[0].captured : 0;

	if (n < UDP_HEADER)
		return;
	e->src.port = nf_be16(d->octets);
	e->dst.port = nf_be16(d->octets + 2);
	n -= UDP_HEADER;
	e->noctets = n < sizeof(e->octets) ? (uint8_t)n : sizeof(e->octets);
	memcpy(e->octets, d->octets + UDP_HEADER, e->noctets);
}

/* D will not be whole any more.  ENDED: for want of frames. */
static void tell(const struct frag *f, const struct frag_datagram *d, bool ended)
{
	struct capture_event e = {
		.kind = EVENT_FRAGMENT_LOST, .transport = NF_TRANSPORT_UDP, .frame = d->frame,
		.ts_ns = d->ts_ns, .file = d->file, .src = { .addr = d->src },
		.dst = { .addr = d->dst }, .ended = ended,
	};

	if (!capture_watched(f->watch) || d->dead || d->protocol != IP_UDP)
		return;
	missing(d, &e.at, &e.amount);
	first_piece(d, &e);
	e.first_alone = d->npieces == 1 && d->pieces[0].at == 0 && d->total == 0;
	f->watch->event(f->watch->ctx, &e);
}

static void lose(struct frag *f, struct frag_datagram *d, enum capture_skip reason)
{
	if (!d->dead)
		f->counts->skipped[reason] += d->fragments;
	detach(f, d);
	datagram_free(d);
}

static void drop(void *owner, struct held *h)
{
	lose(owner, (struct frag_datagram *)h, SKIP_MEMORY);
}

void frag_release(struct frag *f)
{
	while (f->spent != NULL) {
		struct frag_datagram *d = f->spent;

		f->spent = d->younger;
		datagram_free(d);
	}
}

static int64_t age(int64_t since, int64_t now)
{
	return (int64_t)((uint64_t)now - (uint64_t)since);
}

void frag_finish(struct frag *f, int64_t now)
{
	for (unsigned v = 0; v < 2; v++) {
		struct frag_datagram *d;

		while ((d = f->eldest[v]) != NULL) {
			tell(f, d, age(d->ts_ns, now) < PIECES_NS);
			lose(f, d, SKIP_FRAGMENT_LOST);
		}
	}
}

void frag_done(struct frag *f)
{
	frag_finish(f, 0);
	frag_release(f);
}

static void expire(struct frag *f, int64_t now)
{
	for (unsigned v = 0; v < 2; v++) {
		struct frag_datagram *d;

		while ((d = f->eldest[v]) != NULL && age(d->born, now) > lifetime_ns[v]) {
			tell(f, d, false);
			lose(f, d, SKIP_FRAGMENT_LOST);
		}
	}
}

/* The datagram that PK is a piece of, a new one if need be; NULL if memory is out. */
static struct frag_datagram *find(struct frag *f, const struct packet *pk)
{
	struct hold_key key = hold_key(HOLD_FRAGMENTS, &pk->src, &pk->dst, pk->scope);
	struct frag_datagram *d;

	key.id = pk->fragment.id;
	if (pk->src.family == 4)	/* RFC 8200: in IPv6 the protocol is no part of it */
		key.protocol = pk->fragment.protocol;
	d = (struct frag_datagram *)hold_find(f->hold, &key);
	if (d != NULL)
		return d;
	d = nf_zalloc(sizeof(*d));
	if (d == NULL)
		return NULL;
	d->held.key = key;
	d->held.drop = drop;
	d->held.owner = f;
	d->born = pk->frame->ts_ns;
	d->v6 = pk->src.family == 6;
	if (!hold_add(f->hold, &d->held)) {
		nf_free(d);
		return NULL;
	}
	d->elder = f->youngest[d->v6];
	if (d->elder != NULL)
		d->elder->younger = d;
	else
		f->eldest[d->v6] = d;
	f->youngest[d->v6] = d;
	return d;
}

static bool charge(struct frag *f, struct frag_datagram *d)
{
	return hold_charge(f->hold, &d->held, sizeof(*d) + d->cap +
			   d->pieces_cap * sizeof(*d->pieces) +
			   (d->extents.cap + d->whole.cap) * sizeof(struct nf_extent));
}

/* The first piece that ends behind AT. */
static size_t piece_after(const struct frag_datagram *d, uint32_t at)
{
	size_t low = 0, high = d->npieces;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (d->pieces[mid].end > at)
			high = mid;
		else
			low = mid + 1;
	}
	return low;
}

/* Put in [at, end) of the fragment PK, which no piece covers, as pieces[index]. */
static bool insert(struct frag_datagram *d, size_t index, const struct packet *pk,
		   uint32_t at, uint32_t end)
{
	uint32_t start = pk->fragment.at, captured = start + pk->n;
	struct piece piece = { .at = at, .end = end, .extent = (uint32_t)d->extents.n };

	piece.captured = captured < at ? at : captured < end ? captured : end;
	if (!nf_grow((void **)&d->pieces, &d->pieces_cap, d->npieces + 1, sizeof(piece)) ||
	    !nf_grow((void **)&d->octets, &d->cap, end, 1))
		return false;
	if (piece.captured > at) {
		const uint8_t *p = pk->p + (at - start);

		if (!extents_of(&d->extents, pk, p, piece.captured - at))
			return false;
		memcpy(d->octets + at, p, piece.captured - at);
	}
	piece.nextents = (uint32_t)(d->extents.n - piece.extent);
	memmove(d->pieces + index + 1, d->pieces + index,
		(d->npieces - index) * sizeof(piece));
	d->pieces[index] = piece;
	d->npieces++;
	return true;
}

/* True if PIECE and the fragment PK say different things of the octets [at, end). */
static bool differ(const struct frag_datagram *d, const struct piece *piece,
		   const struct packet *pk, uint32_t at, uint32_t end)
{
	uint32_t captured = pk->fragment.at + pk->n;

	if (end > piece->captured)
		end = piece->captured;
	if (end > captured)
		end = captured;
	return at < end && memcmp(d->octets + at, pk->p + (at - pk->fragment.at), end - at) != 0;
}

enum taken { TAKEN, TAKEN_NOTHING, TAKEN_CONTRADICTS, TAKEN_NO_MEMORY };

/* Lengths: the last fragment says where the datagram ends, and that stands. */
static bool total_contradicts(const struct frag_datagram *d, uint32_t end, bool more)
{
	if (d->total != 0)
		return end > d->total || (!more && end != d->total);
	return !more && d->npieces > 0 && d->pieces[d->npieces - 1].end > end;
}

/* Put what PK has that no piece has into D. */
static enum taken take(struct frag_datagram *d, const struct packet *pk)
{
	uint32_t at = pk->fragment.at, end = at + pk->wire;
	bool news = false, contradicts = false;

	d->src = pk->src;
	d->dst = pk->dst;
	d->frame = pk->frame->number;
	d->file = pk->frame->file;
	d->ts_ns = pk->frame->ts_ns;
	if (d->ip_length < pk->facts.ip_length)
		d->ip_length = pk->facts.ip_length;
	if (d->fragments == 0)
		d->protocol = pk->fragment.protocol;
	if (total_contradicts(d, end, pk->fragment.more))
		return TAKEN_CONTRADICTS;
	if (!pk->fragment.more)
		d->total = end;
	if (at == 0)
		d->protocol = pk->fragment.protocol;
	for (size_t i = piece_after(d, at); at < end; i++) {
		uint32_t gap_end = end;

		if (i < d->npieces && d->pieces[i].at < end)
			gap_end = d->pieces[i].at > at ? d->pieces[i].at : at;
		if (at < gap_end) {
			if (!insert(d, i, pk, at, gap_end))
				return TAKEN_NO_MEMORY;
			news = true;
			at = gap_end;
			continue;
		}
		gap_end = d->pieces[i].end < end ? d->pieces[i].end : end;
		contradicts |= differ(d, &d->pieces[i], pk, at, gap_end);
		at = gap_end;
	}
	d->fragments += news;
	return contradicts ? TAKEN_CONTRADICTS : news ? TAKEN : TAKEN_NOTHING;
}

/* All of D is there: the octets captured from its start without a gap are its payload. */
static bool complete(struct frag_datagram *d)
{
	uint32_t at = 0;

	if (d->total == 0)
		return false;
	for (size_t i = 0; i < d->npieces; i++) {
		if (d->pieces[i].at != at)
			return false;
		at = d->pieces[i].end;
	}
	return at == d->total;
}

/* Only the name stays, so that pieces still to come are known for what they are. */
static void bury(struct frag *f, struct frag_datagram *d)
{
	f->counts->skipped[SKIP_FRAGMENT_LOST] += d->fragments;
	nf_free(d->octets);
	nf_free(d->pieces);
	nf_free(d->extents.items);
	d->octets = NULL;
	d->pieces = NULL;
	d->extents = (struct extents){ 0 };
	d->cap = d->npieces = d->pieces_cap = 0;
	d->dead = true;
}

static bool give_out(struct frag *f, struct frag_datagram *d, struct packet *pk)
{
	uint32_t captured = 0;

	for (size_t i = 0; i < d->npieces && captured == d->pieces[i].at; i++) {
		const struct piece *piece = &d->pieces[i];

		if (!extents_add(&d->whole, d->extents.items + piece->extent, piece->nextents, 0,
				 piece->captured - piece->at))
			return false;
		captured = piece->captured;
	}
	pk->p = pk->base = d->octets;
	pk->n = captured;
	pk->wire = d->total;
	pk->extents = d->whole.items;
	pk->nextents = (uint32_t)d->whole.n;
	pk->facts.ip_length = d->ip_length;
	pk->facts.fragments = d->fragments < 255 ? (uint8_t)d->fragments : 255;
	detach(f, d);
	d->younger = f->spent;
	f->spent = d;
	return true;
}

struct next frag_read(struct frag *f, struct packet *pk)
{
	struct frag_datagram *d;
	enum taken taken;

	expire(f, pk->frame->ts_ns);
	d = find(f, pk);
	if (d == NULL)
		return next_skip(SKIP_MEMORY);
	if (d->dead)
		return next_skip(SKIP_FRAGMENT_OVERLAP);
	taken = take(d, pk);
	if (taken == TAKEN_NO_MEMORY) {
		lose(f, d, SKIP_MEMORY);
		return next_skip(SKIP_MEMORY);
	}
	if (taken == TAKEN_CONTRADICTS) {
		f->counts->skipped[SKIP_FRAGMENT_OVERLAP]++;
		if (d->v6)
			bury(f, d);
	}
	if (!charge(f, d)) {
		lose(f, d, SKIP_MEMORY);
		return next_is(NEXT_DONE, 0);
	}
	if (d->dead)
		return next_is(NEXT_DONE, 0);
	if (!complete(d))
		return next_is(NEXT_DONE, 0);
	if (!give_out(f, d, pk)) {
		lose(f, d, SKIP_MEMORY);
		return next_skip(SKIP_MEMORY);
	}
	return next_is(NEXT_PROTOCOL, d->protocol);
}
