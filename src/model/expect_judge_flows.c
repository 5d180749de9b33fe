/*
 * Lines about flows, once they were read.
 */
#include <config.h>

#include "model/expect_internal.h"

#include <inttypes.h>

/* Nothing to judge proves nothing. */
static bool nothing(struct expect *e, struct expect_line *line, const struct expect_tally *t)
{
	if (t == NULL || t->tested != 0)
		return t == NULL;
	nf_sb_str(&e->out, line->where != NULL ? "no flow is like that" : "there is no flow");
	expect_observed(e, line, e->opts.allow_empty);
	if (!line->passed)
		expect_stuck(e);
	return true;
}

static void counts(struct expect *e, const struct expect_tally *t, uint64_t n)
{
	nf_sb_printf(&e->out, "%" PRIu64 " of %" PRIu64, n, t->tested);
	nf_sb_forms(&e->out, " {flow|flows}", t->tested);
}

static void first(struct expect *e, const struct expect_tally *t)
{
	if (t->frame != 0)
		nf_sb_printf(&e->out, ", the first one in frame %" PRIu64, t->frame);
}

void expect_judge_every(struct expect *e, struct expect_line *line)
{
	const struct expect_tally *t = expect_flows_of(e, line);
	bool passed;

	if (nothing(e, line, t))
		return;
	passed = t->matched == t->tested;
	counts(e, t, passed ? t->matched : t->tested - t->matched);
	if (!passed) {
		nf_sb_str(&e->out, " otherwise");
		first(e, t);
		expect_stuck(e);
	}
	expect_observed(e, line, passed);
}

void expect_judge_some(struct expect *e, struct expect_line *line)
{
	const struct expect_tally *t = expect_flows_of(e, line);

	if (nothing(e, line, t))
		return;
	counts(e, t, t->matched);
	first(e, t);
	expect_observed(e, line, t->matched != 0);
	if (!line->passed)
		expect_stuck(e);
}

void expect_judge_none(struct expect *e, struct expect_line *line)
{
	const struct expect_tally *t = expect_flows_of(e, line);

	if (t == NULL)
		return;
	counts(e, t, t->matched);
	first(e, t);
	expect_observed(e, line, t->matched == 0);
	if (!line->passed)
		expect_stuck(e);
}

/* -- Sums ------------------------------------------------------------------------------- */

/* False where there is none: of no value no least one is known. */
static bool figure(const struct expect_measure *m, const struct expect_figure *f, long double *v)
{
	switch ((enum expect_sum)m->sum) {
	case EXPECT_SUM_COUNT: *v = (long double)f->n; return true;
	case EXPECT_SUM_SUM: *v = f->sum; return true;
	case EXPECT_SUM_MIN: *v = f->least; return f->n != 0;
	case EXPECT_SUM_MAX: *v = f->most; return f->n != 0;
	case EXPECT_SUM_AVG: *v = f->n != 0 ? f->sum / (long double)f->n : 0; return f->n != 0;
	case EXPECT_SUM_DISTINCT:
		*v = f->distinct != NULL ? (long double)f->distinct->n : 0;
		return true;
	case EXPECT_SUMS: break;
	}
	return false;
}

/* "sum(bytes) 1250000" */
static bool one(struct expect *e, struct expect_line *line, unsigned i,
		const struct expect_figure *f)
{
	const struct expect_measure *m = &line->measures[i];
	long double v;
	bool known = figure(m, f, &v), holds = known && expect_holds(&m->test, v);

	if (line->nmeasures > 1) {
		nf_sb_str(&e->out, i != 0 ? ", " : "");
		expect_line_text(&e->out, e, m->span);
		nf_sb_char(&e->out, ' ');
	}
	if (known)
		expect_number_text(&e->out, v, (enum expect_unit)m->test.unit);
	else
		nf_sb_str(&e->out, "no flow has it");
	if (m->sum == EXPECT_SUM_DISTINCT && e->distinct >= EXPECT_DISTINCT)
		nf_sb_str(&e->out, " or more");
	if (!holds && known)
		expect_edit_test(e, &m->test, v, v);
	else if (!holds)
		expect_stuck(e);
	return holds;
}

void expect_judge_measures(struct expect *e, struct expect_line *line)
{
	const struct expect_tally *t = expect_flows_of(e, line);
	bool passed = true;

	if (t == NULL)
		return;
	for (unsigned i = 0; i < line->nmeasures; i++)
		passed &= one(e, line, i, &t->figures[i]);
	if (t->tested == 0)
		nf_sb_str(&e->out, line->where != NULL ? " (no flow is like that)" :
							 " (there is no flow)");
	expect_observed(e, line, passed);
}
