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

/* Flows that are reported several times, and totals of the exporter. */
void check_plan_history(struct check_plan *p);

enum { CHECK_HISTORY = 4096 };	/* flows remembered */

struct check_seen;
struct check_counter_state {
	struct check_seen *seen;	/* CHECK_HISTORY of them, once there is one */
};

#endif
