#include <config.h>

#include "track/map.h"

void *nf_map_find(const struct nf_map *m, const uint64_t *key, size_t words, uint32_t hash)
{
	struct nf_node *found = NULL;

	HASH_FIND_BYHASHVALUE(hh, m->head, key, words * sizeof(*key), hash, found);
	return found;
}

bool nf_map_add(struct nf_map *m, struct nf_node *node, const uint64_t *key, size_t words,
		uint32_t hash)
{
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, m->head, key, words * sizeof(*key), hash, node);
	return node->hh.tbl != NULL;
}

void nf_map_del(struct nf_map *m, struct nf_node *node)
{
	HASH_DELETE(hh, m->head, node);
}

void nf_map_done(struct nf_map *m)
{
	HASH_CLEAR(hh, m->head);
}
