#include <config.h>

#include "tui/screen_findings.h"

#include "base/mem.h"
#include "out/checklist.h"
#include "tui/analysis.h"
#include "tui/browser.h"

/* -- The text -------------------------------------------------------------------------- */

typedef void put_text(struct nf_strbuf *s, const struct check_finding *f);

static void field(struct findings_screen *f, const char *label, put_text *put,
		  const struct check_finding *one)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	put(&s, one);
	pager_field(&f->pager, label, nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
}

/* "10.0.0.1:2055 v9 domain 7, frame 12 of a.pcap, offset 20, 4 octets; 3 times ..." */
static void where_text(struct findings_screen *f, struct nf_strbuf *s,
		       const struct check_finding *one)
{
	const struct checklist l = {
		.o = f->out, .check = analysis_check(f->screen.app->analysis),
	};

	checklist_who(s, one, (struct checklist_names){ .ports = true, .versions = true });
	if (one->first.frame != 0) {
		nf_sb_str(s, ", ");
		checklist_place(s, &l, one, &one->first);
	}
	if (one->count > 1) {
		nf_sb_str(s, ", ");
		checklist_times(s, &l, one);
	}
}

/* As `nfpcap check` and `nfpcap explain` say it. */
static void explain(struct findings_screen *f)
{
	const struct findings_line *line = findings_selected(f);
	const struct check_rule *rule;
	const struct check_finding *one;
	struct nf_strbuf s;

	if (line == NULL || (line->finding == f->explained && f->of_rule == (line->n > 0)))
		return;
	one = f->explained = line->finding;
	f->of_rule = line->n > 0;
	rule = &check_rules[one->rule];
	pager_clear(&f->pager);
	nf_strbuf_init(&s);
	check_finding_text(&s, one);
	pager_add(&f->pager, LOOK_head, 0, (struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_clear(&s);
	where_text(f, &s, one);
	pager_field(&f->pager, "where", nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
	field(f, "found", check_finding_observed, one);
	field(f, "required", check_finding_required, one);
	pager_field(&f->pager, "says", rule->ref);
	pager_field(&f->pager, "why", rule->why);
	pager_field(&f->pager, "how", rule->how);
	pager_field(&f->pager, "way out", rule->fix);
	pager_field(&f->pager, "breaks", rule->breaks);
}

/* -- Drawing ------------------------------------------------------------------------------ */

static void draw(struct screen *s, struct area a)
{
	struct findings_screen *f = (struct findings_screen *)s;
	unsigned text = f->zoom ? (f->pane ? a.rows : 0) : a.rows >= 12 ? a.rows * 2 / 5 : 0;

	findings_refresh(f);
	f->grid.empty = f->settled ? "No faults" : "Nothing found so far";
	explain(f);
	if (text < a.rows)
		grid_draw(&f->grid, area_in(a, 0, 0, a.rows - text, a.cols), !f->pane);
	f->text = area_in(a, a.rows - text + 1, 0, text > 0 ? text - 1 : 0, a.cols);
	if (text == 0 || findings_selected(f) == NULL)
		return;
	area_rule(a, a.rows - text, f->pane, check_rules[findings_selected(f)->finding->rule].id);
	pager_draw(&f->pager, f->text);
}

/* -- Actions ------------------------------------------------------------------------------ */

static bool turn(struct findings_screen *f, const struct findings_line *line)
{
	f->open[line->finding->rule] = !f->open[line->finding->rule];
	findings_list(f);
	return true;
}

/* To the line of the rule that the selected finding is of. */
static void to_rule(struct findings_screen *f)
{
	while (f->grid.at > 0 && f->lines[f->grid.at].n == 0)
		f->grid.at--;
}

static bool open_line(struct findings_screen *f)
{
	const struct findings_line *line = findings_selected(f);
	struct place p = place_nowhere();

	if (line == NULL)
		return false;
	if (line->n > 1)
		return turn(f, line);
	f->screen.ops->where(&f->screen, &p);
	if (p.row != PLACE_NONE)
		app_go(f->screen.app, SCREEN_packets, &p);
	else
		app_say(f->screen.app, LOOK_hint, "This is about no single message");
	return true;
}

static bool sideways(struct findings_screen *f, bool right)
{
	const struct findings_line *line = findings_selected(f);

	if (line == NULL)
		return false;
	if (line->n == 0 && !right)
		to_rule(f);
	else if (line->n > 0 && f->open[line->finding->rule] != right)
		turn(f, line);
	return true;
}

static bool close_pane(struct findings_screen *f)
{
	if (f->zoom)
		f->zoom = false;
	else if (f->pane)
		f->pane = false;
	else
		return false;
	return true;
}

static bool act(struct screen *s, enum action a, uint32_t arg)
{
	struct findings_screen *f = (struct findings_screen *)s;

	(void)arg;
	switch (a) {
	case ACTION_next_pane:
	case ACTION_prev_pane:
		f->pane = !f->pane;
		return true;
	case ACTION_zoom: f->zoom = !f->zoom; return true;
	case ACTION_close: return close_pane(f);
	case ACTION_open: return open_line(f);
	case ACTION_left:
	case ACTION_right: return f->pane || sideways(f, a == ACTION_right);
	default: return f->pane ? pager_act(&f->pager, a) : grid_act(&f->grid, a);
	}
}

static void mouse(struct screen *s, const struct key *k)
{
	struct findings_screen *f = (struct findings_screen *)s;
	bool wheel = k->button == MOUSE_UP || k->button == MOUSE_DOWN, same;

	f->pane = f->text.rows > 0 && k->row >= f->text.row;
	if (wheel)
		act(s, k->button == MOUSE_UP ? ACTION_up : ACTION_down, 0);
	else if (!f->pane && grid_click(&f->grid, s->area, k->row, k->col, &same) &&
		 (same || k->button == MOUSE_DOUBLE))
		open_line(f);
}

/* -- Places ------------------------------------------------------------------------------- */

static void where(struct screen *s, struct place *p)
{
	const struct findings_screen *f = (const struct findings_screen *)s;
	const struct findings_line *line = findings_selected(f);
	const struct check_finding *one;

	if (line == NULL)
		return;
	one = line->finding;
	p->finding = one->rule;
	p->item = f->grid.at;
	app_place_of(s->app, &one->first, p);
	if (one->tmpl != 0)
		p->template_id = one->tmpl;
	if (one->stream != NULL && !one->of_exporter && !one->of_session)
		p->domain = one->stream->domain;
}

static void go(struct screen *s, const struct place *p)
{
	struct findings_screen *f = (struct findings_screen *)s;

	findings_refresh(f);
	if (p->item != PLACE_NONE) {
		grid_go(&f->grid, p->item);
		return;
	}
	for (size_t i = 0; p->finding != PLACE_NONE && i < f->nlines; i++)
		if (f->lines[i].finding->rule == p->finding) {
			grid_go(&f->grid, i);
			return;
		}
}

/* All that is listed is of the analysis that goes. */
static void renewed(struct screen *s)
{
	struct findings_screen *f = (struct findings_screen *)s;

	f->settled = false;
	findings_refresh(f);
	f->explained = NULL;
}

static void counts(struct screen *s, uint64_t *shown, uint64_t *total)
{
	*shown = *total = ((struct findings_screen *)s)->n;
}

static struct grid *grid(struct screen *s)
{
	struct findings_screen *f = (struct findings_screen *)s;

	return f->pane ? NULL : &f->grid;
}

static void command(struct screen *s, struct nf_strbuf *line)
{
	(void)s;
	nf_sb_str(line, "check");
}

/* -- The screen itself -------------------------------------------------------------------- */

static bool open_screen(struct screen *s)
{
	struct findings_screen *f = (struct findings_screen *)s;

	const struct out_opts opts = {
		.files = s->app->opts->files, .nfiles = s->app->opts->nfiles,
	};

	f->grid = (struct grid){
		.ops = &findings_grid_ops, .ctx = f,
		.columns = findings_columns, .ncolumns = FINDINGS_COLUMNS,
	};
	pager_init(&f->pager);
	f->out = out_new(&checklist_out, &opts, s->app->registry);
	return f->out != NULL;
}

static void close_screen(struct screen *s)
{
	struct findings_screen *f = (struct findings_screen *)s;

	pager_done(&f->pager);
	out_free(f->out);
	nf_free(f->all);
	nf_free(f->found);
	nf_free(f->fresh);
	nf_free(f->lines);
}

const struct screen_ops screen_findings = {
	.size = sizeof(struct findings_screen),
	.open = open_screen,
	.close = close_screen,
	.draw = draw,
	.act = act,
	.mouse = mouse,
	.where = where,
	.go = go,
	.renewed = renewed,
	.counts = counts,
	.grid = grid,
	.command = command,
};
