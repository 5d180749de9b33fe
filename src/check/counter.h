/*
 * The parts of the group `counter`: each plans its own steps.
 */
#ifndef CHECK_COUNTER_H
#define CHECK_COUNTER_H

#include "check/rules.h"

/* From which value on a counter of LENGTH octets is a negative number, or stuck. */
uint64_t check_counter_bound(unsigned length);

/* Says which of the two V is, a value of field I from that bound on. */
void check_counter_beyond(const struct check_record *r, unsigned i, uint64_t v);

/* -- What counters did before --------------------------------------------------------- */

/* Of the flows of a layout: NULL if they cannot be known again. */
struct check_flows *check_flows_of(struct check_plan *p);

/* How the flows of a layout are known again, and what became of their counters. */
struct check_flows {
	struct check_history *all;
	uint16_t start, end;
	uint64_t mask;		/* of their difference */
	uint64_t lasts;		/* of a flow that is likely to be met again, in their unit */
	int octets, packets;	/* deltas; -1 */
	int total_octets, total_packets;
	uint64_t flows, rises, falls;
	uint32_t most_rises;
	struct check_place place;
	unsigned nkeys;
	uint16_t keys[];
};

void check_plan_flows(struct check_plan *p, struct check_flows *f);

/* Totals of the exporter. */
void check_plan_totals(struct check_plan *p);

struct check_history;
struct check_counter_state {
	struct check_history *history;	/* once there is one */
};

#endif
