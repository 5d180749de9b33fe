#include <config.h>

#include "check/clock.h"

#include <stdlib.h>
#include <string.h>

enum { SHARED = 3, SHARES = 64, NS = 1000000000, QUARTER_S = 900, ZONES_S = 14 * 3600 };

static const int64_t same_ns = INT64_C(2) * NS;
static const int64_t replay_ns = INT64_C(7) * 86400 * NS;

/* When all places are taken, every second sample goes, and half as many come from then on. */
void clock_sample(struct clock_samples *s, int64_t ns)
{
	s->all++;
	if (s->skip != 0) {
		s->skip--;
		return;
	}
	if (s->every == 0)
		s->every = 1;
	if (s->n == CLOCK_SAMPLES) {
		s->n /= 2;
		for (unsigned i = 0; i < s->n; i++)
			s->ns[i] = s->ns[2 * i];
		s->every *= 2;
	}
	s->ns[s->n++] = ns;
	s->skip = s->every - 1;
}

static int ascending(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static int64_t median(const int64_t *ns, unsigned n)
{
	int64_t sorted[CLOCK_SAMPLES];

	memcpy(sorted, ns, n * sizeof(*ns));
	qsort(sorted, n, sizeof(*sorted), ascending);
	return sorted[n / 2];
}

/*
 * A clock without a battery starts at the beginning of some year, or on the first of March of
 * 1993: does BOOT_S lie within a day behind that?
 */
static bool is_first_day(int64_t boot_s)
{
	const int64_t day_s = 86400, march_1993 = 730944000;
	int64_t year_s = 0;

	if (boot_s >= march_1993 && boot_s < march_1993 + day_s)
		return true;
	for (int year = 1970; year < 2100 && year_s <= boot_s; year++) {
		if (boot_s < year_s + day_s)
			return true;
		year_s += (year % 4 == 0 ? 366 : 365) * day_s;
	}
	return false;
}

static struct clock_skew describe(const struct clock_stream *s, const struct check_stream *stream)
{
	const unsigned n = s->skew.n, third = (n + 2) / 3;
	int64_t sorted[CLOCK_SAMPLES];

	memcpy(sorted, s->skew.ns, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), ascending);
	return (struct clock_skew){
		.ns = sorted[n / 2], .low = sorted[n / 10], .high = sorted[n - 1 - n / 10],
		.first = median(s->skew.ns, third), .last = median(s->skew.ns + n - third, third),
		.messages = s->skew.all, .stream = stream, .streams = 1,
		.never_set = s->uptime.boot.begun && is_first_day(s->uptime.boot.boot_ms / 1000),
	};
}

static int64_t distance(int64_t a, int64_t b)
{
	return a > b ? a - b : b - a;
}

void clock_skew_stream(struct check *c, struct check_stream *stream)
{
	const struct clock_stream *s = clock_of(c, stream);
	struct clock_exporter *e = check_state(c, &stream->exporter->holder, CHECK_GROUP_clock);
	struct clock_skew skew;
	unsigned i = 0;

	if (s->skew.n == 0 || s->export.longest_ns != 0)
		return;
	skew = describe(s, stream);
	if (distance(skew.ns, 0) <= check_skew(c))
		return;
	while (i < e->nskews && distance(e->skews[i].ns, skew.ns) > same_ns)
		i++;
	if (i < e->nskews) {
		e->skews[i].streams++;
		e->skews[i].messages += skew.messages;
	} else if (i < CLOCK_SKEWS) {
		e->skews[e->nskews++] = skew;
	}
}

/* -- What it comes to --------------------------------------------------------------------- */

/* Where one of the two clocks runs at another speed, there is no telling which. */
static bool is_steady(const struct clock_skew *s, int64_t most)
{
	return distance(s->high, s->low) <= most && distance(s->first, s->last) <= most;
}

