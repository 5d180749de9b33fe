/*
 * The records of a set as lines of a tree, without gutter and colour: what is written most.  See
 * sheet.h.
 */
#include <config.h>

#include "out/detail.h"

#include "ie/times.h"

enum { WIDTH = 48 };

struct sheet_plan *detail_plan(const struct layouts_entry *e)
{
	struct sheet_draft d;

	sheet_draft_open(&d, e, WIDTH);
	for (unsigned i = 0; i < e->layout->nfields; i++) {
		const struct layouts_text *t = &e->fields[i];
		bool chosen = t->remark == DETAIL_PLURAL || t->remark == DETAIL_LABEL;

		nf_sb_str(&d.text, "      ");
		layouts_head(&d.text, e, i);
		if (t->remark == DETAIL_OTHER || t->op == LAYOUTS_OTHER) {
			sheet_draft_ask(&d, i, DETAIL_OTHER);
		} else {
			sheet_draft_field(&d, i, chosen);
			if (!chosen)
				layouts_tail(&d.text, e, i);
			if (t->remark == DETAIL_UPTIME)
				sheet_draft_ask(&d, i, DETAIL_UPTIME);
		}
		nf_sb_char(&d.text, '\n');
	}
	return sheet_draft_close(&d);
}

struct place {
	struct detail *d;
	const struct layouts_entry *texts;
};

/*
 * What stands behind the numbers of a column, where it is one of a few texts.  Flows of another
 * protocol have zeros in ICMP fields, which have no label then.
 */
static void remarks_of(void *ctx, unsigned field, const uint64_t *v, unsigned n,
		       struct sheet_remark *remarks)
{
	const struct place *at = ctx;
	const struct layouts_text *t = &at->texts->fields[field];
	const struct nf_fielddef *def = &at->texts->layout->fields[field];
	const struct nf_rec *recs = at->d->o->sheet.recs;
	struct out *o = at->d->o;
	uint64_t protocol;

	if (t->remark != DETAIL_LABEL) {	/* " packets", " packet" */
		for (unsigned i = 0; i < n; i++)
			remarks[i] = (struct sheet_remark){
				at->texts->texts + t->tail, t->end - t->tail - (v[i] == 1) };
		return;
	}
	labels_of(&o->labels, &o->text, def->ie->labels, def->length, v, n, remarks);
	for (unsigned i = 0; t->protocol != 0 && i < n; i++)
		if (nf_slot(&recs[i], NF_ROLE_PROTOCOL, &protocol) && protocol != t->protocol)
			remarks[i] = (struct sheet_remark){ at->texts->texts, 0 };
}

void detail_fill(struct detail *d)
{
	struct sheet *sheet = &d->o->sheet;
	struct place at = { .d = d };

	if (sheet->rows.n == 0)
		return;
	at.texts = layouts_get(&d->o->layouts, sheet->recs->layout);
	sheet_fill(sheet, remarks_of, &at);
}

/* What takes a string buffer, P being where the text ends; NULL if there is no room for more. */
__attribute__((noinline))
static char *slow(const struct place *at, unsigned field, char *p)
{
	struct detail *d = at->d;
	struct nf_field f = nf_field(d->rec, field);
	struct nf_strbuf *s = &d->o->text;

	s->n = (size_t)(p - s->p);
	detail_value(d, &f, at->texts, field);
	return nf_sb_room(s, at->texts->plan->room) ? s->p + s->n : NULL;
}

/* The same of the label of a number. */
__attribute__((noinline))
static char *slow_label(const struct place *at, unsigned field, char *p)
{
	struct detail *d = at->d;
	struct nf_field f = nf_field(d->rec, field);
	struct nf_strbuf *s = &d->o->text;

	s->n = (size_t)(p - s->p);
	if (detail_is_labelled(d, f.def->ie))
		labels_append(&d->o->labels, s, f.def->ie->labels, f.value);
	return nf_sb_room(s, at->texts->plan->room) ? s->p + s->n : NULL;
}

/* The remark on the value that was written from FROM to P, one record's; NULL as SLOW says it. */
static inline char *put_remark(const struct place *at, unsigned field, char *from, char *p,
			       const uint8_t *octets)
{
	const struct layouts_text *t = &at->texts->fields[field];
	const struct nf_fielddef *def = &at->texts->layout->fields[field];
	const struct labels_slot *slot;
	uint64_t v;

	if (t->remark != DETAIL_LABEL) {
		memcpy(p, at->texts->texts + t->tail, SHEET_REMARK);
		return p + (t->end - t->tail) - (p == from + 1 && *from == '1');
	}
	v = nf_ben(octets, def->length);
	slot = labels_slot(&at->d->o->labels, def->ie->labels, v, def->length);
	if (t->protocol != 0 || !labels_is(slot, def->ie->labels, v, def->length))
		return slow_label(at, field, p);
	memcpy(p, slot->text, LABELS_TEXT);
	return p + slot->n;
}

/* The value of a step that is no cell, and the remark on it. */
static inline char *put_value(const struct place *at, const struct sheet_step *step, char *p)
{
	struct detail *d = at->d;
	const uint8_t *octets = d->rec->p + step->offset + d->rec->shift[step->nvar];
	char *end = p;

	if (step->op < LAYOUTS_MS)
		end = layouts_put_op(p, (enum layouts_op)step->op, step->length, octets);
	else if (step->op == LAYOUTS_MS)
		end = layouts_put_ms(p, octets, false, &d->o->time);
	else if (step->how == DETAIL_UPTIME)
		return d->msg->version != 10 ? detail_put_uptime(p, d, nf_be32(octets)) : p;
	if (end == p)
		return slow(at, step->field, p);
	return step->remark ? put_remark(at, step->field, p, end, octets) : end;
}

NF_CELLS_WIDE __attribute__((noinline))
static struct sheet_at run(const struct sheet_row *cells, struct sheet_at at)
{
	return sheet_run(cells, at, WIDTH, true);
}

__attribute__((always_inline))
static inline char *put_row(const struct place *place, unsigned i, char *p, bool filled)
{
	const struct sheet *sheet = &place->d->o->sheet;
	const struct sheet_row cells = sheet_row(sheet, i);
	struct sheet_at at = { .step = sheet->plan->steps, .p = p };

	for (;; at.step++) {
		if (filled)
			at = run(&cells, at);
		else
			at.p = sheet_put_text(at.p, at.step, WIDTH, false);
		if (at.step->op == SHEET_END)
			return at.p;
		if (at.step->op != SHEET_MORE && (at.p = put_value(place, at.step, at.p)) == NULL)
			return NULL;
	}
}

NF_CELLS_WIDE static char *put_filled(const struct place *at, unsigned i, char *p)
{
	return put_row(at, i, p, true);
}

static char *put_in_place(const struct place *at, unsigned i, char *p)
{
	return put_row(at, i, p, false);
}

void detail_row(struct detail *d, unsigned row)
{
	const struct sheet *sheet = &d->o->sheet;
	struct nf_strbuf *s = &d->o->text;
	struct place at = { .d = d };
	char *p;

	if (!nf_sb_room(s, sheet->plan->room))
		return;
	d->rec = &sheet->recs[row];
	at.texts = layouts_get(&d->o->layouts, d->rec->layout);
	p = s->p + s->n;
	p = sheet->filled ? put_filled(&at, row, p) : put_in_place(&at, row, p);
	if (p != NULL)
		s->n = (size_t)(p - s->p);
	d->rec = NULL;
}
