#include <config.h>

#include "model/duplicates.h"

#include "base/hash.h"
#include "base/mem.h"

enum {
	BUCKETS = 4 * DUPLICATES_WINDOW,	/* most are empty: one look is enough */
	HEAD = 32,			/* octets: a message header, as a rule */
	PART = 16,			/* of the middle, and of the end */
	HEADS = 1024,
	FIRST = 1024,			/* datagrams that are hashed whole in any case */
	WARY = 65536,			/* and those after a repeated head */
	CHAIN = 64,			/* steps in a bucket: more are made on purpose */
};

static const uint64_t WINDOW_NS = DUPLICATES_SECONDS * UINT64_C(1000000000);

/* One datagram; the last DUPLICATES_WINDOW of them stand in a ring, by number. */
struct seen {
	uint64_t key;
	int64_t ts_ns;
	uint32_t payload;	/* a hash of all of it; 0: not made */
	uint32_t before;	/* the number of the one before it in its bucket */
};

struct duplicates {
	uint32_t number;		/* of the next datagram; 0 is none */
	uint64_t head, key;		/* that is expected */
	uint32_t wary;			/* so many more payloads are hashed */
	uint32_t heads[HEADS];		/* of those before: see head_repeats */
	uint32_t last[BUCKETS];		/* the number of the last one; may have left the ring */
	struct seen ring[DUPLICATES_WINDOW];
};

struct duplicates *duplicates_new(void)
{
	struct duplicates *d = nf_zalloc(sizeof(*d));

	if (d != NULL) {
		d->number = 1;
		d->wary = FIRST;
	}
	return d;
}

void duplicates_free(struct duplicates *d)
{
	nf_free(d);
}

/* A and B made one: both count, and so does which is which. */
static uint64_t mix(uint64_t a, uint64_t b)
{
	uint64_t h = (a * 0x9ae16a3b2f90404fu ^ b) * 0xc949c7defeb1c8a7u;

	return h ^ h >> 32;
}

/* 16 octets at P as a number. */
static uint64_t part(const uint8_t *p)
{
	uint64_t w[PART / 8];

	memcpy(w, p, sizeof(w));
	return mix(w[0], w[1]);
}

/* The first octets of a payload, or all of a short one, in a number. */
static uint64_t head_of(struct nf_bytes b)
{
	return b.n < HEAD ? nf_hash64(b) : mix(part(b.p), part(b.p + PART));
}

/*
 * What tells one datagram from another at little cost.  The parts are mixed in pairs, which a
 * processor does side by side.
 */
static uint64_t key_of(const struct nf_datagram *g, uint64_t head)
{
	const uint8_t *p = g->payload.p;
	size_t n = g->payload.n;
	uint64_t ports = (uint64_t)g->src.port << 48 | (uint64_t)g->dst.port << 32 |
			 (uint64_t)g->src.addr.family << 8 | (uint64_t)g->transport;
	uint64_t lengths = (uint64_t)g->wire_len << 32 | n;
	uint64_t ends = n < HEAD ? 0 : mix(part(p + n / 2 - PART / 2), part(p + n - PART));
	uint64_t session = mix(part(g->src.addr.octets), part(g->dst.addr.octets));

	return mix(mix(head, ends), mix(session, mix(ports, lengths)));
}

/*
 * Was there such a HEAD, as far as one remembers?  Numbers and times make each of them another
 * one, unless the datagram is a copy or its exporter does not count.
 */
static bool head_repeats(struct duplicates *d, uint64_t head)
{
	uint32_t *before = &d->heads[head % HEADS], tag = (uint32_t)(head >> 32);
	bool repeats = *before == tag;

	*before = tag;
	return repeats;
}

static bool is_near(int64_t a, int64_t b)
{
	return (a > b ? (uint64_t)a - (uint64_t)b : (uint64_t)b - (uint64_t)a) <= WINDOW_NS;
}

static bool same(const struct seen *a, const struct seen *b)
{
	return a->key == b->key && is_near(a->ts_ns, b->ts_ns) &&
	       (a->payload == b->payload || a->payload == 0 || b->payload == 0);
}

void duplicates_expect(struct duplicates *d, const struct nf_datagram *g)
{
	d->head = head_of(g->payload);
	d->key = key_of(g, d->head);
	__builtin_prefetch(&d->last[d->key % BUCKETS], 1);
}

/*
 * A message is told by its header, which holds a number or a time of its own, and by samples of
 * the rest.  Of an exporter that numbers all of them alike the samples may be the same while the
 * rest differs: so all of the payload is hashed at the beginning, and for as long as heads
 * repeat.  What is left to the samples is the first of the heads that do.
 */
bool duplicates_expected(struct duplicates *d, const struct nf_datagram *g)
{
	struct seen now = { .key = d->key, .ts_ns = g->ts_ns };
	uint32_t *bucket = &d->last[now.key % BUCKETS];
	uint32_t at = *bucket;
	bool seen = false;

	if (head_repeats(d, d->head))
		d->wary = WARY;
	if (d->wary > 0) {
		d->wary--;
		now.payload = (uint32_t)nf_hash64(g->payload) | 1;
	}
	for (unsigned i = 0; i < CHAIN && at != 0 && !seen; i++) {
		const struct seen *s = &d->ring[at % DUPLICATES_WINDOW];

		if (d->number - at > DUPLICATES_WINDOW)
			break;
		seen = same(s, &now);
		at = s->before;
	}
	now.before = *bucket;
	*bucket = d->number;
	d->ring[d->number % DUPLICATES_WINDOW] = now;
	d->number++;
	return seen;
}

bool duplicates_seen(struct duplicates *d, const struct nf_datagram *g)
{
	duplicates_expect(d, g);
	return duplicates_expected(d, g);
}
