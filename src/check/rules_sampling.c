/*
 * Sampling: who says what a sampler does, and what packet reports (RFC 5476) lack.
 */
#include <config.h>

#include <string.h>

#include "base/hash.h"
#include "check/ids.h"

/* Elements that say how much is selected, by what they say. */
enum way {
	INTERVAL, RANDOM_INTERVAL, PACKET_INTERVAL, PACKET_SPACE, TIME_INTERVAL, TIME_SPACE,
	SIZE, POPULATION, PROBABILITY, MODE, ALGORITHM, SELECTOR_ALGORITHM,
	WAYS
};

static const uint16_t way_ids[WAYS] = {
	[INTERVAL] = 34, [RANDOM_INTERVAL] = 50, [PACKET_INTERVAL] = 305, [PACKET_SPACE] = 306,
	[TIME_INTERVAL] = 307, [TIME_SPACE] = 308, [SIZE] = 309, [POPULATION] = 310,
	[PROBABILITY] = 311, [MODE] = 49, [ALGORITHM] = 35, [SELECTOR_ALGORITHM] = 304,
};

enum { SAMPLER_ID = 48, SEQUENCE_ID = 301, SELECTOR_ID = 302, SECTION_OCTETS = 410 };
enum { FRAME_SIZE = 312, IP_SECTION = 313, FRAME_SECTION = 315, SECTION_LAST = 317 };

enum { USED = 1, DEFINED = 2 };
enum { LACKS_SEQUENCE = 1, LACKS_TIME = 2 };	/* of a packet report */

struct of_stream {
	struct check_ids rates;		/* by all that a record says besides: data: struct rate */
	struct check_ids reports;	/* templates of packet reports that lack something */
};

struct of_exporter {
	struct check_ids samplers, sequences;
	bool of_all;			/* a rate is stated of no sampler in particular */
	bool psamp;			/* it speaks of selectors or selection sequences */
};

static struct of_stream *of_stream(const struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->holder, CHECK_GROUP_sampling);
}

static struct of_exporter *of_exporter(const struct check *c, const struct check_stream *s)
{
	return check_state(c, &s->exporter->holder, CHECK_GROUP_sampling);
}

/* -- Rates ------------------------------------------------------------------------------ */

/* Where an options layout has all that. */
struct description {
	int16_t at[WAYS];		/* -1: nowhere */
	int16_t id;			/* of a sampler or selector */
	uint64_t scopes;		/* tells its fields from those of other layouts */
};

struct fraction {
	uint64_t selected, of;
};

/* What is announced, what was before, and since when. */
struct rate {
	struct fraction now, before;
	struct check_place place, last;	/* of the first change; of the last announcement */
	struct fraction from, to;	/* the first change */
	uint64_t changes;
	bool conflict;
	uint16_t tmpl;
};

static bool same(const struct fraction *a, const struct fraction *b)
{
	return (double)a->selected * (double)b->of == (double)b->selected * (double)a->of;
}

static bool way_value(const struct check_record *r, const struct description *d, enum way way,
		      uint64_t *v)
{
	return d->at[way] >= 0 && check_uint(r->rec, (unsigned)d->at[way], v);
}

/* Probabilities are float64, or float32 on the wire (RFC 7011 section 6.2). */
static bool probability(const struct check_record *r, const struct description *d, double *p)
{
	struct nf_field f;
	uint64_t v;
	uint32_t v32;
	float p32;

	if (d->at[PROBABILITY] < 0)
		return false;
	f = nf_field(r->rec, (unsigned)d->at[PROBABILITY]);
	if (f.value.n == 8) {
		v = nf_be64(f.value.p);
		memcpy(p, &v, sizeof(*p));
		return true;
	}
	if (f.value.n != 4)
		return false;
	v32 = nf_be32(f.value.p);
	memcpy(&p32, &v32, sizeof(p32));
	*p = (double)p32;
	return true;
}

static bool fraction_of(const struct check_record *r, const struct description *d,
			struct fraction *f)
{
	uint64_t a, b;
	double p;

