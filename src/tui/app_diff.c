/* `d`: the dissections of two rows side by side, differences marked. */
#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "base/edits.h"
#include "base/mem.h"
#include "model/store.h"
#include "out/dissection.h"
#include "tui/app.h"
#include "tui/browser.h"

enum { SIDES = 2 };

struct line {
	char op;			/* ' ' the same, '*' changed; '-' left, '+' right alone */
	uint32_t node[SIDES];		/* DISSECTION_NONE: there is none on that side */
};

struct diff {
	struct app *app;
	struct dissection *d[SIDES];
	uint32_t from[SIDES], end[SIDES];	/* the nodes that are compared */
	struct line *lines;
	size_t n, cap;
	size_t differences;
	char title[96];
};

/* -- Lines ------------------------------------------------------------------------------ */

static bool same_text(const struct nf_bytes *a, const struct nf_bytes *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
}

static bool same(void *ctx, size_t i, size_t j)
{
	const struct diff *d = ctx;
	uint32_t x = d->from[0] + (uint32_t)i, y = d->from[1] + (uint32_t)j;
	struct nf_bytes a = dissection_text(d->d[0], x), b = dissection_text(d->d[1], y);

	return dissection_node(d->d[0], x)->depth - dissection_node(d->d[0], d->from[0])->depth ==
	       dissection_node(d->d[1], y)->depth - dissection_node(d->d[1], d->from[1])->depth &&
	       same_text(&a, &b);
}

/* Do both say the same thing, of different values? */
static bool pairs(const struct diff *d, uint32_t x, uint32_t y)
{
	const struct dissection_node *a = dissection_node(d->d[0], x),
				     *b = dissection_node(d->d[1], y);

	return a->kind == b->kind && a->ie == b->ie;
}

static void add(struct diff *d, char op, uint32_t left, uint32_t right)
{
	if (!nf_grow((void **)&d->lines, &d->cap, d->n + 1, sizeof(*d->lines)))
		return;
	d->lines[d->n++] = (struct line){ .op = op, .node = { left, right } };
	d->differences += op != ' ';
}

/* A run of removals [I, M) and of additions [M, END): those that pair stand beside each other. */
static void add_run(struct diff *d, const struct nf_edit *e, size_t i, size_t m, size_t end)
{
	size_t j = m;

	for (; i < m; i++) {
		uint32_t left = d->from[0] + (uint32_t)e[i].a;

		if (j < end && pairs(d, left, d->from[1] + (uint32_t)e[j].b))
			add(d, '*', left, d->from[1] + (uint32_t)e[j++].b);
		else
			add(d, '-', left, DISSECTION_NONE);
	}
	for (; j < end; j++)
		add(d, '+', DISSECTION_NONE, d->from[1] + (uint32_t)e[j].b);
}

static void add_all(struct diff *d, const struct nf_edits *e)
{
	for (size_t i = 0; i < e->n;) {
		size_t m = i, end;

		while (m < e->n && e->v[m].op == '-')
			m++;
		for (end = m; end < e->n && e->v[end].op == '+';)
			end++;
		add_run(d, e->v, i, m, end);
		i = end;
		if (i < e->n && e->v[i].op == ' ') {
			add(d, ' ', d->from[0] + (uint32_t)e->v[i].a,
			    d->from[1] + (uint32_t)e->v[i].b);
			i++;
		}
	}
}

/* -- The overlay -------------------------------------------------------------------------- */

static size_t rows(void *ctx)
{
	return ((struct diff *)ctx)->n;
}

/* Half a screen is narrow: columns between names and values are not kept. */
static void squeeze(struct nf_strbuf *s, struct nf_bytes text)
{
	for (size_t i = 0; i < text.n; i++)
		if (i < 2 || text.p[i] != ' ' || text.p[i - 1] != ' ' || text.p[i - 2] != ' ')
			nf_sb_char(s, (char)text.p[i]);
}

static void put_side(const struct diff *d, const struct line *line, unsigned side, unsigned width,
		     struct nf_strbuf *s)
{
	size_t from = s->n, used;
	struct nf_bytes text;

