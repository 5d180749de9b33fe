/*
 * Options: what they say of templates, processes, applications and elements; see options.h for its
 * parts.  What they say of sampling stands in rules_sampling.c.
 */
#include <config.h>

#include "check/options.h"

enum { MESSAGE_SCOPE = 263, SESSION_SCOPE = 267 };

/* The capture has all that S has sent: what is not there was not sent. */
bool options_complete(const struct check *c, const struct check_stream *s)
{
	/* Where the first message stands is a hole, too. */
	return s->from_start && (s->id.transport != NF_TRANSPORT_UDP ||
				 options_stream(c, s)->counters.holes <= 1);
}

/* -- Templates -------------------------------------------------------------------------- */

static void enterprise_elements(struct check *c, const struct check_at *at,
				const struct nf_template *t)
{
	struct check_ids *ids = &options_stream(c, at->stream)->elements;
	struct nf_specs specs;
	struct check_id *id;
	struct nf_spec s;

	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s)) {
		if (!nf_pen_is_enterprise(s.pen) || s.pen == NF_PEN_REVERSE)
			continue;
		id = check_ids_get(c, ids, s.pen, s.id);
		if (id != NULL && id->flags == 0) {
			id->flags = OPTIONS_USED;
			id->place = check_place_of(at, s.span);
		}
	}
}

static void template_(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	bool ipfix = t->dialect->enterprise_bit;
	struct check_id *id;

	if (t->kind != NF_TEMPLATE && t->kind != NF_TEMPLATE_OPTIONS)
		return;
	id = check_ids_get(c, &options_stream(c, at->stream)->templates, t->id, 0);
	if (id != NULL) {
		id->v[TEMPLATE_FIELDS] = t->nfields;
		id->v[TEMPLATE_SENT_SINCE] += id->v[TEMPLATE_MESSAGES] != 0;
	}
	if (ipfix)
		enterprise_elements(c, at, t);
	if (!ipfix || t->kind != NF_TEMPLATE_OPTIONS)
		return;
	options_statistics_template(c, at, t);
	options_flowkeys_template(c, at, t);
	options_types_template(c, at, t);
}

/* -- Are they sent again? ------------------------------------------------------------------ */

static void sent(const struct check_record *r, struct check_step *s)
{
	struct options_stream *o = options_stream(r->check, r->at->stream);
	struct check_id *id = check_ids_find(&o->templates, r->use->tmpl, 0);
	uint64_t now = o->counters.before.messages + 1;

	(void)s;
	if (id == NULL || r->at->late || id->v[TEMPLATE_LAST_MESSAGE] == now)
		return;
	id->v[TEMPLATE_LAST_MESSAGE] = now;
	id->v[TEMPLATE_SENT_SINCE] = 0;
	if (id->v[TEMPLATE_MESSAGES]++ == 0)
		id->place = check_place_of(r->at, nf_span_of(r->rec->offset, r->rec->length));
}

static void sent_end(struct check *c, struct check_stream *s, struct options_stream *o)
{
	if (s->id.transport != NF_TRANSPORT_UDP)
		return;
	for (const struct check_id *id = o->templates.first; id != NULL; id = id->next)
		if (id->v[TEMPLATE_MESSAGES] == 1 && id->v[TEMPLATE_SENT_SINCE] >= 2)
			check_claim(c, &(struct check_claim){
				.rule = CHECK_OPT_DATA_NOT_REFRESHED, .stream = s,
				.place = &id->place, .tmpl = (uint16_t)id->key[0],
				/* RFC 7011 says nothing of options in general. */
				.likely = s->id.version == 10,
				.args = { { .u = id->key[0] },
					  { .u = id->v[TEMPLATE_SENT_SINCE] } },
			});
}

/* -- Marks --------------------------------------------------------------------------------- */

