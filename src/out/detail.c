/*
 * -o detail (-v): a message as a tree, a line per field; with -x its octets beside it.
 * What is wrong stands below the line that it concerns.
 */
#include <config.h>

#include "out/detail.h"

#include "out/style.h"
#include "out/wrap.h"

static const struct nf_span nothing = { 0, 0 };

/* -- Lines ---------------------------------------------------------------------------- */

void detail_begin(struct detail *d, unsigned depth, enum dissection_kind kind,
		  struct nf_span own)
{
	gutter_line(&d->gutter, depth, own);
	if (d->recorder == NULL)	/* nobody looks at it */
		return;
	d->line = (struct dissection_node){
		.kind = (uint8_t)kind, .depth = (uint8_t)depth, .own = own, .id = d->set_id,
		.record = d->record, .version = d->version, .text = (uint32_t)d->o->text.n,
	};
}

static void recorded(struct detail *d)
{
	struct dissection_node *line = &d->line;
	const struct nf_strbuf *s = &d->o->text;
	size_t end = s->n;

	while (end > line->text && s->p[end - 1] == ' ')
		end--;
	line->text_len = (uint32_t)end - line->text;
	d->recorder->line(d->recorder, line);
}

void detail_end(struct detail *d)
{
	if (d->recorder != NULL)
		recorded(d);
	gutter_end(&d->gutter);
}

static void note(struct detail *d, unsigned depth, const struct nf_problem *p)
{
	const struct nf_problem_row *row = &nf_problem_rows[p->id];
	struct nf_strbuf *s = &d->o->text;
	unsigned indent;
	size_t from;

	detail_begin(d, depth, DISSECTION_PROBLEM, nothing);
	d->line.severity = row->severity;
	d->line.whole = p->span;
	indent = gutter_width(&d->gutter, depth);
	style_on(d->o, style_of(row->severity));
	from = s->n;
	nf_sb_printf(s, "! %s: ", problems_severity(row->severity));
	nf_problem_text(s, p);
	nf_sb_printf(s, " [%s]", row->id);
	wrap_text(d->o, from, indent, indent + 2, WRAP_WORDS);
	style_off(d->o);
	detail_end(d);
}

/* The problems of SPAN that were not shown yet. */
static void notes(struct detail *d, unsigned depth, struct nf_span span)
{
	const struct nf_problem *p;

	while ((p = problems_take(&d->o->problems, span, d->held)) != NULL)
		note(d, depth, p);
}

static void rest_notes(struct detail *d, unsigned depth)
{
	while (d->o->problems.shown < d->o->problems.n)
		note(d, depth, &d->o->problems.v[d->o->problems.shown++]);
}

void detail_stretch(struct detail *d, unsigned depth, enum dissection_kind kind, const char *what,
		    struct nf_span span)
{
	detail_begin(d, depth, kind, span);
	style_on(d->o, STYLE_WARNING);
	nf_sb_str(&d->o->text, what);
	nf_sb_str(&d->o->text, ", ");
	out_count(&d->o->text, span.len, "octet");
	style_off(d->o);
	detail_end(d);
	notes(d, depth + 1, span);
}

void detail_undecoded(struct detail *d, unsigned depth, struct nf_span span)
{
	if (d->plain)
		return;
	detail_begin(d, depth, DISSECTION_UNDECODED, span);
	if (d->recorder != NULL) {
		nf_sb_str(&d->o->text, "Undecoded, ");
		out_count(&d->o->text, span.len, "octet");
	}
	detail_end(d);
}

/* -- Headers -------------------------------------------------------------------------- */

