/*
 * Screens: what the browser shows one of at a time.
 *
 * A screen is a struct that begins with struct screen, the functions of its ops, and a row of
 * screens.def.  It draws what it knows whenever it is asked, and never waits: what takes long is
 * done in steps of `work`.
 *
 * Screens know of each other only through places: `where` says what is selected in terms that all
 * of them understand, and `go` shows a place.
 */
#ifndef TUI_SCREEN_H
#define TUI_SCREEN_H

#include "tui/grid.h"

struct app;
struct filter;
struct key;
struct screen;

#define PLACE_NONE UINT64_MAX
#define PLACE_NO UINT32_MAX

/* What is selected, as far as it can be told; the rest is PLACE_NONE or PLACE_NO. */
struct place {
	uint64_t row;			/* message of the store */
	uint32_t record;		/* flow record in it, from 0 */
	uint32_t offset;		/* octet of the message */
	/* whose: as sessions were met, and the domain in it */
	uint32_t session, domain;
	/* a definition: of that session and domain, at its position in the input */
	uint32_t template_id;		/* 0 to 65535 */
	uint64_t position;
	/* a finding of the checker; a row of a screen that has rows of its own kind */
	uint64_t finding, item;
};

struct place place_nowhere(void);

struct screen_ops {
	size_t size;				/* of the screen's struct */
	/* False if memory is out.  The store may be empty still. */
	bool (*open)(struct screen *s);
	void (*close)(struct screen *s);
	void (*draw)(struct screen *s, struct area a);
	/* False: there is nothing to do that to. */
	bool (*act)(struct screen *s, enum action a, uint32_t arg);
	/* A click or a wheel there; may be NULL. */
	void (*mouse)(struct screen *s, const struct key *k);
	void (*where)(struct screen *s, struct place *p);
	/* Show P, as far as it says something here. */
	void (*go)(struct screen *s, const struct place *p);
	/* The filter is another one, or more was loaded; may be NULL. */
	void (*changed)(struct screen *s);
	/*
	 * The analysis is another one; the one before is there until this returns, and nothing may
	 * point into it then.  NULL: the screen is opened anew, and shows the place that it showed.
	 */
	void (*renewed)(struct screen *s);
	/*
	 * S was opened anew so, in place of WAS, and has still to go to its place: it takes over
	 * how that was looked at: what is open, the order, the pane.  May be NULL.
	 */
	void (*resumes)(struct screen *s, struct screen *was);
	/* Some 2 ms of what is still to be done; true while there is more.  May be NULL. */
	bool (*work)(struct screen *s);
	/* True while it has such work; *DONE of 0 to 1 goes to the title line.  May be NULL. */
	bool (*busy)(struct screen *s, double *done);
	/* Let it be; may be NULL. */
	void (*stop)(struct screen *s);
	/* Rows shown of all there are, for the title line; may be NULL. */
	void (*counts)(struct screen *s, uint64_t *shown, uint64_t *total);
	/* The grid that search, copying and saving go by; NULL or its result NULL: none. */
	struct grid *(*grid)(struct screen *s);
	/* Does line LINE of the grid pass F?  May be NULL: filters say nothing here. */
	bool (*passes)(struct screen *s, struct filter *f, uint64_t line);
	/* The value of the selected cell, and the comparison that holds for it; may be NULL. */
	bool (*value)(struct screen *s, struct nf_strbuf *value, struct nf_strbuf *filter);
	/*
	 * Go to the next place that has TEXT, where that is no row of the grid.  May be NULL;
	 * false: there is none.
	 */
	bool (*find)(struct screen *s, const char *text, bool back);
	/*
	 * Select the first place with TEXT in what line LINE of LIST stands for, or the last one if
	 * BACK; with REST only what is behind the selected place, or before it.  NULL: what can be
	 * searched through so is another screen's.
	 */
	struct grid *(*list)(struct screen *s);
	bool (*find_in)(struct screen *s, const char *text, uint64_t line, bool back, bool rest);
	/* A line of the grid as JSON, and its line end; NULL or false: titles and cells are. */
	bool (*json)(struct screen *s, uint64_t line, struct nf_strbuf *text);
	/* How many lines are tagged, and is a message, or anything in it?  NULL: none can be. */
	uint64_t (*tags)(const struct screen *s);
	bool (*has_tag)(const struct screen *s, uint64_t row);
	/* The command line that shows the same, behind "nfpcap "; may be NULL. */
	void (*command)(struct screen *s, struct nf_strbuf *line);
};

struct screen {
	const struct screen_ops *ops;
	struct app *app;
	uint8_t id;				/* enum screen_id */
	struct area area;			/* where it was drawn last */
};

#define SCREEN(name, ...) extern const struct screen_ops screen_##name;
#include "tui/screens.def"
#undef SCREEN

/* In the order of screens.def. */
extern const struct screen_ops *const screen_ops[SCREENS];
const char *screen_title(enum screen_id id);
const char *screen_name(enum screen_id id);

#endif
