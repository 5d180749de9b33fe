#include <config.h>

#include "model/top_table.h"

#include <sys/random.h>

#include "base/mem.h"

enum {
	FIRST_SLOTS = 1024,
	SLAB = 256,			/* chunks made together, at most */
	AHEAD = 16,
};

/* -- Hash ----------------------------------------------------------------------------- */

static void make_seed(uint64_t seed[2])
{
	seed[0] = 0xa0761d6478bd642fu;
	seed[1] = 0xe7037ed1a0b428dbu;
	/* Without it all is right still, but slow where somebody wants it to be. */
	if (getrandom(seed, 2 * sizeof(*seed), GRND_NONBLOCK) < 0)
		seed[0] ^= (uint64_t)(uintptr_t)seed;
	seed[1] |= 1;
}

/* -- Rows ----------------------------------------------------------------------------- */

bool top_table_init(struct top_table *t, unsigned key_words, unsigned value_words)
{
	*t = (struct top_table){
		.key_words = key_words, .value_words = value_words, .mask = FIRST_SLOTS - 1,
		.room = FIRST_SLOTS,
	};
	make_seed(t->seed);
	t->slots = nf_zalloc(FIRST_SLOTS * sizeof(*t->slots));
	t->failed = t->slots == NULL;
	return !t->failed;
}

void top_table_done(struct top_table *t)
{
	for (size_t i = 0; i < t->nchunks; i++)
		nf_free(t->chunks[i].memory);
	nf_free(t->chunks);
	nf_free(t->slots);
	t->chunks = NULL;
	t->slots = NULL;
	t->nchunks = t->n = t->taken = 0;
}

uint32_t top_table_number(const struct top_table *t, const uint64_t *key, uint32_t hash)
{
	for (size_t i = hash & t->mask; t->slots[i].row != 0; i = (i + 1) & t->mask)
		if (t->slots[i].hash == hash &&
		    top_table_is(t, top_table_row(t, t->slots[i].row - 1), key))
			return t->slots[i].row;
	return 0;
}

uint64_t *top_table_find(const struct top_table *t, const uint64_t *key, uint32_t hash)
{
	uint32_t number = top_table_number(t, key, hash);

	return number != 0 ? top_table_row(t, number - 1) : NULL;
}

static void put(struct top_slot *slots, size_t mask, struct top_slot slot)
{
	size_t i = slot.hash & mask;

	while (slots[i].row != 0)
		i = (i + 1) & mask;
	slots[i] = slot;
}

/*
 * Each to where it belongs among twice as many, in the order in which they stand behind a free
 * slot: what is in the way of one has been moved before it.
 */
static void spread(struct top_slot *slots, size_t old_mask)
{
	size_t mask = 2 * old_mask + 1, from = 0;

	memset(slots + old_mask + 1, 0, (old_mask + 1) * sizeof(*slots));
	while (slots[from].row != 0)
		from++;
	for (size_t i = 1; i <= old_mask; i++) {
		struct top_slot *at = &slots[(from + i) & old_mask], slot = *at;

		if (slot.row == 0)
			continue;
		*at = (struct top_slot){ .row = 0 };
		put(slots, mask, slot);
	}
}

/*
 * Room for N slots; of many, for several times as many.  What is not used costs nothing, and they
 * stay in the large pages in which they are.
 */
static bool slot_room(struct top_table *t, size_t n)
{
	struct top_slot *slots;

	if (n <= t->room)
		return true;
	if (n * sizeof(*slots) >= NF_LARGE_PAGE)
		n *= AHEAD;
	slots = nf_realloc(t->slots, n * sizeof(*slots));
	if (slots == NULL)
		return false;
	t->slots = slots;
	t->room = n;
	nf_mem_expect(slots, n * sizeof(*slots));
	return true;
}

/* At most one slot in two is taken. */
static bool more_slots(struct top_table *t)
{
	if (t->taken + 1 <= (t->mask + 1) / 2)
		return true;
	if (!slot_room(t, 2 * (t->mask + 1)))
		return false;
	spread(t->slots, t->mask);
	t->mask = 2 * t->mask + 1;
	return true;
}

/* N chunks more: the first of them owns the memory.  Rows of a line do not lie on two. */
static bool more_chunks(struct top_table *t, size_t n)
{
	size_t words = (size_t)TOP_CHUNK * (t->key_words + t->value_words);
	size_t octets = n * words * sizeof(uint64_t);
	void *chunks = t->chunks, *memory;
	uint64_t *rows;

	if (!nf_grow(&chunks, &t->cap, t->nchunks + n, sizeof(*t->chunks)))
		return false;
	t->chunks = chunks;
	memory = nf_alloc(nf_mem_room(octets));
	if (memory == NULL)
		return false;
	rows = nf_mem_place(memory, octets);
	nf_mem_expect(rows, octets);
	for (size_t i = 0; i < n; i++, rows += words, memory = NULL)
		t->chunks[t->nchunks++] = (struct top_chunk){ .rows = rows, .memory = memory };
	return true;
}