	if (way_value(r, d, INTERVAL, &b) || way_value(r, d, RANDOM_INTERVAL, &b))
		*f = (struct fraction){ 1, b };
	else if (way_value(r, d, PACKET_INTERVAL, &a) && way_value(r, d, PACKET_SPACE, &b))
		*f = (struct fraction){ a, nf_saturated(a, b) };
	else if (way_value(r, d, POPULATION, &b))
		*f = (struct fraction){ way_value(r, d, SIZE, &a) ? a : 1, b };
	else if (probability(r, d, &p) && p > 1e-9 && p <= 1)
		*f = (struct fraction){ 1, (uint64_t)(1 / p + 0.5) };
	else if (way_value(r, d, TIME_INTERVAL, &a) && way_value(r, d, TIME_SPACE, &b))
		*f = (struct fraction){ a, nf_saturated(a, b) };
	else
		return false;
	return f->selected != 0 && f->of != 0;
}

static void zero(const struct check_record *r, const struct description *d, enum way way,
		 uint64_t v, const char *how)
{
	const struct nf_field f = nf_field(r->rec, (unsigned)d->at[way]);
	uint64_t id = 0;

	if (d->id >= 0)
		check_uint(r->rec, (unsigned)d->id, &id);
	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_OPT_SAMPLING_ZERO, .at = r->at, .tmpl = r->use->tmpl,
		.span = nf_span_of(f.offset, f.value.n), .ie = f.def->ie, .key = id,
		.args = { { .ie = f.def->ie }, { .u = v }, { .s = how }, { .u = id } },
	});
}

/* Mode 0 is no sampling, of which an interval of 0 is no wonder; 1 in 1 is a rate like others. */
static void zeros(const struct check_record *r, const struct description *d)
{
	static const enum way counts[] = {
		INTERVAL, RANDOM_INTERVAL, PACKET_INTERVAL, TIME_INTERVAL, SIZE, POPULATION,
	};
	uint64_t v, of, mode;
	double p;

	if ((way_value(r, d, MODE, &mode) || way_value(r, d, ALGORITHM, &mode)) && mode == 0)
		return;
	for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++)
		if (way_value(r, d, counts[i], &v) && v == 0)
			zero(r, d, counts[i], 0, "that selects nothing");
	if (way_value(r, d, SIZE, &v) && way_value(r, d, POPULATION, &of) && of != 0 && v > of)
		zero(r, d, SIZE, v, "more than the population");
	if (probability(r, d, &p) && !(p > 0 && p <= 1))
		zero(r, d, PROBABILITY, p > 1, "no probability above 0 and up to 1");
}

static bool is_way(const struct description *d, unsigned field)
{
	for (unsigned i = 0; i < WAYS; i++)
		if (d->at[i] == (int)field)
			return true;
	return false;
}

/* What tells an announcement from others of the stream: scope fields, and all that identifies. */
static uint64_t subject(const struct check_record *r, const struct description *d)
{
	uint64_t key = d->scopes;

	for (unsigned i = 0; i < r->rec->layout->nfields; i++)
		if (r->rec->layout->fields[i].scope ||
		    (r->rec->layout->fields[i].ie->semantics == NF_SEM_IDENTIFIER && !is_way(d, i)))
			key = nf_fold(key ^ nf_hash64(nf_field(r->rec, i).value),
				      0x9e3779b97f4a7c15u + i);
	return key;
}

static void announce(const struct check_record *r, const struct description *d,
		     const struct fraction *f)
{
	struct of_stream *o = of_stream(r->check, r->at->stream);
	struct check_id *id = check_ids_get(r->check, &o->rates, subject(r, d), 0);
	const struct check_place here =
		check_place_of(r->at, nf_span_of(r->rec->offset, r->rec->length));
	struct rate *rate;

	if (id == NULL)
		return;
	rate = id->data;
	if (rate == NULL) {
		rate = id->data = check_alloc(r->check, sizeof(*rate));
		if (rate == NULL)
			return;
		rate->tmpl = r->use->tmpl;
		rate->now = *f;
		if (d->id >= 0)
			check_uint(r->rec, (unsigned)d->id, &id->v[0]);
	} else if (!same(&rate->now, f)) {
		/* Both at once, or the old one again: neither took the other's place. */
		rate->conflict |= (rate->last.frame == here.frame &&
				   rate->last.message == here.message) ||
				  (rate->changes != 0 && same(&rate->before, f));
		if (rate->changes++ == 0) {
			rate->place = here;
			rate->from = rate->now;
			rate->to = *f;
		}
		rate->before = rate->now;
		rate->now = *f;
	}
	rate->last = here;
}

