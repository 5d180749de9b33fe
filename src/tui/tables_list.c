/* The lines of Tables: tables with their rows below. */
#include <config.h>

#include <stdlib.h>

#include "base/mem.h"
#include "out/options.h"
#include "tui/analysis.h"
#include "tui/screen_tables.h"
#include "tui/times.h"

enum { MANY = 4096 };		/* rows that are not collected anew until all are known */

const struct grid_column tables_columns[TABLES_COLUMNS] = {
	[TABLES_KEY] = { .title = "table, key", .width = 24, .keeps = true },
	[TABLES_SINCE] = { .title = "since", .width = 12, .right = true },
	[TABLES_UNTIL] = { .title = "until", .width = 12, .right = true, .wide = 120 },
	[TABLES_SENT] = { .title = "sent", .width = 5, .right = true },
	[TABLES_FRAME] = { .title = "frame", .width = 7, .right = true, .wide = 100 },
	[TABLES_SAYS] = { .title = "says", .width = 30 },
};

/* -- Order ------------------------------------------------------------------------------- */

static int by_number(uint64_t x, uint64_t y, const void *a, const void *b)
{
	return x != y ? (x < y ? -1 : 1) : joined_rows_order(a, b);
}

/* Times below zero come first. */
static uint64_t ascending(int64_t ns)
{
	return (uint64_t)ns ^ UINT64_C(1) << 63;
}

static int by_since(const void *a, const void *b)
{
	const struct joined_row *x = a, *y = b;

	return by_number(ascending(x->version->ns), ascending(y->version->ns), a, b);
}

static uint64_t until(const struct joined_row *r)
{
	const struct join_version *next = tables_next(r);

	return next != NULL ? ascending(next->ns) : UINT64_MAX;
}

static int by_until(const void *a, const void *b)
{
	return by_number(until(a), until(b), a, b);
}

static int by_sent(const void *a, const void *b)
{
	const struct joined_row *x = a, *y = b;

	return by_number(x->version->sent, y->version->sent, a, b);
}

static int by_frame(const void *a, const void *b)
{
	const struct joined_row *x = a, *y = b;

	return by_number(x->version->position, y->version->position, a, b);
}

static struct nf_bytes first_value(const struct joined_row *r)
{
	const struct join_version *v = r->version;

	return v->nvalues > 0 ? join_octets(v->values[0].octets) : (struct nf_bytes){ .n = 0 };
}

static int by_says(const void *a, const void *b)
{
	struct nf_bytes x = first_value(a), y = first_value(b);
	size_t n = x.n < y.n ? x.n : y.n;
	int order = n > 0 ? memcmp(x.p, y.p, n) : 0;

	return order != 0 ? order : by_number(x.n, y.n, a, b);
}

static void reverse(struct joined_row *v, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct joined_row row = v[i];

		v[i] = v[n - 1 - i];
		v[n - 1 - i] = row;
	}
}

void tables_sort(struct tables *t)
{
	static int (*const orders[TABLES_COLUMNS])(const void *a, const void *b) = {
		[TABLES_KEY] = joined_rows_order, [TABLES_SINCE] = by_since,
		[TABLES_UNTIL] = by_until, [TABLES_SENT] = by_sent, [TABLES_FRAME] = by_frame,
		[TABLES_SAYS] = by_says,
	};

	for (size_t i = 0; i < t->ntables; i++) {
		struct joined_row *v = t->rows.v + t->tables[i].from;
		size_t n = t->tables[i].to - t->tables[i].from;

		qsort(v, n, sizeof(*v), orders[t->by]);
		if (t->descending)
			reverse(v, n);
	}
	tables_list(t);
}

/* -- Lines ------------------------------------------------------------------------------- */

static void add_line(struct tables *t, size_t table, size_t row)
{
	if (nf_grow((void **)&t->lines, &t->lines_cap, t->nlines + 1, sizeof(*t->lines)))
		t->lines[t->nlines++] = (struct tables_line){ .table = table, .row = row };
}

void tables_list(struct tables *t)
{
	t->nlines = 0;
	t->explained = SIZE_MAX;
	for (size_t i = 0; i < t->ntables; i++) {
		const struct tables_table *table = &t->tables[i];

		add_line(t, i, TABLES_HEAD);
		for (size_t row = table->from; !table->closed && row < table->to; row++)
			add_line(t, i, row);
	}
}

/* The rows from FROM on that are of one table; where the next one's begin. */
static size_t take_table(struct tables *t, size_t from)
{
	struct tables_table table = { .from = from, .to = from };
	const struct joined_row *v = t->rows.v;

	if (!nf_grow((void **)&t->tables, &t->tables_cap, t->ntables + 1, sizeof(*t->tables)))
		return t->rows.n;
	for (; table.to < t->rows.n && joined_same_table(&v[table.to], &v[from]); table.to++) {
		const struct joined_row *r = &v[table.to];

		table.changed += tables_next(r) != NULL;
		table.conflicts += join_conflict(r->row, r->voice, r->version) != NULL;
	}
	t->tables[t->ntables++] = table;
	return table.to;
}

