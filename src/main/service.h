/*
 * What goes on beside an output: of sockets the log of --debug, complaints about what is no flow
 * export, statistics (--interval, SIGUSR1) and the templates of --state; of any input the checker
 * of --check.  All of it is written to standard error.
 */
#ifndef MAIN_SERVICE_H
#define MAIN_SERVICE_H

#include "main/beside.h"
#include "main/complaints.h"
#include "main/journal.h"
#include "main/pipeline.h"
#include "main/state.h"
#include "model/traffic.h"

struct service {
	const struct cli *cli;
	struct report *report;
	struct pipeline *pipeline;
	struct journal journal;
	struct complaints *complaints;	/* NULL: no sockets */
	struct traffic *traffic;	/* the same */
	struct beside beside;
	struct state *state;		/* NULL: none is kept */
	/* on a clock that never steps */
	int64_t begun_ns, told_ns, due_ns, saved_ns;
	uint64_t told;			/* datagrams, when statistics were written last */
	int memory;			/* what the system says of it; -1: nothing */
};

/* PIPELINE is open.  -1: what is wrong was said. */
int service_open(struct service *s, struct pipeline *pipeline);
/* The end: what is left to say, and to be saved. */
void service_close(struct service *s);

/* Is there anything to do for each message? */
static inline bool service_wants(const struct service *s)
{
	return s->traffic != NULL || s->beside.check != NULL;
}

/* Each message and held set; SHOWN: the options do not hide it. */
void service_message(struct service *s, const struct nf_view *v, bool shown);
void service_late(struct service *s, const struct nf_late *late, bool shown);

/* Where problems of the next message go besides; NULL: nowhere. */
const struct nf_sink *service_sink(struct service *s);

/* As hooks of the pipeline; those not needed are NULL there.  CTX is the service. */
struct pipeline_hooks service_hooks(struct service *s);

#endif
