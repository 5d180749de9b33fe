/* The rows of Templates: what there is, in which order, their cells. */
#include <config.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "model/store.h"
#include "tui/analysis.h"
#include "tui/screen_templates.h"
#include "tui/times.h"

enum { SPAN = 20 };

const struct grid_column templates_columns[TCOLS] = {
	[TCOL_EXPORTER] = { .title = "exporter", .width = 19, .keeps = true },
	[TCOL_DOMAIN] = { .title = "domain", .width = 6, .right = true },
	[TCOL_ID] = { .title = "id", .width = 5, .right = true },
	[TCOL_VERSION] = { .title = "ver", .width = 3 },
	[TCOL_KIND] = { .title = "kind", .width = 7 },
	[TCOL_FIELDS] = { .title = "fields", .width = 6, .right = true },
	[TCOL_LENGTH] = { .title = "length", .width = 7, .right = true, .wide = 172 },
	[TCOL_SENT] = { .title = "sent", .width = 6, .right = true, .wide = 87 },
	[TCOL_EVERY] = { .title = "every", .width = 7, .right = true, .wide = 95 },
	[TCOL_SETS] = { .title = "sets", .width = 8, .right = true, .wide = 164 },
	[TCOL_RECORDS] = { .title = "records", .width = 8, .right = true },
	[TCOL_OCTETS] = { .title = "octets", .width = 12, .right = true, .wide = 129 },
	[TCOL_FIRST] = { .title = "first", .width = 12, .right = true, .wide = 142 },
	[TCOL_LAST] = { .title = "last", .width = 12, .right = true, .wide = 155 },
	[TCOL_SPAN] = { .title = "in force - used #", .width = SPAN, .wide = 116 },
	[TCOL_STATE] = { .title = "state", .width = 19 },
};

/* -- What there is ------------------------------------------------------------------------ */

static bool add(struct templates_screen *t, struct templates_row *row)
{
	if (!nf_grow((void **)&t->lines, &t->cap, t->n + 1, sizeof(*t->lines)))
		return false;
	t->lines[t->n++] = (struct templates_line){ .row = row };
	return true;
}

static int in_list_order(const void *a, const void *b)
{
	const struct templates_row *x = ((const struct templates_line *)a)->row;
	const struct templates_row *y = ((const struct templates_line *)b)->row;

	return templates_order(&x, &y);
}

static void take(struct templates_screen *t)
{
	struct templates *all = analysis_templates(t->screen.app->analysis);
	struct templates_row *row = NULL;

	t->n = 0;
	for (size_t i = 0; t->settled && i < all->nlist; i++)
		add(t, all->list[i]);
	while (!t->settled && (row = templates_next(all, row)) != NULL)
		if (templates_listed(row))
			add(t, row);
	if (!t->settled && t->n > 1)
		qsort(t->lines, t->n, sizeof(*t->lines), in_list_order);
}

static bool same_id(const struct templates_row *a, const struct templates_row *b)
{
	return a->session == b->session && a->export_version == b->export_version &&
	       a->domain == b->domain && a->id == b->id;
}

/* Of --templates?  Until all is settled rows cannot tell. */
static bool is_given(const struct templates_screen *t, const struct templates_row *row)
{
	return t->settled && row->given;
}

/* Each line gets its place, and what came after it. */
static void link_lines(struct templates_screen *t)
{
	const struct templates_line *next = NULL;

	for (size_t i = t->n; i-- > 0;) {
		struct templates_line *line = &t->lines[i];

		line->natural = i;
		if (line->row->version == NULL || is_given(t, line->row))
			continue;
		if (next != NULL && same_id(line->row, next->row))
			line->next = next->row;
		next = line;
	}
}

static void select_row(struct templates_screen *t, const struct templates_row *row)
{
	for (size_t i = 0; row != NULL && i < t->n; i++)
		if (t->lines[i].row == row) {
			grid_go(&t->detail.grid, i);
			return;
		}
}

void templates_refill(struct templates_screen *t)
{
	const struct templates_line *line = templates_selected(t);
	const struct templates_row *row = line != NULL ? line->row : NULL;
	bool settled = analysis_settled(t->screen.app->analysis);

	if (t->settled && settled)
		return;
	t->settled = settled;
	take(t);
	link_lines(t);
	templates_sort(t);
	select_row(t, row);
}

const struct templates_line *templates_selected(const struct templates_screen *t)
{
	return t->detail.grid.at < t->n ? &t->lines[t->detail.grid.at] : NULL;
}

/* -- Times ----------------------------------------------------------------------------- */

static const struct templates_point *first_of(const struct templates_row *row)
{
	return row->version != NULL && row->first_sent.frame != 0 ? &row->first_sent :
								     &row->first_used;
}

static const struct templates_point *last_of(const struct templates_row *row)
{
	return row->version != NULL && row->last_sent.frame != 0 ? &row->last_sent :
								    &row->last_used;
}

/* From the first to the last message. */
struct stretch {
	int64_t from, to;
	unsigned width;
};