static void described(const struct check_record *r, struct check_step *s)
{
	const struct description *d = s->state;
	struct of_exporter *o = of_exporter(r->check, r->at->stream);
	struct fraction f;
	struct check_id *id;
	uint64_t v;

	if (d == NULL)
		return;
	zeros(r, d);
	if (fraction_of(r, d, &f))
		announce(r, d, &f);
	if (d->id < 0) {
		o->of_all = true;
	} else if (check_uint(r->rec, (unsigned)d->id, &v)) {
		id = check_ids_get(r->check, &o->samplers, v, 0);
		if (id != NULL)
			id->flags |= DEFINED;
	}
}

static void rates_end(struct check *c, struct check_stream *s)
{
	for (const struct check_id *id = of_stream(c, s)->rates.first; id != NULL; id = id->next) {
		const struct rate *r = id->data;

		if (r == NULL || r->changes == 0)
			continue;
		check_claim(c, &(struct check_claim){
			.rule = r->conflict ? CHECK_OPT_SAMPLING_CONFLICT :
					      CHECK_OPT_SAMPLING_CHANGED,
			.stream = s, .place = &r->place, .tmpl = r->tmpl, .key = id->key[0],
			.count = r->changes,
			.args = { { .u = id->v[0] }, { .u = r->from.selected }, { .u = r->from.of },
				  { .u = r->to.selected }, { .u = r->to.of } },
		});
	}
}

/* -- Who uses what is described ----------------------------------------------------------- */

static void used(const struct check_record *r, struct check_ids *ids, unsigned field)
{
	const struct nf_field f = nf_field(r->rec, field);
	struct check_id *id;
	uint64_t v;

	/* 0: no sampler has seen the flow. */
	if (!check_uint(r->rec, field, &v) || v == 0)
		return;
	id = check_ids_get(r->check, ids, v, 0);
	if (id == NULL || (id->flags & USED))
		return;
	id->flags |= USED;
	id->stream = r->at->stream;
	id->tmpl = r->use->tmpl;
	id->place = check_place_of(r->at, nf_span_of(f.offset, f.value.n));
}

/* The value of the record before, as most are?  Of variable length, it is where that stands. */
static bool again(const struct check_record *r, struct check_step *s)
{
	if (s->m != 0 && s->n == r->values[s->a])
		return true;
	s->n = r->values[s->a];
	s->m = r->use->layout->fields[s->a].length <= 8;
	return false;
}

static void sampler_used(const struct check_record *r, struct check_step *s)
{
	if (!again(r, s))
		used(r, &of_exporter(r->check, r->at->stream)->samplers, s->a);
}

static void sequence_used(const struct check_record *r, struct check_step *s)
{
	if (!again(r, s))
		used(r, &of_exporter(r->check, r->at->stream)->sequences, s->a);
}

static void sequence_described(const struct check_record *r, struct check_step *s)
{
	struct check_id *id;
	uint64_t v;

	if (!check_uint(r->rec, s->a, &v))
		return;
	id = check_ids_get(r->check, &of_exporter(r->check, r->at->stream)->sequences, v, 0);
	if (id != NULL)
		id->flags |= DEFINED;
}

/* One finding of all: some exporters count packets where a number of a few is due. */
static void undescribed(struct check *c, const struct check_ids *ids, enum check_rule_id rule)
{
	const struct check_id *first = NULL;
	uint64_t n = 0;

	for (const struct check_id *id = ids->first; id != NULL && !ids->full; id = id->next) {
		if (id->flags != USED)
			continue;
		first = n++ == 0 ? id : first;
	}
	if (n == 0)
		return;
	/* A capture that is shorter than the pause between two announcements says little. */
	check_claim(c, &(struct check_claim){
		.rule = rule, .stream = first->stream, .place = &first->place,
		.tmpl = first->tmpl, .count = n,
		.severity = check_seen_long(c, first->stream) ? CHECK_AS_RULED :
			    (uint8_t)check_rules[rule].severity,
		.likely = !check_seen_long(c, first->stream),
		.args = { { .u = first->key[0] }, { .u = n } },
	});
}

