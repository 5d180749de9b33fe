/*
 * top -o text: aligned columns under a line that says what they are, the rest and the whole
 * below them.  Where there is little room, the columns that tell least go first.
 */
#include <config.h>

#include "out/out.h"
#include "out/toplist.h"

enum { RANKS = 7, WIDEST_KEY = 45 };

static const struct top_row no_row = { .first_ns = 1, .last_ns = 0 };

/* "2023-01-01 01:00:05.002" */
static void moment(struct nf_strbuf *s, const struct top_row *row, bool last)
{
	size_t from = s->n;

	if (row->first_ns > row->last_ns)
		return;
	nf_time_text(s, last ? row->last_ns : row->first_ns, 3, NULL);
	if (s->failed || s->n < from + 14)
		return;
	s->n--;				/* the Z */
	s->p[s->n - 13] = ' ';
}

/* E is NULL in rows without a key. */
static void cell(struct toplist *l, const struct toplist_column *c, const struct top_entry *e,
		 const struct top_row *row)
{
	struct nf_strbuf *s = &l->text;

	switch ((enum toplist_kind)c->kind) {
	case TOPLIST_KEY:
		if (e != NULL && top_value(l->top, e, c->item).tag == TOP_ABSENT)
			nf_sb_char(s, '-');
		else if (e != NULL)
			toplist_value(s, l, e, c->item, true);
		break;
	case TOPLIST_STAT: toplist_figure(s, l, row, c->item, c->way); break;
	case TOPLIST_SHARE:
		toplist_share(s, l, row, c->item, 1);
		break;
	case TOPLIST_FIRST: moment(s, row, false); break;
	case TOPLIST_LAST: moment(s, row, true); break;
	}
}

static void title(struct toplist *l, const struct toplist_column *c)
{
	static const char *const ways[] = { ">", "<" };
	struct nf_strbuf *s = &l->text;

	switch ((enum toplist_kind)c->kind) {
	case TOPLIST_KEY: toplist_key_name(s, &l->top->keys[c->item]); break;
	case TOPLIST_STAT:
		out_words(s, toplist_stat_name(l, c->item));
		if (c->way >= 0)
			nf_sb_str(s, ways[c->way]);
		break;
	case TOPLIST_SHARE: nf_sb_char(s, '%'); break;
	case TOPLIST_FIRST: nf_sb_str(s, "first (UTC)"); break;
	case TOPLIST_LAST: nf_sb_str(s, "last"); break;
	}
}

static bool is_right(const struct toplist_column *c)
{
	return c->kind == TOPLIST_STAT || c->kind == TOPLIST_SHARE;
}

/* -- Rows below the others ------------------------------------------------------------ */

static bool is_exact(const struct top_row *row)
{
	bool exact = row->flows != UINT64_MAX;

	for (unsigned i = 0; i < 2 * TOP_COUNTERS; i++)
		exact &= row->sums[i / TOP_COUNTERS][i % TOP_COUNTERS] != UINT64_MAX;
	return exact;
}

/*
 * What is in rows that are not shown; false where rows do not add up to the whole, or to more
 * than numbers hold.
 */
static bool rest_of(const struct toplist *l, struct top_row *rest)
{
	const struct top *t = l->top;

	*rest = t->all;
	rest->first_ns = no_row.first_ns;
	rest->last_ns = no_row.last_ns;
	if (t->twice || t->table.n == l->n || !is_exact(&t->all))
		return false;
	for (size_t i = 0; i <= l->n; i++) {
		const struct top_row *row = i < l->n ? &l->rows[i].row : &t->others;

		rest->flows -= row->flows;
		for (unsigned j = 0; j < TOP_COUNTERS; j++) {
			rest->sums[0][j] -= row->sums[0][j];
			rest->sums[1][j] -= t->opts.biflow ? row->sums[1][j] : 0;
		}
	}
	return true;
}

/* "47 more", "others", "all 57": the label takes the place of the keys. */
static void label(struct toplist *l, unsigned which, struct nf_strbuf *s)
{
	if (which == 0) {
		nf_sb_char(s, '(');
		nf_sb_u64(s, l->top->table.n - l->n);
		nf_sb_str(s, " more)");
	} else if (which == 1) {
		nf_sb_str(s, "(others)");
	} else {
		nf_sb_str(s, "(all ");
		nf_sb_u64(s, l->top->table.n);
		nf_sb_char(s, ')');
	}
}

