/*
 * Flow keys (RFC 7011 section 4.4).
 */
#include <config.h>

#include "check/options.h"

enum { TEMPLATE_ID = 145, FLOW_KEYS = 173 };

void options_flowkeys_template(struct check *c, const struct check_at *at,
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
	struct options_stream *o = options_stream(r->check, r->at->stream);
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
		}, id, keys, tmpl->v[TEMPLATE_FIELDS]);
		return;
	}
	/* It may come yet: see options_flowkeys_end. */
	entry = check_ids_get(r->check, &o->keys, id, 0);
	if (entry == NULL)
		return;
	if (entry->flags == 0)
		entry->place = check_place_of(r->at, nf_span_of(f.offset, f.value.n));
	entry->flags = OPTIONS_USED;
	entry->tmpl = r->use->tmpl;
	entry->v[0] = keys;
}

void options_flowkeys_end(struct check *c, struct check_stream *s)
{
	struct options_stream *o = options_stream(c, s);

	for (const struct check_id *k = o->keys.first; k != NULL; k = k->next) {
		const struct check_id *tmpl = check_ids_find(&o->templates, k->key[0], 0);
		struct check_claim claim = {
			.rule = CHECK_OPT_FLOWKEYS_UNKNOWN_TEMPLATE, .stream = s,
			.place = &k->place, .tmpl = k->tmpl, .key = k->key[0],
			.severity = options_complete(c, s) ? CHECK_AS_RULED : 1 + NF_NOTE,
			.args = { { .u = k->key[0] } },
		};

		if (tmpl != NULL)
			excess_bits(c, &(struct check_claim){
				.stream = s, .place = &k->place, .tmpl = k->tmpl,
			}, k->key[0], k->v[0], tmpl->v[TEMPLATE_FIELDS]);
		else if (!o->templates.full)
			check_claim(c, &claim);
	}
}

void options_flowkeys_plan(struct check_plan *p)
{
	int keys = check_field_of(p->layout, NF_PEN_IANA, FLOW_KEYS);
	int tmpl = check_field_of(p->layout, NF_PEN_IANA, TEMPLATE_ID);
	struct check_step *s;

	if (keys < 0)
		return;
	check_applies(p->check, CHECK_OPT_FLOWKEYS_UNKNOWN_TEMPLATE);
	s = tmpl >= 0 ? check_plan_field(p, flow_keys, keys) : NULL;
	if (s != NULL)
		s->b = (uint16_t)tmpl;
}
