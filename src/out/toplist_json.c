/*
 * top -o json: an object a row, and one for the whole; keys and their order are those of
 * doc/nfpcap-top.schema.json.
 */
#include <config.h>

#include "out/json.h"
#include "out/toplist.h"

static void value(struct toplist *l, const struct top_entry *e, unsigned i)
{
	struct top_value v = top_value(l->top, e, i);
	struct nf_strbuf *s = &l->text;

	if (v.tag == TOP_TEXT) {
		nf_json_string(s, v.text);
		return;
	}
	if (v.tag != TOP_NUMBER && v.tag != TOP_BELOW_ZERO)
		nf_sb_char(s, '"');
	toplist_value(s, l, e, i, false);
	if (v.tag != TOP_NUMBER && v.tag != TOP_BELOW_ZERO)
		nf_sb_char(s, '"');
}

static void keys(struct toplist *l, const struct top_entry *e)
{
	struct nf_strbuf *s = &l->text;
	const char *comma = "";

	LIT(s, ",\"key\":{");
	for (unsigned i = 0; i < l->top->nkeys; i++) {
		if (top_value(l->top, e, i).tag == TOP_ABSENT)
			continue;
		nf_sb_str(s, comma);
		nf_sb_char(s, '"');
		toplist_key_name(s, &l->top->keys[i]);
		LIT(s, "\":");
		value(l, e, i);
		comma = ",";
	}
	nf_sb_char(s, '}');
}

static void number(struct nf_strbuf *s, const char *key, uint64_t v)
{
	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	LIT(s, "\":");
	nf_sb_u64(s, v);
}

static void time_of(struct nf_strbuf *s, const char *key, int64_t ns)
{
	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	LIT(s, "\":\"");
	nf_time_text(s, ns, ns % 1000 != 0 ? 9 : ns % 1000000 != 0 ? 6 : 3, NULL);
	nf_sb_char(s, '"');
}

/* What is not known is not there. */
static void figure(struct toplist *l, const char *key, const struct top_row *row, unsigned stat)
{
	struct nf_strbuf *s = &l->text;
	size_t start = s->n, from;

	nf_sb_str(s, ",\"");
	nf_sb_str(s, key);
	LIT(s, "\":");
	from = s->n;
	toplist_figure(s, l, row, stat, -1);
	if (s->n == from)
		s->n = start;
}

/* Totals where there are some, so that they are never taken for deltas. */
static void counters(struct toplist *l, const uint64_t *sums)
{
	struct nf_strbuf *s = &l->text;
	bool totals = l->top->only_totals > 0;

	if (l->top->deltas || !totals) {
		number(s, "bytes", sums[TOP_BYTES]);
		number(s, "packets", sums[TOP_PACKETS]);
	}
	if (totals) {
		number(s, "bytesTotal", sums[TOP_BYTES_TOTAL]);
		number(s, "packetsTotal", sums[TOP_PACKETS_TOTAL]);
	}
}

static void both_ways(struct toplist *l, const struct top_row *row)
{
	static const char *const ways[] = { ",\"forward\":{", ",\"back\":{" };
	struct nf_strbuf *s = &l->text;

	for (unsigned i = 0; l->top->opts.biflow && i < 2; i++) {
		size_t from;

		nf_sb_str(s, ways[i]);
		from = s->n;
		counters(l, row->sums[i]);
		if (!s->failed) {	/* the first comma */
			memmove(s->p + from, s->p + from + 1, s->n - from - 1);
			s->n--;
		}
		nf_sb_char(s, '}');
	}
}