void tables_refresh(struct tables *t)
{
	const struct analysis *a = t->screen.app->analysis;
	bool settled = analysis_tables_settled(a);

	if (t->settled || (!settled && t->rows.n > MANY))
		return;
	t->settled = settled;
	joined_rows_collect(&t->rows, analysis_tables(a));
	t->ntables = 0;
	for (size_t i = 0; i < t->rows.n;)
		i = take_table(t, i);
	tables_sort(t);
}

const struct tables_line *tables_selected(const struct tables *t)
{
	return t->grid.at < t->nlines ? &t->lines[t->grid.at] : NULL;
}

/* -- Cells ------------------------------------------------------------------------------- */

void tables_owner(struct tables *t, struct nf_strbuf *s, const struct join_domain *d)
{
	joined_exporter(s, t->out, d);
	nf_sb_str(s, ", domain ");
	nf_sb_u64(s, d->id);
}

void tables_values(struct tables *t, struct nf_strbuf *s, const struct join_version *v)
{
	for (unsigned i = 0; i < v->nvalues; i++) {
		nf_sb_str(s, i > 0 ? ", " : "");
		options_name(s, v->values[i].ie);
		nf_sb_char(s, ' ');
		joined_value(s, t->out, &v->values[i]);
	}
}

/* "192.0.2.7, domain 1: 4 rows, 1 replaced, 2 in conflict" */
static void head_cell(struct tables *t, const struct tables_table *table, unsigned column,
		      struct nf_strbuf *s)
{
	const struct joined_row *r = &t->rows.v[table->from];

	if (column == TABLES_KEY) {
		nf_sb_str(s, table->closed ? "+ " : "- ");
		nf_sb_str(s, join_kind_title((enum join_kind)r->row->kind));
	} else if (column == TABLES_SAYS) {
		tables_owner(t, s, r->row->domain);
		nf_sb_str(s, ": ");
		out_count(s, table->to - table->from, "row");
		if (table->changed > 0)
			nf_sb_printf(s, ", %zu replaced", table->changed);
		if (table->conflicts > 0)
			nf_sb_printf(s, ", %zu in conflict", table->conflicts);
	}
}

static void cell_key(struct tables *t, const struct joined_row *r, struct nf_strbuf *s)
{
	nf_sb_str(s, "    ");
	joined_key(s, t->out, analysis_tables(t->screen.app->analysis), r);
}

static void moment(const struct tables *t, struct nf_strbuf *s, int64_t ns)
{
	times_text(s, t->screen.app, ns, 0);
}

static void cell_since(struct tables *t, const struct joined_row *r, struct nf_strbuf *s)
{
	moment(t, s, r->version->ns);
}

static void cell_until(struct tables *t, const struct joined_row *r, struct nf_strbuf *s)
{
	const struct join_version *next = tables_next(r);

	if (next != NULL)
		moment(t, s, next->ns);
}

static void cell_sent(struct tables *t, const struct joined_row *r, struct nf_strbuf *s)
{
	(void)t;
	nf_sb_u64(s, r->version->sent);
}

static void cell_frame(struct tables *t, const struct joined_row *r, struct nf_strbuf *s)
{
	(void)t;
	nf_sb_u64(s, r->version->frame);
}

static void cell_says(struct tables *t, const struct joined_row *r, struct nf_strbuf *s)
{
	if (join_conflict(r->row, r->voice, r->version) != NULL)
		nf_sb_str(s, "conflict: ");
	if (tables_next(r) != NULL)
		nf_sb_str(s, "was: ");
	else if (r->at > 0)
		nf_sb_str(s, "now: ");
	tables_values(t, s, r->version);
}

static uint64_t count(void *ctx)
{
	return ((struct tables *)ctx)->nlines;
}

static void cell(void *ctx, uint64_t i, unsigned column, struct nf_strbuf *s)
{
	static void (*const cells[TABLES_COLUMNS])(struct tables *t, const struct joined_row *r,
						   struct nf_strbuf *s) = {
		[TABLES_KEY] = cell_key, [TABLES_SINCE] = cell_since, [TABLES_UNTIL] = cell_until,
		[TABLES_SENT] = cell_sent, [TABLES_FRAME] = cell_frame, [TABLES_SAYS] = cell_says,
	};
	struct tables *t = ctx;
	const struct joined_row *r = tables_row(t, &t->lines[i]);

	if (r != NULL)
		cells[column](t, r, s);
	else
		head_cell(t, &t->tables[t->lines[i].table], column, s);
}

static enum look look(void *ctx, uint64_t i)
{
	struct tables *t = ctx;
	const struct joined_row *r = tables_row(t, &t->lines[i]);

	if (r == NULL)
		return LOOK_head;
	if (join_conflict(r->row, r->voice, r->version) != NULL)
		return LOOK_warning;
	return tables_next(r) != NULL ? LOOK_faint : LOOK_text;
}

const struct grid_ops tables_grid_ops = { .count = count, .cell = cell, .look = look };
