#include <config.h>

#include "model/connections.h"

#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/mem.h"
#include "model/connections_json.h"
#include "track/map.h"

enum { KEY_WORDS = 4 };

/* A flow that waits for its peer; its key is when it began, and its source. */
struct waiting {
	struct nf_node node;
	uint64_t key[KEY_WORDS];
	uint32_t flow;
	bool waits;
};

struct pair {
	uint32_t source, other;
};

struct connections {
	struct connections_flow *flows;
	size_t n, cap;
	struct pair *pairs;
	size_t npairs, pairs_cap;
	uint32_t *unpaired;
	struct waiting *waiting;	/* as many as flows, at most */
	size_t nwaiting;
	struct nf_map map;
	struct connections_counts counts;
	struct nf_addr match;		/* family 0: all count */
};

struct connections *connections_new(void)
{
	return nf_zalloc(sizeof(struct connections));
}

void connections_free(struct connections *c)
{
	if (c == NULL)
		return;
	nf_map_done(&c->map);
	nf_free(c->flows);
	nf_free(c->pairs);
	nf_free(c->unpaired);
	nf_free(c->waiting);
	nf_free(c);
}

void connections_match(struct connections *c, const struct nf_addr *addr)
{
	c->match = *addr;
}

static bool same(const struct nf_addr *a, const struct nf_addr *b)
{
	return a->family == b->family && memcmp(a->octets, b->octets, sizeof(a->octets)) == 0;
}

static bool take(void *ctx, const struct connections_flow *f, bool complete)
{
	struct connections *c = ctx;
	void *flows = c->flows;

	c->counts.flows++;
	if (!complete) {
		c->counts.incomplete++;
		return true;
	}
	if (c->match.family != 0 && !same(&c->match, &f->src) && !same(&c->match, &f->dst))
		return true;
	if (c->n == UINT32_MAX || !nf_grow(&flows, &c->cap, c->n + 1, sizeof(*c->flows)))
		return false;
	c->flows = flows;
	c->flows[c->n++] = *f;
	return true;
}

bool connections_line(struct connections *c, struct nf_bytes line)
{
	c->counts.lines++;
	switch (connections_json(line, take, c)) {
	case CONNECTIONS_NO_MEMORY:
		return false;
	case CONNECTIONS_BAD:
		c->counts.bad_lines++;
		break;
	case CONNECTIONS_READ:
		break;
	}
	return true;
}

/* -- Pairing -------------------------------------------------------------------------- */

/* Equal ones keep the order in which they came: qsort need not, so their place is compared too. */
static int by_time(const void *a, const void *b)
{
	const struct connections_flow *x = *(const struct connections_flow *const *)a;
	const struct connections_flow *y = *(const struct connections_flow *const *)b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	if (x->first != y->first)
		return x->first < y->first ? -1 : 1;
	return x < y ? -1 : x > y;
}

static bool sort(struct connections *c)
{
	const struct connections_flow **order = nf_alloc(c->n * sizeof(*order));
	struct connections_flow *sorted = nf_alloc(c->n * sizeof(*sorted));
	bool sound = order != NULL && sorted != NULL;

	for (size_t i = 0; sound && i < c->n; i++)
		order[i] = &c->flows[i];
	if (sound) {
		qsort(order, c->n, sizeof(*order), by_time);
		for (size_t i = 0; i < c->n; i++)
			sorted[i] = *order[i];
		nf_free(c->flows);
		c->flows = sorted;
		sorted = NULL;
	}
	nf_free(order);
	nf_free(sorted);
	return sound;
}

static void key_of(uint64_t key[KEY_WORDS], uint64_t first, const struct nf_addr *a)
{
	key[0] = first;
	key[1] = a->family;
	memcpy(key + 2, a->octets, sizeof(a->octets));
}

/* A flow with the same key takes the place of the one before, as in the original. */
static bool wait(struct connections *c, uint32_t flow)
{
	uint64_t key[KEY_WORDS];
	struct waiting *w;
	uint32_t hash;

	key_of(key, c->flows[flow].first, &c->flows[flow].src);
	hash = nf_hash(key, KEY_WORDS);
	w = nf_map_find(&c->map, key, KEY_WORDS, hash);
	if (w == NULL) {
		w = &c->waiting[c->nwaiting++];
		memcpy(w->key, key, sizeof(key));
		if (!nf_map_add(&c->map, &w->node, w->key, KEY_WORDS, hash))
			return false;
	}
	w->flow = flow;
	w->waits = true;
	return true;
}

static struct waiting *peer_of(const struct connections *c, uint32_t flow)
{
	uint64_t key[KEY_WORDS];
	struct waiting *w;

	key_of(key, c->flows[flow].first, &c->flows[flow].dst);
	w = nf_map_find(&c->map, key, KEY_WORDS, nf_hash(key, KEY_WORDS));
	return w != NULL && w->waits ? w : NULL;
}

static bool pair(struct connections *c, uint32_t flow, uint32_t peer)
{
	bool first = c->flows[flow].octets >= c->flows[peer].octets;
	void *pairs = c->pairs;

	if (!nf_grow(&pairs, &c->pairs_cap, c->npairs + 1, sizeof(*c->pairs)))
		return false;
	c->pairs = pairs;
	c->pairs[c->npairs++] = (struct pair){
		.source = first ? flow : peer, .other = first ? peer : flow,
	};
	return true;
}

/* What is left, in the order of the lines. */
static bool rest(struct connections *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->nwaiting; i++)
		n += c->waiting[i].waits;
	c->unpaired = nf_alloc((n + 1) * sizeof(*c->unpaired));
	if (c->unpaired == NULL)
		return false;
	for (size_t i = 0; i < c->nwaiting; i++)
		if (c->waiting[i].waits)
			c->unpaired[c->counts.unpaired++] = c->waiting[i].flow;
	return true;
}

bool connections_pair(struct connections *c)
{
	if (c->n == 0)
		return rest(c);
	c->waiting = nf_zalloc(c->n * sizeof(*c->waiting));
	if (c->waiting == NULL || !sort(c))
		return false;
	for (uint32_t i = 0; i < c->n; i++) {
		struct waiting *peer = peer_of(c, i);

		if (peer == NULL) {
			if (!wait(c, i))
				return false;
			continue;
		}
		peer->waits = false;
		if (!pair(c, i, peer->flow))
			return false;
	}
	return rest(c);
}

bool connections_at(const struct connections *c, size_t i, struct connection *x)
{
	if (i >= c->npairs)
		return false;
	*x = (struct connection){ &c->flows[c->pairs[i].source], &c->flows[c->pairs[i].other] };
	return true;
}

const struct connections_flow *connections_unpaired(const struct connections *c, size_t i)
{
	return i < c->counts.unpaired ? &c->flows[c->unpaired[i]] : NULL;
}

const struct connections_counts *connections_counts(const struct connections *c)
{
	return &c->counts;
}
