/*
 * options -o json: an object an options record; keys and their order are those of the manual's
 * JSON section and of doc/nfpcap-options.schema.json.
 */
#include <config.h>

#include <stdlib.h>

#include "base/mem.h"
#include "out/json.h"
#include "out/options.h"

/* A field, and the first one of the same name and side, scope or not. */
struct options_place {
	const struct nf_ie *ie;
	uint16_t field, leader;
	bool scope;
};

/* Up to "offset", as flow records begin. */
static void head(struct options *o)
{
	struct nf_strbuf *s = &o->out->text;
	const struct nf_datagram *d = o->at.datagram;

	LIT(s, "{\"type\":\"options\",\"schema\":1");
	json_place(s, o->out, d);
	json_session(s, o->out, d);
	LIT(s, ",\"version\":");
	nf_sb_u64(s, o->at.msg->version);
	LIT(s, ",\"domain\":");
	nf_sb_u64(s, o->at.msg->domain);
	LIT(s, ",\"template\":{\"id\":");
	nf_sb_u64(s, o->at.set->id);
	nf_sb_char(s, ',');
	json_resolution(s, o->out, o->at.resolution);
	LIT(s, "},\"offset\":");
	nf_sb_u64(s, o->at.rec->offset);
}

/* -- Fields by name -------------------------------------------------------------------- */

static int by_name(const void *a, const void *b)
{
	const struct options_place *x = a, *y = b;
	int order;

	if (x->scope != y->scope)
		return x->scope ? -1 : 1;
	order = json_by_name(x->ie, y->ie);
	return order != 0 ? order : x->field - y->field;
}

static bool same_name(const struct options_place *x, const struct options_place *y)
{
	struct options_place z = *y;

	z.field = x->field;
	return by_name(x, &z) == 0;
}

static int by_leader(const void *a, const void *b)
{
	const struct options_place *x = a, *y = b;

	if (x->scope != y->scope)
		return x->scope ? -1 : 1;
	return x->leader != y->leader ? x->leader - y->leader : x->field - y->field;
}

/* The fields of the record's layout in the order in which they are written. */
static bool place(struct options *o)
{
	const struct nf_layout *l = o->at.rec->layout;
	struct options_place *p;

	if (o->layout == l)
		return true;
	if (!nf_grow((void **)&o->places, &o->nplaces, l->nfields + 1u, sizeof(*o->places))) {
		o->failed = true;
		return false;
	}
	p = o->places;
	for (unsigned i = 0; i < l->nfields; i++)
		p[i] = (struct options_place){
			.ie = l->fields[i].ie,
			.field = (uint16_t)i,
			.scope = l->fields[i].scope,
		};
	qsort(p, l->nfields, sizeof(*p), by_name);
	for (unsigned i = 0; i < l->nfields; i++)
		p[i].leader = i > 0 && same_name(&p[i - 1], &p[i]) ? p[i - 1].leader : p[i].field;
	qsort(p, l->nfields, sizeof(*p), by_leader);
	o->layout = l;
	return true;
}

static void value(struct options *o, const struct nf_field *f, const struct nf_list_ctx *lists)
{
	struct nf_strbuf *s = &o->out->text;

	if (out_is_list(f->kind)) {
		nf_sb_char(s, '{');
		json_list(o->out, f, lists);
		nf_sb_char(s, '}');
	} else {
		nf_value_json(s, (enum nf_kind)f->kind, f->value, &o->out->format);
	}
}

/* {"name":value, "name":[value,value]}: those of the scope, or the others. */
static void side(struct options *o, bool scope, const struct nf_list_ctx *lists)
{
	const struct options_place *p = o->places;
	unsigned n = o->at.rec->layout->nfields;
	struct nf_strbuf *s = &o->out->text;
	const char *comma = "";

	nf_sb_char(s, '{');
	for (unsigned i = 0; i < n; i++) {
		struct nf_field f = nf_field(o->at.rec, p[i].field);
		bool first = p[i].leader == p[i].field;
		bool last = i + 1 == n || p[i + 1].leader == p[i + 1].field;

		if (p[i].scope != scope)
			continue;
		nf_sb_str(s, comma);
		comma = ",";
		if (first) {
			nf_sb_char(s, '"');
			options_name(s, p[i].ie);
			nf_sb_str(s, last ? "\":" : "\":[");
		}
		value(o, &f, lists);
		if (!first && last)
			nf_sb_char(s, ']');
	}
	nf_sb_char(s, '}');
}

void options_record_json(struct options *o, const struct nf_recs *recs)
{
	struct nf_list_ctx lists = options_list_ctx(o, recs);
	struct nf_strbuf *s = &o->out->text;

	if (!place(o))
		return;
	head(o);
	LIT(s, ",\"scope\":");
	side(o, true, &lists);
	LIT(s, ",\"values\":");
	side(o, false, &lists);
	LIT(s, "}\n");
}

static void nothing(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

const struct out_ops options_out_json = {
	.name = "options",
	.texts = &json_texts,
	.message = nothing,
};
