#include <config.h>

#include "track/tally.h"

uint32_t nf_tally_records(const struct nf_msg *m, const struct nf_set *set,
			  const struct nf_layout *layout, struct nf_scratch scratch, bool *exact)
{
	struct nf_recs recs;
	struct nf_rec rec;
	uint32_t n;

	nf_recs_open(&recs, m, set, layout, scratch, NULL);
	n = nf_recs_pass_whole(&recs);
	while (nf_rec_next(&recs, &rec))
		n++;
	if (recs.malformed.len != 0)
		*exact = false;
	return n;
}

static void data_set(struct nf_tally *t, const struct nf_view *v, const struct nf_set *set,
		     struct nf_scratch scratch)
{
	struct nf_resolution r = { .layout = NULL };
	uint32_t n;

	t->data_sets++;
	if (set->kind == NF_SET_FIXED)
		r.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation);
	else
		v->resolver.resolve(v->resolver.ctx, set->id, set->bytes, set->offset, &r);
	if (r.layout == NULL) {
		t->undecoded[r.why]++;
		t->undecoded_octets[r.why] += set->length;
		t->exact = false;
		return;
	}
	if (r.misfit)
		t->exact = false;
	n = nf_tally_records(&v->msg, set, r.layout, scratch, &t->exact);
	if (r.layout->kind == NF_LAYOUT_OPTIONS)
		t->options += n;
	else
		t->flows += n;
}

static void template_set(struct nf_tally *t, const struct nf_view *v, const struct nf_set *set)
{
	struct nf_templates templates;
	struct nf_template tmpl;

	nf_templates_open(&templates, &v->msg, set, NULL);
	while (nf_template_next(&templates, &tmpl)) {
		if (tmpl.kind == NF_TEMPLATE)
			t->templates++;
		else if (tmpl.kind == NF_TEMPLATE_OPTIONS)
			t->options_templates++;
		else
			t->withdrawals++;
	}
}

void nf_tally_message(struct nf_tally *t, const struct nf_view *v, struct nf_scratch scratch)
{
	struct nf_sets sets;
	struct nf_set set;

	*t = (struct nf_tally){ .exact = !v->headerless && !v->msg.cut };
	if (v->headerless)
		return;
	nf_sets_open(&sets, &v->msg, NULL);
	while (nf_set_next(&sets, &set)) {
		t->sets++;
		if (set.cut || set.overrun)
			t->exact = false;	/* and what would stand behind it is not there */
		if (set.kind == NF_SET_DATA || set.kind == NF_SET_FIXED)
			data_set(t, v, &set, scratch);
		else if (set.kind != NF_SET_RESERVED)
			template_set(t, v, &set);
	}
	if (sets.rest == NF_REST_MALFORMED)
		t->exact = false;
}
