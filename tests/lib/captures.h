/*
 * Captures that tests read: those of pcaps/, and of $NFPCAP_SHARED/corpus where it is there.
 */
#ifndef TESTS_LIB_CAPTURES_H
#define TESTS_LIB_CAPTURES_H

#include "model/preread.h"

/* Call EACH for the path of each capture, in no order; how many they were. */
unsigned captures_each(void (*each)(void *ctx, const char *path), void *ctx);

/* A file as the commands read it: a source, a tracker, a second source that looks ahead. */
struct capture_reading {
	const char *path;
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct source *source;
	struct preread ahead;
	struct nf_datagram datagram;
};

/* False where memory is out.  PATH is borrowed until captures_close. */
bool captures_open(struct capture_reading *r, const char *path);
void captures_close(struct capture_reading *r);

/* The next datagram that is flow export. */
bool captures_datagram(struct capture_reading *r, struct nf_delivery *delivery);

#endif
