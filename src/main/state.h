/*
 * --state FILE: the templates that a collector knows, kept from one run to the next.
 *
 * The file is a capture (pcap) of messages that define templates, from the addresses that sent
 * them: nfpcap reads it as any other, and --templates takes it.  It is written anew beside its
 * place and put there whole, so that whoever reads it finds the one before or the one after.
 *
 * Kept is what is in force of each exporter, version, domain and id, of several sessions only what
 * differs; and what the file said before, unless it was sent by nobody for STATE_DAYS.
 */
#ifndef MAIN_STATE_H
#define MAIN_STATE_H

#include "main/report.h"
#include "track/tracker.h"

enum { STATE_DAYS = 30, STATE_SECONDS = 60 };	/* how often it is looked whether there is more */

struct state {
	const char *path;
	struct nf_tracker *tracker;
	struct report *report;
	uint64_t versions;		/* that the tracker knew when it was saved last */
	bool failed;			/* it could not be, which was said */
};

/* Save all.  What cannot be written is said, once until it can; the file is then as it was. */
void state_save(struct state *s, int64_t now_ns);

/* Save if something was learned since. */
void state_update(struct state *s, int64_t now_ns);

#endif
