/*
 * Lines broken for a terminal.
 */
#ifndef OUT_WRAP_H
#define OUT_WRAP_H

#include "out/out.h"

enum wrap_where {
	WRAP_GROUPS,		/* behind commas and before [marks] */
	WRAP_WORDS,		/* at every blank */
};

/*
 * Break what o->text has from FROM on, of which the first character stands in column AT: what
 * would pass the terminal's last column goes to a line of its own, INDENT characters in.
 * Nothing happens where there is no terminal.
 */
void wrap_text(struct out *o, size_t from, size_t at, unsigned indent, enum wrap_where where);

#endif