static void head(struct detail *d, const struct nf_datagram *dg, uint32_t offset)
{
	struct out *o = d->o;
	struct nf_strbuf *s = &o->text;
	const char *file = out_file(o, dg->file);

	d->line = (struct dissection_node){
		.kind = DISSECTION_MESSAGE, .record = DISSECTION_NONE, .text = (uint32_t)s->n,
	};
	style_on(o, STYLE_HEAD);
	if (o->opts.nfiles > 1) {
		nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
		nf_sb_str(s, ": ");
	}
	nf_sb_str(s, "Frame ");
	nf_sb_u64(s, dg->frame);
	nf_sb_str(s, "  ");
	nf_time_text(s, dg->ts_ns, dg->ts_fine ? 9 : 6, &o->time);
	nf_sb_str(s, "  ");
	if (dg->src.addr.family != 0) {
		out_endpoint(s, &dg->src);
		nf_sb_str(s, " > ");
		out_endpoint(s, &dg->dst);
		nf_sb_str(s, "  ");
	}
	nf_sb_str(s, out_transport(dg->transport));
	style_off(o);
	if (d->recorder != NULL)
		recorded(d);
	nf_sb_char(s, '\n');
	if (offset == 0)
		return;
	nf_sb_str(s, "  ");
	d->line.kind = DISSECTION_NOTE;
	d->line.depth = 1;
	d->line.text = (uint32_t)s->n;
	nf_sb_printf(s, "at octet %u of the payload", (unsigned)offset);
	if (d->recorder != NULL)
		recorded(d);
	nf_sb_char(s, '\n');
}

/* Is nothing asked for but the text? */
static bool is_text(const struct detail *d)
{
	return d->plain && !d->o->opts.color;
}

static void header(struct detail *d, const struct nf_rec *r)
{
	const struct nf_msg *m = d->msg;

	detail_begin(d, 1, DISSECTION_HEADER, nothing);
	style_on(d->o, STYLE_HEAD);
	nf_sb_str(&d->o->text, m->format->name);
	nf_sb_str(&d->o->text, ", ");
	out_count(&d->o->text, out_length(m), "octet");
	style_off(d->o);
	detail_end(d);
	if (is_text(d))
		detail_header(d, r);
	else
		detail_fields(d, 2, r, NULL);
	notes(d, 2, (struct nf_span){ r->offset, r->length });
}

/* -- Templates ------------------------------------------------------------------------ */

static void spec(struct detail *d, const struct nf_template *t, const struct nf_spec *sp)
{
	const struct nf_ie *ie = nf_spec_ie(t, sp, d->o->registry);
	struct nf_strbuf *s = &d->o->text;
	size_t from;

	detail_begin(d, 3, DISSECTION_SPECIFIER, sp->span);
	d->line.ie = ie;
	style_on(d->o, STYLE_NAME);
	from = s->n;
	if (ie != NULL)
		nf_ie_name(s, ie);
	if (s->n - from < DETAIL_NAME)
		nf_sb_pad(s, ' ', DETAIL_NAME - (s->n - from));
	style_off(d->o);
	nf_sb_char(s, ' ');
	from = s->n;
	if (sp->enterprise) {
		nf_sb_u64(s, sp->pen);
		nf_sb_char(s, '/');
	}
	nf_sb_u64(s, sp->id);
	if (s->n - from < 11)
		nf_sb_pad(s, ' ', 11 - (s->n - from));
	nf_sb_char(s, ' ');
	if (sp->length == NF_VARLEN)
		nf_sb_str(s, "variable");
	else
		out_count(s, sp->length, "octet");
	if (sp->scope)
		nf_sb_str(s, ", scope");
	detail_end(d);
	notes(d, 4, sp->span);
}

static void template_line(struct detail *d, const struct nf_template *t)
{
	struct nf_strbuf *s = &d->o->text;

	style_on(d->o, STYLE_HEAD);
	switch ((enum nf_template_kind)t->kind) {
	case NF_TEMPLATE:
		nf_sb_printf(s, "Template %u, ", (unsigned)t->id);
		out_count(s, t->nfields, "field");
		break;
	case NF_TEMPLATE_OPTIONS:
		nf_sb_printf(s, "Options template %u, ", (unsigned)t->id);
		out_count(s, t->nfields, "field");
		nf_sb_printf(s, ", %u of them scope", (unsigned)t->nscope);
		break;
	case NF_TEMPLATE_WITHDRAWAL:
		nf_sb_printf(s, "Withdrawal of template %u", (unsigned)t->id);
		break;
	case NF_TEMPLATE_WITHDRAWAL_ALL:
		nf_sb_printf(s, "Withdrawal of all templates (id %u)", (unsigned)t->id);
		break;
	}
	style_off(d->o);
}

