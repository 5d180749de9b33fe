/* When the records of flows began and ended, and what that says of the exporter's timeouts. */
#include <config.h>

#include "model/meaning_internal.h"

static void sample(struct meaning_samples *s, int64_t v)
{
	if (s->stride == 0)
		s->stride = 1;
	if ((s->total++ & (s->stride - 1)) != 0)
		return;
	if (s->n == MEANING_SAMPLES) {
		s->n = 0;
		for (unsigned i = 0; i < MEANING_SAMPLES; i += 2)
			s->v[s->n++] = s->v[i];
		s->stride *= 2;
		if (((s->total - 1) & (s->stride - 1)) != 0)
			return;
	}
	s->v[s->n++] = v;
}

static inline bool end_ns(const struct nf_flowtime_way *way, const struct nf_msg *msg,
			  const struct nf_rec *r, int64_t *ns)
{
	struct nf_flowtime t;

	if (nf_flowtime_ms(way, msg, r, ns)) {
		*ns *= 1000000;
		return true;
	}
	if (!nf_flowtime_at(way, msg, r, &t))
		return false;
	*ns = t.ns;
	return true;
}

/*
 * How long after the last packet of a flow that nothing ended it was sent.  Of flows that were over
 * before the exporter sent anything that says nothing: it was started later, or reads a capture.
 */
static bool idled(const struct meaning_domain *d, const struct meaning_plan *p,
		  const struct filter_at *at, int64_t last, int64_t *ns)
{
	uint64_t flags;

	*ns = (int64_t)((uint64_t)at->msg->clock_ns - (uint64_t)last);
	return !at->msg->clock_captured && last >= d->begun_ns && *ns > 0 &&
	       *ns <= INT64_C(86400000000000) &&
	       (!flow_number(&p->view, at->rec, FLOW_TCP_FLAGS, &flags) || (flags & 5) == 0);
}

/*
 * A record that goes on where the one before it of its key ended was split from it: the time that
 * lasted is the active timeout.  What is idle for so long has the inactive one.
 */
static void active_timeout(struct meaning_domain *d, const uint64_t *row, int64_t first)
{
	int64_t gap = (int64_t)((uint64_t)first - row[MEANING_LAST]);
	int64_t lasted = (int64_t)meaning_sums(row)[MEANING_LASTED];

	if (gap >= 0 && lasted > 1000000000 && gap < lasted / 10)
		sample(&d->active, lasted);
}

static void idle_timeout(struct meaning_domain *d, const struct meaning_plan *p,
			 const struct filter_at *at, int64_t last)
{
	int64_t idle;

	if (idled(d, p, at, last, &idle))
		sample(&d->idle, idle);
}

void meaning_ends(const struct meaning_plan *p, const struct filter_at *at, int64_t *first,
		  int64_t *last)
{
	*first = INT64_MAX;
	*last = INT64_MIN;
	if (end_ns(&p->view.first, at->msg, at->rec, first) &&
	    (!end_ns(&p->view.last, at->msg, at->rec, last) || *last < *first))
		*last = *first;
}

void meaning_times(struct meaning_domain *d, const struct meaning_plan *p, uint64_t *row,
		   const struct filter_at *at, int64_t first, int64_t last)
{
	uint64_t *sums = meaning_sums(row);
	int64_t lasted = (int64_t)((uint64_t)last - (uint64_t)first);

	if (first > last)
		return;
	if (sums != NULL && sums[MEANING_RECORDS] != 0)
		active_timeout(d, row, first);
	idle_timeout(d, p, at, last);
	if (sums != NULL)
		sums[MEANING_LASTED] = (uint64_t)lasted;
	if (lasted > d->longest_ns)
		d->longest_ns = lasted;
	if (first < (int64_t)row[MEANING_FIRST])
		row[MEANING_FIRST] = (uint64_t)first;
	if (last > (int64_t)row[MEANING_LAST])
		row[MEANING_LAST] = (uint64_t)last;
	if (first < d->first_ns)
		d->first_ns = first;
}
