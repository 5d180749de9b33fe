/* The edited line: keys in, text and cursor out. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/canvascheck.h"
#include "lib/nomem.h"
#include "tui/edit.h"

/* Of the last word: bytes, bits, bps; "é" has two that differ in their last octet. */
static void complete(void *ctx, const char *text, size_t at, size_t *from,
		     void (*found)(void *to, const char *word), void *to)
{
	static const char *const words[] = { "bytes", "bits", "bps", "packets", "église", "été" };

	(void)ctx;
	while (*from > 0 && text[*from - 1] != ' ')
		(*from)--;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strncmp(words[i], text + *from, at - *from) == 0)
			found(to, words[i]);
}

static const struct edit_ops ops = { .complete = complete };

static const struct {
	const char *begin, *keys, *end;		/* | is the cursor */
	enum edit_got got;
} rows[] = {
	{ "", "a b", "ab|", EDIT_GOES_ON },
	{ "ab", "Left x", "ax|b", EDIT_GOES_ON },
	{ "ab", "Home x C-e y", "xaby|", EDIT_GOES_ON },
	{ "ab", "C-a Right x End y", "axby|", EDIT_GOES_ON },
	{ "ab", "C-a Left Left", "|ab", EDIT_GOES_ON },
	{ "ab", "Right Right x", "abx|", EDIT_GOES_ON },
	{ "ab", "Backspace Backspace Backspace", "|", EDIT_GOES_ON },
	{ "aéb", "Left Backspace", "a|b", EDIT_GOES_ON },
	{ "aéb", "Left Left Delete", "a|b", EDIT_GOES_ON },
	{ "ab", "Delete", "ab|", EDIT_GOES_ON },
	{ "e\xcc\x81x", "Left Left y", "y|e\xcc\x81x", EDIT_GOES_ON },
	{ "xe\xcc\x81", "Backspace", "x|", EDIT_GOES_ON },
	{ "日本", "Left 語", "日語|本", EDIT_GOES_ON },
	{ "one two  three", "C-w", "one two  |", EDIT_GOES_ON },
	{ "one two  three", "C-w C-w", "one |", EDIT_GOES_ON },
	{ "one two", "Left C-w", "one |o", EDIT_GOES_ON },
	{ "one", "C-w C-w C-w", "|", EDIT_GOES_ON },
	{ "one two", "Left Left C-u", "|wo", EDIT_GOES_ON },
	{ "one two", "Left Left C-k", "one t|", EDIT_GOES_ON },
	{ "", "Space ! C-w", " |", EDIT_GOES_ON },
	{ "ab", "Enter", "ab|", EDIT_ENTERED },
	{ "ab", "Esc", "ab|", EDIT_CANCELLED },
	{ "ab", "C-c", "ab|", EDIT_CANCELLED },
	{ "ab", "C-r", "ab|", EDIT_CHOOSES },
	{ "ab", "F1", "ab|", EDIT_NOT_MINE },
	{ "ab", "C-d", "ab|", EDIT_NOT_MINE },
	{ "ab", "Resize", "ab|", EDIT_NOT_MINE },
	/* what is no text is not begun with */
	{ "ab\xff" "cd", "x", "abx|", EDIT_GOES_ON },
	/* history: "last", "first" */
	{ "new", "Up", "last|", EDIT_GOES_ON },
	{ "new", "Up Up", "first|", EDIT_GOES_ON },
	{ "new", "Up Up Up", "first|", EDIT_GOES_ON },
	{ "new", "C-p C-p C-n", "last|", EDIT_GOES_ON },
	{ "new", "Left Up x Down", "new|", EDIT_GOES_ON },
	{ "new", "Down x", "newx|", EDIT_GOES_ON },
	/* completion */
	{ "", "p Tab", "packets|", EDIT_GOES_ON },
	{ "x p", "Tab Tab", "x packets|", EDIT_GOES_ON },
	{ "by", "Tab", "bytes|", EDIT_GOES_ON },
	{ "b", "Tab", "bytes|", EDIT_GOES_ON },
	{ "b", "Tab Tab", "bits|", EDIT_GOES_ON },
	{ "b", "Tab Tab Tab Tab", "bytes|", EDIT_GOES_ON },
	{ "b", "S-Tab", "bps|", EDIT_GOES_ON },
	{ "b", "Tab S-Tab", "bps|", EDIT_GOES_ON },
	{ "b z", "Left Left Tab", "bytes| z", EDIT_GOES_ON },
	{ "b", "Tab Space p Tab", "bytes packets|", EDIT_GOES_ON },
	{ "q", "Tab", "q|", EDIT_GOES_ON },
	{ "é", "Tab", "église|", EDIT_GOES_ON },
	{ "x ", "é Backspace Tab", "x bytes|", EDIT_GOES_ON },
};

static void type(struct edit *e, const char *keys, enum edit_got *got)
{
	struct key k;

	while (*keys != '\0') {
		assert_true(key_parse(&keys, &k));
		*got = edit_key(e, &k);
	}
}

static void keys(void **state)
{
	struct edit_history history = { 0 };

	(void)state;
	edit_remember(&history, "first");
	edit_remember(&history, "last");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum edit_got got = EDIT_NOT_MINE;
		char text[100];
		struct edit e;

		assert_true(edit_open(&e, rows[i].begin, &history, &ops, NULL));
		type(&e, rows[i].keys, &got);
		snprintf(text, sizeof(text), "%.*s|%s", (int)e.at, edit_text(&e), edit_text(&e) + e.at);
		assert_string_equal(text, rows[i].end);
		assert_int_equal(got, rows[i].got);
		edit_close(&e);
	}
	edit_history_done(&history);
}

