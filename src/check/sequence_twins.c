/*
 * What an exporter sends to two collectors, message by message: the same octets, if it numbers
 * them once.  A message that one of them has missed, though it got others before and behind it,
 * was lost on the way to it.
 */
#include <config.h>

#include "base/hash.h"
#include "check/sequence.h"

enum { RING = 64, COMMON = 4, TWINS = 16, ALL_TWINS = 4096 };

struct sent {
	uint64_t hash;			/* 0: none */
	uint64_t order;			/* 1, 2, 3 .. */
	unsigned to;			/* collector */
	struct check_place place;
};

struct sequence_twins {
	struct sequence_twins *next;
	uint16_t version;
	uint32_t domain;
	const struct nf_session *to[2];
	struct sent ring[RING];		/* that only one of them has got */
	uint64_t order, first, last;	/* messages so far; the first and the last that both got */
	uint64_t common;
	uint64_t missed[2];
	struct check_place place[2];	/* of the first one */
};

static struct sequence_exporter *state_of(const struct check *c, const struct check_exporter *e)
{
	return check_state(c, &e->holder, CHECK_GROUP_sequence);
}

static struct sequence_twins *twins_of(struct check *c, struct sequence_exporter *e,
				       const struct nf_msg *m)
{
	struct sequence_capture *all = check_state(c, check_capture(c), CHECK_GROUP_sequence);
	struct sequence_twins *t;
	unsigned n = 0;

	for (t = e->twins; t != NULL; t = t->next, n++)
		if (t->version == m->version && t->domain == m->domain)
			return t;
	t = n < TWINS && all->ntwins < ALL_TWINS ? check_alloc(c, sizeof(*t)) : NULL;
	if (t == NULL)
		return NULL;
	all->ntwins++;
	t->version = m->version;
	t->domain = m->domain;
	t->next = e->twins;
	e->twins = t;
	return t;
}

/* The collector of the session among the first two; 2 if it is another one. */
static unsigned collector(struct sequence_twins *t, const struct nf_session *session)
{
	for (unsigned i = 0; i < 2; i++) {
		if (t->to[i] == NULL)
			t->to[i] = session;
		if (nf_same_endpoint(&t->to[i]->dst, &session->dst))
			return i;
	}
	return 2;
}

static void missed(struct sequence_twins *t, const struct sent *s)
{
	unsigned who = 1 - s->to;

	if (t->missed[who]++ == 0)
		t->place[who] = s->place;
}

static void keep(struct sequence_twins *t, const struct check_at *at, unsigned to, uint64_t hash)
{
	struct sent *oldest = &t->ring[t->order % RING];

	if (oldest->hash != 0 && t->first != 0 && oldest->order > t->first)
		missed(t, oldest);
	*oldest = (struct sent){
		.hash = hash, .order = ++t->order, .to = to,
		.place = check_place_of(at, nf_span_of(0, 0)),
	};
}

void sequence_twins(struct check *c, const struct check_at *at)
{
	struct sequence_exporter *e = state_of(c, at->stream->exporter);
	const struct nf_session *session = at->view->session;
	struct sequence_twins *t;
	uint64_t hash;
	unsigned to;

	if (e->first == NULL)
		e->first = session;
	if (at->first && !nf_same_endpoint(&e->first->dst, &session->dst))
		e->several = true;
	if (!e->several || at->datagram->facts.duplicate)
		return;
	hash = nf_hash64(at->msg->bytes) | 1;
	t = twins_of(c, e, at->msg);
	to = t != NULL ? collector(t, session) : 2;
	if (to == 2)
		return;
	for (unsigned i = 0; i < RING; i++) {
		if (t->ring[i].hash != hash || t->ring[i].to == to)
			continue;
		t->common++;
		t->last = t->ring[i].order > t->last ? t->ring[i].order : t->last;
		if (t->first == 0)
			t->first = t->ring[i].order;
		t->ring[i].hash = 0;
		return;
	}
	keep(t, at, to, hash);
}

static void end_text(struct nf_strbuf *s, const struct nf_endpoint *e)
{
	nf_strbuf_clear(s);
	if (e->addr.family == 4) {
		nf_ipv4_text(s, e->addr.octets);
	} else {
		nf_sb_char(s, '[');
		nf_ipv6_text(s, e->addr.octets);
		nf_sb_char(s, ']');
	}
	nf_sb_char(s, ':');
	nf_sb_u64(s, e->port);
}

static void claim(struct check *c, struct check_exporter *e, const struct sequence_twins *t,
		  unsigned who)
{
	struct check_claim claim = {
		.rule = CHECK_HLT_COLLECTORS_DIFFER, .exporter = e, .place = &t->place[who],
		.key = (uint64_t)t->version << 33 | (uint64_t)t->domain << 1 | who,
	};
	struct nf_strbuf poor, rich;

	nf_strbuf_init(&poor);
	nf_strbuf_init(&rich);
	end_text(&poor, &t->to[who]->dst);
	end_text(&rich, &t->to[1 - who]->dst);
	claim.args[0].s = nf_strbuf_cstr(&poor);
	claim.args[1].u = t->missed[who];
	claim.args[2].s = nf_strbuf_cstr(&rich);
	claim.args[3].u = t->common;
	check_claim(c, &claim);
	nf_strbuf_done(&poor);
	nf_strbuf_done(&rich);
}

void sequence_twins_end(struct check *c, struct check_exporter *e)
{
	for (struct sequence_twins *t = state_of(c, e)->twins; t != NULL; t = t->next) {
		if (t->common < COMMON)
			continue;
		check_applies(c, CHECK_HLT_COLLECTORS_DIFFER);
		for (unsigned i = 0; i < RING; i++)
			if (t->ring[i].hash != 0 && t->ring[i].order > t->first &&
			    t->ring[i].order < t->last)
				missed(t, &t->ring[i]);
		for (unsigned who = 0; who < 2; who++)
			if (t->missed[who] != 0)
				claim(c, e, t, who);
	}
}