/* Row WHICH of those below; false where it is not needed. */
static bool extra(const struct toplist *l, unsigned which, struct top_row *row)
{
	if (which == 0)
		return rest_of(l, row);
	*row = which == 1 ? l->top->others : l->top->all;
	return which == 2 || l->top->beyond > 0;
}

/* -- Layout --------------------------------------------------------------------------- */

static unsigned line_width(const struct toplist *l, unsigned rank)
{
	unsigned width = 0;

	for (unsigned i = 0; i < l->ncolumns; i++)
		if (l->columns[i].rank <= rank)
			width += l->columns[i].width + (width > 0);
	return width;
}

static void widen(struct toplist *l, struct toplist_column *c, size_t from)
{
	unsigned most = c->kind == TOPLIST_KEY ? WIDEST_KEY : UINT32_MAX;
	size_t n = l->text.n - from;

	if (n > c->width)
		c->width = n < most ? (unsigned)n : most;
	l->text.n = from;
}

static void measure(struct toplist *l)
{
	struct top_row row;
	size_t from = l->text.n;

	for (unsigned i = 0; i < l->ncolumns; i++) {
		struct toplist_column *c = &l->columns[i];

		title(l, c);
		widen(l, c, from);
		for (size_t j = 0; j < l->n; j++) {
			cell(l, c, &l->rows[j], &l->rows[j].row);
			widen(l, c, from);
		}
		for (unsigned j = 0; j < 3; j++)
			if (extra(l, j, &row)) {
				cell(l, c, NULL, &row);
				widen(l, c, from);
				if (i == 0)
					label(l, j, &l->text);
				widen(l, c, from);
			}
	}
}

static void fit(struct toplist *l)
{
	unsigned rank = RANKS, n = 0;

	while (l->width != 0 && rank > 0 && line_width(l, rank) > l->width)
		rank--;
	for (unsigned i = 0; i < l->ncolumns; i++)
		if (l->columns[i].rank <= rank)
			l->columns[n++] = l->columns[i];
	l->ncolumns = n;
}

static void line(struct toplist *l, const struct top_entry *e, const struct top_row *row,
		 unsigned which)
{
	struct nf_strbuf *s = &l->text;
	size_t start = s->n;

	for (unsigned i = 0; i < l->ncolumns; i++) {
		const struct toplist_column *c = &l->columns[i];
		size_t from = s->n;

		if (row == NULL)
			title(l, c);
		else if (e == NULL && i == 0)
			label(l, which, s);
		else
			cell(l, c, e, row);
		out_align(s, from, c->width, is_right(c));
		nf_sb_char(s, ' ');
	}
	while (s->n > start && s->p[s->n - 1] == ' ')
		s->n--;
	nf_sb_char(s, '\n');
}

/* "top 10 of 57 src by bytes" */
static void heading(struct toplist *l)
{
	const struct top *t = l->top;
	struct nf_strbuf *s = &l->text;

	nf_sb_str(s, l->order.ascending ? "least " : "top ");
	nf_sb_u64(s, l->n);
	nf_sb_str(s, " of ");
	nf_sb_u64(s, t->table.n);
	nf_sb_char(s, ' ');
	for (unsigned i = 0; i < t->nkeys; i++) {
		nf_sb_str(s, i > 0 ? "," : "");
		toplist_key_name(s, &t->keys[i]);
	}
	nf_sb_str(s, " by ");
	out_words(s, toplist_stat_name(l, l->order.stats[0]));
	if (t->opts.scale != NULL)
		nf_sb_str(s, "; scaled by sampling rates");
	else if (t->sampled)
		nf_sb_str(s, "; sampled, not scaled (--scale)");
	nf_sb_char(s, '\n');
}

static void open(struct toplist *l)
{
	heading(l);
	measure(l);
	fit(l);
	if (l->color)
		nf_sb_str(&l->text, "\033[1m");
	line(l, NULL, NULL, 0);
	if (l->color) {
		l->text.n--;
		nf_sb_str(&l->text, "\033[0m\n");
	}
}

static void row(struct toplist *l, size_t i)
{
	line(l, &l->rows[i], &l->rows[i].row, 0);
}

static void close(struct toplist *l)
{
	struct top_row below;

	for (unsigned i = 0; i < 3; i++)
		if (extra(l, i, &below))
			line(l, NULL, &below, i);
}

const struct toplist_ops toplist_text = {
	.name = "text", .open = open, .row = row, .close = close,
};
