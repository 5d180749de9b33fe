/*
 * Options: what they say of templates, processes, applications and elements.  What they say of
 * sampling stands in rules_sampling.c.
 */
#include <config.h>

#include "check/options.h"

enum {
	APPLICATION_NAME = 96, APPLICATION_DESCRIPTION = 94, APPLICATION_ID = 95,
	COMMON_PROPERTIES = 137, TEMPLATE_ID = 145, FLOW_KEYS = 173,
	MESSAGE_SCOPE = 263, SESSION_SCOPE = 267,
};

/* RFC 6759 section 4.1: numbers that the users of a device give to their own applications. */
enum { ENGINE_USER = 6 };

/* Flags of entries. */
enum { USED = 1, DEFINED = 2, USED_FIRST = 4 };

struct of_stream {
	struct options_counters counters;
	struct options_types types;
	struct check_ids templates;	/* v: see sent */
	struct check_ids keys;		/* by template: v[0] the flow keys */
	struct check_ids properties;	/* by commonPropertiesId */
	struct check_ids elements;	/* of enterprises */
};

struct of_exporter {
	uint32_t streams;
	struct check_ids domains;	/* by version and domain: v[0] streams */
	struct check_ids names;		/* of applications, by engine and selector */
};

enum { FIELDS, SENT_SINCE, MESSAGES, LAST_MESSAGE };	/* values of a template */

static struct of_stream *of_stream(const struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_options);
}

static struct of_exporter *of_exporter(const struct check *c, const struct check_exporter *e)
{
	return check_state(c, &e->holder, CHECK_GROUP_options);
}

struct options_counters *options_counters_of(const struct check *c, struct check_stream *s)
{
	return &of_stream(c, s)->counters;
}

struct options_types *options_types_of(const struct check *c, struct check_stream *s)
{
	return &of_stream(c, s)->types;
}

/* The capture has all that S has sent: what is not there was not sent. */
static bool complete_stream(const struct check *c, const struct check_stream *s)
{
	/* Where the first message stands is a hole, too. */
	return s->from_start && (s->id.transport != NF_TRANSPORT_UDP ||
				 of_stream(c, s)->counters.holes <= 1);
}

/* -- The templates of RFC 7011 section 4 ------------------------------------------------ */

enum { KIND_IDS = 3 };

static const struct kind {
	const char *name;
	uint16_t counters[KIND_IDS], scopes[KIND_IDS];
	bool times;
	uint16_t incomplete;		/* rule */
} kinds[] = {
	{ "Metering Process Statistics", { 41, 42, 40 }, { 149, 143 }, false,
	  CHECK_OPT_MP_STATS_INCOMPLETE },
	{ "Metering Process Reliability Statistics", { 164, 165 }, { 149, 143 }, true,
	  CHECK_OPT_MP_STATS_INCOMPLETE },
	{ "Exporting Process Reliability Statistics", { 166, 167, 168 }, { 144, 130, 131 }, true,
	  CHECK_OPT_EP_STATS_INCOMPLETE },
};

static unsigned how_many(const struct nf_template *t, const uint16_t ids[KIND_IDS],
			 enum check_as as)
{
	unsigned n = 0;

	for (unsigned i = 0; i < KIND_IDS && ids[i] != 0; i++)
		n += check_template_has(t, ids[i]) >= as;
	return n;
}

static void scope_fault(struct check *c, const struct check_at *at, const struct nf_template *t,
			const struct kind *k, uint16_t id, const char *how)
{
	const struct nf_ie *ie = &nf_iana_rows[id];

	check_claim(c, &(struct check_claim){
		.rule = k->scopes[0] == 144 ? CHECK_OPT_EP_STATS_SCOPE : CHECK_OPT_MP_STATS_SCOPE,
		.at = at, .span = t->span, .tmpl = t->id, .ie = ie,
		.args = { { .ie = ie }, { .s = how }, { .u = t->id }, { .s = k->name } },
	});
}

static void metering_scope(struct check *c, const struct check_at *at,
			   const struct nf_template *t, const struct kind *k)
{
	check_applies(c, CHECK_OPT_MP_STATS_SCOPE);
	for (unsigned i = 0; i < 2; i++)
		if (check_template_has(t, k->scopes[i]) == CHECK_AS_FIELD)
			scope_fault(c, at, t, k, k->scopes[i], "is no scope field");
	if (check_template_has(t, k->scopes[0]) == CHECK_AS_NONE && at->msg->domain == 0)
		scope_fault(c, at, t, k, k->scopes[0], "is missing, in domain 0,");
}

