/* top -o csv (RFC 4180, lines end in LF) and -o tsv: a line of names, then a line a row. */
#include <config.h>

#include "out/csv.h"
#include "out/toplist.h"

/* RFC 3339 with what digits it has. */
static void moment(struct nf_strbuf *s, const struct top_row *row, bool last)
{
	int64_t ns = last ? row->last_ns : row->first_ns;

	if (row->first_ns <= row->last_ns)
		nf_time_text(s, ns, ns % 1000 != 0 ? 9 : ns % 1000000 != 0 ? 6 : 3, NULL);
}

static void name(struct toplist *l, const struct toplist_column *c)
{
	static const char *const ways[] = { "_forward", "_back" };
	struct nf_strbuf *s = &l->text;

	switch ((enum toplist_kind)c->kind) {
	case TOPLIST_KEY: toplist_key_name(s, &l->top->keys[c->item]); break;
	case TOPLIST_STAT:
		nf_sb_str(s, toplist_stat_name(l, c->item));
		nf_sb_str(s, c->way >= 0 ? ways[c->way] : "");
		break;
	case TOPLIST_SHARE:
		nf_sb_str(s, toplist_stat_name(l, c->item));
		nf_sb_str(s, "_percent");
		break;
	case TOPLIST_FIRST: nf_sb_str(s, "first"); break;
	case TOPLIST_LAST: nf_sb_str(s, "last"); break;
	}
}

static void cell(struct toplist *l, const struct toplist_column *c, const struct top_entry *e)
{
	struct nf_strbuf *s = &l->text;

	switch ((enum toplist_kind)c->kind) {
	case TOPLIST_KEY: toplist_value(s, l, e, c->item, false); break;
	case TOPLIST_STAT: toplist_figure(s, l, &e->row, c->item, c->way); break;
	case TOPLIST_SHARE: toplist_share(s, l, &e->row, c->item, 2); break;
	case TOPLIST_FIRST: moment(s, &e->row, false); break;
	case TOPLIST_LAST: moment(s, &e->row, true); break;
	}
}

/* The names where E is NULL. */
static void line(struct toplist *l, const struct top_entry *e, char separator)
{
	struct nf_strbuf *s = &l->text;

	for (unsigned i = 0; i < l->ncolumns; i++) {
		size_t from;

		if (i > 0)
			nf_sb_char(s, separator);
		from = s->n;
		if (e == NULL)
			name(l, &l->columns[i]);
		else
			cell(l, &l->columns[i], e);
		if (separator == ',')
			csv_quote(s, from);
	}
	nf_sb_char(s, '\n');
}

static void csv_open(struct toplist *l) { line(l, NULL, ','); }
static void csv_row(struct toplist *l, size_t i) { line(l, &l->rows[i], ','); }
static void tsv_open(struct toplist *l) { line(l, NULL, '\t'); }
static void tsv_row(struct toplist *l, size_t i) { line(l, &l->rows[i], '\t'); }

const struct toplist_ops toplist_csv = { .name = "csv", .open = csv_open, .row = csv_row };
const struct toplist_ops toplist_tsv = { .name = "tsv", .open = tsv_open, .row = tsv_row };
