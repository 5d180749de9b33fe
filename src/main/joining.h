/*
 * What options records say, for the commands that join it to flows.
 */
#ifndef MAIN_JOINING_H
#define MAIN_JOINING_H

#include <pthread.h>

#include "main/pipeline.h"
#include "model/join.h"

struct joining {
	struct join *join;
	struct pipeline ahead;		/* a second pass over the same inputs, at need */
	struct report silent;		/* what it would say is said by the first one */
	struct nf_delivery delivery;	/* of ahead */
	const struct pipeline *pipeline;
	bool learns;
	pthread_mutex_t lock;		/* of joining_start */
	uint8_t state;
};

/*
 * False if memory is out.  PIPELINE is borrowed.  WANTED: the command shows what is joined, so
 * that it is learned as messages come; else all of it by a look ahead, if anything ever asks.
 */
bool joining_open(struct joining *j, const struct pipeline *pipeline, bool wanted);

/* To be called with each message, and each held set, before its records ask. */
void joining_message(struct joining *j, const struct nf_view *v);
void joining_late(struct joining *j, const struct nf_late *late);

/* join_start for several threads; CTX is the joining. */
bool joining_start(void *ctx, const struct join_record *at, uint64_t *ms);

void joining_close(struct joining *j);

/* What there is to say at the end: memory, the bound. */
void joining_end(const struct joining *j, struct report *report);

#endif
