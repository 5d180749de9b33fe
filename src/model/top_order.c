/* Which rows `top` shows, and what it says of them. */
#include <config.h>

#include <stdlib.h>

#include "base/mem.h"
#include "model/top.h"

const struct top_stat top_stats[TOP_STATS] = {
#define STAT(id, name_, other_, kind_, help_) \
	{ .name = name_, .other = other_, .kind = TOP_##kind_, .help = help_ },
#include "model/top_stats.def"
#undef STAT
};

int top_stat_named(const char *name, size_t n)
{
	for (int i = 0; i < TOP_STATS; i++) {
		const struct top_stat *s = &top_stats[i];

		if ((strlen(s->name) == n && memcmp(s->name, name, n) == 0) ||
		    (s->other != NULL && strlen(s->other) == n && memcmp(s->other, name, n) == 0))
			return i;
	}
	return -1;
}

/* -- Figures -------------------------------------------------------------------------- */

static uint64_t sum(const struct top *t, const struct top_row *row, enum top_counter counter)
{
	uint64_t back = t->opts.biflow ? row->sums[1][counter] : 0, v;

	return __builtin_add_overflow(row->sums[0][counter], back, &v) ? UINT64_MAX : v;
}

static uint64_t octets(const struct top *t, const struct top_row *row)
{
	return sum(t, row, t->deltas ? TOP_BYTES : TOP_BYTES_TOTAL);
}

static uint64_t packets(const struct top *t, const struct top_row *row)
{
	return sum(t, row, t->deltas ? TOP_PACKETS : TOP_PACKETS_TOTAL);
}

static bool duration(const struct top_row *row, uint64_t *ns)
{
	*ns = (uint64_t)row->last_ns - (uint64_t)row->first_ns;
	return row->first_ns <= row->last_ns;
}

static bool rate(double v, double of, struct top_figure *f)
{
	f->d = of > 0 ? v / of : 0;
	return of > 0;
}

bool top_figure(const struct top *t, const struct top_row *row, enum top_stat_id stat,
		struct top_figure *f)
{
	double bytes, count, flows = (double)row->flows, seconds;
	uint64_t ns;
	bool timed = duration(row, &ns);

	*f = (struct top_figure){ .u = 0 };
	switch (stat) {
	case TOP_STAT_BYTES: f->u = octets(t, row); return true;
	case TOP_STAT_PACKETS: f->u = packets(t, row); return true;
	case TOP_STAT_FLOWS: f->u = row->flows; return true;
	case TOP_STAT_BYTES_TOTAL: f->u = sum(t, row, TOP_BYTES_TOTAL); return true;
	case TOP_STAT_PACKETS_TOTAL: f->u = sum(t, row, TOP_PACKETS_TOTAL); return true;
	case TOP_STAT_DURATION: f->u = timed ? ns : 0; return timed;
	default: break;
	}
	bytes = (double)octets(t, row);
	count = (double)packets(t, row);
	seconds = timed ? (double)ns / 1e9 : 0;
	switch (stat) {
	case TOP_STAT_BPS: return rate(8 * bytes, seconds, f);
	case TOP_STAT_PPS: return rate(count, seconds, f);
	case TOP_STAT_BPP: return rate(bytes, count, f);
	case TOP_STAT_BYTES_PER_FLOW: return rate(bytes, flows, f);
	default: return rate(count, flows, f);
	}
}

/* -- Order ---------------------------------------------------------------------------- */

struct ordering {
	const struct top *t;
	const struct top_order *order;
};

static int compare_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare_stat(const struct top *t, enum top_stat_id stat, const struct top_row *a,
			const struct top_row *b)
{
	struct top_figure x, y;
	bool has = top_figure(t, a, stat, &x), other = top_figure(t, b, stat, &y);

	if (has != other)
		return has ? 1 : -1;
	if (top_stats[stat].kind == TOP_RATE)
		return (x.d > y.d) - (x.d < y.d);
	return compare_u64(x.u, y.u);
}

static int compare_texts(struct nf_bytes a, struct nf_bytes b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n > 0 ? memcmp(a.p, b.p, n) : 0;

	return order != 0 ? order : compare_u64(a.n, b.n);
}

static int compare_keys(const struct top *t, const struct top_entry *a, const struct top_entry *b)
{
	for (unsigned i = 0; i < t->nkeys; i++) {
		struct top_value x = top_value(t, a, i), y = top_value(t, b, i);
		int order = compare_u64(x.tag, y.tag);

		if (order == 0 && x.tag == TOP_TEXT)
			order = compare_texts(x.text, y.text);
		else if (order == 0 && x.tag >= TOP_IPV4)
			order = memcmp(x.address, y.address, sizeof(x.address));
		else if (order == 0)
			order = compare_u64(x.number, y.number);
		if (order != 0)
			return order;
	}
	return 0;
}

static int by_order(const void *a, const void *b, void *ctx)
{
	const struct ordering *o = ctx;
	const struct top_entry *x = a, *y = b;

	for (unsigned i = 0; i < o->order->nstats; i++) {
		int order = compare_stat(o->t, (enum top_stat_id)o->order->stats[i], &x->row,
					 &y->row);

		if (order != 0)
			return o->order->ascending ? order : -order;
	}
	if (o->order->nstats == 0 && !o->order->ascending)
		return compare_keys(o->t, y, x);
	return compare_keys(o->t, x, y);
}

/* Twice as many as are wanted are gathered, and sorted when there is room for no more. */
bool top_pick_step(const struct top *t, struct top_pick *p, size_t step)
{
	struct ordering o = { .t = t, .order = p->order };
	size_t end = t->table.n - p->at > step ? p->at + step : t->table.n;

	for (; p->max > 0 && p->at < end; p->at++) {
		struct top_entry e = top_entry_of(t, p->at);

		/* best[max - 1] is the worst that is still wanted */
		if (p->full && by_order(&e, &p->best[p->max - 1], &o) > 0)
			continue;
		p->best[p->n++] = e;
		if (p->n < 2 * p->max)
			continue;
		qsort_r(p->best, p->n, sizeof(*p->best), by_order, &o);
		p->n = p->max;
		p->full = true;
	}
	if (p->max > 0 && p->at < t->table.n)
		return true;
	qsort_r(p->best, p->n, sizeof(*p->best), by_order, &o);
	if (p->n > p->max)
		p->n = p->max;
	return false;
}

size_t top_best(const struct top *t, const struct top_order *order, struct top_entry *best,
		size_t max)
{
	struct top_pick p = { .order = order, .best = best, .max = max };

	while (top_pick_step(t, &p, SIZE_MAX))
		;
	return p.n;
}
