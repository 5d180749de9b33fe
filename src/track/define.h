/*
 * Definitions: templates interned by content.  Octets, kind and scope count that are the
 * same give the same definition and layout, whoever sends them.
 */
#ifndef NF_TRACK_DEFINE_H
#define NF_TRACK_DEFINE_H

#include "track/map.h"
#include "track/pool.h"
#include "wire/wire.h"

struct nf_definition {
	struct nf_node node;		/* by hash; those with the same one are chained */
	uint64_t hash;
	struct nf_definition *same_hash;
	struct nf_template tmpl;	/* specs point to memory of ours; no spans */
	struct nf_layout *layout;	/* NULL: cannot be used (rejected) */
	uint32_t generation;		/* of the types that LAYOUT was compiled with */
	bool types;			/* its records define elements (RFC 5610) */
};

struct nf_definitions {
	struct nf_map map;
	struct nf_pool *pool;
	struct nf_registry *registry;
	uint32_t generation;		/* changes when records define elements (RFC 5610) */
	uint64_t nlayouts;
};

/* Does T say what D says?  Cheap: asked of every copy of a template. */
static inline bool nf_definition_is(const struct nf_definition *d, const struct nf_template *t)
{
	const struct nf_template *own = &d->tmpl;

	return own->specs.n == t->specs.n && own->kind == t->kind &&
	       own->nscope == t->nscope && own->nfields == t->nfields &&
	       own->dialect == t->dialect &&
	       (t->specs.n == 0 || memcmp(own->specs.p, t->specs.p, t->specs.n) == 0);
}

/* The definition with T's content, compiled if it is new; NULL where there is no room for it. */
struct nf_definition *nf_definition_get(struct nf_definitions *all, const struct nf_template *t);

/* The slow part of nf_definition_renew. */
void nf_definition_retype(struct nf_definitions *all, struct nf_definition *d);

/*
 * Before the layout is used: it is compiled again, in place, where the type of one of its
 * elements has become known.  Asked of what is used, for all that there are may be many.
 */
static inline void nf_definition_renew(struct nf_definitions *all, struct nf_definition *d)
{
	if (d->generation != all->generation)
		nf_definition_retype(all, d);
}

#endif
