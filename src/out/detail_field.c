#include <config.h>

#include "out/detail.h"

#include "ie/times.h"
#include "out/style.h"

/* The name in its column. */
static void name(struct nf_strbuf *s, const struct nf_ie *ie)
{
	size_t from = s->n;

	nf_ie_name(s, ie);
	if (s->n - from < DETAIL_NAME)
		nf_sb_pad(s, ' ', DETAIL_NAME - (s->n - from));
	nf_sb_char(s, ' ');
}

static void head(struct nf_strbuf *s, const struct nf_layout *layout, unsigned i)
{
	name(s, layout->fields[i].ie);
}

/* Times are shown as such: what they count does not matter. */
static bool is_time(uint8_t type)
{
	return type >= NF_TYPE_SECONDS && type <= NF_TYPE_NANOSECONDS;
}

/* Units as engineers write them, where IANA's registry spells them out. */
static const char *units_of(const struct nf_ie *ie)
{
	static const char *const shorter[][2] = {
		{ "seconds", "s" },
		{ "milliseconds", "ms" },
		{ "microseconds", "us" },
		{ "nanoseconds", "ns" },
	};

	if (ie->units == NULL || is_time(ie->type))
		return NULL;
	for (unsigned i = 0; i < sizeof(shorter) / sizeof(shorter[0]); i++)
		if (strcmp(ie->units, shorter[i][0]) == 0)
			return shorter[i][1];
	return ie->units;
}

static void tail(struct nf_strbuf *s, const struct nf_layout *layout, unsigned i)
{
	const char *units = units_of(layout->fields[i].ie);

	if (units == NULL)
		return;
	nf_sb_char(s, ' ');
	nf_sb_str(s, units);
}

/* Are units that end at END and take N octets, blank and all, a plural?  " ms" is none. */
static bool is_plural(const char *end, size_t n)
{
	return n > strlen(" ms") && end[-1] == 's';
}

/*
 * Milliseconds of uptime as a time: as long before the export as the header's uptime says,
 * modulo 2^32, or up to 100 s after it (clocks differ).
 */
static char *put_uptime(char *p, struct detail *d, uint32_t uptime_ms)
{
	const struct nf_msg *m = d->msg;
	int64_t age = (uint32_t)(m->uptime_ms - uptime_ms), export_ms;

	if (age > INT64_C(0x100000000) - 100000)
		age -= INT64_C(0x100000000);
	export_ms = (int64_t)m->export_secs * 1000 + m->export_nsecs / 1000000;
	memcpy(p, " = ", 3);
	return nf_put_ms(p + 3, export_ms - age, &d->o->time);
}

static void uptime(struct detail *d, const struct nf_field *f)
{
	struct nf_strbuf *s = &d->o->text;

	if (d->msg->version == 10 || f->value.n != 4 || !nf_sb_room(s, LAYOUTS_ROOM))
		return;
	s->n = (size_t)(put_uptime(s->p + s->n, d, nf_be32(f->value.p)) - s->p);
}

/* Seconds since 1970, in a header. */
static bool is_header_time(const struct nf_ie *ie)
{
	return ie->role == NF_ROLE_NONE && ie->pen == NF_PEN_FIXED && ie->units != NULL &&
	       strcmp(ie->units, "seconds") == 0;
}

static void seconds(struct detail *d, const struct nf_field *f)
{
	nf_sb_str(&d->o->text, " = ");
	nf_time_text(&d->o->text, (int64_t)nf_be32(f->value.p) * 1000000000, 0, &d->o->time);
}

static void value(struct detail *d, const struct nf_field *f)
{
	struct nf_strbuf *s = &d->o->text;

	if (f->value.n == 0)
		nf_sb_str(s, "(empty)");
	else if (f->kind == NF_KIND_UINT && f->value.n <= 8)
		nf_sb_u64(s, f->def->nbits != 0 ? nf_field_uint(f) :
						  nf_ben(f->value.p, f->value.n));
	else
		nf_value_text(s, (enum nf_kind)f->kind, f->value, &d->o->format);
}

/* A flow of another protocol has zeros in its ICMP fields: no "echo reply". */
static bool is_labelled(const struct detail *d, const struct nf_ie *ie)
{
	uint8_t wanted = nf_ie_protocol(ie);
	uint64_t protocol;

	if (ie->labels == NULL)
		return false;
	return wanted == 0 || !nf_slot(d->rec, NF_ROLE_PROTOCOL, &protocol) || protocol == wanted;
}

static void remarks(struct detail *d, const struct nf_field *f)
{
	const struct nf_ie *ie = f->def->ie;

	if (is_labelled(d, ie))
		labels_append(&d->o->labels, &d->o->text, ie->labels, f->value);
	if (ie->role == NF_ROLE_FIRST_UPTIME || ie->role == NF_ROLE_LAST_UPTIME)
		uptime(d, f);
	if (is_header_time(ie) && f->value.n == 4)
		seconds(d, f);
	if (f->def->scope)
		nf_sb_str(&d->o->text, ", scope");
}

