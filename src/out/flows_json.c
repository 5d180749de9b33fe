/*
 * flows -o json: an object per flow record, one a line; keys and their order are those of the
 * manual's JSON section and of doc/nfpcap-flow.schema.json.
 */
#include <config.h>

#include <stdlib.h>

#include "base/mem.h"
#include "out/flows.h"
#include "out/json.h"

#define NORM \
	"first,last,duration,event_time,proto,src,dst,sport,dport,tcpflags,icmp_type,icmp_code," \
	"event,tos,packets,bytes,rev_packets,rev_bytes,rev_tcpflags,flows,in_if,out_if,src_as," \
	"dst_as,src_mask,dst_mask,nexthop,direction,sampler"

enum { DOUBLE_BITS = 53 };	/* integers up to 2^53 survive readers that know doubles only */

static void string(struct nf_strbuf *s, const char *text)
{
	nf_json_string(s, (struct nf_bytes){ (const uint8_t *)text, strlen(text) });
}

/* ,"name": but no comma at the first one. */
static void head(struct nf_strbuf *s, const struct nf_layout *layout, unsigned i)
{
	nf_sb_str(s, i == 0 ? "\"" : ",\"");
	nf_ie_name(s, layout->fields[i].ie);
	nf_sb_str(s, "\":");
}

/* -- What all records of a set begin with --------------------------------------------- */

static void endpoint(struct nf_strbuf *s, const char *name, const struct nf_endpoint *e)
{
	if (e->addr.family == 0)
		return;
	nf_sb_printf(s, ",\"%s\":\"", name);
	out_addr(s, &e->addr);
	nf_sb_printf(s, "\",\"%sPort\":%u", name, e->port);
}

static void template(struct flows *f)
{
	struct nf_strbuf *s = &f->fixed;
	const struct nf_resolution *r = f->at.in.resolution;

	LIT(s, ",\"template\":{");
	if (f->at.in.set->kind != NF_SET_FIXED) {
		LIT(s, "\"id\":");
		nf_sb_u64(s, f->at.in.set->id);
		nf_sb_char(s, ',');
	}
	if (r->version != NULL) {
		if (f->opts.out.nfiles > 1) {
			LIT(s, "\"file\":");
			string(s, out_file(f->out, r->version->file));
			nf_sb_char(s, ',');
		}
		LIT(s, "\"frame\":");
		nf_sb_u64(s, r->version->frame);
		nf_sb_char(s, ',');
	}
	LIT(s, "\"resolved\":\"");
	nf_sb_str(s, nf_how_name((enum nf_how)r->how));
	nf_sb_str(s, r->misfit ? "\",\"misfit\":true}" : "\"}");
}

