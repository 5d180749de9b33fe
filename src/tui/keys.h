/*
 * Keys, as terminals send them and as tables and scripts name them.
 *
 * A key is a character (Unicode, with no modifier but Shift's own work), a control letter or a key
 * with a name: see keys.def.  "C-d", "F4", "Enter", "PgDn", "g", "G", "é", "Space".
 */
#ifndef TUI_KEYS_H
#define TUI_KEYS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/strbuf.h"

/* Beyond Unicode: keys with names, and what is no key at all. */
enum key_code {
	KEY_NONE = 0x200000,
#define NAMED(code, name) KEY_##code,
#include "tui/keys.def"
#undef NAMED
	KEY_END_OF_NAMES
};

/* The control character of a letter: KEY_CTRL('d'). */
#define KEY_CTRL(letter) ((uint32_t)(letter) & 0x1f)

/* What the mouse did, of KEY_MOUSE. */
enum mouse_button { MOUSE_PRESS, MOUSE_DOUBLE, MOUSE_UP, MOUSE_DOWN };

struct key {
	uint32_t code;			/* a character, a control character, or enum key_code */
	/* KEY_MOUSE: what, and where */
	uint8_t button;			/* enum mouse_button */
	unsigned row, col;
};

/*
 * The first key that TEXT names; *TEXT goes on behind it and the blanks after it.  False where
 * none is named so.
 */
bool key_parse(const char **text, struct key *k);

/* As key_parse reads it; "" where no key has CODE. */
void key_put(struct nf_strbuf *s, uint32_t code);

#endif
