#include <config.h>

#include "tui/screen_exporters.h"

#include "base/mem.h"
#include "tui/analysis.h"
#include "tui/trace.h"

enum { TEXT = 16 };		/* rows of what is said of one; more stand in few of them */

/* -- Drawing ---------------------------------------------------------------------------- */

static void draw(struct screen *s, struct area a)
{
	struct exporters_screen *x = (struct exporters_screen *)s;

	exporters_refill(x);
	x->detail.grid.empty = x->settled ? "No flow export here" : "No exporters so far";
	detail_lay_out(&x->detail, a);
	exporters_describe(x);
	x->detail.note = s->app->filter.filter != NULL ? "not filtered" : NULL;
	detail_draw(&x->detail, a);
}

/* -- The tree ----------------------------------------------------------------------------- */

static void select_node(struct exporters_screen *x, const struct exporters_node *node)
{
	for (size_t i = 0; i < x->nlines; i++)
		if (x->lines[i] == node)
			grid_go(&x->detail.grid, i);
}

static bool turn(struct exporters_screen *x, const struct exporters_node *node, bool open)
{
	exporters_open_node(x, node, open);
	exporters_list(x);
	select_node(x, node);
	return true;
}

/* In the column of names the tree opens and closes; else columns are passed. */
static bool sideways(struct exporters_screen *x, enum action a)
{
	const struct exporters_node *node = exporters_selected(x);
	bool right = a == ACTION_right;

	if (node == NULL || x->detail.pane || x->detail.grid.column != XCOL_NAME)
		return detail_act(&x->detail, a);
	if (right)
		return node->level != LEVEL_DOMAIN && !exporters_is_open(x, node) ?
			       turn(x, node, true) : detail_act(&x->detail, a);
	if (exporters_is_open(x, node))
		return turn(x, node, false);
	if (node->parent != NULL)
		select_node(x, node->parent);
	return true;
}

/* -- Links ------------------------------------------------------------------------------ */

static bool to_packets(struct exporters_screen *x)
{
	struct place p = place_nowhere();

	if (exporters_selected(x) == NULL)
		return false;
	x->screen.ops->where(&x->screen, &p);
	p.item = PLACE_NONE;
	if (p.row != PLACE_NONE)
		app_go(x->screen.app, SCREEN_packets, &p);
	else
		app_say(x->screen.app, LOOK_hint, "Its first message has not been loaded yet");
	return true;
}

static bool enter(struct exporters_screen *x)
{
	const struct exporters_node *node = exporters_selected(x);

	if (node == NULL)
		return false;
	if (node->level == LEVEL_DOMAIN)
		return to_packets(x);
	return turn(x, node, !exporters_is_open(x, node));
}

/* To the first of its templates. */
static bool to_templates(struct exporters_screen *x)
{
	const struct exporters_node *node = exporters_selected(x);
	struct place p = place_nowhere();

	if (node == NULL)
		return false;
	for (size_t i = 0; i < node->n; i++) {
		const struct exporters_domain *d = node->domains[i];

		if (d->counts.templates + d->counts.options_templates + d->counts.data_sets == 0 ||
		    d->version < 9)
			continue;
		p.session = d->session->index;
		p.domain = d->domain;
		app_go(x->screen.app, SCREEN_templates, &p);
		return true;
	}
	app_say(x->screen.app, LOOK_hint, "It sends no templates");
	return true;
}

/* What only messages of NODE match. */
static void filter_of(struct nf_strbuf *s, const struct exporters_node *node)
{
	const struct exporters_domain *d = node->domains[0];

	if (node->level == LEVEL_EXPORTER)
		trace_filter_exporter(s, d->session);
	else if (node->level == LEVEL_SESSION)
		trace_filter_session(s, d->session);
	else
		trace_filter_domain(s, d);
}

/* To its flows: the filter lets only those through. */
static bool to_flows(struct exporters_screen *x)
{
	const struct exporters_node *node = exporters_selected(x);
	struct nf_strbuf filter;

	if (node == NULL)
		return false;
	if (node->figures.flows == 0) {
		app_say(x->screen.app, LOOK_hint, "It sends no flows that can be read");
		return true;
	}
	nf_strbuf_init(&filter);
	filter_of(&filter, node);
	app_go_filtered(x->screen.app, SCREEN_flows, nf_strbuf_cstr(&filter));
	nf_strbuf_done(&filter);
	return true;
}

/* -- Order ------------------------------------------------------------------------------ */

/* The same column again: as they were met. */
static bool sort(struct exporters_screen *x, bool invert)
{
	struct grid *g = &x->detail.grid;
	bool same = x->sorted && g->sort_column == g->column;

	if (invert) {
		x->descending = same ? !x->descending : true;
		x->sorted = true;
	} else {
		x->sorted = !same && g->column != XCOL_NAME;
		x->descending = exporters_columns[g->column].right;	/* the greatest first */
	}
	g->sort_column = g->column;
	g->sorted = !x->sorted ? NULL : x->descending ? "v" : "^";
	exporters_list(x);
	grid_go(g, 0);
	app_say(x->screen.app, LOOK_hint, !x->sorted ? "As they were met" :
		x->descending ? "By %s on each level, the greatest first" :
				"By %s on each level, the least first",
		exporters_columns[g->column].title);
	return true;
}

