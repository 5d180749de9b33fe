/*
 * Both directions in one record (RFC 5103).
 */
#include <config.h>

#include <string.h>

#include "check/flow.h"

enum { BIFLOW_DIRECTION = 239, INITIATOR = 1, ENOUGH = 8 /* records, to speak of all */ };

static struct check_flow_stream *stream_of(struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_flow);
}

/* -- Templates ---------------------------------------------------------------------------- */

static bool reversible(uint16_t id)
{
	static const uint16_t not[] = {
#define NOT_REVERSIBLE(element) element,
#include "check/flow_irreversible.def"
#undef NOT_REVERSIBLE
	};

	for (size_t i = 0; i < sizeof(not) / sizeof(not[0]); i++)
		if (not[i] == id)
			return false;
	return true;
}

static void reverse(struct check *c, const struct check_at *at, const struct nf_template *t,
		    const struct nf_spec *s, const struct nf_ie *ie)
{
	struct check_claim claim = {
		.rule = CHECK_BIFLOW_NONREVERSIBLE, .at = at, .span = s->span, .tmpl = t->id,
		.ie = ie, .args = { { .ie = ie }, { .u = s->id } },
	};

	check_applies(c, CHECK_BIFLOW_NONREVERSIBLE);
	check_applies(c, CHECK_BIFLOW_UNKNOWN_REVERSE);
	if (reversible(s->id) && ie->known)
		return;
	if (reversible(s->id))
		claim.rule = CHECK_BIFLOW_UNKNOWN_REVERSE;
	check_claim(c, &claim);
}

void check_biflow_template(struct check *c, const struct check_at *at,
			   const struct nf_template *t)
{
	struct nf_specs specs;
	struct nf_spec s;

	if (t->kind != NF_TEMPLATE)
		return;
	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s)) {
		const struct nf_ie *ie;

		if (s.pen != NF_PEN_REVERSE)
			continue;
		ie = nf_spec_ie(t, &s, check_registry(c));
		if (ie != NULL)
			reverse(c, at, t, &s, ie);
	}
}

/* -- Records ------------------------------------------------------------------------------ */

/* a, b, c, param: counters of the reverse direction.  m: whatever they held. */
NF_WIDE
static uint64_t sift_empty(const struct check_rows *rows, struct check_step *s)
{
	const uint64_t *a = check_column(rows, s->a), *b = check_column(rows, s->b);
	const uint64_t *c = check_column(rows, s->c), *d = check_column(rows, s->param);
	const size_t ample = check_ample(rows);
	uint64_t met = 0;

	for (size_t i = 0; i < ample; i++)
		met |= a[i] | b[i] | c[i] | d[i];
	s->n += rows->n;
	s->m |= met;
	return 0;
}

static void empty_end(struct check *c, struct check_use *use, struct check_step *s)
{
	if (s->n < ENOUGH || s->m != 0)
		return;
	check_claim(c, &(struct check_claim){
		.rule = CHECK_BIFLOW_ALWAYS_EMPTY, .stream = use->stream, .place = &use->first,
		.tmpl = use->tmpl, .args = { { .u = use->tmpl }, { .u = s->n } },
	});
}

static void plan_empty(struct check_plan *p)
{
	static const uint16_t counters[] = { 1, 2, 85, 86 };
	const struct nf_layout *l = p->layout;
	uint16_t found[4] = { 0 };
	unsigned n = 0;
	struct check_step *s;

	for (unsigned i = 0; i < 4; i++) {
		int field = check_field_of(l, NF_PEN_REVERSE, counters[i]);

		if (field >= 0 && l->fields[field].length >= 1 && l->fields[field].length <= 8)
			found[n++] = (uint16_t)field;
	}
	for (unsigned i = 0; i < n; i++)
		check_plan_column(p, found[i]);
	if (n == 0)
		return;
	check_applies(p->check, CHECK_BIFLOW_ALWAYS_EMPTY);
	s = check_plan_step(p, NULL);
	if (s == NULL)
		return;
	s->sift = sift_empty;
	s->a = found[0];
	s->b = found[1 % n];
	s->c = found[2 % n];
	s->param = found[3 % n];
	s->end = empty_end;
}

