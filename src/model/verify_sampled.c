/*
 * Records of a part of the packets: a flow's are bounded by what it had, those of all are what the
 * rate makes of the traffic.  Every n-th packet is that exactly, where all packets are known; of
 * packets taken at random it is to be expected, within six standard deviations.
 */
#include <config.h>

#include "model/verify_internal.h"

#include <inttypes.h>
#include <math.h>

enum { DEVIATIONS = 6, SCALED_LEAST = 4 };

/* The least and the most that a packet of the flow counts, by whatever is counted. */
static void sizes(struct verify_case *c, uint64_t *least, uint64_t *most)
{
	const struct meter_packet_row *p;
	uint32_t at = 0;

	*least = UINT64_MAX;
	*most = 0;
	while ((p = meter_step(c->v->meter, c->flow, &at)) != NULL) {
		uint64_t all = (uint64_t)p->octets + p->behind + p->before;

		if (p->octets < *least)
			*least = p->octets;
		if (all > *most)
			*most = all;
	}
}

static bool scaled(const struct verify_domain *d)
{
	return d->scaled >= SCALED_LEAST && d->unscaled == 0;
}

static void octets(struct verify_case *c)
{
	uint64_t least, most;
	struct verify_worst *w;

	if (!c->steps || (c->has & VERIFY_HAS_OCTETS) == 0)
		return;
	verify_asks(c, VERIFY_OCTETS_OTHER);
	sizes(c, &least, &most);
	/* the IP header may be left out, or the FCS be in */
	least = least > 40 ? least - 40 : 0;
	if (c->octets >= least * c->packets && c->octets <= (most + 4) * c->packets)
		return;
	w = verify_say(c, VERIFY_OCTETS_OTHER, (double)c->octets, 0, 0);
	verify_said(w, "%" PRIu64 " octets in %" PRIu64 " packet%s", c->octets,
		    c->packets, verify_s(c->packets));
	verify_asked(w, "%" PRIu64 " to %" PRIu64 " each", least, most);
}

void verify_sampled(struct verify_case *c)
{
	struct verify_worst *w;

	if (!c->counted)
		return;
	if (scaled(c->d))
		return;
	verify_asks(c, VERIFY_SAMPLED_FLOW);
	if (c->packets <= c->truth.packets) {
		octets(c);
		return;
	}
	if (verify_outside(c) || c->flow->unknowable != 0)
		return;
	w = verify_say(c, VERIFY_SAMPLED_FLOW, (double)(c->packets - c->truth.packets),
		       c->packets - c->truth.packets, 0);
	verify_said(w, "%" PRIu64 " packet%s", c->packets, verify_s(c->packets));
	verify_asked(w, "at most %" PRIu64, c->truth.packets);
}

/* -- Totals ---------------------------------------------------------------------------- */

static uint64_t packets_of(const struct verify *v, const struct verify_domain *d)
{
	uint64_t n = 0, *key;

	for (size_t at = 0; (key = verify_key_next(v, d, &at)) != NULL;)
		for (const struct verify_row *r = verify_row(v, verify_key_head(key)); r != NULL;
		     r = verify_row(v, r->next))
			n += r->packets;
	return n;
}

/*
 * How many of N .. MOST packets are sampled, at least and at most.  OTHERS may be counted by the
 * sampler as well, and make no records.
 */
static void expected(const struct verify_domain *d, double n, double most, double others,
		     double *low, double *high)
{
	double rate = (double)d->x.sampling;

	*low = floor((n + others) / rate) - fmin(others, ceil(others)) - 1;
	*high = floor((most + others) / rate) + 1;
	if (d->random) {
		*low = fmin(*low, n / rate - DEVIATIONS * sqrt(n / rate) - 1);
		*high = fmax(*high, most / rate + DEVIATIONS * sqrt(most / rate) + 1);
	}
	if (*low < 0)
		*low = 0;
}

void verify_sampled_total(struct verify *v, struct verify_domain *d, uint64_t due,
			  uint64_t pending)
{
	const struct meter_totals *t = meter_totals(v->meter);
	uint64_t packets = packets_of(v, d), all = due + pending;
	uint64_t others = t->others + (t->all.packets > all ? t->all.packets - all : 0);
	struct verify_worst *w;
	const struct meter_key none = { .protocol = 0 };
	double low, high;

	if (d->rates[0] != d->rates[1] || t->beyond != 0 || t->unread != 0 || v->beyond != 0 ||
	    (d->lost_known && d->lost != 0))
		return;
	expected(d, (double)due, (double)all, (double)others, &low, &high);
	d->tallies[VERIFY_SAMPLED_TOTAL].of = d->x.flows;
	if ((double)packets >= low && (double)packets <= high)
		return;
	w = verify_claim(v, d, &(struct verify_claim){
		.kind = VERIFY_SAMPLED_TOTAL, .key = &none, .export_frame = d->x.frame,
		.packets = packets, .weight = fabs((double)packets - low),
	});
	verify_said(w, "%" PRIu64 " packet%s%s", packets, verify_s(packets),
		    packets > all / 2 && scaled(d) ? ", multiplied already" : "");
	verify_asked(w, "%.0f to %.0f, 1 of %" PRIu64, ceil(low), floor(high), d->x.sampling);
}
