/*
 * Transport sessions (RFC 7011 section 2) and the exporters that they belong to.
 */
#ifndef NF_TRACK_SESSION_H
#define NF_TRACK_SESSION_H

#include "base/arena.h"
#include "base/datagram.h"
#include "track/map.h"
#include "track/tracker.h"

struct nf_domain;
struct nf_peer;

enum {
	NF_SESSION_KEY = 5,	/* words: two addresses, and the rest packed into one */
	NF_SESSION_CACHE = 256,
};

/* All that came from one address, whatever the port: the key is the address and its family. */
struct nf_exporter {
	struct nf_node node;
	uint64_t key[3];
	struct nf_addr addr;
	struct nf_peer *shared;		/* what sessions beyond the bound share */
};

/* What the tracker knows of a session besides what it shows. */
struct nf_peer {
	struct nf_session pub;		/* first: see nf_peer_of */
	struct nf_node node;
	uint64_t key[NF_SESSION_KEY];
	struct nf_exporter *exporter;
	bool seen_ahead;		/* recognised by the look-ahead */
	bool shared;			/* stands for all sessions beyond the bound */
	bool listed;
	struct nf_domain *recent;	/* found last */
	struct nf_domain **domains;	/* as met; by version and id once listed */
	size_t ndomains, cap;
	bool unsorted;
};

static inline struct nf_peer *nf_peer_of(const struct nf_session *s)
{
	return (struct nf_peer *)s;
}

struct nf_sessions {
	enum nf_scope scope;
	bool one_exporter;		/* all addresses count as one: what was given */
	size_t max;
	struct nf_map by_key, exporters;
	struct nf_arena arena;
	struct nf_peer **list;		/* by index */
	size_t n, cap;
	size_t nkeyed, nexporters;	/* what MAX bounds, each */
	struct nf_peer *recent;				/* found last */
	struct nf_peer *cache[NF_SESSION_CACHE];	/* found lately, by hash */
	/* Where memory or the bound allows no other: always there. */
	struct nf_exporter last_exporter;
	struct nf_peer last;
};

void nf_sessions_init(struct nf_sessions *s, enum nf_scope scope, size_t max);
void nf_sessions_done(struct nf_sessions *s);

/* The session of D; NULL if it was not met before. */
struct nf_peer *nf_sessions_find(struct nf_sessions *s, const struct nf_datagram *d);

/*
 * The session of D, made if there is none; never NULL.  *BOUND is set where it is one that
 * stands for several because the bound was reached or memory is out.
 */
struct nf_peer *nf_sessions_get(struct nf_sessions *s, const struct nf_datagram *d, bool *bound);

#endif