/* a: forward start, b: reverse start, c: biflowDirection. */
static void order(const struct check_record *r, struct check_step *s)
{
	struct nf_field f;

	if (check_value(r, s->c) != INITIATOR || check_value(r, s->b) >= check_value(r, s->a) ||
	    check_value(r, s->b) == 0)
		return;
	f = nf_field(r->rec, s->b);
	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_BIFLOW_REVERSE_BEFORE_FORWARD, .at = r->at,
		.span = nf_span_of(f.offset, f.value.n), .tmpl = r->use->tmpl, .ie = f.def->ie,
		.args = { { .ie = f.def->ie }, { .u = check_value(r, s->b) },
			  { .ie = r->use->layout->fields[s->a].ie },
			  { .u = check_value(r, s->a) } },
	});
}

static void plan_order(struct check_plan *p, int direction)
{
	static const uint16_t starts[] = { 156, 154, 152, 150, 22 };
	const struct nf_layout *l = p->layout;

	for (unsigned i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		int forward = check_integer_of(l, starts[i]);
		int back = check_field_of(l, NF_PEN_REVERSE, starts[i]);
		struct check_step *s;

		if (forward < 0 || back < 0 || l->fields[back].length != l->fields[forward].length)
			continue;
		check_applies(p->check, CHECK_BIFLOW_REVERSE_BEFORE_FORWARD);
		s = check_plan_step(p, order);
		if (s == NULL)
			return;
		s->a = (uint16_t)forward;
		s->b = (uint16_t)back;
		s->c = (uint16_t)direction;
		return;
	}
}

static bool has_reverse(const struct nf_layout *l)
{
	for (unsigned i = 0; i < l->nfields; i++)
		if (l->fields[i].ie->pen == NF_PEN_REVERSE)
			return true;
	return false;
}

/* Of elements that no table has, we cannot say what they are. */
static bool may_be_directional(const struct nf_ie *ie)
{
	return !ie->known || strncmp(ie->name, "source", 6) == 0 ||
	       strncmp(ie->name, "destination", 11) == 0;
}

/* Asked of records alone: templates of lists leave the key to the record around them. */
static void plan_key(struct check_plan *p)
{
	const struct nf_layout *l = p->layout;

	check_applies(p->check, CHECK_BIFLOW_NO_DIRECTION_KEY);
	for (unsigned i = 0; i < l->nfields; i++)
		if (l->fields[i].ie->pen != NF_PEN_REVERSE && may_be_directional(l->fields[i].ie))
			return;
	check_claim(p->check, &(struct check_claim){
		.rule = CHECK_BIFLOW_NO_DIRECTION_KEY, .stream = p->use->stream,
		.place = &p->use->stream->last, .tmpl = p->use->tmpl,
		.other_frame = p->use->template_frame, .other_file = p->use->template_file,
		.args = { { .u = p->use->tmpl } },
	});
}

void check_plan_biflow(struct check_plan *p)
{
	struct check_flow_stream *state = stream_of(p->check, p->use->stream);
	int direction = check_integer_of(p->layout, BIFLOW_DIRECTION);

	if (p->layout->kind == NF_LAYOUT_OPTIONS) {
		state->direction_in_options |= direction >= 0;
		return;
	}
	if (!has_reverse(p->layout))
		return;
	plan_key(p);
	plan_empty(p);
	if (direction >= 0) {
		plan_order(p, direction);
	} else if (!state->undirected) {
		state->undirected = true;
		state->biflow_tmpl = p->use->tmpl;
		state->biflow = p->use->stream->last;
	}
}

/* -- Streams ------------------------------------------------------------------------------ */

void check_biflow_end(struct check *c, struct check_stream *s)
{
	const struct check_flow_stream *state = stream_of(c, s);

	if (!state->undirected || s->id.transport != NF_TRANSPORT_UDP)
		return;
	check_applies(c, CHECK_BIFLOW_DIRECTION_ABSENT);
	if (state->direction_in_options)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_BIFLOW_DIRECTION_ABSENT, .stream = s,
			.place = &state->biflow, .tmpl = state->biflow_tmpl,
			.args = { { .u = state->biflow_tmpl } },
		});
}
