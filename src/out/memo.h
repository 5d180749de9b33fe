/*
 * What a format wrote for values, remembered.  Names, flags and small numbers have few values,
 * which come again and again: their text is sooner copied than made.
 *
 * A memo serves all layouts that have the element in the same length; what it says must depend on
 * nothing else.
 */
#ifndef OUT_MEMO_H
#define OUT_MEMO_H

#include <stddef.h>
#include <stdint.h>

#include "ie/ie.h"

enum { MEMO_SLOTS = 256, MEMO_TEXT = 56, MEMO_MAX = 64 };

struct memo_slot {
	uint32_t value;
	uint32_t n;		/* octets of the text; 0: it was not written yet */
	char text[MEMO_TEXT];
};

struct memo {
	const struct nf_ie *ie;
	uint16_t length;
	struct memo *next;
	struct memo_slot slots[MEMO_SLOTS];
};

struct memos {
	struct memo *first;
	unsigned n;
};

void memos_done(struct memos *m);

/* That of IE in LENGTH octets, until memos_done.  NULL: there are MEMO_MAX, or memory is out. */
struct memo *memo_of(struct memos *m, const struct nf_ie *ie, uint16_t length);

/* Where VALUE is remembered if it is. */
static inline const struct memo_slot *memo_slot(const struct memo *m, uint32_t value)
{
	return &m->slots[value % MEMO_SLOTS];
}

static inline int memo_knows(const struct memo_slot *slot, uint32_t value)
{
	return slot->value == value && slot->n != 0;
}

/* Remember it if it is no longer than MEMO_TEXT; another one may be forgotten for it. */
void memo_keep(struct memo *m, uint32_t value, const char *text, size_t n);

#endif
