#include <config.h>

#include "model/meter_internal.h"

#include "base/mem.h"

enum { CHUNK = 1 << 12, SLOTS_LEAST = 1 << 8 };

struct meter *meter_new(const struct meter_opts *opts)
{
	struct meter *m = nf_zalloc(sizeof(*m));

	if (m == NULL)
		return NULL;
	m->opts = *opts;
	if (m->opts.max_flows == 0)
		m->opts.max_flows = METER_FLOWS;
	if (m->opts.max_packets == 0)
		m->opts.max_packets = METER_PACKETS;
	return m;
}

static void chunks_done(struct meter_chunks *c)
{
	for (size_t i = 0; i < c->nchunks; i++)
		nf_free(c->chunks[i]);
	nf_free(c->chunks);
}

void meter_free(struct meter *m)
{
	if (m == NULL)
		return;
	chunks_done(&m->flows);
	chunks_done(&m->rows);
	meter_pieces_done(&m->pieces);
	nf_free(m->slots);
	nf_free(m->exports);
	nf_free(m);
}

/* -- Rows ------------------------------------------------------------------------------- */

/* Rows stay where they are: nothing is copied as they become more. */
static void *chunks_at(const struct meter_chunks *c, size_t i, size_t size)
{
	return (char *)c->chunks[i / CHUNK] + i % CHUNK * size;
}

/* One more, zeroed; NULL if memory is out. */
static void *chunks_add(struct meter_chunks *c, size_t size)
{
	void *chunks = c->chunks;

	if (c->n == c->nchunks * CHUNK) {
		if (!nf_grow(&chunks, &c->cap, c->nchunks + 1, sizeof(*c->chunks)))
			return NULL;
		c->chunks = chunks;
		c->chunks[c->nchunks] = nf_zalloc(CHUNK * size);
		if (c->chunks[c->nchunks] == NULL)
			return NULL;
		c->nchunks++;
	}
	return chunks_at(c, c->n++, size);
}

static struct meter_packet_row *row_at(const struct meter *m, size_t i)
{
	return chunks_at(&m->rows, i, sizeof(struct meter_packet_row));
}

static struct meter_flow *flow_at(const struct meter *m, size_t i)
{
	return chunks_at(&m->flows, i, sizeof(struct meter_flow));
}

static uint16_t saturated(uint32_t n)
{
	return n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
}

/* A row of its own for P, in the order in which packets come; 0 where there is no room. */
static uint32_t row_of(struct meter *m, const struct capture_packet *p)
{
	struct meter_packet_row *row;

	if (m->rows.n >= m->opts.max_packets)
		return 0;
	row = chunks_add(&m->rows, sizeof(*row));
	if (row == NULL) {
		m->failed = true;
		return 0;
	}
	*row = (struct meter_packet_row){
		.ts_ns = p->ts_ns, .octets = p->octets, .behind = saturated(p->behind),
		.before = saturated(p->before), .flags = p->tcp_flags, .tos = p->tos,
		.later = p->fragment_at != 0,
	};
	return (uint32_t)m->rows.n;
}

/* -- Flows ------------------------------------------------------------------------------ */

static uint32_t hash_of(const struct meter_key *key)
{
	uint64_t words[5];

	memcpy(words, key->src.octets, 16);
	memcpy(words + 2, key->dst.octets, 16);
	words[4] = (uint64_t)key->sport << 48 | (uint64_t)key->dport << 32 |
		   (uint64_t)key->src.family << 8 | key->protocol;
	return nf_hash(words, 5);
}

static bool same_key(const struct meter_key *a, const struct meter_key *b)
{
	return a->sport == b->sport && a->dport == b->dport && a->protocol == b->protocol &&
	       nf_same_addr(&a->src, &b->src) && nf_same_addr(&a->dst, &b->dst);
}

/* Where KEY stands, or would. */
static struct meter_slot *slot_of(const struct meter *m, const struct meter_key *key,
				  uint32_t hash)
{
	size_t i = hash & m->mask;

	while (m->slots[i].flow != 0 && (m->slots[i].hash != hash ||
					 !same_key(&flow_at(m, m->slots[i].flow - 1)->key, key)))
		i = (i + 1) & m->mask;
	return &m->slots[i];
}

static bool more_slots(struct meter *m)
{
	size_t n = m->slots == NULL ? SLOTS_LEAST : (m->mask + 1) * 2;
	struct meter_slot *slots = nf_zalloc(n * sizeof(*slots));

	if (slots == NULL)
		return false;
	for (size_t i = 0; m->slots != NULL && i <= m->mask; i++) {
		size_t at = m->slots[i].hash & (n - 1);

		if (m->slots[i].flow == 0)
			continue;
		while (slots[at].flow != 0)
			at = (at + 1) & (n - 1);
		slots[at] = m->slots[i];
	}
	nf_free(m->slots);
	m->slots = slots;
	m->mask = n - 1;
	return true;
}

