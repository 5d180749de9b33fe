/*
 * Counters of flows: packets beside octets, deltas beside totals.
 */
#include <config.h>

#include "check/counter.h"

enum {
	MIN_IPV4 = 20, MIN_IPV6 = 40,		/* octets of a header without anything behind it */
	MAX_PACKET = 40 + UINT16_MAX,		/* IPv6, and no jumbogram */
	NEGATIVE = 1 << 20,			/* how far below zero is looked for */
	SHORTEST = 4,				/* octets of a counter that may be negative */
};

/* Packets that are no fault as such: a product with MAX_PACKET fits 64 bits. */
static const uint64_t many_packets = UINT64_C(1) << 40;

/* -- One counter ---------------------------------------------------------------------- */

uint64_t check_counter_bound(unsigned length)
{
	uint64_t greatest = length < 8 ? (UINT64_C(1) << 8 * length) - 1 : UINT64_MAX;

	if (length == 8)
		return UINT64_C(1) << 63;
	return length < SHORTEST ? greatest : greatest - NEGATIVE + 1;
}

void check_counter_beyond(const struct check_record *r, unsigned i, uint64_t v)
{
	struct nf_field f = nf_field(r->rec, i);
	unsigned length = f.def->length;
	uint64_t greatest = length < 8 ? (UINT64_C(1) << 8 * length) - 1 : UINT64_MAX;
	bool stuck = length < 8 && v == greatest;

	check_claim(r->check, &(struct check_claim){
		.rule = stuck ? CHECK_CNT_SATURATED : CHECK_CNT_WRAPPED_NEGATIVE,
		.at = r->at, .span = nf_span_of(f.offset, f.value.n), .tmpl = r->use->tmpl,
		.ie = f.def->ie,
		.args = { { .ie = f.def->ie }, { .u = stuck ? length : v },
			  { .i = (int64_t)(v - greatest) - 1 } },
	});
}

struct counter { uint16_t field; uint64_t bound; };
struct counters { unsigned n; struct counter v[]; };

/* From BOUND on, which is 2^63 at most. */
static inline uint64_t is_beyond(uint64_t v, uint64_t bound)
{
	return v | (bound - 1 - v);
}

NF_WIDE
static uint64_t sift_bounds(const struct check_rows *rows, struct check_step *s)
{
	const struct counters *counters = s->state;
	const size_t ample = check_ample(rows);
	uint64_t bad = 0;

	for (const struct counter *k = counters->v; k != counters->v + counters->n; k++)
		for (size_t i = 0; i < ample; i++)
			bad |= is_beyond(check_column(rows, k->field)[i], k->bound) >> CHECK_TOP
			       << i;
	return bad & check_all_rows(rows);
}

static void bounds(const struct check_record *r, struct check_step *s)
{
	const struct counters *counters = s->state;

	for (unsigned i = 0; i < counters->n; i++) {
		const struct counter *k = &counters->v[i];

		if (check_value(r, k->field) >= k->bound)
			check_counter_beyond(r, k->field, check_value(r, k->field));
	}
}

/* -- Packets and octets --------------------------------------------------------------- */

/* What a step for a pair knows in its param. */
enum { EMPTY_IS_EMPTY = 1, IS_IP = 2, IS_IPV6 = 4 };

static void pair_claim(const struct check_record *r, const struct check_step *s,
		       enum check_rule_id rule, uint64_t least)
{
	struct nf_field octets = nf_field(r->rec, s->a);
	const struct nf_ie *packets = r->use->layout->fields[s->b].ie;

	check_claim(r->check, &(struct check_claim){
		.rule = rule, .at = r->at, .span = nf_span_of(octets.offset, octets.value.n),
		.tmpl = r->use->tmpl, .ie = octets.def->ie,
		.args = { { .ie = octets.def->ie }, { .u = check_value(r, s->a) },
			  { .ie = packets }, { .u = check_value(r, s->b) }, { .u = least } },
	});
}

