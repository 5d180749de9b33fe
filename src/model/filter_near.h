/*
 * What somebody may have meant: of many words those that are most like one that means nothing.
 */
#ifndef MODEL_FILTER_NEAR_H
#define MODEL_FILTER_NEAR_H

#include "model/filter_tree.h"

enum {
	FILTER_NEAREST = 3,		/* words kept */
	FILTER_NEAR_LONGEST = 64,	/* longer ones are not compared */
};

struct filter_near {
	struct nf_bytes name;
	unsigned cost[FILTER_NEAREST];	/* ascending; UINT32_MAX: none */
	char names[FILTER_NEAREST][FILTER_NEAR_LONGEST];
};

struct filter_near filter_near_to(struct nf_bytes name);

/* Keep TEXT if it is one of the nearest, and near at all. */
void filter_near_consider(struct filter_near *n, const char *text);

/* Hint at those that were kept: "did you mean bytes, bps or pkts?"; nothing if none were. */
void filter_near_ask(const struct filter_near *near, struct filter_faults *faults);

/* Hint at those of the values' words that WORD is like; false if it is like none. */
bool filter_hint_value(struct filter_tree *t, const struct nf_labels *labels,
		       struct nf_bytes word);

#endif