static void template(struct detail *d, const struct nf_template *t)
{
	struct nf_specs specs;
	struct nf_spec sp;

	detail_begin(d, 2, DISSECTION_TEMPLATE, t->head);
	d->line.id = t->id;
	template_line(d, t);
	detail_end(d);
	notes(d, 3, t->head);
	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &sp))
		spec(d, t, &sp);
	notes(d, 3, t->span);
}

/* -- Sets ----------------------------------------------------------------------------- */

void detail_resolution(struct detail *d, const struct nf_resolution *r)
{
	struct nf_strbuf *s = &d->o->text;

	if (r->how == NF_BUILT_IN)
		return;
	if (r->how == NF_LIVE) {
		nf_sb_str(s, ", template");
	} else {
		nf_sb_str(s, ", ");
		out_words(s, nf_how_name((enum nf_how)r->how));
		nf_sb_str(s, " template");
	}
	if (r->version != NULL) {
		nf_sb_str(s, " of ");
		if (d->o->opts.nfiles > 1 && r->how != NF_GIVEN) {
			const char *file = out_file(d->o, r->version->file);

			nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)file, strlen(file) });
			nf_sb_str(s, ": ");
		}
		nf_sb_str(s, "frame ");
		nf_sb_u64(s, r->version->frame);
	}
	if (r->misfit)
		nf_sb_str(s, ", does not fit");
}

static void set_line(struct detail *d, const struct nf_set *set, const struct nf_resolution *r)
{
	struct nf_strbuf *s = &d->o->text;

	if (set->kind == NF_SET_FIXED) {
		nf_sb_str(s, "Records");
	} else {
		nf_sb_str(s, "Set ");
		nf_sb_u64(s, set->id);
	}
	switch ((enum nf_set_kind)set->kind) {
	case NF_SET_TEMPLATE:
		nf_sb_str(s, ", templates");
		break;
	case NF_SET_OPTIONS_TEMPLATE:
		nf_sb_str(s, ", options templates");
		break;
	case NF_SET_RESERVED:
		nf_sb_str(s, ", reserved");
		break;
	case NF_SET_DATA:
	case NF_SET_FIXED:
		if (r->layout == NULL) {
			nf_sb_str(s, ", undecoded: ");
			out_words(s, nf_why_not_name((enum nf_why_not)r->why));
			if (d->o->opts.bpf)
				nf_sb_str(s, " (--bpf may be why)");
		} else if (set->kind == NF_SET_DATA) {
			nf_sb_str(s, r->layout->kind == NF_LAYOUT_OPTIONS ? ", options" : ", flows");
		}
		break;
	}
	nf_sb_str(s, ", ");
	out_count(s, set->length, "octet");
	if (r->layout != NULL)
		detail_resolution(d, r);
}

static void set_open(struct detail *d, const struct nf_set *set, const struct nf_resolution *r)
{
	static const char option[DETAIL_NOUN] = "    Options record ";
	static const char flow[DETAIL_NOUN] = "    Flow ";
	bool has_header = set->kind != NF_SET_FIXED;
	bool data = set->kind == NF_SET_DATA || set->kind == NF_SET_FIXED;
	bool odd = set->kind == NF_SET_RESERVED || (data && r->layout == NULL);
	struct nf_span span = { set->offset, set->body - set->offset };

	d->set_id = set->id;
	d->version = data ? r->version : NULL;
	detail_begin(d, 1, DISSECTION_SET, has_header ? span : nothing);
	style_on(d->o, odd ? STYLE_WARNING : STYLE_HEAD);
	set_line(d, set, r);
	style_off(d->o);
	detail_end(d);
	if (has_header)
		notes(d, 2, span);
	d->records = 0;
	d->noun = data && r->layout != NULL && r->layout->kind == NF_LAYOUT_OPTIONS ? option : flow;
	d->noun_len = strlen(d->noun);
}

