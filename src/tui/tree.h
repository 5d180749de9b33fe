/*
 * The dissection of a message as a tree whose nodes open and close.
 */
#ifndef TUI_TREE_H
#define TUI_TREE_H

#include "out/dissection.h"
#include "tui/action.h"
#include "tui/canvas.h"

struct tree {
	const struct dissection *d;	/* borrowed; NULL: no message */
	uint8_t *closed;		/* by node */
	uint32_t *shown;		/* nodes that no closed one hides */
	uint32_t nshown, cap;
	uint32_t at, top;		/* in shown */
	unsigned page;
	uint8_t names;			/* enum tree_names: how fields are shown */
	/* kinds of nodes that were opened or closed by hand stay so in the next message */
	uint8_t opened[DISSECTION_KINDS];	/* enum tree_habit */
};

/* As text; with the number of the element; the octets in place of the value. */
enum tree_names { TREE_WORDS, TREE_NUMBERS, TREE_HEX };

enum tree_habit { TREE_USUAL, TREE_OPEN, TREE_CLOSED };

/* Another message, its root selected.  False if memory is out: nothing is shown then. */
bool tree_set(struct tree *t, const struct dissection *d);
void tree_done(struct tree *t);

/* The selected node; DISSECTION_NONE where there is none. */
uint32_t tree_node(const struct tree *t);

/* What stands behind the name of a field; of other nodes all of their line. */
struct nf_bytes tree_value(const struct tree *t, uint32_t node);

/* Select NODE; what hides it is opened. */
void tree_go(struct tree *t, uint32_t node);

/* Moving, opening and closing: false where the action is none of these. */
bool tree_act(struct tree *t, enum action a);

/* A click on line ROW of what was drawn; on the selected one it opens and closes. */
void tree_click(struct tree *t, unsigned row);

void tree_draw(struct tree *t, struct area a, bool focus);

#endif
