/*
 * Clocks of exporters: where times of records are comes from them, and what is to be taken off
 * them to get to those of the traffic.
 *
 * The offset is where most of the differences between times of records and those of their packets
 * lie together.  It is not the middle of all: an exporter that gives both directions the times of
 * their conversation is right about every other flow.
 */
#include <config.h>

#include "model/verify_internal.h"

#include <stdlib.h>

#include "base/mem.h"

enum { MS = 1000000 };

/* Starts that are further apart are of two lives of the exporter; v9's seconds are cut off. */
enum { SAME_START_MS = 2000 };

/* A drift shows over so many distances and seconds; a clock that drifts more is none. */
enum { DRIFT_LEAST = 24, DRIFT_SECONDS = 10, DRIFT_ROUNDS = 8 };
static const double DRIFT_MOST = 1e-3;

static int64_t within_half_turn(int64_t ns)
{
	ns %= VERIFY_TURN_NS;
	if (ns > VERIFY_TURN_NS / 2)
		return ns - VERIFY_TURN_NS;
	return ns < -VERIFY_TURN_NS / 2 ? ns + VERIFY_TURN_NS : ns;
}

/*
 * Uptimes are counted from one start, whatever seconds the headers of v9 cut off: what the clock
 * of the header and the uptime beside it say of the start is asked for again only where it moves.
 */
static int64_t base_of(struct verify_domain *d, const struct nf_msg *m)
{
	int64_t start = m->clock_ns - (int64_t)m->uptime_ms * MS;
	int64_t moved = within_half_turn(start - d->base_ns);

	if (!d->based || moved > (int64_t)SAME_START_MS * MS ||
	    moved < -(int64_t)SAME_START_MS * MS) {
		d->base_ns = start;
		d->starts++;
		d->based = true;
	}
	/* the uptime has turned over since */
	return start - within_half_turn(start - d->base_ns);
}

/* What all rows of a domain have in common. */
static void note(struct verify_domain *d, const struct verify_row *row)
{
	if (row->sent_ns < d->sent_first_ns)
		d->sent_first_ns = row->sent_ns;
	if (row->sent_ns > d->sent_last_ns)
		d->sent_last_ns = row->sent_ns;
	d->turns |= row->turns;
	d->coarse |= row->coarse;
	if ((row->has & (VERIFY_HAS_FIRST | VERIFY_HAS_LAST)) != 0 && row->digits < d->digits)
		d->digits = row->digits;
	if ((row->has & VERIFY_HAS_FIRST) != 0 && row->first_ns < d->began_ns)
		d->began_ns = row->first_ns;
}

/* IPFIX: an uptime beside a start, which goes round as well (RFC 7011 has 32 bits for it). */
static bool is_uptime(const struct nf_flowtime *t)
{
	return t->source == NF_FLOWTIME_INIT || t->source == NF_FLOWTIME_START ||
	       t->source == NF_FLOWTIME_RELATIVE;
}

void verify_times(struct verify_domain *d, const struct filter_at *at, struct verify_row *row)
{
	const struct nf_msg *m = at->msg;
	struct nf_flowtime first = flow_first(at->view, m, at->rec);
	struct nf_flowtime last = flow_last(at->view, m, at->rec);
	int64_t shift = 0;

	if (first.source == NF_FLOWTIME_UPTIME || last.source == NF_FLOWTIME_UPTIME) {
		shift = base_of(d, m) + (int64_t)m->uptime_ms * MS - m->clock_ns;
		row->turns = true;
	}
	row->turns |= is_uptime(&first) || is_uptime(&last);
	row->coarse = first.source == NF_FLOWTIME_DELTA || last.source == NF_FLOWTIME_DELTA;
	row->sent_ns = m->clock_ns + shift;
	row->first_ns = verify_plus(first.ns, shift);
	row->last_ns = verify_plus(last.ns, shift);
	row->digits = first.source == NF_FLOWTIME_NONE ||
		      (last.source != NF_FLOWTIME_NONE && last.digits < first.digits) ?
		      last.digits : first.digits;
	row->has |= first.source != NF_FLOWTIME_NONE ? VERIFY_HAS_FIRST : 0;
	row->has |= last.source != NF_FLOWTIME_NONE ? VERIFY_HAS_LAST : 0;
	note(d, row);
}

/* -- The offset ------------------------------------------------------------------------ */

struct distance {
	uint32_t domain;
	int64_t ns, at_ns;		/* at: by the traffic's clock */
};

/* Sampled packets are not the first and the last ones, but come between them. */
struct limits {
	int64_t least, most;
};

struct distances {
	struct distance *v;
	size_t n, cap;
	int64_t *first;			/* of each domain: turns are counted from there */
	struct limits *limits;		/* of each domain */
};

/* What the offset has grown by at a time of the traffic's. */
static int64_t drifted(const struct verify_domain *d, int64_t at_ns)
{
	return d->x.drift == 0 ? 0 :
	       (int64_t)(d->x.drift * (double)verify_minus(at_ns, d->drift_from_ns));
}

