/*
 * Memory: one replaceable allocator for the whole decoder.
 *
 * A program that links libnfdecode may put its own in place; tests put one that fails at
 * the n-th call.  A failed allocation is NULL to the caller, never the end of the process.
 */
#ifndef NF_BASE_MEM_H
#define NF_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/*
 * RESIZE works as realloc(3), with OLD == NULL to allocate and SIZE == 0 to free (it then
 * returns NULL).  CTX is handed through.
 */
struct nf_allocator {
	void *(*resize)(void *ctx, void *old, size_t size);
	void *ctx;
};

/*
 * Put ALLOCATOR in force; NULL brings back malloc's.  Call it before anything else: what
 * one allocator gave, another cannot free.  Not safe while other threads allocate.
 */
void nf_allocator_set(const struct nf_allocator *allocator);

/* uninitialised; NULL if SIZE is 0 or memory is out */
void *nf_alloc(size_t size);
void *nf_zalloc(size_t size);			/* zeroed */
void *nf_realloc(void *old, size_t size);	/* on failure OLD stands */
void nf_free(void *p);

/*
 * Make room for NEED elements of ELEM octets in the array *ITEMS, which has room for *CAP:
 * grows by half at least.  False on failure or overflow; the array then stands as it was.
 */
bool nf_grow(void **items, size_t *cap, size_t need, size_t elem);

/*
 * All of the N octets at P will be used, in no order: the system may give them in large pages,
 * which costs much less.  They stay what they are.  Some thousand octets are left as they are.
 */
void nf_mem_expect(void *p, size_t n);

/*
 * What begins at a large page has no small ones there: N octets stand at nf_mem_place in memory of
 * nf_mem_room octets; where they are less than such a page, at a line of the cache.
 */
enum { NF_LARGE_PAGE = 2 << 20, NF_LINE = 64 };		/* octets, on most machines */
size_t nf_mem_room(size_t n);
void *nf_mem_place(void *memory, size_t n);

#endif
