/*
 * The pane of octets: offset, hex and ASCII, a span that is marked and a cursor octet.
 *
 *	0010  0a 0b 0c 0d 00 00 00 00  00 00 00 00 00 00 00 00  ........ ........
 *
 * 8, 16 or 32 octets a row, as many as there is room for.
 */
#ifndef TUI_BYTES_H
#define TUI_BYTES_H

#include "base/bytes.h"
#include "tui/canvas.h"
#include "tui/keys.h"

enum { BYTES_PATTERN = 64 };

struct bytes {
	struct nf_bytes octets;		/* borrowed */
	struct nf_span mark;		/* len 0: none */
	size_t at;			/* the cursor octet */
	size_t top;			/* the row that is shown first */
	unsigned per_row, page;		/* as last drawn */
	bool g;				/* the first of gg came */
};

/* OCTETS from now on, nothing marked, the cursor at the first. */
void bytes_set(struct bytes *b, struct nf_bytes octets);

/* Marks SPAN, puts the cursor on its first octet, and scrolls so that it is seen. */
void bytes_mark(struct bytes *b, struct nf_span span);

/* Marks SPAN and leaves the cursor where it is: what the octet under the cursor belongs to. */
void bytes_mark_around(struct bytes *b, struct nf_span span);

/* The offset of the cursor octet; 0 where there are none. */
size_t bytes_at(const struct bytes *b);

void bytes_go(struct bytes *b, size_t at);

/*
 * h j k l and arrows, 0 Home, $ End, gg, G, PgUp PgDn C-b C-f C-u C-d, Space and the mouse (row
 * and column of the area drawn).  False: the key is not its own.  The cursor moved where bytes_at
 * says something else than before.
 */
bool bytes_key(struct bytes *b, const struct key *k);

/*
 * "0a0b", "0a 0b", "0x0a 0x0b", "0a:0b", or text in quotes, to the octets it names.  0 where it is
 * none of these, or longer than BYTES_PATTERN.
 */
size_t bytes_pattern(const char *text, uint8_t octets[BYTES_PATTERN]);

/*
 * The next PATTERN behind the cursor, or before it; around the end.  Puts the cursor on it and
 * marks it.  False if there is none.
 */
bool bytes_find(struct bytes *b, struct nf_bytes pattern, bool back);

/* FOCUS: the cursor octet is drawn as the current one. */
void bytes_draw(struct bytes *b, struct area a, bool focus);

#endif
