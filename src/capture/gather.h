/*
 * Octets gathered from several places of a capture, with the extents that say where each
 * stands.
 */
#ifndef CAPTURE_GATHER_H
#define CAPTURE_GATHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/packet.h"

struct extents {
	struct nf_extent *items;
	size_t n, cap;
};

/* Append the part of FROM[NFROM] that begins AT octets in and is LEN long. */
bool extents_add(struct extents *e, const struct nf_extent *from, size_t nfrom, size_t at,
		 size_t len);

/* Append those of the LEN octets at P, which lie inside PK's base. */
bool extents_of(struct extents *e, const struct packet *pk, const uint8_t *p, size_t len);

/* A queue of octets: appended at the end, taken from the front. */
struct gather {
	uint8_t *octets;
	size_t from, to, cap;	/* octets[from] to octets[to - 1] are in it */
	struct extents extents;
	size_t first;		/* extents.items[first] is the front's; what was taken is cut off */
};

void gather_done(struct gather *g);

static inline size_t gather_len(const struct gather *g)
{
	return g->to - g->from;
}

static inline const uint8_t *gather_front(const struct gather *g)
{
	return g->octets != NULL ? g->octets + g->from : NULL;
}

/*
 * Append LEN octets, which stand AT octets into the extents FROM[NFROM].  What gather_front
 * gave is void.
 */
bool gather_append(struct gather *g, const uint8_t *p, size_t len,
		   const struct nf_extent *from, size_t nfrom, size_t at);

/* Forget the first LEN octets; gather_front's pointers stay valid. */
void gather_take(struct gather *g, size_t len);

/* Octets of memory in use. */
size_t gather_cost(const struct gather *g);

#endif
