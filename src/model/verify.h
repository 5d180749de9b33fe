/*
 * Flow records held against the traffic itself: what an exporter said, and what model/meter.h saw.
 *
 *	struct verify *v = verify_new(&opts, meter, join);
 *
 *	for all records, in order:	verify_record(v, &at);
 *	verify_end(v, exporters);
 *	... verify_exporter_at(v, i), verify_item_at(v, i) ...
 *	verify_free(v);
 *
 * Flows are found by key, records of a flow are held against its packets by order: the first record
 * takes the first packets, as many as it says.  Times are compared after the clock of the exporter
 * is put right by one offset, a constant that is estimated, or a multiple of 2^32 ms; see
 * verify_exporter.  Sampled records are judged by totals and bounds.
 *
 * What is true of most flows of an exporter (octets that count the trailer) is one item, and what
 * follows from it is suppressed.
 *
 * Memory: a row a flow key of a domain and a row a record, of which there are at most max_records;
 * further ones are counted in `beyond`.
 */
#ifndef MODEL_VERIFY_H
#define MODEL_VERIFY_H

#include "model/exporters.h"
#include "model/filter.h"
#include "model/join.h"
#include "model/meter.h"

enum verify_weight { VERIFY_FAULT, VERIFY_NOTE, VERIFY_OPEN };

enum verify_kind {
#define KIND(id, name, weight, text) VERIFY_##id,
#include "model/verify_kinds.def"
#undef KIND
	VERIFY_KINDS
};

const char *verify_kind_name(enum verify_kind kind);	/* "octets-with-trailer" */
const char *verify_kind_text(enum verify_kind kind);	/* what it is, in words */
enum verify_weight verify_kind_weight(enum verify_kind kind);

struct verify_prefix {
	struct nf_addr addr;
	unsigned length;
};

struct verify_opts {
	/* --inside: what is within, where direction is judged; records are judged by it alone */
	const struct verify_prefix *inside;
	size_t ninside;
	bool partial;	/* some records are hidden: flows without one are neither missed nor lost */
	int64_t active_ns, inactive_ns;	/* timeouts that are to be kept; 0: inferred, not judged */
	int64_t slack_ns;		/* of times; 0: VERIFY_SLACK_NS, or a coarser resolution */
	size_t max_records;		/* 0: VERIFY_RECORDS */
	size_t worst;			/* flows that are listed of an item; 0: VERIFY_WORST */
};

enum { VERIFY_SLACK_NS = 10000000, VERIFY_RECORDS = 1 << 23, VERIFY_WORST = 3 };

/* A flow of an item. */
struct verify_flow {
	struct meter_key key;
	uint64_t traffic_frame, export_frame;	/* 0: none */
	const char *found, *wanted;	/* "13 packets, 1234 octets"; the verify's; "" */
	double weight;			/* the worse, the greater */
};

/* One kind of difference of one exporter. */
struct verify_item {
	enum verify_kind kind;
	size_t exporter;
	uint64_t flows;			/* how many it is true of, */
	uint64_t of;			/* of how many that were judged */
	uint64_t packets, octets;	/* what it comes to, where that can be said */
	const char *text;		/* the item in words, with its figures */
	struct verify_flow *worst;
	size_t nworst;
};

/* What is known of an exporter, a domain by itself. */
struct verify_exporter {
	struct nf_addr addr;
	uint32_t domain;
	uint16_t version;
	uint64_t frame;			/* of its first message */
	uint64_t records, flows;	/* records; keys */
	uint64_t exact;			/* keys with nothing against them */
	uint64_t sampling;		/* one packet of so many; 1: all */
	bool offset_known;
	int64_t offset_ns;		/* its clock minus that of the traffic */
	int64_t offset_epochs;		/* of which so many times 2^32 ms; 0: a constant */
	double drift;			/* seconds that it grows by in one; 0: none that shows */
	int64_t spread_ns;		/* half of all times lie within that of the offset */
	int64_t active_ns, inactive_ns;	/* as inferred; 0: cannot be told */
	bool biflow;
	uint64_t events;		/* records that are no traffic, and are not judged */
	uint64_t unjudged;		/* records without addresses, protocol and ports */
	uint16_t ports[2];		/* two that it sends from by turns, as two would; else 0 */
};

struct verify;

/* METER and JOIN (may be NULL) are borrowed and complete when verify_end comes.  NULL: memory. */
struct verify *verify_new(const struct verify_opts *opts, struct meter *meter, struct join *join);
void verify_free(struct verify *v);

/* A flow record: AT as filters have it. */
void verify_record(struct verify *v, struct filter_at *at);
/* Everything was read; EXPORTERS says what sequence numbers say of loss.  False: memory was out. */
bool verify_end(struct verify *v, const struct exporters *exporters);

size_t verify_exporters(const struct verify *v);
const struct verify_exporter *verify_exporter_at(const struct verify *v, size_t i);

/* In the order of exporters, then of verify_kinds.def. */
size_t verify_items(const struct verify *v);
const struct verify_item *verify_item_at(const struct verify *v, size_t i);

/* Records that found no room: nothing can be said of them. */
uint64_t verify_beyond(const struct verify *v);
/* Items of FAULT. */
uint64_t verify_faults(const struct verify *v);

#endif
