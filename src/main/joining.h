/*
 * What options records say, for the commands that join it to flows.
 */
#ifndef MAIN_JOINING_H
#define MAIN_JOINING_H

#include <pthread.h>

#include "main/pipeline.h"
#include "model/join_starts.h"

struct joining {
	struct join_starts starts;	/* of the message or held set that came last */
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
 * -1 if memory is out, which is said to the report of PIPELINE, which is borrowed.  WANTED: the
 * command shows what is joined, so that it is learned as messages come; else all of it by a look
 * ahead, if anything ever asks.
 */
int joining_open(struct joining *j, const struct pipeline *pipeline, bool wanted);

/*
 * nf_delivery_next and nf_tracker_late, for all commands: what options say is learned before
 * records ask, and times that count from the start of a system are found (RFC 5102, 160).
 */
bool joining_next(struct joining *j, struct nf_delivery *d, struct nf_view *v,
		  const struct nf_sink *sink);
bool joining_late(struct joining *j, struct nf_late *late);

/* join_start for several threads; CTX is the joining. */
bool joining_start(void *ctx, const struct join_record *at, uint64_t *ms);

void joining_close(struct joining *j);

/* What there is to say at the end: memory, the bound. */
void joining_end(const struct joining *j);

#endif