/* -- Selectors (RFC 5476 section 6.5.2) ---------------------------------------------------- */

enum { PARAMETERS = 7 };

static const struct {
	uint16_t algorithm, needs[PARAMETERS];
} selectors[] = {
	{ 1, { 305, 306 } },
	{ 2, { 307, 308 } },
	{ 3, { 309, 310 } },
	{ 4, { 311 } },
	{ 6, { 327, 328, 329, 330, 331, 332, 333 } },
	{ 7, { 327, 328, 329, 330, 331, 332, 333 } },
	{ 8, { 327, 328, 329, 330, 331, 332, 333 } },
};

static void parameters(const struct check_record *r, struct check_step *s)
{
	const struct nf_field f = nf_field(r->rec, s->a);
	char lacks[CHECK_NAMES] = "";
	uint64_t algorithm;

	if (!check_uint(r->rec, s->a, &algorithm))
		return;
	for (size_t i = 0; i < sizeof(selectors) / sizeof(*selectors); i++)
		for (unsigned k = 0; k < PARAMETERS && selectors[i].algorithm == algorithm; k++)
			if (selectors[i].needs[k] != 0 &&
			    check_layout_has(r->rec->layout, selectors[i].needs[k]) ==
				    CHECK_AS_NONE)
				check_name_too(lacks, nf_iana_rows[selectors[i].needs[k]].name);
	if (lacks[0] != '\0')
		check_claim(r->check, &(struct check_claim){
			.rule = CHECK_PSAMP_SELECTOR_PARAMS, .at = r->at, .tmpl = r->use->tmpl,
			.span = nf_span_of(f.offset, f.value.n), .key = algorithm,
			.args = { { .u = algorithm }, { .s = lacks } },
		});
}

static void selector_template(struct check *c, const struct check_at *at,
			      const struct nf_template *t)
{
	enum check_as selector = check_template_has(t, SELECTOR_ID);

	if (check_template_has(t, way_ids[SELECTOR_ALGORITHM]) == CHECK_AS_NONE)
		return;
	check_applies(c, CHECK_PSAMP_SELECTOR_SCOPE);
	if (selector == CHECK_AS_SCOPE)
		return;
	/* Without selectorId it may be meant for something else than a selector. */
	check_claim(c, &(struct check_claim){
		.rule = CHECK_PSAMP_SELECTOR_SCOPE, .at = at, .span = t->span, .tmpl = t->id,
		.severity = selector == CHECK_AS_NONE ? 1 + NF_NOTE : CHECK_AS_RULED,
		.likely = selector == CHECK_AS_NONE,
		.args = { { .u = t->id } },
	});
}

/* -- Packet reports (RFC 5476 section 6.4) --------------------------------------------------- */

static void report_template(struct check *c, const struct check_at *at,
			    const struct nf_template *t)
{
	bool section = false, sequence = false, time = false;
	struct check_id *id;
	struct nf_specs specs;
	struct nf_spec s;

	nf_specs_open(&specs, t);
	while (nf_spec_next(&specs, &s)) {
		if (s.pen != NF_PEN_IANA)
			continue;
		section |= s.id >= IP_SECTION && s.id <= SECTION_LAST;
		time |= s.id >= 322 && s.id <= 325;
		sequence |= s.id == SEQUENCE_ID;
	}
	of_exporter(c, at->stream)->psamp |= sequence;
	if (!section)
		return;
	check_applies(c, CHECK_PSAMP_REPORT_INCOMPLETE);
	if (sequence && time)
		return;
	id = check_ids_get(c, &of_stream(c, at->stream)->reports, t->id, 0);
	if (id == NULL || id->flags != 0)
		return;
	id->flags = (uint8_t)((sequence ? 0 : LACKS_SEQUENCE) | (time ? 0 : LACKS_TIME));
	id->place = check_place_of(at, t->span);
}

