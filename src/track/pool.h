/*
 * Memory within a bound: an arena for what is never freed, and arrays of pointers.
 */
#ifndef NF_TRACK_POOL_H
#define NF_TRACK_POOL_H

#include "base/arena.h"
#include "track/map.h"

struct nf_pool {
	struct nf_arena arena;
	size_t max, heap;	/* octets: the bound; in use besides the arena's */
};

/* SIZE zeroed octets; NULL where the bound or memory does not allow them. */
void *nf_pool_alloc(struct nf_pool *p, size_t size);

/*
 * A zeroed element of SIZE octets with its node first, put into MAP under KEY: two words that
 * are copied to offset AT in it.
 */
void *nf_pool_element(struct nf_pool *p, struct nf_map *map, size_t size, size_t at,
		      const uint64_t key[2]);

/* Room for one pointer more in an array that holds N. */
bool nf_pool_grow(struct nf_pool *p, void **items, size_t *cap, size_t n);

#endif
