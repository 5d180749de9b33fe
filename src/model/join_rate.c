/*
 * By how much the packets of a flow were sampled.  The raw counters stand as they are; a rate is
 * given where exactly one fits, from the most particular source that knows one:
 *
 *	the record itself; the row of its selector or sampler; that of its interface; what is
 *	said of all of the domain, or of its only sampler; the header (v5, v6)
 */
#include <config.h>

#include "model/flow.h"
#include "model/join_table.h"

enum { COUNT_BASED = 1, N_OUT_OF_N = 3, UNIFORM = 4 };	/* selectorAlgorithm (RFC 5477) */

static const char *const sources[JOIN_RATE_SOURCES] = {
	[JOIN_RATE_RECORD] = "record",
	[JOIN_RATE_SELECTOR] = "selector",
	[JOIN_RATE_SAMPLER] = "sampler",
	[JOIN_RATE_INTERFACE] = "interface",
	[JOIN_RATE_SYSTEM] = "system",
	[JOIN_RATE_HEADER] = "header",
};

const char *join_rate_source_name(enum join_rate_source source)
{
	return sources[source];
}

/* -- A rate out of what is said -------------------------------------------------------- */

struct ratio {
	uint64_t num, den;		/* den 0: there is none */
};

/* In lowest terms. */
static struct ratio ratio(uint64_t num, uint64_t den)
{
	uint64_t a = num, b = den;

	while (b != 0) {
		uint64_t rest = a % b;

		a = b;
		b = rest;
	}
	return a != 0 && den != 0 ? (struct ratio){ num / a, den / a } : (struct ratio){ 0, 0 };
}

static bool equal(struct ratio a, struct ratio b)
{
	return a.num == b.num && a.den == b.den;
}

static uint64_t number(const struct nf_bytes said[JOIN_RATE_ELEMENTS], enum join_rate_element e)
{
	return said[e].n > 0 && said[e].n <= 8 ? nf_ben(said[e].p, said[e].n) : 0;
}

/* One of N: samplingInterval, samplerRandomInterval. */
static struct ratio one_of(uint64_t n)
{
	return ratio(n, n > 0);
}

/* INTERVAL packets are taken, then SPACE are left (RFC 5477 section 8.2.2). */
static struct ratio count_based(const struct nf_bytes said[JOIN_RATE_ELEMENTS])
{
	uint64_t interval = number(said, JOIN_RATE_305), space = number(said, JOIN_RATE_306);
	uint64_t all;

	if (said[JOIN_RATE_306].n == 0 || __builtin_add_overflow(interval, space, &all))
		return ratio(0, 0);
	return ratio(all, interval);
}

static struct ratio n_out_of_n(const struct nf_bytes said[JOIN_RATE_ELEMENTS])
{
	uint64_t size = number(said, JOIN_RATE_309), population = number(said, JOIN_RATE_310);

	return population >= size ? ratio(population, size) : ratio(0, 0);
}

/* A probability, to nine digits; one over a whole number is exactly that. */
static struct ratio uniform(struct nf_bytes b)
{
	const uint64_t unit = 1000000000;
	double p = 0, n;

	if (b.n == 8) {
		uint64_t bits = nf_be64(b.p);

		memcpy(&p, &bits, sizeof(p));
	} else if (b.n == 4) {
		uint32_t bits = nf_be32(b.p);
		float f;

		memcpy(&f, &bits, sizeof(f));
		p = f;
	}
	if (!(p >= 1e-9 && p <= 1))
		return ratio(0, 0);
	n = 1 / p;
	if ((n - (double)(uint64_t)(n + 0.5)) / n < 1e-6 &&
	    ((double)(uint64_t)(n + 0.5) - n) / n < 1e-6)
		return ratio((uint64_t)(n + 0.5), 1);
	return ratio(unit, (uint64_t)(p * (double)unit + 0.5));
}

