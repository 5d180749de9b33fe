/* The table of rules, what becomes of its texts, and findings: told apart, counted, in order. */
#include <config.h>

#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "check/internal.h"
#include "lib/nomem.h"

/* -- The table of rules --------------------------------------------------------------- */

#define WORD "[0-9A-Z][0-9A-Za-z.]*"

static bool is_like(const char *text, size_t n, const char *pattern)
{
	char copy[256];
	regex_t re;
	bool like;

	assert_true(n < sizeof(copy));
	memcpy(copy, text, n);
	copy[n] = '\0';
	assert_int_equal(regcomp(&re, pattern, REG_EXTENDED | REG_NOSUB), 0);
	like = regexec(&re, copy, 0, NULL, 0) == 0;
	regfree(&re);
	return like;
}

static unsigned faults;

static void wrong(const struct check_rule *rule, const char *what)
{
	print_error("%s: %s\n", rule->id != NULL ? rule->id : "?", what);
	faults++;
}

static bool has_arg(const struct check_rule *rule, const char *name, size_t n,
		    enum check_type *type)
{
	const char *list = rule->args;
	struct nf_bytes arg;

	while (check_rule_arg(&list, &arg, type))
		if (arg.n == n && memcmp(arg.p, name, n) == 0)
			return true;
	return false;
}

/* Every {name} is an argument, and every {one|more} stands behind a number. */
static void pattern(const struct check_rule *rule, const char *text)
{
	bool number = false;

	for (const char *brace = text; brace != NULL && (brace = strchr(brace, '{')) != NULL;
	     brace++) {
		size_t n = strcspn(brace + 1, "{}");
		enum check_type type;

		if (brace[1 + n] != '}')
			wrong(rule, "a brace that is not closed");
		if (memchr(brace, '|', n + 1) != NULL) {
			if (!number)
				wrong(rule, "a plural of no number");
		} else if (!has_arg(rule, brace + 1, n, &type)) {
			wrong(rule, brace);
		} else {
			number |= type == CHECK_TYPE_NUMBER;
		}
	}
}

static void args(const struct check_rule *rule)
{
	const char *at = rule->args, *word = rule->args;
	enum check_type type;
	struct nf_bytes name;
	unsigned n = 0;

	while (check_rule_arg(&at, &name, &type)) {
		size_t len = strcspn(word, ",");

		n++;
		if (!is_like((const char *)name.p, name.n, "^[a-z][a-zA-Z0-9_]*$"))
			wrong(rule, "the name of an argument");
		if (memchr(word, ':', len) != NULL && type == CHECK_TYPE_NUMBER &&
		    !is_like(word, len, ":number$"))
			wrong(rule, "an argument of unknown type");
		word = at;
	}
	if (n > CHECK_ARGS)
		wrong(rule, "too many arguments");
}

static void references(const struct check_rule *rule)
{
	static const char form[] = "^(RFC 768|RFC [0-9]+ ((section|appendix) " WORD "|sections " WORD "(, " WORD ")*"
				   " (and|to) " WORD ")|IANA .+)$";
	const char *at = rule->ref, *end;

	for (; at != NULL; at = *end != '\0' ? end + 2 : NULL) {
		end = strstr(at, "; ");
		if (end == NULL)
			end = at + strlen(at);
		if (!is_like(at, (size_t)(end - at), form))
			wrong(rule, at);
	}
}

/* A line: printable, no end of a sentence. */
static void line(const struct check_rule *rule, const char *text, const char *what)
{
	if (text == NULL)
		return;
	if (*text == '\0' || *text == ' ' || strchr(" .", text[strlen(text) - 1]) != NULL ||
	    strpbrk(text, "\n\t") != NULL || strstr(text, "  ") != NULL)
		wrong(rule, what);
	pattern(rule, text);
}

/* Sentences; the last one may stand in parentheses. */
static void sentences(const struct check_rule *rule, const char *text, const char *what)
{
	size_t n = text != NULL ? strlen(text) : 0;

	if (n < 2 || (text[n - 1] != '.' && memcmp(text + n - 2, ".)", 2) != 0) ||
	    strpbrk(text, "\n\t{}") != NULL || strstr(text, "  ") != NULL)
		wrong(rule, what);
}

