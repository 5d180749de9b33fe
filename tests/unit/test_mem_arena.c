/* Memory: the replaceable allocator, growing arrays, arenas; octets and their loads. */
#include <config.h>

#include <setjmp.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/bytes.h"
#include "lib/memcount.h"
#include "lib/nomem.h"

static void allocator(void **state)
{
	struct nomem memory = { .left = 3 };
	void *p, *q;

	(void)state;
	nomem_begin(&memory);
	assert_null(nf_alloc(0));
	nf_free(NULL);
	p = nf_alloc(10);
	assert_non_null(p);
	q = nf_zalloc(100);
	assert_non_null(q);
	for (int i = 0; i < 100; i++)
		assert_int_equal(((char *)q)[i], 0);
	p = nf_realloc(p, 1000);
	assert_non_null(p);
	assert_int_equal(memory.live, 2);
	assert_null(nf_realloc(p, 2000));	/* the fourth; p stands */
	nf_free(p);
	nf_free(q);
	nomem_end(&memory);
}

static void growing(void **state)
{
	struct nomem memory = { .left = 1000 };
	void *items = NULL;
	size_t cap = 0, calls;

	(void)state;
	nomem_begin(&memory);
	for (size_t n = 1; n <= 10000; n++) {
		uint32_t *numbers;

		assert_true(nf_grow(&items, &cap, n, sizeof(*numbers)));
		assert_true(cap >= n);
		numbers = items;
		numbers[n - 1] = (uint32_t)n;
	}
	for (size_t n = 1; n <= 10000; n++)
		assert_int_equal(((uint32_t *)items)[n - 1], n);
	calls = 1000 - (size_t)memory.left;
	assert_true(calls < 25);	/* by half at least */

	assert_false(nf_grow(&items, &cap, SIZE_MAX / 2, 4));
	memory.left = 0;
	assert_false(nf_grow(&items, &cap, cap + 1, 4));
	assert_int_equal(((uint32_t *)items)[9999], 10000);
	nf_free(items);
	nomem_end(&memory);
}

static void arena(void **state)
{
	struct nomem memory = { .left = 1000 };
	struct nf_arena a;
	unsigned char *last = NULL;

	(void)state;
	nomem_begin(&memory);
	nf_arena_init(&a);
	for (size_t size = 1; size < 3000; size += 7) {
		unsigned char *p = nf_arena_alloc(&a, size);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
		last = p;
	}
	assert_int_equal(last[0], 0xff);
	assert_non_null(nf_arena_alloc(&a, 1000000));	/* larger than a block */
	assert_string_equal(nf_arena_strndup(&a, "abcdef", 3), "abc");
	assert_string_equal(nf_arena_strndup(&a, "", 0), "");
	assert_true(a.used > 1000000);
	assert_null(nf_arena_alloc(&a, SIZE_MAX));
	assert_null(nf_arena_strndup(&a, "", SIZE_MAX));
	memory.left = 0;
	assert_null(nf_arena_alloc(&a, 1000000));
	assert_non_null(nf_arena_alloc(&a, 16));
	nf_arena_done(&a);
	nf_arena_done(&a);
	nomem_end(&memory);
}

/* What is large takes no room from what is small: the memory is little more than was asked for. */
static void large_and_small(void **state)
{
	struct memcount memory = { .most = 0 };
	struct nf_arena a;

	(void)state;
	memcount_begin(&memory);
	nf_arena_init(&a);
	for (int i = 0; i < 100; i++) {
		assert_non_null(nf_arena_alloc(&a, 16));
		assert_non_null(nf_arena_alloc(&a, 20000));
	}
	assert_true(memory.in_use < a.used + 30000);
	nf_arena_done(&a);
	memcount_end();
	assert_int_equal(memory.in_use, 0);
}

static void loads(void **state)
{
	static const uint8_t p[] = { 0x81, 2, 3, 4, 5, 6, 7, 8, 9 };
	const struct nf_bytes b = { p, sizeof(p) };
	static const uint64_t unsigned_values[] = {
		0, 0x81, 0x8102, 0x810203, 0x81020304, 0x8102030405, 0x810203040506,
		0x81020304050607, 0x8102030405060708, 0x0203040506070809,
	};
	uint32_t v32 = 0;
	uint16_t v16 = 0;
	uint8_t v8 = 0;

	(void)state;
	for (size_t n = 0; n <= sizeof(p); n++)
		assert_true(nf_ben(p, n) == unsigned_values[n]);
	assert_true(nf_ben_signed(p, 0) == 0);
	assert_true(nf_ben_signed(p, 1) == -0x7f);
	assert_true(nf_ben_signed(p, 3) == -0x7efdfd);
	assert_true(nf_ben_signed(p + 1, 3) == 0x020304);
	assert_true(nf_ben_signed(p, 8) == (int64_t)unsigned_values[8]);
	assert_int_equal(nf_be24(p), 0x810203);
	assert_false(nf_ben_fits(p, 9));
	assert_true(nf_ben_fits((const uint8_t[]){ 0, 1, 2, 3, 4, 5, 6, 7, 8 }, 9));

	assert_true(nf_get8(b, 8, &v8));
	assert_int_equal(v8, 9);
	assert_false(nf_get8(b, 9, &v8));
	assert_true(nf_get16(b, 7, &v16));
	assert_int_equal(v16, 0x0809);
	assert_false(nf_get16(b, 8, &v16));
	assert_true(nf_get32(b, 5, &v32));
	assert_int_equal(v32, 0x06070809);
	assert_false(nf_get32(b, 6, &v32));
	assert_false(nf_get32(b, SIZE_MAX, &v32));
	assert_false(nf_has(b, 1, SIZE_MAX));
	assert_int_equal(nf_slice(b, 4, SIZE_MAX).n, 5);
	assert_int_equal(nf_slice(b, 100, 1).n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(allocator),
		cmocka_unit_test(growing),
		cmocka_unit_test(arena),
		cmocka_unit_test(large_and_small),
		cmocka_unit_test(loads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