/* -- Lists (RFC 6313) ----------------------------------------------------------------- */

static void list(struct detail *d, unsigned depth, const struct nf_field *f,
		 const struct nf_list_ctx *ctx);

static struct nf_span field_span(const struct nf_field *f)
{
	return (struct nf_span){ f->offset - f->prefix, (uint32_t)f->value.n + f->prefix };
}

static void begin_field(struct detail *d, unsigned depth, enum dissection_kind kind,
			const struct nf_field *f, struct nf_span own)
{
	detail_begin(d, depth, kind, own);
	d->line.ie = f->def->ie;
	d->line.value_kind = f->kind;
	d->line.prefix = f->prefix;
	d->line.first_bit = f->def->first_bit;
	d->line.nbits = f->def->nbits;
}

static void elements(struct detail *d, unsigned depth, struct nf_list *l,
		     const struct nf_list_ctx *around)
{
	struct nf_list_ctx inside = *around;
	struct nf_field f;

	inside.depth = l->depth;
	while (nf_list_next_element(l, &f)) {
		if (out_is_list(f.kind)) {
			list(d, depth, &f, &inside);
			continue;
		}
		begin_field(d, depth, DISSECTION_FIELD, &f, field_span(&f));
		value(d, &f);
		remarks(d, &f);
		detail_end(d);
	}
}

static void block(struct detail *d, unsigned depth, struct nf_list *l,
		  const struct nf_list_ctx *around)
{
	struct nf_list_ctx inside = *around;
	struct nf_strbuf *s = &d->o->text;
	struct nf_rec rec;
	uint32_t n = 0;

	d->version = l->resolution.version;
	detail_begin(d, depth, DISSECTION_BLOCK, l->block_head);
	d->line.id = l->template_id;
	nf_sb_printf(s, "records of %u", (unsigned)l->template_id);
	if (l->resolution.layout == NULL) {
		nf_sb_str(s, ", undecoded: ");
		out_words(s, nf_why_not_name((enum nf_why_not)l->resolution.why));
		detail_end(d);
		detail_undecoded(d, depth + 1, l->undecoded);
		return;
	}
	detail_resolution(d, &l->resolution);
	detail_end(d);
	inside.depth = l->depth;
	while (nf_rec_next(&l->recs, &rec)) {
		detail_begin(d, depth, DISSECTION_RECORD, (struct nf_span){ 0, 0 });
		nf_sb_str(s, "Record ");
		nf_sb_u64(s, ++n);
		detail_end(d);
		inside.scratch = nf_rec_scratch(&l->recs);
		detail_fields(d, depth + 1, &rec, &inside);
	}
	if (l->recs.padding.len != 0)
		detail_stretch(d, depth, DISSECTION_PADDING, "Padding", l->recs.padding);
	if (l->recs.malformed.len != 0)
		detail_stretch(d, depth, DISSECTION_MALFORMED, "Malformed", l->recs.malformed);
}

static void list_line(struct detail *d, const struct nf_list *l, const struct nf_field *f)
{
	struct nf_strbuf *s = &d->o->text;
	const char *semantic = nf_list_semantic(l->semantic);

	if (semantic != NULL)
		nf_sb_str(s, semantic);
	else
		nf_sb_printf(s, "semantic %u", (unsigned)l->semantic);
	if (f->kind == NF_KIND_BASIC_LIST) {
		nf_sb_str(s, ", list of ");
		nf_ie_name(s, l->element.ie);
	}
}

/* The rest of a list's line, and the lines of what is in it. */
static void list(struct detail *d, unsigned depth, const struct nf_field *f,
		 const struct nf_list_ctx *ctx)
{
	struct nf_strbuf *s = &d->o->text;
	const struct nf_version *around = d->version;
	struct nf_list l;
	struct nf_span own = field_span(f);
	bool open = nf_list_open(&l, f, ctx);

	if (open)
		own.len = f->prefix + l.head.len;
	begin_field(d, depth, open ? DISSECTION_LIST : DISSECTION_FIELD, f, own);
	style_on(d->o, STYLE_NAME);
	name(s, f->def->ie);
	style_off(d->o);
	if (!open) {
		nf_value_text(s, NF_KIND_OCTETS, f->value, &d->o->format);
		detail_end(d);
		return;
	}
	list_line(d, &l, f);
	detail_end(d);
	if (f->kind == NF_KIND_BASIC_LIST)
		elements(d, depth + 1, &l, ctx);
	else
		while (nf_list_next_block(&l))
			block(d, depth + 1, &l, ctx);
	d->version = around;
	if (l.malformed.len != 0)
		detail_stretch(d, depth + 1, DISSECTION_MALFORMED, "Malformed", l.malformed);
}

