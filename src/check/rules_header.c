/*
 * What message headers say.
 */
#include <config.h>

#include "check/rules.h"

static void nanoseconds(struct check *c, const struct check_at *at)
{
	const struct nf_msg *m = at->msg;

	if (m->format->at.nsecs == 0 || m->export_nsecs < 1000000000)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_NSECS_OUT_OF_RANGE, .at = at,
		.span = nf_span_of(m->format->at.nsecs, 4), .args = { { .u = m->export_nsecs } },
	});
}

static void message_end(struct check *c, const struct check_at *at)
{
	if (at->msg->version == 9 && at->whole && at->tally.sets == 0)
		check_claim(c, &(struct check_claim){ .rule = CHECK_V9_EMPTY_PACKET, .at = at });
}

const struct check_group check_group_header = {
	.name = "header",
	.message = nanoseconds,
	.message_end = message_end,
};