static void rules(void **state)
{
	(void)state;
	for (unsigned i = 0; i < CHECK_RULES; i++) {
		const struct check_rule *rule = &check_rules[i];

		if (rule->id == NULL || !is_like(rule->id, strlen(rule->id),
						 "^[a-z0-9]+(-[a-z0-9]+)*$"))
			wrong(rule, "its id");
		if (check_rule_by_id(rule->id) != (enum check_rule_id)i)
			wrong(rule, "an id twice");
		if (rule->severity > NF_ERROR)
			wrong(rule, "its severity");
		/* An error is what a text says, or what follows from it and is so marked. */
		if (rule->severity == NF_ERROR && rule->ref == NULL && !rule->likely &&
		    (rule->versions & CHECK_SETS) != 0)
			wrong(rule, "an error without a reference");
		if (rule->text == NULL)
			wrong(rule, "no text");
		args(rule);
		references(rule);
		line(rule, rule->text, "its text");
		line(rule, rule->observed, "what is observed");
		line(rule, rule->required, "what is required");
		line(rule, rule->breaks, "what collectors do");
		sentences(rule, rule->why, "why");
		sentences(rule, rule->how, "how");
		sentences(rule, rule->fix, "the way out");
	}
	assert_int_equal(faults, 0);
	assert_int_equal(check_rule_by_id("no-such-rule"), CHECK_RULES);
}

/* -- Texts ---------------------------------------------------------------------------- */

static void arg_texts(void **state)
{
	static const uint8_t octets[] = { 0, 0xab };
	static const struct nf_addr v4 = { .family = 4, .octets = { 192, 0, 2, 1 } };
	static const struct {
		enum check_type type;
		struct check_arg arg;
		const char *text;
	} rows[] = {
		{ CHECK_TYPE_NUMBER, { .u = UINT64_MAX }, "18446744073709551615" },
		{ CHECK_TYPE_SIGNED, { .i = -3 }, "-3" },
		{ CHECK_TYPE_HEX, { .u = 0 }, "0x0" },
		{ CHECK_TYPE_HEX, { .u = 0x1f }, "0x1f" },
		{ CHECK_TYPE_PERCENT, { .u = 1200 }, "12 %" },
		{ CHECK_TYPE_PERCENT, { .u = 9412 }, "94.12 %" },
		{ CHECK_TYPE_TEXT, { .s = "a\x1b[m" }, "a\\x1b[m" },
		{ CHECK_TYPE_TEXT, { .s = NULL }, "" },
		{ CHECK_TYPE_OCTETS, { .octets = octets, .n = 2 }, "00ab" },
		{ CHECK_TYPE_OCTETS, { .octets = NULL, .n = 2 }, "" },
		{ CHECK_TYPE_ADDRESS, { .addr = &v4 }, "192.0.2.1" },
		{ CHECK_TYPE_ADDRESS, { .addr = NULL }, "" },
		{ CHECK_TYPE_ELEMENT, { .ie = NULL }, "" },
		{ CHECK_TYPE_TIME, { .i = 0 }, "1970-01-01T00:00:00Z" },
		{ CHECK_TYPE_TIME, { .i = 1500000000 }, "1970-01-01T00:00:01.500Z" },
		{ CHECK_TYPE_DURATION, { .i = 0 }, "0 s" },
		{ CHECK_TYPE_DURATION, { .i = 1000 }, "1 us" },
		{ CHECK_TYPE_DURATION, { .i = 1500000 }, "1.5 ms" },
		{ CHECK_TYPE_DURATION, { .i = 12000000000 }, "12 s" },
		{ CHECK_TYPE_DURATION, { .i = -12400000000 }, "-12.4 s" },
		{ CHECK_TYPE_DURATION, { .i = 599000000000 }, "599 s" },
		{ CHECK_TYPE_DURATION, { .i = 600000000000 }, "10 min" },
		{ CHECK_TYPE_DURATION, { .i = 10800000000000 }, "3 h" },
		{ CHECK_TYPE_DURATION, { .i = 259200000000000 }, "3 d" },
		{ CHECK_TYPE_DURATION, { .i = INT64_MIN }, "-106752 d" },
	};
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		nf_strbuf_clear(&s);
		check_arg_text(&s, rows[i].type, &rows[i].arg);
		assert_string_equal(nf_strbuf_cstr(&s), rows[i].text);
	}
	nf_strbuf_done(&s);
}