/* -- Actions ------------------------------------------------------------------------------ */

static bool act(struct screen *s, enum action a, uint32_t arg)
{
	struct exporters_screen *x = (struct exporters_screen *)s;

	(void)arg;
	switch (a) {
	case ACTION_left:
	case ACTION_right: return sideways(x, a);
	case ACTION_open: return enter(x);
	case ACTION_go_packet: return to_packets(x);
	case ACTION_go_template: return to_templates(x);
	case ACTION_go_flow: return to_flows(x);
	case ACTION_sort: return sort(x, false);
	case ACTION_invert: return sort(x, true);
	default: return detail_act(&x->detail, a);
	}
}

static void mouse(struct screen *s, const struct key *k)
{
	struct exporters_screen *x = (struct exporters_screen *)s;

	if (detail_mouse(&x->detail, k))
		enter(x);
}

/* -- Places ------------------------------------------------------------------------------- */

static void where(struct screen *s, struct place *p)
{
	const struct exporters_node *node = exporters_selected((struct exporters_screen *)s);
	const struct exporters_domain *first;

	if (node == NULL)
		return;
	first = node->domains[0];
	for (size_t i = 1; i < node->n; i++)
		if (node->domains[i]->first_ns < first->first_ns)
			first = node->domains[i];
	trace_domain(s->app, first, p);
	if (node->level != LEVEL_DOMAIN)
		p->domain = PLACE_NO;
	p->item = node->level;
}

/* Is NODE what P says, on LEVEL? */
static bool is_place(const struct exporters_node *node, const struct place *p, unsigned level)
{
	for (size_t i = 0; node->level == level && i < node->n; i++) {
		const struct exporters_domain *d = node->domains[i];

		if (d->session->index == p->session &&
		    (level != LEVEL_DOMAIN || d->domain == p->domain))
			return true;
	}
	return false;
}

static void go(struct screen *s, const struct place *p)
{
	struct exporters_screen *x = (struct exporters_screen *)s;
	unsigned level = p->domain != PLACE_NO ? LEVEL_DOMAIN : LEVEL_SESSION;

	if (p->session == PLACE_NO)
		return;
	if (p->item <= LEVEL_DOMAIN)
		level = (unsigned)p->item;
	exporters_refill(x);
	for (size_t i = 0; i < x->nnodes; i++) {
		const struct exporters_node *node = &x->nodes[i];

		if (!is_place(node, p, level))
			continue;
		for (const struct exporters_node *n = node->parent; n != NULL; n = n->parent)
			exporters_open_node(x, n, true);
		exporters_list(x);
		select_node(x, node);
		x->detail.pane = false;
		return;
	}
	app_say(s->app, LOOK_hint, "That exporter has not been met so far");
}

static void counts(struct screen *s, uint64_t *shown, uint64_t *total)
{
	*shown = *total = ((struct exporters_screen *)s)->n;
}

static struct grid *grid(struct screen *s)
{
	return &((struct exporters_screen *)s)->detail.grid;
}

static bool value(struct screen *s, struct nf_strbuf *text, struct nf_strbuf *filter)
{
	struct exporters_screen *x = (struct exporters_screen *)s;
	const struct exporters_node *node = exporters_selected(x);
	const struct grid *g = &x->detail.grid;
	uint32_t versions;
	unsigned version = 0;

	if (node == NULL)
		return false;
	versions = node->figures.versions;
	while ((versions >> version & 1) == 0)
		version++;
	g->ops->cell(x, g->at, g->column, text);
	if (g->column == XCOL_VERSION && versions == 1u << version)
		nf_sb_printf(filter, "msg.version == %u", version);
	else
		filter_of(filter, node);
	return true;
}

static void command(struct screen *s, struct nf_strbuf *line)
{
	(void)s;
	nf_sb_str(line, "exporters");
}

/* -- The screen itself -------------------------------------------------------------------- */

static bool open_screen(struct screen *s)
{
	struct exporters_screen *x = (struct exporters_screen *)s;

	detail_init(&x->detail);
	x->detail.most = TEXT;
	x->detail.grid = (struct grid){
		.ops = &exporters_grid_ops, .ctx = x, .cells = true,
		.columns = exporters_columns, .ncolumns = XCOLS,
	};
	return true;
}

static void close_screen(struct screen *s)
{
	struct exporters_screen *x = (struct exporters_screen *)s;

	detail_done(&x->detail);
	nf_free(x->all);
	nf_free(x->nodes);
	nf_free(x->lines);
	nf_free(x->open[LEVEL_EXPORTER]);
	nf_free(x->open[LEVEL_SESSION]);
}

/* Exporters and sessions have the same indices: they were met in the same order. */
static void resumes(struct screen *s, struct screen *was)
{
	struct exporters_screen *x = (struct exporters_screen *)s;
	struct exporters_screen *old = (struct exporters_screen *)was;

	for (unsigned level = LEVEL_EXPORTER; level <= LEVEL_SESSION; level++) {
		x->open[level] = old->open[level];
		x->nopen[level] = old->nopen[level];
		old->open[level] = NULL;
		old->nopen[level] = 0;
	}
	x->sorted = old->sorted;
	x->descending = old->descending;
	detail_resume(&x->detail, &old->detail);
}

const struct screen_ops screen_exporters = {
	.size = sizeof(struct exporters_screen),
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
	.command = command,
};
