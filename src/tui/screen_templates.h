/*
 * Templates: a row for each definition, withdrawal, and id that nobody defined; the fields of the
 * selected one.
 */
#ifndef TUI_SCREEN_TEMPLATES_H
#define TUI_SCREEN_TEMPLATES_H

#include "out/templatelist.h"
#include "tui/app.h"
#include "tui/detail.h"

enum templates_column {
	TCOL_EXPORTER, TCOL_DOMAIN, TCOL_ID, TCOL_VERSION, TCOL_KIND, TCOL_FIELDS, TCOL_LENGTH,
	TCOL_SENT, TCOL_EVERY, TCOL_SETS, TCOL_RECORDS, TCOL_OCTETS, TCOL_FIRST, TCOL_LAST,
	TCOL_SPAN, TCOL_STATE,
	TCOLS
};

struct templates_line {
	struct templates_row *row;
	const struct templates_row *next;	/* what came in its place; NULL: nothing */
	size_t natural;				/* where it stands in the order of the list */
	uint64_t key;				/* of the column by which they are in order */
};

struct templates_screen {
	struct screen screen;
	struct detail detail;
	struct templatelist texts, json;
	struct templates_line *lines;
	size_t n, cap;
	bool settled;
	bool sorted, descending;		/* by grid.sort_column; else as the list */
	/* what the text is of, as it was then */
	const struct templates_row *described;
	uint64_t described_sets;
	unsigned described_cols;
	bool described_settled;
};

/* -- templates_list.c -------------------------------------------------------------------- */

extern const struct grid_column templates_columns[TCOLS];
extern const struct grid_ops templates_grid_ops;

/* What is known by now; the same row stays selected. */
void templates_refill(struct templates_screen *t);

/* In the order of the column SORTED says, or as they come. */
void templates_sort(struct templates_screen *t);

const struct templates_line *templates_selected(const struct templates_screen *t);

/* WIDTH columns from the first to the last message: when LINE is in force, when it is used. */
void templates_span(struct nf_strbuf *s, const struct templates_screen *t,
		    const struct templates_line *line, unsigned width);

/* -- templates_text.c -------------------------------------------------------------------- */

/* The text of the selected row, if it is not there already. */
void templates_describe(struct templates_screen *t);

#endif
