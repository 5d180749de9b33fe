/*
 * Held sets: data sets that came before their template, on input that is read once.
 *
 * They wait by {session, version, domain, id}, and are given out when the session defines
 * the id, or another session of the exporter and domain does and its layout fits.  Bounded
 * in octets and in age; the oldest make room.
 */
#ifndef NF_TRACK_HOLD_H
#define NF_TRACK_HOLD_H

#include "track/map.h"
#include "track/tmplstore.h"
#include "track/tracker.h"

struct nf_held;

/* In the order in which they came: doubly linked. */
struct nf_held_list {
	struct nf_held *first, *last;
};

struct nf_hold {
	size_t max, used;		/* octets */
	int64_t max_age_ns;
	struct nf_held_list waiting, ready;
	struct nf_map waiters, groups;
	struct nf_held *out;		/* given out last: freed by the next call */
	struct nf_tracker_counts *counts;
	const struct nf_tracker_watch *watch;
};

void nf_hold_init(struct nf_hold *h, size_t max, uint32_t seconds,
		  struct nf_tracker_counts *counts, const struct nf_tracker_watch *watch);
void nf_hold_done(struct nf_hold *h);

/*
 * Hold a copy of SET.  False where it, or others in its favour, had to be dropped.  CLOSED:
 * the same message withdraws the id, so that only another session's layout will do.
 */
bool nf_hold_put(struct nf_hold *h, const struct nf_view *v, const struct nf_set *set,
		 bool closed);

/* E has been defined: what waits for it becomes ready. */
void nf_hold_release(struct nf_hold *h, const struct nf_entry *e);

/* ID has been withdrawn there: what is defined later does not read what waits now. */
void nf_hold_close(struct nf_hold *h, struct nf_peer *session, uint16_t version, uint32_t domain,
		   uint16_t id);

/* Drop what came more than the age before NOW_NS. */
void nf_hold_sweep(struct nf_hold *h, int64_t now_ns);

/* The datagram of that ORDINAL, the last to come, is a duplicate: so is what is held of it. */
void nf_hold_duplicate(struct nf_hold *h, uint64_t ordinal);

/* Nothing more will come: drop all that waits. */
void nf_hold_end(struct nf_hold *h);

/* The datagram of the one given out last. */
const struct nf_datagram *nf_hold_datagram(const struct nf_hold *h);

/* The next one that is ready: all but the resolver of *LATE. */
bool nf_hold_next(struct nf_hold *h, struct nf_late *late);

#endif
