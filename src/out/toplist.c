#include <config.h>

#include "out/toplist.h"

#include "base/mem.h"
#include "out/columns.h"

extern const struct toplist_ops toplist_text, toplist_json, toplist_csv, toplist_tsv;

const struct toplist_ops *toplist_ops_of(const char *name)
{
	static const struct toplist_ops *const formats[] = {
		&toplist_text, &toplist_json, &toplist_csv, &toplist_tsv,
	};

	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		if (strcmp(formats[i]->name, name) == 0)
			return formats[i];
	return NULL;
}

/* -- Values --------------------------------------------------------------------------- */

void toplist_key_name(struct nf_strbuf *s, const struct top_key *key)
{
	nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)key->title, strlen(key->title) });
	if (!key->masked)
		return;
	nf_sb_printf(s, "/%u", key->prefix4);
	if (key->prefix6 != key->prefix4)
		nf_sb_printf(s, "/%u", key->prefix6);
}

/* The word for a number of a key, false where there is none. */
static bool word(struct nf_strbuf *s, const struct top_key *key, uint64_t v)
{
	const struct nf_labels *labels = key->from[0].ref->labels;
	uint8_t octets[8];
	size_t n = v < 256 ? 1 : v < 65536 ? 2 : v <= UINT32_MAX ? 4 : 8;

	if (strcmp(key->name, "tcpflags") == 0) {
		columns_flags(s, v);
		return true;
	}
	for (size_t i = 0; labels != NULL && labels->text == NULL && i < labels->nvalues; i++)
		if (labels->values[i].value == v) {
			nf_sb_str(s, labels->values[i].name);
			return true;
		}
	for (size_t i = 0; i < n; i++)
		octets[i] = (uint8_t)(v >> 8 * (n - 1 - i));
	return labels != NULL && labels->text != NULL &&
	       labels->text(s, (struct nf_bytes){ octets, n });
}

void toplist_value(struct nf_strbuf *s, const struct toplist *l, const struct top_entry *e,
		   unsigned i, bool words)
{
	const struct top_key *key = &l->top->keys[i];
	struct top_value v = top_value(l->top, e, i);

	switch ((enum top_tag)v.tag) {
	case TOP_ABSENT: break;
	case TOP_NUMBER:
		if (!words || !word(s, key, v.number))
			nf_sb_u64(s, v.number);
		break;
	case TOP_BELOW_ZERO: nf_sb_i64(s, (int64_t)v.number); break;
	case TOP_IPV4: nf_ipv4_text(s, v.address); break;
	case TOP_IPV6: nf_ipv6_text(s, v.address); break;
	case TOP_TEXT: nf_safe_text(s, v.text); break;
	}
	if (key->masked && v.tag == TOP_IPV4 && key->prefix4 < 32)
		nf_sb_printf(s, "/%u", key->prefix4);
	else if (key->masked && v.tag == TOP_IPV6 && key->prefix6 < 128)
		nf_sb_printf(s, "/%u", key->prefix6);
}

const char *toplist_stat_name(const struct toplist *l, unsigned stat)
{
	if (!l->top->deltas && l->top->only_totals > 0 && stat <= TOP_STAT_PACKETS)
		stat = stat == TOP_STAT_BYTES ? TOP_STAT_BYTES_TOTAL : TOP_STAT_PACKETS_TOTAL;
	return top_stats[stat].name;
}

/* D with so many digits of fraction, rounded; what has more than 64 bits is that many. */
static void fraction(struct nf_strbuf *s, double d, unsigned digits)
{
	uint64_t unit = digits == 2 ? 100 : 10, v;

	d = d * (double)unit + 0.5;
	v = d < 1.8e19 ? (uint64_t)d : UINT64_MAX;
	nf_sb_u64(s, v / unit);
	nf_sb_char(s, '.');
	nf_sb_digits(s, v % unit, digits);
}

/* The sum of one direction alone. */
static uint64_t one_way(const struct toplist *l, const struct top_row *row, unsigned stat, int way)
{
	unsigned counter = stat == TOP_STAT_BYTES || stat == TOP_STAT_BYTES_TOTAL ? TOP_BYTES :
										    TOP_PACKETS;

	if (!l->top->deltas || stat >= TOP_STAT_BYTES_TOTAL)
		counter += TOP_BYTES_TOTAL;
	return row->sums[way][counter];
}

void toplist_figure(struct nf_strbuf *s, const struct toplist *l, const struct top_row *row,
		    unsigned stat, int way)
{
	struct top_figure f;

	if (way >= 0) {
		nf_sb_u64(s, one_way(l, row, stat, way));
		return;
	}
	if (!top_figure(l->top, row, (enum top_stat_id)stat, &f))
		return;
	if (top_stats[stat].kind == TOP_RATE)
		fraction(s, f.d, 1);
	else if (top_stats[stat].kind == TOP_SUM)
		nf_sb_u64(s, f.u);
	else
		columns_seconds(s, (int64_t)(f.u & INT64_MAX), f.u % 1000000 != 0 ? 6 : 3);
}