static void filled(void **state)
{
	static const struct check_rule rule = { .args = "id,after:duration,n" };
	static const struct {
		const char *pattern, *text;
	} rows[] = {
		{ "template {id} redefined {after} later", "template 260 redefined 12 s later" },
		{ "{n} {record|records}, {id} {one|more}", "1 record, 260 more" },
		{ "{nosuch} {", " " },
		{ "", "" },
	};
	const struct check_arg args[CHECK_ARGS] = {
		{ .u = 260 }, { .i = 12000000000 }, { .u = 1 },
	};
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		nf_strbuf_clear(&s);
		check_fill(&s, &rule, rows[i].pattern, args);
		assert_string_equal(nf_strbuf_cstr(&s), rows[i].text);
	}
	nf_strbuf_done(&s);
}

/* -- Findings ------------------------------------------------------------------------- */

/* Two rules with a number as their first argument or none, of different severities. */
static const enum check_rule_id HARD = CHECK_NSECS_OUT_OF_RANGE, SOFT = CHECK_V9_EMPTY_PACKET;

struct bench {
	uint8_t severity[CHECK_RULES];		/* all others are off */
	struct nf_registry *registry;
	struct check *c;
	struct check_exporter exporters[2];
	struct check_stream streams[3];		/* the first two are of the first exporter */
};

static bool bench_init(struct bench *b, const struct check_opts *opts)
{
	struct check_opts own = *opts;

	memset(b, 0, sizeof(*b));
	for (unsigned i = 0; i < CHECK_RULES; i++)
		b->severity[i] = i == HARD || i == SOFT ? CHECK_BY_DEFAULT : CHECK_OFF;
	if (own.severity == NULL)
		own.severity = b->severity;
	for (unsigned i = 0; i < 2; i++) {
		b->exporters[i].index = i;
		b->exporters[i].totals.addr = (struct nf_addr){
			.family = 4, .octets = { 192, 0, 2, (uint8_t)(i + 1) },
		};
	}
	for (unsigned i = 0; i < 3; i++) {
		b->streams[i].exporter = &b->exporters[i / 2];
		b->streams[i].id.src.addr = b->exporters[i / 2].totals.addr;
		b->streams[i].id.version = 9;
		b->streams[i].id.domain = i;
		b->streams[i].shown = 1;
	}
	b->registry = nf_registry_new();
	b->c = b->registry != NULL ? check_new(&own, b->registry) : NULL;
	return b->c != NULL;
}

static void bench_done(struct bench *b)
{
	check_free(b->c);
	nf_registry_free(b->registry);
}

static void claim(struct bench *b, enum check_rule_id rule, unsigned stream, uint64_t frame,
		  uint64_t key)
{
	const struct check_place place = { .frame = frame, .ts_ns = (int64_t)frame };

	check_claim(b->c, &(struct check_claim){
		.rule = rule, .stream = &b->streams[stream], .place = &place, .key = key,
		.args = { { .u = frame } },
	});
}

/* "rule stream key count first-last", a word each finding */
static void expect(const struct bench *b, const char *text)
{
	const struct check_finding *f;
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	for (size_t i = 0; (f = check_finding_at(b->c, i)) != NULL; i++)
		nf_sb_printf(&s, "%s%s%u/%u*%u@%u-%u", i != 0 ? " " : "",
			     f->rule == HARD ? "H" : "S", (unsigned)f->stream->domain,
			     (unsigned)f->key, (unsigned)f->count, (unsigned)f->first.frame,
			     (unsigned)f->last.frame);
	assert_string_equal(nf_strbuf_cstr(&s), text);
	nf_strbuf_done(&s);
}

