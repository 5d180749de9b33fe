/*
 * The browser: one loop that waits for keys and, while none come, does the next 2 ms of what is
 * left to do.  No threads: whatever is drawn is drawn from what is known at that moment.
 *
 *	screen_*.c	the screens, each with what it keeps
 *	app.c		the loop: keys to actions, work, drawing
 *	app_lines.c	the title line and the footer
 *	app_go.c	places: links between screens, the way back, marks
 *	app_filter.c	the display filter: editing, cells that become filters
 *	app_search.c	/ n N
 *	app_command.c	the command line of `:`
 *	app_copy.c	the menu of y
 *	app_save.c	the dialog of s
 *	app_options.c	the options record that names what is selected
 *	app_follow.c	inputs that grow
 */
#ifndef TUI_APP_H
#define TUI_APP_H

#include "ie/ie.h"
#include "model/filter.h"
#include "tui/edit.h"
#include "tui/popup.h"
#include "tui/screen.h"
#include "tui/term.h"

struct analysis;
struct saving;
struct saving_format;
struct store;

enum { APP_STEP_NS = 2000000 };		/* work between two looks for a key */

/* How times are shown. */
enum app_times {
	TIMES_CLOCK, TIMES_LOCAL, TIMES_START, TIMES_DELTA, TIMES_MARK, TIMES_MODES
};
/* Values with their names, as numbers, as octets. */
enum app_names { NAMES_WORDS, NAMES_NUMBERS, NAMES_HEX, NAMES_MODES };

/* A line at the bottom that is typed into. */
struct app_prompt {
	const struct prompt_ops *ops;	/* NULL: none is open */
	struct edit edit;
};

/* What there is to say of a text while it is typed. */
struct prompt_hint {
	struct nf_strbuf text;		/* "": nothing */
	enum look look;			/* of the line that is typed */
	size_t at;			/* octet of it that TEXT is about; SIZE_MAX: none */
};

struct prompt_ops {
	const char *label;		/* "Filter: " */
	/* Judge TEXT; may be NULL. */
	void (*typed)(struct app *app, const char *text, struct prompt_hint *hint);
	void (*entered)(struct app *app, const char *text);
	/* C-r: choose among what was entered before; may be NULL. */
	void (*choose)(struct app *app);
	const struct edit_ops *edit;
};

/* What lies over the screen and gets the keys first: see tui/popup.h. */
struct overlay_ops {
	/* A row was chosen; the overlay is closed already.  NULL: there is nothing to choose. */
	void (*chosen)(struct app *app, void *own, size_t row);
	/* A box was ticked; may be NULL. */
	void (*ticked)(struct app *app, void *own, size_t row);
	/* OWN is let go of; may be NULL. */
	void (*closed)(struct app *app, void *own);
};

struct app_overlay {
	bool open;
	const struct overlay_ops *ops;
	struct popup popup;
	void *own;
};

struct app_filter {
	struct filter *filter;		/* NULL: everything is shown */
	struct nf_strbuf text;
	struct filter_opts opts;
	uint64_t generation;		/* counts up with each change */
	struct edit_history history;
};

enum { APP_TRAIL = 128, APP_MARKS = 52 };

struct app_stop {
	uint8_t screen;
	struct place place;
};

/* Where one came from: stops[0 .. n - 1], of which `at` is the next way back. */
struct app_trail {
	struct app_stop stops[APP_TRAIL];
	char *filters[APP_TRAIL];	/* to be set there again; NULL: it stays as it is */
	unsigned n, at;
};

/* What / n N look for; rows are looked through in steps. */
struct app_search {
	struct edit_history history;
	char *text;			/* NULL: nothing was looked for yet */
	struct filter *filter;		/* of "=EXPR": a line that it lets through */
	bool deep;			/* of `:find`: in the trees of all messages */
	bool back, on;			/* on: it goes on */
	const struct grid *grid;	/* that it goes on in, while keys go there */
	uint64_t row, left;		/* the next one, and how many have not been looked at */
	uint64_t all;			/* and how many there were */
};

/* An input that grows is analysed anew when it has rested. */
struct app_renewal {
	struct analysis *next;		/* NULL: none is under way */
	uint64_t rows;			/* that were there when the last one began */
	uint64_t seen;			/* at the last poll */
	unsigned polls, rested;		/* since the last one ended; since the input grew */
	uint64_t steps;			/* that the last one took */
};

struct app {
	const struct browser_opts *opts;
	struct term term;
	struct canvas canvas;
	struct nf_registry *registry;
	struct store *store;
	struct analysis *analysis;
	struct screen *screens[SCREENS];
	uint8_t current;
	struct action_typed typed;
	struct app_prompt prompt;
	struct app_overlay overlay;
	struct app_filter filter;
	struct app_trail trail;
	const struct saving_format *save_as;	/* chosen last */
	struct saving *saving;			/* NULL: nothing is being saved */
	struct app_stop marks[APP_MARKS], last;	/* screen SCREENS: not set */
	struct app_search search;
	struct edit_history commands;
	struct nf_strbuf message;		/* of the last line, until the next key */
	enum look message_look;
	struct nf_strbuf scratch;
	enum app_times times;
	enum app_names names;
	int64_t mark_ns;			/* of TIMES_MARK */
	bool whole_times;			/* for files: with the day, in UTC */
	bool fkeys;				/* the footer shows F-keys */
	bool stopped;				/* `z`: nothing is loaded any further */
	bool stale;				/* to be drawn anew */
	bool following;			/* the input may grow */
	struct app_renewal renewal;
	bool over;
};