static void pair_odd(const struct check_record *r, struct check_step *s)
{
	uint64_t octets = check_value(r, s->a), packets = check_value(r, s->b);
	uint64_t least = s->param & IS_IPV6 ? MIN_IPV6 : MIN_IPV4;
	const struct nf_fielddef *fields = r->use->layout->fields;
	bool octets_beyond = octets >= check_counter_bound(fields[s->a].length);
	bool packets_beyond = packets >= check_counter_bound(fields[s->b].length);

	if (octets_beyond)
		check_counter_beyond(r, s->a, octets);
	if (packets_beyond)
		check_counter_beyond(r, s->b, packets);
	if (octets_beyond || packets_beyond)
		return;
	if (packets == 0 && octets == 0) {
		if (s->param & EMPTY_IS_EMPTY)
			pair_claim(r, s, CHECK_CNT_BOTH_ZERO, 0);
	} else if (packets == 0 || octets == 0) {
		pair_claim(r, s, CHECK_CNT_ONE_ZERO, 0);
	} else if (octets / packets < least) {
		if (s->param & IS_IP)
			pair_claim(r, s, CHECK_CNT_OCTETS_BELOW_MINIMUM, least);
	} else if (octets / MAX_PACKET >= packets && octets != packets * MAX_PACKET) {
		pair_claim(r, s, CHECK_CNT_OCTETS_ABOVE_MAXIMUM, MAX_PACKET);
	}
}

/*
 * Nearly all records have packets, of which each has from LEAST to MAX_PACKET octets, and neither
 * counter is near its end.
 */
static inline uint64_t pair_is_odd(const struct check_rows *rows, const struct check_step *s,
				   size_t i, uint64_t least)
{
	uint64_t octets = check_column(rows, s->a)[i], packets = check_column(rows, s->b)[i];

	return (packets - 1) | (s->n - packets) | is_beyond(octets, s->m) |
	       (octets - packets * least) | (packets * MAX_PACKET - octets);
}

static inline uint64_t pair4_is_odd(const struct check_rows *rows, const struct check_step *s,
				    size_t i)
{
	return pair_is_odd(rows, s, i, MIN_IPV4);
}

static inline uint64_t pair6_is_odd(const struct check_rows *rows, const struct check_step *s,
				    size_t i)
{
	return pair_is_odd(rows, s, i, MIN_IPV6);
}

NF_WIDE
static uint64_t sift_pair4(const struct check_rows *rows, struct check_step *s)
{
	return check_sift(rows, s, pair4_is_odd);
}

NF_WIDE
static uint64_t sift_pair6(const struct check_rows *rows, struct check_step *s)
{
	return check_sift(rows, s, pair6_is_odd);
}

/* -- Bounds that the record states itself --------------------------------------------- */

static void bounds_claim(const struct check_record *r, const struct check_step *s,
			 const char *why, uint64_t octets, uint64_t packets)
{
	struct nf_field least = nf_field(r->rec, s->c);
	const struct nf_ie *most = r->use->layout->fields[s->param].ie;

	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_CNT_LENGTH_BOUNDS, .at = r->at,
		.span = nf_span_of(least.offset, least.value.n), .tmpl = r->use->tmpl,
		.ie = least.def->ie,
		.args = { { .ie = least.def->ie }, { .u = check_value(r, s->c) }, { .ie = most },
			  { .u = check_value(r, s->param) }, { .s = why },
			  { .u = packets != 0 ? octets / packets : 0 } },
	});
}

static void least_most(const struct check_record *r, struct check_step *s)
{
	uint64_t least = check_value(r, s->c), most = check_value(r, s->param);

	if (least > most && most != 0)
		bounds_claim(r, s, "the one is greater than the other", 0, 0);
}

/* Where no length was taken, both are zero. */
static void least_most_of(const struct check_record *r, struct check_step *s)
{
	uint64_t least = check_value(r, s->c), most = check_value(r, s->param);
	uint64_t octets = check_value(r, s->a), packets = check_value(r, s->b);

	least_most(r, s);
	if (least > most || most == 0 || most > MAX_PACKET || packets == 0 || octets == 0 ||
	    packets >= many_packets)
		return;
	if (octets < packets * least)
		bounds_claim(r, s, "the flow has fewer octets in its packets", octets, packets);
	else if (octets > packets * most)
		bounds_claim(r, s, "the flow has more octets in its packets", octets, packets);
}

/* a the delta, b the total. */
static void delta_total(const struct check_record *r, struct check_step *s)
{
	uint64_t delta = check_value(r, s->a), total = check_value(r, s->b);
	struct nf_field f;

	if (delta <= total)
		return;
	f = nf_field(r->rec, s->a);
	check_claim(r->check, &(struct check_claim){
		.rule = CHECK_CNT_DELTA_EXCEEDS_TOTAL, .at = r->at,
		.span = nf_span_of(f.offset, f.value.n), .tmpl = r->use->tmpl, .ie = f.def->ie,
		.args = { { .ie = f.def->ie }, { .u = delta },
			  { .ie = r->use->layout->fields[s->b].ie }, { .u = total } },
	});
}