static void collapsed_and_ordered(void **state)
{
	const struct check_opts opts = { .ruleset = CHECK_STRICT };
	struct bench b;

	(void)state;
	assert_true(bench_init(&b, &opts));
	claim(&b, SOFT, 2, 1, 0);
	claim(&b, SOFT, 0, 2, 0);
	claim(&b, HARD, 2, 3, 7);
	claim(&b, HARD, 1, 4, 0);
	claim(&b, SOFT, 0, 5, 0);
	claim(&b, SOFT, 0, 6, 1);
	claim(&b, HARD, 2, 8, 7);
	check_end(b.c);
	expect(&b, "H1/0*1@4-4 S0/0*2@2-5 S0/1*1@6-6 H2/7*2@3-8 S2/0*1@1-1");
	assert_int_equal(check_totals(b.c)->findings[NF_ERROR], 2);
	assert_int_equal(check_totals(b.c)->findings[NF_WARNING], 3);
	assert_int_equal(check_finding_at(b.c, 0)->args[0].u, 4);
	assert_null(check_occurrence_at(b.c, 0));
	bench_done(&b);
}

static void withdrawn(void **state)
{
	const struct check_opts opts = { .all = true };
	struct bench b;

	(void)state;
	assert_true(bench_init(&b, &opts));
	claim(&b, HARD, 0, 1, 0);
	claim(&b, HARD, 1, 2, 0);
	claim(&b, SOFT, 0, 3, 0);
	check_withdraw(b.c, &b.streams[0], HARD);
	claim(&b, SOFT, 0, 9, 0);
	claim(&b, SOFT, 1, 5, 0);
	check_withdraw(b.c, &b.streams[1], HARD);
	claim(&b, HARD, 1, 8, 0);
	check_end(b.c);
	expect(&b, "H1/0*1@8-8 S0/0*2@3-9 S1/0*1@5-5");
	assert_int_equal(check_finding_at(b.c, 0)->args[0].u, 8);
	/* In the order of the capture, and none of what was withdrawn. */
	assert_int_equal(check_occurrence_at(b.c, 0)->place.frame, 3);
	assert_int_equal(check_occurrence_at(b.c, 1)->place.frame, 5);
	assert_int_equal(check_occurrence_at(b.c, 2)->place.frame, 8);
	assert_int_equal(check_occurrence_at(b.c, 3)->place.frame, 9);
	assert_null(check_occurrence_at(b.c, 4));
	assert_int_equal(check_totals(b.c)->findings[NF_ERROR], 1);
	bench_done(&b);
}

/* As they come: none twice, none that does not stand, and at the end those that were passed by. */
static void news(void **state)
{
	const struct check_opts opts = { .ruleset = CHECK_STRICT };
	struct bench b;

	(void)state;
	assert_true(bench_init(&b, &opts));
	assert_null(check_news(b.c));
	claim(&b, SOFT, 0, 1, 0);
	claim(&b, HARD, 1, 2, 0);
	claim(&b, SOFT, 0, 3, 0);
	assert_int_equal(check_news(b.c)->first.frame, 1);
	check_withdraw(b.c, &b.streams[1], HARD);
	assert_null(check_news(b.c));
	claim(&b, HARD, 2, 4, 0);
	assert_int_equal(check_news(b.c)->first.frame, 4);
	claim(&b, HARD, 1, 5, 0);		/* it stands again */
	assert_int_equal(check_news(b.c)->first.frame, 5);
	check_withdraw(b.c, &b.streams[1], HARD);
	claim(&b, HARD, 1, 6, 0);
	assert_null(check_news(b.c));
	claim(&b, SOFT, 2, 7, 0);
	check_end(b.c);
	assert_int_equal(check_news(b.c)->first.frame, 7);
	assert_null(check_news(b.c));
	bench_done(&b);
}

