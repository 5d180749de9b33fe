/*
 * Hash tables of the tracker: uthash behind two functions, keys of a few 64-bit words.
 *
 * An element embeds a struct nf_node as its first member and its key after it; the table
 * owns neither.
 */
#ifndef NF_TRACK_MAP_H
#define NF_TRACK_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/mem.h"

#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) nf_alloc(size)
#define uthash_free(p, size) nf_free(p)
#include <uthash.h>

struct nf_node {
	UT_hash_handle hh;
};

struct nf_map {
	struct nf_node *head;	/* uthash's */
};

/* What a node costs its table, for bounds: a bucket at the load at which uthash grows. */
enum { NF_NODE_COST = 32 };

/* The element with KEY, of which HASH is nf_hash; NULL if there is none. */
void *nf_map_find(const struct nf_map *m, const uint64_t *key, size_t words, uint32_t hash);

/* Add NODE under KEY, which stands in its element.  False if memory is out. */
bool nf_map_add(struct nf_map *m, struct nf_node *node, const uint64_t *key, size_t words,
		uint32_t hash);

void nf_map_del(struct nf_map *m, struct nf_node *node);

/* Free the table; the elements stand. */
void nf_map_done(struct nf_map *m);

#endif
