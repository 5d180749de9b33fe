/*
 * What the files of model/verify.h share: gathering fills rows and keys (verify.c), which find
 * their flows (verify_match.c), whose clocks are put right (verify_clock.c), and are judged.
 */
#ifndef MODEL_VERIFY_INTERNAL_H
#define MODEL_VERIFY_INTERNAL_H

#include "base/arena.h"
#include "model/flow.h"
#include "model/top_table.h"
#include "model/verify.h"

enum {
	VERIFY_DOMAINS = 1024,
	VERIFY_WRAP_MS_BITS = 32,
};

#define VERIFY_TURN_NS ((int64_t)1000000 << VERIFY_WRAP_MS_BITS)	/* 2^32 ms */

/* What a row has. */
enum {
	VERIFY_HAS_FIRST = 1 << 0, VERIFY_HAS_LAST = 1 << 1, VERIFY_HAS_PACKETS = 1 << 2,
	VERIFY_HAS_OCTETS = 1 << 3, VERIFY_HAS_FLAGS = 1 << 4, VERIFY_HAS_TOS = 1 << 5,
	VERIFY_HAS_DIRECTION = 1 << 6,
	VERIFY_HAS_TOTAL = 1 << 7,	/* counters of all since the flow began, not since the last */
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

/* A key: words of a row of the table. */
enum { VERIFY_KEY_ROWS, VERIFY_KEY_FLOW, VERIFY_KEY_VALUES, VERIFY_KEY_WORDS = 6 };

/* What is to be added up of a kind, and the worst of it. */
struct verify_tally {
	uint64_t flows, of, packets, octets;
	double most;			/* a figure of the kind's own */
	struct verify_flow *worst;
	size_t nworst;
};

struct verify_domain {
	struct verify_exporter x;
	struct nf_addr collector;
	uint16_t port;			/* the collector's */
	uint32_t index;
	uint32_t group;			/* the first domain of that exporter to that collector */
	int64_t base_ns;		/* uptimes: the start that times count from */
	unsigned starts;		/* how often that changed */
	bool based;
	int64_t sent_first_ns, sent_last_ns;
	uint64_t unjudged;		/* records without a 5-tuple */
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
	struct verify_domain *recent;
	const struct nf_session *recent_session;
	struct top_table keys;
	struct verify_row *rows;
	size_t nrows, rows_cap;
	const struct nf_layout *layout;	/* which view is of */
	struct flow_view view;
	struct verify_item *items;
	size_t nitems, items_cap;
	uint64_t beyond, faults;
	bool failed;
};

static inline struct verify_row *verify_row(const struct verify *v, uint32_t number)
{
	return number == 0 ? NULL : &v->rows[number - 1];
}

/* The first row of a key, and the last. */
static inline uint32_t verify_key_head(const uint64_t *key)
{
	return (uint32_t)key[VERIFY_KEY_ROWS];
}

void verify_key_words(uint64_t words[VERIFY_KEY_WORDS], const struct meter_key *key,
		      uint32_t domain);
struct meter_key verify_key_of(const uint64_t *row);

/* The key of the other direction; that of a question of ICMP has its answer. */
struct meter_key verify_key_back(const struct meter_key *key);

/* Take in what AT's record says of times. */
void verify_times(struct verify_domain *d, const struct filter_at *at, struct verify_row *row);

#endif
