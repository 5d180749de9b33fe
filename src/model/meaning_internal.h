/*
 * Between the files of the module: how layouts become columns, and records values of flows.
 *
 * Most flows are one record.  Such a record is kept as it came, behind what its variable fields
 * take where it has any; what it says is looked at when somebody asks.  If another record of its
 * key comes that differs in counters and flags alone, they are added up in the octets, and what is
 * counted besides stands in front of them.  Else the flow gets words, in which all adds up.
 */
#ifndef MODEL_MEANING_INTERNAL_H
#define MODEL_MEANING_INTERNAL_H

#include "model/meaning.h"

enum {
	MEANING_SHAPES = 4096,
	MEANING_SHAPE_COLUMNS = 512,
	MEANING_KEPT = 256,		/* octets of a record that is kept as it came, at most */
	MEANING_BATCH = 32,		/* records that are looked at together */
};

/* A field of a layout that goes to a column. */
struct meaning_step {
	uint16_t column, at;		/* at: of its words, in the plan's own shape */
	uint16_t field;
	uint8_t how;
	bool list;			/* it is compared by what is in it */
};

/* Octets of records that are not held against each other. */
struct meaning_gap {
	uint32_t at, n;
	uint16_t shift;			/* how many variable fields stand before them */
};

/* Octets between them: 8 in a row, of which those count that are in the mask. */
struct meaning_word {
	uint32_t at;
	uint64_t mask;
};

struct meaning_gaps {
	const struct meaning_gap *v;
	unsigned n, nwords;
	/* all that is not in them; NULL where records have no fixed length, or are of less */
	const struct meaning_word *words;
};

/* What becomes of the records of a layout. */
struct meaning_plan {
	const struct nf_layout *layout;
	struct flow_view view;
	struct top_op *ops;
	struct top_loads *loads;	/* NULL: it is not plain */
	uint32_t shape, index;		/* index: in plans */
	/* keys that have type and code of ICMP, and 0 for it; -1: they are what records say */
	int icmp, no_port;
	bool plain;			/* a record has its key in it */
	bool keeps;			/* records may be kept: they alone say it */
	bool adds;			/* what adds up may do so in a record that is kept */
	const struct meaning_plan *like, *unlike;	/* of opts.like: the last that were */
	struct meaning_gaps untold;	/* nobody asks what is in them */
	struct meaning_gaps adding;	/* those, and what adds up */
	unsigned n;
	/* the same n steps; those of HOW end at ends[HOW] */
	const struct meaning_step *by_how;
	unsigned ends[MEANING_TEXTS + 1];
	const struct nf_column *adders;	/* if it adds: where by_how, up to UNION, stand */
	struct meaning_step steps[];	/* by column, as the shape has them */
};

/* The plan of L; NULL: there is no room, or m->failed. */
struct meaning_plan *meaning_plan_of(struct meaning *m, const struct nf_layout *l);

/* The column of a field; -1: it has none. */
int meaning_column_of(struct meaning *m, const struct flow_view *view, unsigned field);

/* How many words of a row's values a column takes. */
static inline unsigned meaning_words_of(uint8_t how)
{
	return how >= MEANING_RANGE ? 2 : 1;
}

/* The shape of N ascending columns; -1: no room. */
int64_t meaning_shape_get(struct meaning *m, const uint16_t *columns, unsigned n);

/* The columns of both; A where there is no room for more. */
uint32_t meaning_shape_of_both(struct meaning *m, uint32_t a, uint32_t b);

/* SIZE octets at a multiple of 8, of no value, until meaning_store_done; NULL: memory is out. */
void *meaning_store_alloc(struct meaning_store *s, size_t size);
/* P, of SIZE octets, is not needed any more. */
void meaning_store_free(struct meaning_store *s, void *p, size_t size);
void meaning_store_done(struct meaning_store *s);

