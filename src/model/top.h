/*
 * Flow records added up by key: `nfpcap top`.
 *
 *	struct top *t = top_new(&opts, registry, &err);
 *
 *	while (nf_delivery_next(&delivery, &view, NULL))
 *		top_message(t, &view);
 *	top_end(t);
 *	n = top_best(t, &order, best, 10);
 *	... rows best[0] .. best[n - 1], then t->all and t->others ...
 *	top_free(t);
 *
 * What counts: flow records that state traffic (flow_counts), of messages that are no copies of
 * earlier ones.  Delta and total counters are never added to each other.  Counters are scaled by
 * sampling where that is asked for and exactly one rate fits; else they count as they are.
 *
 * Memory is in proportion to the keys, of which there are at most max_keys: what comes with
 * further ones is added up in one row, `others`.
 */
#ifndef MODEL_TOP_H
#define MODEL_TOP_H

#include "model/filter.h"
#include "model/flow.h"
#include "model/join.h"
#include "model/top_table.h"

enum {
	TOP_KEYS = 16,
	TOP_KEY_WORDS = (TOP_KEYS + 7) / 8 + 2 * TOP_KEYS,	/* of a key, at most */
	TOP_MAX_KEYS = 1000000,		/* unless max_keys says otherwise */
	TOP_TEXT_OCTETS = 64,		/* of texts in keys, for each of max_keys */
	TOP_PLANS = 1024,		/* buckets */
	TOP_MAX_PLANS = 4096,
	TOP_TITLE = 64,			/* a longer name is shown as the canonical one */
};

/* What a value in a key is. */
enum top_tag { TOP_ABSENT, TOP_NUMBER, TOP_BELOW_ZERO, TOP_IPV4, TOP_IPV6, TOP_TEXT };

/* Where a value comes from. */
struct top_source {
	uint8_t how;			/* enum top_how of top_keys.c */
	uint8_t item;
	const struct filter_ref *ref;
};

struct top_key {
	const char *name;		/* canonical, "src" */
	char title[TOP_TITLE];		/* that of a view of the flow, else as given: "exporter" */
	/* as the record has it, and as its other direction would; of `ip` one and the other */
	struct top_source from[2];
	bool either;
	bool masked;
	uint8_t prefix4, prefix6;	/* where it is */
	uint8_t at;			/* the word of a key that holds the value; IPv6 takes two */
	uint8_t mate;			/* the key for the other end of the flow, or itself */
};

enum top_counter {
	TOP_BYTES, TOP_PACKETS,				/* deltas */
	TOP_BYTES_TOTAL, TOP_PACKETS_TOTAL,		/* of records without deltas */
	TOP_COUNTERS
};

/* What is added up; the other direction is there with --biflow alone. */
struct top_row {
	uint64_t flows;			/* records, or as many as they say they stand for */
	int64_t first_ns, last_ns;	/* first > last: not known */
	uint64_t sums[2][TOP_COUNTERS];
};

struct top_opts {
	const char *keys;		/* "src/24,dport" */
	const struct filter_opts *names;
	struct filter *filter;		/* borrowed; NULL: everything */
	size_t max_keys;		/* 0: TOP_MAX_KEYS */
	bool biflow;			/* both directions in one row */
	bool keep_duplicates;
	struct join *scale;		/* who knows sampling rates; NULL: nothing is scaled */
	struct top_texts *texts;	/* those of another, borrowed: same numbers; may be NULL */
};

struct top_plan;
struct top_queue;

struct top {
	struct top_opts opts;
	struct top_key keys[TOP_KEYS];
	unsigned nkeys;
	bool sided;			/* a key is about either end: a record counts for both */
	bool symmetric;			/* the other direction of a row is a row of the same keys */
	bool twice;			/* records are in two rows: they add up to more than all */
	struct filter_names *names;
	struct top_table table;
	struct top_table totals;	/* of records with total counters, by the same keys */
	struct top_texts own, *texts;	/* texts: own, or those of another */
	struct top_row all, others;
	uint64_t beyond;		/* records in others */
	/* What was met and is not in the sums. */
	uint64_t duplicates;		/* messages */
	uint64_t events;		/* records that are no traffic */
	uint64_t undecoded;		/* sets */
	/* What was met and is to be known. */
	uint64_t records;		/* added up */
	uint64_t only_totals;		/* of them, without delta counters */
	uint64_t both_ways;		/* of them, with counters of the other direction */
	uint64_t reverse_octets;	/* which those state; added with biflow alone */
	bool deltas;			/* a record has delta counters */
	bool sampled;			/* a sampling rate other than 1 was said */
	/* With scale, records that were added up as they are. */
	uint64_t unrated;		/* nothing says how they were sampled */
	uint64_t ambiguous;		/* several rates fit */
	bool failed;			/* memory was out */
	/* private */
	struct top_plan *plans[TOP_PLANS], *recent;
	size_t nplans;
	uint32_t generation;		/* of the registry, when they were made */
	struct top_queue *queue;
	struct nf_scratch scratch;
	struct nf_strbuf text;		/* of a value */
	const struct filter_ref *v5_rate;
	struct nf_registry *registry;
};

/* NULL and *ERR where a key is none, or memory is out. */
struct top *top_new(const struct top_opts *opts, struct nf_registry *registry,
		    struct filter_error *err);
