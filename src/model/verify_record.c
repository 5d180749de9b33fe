/*
 * A record against the packets that are its own: when they came, their flags, their type of
 * service.  Where it is not known which are, against those of the flow.
 */
#include <config.h>

#include "model/verify_internal.h"

#include <inttypes.h>

/*
 * The first six TCP flags.  ECE and CWR are left out: what older exporters make of them was
 * undefined (RFC 3954 says nothing of them, RFC 5102 had them reserved).
 */
enum { FLAGS = 0x3f };

/* The record of the other direction beside one, and its packets. */
struct mate {
	struct verify_case c;
	struct verify_row *r;
	uint32_t number;
	struct verify_span span;
	bool there;
};

/* To be told with three digits: nothing is no negative nothing. */
static double seconds(int64_t ns)
{
	return ns > -500000 && ns < 0 ? 0 : (double)ns / 1e9;
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? verify_minus(a, b) : verify_minus(b, a);
}

/* -- Conversations --------------------------------------------------------------------- */

static void mate_next(struct mate *m)
{
	m->r = verify_case_next(&m->c, &m->number);
	m->there = m->r != NULL && verify_take(&m->c, m->r->packets, &m->span);
}

static void mate_open(struct mate *m, struct verify_case *c)
{
	const struct meter_key back = verify_key_back(&c->key);
	uint64_t *key = verify_key_find(c->v, &back, c->d->index);

	*m = (struct mate){ .r = NULL };
	if (key == NULL || key == c->row || verify_key_state(key) != VERIFY_MATCHED)
		return;
	verify_case_open(&m->c, c->v, key, VERIFY_ANY);
	m->number = verify_key_head(key);
	if (m->c.exact && m->c.steps)
		mate_next(m);
}

/* Records of both directions are in order: the one of the same times, if there is one. */
static bool mate_of(struct mate *m, const struct verify_row *r)
{
	while (m->there && m->r->first_ns < r->first_ns)
		mate_next(m);
	return m->there && m->r->first_ns == r->first_ns && m->r->last_ns == r->last_ns;
}

/* -- Times ----------------------------------------------------------------------------- */

static void outside(struct verify_case *c, enum verify_kind kind, int64_t found, int64_t wanted)
{
	double off = seconds(distance(found, wanted));
	const struct meter_totals *t = meter_totals(c->v->meter);
	struct verify_worst *w = verify_say(c, kind, off, 0, 0);

	if (off > c->d->tallies[kind].most)
		c->d->tallies[kind].most = off;
	verify_said(w, "%.3f s", seconds(verify_minus(found, t->first_ns)));
	verify_asked(w, "%.3f s into the traffic", seconds(verify_minus(wanted, t->first_ns)));
}

static void conversation(struct verify_case *c, const struct verify_span *own, int64_t first,
			 int64_t last)
{
	int64_t begins = verify_minus(own->first_ns, first);
	int64_t ends = verify_minus(last, own->last_ns);
	double off = seconds(begins > ends ? begins : ends);
	const struct meter_totals *t = meter_totals(c->v->meter);
	struct verify_worst *w = verify_say(c, VERIFY_CONVERSATION_TIMES, off, 0, 0);

	if (off > c->d->tallies[VERIFY_CONVERSATION_TIMES].most)
		c->d->tallies[VERIFY_CONVERSATION_TIMES].most = off;
	verify_said(w, "%.3f to %.3f s", seconds(verify_minus(first, t->first_ns)),
		    seconds(verify_minus(last, t->first_ns)));
	verify_asked(w, "%.3f to %.3f s into the traffic",
		     seconds(verify_minus(own->first_ns, t->first_ns)),
		     seconds(verify_minus(own->last_ns, t->first_ns)));
}

