/*
 * Who sends how much to a collector: for each exporter address, messages, octets, records and what
 * was lost by its sequence numbers.
 *
 * Less than struct exporters keeps, so that it may run beside anything: no field is read.  Memory
 * is bounded: messages of exporters beyond TRAFFIC_EXPORTERS are added up in one, and sequence
 * numbers of streams beyond as many are not followed.
 */
#ifndef MODEL_TRAFFIC_H
#define MODEL_TRAFFIC_H

#include "base/datagram.h"
#include "track/tracker.h"

enum { TRAFFIC_EXPORTERS = 16384 };

struct traffic_counts {
	uint64_t messages, octets;
	uint64_t records;		/* of flows and of options */
	/* data sets without a layout, as long as it has not come */
	uint64_t undecoded;
};

struct traffic_exporter {
	struct nf_addr addr;
	struct traffic_counts counts, since;	/* ever; when traffic_mark was called */
	int64_t last_ns;		/* arrival of the last message */
	/*
	 * By sequence numbers, in what these count: flows, messages or records.  Filled in by
	 * traffic_largest alone.
	 */
	uint64_t lost, received;
};

struct traffic;

/* NULL if memory is out. */
struct traffic *traffic_new(void);
void traffic_free(struct traffic *t);

/* DROPS: what the kernel dropped up to here. */
void traffic_message(struct traffic *t, const struct nf_view *v, uint64_t drops);
void traffic_late(struct traffic *t, const struct nf_late *late);

/* All exporters together, and since the last mark. */
const struct traffic_exporter *traffic_total(const struct traffic *t);

/*
 * The N exporters with the most messages since the mark, then ever: borrowed, in TOP.  How many;
 * what all others come to in *REST, how many these are in *NREST.
 */
size_t traffic_largest(struct traffic *t, const struct traffic_exporter **top, size_t n,
		       struct traffic_exporter *rest, size_t *nrest);

/* What counts as `since` begins here. */
void traffic_mark(struct traffic *t);

#endif
