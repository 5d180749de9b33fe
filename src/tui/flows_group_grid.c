/* The lines of groups: a key, what flows of it add up to, what share of all that is. */
#include <config.h>

#include <string.h>

#include "out/toplist.h"
#include "tui/screen_flows.h"

enum { KEY_MIN = 15, KEY_MAX = 39, BAR_COLUMNS = 40 };

static uint64_t count(void *ctx)
{
	const struct flows_screen *f = ctx;

	return f->group.n;
}

/* What toplist's functions want to know. */
static struct toplist list_of(const struct flows_screen *f)
{
	return (struct toplist){ .top = f->group.sums.top };
}

static void put_key(const struct flows_screen *f, const struct top_entry *e, struct nf_strbuf *s)
{
	const struct toplist list = list_of(f);

	if (top_value(list.top, e, 0).tag == TOP_ABSENT)
		nf_sb_str(s, "none");
	else
		toplist_value(s, &list, e, 0, f->screen.app->names == NAMES_WORDS);
}

static void put_share(const struct flows_screen *f, const struct top_row *row, struct nf_strbuf *s)
{
	const struct toplist list = list_of(f);

	toplist_share(s, &list, row, f->group.stat, 1);
	if (s->n > 0)
		nf_sb_char(s, '%');
}

static void put_bar(const struct flows_screen *f, const struct top_row *row, struct nf_strbuf *s)
{
	const struct top *t = f->group.sums.top;
	struct top_figure part, whole;

	top_figure(t, row, (enum top_stat_id)f->group.stat, &part);
	top_figure(t, &t->all, (enum top_stat_id)f->group.stat, &whole);
	if (whole.u != 0)
		nf_sb_pad(s, '#', (size_t)((double)part.u / (double)whole.u * BAR_COLUMNS + 0.5));
}

static void cell(void *ctx, uint64_t i, unsigned column, struct nf_strbuf *s)
{
	static const uint8_t stats[] = {
		[GROUP_FLOWS] = TOP_STAT_FLOWS, [GROUP_PACKETS] = TOP_STAT_PACKETS,
		[GROUP_BYTES] = TOP_STAT_BYTES,
	};
	const struct flows_screen *f = ctx;
	const struct toplist list = list_of(f);
	const struct top_entry *e = &f->group.best[i];

	if (i >= f->group.n)
		return;
	switch (column) {
	case GROUP_KEY: put_key(f, e, s); break;
	case GROUP_SHARE: put_share(f, &e->row, s); break;
	case GROUP_BAR: put_bar(f, &e->row, s); break;
	default: toplist_figure(s, &list, &e->row, stats[column], -1); break;
	}
}

const struct grid_ops flows_group_ops = { .count = count, .cell = cell };

void flows_group_lay_out(struct flows_screen *f)
{
	static const struct grid_column columns[GROUP_COLUMNS] = {
		[GROUP_KEY] = { .width = KEY_MIN, .keeps = true },
		[GROUP_FLOWS] = { .title = "flows", .width = 9, .right = true },
		[GROUP_PACKETS] = { .title = "packets", .width = 10, .right = true },
		[GROUP_BYTES] = { .title = "bytes", .width = 15, .right = true },
		[GROUP_SHARE] = { .title = "share", .width = 6, .right = true },
		[GROUP_BAR] = { .title = "of all", .width = 6 },
	};
	struct flows_group *g = &f->group;
	struct nf_strbuf s;
	size_t width;

	memcpy(g->columns, columns, sizeof(columns));
	g->columns[GROUP_KEY].title = g->name;
	width = strlen(g->name) + 1;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < g->n && width < KEY_MAX; i++) {
		nf_strbuf_clear(&s);
		put_key(f, &g->best[i], &s);
		if (s.n > width)
			width = s.n;
	}
	nf_strbuf_done(&s);
	if (width > KEY_MIN)
		g->columns[GROUP_KEY].width = width < KEY_MAX ? (unsigned)width : KEY_MAX;
	g->grid.columns = g->columns;
	g->grid.ncolumns = GROUP_COLUMNS;
	g->grid.sorted = g->ascending ? "^" : "v";
	g->grid.sort_column = g->by;
}
