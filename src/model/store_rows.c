#include <config.h>

#include "model/store_internal.h"

#include "base/hash.h"
#include "base/mem.h"

enum { FRAME_BITS = 40 };
#define FRAME_MAX ((UINT64_C(1) << FRAME_BITS) - 1)

/* -- Kinds of datagrams ---------------------------------------------------------------- */

bool store_rows_open(struct store *s)
{
	s->kind_slots = nf_zalloc(2 * KINDS * sizeof(*s->kind_slots));
	nf_arena_init(&s->asides);
	nf_arena_init(&s->ends_arena);
	return s->kind_slots != NULL;
}

void store_rows_done(struct store *s)
{
	for (size_t i = 0; i < s->nchunks; i++)
		nf_free(s->chunks[i]);
	nf_free(s->chunks);
	nf_free(s->kinds);
	nf_free(s->kind_slots);
	nf_free(s->ends);
	nf_map_done(&s->ends_by_key);
	nf_arena_done(&s->asides);
	nf_arena_done(&s->ends_arena);
}

/* What of D's facts is not another thing in each datagram; with no padding that says anything. */
static void kind_of(struct kind *k, const struct nf_datagram *d)
{
	const struct nf_frame_facts *f = &d->facts;

	memset(k, 0, sizeof(*k));
	k->transport = (uint8_t)d->transport;
	k->ts_fine = d->ts_fine;
	k->facts.vlan = f->vlan;
	k->facts.sctp_stream = f->sctp_stream;
	k->facts.sctp_flags = f->sctp_flags;
	k->facts.ttl = f->ttl;
	k->facts.dscp_ecn = f->dscp_ecn;
	k->facts.fragments = f->fragments;
	k->facts.udp_checksum_zero = f->udp_checksum_zero;
	k->facts.udp_checksum_bad = f->udp_checksum_bad;
	k->facts.udp_checksum_partial = f->udp_checksum_partial;
	k->facts.ip6_fragment = f->ip6_fragment;
	k->facts.cut = f->cut;
	k->facts.udp_short = f->udp_short;
	k->facts.tunnelled = f->tunnelled;
	k->facts.duplicate = f->duplicate;
	k->facts.after_hole = f->after_hole;
	k->facts.from_start = f->from_start;
}

/* The number of D's kind; where there are too many, or memory is out, that of the first. */
static uint16_t kind_get(struct store *s, const struct nf_datagram *d)
{
	struct kind k;
	uint64_t hash;
	void *kinds = s->kinds;

	kind_of(&k, d);
	hash = nf_hash64((struct nf_bytes){ (const uint8_t *)&k, sizeof(k) });
	for (size_t i = hash; ; i++) {
		uint16_t *slot = &s->kind_slots[i % (2 * KINDS)];

		if (*slot == 0) {
			if (s->nkinds == KINDS - 1 ||
			    !nf_grow(&kinds, &s->cap_kinds, s->nkinds + 1, sizeof(k)))
				return 0;
			s->kinds = kinds;
			memcpy(&s->kinds[s->nkinds], &k, sizeof(k));
			*slot = (uint16_t)++s->nkinds;
			return (uint16_t)(s->nkinds - 1);
		}
		if (memcmp(&s->kinds[*slot - 1], &k, sizeof(k)) == 0)
			return (uint16_t)(*slot - 1);
	}
}

/* -- Endpoints ------------------------------------------------------------------------- */

static void ends_key(uint64_t key[6], const struct nf_endpoint *src, const struct nf_endpoint *dst,
		     const struct nf_session *session)
{
	memcpy(key, src->addr.octets, 16);
	memcpy(key + 2, dst->addr.octets, 16);
	key[4] = (uint64_t)src->port << 48 | (uint64_t)dst->port << 32 |
		 (uint64_t)src->addr.family << 8 | dst->addr.family;
	key[5] = session->index;
}

