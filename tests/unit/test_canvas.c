/* The canvas: what becomes of text, what is cut where, lines and bars. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/canvascheck.h"
#include "lib/nomem.h"

/* TEXT in MAX columns: what stands there, in UTF-8 and in ASCII, and how many it took. */
static const struct {
	const char *text;
	unsigned max, took;
	const char *shown, *ascii;
} texts[] = {
	{ "", 10, 0, "", "" },
	{ "abc", 10, 3, "abc", "abc" },
	{ "abc", 3, 3, "abc", "abc" },
	{ "abcd", 3, 3, "ab…", "ab>" },
	{ "abcd", 1, 1, "…", ">" },
	{ "abcd", 0, 0, "", "" },
	{ "é", 10, 1, "é", "?" },
	{ "日本", 10, 4, "日本", "????" },
	{ "日本", 4, 4, "日本", "????" },
	{ "日本", 3, 3, "日…", "?" "?>" },
	{ "日本", 2, 2, " …", "?>" },
	{ "日本", 1, 1, "…", ">" },
	{ "a日b", 3, 3, "a …", "a?>" },
	{ "e\xcc\x81!", 10, 2, "e\xcc\x81!", "e!" },
	{ "日\xcc\x81!", 10, 3, "日\xcc\x81!", "?" "?!" },
	{ "e\xcc\x81\xcc\xa3!", 10, 2, "e\xcc\x81!", "e!" },	/* one of two */
	{ "\xcc\x81" "e", 10, 9, "\\xcc\\x81e", "\\xcc\\x81e" },
	/* what steers terminals, and what is hidden */
	{ "a\tb", 10, 6, "a\\x09b", "a\\x09b" },
	{ "\033[2J", 10, 7, "\\x1b[2J", "\\x1b[2J" },
	{ "\033[2J", 3, 3, "\\x…", "\\x>" },
	{ "\177", 10, 4, "\\x7f", "\\x7f" },
	{ "\xc2\x9b" "2J", 20, 10, "\\xc2\\x9b2J", "\\xc2\\x9b2J" },
	{ "\xe2\x80\xae" "x", 20, 13, "\\xe2\\x80\\xaex", "\\xe2\\x80\\xaex" },
	{ "x\xe2\x80\x8b" "y", 20, 14, "x\\xe2\\x80\\x8by", "x\\xe2\\x80\\x8by" },
	{ "x\xe2\x80\x8d" "y", 20, 14, "x\\xe2\\x80\\x8dy", "x\\xe2\\x80\\x8dy" },
	/* ill-formed UTF-8 */
	{ "\xff", 10, 4, "\\xff", "\\xff" },
	{ "a\xc3", 10, 5, "a\\xc3", "a\\xc3" },
	{ "\xc3(", 10, 5, "\\xc3(", "\\xc3(" },
	{ "\xed\xa0\x80", 20, 12, "\\xed\\xa0\\x80", "\\xed\\xa0\\x80" },
	{ "\xf4\x90\x80\x80", 20, 16, "\\xf4\\x90\\x80\\x80", "\\xf4\\x90\\x80\\x80" },
};

static void shown(const char *text, unsigned max, bool ascii, unsigned took, const char *wanted)
{
	struct canvas c = { .ascii = ascii };
	struct nf_strbuf rows;
	char line[80];

	nf_strbuf_init(&rows);
	assert_true(canvas_size(&c, 1, 40));
	assert_int_equal(area_str(canvas_area(&c), 0, 0, max, LOOK_note, text), took);
	canvas_print(&c, &rows);
	snprintf(line, sizeof(line), "%s\n", wanted);
	assert_string_equal(nf_strbuf_cstr(&rows), line);
	for (unsigned i = 0; i < c.cols; i++)
		assert_int_equal(c.cells[i].look, i < took ? LOOK_note : LOOK_text);
	nf_strbuf_done(&rows);
	canvas_done(&c);
}

static void text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct nf_bytes t = text_of(texts[i].text);
		size_t width = text_width(t);

		shown(texts[i].text, texts[i].max, false, texts[i].took, texts[i].shown);
		shown(texts[i].text, texts[i].max, true, texts[i].took, texts[i].ascii);
		/* where it was cut, it is wider */
		if (strstr(texts[i].shown, "…") != NULL || texts[i].max == 0)
			assert_true(width > texts[i].max);
		else
			assert_int_equal(width, texts[i].took);
		assert_true(text_width(nf_slice(t, 0, text_fit(t, texts[i].max))) <= texts[i].max);
		assert_int_equal(text_fit(t, width), t.n);
	}
}

/* Nothing outside of an area is drawn on, wherever it is said to stand. */
static void cut(void **state)
{
	static const unsigned places[] = { 0, 1, 2, 3, 4, 5, 6, 1000, UINT32_MAX };
	enum { PLACES = sizeof(places) / sizeof(places[0]) };
	struct canvas c = { 0 };
	struct area a;

	(void)state;
	assert_true(canvas_size(&c, 5, 6));
	for (size_t i = 0; i < PLACES * PLACES * PLACES; i++) {
		unsigned row = places[i % PLACES], col = places[i / PLACES % PLACES];
		unsigned n = places[i / PLACES / PLACES];

		canvas_clear(&c);
		a = area_in(canvas_area(&c), 1, 1, 3, 4);
		area_str(a, row, col, n, LOOK_note, "日本語日本語");
		area_text_right(a, row, col, n, LOOK_note, text_of("abc"));
		area_run(a, row, col, n, LOOK_note, '=');
		area_look(a, row, col, n, LOOK_error);
		area_bar(a, row, col, n, n, LOOK_bar);
		area_level(a, row, col, n, LOOK_bar);
		area_box(area_in(a, row, col, n, n), LOOK_faint, "title");
		area_fill(area_in(a, row, col, n, n), LOOK_good);
		for (unsigned cell = 0; cell < c.rows * c.cols; cell++)
			if (cell / 6 == 0 || cell / 6 == 4 || cell % 6 == 0 || cell % 6 == 5) {
				assert_int_equal(c.cells[cell].ch, ' ');
				assert_int_equal(c.cells[cell].look, LOOK_text);
			}
	}
	canvas_done(&c);
}

