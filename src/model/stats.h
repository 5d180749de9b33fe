/*
 * Totals of what captures hold, from slots alone: nothing is decoded that is not added up.
 */
#ifndef MODEL_STATS_H
#define MODEL_STATS_H

#include "model/filter.h"
#include "track/tracker.h"

enum { STATS_VERSIONS = 11 };		/* 0 to 10; most of them do not exist */

/*
 * Counters as the records have them: raw, no sampling applied, deltas apart from totals.  Of
 * events of a firewall or a NAT only those that count: see flow_counts.
 */
enum stats_sum {
	STATS_OCTETS,
	STATS_PACKETS,
	STATS_OCTETS_TOTAL,
	STATS_PACKETS_TOTAL,
	STATS_SUMS
};

struct stats_version {
	uint64_t messages;
	uint64_t octets;		/* of messages */
	uint64_t flows, options;	/* records */
	uint64_t undecoded;		/* sets */
	uint64_t undecoded_octets;
	/* copies of messages captured before, and the flows in them, which count above */
	uint64_t duplicates, duplicate_flows;
	uint64_t sums[STATS_SUMS];
};

struct stats {
	struct stats_version versions[STATS_VERSIONS];
	uint64_t headerless;		/* payloads in which not even a header could be read */
	int64_t first_ns, last_ns;	/* capture times of messages; first > last: none */
	struct nf_scratch scratch;
	/* Only what matches it counts; NULL: everything.  Borrowed; set after stats_init. */
	struct filter *filter;
	bool keep_duplicates;		/* their flows count in the sums too; set as the filter */
};

/* False if memory is out. */
bool stats_init(struct stats *s);
void stats_done(struct stats *s);

void stats_message(struct stats *s, const struct nf_view *v);

/* A set that was counted as undecoded and now is not. */
void stats_late(struct stats *s, const struct nf_late *late);

/* The sum over all versions. */
struct stats_version stats_total(const struct stats *s);

/*
 * Add to *TO what the totals grew by from BASE to NOW.  What was undecoded and is no more makes
 * them fall: the difference, modulo 2^64, comes back where it is added to what they were.
 */
void stats_grow(struct stats_version *to, const struct stats_version *now,
		const struct stats_version *base);

#endif
