/*
 * Records in JSON, those of a set together: the hot path.  All but the values and their offsets is
 * text of a plan.
 */
#include <config.h>

#include "out/json.h"

enum { WIDTH = 64 };

/* What a format is asked for: a field, or the length of the record. */
enum how { FIELD, LENGTH };

static const char offset_key[16] = ",\"offset\":";

/* Behind the value of a field its offset is written: see row. */
struct sheet_plan *json_plan(const struct layouts_entry *e)
{
	struct sheet_draft d;
	struct nf_strbuf *s = &d.text;

	sheet_draft_open(&d, e, WIDTH);
	LIT(s, ",\"length\":");
	if (e->layout->nvar == 0)
		nf_sb_u64(s, e->layout->min_len);
	else
		sheet_draft_ask(&d, 0, LENGTH);
	LIT(s, ",\"fields\":[");
	for (unsigned i = 0; i < e->layout->nfields; i++) {
		enum layouts_op op = e->fields[i].op;

		layouts_head(s, e, i);
		if (op >= LAYOUTS_MS) {
			sheet_draft_ask(&d, i, FIELD);
			continue;
		}
		nf_sb_str(s, layouts_quoted(op) ? "\"" : "");
		sheet_draft_field(&d, i, false);
		layouts_tail(s, e, i);
	}
	nf_sb_str(s, e->layout->nfields > 0 ? "}]}" : "]}");
	return sheet_draft_close(&d);
}

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
	json_field(at->o, r, step->field, at->lists);
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