static struct ends *ends_of(struct store *s, const struct nf_endpoint *src,
			    const struct nf_endpoint *dst, const struct nf_session *session,
			    bool make)
{
	void *list = s->ends;
	struct nf_node *node;
	uint64_t key[6];
	struct ends *e;
	uint32_t hash;

	ends_key(key, src, dst, session);
	hash = nf_hash(key, 6);
	node = nf_map_find(&s->ends_by_key, key, 6, hash);
	if (node != NULL)
		return (struct ends *)((char *)node - offsetof(struct ends, node));
	if (!make || s->nends == ENDS)
		return NULL;
	e = nf_arena_alloc(&s->ends_arena, sizeof(*e));
	if (e == NULL || !nf_grow(&list, &s->cap_ends, s->nends + 1, sizeof(struct ends *)))
		return NULL;
	s->ends = list;
	memcpy(e->key, key, sizeof(key));
	e->src = *src;
	e->dst = *dst;
	e->session = session;
	e->index = (uint32_t)s->nends;
	if (!nf_map_add(&s->ends_by_key, &e->node, e->key, 6, hash))
		return NULL;
	s->ends[s->nends++] = e;
	return e;
}

/* Those of V's datagram; the session's own where there are too many. */
static struct ends *ends_get(struct store *s, const struct nf_view *v)
{
	const struct nf_datagram *d = v->datagram;
	struct ends *e = ends_of(s, &d->src, &d->dst, v->session, s->nends < ENDS_WHOLE);

	return e != NULL ? e : ends_of(s, &v->session->src, &v->session->dst, v->session, true);
}

/* -- Rows ------------------------------------------------------------------------------ */

static bool aside(struct store *s, const struct nf_datagram *d, struct row *r)
{
	struct aside *a = nf_arena_alloc(&s->asides,
					 sizeof(*a) + d->nextents * sizeof(a->extents[0]));

	if (a == NULL)
		return false;
	a->length = (uint32_t)d->payload.n;
	a->wire_len = d->wire_len;
	a->nextents = d->nextents;
	if (d->nextents > 0)
		memcpy(a->extents, d->extents, d->nextents * sizeof(a->extents[0]));
	r->place = (uintptr_t)a;
	r->flags |= STORE_ASIDE;
	return true;
}

static bool place(struct store *s, const struct nf_datagram *d, struct row *r)
{
	uint32_t missing = d->wire_len > d->payload.n ? d->wire_len - (uint32_t)d->payload.n : 0;

	if (d->nextents != 1 || d->extents[0].length != d->payload.n ||
	    d->extents[0].file != d->file || d->payload.n > LENGTH_MAX || missing > MISSING_MAX)
		return aside(s, d, r);
	r->place = d->extents[0].offset;
	r->length = (uint32_t)d->payload.n & LENGTH_MAX;
	r->missing = missing & MISSING_MAX;
	return true;
}

static struct chunk *last_chunk(struct store *s)
{
	void *chunks = s->chunks;
	struct chunk *c;

	if (s->nrows < (uint64_t)s->nchunks * CHUNK_ROWS)
		return s->chunks[s->nchunks - 1];
	if (!nf_grow(&chunks, &s->cap_chunks, s->nchunks + 1, sizeof(struct chunk *)))
		return NULL;
	s->chunks = chunks;
	c = nf_alloc(sizeof(*c));
	if (c == NULL)
		return NULL;
	memset(c->blocks, 0, sizeof(c->blocks));
	for (unsigned i = 0; i < CHUNK_BLOCKS; i++)
		c->about[i] = (struct block){ .least = UINT64_MAX };
	c->flows = 0;
	c->before = 0;
	if (s->nchunks > 0)
		c->before = s->chunks[s->nchunks - 1]->before + s->chunks[s->nchunks - 1]->flows;
	c->versions = nf_tracker_counts(s->tracker)->versions;
	c->unsettled = false;
	return s->chunks[s->nchunks++] = c;
}

/* Frames in the order of files, which need not be that of rows. */
static uint64_t frame_key(uint64_t file, uint64_t frame)
{
	return file << FRAME_BITS | frame;
}

static uint64_t key_of(const struct row *r)
{
	return frame_key(r->file, r->frame);
}

static void put_block(struct block *b, const struct row *r)
{
	uint64_t key = key_of(r);

	if (key < b->least)
		b->least = key;
	if (key > b->most)
		b->most = key;
	b->flags |= (uint16_t)r->flags;
	if (r->worst > b->worst)
		b->worst = (uint8_t)r->worst;
}

