/*
 * What the files of model/verify.h share.
 *
 *	verify_gather.c		records to rows and keys
 *	verify_clock.c		times of records, and one offset for those of a domain
 *	verify_key.c		keys of records
 *	verify_match.c		keys to flows of the traffic
 *	verify_case.c		a key with its flow; records to their packets
 *	verify_judge.c		a key against its flow: counts
 *	verify_record.c		a record against its packets: times, flags, type of service
 *	verify_octets.c		what octets count
 *	verify_sampled.c	a part of the packets
 *	verify_timeouts.c	where flows were cut
 *	verify_missed.c		flows without records
 *	verify_items.c		kinds of difference added up, and the worst of each
 */
#ifndef MODEL_VERIFY_INTERNAL_H
#define MODEL_VERIFY_INTERNAL_H

#include "base/arena.h"
#include "model/flow.h"
#include "model/top_table.h"
#include "model/verify.h"

enum { VERIFY_DOMAINS = 1024, VERIFY_NAME_WORDS = 8, VERIFY_TEXT = 80, VERIFY_SPARE = 64 };
enum {
	VERIFY_PROTO_ICMP = 1, VERIFY_PROTO_TCP = 6, VERIFY_PROTO_UDP = 17,
	VERIFY_PROTO_ICMP6 = 58, VERIFY_PROTO_NONE = 0, VERIFY_PROTO_FRAGMENT = 44,
};

#define VERIFY_TURN_NS ((int64_t)1000000 << 32)		/* 2^32 ms */
#define VERIFY_SECOND_NS ((int64_t)1000000000)

/* Times are whatever was sent: what is out of range stays at its end. */
static inline int64_t verify_minus(int64_t a, int64_t b)
{
	if (b > 0 && a < INT64_MIN + b)
		return INT64_MIN;
	return b < 0 && a > INT64_MAX + b ? INT64_MAX : a - b;
}

static inline int64_t verify_plus(int64_t a, int64_t b)
{
	if (b > 0 && a > INT64_MAX - b)
		return INT64_MAX;
	return b < 0 && a < INT64_MIN - b ? INT64_MIN : a + b;
}

/* What a row has. */
enum {
	VERIFY_HAS_FIRST = 1 << 0, VERIFY_HAS_LAST = 1 << 1, VERIFY_HAS_PACKETS = 1 << 2,
	VERIFY_HAS_OCTETS = 1 << 3, VERIFY_HAS_FLAGS = 1 << 4, VERIFY_HAS_TOS = 1 << 5,
	VERIFY_HAS_DIRECTION = 1 << 6,
	VERIFY_HAS_TOTAL = 1 << 7,	/* counters since the flow began, not the last record */
	VERIFY_HAS_BOTH = 1 << 8,	/* the record has counters of both directions */
	VERIFY_HAS_NO_ICMP = 1 << 9,	/* of ICMP, and says nothing of type and code */
	VERIFY_HAS_NO_CODE = 1 << 10,	/* nothing of the code */
};

/* A record, or one direction of one. */
struct verify_row {
	int64_t first_ns, last_ns;	/* by the exporter's clock; see verify_clock.c */
	int64_t sent_ns;		/* by the same: when its message was sent */
	uint64_t packets, octets;
	uint64_t frame;
	uint32_t next;			/* of its key, number + 1 */
	uint32_t rate;			/* of sampling; 1: none */
	uint16_t flags, has;
	uint8_t tos, direction;
	uint8_t packets_width, octets_width, flags_width;	/* octets of the fields */
	uint8_t digits;			/* of the times' fractions */
	bool turns;			/* uptimes: times are known modulo 2^32 ms */
	bool coarse;			/* times depend on a header that has seconds only */
};

/* What became of a key. */
enum verify_state {
	VERIFY_UNMATCHED,		/* no such packets */
	VERIFY_MATCHED,
	VERIFY_EXCHANGED,		/* the flow is that of the other direction */
	VERIFY_OTHER_ICMP,		/* the flow has another type and code */
	VERIFY_SEVERAL,			/* ICMP of several types in one: not judged */
	VERIFY_FRAGMENTS,		/* later fragments of other flows */
};