/* Half of a wide character is never left. */
static void halves(void **state)
{
	struct canvas c = { 0 };
	struct area a;

	(void)state;
	assert_true(canvas_size(&c, 3, 8));
	a = canvas_area(&c);
	for (unsigned row = 0; row < 3; row++)
		area_str(a, row, 0, 8, LOOK_text, "日本語日");
	area_str(a, 0, 1, 1, LOOK_text, "x");
	area_str(a, 1, 2, 1, LOOK_text, "x");
	area_str(a, 2, 1, 4, LOOK_text, "国国");
	assert_canvas(&c, " x本語日\n"
			  "日x 語日\n"
			  " 国国 日\n");
	canvas_done(&c);
}

static void right(void **state)
{
	struct canvas c = { 0 };
	struct area a;

	(void)state;
	assert_true(canvas_size(&c, 4, 10));
	a = canvas_area(&c);
	area_text_right(a, 0, 2, 6, LOOK_note, text_of("42"));
	area_text_right(a, 1, 2, 6, LOOK_note, text_of("1234567"));
	area_text_right(a, 2, 8, 6, LOOK_note, text_of("1"));
	area_text_right(a, 3, 2, 6, LOOK_note, text_of("日"));
	assert_canvas(&c, "      42\n"
			  "  12345…\n"
			  "         1\n"
			  "      日\n");
	assert_looks(&c, "0 ......oo\n1 ..oooooo\n2 .........o\n3 ......oo\n");
	canvas_done(&c);
}

static void boxes(void **state)
{
	struct canvas c = { 0 };
	struct area in;

	(void)state;
	assert_true(canvas_size(&c, 4, 12));
	in = area_box(canvas_area(&c), LOOK_faint, "Help");
	area_fill(in, LOOK_text);
	area_str(in, 1, 0, 20, LOOK_text, "0123456789abc");
	assert_canvas(&c, "┌─ Help ───┐\n"
			  "│          │\n"
			  "│012345678…│\n"
			  "└──────────┘\n");
	canvas_clear(&c);
	c.ascii = true;
	in = area_box(canvas_area(&c), LOOK_faint, "A long title");
	assert_int_equal(in.rows, 2);
	assert_int_equal(in.cols, 10);
	assert_canvas(&c, "+- A lon> -+\n"
			  "|          |\n"
			  "|          |\n"
			  "+----------+\n");
	in = area_box(area_in(canvas_area(&c), 0, 0, 1, 5), LOOK_faint, NULL);
	assert_int_equal(in.rows, 0);
	canvas_done(&c);
}

static void bars(void **state)
{
	struct canvas c = { 0 };
	struct area a;

	(void)state;
	assert_true(canvas_size(&c, 2, 12));
	a = canvas_area(&c);
	area_bar(a, 0, 0, 4, 19, LOOK_bar);
	area_bar(a, 0, 5, 3, 1000, LOOK_bar);
	for (unsigned i = 0; i < 9; i++)
		area_level(a, 1, i, i, LOOK_bar);
	assert_canvas(&c, "██▍  ███\n"
			  " ▁▂▃▄▅▆▇█\n");
	canvas_clear(&c);
	c.ascii = true;
	area_bar(a, 0, 0, 4, 20, LOOK_bar);
	area_bar(a, 0, 5, 3, 17, LOOK_bar);
	for (unsigned i = 0; i < 9; i++)
		area_level(a, 1, i, i, LOOK_bar);
	assert_canvas(&c, "##-  ##\n"
			  " .:-=+*#@\n");
	canvas_done(&c);
}

/* Any size; without memory it stays as it was. */
static void sizes(void **state)
{
	struct nomem memory = { .left = 1 };
	struct canvas c = { 0 };

	(void)state;
	nomem_begin(&memory);
	assert_true(canvas_size(&c, 2, 3));
	memory.left = 0;
	assert_false(canvas_size(&c, 4, 5));
	assert_int_equal(c.rows, 2);
	assert_int_equal(c.cols, 3);
	assert_false(canvas_size(&c, UINT32_MAX, UINT32_MAX));
	assert_true(canvas_size(&c, 0, 5));
	assert_int_equal(area_str(canvas_area(&c), 0, 0, 5, LOOK_text, "x"), 0);
	area_box(canvas_area(&c), LOOK_text, "x");
	assert_canvas(&c, "");
	assert_true(canvas_size(&c, 1, 1));
	area_str(canvas_area(&c), 0, 0, 5, LOOK_text, "xy");
	assert_canvas(&c, "…\n");
	canvas_done(&c);
	nomem_end(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text),
		cmocka_unit_test(cut),
		cmocka_unit_test(halves),
		cmocka_unit_test(right),
		cmocka_unit_test(boxes),
		cmocka_unit_test(bars),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
