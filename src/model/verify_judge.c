/*
 * A key of records against the flow that it is of: whether there was such a flow at all, and
 * packets.
 */
#include <config.h>

#include "model/verify_internal.h"

#include <inttypes.h>

/* -- Saying ---------------------------------------------------------------------------- */

void verify_asks(struct verify_case *c, enum verify_kind kind)
{
	if ((c->asked >> kind & 1) == 0)
		c->d->tallies[kind].of++;
	c->asked |= (uint64_t)1 << kind;
}

struct verify_worst *verify_say(struct verify_case *c, enum verify_kind kind, double weight,
				uint64_t packets, uint64_t octets)
{
	bool again = (c->said >> kind & 1) != 0;
	const struct verify_claim claim = {
		.kind = kind, .key = &c->key, .export_frame = c->frame,
		.traffic_frame = c->flow != NULL ? c->flow->frame : 0,
		.packets = packets, .octets = octets, .weight = weight,
	};

	c->said |= (uint64_t)1 << kind;
	if (!again)
		return verify_claim(c->v, c->d, &claim);
	c->d->tallies[kind].packets += packets;
	c->d->tallies[kind].octets += octets;
	return NULL;
}

/* -- No such flow ---------------------------------------------------------------------- */

bool verify_outside(const struct verify_case *c)
{
	const struct meter_totals *t = meter_totals(c->v->meter);
	const struct verify_domain *d = c->d;
	uint32_t number = verify_key_head(c->row);
	const struct verify_row *r;

	while (d->x.offset_known && (r = verify_case_next(c, &number)) != NULL)
		if (((r->has & VERIFY_HAS_FIRST) != 0 &&
		     verify_minus(t->first_ns, verify_put_right(d, r->first_ns, t->first_ns)) >
		     d->slack_ns) ||
		    ((r->has & VERIFY_HAS_LAST) != 0 &&
		     verify_minus(verify_put_right(d, r->last_ns, t->last_ns), t->last_ns) >
		     d->slack_ns))
			return true;
	return false;
}

/* The flow of the export itself, which the traffic need not have. */
static bool own_export(const struct verify_case *c)
{
	return nf_same_addr(&c->key.src, &c->d->x.addr) &&
	       nf_same_addr(&c->key.dst, &c->d->collector) && c->key.dport == c->d->port;
}

/* There may have been such a flow, of which nothing is known. */
static bool may_have_been(const struct verify_case *c)
{
	const struct meter_totals *t = meter_totals(c->v->meter);

	return t->beyond != 0 || t->unread != 0 || verify_outside(c);
}

static void unknowable(struct verify_case *c, const char *why)
{
	struct verify_worst *w = verify_say(c, VERIFY_UNKNOWABLE, (double)c->packets, c->packets,
					    0);

	verify_said(w, "%" PRIu64 " packet%s", c->packets, verify_s(c->packets));
	verify_asked(w, "%s", why);
}

static void judge_unmatched(struct verify_case *c)
{
	struct verify_worst *w;

	if (own_export(c))
		return;
	if (may_have_been(c)) {
		unknowable(c, "not in the traffic that there is");
		return;
	}
	w = verify_say(c, VERIFY_INVENTED, (double)c->packets, c->packets, c->octets);
	verify_said(w, "%" PRIu64 " packet%s, %" PRIu64 " octets", c->packets,
		    verify_s(c->packets), c->octets);
	verify_asked(w, "none");
}

static void judge_icmp(struct verify_case *c)
{
	struct verify_worst *w = verify_say(c, VERIFY_ICMP, (double)c->packets,
					    c->packets, 0);

	verify_said(w, "type %u, code %u", c->key.dport >> 8, c->key.dport & 0xffu);
	verify_asked(w, "type %u, code %u", c->flow->key.dport >> 8,
		     c->flow->key.dport & 0xffu);
}

static void judge_exchanged(struct verify_case *c)
{
	struct verify_worst *w = verify_say(c, VERIFY_SWAPPED, (double)c->packets, c->packets, 0);

	verify_said(w, "%" PRIu64 " packet%s", c->packets, verify_s(c->packets));
	verify_asked(w, "of the other direction");
}

static void judge_fragments(struct verify_case *c)
{
	struct verify_worst *w = verify_say(c, VERIFY_FRAGMENTS_ALONE, (double)c->packets,
					    c->packets, c->octets);

	verify_said(w, "%" PRIu64 " packet%s, port 0", c->packets, verify_s(c->packets));
	verify_asked(w, "with their first fragments");
}

/* -- Packets --------------------------------------------------------------------------- */

/* Both directions have records, and each has the packets of the other. */
static bool exchanged(const struct verify_case *c)
{
	const struct meter_key back = verify_key_back(&c->key);
	uint64_t *key = verify_key_find(c->v, &back, c->d->index);
	struct verify_case mate;

	if (key == NULL || verify_key_state(key) != VERIFY_MATCHED)
		return false;
	verify_case_open(&mate, c->v, key, VERIFY_ANY);
	return mate.counted && c->packets == mate.truth.packets &&
	       mate.packets == c->truth.packets && c->packets != mate.packets;
}

static void judge_over(struct verify_case *c)
{
	uint64_t n = c->packets - c->truth.packets;
	struct verify_worst *w;

	if (verify_anybodys(c->v, &c->key) != 0 || verify_outside(c)) {
		unknowable(c, "not all of its packets are known");
		return;
	}
	w = verify_say(c, VERIFY_PACKETS_OVER, (double)n, n, 0);
	verify_said(w, "%" PRIu64 " packet%s", c->packets, verify_s(c->packets));
	verify_asked(w, "%" PRIu64, c->truth.packets);
}

