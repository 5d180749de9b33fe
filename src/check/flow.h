/*
 * The parts of the group `flow`: each plans its own steps.
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

/* Addresses and the version of IP. */
void check_plan_addresses(struct check_plan *p);

/* Both directions in one record (RFC 5103): by template, by record, by stream. */
void check_biflow_template(struct check *c, const struct check_at *at,
			   const struct nf_template *t);
void check_plan_biflow(struct check_plan *p);
void check_biflow_end(struct check *c, struct check_stream *s);

/* Records that were sent before. */
void check_plan_repeats(struct check_plan *p);

/* How long after their end flows are exported. */
void check_plan_delay(struct check_plan *p);
void check_delay_end(struct check *c, struct check_stream *s);

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

struct check_repeat;
struct check_flow_capture {
	struct check_repeat *repeats;
};

#endif
