/*
 * flows -o json: an object per flow record, one a line; keys and their order are those of the
 * manual's JSON section and of doc/nfpcap-flow.schema.json.
 */
#include <config.h>

#include <stdlib.h>

#include "base/mem.h"
#include "out/flows.h"
#include "out/joined.h"
#include "out/json.h"

#define NORM \
	"first,last,duration,event_time,proto,src,dst,sport,dport,tcpflags,icmp_type,icmp_code," \
	"event,tos,packets,bytes,rev_packets,rev_bytes,rev_tcpflags,flows,in_if,out_if,src_as," \
	"dst_as,src_mask,dst_mask,nexthop,direction,sampler,sampling"

enum { DOUBLE_BITS = 53 };	/* integers up to 2^53 survive readers that know doubles only */

/* -- What all records of a set begin with --------------------------------------------- */

static void template(struct flows *f)
{
	struct nf_strbuf *s = &f->fixed;

	LIT(s, ",\"template\":{");
	if (f->at.in.set->kind != NF_SET_FIXED) {
		LIT(s, "\"id\":");
		nf_sb_u64(s, f->at.in.set->id);
		nf_sb_char(s, ',');
	}
	json_resolution(s, f->out, f->at.in.resolution);
	nf_sb_char(s, '}');
}

static void set(struct flows *f)
{
	struct nf_strbuf *s = &f->fixed;
	const struct nf_datagram *d = f->at.in.datagram;
	const struct nf_msg *m = f->at.in.msg;

	nf_strbuf_clear(s);
	LIT(s, "{\"type\":\"flow\",\"schema\":1");
	json_place(s, f->out, d);
	if (d->facts.duplicate)
		LIT(s, ",\"duplicate\":true");
	json_session(s, f->out, d);
	LIT(s, ",\"version\":");
	nf_sb_u64(s, m->version);
	if (m->format->at.domain != 0) {
		LIT(s, ",\"domain\":");
		nf_sb_u64(s, m->domain);
	}
	template(f);
	LIT(s, ",\"offset\":");
	nf_sb_room(s, LAYOUTS_BLOCK);	/* copies are of whole blocks */
}

/* -- Values --------------------------------------------------------------------------- */

/* False where a reader that knows doubles only would lose digits. */
static bool fits_double(uint64_t magnitude)
{
	return magnitude <= UINT64_C(1) << DOUBLE_BITS;
}

static void integer(struct flows *f, bool negative, uint64_t magnitude)
{
	struct nf_strbuf *s = &f->out->text;
	bool quoted = f->opts.int64_strings && !fits_double(magnitude);

	if (quoted)
		nf_sb_char(s, '"');
	if (negative)
		nf_sb_char(s, '-');
	nf_sb_u64(s, magnitude);
	if (quoted)
		nf_sb_char(s, '"');
}

static void signed_integer(struct flows *f, struct nf_bytes value)
{
	unsigned unused = 64 - 8 * (unsigned)value.n;
	uint64_t v = nf_ben(value.p, value.n);
	bool negative = (v >> (63 - unused) & 1) != 0;

	if (negative)
		v = 0 - (v | (unused > 0 ? UINT64_MAX << (64 - unused) : 0));
	integer(f, negative, v);
}

static void value(struct flows *f, const struct nf_field *field, const struct nf_recs *recs)
{
	struct nf_strbuf *s = &f->out->text;

	if (field->def->nbits != 0 || (field->kind == NF_KIND_UINT && field->value.n <= 8)) {
		integer(f, false, nf_field_uint(field));
	} else if (field->kind == NF_KIND_SINT) {
		signed_integer(f, field->value);
	} else if (out_is_list(field->kind)) {
		const struct nf_list_ctx lists = flows_list_ctx(f, recs);

		nf_sb_char(s, '{');
		json_list(f->out, field, &lists);
		nf_sb_char(s, '}');
	} else {
		nf_value_json(s, (enum nf_kind)field->kind, field->value, &f->out->format);
	}
}

/* -- Plans ---------------------------------------------------------------------------- */

enum { WIDTH = 48 };

/* Repeated elements stand beside each other, where their first one does. */
struct place {
	const struct nf_ie *ie;
	uint16_t field, leader;		/* the first field of the same name */
};

static int by_name(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int order = x->ie == y->ie ? 0 : json_by_name(x->ie, y->ie);

	return order != 0 ? order : x->field - y->field;
}

