/*
 * Ladder: who sends what to whom, in time: a lane an exporter, and the collector; a line a
 * message, or a run of them that carry nothing but flows.
 *
 * Lines are made of the messages around the selected one when they are drawn.  Where a line begins
 * is told by a message and the one before it alone, so that lines are the same from wherever one
 * comes to them.
 */
#ifndef TUI_SCREEN_LADDER_H
#define TUI_SCREEN_LADDER_H

#include "model/store.h"
#include "model/store_job.h"
#include "out/out.h"
#include "tui/app.h"

enum {
	LADDER_LINES = 512,		/* the most that are made: rows of the largest screen */
	LADDER_LANES = 4096,		/* exporters; further ones share the last lane */
};

/* How a message follows the one before it of its exporter and domain. */
enum ladder_step { LADDER_FINE, LADDER_GAP, LADDER_BACK, LADDER_ANEW };

/* What is read of a message. */
struct ladder_message {
	uint64_t row;			/* of the store; UINT64_MAX: none, or it cannot be read */
	struct store_row at;
	uint32_t domain, sequence;
	uint16_t count;
	uint8_t aggregation;
};

/* A line: the messages of the list from FROM to behind TO. */
struct ladder_line {
	uint64_t from, to;
	struct ladder_message first;
	uint64_t flows;
	uint8_t step;			/* enum ladder_step, of the first one */
	uint32_t units;			/* that are missing */
	uint32_t expected;
};

struct ladder_lane {
	struct nf_addr addr;
};

struct ladder {
	struct screen screen;
	struct store_job *match;	/* of the filter; NULL: all */
	uint64_t generation;		/* of the filter that match is of */
	bool halted;
	bool singly;			/* no runs */
	struct out *out;
	/* exporters as they were met, and which of them a session's is */
	struct ladder_lane *lanes;
	size_t nlanes, lanes_cap;
	uint32_t *of_session;
	size_t nsessions, sessions_cap;
	uint64_t scanned;		/* rows whose sessions are known */
	unsigned left;			/* the first lane in sight */
	/* the selected message and the first one in sight, in the list; both begin lines */
	uint64_t at, top;
	unsigned page;			/* rows of lines that were shown last */
	uint64_t wanted;		/* a row to go to once the filter is through */
	struct ladder_line lines[LADDER_LINES];
	unsigned nlines;
	uint64_t made_top, made_rows;	/* what the lines are of */
	unsigned made_page;
	uint64_t made_generation;	/* of the store */
	bool made_settled;
};

/* -- ladder_lines.c ---------------------------------------------------------------------- */

/* Messages in the list, and the row of the I-th; UINT64_MAX: there is none. */
uint64_t ladder_count(const struct ladder *l);
uint64_t ladder_row(const struct ladder *l, uint64_t i);
/* Where ROW stands in it, or the next one that does. */
uint64_t ladder_find(const struct ladder *l, uint64_t row);

/* Where the line begins that message I is of. */
uint64_t ladder_begin(struct ladder *l, uint64_t i);

/* The line that begins at I. */
void ladder_line(struct ladder *l, uint64_t i, struct ladder_line *line);

/* Rows of the screen that it takes: a gap is one above its message. */
unsigned ladder_height(const struct ladder_line *line);

/* True if l->lines are those from TOP on. */
bool ladder_made(const struct ladder *l, uint64_t top);

/* The lines from l->top on that PAGE rows have room for. */
void ladder_make(struct ladder *l, unsigned page);

/* The lane of a message. */
uint32_t ladder_lane(const struct ladder *l, const struct store_row *r);

/* Look for exporters for a while; true while there is more to look at. */
bool ladder_scan(struct ladder *l, uint64_t rows);

/* -- ladder_draw.c ----------------------------------------------------------------------- */

void ladder_draw(struct ladder *l, struct area a);

/* "T O:3 24 flows": what a line carries, in short. */
void ladder_label(struct nf_strbuf *s, const struct ladder_line *line);

/* "3 packets missing: 12 follows 8": nothing where there is nothing to say. */
void ladder_step_text(struct nf_strbuf *s, const struct ladder_line *line);

/* How many lanes there is room for. */
unsigned ladder_lanes_shown(const struct ladder *l, unsigned cols);

#endif