static unsigned column_of(const struct stretch *x, int64_t ns)
{
	double all = (double)x->to - (double)x->from, at = (double)ns - (double)x->from;

	if (all <= 0 || at <= 0)
		return 0;
	return at < all ? (unsigned)(at / all * x->width) : x->width - 1;
}

void templates_span(struct nf_strbuf *s, const struct templates_screen *t,
		    const struct templates_line *line, unsigned width)
{
	const struct store *store = t->screen.app->store;
	const struct templates_row *row = line->row;
	bool ascii = t->screen.app->canvas.ascii, force = row->tmpl != NULL && row->sent != 0;
	unsigned from, to, use_from, use_to;
	struct stretch x = { .width = width };

	if (store_rows(store) == 0)
		return;
	x.from = store_row(store, 0).ts_ns;
	x.to = store_row(store, store_rows(store) - 1).ts_ns;
	from = column_of(&x, first_of(row)->ns);
	to = column_of(&x, line->next != NULL ? line->next->first_sent.ns : x.to);
	use_from = column_of(&x, row->first_used.ns);
	use_to = column_of(&x, row->last_used.ns);
	for (unsigned i = 0; i < width; i++) {
		if (row->first_used.frame != 0 && i >= use_from && i <= use_to)
			nf_sb_str(s, ascii ? "#" : "█");
		else if (force && i >= from && i <= to)
			nf_sb_str(s, ascii ? "-" : "─");
		else
			nf_sb_char(s, ' ');
	}
}

/* -- State ------------------------------------------------------------------------------- */

static void word(struct nf_strbuf *s, size_t from, const char *text)
{
	if (s->n != from)
		nf_sb_str(s, ", ");
	nf_sb_str(s, text);
}

/* Their specifiers are the same: it was sent anew after it was withdrawn. */
static bool same_fields(const struct nf_template *a, const struct nf_template *b)
{
	return a->kind == b->kind && a->nfields == b->nfields && a->specs.n == b->specs.n &&
	       memcmp(a->specs.p, b->specs.p, a->specs.n) == 0;
}

static void undefined(struct nf_strbuf *s, const struct templates_row *row)
{
	out_words(s, nf_why_not_name((enum nf_why_not)row->why));
	nf_sb_str(s, ", ");
	out_count(s, templates_used(row).sets, "set");
}

static void redefines(struct nf_strbuf *s, const struct templates_row *row)
{
	nf_sb_printf(s, "%s v%u", same_fields(row->before->tmpl, row->tmpl) ? "same as" : "redefines",
		     (unsigned)row->before->version->number);
}

/* What is odd about it, the worst first; else what became of it. */
static void state(struct nf_strbuf *s, const struct templates_screen *t,
		  const struct templates_line *line)
{
	const struct templates_row *row = line->row;
	size_t from = s->n;

	if (row->version == NULL) {
		undefined(s, row);
		return;
	}
	if (row->tmpl == NULL) {
		nf_sb_str(s, "withdrawn");
		return;
	}
	if (templatelist_rejected(row))
		word(s, from, "rejected");
	if (row->misfits != 0) {
		word(s, from, "does not fit ");
		out_count(s, row->misfits, "set");
	}
	if (templates_unused(row))
		word(s, from, t->settled ? "never used" : "not used so far");
	if (row->before != NULL) {
		word(s, from, "");
		redefines(s, row);
	}
	if (row->withdrawals != 0)
		word(s, from, "withdrawn over UDP");
	if (row->used[NF_LATE].sets != 0)
		word(s, from, "used before sent");
	if (row->used[NF_OTHER_SESSION].sets != 0)
		word(s, from, "used elsewhere");
	if (is_given(t, row))
		word(s, from, "by --templates");
	if (s->n == from && line->next != NULL && line->next->tmpl != NULL)
		nf_sb_printf(s, "until v%u", (unsigned)line->next->version->number);
	else if (s->n == from && line->next != NULL)
		nf_sb_str(s, "until withdrawn");
}

/* For its order: what needs a look comes first. */
static uint64_t gravity(const struct templates_row *row)
{
	if (row->version == NULL)
		return 0;
	if (templatelist_rejected(row))
		return 1;
	if (row->misfits != 0)
		return 2;
	if (row->before != NULL && row->tmpl != NULL)
		return 3;
	return row->tmpl == NULL ? 4 : templates_unused(row) ? 5 : 6;
}

/* -- Cells ------------------------------------------------------------------------------- */

static void exporter(struct nf_strbuf *s, const struct templates_row *row)
{
	const struct nf_session *session = row->session;

	if (session->src.addr.family == 0)
		nf_sb_str(s, "IPFIX File");
	else if (session->src.port != 0)
		out_endpoint(s, &session->src);
	else
		out_addr(s, &session->src.addr);
}

