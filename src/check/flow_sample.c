/*
 * What is looked at in a share of the records: see flow_repeats.c and flow_delay.c.
 */
#include <config.h>

#include "check/flow.h"

/* The first end of the flow, of whatever kind of time; -1. */
static int last_of(const struct nf_layout *l)
{
	static const uint8_t roles[] = {
		NF_ROLE_LAST_UPTIME, NF_ROLE_LAST_S, NF_ROLE_LAST_MS, NF_ROLE_LAST_US,
		NF_ROLE_LAST_NS,
	};

	for (size_t i = 0; i < sizeof(roles); i++)
		if (l->slot[roles[i]] >= 0)
			return l->slot[roles[i]];
	return -1;
}

static struct check_repeats *repeats_of(struct check *c)
{
	struct check_flow_capture *state = check_state(c, check_capture(c), CHECK_GROUP_flow);

	if (state->repeats == NULL)
		state->repeats = check_alloc(c, sizeof(*state->repeats));
	return state->repeats;
}

struct check_sample *check_sample_of(struct check_plan *p)
{
	const struct nf_layout *l = p->layout;
	int last = last_of(l), octets = l->slot[NF_ROLE_OCTETS];
	struct check_sample *x;

	if (last < 0)
		return NULL;
	x = check_alloc(p->check, sizeof(*x));
	if (x == NULL)
		return NULL;
	x->repeats = repeats_of(p->check);
	if (x->repeats == NULL)
		return NULL;
	check_applies(p->check, CHECK_HLT_DUPLICATE_RECORDS);
	check_applies(p->check, CHECK_HLT_EXPORT_DELAY);
	x->a = (uint16_t)last;
	x->b = (uint16_t)(octets >= 0 ? octets : last);
	x->wait = 1;
	x->last = nf_flowtime_way_of(l, NF_FLOWTIME_LAST);
	return x;
}

static void sample(const struct check_record *r, struct check_step *s)
{
	check_sample(r, s->state);
}

void check_plan_sample(struct check_plan *p, struct check_sample *x)
{
	struct check_step *s = check_plan_step(p, sample);

	if (s != NULL)
		s->state = x;
}
