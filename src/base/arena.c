#include <config.h>

#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "base/mem.h"

enum { BLOCK_SIZE = 16 * 1024 };

struct nf_arena_block {
	struct nf_arena_block *next;
	size_t at, size;
	alignas(max_align_t) unsigned char data[];
};

void nf_arena_init(struct nf_arena *a)
{
	*a = (struct nf_arena){ .blocks = NULL };
}

void nf_arena_done(struct nf_arena *a)
{
	struct nf_arena_block *next;

	for (struct nf_arena_block *b = a->blocks; b != NULL; b = next) {
		next = b->next;
		nf_free(b);
	}
	nf_arena_init(a);
}

static struct nf_arena_block *block_new(size_t room)
{
	size_t size = room > BLOCK_SIZE ? room : BLOCK_SIZE;
	struct nf_arena_block *b = nf_alloc(sizeof(*b) + size);

	if (b != NULL) {
		b->at = 0;
		b->size = size;
	}
	return b;
}

void *nf_arena_alloc(struct nf_arena *a, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct nf_arena_block *b = a->blocks, **link;
	void *p;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + align - 1) / align * align;
	if (b == NULL || b->size - b->at < size) {
		b = block_new(size);
		if (b == NULL)
			return NULL;
		/* A block that is full at once does not take the place of one with room. */
		link = a->blocks != NULL && size >= BLOCK_SIZE ? &a->blocks->next : &a->blocks;
		b->next = *link;
		*link = b;
	}
	p = b->data + b->at;
	b->at += size;
	a->used += size;
	return memset(p, 0, size);
}

char *nf_arena_strndup(struct nf_arena *a, const char *p, size_t n)
{
	char *s = n < SIZE_MAX ? nf_arena_alloc(a, n + 1) : NULL;

	if (s != NULL && n != 0)
		memcpy(s, p, n);
	return s;
}
