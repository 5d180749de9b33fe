/*
 * The parts of the group `flow`.
 */
#ifndef CHECK_FLOW_H
#define CHECK_FLOW_H

#include "check/rules.h"
#include "track/flowtime.h"

enum check_protocol {
	CHECK_HOP_BY_HOP = 0, CHECK_ICMP = 1, CHECK_IGMP = 2, CHECK_TCP_PROTOCOL = 6,
	CHECK_UDP_PROTOCOL = 17, CHECK_ICMPV6 = 58,
};

/* The field of IANA's element ID in L, if it is an integer of up to 8 octets; -1. */
int check_integer_of(const struct nf_layout *l, uint16_t id);

/* -- Addresses ------------------------------------------------------------------------ */

/* Where a layout has its addresses and what explains that one is zero; -1. */
struct check_addresses {
	int src4, dst4, src6, dst6;
	int protocol, src_port, dst_port, version, ethertype;
};

/* NULL: none to be looked at. */
struct check_addresses *check_addresses_of(struct check_plan *p);

static inline bool check_both4(const struct check_addresses *a)
{
	return a->src4 >= 0 && a->dst4 >= 0;
}

static inline bool check_both6(const struct check_addresses *a)
{
	return a->src6 >= 0 && a->dst6 >= 0;
}

/* FIELD, an address of IPv6, is zero. */
static inline bool check_zero6(const struct check_record *r, int field)
{
	const uint8_t *p = r->rec->p + (r->values[field] >> 16);

	return (nf_be64(p) | nf_be64(p + 8)) == 0;
}

/* Are zeros among the addresses in these records to be found? */
bool check_zero_wanted(struct check_plan *p, const struct check_addresses *a);
void check_plan_zero(struct check_plan *p, struct check_addresses *a);

/* One of the addresses in R seems to be zero. */
void check_zero_look(const struct check_record *r, const struct check_addresses *a);

void check_plan_version(struct check_plan *p, struct check_addresses *a);

/* -- What is looked at in a share of the records -------------------------------------- */

enum {
	CHECK_REPEATS = 16384,		/* records that are remembered */
	CHECK_REPEATS_ALL = 16384,	/* so many are looked at; behind them one in .. */
	CHECK_REPEATS_SHARE = 64,
};

/* Records that were sent before; of all the capture. */
struct check_repeats {
	uint64_t records;
	struct check_repeat {
		uint64_t hash;
		uint32_t second;
		uint32_t message;	/* what tells messages apart */
	} v[CHECK_REPEATS];
};

/* Of one layout. */
struct check_sample {
	/* Fields that differ from record to record: copies of one are in the share, or none is. */
	uint16_t a, b;
	struct check_repeats *repeats;
	uint32_t measured, wait;	/* delays; records until the next one is */
	struct nf_flowtime_way last;
};

/* NULL: the records do not say when their flow ended, or there is no memory. */
struct check_sample *check_sample_of(struct check_plan *p);
void check_plan_sample(struct check_plan *p, struct check_sample *x);

void check_repeats_look(const struct check_record *r, struct check_repeats *repeats);
/* How long after their end flows are exported. */
void check_delay_look(const struct check_record *r, struct check_sample *x);

static inline void check_sample(const struct check_record *r, struct check_sample *x)
{
	uint64_t mixed = (r->values[x->a] ^ r->values[x->b] << 32) * 0x9e3779b97f4a7c15u;

	if (x->repeats->records < CHECK_REPEATS_ALL ||
	    mixed >> 32 < UINT32_MAX / CHECK_REPEATS_SHARE)
		check_repeats_look(r, x->repeats);
	if (--x->wait == 0)
		check_delay_look(r, x);
}

/* flowActiveTimeout, wherever it is stated. */
void check_plan_timeout(struct check_plan *p);
void check_delay_end(struct check *c, struct check_stream *s);

/* -- Both directions in one record (RFC 5103) ----------------------------------------- */

void check_biflow_template(struct check *c, const struct check_at *at,
			   const struct nf_template *t);
void check_plan_biflow(struct check_plan *p);
void check_biflow_end(struct check *c, struct check_stream *s);

/* -- State of the group --------------------------------------------------------------- */

/* Seconds from a flow's end to its export, four to a doubling: see flow_delay.c. */
enum { CHECK_DELAYS = 52 };

struct check_flow_stream {
	uint32_t delays[CHECK_DELAYS];
	uint32_t ndelays;
	int64_t longest_ms;
	struct check_place delayed;	/* the record of the longest */
	/* Biflows without biflowDirection; and options that have it. */
	bool undirected, direction_in_options;
	struct check_place biflow;
	uint16_t biflow_tmpl;
};

struct check_flow_exporter {
	uint64_t active_timeout;	/* seconds, the longest that options or records state */
};

struct check_flow_capture {
	struct check_repeats *repeats;	/* once there is a record */
};

#endif
