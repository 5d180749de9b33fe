/*
 * What becomes of each problem of the decoder in the checker: no problem is forgotten, and each
 * group that is said to take one has a hook for it.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "check/rules.h"

static void every_problem_has_a_row(void **state)
{
	static const uint16_t listed[] = {
#define BY_RULE(problem, rule) NF_PROBLEM_##problem,
#define BY_GROUP(problem, group) NF_PROBLEM_##problem,
#define NOT_BY(problem, why) NF_PROBLEM_##problem,
#include "check/problems.def"
#undef BY_RULE
#undef BY_GROUP
#undef NOT_BY
	};
	bool rows[NF_PROBLEMS] = { false };

	for (size_t i = 0; i < sizeof(listed) / sizeof(*listed); i++)
		rows[listed[i]] = true;
	(void)state;
	for (unsigned i = 0; i < NF_PROBLEMS; i++)
		if (!rows[i])
			fail_msg("%s: no row in problems.def", nf_problem_rows[i].id);
}

static void every_group_named_has_a_hook(void **state)
{
	static const struct { enum check_group_id group; const char *problem; } rows[] = {
#define BY_RULE(problem, rule)
#define BY_GROUP(problem, group) { CHECK_GROUP_##group, #problem },
#define NOT_BY(problem, why)
#include "check/problems.def"
#undef BY_RULE
#undef BY_GROUP
#undef NOT_BY
	};
	static const struct check_group *const groups[CHECK_GROUPS] = {
#define GROUP(name) [CHECK_GROUP_##name] = &check_group_##name,
#include "check/groups.def"
#undef GROUP
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (groups[rows[i].group]->problem == NULL)
			fail_msg("%s: group %s has no hook", rows[i].problem,
				 groups[rows[i].group]->name);
}

static void a_reason_stands_where_no_rule_does(void **state)
{
	static const char *const reasons[] = {
#define BY_RULE(problem, rule)
#define BY_GROUP(problem, group)
#define NOT_BY(problem, why) why,
#include "check/problems.def"
#undef BY_RULE
#undef BY_GROUP
#undef NOT_BY
	};

	(void)state;
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		assert_true(reasons[i][0] != '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_problem_has_a_row),
		cmocka_unit_test(every_group_named_has_a_hook),
		cmocka_unit_test(a_reason_stands_where_no_rule_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
