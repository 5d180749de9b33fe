/*
 * Where flows were cut: timeouts that are to be kept, or that show, and caches that are too small.
 */
#include <config.h>

#include "model/verify_internal.h"

#include <inttypes.h>

enum { FIN_RST = 0x05 };

/* A timer that is looked at now and then: a tenth of the timeout, and a second. */
static int64_t generous(int64_t timeout_ns)
{
	return verify_plus(verify_plus(timeout_ns, timeout_ns / 10), VERIFY_SECOND_NS);
}

enum verify_class verify_class_of(const struct meter_flow *flow)
{
	if (flow->key.protocol == VERIFY_PROTO_TCP)
		return (flow->flags & FIN_RST) != 0 ? VERIFY_CLOSED : VERIFY_OPEN_TCP;
	return flow->key.protocol == VERIFY_PROTO_UDP ? VERIFY_OPEN_UDP : VERIFY_OTHER;
}

void verify_cuts_learn(const struct verify_case *c, const struct verify_row *r,
		       const struct verify_span *span, bool more)
{
	struct verify_cuts *cuts = &c->d->cuts[verify_class_of(c->flow)];
	int64_t lasted = verify_minus(span->last_ns, span->first_ns);
	int64_t held = verify_minus(r->sent_ns, r->last_ns);

	if (!more && (r->has & VERIFY_HAS_LAST) != 0) {
		if (held > cuts->held_ns)
			cuts->held_ns = held;
		cuts->held = true;
	}
	if (lasted > cuts->lasted_ns)
		cuts->lasted_ns = lasted;
	if (span->pause_ns > cuts->paused_ns)
		cuts->paused_ns = span->pause_ns;
}

/* -- Timeouts that are to be kept -------------------------------------------------------- */

static void late(struct verify_case *c, enum verify_kind kind, int64_t took_ns, int64_t timeout_ns)
{
	double took = (double)took_ns / 1e9;
	struct verify_worst *w;

	if (timeout_ns == 0)
		return;
	verify_asks(c, kind);
	if (took_ns <= generous(timeout_ns))
		return;
	w = verify_say(c, kind, took, 0, 0);
	if (took > c->d->tallies[kind].most)
		c->d->tallies[kind].most = took;
	verify_said(w, "%.3f s", took);
	verify_asked(w, "at most %.3f s", (double)timeout_ns / 1e9);
}

/* -- Cuts ------------------------------------------------------------------------------ */

/*
 * How long a record of its class may last, and pause, as given; or, to be on the safe side, half as
 * long as others do.
 */
static bool limits(const struct verify_case *c, int64_t *lasts, int64_t *pauses)
{
	const struct verify_opts *o = &c->v->opts;
	const struct verify_cuts *cuts = &c->d->cuts[verify_class_of(c->flow)];

	*lasts = o->active_ns != 0 ? o->active_ns : cuts->lasted_ns / 2;
	*pauses = o->inactive_ns != 0 ? o->inactive_ns : cuts->paused_ns / 2;
	return *lasts > 0 && *pauses > 0;
}

/*
 * The flow goes on behind the record: because it lasted long enough, because of a pause, because
 * it was closed - or none of these.
 */
static void cut(struct verify_case *c, const struct verify_span *span, int64_t next_ns)
{
	struct verify_domain *d = c->d;
	int64_t lasted = verify_minus(span->last_ns, span->first_ns);
	int64_t gap = verify_minus(next_ns, span->last_ns);
	int64_t lasts, pauses;
	struct verify_worst *w;

	if (!limits(c, &lasts, &pauses) || (span->flags & FIN_RST) != 0 ||
	    span->counts.octets >> 31 != 0)
		return;
	if (gap > pauses) {
		if (d->least_gap_ns == 0 || gap < d->least_gap_ns)
			d->least_gap_ns = gap;
		return;
	}
	if (verify_plus(lasted, gap) >= lasts - lasts / 5) {
		d->long_cuts++;
		if (lasted > d->x.active_ns)
			d->x.active_ns = lasted;
		return;
	}
	d->short_cuts++;
	w = verify_say(c, VERIFY_CACHE_PRESSURE, (double)c->records, 0, 0);
	verify_said(w, "cut after %.3f s, %" PRIu64 " records", (double)lasted / 1e9, c->records);
	verify_asked(w, "%.3f s", (double)lasts / 1e9);
}

void verify_cut(struct verify_case *c, const struct verify_span *span)
{
	int64_t next_ns;

	late(c, VERIFY_ACTIVE_TIMEOUT, verify_minus(span->last_ns, span->first_ns),
	     c->v->opts.active_ns);
	late(c, VERIFY_INACTIVE_TIMEOUT, span->pause_ns, c->v->opts.inactive_ns);
	if (verify_peek(c, &next_ns))
		cut(c, span, next_ns);
}

/* What the cuts say of timeouts: as far as they agree. */
void verify_cuts_settle(struct verify *v)
{
	for (size_t i = 0; i < v->ndomains; i++) {
		struct verify_domain *d = v->domains[i];
		int64_t paused = 0;

		for (unsigned class = 0; class < VERIFY_CLASSES; class++)
			if (d->cuts[class].paused_ns > paused)
				paused = d->cuts[class].paused_ns;
		if (d->long_cuts < 2 || d->long_cuts <= d->short_cuts)
			d->x.active_ns = 0;
		if (d->least_gap_ns > paused && d->least_gap_ns / 2 <= paused)
			d->x.inactive_ns = d->least_gap_ns;
	}
}
