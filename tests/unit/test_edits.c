/* Steps from one sequence to another: they lead there, and there are no fewer. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/edits.h"

struct words {
	const char *a, *b;
};

static bool same(void *ctx, size_t i, size_t j)
{
	const struct words *w = ctx;

	return w->a[i] == w->b[j];
}

/* "-a+b c": each step with its item. */
static void text(char *to, const struct nf_edits *e, const struct words *w)
{
	for (size_t i = 0; i < e->n; i++) {
		*to++ = e->v[i].op;
		*to++ = e->v[i].op == '+' ? w->b[e->v[i].b] : w->a[e->v[i].a];
	}
	*to = '\0';
}

static void texts(void **state)
{
	static const struct {
		struct words words;
		const char *steps;
	} cases[] = {
		{ { "", "" }, "" },
		{ { "abc", "abc" }, " a b c" },
		{ { "abc", "" }, "-a-b-c" },
		{ { "", "abc" }, "+a+b+c" },
		{ { "abc", "axc" }, " a-b+x c" },
		{ { "abcd", "acd" }, " a-b c d" },
		{ { "acd", "abcd" }, " a+b c d" },
		{ { "ab", "xy" }, "-a-b+x+y" },
		{ { "xab", "aby" }, "-x a b+y" },
		{ { "aab", "ab" }, " a-a b" },
	};
	struct nf_edits e;
	char got[64];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct words w = cases[i].words;

		assert_true(nf_edits(&e, strlen(w.a), strlen(w.b), same, &w));
		text(got, &e, &w);
		assert_string_equal(got, cases[i].steps);
		nf_edits_done(&e);
	}
}

enum { LONGEST = 40 };

/* The longest common subsequence, by the table that textbooks have. */
static size_t common(const struct words *w)
{
	static size_t table[LONGEST + 1][LONGEST + 1];
	size_t na = strlen(w->a), nb = strlen(w->b);

	memset(table, 0, sizeof(table));
	for (size_t i = 1; i <= na; i++)
		for (size_t j = 1; j <= nb; j++) {
			size_t up = table[i - 1][j], left = table[i][j - 1];

			table[i][j] = w->a[i - 1] == w->b[j - 1] ? table[i - 1][j - 1] + 1 :
				      up > left ? up : left;
		}
	return table[na][nb];
}

static uint32_t next(uint32_t *seed)
{
	*seed = *seed * 1664525 + 1013904223;
	return *seed >> 16;
}

static void leads_there(const struct nf_edits *e, const struct words *w)
{
	size_t a = 0, b = 0, kept = 0;

	for (size_t i = 0; i < e->n; i++) {
		assert_int_equal(e->v[i].a, a);
		assert_int_equal(e->v[i].b, b);
		if (e->v[i].op == ' ')
			assert_int_equal(w->a[a], w->b[b]);
		kept += e->v[i].op == ' ';
		a += e->v[i].op != '+';
		b += e->v[i].op != '-';
	}
	assert_int_equal(a, strlen(w->a));
	assert_int_equal(b, strlen(w->b));
	assert_int_equal(kept, common(w));
}

static void any_two(void **state)
{
	char a[LONGEST + 1], b[LONGEST + 1];
	struct words w = { a, b };
	uint32_t seed = 1;
	struct nf_edits e;

	(void)state;
	for (unsigned round = 0; round < 5000; round++) {
		size_t na = next(&seed) % LONGEST, nb = next(&seed) % LONGEST;
		unsigned letters = 1 + next(&seed) % 6;

		for (size_t i = 0; i < na; i++)
			a[i] = (char)('a' + next(&seed) % letters);
		for (size_t i = 0; i < nb; i++)
			b[i] = (char)('a' + next(&seed) % letters);
		a[na] = b[nb] = '\0';
		assert_true(nf_edits(&e, na, nb, same, &w));
		leads_there(&e, &w);
		nf_edits_done(&e);
	}
}

static bool never(void *ctx, size_t i, size_t j)
{
	(void)ctx;
	(void)i;
	(void)j;
	return false;
}

/* Too many differences: all of one, then all of the other. */
static void too_different(void **state)
{
	enum { MANY = 5000 };
	struct nf_edits e;

	(void)state;
	assert_true(nf_edits(&e, MANY, MANY, never, NULL));
	assert_int_equal(e.n, 2 * MANY);
	for (size_t i = 0; i < e.n; i++)
		assert_int_equal(e.v[i].op, i < MANY ? '-' : '+');
	nf_edits_done(&e);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts),
		cmocka_unit_test(any_two),
		cmocka_unit_test(too_different),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
