/* Popups: rows of their own and of the caller, the search, what is chosen, any size. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/canvascheck.h"
#include "lib/nomem.h"
#include "tui/popup.h"

static enum popup_got type(struct popup *p, const char *keys)
{
	enum popup_got got = POPUP_GOES_ON;
	struct key k;

	while (*keys != '\0') {
		assert_true(key_parse(&keys, &k));
		got = popup_key(p, &k);
	}
	return got;
}

static void add(struct popup *p, enum popup_kind kind, uint32_t key, const char *text)
{
	const struct popup_row row = {
		.look = kind == POPUP_TEXT ? LOOK_head : LOOK_text, .kind = (uint8_t)kind,
		.key = key, .indent = 2,
	};

	assert_true(popup_add(p, &row, text_of(text)));
}

/* A canvas of ROWS and COLS full of dots, and P on it. */
static void draw(struct canvas *c, struct popup *p, unsigned rows, unsigned cols)
{
	assert_true(canvas_size(c, rows, cols));
	for (unsigned row = 0; row < rows; row++)
		area_run(canvas_area(c), row, 0, cols, LOOK_text, '.');
	popup_draw(p, c);
}

static void menu(void **state)
{
	struct canvas c = { .ascii = true };
	struct popup p;

	(void)state;
	assert_true(popup_open(&p, "Copy", NULL, NULL, false));
	add(&p, POPUP_CHOICE, 'v', "the value");
	add(&p, POPUP_CHOICE, 'r', "the row");
	add(&p, POPUP_CHOICE, KEY_F4, "the command line");
	draw(&c, &p, 7, 32);
	assert_canvas(&c, "................................\n"
			  "....+- Copy ---------------+....\n"
			  "....| v   the value        |....\n"
			  "....| r   the row          |....\n"
			  "....| F4  the command line |....\n"
			  "....+----------------------+....\n"
			  "................................\n");
	assert_looks(&c, "1 ....hhhhhhhhhhhhhhhhhhhhhhhh\n"
			 "2 ....h.SSSSSSSSSSSSSSSSSSSS.h\n"
			 "3 ....h.h....................h\n"
			 "4 ....h.hh...................h\n"
			 "5 ....hhhhhhhhhhhhhhhhhhhhhhhh\n");
	assert_int_equal(type(&p, "j Enter"), POPUP_CHOSEN);
	assert_int_equal(popup_current(&p), 1);
	assert_int_equal(type(&p, "v"), POPUP_CHOSEN);
	assert_int_equal(popup_current(&p), 0);
	assert_int_equal(type(&p, "F4"), POPUP_CHOSEN);
	assert_int_equal(popup_current(&p), 2);
	assert_int_equal(type(&p, "x"), POPUP_GOES_ON);
	assert_int_equal(type(&p, "q"), POPUP_CLOSED);
	popup_close(&p);
	canvas_done(&c);
}

static void boxes(void **state)
{
	struct canvas c = { .ascii = true };
	struct popup p;

	(void)state;
	assert_true(popup_open(&p, "Columns", NULL, NULL, false));
	add(&p, POPUP_TEXT, 0, "flow");
	add(&p, POPUP_ON, 0, "bytes");
	add(&p, POPUP_OFF, 0, "packets");
	add(&p, POPUP_TEXT, 0, "counters");
	add(&p, POPUP_OFF, 0, "flags");
	assert_int_equal(popup_current(&p), 1);
	assert_int_equal(type(&p, "k"), POPUP_GOES_ON);
	assert_int_equal(popup_current(&p), 1);
	assert_int_equal(type(&p, "Space"), POPUP_TICKED);
	assert_int_equal(type(&p, "j j j Space"), POPUP_TICKED);
	assert_int_equal(popup_current(&p), 4);
	assert_false(popup_ticked(&p, 1));
	assert_true(popup_ticked(&p, 4));
	draw(&c, &p, 7, 20);
	assert_canvas(&c, "+- Columns --------+\n"
			  "| flow             |\n"
			  "| [ ] bytes        |\n"
			  "| [ ] packets      |\n"
			  "| counters         |\n"
			  "| [x] flags        |\n"
			  "+------------------+\n");
	/* in the search line a blank is a blank, and Enter leaves it */
	assert_int_equal(type(&p, "/ P A Space Enter"), POPUP_GOES_ON);
	assert_int_equal(popup_current(&p), 2);
	assert_int_equal(type(&p, "Space"), POPUP_TICKED);
	assert_true(popup_ticked(&p, 2));
	assert_int_equal(type(&p, "Esc"), POPUP_GOES_ON);
	assert_int_equal(type(&p, "G"), POPUP_GOES_ON);
	assert_int_equal(popup_current(&p), 4);
	assert_int_equal(type(&p, "g g"), POPUP_GOES_ON);
	assert_int_equal(popup_current(&p), 1);
	assert_int_equal(type(&p, "Enter"), POPUP_CHOSEN);
	popup_close(&p);
	canvas_done(&c);
}

