/*
 * Findings as JUnit XML, for systems of continuous integration.  There is no standard; what is
 * written is what those who read it have in common: see tests/doc/junit.xsd.
 *
 * A suite for the input, one for the rules without findings, and one for each exporter with a
 * case for each of its rules with findings.
 */
#include <config.h>

#include "out/checklist.h"

#include <inttypes.h>

#include "out/xml.h"

enum outcome { PASSED, FAILED, BROKEN, SKIPPED, OUTCOMES };

struct counts {
	uint64_t of[OUTCOMES];
};

static void add(struct counts *sum, const struct counts *more)
{
	for (unsigned i = 0; i < OUTCOMES; i++)
		sum->of[i] += more->of[i];
}

/* " tests=.. failures=.. errors=.. skipped=.." */
static void numbers(struct nf_strbuf *s, const struct counts *c)
{
	uint64_t all = 0;

	for (unsigned i = 0; i < OUTCOMES; i++)
		all += c->of[i];
	nf_sb_printf(s, " tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"%" PRIu64
		     "\" skipped=\"%" PRIu64 "\"", all, c->of[FAILED], c->of[BROKEN],
		     c->of[SKIPPED]);
}

static void suite(struct nf_strbuf *s, const char *name, const struct counts *c)
{
	nf_sb_str(s, " <testsuite");
	xml_attribute(s, "name", name);
	numbers(s, c);
	nf_sb_str(s, ">\n");
}

static void suite_end(struct nf_strbuf *s)
{
	nf_sb_str(s, " </testsuite>\n");
}

/* A case without findings; WHY is the message of those that have not passed. */
static void test(struct nf_strbuf *s, const char *suite, const char *name, enum outcome outcome,
		 const char *why)
{
	static const char *const elements[] = {
		[FAILED] = "failure", [BROKEN] = "error", [SKIPPED] = "skipped",
	};

	nf_sb_printf(s, "  <testcase classname=\"nfpcap.%s\"", suite);
	xml_attribute(s, "name", name);
	if (outcome == PASSED) {
		nf_sb_str(s, "/>\n");
		return;
	}
	nf_sb_printf(s, "><%s", elements[outcome]);
	xml_attribute(s, "message", why);
	if (outcome != SKIPPED)
		xml_attribute(s, "type", name);
	nf_sb_str(s, "/></testcase>\n");
}

/* -- The input ------------------------------------------------------------------------ */

static enum outcome outcome_of(bool bad, enum outcome how, bool allowed)
{
	return !bad ? PASSED : allowed ? SKIPPED : how;
}

struct input {
	enum outcome damaged, decoded, memory;
};

static struct input input_of(const struct checklist *l)
{
	bool nothing = checklist_verdict(l) == CHECKLIST_NOTHING;

	return (struct input){
		.damaged = outcome_of(l->damaged, BROKEN, l->accept_cut),
		.decoded = outcome_of(nothing, FAILED, l->allow_empty),
		.memory = outcome_of(!check_sound(l->check), BROKEN, false),
	};
}

static struct counts input_counts(const struct checklist *l)
{
	const struct input in = input_of(l);
	struct counts c = { { 0 } };

	c.of[in.damaged]++;
	c.of[in.decoded]++;
	c.of[in.memory]++;
	return c;
}

static void property(struct nf_strbuf *s, const char *name, const char *value)
{
	nf_sb_str(s, "   <property");
	xml_attribute(s, "name", name);
	xml_attribute(s, "value", value);
	nf_sb_str(s, "/>\n");
}

static void input(const struct checklist *l)
{
	const struct input in = input_of(l);
	const struct counts c = input_counts(l);
	struct nf_strbuf *s = &l->o->text, why;

	suite(s, "input", &c);
	nf_sb_str(s, "  <properties>\n");
	for (size_t i = 0; i < l->o->opts.nfiles; i++)
		property(s, "file", l->o->opts.files[i]);
	property(s, "damaged", l->damaged ? "true" : "false");
	property(s, "verdict", checklist_verdict_name(checklist_verdict(l)));
	nf_sb_str(s, "  </properties>\n");
	test(s, "input", "damaged", in.damaged,
	     "an input ended in damage: what is missing was not checked");
	nf_strbuf_init(&why);
	checklist_nothing(&why, l);
	test(s, "input", "decoded", in.decoded, nf_strbuf_cstr(&why));
	s->failed |= why.failed;
	nf_strbuf_done(&why);
	test(s, "input", "memory", in.memory, "memory was out: findings may be missing");
	suite_end(s);
}

