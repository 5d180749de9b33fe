/*
 * Type records (RFC 5610 section 3.9), as they stand in the stream: what the tracker has learned
 * from them is another matter (track/options.c).
 */
#include <config.h>

#include <string.h>

#include "base/hash.h"
#include "check/options.h"

enum {
	IE_ID = 303, IE_DATA_TYPE = 339, IE_NAME = 341, IE_SEMANTICS = 344, IE_PEN = 346,
};

/* -- Templates ------------------------------------------------------------------------ */

static bool is_type_template(enum check_as id, enum check_as type, enum check_as name,
			     enum check_as semantics)
{
	return id != CHECK_AS_NONE && (type != CHECK_AS_NONE || name != CHECK_AS_NONE ||
				       semantics != CHECK_AS_NONE);
}

void options_types_template(struct check *c, const struct check_at *at,
			    const struct nf_template *t)
{
	static const uint16_t scopes[] = { IE_ID, IE_PEN };

	if (!is_type_template(check_template_has(t, IE_ID), check_template_has(t, IE_DATA_TYPE),
			      check_template_has(t, IE_NAME),
			      check_template_has(t, IE_SEMANTICS)))
		return;
	check_applies(c, CHECK_OPT_IETYPE_SCOPE);
	for (unsigned i = 0; i < sizeof(scopes) / sizeof(*scopes); i++) {
		const struct nf_ie *ie = &nf_iana_rows[scopes[i]];

		if (check_template_has(t, scopes[i]) == CHECK_AS_FIELD)
			check_claim(c, &(struct check_claim){
				.rule = CHECK_OPT_IETYPE_SCOPE, .at = at, .span = t->span,
				.tmpl = t->id, .ie = ie,
				.args = { { .ie = ie }, { .u = t->id } },
			});
	}
}

/* -- Records -------------------------------------------------------------------------- */

struct record {
	const struct check_record *r;
	uint64_t pen, id, type, semantics;
	struct nf_bytes name;
	struct nf_span span;
	const struct nf_ie *ie;
};

static void claim(const struct record *t, enum check_rule_id rule, uint8_t severity,
		  const char *before, const char *now)
{
	check_claim(t->r->check, &(struct check_claim){
		.rule = rule, .severity = severity, .at = t->r->at, .span = t->span,
		.tmpl = t->r->use->tmpl, .ie = t->ie,
		.args = { { .ie = t->ie }, { .s = now }, { .s = before } },
	});
}

static const char *type_text(uint64_t type)
{
	const char *name = type < NF_TYPES ? nf_type_name((enum nf_type)type) : NULL;

	return name != NULL ? name : "a type that is not assigned";
}

static const char *semantics_text(uint64_t semantics)
{
	const char *name = semantics <= UINT8_MAX ? nf_semantics_name((uint8_t)semantics) : NULL;

	return name != NULL ? name : "a semantic that is not assigned";
}

/* RFC 5610 section 3.10; the semantic `list` is that of RFC 6313's types (its section 11.2). */
static bool semantics_fit(uint64_t type, uint64_t semantics)
{
	if (semantics == NF_SEM_DEFAULT)
		return true;
	if (type >= NF_TYPE_BASIC_LIST && type <= NF_TYPE_SUBTEMPLATE_MULTILIST)
		return semantics == NF_SEM_LIST;
	if ((type >= NF_TYPE_UNSIGNED8 && type <= NF_TYPE_UNSIGNED64) ||
	    type >= NF_TYPE_UNSIGNED256)
		return true;
	if (type >= NF_TYPE_SIGNED8 && type <= NF_TYPE_SIGNED64)
		return semantics != NF_SEM_FLAGS;
	if (type == NF_TYPE_FLOAT32 || type == NF_TYPE_FLOAT64)
		return semantics != NF_SEM_FLAGS && semantics != NF_SEM_IDENTIFIER;
	return false;
}