/* -- Records -------------------------------------------------------------------------- */

/* A value, its units and what there is to say about it. */
static void whole_value(struct detail *d, const struct nf_field *f,
			const struct layouts_entry *texts, unsigned i)
{
	struct nf_strbuf *s = &d->o->text;

	value(d, f);
	if (f->value.n == 0)
		return;
	layouts_tail(s, texts, i);
	if (f->kind == NF_KIND_UINT && f->value.n <= 8 && !s->failed &&
	    is_plural(s->p + s->n, texts->fields[i].end - texts->fields[i].tail) &&
	    nf_field_uint(f) == 1)
		s->n--;
	remarks(d, f);
}

static void line(struct detail *d, unsigned depth, const struct nf_field *f,
		 const struct layouts_entry *texts, unsigned i)
{
	struct nf_strbuf *s = &d->o->text;

	begin_field(d, depth, DISSECTION_FIELD, f,
		    f->def->overlay ? (struct nf_span){ 0, 0 } : field_span(f));
	d->line.whole = field_span(f);
	style_on(d->o, STYLE_NAME);
	layouts_head(s, texts, i);
	style_off(d->o);
	whole_value(d, f, texts, i);
	detail_end(d);
}

static void any_line(struct detail *d, unsigned depth, const struct nf_rec *r,
		     const struct layouts_entry *texts, unsigned i,
		     const struct nf_list_ctx *lists)
{
	struct nf_field f = nf_field(r, i);

	if (out_is_list(f.kind) && lists != NULL)
		list(d, depth, &f, lists);
	else
		line(d, depth, &f, texts, i);
}

/* What stands behind values and is not the same for all of them. */
enum remark {
	NONE,
	PLURAL,			/* units, in the singular behind a 1 */
	LABEL,
	UPTIME,
	OTHER,
};

static unsigned remark_of(const struct nf_layout *layout, unsigned i)
{
	const struct nf_fielddef *def = &layout->fields[i];
	const struct nf_ie *ie = def->ie;
	const char *units = units_of(ie);
	bool uptime = ie->role == NF_ROLE_FIRST_UPTIME || ie->role == NF_ROLE_LAST_UPTIME;
	bool plural = units != NULL && is_plural(units + strlen(units), strlen(units) + 1);

	if (def->scope || is_header_time(ie) || (ie->labels != NULL && (uptime || units != NULL)) ||
	    (plural && strlen(units) >= SHEET_REMARK))
		return OTHER;
	if (ie->labels != NULL)
		return def->kind == NF_KIND_UINT && def->length <= 8 ? LABEL : OTHER;
	if (uptime)
		return def->length == 4 && !plural ? UPTIME : OTHER;
	return plural ? PLURAL : NONE;
}

void detail_fields(struct detail *d, unsigned depth, const struct nf_rec *r,
		   const struct nf_list_ctx *lists)
{
	const struct layouts_entry *texts = layouts_get(&d->o->layouts, r->layout);
	const struct nf_rec *outer = d->rec;

	if (texts == NULL) {
		d->o->failed = true;
		return;
	}
	d->rec = r;
	for (unsigned i = 0; i < r->layout->nfields; i++)
		any_line(d, depth, r, texts, i, lists);
	d->rec = outer;
}

/* -- Records together ----------------------------------------------------------------- */

enum { WIDTH = 48 };

static void plan(struct sheet_draft *d, const struct layouts_entry *e)
{
	for (unsigned i = 0; i < e->layout->nfields; i++) {
		const struct layouts_text *t = &e->fields[i];
		bool chosen = t->remark == PLURAL || t->remark == LABEL;

		nf_sb_str(&d->text, "      ");
		layouts_head(&d->text, e, i);
		if (t->remark == OTHER || t->op == LAYOUTS_OTHER) {
			sheet_draft_ask(d, i, OTHER);
		} else {
			sheet_draft_field(d, i, chosen);
			if (!chosen)
				layouts_tail(&d->text, e, i);
			if (t->remark == UPTIME)
				sheet_draft_ask(d, i, UPTIME);
		}
		nf_sb_char(&d->text, '\n');
	}
}

const struct layouts_texts detail_texts = {
	.head = head, .tail = tail, .remark = remark_of, .plan = plan, .width = WIDTH,
};

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

	if (t->remark != LABEL) {	/* " packets", " packet" */
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
	whole_value(d, &f, at->texts, field);
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
	if (is_labelled(d, f.def->ie))
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

	if (t->remark != LABEL) {
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
	else if (step->how == UPTIME)
		return d->msg->version != 10 ? put_uptime(p, d, nf_be32(octets)) : p;
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
