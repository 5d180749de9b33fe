/*
 * The parts of a tracker, for the files of this folder.
 *
 *	tracker.c	feed, deliveries, views, listings
 *	learn.c		template sets of a datagram into the store
 *	resolve.c	which layout a set is read with
 *	ahead.c		the second source
 *	clock.c		headers that tell no time
 *	hold.c		sets that wait for their layout
 *	options.c	RFC 5610 type records into the registry
 *	session.c	sessions and exporters
 *	define.c	layouts by content
 *	tmplstore.c	versions by position
 *	pool.c map.c	memory, hash tables
 */
#ifndef NF_TRACK_INTERNAL_H
#define NF_TRACK_INTERNAL_H

#include "track/hold.h"
#include "track/session.h"
#include "track/tmplstore.h"
#include "track/tracker.h"

struct nf_tracker {
	struct nf_tracker_opts opts;
	struct nf_registry *registry;
	struct nf_sessions sessions, given;
	struct nf_store store;
	struct nf_hold hold;
	struct nf_tracker_counts counts;
	struct nf_tracker_watch watch;
	uint64_t ordinal;		/* of the datagram fed last */
	bool fed;			/* there was one */
	bool ahead_ended;
	uint16_t *words;		/* NF_SCRATCH_WORDS, for type records; made at need */
	struct nf_view late;		/* what nf_late.resolver is bound to */
};

/* Report to SINK, which may be NULL. */
static inline void nf_tell(const struct nf_sink *sink, enum nf_problem_id id, struct nf_span span,
			   uint64_t found, uint64_t wanted)
{
	const struct nf_problem p = {
		.id = (uint16_t)id,
		.span = span,
		.found = found,
		.wanted = wanted,
	};

	if (sink != NULL)
		sink->report(sink->ctx, &p);
}

/* What nf_delivery_next has to look into. */
enum {
	NF_MARK_HEADER = 1,		/* the header has problems */
	NF_MARK_CUT = 2,		/* there is no whole header */
	NF_MARK_SETS = 4,		/* withdrawals, templates without room, data of such */
	NF_MARK_SESSION = 8,		/* a session beyond the bound */
	NF_MARK_HOLD = 16,		/* sets were dropped before their layout came */
};

static inline uint64_t nf_position(const struct nf_datagram *d, uint32_t offset)
{
	return d->ordinal << 16 | (offset < 0xffff ? offset : 0xffff);
}

static inline uint32_t nf_sent_len(const struct nf_datagram *d, uint32_t at)
{
	size_t n = d->wire_len > d->payload.n ? d->wire_len : d->payload.n;

	return (uint32_t)(n - at);
}

/* Where the message behind M, which stands AT, begins; the payload's end if there is none. */
uint32_t nf_next_message(const struct nf_datagram *d, uint32_t at, const struct nf_msg *m);

/* Withdrawals count (RFC 7011 section 8.4). */
static inline bool nf_reliable(const struct nf_datagram *d)
{
	return d->transport != NF_TRANSPORT_UDP;
}

/* Bind V to M, which stands at OFFSET of D. */
void nf_view_bind(struct nf_tracker *t, struct nf_session *session, const struct nf_datagram *d,
		  uint32_t offset, const struct nf_msg *m, struct nf_view *v);

/* -- learn.c -------------------------------------------------------------------------- */

enum nf_pass { NF_PASS_MAIN, NF_PASS_AHEAD, NF_PASS_GIVE };

/*
 * Publish what the template sets of D say, whose first message is M.  Adds to *MARKS;
 * true if something new was defined.
 */
bool nf_learn(struct nf_tracker *t, struct nf_peer *session, const struct nf_datagram *d,
	      const struct nf_msg *m, enum nf_pass pass, uint8_t *marks);

/* Report what only the tracker can tell of V's templates, and of data sets that they fail. */
void nf_learn_report(struct nf_tracker *t, const struct nf_view *v, const struct nf_sink *sink);

/* -- resolve.c ------------------------------------------------------------------------ */

/* An nf_resolver's function; CTX is a struct nf_view. */
void nf_resolve(void *ctx, uint16_t id, struct nf_bytes body, uint32_t offset,
		struct nf_resolution *out);

/* Does LAYOUT fit BODY, or what is there of it?  Another session's is used if it does. */
bool nf_fits(const struct nf_layout *layout, struct nf_bytes body, bool partial);

/*
 * Does BODY contradict LAYOUT, the session's own?  Not where octets are missing, or none are
 * there: a list may be empty, and that a set is so is reported as such.
 */
static inline bool nf_misfits(const struct nf_layout *layout, struct nf_bytes body, bool partial)
{
	return !partial && body.n != 0 && nf_layout_misfits(layout, body);
}

/* -- ahead.c -------------------------------------------------------------------------- */

/*
 * Read on until the session of V defines ID in V's domain; the first entry after POSITION, or
 * NULL if none comes.
 */
const struct nf_entry *nf_ahead(struct nf_tracker *t, const struct nf_view *v, uint16_t id,
				uint64_t position);

/* -- clock.c ---------------------------------------------------------------------------- */

/* What M says of times that D's capture knows better. */
void nf_clock_check(struct nf_msg *m, const struct nf_datagram *d);

/* -- options.c ------------------------------------------------------------------------ */

/* Define what the type records of a data set say (RFC 5610). */
void nf_types_learn(struct nf_tracker *t, const struct nf_msg *m, const struct nf_set *set,
		    const struct nf_entry *e);

#endif
