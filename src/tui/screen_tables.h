/*
 * Tables: what options records say, a table a kind and domain, a line for each version of each
 * row; of the selected one, all that is known.
 */
#ifndef TUI_SCREEN_TABLES_H
#define TUI_SCREEN_TABLES_H

#include "out/joined_rows.h"
#include "tui/app.h"
#include "tui/pager.h"

enum tables_column {
	TABLES_KEY, TABLES_SINCE, TABLES_UNTIL, TABLES_SENT, TABLES_FRAME, TABLES_SAYS,
	TABLES_COLUMNS
};

#define TABLES_HEAD SIZE_MAX

/* A line: the head of a table, or a row of it. */
struct tables_line {
	size_t table;
	size_t row;			/* TABLES_HEAD: the head */
};

/* Rows of one kind and domain. */
struct tables_table {
	size_t from, to;		/* of rows */
	size_t changed;			/* versions that another one has replaced */
	size_t conflicts;
	bool closed;
};

struct tables {
	struct screen screen;
	struct grid grid;
	struct pager pager;
	struct out *out;
	struct joined_rows rows;
	struct tables_table *tables;
	size_t ntables, tables_cap;
	struct tables_line *lines;
	size_t nlines, lines_cap;
	uint8_t by;			/* enum tables_column */
	bool descending;
	bool settled;			/* rows are all that there will be */
	bool pane, zoom, beside;
	size_t explained;		/* the line whose text stands in the pane */
	struct area text;		/* as drawn last */
	struct area list;
};

/* -- tables_list.c ----------------------------------------------------------------------- */

extern const struct grid_ops tables_grid_ops;
extern const struct grid_column tables_columns[TABLES_COLUMNS];

/* Rows and lines anew, as long as rows may come. */
void tables_refresh(struct tables *t);

/* The lines anew: a table was opened or closed. */
void tables_list(struct tables *t);

/* The rows in the order of t->by, and the lines. */
void tables_sort(struct tables *t);

const struct tables_line *tables_selected(const struct tables *t);

/* The row of a line; NULL: a head. */
static inline const struct joined_row *tables_row(const struct tables *t,
						   const struct tables_line *line)
{
	return line->row != TABLES_HEAD ? &t->rows.v[line->row] : NULL;
}

/* What replaced the version; NULL: it holds up to the end. */
static inline const struct join_version *tables_next(const struct joined_row *r)
{
	return r->at + 1 < r->voice->n ? r->voice->v[r->at + 1] : NULL;
}

/* "interfaceName eth0, interfaceDescription uplink" */
void tables_values(struct tables *t, struct nf_strbuf *s, const struct join_version *v);

/* "192.0.2.1, domain 7" */
void tables_owner(struct tables *t, struct nf_strbuf *s, const struct join_domain *d);

#endif