/* The flow of KEY, a new one if need be; NULL where there is no room. */
static struct meter_flow *flow_of(struct meter *m, const struct meter_key *key)
{
	uint32_t hash = hash_of(key);
	struct meter_slot *slot;
	struct meter_flow *f;

	if ((m->slots == NULL || m->flows.n * 2 > m->mask) && !more_slots(m)) {
		m->failed = true;
		return NULL;
	}
	slot = slot_of(m, key, hash);
	if (slot->flow != 0)
		return flow_at(m, slot->flow - 1);
	if (m->flows.n >= m->opts.max_flows)
		return NULL;
	f = chunks_add(&m->flows, sizeof(*f));
	if (f == NULL) {
		m->failed = true;
		return NULL;
	}
	f->key = *key;
	f->index = (uint32_t)(m->flows.n - 1);
	*slot = (struct meter_slot){ hash, (uint32_t)m->flows.n };
	return f;
}

static void count(struct meter_counts *c, const struct capture_packet *p)
{
	c->packets++;
	c->octets += p->octets;
	c->behind += p->behind;
	c->before += p->before;
}

/* Fragments are given to flows late: the packet may be older than those that are there. */
static bool is_first(const struct meter_flow *f, const struct capture_packet *p)
{
	return f->all.packets == 0 || p->ts_ns < f->first_ns ||
	       (p->ts_ns == f->first_ns && p->file == f->file && p->frame < f->frame);
}

void meter_give(struct meter *m, const struct meter_key *key, const struct capture_packet *p,
		uint32_t row, bool sure)
{
	struct meter_flow *f = flow_of(m, key);

	if (f == NULL) {
		m->totals.beyond += !m->failed;
		return;
	}
	if (is_first(f, p)) {
		f->first_ns = p->ts_ns;
		f->frame = p->frame;
		f->file = p->file;
		f->tos = p->tos;
	}
	if (f->all.packets == 0 || p->ts_ns > f->last_ns)
		f->last_ns = p->ts_ns;
	count(&f->all, p);
	if (p->fragment_at != 0)
		count(&f->fragments, p);
	f->vlans[p->vlans < 2 ? p->vlans : 2]++;
	f->unknowable += !sure;
	m->totals.unknowable += !sure;
	f->flags |= p->tcp_flags;
	f->tos_or |= p->tos;
	f->tos_seen[p->tos / 64] |= UINT64_C(1) << p->tos % 64;
	if (row != 0) {
		row_at(m, row - 1)->next = f->index + 1;
	} else {
		f->partial = true;
		m->totals.rowless++;
	}
}

/* -- Packets ---------------------------------------------------------------------------- */

static bool is_icmp(uint8_t protocol)
{
	return protocol == 1 || protocol == 58;
}

struct meter_key meter_key_of(const struct capture_packet *p)
{
	struct meter_key key = { .src = p->src.addr, .dst = p->dst.addr, .protocol = p->protocol };

	if (!p->transport)
		return key;
	key.sport = p->src.port;
	key.dport = p->dst.port;
	if (is_icmp(p->protocol))
		key.dport = (uint16_t)(p->icmp_type << 8 | p->icmp_code);
	return key;
}

/* Frames are numbered whatever is in them. */
static uint64_t between(const struct meter *m, const struct capture_packet *p)
{
	uint64_t before = m->totals.all.packets != 0 && p->file == m->file ? m->frame : 0;

	return p->frame > before + 1 ? p->frame - before - 1 : 0;
}

static void take(struct meter *m, const struct capture_packet *p)
{
	struct meter_totals *t = &m->totals;
	struct meter_key key;

	if (t->all.packets == 0 || p->ts_ns < t->first_ns)
		t->first_ns = p->ts_ns;
	if (t->all.packets == 0 || p->ts_ns > t->last_ns)
		t->last_ns = p->ts_ns;
	t->frames += t->all.packets == 0 || p->frame != m->frame || p->file != m->file;
	t->others += between(m, p);
	m->frame = p->frame;
	m->file = p->file;
	count(&t->all, p);
	t->unread += !p->transport && p->fragment_at == 0;
	if (p->fragment) {
		meter_piece(m, p, row_of(m, p));
		return;
	}
	key = meter_key_of(p);
	meter_give(m, &key, p, row_of(m, p), p->transport);
}

/*
 * The innermost header of a frame is the last of those that are ever deeper; frames of frames may
 * have several packets of one depth.
 */
