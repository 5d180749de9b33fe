/* What is remembered of values is what was kept, and nothing of another value. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "out/memo.h"

static const struct nf_ie elements[MEMO_MAX + 1];

static void knows(const struct memo *m, uint32_t value, const char *text)
{
	const struct memo_slot *slot = memo_slot(m, value);

	assert_true(memo_knows(slot, value));
	assert_int_equal(slot->n, strlen(text));
	assert_memory_equal(slot->text, text, slot->n);
}

static void forgets(const struct memo *m, uint32_t value)
{
	assert_false(memo_knows(memo_slot(m, value), value));
}

/* 0 as well, which the octets of an empty slot say. */
static void values(void **state)
{
	struct memos memos = { .n = 0 };
	struct memo *m = memo_of(&memos, &elements[0], 1);

	(void)state;
	for (uint32_t v = 0; v < 2 * MEMO_SLOTS; v++)
		forgets(m, v);
	memo_keep(m, 0, "none", 4);
	memo_keep(m, 17, "17 (udp)", 8);
	knows(m, 0, "none");
	knows(m, 17, "17 (udp)");
	forgets(m, MEMO_SLOTS);
	forgets(m, 17 + MEMO_SLOTS);
	memo_keep(m, 17 + MEMO_SLOTS, "273", 3);
	knows(m, 17 + MEMO_SLOTS, "273");
	forgets(m, 17);
	memos_done(&memos);
}

static void long_ones(void **state)
{
	char text[MEMO_TEXT + 2] = { 0 };
	struct memos memos = { .n = 0 };
	struct memo *m = memo_of(&memos, &elements[0], 4);

	(void)state;
	memset(text, 'x', MEMO_TEXT + 1);
	memo_keep(m, 1, text, MEMO_TEXT + 1);
	forgets(m, 1);
	text[MEMO_TEXT] = '\0';
	memo_keep(m, 1, text, MEMO_TEXT);
	knows(m, 1, text);
	memos_done(&memos);
}

/* One an element and length, up to MEMO_MAX; those that are there stay to be had. */
static void many(void **state)
{
	struct memos memos = { .n = 0 };
	struct memo *m[MEMO_MAX];

	(void)state;
	for (unsigned i = 0; i < MEMO_MAX; i++) {
		m[i] = memo_of(&memos, &elements[i / 2], (uint16_t)(1 + i % 2));
		assert_non_null(m[i]);
		for (unsigned j = 0; j < i; j++)
			assert_ptr_not_equal(m[i], m[j]);
	}
	assert_null(memo_of(&memos, &elements[MEMO_MAX], 1));
	for (unsigned i = 0; i < MEMO_MAX; i++)
		assert_ptr_equal(memo_of(&memos, &elements[i / 2], (uint16_t)(1 + i % 2)), m[i]);
	memos_done(&memos);
	assert_non_null(memo_of(&memos, &elements[MEMO_MAX], 1));
	memos_done(&memos);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values),
		cmocka_unit_test(long_ones),
		cmocka_unit_test(many),
	};

	return cmocka_run_group_tests_name("memo", tests, NULL, NULL);
}
