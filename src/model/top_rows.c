#include <config.h>

#include "model/top_rows.h"

#include "base/mem.h"

/*
 * The values of a row in t->table, so few that with a key of an address they are one line of the
 * processor's cache; total counters, which are rare, have rows of their own in t->totals.
 */
struct sums {
	uint64_t flows;
	int64_t first_ns, last_ns;
	uint64_t deltas[2][2];		/* forward, and with --biflow back: octets, packets */
};

static const struct top_row nothing = { .first_ns = INT64_MAX, .last_ns = INT64_MIN };

static unsigned value_words(const struct top *t)
{
	size_t octets = t->opts.biflow ? sizeof(struct sums) : offsetof(struct sums, deltas[1]);

	return (unsigned)(octets / sizeof(uint64_t));
}

bool top_rows_init(struct top *t)
{
	unsigned words = top_key_words(t);

	t->all = t->others = nothing;
	t->queue = nf_alloc(sizeof(*t->queue) + TOP_QUEUE * words * sizeof(uint64_t));
	if (t->queue == NULL)
		return false;
	t->queue->n = t->queue->first = t->queue->last = 0;
	if (!top_table_init(&t->table, words, value_words(t)) ||
	    !top_table_init(&t->totals, words, t->opts.biflow ? 4 : 2))
		return false;
	memcpy(t->totals.seed, t->table.seed, sizeof(t->totals.seed));	/* one hash for both */
	return true;
}

void top_rows_done(struct top *t)
{
	top_table_done(&t->table);
	top_table_done(&t->totals);
	nf_free(t->queue);
}

/* -- Adding up ------------------------------------------------------------------------ */

static bool is_total(const struct top_share *s, unsigned i)
{
	return s->totals >> i & 1;
}

void top_rows_add(const struct top *t, struct top_row *row, const struct top_share *s)
{
	row->flows = nf_saturated(row->flows, s->counts ? s->flows : 0);
	if (s->first_ns < row->first_ns)
		row->first_ns = s->first_ns;
	if (s->last_ns > row->last_ns)
		row->last_ns = s->last_ns;
	for (unsigned i = 0; i < (t->opts.biflow ? 4 : 2); i++) {
		unsigned counter = i % 2 + (is_total(s, i) ? TOP_BYTES_TOTAL : 0);
		uint64_t *sum = &row->sums[i / 2 ^ s->back][counter];

		*sum = nf_saturated(*sum, s->v[i / 2][i % 2]);
	}
}

/* The total counters of a record, whose deltas are zero then. */
static void add_totals(struct top *t, const uint64_t *key, struct top_share *s)
{
	uint64_t *sums = top_table_find(&t->totals, key, s->hash);

	if (sums == NULL)
		sums = top_table_add(&t->totals, key, s->hash);
	if (sums == NULL) {
		t->failed = true;
		return;
	}
	for (unsigned i = 0; i < (t->opts.biflow ? 4 : 2); i++) {
		uint64_t *sum = &sums[2 * (i / 2 ^ s->back) + i % 2], *v = &s->v[i / 2][i % 2];

		if (!is_total(s, i))
			continue;
		*sum = nf_saturated(*sum, *v);
		*v = 0;
	}
}

static inline void add_deltas(const struct top *t, struct sums *row, const struct top_share *s)
{
	uint64_t *sums = row->deltas[s->back];

	row->flows = nf_saturated(row->flows, s->counts ? s->flows : 0);
	if (s->first_ns < row->first_ns)
		row->first_ns = s->first_ns;
	if (s->last_ns > row->last_ns)
		row->last_ns = s->last_ns;
	sums[0] = nf_saturated(sums[0], s->v[0][0]);
	sums[1] = nf_saturated(sums[1], s->v[0][1]);
	if (!t->opts.biflow)
		return;
	sums = row->deltas[!s->back];
	sums[0] = nf_saturated(sums[0], s->v[1][0]);
	sums[1] = nf_saturated(sums[1], s->v[1][1]);
}

