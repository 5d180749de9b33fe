#include <config.h>

#include "model/meter_internal.h"

#include "base/mem.h"

enum { BUCKETS = 1 << 14, PIECES = 1 << 16 };

#define SECOND INT64_C(1000000000)

/* So long is an identification taken (RFC 791 section 3.2, RFC 8200 section 4.5). */
static int64_t lifetime(const struct meter_datagram *d)
{
	return (d->key.src.family == 4 ? 30 : 60) * SECOND;
}

static int64_t age(int64_t since, int64_t now)
{
	return (int64_t)((uint64_t)now - (uint64_t)since);
}

/* In IPv6, the protocol is no part of what is the same in all pieces: RFC 8200 section 4.5. */
static struct meter_key key_of(const struct capture_packet *p)
{
	return (struct meter_key){
		.src = p->src.addr, .dst = p->dst.addr,
		.protocol = p->src.addr.family == 4 ? p->protocol : 0,
	};
}

static uint32_t *bucket_of(const struct meter_pieces *s, const struct meter_key *key, uint32_t id)
{
	uint64_t words[5];

	memcpy(words, key->src.octets, 16);
	memcpy(words + 2, key->dst.octets, 16);
	words[4] = (uint64_t)id << 32 | key->protocol;
	return &s->buckets[nf_hash(words, 5) % BUCKETS];
}

static bool is_of(const struct meter_datagram *d, const struct meter_key *key, uint32_t id)
{
	return d->id == id && d->key.protocol == key->protocol &&
	       nf_same_addr(&d->key.src, &key->src) && nf_same_addr(&d->key.dst, &key->dst);
}

static uint32_t find(const struct meter_pieces *s, const struct meter_key *key, uint32_t id)
{
	uint32_t i = s->buckets != NULL ? *bucket_of(s, key, id) : 0;

	while (i != 0 && !is_of(&s->datagrams[i - 1], key, id))
		i = s->datagrams[i - 1].chain;
	return i;
}

static void detach(struct meter_pieces *s, uint32_t i)
{
	struct meter_datagram *d = &s->datagrams[i - 1];
	uint32_t *at = bucket_of(s, &d->key, d->id);

	while (*at != i)
		at = &s->datagrams[*at - 1].chain;
	*at = d->chain;
	*(d->older != 0 ? &s->datagrams[d->older - 1].newer : &s->oldest) = d->newer;
	*(d->newer != 0 ? &s->datagrams[d->newer - 1].older : &s->newest) = d->older;
	s->v[d->last - 1].next = s->free;
	s->free = d->first;
	d->newer = s->free_datagram;
	s->free_datagram = i;
}

/* The one piece that says what flow D is of; NULL where there is none, or several disagree. */
static const struct capture_packet *speaker(const struct meter_pieces *s,
					    const struct meter_datagram *d, bool *several)
{
	const struct capture_packet *first = NULL;

	*several = false;
	for (uint32_t i = d->first; i != 0; i = s->v[i - 1].next) {
		const struct capture_packet *p = &s->v[i - 1].packet;

		if (p->fragment_at != 0)
			continue;
		if (first == NULL)
			first = p;
		else if (first->src.port != p->src.port || first->dst.port != p->dst.port ||
			 first->protocol != p->protocol || first->icmp_type != p->icmp_type ||
			 first->icmp_code != p->icmp_code)
			*several = true;
	}
	return *several ? NULL : first;
}

static void settle(struct meter *m, uint32_t i)
{
	struct meter_pieces *s = &m->pieces;
	const struct meter_datagram *d = &s->datagrams[i - 1];
	bool several;
	const struct capture_packet *first = speaker(s, d, &several);

	for (uint32_t at = d->first; at != 0; at = s->v[at - 1].next) {
		const struct capture_packet *p = &s->v[at - 1].packet;
		bool itself = p->fragment_at == 0 || first == NULL;
		const struct capture_packet *says = itself ? p : first;
		struct meter_key key = meter_key_of(says);

		meter_give(m, &key, p, s->v[at - 1].row, says->transport && !several);
	}
	detach(s, i);
}

