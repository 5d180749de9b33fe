/*
 * The tables of joined options, a row for each version of what is said of something: their order,
 * and the texts of their cells, for `options --joined` and the browser.
 */
#ifndef OUT_JOINED_ROWS_H
#define OUT_JOINED_ROWS_H

#include "model/join.h"
#include "out/out.h"

struct joined_row {
	const struct join_row *row;
	const struct join_voice *voice;
	const struct join_version *version;
	size_t at;			/* of the version among the voice's */
};

struct joined_rows {
	struct joined_row *v;
	size_t n, cap;
};

/*
 * All that J holds, in the order of joined_rows_order; what R held before is replaced.  False if
 * memory is out: some are missing.
 */
bool joined_rows_collect(struct joined_rows *r, const struct join *j);
void joined_rows_done(struct joined_rows *r);

/* For qsort: tables, then domains as they were met, then keys; versions as they came. */
int joined_rows_order(const void *a, const void *b);

/* True if both stand in one table: of one kind, and of one domain. */
static inline bool joined_same_table(const struct joined_row *x, const struct joined_row *y)
{
	return x->row->kind == y->row->kind && x->row->domain == y->row->domain;
}

/* A value with its label. */
void joined_value(struct nf_strbuf *s, struct out *o, const struct join_value *v);

/* "System c0000201", "privateEnterpriseNumber 7898, informationElementId 10". */
void joined_scope(struct nf_strbuf *s, struct out *o, const struct join *j,
		  const struct join_blob *scope);

/* What the row is about. */
void joined_key(struct nf_strbuf *s, struct out *o, const struct join *j,
		const struct joined_row *r);

/* The address of who says it; an IPFIX File's path. */
void joined_exporter(struct nf_strbuf *s, const struct out *o, const struct join_domain *d);

/* "30-1201": frames of its first and last record, with their files where there are several. */
void joined_frames(struct nf_strbuf *s, const struct out *o, const struct join_version *v);

#endif