static void text(void **state)
{
	struct canvas c = { .ascii = true };
	struct popup p;

	(void)state;
	assert_true(popup_open(&p, "A rule", NULL, NULL, false));
	popup_add_text(&p, LOOK_text, text_of("one two three four five six\n\nandonewordthatislonger\n"));
	add(&p, POPUP_TEXT, 0, "j  moves down by one line");
	draw(&c, &p, 12, 20);
	assert_canvas(&c, "....................\n"
			  "+- A rule ---------+\n"
			  "| one two three    |\n"
			  "| four five six    |\n"
			  "|                  |\n"
			  "| andonewordthatis |\n"
			  "| longer           |\n"
			  "| j  moves down by |\n"
			  "|   one line       |\n"
			  "+------------------+\n"
			  "....................\n"
			  "....................\n");
	assert_int_equal(popup_current(&p), SIZE_MAX);
	draw(&c, &p, 5, 20);
	type(&p, "j");
	draw(&c, &p, 5, 20);
	assert_canvas(&c, "+- A rule ---------+\n"
			  "| four five six    |\n"
			  "|                  |\n"
			  "| andonewordthatis |\n"
			  "+------------ 4/7 -+\n");
	type(&p, "Space Space Space");
	draw(&c, &p, 5, 20);
	assert_canvas(&c, "+- A rule ---------+\n"
			  "| longer           |\n"
			  "| j  moves down by |\n"
			  "|   one line       |\n"
			  "+------------ 7/7 -+\n");
	type(&p, "k PgUp Home");
	assert_int_equal(type(&p, "Enter"), POPUP_CLOSED);
	draw(&c, &p, 5, 60);
	assert_canvas(&c, "..............+- A rule --------------------+...............\n"
			  "..............| one two three four five six |...............\n"
			  "..............|                             |...............\n"
			  "..............| andonewordthatislonger      |...............\n"
			  "..............+----------------------- 3/4 -+...............\n");
	popup_close(&p);
	canvas_done(&c);
}

/* -- Rows of the caller ---------------------------------------------------------------- */

struct list {
	size_t n, ticked, asked;
};

static size_t list_rows(void *ctx)
{
	return ((struct list *)ctx)->n;
}

static void list_row(void *ctx, size_t n, struct nf_strbuf *s, struct popup_row *row)
{
	struct list *list = ctx;

	assert_true(n < list->n);
	list->asked++;
	nf_sb_printf(s, "Element %zu", n);
	if (n % 10 == 0)
		row->kind = POPUP_TEXT;
}

static const struct popup_ops list_ops = { .rows = list_rows, .row = list_row };

static void many(void **state)
{
	struct list list = { .n = 5000 };
	struct canvas c = { .ascii = true };
	struct popup p;

	(void)state;
	assert_true(popup_open(&p, "Elements", &list_ops, &list, true));
	draw(&c, &p, 8, 20);
	assert_canvas(&c, "+- Elements -------+\n"
			  "| Element 0        |\n"
			  "| Element 1        |\n"
			  "| Element 2        |\n"
			  "| Element 3        |\n"
			  "| Element 4        |\n"
			  "| /                |\n"
			  "+--------- 5/5000 -+\n");
	assert_true(c.cursor);
	assert_int_equal(c.cursor_row, 6);
	assert_int_equal(c.cursor_col, 3);
	/* drawing asks for what is shown alone */
	list.asked = 0;
	draw(&c, &p, 8, 20);
	assert_true(list.asked <= 10);
	assert_int_equal(type(&p, "4 9 9"), POPUP_GOES_ON);
	draw(&c, &p, 8, 20);
	assert_canvas(&c, "+- Elements -------+\n"
			  "| Element 499      |\n"
			  "| Element 1499     |\n"
			  "| Element 2499     |\n"
			  "| Element 3499     |\n"
			  "| Element 4499     |\n"
			  "| /499             |\n"
			  "+----------- 5/15 -+\n");
	assert_int_equal(type(&p, "Down Down Enter"), POPUP_CHOSEN);
	assert_int_equal(popup_current(&p), 2499);
	type(&p, "x");
	draw(&c, &p, 8, 20);
	assert_int_equal(popup_current(&p), SIZE_MAX);
	assert_int_equal(type(&p, "Esc"), POPUP_GOES_ON);
	assert_int_equal(type(&p, "g g"), POPUP_GOES_ON);
	assert_int_equal(popup_current(&p), 1);
	type(&p, "PgDn");
	assert_int_equal(popup_current(&p), 5);
	/* rows go away */
	popup_go(&p, 4999);
	assert_int_equal(popup_current(&p), 4999);
	list.n = 3;
	popup_changed(&p);
	assert_int_equal(popup_current(&p), 1);
	list.n = 0;
	popup_changed(&p);
	assert_int_equal(popup_current(&p), SIZE_MAX);
	assert_int_equal(type(&p, "j k G g g PgDn Space"), POPUP_GOES_ON);
	popup_close(&p);
	canvas_done(&c);
}