static void compare(const struct record *t, struct check_id *seen)
{
	const bool reliable = t->r->at->datagram->transport != NF_TRANSPORT_UDP;
	struct check *c = t->r->check;

	if (t->type != seen->v[0])
		claim(t, CHECK_OPT_IETYPE_REDEFINED, CHECK_AS_RULED, type_text(seen->v[0]),
		      type_text(t->type));
	else if (t->semantics != seen->v[1])
		claim(t, CHECK_OPT_IETYPE_REDEFINED, CHECK_AS_RULED, semantics_text(seen->v[1]),
		      semantics_text(t->semantics));
	else if (nf_hash64(t->name) != seen->v[2])
		claim(t, CHECK_OPT_IETYPE_REDEFINED, CHECK_AS_RULED, "another name", "a name");
	else
		check_claim(c, &(struct check_claim){
			.rule = CHECK_OPT_IETYPE_DUPLICATE, .at = t->r->at, .span = t->span,
			.severity = reliable ? 1 + NF_WARNING : 1 + NF_NOTE,
			.other_frame = seen->place.frame, .other_file = seen->place.file,
			.args = { { .ie = t->ie }, { .u = seen->place.frame } },
		});
}

static void judge(struct record *t)
{
	struct check *c = t->r->check;
	struct options_types *o = &options_stream(c, t->r->at->stream)->types;
	const struct nf_ie *known = nf_ie_builtin((uint32_t)t->pen, (uint16_t)t->id);
	struct check_id *seen;

	if (t->type != NF_TYPES && !semantics_fit(t->type, t->semantics))
		claim(t, CHECK_OPT_IETYPE_BAD_SEMANTICS, CHECK_AS_RULED,
		      semantics_text(t->semantics), type_text(t->type));
	/* Our tables of enterprises are not theirs: only IANA's are beyond doubt. */
	if (known != NULL && t->type != NF_TYPES && known->type != t->type)
		claim(t, CHECK_OPT_IETYPE_CONFLICTS_REGISTRY,
		      t->pen == NF_PEN_IANA ? CHECK_AS_RULED : 1 + NF_NOTE,
		      type_text(known->type), type_text(t->type));
	seen = check_ids_get(c, &o->defined, t->pen, t->id);
	if (seen == NULL)
		return;
	if (seen->flags != 0)
		compare(t, seen);
	seen->flags = 1;
	seen->v[0] = t->type;
	seen->v[1] = t->semantics;
	seen->v[2] = nf_hash64(t->name);
	seen->place = check_place_of(t->r->at, t->span);
}

static void record(const struct check_record *r, struct check_step *s)
{
	struct record t = {
		.r = r, .type = NF_TYPES, .span = nf_span_of(r->rec->offset, r->rec->length),
	};

	(void)s;
	for (unsigned i = 0; i < r->rec->layout->nfields; i++) {
		const struct nf_field f = nf_field(r->rec, i);

		if (f.def->ie->pen != NF_PEN_IANA)
			continue;
		switch (f.def->ie->id) {
		case IE_ID:		check_uint(r->rec, i, &t.id); break;
		case IE_PEN:		check_uint(r->rec, i, &t.pen); break;
		case IE_DATA_TYPE:	check_uint(r->rec, i, &t.type); break;
		case IE_SEMANTICS:	check_uint(r->rec, i, &t.semantics); break;
		case IE_NAME:		t.name = f.value; break;
		}
	}
	/* RFC 5610 section 3.8: the enterprise bit is none of the number's. */
	t.id &= 0x7fff;
	t.ie = nf_registry_ipfix(check_registry(r->check), (uint32_t)t.pen, (uint16_t)t.id);
	if (t.ie != NULL && t.pen < NF_PEN_FIXED)
		judge(&t);
}

void options_types_plan(struct check_plan *p)
{
	if (p->version != 10 ||
	    !is_type_template(check_layout_has(p->layout, IE_ID),
			      check_layout_has(p->layout, IE_DATA_TYPE),
			      check_layout_has(p->layout, IE_NAME),
			      check_layout_has(p->layout, IE_SEMANTICS)))
		return;
	check_plan_step(p, record);
	check_applies(p->check, CHECK_OPT_IETYPE_REDEFINED);
	check_applies(p->check, CHECK_OPT_IETYPE_CONFLICTS_REGISTRY);
	check_applies(p->check, CHECK_OPT_IETYPE_BAD_SEMANTICS);
	check_applies(p->check, CHECK_OPT_IETYPE_DUPLICATE);
}
