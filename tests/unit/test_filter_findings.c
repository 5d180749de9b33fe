/* finding.* and option.* in filters: names with several values. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lib/filtercheck.h"
#include "model/findings.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The messages of filtercheck.c; their frames are one more. */
enum { V5, V1, V7, V8, V9, IPFIX };

static const struct nf_value_name ids[] = {
	{ 0, "seq-gap" }, { 1, "seq-reordered" }, { 2, "tpl-late" }, { 3, "v9-count-mismatch" },
	{ 4, "udp-over-512" },
};
static const struct nf_labels rules = { .name = "rules", .values = ids, .nvalues = COUNT(ids) };

/* Out of order, and one of them twice. */
static const struct findings_row found[] = {
	{ .frame = V9 + 1, .rule = 2, .severity = NF_WARNING, .count = 1 },
	{ .frame = V5 + 1, .rule = 0, .severity = NF_WARNING, .count = 1 },
	{ .frame = V9 + 1, .rule = 3, .severity = NF_ERROR, .count = 2 },
	{ .frame = V9 + 1, .rule = 2, .severity = NF_WARNING, .count = 3 },
	{ .frame = V1 + 1, .message = 64, .rule = 1, .severity = NF_NOTE, .count = 1 },
	{ .frame = V1 + 1, .file = 1, .rule = 1, .severity = NF_NOTE, .count = 1 },
	{ .frame = IPFIX + 1, .rule = 1, .severity = NF_NOTE, .count = 1 },
};

static struct findings of_messages(void)
{
	struct findings f;

	findings_init(&f, &rules);
	for (size_t i = 0; i < COUNT(found); i++)
		assert_true(findings_add(&f, &found[i]));
	findings_settle(&f);
	return f;
}

static void rows_are_those_of_the_message(void **state)
{
	struct findings f = of_messages(), none;
	const struct findings_row *rows;

	(void)state;
	assert_int_equal(f.n, COUNT(found) - 1);
	assert_int_equal(findings_of(&f, 0, V9 + 1, 0, &rows), 2);
	assert_int_equal(rows[0].rule, 2);
	assert_int_equal(rows[0].count, 4);
	assert_int_equal(rows[1].rule, 3);
	assert_int_equal(findings_of(&f, 0, V1 + 1, 64, &rows), 1);
	assert_int_equal(findings_of(&f, 0, V1 + 1, 0, &rows), 0);
	assert_int_equal(findings_of(&f, 1, V1 + 1, 0, &rows), 1);
	assert_int_equal(findings_of(&f, 2, 1, 0, &rows), 0);
	findings_init(&none, &rules);
	findings_swap(&f, &none);
	assert_int_equal(findings_of(&f, 0, V9 + 1, 0, &rows), 0);
	assert_int_equal(findings_of(&none, 0, V9 + 1, 0, &rows), 2);
	findings_done(&none);
	findings_done(&f);
}

/* The messages for which it holds: a bit each. */
static unsigned matches(struct filtercheck *fc, const char *text)
{
	struct filter *f = filter_new(text, strlen(text), &fc->opts, fc->wc->registry, NULL);
	unsigned bits = 0;

	if (f == NULL)
		print_error("%s\n", text);
	assert_non_null(f);
	assert_true(filter_asks_findings(f));
	for (size_t i = 0; i <= IPFIX; i++) {
		struct nf_view v = filtercheck_view(fc, i);

		if (filter_message(f, &v))
			bits |= 1u << i;
	}
	filter_free(f);
	return bits;
}

enum { OF_V5 = 1 << V5, OF_V9 = 1 << V9, OF_IPFIX = 1 << IPFIX, ALL = (2 << IPFIX) - 1 };