static void record_line(struct detail *d)
{
	d->record = d->nrecords++;
	detail_begin(d, 2, DISSECTION_RECORD, nothing);
	nf_sb_str(&d->o->text, d->noun + 4);
	nf_sb_u64(&d->o->text, ++d->records);
	detail_end(d);
}

static void record_end(struct detail *d, const struct nf_rec *r)
{
	if (d->o->problems.shown < d->o->problems.n)
		notes(d, 3, (struct nf_span){ r->offset, r->length });
	d->record = DISSECTION_NONE;
}

static void record(struct detail *d, const struct nf_rec *r, const struct nf_list_ctx *lists)
{
	record_line(d);
	detail_fields(d, 3, r, lists);
	record_end(d, r);
}

/* Do the records of a layout need no more than their text? */
static bool by_rows(const struct detail *d, const struct nf_layout *layout)
{
	return is_text(d) && !layout->has_lists;
}

/* The rows of the sheet.  Of FOUND problems the others were found behind all records. */
static void rows(struct detail *d, size_t found)
{
	struct sheet *sheet = &d->o->sheet;

	d->held = d->o->problems.n - found;
	detail_fill(d);
	for (unsigned i = 0; i < sheet->rows.n; i++) {
		detail_row(d, i);
		record_end(d, &sheet->recs[i]);
	}
	d->held = 0;
}

/* The record of the current event, and those behind it in the set. */
static void records(struct detail *d, struct nf_walk *w)
{
	struct nf_list_ctx lists = { .msg = NULL };
	struct sheet *sheet = &d->o->sheet;

	if (w->rec.layout->has_lists)
		lists = nf_walk_list_ctx(w);
	if (!by_rows(d, w->rec.layout)) {
		do
			record(d, &w->rec, &lists);
		while (nf_walk_record(w));
		return;
	}
	if (!out_sheet(d->o, w->rec.layout))
		return;
	nf_rows_add(&sheet->rows, &w->rec);
	do {
		size_t found = d->o->problems.n;

		nf_walk_rows(w, &sheet->rows);
		rows(d, found);
	} while (sheet_more(sheet));
}

/* -- Messages ------------------------------------------------------------------------- */

static void event(struct detail *d, struct nf_walk *w, const struct nf_event *e)
{
	switch ((enum nf_event_type)e->type) {
	case NF_EV_HEADER:
		header(d, e->rec);
		break;
	case NF_EV_SET:
		set_open(d, e->set, e->resolution);
		break;
	case NF_EV_TEMPLATE:
		template(d, e->tmpl);
		break;
	case NF_EV_RECORD:
		records(d, w);
		break;
	case NF_EV_UNDECODED:
		detail_undecoded(d, 2, e->span);
		notes(d, 2, e->span);
		break;
	case NF_EV_PADDING:
		detail_stretch(d, 2, DISSECTION_PADDING, "Padding", e->span);
		break;
	case NF_EV_MALFORMED:
		detail_stretch(d, e->set != NULL ? 2 : 1, DISSECTION_MALFORMED,
			       d->msg->cut ? "Cut" : "Malformed", e->span);
		break;
	case NF_EV_TRAILING:
		if (out_rest_is_inside(d->msg))
			detail_stretch(d, 1, DISSECTION_PADDING, "Padding", e->span);
		else
			detail_stretch(d, 1, DISSECTION_TRAILING, "Trailing", e->span);
		break;
	case NF_EV_SET_END:
		d->set_id = 0;
		d->version = NULL;
		break;
	case NF_EV_END:
		break;
	}
}

