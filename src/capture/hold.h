/*
 * What is held until more of it comes: fragments, TCP streams, SCTP associations.
 *
 * All of it is found by a key, and bounded as a whole: where the bound is reached, what has
 * been untouched for longest is dropped first.
 */
#ifndef CAPTURE_HOLD_H
#define CAPTURE_HOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mem.h"

#define HASH_NONFATAL_OOM 1
#define uthash_malloc(size) nf_alloc(size)
#define uthash_free(p, size) nf_free(p)
#include <uthash.h>

#include "base/datagram.h"

enum hold_kind { HOLD_FRAGMENTS = 1, HOLD_TCP, HOLD_SCTP };

/* Compared as octets: it has no holes, and what a kind does not use is zero. */
struct hold_key {
	uint8_t src[16], dst[16];
	uint32_t scope;		/* VLANs and tunnels */
	uint32_t id;		/* fragments: Identification; transports: both ports */
	uint32_t tag;		/* SCTP: verification tag */
	uint8_t kind;
	uint8_t family;
	uint8_t protocol;	/* fragments of IPv4 */
	uint8_t zero;
};

/* Embedded as the first member. */
struct held {
	UT_hash_handle hh;
	struct held *older, *newer;
	size_t cost;		/* octets that it takes, as last told by hold_charge */
	/* the bound is reached: hold_remove and free */
	void (*drop)(void *owner, struct held *h);
	void *owner;
	struct hold_key key;
};

struct hold {
	struct held *table;
	struct held *oldest, *newest;
	size_t used, max;
	uint64_t secret;	/* else a capture could be made whose keys share a bucket */
};

void hold_init(struct hold *h, size_t max);

/* The addresses are of one family. */
struct hold_key hold_key(enum hold_kind kind, const struct nf_addr *src,
			 const struct nf_addr *dst, uint32_t scope);

/* 64 bits that differ where keys differ, as good as always: the same in every run. */
uint64_t hold_hash(const struct hold_key *key);

/* What has this key; it becomes the newest.  NULL if none. */
struct held *hold_find(struct hold *h, const struct hold_key *key);

/* Take in ITEM, whose key, drop and owner are filled, as the newest; false if memory is out. */
bool hold_add(struct hold *h, struct held *item);

/*
 * ITEM now takes COST octets: others are dropped until the bound holds.  False if ITEM alone
 * exceeds it.
 */
bool hold_charge(struct hold *h, struct held *item, size_t cost);

void hold_remove(struct hold *h, struct held *item);

#endif