static void mark(const struct check_record *r, struct check_step *s)
{
	const struct nf_field f = nf_field(r->rec, s->a);
	uint64_t v;

	if (check_uint(r->rec, s->a, &v) && v != 0)
		check_claim(r->check, &(struct check_claim){
			.rule = CHECK_OPT_SCOPE_MARKER_NONZERO, .at = r->at,
			.span = nf_span_of(f.offset, f.value.n), .tmpl = r->use->tmpl,
			.ie = f.def->ie, .args = { { .ie = f.def->ie }, { .u = v } },
		});
}

/* -- Planning -------------------------------------------------------------------------------- */

static void plan_mark(struct check_plan *p, uint16_t id)
{
	if (check_plan_field(p, mark, check_field_of(p->layout, NF_PEN_IANA, id)) != NULL)
		check_applies(p->check, CHECK_OPT_SCOPE_MARKER_NONZERO);
}

static void plan_options(struct check_plan *p)
{
	check_plan_step(p, sent);
	plan_mark(p, MESSAGE_SCOPE);
	plan_mark(p, SESSION_SCOPE);
	options_flowkeys_plan(p);
	options_counters_plan(p);
	options_types_plan(p);
	if (p->use->stream->id.transport == NF_TRANSPORT_UDP)
		check_applies(p->check, CHECK_OPT_DATA_NOT_REFRESHED);
}

static void plan(struct check_plan *p)
{
	if (p->layout->kind == NF_LAYOUT_OPTIONS)
		plan_options(p);
	else if (p->layout->kind != NF_LAYOUT_DATA)
		return;
	options_properties_plan(p);
	options_applications_plan(p);
}

/* -- Hooks ----------------------------------------------------------------------------------- */

static void message(struct check *c, const struct check_at *at)
{
	struct options_exporter *e = options_exporter(c, at->stream->exporter);
	struct check_id *id;

	if (at->msg->format->dialect == NULL)
		return;
	if (at->first) {
		e->streams++;
		id = check_ids_get(c, &e->domains, at->msg->version, at->msg->domain);
		if (id != NULL)
			id->v[0]++;
	}
	options_counters_message(&options_stream(c, at->stream)->counters, at);
}

static void message_end(struct check *c, const struct check_at *at)
{
	if (at->msg->format->dialect != NULL)
		options_counters_message_end(c, &options_stream(c, at->stream)->counters, at);
}

static void types_missing(struct check *c, struct check_stream *s, struct options_stream *o)
{
	const struct check_id *first = NULL;
	uint64_t n = 0;

	for (const struct check_id *id = o->elements.first; id != NULL; id = id->next) {
		if (check_ids_find(&o->types.defined, id->key[0], id->key[1]) != NULL)
			continue;
		first = n++ == 0 ? id : first;
	}
	if (o->elements.n != 0)
		check_applies(c, CHECK_OPT_IETYPE_MISSING);
	if (n != 0 && !o->types.defined.full)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_OPT_IETYPE_MISSING, .stream = s, .place = &first->place,
			.args = { { .u = n } },
		});
}

static void stream_end(struct check *c, struct check_stream *s)
{
	struct options_exporter *e = options_exporter(c, s->exporter);
	struct options_stream *o = options_stream(c, s);
	const struct check_id *domain = check_ids_find(&e->domains, s->id.version, s->id.domain);

	options_counters_end(c, &o->counters, s, e->streams == 1,
			     domain != NULL && domain->v[0] == 1);
	options_flowkeys_end(c, s);
	options_properties_end(c, s);
	sent_end(c, s, o);
	types_missing(c, s, o);
}

static void exporter_end(struct check *c, struct check_exporter *e)
{
	options_applications_end(c, e);
}

const struct check_group check_group_options = {
	.name = "options",
	.size = {
		[CHECK_STREAM] = sizeof(struct options_stream),
		[CHECK_EXPORTER] = sizeof(struct options_exporter),
	},
	.message = message,
	.template_ = template_,
	.plan = plan,
	.message_end = message_end,
	.stream_end = stream_end,
	.exporter_end = exporter_end,
};