static bool same_name(const struct place *x, const struct place *y)
{
	struct place z = *y;

	z.field = x->field;
	return by_name(x, &z) == 0;
}

static int by_leader(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	return x->leader != y->leader ? x->leader - y->leader : x->field - y->field;
}

/* The fields in the order in which they are written. */
static void order(struct place *places, const struct nf_layout *l)
{
	for (unsigned i = 0; i < l->nfields; i++)
		places[i] = (struct place){ .ie = l->fields[i].ie, .field = (uint16_t)i };
	qsort(places, l->nfields, sizeof(*places), by_name);
	for (unsigned i = 0; i < l->nfields; i++)
		places[i].leader = i > 0 && same_name(&places[i - 1], &places[i]) ?
				   places[i - 1].leader : places[i].field;
	qsort(places, l->nfields, sizeof(*places), by_leader);
}

static bool repeats(const struct place *place)
{
	return place->leader != place->field;
}

/* ,"flow":{"name":  or  ,"name":  or  ,  within an array. */
static void text_before(struct nf_strbuf *s, const struct place *places, unsigned i, unsigned n)
{
	if (i > 0 && repeats(&places[i - 1]) && (i == n || !repeats(&places[i])))
		nf_sb_char(s, ']');
	if (i == n) {
		nf_sb_str(s, n > 0 ? "}" : ",\"flow\":{}");
		return;
	}
	nf_sb_str(s, i > 0 ? "," : ",\"flow\":{");
	if (repeats(&places[i]))
		return;
	nf_sb_char(s, '"');
	nf_ie_name(s, places[i].ie);
	nf_sb_str(s, i + 1 < n && repeats(&places[i + 1]) ? "\":[" : "\":");
}

/* A reader that knows doubles only may lose digits: 7 octets may hold what a double does not. */
static bool is_plain(const struct flows *f, const struct layouts_text *t)
{
	return !f->opts.int64_strings || layouts_quoted((enum layouts_op)t->op) || t->length <= 6;
}

static struct sheet_plan *sheet_of(const struct flows *f, const struct layouts_entry *e,
				   const struct place *places)
{
	const unsigned n = e->layout->nfields;
	struct sheet_draft d;

	sheet_draft_open(&d, e, WIDTH, NULL);
	d.quotes = true;
	for (unsigned i = 0; i < n; i++) {
		const struct layouts_text *t = &e->fields[places[i].field];
		const char *quote = layouts_quoted((enum layouts_op)t->op) ? "\"" : "";

		text_before(&d.text, places, i, n);
		if (!is_plain(f, t)) {
			sheet_draft_ask(&d, places[i].field, 0);
			continue;
		}
		nf_sb_str(&d.text, quote);
		sheet_draft_field(&d, places[i].field);
		nf_sb_str(&d.text, quote);
	}
	text_before(&d.text, places, n, n);
	return sheet_draft_close(&d);
}

static bool plan_sheet(struct flows *f, struct flows_plan *plan)
{
	struct place *places = nf_alloc((plan->layout->nfields + 1u) * sizeof(*places));

	if (places == NULL)
		return false;
	order(places, plan->layout);
	plan->sheet = sheet_of(f, plan->texts, places);
	nf_free(places);
	return plan->sheet != NULL;
}

/* -- Records -------------------------------------------------------------------------- */

struct row {
	struct flows *f;
	const struct nf_recs *recs;
	size_t room;
};

/* What takes a string buffer; NULL if there is no room for more. */
__attribute__((noinline))
static char *slow(const struct row *row, unsigned i, char *p)
{
	struct flows *f = row->f;
	struct nf_field field = nf_field(f->at.in.rec, i);
	struct nf_strbuf *s = &f->out->text;

	s->n = (size_t)(p - s->p);
	value(f, &field, row->recs);
	return nf_sb_room(s, row->room) ? s->p + s->n : NULL;
}

/* The value of a step that is no cell at P, as SLOW says it. */
static inline char *put_value(const struct row *row, const struct sheet_step *step, char *p)
{
	const struct nf_rec *r = row->f->at.in.rec;
	const uint8_t *octets = r->p + step->offset + r->shift[step->nvar];
	char *end = p;

	if (step->op < LAYOUTS_MS)
		end = layouts_put_op(p, (enum layouts_op)step->op, step->length, octets);
	else if (step->op == LAYOUTS_MS)
		end = layouts_put_ms(p, nf_be64(octets), true, &row->f->out->time);
	else if (step->op == LAYOUTS_STRING)
		end = layouts_put_string(p, octets, step->length, true);
	return end != p ? end : slow(row, step->field, p);
}

