/*
 * -o json: an object per export message, one a line; the keys and their order are those of
 * the manual's JSON section and of doc/nfpcap-message.schema.json.
 */
#include <config.h>

#include "out/json.h"

void json_raw(struct out *o, struct nf_bytes octets)
{
	LIT(&o->text, ",\"raw\":\"");
	nf_sb_hex(&o->text, octets.p, octets.n);
	nf_sb_char(&o->text, '"');
}

void json_string(struct nf_strbuf *s, const char *text)
{
	nf_json_string(s, (struct nf_bytes){ (const uint8_t *)text, strlen(text) });
}

void json_member(struct nf_strbuf *s, const char *key, const char *text)
{
	if (text == NULL)
		return;
	nf_sb_printf(s, ",\"%s\":", key);
	json_string(s, text);
}

void json_place(struct nf_strbuf *s, struct out *o, const struct nf_datagram *d)
{
	KEY(s, "file");
	json_string(s, out_file(o, d->file));
	NUMBER(s, "frame", d->frame);
	LIT(s, ",\"time\":\"");
	nf_time_text(s, d->ts_ns, d->ts_fine ? 9 : 6, &o->time);
	nf_sb_char(s, '"');
}

static void endpoint(struct nf_strbuf *s, const char *name, const struct nf_endpoint *e)
{
	if (e->addr.family == 0)
		return;
	LIT(s, ",\"");
	nf_sb_str(s, name);
	LIT(s, "\":\"");
	out_addr(s, &e->addr);
	LIT(s, "\",\"");
	nf_sb_str(s, name);
	LIT(s, "Port\":");
	nf_sb_u64(s, e->port);
}

/* "transport":"udp","src":..,"srcPort":..,"dst":..,"dstPort":.. */
static void way(struct nf_strbuf *s, struct out *o, const struct nf_datagram *d)
{
	struct out_way *w = &o->ways[(d->src.port ^ d->src.addr.octets[3]) % OUT_WAYS];
	size_t from = s->n;

	if (w->n > 0 && w->transport == d->transport && nf_same_endpoint(&w->src, &d->src) &&
	    nf_same_endpoint(&w->dst, &d->dst)) {
		nf_sb_mem(s, w->text, w->n);
		return;
	}
	LIT(s, "\"transport\":\"");
	nf_sb_str(s, out_transport(d->transport));
	nf_sb_char(s, '"');
	endpoint(s, "src", &d->src);
	endpoint(s, "dst", &d->dst);
	if (s->failed || s->n - from > OUT_WAY_TEXT)
		return;
	w->src = d->src;
	w->dst = d->dst;
	w->transport = (uint8_t)d->transport;
	w->n = (uint8_t)(s->n - from);
	memcpy(w->text, s->p + from, w->n);
}

void json_session(struct nf_strbuf *s, struct out *o, const struct nf_datagram *d)
{
	LIT(s, ",\"session\":{");
	way(s, o, d);
	nf_sb_char(s, '}');
}

int json_by_name(const struct nf_ie *x, const struct nf_ie *y)
{
	uint32_t xpen = nf_pen_is_enterprise(x->pen) ? x->pen : 0;
	uint32_t ypen = nf_pen_is_enterprise(y->pen) ? y->pen : 0;

	if (xpen != ypen)
		return xpen < ypen ? -1 : 1;
	if (x->reverse != y->reverse)
		return x->reverse - y->reverse;
	return strcmp(x->name, y->name);
}

/* From "type" to "capturedLength": which message it is and how it came here. */
void json_head(struct out *o, const char *type, const struct nf_datagram *d)
{
	struct nf_strbuf *s = &o->text;

	LIT(s, "{\"type\":\"");
	nf_sb_str(s, type);
	LIT(s, "\",\"schema\":1");
	json_place(s, o, d);
	nf_sb_char(s, ',');
	way(s, o, d);
	NUMBER(s, "payloadLength", d->wire_len);
	if (d->payload.p != NULL && d->payload.n < d->wire_len)
		NUMBER(s, "capturedLength", d->payload.n);
}

/* A header's fields by name; all are integers. */
static void header(struct out *o, const struct nf_rec *r)
{
	struct nf_strbuf *s = &o->text;
	const char *sep = "";

	LIT(s, ",\"header\":{");
	for (unsigned i = 0; i < r->layout->nfields; i++) {
		struct nf_field f = nf_field(r, i);

		if (i == 0)	/* the version has its own key */
			continue;
		nf_sb_str(s, sep);
		nf_sb_char(s, '"');
		nf_sb_str(s, f.def->ie->name);
		LIT(s, "\":");
		nf_sb_u64(s, nf_field_uint(&f));
		sep = ",";
	}
	if (o->opts.raw)
		json_raw(o, (struct nf_bytes){ r->p, r->length });
	nf_sb_char(s, '}');
}