/* False where nothing is said.  *AMBIGUOUS: several things are. */
static bool rate_of(const struct nf_bytes said[JOIN_RATE_ELEMENTS], struct ratio *r,
		    bool *ambiguous)
{
	const struct ratio all[] = {
		count_based(said), n_out_of_n(said), uniform(said[JOIN_RATE_311]),
		one_of(number(said, JOIN_RATE_34)), one_of(number(said, JOIN_RATE_50)),
	};
	uint64_t algorithm = number(said, JOIN_RATE_304);
	unsigned own = algorithm == COUNT_BASED ? 0 : algorithm == N_OUT_OF_N ? 1 : 2;

	*ambiguous = false;
	*r = ratio(0, 0);
	if ((algorithm == COUNT_BASED || algorithm == N_OUT_OF_N || algorithm == UNIFORM) &&
	    all[own].den != 0) {
		*r = all[own];
		return true;
	}
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (all[i].den == 0)
			continue;
		if (r->den != 0 && !equal(*r, all[i]))
			*ambiguous = true;
		*r = all[i];
	}
	return r->den != 0;
}

/* -- In rows --------------------------------------------------------------------------- */

/* Elements of rows; the direction is one of records. */
static const uint16_t ids[JOIN_RATE_ELEMENTS] = {
	[JOIN_RATE_34] = 34, [JOIN_RATE_50] = 50, [JOIN_RATE_304] = 304, [JOIN_RATE_305] = 305,
	[JOIN_RATE_306] = 306, [JOIN_RATE_309] = 309, [JOIN_RATE_310] = 310, [JOIN_RATE_311] = 311,
};

bool join_may_rate(const struct nf_ie *ie)
{
	for (unsigned e = 0; e < JOIN_RATE_DIRECTION; e++)
		if (ie->id == ids[e] && ie->pen == NF_PEN_IANA)
			return true;
	return false;
}

static bool find_rate(const struct join_want *want, const struct join_version *v,
		      struct join_answer *a)
{
	struct nf_bytes said[JOIN_RATE_ELEMENTS] = { { .n = 0 } };
	struct ratio r;
	bool ambiguous;

	(void)want;
	for (unsigned i = 0; i < v->nvalues; i++)
		for (unsigned e = 0; e < JOIN_RATE_ELEMENTS; e++)
			if (v->values[i].ie->id == ids[e] && v->values[i].ie->pen == NF_PEN_IANA)
				said[e] = join_octets(v->values[i].octets);
	if (!rate_of(said, &r, &ambiguous))
		return false;
	a->num = r.num;
	a->den = r.den;
	a->other = ambiguous ? v : NULL;
	return true;
}

static bool same_rate(const struct join_answer *a, const struct join_answer *b)
{
	return a->other == NULL && b->other == NULL &&
	       equal((struct ratio){ a->num, a->den }, (struct ratio){ b->num, b->den });
}

static const struct join_want want_rate = { .find = find_rate, .same = same_rate };

static bool taken(struct join_rate *r, const struct join_answer *a, enum join_rate_source source)
{
	*r = (struct join_rate){
		.num = a->other == NULL ? a->num : 0,
		.den = a->other == NULL ? a->den : 1,
		.source = (uint8_t)source,
		.how = a->how,
		.ambiguous = a->other != NULL,
		.version = a->version,
		.other = a->other,
		.domain = a->domain,
	};
	return true;
}

/* -- The sources ----------------------------------------------------------------------- */

static bool by_record(const struct join_fields *f, const struct nf_rec *rec, struct join_rate *r)
{
	struct nf_bytes said[JOIN_RATE_ELEMENTS];
	struct ratio own;

	for (unsigned e = 0; e < JOIN_RATE_ELEMENTS; e++)
		said[e] = join_rate_field(f, rec, (enum join_rate_element)e);
	*r = (struct join_rate){ .source = JOIN_RATE_RECORD };
	if (!rate_of(said, &own, &r->ambiguous))
		return false;
	r->num = r->ambiguous ? 0 : own.num;
	r->den = r->ambiguous ? 1 : own.den;
	return true;
}

static bool by_sampler(struct join *j, const struct join_record *at, struct join_rate *r)
{
	struct join_answer a, b;
	bool selector = join_points(j, at, JOIN_SELECTOR, JOIN_SIDE_NONE, &want_rate, &a);

	if (join_points(j, at, JOIN_SAMPLER, JOIN_SIDE_NONE, &want_rate, selector ? &b : &a)) {
		if (!selector)
			return taken(r, &a, JOIN_RATE_SAMPLER);
		if (!same_rate(&a, &b) && a.other == NULL)
			a.other = b.version;
		selector = true;
	}
	return selector && taken(r, &a, JOIN_RATE_SELECTOR);
}