static void judge_under(struct verify_case *c)
{
	uint64_t n = c->truth.packets - c->packets;
	enum verify_kind kind = VERIFY_PACKETS_UNDER;
	struct verify_worst *w;

	if (!verify_due(c->v, c->d, c->flow))
		kind = VERIFY_PENDING;
	else if (c->flow->unknowable != 0)
		kind = VERIFY_UNKNOWABLE;
	else if (c->d->lost_known && c->d->lost != 0)
		kind = VERIFY_LOST_AFTER;
	w = verify_say(c, kind, (double)n, n, 0);
	verify_said(w, "%" PRIu64 " packet%s%s", c->packets, verify_s(c->packets),
		    n == c->flow->fragments.packets && !c->alone ?
		    ", without later fragments" : "");
	verify_asked(w, "%" PRIu64, c->truth.packets);
}

/* Packets that went round in a short field.  The case is exact then, but for that. */
static bool wrapped(struct verify_case *c)
{
	const struct verify_row *r = verify_row(c->v, verify_key_head(c->row));
	struct verify_worst *w;

	if (c->records != 1 || !verify_wrapped(c->packets, c->truth.packets, r->packets_width))
		return false;
	w = verify_say(c, VERIFY_WRAPPED, (double)c->truth.packets,
		       c->truth.packets - c->packets, 0);
	verify_said(w, "%" PRIu64 " packet%s", c->packets, verify_s(c->packets));
	verify_asked(w, "%" PRIu64, c->truth.packets);
	return true;
}

/* False where the rest of what the records say follows from that. */
static bool judge_counts(struct verify_case *c)
{
	if (c->exact || wrapped(c))
		return true;
	if (exchanged(c)) {
		judge_exchanged(c);
		return false;
	}
	if (c->packets > c->truth.packets)
		judge_over(c);
	else if (!c->v->opts.partial)
		judge_under(c);
	return true;
}

static void judge_matched(struct verify_case *c)
{
	static const enum verify_kind kinds[] = {
		VERIFY_PACKETS_OVER, VERIFY_PACKETS_UNDER, VERIFY_WRAPPED,
	};

	if (c->sampled && !c->exact) {
		verify_sampled(c);
		verify_bounds(c);
		return;
	}
	for (unsigned i = 0; c->counted && i < sizeof(kinds) / sizeof(*kinds); i++)
		verify_asks(c, kinds[i]);
	if (c->counted && !judge_counts(c))
		return;
	if (c->exact && c->steps)
		verify_records(c);
	else
		verify_bounds(c);
}

/* -- All of them ----------------------------------------------------------------------- */

static void judge(struct verify_case *c)
{
	static void (*const judges[])(struct verify_case *c) = {
		[VERIFY_UNMATCHED] = judge_unmatched,
		[VERIFY_MATCHED] = judge_matched,
		[VERIFY_EXCHANGED] = judge_exchanged,
		[VERIFY_OTHER_ICMP] = judge_icmp,
		[VERIFY_SEVERAL] = NULL,
		[VERIFY_FRAGMENTS] = judge_fragments,
	};

	if (judges[c->state] == NULL || (c->flow != NULL && c->flow->exports))
		return;
	judges[c->state](c);
}

/*
 * Records of both ends of the way through a router tell of the same packets twice: each end is
 * judged by itself.
 */
static bool both_ends(struct verify *v, uint64_t *key, const struct verify_case *all)
{
	struct verify_case ends[2];

	if (all->state != VERIFY_MATCHED || all->sampled || all->packets <= all->truth.packets ||
	    (all->has & VERIFY_HAS_DIRECTION) == 0)
		return false;
	for (uint8_t i = 0; i < 2; i++) {
		verify_case_open(&ends[i], v, key, i);
		if (ends[i].records == 0 || ends[i].packets > ends[i].truth.packets)
			return false;
	}
	if (ends[0].records + ends[1].records != all->records)
		return false;
	judge(&ends[0]);
	judge(&ends[1]);
	all->d->x.exact += ends[0].said == 0 && ends[1].said == 0;
	return true;
}

static void learn(struct verify *v, uint64_t *key)
{
	uint32_t number = verify_key_head(key);
	const struct verify_row *r;
	struct verify_span span;
	struct verify_case c;

	if (verify_key_state(key) != VERIFY_MATCHED)
		return;
	verify_case_open(&c, v, key, VERIFY_ANY);
	if (c.flow->exports || !c.exact || !c.steps)
		return;
	while ((r = verify_case_next(&c, &number)) != NULL && verify_take(&c, r->packets, &span)) {
		int64_t next;

		verify_octets_vote(&c, r, &span);
		verify_cuts_learn(&c, r, &span, verify_peek(&c, &next));
	}
}

void verify_judge(struct verify *v)
{
	for (size_t i = 0; i < v->keys.n; i++)
		learn(v, top_table_row(&v->keys, i));
	verify_octets_choose(v);
	verify_windows(v);
	for (size_t i = 0; i < v->keys.n; i++) {
		uint64_t *key = top_table_row(&v->keys, i);
		struct verify_case c;

		verify_case_open(&c, v, key, VERIFY_ANY);
		if (both_ends(v, key, &c))
			continue;
		judge(&c);
		c.d->x.exact += c.state == VERIFY_MATCHED && c.said == 0;
	}
	verify_cuts_settle(v);
}
