/*
 * Findings: rules with what breaks them below, and, of the selected one, all that is known: what
 * was found, what is required, which section says so, why it matters, a way out.
 */
#include <config.h>

#include <inttypes.h>
#include <string.h>

#include "base/mem.h"
#include "model/store.h"
#include "out/checklist.h"
#include "out/rulelist.h"
#include "tui/analysis.h"
#include "tui/app.h"
#include "tui/browser.h"
#include "tui/pager.h"

enum { COLUMNS = 5 };

/* A line: a rule, or one of its findings. */
struct line {
	const struct check_finding *finding;	/* of a rule: the first */
	uint32_t n;				/* of a rule: how many it has; of a finding 0 */
	uint64_t count;				/* occurrences */
};

struct findings_screen {
	struct screen screen;
	struct grid grid;
	struct pager pager;
	const struct check_finding **all;	/* by severity, rule, and as they were found */
	size_t n, cap;
	const struct check_finding **found, **fresh;	/* as they were found, and now */
	size_t nfound, found_cap, fresh_cap;
	struct line *lines;
	size_t nlines, lines_cap;
	bool open[CHECK_RULES + 1];		/* rules whose findings are listed */
	bool settled;
	bool pane;				/* keys go to the text */
	bool zoom;
	const struct check_finding *explained;	/* what the text is of; see `of_rule` */
	bool of_rule;
	struct out *out;
	struct area text;			/* as drawn last */
};

/* -- What there is ---------------------------------------------------------------------- */