static void take_innermost(struct meter *m, const struct capture_packet *p)
{
	struct capture_packet *last = &m->pending;

	if (m->is_pending && p->depth > last->depth && p->frame == last->frame &&
	    p->file == last->file) {
		m->totals.tunnelled++;
		if (last->fragment)
			m->totals.tunnelled += meter_pieces_drop(m, last);
	} else if (m->is_pending) {
		take(m, last);
	}
	*last = *p;
	m->is_pending = true;
}

void meter_packet(struct meter *m, const struct capture_packet *p)
{
	if (m->failed)
		return;
	if (m->opts.depth == METER_INNER)
		take_innermost(m, p);
	else if (p->depth == 0)
		take(m, p);
	else
		m->totals.tunnelled++;
}

/* -- Flow export ------------------------------------------------------------------------ */

static uint8_t protocol_of(enum nf_transport transport)
{
	switch (transport) {
	case NF_TRANSPORT_UDP: return 17;
	case NF_TRANSPORT_TCP: return 6;
	case NF_TRANSPORT_SCTP: return 132;
	default: return 0;
	}
}

static struct meter_key turned(const struct meter_key *key)
{
	return (struct meter_key){
		.src = key->dst, .dst = key->src, .sport = key->dport, .dport = key->sport,
		.protocol = key->protocol,
	};
}

/* Most messages come from where the one before came from. */
void meter_exports(struct meter *m, const struct nf_datagram *d)
{
	struct meter_key key = {
		.src = d->src.addr, .dst = d->dst.addr, .sport = d->src.port, .dport = d->dst.port,
		.protocol = protocol_of(d->transport),
	};
	void *exports = m->exports;
	uint32_t at = hash_of(&key) % METER_EXPORT_SLOTS;

	if (m->nexports != 0 && same_key(&m->exports[m->nexports - 1], &key))
		return;
	while (m->export_slots[at] != 0) {
		if (same_key(&m->exports[m->export_slots[at] - 1], &key))
			return;
		at = (at + 1) % METER_EXPORT_SLOTS;
	}
	if (key.protocol == 0 || m->nexports >= METER_EXPORTS)
		return;
	if (!nf_grow(&exports, &m->exports_cap, m->nexports + 1, sizeof(key))) {
		m->failed = true;
		return;
	}
	m->exports = exports;
	m->exports[m->nexports++] = key;
	m->export_slots[at] = (uint16_t)m->nexports;
}

/* What comes back is acknowledgements. */
static void mark_exports(struct meter *m)
{
	for (size_t i = 0; i < m->nexports; i++) {
		struct meter_key both[2] = { m->exports[i], turned(&m->exports[i]) };

		for (unsigned side = 0; side < 2; side++) {
			const struct meter_flow *f = meter_find(m, &both[side]);

			if (f != NULL)
				flow_at(m, f->index)->exports = true;
		}
	}
}

/* -- The end ---------------------------------------------------------------------------- */

/* Rows have named their flows until now. */
static void link_rows(struct meter *m)
{
	for (size_t i = 0; i < m->rows.n; i++) {
		struct meter_packet_row *row = row_at(m, i);
		struct meter_flow *f;

		if (row->next == 0)
			continue;
		f = flow_at(m, row->next - 1);
		row->next = 0;
		if (f->last != 0)
			row_at(m, f->last - 1)->next = (uint32_t)i + 1;
		else
			f->first = (uint32_t)i + 1;
		f->last = (uint32_t)i + 1;
	}
}

bool meter_end(struct meter *m)
{
	if (m->is_pending && !m->failed)
		take(m, &m->pending);
	m->is_pending = false;
	meter_pieces_end(m);
	if (m->failed)
		return false;
	link_rows(m);
	mark_exports(m);
	return true;
}

size_t meter_flows(const struct meter *m)
{
	return m->flows.n;
}

const struct meter_flow *meter_flow_at(const struct meter *m, size_t i)
{
	return i < m->flows.n ? flow_at(m, i) : NULL;
}

const struct meter_flow *meter_find(const struct meter *m, const struct meter_key *key)
{
	const struct meter_slot *slot;

	if (m->slots == NULL)
		return NULL;
	slot = slot_of(m, key, hash_of(key));
	return slot->flow != 0 ? flow_at(m, slot->flow - 1) : NULL;
}

const struct meter_totals *meter_totals(const struct meter *m)
{
	return &m->totals;
}

const struct meter_packet_row *meter_step(const struct meter *m, const struct meter_flow *f,
					  uint32_t *at)
{
	const struct meter_packet_row *row;
	uint32_t i = *at == 0 ? f->first : *at;

	if (i == 0 || i == UINT32_MAX)
		return NULL;
	row = row_at(m, i - 1);
	*at = row->next != 0 ? row->next : UINT32_MAX;
	return row;
}
