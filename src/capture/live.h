/*
 * Sockets: what exporters send here, as datagrams.
 *
 * UDP datagrams come with the kernel's stamps, in batches; TCP connections are framed by the same
 * framer as TCP in captures.  Nothing is copied: payloads stand in the buffers that the kernel
 * filled, until the next one is asked for.
 *
 * Memory: a batch of datagrams of full size, and for each TCP connection a message at most.
 * Connections beyond LIVE_CONNECTIONS are closed at once, and counted.
 */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include "capture/source.h"

enum { LIVE_CONNECTIONS = 1024 };

struct live_counts {
	uint64_t received;		/* datagrams and messages */
	uint64_t dropped;		/* datagrams that the kernel had no room for */
	uint64_t connections, refused;	/* TCP: accepted; closed because there were too many */
	uint64_t broken;		/* TCP: closed because no message began where one should */
};

struct live;

/*
 * Bind ADDRESSES: "PORT", ":PORT", "ADDRESS:PORT", "[ADDRESS]:PORT", each for UDP, or for TCP with
 * "tcp:" before it.  Without an address, all of the machine's, of both families.  NULL and *ERR
 * where one of them cannot be bound.  ADDRESSES, FRAMER and COUNTS are borrowed.
 *
 * WAKE is a descriptor that becomes readable when live_next is to return; -1: none.
 */
struct live *live_open(const char *const *addresses, size_t n, const struct framer *framer,
		       int wake, struct capture_counts *counts, struct nf_err *err);
void live_close(struct live *l);

/* What socket I of the addresses is bound to; false behind the last one. */
bool live_bound(const struct live *l, size_t i, struct nf_endpoint *bound,
		enum nf_transport *transport);

enum live_got {
	LIVE_DATAGRAM,		/* *D is filled, but for the ordinal */
	LIVE_WAKE,		/* WAKE is readable, or nothing came for the time given */
	LIVE_END,		/* stopped, and all that had come was given out */
};

/* Waits for TIMEOUT_MS at most; -1: as long as it takes. */
enum live_got live_next(struct live *l, struct nf_datagram *d, int timeout_ms);

/* What has come by now is still given out, no more. */
void live_stop(struct live *l);

const struct live_counts *live_counts(const struct live *l);

#endif
