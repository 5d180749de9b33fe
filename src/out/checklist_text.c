/*
 * Findings for people: by exporter and rule, the worst first; then where all octets went, what
 * was checked, and the verdict.
 */
#include <config.h>

#include "out/checklist.h"

#include <inttypes.h>

#include "out/facts.h"
#include "out/style.h"
#include "out/wrap.h"

enum {
	HEAD = 6, BELOW = 4, GO_ON = 8,	/* columns that lines stand in */
	OF_A_RULE = 5,			/* findings of a rule and an exporter that are shown */
	EXPORTERS = 16,			/* whose octets are shown */
};

/* A line that begins at FROM comes to its end. */
static void line_end(struct out *o, size_t from, unsigned indent)
{
	wrap_text(o, from, 0, indent, WRAP_WORDS);
	nf_sb_char(&o->text, '\n');
}

static void styled(struct out *o, enum style style, const char *text)
{
	style_on(o, style);
	nf_sb_str(&o->text, text);
	style_off(o);
}

/* -- A finding ------------------------------------------------------------------------ */

/* "error tpl-redefined-early (likely)  192.0.2.1 domain 7: " */
static void head(struct out *o, const struct check_finding *f, struct checklist_names names)
{
	struct nf_strbuf *s = &o->text;

	styled(o, style_of(f->severity), problems_severity(f->severity));
	nf_sb_char(s, ' ');
	styled(o, STYLE_HEAD, check_rules[f->rule].id);
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

	nf_sb_pad(&o->text, ' ', BELOW);
	styled(o, STYLE_NAME, text);
	nf_sb_char(&o->text, ' ');
	return from;
}

static void place(const struct checklist *l, const struct check_finding *f)
{
	struct nf_strbuf *s = &l->o->text;
	size_t from = s->n, empty;

	nf_sb_pad(s, ' ', BELOW);
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
		line_end(l->o, from, GO_ON);
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
	line_end(l->o, from, GO_ON);
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
	line_end(l->o, from, GO_ON);
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
	line_end(l->o, from, GO_ON);
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
	line_end(l->o, from, GO_ON);
}

static void arguments(const struct checklist *l, const struct check_finding *f)
{
	size_t from = label(l->o, "arguments:"), empty = l->o->text.n;

	checklist_args(&l->o->text, f);
	if (l->o->text.n != empty)
		line_end(l->o, from, GO_ON);
	else
		l->o->text.n = from;
}

static void finding(const struct checklist *l, const struct check_finding *f,
		    struct checklist_names names)
{
	size_t from = l->o->text.n;

	head(l->o, f, names);
	check_finding_text(&l->o->text, f);
	line_end(l->o, from, HEAD);
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
	line_end(l->o, from, GO_ON);
}

