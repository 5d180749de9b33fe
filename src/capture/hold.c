#include <config.h>

#include "capture/hold.h"

#include <string.h>
#include <unistd.h>

void hold_init(struct hold *h, size_t max)
{
	*h = (struct hold){ .max = max };
	if (getentropy(&h->secret, sizeof(h->secret)) != 0)
		h->secret = (uintptr_t)h;
}

struct hold_key hold_key(enum hold_kind kind, const struct nf_addr *src,
			 const struct nf_addr *dst, uint32_t scope)
{
	struct hold_key key = { .scope = scope, .kind = (uint8_t)kind, .family = src->family };

	memcpy(key.src, src->octets, sizeof(key.src));
	memcpy(key.dst, dst->octets, sizeof(key.dst));
	return key;
}

static uint64_t mix(uint64_t h, const struct hold_key *key)
{
	const uint8_t *p = (const uint8_t *)key;

	_Static_assert(sizeof(*key) % sizeof(h) == 0, "hashed by eights");
	for (size_t i = 0; i < sizeof(*key); i += sizeof(h)) {
		uint64_t word;

		memcpy(&word, p + i, sizeof(word));
		h = (h ^ word) * 0xff51afd7ed558ccdu;
		h ^= h >> 32;
	}
	return h;
}

uint64_t hold_hash(const struct hold_key *key)
{
	return mix(0x9e3779b97f4a7c15u, key);
}

static void unlink_item(struct hold *h, struct held *item)
{
	if (item->older != NULL)
		item->older->newer = item->newer;
	else
		h->oldest = item->newer;
	if (item->newer != NULL)
		item->newer->older = item->older;
	else
		h->newest = item->older;
}

static void link_newest(struct hold *h, struct held *item)
{
	item->newer = NULL;
	item->older = h->newest;
	if (h->newest != NULL)
		h->newest->newer = item;
	else
		h->oldest = item;
	h->newest = item;
}

struct held *hold_find(struct hold *h, const struct hold_key *key)
{
	struct held *item;

	if (h->table == NULL)
		return NULL;
	HASH_FIND_BYHASHVALUE(hh, h->table, key, sizeof(*key), (uint32_t)mix(h->secret, key),
			      item);
	if (item != NULL && item != h->newest) {
		unlink_item(h, item);
		link_newest(h, item);
	}
	return item;
}

bool hold_add(struct hold *h, struct held *item)
{
	uint32_t hash = (uint32_t)mix(h->secret, &item->key);

	item->cost = 0;
	HASH_ADD_KEYPTR_BYHASHVALUE(hh, h->table, &item->key, sizeof(item->key), hash, item);
	if (item->hh.tbl == NULL)
		return false;
	link_newest(h, item);
	return true;
}

bool hold_charge(struct hold *h, struct held *item, size_t cost)
{
	h->used = h->used - item->cost + cost;
	item->cost = cost;
	while (h->used > h->max) {
		struct held *victim = h->oldest != item ? h->oldest : item->newer;

		if (victim == NULL)
			return false;
		victim->drop(victim->owner, victim);
	}
	return true;
}

void hold_remove(struct hold *h, struct held *item)
{
	h->used -= item->cost;
	unlink_item(h, item);
	HASH_DELETE(hh, h->table, item);
}