/* The row of a key; NULL where there is no room for another one. */
static struct sums *row_of(struct top *t, const uint64_t *key, uint32_t hash)
{
	uint64_t *words = top_table_find(&t->table, key, hash);
	struct sums *row;

	if (words != NULL)
		return (struct sums *)(void *)words;
	if (t->table.n >= t->opts.max_keys)
		return NULL;
	words = top_table_add(&t->table, key, hash);
	if (words == NULL) {
		t->failed = true;
		return NULL;
	}
	row = (struct sums *)(void *)words;
	row->first_ns = INT64_MAX;
	row->last_ns = INT64_MIN;
	return row;
}

/* Rows that were fetched get what is theirs. */
static void settle(struct top *t)
{
	struct top_queue *queue = t->queue;

	for (unsigned i = queue->first; i < queue->last; i++) {
		struct top_share *s = &queue->v[i];
		const uint64_t *key = queue->keys + i * t->table.key_words;
		uint64_t *guess = queue->guesses[i];
		struct sums *row = NULL;

		if (guess != NULL && top_table_is(&t->table, guess, key))
			row = (struct sums *)(void *)guess;
		else if (s->keyed)
			row = row_of(t, key, s->hash);
		if (row == NULL) {
			top_rows_add(t, &t->others, s);
			t->beyond += s->counts;
			continue;
		}
		if (s->totals != 0)
			add_totals(t, key, s);
		add_deltas(t, row, s);
	}
}

/* A batch is full, or the last one: its rows are fetched, those of the one before are settled. */
void top_rows_batch(struct top *t)
{
	struct top_queue *queue = t->queue;
	unsigned first = queue->last % TOP_QUEUE;

	for (unsigned i = first; i < queue->n; i++)
		queue->guesses[i] = queue->v[i].keyed ?
				    top_table_guess(&t->table, queue->v[i].hash) : NULL;
	settle(t);
	queue->first = first;
	queue->last = queue->n;
	queue->n %= TOP_QUEUE;
}

/* -- What came of it ------------------------------------------------------------------ */

struct top_entry top_entry_of(const struct top *t, size_t i)
{
	uint64_t *words = top_table_row(&t->table, i), *totals = NULL;
	const struct sums *sums = (const struct sums *)(const void *)words;
	struct top_entry e = {
		.row = {
			.flows = sums->flows, .first_ns = sums->first_ns, .last_ns = sums->last_ns,
		},
		.key = words + t->table.value_words,
	};

	if (t->totals.n > 0)
		totals = top_table_find(&t->totals, e.key, top_table_hash(&t->totals, e.key));
	for (unsigned way = 0; way <= t->opts.biflow; way++) {
		memcpy(e.row.sums[way], sums->deltas[way], sizeof(sums->deltas[way]));
		if (totals != NULL)
			memcpy(&e.row.sums[way][TOP_BYTES_TOTAL], totals + 2 * way,
			       2 * sizeof(*totals));
	}
	return e;
}

/* The sum of rows, which have what both directions of it add up to. */
static void add_row(const struct top *t, struct top_row *to, const struct top_row *row)
{
	to->flows = nf_saturated(to->flows, row->flows);
	if (row->first_ns < to->first_ns)
		to->first_ns = row->first_ns;
	if (row->last_ns > to->last_ns)
		to->last_ns = row->last_ns;
	for (unsigned i = 0; i < TOP_COUNTERS; i++) {
		to->sums[0][i] = nf_saturated(to->sums[0][i], row->sums[0][i]);
		if (t->opts.biflow)
			to->sums[1][i] = nf_saturated(to->sums[1][i], row->sums[1][i]);
	}
}

void top_rows_end(struct top *t)
{
	top_rows_batch(t);
	settle(t);
	t->queue->first = t->queue->last;	/* what comes after it is not added again */
	if (t->twice)
		return;
	t->all = nothing;
	for (size_t i = 0; i < t->table.n; i++) {
		struct top_entry e = top_entry_of(t, i);

		add_row(t, &t->all, &e.row);
	}
	add_row(t, &t->all, &t->others);
}