/* Where the values of a row are, and how: see MEANING_WHAT.  False if they are nowhere: NULL. */
bool meaning_put(uint64_t *row, const void *values, uint32_t of, bool kept, bool summed);

/*
 * ROW, which is new, gets the key and the values of the I-th record of the batch, with sums of no
 * record if it is likely to need them.  False if memory is out.
 */
bool meaning_values_begin(struct meaning *m, const struct meaning_plan *p, unsigned i, bool summed,
			  uint64_t *row);
/* Another record of the key; ROW has that NUMBER. */
void meaning_values_add(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
			uint64_t *row, uint32_t number);
/* The same where they are known to be the same but for what adds up. */
void meaning_values_sum(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
			uint64_t *row, uint32_t number);

/* SIZE octets behind the key, unless that is NULL; NULL: memory is out, and M says so. */
void *meaning_room(struct meaning *m, const uint64_t *key, size_t size);

/* -- meaning_kept.c: records as they came. ----------------------------------------------- */

/* May a record of so many octets be kept? */
bool meaning_keeps(const struct meaning_plan *p, const struct nf_rec *r);
/* Keep R, with sums of no record in front of it or without; NULL: memory is out. */
const void *meaning_keep(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
			 const uint64_t *key, bool summed);
/* The record that ROW is, of plan P. */
void meaning_kept(const struct meaning_plan *p, const uint64_t *row, struct nf_rec *r);
/* What stands in front of the values of ROW, or would. */
void meaning_sums_of(const uint64_t *row, uint64_t sums[MEANING_SUMS]);
/* The place of the record that ROW, of that NUMBER, is: for another one. */
void meaning_give_back(struct meaning *m, const uint64_t *row, uint32_t number);
/* ROW, of that NUMBER, gets sums, those of one record, if it has none.  False if memory is out. */
bool meaning_sum_up(struct meaning *m, uint64_t *row, uint32_t number);
/* Add R, which is as ROW but for what adds up: false where that has no room in its octets. */
bool meaning_add_kept(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
		      uint64_t *row, uint32_t number);
/* Is a row as R, of plan P and the domain of that NUMBER, but for what adds up? */
bool meaning_is_kept(struct meaning_place at, struct meaning_plan *p, const struct nf_rec *r,
		     uint32_t number);

/* -- meaning_batch.c: records that are looked at together. -------------------------------- */

enum { MEANING_BEYOND = UINT32_MAX };	/* no number of a row */

struct meaning_batch {
	struct nf_rec recs[MEANING_BATCH];
	struct nf_rows rows;		/* those, without their values */
	size_t nshifts;
	/*
	 * Of their rows; 0: not known yet.  MEANING_BEYOND: there is none, and no room for one, nor
	 * will there be.
	 */
	uint32_t numbers[MEANING_BATCH];
	bool same[MEANING_BATCH];	/* the row is ours, as the record but for what adds up */
	/* keys by word, and their hashes: where a number is 0 */
	uint64_t keys[MEANING_KEY_WORDS][MEANING_BATCH];
	uint64_t hashes[MEANING_BATCH];
};

/* NULL if memory is out. */
struct meaning_batch *meaning_batch_new(void);
void meaning_batch_free(struct meaning_batch *b);	/* may be NULL */
/* Room for records of L.  False if memory is out. */
bool meaning_batch_room(struct meaning_batch *b, const struct nf_layout *l);

/* The next records of RECS that PROGRAM (NULL: any) lets through; false: those are the last. */
bool meaning_batch_take(struct meaning *m, const struct meaning_plan *p, struct filter_at *at,
			const struct filter_program *program, struct meaning_domain *d,
			struct nf_recs *recs);
/* Their numbers, or else their keys, whose rows are on their way into the cache. */
void meaning_batch_look(struct meaning *m, struct meaning_plan *p, const struct meaning_domain *d);
/* The key of the I-th. */
const uint64_t *meaning_batch_key(const struct meaning *m, unsigned i,
				  uint64_t room[MEANING_KEY_WORDS]);
