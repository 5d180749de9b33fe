/*
 * What options records say, for the commands that join it to flows.
 */
#ifndef MAIN_JOINING_H
#define MAIN_JOINING_H

#include "main/pipeline.h"
#include "model/join.h"

struct joining {
	struct join *join;
	struct pipeline ahead;		/* a second pass over the same inputs, at need */
	struct report silent;		/* what it would say is said by the first one */
	struct nf_delivery delivery;	/* of ahead */
	const struct pipeline *pipeline;
	uint8_t state;
};

/* False if memory is out.  PIPELINE is borrowed. */
bool joining_open(struct joining *j, const struct pipeline *pipeline);
void joining_close(struct joining *j);

/* What there is to say at the end: memory, the bound. */
void joining_end(const struct joining *j, struct report *report);

#endif