/* A stretch of octets that hold no field: where it is and, with --raw, what it is. */
static void stretch(struct out *o, const char *key, struct nf_bytes octets, uint32_t offset)
{
	struct nf_strbuf *s = &o->text;

	LIT(s, ",\"");
	nf_sb_str(s, key);
	LIT(s, "\":{\"offset\":");
	nf_sb_u64(s, offset);
	NUMBER(s, "length", octets.n);
	if (o->opts.raw)
		json_raw(o, octets);
	nf_sb_char(s, '}');
}

static void problems(struct out *o)
{
	struct nf_strbuf *s = &o->text;

	if (o->problems.n == 0)
		return;
	LIT(s, ",\"problems\":[");
	for (size_t i = 0; i < o->problems.n; i++) {
		if (i > 0)
			nf_sb_char(s, ',');
		nf_sb_char(s, '{');
		json_problem(s, &o->problems.v[i]);
		nf_sb_char(s, '}');
	}
	nf_sb_char(s, ']');
}

void json_problem(struct nf_strbuf *s, const struct nf_problem *p)
{
	const struct nf_problem_row *row = &nf_problem_rows[p->id];
	struct nf_strbuf text;

	nf_sb_printf(s, "\"id\":\"%s\",\"offset\":%u,\"length\":%u,\"severity\":\"%s\",\"text\":",
		     row->id, (unsigned)p->span.off, (unsigned)p->span.len,
		     problems_severity(row->severity));
	nf_strbuf_init(&text);
	nf_problem_text(&text, p);
	nf_json_string(s, (struct nf_bytes){ (const uint8_t *)text.p, text.n });
	if (text.failed)
		s->failed = true;
	nf_strbuf_done(&text);
}

/* Octets of a held set: its message is gone. */
static struct nf_bytes late_octets(const struct nf_late *l, struct nf_span span)
{
	return nf_slice(l->set.bytes, span.off - l->set.body, span.len);
}

/* -- Sets ----------------------------------------------------------------------------- */

/* What is open while the events of a message pass by. */
struct json {
	struct out *o;
	struct nf_walk *walk;
	const struct nf_msg *msg;
	uint32_t sets;		/* begun so far */
	uint32_t items;		/* templates or records of the set so far */
	bool in_sets, in_set, in_array;
};

static void set_kind(struct nf_strbuf *s, const struct nf_set *set, const struct nf_resolution *r)
{
	static const char *const names[] = {
		[NF_SET_TEMPLATE] = "template",
		[NF_SET_OPTIONS_TEMPLATE] = "options-template",
		[NF_SET_DATA] = "data",
		[NF_SET_FIXED] = "legacy",
		[NF_SET_RESERVED] = "reserved",
	};
	bool options = set->kind == NF_SET_DATA && r != NULL && r->layout != NULL &&
		       r->layout->kind == NF_LAYOUT_OPTIONS;

	LIT(s, "\"kind\":\"");
	nf_sb_str(s, options ? "options-data" : names[set->kind]);
	nf_sb_char(s, '"');
}

void json_resolution(struct nf_strbuf *s, const struct out *o, const struct nf_resolution *r)
{
	if (r->version != NULL) {
		if (o->opts.nfiles > 1) {
			LIT(s, "\"file\":");
			json_string(s, out_file(o, r->version->file));
			nf_sb_char(s, ',');
		}
		LIT(s, "\"frame\":");
		nf_sb_u64(s, r->version->frame);
		nf_sb_char(s, ',');
	}
	LIT(s, "\"resolved\":\"");
	nf_sb_str(s, nf_how_name((enum nf_how)r->how));
	nf_sb_char(s, '"');
	if (r->misfit)
		LIT(s, ",\"misfit\":true");
}

static void array_close(struct json *j)
{
	if (j->in_array)
		nf_sb_char(&j->o->text, ']');
	j->in_array = false;
}

