/*
 * Streams of datagrams from a few words, and what a tracker makes of them.
 *
 * One line a datagram, numbered from 1, which is its frame; fields are those of msgbuild.h:
 *
 *	SENDER VERSION ITEM | ITEM ...
 *
 *	SENDER	2.7 is exporter 10.0.0.2, port 1007; 2.7/tcp, /sctp, /file and /file2 change the
 *		transport
 *	VERSION	9 or 10, with /5 in domain 5 (else 0)
 *	ITEM	T256 8/4 12/4		a template, in a set of its own
 *		O257 149/4 ; 34/4	an options template: scope ; fields
 *		D256 10.0.0.1 7/4	a data set; `,` between its records
 *		W256  X256		a withdrawal in a template or options template set
 *		R9			a set of this id with 4 octets in it
 *		L40			this length for the set before, in place of the true one
 *		Z8			octets of 0 behind the last set, in no set
 *		E8			octets of 0xee behind the message; the last item
 *		& VERSION		another message in the same datagram
 *
 * A line that begins with `+` goes on with the one before.
 */
#ifndef TESTS_LIB_STREAMS_H
#define TESTS_LIB_STREAMS_H

#include "base/datagram.h"
#include "base/strbuf.h"
#include "track/tracker.h"

struct stream {
	struct nf_datagram *d;
	size_t n, cap;
};

/* False where SCRIPT makes no sense or memory is out. */
bool stream_init(struct stream *s, const char *script);
void stream_done(struct stream *s);

/* A second source over a stream, for nf_tracker_opts.ahead. */
struct stream_ahead {
	const struct stream *s;
	size_t at;
	unsigned ends;		/* how often it said that nothing more comes */
};
bool stream_ahead(void *ctx, struct nf_datagram *d);

/*
 * What a tracker made of a stream:
 *
 *	sets		a word for each data set in the order in which it was met: "live@1",
 *			"late@3", "other-session@2", "given@1", with ! if it is a misfit, or why
 *			it is undecoded; a set given out late is "(frame)late@3"
 *	problems	"frame:problem-id" for each that the tracker reported
 *	records		a line for each record: stamp, set id, offset, elements and octets
 */
struct stream_outcome {
	struct nf_strbuf sets, problems, records;
	uint64_t nrecords;
};
void stream_outcome_init(struct stream_outcome *o);
void stream_outcome_done(struct stream_outcome *o);

/* Feed all of S to T and note what comes of it.  REGISTRY is the tracker's. */
void stream_run(const struct stream *s, struct nf_tracker *t, struct stream_outcome *o);

/* Feed one datagram. */
void stream_feed(const struct nf_datagram *d, struct nf_tracker *t, struct stream_outcome *o);

/* Read the messages of a datagram that was fed before again, by nf_tracker_view. */
void stream_view(const struct nf_datagram *d, struct nf_tracker *t, struct stream_outcome *o);

/* Sort the lines of TEXT, so that multisets of records compare. */
void stream_sort(struct nf_strbuf *text);

#endif
