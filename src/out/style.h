/*
 * Colour: what a piece of text is, not how it looks.  Nothing is said by colour alone.
 */
#ifndef OUT_STYLE_H
#define OUT_STYLE_H

#include "out/out.h"

enum style {
	STYLE_HEAD,		/* a message's or set's first line */
	STYLE_FAINT,		/* times, octets in hex, notes */
	STYLE_NAME,
	STYLE_WARNING,		/* warnings, undecoded sets */
	STYLE_ERROR,
	STYLES
};

void style_on(struct out *o, enum style style);
void style_off(struct out *o);

/* The style in which a problem of SEVERITY is shown. */
enum style style_of(uint8_t severity);

#endif