/* Some chunks, then as many as there are at once. */
static bool more_rows(struct top_table *t)
{
	size_t n = t->nchunks < 8 ? 1 : t->nchunks < SLAB ? t->nchunks : SLAB;

	return t->n < t->nchunks * TOP_CHUNK || more_chunks(t, n);
}

bool top_table_reserve(struct top_table *t, size_t n)
{
	if (n == 0)
		return true;
	if (!more_chunks(t, (n + TOP_CHUNK - 1) / TOP_CHUNK)) {
		t->failed = true;
		return false;
	}
	t->n = n;
	return true;
}

uint64_t *top_table_more(struct top_table *t)
{
	uint64_t *row;

	if (t->n >= UINT32_MAX - 1 || !more_rows(t)) {
		t->failed = true;
		return NULL;
	}
	row = top_table_row(t, t->n++);
	memset(row, 0, t->value_words * sizeof(*row));
	return row;
}

bool top_table_lead(struct top_table *t, uint32_t hash, uint32_t number)
{
	if (!more_slots(t)) {
		t->failed = true;
		return false;
	}
	put(t->slots, t->mask, (struct top_slot){ .hash = hash, .row = number });
	t->taken++;
	return true;
}

uint64_t *top_table_add(struct top_table *t, const uint64_t *key, uint32_t hash)
{
	uint64_t *row = top_table_more(t);

	if (row == NULL)
		return NULL;
	if (!top_table_lead(t, hash, (uint32_t)t->n)) {
		t->n--;
		return NULL;
	}
	if (t->key_words != 0)
		memcpy(row + t->value_words, key, t->key_words * sizeof(*key));
	return row;
}

/* -- Texts ---------------------------------------------------------------------------- */

/*
 * The key of a text is its hash of 128 bits and its length.  That two texts have the same is as
 * likely as guessing the seed.
 */
enum { TEXT_NUMBER, TEXT_AT, TEXT_VALUES, TEXT_LENGTH = TEXT_VALUES + 2, TEXT_KEY = 3 };

bool top_texts_init(struct top_texts *t)
{
	nf_strbuf_init(&t->octets);
	return top_table_init(&t->table, TEXT_KEY, TEXT_VALUES);
}

void top_texts_done(struct top_texts *t)
{
	nf_strbuf_done(&t->octets);
	top_table_done(&t->table);
}

static void text_key(const struct top_texts *t, struct nf_bytes text, uint64_t key[TEXT_KEY])
{
	const uint64_t *seed = t->table.seed;
	uint64_t a = seed[0], b = ~seed[0], word;

	for (size_t at = 0; at < text.n; at += sizeof(word)) {
		size_t n = text.n - at < sizeof(word) ? text.n - at : sizeof(word);

		word = 0;
		memcpy(&word, text.p + at, n);
		a = nf_fold(a ^ word, seed[1]);
		b = nf_fold(b + word, seed[1] ^ 0x9e3779b97f4a7c15u);
	}
	key[0] = a;
	key[1] = b;
	key[2] = text.n;
}

uint64_t top_texts_number(struct top_texts *t, struct nf_bytes text, size_t max,
			  size_t max_octets)
{
	uint64_t key[TEXT_KEY], *row;
	uint32_t hash;
	size_t at;

	text_key(t, text, key);
	hash = top_table_hash(&t->table, key);
	row = top_table_find(&t->table, key, hash);
	if (row != NULL)
		return row[TEXT_NUMBER];
	if (t->table.n >= max || text.n > max_octets - t->octets.n)
		return 0;
	at = t->octets.n;
	nf_sb_mem(&t->octets, text.p, text.n);
	row = t->octets.failed ? NULL : top_table_add(&t->table, key, hash);
	if (row == NULL) {
		t->table.failed = true;
		return 0;
	}
	row[TEXT_AT] = at;
	return row[TEXT_NUMBER] = t->table.n;
}

struct nf_bytes top_texts_text(const struct top_texts *t, uint64_t number)
{
	const uint64_t *row = top_table_row(&t->table, number - 1);

	if (row[TEXT_LENGTH] == 0)
		return (struct nf_bytes){ .n = 0 };	/* there may be no octets at all */
	return (struct nf_bytes){
		(const uint8_t *)t->octets.p + row[TEXT_AT], row[TEXT_LENGTH],
	};
}