static void bounded(void **state)
{
	const struct check_opts opts = { .max_findings = 2, .all = true };
	struct bench b;

	(void)state;
	assert_true(bench_init(&b, &opts));
	for (unsigned i = 1; i <= 5; i++)
		claim(&b, HARD, 0, i, i);
	for (unsigned i = 0; i < 40; i++)
		claim(&b, HARD, 0, 9, 1);
	check_end(b.c);
	expect(&b, "H0/1*41@1-9 H0/2*1@2-2");
	/* 3 findings and, of 42 occurrences, those beyond 32. */
	assert_int_equal(check_totals(b.c)->beyond_findings, 13);
	assert_null(check_occurrence_at(b.c, 32));
	bench_done(&b);
}

static void severities(void **state)
{
	uint8_t of[CHECK_RULES];
	const struct check_opts opts = { .severity = of };
	struct bench b;

	(void)state;
	memset(of, CHECK_OFF, sizeof(of));
	of[HARD] = 1 + NF_NOTE;
	assert_true(bench_init(&b, &opts));
	claim(&b, HARD, 0, 1, 0);
	claim(&b, SOFT, 0, 2, 0);
	/* Severities of single findings do not outdo what the profile says. */
	check_claim(b.c, &(struct check_claim){
		.rule = HARD, .severity = 1 + NF_ERROR, .stream = &b.streams[0],
	});
	check_end(b.c);
	assert_int_equal(check_totals(b.c)->findings[NF_NOTE], 1);
	assert_int_equal(check_totals(b.c)->findings[NF_ERROR], 0);
	assert_int_equal(check_finding_at(b.c, 0)->count, 2);
	assert_null(check_finding_at(b.c, 1));
	bench_done(&b);
}

static void hidden(void **state)
{
	const struct check_opts opts = { .all = true };
	struct bench b;

	(void)state;
	assert_true(bench_init(&b, &opts));
	b.streams[0].shown = 0;
	claim(&b, HARD, 0, 1, 0);
	claim(&b, HARD, 1, 2, 0);
	check_end(b.c);
	expect(&b, "H1/0*1@2-2");
	bench_done(&b);
}

static bool accepts_keys(void *ctx, const struct check_finding *f)
{
	++*(unsigned *)ctx;
	return f->key != 0;
}

static void accepted(void **state)
{
	unsigned asked = 0;
	const struct check_opts opts = { .accepted = accepts_keys, .accepted_ctx = &asked };
	struct bench b;

	(void)state;
	assert_true(bench_init(&b, &opts));
	claim(&b, HARD, 0, 1, 0);
	claim(&b, HARD, 0, 2, 1);
	claim(&b, HARD, 0, 3, 1);
	check_end(b.c);
	assert_int_equal(asked, 2);
	assert_int_equal(check_totals(b.c)->accepted, 1);
	assert_int_equal(check_totals(b.c)->findings[NF_ERROR], 1);
	bench_done(&b);
}

static void failing(void **state)
{
	const struct check_opts opts = { .all = true };
	struct nomem memory = { .failed = true };

	(void)state;
	for (long n = 0; memory.failed; n++) {
		struct bench b;
		bool sound = true;

		assert_true(n < 10000);
		memory = (struct nomem){ .left = n };
		nomem_begin(&memory);
		if (bench_init(&b, &opts)) {
			for (unsigned i = 0; i < 100; i++)
				claim(&b, HARD, i % 3, i, i / 3);
			check_end(b.c);
			sound = check_sound(b.c);
			if (sound)
				assert_int_equal(check_totals(b.c)->findings[NF_ERROR], 100);
		}
		if (b.c != NULL)
			assert_int_equal(sound, !memory.failed);
		bench_done(&b);
		nomem_end(&memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(arg_texts),
		cmocka_unit_test(filled),
		cmocka_unit_test(collapsed_and_ordered),
		cmocka_unit_test(withdrawn),
		cmocka_unit_test(news),
		cmocka_unit_test(bounded),
		cmocka_unit_test(severities),
		cmocka_unit_test(hidden),
		cmocka_unit_test(accepted),
		cmocka_unit_test(failing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