static const struct {
	const char *filter;
	unsigned messages;
} of_findings[] = {
	{ "finding.rule", OF_V5 | OF_V9 | OF_IPFIX },
	{ "not finding.rule", ALL & ~(OF_V5 | OF_V9 | OF_IPFIX) },
	{ "finding.rule == seq-gap", OF_V5 },
	{ "finding.rule == v9-count-mismatch", OF_V9 },
	{ "finding.rule == \"tpl-late\"", OF_V9 },
	{ "finding.rule == tpl-late and finding.rule == v9-count-mismatch", OF_V9 },
	/* != if all are different, as for elements that a record has several times */
	{ "finding.rule != tpl-late", OF_V5 | OF_IPFIX },
	{ "finding.rule !== tpl-late", OF_V5 | OF_V9 | OF_IPFIX },
	{ "finding.rule === tpl-late", 0 },
	{ "finding.rule === seq-gap", OF_V5 },
	{ "finding.rule == udp-over-512", 0 },
	{ "finding.rule in {seq-gap, seq-reordered}", OF_V5 | OF_IPFIX },
	{ "all finding.rule in {tpl-late, v9-count-mismatch}", OF_V9 },
	{ "finding.rule contains \"seq-\"", OF_V5 | OF_IPFIX },
	{ "all finding.rule contains \"-l\"", 0 },
	{ "any finding.rule contains \"-l\"", OF_V9 },
	{ "finding.rule matches \"^v9\"", OF_V9 },
	{ "lower(finding.rule) == \"v9-count-mismatch\"", OF_V9 },
	{ "len(finding.rule) == 8", OF_V9 },
	{ "finding.rule[0:3] == \"seq\"", OF_V5 | OF_IPFIX },
	{ "count(finding.rule) == 2", OF_V9 },
	{ "count(finding.rule) == 0", ALL & ~(OF_V5 | OF_V9 | OF_IPFIX) },
	{ "finding.severity == error", OF_V9 },
	{ "finding.severity >= warning", OF_V5 | OF_V9 },
	{ "all finding.severity >= warning", OF_V5 | OF_V9 },
	{ "all finding.severity == warning", OF_V5 },
	{ "finding.severity < warning", OF_IPFIX },
	{ "finding.severity in {note, error}", OF_V9 | OF_IPFIX },
	{ "finding.count == 6", OF_V9 },
	{ "finding.count == 0", ALL & ~(OF_V5 | OF_V9 | OF_IPFIX) },
	{ "finding.count > 0", OF_V5 | OF_V9 | OF_IPFIX },
	{ "finding.rule == seq-gap and src == 10.0.0.1", OF_V5 },
	{ "finding.rule == seq-gap and src == 10.0.0.99", 0 },
	{ "finding.rule == seq-gap and exporter.ip == 10.0.0.1", OF_V5 },
};

static void a_message_has_what_was_found_in_it(void **state)
{
	struct filtercheck *fc = *state;
	struct findings f = of_messages();
	unsigned wrong = 0;

	fc->opts.findings = &f;
	for (size_t i = 0; i < COUNT(of_findings); i++) {
		const char *text = of_findings[i].filter;
		unsigned got = matches(fc, text);
		const char *fault = filtercheck_text(fc, text, strlen(text));

		if (got != of_findings[i].messages || fault != NULL) {
			print_error("%s: got %#x, want %#x; %s\n", text, got,
				    of_findings[i].messages, fault != NULL ? fault : "");
			wrong++;
		}
	}
	fc->opts.findings = NULL;
	findings_done(&f);
	assert_int_equal(wrong, 0);
}

/* Until it is settled nothing has a value, not even none. */
static void nothing_is_known_before(void **state)
{
	struct filtercheck *fc = *state;
	struct findings f;

	findings_init(&f, &rules);
	assert_true(findings_add(&f, &found[0]));
	for (unsigned i = 0; i < 2; i++) {
		fc->opts.findings = i == 0 ? &f : NULL;
		assert_int_equal(matches(fc, "finding.rule"), 0);
		assert_int_equal(matches(fc, "finding.rule == tpl-late"), 0);
		assert_int_equal(matches(fc, "finding.count"), 0);
	}
	findings_done(&f);
}