static void put_tally(struct chunk *c, uint32_t i, struct row *r, const struct tally *t)
{
	uint32_t flows = t->flows < FLOWS_MAX ? t->flows : FLOWS_MAX;

	c->blocks[i / BLOCK_ROWS] += flows - (uint32_t)r->flows;
	c->flows += flows - (uint64_t)r->flows;
	c->unsettled |= (t->flags & STORE_UNSETTLED) != 0;
	r->flows = flows & FLOWS_MAX;
	r->options = t->options < UINT16_MAX ? t->options & UINT16_MAX : UINT16_MAX;
	r->worst = t->worst & 3;
	r->flags = (r->flags & (STORE_STEPPED_BACK | STORE_ASIDE)) | (t->flags & 4095);
	put_block(&c->about[i / BLOCK_ROWS], r);
}

bool store_add(struct store *s, const struct nf_view *v, const struct tally *t)
{
	const struct nf_datagram *d = v->datagram;
	struct ends *ends = ends_get(s, v);
	struct chunk *c = last_chunk(s);
	uint32_t i = (uint32_t)(s->nrows % CHUNK_ROWS);
	struct row r = {
		.position = d->ordinal << 16 | (v->offset & 0xffff),
		.ts_ns = d->ts_ns,
		.frame = d->frame & (FRAME_MAX),
		.file = d->file & 0xffffff,
		.version = v->msg.version & 15,
		.flags = d->stepped_back ? STORE_STEPPED_BACK : 0,
	};

	if (ends == NULL || c == NULL || !place(s, d, &r))
		return false;
	r.ends = ends->index & (ENDS - 1);
	r.kind = kind_get(s, d);
	put_tally(c, i, &r, t);
	c->rows[i] = r;
	s->nrows++;
	return true;
}

void store_recount(struct store *s, uint64_t i, const struct tally *t)
{
	struct chunk *c = s->chunks[i / CHUNK_ROWS];
	uint64_t before = c->flows;

	put_tally(c, (uint32_t)(i % CHUNK_ROWS), store_at(s, i), t);
	if (c->flows == before)
		return;
	s->generation++;
	for (size_t j = i / CHUNK_ROWS + 1; j < s->nchunks; j++)
		s->chunks[j]->before += c->flows - before;
}

uint64_t store_rows(const struct store *s)
{
	return s->nrows;
}

uint64_t store_generation(const struct store *s)
{
	return s->generation;
}

struct store_row store_row(const struct store *s, uint64_t i)
{
	const struct row *r = store_at(s, i);
	const struct aside *a = (const struct aside *)(uintptr_t)r->place;
	const struct kind *k = &s->kinds[r->kind];

	return (struct store_row){
		.ordinal = r->position >> 16,
		.frame = r->frame,
		.ts_ns = r->ts_ns,
		.session = s->ends[r->ends]->session,
		.file = (uint32_t)r->file,
		.offset = (uint32_t)(r->position & 0xffff),
		.length = (r->flags & STORE_ASIDE) != 0 ? a->length : (uint32_t)r->length,
		.flows = (uint32_t)r->flows,
		.options = (uint32_t)r->options,
		.flags = r->flags & (STORE_UNSETTLED - 1),
		.version = (uint8_t)r->version,
		.worst = (uint8_t)r->worst,
		.ts_fine = k->ts_fine,
		.duplicate = k->facts.duplicate,
	};
}

