/* The terminal that reads a script: what it types, when, and what it prints. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "tui/term.h"

static void opened(struct term *t, const char *script, FILE *out)
{
	const struct term_opts opts = { .script = script, .out = out, .rows = 2, .cols = 10 };
	struct nf_err err;

	assert_int_equal(term_open(t, &term_script, &opts, &err), 0);
}

static void key_is(struct term *t, int wait_ms, uint32_t code)
{
	struct key k;

	assert_true(term_key(t, &k, wait_ms));
	assert_int_equal(k.code, code);
}

static void keys(void **state)
{
	static const uint32_t codes[] = { 'j', 4, KEY_PGDN, '#', 'a', ' ', '"', 0xe9, 's', 'x' };
	struct term t;
	struct key k;

	(void)state;
	opened(&t, "# a comment\n"
		   "\n"
		   "  j C-d\tPgDn  \n"
		   "#\n"
		   "type \"a \"é\"\n"
		   "s x \n"
		   "mouse double 3 10\n"
		   "size 5x70", NULL);
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
		key_is(&t, (int)i % 3 - 1, codes[i]);
	assert_true(term_key(&t, &k, 0));
	assert_int_equal(k.code, KEY_MOUSE);
	assert_int_equal(k.button, MOUSE_DOUBLE);
	assert_int_equal(k.row, 3);
	assert_int_equal(k.col, 10);
	assert_int_equal(t.rows, 2);
	key_is(&t, 0, KEY_RESIZE);
	assert_int_equal(t.rows, 5);
	assert_int_equal(t.cols, 70);
	key_is(&t, 0, KEY_HANGUP);
	key_is(&t, -1, KEY_HANGUP);
	term_close(&t);
}

/* After `wait` a key comes only when there is nothing else to do. */
static void waits(void **state)
{
	struct term t;
	struct key k;

	(void)state;
	opened(&t, "j\nwait\nk\nwait\nwait", NULL);
	key_is(&t, 0, 'j');
	for (int i = 0; i < 5; i++) {
		assert_false(term_key(&t, &k, 0));
		assert_int_equal(k.code, KEY_NONE);
	}
	key_is(&t, -1, 'k');
	assert_false(term_key(&t, &k, 0));
	key_is(&t, 100, KEY_HANGUP);
	term_close(&t);
}

static void screens(void **state)
{
	struct canvas c = { 0 };
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);
	struct term t;

	(void)state;
	opened(&t, "screen nothing yet\nj\nscreen one\nk\nscreen+ two", out);
	assert_true(canvas_size(&c, t.rows, t.cols));
	key_is(&t, -1, 'j');
	area_str(canvas_area(&c), 0, 1, 9, LOOK_error, "é!");
	term_show(&t, &c);
	term_bell(&t);
	term_copy(&t, (struct nf_bytes){ (const uint8_t *)"a\033b", 3 });
	key_is(&t, -1, 'k');
	c.cursor = true;
	c.cursor_row = 1;
	c.cursor_col = 4;
	term_show(&t, &c);
	key_is(&t, -1, KEY_HANGUP);
	term_suspend(&t);
	term_redraw(&t);
	term_close(&t);
	fclose(out);
	assert_string_equal(text, "-- nothing yet\n"
				  "-- bell\n"
				  "-- copy a\\x1bb\n"
				  "-- one\n"
				  " é!\n"
				  "\n"
				  "-- two\n"
				  " é!\n"
				  "\n"
				  "-- cursor 1 4\n"
				  "-- looks\n"
				  "0 .ee\n"
				  "-- suspend\n"
				  "-- redraw\n");
	free(text);
	canvas_done(&c);
}

/* What is wrong is found before anything happens. */
static void wrong(void **state)
{
	static const char *const scripts[] = {
		"nokey", "j nokey", "size 5", "size 5x", "size x5", "size 5x70 ,", "size 5x70000",
		"size -1x5", "size", "wait 5", "screen", "screen+", "type", "type a", "type \"a", "type \"",
		"type \"\"", "type \"\xff\"", "mouse", "mouse press", "mouse press 1", "mouse drag 1 2",
		"mouse press 1 2 3", "wait x", "C-i", "\xff",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		char script[100];
		const struct term_opts opts = { .script = script };
		struct nf_err err = { 0 };
		struct term t;

		snprintf(script, sizeof(script), "# one\nj k\n%s\nj\n", scripts[i]);
		assert_int_equal(term_open(&t, &term_script, &opts, &err), -1);
		assert_int_equal(err.kind, NF_ERR_USAGE);
		assert_non_null(strstr(err.text, "line 3 "));
	}
}

static void no_memory(void **state)
{
	const struct term_opts opts = { .script = "j" };
	struct nomem memory = { .left = 0 };
	struct nf_err err;
	struct term t;

	(void)state;
	nomem_begin(&memory);
	assert_int_equal(term_open(&t, &term_script, &opts, &err), -1);
	nomem_end(&memory);
	assert_int_equal(err.kind, NF_ERR_ENV);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
		cmocka_unit_test(waits),
		cmocka_unit_test(screens),
		cmocka_unit_test(wrong),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
