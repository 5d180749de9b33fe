/*
 * Values of single elements.
 */
#include <config.h>

#include "check/field.h"

enum { SEGMENTS_AS_LIST = 496, SEGMENTS_AS_OCTETS = 497 };

/* Two encodings of the same list (RFC 9487 section 6.1). */
static void template_seen(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	struct nf_specs specs;
	struct nf_spec s;
	bool list = false, octets = false;

	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s)) {
		list |= s.pen == NF_PEN_IANA && s.id == SEGMENTS_AS_LIST;
		octets |= s.pen == NF_PEN_IANA && s.id == SEGMENTS_AS_OCTETS;
	}
	if (list || octets)
		check_applies(c, CHECK_SRV6_BOTH_SEGMENT_LISTS);
	if (list && octets)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_SRV6_BOTH_SEGMENT_LISTS, .at = at, .span = t->span,
			.tmpl = t->id, .args = { { .u = t->id } },
		});
}

static void plan(struct check_plan *p)
{
	if (p->layout->nvar != 0) {
		check_applies(p->check, CHECK_REC_VARLEN_OVERRUN);
		check_applies(p->check, CHECK_REC_VARLEN_LENGTH_CUT);
	}
	check_plan_limits(p);
	check_plan_texts(p);
	check_plan_applications(p);
}

const struct check_group check_group_field = {
	.name = "field",
	.problem = check_overrun,
	.template_ = template_seen,
	.plan = plan,
};