static int by_rule(const void *a, const void *b)
{
	const struct check_finding *x = *(const struct check_finding *const *)a;
	const struct check_finding *y = *(const struct check_finding *const *)b;

	if (x->severity != y->severity)
		return x->severity > y->severity ? -1 : 1;
	if (x->rule != y->rule)
		return x->rule < y->rule ? -1 : 1;
	if (x->first.file != y->first.file)
		return x->first.file < y->first.file ? -1 : 1;
	if (x->first.frame != y->first.frame)
		return x->first.frame < y->first.frame ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Those that there are now, as they were found; how many. */
static size_t collect(struct findings_screen *f)
{
	const struct check_finding *one;
	size_t at = 0, n = 0;

	while ((one = analysis_finding_next(f->screen.app->analysis, &at)) != NULL)
		if (!one->accepted &&
		    nf_grow((void **)&f->fresh, &f->fresh_cap, n + 1, sizeof(*f->fresh)))
			f->fresh[n++] = one;
	return n;
}

/* They are put in order where there are others than before. */
static void take(struct findings_screen *f)
{
	const struct check_finding **found = f->found;
	size_t n = collect(f), cap = f->found_cap;

	if (n == f->nfound && (n == 0 || memcmp(f->fresh, found, n * sizeof(*found)) == 0))
		return;
	if (!nf_grow((void **)&f->all, &f->cap, n, sizeof(*f->all))) {
		f->nfound = f->n = 0;	/* what is there may be of an analysis that goes */
		return;
	}
	f->found = f->fresh;
	f->found_cap = f->fresh_cap;
	f->nfound = f->n = n;
	f->fresh = found;
	f->fresh_cap = cap;
	if (n == 0)
		return;
	memcpy(f->all, f->found, n * sizeof(*f->all));
	qsort(f->all, n, sizeof(*f->all), by_rule);
}

static bool add_line(struct findings_screen *f, const struct line *line)
{
	if (!nf_grow((void **)&f->lines, &f->lines_cap, f->nlines + 1, sizeof(*f->lines)))
		return false;
	f->lines[f->nlines++] = *line;
	return true;
}

/* The lines of one rule, whose findings begin at I; where those of the next one do. */
static size_t list_rule(struct findings_screen *f, size_t i)
{
	struct line head = { .finding = f->all[i] };
	size_t end = i;

	for (; end < f->n && f->all[end]->rule == f->all[i]->rule &&
	     f->all[end]->severity == f->all[i]->severity; end++) {
		head.n++;
		head.count += f->all[end]->count;
	}
	if (add_line(f, &head) && f->open[head.finding->rule])
		for (size_t k = i; k < end; k++)
			add_line(f, &(struct line){ .finding = f->all[k],
						    .count = f->all[k]->count });
	return end;
}

static void list(struct findings_screen *f)
{
	f->nlines = 0;
	for (size_t i = 0; i < f->n;)
		i = list_rule(f, i);
}

static const struct line *selected(const struct findings_screen *f)
{
	return f->grid.at < f->nlines ? &f->lines[f->grid.at] : NULL;
}

/* The line that LINE is now: of the same finding, or else one that says the same; or its rule's. */
static size_t line_of(const struct findings_screen *f, const struct line *line)
{
	const struct check_finding *was = line->finding;
	size_t best = f->nlines;

	for (size_t i = 0; i < f->nlines; i++) {
		const struct check_finding *one = f->lines[i].finding;

		if (one->rule != was->rule || one->severity != was->severity)
			continue;
		if (f->lines[i].n > 0)
			best = i;
		if ((f->lines[i].n > 0) != (line->n > 0))
			continue;
		if (line->n > 0 || one == line->finding)
			return i;
		if (one->first.file == was->first.file && one->first.frame == was->first.frame)
			best = i;
	}
	return best;
}

/*
 * Findings come while the capture is checked; withdrawn ones go.  The selected one stays so, and
 * where it is on the screen; who has not left the first line sees the worst there is.
 */
static void refresh(struct findings_screen *f)
{
	bool settled = analysis_settled(f->screen.app->analysis), any = selected(f) != NULL;
	struct line kept = any ? *selected(f) : (struct line){ .n = 0 };
	size_t now;

	if (f->settled && settled)
		return;
	f->settled = settled;
	take(f);
	list(f);
	now = any ? line_of(f, &kept) : f->nlines;
	if (now == f->nlines || now == f->grid.at || f->grid.at == 0)
		return;
	if (f->grid.top + now >= f->grid.at)
		f->grid.top += now - f->grid.at;
	f->grid.at = now;
}

/* -- Lines ------------------------------------------------------------------------------- */

static const struct grid_column columns[COLUMNS] = {
	{ .title = "severity", .width = 9 },
	{ .title = "times", .width = 7, .right = true },
	{ .title = "first", .width = 8, .right = true },
	{ .title = "rule", .width = 24 },
	{ .title = "finding", .width = 40 },
};

static uint64_t count(void *ctx)
{
	return ((struct findings_screen *)ctx)->nlines;
}

static void cell_severity(struct nf_strbuf *s, const struct findings_screen *f,
			  const struct line *line)
{
	bool open = line->n > 0 && f->open[line->finding->rule];

	nf_sb_str(s, line->n == 0 ? "    " : open ? "- " : "+ ");
	if (line->n > 0)
		nf_sb_str(s, problems_severity(line->finding->severity));
}

static void cell_frame(struct nf_strbuf *s, const struct findings_screen *f,
		       const struct line *line)
{
	(void)f;
	if (line->finding->first.frame != 0)
		nf_sb_u64(s, line->finding->first.frame);
}

static void cell_times(struct nf_strbuf *s, const struct findings_screen *f,
		       const struct line *line)
{
	(void)f;
	nf_sb_u64(s, line->count);
}

static void cell_rule(struct nf_strbuf *s, const struct findings_screen *f, const struct line *line)
{
	const struct check_stream_id *stream = line->finding->stream;

	(void)f;
	if (line->n > 0)
		nf_sb_str(s, check_rules[line->finding->rule].id);
	else if (stream != NULL)
		out_endpoint(s, &stream->src);
}

static void cell_text(struct nf_strbuf *s, const struct findings_screen *f, const struct line *line)
{
	(void)f;
	if (line->n > 1)
		rulelist_pattern(s, check_rules[line->finding->rule].text);
	else
		check_finding_text(s, line->finding);
}

static void cell(void *ctx, uint64_t row, unsigned column, struct nf_strbuf *s)
{
	static void (*const cells[COLUMNS])(struct nf_strbuf *s, const struct findings_screen *f,
					    const struct line *line) = {
		cell_severity, cell_times, cell_frame, cell_rule, cell_text,
	};
	const struct findings_screen *f = ctx;

	cells[column](s, f, &f->lines[row]);
}

static enum look look(void *ctx, uint64_t row)
{
	static const enum look looks[] = {
		[NF_NOTE] = LOOK_note, [NF_WARNING] = LOOK_warning, [NF_ERROR] = LOOK_error,
	};
	const struct line *line = &((const struct findings_screen *)ctx)->lines[row];

	return line->n > 0 ? looks[line->finding->severity] : LOOK_text;
}

static const struct grid_ops grid_ops = { .count = count, .cell = cell, .look = look };

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
	const struct line *line = selected(f);
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

	refresh(f);
	f->grid.empty = f->settled ? "No faults" : "Nothing found so far";
	explain(f);
	if (text < a.rows)
		grid_draw(&f->grid, area_in(a, 0, 0, a.rows - text, a.cols), !f->pane);
	f->text = area_in(a, a.rows - text + 1, 0, text > 0 ? text - 1 : 0, a.cols);
	if (text == 0 || selected(f) == NULL)
		return;
	area_rule(a, a.rows - text, f->pane, check_rules[selected(f)->finding->rule].id);
	pager_draw(&f->pager, f->text);
}

/* -- Actions ------------------------------------------------------------------------------ */

static bool turn(struct findings_screen *f, const struct line *line)
{
	f->open[line->finding->rule] = !f->open[line->finding->rule];
	list(f);
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
	const struct line *line = selected(f);
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
	const struct line *line = selected(f);

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
	const struct line *line = selected(f);
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

	refresh(f);
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
	refresh(f);
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
		.ops = &grid_ops, .ctx = f, .columns = columns, .ncolumns = COLUMNS,
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