/* A datagram that is whole, and long past: another may have its identification. */
static bool is_over(const struct meter_datagram *d, int64_t now)
{
	return d->total != 0 && d->octets >= d->total && age(d->last_ns, now) >= SECOND;
}

static bool room(struct meter *m)
{
	struct meter_pieces *s = &m->pieces;
	void *v = s->v, *datagrams = s->datagrams;

	while (s->free == 0 && s->n >= PIECES)
		settle(m, s->oldest);
	if (s->buckets == NULL)
		s->buckets = nf_zalloc(BUCKETS * sizeof(*s->buckets));
	if (s->buckets == NULL)
		return false;
	if (s->free == 0 && !nf_grow(&v, &s->cap, s->n + 1, sizeof(*s->v)))
		return false;
	s->v = v;
	if (s->free_datagram == 0 && !nf_grow(&datagrams, &s->datagrams_cap, s->ndatagrams + 1,
					      sizeof(*s->datagrams)))
		return false;
	s->datagrams = datagrams;
	return true;
}

/* There is room. */
static uint32_t add_datagram(struct meter_pieces *s, const struct meter_key *key,
			     const struct capture_packet *p)
{
	uint32_t *bucket = bucket_of(s, key, p->fragment_id), i = s->free_datagram;

	if (i != 0)
		s->free_datagram = s->datagrams[i - 1].newer;
	else
		i = (uint32_t)++s->ndatagrams;
	s->datagrams[i - 1] = (struct meter_datagram){
		.key = *key, .id = p->fragment_id, .born_ns = p->ts_ns, .chain = *bucket,
		.older = s->newest,
	};
	*bucket = i;
	*(s->newest != 0 ? &s->datagrams[s->newest - 1].newer : &s->oldest) = i;
	s->newest = i;
	return i;
}

static void add_piece(struct meter_pieces *s, struct meter_datagram *d,
		      const struct capture_packet *p, uint32_t row)
{
	uint32_t i = s->free;

	if (i != 0)
		s->free = s->v[i - 1].next;
	else
		i = (uint32_t)++s->n;
	s->v[i - 1] = (struct meter_piece){ .packet = *p, .row = row };
	*(d->last != 0 ? &s->v[d->last - 1].next : &d->first) = i;
	d->last = i;
	d->last_ns = p->ts_ns;
	d->octets += p->fragment_octets;
	if (!p->more)
		d->total = p->fragment_at + p->fragment_octets;
}

void meter_piece(struct meter *m, const struct capture_packet *p, uint32_t row)
{
	struct meter_pieces *s = &m->pieces;
	struct meter_key key = key_of(p);
	uint32_t i;

	while (s->oldest != 0 && age(s->datagrams[s->oldest - 1].born_ns, p->ts_ns) >
				 lifetime(&s->datagrams[s->oldest - 1]))
		settle(m, s->oldest);
	if (m->failed || !room(m)) {
		m->failed = true;
		return;
	}
	i = find(s, &key, p->fragment_id);
	if (i != 0 && is_over(&s->datagrams[i - 1], p->ts_ns)) {
		settle(m, i);
		i = 0;
	}
	if (i == 0)
		i = add_datagram(s, &key, p);
	add_piece(s, &s->datagrams[i - 1], p, row);
}

uint64_t meter_pieces_drop(struct meter *m, const struct capture_packet *p)
{
	struct meter_pieces *s = &m->pieces;
	struct meter_key key = key_of(p);
	uint32_t i = find(s, &key, p->fragment_id);
	uint64_t n = 0;

	if (i == 0)
		return 0;
	for (uint32_t at = s->datagrams[i - 1].first; at != 0; at = s->v[at - 1].next, n++) {
		m->totals.all.packets--;
		m->totals.all.octets -= s->v[at - 1].packet.octets;
		m->totals.all.behind -= s->v[at - 1].packet.behind;
		m->totals.all.before -= s->v[at - 1].packet.before;
	}
	detach(s, i);
	return n;
}

void meter_pieces_end(struct meter *m)
{
	while (m->pieces.oldest != 0 && !m->failed)
		settle(m, m->pieces.oldest);
}

void meter_pieces_done(struct meter_pieces *s)
{
	nf_free(s->v);
	nf_free(s->datagrams);
	nf_free(s->buckets);
}
