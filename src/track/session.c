#include <config.h>

#include "track/session.h"

#include <string.h>

void nf_sessions_init(struct nf_sessions *s, enum nf_scope scope, size_t max)
{
	*s = (struct nf_sessions){ .scope = scope, .max = max };
	nf_arena_init(&s->arena);
	s->last.exporter = &s->last_exporter;
	s->last.shared = true;
}

void nf_sessions_done(struct nf_sessions *s)
{
	for (size_t i = 0; i < s->n; i++)
		nf_free(s->list[i]->domains);
	if (!s->last.listed)
		nf_free(s->last.domains);
	nf_free(s->list);
	nf_map_done(&s->by_key);
	nf_map_done(&s->exporters);
	nf_arena_done(&s->arena);
}

static void address_words(const struct nf_addr *a, uint64_t w[2])
{
	memcpy(w, a->octets, sizeof(a->octets));
}

/*
 * The key of D's session.  An IPFIX File is a session of its own (RFC 5655 section 7.1):
 * it has no addresses, its index takes the place of the ports.
 */
static void session_key(const struct nf_sessions *s, const struct nf_datagram *d,
			uint64_t key[NF_SESSION_KEY])
{
	uint64_t rest = (uint64_t)d->transport << 32 | (uint64_t)d->src.addr.family << 40;

	address_words(&d->src.addr, key);
	address_words(&d->dst.addr, key + 2);
	if (d->transport == NF_TRANSPORT_FILE) {
		key[4] = rest | d->file;
	} else if (s->scope == NF_SCOPE_EXPORTER) {
		key[2] = key[3] = 0;
		key[4] = (uint64_t)d->src.addr.family << 40;
	} else {
		key[4] = rest | (uint32_t)d->src.port << 16 | d->dst.port;
	}
}

static struct nf_peer *find(struct nf_sessions *s, const uint64_t key[NF_SESSION_KEY],
			    uint32_t hash)
{
	struct nf_peer **slot = &s->cache[hash % NF_SESSION_CACHE];
	struct nf_node *node;

	if (*slot != NULL && memcmp((*slot)->key, key, sizeof((*slot)->key)) == 0)
		return *slot;
	node = nf_map_find(&s->by_key, key, NF_SESSION_KEY, hash);
	if (node == NULL)
		return NULL;
	*slot = (struct nf_peer *)((char *)node - offsetof(struct nf_peer, node));
	return *slot;
}

static struct nf_exporter *exporter_get(struct nf_sessions *s, const struct nf_addr *addr,
					bool make)
{
	uint64_t key[3];
	struct nf_exporter *e;
	uint32_t hash;

	if (s->one_exporter)
		return &s->last_exporter;
	address_words(addr, key);
	key[2] = addr->family;
	hash = nf_hash(key, 3);
	e = nf_map_find(&s->exporters, key, 3, hash);
	if (e != NULL || !make || s->nexporters >= s->max)
		return e;
	e = nf_arena_alloc(&s->arena, sizeof(*e));
	if (e == NULL)
		return NULL;
	memcpy(e->key, key, sizeof(key));
	e->addr = *addr;
	if (!nf_map_add(&s->exporters, &e->node, e->key, 3, hash)) {
		s->max = s->nexporters;	/* the table cannot grow: this is all */
		return NULL;
	}
	s->nexporters++;
	return e;
}

struct nf_peer *nf_sessions_find(struct nf_sessions *s, const struct nf_datagram *d)
{
	uint64_t key[NF_SESSION_KEY];
	struct nf_exporter *e;
	struct nf_peer *p;

	session_key(s, d, key);
	if (s->recent != NULL && memcmp(s->recent->key, key, sizeof(key)) == 0)
		return s->recent;
	p = find(s, key, nf_hash(key, NF_SESSION_KEY));
	if (p != NULL)
		s->recent = p;
	if (p != NULL || s->nkeyed < s->max)
		return p;
	e = exporter_get(s, &d->src.addr, false);
	if (e != NULL)
		return e->shared;
	return s->nexporters >= s->max && s->last.listed ? &s->last : NULL;
}

/* Give P its place in the list.  False if memory is out. */
static bool enlist(struct nf_sessions *s, struct nf_peer *p)
{
	if (!nf_grow((void **)&s->list, &s->cap, s->n + 1, sizeof(*s->list)))
		return false;
	p->pub.index = (uint32_t)s->n;
	p->listed = true;
	s->list[s->n++] = p;
	return true;
}

/* A session with the addresses of D, or of its exporter alone; NULL if memory is out. */
static struct nf_peer *peer_new(struct nf_sessions *s, const struct nf_datagram *d,
				struct nf_exporter *e, bool whole)
{
	struct nf_peer *p = nf_arena_alloc(&s->arena, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->exporter = e;
	p->pub.transport = d->transport;
	p->pub.src.addr = d->src.addr;
	if (whole) {
		p->pub.src.port = d->src.port;
		p->pub.dst = d->dst;
	}
	return p;
}

/* The session that E's sessions beyond the bound share. */
static struct nf_peer *shared_get(struct nf_sessions *s, const struct nf_datagram *d,
				  struct nf_exporter *e)
{
	struct nf_peer *p;

	if (e != NULL && e->shared != NULL)
		return e->shared;
	p = e != NULL ? peer_new(s, d, e, false) : NULL;
	if (p != NULL && enlist(s, p)) {
		p->shared = true;
		e->shared = p;
		return p;
	}
	if (!s->last.listed)
		enlist(s, &s->last);
	return &s->last;
}

struct nf_peer *nf_sessions_get(struct nf_sessions *s, const struct nf_datagram *d, bool *bound)
{
	uint64_t key[NF_SESSION_KEY];
	struct nf_exporter *e;
	struct nf_peer *p;
	uint32_t hash;

	session_key(s, d, key);
	hash = nf_hash(key, NF_SESSION_KEY);
	p = find(s, key, hash);
	if (p != NULL)
		return p;
	e = exporter_get(s, &d->src.addr, true);
	if (e == NULL || s->nkeyed >= s->max) {
		*bound = true;
		return shared_get(s, d, e);
	}
	p = peer_new(s, d, e, s->scope == NF_SCOPE_SESSION);
	if (p != NULL)
		memcpy(p->key, key, sizeof(key));
	if (p == NULL || !nf_grow((void **)&s->list, &s->cap, s->n + 1, sizeof(*s->list))) {
		*bound = true;
		return shared_get(s, d, e);
	}
	if (!nf_map_add(&s->by_key, &p->node, p->key, NF_SESSION_KEY, hash)) {
		s->max = s->nkeyed;
		*bound = true;
		return shared_get(s, d, e);
	}
	enlist(s, p);
	s->nkeyed++;
	return p;
}
