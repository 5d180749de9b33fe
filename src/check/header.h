/*
 * What the parts of the group `header` share.
 */
#ifndef CHECK_HEADER_H
#define CHECK_HEADER_H

#include "check/rules.h"

enum { HEADER_STRANGERS = 32 };		/* refused datagrams that are remembered */

/* Refused datagrams of a pair of sockets, which may turn out to be an exporter's. */
struct header_stranger {
	struct nf_endpoint src, dst;
	uint16_t version;
	bool empty;			/* too short for a version */
	uint32_t length;
	struct check_place first, last;
	uint64_t n;
};

struct header_capture {
	struct header_stranger strangers[HEADER_STRANGERS];
	unsigned nstrangers;
	/* Of the message at hand. */
	bool reserved;			/* a set with a reserved id: who knows what it holds */
	uint32_t zeros;			/* records that rec-zero-tail takes for padding */
};

/* header_refused.c: what datagrams that were refused may have been meant to be */
void header_refused(struct check *c, const struct nf_datagram *d, enum nf_refusal why);
void header_refused_end(struct check *c);

#endif
