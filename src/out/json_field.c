/*
 * Records and their fields in JSON, one by one: with --raw, in lists, and what is no number.
 */
#include <config.h>

#include "out/json.h"

/* "id":8,"name":"sourceIPv4Address": what element it is. */
static void element(struct nf_strbuf *s, const struct nf_fielddef *def)
{
	const struct nf_ie *ie = def->ie;

	if (ie->pen != NF_PEN_FIXED) {
		LIT(s, "\"id\":");
		nf_sb_u64(s, ie->id);
		nf_sb_char(s, ',');
	}
	if (nf_pen_is_enterprise(ie->pen)) {
		LIT(s, "\"pen\":");
		nf_sb_u64(s, ie->pen);
		nf_sb_char(s, ',');
	}
	if (ie->pen == NF_PEN_V9_SCOPE)
		LIT(s, "\"scope\":\"");
	else
		LIT(s, "\"name\":\"");
	nf_ie_name(s, ie);
	nf_sb_char(s, '"');
	if (def->scope && ie->pen != NF_PEN_V9_SCOPE)
		LIT(s, ",\"scope\":true");
}

/* An element of a list type has no "value" unless its octets turn out to be no list. */
static bool list_type(const struct nf_ie *ie)
{
	return out_is_list((uint8_t)nf_kind_of((enum nf_type)ie->type, 65534));
}

static void head(struct nf_strbuf *s, const struct nf_layout *layout, unsigned i)
{
	const struct nf_fielddef *def = &layout->fields[i];

	nf_sb_str(s, i == 0 ? "{" : "},{");
	element(s, def);
	if (!list_type(def->ie))
		LIT(s, ",\"value\":");
}

static void tail(struct nf_strbuf *s, const struct nf_layout *layout, unsigned i)
{
	const struct nf_fielddef *def = &layout->fields[i];

	if (def->length == NF_VARLEN)
		return;
	LIT(s, ",\"length\":");
	nf_sb_u64(s, def->length);
}

const struct layouts_texts json_texts = { .head = head, .tail = tail, .plan = json_plan };

/* False where the octets cannot be made again from what was written. */
static bool value(struct out *o, const struct nf_field *f)
{
	struct nf_strbuf *s = &o->text;

	if (f->kind == NF_KIND_UINT && f->value.n <= 8) {
		nf_sb_u64(s, f->def->nbits != 0 ? nf_field_uint(f) :
						  nf_ben(f->value.p, f->value.n));
		return true;
	}
	return nf_value_json(s, (enum nf_kind)f->kind, f->value, &o->format);
}

static void records(struct out *o, struct nf_list *l, const struct nf_list_ctx *around)
{
	struct nf_strbuf *s = &o->text;
	const char *sep = "";
	struct nf_rec rec;

	LIT(s, ",\"template\":{\"id\":");
	nf_sb_u64(s, l->template_id);
	if (l->resolution.layout == NULL) {
		LIT(s, "},\"undecoded\":\"");
		nf_sb_str(s, nf_why_not_name((enum nf_why_not)l->resolution.why));
		nf_sb_char(s, '"');
		return;
	}
	nf_sb_char(s, ',');
	json_resolution(s, o, &l->resolution);
	LIT(s, "},\"records\":[");
	while (nf_rec_next(&l->recs, &rec)) {
		struct nf_list_ctx inside = *around;

		inside.scratch = nf_rec_scratch(&l->recs);
		inside.depth = l->depth;
		nf_sb_str(s, sep);
		json_record(o, &rec, &inside);
		sep = ",";
	}
	nf_sb_char(s, ']');
}

static void list(struct out *o, const struct nf_field *f, const struct nf_list_ctx *ctx);

static void basic_list(struct out *o, struct nf_list *l, const struct nf_list_ctx *around)
{
	struct nf_strbuf *s = &o->text;
	struct nf_list_ctx inside = *around;
	const char *sep = "";
	struct nf_field f;

	inside.depth = l->depth;
	LIT(s, ",\"element\":{");
	element(s, &l->element);
	LIT(s, ",\"length\":");
	nf_sb_u64(s, l->element.length);
	LIT(s, "},\"values\":[");
	while (nf_list_next_element(l, &f)) {
		nf_sb_str(s, sep);
		if (out_is_list(f.kind)) {
			nf_sb_char(s, '{');
			list(o, &f, &inside);
			nf_sb_char(s, '}');
		} else {
			value(o, &f);
		}
		sep = ",";
	}
	nf_sb_char(s, ']');
}

