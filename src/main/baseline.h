/*
 * The baseline: findings that were looked at and accepted, a row each of a text file.
 *
 *	# rule exporter version domain template element key
 *	v9-count-mismatch 192.0.2.1 9 7 - - -
 *
 * `-` is none, `*` any; a key is a number of the rule's own that tells its findings apart.
 */
#ifndef MAIN_BASELINE_H
#define MAIN_BASELINE_H

#include "base/strbuf.h"
#include "check/check.h"

enum { BASELINE_ROWS = 1 << 20 };	/* no file may have more */

struct baseline_row;

struct baseline {
	struct baseline_row *rows;
	size_t n, cap;
	size_t exact;			/* rows without a `*` come first, in order */
	struct nf_strbuf words;		/* of the finding that is looked for */
	bool failed;			/* memory was out */
};

void baseline_init(struct baseline *b);
void baseline_done(struct baseline *b);

/* All rows of the file at PATH.  -1 and *ERR, with the number of the line. */
int baseline_read(struct baseline *b, const char *path, struct nf_err *err);

/* A line of such a file, which may be blank; then, behind the last one, baseline_sort. */
int baseline_line(void *b, char *line, struct nf_err *err);
void baseline_sort(struct baseline *b);

/* Is F accepted?  CTX is the baseline: see struct check_opts. */
bool baseline_accepts(void *ctx, const struct check_finding *f);

/* Rows that have accepted nothing. */
size_t baseline_stale(const struct baseline *b);

/* A baseline that accepts all that C has found; what it says is a comment behind each row. */
void baseline_text(struct nf_strbuf *s, const struct check *c);

/* The same, to the file at PATH.  -1 and *ERR. */
int baseline_write(const char *path, const struct check *c, struct nf_err *err);

#endif
