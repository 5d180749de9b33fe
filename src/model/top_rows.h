/*
 * The rows of `top`: from what a record adds to where it is added.
 *
 *	share = top_rows_share(t);
 *	... fill it, and the key at top_rows_key(t) ...
 *	top_rows_put(t, true);
 *
 * Rows are seldom in the processor's cache, so records wait for theirs in batches: the places of
 * the rows of one batch are fetched while its records are read, then the rows themselves while
 * the next batch comes.
 */
#ifndef MODEL_TOP_ROWS_H
#define MODEL_TOP_ROWS_H

#include "model/top.h"

enum { TOP_BATCH = 32, TOP_QUEUE = 2 * TOP_BATCH };

/* What one record adds. */
struct top_share {
	uint64_t flows;
	int64_t first_ns, last_ns;	/* first > last: not known */
	uint64_t v[2][2];		/* forward, and with --biflow back: octets, packets */
	uint32_t hash;			/* of its key; the queue's, as is keyed */
	uint8_t totals;			/* which of v are total counters: bits from 1 << 0 on */
	bool keyed;			/* false: for `others` */
	bool back;			/* the record is of the row's other direction */
	bool counts;			/* as flows; not where the same row has it already */
};

struct top_queue {
	unsigned n;			/* where the next one stands */
	unsigned first, last;		/* those whose rows are being fetched */
	struct top_share v[TOP_QUEUE];
	uint64_t *guesses[TOP_QUEUE];	/* rows that they are likely to have, or NULL */
	uint64_t keys[];		/* of each, one behind the other */
};

/* False if memory is out; top_rows_done is then called all the same. */
bool top_rows_init(struct top *t);
void top_rows_done(struct top *t);

/* Room for the share and the key that come next. */
static inline struct top_share *top_rows_share(struct top *t)
{
	return &t->queue->v[t->queue->n];
}

static inline uint64_t *top_rows_key(struct top *t)
{
	return t->queue->keys + t->queue->n * t->table.key_words;
}

/* A batch is full. */
void top_rows_batch(struct top *t);

/* They are filled in; what is not KEYED is for `others`. */
static inline void top_rows_put(struct top *t, bool keyed)
{
	struct top_share *s = top_rows_share(t);

	s->keyed = keyed;
	if (keyed) {
		s->hash = top_table_hash(&t->table, top_rows_key(t));
		__builtin_prefetch(&t->table.slots[s->hash & t->table.mask]);
	}
	if (++t->queue->n % TOP_BATCH == 0)
		top_rows_batch(t);
}

/* To what is no row of the table. */
void top_rows_add(const struct top *t, struct top_row *row, const struct top_share *s);

/* All that waits gets to its row; t->all is their sum, unless records are in two rows. */
void top_rows_end(struct top *t);

#endif
