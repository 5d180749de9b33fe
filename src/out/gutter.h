/*
 * -x: the octets of a line in a column at its left, as many rows as they take.
 *
 *	0014  0a00 0001            sourceIPv4Address   10.0.0.1
 */
#ifndef OUT_GUTTER_H
#define OUT_GUTTER_H

#include "out/out.h"

struct gutter {
	struct out *o;
	/* of what offsets count in; those not there are not shown */
	struct nf_bytes octets;
	uint32_t base;			/* offset of the first of them */
	unsigned row;			/* octets a row, 0: no gutter at all */
	struct nf_span rest;		/* of the current line, not yet written */
};

/* OCTETS begin at offset BASE of the message. */
void gutter_open(struct gutter *g, struct out *o, struct nf_bytes octets, uint32_t base);

/* Begin a line that stands for SPAN (of length 0: for no octets), DEPTH steps in. */
void gutter_line(struct gutter *g, unsigned depth, struct nf_span span);

/* Columns in front of the text of such a line. */
unsigned gutter_width(const struct gutter *g, unsigned depth);

/* End it; octets that did not fit follow in rows of their own. */
void gutter_end(struct gutter *g);

#endif
