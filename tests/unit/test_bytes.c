/* The pane of octets: rows of any width, the span, the cursor, what is found. */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/canvascheck.h"
#include "tui/bytes.h"

static uint8_t octets[70000];

/* 0 1 2 ... with a text in it. */
static struct nf_bytes some(size_t n)
{
	for (size_t i = 0; i < n; i++)
		octets[i] = (uint8_t)i;
	if (n > 30)
		memcpy(octets + 21, "NetFlow", 7);
	return (struct nf_bytes){ octets, n };
}

static void type(struct bytes *b, const char *keys)
{
	struct key k;

	while (*keys != '\0') {
		assert_true(key_parse(&keys, &k));
		assert_true(bytes_key(b, &k));
	}
}

static void drawn(struct bytes *b, unsigned rows, unsigned cols, const char *shown,
		  const char *looks)
{
	struct canvas c = { 0 };

	assert_true(canvas_size(&c, rows, cols));
	bytes_draw(b, canvas_area(&c), true);
	assert_canvas(&c, shown);
	if (looks != NULL)
		assert_looks(&c, looks);
	canvas_done(&c);
}

static void widths(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	bytes_set(&b, some(35));
	drawn(&b, 4, 73,
	      "0000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  ........ ........\n"
	      "0010  10 11 12 13 14 4e 65 74  46 6c 6f 77 1c 1d 1e 1f  .....Net Flow....\n"
	      "0020  20 21 22                                           !\"\n"
	      "\n", NULL);
	drawn(&b, 2, 72,
	      "0000  00 01 02 03 04 05 06 07  ........\n"
	      "0008  08 09 0a 0b 0c 0d 0e 0f  ........\n", NULL);
	drawn(&b, 2, 20,
	      "0000  00 01 02 03 04\n"
	      "0008  08 09 0a 0b 0c\n", NULL);
	drawn(&b, 2, 200,
	      "0000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  10 11 12 13 14 4e 65 74  "
	      "46 6c 6f 77 1c 1d 1e 1f  ........ ........ .....Net Flow....\n"
	      "0020  20 21 22                                                                   "
	      "                          !\"\n", NULL);
	bytes_set(&b, some(65537));
	type(&b, "G");
	drawn(&b, 2, 80,
	      "0fff0  f0 f1 f2 f3 f4 f5 f6 f7  f8 f9 fa fb fc fd fe ff  ........ ........\n"
	      "10000  00                                                .\n", NULL);
	bytes_set(&b, (struct nf_bytes){ 0 });
	drawn(&b, 2, 80, "\n\n", NULL);
	type(&b, "j k h l G g g PgDn PgUp 0 $");
	assert_int_equal(bytes_at(&b), 0);
}

/* From the middle octet of 100, 16 a row, 3 rows: where the cursor is after KEYS. */
static const struct { const char *keys; size_t at; } moves[] = {
	{ "h", 49 }, { "l", 51 }, { "k", 34 }, { "j", 66 }, { "Left Up", 33 }, { "Right Down", 67 },
	{ "0", 48 }, { "$", 63 }, { "Home", 48 }, { "End", 63 }, { "G", 99 }, { "g g", 0 },
	{ "g k g", 34 }, { "k k k k k k", 2 }, { "j j j j", 98 }, { "G j l", 99 }, { "G $", 99 },
	{ "g g h k", 0 }, { "PgDn", 82 }, { "PgUp", 18 }, { "C-f", 82 }, { "C-b", 18 },
	{ "PgDn PgDn PgDn", 99 }, { "PgUp PgUp PgUp", 2 }, { "C-d", 82 }, { "C-u", 18 }, { "Space", 82 },
};

static void keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
		struct canvas c = { 0 };
		struct bytes b = { 0 };

		assert_true(canvas_size(&c, 3, 80));
		bytes_set(&b, some(100));
		bytes_draw(&b, canvas_area(&c), true);
		bytes_go(&b, 50);
		type(&b, moves[i].keys);
		assert_int_equal(bytes_at(&b), moves[i].at);
		/* and it is seen */
		bytes_draw(&b, canvas_area(&c), true);
		assert_true(b.at / 16 >= b.top && b.at / 16 < b.top + 3);
		canvas_done(&c);
	}
	assert_false(bytes_key(&(struct bytes){ 0 }, &(struct key){ .code = KEY_TAB }));
}