void verify_both_bounds(const struct verify_case *c, int64_t *first, int64_t *last)
{
	const struct meter_key back = verify_key_back(&c->key);
	const struct meter_flow *other = meter_find(c->v->meter, &back);

	*first = c->flow->first_ns;
	*last = c->flow->last_ns;
	if (other != NULL && other->first_ns < *first)
		*first = other->first_ns;
	if (other != NULL && other->last_ns > *last)
		*last = other->last_ns;
}

/*
 * Are these the times of both directions?  Those of a record of both are to be (RFC 5103); where it
 * is not known which packets of the other direction are meant, they lie somewhere within.
 */
static bool of_both(struct verify_case *c, const struct verify_row *r,
		    const struct verify_span *own, struct mate *m, int64_t first, int64_t last)
{
	int64_t begins, ends, slack = c->d->slack_ns;
	bool both = (r->has & VERIFY_HAS_BOTH) != 0, known = mate_of(m, r), right;

	if (known) {
		begins = own->first_ns < m->span.first_ns ? own->first_ns : m->span.first_ns;
		ends = own->last_ns > m->span.last_ns ? own->last_ns : m->span.last_ns;
	} else {
		verify_both_bounds(c, &begins, &ends);
	}
	right = distance(first, begins) <= slack && distance(last, ends) <= slack;
	if (!known && (both || c->sampled))
		right = verify_minus(begins, first) <= slack && verify_minus(last, ends) <= slack;
	if (!right || (!known && !both && !c->sampled && c->records != 1))
		return false;
	if (!both)
		conversation(c, own, first, last);
	return true;
}

static void times(struct verify_case *c, const struct verify_row *r,
		  const struct verify_span *own, struct mate *m)
{
	const struct verify_domain *d = c->d;
	bool has_first = (r->has & VERIFY_HAS_FIRST) != 0;
	bool has_last = (r->has & VERIFY_HAS_LAST) != 0;
	int64_t first = verify_put_right(d, r->first_ns, own->first_ns);
	int64_t last = verify_put_right(d, r->last_ns, own->last_ns);
	bool first_right = !has_first || distance(first, own->first_ns) <= d->slack_ns;
	bool last_right = !has_last || distance(last, own->last_ns) <= d->slack_ns;

	if (has_first)
		verify_asks(c, VERIFY_FIRST_OUTSIDE);
	if (has_last)
		verify_asks(c, VERIFY_LAST_OUTSIDE);
	if (has_first && has_last)
		verify_asks(c, VERIFY_CONVERSATION_TIMES);
	if (first_right && last_right)
		return;
	if (has_first && has_last && of_both(c, r, own, m, first, last))
		return;
	if (!first_right)
		outside(c, VERIFY_FIRST_OUTSIDE, first, own->first_ns);
	if (!last_right)
		outside(c, VERIFY_LAST_OUTSIDE, last, own->last_ns);
}

/* -- Flags, type of service, direction -------------------------------------------------- */

static bool seen(const uint64_t tos_seen[4], uint8_t tos)
{
	return (tos_seen[tos >> 6] >> (tos & 63) & 1) != 0;
}

/* A part of the packets has a part of their flags. */
static void flags(struct verify_case *c, const struct verify_row *r, uint16_t all, bool part)
{
	unsigned said = r->flags & FLAGS, wanted = all & FLAGS;
	struct verify_worst *w;

	if ((r->has & VERIFY_HAS_FLAGS) == 0)
		return;
	verify_asks(c, VERIFY_FLAGS);
	if (said == wanted || (part && (said & ~wanted) == 0))
		return;
	w = verify_say(c, VERIFY_FLAGS, (double)c->truth.packets, 0, 0);
	verify_said(w, "0x%02x", said);
	verify_asked(w, "0x%02x", wanted);
}

static void tos(struct verify_case *c, const struct verify_row *r, const uint64_t tos_seen[4],
		uint8_t all, bool part)
{
	struct verify_worst *w;

	if ((r->has & VERIFY_HAS_TOS) == 0)
		return;
	verify_asks(c, VERIFY_TOS);
	if (seen(tos_seen, r->tos) || r->tos == all || (part && (r->tos & ~all) == 0))
		return;
	w = verify_say(c, VERIFY_TOS, (double)c->truth.packets, 0, 0);
	verify_said(w, "%u", r->tos);
	verify_asked(w, "%u", all);
}

