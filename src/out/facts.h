/*
 * Pieces of text that stand below a row: a label and facts, apart by commas.
 */
#ifndef OUT_FACTS_H
#define OUT_FACTS_H

#include "base/strbuf.h"

/* A line of facts, broken at blanks where it passes the last column. */
struct facts {
	struct nf_strbuf *s;
	unsigned width;
	size_t line;			/* where it began */
	bool any;
};

/* WIDTH: columns; 0: the line may be as long as it is. */
struct facts facts_open(struct nf_strbuf *s, unsigned width, const char *label);
void facts_close(struct facts *f);

/* The comma before another fact. */
void facts_next(struct facts *f);

/* "2 duplicates", or nothing where N is 0. */
void facts_count(struct facts *f, uint64_t n, const char *noun);

/* What was appended from FROM on stands to the right of WIDTH columns; if wider, behind a blank. */
void facts_right(struct nf_strbuf *s, size_t from, unsigned width);
void facts_cell(struct nf_strbuf *s, uint64_t v, unsigned width);

void facts_percent(struct nf_strbuf *s, uint64_t hundredths);	/* "94.12%" */
void facts_moment(struct nf_strbuf *s, int64_t ns, unsigned digits);	/* DIGITS of a second */
void facts_seconds(struct nf_strbuf *s, int64_t ns);		/* "-0.002": cut to milliseconds */

#endif