static void history_is_bounded(void **state)
{
	struct edit_history h = { 0 };
	char text[20];

	(void)state;
	edit_remember(&h, "");
	assert_int_equal(h.n, 0);
	for (unsigned i = 0; i < 3 * EDIT_HISTORY; i++) {
		snprintf(text, sizeof(text), "%u", i);
		edit_remember(&h, text);
	}
	assert_int_equal(h.n, EDIT_HISTORY);
	assert_string_equal(h.v[0], "191");
	edit_remember(&h, "180");
	edit_remember(&h, "180");
	assert_int_equal(h.n, EDIT_HISTORY);
	assert_string_equal(h.v[0], "180");
	assert_string_equal(h.v[1], "191");
	assert_string_equal(h.v[12], "179");
	edit_history_done(&h);
	assert_int_equal(h.n, 0);
}

static void text_is_bounded(void **state)
{
	struct edit e;

	(void)state;
	assert_true(edit_open(&e, "", NULL, NULL, NULL));
	for (unsigned i = 0; i < 2 * EDIT_MAX; i++)
		edit_key(&e, &(struct key){ .code = 0xe9 });
	assert_int_equal(e.text.n, EDIT_MAX);
	edit_key(&e, &(struct key){ .code = KEY_TAB });
	edit_close(&e);
}

/* TEXT with KEYS typed, in 4 rows of 12 columns. */
static void drawn(const char *text, const char *keys, const char *shown, unsigned cursor)
{
	enum edit_got got;
	struct canvas c = { 0 };
	struct edit e;

	assert_true(canvas_size(&c, 4, 12));
	assert_true(edit_open(&e, text, NULL, &ops, NULL));
	edit_draw(&e, canvas_area(&c), "f: ", LOOK_prompt);
	type(&e, keys, &got);
	edit_draw(&e, canvas_area(&c), "f: ", LOOK_prompt);
	assert_canvas(&c, shown);
	assert_true(c.cursor);
	assert_int_equal(c.cursor_row, 0);
	assert_int_equal(c.cursor_col, cursor);
	edit_close(&e);
	canvas_done(&c);
}

static void drawing(void **state)
{
	(void)state;
	drawn("", "", "f:\n\n\n\n", 3);
	drawn("abc", "", "f: abc\n\n\n\n", 6);
	drawn("12345678", "", "f: 12345678\n\n\n\n", 11);
	drawn("123456789", "", "f: 23456789\n\n\n\n", 11);
	drawn("123456789abc", "C-a", "f: 123456789\n\n\n\n", 3);
	drawn("123456789abc", "Left Left Left Left Left Left Left Left", "f: 56789abc\n\n\n\n", 3);
	drawn("123456789abc", "Left Left Left Left Left Left Left Left Left",
	      "f: 456789abc\n\n\n\n", 3);
	drawn("123456789abc", "C-w x", "f: x\n\n\n\n", 4);
	drawn("日本語日本", "", "f: 本語日本\n\n\n\n", 11);
	drawn("b", "Tab Tab", "f: bits\nbytes  bits\nbps\n\n", 7);
	drawn("b", "Tab Tab x", "f: bitsx\n\n\n\n", 8);
}

static void small(void **state)
{
	struct canvas c = { 0 };
	struct edit e;

	(void)state;
	assert_true(edit_open(&e, "some text", NULL, &ops, NULL));
	edit_key(&e, &(struct key){ .code = ' ' });
	edit_key(&e, &(struct key){ .code = KEY_TAB });
	for (unsigned i = 0; i < 25; i++) {
		assert_true(canvas_size(&c, i / 5, i % 5));
		edit_draw(&e, canvas_area(&c), "label", LOOK_prompt);
		assert_true(!c.cursor || (c.cursor_row < c.rows && c.cursor_col < c.cols));
	}
	/* the one that is gone through stays in sight */
	for (unsigned i = 0; i < 5; i++)
		edit_key(&e, &(struct key){ .code = KEY_TAB });
	assert_true(canvas_size(&c, 2, 20));
	edit_draw(&e, canvas_area(&c), "", LOOK_prompt);
	assert_canvas(&c, "some text été\npackets  église  été\n");
	assert_looks(&c, "0 pppppppppppppppppppp\n1 .................SSS\n");
	edit_close(&e);
	canvas_done(&c);
}

/* Wherever memory runs out, what there was is kept. */
static void no_memory(void **state)
{
	bool failed = true;

	(void)state;
	for (long n = 0; failed; n++) {
		struct nomem memory = { .left = n };
		struct edit_history h = { 0 };
		enum edit_got got;
		struct edit e;

		nomem_begin(&memory);
		edit_remember(&h, "one");
		edit_open(&e, "text b", &h, &ops, NULL);
		type(&e, "Up Down Space b Tab Tab x", &got);
		edit_text(&e);
		edit_close(&e);
		edit_history_done(&h);
		nomem_end(&memory);
		failed = memory.failed;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys),
		cmocka_unit_test(history_is_bounded),
		cmocka_unit_test(text_is_bounded),
		cmocka_unit_test(drawing),
		cmocka_unit_test(small),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
