/*
 * Rows by key, for `top`: keys are words of a fixed number, values words before them.
 *
 * Open addressing over the hashes of the keys; the hash is seeded anew in each run, so that who
 * chooses the keys cannot choose where they go.  Rows stay where they are once added.
 */
#ifndef MODEL_TOP_TABLE_H
#define MODEL_TOP_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/strbuf.h"

struct top_slot {
	uint32_t hash;
	uint32_t row;			/* its number + 1; 0: free */
};

struct top_chunk {
	uint64_t *rows;			/* TOP_CHUNK of them, at a line of the cache */
	void *memory;
};

struct top_table {
	struct top_slot *slots;
	size_t mask;			/* slots - 1 */
	size_t room;			/* for so many slots; those behind MASK were not touched */
	struct top_chunk *chunks;
	size_t nchunks, cap;
	size_t n;			/* rows */
	size_t taken;			/* slots */
	unsigned key_words, value_words;
	uint64_t seed[2];
	bool failed;			/* memory was out */
};

/* False if memory is out; top_table_done is then called all the same. */
bool top_table_init(struct top_table *t, unsigned key_words, unsigned value_words);
void top_table_done(struct top_table *t);

static inline uint32_t top_table_hash(const struct top_table *t, const uint64_t *key)
{
	return (uint32_t)nf_hash_words(t->seed[0], t->seed[1], key, t->key_words);
}

/* The row of KEY, or NULL.  The values stand first in a row, then the key. */
uint64_t *top_table_find(const struct top_table *t, const uint64_t *key, uint32_t hash);

/* Its number, from 1; 0: there is none. */
uint32_t top_table_number(const struct top_table *t, const uint64_t *key, uint32_t hash);

/* A new row of KEY, which has none, its values zero; NULL if memory is out. */
uint64_t *top_table_add(struct top_table *t, const uint64_t *key, uint32_t hash);

/* A new row that no key leads to, its values zero; NULL if memory is out. */
uint64_t *top_table_more(struct top_table *t);

/* Row NUMBER, from 1, of this table or of another, is that of a key of HASH.  False: memory. */
bool top_table_lead(struct top_table *t, uint32_t hash, uint32_t number);

/* N rows that no key leads to, of no value, in a table of none; of those that are not touched
   memory takes nothing.  False if it is out. */
bool top_table_reserve(struct top_table *t, size_t n);

enum {
	TOP_CHUNK = 1024,		/* rows */
	TOP_LINE = 8,			/* words of a line of the cache */
};

static inline uint64_t *top_table_row(const struct top_table *t, size_t i)
{
	return t->chunks[i / TOP_CHUNK].rows + i % TOP_CHUNK * (t->key_words + t->value_words);
}

/* The row that a key of that hash is likely to have, on its way into the cache; or NULL. */
static inline uint64_t *top_table_guess(const struct top_table *t, uint32_t hash)
{
	size_t i = hash & t->mask, n = t->key_words + t->value_words;
	uint64_t *row;

	while (t->slots[i].row != 0 && t->slots[i].hash != hash)
		i = (i + 1) & t->mask;
	if (t->slots[i].row == 0)
		return NULL;
	row = top_table_row(t, t->slots[i].row - 1);
	for (size_t at = 0; at < n; at += TOP_LINE)
		__builtin_prefetch(row + at, 1);
	if (n % TOP_LINE != 0)
		__builtin_prefetch(row + n - 1, 1);
	return row;
}

/* True if ROW has that key. */
static inline bool top_table_is(const struct top_table *t, const uint64_t *row,
				const uint64_t *key)
{
	for (unsigned i = 0; i < t->key_words; i++)
		if (row[t->value_words + i] != key[i])
			return false;
	return true;
}

/* Texts by number, each once. */
struct top_texts {
	struct top_table table;		/* hash of a text and its length to where it stands */
	struct nf_strbuf octets;
};

bool top_texts_init(struct top_texts *t);
void top_texts_done(struct top_texts *t);

/*
 * The number of TEXT, from 1.  0 where it is new and there is no room: MAX texts, or MAX_OCTETS
 * of them; or where memory is out, and t->table.failed says so.
 */
uint64_t top_texts_number(struct top_texts *t, struct nf_bytes text, size_t max,
			  size_t max_octets);
struct nf_bytes top_texts_text(const struct top_texts *t, uint64_t number);

#endif
