/*
 * The parts of a job over a store: store_job.c, store_sort.c, store_key.c.
 */
#ifndef MODEL_STORE_JOB_INTERNAL_H
#define MODEL_STORE_JOB_INTERNAL_H

#include "base/mem.h"
#include "model/store_internal.h"
#include "model/store_job.h"

/* -- A list that grows without moving --------------------------------------------------- */

enum { LIST_CHUNK = 1 << 14 };

struct list {
	void **chunks;
	size_t nchunks, cap, size;	/* of an item */
	uint64_t n;
};

static inline void *list_at(const struct list *l, uint64_t i)
{
	return (char *)l->chunks[i / LIST_CHUNK] + i % LIST_CHUNK * l->size;
}

/* Room for one more; NULL if memory is out. */
void *list_add(struct list *l);
void list_clear(struct list *l);

/* -- Keys (store_key.c) ----------------------------------------------------------------- */

enum { KEY_DIGITS = 32 };

/* What flows are ordered by, read eight octets ("a digit") at a time. */
struct key {
	const struct filter_ref *ref;
	const struct nf_layout *layout;	/* FIELD is of it */
	int field;
};

/*
 * Digit I of what the flow at AT says, *MORE (kept, or set) where digits behind it may differ.
 * False where it says nothing.
 */
bool key_digit(struct key *k, const struct filter_at *at, unsigned i, uint64_t *digit, bool *more);

/* -- Order (store_sort.c) --------------------------------------------------------------- */

struct sort_entry {
	uint64_t key;		/* of a descending order, turned over */
	uint64_t flow;		/* and SORT_LATER */
};

/*
 * The top bit of the flow: of equal keys, those without further digits stand first, or, descending,
 * last.
 */
#define SORT_LATER (UINT64_C(1) << 63)

static inline struct sort_entry sort_entry(uint64_t digit, bool more, bool descending,
					   uint64_t flow)
{
	return (struct sort_entry){
		.key = descending ? ~digit : digit,
		.flow = flow | (more != descending ? SORT_LATER : 0),
	};
}

/* Returns what flow FLOW has as digit I, and *MORE. */
typedef uint64_t sort_digit(void *ctx, uint64_t flow, unsigned i, bool *more);

struct sort_task {
	uint64_t lo, hi;
	uint8_t what;			/* of store_sort.c */
	uint8_t octet;			/* of the entry that tells them apart: 0 to 15 */
	uint8_t digit;			/* that their keys hold */
};

/* Entries put in order, ascending by digits, then by flow: in place, a step at a time. */
struct sort {
	struct list *entries;
	sort_digit *get;
	void *ctx;
	struct sort_task *tasks;	/* the last one is at hand */
	size_t ntasks, cap;
	bool begun;			/* the one at hand */
	uint64_t at, run;		/* in it */
	bool more, descending;
	uint8_t bucket, phase;
	uint64_t next[256], ends[256];
	uint64_t settled;		/* entries at their place, for progress: at most all */
	bool failed;
};

/* Begin: the keys of ENTRIES are digit 0; MORE: some have others. */
void sort_begin(struct sort *s, struct list *entries, bool more, bool descending,
		sort_digit *get, void *ctx);

/* About N steps; false where all is in order. */
bool sort_step(struct sort *s, unsigned n);
void sort_done(struct sort *s);

#endif
