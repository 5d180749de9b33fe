#include <config.h>

#include "out/intervals.h"

#include "out/out.h"
#include "out/totals.h"

enum {
	USUAL = 100,		/* columns, where there is no terminal */
	LEAST = 4,		/* of the bar */
	FEW = 3,		/* empty intervals in a row that are still shown as such */
	EIGHTHS = 8,
};

static const int64_t second_ns = INT64_C(1000000000);
static const int64_t day_ns = 86400 * INT64_C(1000000000);

/* What bars stand for. */
struct measure {
	const char *title;
	uint64_t (*of)(const struct stats_version *v);
};

static uint64_t octets(const struct stats_version *v)
{
	return v->sums[STATS_OCTETS];
}

static uint64_t octets_total(const struct stats_version *v)
{
	return v->sums[STATS_OCTETS_TOTAL];
}

static uint64_t records(const struct stats_version *v)
{
	return v->flows + v->options;
}

static uint64_t messages(const struct stats_version *v)
{
	return v->messages;
}

/* In order of preference: the first that is not zero everywhere. */
static const struct measure measures[] = {
	{ "bytes", octets },
	{ "bytes (total counters)", octets_total },
	{ "records", records },
	{ "messages", messages },
};

struct table {
	struct nf_strbuf *s;
	const struct intervals_view *v;
	const struct measure *measure;
	bool total;			/* total counters, for there are no others */
	bool days;			/* the day has a line of its own */
	unsigned digits;		/* of the second's fraction */
	unsigned bar;			/* columns */
	uint64_t most;
	int64_t day;			/* of the last line */
};

static uint64_t most_of(const struct intervals *x, const struct measure *m)
{
	const struct intervals_row *row;
	uint64_t most = 0;

	for (size_t i = 0; (row = intervals_row(x, i)) != NULL; i++)
		if (m->of(&row->grew) > most)
			most = m->of(&row->grew);
	return most;
}

/* -- Cells ---------------------------------------------------------------------------- */

/* "2024-01-01 00:00:05", or "00:00:05" where the day has a line of its own. */
static void moment(struct table *t, int64_t ns)
{
	int64_t day = ns / day_ns - (ns % day_ns < 0);
	size_t from = t->s->n, behind;

	nf_time_text(t->s, ns, t->digits, NULL);
	behind = 10 + (t->digits != 0 ? t->digits + 1 : 0);	/* "Thh:mm:ss.fff" and Z */
	if (t->s->failed || t->s->n - from < behind)
		return;
	t->s->n--;
	t->s->p[t->s->n - behind + 1] = ' ';
	if (!t->days)
		return;
	if (day != t->day) {
		t->day = day;
		t->s->n -= behind - 1;
		nf_sb_char(t->s, '\n');
		moment(t, ns);
		return;
	}
	memmove(t->s->p + from, t->s->p + t->s->n - behind + 2, behind - 2);
	t->s->n = from + behind - 2;
}

static void number(struct nf_strbuf *s, uint64_t v, unsigned width)
{
	unsigned n = 1;

	for (uint64_t rest = v; rest >= 10; rest /= 10)
		n++;
	nf_sb_pad(s, ' ', n < width ? width - n : 1);
	nf_sb_u64(s, v);
}

/* How many of N parts V is of MOST, rounded; one at least where there is anything. */
static uint64_t parts(uint64_t v, uint64_t most, uint64_t n)
{
	uint64_t k;

	while (most > UINT64_MAX / (4 * n)) {
		most >>= 1;
		v >>= 1;
	}
	k = most != 0 ? (2 * v * n + most) / (2 * most) : 0;
	return k != 0 || v == 0 ? k : 1;
}

static void bar(struct table *t, uint64_t v)
{
	/* U+2588 is the whole block, U+2589 to U+258F seven to one eighths: E2 96 88 and on */
	static const char block[] = "\xe2\x96";
	uint64_t n;

	if (v == 0 || t->most == 0)
		return;
	nf_sb_str(t->s, "  ");
	if (!t->v->utf8) {
		nf_sb_pad(t->s, '#', parts(v, t->most, t->bar));
		return;
	}
	n = parts(v, t->most, (uint64_t)t->bar * EIGHTHS);
	for (; n >= EIGHTHS; n -= EIGHTHS) {
		nf_sb_str(t->s, block);
		nf_sb_char(t->s, (char)0x88);
	}
	if (n != 0) {
		nf_sb_str(t->s, block);
		nf_sb_char(t->s, (char)(0x90 - n));
	}
}

/* -- Rows ----------------------------------------------------------------------------- */