/* A key: words of a row of the table. */
enum {
	VERIFY_KEY_ROWS,		/* the first and the last of its rows, numbers + 1 */
	VERIFY_KEY_FLOW,		/* meter_flow_at's index + 1, enum verify_state */
	VERIFY_KEY_VALUES,
	VERIFY_KEY_WORDS = 6
};

static inline uint32_t verify_key_head(const uint64_t *key)
{
	return (uint32_t)key[VERIFY_KEY_ROWS];
}

static inline enum verify_state verify_key_state(const uint64_t *key)
{
	return (enum verify_state)(key[VERIFY_KEY_FLOW] >> 32);
}

static inline uint32_t verify_key_domain(const uint64_t *key)
{
	return (uint32_t)key[VERIFY_KEY_VALUES];
}

/* One of the worst: its texts are copied when all are known. */
struct verify_worst {
	struct verify_flow flow;
	char found[VERIFY_TEXT], wanted[VERIFY_TEXT];
};

/* What is added up of a kind. */
struct verify_tally {
	uint64_t flows, of, packets, octets;
	double most;			/* a figure of the kind's own */
	struct verify_worst *worst;	/* not in order: see verify_items.c */
	size_t nworst, worst_cap;
	double least;			/* what weighs less is none of the worst */
};

/* Flows that expire alike. */
enum verify_class { VERIFY_CLOSED, VERIFY_OPEN_TCP, VERIFY_OPEN_UDP, VERIFY_OTHER, VERIFY_CLASSES };

enum { VERIFY_PORTS = 4, VERIFY_TURNS = 3 };

/* Ports that a domain's messages come from: one that comes back behind another is in use still. */
struct verify_ports {
	uint16_t now, left[VERIFY_PORTS];	/* the others, the latest at N - 1 */
	unsigned n;
	unsigned turns;			/* how often one came back */
};

enum { VERIFY_MODELS = 8 };		/* of octets */

/* What was seen of flows that were cut, of one class. */
struct verify_cuts {
	int64_t held_ns;		/* the longest from a last packet to its export */
	int64_t lasted_ns, paused_ns;	/* the longest record; the longest pause in one */
	bool held;			/* one was */
};

struct verify_domain {
	struct verify_exporter x;
	struct nf_addr collector;
	uint16_t port;			/* the collector's */
	struct verify_ports ports;	/* its own */
	uint32_t index;
	uint32_t group;			/* the first domain of that exporter to that collector */
	int64_t base_ns;		/* uptimes: the start that times count from */
	unsigned starts;		/* how often that changed */
	bool based, turns, coarse;
	uint8_t digits;			/* the least of all */
	int64_t slack_ns;
	int64_t drift_from_ns;		/* by the traffic's clock: when its offset is that of x */
	int64_t sent_first_ns, sent_last_ns;
	uint64_t matched;		/* keys with traffic */
	uint64_t scaled, unscaled;	/* sampled records: multiples of the rate, and others */
	uint32_t rates[2];		/* the least and the greatest */
	bool random;			/* sampling may be at random */
	uint64_t models[VERIFY_MODELS];
	unsigned model;
	/* in the time of the traffic: when it began to look, and ended; when it last spoke */
	int64_t from_ns, until_ns, spoke_ns;
	bool live;			/* it spoke while the traffic went on, or soon after */
	bool flushed;			/* it told of all that it had then */
	int64_t began_ns;		/* by its clock: the first time of a record */
	struct verify_cuts cuts[VERIFY_CLASSES];
	uint64_t long_cuts, short_cuts;
	int64_t least_gap_ns;		/* between records that no record has within; 0: none */
	bool lost_known;
	uint64_t lost;
	unsigned streams;		/* of sequence numbers */
	size_t keys_from, keys_to;	/* in by_domain */
	struct verify_tally tallies[VERIFY_KINDS];
};

struct verify {
	struct verify_opts opts;
	struct meter *meter;
	struct join *join;
	struct nf_arena arena;
	struct top_table names;		/* of domains */
	struct verify_domain **domains;
	size_t ndomains, domains_cap;
	struct top_table keys;
	struct verify_row *rows;
	size_t nrows, rows_cap;
	const struct nf_layout *layout;	/* which view is of */
	struct flow_view view;
	const struct meter_flow **pairs;	/* by addresses and protocol */
	struct verify_sums *sums;	/* of those before each in pairs */
	uint32_t *by_domain;		/* keys, those of a domain together */
	struct verify_order *order;	/* scratch of sorting rows */
	size_t order_cap;
	struct verify_item *items;
	size_t nitems, items_cap;
	uint64_t beyond, faults;
	bool failed;
};

