/*
 * Sources: files, standard input or sockets in, datagrams out, in timestamp order.
 *
 *	struct source *s = source_open(paths, n, &opts, &err);
 *	while ((got = source_next(s, &d, &err)) != SOURCE_END) ...
 *	source_close(s);
 *
 * A source knows nothing of NetFlow or IPFIX: it hands on every UDP payload, every SCTP
 * user message and whatever the framer that main passes in cuts out of a TCP stream.
 */
#ifndef CAPTURE_SOURCE_H
#define CAPTURE_SOURCE_H

#include "base/datagram.h"
#include "base/err.h"
#include "capture/events.h"

/* One row per reason for which a frame or its payload was not handed on. */
enum capture_skip {
#define SKIP(name, text) SKIP_##name,
#include "capture/skips.def"
#undef SKIP
	CAPTURE_SKIPS
};

/* "{frame|frames} that {carries|carry} no IP": for nf_sb_forms, in `stats` and -v. */
extern const char *const capture_skip_text[CAPTURE_SKIPS];

struct capture_counts {
	uint64_t frames;	/* read from the inputs */
	uint64_t frame_octets;	/* captured octets of them */
	uint64_t datagrams;	/* handed on */
	uint64_t bpf_dropped;	/* frames that --bpf refused: they are counted nowhere else */
	/* dropped by the capturing machine, as pcapng's counters say; live, by the kernel here */
	uint64_t capture_drops;
	uint64_t skipped[CAPTURE_SKIPS];
	/* {LINKTYPE, frames} of the unknown ones met first */
	uint64_t skipped_linktype[8][2];
};

/*
 * Cuts messages out of a TCP stream; wire/ supplies the one for IPFIX, main passes it in,
 * so that capture/ knows no format.
 */
enum framer_verdict {
	/* a message of *length octets begins here (all of it may not be there yet) */
	FRAMER_MESSAGE,
	FRAMER_MORE,		/* too few octets to tell */
	FRAMER_NO,		/* none begins here: when resynchronising, try the next octet */
	/* a TLS record begins here: count the stream as encrypted and let go of it */
	FRAMER_ENCRYPTED,
};

struct framer {
	/*
	 * STREAM starts where a message should start.  STRICT is true where nothing says that
	 * one does (a stream's first octets after a hole, or the middle of a connection): only
	 * what is certain is then a message.
	 */
	enum framer_verdict (*frame)(struct nf_bytes stream, bool strict, uint32_t *length);
};

struct capture_opts {
	const struct framer *framer;	/* NULL: TCP payloads are counted and dropped */
	const char *bpf;		/* libpcap filter over frames, or NULL */
	bool sort;			/* --sort: order exactly, whatever the size of the input */
	bool follow;			/* --follow: wait at the end of the last file for more */
	bool nowait;		/* SOURCE_WAKE rather than wait for a pipe or a file that grows */
	struct reread *again;	/* keeps what cannot be read twice; or NULL: see reread.h */
	/* do not report stamps that step back (the look-ahead source) */
	bool quiet_steps;
	/* octets for fragments and TCP/SCTP streams together; 0: 64 MiB */
	size_t max_memory;
	size_t max_queue;		/* source_listen: see receiver_new */
	/* source_listen: see live_open; and how long to wait before SOURCE_WAKE, or -1 */
	int wake, idle_ms;
};

enum source_got {
	SOURCE_DATAGRAM,	/* *D is filled */
	/*
	 * *ERR says what is wrong with one input; go on calling, the others (and what can be
	 * saved of it) follow.  Of kind NONE it is a notice: a clock that steps back.
	 */
	SOURCE_TROUBLE,
	/* Of what is live alone: nothing more is there, and the next call is going to wait. */
	SOURCE_PAUSE,
	/* Of what is live: nothing came for a while, or opts.wake says so; see opts.nowait. */
	SOURCE_WAKE,
	SOURCE_END,		/* nothing more */
};

struct source;

/*
 * Open N paths ("-" is standard input) as one source.  Files are opened as their first
 * stamp comes due.  A path that cannot be opened is SOURCE_TROUBLE later; NULL and *ERR
 * only where nothing can work (memory, a bad BPF expression).  PATHS are borrowed until close.
 */
struct source *source_open(const char *const *paths, size_t n, const struct capture_opts *opts,
			   struct nf_err *err);

/*
 * Sockets bound to N ADDRESSES (see capture/live.h) as one source.  NULL and *ERR where one cannot
 * be bound.  ADDRESSES are borrowed until close.
 */
struct source *source_listen(const char *const *addresses, size_t n,
			     const struct capture_opts *opts, struct nf_err *err);

/*
 * What libpcap captures on N INTERFACES (see capture/sniff.h) as one source.  NULL and *ERR where
 * that cannot be.  INTERFACES are borrowed until close.
 */
struct source *source_capture(const char *const *interfaces, size_t n,
			      const struct capture_opts *opts, struct nf_err *err);

/* Interface I, and its link type; NULL behind the last one. */
const char *source_interface(const struct source *s, size_t i, int *linktype);

/* What address I is bound to; false behind the last one. */
bool source_bound(const struct source *s, size_t i, struct nf_endpoint *bound,
		  enum nf_transport *transport);

/* Sockets and interfaces: what has come by now is given out, and then SOURCE_END. */
void source_stop(struct source *s);

struct live_counts;

/* Of sockets alone, or NULL: see capture/live.h. */
const struct live_counts *source_live_counts(const struct source *s);

/*
 * From the next datagram on, W, which is copied, hears of events; see capture/events.h.  A source
 * that looks ahead has nobody who does.
 */
void source_watch(struct source *s, const struct capture_watch *w);

/* The next datagram over all inputs, in timestamp order (design: window, --sort). */
enum source_got source_next(struct source *s, struct nf_datagram *d, struct nf_err *err);

/* What a link type is called, as libpcap has it; NULL where it knows none. */
const char *source_linktype_name(uint64_t linktype);

/* Running totals; valid at any time until close. */
const struct capture_counts *source_counts(const struct source *s);

/*
 * True if the inputs can be opened once more for a look-ahead: none is a pipe, a terminal
 * or a socket.
 */
bool source_rereadable(const char *const *paths, size_t n);

/*
 * How many octets the inputs have, for those who show how far they are; 0 where that cannot be
 * told beforehand: of pipes, and of compressed files, out of which more comes.
 */
uint64_t source_size(const char *const *paths, size_t n);

void source_close(struct source *s);

#endif