void top_free(struct top *t);

void top_message(struct top *t, const struct nf_view *v);
void top_late(struct top *t, const struct nf_late *late);

/* Sums are complete for what was read; more may follow. */
void top_end(struct top *t);

/* -- What came of it ------------------------------------------------------------------ */

/* A key's value in a row. */
struct top_value {
	uint8_t tag;			/* enum top_tag */
	uint64_t number;		/* NUMBER; BELOW_ZERO: as int64_t */
	uint8_t address[16];		/* IPV4: the first four */
	struct nf_bytes text;
};

/* A row and its key. */
struct top_entry {
	struct top_row row;
	const uint64_t *key;
};

static inline size_t top_nrows(const struct top *t)
{
	return t->table.n;
}

struct top_value top_value(const struct top *t, const struct top_entry *e, unsigned key);

/* Row I of top_nrows. */
struct top_entry top_entry_of(const struct top *t, size_t i);

/* Statistics; rows of top_stats.def. */
enum top_stat_id {
#define STAT(id, name, other, kind, help) TOP_STAT_##id,
#include "model/top_stats.def"
#undef STAT
	TOP_STATS
};

enum top_stat_kind {
	TOP_SUM,			/* an integer; rows have shares of it */
	TOP_RATE,			/* computed from sums */
	TOP_SECONDS,
};

struct top_stat {
	const char *name, *other;	/* other: another name, or NULL */
	uint8_t kind;			/* enum top_stat_kind */
	const char *help;
};
extern const struct top_stat top_stats[TOP_STATS];

/* The statistic of that name, -1 if there is none. */
int top_stat_named(const char *name, size_t n);

/* A statistic of a row; false where it is not known.  SECONDS are in nanoseconds. */
struct top_figure {
	uint64_t u;			/* SUM; SECONDS */
	double d;			/* RATE */
};
bool top_figure(const struct top *t, const struct top_row *row, enum top_stat_id stat,
		struct top_figure *f);

struct top_order {
	const uint8_t *stats;		/* enum top_stat_id, the first one orders */
	unsigned nstats;		/* 0: by keys */
	bool ascending;
};

/*
 * The first MAX rows in that order into BEST, which has room for TWICE as many; equal ones by
 * their keys.  Returns how many there are.
 */
size_t top_best(const struct top *t, const struct top_order *order, struct top_entry *best,
		size_t max);

/*
 * The same in steps, between which nothing is added up:
 *
 *	struct top_pick p = { .order = &order, .best = best, .max = max };
 *
 *	while (top_pick_step(t, &p, 10000))
 *		;
 *	... best[0 .. p.n - 1] ...
 */
struct top_pick {
	const struct top_order *order;	/* borrowed, as is best */
	struct top_entry *best;		/* room for twice max */
	size_t max;
	size_t at, n;			/* of the rows looked at, of those kept */
	bool full;
};

/* Look at STEP rows more; false once that was the last of them. */
bool top_pick_step(const struct top *t, struct top_pick *p, size_t step);

/* -- For top.c and top_keys.c --------------------------------------------------------- */

/* Read opts.keys. */
bool top_keys_init(struct top *t, struct filter_error *err);

struct top_op;
struct top_at {
	const struct filter_at *in;
	const struct flow_view *view;
};

/* How many words a key takes. */
unsigned top_key_words(const struct top *t);

/* How the values of a layout's records are found: 2 * nkeys ops, for top_keys_fill. */
struct top_op *top_keys_plan(const struct top *t, const struct flow_view *view);

/* The key of the record in AT, or of its other direction.  False where it is for `others`. */
bool top_keys_fill(struct top *t, const struct top_op *ops, bool other, const struct top_at *at,
		   uint64_t *key);

/* The key that is what ITEM of the view is, of one end of the flow; -1: there is none. */
int top_key_of(const struct top *t, enum flow_item item);
/* Key I in KEY, whose words are STRIDE apart, becomes that NUMBER. */
void top_key_number(const struct top *t, unsigned i, uint64_t number, uint64_t *key, size_t stride);

/* Does a record of the layout alone say all of it, in loads of integers and addresses? */
bool top_keys_are_loads(const struct top *t, const struct top_op *ops, const struct nf_layout *l);

/* A word of keys, and where records have it: 8 octets that any of them has. */
struct top_load {
	struct nf_column from;
	uint8_t at;
};

/* How keys are made of the records of a layout that says all of them in loads. */
struct top_loads {
	uint64_t key[TOP_KEY_WORDS];	/* what is the same in all of them, in these words: */
	uint8_t same[TOP_KEY_WORDS];
	unsigned nsame, n;
	struct top_load v[];
};

/* What top_keys_plan has found, if top_keys_are_loads; NULL if memory is out.  For nf_free. */
struct top_loads *top_loads_new(const struct top *t, const struct top_op *ops,
				const struct nf_layout *l);

/* The same as top_keys_fill of a record. */
void top_loads_one(const struct top *t, const struct top_loads *l, const struct nf_rec *r,
		   uint64_t *key);

/*
 * The same of the N records at RECS, as nf_rows_ample has them: word I of key J is
 * KEYS[I * STRIDE + J].
 */
void top_loads_rows(const struct top_loads *l, const struct nf_rec *recs, size_t n, uint64_t *keys,
		    size_t stride);

#endif
