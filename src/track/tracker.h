/*
 * The tracker: all state of the decoder.  It learns from each datagram once, in the order
 * of delivery, and forgets nothing: templates are immutable and versioned by position, so
 * that reading message k again later is a pure function of its octets and its position.
 *
 *	while (source gives datagram d)
 *		if (nf_tracker_feed(t, &d, &delivery) == NF_REFUSAL_NONE)
 *			while (nf_delivery_next(&delivery, &view, sink))
 *				... nf_walk_open(&walk, &view.msg, &view.resolver, ...)
 *		while (nf_tracker_late(t, &late))	(live input only)
 *			...
 *
 * Position: the datagram's ordinal << 16 | an offset in its payload.  "Before", "in force" and
 * "later" compare positions; the source hands datagrams out in effective time order.
 *
 * Which layout a data set is read with, in this order:
 *
 *   1	the version in force at its position in its session and domain (`live`); one that was
 *	withdrawn or rejected leaves the set undecoded (RFC 7011 section 8.1)
 *   2	the first later one of that session (`late`), unless a withdrawal stands before it
 *   3	one of another session of the same exporter address and domain, nearest before,
 *	then first after, if it fits (`other-session`)
 *   4	one that nf_tracker_give brought in, if it fits (`given`): of the same exporter
 *	address if there is one, else of any with that domain
 *   5	none, with a reason
 *
 * Input that is read once knows no later versions.  With `hold`, a set for which neither
 * 1, 3 nor 4 has a layout is `pending` and comes once more through nf_tracker_late when its
 * session, or a fitting one of another session, defines the template.
 */
#ifndef NF_TRACK_TRACKER_H
#define NF_TRACK_TRACKER_H

#include "base/datagram.h"
#include "base/err.h"
#include "wire/wire.h"

enum nf_scope {
	/* Templates belong to a transport session, with labelled fallback (RFC 7011 section 8). */
	NF_SCOPE_SESSION,
	/* To an exporter address and domain (RFC 3954 section 5.1's Source ID). */
	NF_SCOPE_EXPORTER,
};

struct nf_tracker_opts {
	enum nf_scope scope;
	/*
	 * Octets that layouts, template versions and their index may take; 0: 64 MiB.  A
	 * definition that finds no room makes data sets of its id undecoded (`rejected`) from
	 * there on: never is an older layout used in its place.
	 */
	size_t max_templates;
	size_t max_sessions;	/* 0: 65536; further ones share one session an exporter */
	size_t max_hold;	/* octets of held sets; 0: 16 MiB; the oldest make room */
	uint32_t hold_seconds;	/* capture time; 0: 3600 */
	/*
	 * Look-ahead: gives the datagrams of a second source over the same inputs, with the
	 * same ordinals, one a call, false at the end.  NULL where input cannot be read twice.
	 * Called when a set has no layout; what it brings is learned for its templates only.
	 */
	bool (*ahead)(void *ctx, struct nf_datagram *d);
	void *ahead_ctx;
	/* Without ahead: hold sets that lack their template; nf_tracker_late gives them out. */
	bool hold;
};

struct nf_late;
struct nf_session;
struct nf_tracker;

/* What became of a template record. */
enum nf_lesson {
	NF_LESSON_LEARNED,		/* the first of its id, or the first since a withdrawal */
	NF_LESSON_REDEFINED,		/* another one was in force */
	NF_LESSON_WITHDRAWN,
	NF_LESSON_LOST,			/* it found no room */
};

/* What becomes of a set that lacks its template. */
enum nf_holding {
	NF_HOLDING_HELD,
	NF_HOLDING_RELEASED,		/* its layout has come */
	NF_HOLDING_OLD,			/* dropped: longer than hold_seconds */
	NF_HOLDING_ROOM,		/* dropped: max_hold; some were, for younger ones */
	NF_HOLDING_END,			/* dropped: nf_tracker_end */
	NF_HOLDINGS
};

/*
 * Who hears of what is learned and held, from within nf_tracker_feed, _sweep and _end; each may be
 * NULL.  Copies of templates are passed over.  What is handed on is valid during the call.
 */
struct nf_tracker_watch {
	void *ctx;
	/* T is a template of that domain in a message of that VERSION. */
	void (*lesson)(void *ctx, const struct nf_session *session, uint16_t version,
		       uint32_t domain, const struct nf_template *t, enum nf_lesson what);
	/* LATE has no resolver, and no resolution but of a released one. */
	void (*holding)(void *ctx, const struct nf_late *late, enum nf_holding what);
};

/* REGISTRY is borrowed and must outlive the tracker.  NULL if memory is out. */
struct nf_tracker *nf_tracker_new(const struct nf_tracker_opts *opts, struct nf_registry *registry);
void nf_tracker_free(struct nf_tracker *t);

/*
 * A transport session (RFC 7011 section 2): addresses, ports, transport.  Lives as long as
 * the tracker.  With NF_SCOPE_EXPORTER, but for IPFIX Files, and where max_sessions was reached,
 * it stands for all of an exporter: its ports are 0 and dst is empty.
 */
struct nf_session {
	struct nf_endpoint src, dst;
	enum nf_transport transport;
	uint32_t index;			/* 0, 1, 2 .. as they were met */
	bool trusted;			/* flow export was recognised here before */
};

/* The messages of one datagram, one after another. */
struct nf_delivery {
	struct nf_tracker *tracker;
	struct nf_session *session;
	const struct nf_datagram *datagram;
	uint32_t at;			/* offset in the payload of the next message */
	bool learned;			/* what its templates say has been published */
	bool first;
	/* private */
	uint8_t marks;
	uint32_t next;			/* offset of the message behind that; payload.n: none */
	struct nf_msg msg;		/* the first one */
};