/* -- Rules without findings ----------------------------------------------------------- */

/* By rule: did it find anything? */
struct found {
	bool any[CHECK_RULES + 1];
};

static void found_of(struct found *found, const struct check *c)
{
	const struct check_finding *f;

	*found = (struct found){ { false } };
	for (size_t i = 0; (f = check_finding_at(c, i)) != NULL; i++)
		found->any[f->rule] = true;
}

static enum outcome rule_outcome(const struct check *c, unsigned rule, unsigned *gates)
{
	return check_rule_applied(c, (enum check_rule_id)rule, gates) == CHECK_APPLIED ? PASSED :
	       SKIPPED;
}

static struct counts rules_counts(const struct check *c, const struct found *found)
{
	struct counts n = { { 0 } };
	unsigned gates;

	for (unsigned i = 0; i < CHECK_RULES; i++)
		if (!found->any[i])
			n.of[rule_outcome(c, i, &gates)]++;
	return n;
}

static void rule(const struct checklist *l, unsigned i)
{
	static const char *const whys[] = {
		[CHECK_APPLIED] = "", [CHECK_COULD_NOT] = "",
		[CHECK_NOT_CALLED_FOR] = "not called for: there is nothing that it is about",
		[CHECK_SWITCHED_OFF] = "switched off",
	};
	unsigned gates;
	enum check_applied what = check_rule_applied(l->check, (enum check_rule_id)i, &gates);
	struct nf_strbuf why;

	nf_strbuf_init(&why);
	nf_sb_str(&why, whys[what]);
	if (what == CHECK_COULD_NOT) {
		nf_sb_str(&why, "could not be applied: ");
		checklist_gates(&why, gates, "; ");
	}
	test(&l->o->text, "rules", check_rules[i].id, what == CHECK_APPLIED ? PASSED : SKIPPED,
	     nf_strbuf_cstr(&why));
	l->o->text.failed |= why.failed;
	nf_strbuf_done(&why);
}

static void rules(const struct checklist *l, const struct found *found)
{
	const struct counts c = rules_counts(l->check, found);

	suite(&l->o->text, "rules", &c);
	for (unsigned i = 0; i < CHECK_RULES; i++)
		if (!found->any[i])
			rule(l, i);
	suite_end(&l->o->text);
}

/* -- Findings ------------------------------------------------------------------------- */

/* The outcome of the case that begins at finding *I, which is then that of the next case. */
static enum outcome case_of(const struct checklist *l, size_t *i)
{
	const struct check_finding *first = check_finding_at(l->check, *i);
	const struct check_finding *f;
	bool accepted = true;

	for (; (f = check_finding_at(l->check, *i)) != NULL && checklist_same_rule(first, f);
	     (*i)++)
		accepted &= f->accepted;
	return accepted ? SKIPPED : first->severity >= l->fail_on ? FAILED : PASSED;
}

/* Of the exporter whose findings begin at *I, which is then behind them. */
static struct counts exporter_counts(const struct checklist *l, size_t *i)
{
	const struct check_finding *first = check_finding_at(l->check, *i), *f;
	struct counts c = { { 0 } };

	while ((f = check_finding_at(l->check, *i)) != NULL && checklist_same_exporter(first, f))
		c.of[case_of(l, i)]++;
	return c;
}

/* A line of text: who, where, what. */
static void finding(const struct checklist *l, const struct check_finding *f,
		    struct checklist_names names)
{
	struct nf_strbuf *s = &l->o->text;
	size_t from = s->n;

	checklist_who(s, f, names);
	nf_sb_str(s, ": ");
	check_finding_text(s, f);
	if (f->first.frame != 0) {
		nf_sb_str(s, " (");
		checklist_place(s, l, f, &f->first);
		if (f->count > 1)
			nf_sb_str(s, "; ");
		checklist_times(s, l, f);
		nf_sb_char(s, ')');
	}
	xml_escape(s, from);
	nf_sb_char(s, '\n');
}

static void line(struct nf_strbuf *s, const char *label, const char *text)
{
	size_t from = s->n;

	if (text == NULL)
		return;
	nf_sb_printf(s, "%s: %s", label, text);
	xml_escape(s, from);
	nf_sb_char(s, '\n');
}

