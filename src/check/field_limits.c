/*
 * Integers that have bounds: one step a layout compares all of them.
 */
#include <config.h>

#include "check/field.h"

struct bound {
	uint16_t id;
	bool code;			/* by the element's labels; else from LOW to HIGH */
	bool or_zero;
	bool likely;
	uint32_t low, high;
};

static const struct bound bounds[] = {
#define RANGE(element, from, to, likely_) \
	{ .id = (element), .low = (from), .high = (to), .likely = (likely_) },
#define CODE(element) { .id = (element), .code = true },
#define CODE_OR_ZERO(element) { .id = (element), .code = true, .or_zero = true },
#include "check/field_limits.def"
#undef RANGE
#undef CODE
#undef CODE_OR_ZERO
};

/* A field whose value is from LOW on, and SPAN beyond it at most. */
struct limit {
	uint16_t field;
	uint16_t rule;
	bool likely, or_zero;
	uint64_t low, span;
};

struct limits {
	unsigned n;
	struct limit v[];
};

/* -- Which fields --------------------------------------------------------------------- */

static bool bounded(const struct bound *b, const struct nf_ie *ie, struct limit *l)
{
	const struct nf_labels *labels = ie->labels;

	if (b->code && (labels == NULL || labels->nvalues == 0))
		return false;
	l->rule = b->code ? CHECK_VAL_CODE_UNASSIGNED : CHECK_VAL_OUT_OF_RANGE;
	l->low = b->code ? labels->values[0].value : b->low;
	l->span = (b->code ? labels->values[labels->nvalues - 1].value : b->high) - l->low;
	l->likely = b->likely;
	l->or_zero = b->or_zero;
	return true;
}

/* forwardingStatus: two bits of status, and of `unknown`, which is 0, there are no reasons. */
static bool forwarding(struct limit *l)
{
	l->rule = CHECK_VAL_CODE_UNASSIGNED;
	l->low = 64;
	l->span = 255 - 64;
	l->or_zero = true;
	return true;
}

enum { PADDING_OCTETS = 210, FORWARDING_STATUS = 89 };

static bool limit_of(const struct check_plan *p, const struct nf_fielddef *d, struct limit *l)
{
	const struct nf_ie *ie = d->ie;

	if (d->length == 0 || d->length > 8 || d->nbits != 0)
		return false;
	if (ie->pen != NF_PEN_IANA && ie->pen != NF_PEN_REVERSE)
		return false;
	if (ie->type == NF_TYPE_BOOLEAN && p->version == 10) {
		l->rule = CHECK_VAL_BOOLEAN_UNDEFINED;
		l->low = l->span = 1;
		return true;
	}
	if (ie->id == PADDING_OCTETS) {
		l->rule = CHECK_VAL_PADDING_NONZERO;
		return true;
	}
	if (ie->id == FORWARDING_STATUS)
		return forwarding(l);
	for (size_t i = 0; i < sizeof(bounds) / sizeof(bounds[0]); i++)
		if (bounds[i].id == ie->id)
			return bounded(&bounds[i], ie, l);
	return false;
}

/* -- Records -------------------------------------------------------------------------- */

static struct check_claim claim_of(const struct check_record *r, const struct limit *l,
				   uint64_t v, const struct nf_field *f)
{
	const struct nf_ie *ie = f->def->ie;
	struct check_claim claim = {
		.rule = (enum check_rule_id)l->rule, .likely = l->likely,
		.at = r->at, .span = check_span_of(f), .tmpl = r->use->tmpl, .ie = ie,
		.args = { { .ie = ie }, { .u = v }, { .u = l->low }, { .u = l->low + l->span } },
	};

	if (l->likely)
		claim.severity = 1 + NF_WARNING;
	if (l->rule != CHECK_VAL_PADDING_NONZERO)
		return claim;
	claim.args[1] = (struct check_arg){ .octets = f->value.p, .n = (uint32_t)f->value.n };
	if (r->at->msg->version != 10)
		claim.severity = 1 + NF_WARNING;
	return claim;
}

static void beyond(const struct check_record *r, struct check_step *s)
{
	const struct limits *limits = s->state;

	for (unsigned i = 0; i < limits->n; i++) {
		const struct limit *l = &limits->v[i];
		uint64_t v = check_value(r, l->field);

		if (v - l->low > l->span && (v != 0 || !l->or_zero)) {
			struct nf_field f = nf_field(r->rec, l->field);
			struct check_claim claim = claim_of(r, l, v, &f);

			check_claim(r->check, &claim);
		}
	}
}

static inline uint64_t exceeds(uint64_t v, const struct limit *l)
{
	return (v - l->low) | (l->low + l->span - v);
}

NF_WIDE
static uint64_t sift_limits(const struct check_rows *rows, struct check_step *s)
{
	const struct limits *limits = s->state;
	const size_t ample = check_ample(rows);
	uint64_t any = 0, odd = 0;

	for (const struct limit *l = limits->v; l != limits->v + limits->n; l++)
		for (size_t i = 0; i < ample; i++)
			any |= exceeds(check_column(rows, l->field)[i], l);
	if (!check_yes(any))
		return 0;
	for (const struct limit *l = limits->v; l != limits->v + limits->n; l++)
		for (size_t i = 0; i < rows->n; i++)
			odd |= exceeds(check_column(rows, l->field)[i], l) >> CHECK_TOP << i;
	return odd;
}

/* paddingOctets of variable length, and of more than an integer's. */
static void long_padding(const struct check_record *r, struct check_step *s)
{
	struct nf_field f = nf_field(r->rec, s->a);
	const struct limit l = { .rule = CHECK_VAL_PADDING_NONZERO };

	if (!nf_all_zero(f.value)) {
		struct check_claim claim = claim_of(r, &l, 0, &f);

		if (f.value.n > CHECK_OCTETS)
			claim.args[1].n = CHECK_OCTETS;
		check_claim(r->check, &claim);
	}
}

static void plan_padding(struct check_plan *p)
{
	for (unsigned i = 0; i < p->layout->nfields; i++) {
		const struct nf_fielddef *d = &p->layout->fields[i];
		struct check_step *s;

		if (d->ie->id != PADDING_OCTETS || d->ie->pen != NF_PEN_IANA || d->length <= 8)
			continue;
		check_applies(p->check, CHECK_VAL_PADDING_NONZERO);
		s = check_plan_step(p, long_padding);
		if (s != NULL)
			s->a = (uint16_t)i;
	}
}

void check_plan_limits(struct check_plan *p)
{
	const struct nf_layout *layout = p->layout;
	struct limits *limits = NULL;
	struct check_step *s;

	if (layout->kind == NF_LAYOUT_FIXED)
		return;
	plan_padding(p);
	for (unsigned i = 0; i < layout->nfields; i++) {
		struct limit l = { .field = (uint16_t)i };

		if (!limit_of(p, &layout->fields[i], &l) ||
		    !check_wants(p->check, (enum check_rule_id)l.rule))
			continue;
		if (limits == NULL)
			limits = check_alloc(p->check, sizeof(*limits) +
					     (layout->nfields - i) * sizeof(limits->v[0]));
		if (limits == NULL)
			return;
		check_applies(p->check, (enum check_rule_id)l.rule);
		limits->v[limits->n++] = l;
		check_plan_column(p, i);
	}
	if (limits == NULL)
		return;
	s = check_plan_step(p, beyond);
	if (s == NULL)
		return;
	s->sift = sift_limits;
	s->state = limits;
}