/*
 * Judge D; learn its templates and type records.  NF_REFUSAL_NONE: flow export, *OUT gives its
 * messages.  Otherwise the reason, which is counted.  D is borrowed until the delivery is used up.
 */
enum nf_refusal nf_tracker_feed(struct nf_tracker *t, const struct nf_datagram *d,
				struct nf_delivery *out);

/* What was fed last turns out to be a duplicate: what is held of it bears facts.duplicate, too. */
void nf_tracker_duplicate(struct nf_tracker *t);

/* A message with what its decoding needs.  Do not copy it: resolver.ctx points into it. */
struct nf_view {
	struct nf_msg msg;
	const struct nf_datagram *datagram;
	struct nf_session *session;
	uint32_t offset;		/* of the message in the payload */
	/* Octets behind the last message of the datagram that it does not claim, in the payload. */
	struct nf_span trailing;
	bool followed;			/* another message follows in the same datagram */
	bool headerless;		/* cut in its header: msg.bytes is all, msg.format NULL */
	struct nf_resolver resolver;
	/* private */
	struct nf_tracker *tracker;
	void *domain;
};

/*
 * The next message.  Problems that only the tracker knows (a withdrawal over UDP, a second
 * message, a bound reached) go to SINK, as do those of the header.  Their spans count from the
 * message's first octet; those of octets behind it begin at msg.bytes.n.
 */
bool nf_delivery_next(struct nf_delivery *d, struct nf_view *v, const struct nf_sink *sink);

/*
 * Bind VIEW anew to octets that were read again (the screen, a slice): as the feed of D would
 * have done then, with nothing learned; a header that is cut included, for D's session is trusted
 * by now.  D has the ordinal and addresses that it had.  False where no header can be read, or D's
 * session was never met.
 */
bool nf_tracker_view(struct nf_tracker *t, const struct nf_datagram *d, uint32_t offset,
		     struct nf_view *v, const struct nf_sink *sink);

/*
 * D's session is met, as its feed would, with nothing learned: from then on views can be made of it
 * (to ask how D would be read if it came next).  False if memory is out.
 */
bool nf_tracker_meet(struct nf_tracker *t, const struct nf_datagram *d);

/* A held set whose layout has come. */
struct nf_late {
	struct nf_datagram datagram;	/* as it was, without payload and extents */
	struct nf_session *session;
	struct nf_msg msg;		/* header values as they were; bytes is empty */
	uint32_t msg_offset;		/* of the message in its payload */
	struct nf_set set;		/* with its octets, borrowed until the next call */
	struct nf_resolution resolution;
	struct nf_resolver resolver;	/* for lists inside */
};

/* The next one that is ready, in the order in which they came.  False if none is. */
bool nf_tracker_late(struct nf_tracker *t, struct nf_late *late);

/*
 * Learn the templates of other captures for `given`: feed their datagrams here first, all with
 * ordinals that ascend.
 */
void nf_tracker_give(struct nf_tracker *t, const struct nf_datagram *d);

/* Drop what has been held for longer than hold_seconds at NOW_NS, though nothing comes. */
void nf_tracker_sweep(struct nf_tracker *t, int64_t now_ns);

/* Nothing more will come: what is still held is dropped. */
void nf_tracker_end(struct nf_tracker *t);

/* W is copied; NULL: nobody hears any more. */
void nf_tracker_watch(struct nf_tracker *t, const struct nf_tracker_watch *w);

struct nf_tracker_counts {
	uint64_t refused[NF_REFUSALS];
	uint64_t datagrams;		/* recognised */
	uint64_t ahead_datagrams;	/* read by the look-ahead */
	uint64_t sessions, exporters;
	uint64_t domains;		/* in which templates were sent */
	uint64_t templates_sent;	/* template records, copies counted */
	uint64_t versions;		/* definitions kept, and withdrawals that count */
	uint64_t layouts;		/* distinct layouts compiled */
	uint64_t held, released, dropped;	/* sets; dropped: for all the reasons */
	uint64_t holdings[NF_HOLDINGS];		/* sets that came to that */
	uint64_t hold_octets;			/* that held sets take now */
	uint64_t shared;		/* datagrams of sessions beyond max_sessions */
	uint64_t lost;			/* template records that found no room */
	uint64_t bounds_reached;	/* both among them */
};

/* Totals up to now; each call brings them up to date. */
const struct nf_tracker_counts *nf_tracker_counts(struct nf_tracker *t);

/*
 * Iterate all versions in force or past, by session, domain, id and position: for listings.
 * *IT starts zeroed, or with `given` set for what nf_tracker_give brought in; nothing may be fed
 * meanwhile.
 */
struct nf_version_info {
	const struct nf_session *session;
	uint32_t domain;
	uint16_t export_version;	/* 9 or 10 */
	const struct nf_version *version;
	uint64_t sent;			/* how often it was sent */
	int64_t first_ns, last_ns;	/* capture times of the first and last sending */
	bool in_force;			/* the last one, usable, none after it lost */
};
struct nf_version_iter {
	bool given;
	size_t session, domain, chain, version;
};
bool nf_tracker_next_version(struct nf_tracker *t, struct nf_version_iter *it,
			     struct nf_version_info *info);

/*
 * What V was defined with: its specifiers, no spans; of one that was rejected too.  NULL: it is a
 * withdrawal.
 */
const struct nf_template *nf_version_template(const struct nf_version *v);

#endif
