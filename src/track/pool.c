#include <config.h>

#include "track/pool.h"

#include <string.h>

static bool room(const struct nf_pool *p, size_t size)
{
	size_t used = p->arena.used + p->heap;

	return used <= p->max && size <= p->max - used;
}

void *nf_pool_alloc(struct nf_pool *p, size_t size)
{
	return room(p, size) ? nf_arena_alloc(&p->arena, size) : NULL;
}

void *nf_pool_element(struct nf_pool *p, struct nf_map *map, size_t size, size_t at,
		      const uint64_t key[2])
{
	char *e = nf_pool_alloc(p, size);
	uint64_t *own;

	if (e == NULL)
		return NULL;
	own = (uint64_t *)(void *)(e + at);
	memcpy(own, key, 2 * sizeof(*key));
	p->heap += NF_NODE_COST;
	if (!nf_map_add(map, (struct nf_node *)(void *)e, own, 2, nf_hash(key, 2)))
		return NULL;
	return e;
}

bool nf_pool_grow(struct nf_pool *p, void **items, size_t *cap, size_t n)
{
	size_t before = *cap;

	if (n < before)
		return true;
	if (!room(p, (before / 2 + 8) * sizeof(void *)) ||
	    !nf_grow(items, cap, n + 1, sizeof(void *)))
		return false;
	p->heap += (*cap - before) * sizeof(void *);
	return true;
}
