/*
 * Findings for people: by exporter and rule, the worst first; checklist_text_sums.c has what
 * follows them.
 */
#include <config.h>

#include "out/checklist_text.h"

#include <inttypes.h>

#include "out/facts.h"
#include "out/style.h"
#include "out/wrap.h"

enum {
	HEAD = 6, GO_ON = 8,	/* columns that lines stand in */
	OF_A_RULE = 5,		/* findings of a rule and an exporter that are shown */
};

/* -- A finding ------------------------------------------------------------------------ */

/* "error tpl-redefined-early (likely)  192.0.2.1 domain 7: " */
static void head(struct out *o, const struct check_finding *f, struct checklist_names names)
{
	struct nf_strbuf *s = &o->text;

	checklist_text_styled(o, style_of(f->severity), problems_severity(f->severity));
	nf_sb_char(s, ' ');
	checklist_text_styled(o, STYLE_HEAD, check_rules[f->rule].id);
	if (f->likely)
		nf_sb_str(s, " (likely)");
	if (f->accepted)
		nf_sb_str(s, " (accepted)");
	nf_sb_str(s, "  ");
	checklist_who(s, f, names);
	nf_sb_str(s, ": ");
}

/* "    LABEL: " */
static size_t label(struct out *o, const char *text)
{
	size_t from = o->text.n;

	nf_sb_pad(&o->text, ' ', CHECKLIST_BELOW);
	checklist_text_styled(o, STYLE_NAME, text);
	nf_sb_char(&o->text, ' ');
	return from;
}

static void place(const struct checklist *l, const struct check_finding *f)
{
	struct nf_strbuf *s = &l->o->text;
	size_t from = s->n, empty;

	nf_sb_pad(s, ' ', CHECKLIST_BELOW);
	empty = s->n;
	checklist_place(s, l, f, &f->first);
	if (s->n != empty && f->count > 1)
		nf_sb_str(s, "; ");
	checklist_times(s, l, f);
	if (f->other_frame != 0) {
		nf_sb_str(s, s->n != empty ? "; see " : "see ");
		checklist_frame(s, l, f, f->other_frame, f->other_file);
	}
	if (s->n != empty)
		checklist_text_line_end(l->o, from, GO_ON);
	else
		s->n = from;
}

static void observed(const struct checklist *l, const struct check_finding *f)
{
	size_t from;

	if (check_rules[f->rule].observed == NULL)
		return;
	from = label(l->o, "observed:");
	check_finding_observed(&l->o->text, f);
	checklist_text_line_end(l->o, from, GO_ON);
}

/* "time: 2024-01-01 00:00:01.000000 to 2024-01-01 00:00:09.000000" */
static void times(const struct checklist *l, const struct check_finding *f)
{
	size_t from;

	if (f->first.frame == 0)
		return;
	from = label(l->o, "time:");
	facts_moment(&l->o->text, f->first.ts_ns, 6);
	if (f->count > 1 && f->last.ts_ns != f->first.ts_ns) {
		nf_sb_str(&l->o->text, " to ");
		facts_moment(&l->o->text, f->last.ts_ns, 6);
	}
	checklist_text_line_end(l->o, from, GO_ON);
}

static void session(const struct checklist *l, const struct check_finding *f)
{
	const struct check_stream_id *id = f->stream;
	size_t from;

	if (id == NULL || f->of_exporter || id->src.addr.family == 0)
		return;
	from = label(l->o, "session:");
	out_endpoint(&l->o->text, &id->src);
	nf_sb_str(&l->o->text, " > ");
	out_endpoint(&l->o->text, &id->dst);
	nf_sb_printf(&l->o->text, " %s", out_transport(id->transport));
	checklist_text_line_end(l->o, from, GO_ON);
}

/* Octets in groups of four, so that lines can be broken. */
static void octets(const struct checklist *l, const struct check_finding *f)
{
	struct nf_strbuf *s = &l->o->text;
	size_t from;

	if (f->noctets == 0)
		return;
	from = label(l->o, "octets:");
	for (unsigned i = 0; i < f->noctets; i += 4) {
		nf_sb_str(s, i != 0 ? " " : "");
		nf_sb_hex(s, f->octets + i, f->noctets - i < 4 ? f->noctets - i : 4u);
	}
	if (f->noctets < f->first.span.len)
		nf_sb_str(s, " ...");
	checklist_text_line_end(l->o, from, GO_ON);
}

static void arguments(const struct checklist *l, const struct check_finding *f)
{
	size_t from = label(l->o, "arguments:"), empty = l->o->text.n;

	checklist_args(&l->o->text, f);
	if (l->o->text.n != empty)
		checklist_text_line_end(l->o, from, GO_ON);
	else
		l->o->text.n = from;
}

static void finding(const struct checklist *l, const struct check_finding *f,
		    struct checklist_names names)
{
	size_t from = l->o->text.n;

	head(l->o, f, names);
	check_finding_text(&l->o->text, f);
	checklist_text_line_end(l->o, from, HEAD);
	place(l, f);
	observed(l, f);
	if (!l->verbose)
		return;
	session(l, f);
	times(l, f);
	octets(l, f);
	arguments(l, f);
}

/* -- What findings have in common ----------------------------------------------------- */