static void spans(void **state)
{
	struct bytes b = { 0 };

	(void)state;
	bytes_set(&b, some(200));
	drawn(&b, 2, 80, "0000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  ........ ........\n"
			 "0010  10 11 12 13 14 4e 65 74  46 6c 6f 77 1c 1d 1e 1f  .....Net Flow....\n",
	      "0 ----..CC................................................C-------.--------\n"
	      "1 ----....................................................-----........----\n");
	bytes_mark(&b, nf_span_of(14, 4));
	assert_int_equal(bytes_at(&b), 14);
	drawn(&b, 2, 80, "0000  00 01 02 03 04 05 06 07  08 09 0a 0b 0c 0d 0e 0f  ........ ........\n"
			 "0010  10 11 12 13 14 4e 65 74  46 6c 6f 77 1c 1d 1e 1f  .....Net Flow....\n",
	      "0 ----.............................................CCmmm..--------.------Cm\n"
	      "1 ----..mmmmm.............................................mm---........----\n");
	/* all of it is seen if it can be, and its beginning if not */
	bytes_mark(&b, nf_span_of(46, 4));
	drawn(&b, 2, 80, "0020  20 21 22 23 24 25 26 27  28 29 2a 2b 2c 2d 2e 2f   !\"#$%&' ()*+,-./\n"
			 "0030  30 31 32 33 34 35 36 37  38 39 3a 3b 3c 3d 3e 3f  01234567 89:;<=>?\n", NULL);
	bytes_mark(&b, nf_span_of(100, 80));
	assert_int_equal(b.top, 6);
	/* beyond the end */
	bytes_mark(&b, nf_span_of(199, 80));
	assert_int_equal(b.mark.len, 1);
	bytes_mark(&b, nf_span_of(1000, 80));
	assert_int_equal(b.mark.len, 0);
	assert_int_equal(bytes_at(&b), 199);
	/* what an octet belongs to leaves the cursor where it is */
	bytes_go(&b, 12);
	bytes_mark_around(&b, nf_span_of(8, 8));
	assert_int_equal(bytes_at(&b), 12);
	/* another width: the cursor stays in sight */
	drawn(&b, 1, 40, "0008  08 09 0a 0b 0c 0d 0e 0f  ........\n",
	      "0 ----..mmmmmmmmmmmmCCmmmmmmmmm..mmmmCmmm\n");
}

static const struct { const char *text, *hex; } patterns[] = {
	{ "0a0b", "0a0b" }, { "0A 0b", "0a0b" }, { "0x0a 0x0b", "0a0b" }, { "0x0a0b", "0a0b" },
	{ "0a:0b-0c", "0a0b0c" }, { "\"ab\"", "6162" }, { "\"0a\"", "3061" },
	{ "", "" }, { "a", "" }, { "0a0", "" }, { "0x", "" }, { "0a zz", "" }, { "\"a", "" },
	{ "\"", "" }, { "\"\"", "" }, { "a b", "" },
};