static void set(struct flows *f)
{
	struct nf_strbuf *s = &f->fixed;
	const struct nf_datagram *d = f->at.in.datagram;
	const struct nf_msg *m = f->at.in.msg;

	nf_strbuf_clear(s);
	LIT(s, "{\"type\":\"flow\",\"schema\":1,\"file\":");
	string(s, out_file(f->out, d->file));
	LIT(s, ",\"frame\":");
	nf_sb_u64(s, d->frame);
	LIT(s, ",\"time\":\"");
	nf_time_text(s, d->ts_ns, d->ts_fine ? 9 : 6, &f->out->time);
	LIT(s, "\",\"session\":{\"transport\":\"");
	nf_sb_str(s, out_transport(d->transport));
	nf_sb_char(s, '"');
	endpoint(s, "src", &d->src);
	endpoint(s, "dst", &d->dst);
	LIT(s, "},\"version\":");
	nf_sb_u64(s, m->version);
	if (m->format->at.domain != 0) {
		LIT(s, ",\"domain\":");
		nf_sb_u64(s, m->domain);
	}
	template(f);
	LIT(s, ",\"offset\":");
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

static void value(struct flows *f, const struct nf_field *field, const struct nf_list_ctx *lists)
{
	struct nf_strbuf *s = &f->out->text;

	if (field->def->nbits != 0 || (field->kind == NF_KIND_UINT && field->value.n <= 8)) {
		integer(f, false, nf_field_uint(field));
	} else if (field->kind == NF_KIND_SINT) {
		signed_integer(f, field->value);
	} else if (out_is_list(field->kind)) {
		nf_sb_char(s, '{');
		json_list(f->out, field, lists);
		nf_sb_char(s, '}');
	} else {
		nf_value_json(s, (enum nf_kind)field->kind, field->value, &f->out->format);
	}
}

/* -- Repeated elements ---------------------------------------------------------------- */

/* An entry of plan->order that repeats the element before it; layouts have fewer fields. */
enum { REPEATS = 0x8000 };

struct place {
	const struct nf_ie *ie;
	uint16_t field, leader;		/* the first field of the same name */
};

static int by_name(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	uint32_t xpen = nf_pen_is_enterprise(x->ie->pen) ? x->ie->pen : 0;
	uint32_t ypen = nf_pen_is_enterprise(y->ie->pen) ? y->ie->pen : 0;
	int order;

	if (x->ie == y->ie)
		return x->field - y->field;
	if (xpen != ypen)
		return xpen < ypen ? -1 : 1;
	if (x->ie->reverse != y->ie->reverse)
		return x->ie->reverse - y->ie->reverse;
	order = strcmp(x->ie->name, y->ie->name);
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

/* Repeated elements where their first one stands; plan->order stays NULL if there are none. */
static bool plan_order(struct flows_plan *plan)
{
	const struct nf_layout *l = plan->layout;
	struct place *places = nf_alloc((l->nfields + 1u) * sizeof(*places));
	bool repeated = false;

	if (places == NULL)
		return false;
	for (unsigned i = 0; i < l->nfields; i++)
		places[i] = (struct place){ .ie = l->fields[i].ie, .field = (uint16_t)i };
	qsort(places, l->nfields, sizeof(*places), by_name);
	for (unsigned i = 0; i < l->nfields; i++) {
		bool repeats = i > 0 && same_name(&places[i - 1], &places[i]);

		places[i].leader = repeats ? places[i - 1].leader : places[i].field;
		repeated |= repeats;
	}
	if (repeated) {
		qsort(places, l->nfields, sizeof(*places), by_leader);
		plan->order = nf_alloc(l->nfields * sizeof(*plan->order));
		for (unsigned i = 0; plan->order != NULL && i < l->nfields; i++)
			plan->order[i] = places[i].field |
					 (places[i].leader != places[i].field ? REPEATS : 0);
	}
	nf_free(places);
	return !repeated || plan->order != NULL;
}

/* -- Records -------------------------------------------------------------------------- */

/* Fields of which some are repeated: those become arrays. */
static void arrays(struct flows *f, const struct flows_plan *plan, const struct nf_list_ctx *lists)
{
	const struct nf_layout *l = plan->layout;
	struct nf_strbuf *s = &f->out->text;
	const uint16_t *order = plan->order;

	for (unsigned i = 0; i < l->nfields; i++) {
		unsigned field = order[i] & (REPEATS - 1);
		bool repeats = (order[i] & REPEATS) != 0;
		bool repeated = i + 1 < l->nfields && (order[i + 1] & REPEATS) != 0;
		struct nf_field value_of = nf_field(f->at.in.rec, field);

		if (repeats)
			nf_sb_char(s, ',');
		else
			layouts_head(s, plan->texts, field);
		if (repeated && !repeats)
			nf_sb_char(s, '[');
		value(f, &value_of, lists);
		if (repeats && !repeated)
			nf_sb_char(s, ']');
	}
}

/* What cannot be written in place. */
static bool slow(const struct flows *f, const struct layouts_text *t)
{
	return t->op == LAYOUTS_OTHER ||
	       (f->opts.int64_strings && t->op == LAYOUTS_UN && t->length > 6);
}

static void fields(struct flows *f, const struct flows_plan *plan, const struct nf_list_ctx *lists)
{
	const struct layouts_entry *texts = plan->texts;
	const struct layouts_text *t = texts->fields, *end = t + plan->layout->nfields;
	const struct nf_rec *r = f->at.in.rec;
	struct nf_strbuf *s = &f->out->text;
	char *p;

	layouts_head(s, texts, 0);
	if (!nf_sb_room(s, texts->room))
		return;
	p = s->p + s->n;
	for (; t < end; t++) {
		if (slow(f, t)) {
			struct nf_field field = nf_field(r, (unsigned)(t - texts->fields));

			s->n = (size_t)(p - s->p);
			value(f, &field, lists);
			if (!nf_sb_room(s, texts->room))
				return;
			p = s->p + s->n;
		} else {
			p = layouts_put_value(p, t, r->p + t->offset + r->shift[t->nvar], true);
		}
		p = layouts_put(p, texts->texts + t->tail, t->next);
	}
	s->n = (size_t)(p - s->p);
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
		nf_sb_str(s, c->quoted ? "\":\"" : "\":");
		from = s->n;
		flows_cell(f, plan, i, s);
		if (s->n == from) {
			s->n = start;
			continue;
		}
		if (c->quoted)
			nf_sb_char(s, '"');
		comma = ",";
	}
	nf_sb_char(s, '}');
}

static void record(struct flows *f, const struct flows_plan *plan, const struct nf_recs *recs)
{
	const struct nf_list_ctx lists = flows_list_ctx(f, recs);
	struct nf_strbuf *s = &f->out->text;

	nf_sb_mem(s, f->fixed.p, f->fixed.n);
	nf_sb_u64(s, f->at.in.rec->offset);
	LIT(s, ",\"flow\":{");
	if (plan->order != NULL)
		arrays(f, plan, &lists);
	else if (plan->layout->nfields > 0)
		fields(f, plan, &lists);
	nf_sb_char(s, '}');
	if (f->opts.norm)
		norm(f, plan);
	LIT(s, "}\n");
}

static void nothing(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

/* Lists in records look as they do in messages. */
static const struct out_ops lists_ops = {
	.name = "flows",
	.head = json_field_head,
	.tail = json_field_tail,
	.message = nothing,
};

const struct flows_ops flows_json = {
	.name = "json",
	.out = &lists_ops,
	.head = head,
	.usual = NORM,
	.plan = plan_order,
	.set = set,
	.record = record,
};
