/*
 * The parts of a slice: slice.c (what is written), slice_needs.c (definitions), slice_options.c
 * (what options data say).
 */
#ifndef MODEL_SLICE_INTERNAL_H
#define MODEL_SLICE_INTERNAL_H

#include "base/strbuf.h"
#include "model/slice.h"

/* A data set, or a block of a list, of a datagram that is to be written: how it is read. */
struct slice_need {
	uint16_t id;
	uint32_t message;		/* offset in the payload */
	uint32_t offset;		/* in the message */
	struct nf_bytes body;
	struct nf_resolution resolution;
};

/* A definition within it. */
struct slice_own {
	uint32_t at;			/* in the payload */
	uint32_t domain;
	uint16_t version, id;
};

/* Numbers in a table of bounded size: keys that are hashes already, not 0. */
struct slice_table {
	uint64_t (*slots)[2];
	size_t n, cap;			/* a power of 2 */
	size_t max;
};

struct slice {
	struct nf_tracker *tracker, *written;
	struct nf_registry *registry;	/* of written */
	struct nf_scratch scratch;
	uint64_t ordinal;		/* of the next one that is written */
	uint8_t *bits;			/* two a datagram */
	size_t cap_bits;
	bool fine, failed;
	struct slice_table exporters;	/* by address: 1 it sends flows, 2 one of its is chosen */
	struct slice_table domains;	/* of those that are chosen */
	struct slice_table speakers;	/* by session: see introduce */
	struct slice_table said;	/* what options records said last, by scope */
	struct slice_need *needs;
	size_t nneeds, cap_needs;
	struct slice_own *owns;
	size_t nowns, cap_owns;
	struct nf_strbuf message;
	struct slice_counts counts;
};

/* The value of KEY, 0 where there is none. */
uint64_t slice_get(const struct slice_table *t, uint64_t key);
/* False where there is no room. */
bool slice_put(struct slice_table *t, uint64_t key, uint64_t value);

uint64_t slice_hash(uint64_t sum, const void *p, size_t n);
uint64_t slice_hash_addr(const struct nf_addr *a);

/* Octets as a datagram of the capture that is written. */
int slice_emit(struct slice *s, struct record *r, const struct nf_datagram *like,
	       struct nf_err *err);

/* -- slice_needs.c --------------------------------------------------------------------- */

/* What the message V needs; with OPTIONS, of its options data sets alone. */
bool slice_collect(struct slice *s, const struct nf_view *v, bool options);

/* Write what the needs of D lack. */
int slice_define(struct slice *s, struct record *r, const struct nf_datagram *d,
		 struct nf_err *err);

/* D, which the needs are of, was written: count those that are read otherwise now. */
void slice_verify(struct slice *s, const struct nf_datagram *d);

/* -- slice_options.c ------------------------------------------------------------------- */

/* True if V has options data. */
bool slice_has_options(const struct nf_view *v, bool *flows);

/*
 * The options data sets of V that say anything new, as a message appended to S->message, of which
 * *AT is the beginning.  False where there are none.
 */
bool slice_options(struct slice *s, const struct nf_view *v, bool make);

#endif
