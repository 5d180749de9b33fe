/*
 * What `nfpcap top` shows: rows in text, JSON, csv or tsv.
 *
 *	struct toplist l = { .ops = toplist_ops_of("text"), .top = top, ... };
 *
 *	toplist_open(&l);
 *	for (i = 0; i < l.n; i++)
 *		toplist_row(&l, i);
 *	toplist_close(&l);
 *	... write l.text, at any time ...
 *	toplist_done(&l);
 */
#ifndef OUT_TOPLIST_H
#define OUT_TOPLIST_H

#include "model/top.h"

enum { TOPLIST_COLUMNS = TOP_KEYS + 3 * TOP_STATS + 4 };

enum toplist_kind {
	TOPLIST_KEY, TOPLIST_STAT, TOPLIST_SHARE, TOPLIST_FIRST, TOPLIST_LAST,
};

struct toplist_column {
	uint8_t kind;			/* enum toplist_kind */
	uint8_t item;			/* a key, or enum top_stat_id */
	int8_t way;			/* of STAT: 0 forward, 1 back; -1 both */
	uint8_t rank;			/* text: the first ones stay where there is little room */
	unsigned width;
};

struct toplist;

struct toplist_ops {
	const char *name;
	void (*open)(struct toplist *l);
	void (*row)(struct toplist *l, size_t i);
	void (*close)(struct toplist *l);		/* or NULL */
};

struct toplist {
	const struct toplist_ops *ops;
	const struct top *top;
	struct top_order order;
	size_t max;			/* rows */
	unsigned width;			/* text: 0: no limit */
	bool color;
	const char *const *files;
	size_t nfiles;
	/* what toplist_open makes */
	struct nf_strbuf text;
	struct top_entry *rows;
	size_t n;
	struct toplist_column columns[TOPLIST_COLUMNS];
	unsigned ncolumns;
};

/* NULL if there is no such format. */
const struct toplist_ops *toplist_ops_of(const char *name);

/* False where memory was out. */
bool toplist_open(struct toplist *l);
void toplist_row(struct toplist *l, size_t i);
void toplist_close(struct toplist *l);
void toplist_done(struct toplist *l);

/* The keys and statistics that there are: `top -k help`. */
void toplist_help(struct nf_strbuf *s);

/* -- What formats share --------------------------------------------------------------- */

/* "src/24": what a key is called. */
void toplist_key_name(struct nf_strbuf *s, const struct top_key *key);

/* The name of a statistic, which says if it is of total counters: "bytes", "bytes_total". */
const char *toplist_stat_name(const struct toplist *l, unsigned stat);

/* The value of a key: of NUMBERS with WORDS their names. */
void toplist_value(struct nf_strbuf *s, const struct toplist *l, const struct top_entry *e,
		   unsigned key, bool words);

/* WAY of a sum: 0 forward, 1 back; -1 both, or any other statistic.  Nothing if not known. */
void toplist_figure(struct nf_strbuf *s, const struct toplist *l, const struct top_row *row,
		    unsigned stat, int way);

/* In percent of the whole, with two digits of fraction; nothing where there is no whole. */
void toplist_share(struct nf_strbuf *s, const struct toplist *l, const struct top_row *row,
		   unsigned stat, unsigned digits);

/* True if a value of that statistic can be a share. */
static inline bool toplist_has_share(unsigned stat)
{
	return top_stats[stat].kind == TOP_SUM;
}

#endif