static void body(const struct checklist *l, size_t i, struct checklist_names names)
{
	const struct check_finding *first = check_finding_at(l->check, i), *f;
	const struct check_rule *rule = &check_rules[first->rule];
	struct nf_strbuf required;

	for (; (f = check_finding_at(l->check, i)) != NULL && checklist_same_rule(first, f); i++)
		if (!f->accepted)
			finding(l, f, names);
	nf_strbuf_init(&required);
	check_finding_required(&required, first);
	line(&l->o->text, "required", required.n != 0 ? nf_strbuf_cstr(&required) : NULL);
	line(&l->o->text, "reference", rule->ref);
	line(&l->o->text, "collectors", rule->breaks);
	l->o->text.failed |= required.failed;
	nf_strbuf_done(&required);
}

/* Where a severity is not the rule's own, it belongs to the name. */
static void case_begin(struct nf_strbuf *s, const char *suite, const struct check_finding *f)
{
	const struct check_rule *rule = &check_rules[f->rule];

	nf_sb_printf(s, "  <testcase classname=\"nfpcap.%s\" name=\"%s", suite, rule->id);
	if (f->severity != rule->severity)
		nf_sb_printf(s, " (%s)", problems_severity(f->severity));
	nf_sb_str(s, "\">");
}

static void message(struct nf_strbuf *s, const struct check_finding *f)
{
	size_t from;

	nf_sb_str(s, " message=\"");
	from = s->n;
	check_finding_text(s, f);
	xml_escape(s, from);
	nf_sb_char(s, '"');
}

static void one_case(const struct checklist *l, const char *suite, size_t *i,
		     struct checklist_names names)
{
	const struct check_finding *f = check_finding_at(l->check, *i);
	struct nf_strbuf *s = &l->o->text;
	size_t from = *i;
	enum outcome outcome = case_of(l, i);

	case_begin(s, suite, f);
	if (outcome == SKIPPED) {
		nf_sb_str(s, "<skipped message=\"accepted by the baseline\"/>");
	} else if (outcome == FAILED) {
		nf_sb_str(s, "<failure");
		message(s, f);
		nf_sb_printf(s, " type=\"%s\">", problems_severity(f->severity));
		body(l, from, names);
		nf_sb_str(s, "</failure>");
	} else {
		nf_sb_str(s, "<system-out>");
		body(l, from, names);
		nf_sb_str(s, "</system-out>");
	}
	nf_sb_str(s, "</testcase>\n");
}

/* The exporter whose findings begin at *I, which is then behind them. */
static bool exporter(const struct checklist *l, size_t *i)
{
	const struct checklist_names names = checklist_names(l->check, *i);
	const struct check_finding *first = check_finding_at(l->check, *i), *f;
	size_t counted = *i;
	const struct counts c = exporter_counts(l, &counted);
	struct check_finding whole = *first;
	struct nf_strbuf name;
	bool going = true;

	whole.of_exporter = true;
	nf_strbuf_init(&name);
	checklist_who(&name, &whole, names);
	suite(&l->o->text, nf_strbuf_cstr(&name), &c);
	while (going && (f = check_finding_at(l->check, *i)) != NULL &&
	       checklist_same_exporter(first, f)) {
		one_case(l, nf_strbuf_cstr(&name), i, names);
		going = checklist_step(l);
	}
	suite_end(&l->o->text);
	l->o->text.failed |= name.failed;
	nf_strbuf_done(&name);
	return going;
}

static struct counts all_counts(const struct checklist *l, const struct found *found)
{
	struct counts all = input_counts(l), more = rules_counts(l->check, found);

	add(&all, &more);
	for (size_t i = 0; check_finding_at(l->check, i) != NULL; ) {
		more = exporter_counts(l, &i);
		add(&all, &more);
	}
	return all;
}

static void show(const struct checklist *l)
{
	struct nf_strbuf *s = &l->o->text;
	struct found found;
	struct counts all;

	found_of(&found, l->check);
	all = all_counts(l, &found);
	nf_sb_str(s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"nfpcap check\"");
	numbers(s, &all);
	nf_sb_str(s, ">\n");
	input(l);
	rules(l, &found);
	for (size_t i = 0; check_finding_at(l->check, i) != NULL; )
		if (!exporter(l, &i))
			return;
	nf_sb_str(s, "</testsuites>\n");
}

const struct checklist_ops checklist_junit = { .name = "junit", .document = true, .show = show };