/* -- What screens ask of it ----------------------------------------------------------- */

static inline struct screen *app_screen(struct app *app)
{
	return app->screens[app->current];
}

/* Nanoseconds of a clock that only goes forward. */
uint64_t app_now(void);

/* In the last line, until the next key. */
void app_say(struct app *app, enum look look, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The message and octet that AT is in, as far as the store has them. */
struct check_place;
void app_place_of(struct app *app, const struct check_place *at, struct place *p);

/* The message and octet that what options say at V stands at, as far as the store has them. */
struct join_version;
void app_place_of_version(struct app *app, const struct join_version *v, struct place *p);

/* Show P on SCREEN; `<` leads back here. */
void app_go(struct app *app, enum screen_id screen, const struct place *p);

/* The same with a filter, such that `<` takes back, too.  What is wrong with it is said. */
void app_go_filtered(struct app *app, enum screen_id screen, const char *filter);
void app_trail_done(struct app_trail *t);

/* A line to type into; TEXT stands there already. */
void app_ask(struct app *app, const struct prompt_ops *ops, const char *text,
	     struct edit_history *history);

/*
 * Open an overlay with rows of its own, to be added to what is returned, or with those of ROWS
 * (see popup_open).  NULL if memory is out; OWN is then let go of.
 */
struct popup *app_overlay(struct app *app, const char *title, const struct overlay_ops *ops,
			  void *own, const struct popup_ops *rows);
void app_overlay_close(struct app *app);

/* All screens hear that the filter, or what was loaded, is another. */
void app_changed(struct app *app);

/* Set the filter: false, and *ERR, where TEXT is none; nothing has changed then. */
bool app_filter_set(struct app *app, const char *text, struct filter_error *err);

/* What the checker found is known now, or is otherwise: a filter that asks for it goes over all. */
void app_filter_found(struct app *app);

/* -- For browser.c -------------------------------------------------------------------- */

/* False if memory is out; those that were opened are to be closed all the same. */
bool app_open_screens(struct app *app);
void app_close_screens(struct app *app);

/* Until the user quits. */
void app_loop(struct app *app);

/* How the inputs are to be analysed.  NULL and *ERR where that cannot be. */
struct analysis *app_analysis_new(struct app *app, const char *top_keys, struct nf_err *err);

/* -- Parts of it ---------------------------------------------------------------------- */

void app_title(struct app *app, struct area a);
void app_footer(struct app *app, struct area a);
unsigned app_footer_rows(const struct app *app);

/* What several actions stand for; false: there is nothing there. */
struct place app_here(struct app *app);
bool app_trail(struct app *app, bool back);
bool app_screen_action(struct app *app, enum screen_id screen);
bool app_set_mark(struct app *app, uint32_t letter);
bool app_go_mark(struct app *app, uint32_t letter);
bool app_link(struct app *app, enum action a);
bool app_go_options(struct app *app);
bool app_filter_act(struct app *app, enum action a);
bool app_search_act(struct app *app, enum action a);
bool app_finding_act(struct app *app, enum action a);
/* To the finding that octet OFFSET of message ROW is part of; of several the nearest. */
bool app_finding_of(struct app *app, uint64_t row, uint32_t offset);
/* Some 2 ms of looking; true while it goes on. */
bool app_search_work(struct app *app);
/* True if it went on. */
bool app_search_stop(struct app *app);
/* The line of the filter with TEXT in it. */
void app_filter_edit(struct app *app, const char *text);
/* Look for TEXT from here on, in this screen; "": for what was looked for before. */
void app_find(struct app *app, const char *text);
/* The same in all messages, with all that is in them. */
void app_find_deep(struct app *app, const char *text);
/* Is WHAT in TEXT?  Capitals count where WHAT has any. */
bool app_text_has(const char *text, const char *what);
/* A message, or, where FLOW is not PLACE_NO, one of its flow records. */
struct diff_side {
	uint64_t row;
	uint32_t flow;
};
/* Both side by side, with what differs marked. */
void app_diff(struct app *app, const struct diff_side *a, const struct diff_side *b);
bool app_help(struct app *app);
bool app_elements(struct app *app);
bool app_command(struct app *app);
bool app_copy(struct app *app);
bool app_save(struct app *app);
/* Save as PATH, in the format that its ending names. */
void app_save_to(struct app *app, const char *path);
bool app_save_work(struct app *app);
void app_save_stop(struct app *app);
bool app_loading(const struct app *app);
bool app_follow(struct app *app);
/* A step of the analysis, or of the one that is to take its place; true while there is more. */
bool app_follow_work(struct app *app);
/* Nothing was left to do, and no key came. */
void app_follow_poll(struct app *app);
/* An action was done: is the last row selected, to stay so? */
void app_follow_moved(struct app *app);
void app_follow_end(struct app *app);
/* For how many ms a key may be waited for; -1: for ever. */
int app_patience(const struct app *app);
/*
 * Nothing holds on to what a screen shows: no overlay or line is open, nothing is looked for or
 * saved.
 */
bool app_at_rest(const struct app *app);

/*
 * Names that a filter knows and that begin so, for completion: some of them, elements of this
 * capture before others.
 */
void app_names_beginning(struct app *app, struct nf_bytes begin,
			 void (*found)(void *to, const char *word), void *to);

/* What the key of an action does. */
void app_do(struct app *app, enum action a, uint32_t arg);

/* What all screens have in common; false: there is nothing to do that to. */
bool app_act(struct app *app, enum action a, uint32_t arg);

#endif
