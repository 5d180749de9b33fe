/*
 * What options say of sampling rates: that they are none, change, or contradict each other.
 */
#include <config.h>

#include <string.h>

#include "base/hash.h"
#include "check/sampling.h"

/* Elements that say how much is selected, by what they say. */
enum way {
	INTERVAL, RANDOM_INTERVAL, PACKET_INTERVAL, PACKET_SPACE, TIME_INTERVAL, TIME_SPACE,
	SIZE, POPULATION, PROBABILITY, MODE, ALGORITHM, PSAMP_ALGORITHM,
	WAYS
};

static const uint16_t way_ids[WAYS] = {
	[INTERVAL] = 34, [RANDOM_INTERVAL] = 50, [PACKET_INTERVAL] = 305, [PACKET_SPACE] = 306,
	[TIME_INTERVAL] = 307, [TIME_SPACE] = 308, [SIZE] = 309, [POPULATION] = 310,
	[PROBABILITY] = 311, [MODE] = 49, [ALGORITHM] = 35, [PSAMP_ALGORITHM] = SELECTOR_ALGORITHM,
};

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
	struct sampling_stream *o = sampling_stream(r->check, r->at->stream);
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
	struct sampling_exporter *o = sampling_exporter(r->check, r->at->stream);
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
			id->flags |= SAMPLING_DEFINED;
	}
}

void sampling_rates_end(struct check *c, struct check_stream *s)
{
	const struct check_ids *rates = &sampling_stream(c, s)->rates;

	for (const struct check_id *id = rates->first; id != NULL; id = id->next) {
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

/* -- Planning ------------------------------------------------------------------------- */

bool sampling_describes(const struct nf_layout *layout)
{
	bool any = false;

	for (unsigned i = 0; i < WAYS; i++)
		any |= check_field_of(layout, NF_PEN_IANA, way_ids[i]) >= 0;
	return any;
}

int sampling_id(const struct nf_layout *layout)
{
	int i = check_field_of(layout, NF_PEN_IANA, SELECTOR_ID);

	return i >= 0 ? i : check_field_of(layout, NF_PEN_IANA, SAMPLER_ID);
}

static void describe(const struct nf_layout *layout, struct description *d)
{
	for (unsigned i = 0; i < WAYS; i++)
		d->at[i] = (int16_t)check_field_of(layout, NF_PEN_IANA, way_ids[i]);
	d->id = (int16_t)sampling_id(layout);
	d->scopes = layout->nscope;
	for (unsigned i = 0; i < layout->nfields; i++)
		d->scopes = nf_fold(d->scopes ^ layout->fields[i].ie->id,
				    0x9e3779b97f4a7c15u ^ layout->fields[i].ie->pen);
}

void sampling_rates_plan(struct check_plan *p)
{
	struct description *d;
	struct check_step *s;

	if (!sampling_describes(p->layout) || (s = check_plan_step(p, described)) == NULL)
		return;
	check_applies(p->check, CHECK_OPT_SAMPLING_ZERO);
	check_applies(p->check, CHECK_OPT_SAMPLING_CONFLICT);
	check_applies(p->check, CHECK_OPT_SAMPLING_CHANGED);
	s->state = d = check_alloc(p->check, sizeof(*d));
	if (d != NULL)
		describe(p->layout, d);
}