static void walk(struct detail *d, const struct nf_view *v)
{
	const struct nf_event *e;
	struct nf_walk w;

	nf_walk_open(&w, &v->msg, &v->resolver, d->o->registry, d->o->scratch, &d->o->sink);
	while ((e = nf_walk_next(&w)) != NULL)
		event(d, &w, e);
}

struct detail detail_open(struct out *o, const struct nf_msg *m)
{
	return (struct detail){
		.o = o,
		.msg = m,
		.record = DISSECTION_NONE,
		.clock = {
			.cache = &o->time,
			.uptimes = m->version != 10,
			.uptime_ms = m->uptime_ms,
			.export_ms = (int64_t)m->export_secs * 1000 + m->export_nsecs / 1000000,
		},
	};
}

static struct detail open_tree(struct out *o, const struct nf_msg *m,
			       struct detail_recorder *recorder)
{
	struct detail d = detail_open(o, m);

	d.recorder = recorder;
	d.plain = !o->opts.hex && recorder == NULL;
	return d;
}

void detail_message(struct out *o, const struct nf_view *v, struct detail_recorder *recorder)
{
	struct detail d = open_tree(o, &v->msg, recorder);
	uint32_t behind = v->trailing.off - v->offset;

	gutter_open(&d.gutter, o, nf_slice(v->datagram->payload, v->offset, SIZE_MAX), 0);
	head(&d, v->datagram, v->offset);
	if (v->headerless)
		detail_stretch(&d, 1, DISSECTION_MALFORMED, "Malformed",
			       (struct nf_span){ 0, (uint32_t)v->msg.bytes.n });
	else
		walk(&d, v);
	if (v->trailing.len != 0 && behind >= v->msg.bytes.n)
		detail_stretch(&d, 1, DISSECTION_TRAILING, "Trailing",
			       (struct nf_span){ behind, v->trailing.len });
	rest_notes(&d, 1);
	nf_sb_char(&o->text, '\n');
}

static void message(struct out *o, const struct nf_view *v)
{
	detail_message(o, v, NULL);
}

static void late_records(struct detail *d, const struct nf_late *l, struct nf_recs *recs)
{
	const struct nf_list_ctx lists = {
		.resolver = &l->resolver,
		.registry = d->o->registry,
		.sink = &d->o->sink,
		.scratch = nf_rec_scratch(recs),
		.msg = &l->msg,
	};
	struct sheet *sheet = &d->o->sheet;
	struct nf_rec rec;

	if (!by_rows(d, l->resolution.layout)) {
		while (nf_rec_next(recs, &rec))
			record(d, &rec, &lists);
		return;
	}
	if (!out_sheet(d->o, l->resolution.layout))
		return;
	do {
		size_t found = d->o->problems.n;

		nf_rows_fill(&sheet->rows, recs);
		rows(d, found);
	} while (sheet_more(sheet));
}

static void late(struct out *o, const struct nf_late *l)
{
	struct detail d = open_tree(o, &l->msg, NULL);
	struct nf_recs recs;

	gutter_open(&d.gutter, o, l->set.bytes, l->set.body);
	head(&d, &l->datagram, l->msg_offset);
	nf_sb_str(&o->text, "  held until its template came\n");
	set_open(&d, &l->set, &l->resolution);
	nf_recs_open(&recs, &l->msg, &l->set, l->resolution.layout, o->scratch, &o->sink);
	late_records(&d, l, &recs);
	if (recs.padding.len != 0)
		detail_stretch(&d, 2, DISSECTION_PADDING, "Padding", recs.padding);
	if (recs.malformed.len != 0)
		detail_stretch(&d, 2, DISSECTION_MALFORMED, "Malformed", recs.malformed);
	rest_notes(&d, 1);
	nf_sb_char(&o->text, '\n');
}

const struct out_ops out_detail = {
	.name = "detail",
	.texts = &detail_texts,
	.message = message,
	.late = late,
};
