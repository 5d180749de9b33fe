/*
 * What keys do: the rows of actions.def, and how sequences of keys are read.
 */
#ifndef TUI_ACTION_H
#define TUI_ACTION_H

#include "tui/keys.h"

enum screen_id {
#define SCREEN(name, ...) SCREEN_##name,
#include "tui/screens.def"
#undef SCREEN
	SCREENS
};

enum action {
	ACTION_NONE,
#define HEADING(text)
#define ACTION(name, ...) ACTION_##name,
#include "tui/actions.def"
#undef ACTION
#undef HEADING
	ACTIONS
};

struct action_row {
	const char *name;		/* NULL: a heading, whose text is help */
	const char *keys;
	uint16_t where;			/* mask of 1 << enum screen_id */
	uint8_t action;
	const char *label, *help;
};

/* In the order of actions.def, headings among them; help NULL ends it. */
extern const struct action_row action_rows[];

const struct action_row *action_row_of(enum action a);

/* By its name, for `:`; ACTION_NONE if there is none. */
enum action action_by_name(const char *name);

/* The keys of ROW as the footer shows them: "f", or its F-key where FKEYS and there is one. */
void action_keys(struct nf_strbuf *s, const struct action_row *row, bool fkeys);

enum { ACTION_KEYS = 3 };		/* the longest sequence */

/* Keys typed so far that begin a sequence. */
struct action_typed {
	struct key v[ACTION_KEYS];
	unsigned n;
};

enum action_got {
	ACTION_UNKNOWN,			/* no sequence begins so: typed is empty again */
	ACTION_MORE,			/* a sequence may come of it */
	ACTION_FOUND,
};

/* One more key.  ACTION_FOUND: *A, and *ARG is the character that "*" stood for, or 0. */
enum action_got action_type(struct action_typed *typed, const struct key *k, enum screen_id screen,
			    enum action *a, uint32_t *arg);

#endif