static void clicks(void **state)
{
	struct list list = { .n = 100 };
	struct canvas c = { 0 };
	struct key k = { .code = KEY_MOUSE, .row = 3, .col = 5 };
	struct popup p;

	(void)state;
	assert_true(popup_open(&p, "Elements", &list_ops, &list, false));
	draw(&c, &p, 10, 30);
	assert_int_equal(popup_key(&p, &k), POPUP_GOES_ON);
	assert_int_equal(popup_current(&p), 1);
	k.col = 12;
	popup_key(&p, &k);
	assert_int_equal(popup_current(&p), 2);
	k.button = MOUSE_DOUBLE;
	assert_int_equal(popup_key(&p, &k), POPUP_CHOSEN);
	k.button = MOUSE_DOWN;
	popup_key(&p, &k);
	assert_int_equal(popup_current(&p), 5);
	k.button = MOUSE_PRESS;
	k.row = 1000;
	popup_key(&p, &k);
	assert_int_equal(popup_current(&p), 5);
	popup_close(&p);
	canvas_done(&c);
}

/* Every size, with each kind of rows; the row that is chosen is always seen. */
static void sizes(void **state)
{
	struct list list = { .n = 40 };
	struct canvas c = { 0 };
	struct popup own, called;

	(void)state;
	assert_true(popup_open(&own, "A title that is long", NULL, NULL, false));
	for (unsigned i = 0; i < 6; i++)
		add(&own, i % 3 == 0 ? POPUP_TEXT : POPUP_OFF, i, "some words 日本語 to be wrapped");
	assert_true(popup_open(&called, "Elements", &list_ops, &list, false));
	for (unsigned i = 0; i < 14 * 30; i++) {
		assert_true(canvas_size(&c, i / 30, i % 30));
		type(&own, i % 2 == 0 ? "j j" : "k");
		popup_draw(&own, &c);
		type(&called, i % 7 == 0 ? "PgUp" : "j");
		popup_draw(&called, &c);
		if (c.rows > 0 && c.cols > 0) {
			struct nf_strbuf s;

			nf_strbuf_init(&s);
			canvas_print_looks(&c, &s);
			assert_non_null(strchr(nf_strbuf_cstr(&s), 'S'));
			nf_strbuf_done(&s);
		}
	}
	popup_close(&own);
	popup_close(&called);
	canvas_done(&c);
}

static void no_memory(void **state)
{
	bool failed = true;

	(void)state;
	for (long n = 0; failed; n++) {
		struct nomem memory = { .left = n };
		struct canvas c = { 0 };
		struct popup p;

		nomem_begin(&memory);
		popup_open(&p, "title", NULL, NULL, false);
		for (unsigned i = 0; i < 20; i++)
			popup_add(&p, &(struct popup_row){ .kind = POPUP_ON, .key = 'a' + i },
				  text_of("some words to be wrapped"));
		if (canvas_size(&c, 10, 20)) {
			popup_draw(&p, &c);
			type(&p, "G / w o Enter Space k");
			popup_draw(&p, &c);
		}
		popup_close(&p);
		canvas_done(&c);
		nomem_end(&memory);
		failed = memory.failed;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(menu),
		cmocka_unit_test(boxes),
		cmocka_unit_test(text),
		cmocka_unit_test(many),
		cmocka_unit_test(clicks),
		cmocka_unit_test(sizes),
		cmocka_unit_test(no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