static inline struct verify_row *verify_row(const struct verify *v, uint32_t number)
{
	return number == 0 ? NULL : &v->rows[number - 1];
}

static inline struct verify_domain *verify_domain_of(const struct verify *v, const uint64_t *key)
{
	return v->domains[verify_key_domain(key)];
}

/* -- verify_key.c ----------------------------------------------------------------------------- */

/* False where the record of AT does not have all of the 5-tuple.  *HAS is added to. */
bool verify_read_key(struct meter_key *key, const struct filter_at *at, uint16_t *has);

void verify_key_words(uint64_t words[VERIFY_KEY_WORDS], const struct meter_key *key,
		      uint32_t domain);
struct meter_key verify_key_of(const uint64_t *row);
uint64_t *verify_key_find(const struct verify *v, const struct meter_key *key, uint32_t domain);

/* The key of the other direction; that of a question of ICMP has its answer. */
struct meter_key verify_key_back(const struct meter_key *key);

static inline bool verify_is_icmp(const struct meter_key *key)
{
	return key->protocol == VERIFY_PROTO_ICMP || key->protocol == VERIFY_PROTO_ICMP6;
}

/* Some exporters take the fragment header of IPv6 for a protocol of its own, or none at all. */
static inline bool verify_is_fragments(const struct meter_key *k)
{
	return k->src.family == 6 && (k->protocol == VERIFY_PROTO_NONE ||
				      k->protocol == VERIFY_PROTO_FRAGMENT);
}

/* Those of which a meter knows ports. */
static inline bool verify_has_ports(uint8_t protocol)
{
	return protocol == VERIFY_PROTO_TCP || protocol == VERIFY_PROTO_UDP || protocol == 132 ||
	       protocol == 33 || protocol == 136;
}

/* -- verify_match.c -------------------------------------------------------------------- */

/* A key with the flow that it is held against. */
struct verify_case {
	struct verify *v;
	struct verify_domain *d;
	const uint64_t *row;
	struct meter_key key;
	const struct meter_flow *flow;
	enum verify_state state;
	bool alone;			/* later fragments are elsewhere, and not its packets */
	struct meter_counts truth;
	uint8_t direction;		/* records of this flowDirection alone; VERIFY_ANY */
	uint64_t records, packets, octets;	/* that the records say */
	bool counted;			/* all of them say packets */
	bool exact;			/* as many as there were */
	bool steps;			/* its packets can be stepped through */
	bool sampled;
	uint16_t has;			/* what all records have */
	uint64_t frame;			/* of the first record */
	uint32_t at;			/* of meter_step */
	uint64_t asked, said;		/* kinds, a bit each */
};

enum { VERIFY_ANY = 255 };

/* What some packets of a flow come to. */
struct verify_span {
	struct meter_counts counts;
	int64_t first_ns, last_ns, pause_ns;	/* pause: the longest between two of them */
	uint64_t tos_seen[4];
	uint16_t flags, last_flags;
	uint8_t tos_or;
};

/* The keys of a domain, once they are matched: *AT begins at 0; NULL at the end. */
static inline uint64_t *verify_key_next(const struct verify *v, const struct verify_domain *d,
					size_t *at)
{
	if (*at >= d->keys_to - d->keys_from)
		return NULL;
	return top_table_row(&v->keys, v->by_domain[d->keys_from + (*at)++]);
}

/* Find the flows of all keys, and put the rows of each in order. */
bool verify_match(struct verify *v);

/* -- verify_case.c ---------------------------------------------------------------------- */

void verify_case_open(struct verify_case *c, struct verify *v, uint64_t *key, uint8_t direction);
/* The next records of a case: *NUMBER begins as verify_key_head; NULL at the end. */
struct verify_row *verify_case_next(const struct verify_case *c, uint32_t *number);
/* The next N packets of it; false where there are not so many to step through. */
bool verify_take(struct verify_case *c, uint64_t n, struct verify_span *span);
/* The time of the next packet; false behind the last one. */
bool verify_peek(const struct verify_case *c, int64_t *ts_ns);

