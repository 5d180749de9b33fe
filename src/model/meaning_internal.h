/*
 * Between the files of the module: how layouts become columns, and records values of flows.
 *
 * Most flows are one record.  Such a record is kept as it came, behind what its variable fields
 * take where it has any; what it says is looked at when somebody asks, or another record of its
 * key comes: then the flow gets words, in which both add up.
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

/* Octets of records in which nothing is that anybody asks for. */
struct meaning_gap {
	uint32_t at, n;
	uint16_t shift;			/* how many variable fields stand before them */
};

/* What becomes of the records of a layout. */
struct meaning_plan {
	const struct nf_layout *layout;
	struct flow_view view;
	struct top_op *ops;
	uint32_t shape, index;		/* index: in plans */
	bool plain;			/* a record has its key in it */
	bool keeps;			/* records may be kept: they alone say it */
	const struct meaning_plan *like, *unlike;	/* of opts.like: the last that were */
	const struct meaning_gap *gaps;
	unsigned ngaps;
	unsigned n;
	/* the same n steps; those of HOW end at ends[HOW] */
	const struct meaning_step *by_how;
	unsigned ends[MEANING_TEXTS + 1];
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
void meaning_store_done(struct meaning_store *s);

/* ROW, which is new, gets the key and the values of R.  False if memory is out. */
bool meaning_values_begin(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
			  const uint64_t *key, uint64_t *row);
/* Another record of the key. */
void meaning_values_add(struct meaning *m, const struct meaning_plan *p, const struct nf_rec *r,
			uint64_t *row);

/* The record that ROW is, of plan P. */
void meaning_kept(const struct meaning_plan *p, const uint64_t *row, struct nf_rec *r);

/* The gaps of P.  False if memory is out. */
bool meaning_like_plan(struct meaning *m, struct meaning_plan *p);
/* What a row of opts.like keeps, if R, a record of that KEY, says the same; or NULL. */
const void *meaning_like_values(struct meaning *m, const struct meaning_plan *p,
				const struct nf_rec *r, const uint64_t *key);

/* When a record's flow was: FIRST behind LAST where it does not say. */
void meaning_ends(const struct meaning_plan *p, const struct filter_at *at, int64_t *first,
		  int64_t *last);
/* They are ROW's now, which does not count the record yet. */
void meaning_times(struct meaning_domain *d, const struct meaning_plan *p, uint64_t *row,
		   const struct filter_at *at, int64_t first, int64_t last);

#endif
