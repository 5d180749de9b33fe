/*
 * Labels of values, " (tcp)", remembered: a capture holds few different ones, many times.
 */
#ifndef OUT_LABELS_H
#define OUT_LABELS_H

#include "base/strbuf.h"
#include "ie/ie.h"

enum { LABELS_SLOTS = 512, LABELS_TEXT = 44 };

struct labels_slot {
	const struct nf_labels *labels;
	uint64_t value;
	uint8_t octets;			/* of the value: its length may matter */
	uint8_t n;
	char text[LABELS_TEXT];
};

struct labels {
	struct labels_slot slots[LABELS_SLOTS];
};

/*
 * Append " (tcp)", or nothing where the value has no name.  Values of up to 8 octets are
 * remembered.
 */
void labels_append(struct labels *c, struct nf_strbuf *s, const struct nf_labels *labels,
		   struct nf_bytes value);

#endif