uint64_t store_row_at(const struct store *s, int64_t ts_ns)
{
	uint64_t lo = 0, hi = s->nrows;

	while (hi - lo > 1) {
		uint64_t mid = lo + (hi - lo) / 2;

		if (store_at(s, mid)->ts_ns <= ts_ns)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

static const struct block *block_at(const struct store *s, uint64_t block)
{
	return &s->chunks[block / CHUNK_BLOCKS]->about[block % CHUNK_BLOCKS];
}

/* Rows of a block end there. */
static uint64_t block_end(const struct store *s, uint64_t block)
{
	uint64_t end = (block + 1) * BLOCK_ROWS;

	return end < s->nrows ? end : s->nrows;
}

/* The greatest key so far that is not behind the one that is looked for. */
struct nearest {
	uint64_t key, block, row;
	bool in_block;			/* in `block`, which ends with it; else it is `row` */
};

static void look_at_block(const struct store *s, uint64_t block, uint64_t key, struct nearest *n)
{
	const struct block *b = block_at(s, block);

	if (b->least > key || b->most <= n->key)
		return;
	if (b->most <= key) {
		*n = (struct nearest){ .key = b->most, .block = block, .in_block = true };
		return;
	}
	for (uint64_t i = block * BLOCK_ROWS; i < block_end(s, block); i++)
		if (key_of(store_at(s, i)) <= key && key_of(store_at(s, i)) > n->key)
			*n = (struct nearest){ .key = key_of(store_at(s, i)), .row = i };
}

uint64_t store_row_of_frame(const struct store *s, uint32_t file, uint64_t frame)
{
	uint64_t key = frame_key(file, frame < FRAME_MAX ? frame : FRAME_MAX);
	struct nearest n = { .key = 0 };

	/* Frames of several files are mixed, and those of one may be out of order. */
	for (uint64_t block = 0; block * BLOCK_ROWS < s->nrows; block++)
		look_at_block(s, block, key, &n);
	if (n.key < frame_key(file, 0))
		return 0;
	if (!n.in_block)
		return n.row;
	for (n.row = n.block * BLOCK_ROWS; key_of(store_at(s, n.row)) != n.key;)
		n.row++;
	return n.row;
}

static bool has(uint64_t flags, uint64_t worst, const struct store_want *want)
{
	return (flags & want->flags) != 0 || worst > want->worst;
}

static uint64_t next_row(const struct store *s, uint64_t i, const struct store_want *want)
{
	while (i < s->nrows) {
		const struct block *b = block_at(s, i / BLOCK_ROWS);
		uint64_t end = block_end(s, i / BLOCK_ROWS);

		for (; i < end && has(b->flags, b->worst, want); i++)
			if (has(store_at(s, i)->flags, store_at(s, i)->worst, want))
				return i;
		i = end;
	}
	return UINT64_MAX;
}

static uint64_t row_before(const struct store *s, uint64_t i, const struct store_want *want)
{
	while (i > 0) {
		uint64_t begin = (i - 1) / BLOCK_ROWS * BLOCK_ROWS;
		const struct block *b = block_at(s, begin / BLOCK_ROWS);

		for (; i > begin && has(b->flags, b->worst, want); i--)
			if (has(store_at(s, i - 1)->flags, store_at(s, i - 1)->worst, want))
				return i - 1;
		i = begin;
	}
	return UINT64_MAX;
}

uint64_t store_row_next(const struct store *s, uint64_t from, bool back,
			const struct store_want *want)
{
	return back ? row_before(s, from < s->nrows ? from : s->nrows, want) :
		      next_row(s, from + 1, want);
}

/* -- Numbers of flows ------------------------------------------------------------------ */

uint64_t store_flows(const struct store *s)
{
	const struct chunk *c;

	if (s->nchunks == 0)
		return 0;
	c = s->chunks[s->nchunks - 1];
	return c->before + c->flows;
}

uint64_t store_flow_row(const struct store *s, uint64_t n, uint32_t *index)
{
	size_t lo = 0, hi = s->nchunks, block = 0, i;
	const struct chunk *c;

	while (hi - lo > 1) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->chunks[mid]->before <= n)
			lo = mid;
		else
			hi = mid;
	}
	c = s->chunks[lo];
	n -= c->before;
	for (; n >= c->blocks[block]; block++)
		n -= c->blocks[block];
	for (i = block * BLOCK_ROWS; n >= c->rows[i].flows; i++)
		n -= c->rows[i].flows;
	*index = (uint32_t)n;
	return (uint64_t)lo * CHUNK_ROWS + i;
}

uint64_t store_row_flow(const struct store *s, uint64_t i)
{
	const struct chunk *c = s->chunks[i / CHUNK_ROWS];
	uint32_t at = (uint32_t)(i % CHUNK_ROWS), block = at / BLOCK_ROWS;
	uint64_t n = c->before;

	for (uint32_t j = 0; j < block; j++)
		n += c->blocks[j];
	for (uint32_t j = block * BLOCK_ROWS; j < at; j++)
		n += c->rows[j].flows;
	return n;
}
