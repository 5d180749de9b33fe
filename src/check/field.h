/*
 * The parts of the group `field`: each plans its own steps.
 */
#ifndef CHECK_FIELD_H
#define CHECK_FIELD_H

#include "check/rules.h"

/* Ranges, assigned codes, booleans, padding: all integers of a record in one step. */
void check_plan_limits(struct check_plan *p);

/* Text, and the length prefixes of values of variable length. */
void check_plan_texts(struct check_plan *p);

/* Application ids (RFC 6759). */
void check_plan_applications(struct check_plan *p);

/* A record of variable length that runs over the end of its set. */
bool check_overrun(struct check *c, const struct check_at *at, const struct nf_problem *p);

/* Where the value of F stands in its message. */
static inline struct nf_span check_span_of(const struct nf_field *f)
{
	return nf_span_of(f->offset, f->value.n);
}

#endif