static void row(struct table *t, int64_t index, const struct stats_version *v)
{
	moment(t, index * intervals_length(t->v->intervals));
	number(t->s, v->messages, 9);
	number(t->s, v->flows + v->options, 10);
	number(t->s, v->octets, 12);
	number(t->s, v->sums[t->total ? STATS_PACKETS_TOTAL : STATS_PACKETS], 11);
	number(t->s, v->sums[t->total ? STATS_OCTETS_TOTAL : STATS_OCTETS], 13);
	bar(t, t->measure->of(v));
	nf_sb_char(t->s, '\n');
}

static void empty(struct table *t, int64_t index, uint64_t n)
{
	static const struct stats_version nothing;

	if (n <= FEW) {
		for (uint64_t i = 0; i < n; i++)
			row(t, index + (int64_t)i, &nothing);
		return;
	}
	nf_sb_str(t->s, "  ... ");
	nf_sb_u64(t->s, n);
	nf_sb_str(t->s, " intervals without messages\n");
}

static void duration(struct nf_strbuf *s, int64_t ns)
{
	static const struct { int64_t ns; const char *unit; } units[] = {
		{ 86400000000000, " d" }, { 3600000000000, " h" }, { 60000000000, " min" },
		{ 1000000000, " s" }, { 1000000, " ms" },
	};
	unsigned i = 0;

	while (i + 1 < sizeof(units) / sizeof(units[0]) && ns % units[i].ns != 0)
		i++;
	nf_sb_i64(s, ns / units[i].ns);
	nf_sb_str(s, units[i].unit);
}

static void titles(struct table *t)
{
	unsigned time = (t->days ? 8 : 19) + (t->digits != 0 ? t->digits + 1 : 0);
	unsigned width = t->v->width != 0 ? t->v->width : USUAL;
	unsigned columns = time + 9 + 10 + 12 + 11 + 13 + 2;

	t->bar = width > columns + LEAST ? width - columns : LEAST;
	nf_sb_str(t->s, "\nIntervals of ");
	duration(t->s, intervals_length(t->v->intervals));
	nf_sb_str(t->s, "; a full bar is ");
	nf_sb_u64(t->s, t->most);
	nf_sb_char(t->s, ' ');
	nf_sb_str(t->s, t->measure->title);
	nf_sb_str(t->s, "\ntime");
	nf_sb_pad(t->s, ' ', time - 4);
	nf_sb_str(t->s, " messages   records      octets");
	nf_sb_str(t->s, t->total ? "  pkts total  bytes total\n" : "    packets        bytes\n");
}

static void beyond(struct nf_strbuf *s, const struct intervals_view *v)
{
	struct stats_version b = intervals_beyond(v->intervals);

	if (b.messages == 0)
		return;
	nf_sb_str(s, "  ... ");
	out_count(s, b.messages, "message");
	nf_sb_str(s, " in further intervals: there are too many to be listed\n");
}

void intervals_text(struct nf_strbuf *s, const struct intervals_view *v)
{
	const struct intervals_row *r, *before = NULL;
	struct table t = { .s = s, .v = v, .day = INT64_MIN };

	if (intervals_row(v->intervals, 0) == NULL)
		return;
	for (unsigned i = 0; i < sizeof(measures) / sizeof(measures[0]) && t.most == 0; i++) {
		t.measure = &measures[i];
		t.most = most_of(v->intervals, t.measure);
	}
	t.total = t.measure->of == octets_total;
	t.digits = intervals_length(v->intervals) % second_ns != 0 ? 3 : 0;
	t.days = v->width != 0;
	titles(&t);
	for (size_t i = 0; (r = intervals_row(v->intervals, i)) != NULL; i++) {
		if (before != NULL && r->index - before->index > 1)
			empty(&t, before->index + 1, (uint64_t)(r->index - before->index - 1));
		row(&t, r->index, &r->grew);
		before = r;
	}
	beyond(s, v);
}

/* -- JSON ----------------------------------------------------------------------------- */

void intervals_json(struct nf_strbuf *s, const struct intervals_view *v)
{
	struct stats_version b = intervals_beyond(v->intervals);
	int64_t length = intervals_length(v->intervals);
	const struct intervals_row *r;

	for (size_t i = 0; (r = intervals_row(v->intervals, i)) != NULL; i++) {
		nf_sb_str(s, "{\"type\":\"interval\",\"schema\":1,\"start\":\"");
		nf_time_text(s, r->index * length, 3, NULL);
		nf_sb_str(s, "\",\"seconds\":");
		nf_sb_i64(s, length / second_ns);
		nf_sb_char(s, '.');
		nf_sb_digits(s, (uint64_t)(length % second_ns / 1000000), 3);
		totals_members(s, &r->grew);
		nf_sb_str(s, "}\n");
	}
	if (b.messages == 0)
		return;
	nf_sb_str(s, "{\"type\":\"beyond\",\"schema\":1");
	totals_members(s, &b);
	nf_sb_str(s, "}\n");
}
