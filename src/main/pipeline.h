/*
 * From the files of the command line to messages: a source, a tracker, and a second source
 * that looks ahead for templates.  What the options hide is learned from all the same.
 *
 *	while (pipeline_datagram(&p, &delivery))
 *		while (nf_delivery_next(&delivery, &view, sink)) ...
 */
#ifndef MAIN_PIPELINE_H
#define MAIN_PIPELINE_H

#include "base/arena.h"
#include "capture/source.h"
#include "main/cli.h"
#include "main/drops.h"
#include "main/progress.h"
#include "main/recording.h"
#include "main/report.h"
#include "model/duplicates.h"
#include "model/preread.h"

/* Who hears of what comes besides messages; each may be NULL. */
struct pipeline_hooks {
	void *ctx;
	/* D was refused.  Copies of datagrams are not looked for among those. */
	void (*refused)(void *ctx, const struct nf_datagram *d, enum nf_refusal why);
	/* In the order of the datagrams; see capture/events.h. */
	void (*event)(void *ctx, const struct capture_event *e);
	/* IP packets, before the datagrams that they complete; see capture/events.h. */
	void (*packet)(void *ctx, const struct capture_packet *p);
	/* D has come; whether it is flow export is not known yet. */
	void (*datagram)(void *ctx, const struct nf_datagram *d);
	/* Sockets: before each datagram, and once a second where none comes. */
	void (*tick)(void *ctx);
};

struct pipeline {
	const struct cli *cli;
	struct report *report;
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct source *source;
	const char *const *names;	/* of inputs, one for each of cli.files */
	struct nf_arena arena;		/* of such as the command line does not have */
	struct preread ahead;
	struct duplicates *seen;	/* NULL: nobody asks for copies */
	struct capture_opts capture;
	struct nf_datagram datagram;	/* the current one */
	struct pipeline_hooks hooks;
	struct progress progress;
	struct recording *recording;	/* NULL: what is received is not kept */
	uint64_t given;			/* datagrams that only taught templates */
	struct drops drops;
	bool live;			/* input may still grow: it cannot be read ahead */
	bool begun;			/* a datagram was flow export */
	bool ended;			/* all inputs were read to their ends */
};

/* REPORT hears of trouble with single inputs.  -1 and *ERR where nothing can be done. */
int pipeline_open(struct pipeline *p, const struct cli *cli, struct report *report,
		  struct nf_err *err);
/* The same inputs and options once more, for a look ahead: no progress, and REPORT hears it all. */
int pipeline_open_again(struct pipeline *p, const struct pipeline *first, struct report *report,
			struct nf_err *err);
/* What is bound, or captured on, once all else is open, too. */
void pipeline_announce(const struct pipeline *p);
void pipeline_close(struct pipeline *p);

/* From the next datagram on.  Who hears of events has the checksums of datagrams looked at, too. */
void pipeline_hook(struct pipeline *p, const struct pipeline_hooks *hooks);

/* From here on, RECORDING hears of all that is received, and of time that goes by. */
void pipeline_record(struct pipeline *p, struct recording *recording);

/* From here on, copies of datagrams are not told from others: to find them costs a little. */
void pipeline_pass_duplicates(struct pipeline *p);

/* The next datagram that is flow export; false at the end. */
bool pipeline_datagram(struct pipeline *p, struct nf_delivery *delivery);

/*
 * Say so if there was no flow export at all, and why; with SKIPPED, what was skipped in any case.
 */
void pipeline_summary(const struct pipeline *p, bool skipped);

/* What was skipped, a line a reason; TRACKER is NULL where no flow export was looked for. */
void pipeline_skipped(struct report *report, const struct capture_counts *capture,
		      const struct nf_tracker_counts *tracker);

#endif