int64_t verify_put_right(const struct verify_domain *d, int64_t ns, int64_t near)
{
	ns = verify_minus(ns, d->x.offset_ns);
	if (d->turns)
		ns = verify_plus(near, within_half_turn(verify_minus(ns, near)));
	return verify_minus(ns, drifted(d, ns));
}

static int64_t of_first_turn(struct distances *x, const struct verify_domain *d, int64_t ns)
{
	if (x->first[d->index] == INT64_MIN)
		x->first[d->index] = ns;
	if (!d->turns)
		return ns;
	return verify_plus(x->first[d->index],
			   within_half_turn(verify_minus(ns, x->first[d->index])));
}

static bool add(struct distances *x, const struct verify_domain *d, int64_t ns, int64_t at_ns)
{
	void *v = x->v;

	ns = of_first_turn(x, d, ns);
	if (!nf_grow(&v, &x->cap, x->n + 1, sizeof(*x->v)))
		return false;
	x->v = v;
	x->v[x->n++] = (struct distance){ d->index, ns, at_ns };
	return true;
}

/* With the offset, no record begins before its flow or the other direction's, or ends after. */
static void add_limits(struct distances *x, const struct verify_case *c)
{
	struct limits *l = &x->limits[c->d->index];
	uint32_t number = verify_key_head(c->row);
	const struct verify_row *r;
	int64_t begins, ends, ns;

	verify_both_bounds(c, &begins, &ends);
	while ((r = verify_case_next(c, &number)) != NULL) {
		if ((r->has & VERIFY_HAS_FIRST) != 0) {
			ns = of_first_turn(x, c->d, verify_minus(r->first_ns, begins));
			l->most = ns < l->most ? ns : l->most;
		}
		if ((r->has & VERIFY_HAS_LAST) != 0) {
			ns = of_first_turn(x, c->d, verify_minus(r->last_ns, ends));
			l->least = ns > l->least ? ns : l->least;
		}
	}
}

/* Where a flow begins; and ends, if the records tell of all its packets. */
static bool add_case(struct distances *x, struct verify_case *c)
{
	uint32_t number = verify_key_head(c->row);
	const struct verify_row *r = verify_case_next(c, &number), *last = r;

	while ((last->next) != 0)
		last = verify_row(c->v, last->next);
	if ((r->has & VERIFY_HAS_FIRST) != 0 &&
	    !add(x, c->d, verify_minus(r->first_ns, c->flow->first_ns), c->flow->first_ns))
		return false;
	return !c->exact || c->alone || (last->has & VERIFY_HAS_LAST) == 0 ||
	       add(x, c->d, verify_minus(last->last_ns, c->flow->last_ns), c->flow->last_ns);
}

static bool gather(struct distances *x, struct verify *v)
{
	for (size_t i = 0; i < v->keys.n; i++) {
		uint64_t *key = top_table_row(&v->keys, i);
		struct verify_case c;

		if (verify_key_state(key) != VERIFY_MATCHED)
			continue;
		verify_case_open(&c, v, key, VERIFY_ANY);
		if (c.flow->exports)
			continue;
		if (c.sampled)
			add_limits(x, &c);
		if (!add_case(x, &c))
			return false;
	}
	return true;
}

static int by_distance(const void *x, const void *y)
{
	const struct distance *a = x, *b = y;

	if (a->domain != b->domain)
		return a->domain < b->domain ? -1 : 1;
	return a->ns < b->ns ? -1 : a->ns > b->ns;
}

static int by_number(const void *x, const void *y)
{
	const int64_t *a = x, *b = y;

	return *a < *b ? -1 : *a > *b;
}

/*
 * The middle of those that lie within WIDTH of each other, where most do; of equals the later
 * ones: what comes from a conversation's other direction began earlier.
 */
static int64_t densest(const struct distance *v, size_t n, int64_t width)
{
	size_t best = 0, from = 0, most = 0;

	for (size_t to = 0; to < n; to++) {
		while (verify_minus(v[to].ns, v[from].ns) > width)
			from++;
		if (to - from + 1 >= most) {
			most = to - from + 1;
			best = from;
		}
	}
	return v[best + (most - 1) / 2].ns;
}

static int64_t offset_of(const struct verify_domain *d, const struct distance *v, size_t n,
			 const struct limits *l)
{
	int64_t offset = densest(v, n, d->slack_ns);
	int64_t whole = verify_minus(offset, within_half_turn(offset));

	if (l->least > l->most)
		return offset;
	/* what is not known better is no difference */
	if (l->least != INT64_MIN && whole >= l->least && whole <= l->most)
		return whole;
	return offset < l->least ? l->least : offset > l->most ? l->most : offset;
}

static int by_time(const void *x, const void *y)
{
	const struct distance *a = x, *b = y;

	return a->at_ns < b->at_ns ? -1 : a->at_ns > b->at_ns;
}