static void finds(void **state)
{
	uint8_t p[BYTES_PATTERN];
	char text[2 * BYTES_PATTERN + 10];
	struct bytes b = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		struct nf_strbuf s;

		nf_strbuf_init(&s);
		nf_sb_hex(&s, p, bytes_pattern(patterns[i].text, p));
		assert_string_equal(nf_strbuf_cstr(&s), patterns[i].hex);
		nf_strbuf_done(&s);
	}
	memset(text, 'a', sizeof(text));
	text[2 * BYTES_PATTERN] = '\0';
	assert_int_equal(bytes_pattern(text, p), BYTES_PATTERN);
	memcpy(text + 2 * BYTES_PATTERN, "aa", 3);
	assert_int_equal(bytes_pattern(text, p), 0);

	bytes_set(&b, some(600));
	assert_true(bytes_find(&b, (struct nf_bytes){ (const uint8_t *)"\x20\x21", 2 }, false));
	assert_int_equal(bytes_at(&b), 32);
	assert_int_equal(b.mark.off, 32);
	assert_int_equal(b.mark.len, 2);
	assert_true(bytes_find(&b, (struct nf_bytes){ (const uint8_t *)"\x20\x21", 2 }, false));
	assert_int_equal(bytes_at(&b), 256 + 32);
	assert_true(bytes_find(&b, (struct nf_bytes){ (const uint8_t *)"\x20\x21", 2 }, false));
	assert_int_equal(bytes_at(&b), 512 + 32);
	assert_true(bytes_find(&b, (struct nf_bytes){ (const uint8_t *)"\x20\x21", 2 }, false));
	assert_int_equal(bytes_at(&b), 32);
	assert_true(bytes_find(&b, (struct nf_bytes){ (const uint8_t *)"\x20\x21", 2 }, true));
	assert_int_equal(bytes_at(&b), 512 + 32);
	assert_true(bytes_find(&b, text_of("NetFlow"), true));
	assert_int_equal(bytes_at(&b), 21);
	assert_true(bytes_find(&b, text_of("NetFlow"), true));
	assert_int_equal(bytes_at(&b), 21);
	bytes_go(&b, 599);
	assert_true(bytes_find(&b, text_of("NetFlow"), false));
	assert_int_equal(bytes_at(&b), 21);
	bytes_go(&b, 599);
	assert_true(bytes_find(&b, (struct nf_bytes){ octets + 598, 2 }, true));
	assert_int_equal(bytes_at(&b), 598);
	bytes_go(&b, 0);
	assert_true(bytes_find(&b, (struct nf_bytes){ octets, 2 }, false));
	assert_int_equal(bytes_at(&b), 256);
	assert_false(bytes_find(&b, text_of("netflow"), false));
	assert_false(bytes_find(&b, (struct nf_bytes){ octets, 0 }, false));
	bytes_set(&b, some(2));
	assert_false(bytes_find(&b, text_of("abc"), false));
	assert_true(bytes_find(&b, (struct nf_bytes){ octets, 2 }, false));
}

static void clicks(void **state)
{
	struct key k = { .code = KEY_MOUSE, .row = 1, .col = 6 };
	struct canvas c = { 0 };
	struct bytes b = { 0 };

	(void)state;
	assert_true(canvas_size(&c, 3, 80));
	bytes_set(&b, some(100));
	bytes_draw(&b, canvas_area(&c), true);
	assert_true(bytes_key(&b, &k));
	assert_int_equal(bytes_at(&b), 16);
	k.col = 56 + 9;			/* the text of the ninth */
	bytes_key(&b, &k);
	assert_int_equal(bytes_at(&b), 24);
	k.col = 30;			/* a gap */
	bytes_key(&b, &k);
	assert_int_equal(bytes_at(&b), 24);
	k.row = 50;
	k.col = 6;
	bytes_key(&b, &k);
	assert_int_equal(bytes_at(&b), 24);
	k.button = MOUSE_DOWN;
	bytes_key(&b, &k);
	assert_int_equal(bytes_at(&b), 72);
	canvas_done(&c);
}

static void sizes(void **state)
{
	struct canvas c = { 0 };
	struct bytes b = { 0 };

	(void)state;
	bytes_set(&b, some(1000));
	for (unsigned i = 0; i < 6 * 150; i++) {
		assert_true(canvas_size(&c, i % 6, i / 6));
		bytes_draw(&b, canvas_area(&c), true);
		bytes_go(&b, i * 7 % 1000);
		bytes_draw(&b, canvas_area(&c), true);
		assert_true(c.rows == 0 || (b.at / b.per_row >= b.top &&
					    b.at / b.per_row < b.top + c.rows));
	}
	canvas_done(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(widths),
		cmocka_unit_test(keys),
		cmocka_unit_test(spans),
		cmocka_unit_test(finds),
		cmocka_unit_test(clicks),
		cmocka_unit_test(sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
