#include <config.h>

#include "tui/screen_templates.h"

#include <inttypes.h>

#include "base/mem.h"
#include "tui/analysis.h"
#include "tui/browser.h"
#include "tui/trace.h"

/* -- Drawing ---------------------------------------------------------------------------- */

static void draw(struct screen *s, struct area a)
{
	struct templates_screen *t = (struct templates_screen *)s;

	templates_refill(t);
	t->detail.grid.empty = !t->settled ? "No templates so far" :
		exporters_domains(analysis_exporters(s->app->analysis)) == 0 ?
			"No flow export here" : "No templates: NetFlow v1 to v8 have none";
	detail_lay_out(&t->detail, a);
	templates_describe(t);
	t->detail.note = s->app->filter.filter != NULL ? "not filtered" : NULL;
	detail_draw(&t->detail, a);
}

/* -- Links ------------------------------------------------------------------------------ */

static const char *so_far(const struct templates_screen *t)
{
	return t->settled ? "" : " so far";
}

/* To the first message that was read with it. */
static bool to_data(struct templates_screen *t)
{
	const struct templates_line *line = templates_selected(t);
	struct place p = place_nowhere();

	if (line == NULL)
		return false;
	if (trace_use(t->screen.app, line->row, &p))
		app_go(t->screen.app, SCREEN_packets, &p);
	else
		app_say(t->screen.app, LOOK_hint, "Nothing was read with it%s", so_far(t));
	return true;
}

static bool has_flows(const struct templates_row *row)
{
	return row->tmpl != NULL && row->tmpl->kind != NF_TEMPLATE_OPTIONS;
}

/* To its flows: the filter lets only those through. */
static bool to_flows(struct templates_screen *t)
{
	const struct templates_line *line = templates_selected(t);
	struct nf_strbuf filter;

	if (line == NULL)
		return false;
	if (!has_flows(line->row)) {
		app_say(t->screen.app, LOOK_hint, "No flows are read with it");
		return true;
	}
	nf_strbuf_init(&filter);
	trace_filter_template(&filter, line->row);
	app_go_filtered(t->screen.app, SCREEN_flows, nf_strbuf_cstr(&filter));
	nf_strbuf_done(&filter);
	return true;
}

/* To the records that were read with it: its flows, or what else was sent with that id. */
static bool to_records(struct templates_screen *t)
{
	const struct templates_line *line = templates_selected(t);

	return line != NULL && has_flows(line->row) && templates_used(line->row).records > 0 ?
	       to_flows(t) : to_data(t);
}

/* -- Order ------------------------------------------------------------------------------ */

/* The same column again: as they come. */
static bool sort(struct templates_screen *t, bool invert)
{
	struct grid *g = &t->detail.grid;
	bool same = t->sorted && g->sort_column == g->column;

	if (invert) {
		t->descending = same ? !t->descending : true;
		t->sorted = true;
	} else {
		t->sorted = !same;
		t->descending = templates_columns[g->column].right;	/* the greatest first */
	}
	g->sort_column = g->column;
	g->sorted = !t->sorted ? NULL : t->descending ? "v" : "^";
	templates_sort(t);
	grid_go(g, 0);
	app_say(t->screen.app, LOOK_hint, !t->sorted ? "By exporter, domain and id" :
		t->descending ? "By %s, the greatest first" : "By %s, the least first",
		templates_columns[g->column].title);
	return true;
}

/* -- Actions ------------------------------------------------------------------------------ */

static bool act(struct screen *s, enum action a, uint32_t arg)
{
	struct templates_screen *t = (struct templates_screen *)s;

	(void)arg;
	switch (a) {
	case ACTION_open: return to_records(t);
	case ACTION_go_data: return to_data(t);
	case ACTION_go_flow: return to_flows(t);
	case ACTION_sort: return sort(t, false);
	case ACTION_invert: return sort(t, true);
	default: return detail_act(&t->detail, a);
	}
}

static void mouse(struct screen *s, const struct key *k)
{
	struct templates_screen *t = (struct templates_screen *)s;

	if (detail_mouse(&t->detail, k))
		to_records(t);
}

/* -- Places ------------------------------------------------------------------------------- */

static void where(struct screen *s, struct place *p)
{
	const struct templates_line *line = templates_selected((struct templates_screen *)s);

	if (line != NULL)
		trace_definition(s->app, line->row, p);
}