	if (line->node[side] != DISSECTION_NONE) {
		uint8_t base = dissection_node(d->d[side], d->from[side])->depth;
		uint8_t depth = dissection_node(d->d[side], line->node[side])->depth;

		nf_sb_pad(s, ' ', 2u * (depth - base));
		squeeze(s, dissection_text(d->d[side], line->node[side]));
	}
	if (s->failed || side == 1)
		return;
	text = (struct nf_bytes){ (const uint8_t *)s->p + from, s->n - from };
	s->n = from + text_fit(text, width);
	used = text_width((struct nf_bytes){ text.p, s->n - from });
	nf_sb_pad(s, ' ', width > used ? width - used : 0);
}

static void row(void *ctx, size_t n, struct nf_strbuf *s, struct popup_row *row)
{
	static const enum look looks[] = {
		['*'] = LOOK_warning, ['-'] = LOOK_removed, ['+'] = LOOK_added,
	};
	const struct diff *d = ctx;
	const struct line *line = &d->lines[n];
	unsigned cols = d->app->canvas.cols, half = cols > 24 ? (cols - 10) / 2 : 7;

	row->kind = POPUP_TEXT;
	row->look = line->op == ' ' ? LOOK_text : looks[(unsigned char)line->op];
	put_side(d, line, 0, half, s);
	nf_sb_printf(s, " %c ", line->op == ' ' ? '|' : line->op);
	put_side(d, line, 1, half, s);
}

static const struct popup_ops popup_rows = { .rows = rows, .row = row };

static void closed(struct app *app, void *own)
{
	struct diff *d = own;

	(void)app;
	for (unsigned i = 0; i < SIDES; i++)
		dissection_free(d->d[i]);
	nf_free(d->lines);
	nf_free(d);
}

static const struct overlay_ops ops = { .closed = closed };

/* -- Both sides --------------------------------------------------------------------------- */

static bool open_side(struct diff *d, unsigned side, const struct diff_side *what,
		      struct nf_err *err)
{
	const struct out_opts opts = {
		.files = d->app->opts->files, .nfiles = d->app->opts->nfiles,
	};
	const struct nf_view *v;

	nf_err_memory(err);
	d->d[side] = dissection_new(&opts, d->app->registry);
	if (d->d[side] == NULL)
		return false;
	v = store_read(d->app->store, what->row, dissection_sink(d->d[side]), err);
	if (v == NULL || !dissection_make(d->d[side], v))
		return false;
	if (what->flow != PLACE_NO)
		d->from[side] = dissection_flow(d->d[side], what->flow);
	if (d->from[side] == DISSECTION_NONE)
		d->from[side] = 0;
	d->end[side] = dissection_node(d->d[side], d->from[side])->end;
	return true;
}

static bool compare(struct diff *d, const struct diff_side *a, const struct diff_side *b,
		    struct nf_err *err)
{
	struct nf_edits e;

	if (!open_side(d, 0, a, err) || !open_side(d, 1, b, err))
		return false;
	nf_err_memory(err);
	if (!nf_edits(&e, d->end[0] - d->from[0], d->end[1] - d->from[1], same, d))
		return false;
	add_all(d, &e);
	nf_edits_done(&e);
	snprintf(d->title, sizeof(d->title), "frame %" PRIu64 " and frame %" PRIu64 ": %zu differ",
		 store_row(d->app->store, a->row).frame, store_row(d->app->store, b->row).frame,
		 d->differences);
	return true;
}

void app_diff(struct app *app, const struct diff_side *a, const struct diff_side *b)
{
	struct diff *d = nf_zalloc(sizeof(*d));
	struct nf_err err;

	if (d == NULL)
		return;
	d->app = app;
	if (compare(d, a, b, &err)) {
		app_overlay(app, d->title, &ops, d, &popup_rows);
		return;
	}
	app_say(app, LOOK_error, "%s", err.text);
	closed(app, d);
}
