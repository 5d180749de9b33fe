/*
 * Interfaces: frames as libpcap captures them, live.
 *
 * The kernel puts them into a ring of the size asked for, and counts what finds no room there; each
 * frame is given out before the next one is taken.  Of several interfaces, the earliest of those
 * frames comes first that are there.
 */
#ifndef CAPTURE_SNIFF_H
#define CAPTURE_SNIFF_H

#include "capture/frame.h"
#include "capture/live.h"

struct sniff;

/*
 * Capture on N INTERFACES ("any": all of them), which are borrowed.  Of OPTS it takes bpf,
 * max_queue and wake.  DROPS counts what was lost.  NULL and *ERR, with the way out, where one
 * cannot be.
 */
struct sniff *sniff_open(const char *const *interfaces, size_t n, const struct capture_opts *opts,
			 uint64_t *drops, struct nf_err *err);
void sniff_close(struct sniff *s);

/* Interface I, and its link type; NULL behind the last one. */
const char *sniff_interface(const struct sniff *s, size_t i, int *linktype);

/*
 * LIVE_DATAGRAM: *F is the next frame, valid until the next call.  LIVE_TROUBLE: an interface is
 * gone, others go on.  Waits for TIMEOUT_MS at most; -1: as long as it takes.
 */
enum live_got sniff_next(struct sniff *s, struct frame *f, int timeout_ms, struct nf_err *err);

/* What has come by now is still given out, no more. */
void sniff_stop(struct sniff *s);

#endif