/* "; the same in all 20 messages, a time zone's difference from UTC" */
static void hint(struct nf_strbuf *b, const struct clock_skew *s, int64_t most)
{
	const int64_t off_s = distance(s->ns, 0) / NS;
	const int64_t step = off_s % QUARTER_S;
	bool zone = off_s >= QUARTER_S - 5 && off_s <= ZONES_S + 5 &&
		    (step <= 5 || step >= QUARTER_S - 5);

	if (s->never_set)
		nf_sb_str(b, "; started on the first day of a year: the clock was never set");
	else if (s->messages < 3)
		;
	else if (distance(s->high, s->low) <= same_ns)
		nf_sb_printf(b, "; the same in all %llu messages%s",
			     (unsigned long long)s->messages,
			     zone ? ", a time zone's difference from UTC" : "");
	else if (distance(s->first, s->last) > most) {
		nf_sb_str(b, "; it goes from ");
		check_duration(b, s->first);
		nf_sb_str(b, " to ");
		check_duration(b, s->last);
	} else {
		nf_sb_str(b, "; it varies by ");
		check_duration(b, s->high - s->low);
	}
}

static void skewed(struct check *c, const struct check_exporter *exporter,
		   const struct clock_skew *s)
{
	struct nf_strbuf b;

	nf_strbuf_init(&b);
	hint(&b, s, check_skew(c));
	check_claim(c, &(struct check_claim){
		.rule = CHECK_EXPORTTIME_SKEW, .place = &s->stream->first,
		.severity = is_steady(s, check_skew(c)) ? CHECK_AS_RULED : 1 + NF_NOTE,
		.exporter = s->streams > 1 ? exporter : NULL,
		.stream = s->streams > 1 ? NULL : s->stream,
		.args = {
			{ .i = distance(s->ns, 0) },
			{ .s = s->ns < 0 ? "behind" : "ahead of" },
			{ .s = nf_strbuf_cstr(&b) },
		},
	});
	nf_strbuf_done(&b);
}

/* One skew, and how many exporters have it. */
struct share {
	int64_t ns;
	uint32_t exporters;
};

static struct share *share_of(struct share *shares, unsigned *n, int64_t ns)
{
	unsigned i = 0;

	while (i < *n && distance(shares[i].ns, ns) > same_ns)
		i++;
	if (i == SHARES)
		return NULL;
	if (i == *n)
		shares[(*n)++] = (struct share){ .ns = ns };
	return &shares[i];
}

struct replay {
	uint32_t exporters;
	const struct clock_skew *first;
	int64_t farthest_ns;
};

/*
 * Clocks that are wrong are wrong each in its own way, and by less than a week: what three
 * exporters share, and what lies further away, is the capture's.  So it is where the streams of
 * one exporter do not agree with each other.
 */
static void judge(struct check *c, const struct check_exporter *e, struct share *shares,
		  unsigned *nshares, struct replay *r)
{
	const struct clock_exporter *x = check_state(c, &e->holder, CHECK_GROUP_clock);
	bool replayed = false;

	for (unsigned i = 0; i < x->nskews; i++) {
		const struct clock_skew *skew = &x->skews[i];
		const struct share *s = share_of(shares, nshares, skew->ns);
		const int64_t off_ns = distance(skew->ns, 0);

		if ((s == NULL || s->exporters < SHARED) && x->nskews < SHARED &&
		    (off_ns < replay_ns || skew->never_set)) {
			skewed(c, e, skew);
			continue;
		}
		if (r->first == NULL)
			r->first = skew;
		if (off_ns > r->farthest_ns)
			r->farthest_ns = off_ns;
		replayed = true;
	}
	r->exporters += replayed;
}

void clock_skew_end(struct check *c)
{
	struct replay replay = { .exporters = 0 };
	struct share shares[SHARES];
	unsigned nshares = 0;

	for (const struct check_exporter *e = check_exporters(c); e != NULL; e = e->next) {
		const struct clock_exporter *x = check_state(c, &e->holder, CHECK_GROUP_clock);

		for (unsigned i = 0; i < x->nskews; i++) {
			struct share *s = share_of(shares, &nshares, x->skews[i].ns);

			if (s != NULL)
				s->exporters++;
		}
	}
	for (const struct check_exporter *e = check_exporters(c); e != NULL; e = e->next)
		judge(c, e, shares, &nshares, &replay);
	if (replay.exporters != 0)
		check_claim(c, &(struct check_claim){
			.rule = CHECK_CAP_REPLAYED, .place = &replay.first->stream->first,
			.args = { { .u = replay.exporters }, { .i = replay.farthest_ns } },
		});
}
