#include <config.h>

#include "wire/wire.h"

#include "wire/internal.h"

/* What nf_walk_next does when it is called the next time. */
enum state {
	AT_HEADER,
	AT_SET,			/* between sets */
	AT_BODY,		/* a set has begun */
	IN_TEMPLATES,
	IN_RECORDS,
	AT_PADDING,		/* behind the last template or record of a set */
	AT_MALFORMED,
	AT_SET_END,
	AT_END,			/* behind the last set, and whatever stands there */
	DONE,
};

void nf_walk_open(struct nf_walk *w, const struct nf_msg *m, const struct nf_resolver *resolver,
		  struct nf_registry *registry, struct nf_scratch scratch,
		  const struct nf_sink *sink)
{
	w->msg = m;
	w->resolver = resolver;
	w->sink = sink;
	w->registry = registry;
	w->scratch = scratch;
	w->state = m->format != NULL ? AT_HEADER : AT_SET;
	w->unknown = false;
	w->counted = 0;
	nf_sets_open(&w->sets, m, sink);
}

static const struct nf_event *event(struct nf_walk *w, enum nf_event_type type,
				    struct nf_span span)
{
	w->event = (struct nf_event){ .type = (uint8_t)type, .span = span };
	if (type != NF_EV_HEADER && type != NF_EV_TRAILING && type != NF_EV_END) {
		w->event.set = &w->set;
		w->event.resolution = &w->resolution;
	}
	return &w->event;
}

static const struct nf_event *enter_header(struct nf_walk *w)
{
	const struct nf_msg *m = w->msg;

	w->rec = (struct nf_rec){
		.layout = m->format->header,
		.p = m->bytes.p,
		.length = m->format->header_len,
		.shift = nf_no_shift,
	};
	w->state = AT_SET;
	event(w, NF_EV_HEADER, nf_span_of(0, m->format->header_len));
	w->event.rec = &w->rec;
	return &w->event;
}

/* Which layout the set's records are read with. */
static void resolve(struct nf_walk *w)
{
	const struct nf_set *set = &w->set;

	w->resolution = (struct nf_resolution){ .why = NF_NEVER_DEFINED };
	if (set->kind == NF_SET_FIXED) {
		w->resolution.layout = nf_fixed_layout(w->msg->version, w->msg->aggregation);
		w->resolution.how = NF_BUILT_IN;
		if (w->resolution.layout != NULL)
			w->resolution.why = NF_DECODED;
	} else if (w->resolver != NULL && w->resolver->resolve != NULL) {
		w->resolver->resolve(w->resolver->ctx, set->id, set->bytes, set->offset,
				     &w->resolution);
	}
	if (w->resolution.layout == NULL && w->resolution.why == NF_REJECTED)
		nf_report(w->sink, NF_PROBLEM_TEMPLATE_REJECTED,
			  nf_span_of(set->body, set->bytes.n), set->id, 0);
	if (set->cut || set->overrun)	/* what is missing cannot be held against the layout */
		w->resolution.misfit = false;
}

static const struct nf_event *enter_set(struct nf_walk *w)
{
	const struct nf_set *set = &w->set;

	w->state = AT_BODY;
	w->resolution = (struct nf_resolution){ .layout = NULL };
	if (set->kind == NF_SET_DATA || set->kind == NF_SET_FIXED)
		resolve(w);
	return event(w, NF_EV_SET,
		     nf_span_of(set->offset, set->body - set->offset + set->bytes.n));
}

/* RFC 7011 section 6.2: lengths that the element's type does not have. */
static void check_lengths(struct nf_walk *w)
{
	struct nf_specs specs;
	struct nf_spec s;

	if (w->sink == NULL || w->registry == NULL)
		return;
	nf_specs_open(&specs, &w->tmpl);
	while (nf_spec_next(&specs, &s)) {
		const struct nf_ie *ie = nf_spec_ie(&w->tmpl, &s, w->registry);

		if (ie != NULL && s.length != 0 &&
		    !nf_length_legal((enum nf_type)ie->type, s.length))
			nf_report(w->sink, NF_PROBLEM_FIELD_LENGTH, s.span, s.length, 0);
	}
}

