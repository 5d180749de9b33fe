#include <config.h>

#include "capture/gather.h"

#include <string.h>

#include "base/mem.h"

bool extents_add(struct extents *e, const struct nf_extent *from, size_t nfrom, size_t at,
		 size_t len)
{
	for (size_t i = 0; i < nfrom && len > 0; i++) {
		struct nf_extent x = from[i];

		if (at >= x.length) {
			at -= x.length;
			continue;
		}
		x.offset += at;
		x.length -= (uint32_t)at;
		at = 0;
		if (x.length > len)
			x.length = (uint32_t)len;
		len -= x.length;
		if (!nf_grow((void **)&e->items, &e->cap, e->n + 1, sizeof(*e->items)))
			return false;
		e->items[e->n++] = x;
	}
	return true;
}

bool extents_of(struct extents *e, const struct packet *pk, const uint8_t *p, size_t len)
{
	return extents_add(e, pk->extents, pk->nextents, (size_t)(p - pk->base), len);
}

void gather_done(struct gather *g)
{
	nf_free(g->octets);
	nf_free(g->extents.items);
	*g = (struct gather){ 0 };
}

/* Bring the front to the start, so that room is used again. */
static void compact(struct gather *g)
{
	if (g->from > 0) {
		memmove(g->octets, g->octets + g->from, g->to - g->from);
		g->to -= g->from;
		g->from = 0;
	}
	if (g->first > 0) {
		g->extents.n -= g->first;
		memmove(g->extents.items, g->extents.items + g->first,
			g->extents.n * sizeof(*g->extents.items));
		g->first = 0;
	}
}

bool gather_append(struct gather *g, const uint8_t *p, size_t len,
		   const struct nf_extent *from, size_t nfrom, size_t at)
{
	if (len == 0)
		return true;
	compact(g);
	if (!nf_grow((void **)&g->octets, &g->cap, g->to + len, 1) ||
	    !extents_add(&g->extents, from, nfrom, at, len))
		return false;
	memcpy(g->octets + g->to, p, len);
	g->to += len;
	return true;
}

void gather_take(struct gather *g, size_t len)
{
	g->from += len;
	while (len > 0 && g->first < g->extents.n) {
		struct nf_extent *x = &g->extents.items[g->first];

		if (x->length > len) {
			x->offset += len;
			x->length -= (uint32_t)len;
			break;
		}
		len -= x->length;
		g->first++;
	}
}

size_t gather_cost(const struct gather *g)
{
	return g->cap + g->extents.cap * sizeof(*g->extents.items);
}
