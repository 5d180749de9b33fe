#include <config.h>

#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static void *libc_resize(void *ctx, void *old, size_t size)
{
	(void)ctx;
	if (size == 0) {
		free(old);
		return NULL;
	}
	return realloc(old, size);
}

static struct nf_allocator in_force = { .resize = libc_resize };

void nf_allocator_set(const struct nf_allocator *allocator)
{
	in_force = allocator != NULL ? *allocator : (struct nf_allocator){ .resize = libc_resize };
}

void *nf_alloc(size_t size)
{
	return size == 0 ? NULL : in_force.resize(in_force.ctx, NULL, size);
}

/* Of a large block, libc knows that it is zero without a page being touched. */
void *nf_zalloc(size_t size)
{
	void *p;

	if (in_force.resize == libc_resize)
		return size == 0 ? NULL : calloc(1, size);
	p = nf_alloc(size);
	if (p != NULL)
		memset(p, 0, size);
	return p;
}

void *nf_realloc(void *old, size_t size)
{
	return size == 0 ? NULL : in_force.resize(in_force.ctx, old, size);
}

void nf_free(void *p)
{
	if (p != NULL)
		in_force.resize(in_force.ctx, p, 0);
}

bool nf_grow(void **items, size_t *cap, size_t need, size_t elem)
{
	size_t want = *cap + *cap / 2;
	void *grown;

	if (need <= *cap)
		return true;
	if (want < need)
		want = need;
	if (want < 8)
		want = 8;
	if (elem != 0 && want > SIZE_MAX / elem)
		return false;
	grown = nf_realloc(*items, want * elem);
	if (grown == NULL)
		return false;
	*items = grown;
	*cap = want;
	return true;
}

static size_t unit_of(size_t n)
{
	return n >= NF_LARGE_PAGE ? NF_LARGE_PAGE : NF_LINE;
}

size_t nf_mem_room(size_t n)
{
	return n + unit_of(n);
}

void *nf_mem_place(void *memory, size_t n)
{
	size_t unit = unit_of(n), beyond = (uintptr_t)memory % unit;

	return (char *)memory + (beyond != 0 ? unit - beyond : 0);
}

void nf_mem_expect(void *p, size_t n)
{
#ifdef MADV_HUGEPAGE
	size_t page = (size_t)sysconf(_SC_PAGESIZE), at = (uintptr_t)p % page;
	size_t skip = at != 0 ? page - at : 0;

	if (p != NULL && n >= NF_LARGE_PAGE && n > skip && n - skip >= page)
		(void)madvise((char *)p + skip, (n - skip) / page * page, MADV_HUGEPAGE);
#else
	(void)p;
	(void)n;
#endif
}
