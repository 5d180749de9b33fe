/*
 * What was defined, where and when: layouts interned by content, and for each session,
 * domain and template id the chain of its versions by position.
 *
 *	definition	the octets of a template and the layout compiled from them, once
 *	entry		a definition in force from a position on: what struct nf_version shows
 *	chain		the entries of {session, version, domain, template id}, by position
 *	kin		the entries of {exporter, version, domain, template id}, by position:
 *			where to look for another session's
 *
 * Nothing is ever changed or dropped, so an entry may be pointed to until the end.
 */
#ifndef NF_TRACK_TMPLSTORE_H
#define NF_TRACK_TMPLSTORE_H

#include "track/define.h"
#include "track/map.h"
#include "track/pool.h"
#include "track/session.h"
#include "track/tracker.h"
#include "wire/wire.h"

struct nf_entry {
	struct nf_version version;	/* first: see nf_entry_of */
	struct nf_definition *def;	/* NULL: withdrawn */
	struct nf_chain *chain;
	const struct nf_entry *sound;	/* of one rejected: the next in its chain that was not */
	uint64_t sent;
	int64_t first_ns, last_ns;
};

static inline const struct nf_entry *nf_entry_of(const struct nf_version *v)
{
	return (const struct nf_entry *)v;
}

/* Entries in ascending order of position. */
struct nf_entries {
	struct nf_entry **items;
	size_t n, cap;
};

struct nf_chain {
	struct nf_node node;
	uint64_t key[2];		/* domain, id */
	struct nf_domain *domain;
	struct nf_kin *kin;
	struct nf_entries entries;
	size_t hint;			/* index that nf_chain_at found last */
	uint64_t lost;			/* from here on definitions found no room; or UINT64_MAX */
	/* Among those of its domain and kind that are in force at their end; AT points here. */
	struct nf_chain *next_live, **at;	/* AT is NULL: it is none of them */
	uint16_t id;
};

enum { NF_CHAIN_CACHE = 8 };

struct nf_domain {
	struct nf_node node;
	uint64_t key[2];		/* session; domain and version */
	struct nf_peer *session;
	uint32_t id;
	uint16_t version;
	bool types;			/* one of its templates has definition.types */
	bool gaps;			/* one found no room */
	bool unsorted;
	uint64_t frontier;		/* the latest position published */
	struct nf_chain *live[2];	/* in force there: templates, options templates */
	struct nf_chain **chains;	/* as met; by id once listed */
	size_t nchains, cap;
	struct nf_chain *cache[NF_CHAIN_CACHE];	/* found lately, by id */
};

struct nf_kin {
	struct nf_node node;
	uint64_t key[2];		/* exporter; domain, version and id */
	struct nf_entries entries;
};

struct nf_store {
	struct nf_pool pool;
	struct nf_definitions definitions;
	struct nf_map domains, chains, kin, ids;
	uint64_t nversions, ndomains;
};

void nf_store_init(struct nf_store *s, size_t max, struct nf_registry *registry);
void nf_store_done(struct nf_store *s);

/* The domain ID of a session in messages of VERSION; NULL if no template was sent there. */
struct nf_domain *nf_store_domain(struct nf_store *s, struct nf_peer *session, uint16_t version,
				  uint32_t id);

/* The versions of an id in a domain; NULL if there is none. */
struct nf_chain *nf_store_chain(struct nf_store *s, struct nf_domain *d, uint16_t id);

/* The versions of an id over all sessions of an exporter and domain; NULL if there is none. */
const struct nf_kin *nf_store_kin(const struct nf_store *s, const struct nf_exporter *e,
				  uint16_t version, uint32_t domain, uint16_t id);

/* In how many domains of an exporter ID was defined. */
size_t nf_store_ids(const struct nf_store *s, const struct nf_exporter *e, uint16_t version,
		    uint16_t id);

/* How many of the entries stand at POSITION or before it. */
size_t nf_entries_upto(const struct nf_entries *e, uint64_t position);

/*
 * The entry in force at POSITION, withdrawn and rejected ones too; NULL if there is none.
 * *LOST is set where definitions found no room: nothing is then known.
 */
const struct nf_entry *nf_chain_at(struct nf_chain *c, uint64_t position, bool *lost);

/*
 * The first entry after POSITION that has a layout, unless a withdrawal stands before it:
 * what follows that is none of the data sent earlier.
 */
const struct nf_entry *nf_chain_after(const struct nf_chain *c, uint64_t position);

/* True if a withdrawal stands between POSITION and the next layout. */
bool nf_chain_closed(const struct nf_chain *c, uint64_t position);

/* Where and by whom a template record was sent. */
struct nf_sending {
	struct nf_peer *session;
	const struct nf_datagram *datagram;
	uint64_t position;
	uint16_t version;		/* of the message, and its domain */
	uint32_t domain;
	bool count;			/* by the main pass: look-ahead does not count copies */
};

enum nf_published {
	NF_PUBLISHED_COPY,		/* nothing new: sent again, or known from look-ahead */
	NF_PUBLISHED_NEW,
	NF_PUBLISHED_LOST,		/* no room, or memory is out */
};

/* A definition.  *ENTRY, where new, is its version. */
enum nf_published nf_store_define(struct nf_store *s, const struct nf_template *t,
				  const struct nf_sending *sending, const struct nf_entry **entry);

/*
 * A withdrawal that counts, of one id or of all in force.  That of an id that is not in force
 * is kept too: data before it was not sent with what is defined after it.
 */
enum nf_published nf_store_withdraw(struct nf_store *s, const struct nf_template *t,
				    const struct nf_sending *sending);

#endif
