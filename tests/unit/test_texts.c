/* What tables say of a number of things is right for one thing as well as for more. */
#include <config.h>

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/strbuf.h"
#include "capture/source.h"
#include "wire/wire.h"

static void forms(void **state)
{
	static const struct {
		const char *text, *one, *more;
	} rows[] = {
		{ "", "", "" },
		{ "no form", "no form", "no form" },
		{ "{frame|frames}", "frame", "frames" },
		{ "a {b is|c are} d{|s}", "a b is d", "a c are ds" },
		/* no text of ours, but no way out of the buffer either */
		{ "a {b", "a b", "a " },
		{ "a {b|c", "a b", "a c" },
		{ "a {b} c", "a b c", "a  c" },
		{ "{", "", "" },
	};
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (uint64_t n = 0; n < 3; n++) {
			nf_sb_forms(&s, rows[i].text, n);
			assert_string_equal(nf_strbuf_cstr(&s),
					    n == 1 ? rows[i].one : rows[i].more);
			nf_strbuf_clear(&s);
		}
	}
	nf_strbuf_done(&s);
}

/* Is there "1 things", "1 zero things" or "1 are" in TEXT, or a form that was not chosen? */
static bool ungrammatical(const char *text)
{
	static const char *const plurals[] = {
		"octets", "zero octets", "records", "fields", "datagrams", "frames", "are", "look",
		"packets", "TCP segments", "messages",
	};

	if (strpbrk(text, "{|}") != NULL)
		return true;
	for (const char *one = text; (one = strchr(one, '1')) != NULL; one++) {
		if (one[1] != ' ' || (one > text && isdigit((unsigned char)one[-1])))
			continue;
		for (size_t i = 0; i < sizeof(plurals) / sizeof(plurals[0]); i++)
			if (strncmp(one + 2, plurals[i], strlen(plurals[i])) == 0)
				return true;
	}
	return false;
}

/* Figures that cannot be 1: rests of misfits, lengths of headers and records, depth of lists. */
static bool is_never_one(unsigned id)
{
	return id == NF_PROBLEM_RECORD_OVERRUN || id == NF_PROBLEM_MISFIT ||
	       id == NF_PROBLEM_HEADER_CUT || id == NF_PROBLEM_MESSAGE_CUT ||
	       id == NF_PROBLEM_LIST_DEEP;
}

static void problems(void **state)
{
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (unsigned id = 0; id < NF_PROBLEMS; id++) {
		struct nf_problem p = { .id = (uint8_t)id, .found = 1, .wanted = 1 };

		nf_problem_text(&s, &p);
		if (!is_never_one(id) && ungrammatical(nf_strbuf_cstr(&s)))
			fail_msg("%s", nf_strbuf_cstr(&s));
		nf_strbuf_clear(&s);
	}
	nf_strbuf_done(&s);
}

static void check_count(struct nf_strbuf *s, const char *text)
{
	nf_sb_str(s, "1 ");
	nf_sb_forms(s, text, 1);
	if (ungrammatical(nf_strbuf_cstr(s)))
		fail_msg("%s", nf_strbuf_cstr(s));
	nf_strbuf_clear(s);
}

static void skipped(void **state)
{
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (unsigned i = 0; i < NF_REFUSALS; i++)
		check_count(&s, nf_refusal_text[i]);
	for (unsigned i = 0; i < CAPTURE_SKIPS; i++)
		check_count(&s, capture_skip_text[i]);
	nf_strbuf_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(forms),
		cmocka_unit_test(problems),
		cmocka_unit_test(skipped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
