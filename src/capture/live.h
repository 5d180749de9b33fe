/*
 * Sockets: what exporters send here, as datagrams.
 *
 * UDP datagrams come with the kernel's stamps, through the queue of a thread that receives; TCP
 * connections are framed by the same framer as TCP in captures, and read no faster than they are
 * asked for, so that their senders wait.  Nothing is copied: payloads stand in the buffers that the
 * kernel filled, until the next one is asked for.
 *
 * Memory: the queue, and for each TCP connection a message at most.  Connections beyond
 * LIVE_CONNECTIONS, or beyond the descriptors that a process may have, are closed at once, and
 * counted.
 */
#ifndef CAPTURE_LIVE_H
#define CAPTURE_LIVE_H

#include "capture/source.h"

enum { LIVE_CONNECTIONS = 1024 };

struct live_counts {
	uint64_t received;		/* datagrams and messages */
	uint64_t dropped;		/* datagrams that the kernel had no room for */
	uint64_t dropped_full;		/* of them while the queue was full */
	uint64_t full;			/* times that the queue was full */
	uint64_t connections, refused;	/* TCP: accepted; closed because there were too many */
	uint64_t open;			/* TCP: those that there are */
	uint64_t broken;		/* TCP: closed because no message began where one should */
};

struct live;

/*
 * Bind ADDRESSES (see capture/sockets.h).  NULL and *ERR where one of them cannot be bound.
 * ADDRESSES and COUNTS are borrowed; of OPTS it takes the framer, max_queue, and WAKE: a descriptor
 * that becomes readable when live_next is to return, or -1.
 */
struct live *live_open(const char *const *addresses, size_t n, const struct capture_opts *opts,
		       struct capture_counts *counts, struct nf_err *err);
void live_close(struct live *l);

/* What socket I of the addresses is bound to; false behind the last one. */
bool live_bound(const struct live *l, size_t i, struct nf_endpoint *bound,
		enum nf_transport *transport);

enum live_got {
	LIVE_DATAGRAM,		/* *D is filled, but for the ordinal */
	LIVE_PAUSE,		/* nothing is there: before it waits, and once */
	LIVE_WAKE,		/* WAKE is readable, or nothing came for the time given */
	LIVE_TROUBLE,		/* *ERR */
	LIVE_END,		/* stopped, and all that had come was given out */
};

/*
 * Waits for TIMEOUT_MS at most; -1: as long as it takes.  The first call starts the thread: what
 * takes rights away comes before it.
 */
enum live_got live_next(struct live *l, struct nf_datagram *d, int timeout_ms, struct nf_err *err);

/* Who hears of connections that begin and end; W is copied. */
void live_watch(struct live *l, const struct capture_watch *w);

/* What has come by now is still given out, no more. */
void live_stop(struct live *l);

const struct live_counts *live_counts(const struct live *l);

#endif