static void exporting_scope(struct check *c, const struct check_at *at,
			    const struct nf_template *t, const struct kind *k)
{
	check_applies(c, CHECK_OPT_EP_STATS_SCOPE);
	if (how_many(t, k->scopes, CHECK_AS_SCOPE) == 0)
		scope_fault(c, at, t, k, k->scopes[0], "is no scope field");
}

/* How many observationTime* there are: the first and the last time of a loss. */
static unsigned times(const struct nf_template *t)
{
	struct nf_specs specs;
	struct nf_spec s;
	unsigned n = 0;

	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s))
		n += s.pen == NF_PEN_IANA && s.id >= 322 && s.id <= 325;
	return n;
}

/* RFC 7011 section 4: a template of the kind SHOULD be like that.  One counter makes none yet. */
static void complete(struct check *c, const struct check_at *at, const struct nf_template *t,
		     const struct kind *k, unsigned counters)
{
	char lacks[CHECK_NAMES] = "";

	check_applies(c, (enum check_rule_id)k->incomplete);
	for (unsigned i = 0; i < KIND_IDS && k->counters[i] != 0; i++)
		if (check_template_has(t, k->counters[i]) == CHECK_AS_NONE)
			check_name_too(lacks, nf_iana_rows[k->counters[i]].name);
	if (k->times && times(t) < 2)
		check_name_too(lacks, "two of observationTime*");
	if (lacks[0] != '\0')
		check_claim(c, &(struct check_claim){
			.rule = (enum check_rule_id)k->incomplete, .at = at, .span = t->span,
			.tmpl = t->id, .key = (uintptr_t)(k - kinds),
			.severity = counters == 1 ? 1 + NF_NOTE : CHECK_AS_RULED,
			.args = { { .u = t->id }, { .s = k->name }, { .s = lacks } },
		});
}

/*
 * One counter alone may serve anything; with a scope of the kind, or in company, it does not.  What
 * counts for something other than processes, as RFC 7011 appendix A.4.1 does for line cards, is
 * none of section 4.1.
 */
static bool is_kind(const struct nf_template *t, const struct kind *k, unsigned counters)
{
	if (k->scopes[0] != 144)
		return counters != 0 && how_many(t, k->scopes, CHECK_AS_FIELD) != 0;
	return counters > 1 || (counters == 1 && how_many(t, k->scopes, CHECK_AS_SCOPE) != 0);
}

static void statistics(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const struct kind *k = &kinds[i];
		unsigned n = how_many(t, k->counters, CHECK_AS_FIELD);

		if (!is_kind(t, k, n))
			continue;
		if (k->scopes[0] == 144)
			exporting_scope(c, at, t, k);
		else
			metering_scope(c, at, t, k);
		complete(c, at, t, k, n);
	}
}

static void flow_keys_scope(struct check *c, const struct check_at *at,
			    const struct nf_template *t)
{
	if (check_template_has(t, FLOW_KEYS) == CHECK_AS_NONE)
		return;
	check_applies(c, CHECK_OPT_FLOWKEYS_SCOPE);
	if (check_template_has(t, TEMPLATE_ID) != CHECK_AS_SCOPE)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_OPT_FLOWKEYS_SCOPE, .at = at, .span = t->span,
			.tmpl = t->id, .args = { { .u = t->id } },
		});
}

/* -- Templates -------------------------------------------------------------------------- */

