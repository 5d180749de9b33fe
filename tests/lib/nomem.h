/*
 * An allocator whose n-th call fails, and which counts what is not given back.
 *
 *	struct nomem memory = { .left = n };
 *	nomem_begin(&memory);
 *	... what is tested ...
 *	nomem_end(&memory);	asserts that nothing leaked; memory.failed says if a call failed
 */
#ifndef NF_TESTS_NOMEM_H
#define NF_TESTS_NOMEM_H

#include <stdbool.h>
#include <stdlib.h>

#include "base/mem.h"

struct nomem {
	long left;	/* calls that still succeed; after the one that fails all succeed again */
	long live;	/* blocks not freed */
	bool failed;
};

static inline void *nomem_resize(void *ctx, void *old, size_t size)
{
	struct nomem *m = ctx;

	if (size == 0) {
		m->live--;
		free(old);
		return NULL;
	}
	if (m->left-- == 0) {
		m->failed = true;
		return NULL;
	}
	m->live += old == NULL;
	return realloc(old, size);
}

static inline void nomem_begin(struct nomem *m)
{
	const struct nf_allocator allocator = { .resize = nomem_resize, .ctx = m };

	nf_allocator_set(&allocator);
}

static inline void nomem_end(struct nomem *m)
{
	nf_allocator_set(NULL);
	assert_int_equal(m->live, 0);
}

#endif