static void unknown_rules_are_faults(void **state)
{
	static const struct {
		const char *filter, *text, *hint;
	} rows[] = {
		{ "finding.rule == seq-gpa", "finding.rule has no value seq-gpa",
		  "did you mean seq-gap?" },
		{ "finding.rule in {seq-gap, seq-reorderd}",
		  "finding.rule has no value seq-reorderd", "did you mean seq-reordered?" },
		{ "\"SEQ-GAP\" == finding.rule", "finding.rule has no value \"SEQ-GAP\"",
		  "did you mean seq-gap?" },
		{ "finding.rule == x", "finding.rule has no value x",
		  "its values are seq-gap, seq-reordered, tpl-late, v9-count-mismatch, udp-over-512" },
		{ "finding.severity == bad", "finding.severity has no value bad",
		  "its values are a number or one of note, warning, error" },
	};
	struct filtercheck *fc = *state;
	struct findings f = of_messages();

	fc->opts.findings = &f;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct filter_error err;

		assert_null(filter_new(rows[i].filter, strlen(rows[i].filter), &fc->opts,
				       fc->wc->registry, &err));
		assert_string_equal(err.text, rows[i].text);
		assert_string_equal(err.hint, rows[i].hint);
	}
	fc->opts.findings = NULL;
	findings_done(&f);
}

/* The record of options that the messages of v9 and IPFIX have is their last. */
static const struct {
	int message;
	const char *filter;
	bool has;
} of_options[] = {
	{ V5, "option.kind", false },
	{ V5, "option.scope", false },
	{ V9, "option.kind == interface", true },
	{ V9, "all option.kind == interface", true },
	{ V9, "option.kind == sampler", false },
	{ V9, "option.kind != sampler", true },
	{ V9, "option.kind in {sampler, interface, vrf}", true },
	{ V9, "sampler == option.kind", false },
	{ V9, "option.scope == \"System 00000007\"", true },
	{ V9, "option.scope == \"Interface 9\"", true },
	{ V9, "all option.scope contains \"ste\"", false },
	{ V9, "any option.scope contains \"ste\"", true },
	{ V9, "count(option.scope) == 2", true },
	{ V9, "option.scope != option.scope", false },
	{ V9, "option.scope !== option.scope", true },
	{ V9, "lower(option.scope) matches \"^interface\"", true },
	{ IPFIX, "option.kind == interface", false },
	{ IPFIX, "option.kind == system", true },
	{ IPFIX, "option.scope == \"observationDomainId 7\"", true },
};

static void options_say_what_they_are_about(void **state)
{
	struct filtercheck *fc = *state;
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT(of_options); i++) {
		const char *text = of_options[i].filter, *fault;
		struct nf_view v = filtercheck_view(fc, (size_t)of_options[i].message);
		struct filter_error err;
		struct filter *f = filter_new(text, strlen(text), &fc->opts, fc->wc->registry,
					      &err);
		bool has = f != NULL && filter_message(f, &v);

		if (f == NULL)
			print_error("%s: %s\n", text, err.text);
		filter_free(f);
		fault = filtercheck_text(fc, text, strlen(text));
		if (f == NULL || has != of_options[i].has || fault != NULL) {
			print_error("%s: %s\n", text, fault != NULL ? fault : "otherwise");
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

static int setup(void **state)
{
	*state = filtercheck_new();
	return *state != NULL ? 0 : -1;
}

static int teardown(void **state)
{
	filtercheck_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_are_those_of_the_message),
		cmocka_unit_test(a_message_has_what_was_found_in_it),
		cmocka_unit_test(nothing_is_known_before),
		cmocka_unit_test(unknown_rules_are_faults),
		cmocka_unit_test(options_say_what_they_are_about),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
