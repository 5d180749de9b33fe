/*
 * MIB objects in records (RFC 8038): the elements say of which type a value is, options say of
 * which object.
 */
#include <config.h>

#include "check/ids.h"

enum {
	TEMPLATE_ID = 145, ELEMENT_INDEX = 287,
	VALUE_FIRST = 434, VALUE_LAST = 444,	/* mibObjectValueInteger .. mibObjectValueRow */
	OBJECT_IDENTIFIER = 445,
};

enum { USED = 1, DEFINED = 2 };

struct of_stream {
	struct check_ids fields;	/* by template and index: v[0] the element */
};

static struct of_stream *of_stream(const struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_mib);
}

static void template_(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	struct nf_specs specs;
	struct check_id *id;
	uint64_t index = 0;
	struct nf_spec s;

	if (!t->dialect->enterprise_bit ||
	    (t->kind != NF_TEMPLATE && t->kind != NF_TEMPLATE_OPTIONS))
		return;
	nf_specs_open(&specs, t);
	for (; nf_spec_next(&specs, &s); index++) {
		if (s.pen != NF_PEN_IANA || s.id < VALUE_FIRST || s.id > VALUE_LAST)
			continue;
		check_applies(c, CHECK_MIB_METADATA_MISSING);
		id = check_ids_get(c, &of_stream(c, at->stream)->fields, t->id, index);
		if (id == NULL || (id->flags & USED))
			continue;
		id->flags |= USED;
		id->v[0] = s.id;
		id->place = check_place_of(at, s.span);
	}
}

static void described(const struct check_record *r, struct check_step *s)
{
	struct check_id *id;
	uint64_t tmpl, index;

	if (!check_uint(r->rec, s->a, &tmpl) || !check_uint(r->rec, s->b, &index))
		return;
	id = check_ids_get(r->check, &of_stream(r->check, r->at->stream)->fields, tmpl, index);
	if (id != NULL)
		id->flags |= DEFINED;
}

static void plan(struct check_plan *p)
{
	int tmpl = check_field_of(p->layout, NF_PEN_IANA, TEMPLATE_ID);
	int index = check_field_of(p->layout, NF_PEN_IANA, ELEMENT_INDEX);
	struct check_step *s;

	if (p->layout->kind != NF_LAYOUT_OPTIONS || tmpl < 0 || index < 0 ||
	    check_layout_has(p->layout, OBJECT_IDENTIFIER) == CHECK_AS_NONE ||
	    (s = check_plan_step(p, described)) == NULL)
		return;
	s->a = (uint16_t)tmpl;
	s->b = (uint16_t)index;
}

/* They go with the template: a capture that has it has them, too, if they are sent. */
static void stream_end(struct check *c, struct check_stream *s)
{
	const struct check_ids *fields = &of_stream(c, s)->fields;

	for (const struct check_id *id = fields->first; id != NULL && !fields->full;
	     id = id->next)
		if (id->flags == USED)
			check_claim(c, &(struct check_claim){
				.rule = CHECK_MIB_METADATA_MISSING, .stream = s,
				.place = &id->place, .tmpl = (uint16_t)id->key[0],
				.ie = &nf_iana_rows[id->v[0]], .key = id->key[1],
				.args = { { .ie = &nf_iana_rows[id->v[0]] }, { .u = id->key[0] },
					  { .u = id->key[1] } },
			});
}

const struct check_group check_group_mib = {
	.name = "mib",
	.size = { [CHECK_STREAM] = sizeof(struct of_stream) },
	.template_ = template_,
	.plan = plan,
	.stream_end = stream_end,
};