/* The interface at which the flow was seen; where that is not said, both must agree. */
static bool by_interface(struct join *j, const struct join_fields *f, const struct join_record *at,
			 struct join_rate *r)
{
	struct nf_bytes direction = join_rate_field(f, at->rec, JOIN_RATE_DIRECTION);
	bool said = direction.n > 0 && nf_ben(direction.p, direction.n) <= 1;
	bool out = said && nf_ben(direction.p, direction.n) == 1;
	struct join_answer a, b;
	bool in = (!said || !out) &&
		  join_points(j, at, JOIN_INTERFACE, JOIN_SIDE_INGRESS, &want_rate, &a);

	if ((!said || out) &&
	    join_points(j, at, JOIN_INTERFACE, JOIN_SIDE_EGRESS, &want_rate, in ? &b : &a)) {
		if (in && !same_rate(&a, &b) && a.other == NULL)
			a.other = b.version;
		in = true;
	}
	return in && taken(r, &a, JOIN_RATE_INTERFACE);
}

/* What is said of all of the domain; of a record without an id, any sampler may be the one. */
static bool by_domain(struct join *j, bool sampler, const struct join_record *at,
		      struct join_rate *r)
{
	unsigned kinds = 1u << JOIN_SYSTEM, slot = JOIN_SLOT_RATE_SYSTEM;
	struct join_answer a;

	if (!sampler) {
		kinds |= 1u << JOIN_SAMPLER | 1u << JOIN_SELECTOR;
		slot = JOIN_SLOT_RATE_ANY;
	}
	return join_any(j, at, slot, kinds, &want_rate, &a) && taken(r, &a, JOIN_RATE_SYSTEM);
}

static bool by_header(const struct join_record *at, struct join_rate *r)
{
	uint64_t n;

	if (!flow_header_sampling(at->msg, &n))
		return false;
	*r = (struct join_rate){ .num = n, .den = 1, .source = JOIN_RATE_HEADER };
	return true;
}

/* Few exporters sample by interface: most often no row says anything of the kind. */
static bool may_be_by_interface(const struct join *j)
{
	return j->rated_kinds >> JOIN_INTERFACE & 1 || join_can_look_ahead(j);
}

/* F is NULL for a message as a whole. */
static bool found(struct join *j, const struct join_fields *f, const struct join_record *at,
		  struct join_rate *r)
{
	return (f != NULL && f->rated && by_record(f, at->rec, r)) || by_header(at, r) ||
	       (f != NULL && f->sampler && by_sampler(j, at, r)) ||
	       (f != NULL && may_be_by_interface(j) && by_interface(j, f, at, r)) ||
	       by_domain(j, f != NULL && f->sampler, at, r);
}

bool join_rate(struct join *j, const struct join_record *at, struct join_rate *r)
{
	const struct join_fields *f = at->rec != NULL ? join_fields_of(j, at->rec->layout) : NULL;
	uint64_t position = join_position_of(at);

	if (at->rec != NULL && f == NULL)
		return false;
	if (f != NULL && (f->rated || f->sampler || may_be_by_interface(j)))
		return found(j, f, at, r);
	join_asker(j, at);
	if (j->constant.asker != j->asker.number || j->constant.fields != f ||
	    position < j->constant.span.from || position > j->constant.span.until) {
		join_ponder(j);
		j->constant.found = found(j, f, at, &j->constant.rate);
		join_asker(j, at);
		j->constant.asker = j->asker.number;
		j->constant.fields = f;
		j->constant.span = j->span;
	}
	if (j->constant.found)
		*r = j->constant.rate;
	return j->constant.found;
}

bool join_scaled(const struct join_rate *r, uint64_t n, uint64_t *scaled)
{
	uint64_t whole, rest;

	return !r->ambiguous && !__builtin_mul_overflow(n / r->den, r->num, &whole) &&
	       !__builtin_mul_overflow(n % r->den, r->num, &rest) &&
	       !__builtin_add_overflow(rest, r->den / 2, &rest) &&
	       !__builtin_add_overflow(whole, rest / r->den, scaled);
}