NF_CELLS_WIDE __attribute__((noinline))
static struct sheet_at run(const struct sheet_row *cells, struct sheet_at at)
{
	return sheet_run(cells, at, WIDTH, false);
}

/* A record up to the brace that closes "flow"; returns the end, or NULL if there is no room. */
__attribute__((always_inline))
static inline char *put_row(const struct row *row, char *p, bool filled)
{
	const struct flows *f = row->f;
	const struct sheet_row cells = sheet_row(&f->sheet, f->row);
	struct sheet_at at = { .step = f->sheet.plan->steps };

	p = sheet_put(p, f->fixed.p, f->fixed.n, filled);
	at.p = nf_put_upto8(p, cells.rec->offset);
	for (;; at.step++) {
		if (filled)
			at = run(&cells, at);
		else
			at.p = sheet_put_text(at.p, at.step, WIDTH, false);
		if (at.step->op == SHEET_END)
			return at.p;
		if (at.step->op != SHEET_MORE && (at.p = put_value(row, at.step, at.p)) == NULL)
			return NULL;
	}
}

NF_CELLS_WIDE static char *put_filled(const struct row *row, char *p)
{
	return put_row(row, p, true);
}

static char *put_in_place(const struct row *row, char *p)
{
	return put_row(row, p, false);
}

/* The normalised view: what is not known is not there. */
static void norm(struct flows *f, const struct flows_plan *plan)
{
	struct nf_strbuf *s = &f->out->text;
	const char *comma = "";

	LIT(s, ",\"norm\":{");
	for (unsigned i = 0; i < f->columns.n; i++) {
		const struct column *c = &f->columns.v[i];
		size_t start = s->n, from;

		nf_sb_str(s, comma);
		nf_sb_char(s, '"');
		nf_sb_str(s, c->name);
		nf_sb_str(s, columns_quoted(c) ? "\":\"" : "\":");
		from = s->n;
		flows_cell(f, plan, i, s);
		if (s->n == from) {
			s->n = start;
			continue;
		}
		if (columns_quoted(c))
			nf_sb_char(s, '"');
		comma = ",";
	}
	nf_sb_char(s, '}');
}

/* What stands behind the times of the view, and what options say. */
static void around(struct flows *f, const struct flows_plan *plan)
{
	struct nf_strbuf *s = &f->out->text;
	const struct nf_msg *m = f->at.in.msg;

	if (m->clock_captured && flow_by_header(&plan->view, m))
		LIT(s, ",\"clock\":\"capture\"");
	if (m->in_seconds && flow_by_header(&plan->view, m))
		LIT(s, ",\"uptimes\":\"seconds\"");
	if (f->opts.join != NULL)
		joined_json(f->out, f->opts.join, &f->at.in);
}

static void rows(struct flows *f, const struct flows_plan *plan, const struct nf_recs *recs)
{
	struct nf_strbuf *s = &f->out->text;
	const struct sheet *sheet = &f->sheet;
	const struct row row = {
		.f = f, .recs = recs, .room = f->fixed.n + SHEET_ROOM + plan->sheet->room };

	for (f->row = 0; f->row < sheet->rows.n && nf_sb_room(s, row.room); f->row++) {
		char *p = s->p + s->n;

		f->at.in.rec = &sheet->recs[f->row];
		p = sheet->filled ? put_filled(&row, p) : put_in_place(&row, p);
		if (p == NULL)
			return;
		if (!f->opts.norm) {
			s->n = (size_t)(PUT(p, "}\n") - s->p);
			continue;
		}
		s->n = (size_t)(p - s->p);
		norm(f, plan);
		around(f, plan);
		LIT(s, "}\n");
	}
}

static void nothing(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

/* Lists in records look as they do in messages. */
static const struct out_ops lists_ops = {
	.name = "flows",
	.texts = &json_texts,
	.message = nothing,
};

const struct flows_ops flows_json = {
	.name = "json",
	.out = &lists_ops,
	.fields = true,
	.apart = true,
	.lists = true,
	.usual = NORM,
	.plan = plan_sheet,
	.set = set,
	.rows = rows,
};
