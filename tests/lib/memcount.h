/*
 * An allocator that counts the octets in use, for tests of bounds.
 *
 *	struct memcount memory = { .most = 0 };
 *	memcount_begin(&memory);
 *	... memory.most ...
 *	memcount_end();
 */
#ifndef NF_TESTS_MEMCOUNT_H
#define NF_TESTS_MEMCOUNT_H

#include <stdlib.h>

#include "base/mem.h"

struct memcount {
	size_t in_use, most;
};

/* The size stands in the two words before each block, so that it stays aligned. */
static inline void *memcount_resize(void *ctx, void *old, size_t size)
{
	struct memcount *m = ctx;
	size_t *p = old != NULL ? (size_t *)old - 2 : NULL;

	m->in_use -= p != NULL ? *p : 0;
	if (size == 0) {
		free(p);
		return NULL;
	}
	p = realloc(p, size + 2 * sizeof(*p));
	if (p == NULL)
		abort();
	*p = size;
	m->in_use += size;
	if (m->in_use > m->most)
		m->most = m->in_use;
	return p + 2;
}

static inline void memcount_begin(struct memcount *m)
{
	const struct nf_allocator allocator = { .resize = memcount_resize, .ctx = m };

	nf_allocator_set(&allocator);
}

static inline void memcount_end(void)
{
	nf_allocator_set(NULL);
}

#endif
