/*
 * Labels of values, " (tcp)", remembered: a capture holds few different ones, many times.
 */
#ifndef OUT_LABELS_H
#define OUT_LABELS_H

#include "base/strbuf.h"
#include "ie/ie.h"
#include "out/sheet.h"

enum { LABELS_BITS = 10, LABELS_TEXT = 44 };

struct labels_slot {
	const struct nf_labels *labels;
	uint64_t value;
	uint8_t octets;			/* of the value: its length may matter */
	uint8_t n;
	char text[LABELS_TEXT];
};

/* Those of all values of one octet, and of the same of more: what most labels are of. */
struct labels_table {
	const struct nf_labels *labels;
	size_t octets;
	struct labels_table *next;
	uint8_t n[256];
	bool made[256];
	char text[256][LABELS_TEXT];
	char spare[LABELS_TEXT];		/* texts may be read beyond their ends */
};

struct labels {
	struct labels_slot slots[1 << LABELS_BITS];
	struct labels_table *tables;
};

void labels_done(struct labels *c);

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
 * The labels of N values of so many OCTETS, of 1 to 8: texts that stand until labels_done, or NULL
 * where labels_append is to be asked.  S is room to write in; what stands in it stays.
 */
void labels_of(struct labels *c, struct nf_strbuf *s, const struct nf_labels *labels,
	       size_t octets, const uint64_t *v, unsigned n, struct sheet_remark *remarks);

/*
 * Append " (tcp)", or nothing where the value has no name.  Values of up to 8 octets are
 * remembered.
 */
void labels_append(struct labels *c, struct nf_strbuf *s, const struct nf_labels *labels,
		   struct nf_bytes value);

#endif
