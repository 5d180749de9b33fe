/*
 * Labels of values, " (tcp)", remembered: a capture holds few different ones, many times.
 */
#ifndef OUT_LABELS_H
#define OUT_LABELS_H

#include "base/strbuf.h"
#include "ie/ie.h"

enum { LABELS_BITS = 10, LABELS_TEXT = 44 };

struct labels_slot {
	const struct nf_labels *labels;
	uint64_t value;
	uint8_t octets;			/* of the value: its length may matter */
	uint8_t n;
	char text[LABELS_TEXT];
};

struct labels {
	struct labels_slot slots[1 << LABELS_BITS];
};

/* Where the label of VALUE, of so many OCTETS, is remembered if it is. */
static inline const struct labels_slot *labels_slot(const struct labels *c,
						    const struct nf_labels *labels,
						    uint64_t value, size_t octets)
{
	uint64_t key = (value ^ (uint64_t)(uintptr_t)labels ^ octets << 40) *
		       0x9e3779b97f4a7c15u;

	return &c->slots[key >> (64 - LABELS_BITS)];
}

static inline bool labels_is(const struct labels_slot *slot, const struct nf_labels *labels,
			     uint64_t value, size_t octets)
{
	return slot->labels == labels && slot->value == value && slot->octets == octets;
}

/*
 * Append " (tcp)", or nothing where the value has no name.  Values of up to 8 octets are
 * remembered.
 */
void labels_append(struct labels *c, struct nf_strbuf *s, const struct nf_labels *labels,
		   struct nf_bytes value);

#endif