static void set_open(struct json *j, const struct nf_set *set, const struct nf_resolution *r)
{
	struct nf_strbuf *s = &j->o->text;

	if (j->sets++ > 0)
		nf_sb_char(s, ',');
	nf_sb_char(s, '{');
	if (set->kind != NF_SET_FIXED) {
		LIT(s, "\"id\":");
		nf_sb_u64(s, set->id);
		nf_sb_char(s, ',');
	}
	set_kind(s, set, r);
	NUMBER(s, "offset", set->offset);
	NUMBER(s, "length", set->length);
	j->in_set = true;
	j->items = 0;
	if (set->kind == NF_SET_RESERVED)
		return;
	if (set->kind == NF_SET_TEMPLATE || set->kind == NF_SET_OPTIONS_TEMPLATE) {
		LIT(s, ",\"templates\":[");
		j->in_array = true;
	} else if (r->layout != NULL) {
		LIT(s, ",\"template\":{");
		json_resolution(&j->o->text, j->o, r);
		LIT(s, "},\"records\":[");
		j->in_array = true;
	} else {
		LIT(s, ",\"undecoded\":\"");
		nf_sb_str(s, nf_why_not_name((enum nf_why_not)r->why));
		nf_sb_char(s, '"');
	}
}

static void set_close(struct json *j)
{
	array_close(j);
	nf_sb_char(&j->o->text, '}');
	j->in_set = false;
}

void json_spec(struct out *o, const struct nf_template *t, const struct nf_spec *sp)
{
	const struct nf_ie *ie = nf_spec_ie(t, sp, o->registry);
	struct nf_strbuf *s = &o->text;

	LIT(s, "{\"id\":");
	nf_sb_u64(s, sp->id);
	if (sp->enterprise)
		NUMBER(s, "pen", sp->pen);
	if (ie != NULL) {
		nf_sb_str(s, ie->pen == NF_PEN_V9_SCOPE ? ",\"scope\":\"" : ",\"name\":\"");
		nf_ie_name(s, ie);
		nf_sb_char(s, '"');
	}
	NUMBER(s, "length", sp->length);
	if (o->opts.raw)
		json_raw(o, nf_slice(t->specs, sp->span.off - t->head.off - t->head.len,
				     sp->span.len));
	nf_sb_char(s, '}');
}

static void template(struct json *j, const struct nf_template *t)
{
	struct nf_strbuf *s = &j->o->text;
	struct nf_specs specs;
	struct nf_spec sp;

	if (j->items++ > 0)
		nf_sb_char(s, ',');
	LIT(s, "{\"id\":");
	nf_sb_u64(s, t->id);
	if (t->kind == NF_TEMPLATE_WITHDRAWAL || t->kind == NF_TEMPLATE_WITHDRAWAL_ALL) {
		LIT(s, ",\"withdrawal\":true");
	} else {
		if (t->kind == NF_TEMPLATE_OPTIONS)
			NUMBER(s, "scope", t->nscope);
		LIT(s, ",\"fields\":[");
		nf_specs_open(&specs, t);
		while (nf_spec_next(&specs, &sp)) {
			if (specs.index > 1)
				nf_sb_char(s, ',');
			json_spec(j->o, t, &sp);
		}
		nf_sb_char(s, ']');
	}
	NUMBER(s, "offset", t->span.off);
	NUMBER(s, "length", t->span.len);
	if (j->o->opts.raw)
		json_raw(j->o, out_octets(j->msg, t->span));
	nf_sb_char(s, '}');
}

/* One by one: with --raw each field has to be looked at. */
static void each(struct json *j, struct nf_walk *w, const struct nf_list_ctx *lists)
{
	do {
		if (j->items++ > 0)
			nf_sb_char(&j->o->text, ',');
		json_record(j->o, &w->rec, lists);
	} while (nf_walk_record(w));
}

/* The record of the current event, and those behind it in the set. */
static void records(struct json *j, struct nf_walk *w)
{
	struct nf_list_ctx lists = { .msg = NULL };
	struct sheet *sheet = &j->o->sheet;

	if (w->rec.layout->has_lists)
		lists = nf_walk_list_ctx(w);
	if (j->o->opts.raw) {
		each(j, w, &lists);
		return;
	}
	if (!out_sheet(j->o, w->rec.layout))
		return;
	nf_rows_add(&sheet->rows, &w->rec);
	do {
		nf_walk_rows(w, &sheet->rows);
		json_rows(j->o, &lists, &j->items);
	} while (sheet_more(sheet));
}

/* The sets of a message end where its rest begins, or the message does. */
static void sets_close(struct json *j)
{
	if (j->in_sets)
		nf_sb_char(&j->o->text, ']');
	j->in_sets = false;
}

