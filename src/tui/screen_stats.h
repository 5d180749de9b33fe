/*
 * Stats: what came over time, the top of a key, and totals as `nfpcap stats` has them.
 */
#ifndef TUI_SCREEN_STATS_H
#define TUI_SCREEN_STATS_H

#include "model/timeline.h"
#include "out/toplist.h"
#include "tui/app.h"
#include "tui/pager.h"

enum stats_pane { STATS_TIME, STATS_TOP, STATS_TEXT, STATS_PANES };

enum {
	STATS_ROWS = 200,		/* of the top */
	STATS_COLUMNS = TOP_KEYS + 5,	/* keys, three sums, the share, the bar */
	STATS_ORDERS = 3,		/* bytes, packets, flows */
};

/* What came over time: see stats_time.c. */
struct stats_time {
	unsigned at;			/* the selected piece */
	unsigned series;		/* the one that is drawn large */
	struct area graph;		/* as drawn last */
};

/* The top: see stats_top.c. */
struct stats_top {
	struct grid grid;
	struct grid_column columns[STATS_COLUMNS];
	char titles[STATS_COLUMNS][TOP_TITLE + 8];
	struct toplist list;
	unsigned cols;			/* that columns are laid out for */
	bool listed;			/* list holds rows */
	uint64_t records;		/* that they are of */
	bool settled;
	uint8_t by;			/* 0 to STATS_ORDERS - 1 */
	bool ascending;
	struct nf_strbuf keys;
	struct edit_history history;
};

struct stats_screen {
	struct screen screen;
	struct stats_time time;
	struct stats_top top;
	struct pager pager;
	uint64_t described;		/* frames that the text is of; UINT64_MAX: none */
	bool settled;			/* and it was all of it */
	uint8_t pane;			/* enum stats_pane */
	bool zoom, below;		/* below: no panes side by side */
	struct area areas[STATS_PANES];
};

/* -- stats_time.c ------------------------------------------------------------------------ */

/* Lines that the graphs take, of ROWS. */
unsigned stats_time_rows(const struct stats_screen *s, unsigned rows);

/* Sparklines, or where LARGE one series in bars from below. */
void stats_time_draw(struct stats_screen *s, struct area a, bool focus, bool large);
bool stats_time_act(struct stats_screen *s, enum action a);
/* A click there. */
void stats_time_click(struct stats_screen *s, unsigned col);

/* The row of the first message of the selected piece, or behind it; PLACE_NONE: there is none. */
uint64_t stats_time_row(const struct stats_screen *s);

/* -- stats_top.c ------------------------------------------------------------------------- */

void stats_top_init(struct stats_screen *s);
void stats_top_done(struct stats_screen *s);
/* Rows anew, where there are others by now. */
void stats_top_refresh(struct stats_screen *s);
void stats_top_draw(struct stats_screen *s, struct area a, bool focus);
bool stats_top_sort(struct stats_screen *s, bool invert);
/* A list of keys to choose from. */
bool stats_top_choose(struct stats_screen *s);
/* A filter that holds for the flows of the selected row; false: there is none. */
bool stats_top_filter(struct stats_screen *s, struct nf_strbuf *filter);
/* "bytes" */
const char *stats_top_order(const struct stats_screen *s);

#endif