static void consequence(const struct checklist *l, const struct check_finding *f)
{
	size_t from;

	if (check_rules[f->rule].breaks == NULL)
		return;
	from = label(l->o, "collectors:");
	nf_sb_str(&l->o->text, check_rules[f->rule].breaks);
	line_end(l->o, from, GO_ON);
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
	nf_sb_pad(&l->o->text, ' ', BELOW);
	nf_sb_printf(&l->o->text, "and %" PRIu64 " more of this rule", n);
	if (times != n)
		nf_sb_printf(&l->o->text, ", %" PRIu64 " times", times);
	nf_sb_str(&l->o->text, " (-v shows them)");
	line_end(l->o, from, GO_ON);
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
	line_end(l->o, from, BELOW);
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

/* -- What is not listed --------------------------------------------------------------- */

static void unlisted_notes(const struct checklist *l)
{
	uint64_t n = check_totals(l->check)->findings[NF_NOTE];

	if (l->notes || n == 0)
		return;
	nf_sb_printf(&l->o->text, "%" PRIu64, n);
	nf_sb_forms(&l->o->text, " {note is|notes are} not listed (--notes lists {it|them})\n", n);
}

static void bounds(const struct checklist *l)
{
	for (unsigned i = 0; i < CHECKLIST_BOUNDS; i++) {
		size_t from = l->o->text.n;

		if (checklist_bound(&l->o->text, check_totals(l->check), i))
			line_end(l->o, from, BELOW);
	}
}

/* -- Where the octets went ------------------------------------------------------------ */

/* "12.3 %": rounded; what there is of it never reads as nothing, nor most as all. */
static void share(struct nf_strbuf *s, uint64_t n, uint64_t of)
{
	uint64_t tenths = of != 0 ? (uint64_t)((double)n * 1000 / (double)of + 0.5) : 0;

	if (n != 0 && tenths == 0)
		tenths = 1;
	else if (n < of && tenths == 1000)
		tenths = 999;
	nf_sb_printf(s, "%" PRIu64 ".%" PRIu64 " %%", tenths / 10, tenths % 10);
}

static void exporter(const struct checklist *l, const struct check_exporter_totals *e)
{
	const struct check_octets *o = &e->octets;
	const struct { const char *name; uint64_t n; } parts[] = {
		{ "headers", o->headers }, { "templates", o->templates }, { "data", o->data },
		{ "options", o->options }, { "padding", o->padding },
		{ "undecoded", o->undecoded }, { "malformed", o->malformed },
		{ "trailing", o->trailing },
	};
	struct nf_strbuf *s = &l->o->text;
	size_t from = s->n;

	nf_sb_str(s, "  ");
	if (e->addr.family != 0)
		out_addr(s, &e->addr);
	else
		nf_sb_str(s, "IPFIX File");
	nf_sb_str(s, "  ");
	out_count(s, o->total, "octet");
	nf_sb_char(s, ':');
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].n == 0)
			continue;
		nf_sb_printf(s, " %s ", parts[i].name);
		share(s, parts[i].n, o->total);
		nf_sb_char(s, ',');
	}
	nf_sb_printf(s, " %" PRIu64 " unclaimed", check_unclaimed(o));
	wrap_text(l->o, from, 0, BELOW, WRAP_GROUPS);
	nf_sb_char(s, '\n');
}

static void accounts(const struct checklist *l)
{
	const struct check_exporter_totals *e;
	size_t n = 0;

	if (check_exporter_at(l->check, 0) == NULL)
		return;
	styled(l->o, STYLE_HEAD, "Octets");
	nf_sb_char(&l->o->text, '\n');
	for (; (e = check_exporter_at(l->check, n)) != NULL && (n < EXPORTERS || l->verbose); n++) {
		if (!checklist_step(l))
			return;
		exporter(l, e);
	}
	while (check_exporter_at(l->check, n) != NULL)
		n++;
	if (n > EXPORTERS && !l->verbose)
		nf_sb_printf(&l->o->text, "  and of %zu more exporters (-v shows them)\n",
			     n - EXPORTERS);
}

/* -- What was checked ----------------------------------------------------------------- */

struct applied {
	enum check_applied what;
	unsigned gates;			/* of CHECK_COULD_NOT: these and no others */
};

static bool is_so(const struct check *c, unsigned rule, const struct applied *a)
{
	unsigned gates;

	return check_rule_applied(c, (enum check_rule_id)rule, &gates) == a->what &&
	       (a->what != CHECK_COULD_NOT || gates == a->gates);
}

static unsigned count_rules(const struct check *c, enum check_applied what)
{
	unsigned n = 0, gates;

	for (unsigned i = 0; i < CHECK_RULES; i++)
		n += check_rule_applied(c, (enum check_rule_id)i, &gates) == what;
	return n;
}

/* "  TITLE: id, id, id" */
static void rules_of(const struct checklist *l, const char *title, const struct applied *a)
{
	struct nf_strbuf *s = &l->o->text;
	size_t from = s->n, n = 0;

	nf_sb_printf(s, "  %s:", title);
	for (unsigned i = 0; i < CHECK_RULES; i++)
		if (is_so(l->check, i, a))
			nf_sb_printf(s, "%s %s", n++ != 0 ? "," : "", check_rules[i].id);
	if (n != 0)
		line_end(l->o, from, BELOW);
	else
		s->n = from;
}

