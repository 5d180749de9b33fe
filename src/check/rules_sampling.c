/*
 * Sampling: who uses samplers and selection sequences, and who says what they do.
 */
#include <config.h>

#include "check/sampling.h"

/* -- Who uses what is described ----------------------------------------------------------- */

static void used(const struct check_record *r, struct check_ids *ids, unsigned field)
{
	const struct nf_field f = nf_field(r->rec, field);
	struct check_id *id;
	uint64_t v;

	/* 0: no sampler has seen the flow. */
	if (!check_uint(r->rec, field, &v) || v == 0)
		return;
	id = check_ids_get(r->check, ids, v, 0);
	if (id == NULL || (id->flags & SAMPLING_USED))
		return;
	id->flags |= SAMPLING_USED;
	id->stream = r->at->stream;
	id->tmpl = r->use->tmpl;
	id->place = check_place_of(r->at, nf_span_of(f.offset, f.value.n));
}

static inline uint64_t is_another(const struct check_rows *rows, const struct check_step *s,
				  size_t i)
{
	return ~check_zero(check_column(rows, s->a)[i] ^ s->n);
}

/* Most have the value of the record before.  n: that value, m: there was one. */
NF_WIDE
static uint64_t sift_changes(const struct check_rows *rows, struct check_step *s)
{
	uint64_t changes = s->m != 0 ? check_sift(rows, s, is_another) : check_all_rows(rows);

	s->n = check_column(rows, s->a)[rows->n - 1];
	s->m = 1;
	return changes;
}

static void sampler_used(const struct check_record *r, struct check_step *s)
{
	used(r, &sampling_exporter(r->check, r->at->stream)->samplers, s->a);
}

static void sequence_used(const struct check_record *r, struct check_step *s)
{
	used(r, &sampling_exporter(r->check, r->at->stream)->sequences, s->a);
}

/* Of variable length, or longer than an integer, a value is where it stands. */
static void plan_used(struct check_plan *p,
		      void (*run)(const struct check_record *, struct check_step *), int field)
{
	struct check_step *s = check_plan_field(p, run, field);

	if (s == NULL || p->layout->fields[field].length > 8)
		return;
	s->sift = sift_changes;
	check_plan_column(p, s->a);
}

static void sequence_described(const struct check_record *r, struct check_step *s)
{
	struct check_id *id;
	uint64_t v;

	if (!check_uint(r->rec, s->a, &v))
		return;
	id = check_ids_get(r->check, &sampling_exporter(r->check, r->at->stream)->sequences, v, 0);
	if (id != NULL)
		id->flags |= SAMPLING_DEFINED;
}

/* One finding of all: some exporters count packets where a number of a few is due. */
static void undescribed(struct check *c, const struct check_ids *ids, enum check_rule_id rule)
{
	const struct check_id *first = NULL;
	bool seen_long;
	uint64_t n = 0;

	for (const struct check_id *id = ids->first; id != NULL && !ids->full; id = id->next) {
		if (id->flags != SAMPLING_USED)
			continue;
		first = n++ == 0 ? id : first;
	}
	if (n == 0)
		return;
	/*
	 * A capture that is shorter than the pause between two announcements says little: it is
	 * of one severity less.
	 */
	seen_long = check_seen_long(c, first->stream);
	check_claim(c, &(struct check_claim){
		.rule = rule, .stream = first->stream, .place = &first->place,
		.tmpl = first->tmpl, .count = n,
		.severity = seen_long ? CHECK_AS_RULED : check_rules[rule].severity,
		.likely = !seen_long,
		.args = { { .u = first->key[0] }, { .u = n } },
	});
}

/* -- Planning ---------------------------------------------------------------------------------- */

static void plan_options(struct check_plan *p)
{
	check_plan_field(p, sequence_described,
			 check_field_of(p->layout, NF_PEN_IANA, SEQUENCE_ID));
	if (p->version == 10)
		sampling_selector_plan(p);
	sampling_rates_plan(p);
}

/* Flows that say the rate themselves need nobody to describe their sampler. */
static void plan_flows(struct check_plan *p)
{
	int id = sampling_id(p->layout);
	int sequence = check_field_of(p->layout, NF_PEN_IANA, SEQUENCE_ID);

	if (id >= 0 && !sampling_describes(p->layout)) {
		plan_used(p, sampler_used, id);
		check_applies(p->check, CHECK_OPT_SAMPLING_UNDESCRIBED);
	}
	if (p->version != 10)
		return;
	plan_used(p, sequence_used, sequence);
	if (sequence >= 0)
		check_applies(p->check, CHECK_PSAMP_SEQUENCE_UNDESCRIBED);
	sampling_report_plan(p);
}

static void plan(struct check_plan *p)
{
	if (p->layout->kind == NF_LAYOUT_OPTIONS)
		plan_options(p);
	else if (p->layout->kind == NF_LAYOUT_DATA)
		plan_flows(p);
}

/* -- Hooks ------------------------------------------------------------------------------------- */

static void template_(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	if (!t->dialect->enterprise_bit)
		return;
	if (t->kind == NF_TEMPLATE) {
		sampling_report_template(c, at, t);
	} else if (t->kind == NF_TEMPLATE_OPTIONS) {
		sampling_exporter(c, at->stream)->psamp |=
			check_template_has(t, SEQUENCE_ID) != CHECK_AS_NONE;
		sampling_selector_template(c, at, t);
	}
}

static void stream_end(struct check *c, struct check_stream *s)
{
	sampling_rates_end(c, s);
	sampling_reports_end(c, s);
}

static void exporter_end(struct check *c, struct check_exporter *e)
{
	struct sampling_exporter *o = check_state(c, &e->holder, CHECK_GROUP_sampling);

	if (!o->of_all)
		undescribed(c, &o->samplers, CHECK_OPT_SAMPLING_UNDESCRIBED);
	undescribed(c, &o->sequences, CHECK_PSAMP_SEQUENCE_UNDESCRIBED);
}

const struct check_group check_group_sampling = {
	.name = "sampling",
	.size = {
		[CHECK_STREAM] = sizeof(struct sampling_stream),
		[CHECK_EXPORTER] = sizeof(struct sampling_exporter),
	},
	.template_ = template_,
	.plan = plan,
	.stream_end = stream_end,
	.exporter_end = exporter_end,
};
