/*
 * Who exports what: exporter > session > domain, with what came of the sequence numbers.
 *
 * A domain here is an observation domain or Source ID of one session; of v5 to v8 an engine.
 * Memory: bounded by max_domains; messages of further ones are counted as `beyond` and nowhere
 * else.
 */
#ifndef MODEL_EXPORTERS_H
#define MODEL_EXPORTERS_H

#include "track/boot.h"
#include "track/seq.h"
#include "track/tally.h"
#include "track/tracker.h"

enum {
	EXPORTERS_RESTARTS = 4,		/* the last ones, remembered with their frames */
	EXPORTERS_SAMPLINGS = 4,	/* different ones of a domain's headers */
	EXPORTERS_DELAYS = 64,
};

struct exporters_counts {
	uint64_t messages, octets;
	uint64_t flows, options;	/* records */
	uint64_t templates, options_templates, withdrawals;	/* copies counted */
	uint64_t data_sets;
	/* copies of messages captured before, and the flows in them, which count above */
	uint64_t duplicates, duplicate_flows;
	uint64_t undecoded[NF_WHY_NOTS];	/* data sets, by enum nf_why_not */
	uint64_t undecoded_octets[NF_WHY_NOTS];
};

/*
 * Capture time less export time, in nanoseconds.  Every `stride`-th one is kept: all of the first
 * 64, and when there is no room, every other one is dropped and the stride doubled.
 */
struct exporters_delay {
	int64_t min, max;
	uint64_t n, stride;
	int64_t kept[EXPORTERS_DELAYS];
};

struct exporters_restart {
	uint64_t frame;
	uint32_t file;
	uint32_t before_ms, after_ms;	/* uptimes */
};

/* What the headers of v5 and v6 say of sampling: mode and interval as they are sent. */
struct exporters_sampling {
	uint8_t mode;
	uint16_t interval;
	uint64_t messages;
};

struct exporters_exporter {
	struct nf_addr addr;
	uint32_t index;			/* 0, 1, 2 .. as they were met */
};

struct exporters_domain {
	const struct exporters_exporter *exporter;
	const struct nf_session *session;
	uint16_t version;
	uint16_t aggregations;		/* v8: bit N for aggregation N */
	uint32_t domain;
	struct exporters_counts counts;
	int64_t first_ns, last_ns;
	uint64_t first_frame;		/* of the first message */
	uint32_t first_file;
	bool has_uptime;
	struct nf_boot boot;
	struct exporters_restart restarts[EXPORTERS_RESTARTS];	/* a ring: boot.restarts ever */
	struct exporters_sampling samplings[EXPORTERS_SAMPLINGS];
	unsigned nsamplings;
	uint64_t other_samplings;	/* messages that said still another */
	/*
	 * Once settled: over how many sessions this Source ID came to the collector (v9; else 1),
	 * and whether this is the first of them, to which their one stream of sequence numbers
	 * belongs.
	 */
	uint32_t sessions;
	bool first;
	/* NULL: an IPFIX File has no capture time, or memory was out. */
	struct exporters_delay *delay;
};

struct exporters;

/* NULL if memory is out. */
struct exporters *exporters_new(const struct nf_seq_opts *seq, size_t max_domains);
void exporters_free(struct exporters *x);

/*
 * SHOWN: it is counted; otherwise only what follows is judged by its sequence number.  DROPS:
 * what the capturing machine dropped up to here.
 */
void exporters_message(struct exporters *x, const struct nf_view *v, bool shown, uint64_t drops);

/* A set that was counted as undecoded and now is not. */
void exporters_late(struct exporters *x, const struct nf_late *late);

struct exporters_counts exporters_sum(const struct exporters_counts *a,
				      const struct exporters_counts *b);

/* The middle one of those kept; of two in the middle the smaller. */
int64_t exporters_median(const struct exporters_delay *d);

/*
 * Put the domains in order: exporters and sessions as they were met, then version and number;
 * and the streams of sequence numbers in the order of their domains, settled.  At the end: no
 * message comes behind it.  False if memory is out.
 */
bool exporters_settle(struct exporters *x);

/* In that order; NULL behind the last one. */
const struct exporters_domain *exporters_domain_at(const struct exporters *x, size_t i);

/* That order, for qsort of pointers to domains: it holds at any time. */
int exporters_order(const void *a, const void *b);

/* How many there are, at any time, and of how many addresses. */
size_t exporters_domains(const struct exporters *x);
size_t exporters_addresses(const struct exporters *x);

/* The streams of a domain: *NEXT begins at 0.  That of v9 is of all its sessions to a collector. */
const struct nf_seq_stream *exporters_stream(const struct exporters *x,
					     const struct exporters_domain *d, size_t *next);

/*
 * What the streams of a domain say of loss, added up: *SUM is added to.  False where none of them
 * tells, as before it is settled, and in all but the first session of a Source ID.
 */
bool exporters_domain_loss(const struct exporters *x, const struct exporters_domain *d,
			   struct nf_seq_totals *sum);

/*
 * Units of all streams whose numbers tell of loss, as they are: packets of v9, flows or records of
 * the others.  At any time; once settled, what the streams then say.
 */
struct exporters_loss {
	uint64_t received, lost;
};

struct exporters_loss exporters_loss(const struct exporters *x);

struct exporters_beyond {
	uint64_t messages;		/* of domains that found no room */
	uint64_t headerless;		/* payloads in which not even a header could be read */
};

struct exporters_beyond exporters_beyond(const struct exporters *x);

/*
 * True where memory was out for what there was room for: some messages count as beyond, or delays
 * are not known.
 */
bool exporters_failed(const struct exporters *x);

#endif
