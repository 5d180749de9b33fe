/*
 * Flows: the flow records of all messages, in the columns, the order and the words of
 * `nfpcap flows`.
 */
#ifndef TUI_SCREEN_FLOWS_H
#define TUI_SCREEN_FLOWS_H

#include "model/store.h"
#include "model/store_job.h"
#include "out/flows.h"
#include "tui/app.h"
#include "tui/tags.h"

/* The cells of the record that was asked for last. */
struct flows_cells {
	uint64_t flow;			/* UINT64_MAX: none */
	struct nf_strbuf text;
	uint32_t ends[COLUMNS_MAX];
};

struct flows_screen {
	struct screen screen;
	struct grid grid;
	struct grid_column columns[COLUMNS_MAX];
	struct flows *flows;		/* the columns, and what makes their cells */
	struct filter_names *names;
	struct store_cursor *cursor;
	struct store_job *job;		/* of the filter and the order; NULL: all, as they come */
	bool halted;			/* it was stopped */
	uint64_t generation;		/* of the filter that the job is of */
	const struct filter_ref *by;	/* what is sorted by; NULL: nothing */
	bool descending;
	uint64_t keeps;			/* the flow to select once it is found; UINT64_MAX: none */
	struct tags tags;
	struct flows_cells cells;
};

/* -- flows_grid.c ------------------------------------------------------------------------ */

extern const struct grid_ops flows_grid_ops;

/* The number of the flow in line I; UINT64_MAX where there is none. */
uint64_t flows_number(const struct flows_screen *f, uint64_t i);

/* The line of flow NUMBER, or of the one behind where it would stand. */
uint64_t flows_line(const struct flows_screen *f, uint64_t number);

/* The record of the selected line; NULL where there is none, or it cannot be read. */
const struct filter_at *flows_selected(struct flows_screen *f);

/* The grid's columns anew, from those of f->flows. */
void flows_lay_out(struct flows_screen *f);

#endif