static void event(struct json *j, const struct nf_event *e)
{
	struct out *o = j->o;

	switch ((enum nf_event_type)e->type) {
	case NF_EV_HEADER:
		header(o, e->rec);
		LIT(&o->text, ",\"sets\":[");
		j->in_sets = true;
		break;
	case NF_EV_SET:
		set_open(j, e->set, e->resolution);
		break;
	case NF_EV_TEMPLATE:
		template(j, e->tmpl);
		break;
	case NF_EV_RECORD:
		records(j, j->walk);
		break;
	case NF_EV_UNDECODED:
		if (o->opts.raw)
			json_raw(o, out_octets(j->msg, e->span));
		break;
	case NF_EV_PADDING:
		array_close(j);
		stretch(o, "padding", out_octets(j->msg, e->span), e->span.off);
		break;
	case NF_EV_MALFORMED:
		if (j->in_set)
			array_close(j);
		else
			sets_close(j);
		stretch(o, "malformed", out_octets(j->msg, e->span), e->span.off);
		break;
	case NF_EV_SET_END:
		set_close(j);
		break;
	case NF_EV_TRAILING:
		sets_close(j);
		stretch(o, out_rest_is_inside(j->msg) ? "padding" : "trailing",
			out_octets(j->msg, e->span), e->span.off);
		break;
	case NF_EV_END:
		sets_close(j);
		break;
	}
}

/* -- Messages ------------------------------------------------------------------------- */

static void walk(struct out *o, const struct nf_view *v)
{
	struct nf_walk w;
	struct json j = { .o = o, .walk = &w, .msg = &v->msg };
	const struct nf_event *e;

	nf_walk_open(&w, &v->msg, &v->resolver, o->registry, o->scratch, &o->sink);
	while ((e = nf_walk_next(&w)) != NULL)
		event(&j, e);
}

/* Octets of the payload that belong to no message: those in the message are the walk's. */
static void trailing(struct out *o, const struct nf_view *v)
{
	uint32_t at = v->trailing.off - v->offset;

	if (v->trailing.len != 0 && at >= v->msg.bytes.n)
		stretch(o, "trailing",
			nf_slice(v->datagram->payload, v->trailing.off, v->trailing.len), at);
}

static void message(struct out *o, const struct nf_view *v)
{
	struct nf_strbuf *s = &o->text;

	json_head(o, "message", v->datagram);
	if (!v->headerless)
		NUMBER(s, "version", v->msg.version);
	NUMBER(s, "offset", v->offset);
	NUMBER(s, "length", out_length(&v->msg));
	if (v->headerless) {
		LIT(s, ",\"sets\":[]");
		stretch(o, "malformed", v->msg.bytes, 0);
	} else {
		walk(o, v);
	}
	trailing(o, v);
	problems(o);
	LIT(s, "}\n");
}

static void late_records(struct json *j, const struct nf_late *l, struct nf_recs *recs)
{
	const struct nf_list_ctx lists = {
		.resolver = &l->resolver,
		.registry = j->o->registry,
		.sink = &j->o->sink,
		.scratch = nf_rec_scratch(recs),
		.msg = &l->msg,
	};
	struct sheet *sheet = &j->o->sheet;
	struct nf_rec rec;

	if (!j->o->opts.raw) {
		if (!out_sheet(j->o, l->resolution.layout))
			return;
		do {
			nf_rows_fill(&sheet->rows, recs);
			json_rows(j->o, &lists, &j->items);
		} while (sheet_more(sheet));
		return;
	}
	while (nf_rec_next(recs, &rec)) {
		if (j->items++ > 0)
			nf_sb_char(&j->o->text, ',');
		json_record(j->o, &rec, &lists);
	}
}

/* A set that was held until its template came: the keys of its message, then its own. */
static void late(struct out *o, const struct nf_late *l)
{
	struct nf_strbuf *s = &o->text;
	struct json j = { .o = o, .msg = &l->msg };
	struct nf_recs recs;

	json_head(o, "late-set", &l->datagram);
	NUMBER(s, "version", l->msg.version);
	NUMBER(s, "offset", l->msg_offset);
	LIT(s, ",\"set\":");
	set_open(&j, &l->set, &l->resolution);
	nf_recs_open(&recs, &l->msg, &l->set, l->resolution.layout, o->scratch, &o->sink);
	late_records(&j, l, &recs);
	array_close(&j);
	if (recs.padding.len != 0)
		stretch(o, "padding", late_octets(l, recs.padding), recs.padding.off);
	if (recs.malformed.len != 0)
		stretch(o, "malformed", late_octets(l, recs.malformed), recs.malformed.off);
	set_close(&j);
	problems(o);
	LIT(s, "}\n");
}

const struct out_ops out_json = {
	.name = "json",
	.texts = &json_texts,
	.message = message,
	.late = late,
};