static void semantic(struct nf_strbuf *s, uint8_t number)
{
	const char *name = nf_list_semantic(number);

	if (name == NULL) {
		nf_sb_u64(s, number);
		return;
	}
	nf_sb_char(s, '"');
	nf_sb_str(s, name);
	nf_sb_char(s, '"');
}

/* What a list has instead of "value"; no braces around it, no comma before. */
static void list(struct out *o, const struct nf_field *f, const struct nf_list_ctx *ctx)
{
	struct nf_strbuf *s = &o->text;
	struct nf_list l;
	uint32_t blocks = 0;

	if (!nf_list_open(&l, f, ctx)) {
		LIT(s, "\"value\":");
		nf_value_json(s, NF_KIND_OCTETS, f->value, &o->format);
		return;
	}
	LIT(s, "\"semantic\":");
	semantic(s, l.semantic);
	if (f->kind == NF_KIND_BASIC_LIST) {
		basic_list(o, &l, ctx);
	} else if (f->kind == NF_KIND_SUBTEMPLATE_LIST) {
		if (nf_list_next_block(&l)) {
			records(o, &l, ctx);
			nf_list_next_block(&l);
		}
	} else {
		LIT(s, ",\"blocks\":[");
		while (nf_list_next_block(&l)) {
			nf_sb_str(s, blocks++ > 0 ? ",{\"offset\":" : "{\"offset\":");
			nf_sb_u64(s, l.block_head.off);
			records(o, &l, ctx);
			nf_sb_char(s, '}');
		}
		nf_sb_char(s, ']');
	}
	if (l.malformed.len != 0)
		nf_sb_printf(s, ",\"malformed\":{\"offset\":%u,\"length\":%u}",
			     (unsigned)l.malformed.off, (unsigned)l.malformed.len);
}

/* -- Records -------------------------------------------------------------------------- */

/* False where the octets cannot be made again from what was written. */
static bool value_or_list(struct out *o, const struct nf_field *f, const struct nf_list_ctx *lists)
{
	struct nf_strbuf *s = &o->text;

	if (!list_type(f->def->ie))
		return value(o, f);
	nf_sb_char(s, ',');
	if (!out_is_list(f->kind)) {
		LIT(s, "\"value\":");
		return value(o, f);
	}
	list(o, f, lists);
	return true;
}

void json_field(struct out *o, const struct nf_rec *r, unsigned i, const struct nf_list_ctx *lists)
{
	struct nf_field f = nf_field(r, i);
	bool raw = !value_or_list(o, &f, lists) || o->opts.raw;
	struct nf_strbuf *s = &o->text;
	char *p;

	if (!nf_sb_room(s, LAYOUTS_BLOCK))
		return;
	p = PUT(s->p + s->n, ",\"offset\":");
	p = nf_put_upto8(p, f.offset);
	p = PUT(p, ",\"length\":");
	p = nf_put_upto8(p, f.value.n);
	if (f.prefix != 0) {
		p = PUT(p, ",\"prefix\":");
		p = nf_put_upto8(p, f.prefix);
	}
	s->n = (size_t)(p - s->p);
	if (raw)
		json_raw(o, f.value);
}

void json_record(struct out *o, const struct nf_rec *r, const struct nf_list_ctx *lists)
{
	const struct layouts_entry *texts = layouts_get(&o->layouts, r->layout);
	struct nf_strbuf *s = &o->text;

	if (texts == NULL) {
		o->failed = true;
		return;
	}
	LIT(s, "{\"offset\":");
	nf_sb_u64(s, r->offset);
	NUMBER(s, "length", r->length);
	LIT(s, ",\"fields\":[");
	for (unsigned i = 0; i < r->layout->nfields; i++) {
		layouts_head(s, texts, i);
		json_field(o, r, i, lists);
	}
	nf_sb_str(s, r->layout->nfields > 0 ? "}]}" : "]}");
}

void json_list(struct out *o, const struct nf_field *f, const struct nf_list_ctx *lists)
{
	list(o, f, lists);
}
