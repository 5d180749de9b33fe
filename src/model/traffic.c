#include <config.h>

#include "model/traffic.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "track/map.h"
#include "track/seq.h"

enum { WORDS = 3, HOLES = 4 };

struct sender {
	struct nf_node node;
	uint64_t key[WORDS];
	struct traffic_exporter pub;
};

struct traffic {
	struct nf_arena arena;
	struct nf_map map;
	struct sender **list;
	size_t n, cap;
	struct traffic_exporter total, beyond;
	struct nf_seq *seq;
	struct nf_scratch scratch;
};

struct traffic *traffic_new(void)
{
	const struct nf_seq_opts opts = { .max_holes = HOLES, .max_streams = TRAFFIC_EXPORTERS };
	struct traffic *t = nf_zalloc(sizeof(*t));

	if (t == NULL)
		return NULL;
	nf_arena_init(&t->arena);
	t->seq = nf_seq_new(&opts);
	t->scratch.n = NF_SCRATCH_WORDS;
	t->scratch.words = nf_alloc(t->scratch.n * sizeof(*t->scratch.words));
	if (t->seq != NULL && t->scratch.words != NULL)
		return t;
	traffic_free(t);
	return NULL;
}

void traffic_free(struct traffic *t)
{
	if (t == NULL)
		return;
	nf_map_done(&t->map);
	nf_arena_done(&t->arena);
	nf_seq_free(t->seq);
	nf_free(t->list);
	nf_free(t->scratch.words);
	nf_free(t);
}

static void key_of(uint64_t key[WORDS], const struct nf_addr *a)
{
	memcpy(key, a->octets, sizeof(a->octets));
	key[2] = a->family;
}

static struct sender *find(const struct traffic *t, const struct nf_addr *a)
{
	uint64_t key[WORDS];

	key_of(key, a);
	return nf_map_find(&t->map, key, WORDS, nf_hash(key, WORDS));
}

static struct sender *add(struct traffic *t, const struct nf_addr *a)
{
	void *list = t->list;
	struct sender *s;

	if (t->n == TRAFFIC_EXPORTERS || !nf_grow(&list, &t->cap, t->n + 1, sizeof(*t->list)))
		return NULL;
	t->list = list;
	s = nf_arena_alloc(&t->arena, sizeof(*s));
	if (s == NULL)
		return NULL;
	key_of(s->key, a);
	s->pub.addr = *a;
	if (!nf_map_add(&t->map, &s->node, s->key, WORDS, nf_hash(s->key, WORDS)))
		return NULL;
	t->list[t->n++] = s;
	return s;
}

static struct traffic_exporter *exporter(struct traffic *t, const struct nf_addr *a)
{
	struct sender *s = find(t, a);

	if (s == NULL)
		s = add(t, a);
	return s != NULL ? &s->pub : &t->beyond;
}

static void count(struct traffic_exporter *e, const struct nf_view *v, const struct nf_tally *tally)
{
	e->counts.messages++;
	e->counts.octets += v->msg.bytes.n;
	e->counts.records += (uint64_t)tally->flows + tally->options;
	for (unsigned i = 0; i < NF_WHY_NOTS; i++)
		e->counts.undecoded += tally->undecoded[i];
	e->last_ns = v->datagram->ts_ns;
}

void traffic_message(struct traffic *t, const struct nf_view *v, uint64_t drops)
{
	struct nf_seq_event events[NF_SEQ_EVENTS];
	struct nf_seq_message m;
	struct nf_tally tally;

	if (v->headerless)
		return;
	nf_tally_message(&tally, v, t->scratch);
	nf_seq_message_of(&m, v, &tally, drops);
	nf_seq_feed(t->seq, &m, events);
	count(exporter(t, &v->session->src.addr), v, &tally);
	count(&t->total, v, &tally);
}

static void found(struct traffic_exporter *e, uint32_t records)
{
	e->counts.records += records;
	e->counts.undecoded -= e->counts.undecoded != 0;
}

void traffic_late(struct traffic *t, const struct nf_late *late)
{
	bool exact = true;
	uint32_t n;

	if (late->resolution.layout == NULL)
		return;
	n = nf_tally_records(&late->msg, &late->set, late->resolution.layout, t->scratch, &exact);
	found(exporter(t, &late->session->src.addr), n);
	found(&t->total, n);
}

const struct traffic_exporter *traffic_total(const struct traffic *t)
{
	return &t->total;
}

/* -- The largest ---------------------------------------------------------------------- */

static void losses(struct traffic *t)
{
	const struct nf_seq_stream *s;
	struct sender *owner;

	for (size_t i = 0; i < t->n; i++)
		t->list[i]->pub.lost = t->list[i]->pub.received = 0;
	t->beyond.lost = t->beyond.received = t->total.lost = t->total.received = 0;
	for (size_t i = 0; (s = nf_seq_stream_at(t->seq, i)) != NULL; i++) {
		struct traffic_exporter *e;

		if (!nf_seq_measured(s))
			continue;
		owner = find(t, &s->key.exporter);
		e = owner != NULL ? &owner->pub : &t->beyond;
		e->lost += s->totals.lost;
		e->received += s->totals.received;
		t->total.lost += s->totals.lost;
		t->total.received += s->totals.received;
	}
}

static int order(uint64_t a, uint64_t b)
{
	return (a < b) - (a > b);
}

static int by_load(const void *a, const void *b)
{
	const struct traffic_exporter *x = &(*(struct sender *const *)a)->pub;
	const struct traffic_exporter *y = &(*(struct sender *const *)b)->pub;
	int c = order(x->counts.messages - x->since.messages,
		      y->counts.messages - y->since.messages);

	if (c == 0)
		c = order(x->counts.messages, y->counts.messages);
	if (c == 0)
		c = (int)x->addr.family - (int)y->addr.family;
	return c != 0 ? c : memcmp(x->addr.octets, y->addr.octets, sizeof(x->addr.octets));
}

static void sum(struct traffic_counts *a, const struct traffic_counts *b)
{
	a->messages += b->messages;
	a->octets += b->octets;
	a->records += b->records;
	a->undecoded += b->undecoded;
}

static void add_up(struct traffic_exporter *a, const struct traffic_exporter *b)
{
	sum(&a->counts, &b->counts);
	sum(&a->since, &b->since);
	a->lost += b->lost;
	a->received += b->received;
	if (b->last_ns > a->last_ns)
		a->last_ns = b->last_ns;
}

size_t traffic_largest(struct traffic *t, const struct traffic_exporter **top, size_t n,
		       struct traffic_exporter *rest, size_t *nrest)
{
	losses(t);
	if (t->n > 1)
		qsort(t->list, t->n, sizeof(struct sender *), by_load);
	if (n > t->n)
		n = t->n;
	for (size_t i = 0; i < n; i++)
		top[i] = &t->list[i]->pub;
	*rest = t->beyond;
	*nrest = t->n - n;
	for (size_t i = n; i < t->n; i++)
		add_up(rest, &t->list[i]->pub);
	return n;
}

void traffic_mark(struct traffic *t)
{
	for (size_t i = 0; i < t->n; i++)
		t->list[i]->pub.since = t->list[i]->pub.counts;
	t->beyond.since = t->beyond.counts;
	t->total.since = t->total.counts;
}
