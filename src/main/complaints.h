/*
 * What comes to a collector and is no flow export, said on standard error: who sent it, why it is
 * none, and its first octets.
 *
 *	nfpcap: 192.0.2.7:5000: datagram is syslog, 180 octets: 3c3133343e ... (3 more since)
 *
 * Of a sender (an address, whatever its ports) a line a second, and COMPLAINTS_A_SECOND of all;
 * how many were passed over stands in the next one.  Memory is bounded: of COMPLAINTS_SENDERS,
 * those that were silent for longest are forgotten.
 */
#ifndef MAIN_COMPLAINTS_H
#define MAIN_COMPLAINTS_H

#include "base/datagram.h"
#include "main/report.h"
#include "track/tracker.h"

enum { COMPLAINTS_SENDERS = 1024, COMPLAINTS_A_SECOND = 10 };

struct complaints_sender {
	struct nf_addr addr;
	int64_t said_ns;
	uint64_t unsaid;
};

struct complaints {
	struct complaints_sender senders[COMPLAINTS_SENDERS];
	int64_t second_ns;		/* when the present second began */
	unsigned said;			/* lines in it */
	bool begun;
	uint64_t unsaid;		/* of senders that were forgotten */
};

/* All zero is empty.  NOW_NS never goes back. */
void complaints_refused(struct complaints *c, struct report *report, int64_t now_ns,
			const struct nf_datagram *d, enum nf_refusal why);

/* The line without what was passed over; for the log, too. */
void complaints_text(struct nf_strbuf *s, const struct nf_datagram *d, enum nf_refusal why);

#endif