void toplist_share(struct nf_strbuf *s, const struct toplist *l, const struct top_row *row,
		   unsigned stat, unsigned digits)
{
	struct top_figure part, whole;

	top_figure(l->top, row, (enum top_stat_id)stat, &part);
	top_figure(l->top, &l->top->all, (enum top_stat_id)stat, &whole);
	if (whole.u != 0)
		fraction(s, 100.0 * (double)part.u / (double)whole.u, digits);
}

/* -- Columns -------------------------------------------------------------------------- */

static void column(struct toplist *l, enum toplist_kind kind, unsigned item, int way,
		   unsigned rank)
{
	l->columns[l->ncolumns++] = (struct toplist_column){
		.kind = (uint8_t)kind, .item = (uint8_t)item, .way = (int8_t)way,
		.rank = (uint8_t)rank,
	};
}

static void stat(struct toplist *l, unsigned item, unsigned rank)
{
	bool counts = item == TOP_STAT_BYTES || item == TOP_STAT_PACKETS ||
		      item == TOP_STAT_BYTES_TOTAL || item == TOP_STAT_PACKETS_TOTAL;

	for (unsigned i = 0; i < l->ncolumns; i++)
		if (l->columns[i].kind == TOPLIST_STAT && l->columns[i].item == item)
			return;
	column(l, TOPLIST_STAT, item, -1, rank);
	if (toplist_has_share(item) && (rank == 0 || item <= TOP_STAT_FLOWS))
		column(l, TOPLIST_SHARE, item, -1, rank == 0 ? 1 : 5);
	for (int way = 0; counts && l->top->opts.biflow && way < 2; way++)
		column(l, TOPLIST_STAT, item, way, rank + 1);
}

/* Keys, what was asked for, then what everybody wants to know. */
static void choose(struct toplist *l)
{
	for (unsigned i = 0; i < l->top->nkeys; i++)
		column(l, TOPLIST_KEY, i, -1, 0);
	for (unsigned i = 0; i < l->order.nstats; i++)
		stat(l, l->order.stats[i], 0);
	stat(l, TOP_STAT_BYTES, 2);
	stat(l, TOP_STAT_PACKETS, 3);
	stat(l, TOP_STAT_FLOWS, 4);
	if (l->top->deltas && l->top->only_totals > 0) {
		stat(l, TOP_STAT_BYTES_TOTAL, 2);
		stat(l, TOP_STAT_PACKETS_TOTAL, 3);
	}
	column(l, TOPLIST_FIRST, 0, -1, 6);
	column(l, TOPLIST_LAST, 0, -1, 6);
}

bool toplist_open(struct toplist *l)
{
	size_t all = top_nrows(l->top);

	nf_strbuf_init(&l->text);
	l->ncolumns = 0;
	if (l->max > all)
		l->max = all;
	l->rows = nf_alloc((2 * l->max + 1) * sizeof(*l->rows));
	if (l->rows == NULL)
		return false;
	l->n = top_best(l->top, &l->order, l->rows, l->max);
	choose(l);
	l->ops->open(l);
	return !l->text.failed;
}

void toplist_row(struct toplist *l, size_t i)
{
	l->ops->row(l, i);
}

void toplist_close(struct toplist *l)
{
	if (l->ops->close != NULL)
		l->ops->close(l);
}

void toplist_done(struct toplist *l)
{
	nf_free(l->rows);
	nf_strbuf_done(&l->text);
	l->rows = NULL;
}

/* -- Listings ------------------------------------------------------------------------- */

static void help_row(struct nf_strbuf *s, const char *name, const char *help)
{
	size_t n = strlen(name);

	nf_sb_str(s, "  ");
	nf_sb_str(s, name);
	nf_sb_pad(s, ' ', n < 20 ? 20 - n : 1);
	nf_sb_str(s, help);
	nf_sb_char(s, '\n');
}

void toplist_help(struct nf_strbuf *s)
{
	const struct filter_name *name;
	size_t at = 0;

	nf_sb_str(s, "Statistics (-s)\n");
	for (unsigned i = 0; i < TOP_STATS; i++)
		help_row(s, top_stats[i].name, top_stats[i].help);
	nf_sb_str(s, "\nKeys (-k), and every element by any of its names (nfpcap flows -c help)\n");
	help_row(s, "source", "src,sport");
	help_row(s, "destination", "dst,dport");
	help_row(s, "flow", "src,sport,dst,dport,proto");
	while ((name = filter_name_next(NULL, &at)) != NULL)
		help_row(s, name->name, name->help);
}
