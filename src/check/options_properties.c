/*
 * Common properties (RFC 5473).
 */
#include <config.h>

#include "check/options.h"

enum { COMMON_PROPERTIES = 137 };

static void properties_used(const struct check_record *r, struct check_step *s)
{
	struct options_stream *o = options_stream(r->check, r->at->stream);
	const struct nf_field f = nf_field(r->rec, s->a);
	struct check_id *id;
	uint64_t v;

	if (!check_uint(r->rec, s->a, &v))
		return;
	id = check_ids_get(r->check, &o->properties, v, 0);
	if (id == NULL || id->flags != 0)
		return;
	id->flags = OPTIONS_USED | OPTIONS_USED_FIRST;
	id->tmpl = r->use->tmpl;
	id->place = check_place_of(r->at, nf_span_of(f.offset, f.value.n));
}

static void properties_defined(const struct check_record *r, struct check_step *s)
{
	struct check_id *id;
	uint64_t v;

	if (!check_uint(r->rec, s->a, &v))
		return;
	id = check_ids_get(r->check, &options_stream(r->check, r->at->stream)->properties, v, 0);
	if (id != NULL)
		id->flags |= OPTIONS_DEFINED;
}

/*
 * They are sent before what uses them: once over TCP and SCTP, again and again over UDP, where
 * coming first is but advised (RFC 5473 sections 3.2 and 4.2).
 */
void options_properties_end(struct check *c, struct check_stream *s)
{
	const struct check_ids *properties = &options_stream(c, s)->properties;

	for (const struct check_id *id = properties->first; id != NULL; id = id->next) {
		bool defined = (id->flags & OPTIONS_DEFINED) != 0;
		bool certain = options_complete(c, s) ||
			       (defined && s->id.transport != NF_TRANSPORT_UDP);

		if ((id->flags & OPTIONS_USED_FIRST) == 0 ||
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

void options_properties_plan(struct check_plan *p)
{
	int field = check_field_of(p->layout, NF_PEN_IANA, COMMON_PROPERTIES);

	if (p->layout->kind == NF_LAYOUT_OPTIONS) {
		if (check_layout_has(p->layout, COMMON_PROPERTIES) == CHECK_AS_SCOPE)
			check_plan_field(p, properties_defined, field);
	} else if (field >= 0 && p->version == 10) {
		check_plan_field(p, properties_used, field);
		check_applies(p->check, CHECK_OPT_COMMON_PROPS_UNDEFINED);
	}
}
