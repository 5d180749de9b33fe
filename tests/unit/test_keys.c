/* Keys: every one has one name, and the name is read back. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tui/keys.h"

static void both_ways(void **state)
{
	struct nf_strbuf s;
	unsigned named = 0;

	(void)state;
	nf_strbuf_init(&s);
	for (uint32_t code = 0; code <= KEY_END_OF_NAMES; code++) {
		const char *at;
		struct key k;

		nf_strbuf_clear(&s);
		key_put(&s, code);
		if (s.n == 0)
			continue;
		named++;
		at = nf_strbuf_cstr(&s);
		assert_true(key_parse(&at, &k));
		assert_int_equal(k.code, code);
		assert_int_equal(*at, '\0');
	}
	/* Unicode without C0, DEL, C1 and surrogates; controls that are keys of their own; names */
	assert_int_equal(named, 0x110000 - 0x20 - 0x21 - 0x800 +
				31 - 5 + (KEY_END_OF_NAMES - KEY_NONE - 1));
	nf_strbuf_done(&s);
}

static const struct { const char *text; uint32_t code; } good[] = {
	{ "j", 'j' }, { "G", 'G' }, { "Space", ' ' }, { "#", '#' }, { "é", 0xe9 }, { "日", 0x65e5 },
	{ "C-a", 1 }, { "C-z", 26 }, { "C-]", 29 }, { "C", 'C' }, { "-", '-' },
	{ "Up", KEY_UP }, { "S-Tab", KEY_BACKTAB }, { "F10", KEY_F10 }, { "Esc", KEY_ESC },
	{ "PgDn", KEY_PGDN }, { "Hangup", KEY_HANGUP },
};

static const char *const bad[] = {
	"", "up", "UP", "F13", "F0", "C-", "C-A", "C-i", "C-j", "C-m", "C-h", "C-[", "C-1", "C-ab",
	"jk", "\033", "\xff", "\xc3", "\xc2\x9b", "Spaces",
};

static void texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		const char *at = good[i].text;
		struct key k;

		assert_true(key_parse(&at, &k));
		assert_int_equal(k.code, good[i].code);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		const char *at = bad[i];
		struct key k;

		assert_false(key_parse(&at, &k));
		assert_ptr_equal(at, bad[i]);
	}
}

static void several(void **state)
{
	const char *at = "g  g\tC-d\nEnter ";
	static const uint32_t codes[] = { 'g', 'g', 4, KEY_ENTER };
	struct key k;

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		assert_true(key_parse(&at, &k));
		assert_int_equal(k.code, codes[i]);
	}
	assert_int_equal(*at, '\0');
	assert_false(key_parse(&at, &k));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(texts),
		cmocka_unit_test(several),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
