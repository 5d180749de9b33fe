/*
 * Flows: the flow records of all messages, in the columns, the order and the words of
 * `nfpcap flows`.
 *
 *	screen_flows.c	keys and places
 *	flows_grid.c	the lines
 *	flows_columns.c	which columns there are, and how wide
 *	flows_chooser.c	the list that they are chosen from
 *	flows_value.c	what a cell is about: the field, its octets, a comparison
 *	flows_sums.c	flows added up, a step at a time
 *	flows_totals.c	the line at the bottom
 *	flows_group.c	added up by a column: other lines in place of the flows
 *	flows_group_grid.c	those lines
 *	flows_order.c	the filter and the order, and all that goes on in steps
 *	flows_seek.c	lines that are looked for, a step at a time
 */
#ifndef TUI_SCREEN_FLOWS_H
#define TUI_SCREEN_FLOWS_H

#include "model/store.h"
#include "model/store_job.h"
#include "model/top.h"
#include "out/flows.h"
#include "tui/app.h"
#include "tui/flows_sums.h"
#include "tui/tags.h"

/* The cells of the record that was asked for last. */
struct flows_cells {
	uint64_t flow;			/* UINT64_MAX: none */
	struct nf_strbuf text;
	uint32_t ends[COLUMNS_MAX];
	bool whole_times;		/* as app.whole_times was */
};

/* A line that is looked for. */
enum flows_looks_for { SEEK_NOTHING, SEEK_FLOW, SEEK_SAME };

struct flows_seek {
	uint8_t what;			/* enum flows_looks_for */
	bool back;
	bool said;			/* that it may be hidden is of interest */
	uint64_t flow;			/* of SEEK_FLOW */
	uint64_t at;			/* the line to be looked at next */
	/* of SEEK_SAME: whose; and the message that was looked at last */
	const struct nf_session *session;
	uint32_t domain;
	uint64_t row;
	bool row_is;
};

enum flows_group_column {
	GROUP_KEY, GROUP_FLOWS, GROUP_PACKETS, GROUP_BYTES, GROUP_SHARE, GROUP_BAR, GROUP_COLUMNS,
};

enum { GROUPS_MAX = 4096 };	/* lines of groups: the first ones in the order */

/* Flows added up by a column. */
struct flows_group {
	bool on, halted;
	char *name;			/* of the key, as it was asked for */
	struct flows_sums sums;
	struct grid grid;
	struct grid_column columns[GROUP_COLUMNS];
	uint8_t by;			/* enum flows_group_column: what orders */
	bool ascending;
	uint8_t stat;			/* enum top_stat_id, of that column */
	struct top_order order;
	struct top_entry *best;		/* of the latest look: n of them */
	size_t n;
	struct top_entry *next;		/* of the look that goes on; NULL: none does */
	struct top_pick pick;
	uint64_t looked;		/* messages that had been added up by the latest one */
	bool settled;			/* nothing has come since */
};

struct flows_screen {
	struct screen screen;
	struct grid grid;
	struct grid_column columns[COLUMNS_MAX];
	bool chosen[COLUMNS_MAX];	/* such a column is shown however narrow the screen is */
	struct flows *flows;		/* the columns, and what makes their cells */
	struct flows *json;		/* for saving */
	char *named;			/* those columns; NULL: the usual ones */
	enum app_names names_shown;	/* the way f->flows writes values */
	struct filter_names *names;
	struct store_cursor *cursor, *before;
	struct store_job *job;		/* of the filter and the order; NULL: all, as they come */
	bool halted;			/* it was stopped */
	bool tables;			/* what options say is known, and has been used */
	uint64_t generation;		/* of the filter that the job is of */
	const struct filter_ref *by;	/* what is sorted by; NULL: nothing */
	char *sorted_by;		/* the name of that column */
	bool descending;
	struct flows_seek seek;
	struct tags tags;
	struct flows_cells cells;
	struct flows_sums sums;
	struct flows_group group;
};

