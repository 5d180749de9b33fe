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

/* All of a field but the text before its value. */
static void field(struct out *o, const struct nf_rec *r, unsigned i,
		  const struct nf_list_ctx *lists)
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
		field(o, r, i, lists);
	}
	nf_sb_str(s, r->layout->nfields > 0 ? "}]}" : "]}");
}

void json_list(struct out *o, const struct nf_field *f, const struct nf_list_ctx *lists)
{
	list(o, f, lists);
}

/* -- Records together ----------------------------------------------------------------- */

enum { WIDTH = 64 };

/* What a format is asked for: a field, or the length of the record. */
enum how { FIELD, LENGTH };

static const char offset_key[16] = ",\"offset\":";

/* Behind the value of a field its offset is written: see row. */
static void plan(struct sheet_draft *d, const struct layouts_entry *e)
{
	struct nf_strbuf *s = &d->text;

	LIT(s, ",\"length\":");
	if (e->layout->nvar == 0)
		nf_sb_u64(s, e->layout->min_len);
	else
		sheet_draft_ask(d, 0, LENGTH);
	LIT(s, ",\"fields\":[");
	for (unsigned i = 0; i < e->layout->nfields; i++) {
		enum layouts_op op = e->fields[i].op;

		layouts_head(s, e, i);
		if (op >= LAYOUTS_MS) {
			sheet_draft_ask(d, i, FIELD);
			continue;
		}
		nf_sb_str(s, layouts_quoted(op) ? "\"" : "");
		sheet_draft_field(d, i, false);
		layouts_tail(s, e, i);
	}
	nf_sb_str(s, e->layout->nfields > 0 ? "}]}" : "]}");
}

const struct layouts_texts json_texts = {
	.head = head, .tail = tail, .plan = plan, .width = WIDTH,
};

struct place {
	struct out *o;
	const struct layouts_entry *texts;
	const struct nf_list_ctx *lists;
};

/*
 * Offsets ascend, and most have the same number of digits as the one before: how many, up to
 * where that holds, and how far four digits are then to be shifted.
 */
struct offsets {
	uint32_t limit;			/* below it, and not below a tenth of it */
	uint32_t digits, bits;
};

static struct offsets offsets_to(uint32_t offset)
{
	struct offsets o = { .limit = 10, .digits = 1 };

	for (; offset >= o.limit && o.digits < 4; o.digits++)
		o.limit *= 10;
	o.bits = 32 - 8 * o.digits;
	return o;
}

/* ,"offset":123 */
static inline char *put_offset(char *p, uint32_t offset, struct offsets *o)
{
	uint32_t digits;

	memcpy(p, offset_key, sizeof(offset_key));
	p += strlen(offset_key);
	if (__builtin_expect(offset >= o->limit, 0)) {
		*o = offsets_to(offset);
		if (offset >= o->limit)
			return nf_put_upto8(p, offset);
	}
	digits = nf_four_from(offset, o->bits);
	memcpy(p, &digits, sizeof(digits));
	return p + o->digits;
}

/* The length of a record, or all of a field, P being where the text ends; NULL: no room is left. */
__attribute__((noinline))
static char *ask(const struct place *at, const struct sheet_step *step, const struct nf_rec *r,
		 char *p)
{
	const struct layouts_text *t = &at->texts->fields[step->field];
	uint32_t offset = t->offset + r->shift[t->nvar];
	struct offsets offsets = { .limit = 0 };
	struct nf_strbuf *s = &at->o->text;
	char *end = p;

	if (step->how == LENGTH)
		return nf_put_u32(p, r->length);
	if (t->op == LAYOUTS_MS)
		end = layouts_put_ms(p, r->p + offset, true, &at->o->time);
	if (end != p) {
		p = put_offset(end, r->offset + offset, &offsets);
		return layouts_put(p, at->texts->texts + t->tail, t->end - t->tail);
	}
	s->n = (size_t)(p - s->p);
	field(at->o, r, step->field, at->lists);
	return nf_sb_room(s, at->texts->plan->room) ? s->p + s->n : NULL;
}

/* A record from its length on, P being where the text ends; NULL if there is no room for more. */
__attribute__((always_inline))
static inline char *row(const struct place *at, unsigned i, char *p, bool filled)
{
	const struct sheet *sheet = &at->o->sheet;
	const struct sheet_row cells = sheet_row(sheet, i);
	const struct nf_rec *r = &sheet->recs[i];
	const uint32_t offset = r->offset;
	const uint8_t *octets = r->p;
	const uint16_t *shift = r->shift;
	struct offsets offsets = offsets_to(offset);

	for (const struct sheet_step *step = sheet->plan->steps;; step++) {
		char *from = p = sheet_put_text(p, step, WIDTH, filled);

		if (filled && step->cells != SHEET_NONE)
			p = sheet_put_cell(p, step, &cells);
		if (p == from) {
			if (step->op >= SHEET_ASK) {
				if (step->op == SHEET_END)
					return p;
				if (step->op == SHEET_ASK && (p = ask(at, step, r, p)) == NULL)
					return NULL;
				continue;
			}
			p = layouts_put_op(p, (enum layouts_op)step->op, step->length,
					   octets + step->offset + shift[step->nvar]);
		}
		*p = '"';
		p += step->quoted;
		p = put_offset(p, offset + step->offset + shift[step->nvar], &offsets);
	}
}

NF_CELLS_WIDE static char *row_filled(const struct place *at, unsigned i, char *p)
{
	return row(at, i, p, true);
}

static char *row_in_place(const struct place *at, unsigned i, char *p)
{
	return row(at, i, p, false);
}

void json_rows(struct out *o, const struct nf_list_ctx *lists, uint32_t *items)
{
	struct sheet *sheet = &o->sheet;
	struct place at = { .o = o, .lists = lists };
	struct nf_strbuf *s = &o->text;

	if (sheet->rows.n == 0)
		return;
	at.texts = layouts_get(&o->layouts, sheet->recs->layout);
	sheet_fill(sheet, NULL, NULL);
	for (unsigned i = 0; i < sheet->rows.n; i++) {
		char *p;

		if (!nf_sb_room(s, sheet->plan->room + SHEET_ROOM))
			return;
		p = s->p + s->n;
		*p = ',';
		p += (*items)++ > 0;
		p = PUT(p, "{\"offset\":");
		p = nf_put_u32(p, sheet->recs[i].offset);
		p = sheet->filled ? row_filled(&at, i, p) : row_in_place(&at, i, p);
		if (p == NULL)
			return;
		s->n = (size_t)(p - s->p);
	}
}
