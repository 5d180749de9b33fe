/*
 * Records in JSON, those of a set together: the hot path.  All but the values and their offsets is
 * text of a plan.
 */
#include <config.h>

#include "out/json.h"

enum { WIDTH = 64 };

/* What a format is asked for: a field, or the length of the record. */
enum how { FIELD, LENGTH };

/* Behind a number, and behind the quote that ends a text. */
static const char offset_keys[2][16] = { ",\"offset\":", "\",\"offset\":" };

/* Behind the value of a field its offset is written: see row. */
struct sheet_plan *json_plan(const struct layouts_entry *e, struct memos *memos)
{
	struct sheet_draft d;
	struct nf_strbuf *s = &d.text;

	(void)memos;
	sheet_draft_open(&d, e, WIDTH, NULL);
	d.quotes = true;
	LIT(s, ",\"length\":");
	if (e->layout->nvar == 0)
		nf_sb_u64(s, e->layout->min_len);
	else
		sheet_draft_ask(&d, 0, LENGTH);
	LIT(s, ",\"fields\":[");
	for (unsigned i = 0; i < e->layout->nfields; i++) {
		enum layouts_op op = e->fields[i].op;

		layouts_head(s, e, i);
		if (op > LAYOUTS_MS) {
			sheet_draft_ask(&d, i, FIELD);
			continue;
		}
		nf_sb_str(s, layouts_quoted(op) ? "\"" : "");
		sheet_draft_field(&d, i);
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

/* ,"offset":123, the value before it being QUOTED or not */
static inline char *put_offset(char *p, bool quoted, uint32_t offset, struct offsets *o)
{
	uint32_t digits;

	memcpy(p, offset_keys[quoted], sizeof(offset_keys[quoted]));
	p += strlen(offset_keys[0]) + quoted;
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
	struct nf_strbuf *s = &at->o->text;

	if (step->op == SHEET_ASK && step->how == LENGTH)
		return nf_put_u32(p, r->length);
	s->n = (size_t)(p - s->p);
	json_field(at->o, r, step->field, at->lists);
	return nf_sb_room(s, at->texts->plan->room) ? s->p + s->n : NULL;
}

/* Octets of the text behind STEP that were written with it once it was asked for. */
static size_t tail_of(const struct place *at, const struct sheet_step *step)
{
	const struct layouts_text *t = &at->texts->fields[step->field];

	return step->op == LAYOUTS_MS ? t->end - t->tail : 0;
}

/* The value of a step that is no cell; P where it is to be asked for. */
static inline char *put_value(const struct place *at, const struct sheet_step *step,
			      const struct nf_rec *r, char *p)
{
	const uint8_t *octets = r->p + step->offset + r->shift[step->nvar];

	if (step->op < LAYOUTS_MS)
		return layouts_put_op(p, (enum layouts_op)step->op, step->length, octets);
	if (step->op == LAYOUTS_MS)
		return layouts_put_ms(p, nf_be64(octets), true, &at->o->time);
	return p;
}

/* A record from its length on, P being where the text ends; NULL if there is no room for more. */
__attribute__((always_inline))
static inline char *row(const struct place *at, unsigned i, char *p, bool filled)
{
	const struct sheet *sheet = &at->o->sheet;
	const struct sheet_row cells = sheet_row(sheet, i);
	const struct nf_rec *r = &sheet->recs[i];
	const struct sheet_step *step = sheet->plan->steps;
	const uint32_t offset = r->offset;
	const uint16_t *shift = r->shift;
	struct offsets offsets = offsets_to(offset);

	p = sheet_put_text(p, step, WIDTH, filled);
	for (;;) {
		char *from = p;

		if (filled && step->cell != SHEET_NONE)
			p = sheet_put_cell(p, step, &cells);
		else if (filled && step->source == SHEET_LONG_CELL)
			p = sheet_put_long(p, step, &cells);
		if (p == from && step->op < SHEET_MORE)
			p = put_value(at, step, r, p);
		if (p != from) {
			p = put_offset(p, step->quoted,
				       offset + step->offset + shift[step->nvar], &offsets);
		} else if (step->op == SHEET_END) {
			return p;
		} else if (step->op != SHEET_MORE) {
			const size_t said = tail_of(at, step);

			p = ask(at, step, r, p);
			if (p == NULL)
				return NULL;
			step++;
			p = sheet_put(p, step->text + said, step->n - said, filled);
			continue;
		}
		p = sheet_put_text(p, ++step, WIDTH, filled);
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
	sheet_fill(sheet, &(struct sheet_clock){ .cache = &o->time });
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