static size_t within(const struct verify_domain *d, const struct distance *v, size_t n)
{
	size_t found = 0;

	for (size_t i = 0; i < n; i++) {
		int64_t off = verify_minus(verify_minus(v[i].ns, d->x.offset_ns),
					   drifted(d, v[i].at_ns));

		found += off <= d->slack_ns && verify_minus(0, off) <= d->slack_ns;
	}
	return found;
}

/* Where most of N distances lie, what is known of the drift taken off; they lose their order. */
static int64_t rest_of(const struct verify_domain *d, struct distance *v, size_t n)
{
	int64_t rest;

	for (size_t i = 0; i < n; i++)
		v[i].ns = verify_minus(v[i].ns, drifted(d, v[i].at_ns));
	qsort(v, n, sizeof(*v), by_distance);
	rest = densest(v, n, d->slack_ns);
	for (size_t i = 0; i < n; i++)
		v[i].ns = verify_plus(v[i].ns, drifted(d, v[i].at_ns));
	return rest;
}

/*
 * No two clocks go alike: over hours, some parts in a million are more than the slack.  What is
 * between the first third and the last is looked at again and again, as it comes out closer.
 */
static void find_drift(struct verify_domain *d, struct distance *v, size_t n)
{
	const struct verify_exporter before = d->x;
	size_t third = n / 3, had = within(d, v, n);

	if (n < DRIFT_LEAST || had == n)
		return;
	for (unsigned round = 0; round < DRIFT_ROUNDS; round++) {
		int64_t from, to, first, last;

		qsort(v, n, sizeof(*v), by_time);
		from = v[third / 2].at_ns;
		to = v[n - 1 - third / 2].at_ns;
		if (verify_minus(to, from) < DRIFT_SECONDS * VERIFY_SECOND_NS)
			break;
		d->drift_from_ns = round == 0 ? from : d->drift_from_ns;
		first = rest_of(d, v, third);
		last = rest_of(d, v + n - third, third);
		d->x.drift += (double)verify_minus(last, first) / (double)verify_minus(to, from);
		if (d->x.drift > DRIFT_MOST || d->x.drift < -DRIFT_MOST) {
			d->x = before;
			return;
		}
		d->x.offset_ns = rest_of(d, v, n);
	}
	if (within(d, v, n) <= had)
		d->x = before;
}

static void settle(struct verify_domain *d, struct distance *v, size_t n, const struct limits *l,
		   int64_t *scratch)
{
	int64_t turns, rest;

	d->x.offset_known = true;
	d->x.offset_ns = offset_of(d, v, n, l);
	if (l->least == INT64_MIN)
		find_drift(d, v, n);
	for (size_t i = 0; i < n; i++) {
		int64_t off = verify_minus(verify_minus(v[i].ns, d->x.offset_ns),
					   drifted(d, v[i].at_ns));

		scratch[i] = off < 0 ? verify_minus(0, off) : off;
	}
	qsort(scratch, n, sizeof(*scratch), by_number);
	rest = within_half_turn(d->x.offset_ns);
	turns = verify_minus(d->x.offset_ns, rest) / VERIFY_TURN_NS;
	d->x.spread_ns = scratch[(n - 1) / 2];
	if (turns != 0 && rest < SAME_START_MS * (int64_t)MS && -rest < SAME_START_MS * (int64_t)MS)
		d->x.offset_epochs = turns;
}

/* Times are as fine as they are written, and as the header is that they count from. */
static int64_t slack_of(const struct verify *v, const struct verify_domain *d)
{
	int64_t slack = v->opts.slack_ns != 0 ? v->opts.slack_ns : VERIFY_SLACK_NS;
	int64_t unit = d->digits == 0 || d->coarse || (d->starts > 1 && d->x.version == 9) ?
		       VERIFY_SECOND_NS : MS;

	return slack > unit ? slack : unit;
}

bool verify_clocks(struct verify *v)
{
	struct distances x = {
		.first = nf_alloc((v->ndomains + 1) * sizeof(*x.first)),
		.limits = nf_alloc((v->ndomains + 1) * sizeof(*x.limits)),
	};
	bool room = x.first != NULL && x.limits != NULL, done;
	int64_t *scratch = NULL;

	for (size_t i = 0; i < v->ndomains && room; i++) {
		v->domains[i]->slack_ns = slack_of(v, v->domains[i]);
		x.first[i] = INT64_MIN;
		x.limits[i] = (struct limits){ INT64_MIN, INT64_MAX };
	}
	if (room && gather(&x, v))
		scratch = nf_alloc((x.n + 1) * sizeof(*scratch));
	done = scratch != NULL;
	if (done && x.n > 1)
		qsort(x.v, x.n, sizeof(*x.v), by_distance);
	for (size_t from = 0, to; done && from < x.n; from = to) {
		for (to = from; to < x.n && x.v[to].domain == x.v[from].domain; to++)
			;
		settle(v->domains[x.v[from].domain], x.v + from, to - from,
		       &x.limits[x.v[from].domain], scratch);
	}
	nf_free(x.limits);
	nf_free(scratch);
	nf_free(x.first);
	nf_free(x.v);
	return done;
}
