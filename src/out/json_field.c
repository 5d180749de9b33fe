/*
 * Records and their fields in JSON: the hot path.  All but the values and offsets is
 * text that the layout cache holds.
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

/*
 * The brace that closes a field begins the text of the next one, so that the text from one
 * value's offset to the next value is one piece.
 */
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

const struct layouts_texts json_texts = { .head = head, .tail = tail };

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

static const char offset_key[16] = ",\"offset\":";

/*
 * Offsets ascend, and most have the same number of digits as the one before: how many, up to
 * where that holds.
 */
struct offsets {
	uint32_t limit;			/* below it, and not below a tenth of it */
	uint32_t digits;
};

static struct offsets offsets_to(uint32_t offset)
{
	struct offsets o = { .limit = 10, .digits = 1 };

	for (; offset >= o.limit && o.digits < 4; o.digits++)
		o.limit *= 10;
	return o;
}

/* ,"offset":123 */
static inline char *put_offset(char *p, uint32_t offset, struct offsets *o)
{
	memcpy(p, offset_key, sizeof(offset_key));
	p += strlen(offset_key);
	if (__builtin_expect(offset >= o->limit, 0)) {
		*o = offsets_to(offset);
		if (offset >= o->limit)
			return nf_put_upto8(p, offset);
	}
	return nf_put_last(p, offset, o->digits);
}

/*
 * A field that takes more than a number in place, P being where the text ends.  Returns where
 * it then does, the head of the next field included; NULL if there is no room for more.
 */
static char *slow_field(struct out *o, char *p, const struct nf_rec *r,
			const struct layouts_entry *texts, unsigned i,
			const struct nf_list_ctx *lists)
{
	const struct layouts_text *t = &texts->fields[i];
	struct nf_strbuf *s = &o->text;
	struct nf_field f = nf_field(r, i);
	struct offsets offsets = offsets_to(f.offset);
	bool raw;

	s->n = (size_t)(p - s->p);
	raw = !value_or_list(o, &f, lists) || o->opts.raw;
	if (!nf_sb_room(s, texts->room))
		return NULL;
	p = put_offset(s->p + s->n, f.offset, &offsets);
	if (f.prefix == 0 && !raw)
		return layouts_put(p, t->after, t->nafter);
	s->n = (size_t)(layouts_put(p, texts->texts + t->tail, t->end - t->tail) - s->p);
	if (f.prefix != 0) {
		KEY(s, "length");
		nf_sb_u64(s, f.value.n);
		KEY(s, "prefix");
		nf_sb_u64(s, f.prefix);
	}
	if (raw)
		json_raw(o, f.value);
	if (!nf_sb_room(s, texts->room))
		return NULL;
	return layouts_put(s->p + s->n, texts->texts + t->end,
			   t->nafter - (t->end - t->tail));
}

/*
 * Each value with its offset and the text up to the next one, P being where the text ends; the
 * common ones in place.  What the loop needs stands in variables of its own: text may, for all
 * a compiler knows, be written over what pointers lead to.
 */
static char *fields(struct out *o, char *p, const struct nf_rec *r,
		    const struct layouts_entry *texts, const struct nf_list_ctx *lists)
{
	const struct layouts_text *t = texts->fields, *end = t + r->layout->nfields;
	const uint8_t *octets = r->p;
	const uint16_t *shift = r->shift;
	const uint32_t offset = r->offset;
	struct nf_time_cache *const time = &o->time;
	struct offsets offsets = offsets_to(offset);

	for (; t < end; t++) {
		uint32_t at = t->offset + shift[t->nvar];

		char *from = p;

		if (t->op < LAYOUTS_MS)
			p = layouts_put_value(p, t, octets + at, true);
		else if (t->op == LAYOUTS_MS)
			p = layouts_put_ms(p, octets + at, true, time);
		if (p == from) {
			p = slow_field(o, p, r, texts, (unsigned)(t - texts->fields), lists);
			if (p == NULL)
				return NULL;
			continue;
		}
		p = put_offset(p, offset + at, &offsets);
		p = layouts_put(p, t->after, t->nafter);
	}
	return p;
}

/* With --raw, every field takes the slow way. */
static char *raw_fields(struct out *o, char *p, const struct nf_rec *r,
			const struct layouts_entry *texts, const struct nf_list_ctx *lists)
{
	for (unsigned i = 0; p != NULL && i < r->layout->nfields; i++)
		p = slow_field(o, p, r, texts, i, lists);
	return p;
}

void json_record(struct out *o, const struct nf_rec *r, const struct nf_list_ctx *lists)
{
	const struct layouts_entry *texts = layouts_get(&o->layouts, r->layout);
	struct nf_strbuf *s = &o->text;
	char *p;

	if (texts == NULL) {
		o->failed = true;
		return;
	}
	if (!nf_sb_room(s, texts->room))
		return;
	p = PUT(s->p + s->n, "{\"offset\":");
	p = nf_put_u32(p, r->offset);
	p = PUT(p, ",\"length\":");
	p = nf_put_u32(p, r->length);
	p = PUT(p, ",\"fields\":[");
	if (r->layout->nfields > 0) {
		p = layouts_put(p, texts->texts, texts->fields[0].tail);
		p = o->opts.raw ? raw_fields(o, p, r, texts, lists) :
				  fields(o, p, r, texts, lists);
		if (p == NULL)
			return;
		*p++ = '}';
	}
	p = PUT(p, "]}");
	s->n = (size_t)(p - s->p);
}

void json_list(struct out *o, const struct nf_field *f, const struct nf_list_ctx *lists)
{
	list(o, f, lists);
}