/* A line for each set of reasons. */
static void could_not(const struct checklist *l)
{
	struct nf_strbuf title;

	nf_strbuf_init(&title);
	for (unsigned gates = 1; gates <= UINT8_MAX; gates++) {
		const struct applied a = { CHECK_COULD_NOT, gates };

		nf_strbuf_clear(&title);
		nf_sb_str(&title, "could not be applied, for ");
		checklist_gates(&title, gates, ", and ");
		rules_of(l, nf_strbuf_cstr(&title), &a);
	}
	l->o->text.failed |= title.failed;
	nf_strbuf_done(&title);
}

static void sizes(const struct checklist *l)
{
	const struct check_totals *t = check_totals(l->check);
	struct nf_strbuf *s = &l->o->text;
	size_t from = s->n;

	styled(l->o, STYLE_HEAD, "Checked");
	nf_sb_char(s, ' ');
	out_count(s, t->messages, "message");
	nf_sb_str(s, " of ");
	out_count(s, t->streams, "stream");
	nf_sb_str(s, ", with ");
	out_count(s, t->records, "flow record");
	nf_sb_str(s, " and ");
	out_count(s, t->options, "options record");
	if (t->undecoded_sets != 0) {
		nf_sb_printf(s, "; %" PRIu64 " of ", t->undecoded_sets);
		out_count(s, t->data_sets, "data set");
		nf_sb_str(s, " could not be decoded");
	}
	if (t->headerless != 0) {
		nf_sb_str(s, "; ");
		out_count(s, t->headerless, "payload");
		nf_sb_str(s, " ended inside the header");
	}
	line_end(l->o, from, BELOW);
	if (l->limited)
		nf_sb_str(s, "  findings are those of the messages that the options let through\n");
}

/* "  rules: 38 applied, 80 not called for, 2 switched off" */
static void numbers(const struct checklist *l)
{
	static const struct { enum check_applied what; const char *text; } kinds[] = {
		{ CHECK_APPLIED, "applied" }, { CHECK_NOT_CALLED_FOR, "not called for" },
		{ CHECK_COULD_NOT, "that could not be applied" },
		{ CHECK_SWITCHED_OFF, "switched off" },
	};
	const char *sep = "  rules: ";

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		unsigned n = count_rules(l->check, kinds[i].what);

		if (n == 0)
			continue;
		nf_sb_printf(&l->o->text, "%s%u %s", sep, n, kinds[i].text);
		sep = ", ";
	}
	nf_sb_char(&l->o->text, '\n');
}

static void checked(const struct checklist *l)
{
	static const struct applied applied = { CHECK_APPLIED, 0 };
	static const struct applied not_called_for = { CHECK_NOT_CALLED_FOR, 0 };
	static const struct applied off = { CHECK_SWITCHED_OFF, 0 };

	sizes(l);
	numbers(l);
	could_not(l);
	rules_of(l, "switched off", &off);
	if (!l->verbose)
		return;
	rules_of(l, "not called for", &not_called_for);
	rules_of(l, "applied", &applied);
}

static void stale(const struct checklist *l)
{
	if (l->stale == 0)
		return;
	nf_sb_printf(&l->o->text, "  %zu", l->stale);
	nf_sb_forms(&l->o->text, " {row|rows} of the baseline {accepts|accept} nothing any more\n",
		    l->stale);
}

static void verdict(const struct checklist *l)
{
	static const enum style styles[] = {
		[CHECKLIST_CLEAN] = STYLE_HEAD, [CHECKLIST_PASSES] = STYLE_HEAD,
		[CHECKLIST_FAILS] = STYLE_ERROR, [CHECKLIST_NOTHING] = STYLE_ERROR,
	};
	size_t from = l->o->text.n;

	style_on(l->o, styles[checklist_verdict(l)]);
	nf_sb_str(&l->o->text, "Verdict: ");
	checklist_verdict_text(&l->o->text, l);
	style_off(l->o);
	line_end(l->o, from, BELOW);
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
		verdict(l);
		return;
	}
	warn_of_nothing(l);
	empty = l->o->text.n;
	if (l->all)
		occurrences(l);
	else
		findings(l);
	unlisted_notes(l);
	bounds(l);
	if (l->o->text.n != empty)
		nf_sb_char(&l->o->text, '\n');
	accounts(l);
	checked(l);
	stale(l);
	verdict(l);
}

const struct checklist_ops checklist_text = { .name = "text", .show = show };
