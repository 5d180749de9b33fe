/*
 * What the screen of findings lists: rules, and what breaks those that are open.
 */
#include <config.h>

#include "tui/screen_findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "out/rulelist.h"
#include "tui/analysis.h"

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

static bool add_line(struct findings_screen *f, const struct findings_line *line)
{
	if (!nf_grow((void **)&f->lines, &f->lines_cap, f->nlines + 1, sizeof(*f->lines)))
		return false;
	f->lines[f->nlines++] = *line;
	return true;
}

/* The lines of one rule, whose findings begin at I; where those of the next one do. */
static size_t list_rule(struct findings_screen *f, size_t i)
{
	struct findings_line head = { .finding = f->all[i] };
	size_t end = i;

	for (; end < f->n && f->all[end]->rule == f->all[i]->rule &&
	     f->all[end]->severity == f->all[i]->severity; end++) {
		head.n++;
		head.count += f->all[end]->count;
	}
	if (add_line(f, &head) && f->open[head.finding->rule])
		for (size_t k = i; k < end; k++)
			add_line(f, &(struct findings_line){ .finding = f->all[k],
						    .count = f->all[k]->count });
	return end;
}

void findings_list(struct findings_screen *f)
{
	f->nlines = 0;
	for (size_t i = 0; i < f->n;)
		i = list_rule(f, i);
}

const struct findings_line *findings_selected(const struct findings_screen *f)
{
	return f->grid.at < f->nlines ? &f->lines[f->grid.at] : NULL;
}

/* The line that LINE is now: of the same finding, or else one that says the same; or its rule's. */
static size_t line_of(const struct findings_screen *f, const struct findings_line *line)
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

void findings_refresh(struct findings_screen *f)
{
	const struct findings_line *at = findings_selected(f);
	struct findings_line kept = at != NULL ? *at : (struct findings_line){ .n = 0 };
	bool settled = analysis_settled(f->screen.app->analysis), any = at != NULL;
	size_t now;

	if (f->settled && settled)
		return;
	f->settled = settled;
	take(f);
	findings_list(f);
	now = any ? line_of(f, &kept) : f->nlines;
	if (now == f->nlines || now == f->grid.at || f->grid.at == 0)
		return;
	if (f->grid.top + now >= f->grid.at)
		f->grid.top += now - f->grid.at;
	f->grid.at = now;
}

/* -- Lines ------------------------------------------------------------------------------- */

const struct grid_column findings_columns[FINDINGS_COLUMNS] = {
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
			  const struct findings_line *line)
{
	bool open = line->n > 0 && f->open[line->finding->rule];

	nf_sb_str(s, line->n == 0 ? "    " : open ? "- " : "+ ");
	if (line->n > 0)
		nf_sb_str(s, problems_severity(line->finding->severity));
}

static void cell_frame(struct nf_strbuf *s, const struct findings_screen *f,
		       const struct findings_line *line)
{
	(void)f;
	if (line->finding->first.frame != 0)
		nf_sb_u64(s, line->finding->first.frame);
}

static void cell_times(struct nf_strbuf *s, const struct findings_screen *f,
		       const struct findings_line *line)
{
	(void)f;
	nf_sb_u64(s, line->count);
}

static void cell_rule(struct nf_strbuf *s, const struct findings_screen *f,
		      const struct findings_line *line)
{
	const struct check_stream_id *stream = line->finding->stream;

	(void)f;
	if (line->n > 0)
		nf_sb_str(s, check_rules[line->finding->rule].id);
	else if (stream != NULL)
		out_endpoint(s, &stream->src);
}

static void cell_text(struct nf_strbuf *s, const struct findings_screen *f,
		      const struct findings_line *line)
{
	(void)f;
	if (line->n > 1)
		rulelist_pattern(s, check_rules[line->finding->rule].text);
	else
		check_finding_text(s, line->finding);
}

static void cell(void *ctx, uint64_t row, unsigned column, struct nf_strbuf *s)
{
	static void (*const cells[])(struct nf_strbuf *s, const struct findings_screen *f,
				     const struct findings_line *line) = {
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
	const struct findings_line *line = &((const struct findings_screen *)ctx)->lines[row];

	return line->n > 0 ? looks[line->finding->severity] : LOOK_text;
}

const struct grid_ops findings_grid_ops = { .count = count, .cell = cell, .look = look };
