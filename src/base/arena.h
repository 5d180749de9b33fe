/*
 * An arena: many small allocations that live and die together.
 */
#ifndef NF_BASE_ARENA_H
#define NF_BASE_ARENA_H

#include <stddef.h>

struct nf_arena_block;

struct nf_arena {
	/* first the one with room; those made for one large allocation stand behind it */
	struct nf_arena_block *blocks;
	size_t used;			/* octets handed out, for bounds and reports */
};

void nf_arena_init(struct nf_arena *a);
void nf_arena_done(struct nf_arena *a);

/* SIZE zeroed octets, aligned for any type; NULL if memory is out.  Freed by nf_arena_done. */
void *nf_arena_alloc(struct nf_arena *a, size_t size);

/* A copy of the N octets at P with a NUL behind them. */
char *nf_arena_strndup(struct nf_arena *a, const char *p, size_t n);

#endif
