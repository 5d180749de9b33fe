/* What follows the findings: what is not listed, where all octets went, what was checked. */
#include <config.h>

#include "out/checklist_text.h"

#include <inttypes.h>

#include "out/facts.h"
#include "out/wrap.h"

enum { EXPORTERS = 16 };		/* whose octets are shown */

void checklist_text_line_end(struct out *o, size_t from, unsigned indent)
{
	wrap_text(o, from, 0, indent, WRAP_WORDS);
	nf_sb_char(&o->text, '\n');
}

void checklist_text_styled(struct out *o, enum style style, const char *text)
{
	style_on(o, style);
	nf_sb_str(&o->text, text);
	style_off(o);
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
			checklist_text_line_end(l->o, from, CHECKLIST_BELOW);
	}
}

void checklist_text_unlisted(const struct checklist *l)
{
	unlisted_notes(l);
	bounds(l);
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
	wrap_text(l->o, from, 0, CHECKLIST_BELOW, WRAP_GROUPS);
	nf_sb_char(s, '\n');
}

static void accounts(const struct checklist *l)
{
	const struct check_exporter_totals *e;
	size_t n = 0;

	if (check_exporter_at(l->check, 0) == NULL)
		return;
	checklist_text_styled(l->o, STYLE_HEAD, "Octets");
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
		checklist_text_line_end(l->o, from, CHECKLIST_BELOW);
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

	checklist_text_styled(l->o, STYLE_HEAD, "Checked");
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
	checklist_text_line_end(l->o, from, CHECKLIST_BELOW);
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
	size_t from = l->o->text.n;
	const char *sep = "  rules: ";

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		unsigned n = count_rules(l->check, kinds[i].what);

		if (n == 0)
			continue;
		nf_sb_printf(&l->o->text, "%s%u %s", sep, n, kinds[i].text);
		sep = ", ";
	}
	checklist_text_line_end(l->o, from, CHECKLIST_BELOW);
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

void checklist_text_sums(const struct checklist *l)
{
	accounts(l);
	checked(l);
	stale(l);
}

void checklist_text_verdict(const struct checklist *l)
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
	checklist_text_line_end(l->o, from, CHECKLIST_BELOW);
}
