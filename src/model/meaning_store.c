/* Room for what is kept of flows. */
#include <config.h>

#include "model/meaning_internal.h"

#include "base/mem.h"

enum {					/* octets */
	FIRST_BLOCK = 1 << 14,
	LAST_BLOCK = 1 << 25,
};

/* What it begins with. */
struct meaning_block {
	struct meaning_block *before;
	void *memory;			/* it stands in */
};

static bool more_room(struct meaning_store *s, size_t size)
{
	size_t next = s->size == 0 ? FIRST_BLOCK : s->size < LAST_BLOCK ? 2 * s->size : LAST_BLOCK;
	struct meaning_block *block;
	void *memory;

	if (next < size + sizeof(*block))
		next = size + sizeof(*block);
	memory = nf_alloc(nf_mem_room(next));
	if (memory == NULL)
		return false;
	block = nf_mem_place(memory, next);
	nf_mem_expect(block, next);
	*block = (struct meaning_block){ .before = s->block, .memory = memory };
	s->block = block;
	s->size = next;
	s->at = sizeof(*block);
	return true;
}

static size_t words_of(size_t size)
{
	return (size + 7) / 8;
}

void meaning_store_free(struct meaning_store *s, void *p, size_t size)
{
	size_t n = words_of(size);

	if (n >= MEANING_FREE)
		return;
	memcpy(p, &s->free[n], sizeof(s->free[n]));
	s->free[n] = p;
}

void *meaning_store_alloc(struct meaning_store *s, size_t size)
{
	size_t n = words_of(size);
	void *p;

	if (n < MEANING_FREE && s->free[n] != NULL) {
		p = s->free[n];
		memcpy(&s->free[n], p, sizeof(s->free[n]));
		return p;
	}
	size = n * 8;
	if (size > s->size - s->at && !more_room(s, size))
		return NULL;
	p = (char *)s->block + s->at;
	s->at += size;
	return p;
}

void meaning_store_done(struct meaning_store *s)
{
	for (struct meaning_block *block = s->block, *before; block != NULL; block = before) {
		before = block->before;
		nf_free(block->memory);
	}
	*s = (struct meaning_store){ .block = NULL };
}