static void kind(struct nf_strbuf *s, const struct templates_row *row)
{
	if (row->tmpl != NULL)
		nf_sb_str(s, row->tmpl->kind == NF_TEMPLATE_OPTIONS ? "options" : "data");
	else
		nf_sb_str(s, row->version != NULL ? "" : "none");
}

static void of_template(struct nf_strbuf *s, const struct templates_line *line, unsigned column)
{
	const struct templates_row *row = line->row;

	if (row->tmpl == NULL)
		return;
	switch (column) {
	case TCOL_FIELDS: templatelist_shape(s, row->tmpl); break;
	case TCOL_LENGTH: templatelist_length(s, row->tmpl); break;
	case TCOL_SENT: nf_sb_u64(s, row->sent); break;
	case TCOL_RECORDS: nf_sb_u64(s, templates_used(row).records); break;
	default: templatelist_every(s, line->row);
	}
}

static void moment(struct nf_strbuf *s, const struct templates_screen *t,
		   const struct templates_point *p)
{
	if (p->frame != 0)
		times_text(s, t->screen.app, p->ns, UINT64_MAX);
}

static void cell(void *ctx, uint64_t i, unsigned column, struct nf_strbuf *s)
{
	const struct templates_screen *t = ctx;
	const struct templates_line *line = &t->lines[i];
	const struct templates_row *row = line->row;
	bool shown = row->tmpl != NULL || row->version == NULL;

	switch ((enum templates_column)column) {
	case TCOL_EXPORTER: exporter(s, row); break;
	case TCOL_DOMAIN: nf_sb_u64(s, row->domain); break;
	case TCOL_ID: nf_sb_u64(s, row->id); break;
	case TCOL_VERSION:
		if (row->version != NULL)
			nf_sb_printf(s, "v%u", (unsigned)row->version->number);
		break;
	case TCOL_KIND: kind(s, row); break;
	case TCOL_SETS:
	case TCOL_OCTETS:
		if (shown)
			nf_sb_u64(s, column == TCOL_SETS ? templates_used(row).sets :
							   templates_used(row).octets);
		break;
	case TCOL_FIRST: moment(s, t, first_of(row)); break;
	case TCOL_LAST: moment(s, t, last_of(row)); break;
	case TCOL_SPAN: templates_span(s, t, line, SPAN); break;
	case TCOL_STATE: state(s, t, line); break;
	default: of_template(s, line, column);
	}
}

static uint64_t count(void *ctx)
{
	return ((const struct templates_screen *)ctx)->n;
}

static enum look look(void *ctx, uint64_t i)
{
	static const enum look looks[] = {
		LOOK_warning, LOOK_error, LOOK_error, LOOK_note, LOOK_faint, LOOK_faint, LOOK_text,
	};

	return looks[gravity(((const struct templates_screen *)ctx)->lines[i].row)];
}

const struct grid_ops templates_grid_ops = { .count = count, .cell = cell, .look = look };

/* -- Order ------------------------------------------------------------------------------- */

static uint64_t by_time(const struct templates_point *p)
{
	return (uint64_t)p->ns ^ UINT64_C(1) << 63;
}

static uint64_t every_of(const struct templates_line *line)
{
	int64_t ns;

	return templates_refresh(line->row, &ns) ? (uint64_t)ns : 0;
}

static uint64_t key_of(const struct templates_line *line, unsigned column)
{
	const struct templates_row *row = line->row;
	unsigned nvar;

	switch ((enum templates_column)column) {
	case TCOL_DOMAIN: return row->domain;
	case TCOL_ID: return row->id;
	case TCOL_VERSION: return row->version != NULL ? row->version->number : 0;
	case TCOL_KIND: return row->tmpl != NULL ? 1u + row->tmpl->kind : 0;
	case TCOL_FIELDS: return row->tmpl != NULL ? row->tmpl->nfields : 0;
	case TCOL_LENGTH: return row->tmpl != NULL ? templates_length(row->tmpl, &nvar) : 0;
	case TCOL_SENT: return row->sent;
	case TCOL_EVERY: return every_of(line);
	case TCOL_SETS: return templates_used(row).sets;
	case TCOL_RECORDS: return templates_used(row).records;
	case TCOL_OCTETS: return templates_used(row).octets;
	case TCOL_SPAN:
	case TCOL_FIRST: return by_time(first_of(row));
	case TCOL_LAST: return by_time(last_of(row));
	case TCOL_STATE: return gravity(row);
	default: return line->natural;
	}
}

static int by_key(const void *a, const void *b)
{
	const struct templates_line *x = a, *y = b;

	if (x->key != y->key)
		return x->key < y->key ? -1 : 1;
	return x->natural < y->natural ? -1 : x->natural > y->natural;
}

void templates_sort(struct templates_screen *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct templates_line *line = &t->lines[i];

		line->key = t->sorted ? key_of(line, t->detail.grid.sort_column) : line->natural;
		if (t->sorted && t->descending)
			line->key = ~line->key;
	}
	if (t->n > 1)
		qsort(t->lines, t->n, sizeof(*t->lines), by_key);
}