/* The first one of that session and domain. */
static const struct templates_row *first_of(const struct templates_screen *t,
					    const struct place *p)
{
	const struct templates_line *found = NULL;

	for (size_t i = 0; i < t->n; i++) {
		const struct templates_line *line = &t->lines[i];

		if (line->row->session->index == p->session &&
		    (p->domain == PLACE_NO || line->row->domain == p->domain) &&
		    (found == NULL || line->natural < found->natural))
			found = line;
	}
	return found != NULL ? found->row : NULL;
}

static void go(struct screen *s, const struct place *p)
{
	struct templates_screen *t = (struct templates_screen *)s;
	const struct templates_row *row;

	if (p->template_id == PLACE_NO && p->session == PLACE_NO)
		return;
	templates_refill(t);
	row = p->template_id != PLACE_NO ? trace_template(s->app, p) : first_of(t, p);
	for (size_t i = 0; row != NULL && i < t->n; i++)
		if (t->lines[i].row == row) {
			grid_go(&t->detail.grid, i);
			t->detail.pane = false;
			return;
		}
	app_say(s->app, LOOK_hint, t->settled ? "There is no such template" :
					       "That template has not been met so far");
}

static void counts(struct screen *s, uint64_t *shown, uint64_t *total)
{
	*shown = *total = ((struct templates_screen *)s)->n;
}

static struct grid *grid(struct screen *s)
{
	return &((struct templates_screen *)s)->detail.grid;
}

/* Of the exporter, domain and id the value itself; of other cells the definition. */
static bool value(struct screen *s, struct nf_strbuf *text, struct nf_strbuf *filter)
{
	struct templates_screen *t = (struct templates_screen *)s;
	const struct templates_line *line = templates_selected(t);
	const struct grid *g = &t->detail.grid;

	if (line == NULL)
		return false;
	g->ops->cell(t, g->at, g->column, text);
	switch (g->column) {
	case TCOL_EXPORTER: trace_filter_session(filter, line->row->session); break;
	case TCOL_DOMAIN: nf_sb_printf(filter, "msg.domain == %" PRIu32, line->row->domain); break;
	case TCOL_ID:
		nf_sb_printf(filter, "%s == %u", line->row->version != NULL ? "template.id" : "set.id",
			     line->row->id);
		break;
	default: trace_filter_template(filter, line->row);
	}
	return true;
}

/* As templates -o json has it. */
static bool json(struct screen *s, uint64_t line, struct nf_strbuf *text)
{
	struct templates_screen *t = (struct templates_screen *)s;
	struct nf_strbuf *out = &t->texts.o->text;

	if (line >= t->n)
		return true;
	nf_strbuf_clear(out);
	if (templatelist_row(&t->json, t->lines[line].row))
		nf_sb_mem(text, out->p, out->n);
	nf_strbuf_clear(out);
	return true;
}

static void command(struct screen *s, struct nf_strbuf *line)
{
	nf_sb_str(line, ((struct templates_screen *)s)->detail.pane ? "templates -v" : "templates");
}

/* -- The screen itself -------------------------------------------------------------------- */

static bool open_screen(struct screen *s)
{
	struct templates_screen *t = (struct templates_screen *)s;
	const struct out_opts opts = {
		.files = s->app->opts->files, .nfiles = s->app->opts->nfiles,
	};

	detail_init(&t->detail);
	t->detail.grid = (struct grid){
		.ops = &templates_grid_ops, .ctx = t, .cells = true,
		.columns = templates_columns, .ncolumns = TCOLS,
	};
	t->texts = (struct templatelist){ .ops = &templatelist_text, .verbose = true };
	t->texts.o = out_new(&templatelist_out, &opts, s->app->registry);
	t->json = (struct templatelist){ .ops = templatelist_ops_of("json"), .o = t->texts.o };
	return t->texts.o != NULL;
}

static void close_screen(struct screen *s)
{
	struct templates_screen *t = (struct templates_screen *)s;

	detail_done(&t->detail);
	out_free(t->texts.o);
	nf_free(t->lines);
}

static void resumes(struct screen *s, struct screen *was)
{
	struct templates_screen *t = (struct templates_screen *)s;
	const struct templates_screen *old = (const struct templates_screen *)was;

	t->sorted = old->sorted;
	t->descending = old->descending;
	detail_resume(&t->detail, &old->detail);
}

const struct screen_ops screen_templates = {
	.size = sizeof(struct templates_screen),
	.open = open_screen,
	.close = close_screen,
	.resumes = resumes,
	.draw = draw,
	.act = act,
	.mouse = mouse,
	.where = where,
	.go = go,
	.counts = counts,
	.grid = grid,
	.value = value,
	.json = json,
	.command = command,
};
