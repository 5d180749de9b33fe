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
	json_session(s, d);
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

/*
 * What is written of a record's fields: a text and a value each, and a text at the end.  Repeated
 * elements stand beside each other, where their first one does.
 */
struct step {
	struct layouts_text value;	/* to stand beside the other steps */
	uint32_t text, n;
	uint16_t field;
	uint8_t how;			/* enum how */
};

enum how {
	IN_PLACE,			/* as layouts_put_value does */
	MILLISECONDS,			/* as layouts_put_ms */
	OTHERWISE,
};

struct steps {
	size_t room;			/* what a record of values in place takes */
	uint32_t n;
	struct step v[];		/* one more than n; the texts follow */
};

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

static enum how how_of(const struct flows *f, const struct nf_fielddef *def,
		       const struct layouts_text *t)
{
	if (t->op == LAYOUTS_MS)
		return MILLISECONDS;
	if (t->op == LAYOUTS_OTHER)
		return OTHERWISE;
	/* 7 octets may hold what a double does not */
	if (f->opts.int64_strings && def->kind == NF_KIND_UINT && def->length > 6)
		return OTHERWISE;
	return IN_PLACE;
}

static struct steps *steps_of(const struct flows *f, const struct flows_plan *plan,
			      const struct place *places)
{
	unsigned n = plan->layout->nfields;
	size_t head = sizeof(struct steps) + (n + 1u) * sizeof(struct step);
	struct nf_strbuf s;
	struct steps *steps;

	nf_strbuf_init(&s);
	nf_sb_pad(&s, '\0', head);
	if (s.failed)
		return NULL;
	for (unsigned i = 0; i <= n && !s.failed; i++) {
		size_t from = s.n;
		struct step *step;

		text_before(&s, places, i, n);
		steps = (struct steps *)(void *)s.p;
		step = &steps->v[i];
		step->text = (uint32_t)from;
		step->n = (uint32_t)(s.n - from);
		if (i == n)
			break;
		step->field = places[i].field;
		step->value = plan->texts->fields[step->field];
		step->how = (uint8_t)how_of(f, &plan->layout->fields[step->field], &step->value);
	}
	nf_sb_pad(&s, '\0', LAYOUTS_BLOCK);	/* copies are of whole blocks */
	if (s.failed) {
		nf_strbuf_done(&s);
		return NULL;
	}
	steps = (struct steps *)(void *)s.p;
	steps->n = n;
	steps->room = s.n - head + (n + 1) * (size_t)LAYOUTS_ROOM;
	return steps;
}

static bool plan_steps(struct flows *f, struct flows_plan *plan)
{
	struct place *places = nf_alloc((plan->layout->nfields + 1u) * sizeof(*places));

	if (places == NULL)
		return false;
	order(places, plan->layout);
	plan->own = steps_of(f, plan, places);
	nf_free(places);
	return plan->own != NULL;
}

/* -- Records -------------------------------------------------------------------------- */

/* What takes a string buffer; NULL if there is no room for more. */
static char *slow(struct flows *f, const struct step *step, const struct nf_recs *recs, char *p,
		  size_t room)
{
	struct nf_field field = nf_field(f->at.in.rec, step->field);
	struct nf_strbuf *s = &f->out->text;

	s->n = (size_t)(p - s->p);
	value(f, &field, recs);
	return nf_sb_room(s, room) ? s->p + s->n : NULL;
}

/* Up to the brace that closes "flow"; false if memory is out. */
static bool fields(struct flows *f, const struct steps *steps, const struct nf_recs *recs)
{
	const char *texts = (const char *)steps;
	const struct step *step = steps->v, *end = step + steps->n;
	const struct nf_rec *r = f->at.in.rec;
	struct nf_strbuf *s = &f->out->text;
	size_t room = f->fixed.n + steps->room;
	char *p;

	if (!nf_sb_room(s, room))
		return false;
	p = layouts_put(s->p + s->n, f->fixed.p, f->fixed.n);
	p = nf_put_u32(p, r->offset);
	for (; step < end; step++) {
		const struct layouts_text *t = &step->value;
		const uint8_t *at = r->p + t->offset + r->shift[t->nvar];
		char *from = p = layouts_put_short(p, texts + step->text, step->n);

		if (step->how == IN_PLACE)
			p = layouts_put_value(p, t, at, true);
		else if (step->how == MILLISECONDS)
			p = layouts_put_ms(p, at, true, &f->out->time);
		if (p == from && (p = slow(f, step, recs, p, room)) == NULL)
			return false;
	}
	p = layouts_put(p, texts + end->text, end->n);
	s->n = (size_t)(p - s->p);
	return true;
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

static void record(struct flows *f, const struct flows_plan *plan, const struct nf_recs *recs)
{
	struct nf_strbuf *s = &f->out->text;

	if (!fields(f, plan->own, recs))
		return;
	if (f->opts.norm) {
		norm(f, plan);
		around(f, plan);
	}
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
	.plan = plan_steps,
	.set = set,
	.record = record,
};