static void figures(struct toplist *l, const struct top_row *row)
{
	struct nf_strbuf *s = &l->text;
	uint64_t sums[TOP_COUNTERS];

	for (unsigned i = 0; i < TOP_COUNTERS; i++)
		sums[i] = l->top->opts.biflow ? nf_saturated(row->sums[0][i], row->sums[1][i]) :
						row->sums[0][i];
	number(s, "flows", row->flows);
	counters(l, sums);
	both_ways(l, row);
	if (row->first_ns <= row->last_ns) {
		time_of(s, "first", row->first_ns);
		time_of(s, "last", row->last_ns);
	}
	figure(l, "duration", row, TOP_STAT_DURATION);
	figure(l, "bps", row, TOP_STAT_BPS);
	figure(l, "pps", row, TOP_STAT_PPS);
	figure(l, "bpp", row, TOP_STAT_BPP);
	figure(l, "avgBytes", row, TOP_STAT_BYTES_PER_FLOW);
	figure(l, "avgPackets", row, TOP_STAT_PACKETS_PER_FLOW);
}

static void shares(struct toplist *l, const struct top_row *row)
{
	static const struct { const char *key; uint8_t stat; } parts[] = {
		{ "flows", TOP_STAT_FLOWS }, { "bytes", TOP_STAT_BYTES },
		{ "packets", TOP_STAT_PACKETS },
	};
	struct nf_strbuf *s = &l->text;
	const char *comma = "";

	LIT(s, ",\"percent\":{");
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		size_t start = s->n, from;

		nf_sb_str(s, comma);
		json_string(s, parts[i].key);
		nf_sb_char(s, ':');
		from = s->n;
		toplist_share(s, l, row, parts[i].stat, 2);
		if (s->n == from)
			s->n = start;
		else
			comma = ",";
	}
	nf_sb_char(s, '}');
}

static void nothing(struct toplist *l)
{
	(void)l;
}

static void row(struct toplist *l, size_t i)
{
	struct nf_strbuf *s = &l->text;

	LIT(s, "{\"type\":\"top\",\"schema\":1");
	number(s, "rank", i + 1);
	keys(l, &l->rows[i]);
	figures(l, &l->rows[i].row);
	shares(l, &l->rows[i].row);
	LIT(s, "}\n");
}

static void names(struct toplist *l)
{
	struct nf_strbuf *s = &l->text;

	LIT(s, ",\"keys\":[");
	for (unsigned i = 0; i < l->top->nkeys; i++) {
		nf_sb_str(s, i > 0 ? ",\"" : "\"");
		toplist_key_name(s, &l->top->keys[i]);
		nf_sb_char(s, '"');
	}
	LIT(s, "],\"order\":[");
	for (unsigned i = 0; i < l->order.nstats; i++) {
		nf_sb_str(s, i > 0 ? "," : "");
		json_string(s, toplist_stat_name(l, l->order.stats[i]));
	}
	nf_sb_char(s, ']');
}

static void close(struct toplist *l)
{
	struct nf_strbuf *s = &l->text;
	const struct top *t = l->top;

	LIT(s, "{\"type\":\"top-total\",\"schema\":1,\"files\":[");
	for (size_t i = 0; i < l->nfiles; i++) {
		nf_sb_str(s, i > 0 ? "," : "");
		json_string(s, l->files[i]);
	}
	nf_sb_char(s, ']');
	names(l);
	number(s, "rows", t->table.n);
	number(s, "records", t->records);
	figures(l, &t->all);
	if (t->beyond > 0) {
		LIT(s, ",\"others\":{\"records\":");
		nf_sb_u64(s, t->beyond);
		figures(l, &t->others);
		nf_sb_char(s, '}');
	}
	nf_sb_str(s, t->sampled ? ",\"sampled\":true" : ",\"sampled\":false");
	if (t->opts.scale != NULL) {
		LIT(s, ",\"scaled\":{\"unknown\":");
		nf_sb_u64(s, t->unrated);
		number(s, "ambiguous", t->ambiguous);
		nf_sb_char(s, '}');
	}
	number(s, "duplicateMessages", t->duplicates);
	number(s, "events", t->events);
	number(s, "undecodedSets", t->undecoded);
	LIT(s, "}\n");
}

const struct toplist_ops toplist_json = {
	.name = "json", .open = nothing, .row = row, .close = close,
};
