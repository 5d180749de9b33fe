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

static void uptime(struct detail *d, const struct nf_field *f)
{
	struct nf_strbuf *s = &d->o->text;

	if (f->value.n != 4 || !nf_sb_room(s, LAYOUTS_ROOM))
		return;
	s->n = (size_t)(sheet_put_uptime(s->p + s->n, &d->clock, nf_be32(f->value.p)) - s->p);
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

bool detail_is_labelled(const struct detail *d, const struct nf_ie *ie)
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

	if (detail_is_labelled(d, ie))
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

void detail_value(struct detail *d, const struct nf_field *f, const struct layouts_entry *texts,
		  unsigned i)
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
	detail_value(d, f, texts, i);
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

static unsigned remark_of(const struct nf_layout *layout, unsigned i)
{
	const struct nf_fielddef *def = &layout->fields[i];
	const struct nf_ie *ie = def->ie;
	const char *units = units_of(ie);
	bool uptime = ie->role == NF_ROLE_FIRST_UPTIME || ie->role == NF_ROLE_LAST_UPTIME;
	bool plural = units != NULL && is_plural(units + strlen(units), strlen(units) + 1);

	if (def->scope || (ie->labels != NULL && (uptime || units != NULL)) ||
	    (plural && strlen(units) >= SHEET_UNITS))
		return DETAIL_OTHER;
	if (ie->labels != NULL)
		return def->length <= 8 ? DETAIL_LABEL : DETAIL_OTHER;
	if (is_header_time(ie))
		return def->length == 4 && !plural ? DETAIL_SECONDS : DETAIL_OTHER;
	if (uptime)
		return def->length == 4 && !plural ? DETAIL_UPTIME : DETAIL_OTHER;
	return plural ? DETAIL_PLURAL : DETAIL_NONE;
}

const struct layouts_texts detail_texts = {
	.head = head, .tail = tail, .remark = remark_of, .plan = detail_plan,
};

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