/* Others than PSAMP devices may send sections of packets, too. */
static void reports_end(struct check *c, struct check_stream *s)
{
	const struct check_id *id = of_stream(c, s)->reports.first;
	bool psamp = of_exporter(c, s)->psamp;

	for (; id != NULL; id = id->next) {
		struct check_claim claim = {
			.rule = CHECK_PSAMP_REPORT_INCOMPLETE, .stream = s, .place = &id->place,
			.tmpl = (uint16_t)id->key[0], .likely = !psamp,
			.severity = !psamp ? 1 + NF_NOTE : (id->flags & LACKS_SEQUENCE) ?
				    CHECK_AS_RULED : 1 + NF_WARNING,
			.args = { { .u = id->key[0] } },
		};

		claim.args[1].s = id->flags == LACKS_SEQUENCE ? "selectionSequenceId" :
				  id->flags == LACKS_TIME ? "any of observationTime*" :
				  "selectionSequenceId, any of observationTime*";
		check_claim(c, &claim);
	}
}

/* Octets of the IP packet that begins P; 0: it is not known. */
static size_t ip_length(struct nf_bytes p)
{
	uint16_t length;

	if (p.n == 0)
		return 0;
	if (p.p[0] >> 4 == 4 && nf_get16(p, 2, &length))
		return length;
	/* A jumbogram has its length elsewhere. */
	if (p.p[0] >> 4 == 6 && nf_get16(p, 4, &length) && length != 0)
		return 40u + length;
	return 0;
}

/* An Ethernet frame without its FCS has 60 octets at least, whatever the packet in it. */
static size_t frame_length(struct nf_bytes p)
{
	size_t at = 12, ip;
	uint16_t type;

	while (nf_get16(p, at, &type) && (type == 0x8100 || type == 0x88a8))
		at += 4;
	if (!nf_get16(p, at, &type) || (type != 0x0800 && type != 0x86dd))
		return 0;
	ip = ip_length(nf_slice(p, at + 2, p.n));
	return ip == 0 ? 0 : at + 2 + ip < 60 ? 60 : at + 2 + ip;
}

static void section(const struct check_record *r, struct check_step *s)
{
	const struct nf_field f = nf_field(r->rec, s->a);
	uint64_t length;

	if (s->param == 0 || !check_uint(r->rec, s->b, &length))
		length = f.def->ie->id == IP_SECTION ? ip_length(f.value) : frame_length(f.value);
	if (length == 0 || length >= f.value.n ||
	    !nf_all_zero(nf_slice(f.value, (size_t)length, f.value.n)))
		return;
	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_PSAMP_SECTION_PADDED, .at = r->at, .tmpl = r->use->tmpl,
		.span = nf_span_of(f.offset + length, f.value.n - length), .ie = f.def->ie,
		.args = { { .ie = f.def->ie }, { .u = f.value.n - length }, { .u = length } },
	});
}

static void plan_section(struct check_plan *p, uint16_t id)
{
	int at = check_field_of(p->layout, NF_PEN_IANA, id);
	int size = check_field_of(p->layout, NF_PEN_IANA, FRAME_SIZE);
	struct check_step *s;

	if (at < 0 || p->layout->fields[at].length == NF_VARLEN ||
	    check_layout_has(p->layout, SECTION_OCTETS) != CHECK_AS_NONE ||
	    (s = check_plan_step(p, section)) == NULL)
		return;
	check_applies(p->check, CHECK_PSAMP_SECTION_PADDED);
	s->a = (uint16_t)at;
	if (id == FRAME_SECTION && size >= 0) {
		s->b = (uint16_t)size;
		s->param = 1;
	}
}

/* -- Planning ---------------------------------------------------------------------------------- */

static void step(struct check_plan *p,
		 void (*run)(const struct check_record *, struct check_step *), int field)
{
	struct check_step *s = field >= 0 ? check_plan_step(p, run) : NULL;

	if (s != NULL)
		s->a = (uint16_t)field;
}