/* Behind the last template or record: padding, a malformed rest, the end of the set. */
static const struct nf_event *rest_of_set(struct nf_walk *w)
{
	const struct nf_set *set = &w->set;

	if (w->state == AT_PADDING) {
		w->state = AT_MALFORMED;
		if (w->recs.padding.len != 0)
			return event(w, NF_EV_PADDING, w->recs.padding);
	}
	if (w->state == AT_MALFORMED) {
		w->state = AT_SET_END;
		if (w->recs.malformed.len != 0)
			return event(w, NF_EV_MALFORMED, w->recs.malformed);
	}
	w->state = AT_SET;
	return event(w, NF_EV_SET_END, nf_span_of(set->body + set->bytes.n, 0));
}

static const struct nf_event *next_template(struct nf_walk *w)
{
	if (!nf_template_next(&w->templates, &w->tmpl)) {
		w->recs.padding = w->templates.padding;
		w->recs.malformed = w->templates.malformed;
		w->state = AT_PADDING;
		return rest_of_set(w);
	}
	w->counted++;
	check_lengths(w);
	event(w, NF_EV_TEMPLATE, w->tmpl.span);
	w->event.tmpl = &w->tmpl;
	return &w->event;
}

static const struct nf_event *next_record(struct nf_walk *w)
{
	if (!nf_rec_next(&w->recs, &w->rec)) {
		w->state = AT_PADDING;
		return rest_of_set(w);
	}
	w->counted++;
	event(w, NF_EV_RECORD, nf_span_of(w->rec.offset, w->rec.length));
	w->event.rec = &w->rec;
	return &w->event;
}

static const struct nf_event *enter_body(struct nf_walk *w)
{
	const struct nf_set *set = &w->set;

	switch (set->kind) {
	case NF_SET_TEMPLATE:
	case NF_SET_OPTIONS_TEMPLATE:
		nf_templates_open(&w->templates, w->msg, set, w->sink);
		w->state = IN_TEMPLATES;
		return next_template(w);
	case NF_SET_DATA:
	case NF_SET_FIXED:
		if (w->resolution.layout != NULL) {
			nf_recs_open(&w->recs, w->msg, set, w->resolution.layout, w->scratch,
				     w->sink);
			w->state = IN_RECORDS;
			return next_record(w);
		}
		/* fall through */
	default:
		w->unknown = true;
		w->state = AT_SET_END;
		if (set->bytes.n == 0)
			return rest_of_set(w);
		return event(w, NF_EV_UNDECODED, nf_span_of(set->body, set->bytes.n));
	}
}

/*
 * RFC 3954 section 5.1: Count is of records, templates among them.  What is not decoded could
 * be any number, and so could what a cut took away.
 */
static const struct nf_event *end(struct nf_walk *w)
{
	const struct nf_msg *m = w->msg;

	w->state = DONE;
	if (m->format != NULL && m->version == 9 && !w->unknown && !m->cut &&
	    m->count != w->counted)
		nf_report(w->sink, NF_PROBLEM_COUNT_DIFFERS, nf_span_of(m->format->at.count, 2),
			  m->count, w->counted);
	return event(w, NF_EV_END, nf_span_of(m->bytes.n, 0));
}

static const struct nf_event *rest_of_message(struct nf_walk *w)
{
	const struct nf_sets *s = &w->sets;

	if (s->rest_span.len == 0)
		return end(w);
	w->state = AT_END;
	event(w, s->rest == NF_REST_MALFORMED ? NF_EV_MALFORMED : NF_EV_TRAILING, s->rest_span);
	w->event.set = NULL;
	w->event.resolution = NULL;
	return &w->event;
}

static const struct nf_event *next_set(struct nf_walk *w)
{
	return nf_set_next(&w->sets, &w->set) ? enter_set(w) : rest_of_message(w);
}

/* No state leads to another one without an event: a branch that depends on data costs most here. */
const struct nf_event *nf_walk_next(struct nf_walk *w)
{
	switch ((enum state)w->state) {
	case AT_HEADER:		return enter_header(w);
	case AT_SET:		return next_set(w);
	case AT_BODY:		return enter_body(w);
	case IN_TEMPLATES:	return next_template(w);
	case IN_RECORDS:	return next_record(w);
	case AT_PADDING:
	case AT_MALFORMED:
	case AT_SET_END:	return rest_of_set(w);
	case AT_END:		return end(w);
	case DONE:		break;
	}
	return NULL;
}

struct nf_list_ctx nf_walk_list_ctx(const struct nf_walk *w)
{
	return (struct nf_list_ctx){
		.resolver = w->resolver,
		.registry = w->registry,
		.sink = w->sink,
		.scratch = nf_rec_scratch(&w->recs),
		.msg = w->msg,
	};
}
