/*
 * Packets: the list of messages, the tree of the selected one, its octets.
 */
#ifndef TUI_SCREEN_PACKETS_H
#define TUI_SCREEN_PACKETS_H

#include "model/store.h"
#include "model/store_job.h"
#include "out/line.h"
#include "tui/app.h"
#include "tui/bytes.h"
#include "tui/tags.h"
#include "tui/tree.h"

enum packets_pane { PANE_LIST, PANE_TREE, PANE_BYTES, PANE_COUNT };

enum { PACKETS_TIME = 1, PACKETS_CELLS = 8 };

/* The cells of the row that was asked for last. */
struct packets_row {
	uint64_t row;			/* of the store; UINT64_MAX: none */
	struct nf_strbuf text;
	uint32_t ends[PACKETS_CELLS];
	bool whole_times;		/* as app.whole_times was */
	uint8_t severity;		/* of its worst problem, plus 1; 0: none */
};

/* The way to another message of a session and domain, in steps. */
struct packets_seek {
	bool on, back;
	uint64_t line;			/* looked at last */
	const struct nf_session *session;
	uint32_t domain;
};

struct packets {
	struct screen screen;
	struct grid list;
	struct grid_column columns[PACKETS_CELLS];
	struct store_job *match;	/* of the filter; NULL: all */
	bool halted;			/* it was stopped */
	struct packets_seek seek;
	uint64_t counted;		/* the generation of the store that match is of */
	uint64_t keeps;			/* what to select once that is through; UINT64_MAX: none */
	struct tags tags;
	struct out *out, *json;		/* for what a message carries; for saving */
	struct packets_row cells;
	struct dissection *dissection;
	struct dissection *probe;	/* of a message that is looked through */
	struct tree tree;
	struct bytes bytes;
	uint64_t generation;		/* of the filter that match is of */
	struct place wanted;		/* to be shown once the filter is through */
	bool wants;
	uint64_t open;			/* the message dissected; UINT64_MAX: none */
	uint8_t pane;			/* enum packets_pane */
	bool octets, beside, zoom;
	struct area areas[PANE_COUNT];	/* as drawn last */
};

/* -- packets_list.c ---------------------------------------------------------------------- */

extern const struct grid_ops packets_list_ops;
extern const struct grid_column packets_columns[PACKETS_CELLS];

/* The message of the store that line I of the list is; UINT64_MAX where there is none. */
uint64_t packets_row(const struct packets *p, uint64_t i);

/* The line at which ROW stands, or the one behind where it would. */
uint64_t packets_line(const struct packets *p, uint64_t row);

/* -- screen_packets.c ---------------------------------------------------------------------- */

/* Take the selected message apart, if it is not the one that is open. */
void packets_open(struct packets *p);

/* What the tree's node stands for is marked among the octets. */
void packets_mark(struct packets *p);

/* -- packets_draw.c, packets_act.c, packets_places.c, packets_find.c: see struct screen_ops -- */

void packets_draw(struct screen *s, struct area a);
bool packets_act(struct screen *s, enum action a, uint32_t arg);
void packets_mouse(struct screen *s, const struct key *k);
void packets_where(struct screen *s, struct place *place);
void packets_go(struct screen *s, const struct place *place);
bool packets_find(struct screen *s, const char *what, bool back);
struct grid *packets_list(struct screen *s);
bool packets_find_in(struct screen *s, const char *text, uint64_t line, bool back, bool rest);
bool packets_passes(struct screen *s, struct filter *f, uint64_t line);

/* The tree goes to the node that the octet under the cursor belongs to. */
void packets_show_octet(struct packets *p);

/* Which domain the message of a row is of; false where it cannot be read. */
bool packets_domain(struct packets *p, uint64_t row, uint32_t *domain);

/* Some 2 ms of what `.` and `,` look for; true while it goes on. */
bool packets_seek(struct packets *p);

/* Where one wanted to go while the filter was still at work: once it is there. */
void packets_arrive(struct packets *p);

#endif
