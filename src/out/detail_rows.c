/*
 * The records of a set as lines of a tree, without gutter and colour: what is written most.  See
 * sheet.h.
 */
#include <config.h>

#include "out/detail.h"

#include "ie/times.h"

enum { WIDTH = 40 };

struct sheet_plan *detail_plan(const struct layouts_entry *e, struct memos *memos)
{
	const bool header = e->layout->kind == NF_LAYOUT_HEADER;
	struct sheet_draft d;

	sheet_draft_open(&d, e, WIDTH, memos);
	for (unsigned i = 0; i < e->layout->nfields; i++) {
		const struct layouts_text *t = &e->fields[i];
		bool plural = t->remark == DETAIL_PLURAL;

		nf_sb_str(&d.text, header ? "    " : "      ");
		layouts_head(&d.text, e, i);
		if (t->remark == DETAIL_OTHER || t->op == LAYOUTS_OTHER) {
			sheet_draft_ask(&d, i, DETAIL_OTHER);
		} else if (t->remark == DETAIL_LABEL && t->protocol != 0) {
			if (t->op <= LAYOUTS_UN)
				sheet_draft_icmp(&d, i, DETAIL_ICMP);
			else
				sheet_draft_ask(&d, i, DETAIL_ICMP);
		} else if (t->remark == DETAIL_LABEL || (plural && t->op == LAYOUTS_U8)) {
			sheet_draft_memo(&d, i, DETAIL_OTHER);
		} else {
			sheet_draft_field(&d, i);
			layouts_tail(&d.text, e, i);
			if (plural)
				sheet_draft_units(&d);
			if (t->remark == DETAIL_UPTIME)
				sheet_draft_uptime(&d, i, DETAIL_UPTIME);
			if (t->remark == DETAIL_SECONDS)
				sheet_draft_ask(&d, i, DETAIL_SECONDS);
		}
		nf_sb_char(&d.text, '\n');
	}
	return sheet_draft_close(&d);
}

struct place {
	struct detail *d;
	const struct layouts_entry *texts;
};

void detail_fill(struct detail *d)
{
	sheet_fill(&d->o->sheet, &d->clock);
}

/* What takes a string buffer, P being where the text ends; NULL if there is no room for more. */
__attribute__((noinline))
static char *slow(const struct place *at, const struct sheet_step *step, char *p)
{
	struct detail *d = at->d;
	struct nf_field f = nf_field(d->rec, step->field);
	struct nf_strbuf *s = &d->o->text;
	const size_t from = (size_t)(p - s->p);

	s->n = from;
	detail_value(d, &f, at->texts, step->field);
	if (!nf_sb_room(s, at->texts->plan->room))
		return NULL;
	if (step->source == SHEET_MEMO && !s->failed) {
		const struct sheet_memo *m = &at->texts->plan->memos[step->other];

		memo_keep(m->memo, sheet_memo_value(m, d->rec), s->p + from, s->n - from);
	}
	return s->p + s->n;
}

/* The number of a field whose label is for another protocol; P where it may be for this one. */
__attribute__((noinline))
static char *put_unlabelled(const struct place *at, const struct sheet_step *step, char *p,
			    const uint8_t *octets)
{
	const struct layouts_text *t = &at->texts->fields[step->field];
	uint64_t protocol;

	if (nf_slot(at->d->rec, NF_ROLE_PROTOCOL, &protocol) && protocol != t->protocol)
		return layouts_put_value(p, t, octets);
	return p;
}

/* " = 2023-01-01T01:00:05Z" */
static char *put_seconds(char *p, uint32_t seconds, struct nf_time_cache *cache)
{
	const struct nf_instant t = { .second = seconds };

	memcpy(p, " = ", 3);
	return nf_put_instant(p + 3, &t, 0, cache);
}

/* The value of a step that is no cell, and its units; NULL as SLOW says it. */
static inline char *put_value(const struct place *at, const struct sheet_step *step, char *p)
{
	struct detail *d = at->d;
	const uint8_t *octets = d->rec->p + step->offset + d->rec->shift[step->nvar];
	char *end = p;

	if (step->op < LAYOUTS_MS)
		end = layouts_put_op(p, (enum layouts_op)step->op, step->length, octets);
	else if (step->op == LAYOUTS_MS)
		end = layouts_put_ms(p, nf_be64(octets), false, &d->o->time);
	else if (step->op == LAYOUTS_STRING)
		end = layouts_put_string(p, octets, step->length, false);
	else if (step->how == DETAIL_SECONDS)
		return put_seconds(p, nf_be32(octets), &d->o->time);
	else if (step->how == DETAIL_UPTIME)
		return sheet_put_uptime(p, &d->clock, nf_be32(octets));
	else if (step->how == DETAIL_ICMP)
		end = put_unlabelled(at, step, p, octets);
	else if (step->source == SHEET_MEMO)
		end = sheet_put_memo(p, &at->texts->plan->memos[step->other], d->rec, false);
	if (end == p)
		return slow(at, step, p);
	if (step->units > 0)
		return sheet_put_units(end, step, end == p + 1 && *p == '1');
	return end;
}

NF_CELLS_WIDE __attribute__((noinline))
static struct sheet_at run(const struct sheet_row *cells, struct sheet_at at)
{
	return sheet_run(cells, at, WIDTH, true);
}

/* A record's fields from P on; those of CELLS, where they are FILLED. */
__attribute__((always_inline))
static inline char *put_fields(const struct place *place, const struct sheet_row *cells, char *p,
			       bool filled)
{
	struct sheet_at at = { .step = place->texts->plan->steps, .p = p };

	for (;; at.step++) {
		if (filled)
			at = run(cells, at);
		else
			at.p = sheet_put_text(at.p, at.step, WIDTH, false);
		if (at.step->op == SHEET_END)
			return at.p;
		if (at.step->op != SHEET_MORE && (at.p = put_value(place, at.step, at.p)) == NULL)
			return NULL;
	}
}

NF_CELLS_WIDE static char *put_filled(const struct place *at, unsigned row, char *p)
{
	const struct sheet_row cells = sheet_row(&at->d->o->sheet, row);

	return put_fields(at, &cells, p, true);
}

static char *put_in_place(const struct place *at, char *p)
{
	return put_fields(at, NULL, p, false);
}

/* "    Flow 1" */
static char *put_line(struct detail *d, char *p)
{
	memcpy(p, d->noun, DETAIL_NOUN);
	p = nf_put_u32(p + d->noun_len, (uint32_t)++d->records);
	*p++ = '\n';
	return p;
}

/* The lines of a record, that of a ROW of the sheet, or of a header. */
static void put(struct detail *d, const struct nf_rec *rec, const unsigned *row)
{
	struct nf_strbuf *s = &d->o->text;
	struct place at = { .d = d, .texts = layouts_get(&d->o->layouts, rec->layout) };
	char *p;

	if (at.texts == NULL) {
		d->o->failed = true;
		return;
	}
	if (!nf_sb_room(s, at.texts->plan->room + SHEET_ROOM))
		return;
	d->rec = rec;
	p = s->p + s->n;
	if (row != NULL)
		p = put_line(d, p);
	p = row != NULL && d->o->sheet.filled ? put_filled(&at, *row, p) : put_in_place(&at, p);
	if (p != NULL)
		s->n = (size_t)(p - s->p);
	d->rec = NULL;
}

void detail_row(struct detail *d, unsigned row)
{
	put(d, &d->o->sheet.recs[row], &row);
}

void detail_header(struct detail *d, const struct nf_rec *header)
{
	put(d, header, NULL);
}