static bool within(const struct verify_prefix *p, const struct nf_addr *a)
{
	if (a->family != p->addr.family)
		return false;
	for (unsigned bit = 0; bit < p->length; bit += 8) {
		unsigned left = p->length - bit;
		uint8_t mask = left >= 8 ? 0xff : (uint8_t)(0xff << (8 - left));

		if (((a->octets[bit / 8] ^ p->addr.octets[bit / 8]) & mask) != 0)
			return false;
	}
	return true;
}

static bool inside(const struct verify *v, const struct nf_addr *a)
{
	for (size_t i = 0; i < v->opts.ninside; i++)
		if (within(&v->opts.inside[i], a))
			return true;
	return false;
}

/* What goes out is egress (1), what comes in is ingress (0); what stays is either. */
static void direction(struct verify_case *c, const struct verify_row *r)
{
	bool from = inside(c->v, &c->key.src), to = inside(c->v, &c->key.dst);
	struct verify_worst *w;

	if (from == to || (r->has & VERIFY_HAS_DIRECTION) == 0 || c->direction != VERIFY_ANY)
		return;
	verify_asks(c, VERIFY_DIRECTION);
	if ((r->direction == 1) == from)
		return;
	w = verify_say(c, VERIFY_DIRECTION, (double)c->packets, 0, 0);
	verify_said(w, "%s", r->direction == 1 ? "egress" : "ingress");
	verify_asked(w, "%s", from ? "egress" : "ingress");
}

/* -- Records --------------------------------------------------------------------------- */

void verify_records(struct verify_case *c)
{
	uint32_t number = verify_key_head(c->row);
	const struct verify_row *r;
	struct verify_span span;
	struct mate mate;

	mate_open(&mate, c);
	c->at = 0;
	while ((r = verify_case_next(c, &number)) != NULL) {
		direction(c, r);
		if (!verify_take(c, r->packets, &span))
			continue;
		verify_octets(c, r, &span);
		if (c->d->x.offset_known)
			times(c, r, &span, &mate);
		flags(c, r, span.flags, false);
		tos(c, r, span.tos_seen, span.tos_or, false);
		verify_cut(c, &span);
	}
}

static void time_bounds(struct verify_case *c, const struct verify_row *r)
{
	int64_t begins, ends, first, last, slack = c->d->slack_ns;

	verify_both_bounds(c, &begins, &ends);
	first = verify_put_right(c->d, r->first_ns, begins);
	last = verify_put_right(c->d, r->last_ns, ends);
	if ((r->has & VERIFY_HAS_FIRST) != 0) {
		verify_asks(c, VERIFY_FIRST_OUTSIDE);
		if (verify_minus(begins, first) > slack || verify_minus(first, ends) > slack)
			outside(c, VERIFY_FIRST_OUTSIDE, first, first < begins ? begins : ends);
	}
	if ((r->has & VERIFY_HAS_LAST) != 0) {
		verify_asks(c, VERIFY_LAST_OUTSIDE);
		if (verify_minus(begins, last) > slack || verify_minus(last, ends) > slack)
			outside(c, VERIFY_LAST_OUTSIDE, last, last < begins ? begins : ends);
	}
}

void verify_bounds(struct verify_case *c)
{
	uint32_t number = verify_key_head(c->row);
	const struct verify_row *r;

	while ((r = verify_case_next(c, &number)) != NULL) {
		direction(c, r);
		/* of packets that are not there, nothing can be said */
		if (c->counted && c->packets > c->truth.packets)
			continue;
		if (c->d->x.offset_known)
			time_bounds(c, r);
		flags(c, r, c->flow->flags, true);
		tos(c, r, c->flow->tos_seen, c->flow->tos_or, c->sampled);
	}
}