static void enterprise_elements(struct check *c, const struct check_at *at,
				const struct nf_template *t)
{
	struct check_ids *ids = &of_stream(c, at->stream)->elements;
	struct nf_specs specs;
	struct check_id *id;
	struct nf_spec s;

	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s)) {
		if (!nf_pen_is_enterprise(s.pen) || s.pen == NF_PEN_REVERSE)
			continue;
		id = check_ids_get(c, ids, s.pen, s.id);
		if (id != NULL && id->flags == 0) {
			id->flags = USED;
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
	id = check_ids_get(c, &of_stream(c, at->stream)->templates, t->id, 0);
	if (id != NULL) {
		id->v[FIELDS] = t->nfields;
		id->v[SENT_SINCE] += id->v[MESSAGES] != 0;
	}
	if (ipfix)
		enterprise_elements(c, at, t);
	if (!ipfix || t->kind != NF_TEMPLATE_OPTIONS)
		return;
	statistics(c, at, t);
	flow_keys_scope(c, at, t);
	options_types_template(c, at, t);
}

/* -- Flow keys (RFC 7011 section 4.4) ---------------------------------------------------- */

static void excess_bits(struct check *c, const struct check_claim *claim, uint64_t tmpl,
			uint64_t keys, uint64_t fields)
{
	struct check_claim it = *claim;
	unsigned bit = 63;

	check_applies(c, CHECK_OPT_FLOWKEYS_EXCESS_BITS);
	if (fields >= 64 || keys >> fields == 0)
		return;
	while (keys >> bit == 0)
		bit--;
	it.rule = CHECK_OPT_FLOWKEYS_EXCESS_BITS;
	it.key = tmpl;
	it.args[0].u = bit;
	it.args[1].u = tmpl;
	it.args[2].u = fields;
	check_claim(c, &it);
}

static void flow_keys(const struct check_record *r, struct check_step *s)
{
	struct of_stream *o = of_stream(r->check, r->at->stream);
	const struct nf_field f = nf_field(r->rec, s->a);
	const struct check_id *tmpl;
	uint64_t keys, id;
	struct check_id *entry;

	if (!check_uint(r->rec, s->a, &keys) || !check_uint(r->rec, s->b, &id))
		return;
	tmpl = check_ids_find(&o->templates, id, 0);
	if (tmpl != NULL) {
		excess_bits(r->check, &(struct check_claim){
			.at = r->at, .span = nf_span_of(f.offset, f.value.n),
			.tmpl = r->use->tmpl,
		}, id, keys, tmpl->v[FIELDS]);
		return;
	}
	/* It may come yet: see flow_keys_end. */
	entry = check_ids_get(r->check, &o->keys, id, 0);
	if (entry == NULL)
		return;
	if (entry->flags == 0)
		entry->place = check_place_of(r->at, nf_span_of(f.offset, f.value.n));
	entry->flags = USED;
	entry->tmpl = r->use->tmpl;
	entry->v[0] = keys;
}

static void flow_keys_end(struct check *c, struct check_stream *s, struct of_stream *o)
{
	for (const struct check_id *k = o->keys.first; k != NULL; k = k->next) {
		const struct check_id *tmpl = check_ids_find(&o->templates, k->key[0], 0);
		struct check_claim claim = {
			.rule = CHECK_OPT_FLOWKEYS_UNKNOWN_TEMPLATE, .stream = s,
			.place = &k->place, .tmpl = k->tmpl, .key = k->key[0],
			.severity = complete_stream(c, s) ? CHECK_AS_RULED : 1 + NF_NOTE,
			.args = { { .u = k->key[0] } },
		};

		if (tmpl != NULL)
			excess_bits(c, &(struct check_claim){
				.stream = s, .place = &k->place, .tmpl = k->tmpl,
			}, k->key[0], k->v[0], tmpl->v[FIELDS]);
		else if (!o->templates.full)
			check_claim(c, &claim);
	}
}

/* -- Common properties (RFC 5473) -------------------------------------------------------- */

static void properties_used(const struct check_record *r, struct check_step *s)
{
	struct of_stream *o = of_stream(r->check, r->at->stream);
	const struct nf_field f = nf_field(r->rec, s->a);
	struct check_id *id;
	uint64_t v;

	if (!check_uint(r->rec, s->a, &v))
		return;
	id = check_ids_get(r->check, &o->properties, v, 0);
	if (id == NULL || id->flags != 0)
		return;
	id->flags = USED | USED_FIRST;
	id->tmpl = r->use->tmpl;
	id->place = check_place_of(r->at, nf_span_of(f.offset, f.value.n));
}

static void properties_defined(const struct check_record *r, struct check_step *s)
{
	struct check_id *id;
	uint64_t v;

	if (!check_uint(r->rec, s->a, &v))
		return;
	id = check_ids_get(r->check, &of_stream(r->check, r->at->stream)->properties, v, 0);
	if (id != NULL)
		id->flags |= DEFINED;
}

/*
 * They are sent before what uses them: once over TCP and SCTP, again and again over UDP, where
 * coming first is but advised (RFC 5473 sections 3.2 and 4.2).
 */
static void properties_end(struct check *c, struct check_stream *s, struct of_stream *o)
{
	for (const struct check_id *id = o->properties.first; id != NULL; id = id->next) {
		bool defined = (id->flags & DEFINED) != 0;
		bool certain = complete_stream(c, s) ||
			       (defined && s->id.transport != NF_TRANSPORT_UDP);

		if ((id->flags & USED_FIRST) == 0 ||
		    (defined && s->id.transport == NF_TRANSPORT_UDP))
			continue;
		check_claim(c, &(struct check_claim){
			.rule = CHECK_OPT_COMMON_PROPS_UNDEFINED, .stream = s, .key = id->key[0],
			.severity = certain ? CHECK_AS_RULED : 1 + NF_WARNING,
			.place = &id->place, .tmpl = id->tmpl,
			.args = { { .u = id->key[0] },
				  { .s = defined ? "used before they are defined" :
						   "never defined" } },
		});
	}
}

/* -- Names of applications (RFC 6759 section 4.3) ---------------------------------------- */

/* Engine and selector, whatever the length: the selector stands to the right (section 4.2). */
static bool application(const struct check_record *r, unsigned i, uint64_t *engine, uint64_t *id)
{
	const struct nf_field f = nf_field(r->rec, i);

	if (f.value.n < 2 || f.value.n > 9)
		return false;
	*engine = f.value.p[0];
	*id = nf_ben(f.value.p + 1, f.value.n - 1);
	return true;
}

static void application_used(const struct check_record *r, struct check_step *s)
{
	const struct nf_field f = nf_field(r->rec, s->a);
	uint64_t engine, selector;
	struct check_id *id;

	if (f.value.n == 0 || f.value.p[0] != ENGINE_USER ||
	    !application(r, s->a, &engine, &selector))
		return;
	id = check_ids_get(r->check, &of_exporter(r->check, r->at->stream->exporter)->names,
			   engine, selector);
	if (id == NULL || (id->flags & USED))
		return;
	id->flags |= USED;
	id->stream = r->at->stream;
	id->tmpl = r->use->tmpl;
	id->place = check_place_of(r->at, nf_span_of(f.offset, f.value.n));
}

static void application_named(const struct check_record *r, struct check_step *s)
{
	uint64_t engine, selector;
	struct check_id *id;

	if (!application(r, s->a, &engine, &selector) || engine != ENGINE_USER)
		return;
	id = check_ids_get(r->check, &of_exporter(r->check, r->at->stream->exporter)->names,
			   engine, selector);
	if (id != NULL)
		id->flags |= DEFINED;
}

static void names_end(struct check *c, struct of_exporter *o)
{
	for (const struct check_id *id = o->names.first; id != NULL && !o->names.full;
	     id = id->next)
		if ((id->flags & DEFINED) == 0)
			check_claim(c, &(struct check_claim){
				.rule = CHECK_OPT_APP_NAME_MISSING, .stream = id->stream,
				.place = &id->place, .tmpl = id->tmpl, .key = id->key[1],
				.severity = id->stream->id.version == 10 &&
					    complete_stream(c, id->stream) ? 1 + NF_ERROR :
									     CHECK_AS_RULED,
				.args = { { .u = id->key[1] } },
			});
}

/* -- Are they sent again? ------------------------------------------------------------------ */

static void sent(const struct check_record *r, struct check_step *s)
{
	struct of_stream *o = of_stream(r->check, r->at->stream);
	struct check_id *id = check_ids_find(&o->templates, r->use->tmpl, 0);

	(void)s;
	if (id == NULL || r->at->late || id->v[LAST_MESSAGE] == o->counters.before.messages + 1)
		return;
	id->v[LAST_MESSAGE] = o->counters.before.messages + 1;
	id->v[SENT_SINCE] = 0;
	if (id->v[MESSAGES]++ == 0)
		id->place = check_place_of(r->at, nf_span_of(r->rec->offset, r->rec->length));
}

static void sent_end(struct check *c, struct check_stream *s, struct of_stream *o)
{
	if (s->id.transport != NF_TRANSPORT_UDP)
		return;
	for (const struct check_id *id = o->templates.first; id != NULL; id = id->next)
		if (id->v[MESSAGES] == 1 && id->v[SENT_SINCE] >= 2)
			check_claim(c, &(struct check_claim){
				.rule = CHECK_OPT_DATA_NOT_REFRESHED, .stream = s,
				.place = &id->place, .tmpl = (uint16_t)id->key[0],
				/* RFC 7011 says nothing of options in general. */
				.likely = s->id.version == 10,
				.args = { { .u = id->key[0] }, { .u = id->v[SENT_SINCE] } },
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

static void step(struct check_plan *p,
		 void (*run)(const struct check_record *, struct check_step *), int a, int b)
{
	struct check_step *s = a >= 0 && b >= 0 ? check_plan_step(p, run) : NULL;

	if (s == NULL)
		return;
	s->a = (uint16_t)a;
	s->b = (uint16_t)b;
}

static int field(const struct check_plan *p, uint16_t id)
{
	return check_field_of(p->layout, NF_PEN_IANA, id);
}

static void plan_options(struct check_plan *p)
{
	step(p, sent, 0, 0);
	step(p, mark, field(p, MESSAGE_SCOPE), 0);
	step(p, mark, field(p, SESSION_SCOPE), 0);
	step(p, flow_keys, field(p, FLOW_KEYS), field(p, TEMPLATE_ID));
	if (check_layout_has(p->layout, COMMON_PROPERTIES) == CHECK_AS_SCOPE)
		step(p, properties_defined, field(p, COMMON_PROPERTIES), 0);
	if (field(p, APPLICATION_NAME) >= 0 || field(p, APPLICATION_DESCRIPTION) >= 0)
		step(p, application_named, field(p, APPLICATION_ID), 0);
	options_counters_plan(p);
	options_types_plan(p);
	if (field(p, MESSAGE_SCOPE) >= 0 || field(p, SESSION_SCOPE) >= 0)
		check_applies(p->check, CHECK_OPT_SCOPE_MARKER_NONZERO);
	if (p->use->stream->id.transport == NF_TRANSPORT_UDP)
		check_applies(p->check, CHECK_OPT_DATA_NOT_REFRESHED);
	if (field(p, FLOW_KEYS) >= 0)
		check_applies(p->check, CHECK_OPT_FLOWKEYS_UNKNOWN_TEMPLATE);
}

static void plan(struct check_plan *p)
{
	if (p->layout->kind == NF_LAYOUT_OPTIONS) {
		plan_options(p);
	} else if (p->layout->kind == NF_LAYOUT_DATA) {
		step(p, properties_used, p->version == 10 ? field(p, COMMON_PROPERTIES) : -1, 0);
		step(p, application_used, field(p, APPLICATION_ID), 0);
		if (field(p, COMMON_PROPERTIES) >= 0)
			check_applies(p->check, CHECK_OPT_COMMON_PROPS_UNDEFINED);
		if (field(p, APPLICATION_ID) >= 0)
			check_applies(p->check, CHECK_OPT_APP_NAME_MISSING);
	}
}

/* -- Hooks ----------------------------------------------------------------------------------- */

static void message(struct check *c, const struct check_at *at)
{
	struct of_exporter *e = of_exporter(c, at->stream->exporter);
	struct check_id *id;

	if (at->msg->format->dialect == NULL)
		return;
	if (at->first) {
		e->streams++;
		id = check_ids_get(c, &e->domains, at->msg->version, at->msg->domain);
		if (id != NULL)
			id->v[0]++;
	}
	options_counters_message(&of_stream(c, at->stream)->counters, at);
}

static void message_end(struct check *c, const struct check_at *at)
{
	if (at->msg->format->dialect != NULL)
		options_counters_message_end(c, &of_stream(c, at->stream)->counters, at);
}

static void types_missing(struct check *c, struct check_stream *s, struct of_stream *o)
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
	struct of_exporter *e = of_exporter(c, s->exporter);
	struct of_stream *o = of_stream(c, s);
	const struct check_id *domain = check_ids_find(&e->domains, s->id.version, s->id.domain);

	options_counters_end(c, &o->counters, s, e->streams == 1,
			     domain != NULL && domain->v[0] == 1);
	flow_keys_end(c, s, o);
	properties_end(c, s, o);
	sent_end(c, s, o);
	types_missing(c, s, o);
}

static void exporter_end(struct check *c, struct check_exporter *e)
{
	names_end(c, of_exporter(c, e));
}

const struct check_group check_group_options = {
	.name = "options",
	.size = {
		[CHECK_STREAM] = sizeof(struct of_stream),
		[CHECK_EXPORTER] = sizeof(struct of_exporter),
	},
	.message = message,
	.template_ = template_,
	.plan = plan,
	.message_end = message_end,
	.stream_end = stream_end,
	.exporter_end = exporter_end,
};
