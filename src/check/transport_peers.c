/*
 * Sessions and collectors by their endpoints; who talks to whom.
 */
#include <config.h>

#include <string.h>

#include "base/hash.h"
#include "check/transport.h"

enum { WORDS = 5 };

static void key_of(uint64_t key[WORDS], const struct nf_addr *src, uint16_t sport,
		   const struct nf_endpoint *dst, unsigned kind)
{
	memcpy(key, src->octets, 16);
	memcpy(key + 2, dst->addr.octets, 16);
	key[4] = (uint64_t)sport << 48 | (uint64_t)dst->port << 32 |
		 (uint64_t)dst->addr.family << 8 | kind;
}

uint64_t transport_key(const struct nf_addr *src, const struct nf_endpoint *dst)
{
	uint64_t key[WORDS];

	key_of(key, src, 0, dst, src->family);
	return nf_hash_words(1, 3, key, WORDS);
}

struct check_place transport_place(const struct capture_event *e)
{
	return (struct check_place){ .frame = e->frame, .file = e->file, .ts_ns = e->ts_ns };
}

/* -- Sessions and collectors ------------------------------------------------------------ */

static struct transport_session **sessions_at(struct check *c, const struct nf_endpoint *src,
					      const struct nf_endpoint *dst,
					      enum nf_transport transport)
{
	uint64_t key[WORDS];

	key_of(key, &src->addr, src->port, dst, transport);
	return &transport_capture(c)->sessions[nf_hash(key, WORDS) % PEERS_BUCKETS];
}

struct check_session *transport_session_of(struct check *c, const struct nf_endpoint *src,
					   const struct nf_endpoint *dst,
					   enum nf_transport transport)
{
	const struct transport_session *s = *sessions_at(c, src, dst, transport);

	while (s != NULL && (s->session->id.transport != transport ||
			     !nf_same_endpoint(&s->session->id.src, src) ||
			     !nf_same_endpoint(&s->session->id.dst, dst)))
		s = s->next;
	return s != NULL ? s->session : NULL;
}

static struct transport_collector **collectors_at(struct check *c, const struct nf_endpoint *at,
						  enum nf_transport transport)
{
	static const struct nf_addr none = { .family = 0 };
	uint64_t key[WORDS];

	key_of(key, &none, 0, at, transport);
	return &transport_capture(c)->collectors[nf_hash(key, WORDS) % PEERS_BUCKETS];
}

bool transport_collects(struct check *c, const struct nf_endpoint *at, enum nf_transport transport)
{
	const struct transport_collector *to = *collectors_at(c, at, transport);

	while (to != NULL && (to->transport != transport || !nf_same_endpoint(&to->at, at)))
		to = to->next;
	return to != NULL;
}

static void collector_add(struct check *c, const struct check_stream_id *id)
{
	struct transport_capture *all = transport_capture(c);
	struct transport_collector **first, *to;

	if (all->ncollectors == PEERS_COLLECTORS ||
	    transport_collects(c, &id->dst, id->transport))
		return;
	to = check_alloc(c, sizeof(*to));
	if (to == NULL)
		return;
	first = collectors_at(c, &id->dst, id->transport);
	*to = (struct transport_collector){ id->dst, id->transport, *first };
	*first = to;
	all->ncollectors++;
}

struct transport_session *transport_meet(struct check *c, struct check_session *session)
{
	struct transport_session *s = check_state(c, &session->holder, CHECK_GROUP_transport);
	const struct check_stream_id *id = &session->id;
	struct transport_session **first;

	if (s->session != NULL)
		return s;
	s->session = session;
	first = sessions_at(c, &id->src, &id->dst, id->transport);
	s->next = *first;
	*first = s;
	collector_add(c, id);
	return s;
}

/* -- Talks ------------------------------------------------------------------------------ */

static bool is_talk(const struct talk *t, enum talk_kind kind, const struct nf_addr *src,
		    const struct nf_endpoint *dst, enum nf_transport transport)
{
	const struct nf_endpoint from = { .addr = *src };

	return t->kind == kind && t->transport == transport && nf_same_endpoint(&t->dst, dst) &&
	       nf_same_endpoint(&t->src, &from);
}

struct talk *transport_talk(struct check *c, enum talk_kind kind, const struct nf_addr *src,
			    const struct nf_endpoint *dst, enum nf_transport transport, bool make)
{
	struct transport_capture *all = transport_capture(c);
	struct talk **first, *t;
	uint64_t key[WORDS];

	key_of(key, src, 0, dst, (unsigned)kind << 4 | transport);
	first = &all->talks[nf_hash(key, WORDS) % TALKS_BUCKETS];
	for (t = *first; t != NULL; t = t->next)
		if (is_talk(t, kind, src, dst, transport))
			return t;
	if (!make || all->ntalks[kind] == TALKS_MAX)
		return NULL;
	t = check_alloc(c, sizeof(*t));
	if (t == NULL)
		return NULL;
	*t = (struct talk){
		.kind = kind, .src.addr = *src, .dst = *dst, .transport = transport,
		.next = *first,
	};
	*first = t;
	all->list[kind][all->ntalks[kind]++] = t;
	return t;
}