/* -- Planning ------------------------------------------------------------------------- */

static const struct { uint16_t packets, octets; bool primary; } pairs[] = {
#define PAIR(packets_, octets_, primary_) { packets_, octets_, primary_ },
#define TOTAL(delta, total)
#define LEAST_MOST(least, most)
#include "check/counter_pairs.def"
#undef PAIR
#undef TOTAL
#undef LEAST_MOST
};

static const struct { uint16_t delta, total; } totals[] = {
#define PAIR(packets, octets, primary)
#define TOTAL(delta_, total_) { delta_, total_ },
#define LEAST_MOST(least, most)
#include "check/counter_pairs.def"
#undef PAIR
#undef TOTAL
#undef LEAST_MOST
};

static const struct { uint16_t least, most; } extremes[] = {
#define PAIR(packets, octets, primary)
#define TOTAL(delta, total)
#define LEAST_MOST(least_, most_) { least_, most_ },
#include "check/counter_pairs.def"
#undef PAIR
#undef TOTAL
#undef LEAST_MOST
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The field of {PEN, ID}, if it is an integer; -1. */
static int integer_of(const struct nf_layout *l, uint32_t pen, uint16_t id)
{
	int i = check_field_of(l, pen, id);

	return i >= 0 && l->fields[i].length >= 1 && l->fields[i].length <= 8 ? i : -1;
}

/* The same, if it does not begin anew in the lifetime of a flow, as short totals may. */
static int steady_of(const struct nf_layout *l, uint32_t pen, uint16_t id)
{
	int i = integer_of(l, pen, id);

	return i >= 0 && l->fields[i].ie->semantics == NF_SEM_TOTAL_COUNTER &&
	       l->fields[i].length < 8 ? -1 : i;
}

/* What the layout says of the packets: addresses or a protocol make them IP's. */
static uint16_t kind_of(const struct nf_layout *l)
{
	static const uint8_t four[] = { NF_ROLE_SRC4, NF_ROLE_DST4 };
	static const uint8_t six[] = { NF_ROLE_SRC6, NF_ROLE_DST6 };
	bool is_four = false, is_six = false;

	for (unsigned i = 0; i < COUNT(four); i++) {
		is_four |= l->slot[four[i]] >= 0;
		is_six |= l->slot[six[i]] >= 0;
	}
	if (is_six && !is_four)
		return IS_IP | IS_IPV6;
	return is_four || l->kind == NF_LAYOUT_FIXED || l->slot[NF_ROLE_PROTOCOL] >= 0 ? IS_IP : 0;
}

static void plan_pair(struct check_plan *p, int packets, int octets, uint16_t param)
{
	const struct nf_fielddef *f = p->layout->fields;
	struct check_step *s = check_plan_step(p, pair_odd);

	if (s == NULL)
		return;
	s->sift = param & IS_IPV6 ? sift_pair6 : sift_pair4;
	s->a = (uint16_t)octets;
	s->b = (uint16_t)packets;
	s->param = param;
	check_plan_column(p, s->a);
	check_plan_column(p, s->b);
	s->n = check_counter_bound(f[packets].length) - 1;
	if (s->n > many_packets)
		s->n = many_packets;
	s->m = check_counter_bound(f[octets].length);
}

/* Of NAT and firewall events, counters are zero as a rule. */
static void plan_pairs(struct check_plan *p)
{
	static const uint32_t pens[] = { NF_PEN_IANA, NF_PEN_REVERSE };
	const struct nf_layout *l = p->layout;
	struct check_flows *flows = check_flows_of(p);
	uint16_t param = kind_of(l);
	unsigned n = 0;

	for (unsigned i = 0; i < COUNT(pairs) * COUNT(pens); i++)
		n += steady_of(l, pens[i % 2], pairs[i / 2].packets) >= 0 &&
		     steady_of(l, pens[i % 2], pairs[i / 2].octets) >= 0;
	for (unsigned i = 0; i < COUNT(pairs) * COUNT(pens); i++) {
		int packets = steady_of(l, pens[i % 2], pairs[i / 2].packets);
		int octets = steady_of(l, pens[i % 2], pairs[i / 2].octets);
		bool alone = n == 1 && pairs[i / 2].primary && l->slot[NF_ROLE_EVENT] < 0;

		if (packets < 0 || octets < 0)
			continue;
		plan_pair(p, packets, octets, param | (alone ? EMPTY_IS_EMPTY : 0));
	}
	if (flows != NULL)
		check_plan_flows(p, flows);
	if (n == 0)
		return;
	check_applies(p->check, CHECK_CNT_ONE_ZERO);
	check_applies(p->check, CHECK_CNT_BOTH_ZERO);
	check_applies(p->check, CHECK_CNT_OCTETS_ABOVE_MAXIMUM);
	if (param & IS_IP)
		check_applies(p->check, CHECK_CNT_OCTETS_BELOW_MINIMUM);
}

static bool in_pair(const struct nf_layout *l, const struct nf_ie *ie)
{
	if (ie->pen != NF_PEN_IANA && ie->pen != NF_PEN_REVERSE)
		return false;
	for (unsigned i = 0; i < COUNT(pairs); i++)
		if ((ie->id == pairs[i].packets || ie->id == pairs[i].octets) &&
		    steady_of(l, ie->pen, pairs[i].packets) >= 0 &&
		    steady_of(l, ie->pen, pairs[i].octets) >= 0)
			return true;
	return false;
}

/* Deltas that no pair has. */
static void plan_bounds(struct check_plan *p)
{
	const struct nf_layout *l = p->layout;
	struct counters *counters = check_alloc(p->check, sizeof(*counters) +
						l->nfields * sizeof(counters->v[0]));
	struct check_step *s;

	if (counters == NULL)
		return;
	for (unsigned i = 0; i < l->nfields; i++) {
		const struct nf_fielddef *f = &l->fields[i];

		if (f->ie->semantics != NF_SEM_DELTA_COUNTER || f->length < 1 || f->length > 8)
			continue;
		check_applies(p->check, CHECK_CNT_WRAPPED_NEGATIVE);
		check_applies(p->check, CHECK_CNT_SATURATED);
		if (in_pair(l, f->ie))
			continue;
		counters->v[counters->n++] = (struct counter){
			.field = (uint16_t)i, .bound = check_counter_bound(f->length),
		};
		check_plan_column(p, i);
	}
	s = counters->n != 0 ? check_plan_step(p, bounds) : NULL;
	if (s == NULL)
		return;
	s->sift = sift_bounds;
	s->state = counters;
}

static void plan_extremes(struct check_plan *p)
{
	const struct nf_layout *l = p->layout;

	for (unsigned i = 0; i < COUNT(extremes); i++) {
		int least = integer_of(l, NF_PEN_IANA, extremes[i].least);
		int most = integer_of(l, NF_PEN_IANA, extremes[i].most);
		int octets = integer_of(l, NF_PEN_IANA, 1), packets = integer_of(l, NF_PEN_IANA, 2);
		bool with = i == 0 && octets >= 0 && packets >= 0;
		struct check_step *s;

		if (least < 0 || most < 0)
			continue;
		check_applies(p->check, CHECK_CNT_LENGTH_BOUNDS);
		s = check_plan_step(p, with ? least_most_of : least_most);
		if (s == NULL)
			return;
		s->a = (uint16_t)(with ? octets : 0);
		s->b = (uint16_t)(with ? packets : 0);
		s->c = (uint16_t)least;
		s->param = (uint16_t)most;
	}
}

static void plan_deltas(struct check_plan *p)
{
	for (unsigned i = 0; i < COUNT(totals); i++) {
		int delta = integer_of(p->layout, NF_PEN_IANA, totals[i].delta);
		int total = integer_of(p->layout, NF_PEN_IANA, totals[i].total);
		struct check_step *s;

		if (delta < 0 || total < 0)
			continue;
		check_applies(p->check, CHECK_CNT_DELTA_EXCEEDS_TOTAL);
		s = check_plan_step(p, delta_total);
		if (s == NULL)
			return;
		s->a = (uint16_t)delta;
		s->b = (uint16_t)total;
	}
}

static void plan(struct check_plan *p)
{
	if (p->layout->kind == NF_LAYOUT_OPTIONS) {
		check_plan_totals(p);
		return;
	}
	plan_pairs(p);
	plan_bounds(p);
	plan_extremes(p);
	plan_deltas(p);
}

const struct check_group check_group_counter = {
	.name = "counter",
	.size = { [CHECK_CAPTURE] = sizeof(struct check_counter_state) },
	.plan = plan,
};
