/*
 * The parts of the group `flow`.
 */
#ifndef CHECK_FLOW_H
#define CHECK_FLOW_H

#include "check/rules.h"

enum check_protocol {
	CHECK_HOP_BY_HOP = 0, CHECK_ICMP = 1, CHECK_IGMP = 2, CHECK_TCP_PROTOCOL = 6,
	CHECK_UDP_PROTOCOL = 17, CHECK_ICMPV6 = 58,
};

/* The field of IANA's element ID in L, if it is an integer of up to 8 octets; -1. */
int check_integer_of(const struct nf_layout *l, uint16_t id);

/* Addresses: flow_addresses.c */
void check_plan_addresses(struct check_plan *p);

/* The field that says when a flow of L ended, of whatever kind of time; -1. */
int check_last_of(const struct nf_layout *l);

/* Flows that were sent before, and how long after their end flows are exported. */
void check_plan_repeats(struct check_plan *p);
void check_plan_delay(struct check_plan *p);

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

struct check_repeats;
struct check_flow_capture {
	struct check_repeats *repeats;	/* once they are looked for */
};

#endif