static void required(const struct checklist *l, const struct check_finding *f)
{
	const struct check_rule *rule = &check_rules[f->rule];
	struct nf_strbuf *s = &l->o->text;
	size_t from;

	if (rule->required == NULL && rule->ref == NULL)
		return;
	from = label(l->o, rule->required != NULL ? "required:" : "reference:");
	check_finding_required(s, f);
	if (rule->ref != NULL)
		nf_sb_printf(s, rule->required != NULL ? " [%s]" : "%s", rule->ref);
	checklist_text_line_end(l->o, from, GO_ON);
}

static void consequence(const struct checklist *l, const struct check_finding *f)
{
	size_t from;

	if (check_rules[f->rule].breaks == NULL)
		return;
	from = label(l->o, "collectors:");
	nf_sb_str(&l->o->text, check_rules[f->rule].breaks);
	checklist_text_line_end(l->o, from, GO_ON);
}

/* Does the same text say what both should have been? */
static bool same_required(const struct check_finding *a, const struct check_finding *b)
{
	struct nf_strbuf x, y;
	bool same;

	nf_strbuf_init(&x);
	nf_strbuf_init(&y);
	check_finding_required(&x, a);
	check_finding_required(&y, b);
	same = x.n == y.n && (x.n == 0 || memcmp(x.p, y.p, x.n) == 0);
	nf_strbuf_done(&x);
	nf_strbuf_done(&y);
	return same;
}

static bool is_shown(const struct checklist *l, const struct check_finding *f)
{
	return (l->notes || f->severity != NF_NOTE) && (l->verbose || !f->accepted);
}

/* The next one from *I on that is shown and of the same exporter and rule as F; or NULL. */
static const struct check_finding *next_of(const struct checklist *l,
					   const struct check_finding *f, size_t *i)
{
	const struct check_finding *next;

	while ((next = check_finding_at(l->check, *i)) != NULL && checklist_same_rule(f, next)) {
		(*i)++;
		if (is_shown(l, next))
			return next;
	}
	return NULL;
}

static void more(const struct checklist *l, const struct check_finding *f, size_t *i)
{
	const struct check_finding *next;
	uint64_t n = 0, times = 0;
	size_t from = l->o->text.n;

	while ((next = next_of(l, f, i)) != NULL) {
		n++;
		times += next->count;
	}
	if (n == 0)
		return;
	nf_sb_pad(&l->o->text, ' ', CHECKLIST_BELOW);
	nf_sb_printf(&l->o->text, "and %" PRIu64 " more of this rule", n);
	if (times != n)
		nf_sb_printf(&l->o->text, ", %" PRIu64 " times", times);
	nf_sb_str(&l->o->text, " (-v shows them)");
	checklist_text_line_end(l->o, from, GO_ON);
}

/* The findings of one rule and exporter, from F on; *I is behind it, and then behind them all. */
static void of_rule(const struct checklist *l, const struct check_finding *f, size_t *i,
		    struct checklist_names names)
{
	const struct check_finding *next = f;

	for (unsigned n = 0; next != NULL; n++) {
		f = next;
		if (!checklist_step(l))
			return;
		finding(l, f, names);
		if (n + 1 == OF_A_RULE && !l->verbose) {
			more(l, f, i);
			next = NULL;
		} else {
			next = next_of(l, f, i);
		}
		if (next == NULL || !same_required(f, next))
			required(l, f);
	}
	consequence(l, f);
}

static void findings(const struct checklist *l)
{
	struct checklist_names names = { .ports = false };
	const struct check_finding *f, *before = NULL;
	size_t empty = l->o->text.n;

	for (size_t i = 0; (f = check_finding_at(l->check, i)) != NULL; ) {
		bool same = before != NULL && checklist_same_exporter(before, f);

		if (!same)
			names = checklist_names(l->check, i);
		i++;
		before = f;
		if (!is_shown(l, f))
			continue;
		if (!same && l->o->text.n != empty)
			nf_sb_char(&l->o->text, '\n');
		of_rule(l, f, &i, names);
	}
}

/* -- Every occurrence ----------------------------------------------------------------- */

static void occurrence(const struct checklist *l, const struct check_occurrence *at)
{
	const struct checklist_names all = { .ports = true, .versions = true };
	struct nf_strbuf *s = &l->o->text;
	size_t from = s->n;

	checklist_place(s, l, at->finding, &at->place);
	if (s->n != from)
		nf_sb_str(s, ": ");
	head(l->o, at->finding, all);
	check_occurrence_text(s, at);
	checklist_text_line_end(l->o, from, CHECKLIST_BELOW);
}

static void occurrences(const struct checklist *l)
{
	const struct check_occurrence *at;

	for (size_t i = 0; (at = check_occurrence_at(l->check, i)) != NULL; i++) {
		if (!is_shown(l, at->finding))
			continue;
		if (!checklist_step(l))
			return;
		occurrence(l, at);
	}
}

static void warn_of_nothing(const struct checklist *l)
{
	if (checklist_verdict(l) != CHECKLIST_NOTHING)
		return;
	style_on(l->o, STYLE_ERROR);
	checklist_nothing(&l->o->text, l);
	style_off(l->o);
	nf_sb_str(&l->o->text, "\n\n");
}

static void show(const struct checklist *l)
{
	size_t empty;

	if (l->quiet) {
		checklist_text_verdict(l);
		return;
	}
	warn_of_nothing(l);
	empty = l->o->text.n;
	if (l->all)
		occurrences(l);
	else
		findings(l);
	checklist_text_unlisted(l);
	if (l->o->text.n != empty)
		nf_sb_char(&l->o->text, '\n');
	checklist_text_sums(l);
	checklist_text_verdict(l);
}

const struct checklist_ops checklist_text = { .name = "text", .show = show };