/* The flows from SRC to DST of a protocol: indices from *AT on; false: no more.  *AT begins 0. */
bool verify_pairs(const struct verify *v, const struct meter_key *key, size_t *at,
		  const struct meter_flow **flow);

/* Packets between the two, of that protocol, of which nobody can say which flow they are of. */
uint64_t verify_anybodys(const struct verify *v, const struct meter_key *key);

/* Those whose later fragments a record of KEY, without ports, may be of. */
bool verify_fragment_pairs(const struct verify *v, const struct meter_key *key, size_t *at,
			   const struct meter_flow **flow);

/* -- verify_clock.c -------------------------------------------------------------------- */

/* Take in what AT's record says of times. */
void verify_times(struct verify_domain *d, const struct filter_at *at, struct verify_row *row);
bool verify_clocks(struct verify *v);
/* A time of the exporter's as the traffic has it, near NEAR where turns are not known. */
int64_t verify_put_right(const struct verify_domain *d, int64_t ns, int64_t near);

/* -- verify_judge.c, verify_record.c --------------------------------------------------- */

void verify_judge(struct verify *v);

/* Each record of a case that is exact against its own packets. */
void verify_records(struct verify_case *c);
/* What holds of records whose packets cannot be told one from another. */
void verify_bounds(struct verify_case *c);
/* When a flow and that of the other direction began and ended, both together. */
void verify_both_bounds(const struct verify_case *c, int64_t *first, int64_t *last);
/* True if a record of the case is of a time that the traffic does not have. */
bool verify_outside(const struct verify_case *c);

/* Count KIND against the case, once: NULL if that was done, or it is none of the worst. */
struct verify_worst *verify_say(struct verify_case *c, enum verify_kind kind, double weight,
				uint64_t packets, uint64_t octets);
/* KIND was looked for. */
void verify_asks(struct verify_case *c, enum verify_kind kind);

/* -- verify_octets.c ------------------------------------------------------------------- */

void verify_octets_vote(const struct verify_case *c, const struct verify_row *r,
			const struct verify_span *span);
void verify_octets_choose(struct verify *v);
void verify_octets(struct verify_case *c, const struct verify_row *r,
		   const struct verify_span *span);
/* Is SAID what is left of N in a counter of WIDTH octets, or of 4? */
bool verify_wrapped(uint64_t said, uint64_t n, unsigned width);

/* -- verify_sampled.c ------------------------------------------------------------------ */

void verify_sampled(struct verify_case *c);
/* PACKETS that an exporter must have had before it, and so many that it may have had. */
void verify_sampled_total(struct verify *v, struct verify_domain *d, uint64_t due,
			  uint64_t pending);

/* -- verify_timeouts.c ----------------------------------------------------------------- */

enum verify_class verify_class_of(const struct meter_flow *flow);
/* Learn from a record of an exact case. */
void verify_cuts_learn(const struct verify_case *c, const struct verify_row *r,
		       const struct verify_span *span, bool more);
/* A record of one, when its packets were just taken. */
void verify_cut(struct verify_case *c, const struct verify_span *span);
void verify_cuts_settle(struct verify *v);

/* -- verify_missed.c ------------------------------------------------------------------- */

/* When each exporter looked at the traffic. */
void verify_windows(struct verify *v);
/* Should the exporter have told of all of FLOW by the end? */
bool verify_due(const struct verify *v, const struct verify_domain *d,
		const struct meter_flow *flow);
bool verify_missed(struct verify *v);
void verify_losses(struct verify *v, const struct exporters *exporters);

/* -- verify_items.c -------------------------------------------------------------------- */

struct verify_claim {
	enum verify_kind kind;
	const struct meter_key *key;
	uint64_t traffic_frame, export_frame;
	uint64_t packets, octets;
	double weight;
};

static inline const char *verify_s(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* Count it; where it is one of the worst, that has to be filled in: NULL otherwise. */
struct verify_worst *verify_claim(struct verify *v, struct verify_domain *d,
				  const struct verify_claim *claim);
void verify_said(struct verify_worst *w, const char *found, ...)
	__attribute__((format(printf, 2, 3)));
void verify_asked(struct verify_worst *w, const char *wanted, ...)
	__attribute__((format(printf, 2, 3)));
bool verify_items_make(struct verify *v);

#endif