/*
 * Where the key of the I-th leads; 0: nowhere.  Most records of a key differ in what adds up alone:
 * if a row does (*SAME), it has the same key, and that need not be made of it.
 */
uint32_t meaning_batch_find(const struct meaning *m, struct meaning_plan *p,
			    const struct meaning_domain *d, unsigned i, bool *same);

/* Is there no room for further flows? */
static inline bool meaning_is_full(const struct meaning *m)
{
	return m->nflows >= m->opts.max_keys;
}

/* -- meaning_icmp.c: one key for what exporters say in several ways. ----------------------- */

/* P, which has its view, comes to know those keys. */
void meaning_icmp_plan(const struct meaning *m, struct meaning_plan *p);
/* What R, of P, says of ICMP goes into KEY, whose words are STRIDE apart, a domain first. */
void meaning_put_icmp(const struct meaning *m, const struct meaning_plan *p,
		      const struct nf_rec *r, uint64_t *key, size_t stride);

/* -- meaning_gaps.c: what of two records is the same. ------------------------------------- */

/* The gaps of P.  False if memory is out. */
bool meaning_find_gaps(struct meaning *m, struct meaning_plan *p);
/* Are A and B, of layouts that are the same, the same but for GAPS? */
bool meaning_same_records(const struct meaning_gaps *gaps, const struct nf_rec *a,
			  const struct nf_rec *b);
/* The same of such as have words. */
static inline bool meaning_same_words(const struct meaning_gaps *gaps, const uint8_t *a,
				      const uint8_t *b)
{
	uint64_t other = 0;

	for (unsigned i = 0; i < gaps->nwords && other == 0; i++) {
		const struct meaning_word *word = &gaps->words[i];

		other = (nf_own64(a + word->at) ^ nf_own64(b + word->at)) & word->mask;
	}
	return other == 0;
}

/* -- meaning_next.c: flows in an order that was there before. --------------------------------- */

/* May the rows of records of P be told from the records? */
bool meaning_has_course(const struct meaning *m, const struct meaning_plan *p);
/* The number of the row of R, of a domain of that number, if it is the likely one; or 0. */
uint32_t meaning_next_number(struct meaning *m, struct meaning_plan *p, const struct nf_rec *r,
			     uint32_t domain);
/* Is a key worth being looked for at once, to find the course again? */
bool meaning_may_look(const struct meaning *m);
/* One was, and leads to NUMBER; 0: to no row. */
void meaning_looked(struct meaning *m, uint32_t number);
/* The last record of those that are looked at together was of row NUMBER; 0: of none. */
void meaning_set_ends(struct meaning *m, uint32_t number);

/* -- meaning_like.c: two meanings with keys in common. ------------------------------------- */

/* Are the layouts of P and Q, of opts.like, the same, and say records of both their keys? */
bool meaning_become_alike(struct meaning_plan *p, const struct meaning_plan *q);
/* The same, mostly known. */
static inline bool meaning_are_alike(struct meaning_plan *p, const struct meaning_plan *q)
{
	return p->like == q || p == q || meaning_become_alike(p, q);
}
/* Before the first record.  False if memory is out. */
bool meaning_like_begin(struct meaning *m);
/* What THERE, a row of opts.like, keeps, if R, of the same key, says the same; or NULL. */
const void *meaning_like_values(struct meaning *m, const struct meaning_plan *p,
				const struct nf_rec *r, const uint64_t *there);

/* When a record's flow was: FIRST behind LAST where it does not say. */
void meaning_ends(const struct meaning_plan *p, const struct filter_at *at, int64_t *first,
		  int64_t *last);
/* They are ROW's now, which does not count the record yet. */
void meaning_times(struct meaning_domain *d, const struct meaning_plan *p, uint64_t *row,
		   const struct filter_at *at, int64_t first, int64_t last);

#endif