/* -- screen_flows.c ---------------------------------------------------------------------- */

/* The column that is selected; NULL where there is none. */
const struct column *flows_column(const struct flows_screen *f);

/* For nf_free; NULL if memory is out. */
char *flows_copy(const char *text);

/* -- flows_order.c ----------------------------------------------------------------------- */

/* By the selected column, or again as they come; INVERT: the other way around. */
bool flows_sort(struct flows_screen *f, bool invert);

/* As those of struct screen_ops. */
void flows_changed(struct screen *s);
bool flows_work(struct screen *s);
bool flows_busy(struct screen *s, double *done);
void flows_stop(struct screen *s);

/* -- flows_grid.c ------------------------------------------------------------------------ */

extern const struct grid_ops flows_grid_ops;

/* The number of the flow in line I; UINT64_MAX where there is none. */
uint64_t flows_number(const struct flows_screen *f, uint64_t i);

/* The record of the selected line; NULL where there is none, or it cannot be read. */
const struct filter_at *flows_selected(struct flows_screen *f);

/* -- flows_columns.c --------------------------------------------------------------------- */

/* Those of NAMES, "src,dst,bytes"; NULL: the usual ones.  False and *ERR: nothing has changed. */
bool flows_columns_set(struct flows_screen *f, const char *names, struct filter_error *err);
/* The same: the user has chosen all of them, so that none has to make room for others. */
bool flows_columns_choose(struct flows_screen *f, const char *names, struct filter_error *err);

/* One more behind the others, which is then the selected one. */
bool flows_columns_add(struct flows_screen *f, const char *name, struct filter_error *err);

/* The last one stays. */
bool flows_columns_remove(struct flows_screen *f, unsigned i);

/* The selected one changes places with its neighbour. */
bool flows_columns_move(struct flows_screen *f, bool right);

/* Where NAME is; COLUMNS_MAX: nowhere. */
unsigned flows_columns_find(const struct flows_screen *f, const char *name);

/* The grid's columns anew, from those of f->flows, for a screen of COLS columns. */
void flows_lay_out(struct flows_screen *f, unsigned cols);

/* For other screens: what filters call NAME becomes a column, and that is said. */
void flows_add_column(struct app *app, const char *name);

/* -- flows_chooser.c --------------------------------------------------------------------- */

bool flows_choose(struct flows_screen *f);

/* -- flows_totals.c ---------------------------------------------------------------------- */

/* Begin to add up what is shown. */
void flows_totals_begin(struct flows_screen *f);
void flows_totals_draw(struct flows_screen *f, struct area a);

/* -- flows_group.c ----------------------------------------------------------------------- */

/* By the selected column. */
bool flows_group_begin(struct flows_screen *f);
void flows_group_end(struct flows_screen *f);
/* The filter is another one, or what options say has come to be known. */
void flows_group_again(struct flows_screen *f);
/* True while there is more to do. */
bool flows_group_work(struct flows_screen *f);
bool flows_group_act(struct flows_screen *f, enum action a);
bool flows_group_value(struct flows_screen *f, struct nf_strbuf *text, struct nf_strbuf *filter);
void flows_group_command(struct flows_screen *f, struct nf_strbuf *line);
void flows_group_draw(struct flows_screen *f, struct area a);

/* -- flows_group_grid.c ------------------------------------------------------------------ */

extern const struct grid_ops flows_group_ops;

/* The columns of the groups anew. */
void flows_group_lay_out(struct flows_screen *f);

/* -- flows_seek.c ------------------------------------------------------------------------ */

/* Select FLOW as soon as the job has found it.  SAYS: that it is hidden, if it is. */
void flows_seek(struct flows_screen *f, uint64_t flow, bool says);

/* Select the next flow of the same exporter and domain, or the one before. */
bool flows_seek_same(struct flows_screen *f, bool back);

/* True while it goes on. */
bool flows_seek_work(struct flows_screen *f);

#endif