static bool describes(const struct nf_layout *layout, struct description *d)
{
	bool any = false;

	for (unsigned i = 0; i < WAYS; i++) {
		d->at[i] = (int16_t)check_field_of(layout, NF_PEN_IANA, way_ids[i]);
		any |= d->at[i] >= 0;
	}
	d->id = (int16_t)check_field_of(layout, NF_PEN_IANA, SELECTOR_ID);
	if (d->id < 0)
		d->id = (int16_t)check_field_of(layout, NF_PEN_IANA, SAMPLER_ID);
	d->scopes = layout->nscope;
	for (unsigned i = 0; i < layout->nfields; i++)
		d->scopes = nf_fold(d->scopes ^ layout->fields[i].ie->id,
				    0x9e3779b97f4a7c15u ^ layout->fields[i].ie->pen);
	return any;
}

static void plan_options(struct check_plan *p)
{
	struct description d, *kept;
	struct check_step *s;

	step(p, sequence_described, check_field_of(p->layout, NF_PEN_IANA, SEQUENCE_ID));
	if (p->version == 10 && check_layout_has(p->layout, SELECTOR_ID) != CHECK_AS_NONE) {
		step(p, parameters,
		     check_field_of(p->layout, NF_PEN_IANA, way_ids[SELECTOR_ALGORITHM]));
		check_applies(p->check, CHECK_PSAMP_SELECTOR_PARAMS);
	}
	if (!describes(p->layout, &d) || (s = check_plan_step(p, described)) == NULL)
		return;
	check_applies(p->check, CHECK_OPT_SAMPLING_ZERO);
	check_applies(p->check, CHECK_OPT_SAMPLING_CONFLICT);
	check_applies(p->check, CHECK_OPT_SAMPLING_CHANGED);
	s->state = kept = check_alloc(p->check, sizeof(*kept));
	if (kept != NULL)
		*kept = d;
}

/* Flows that say the rate themselves need nobody to describe their sampler. */
static void plan_flows(struct check_plan *p)
{
	struct description d;
	int sequence = check_field_of(p->layout, NF_PEN_IANA, SEQUENCE_ID);

	if (!describes(p->layout, &d) && d.id >= 0) {
		step(p, sampler_used, d.id);
		check_applies(p->check, CHECK_OPT_SAMPLING_UNDESCRIBED);
	}
	if (p->version != 10)
		return;
	step(p, sequence_used, sequence);
	if (sequence >= 0)
		check_applies(p->check, CHECK_PSAMP_SEQUENCE_UNDESCRIBED);
	plan_section(p, IP_SECTION);
	plan_section(p, FRAME_SECTION);
}

static void plan(struct check_plan *p)
{
	if (p->layout->kind == NF_LAYOUT_OPTIONS)
		plan_options(p);
	else if (p->layout->kind == NF_LAYOUT_DATA)
		plan_flows(p);
}

/* -- Hooks ------------------------------------------------------------------------------------- */

static void template_(struct check *c, const struct check_at *at, const struct nf_template *t)
{
	if (!t->dialect->enterprise_bit)
		return;
	if (t->kind == NF_TEMPLATE) {
		report_template(c, at, t);
	} else if (t->kind == NF_TEMPLATE_OPTIONS) {
		of_exporter(c, at->stream)->psamp |=
			check_template_has(t, SEQUENCE_ID) != CHECK_AS_NONE;
		selector_template(c, at, t);
	}
}

static void stream_end(struct check *c, struct check_stream *s)
{
	rates_end(c, s);
	reports_end(c, s);
}

static void exporter_end(struct check *c, struct check_exporter *e)
{
	struct of_exporter *o = check_state(c, &e->holder, CHECK_GROUP_sampling);

	if (!o->of_all)
		undescribed(c, &o->samplers, CHECK_OPT_SAMPLING_UNDESCRIBED);
	undescribed(c, &o->sequences, CHECK_PSAMP_SEQUENCE_UNDESCRIBED);
}

const struct check_group check_group_sampling = {
	.name = "sampling",
	.size = {
		[CHECK_STREAM] = sizeof(struct of_stream),
		[CHECK_EXPORTER] = sizeof(struct of_exporter),
	},
	.template_ = template_,
	.plan = plan,
	.stream_end = stream_end,
	.exporter_end = exporter_end,
};
