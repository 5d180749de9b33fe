/* Any keys, texts and sizes on all widgets at once: nothing that steers reaches the canvas. */
#include <config.h>

#include <stdlib.h>
#include <string.h>

#include "lib/canvascheck.h"
#include "tui/bytes.h"
#include "tui/edit.h"
#include "tui/popup.h"

enum { STEPS = 50000, OCTETS = 3000 };

static uint64_t seed = 1;

/* Below N, the same in every run (xorshift). */
static unsigned chance(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed >> 33) % n;
}

static struct nf_bytes noise(unsigned most)
{
	static uint8_t octets[OCTETS];
	size_t n = chance(most);

	for (size_t i = 0; i < n; i++)
		octets[i] = (uint8_t)chance(256);
	return (struct nf_bytes){ octets, n };
}

static size_t rows(void *ctx)
{
	return *(size_t *)ctx;
}

static void row(void *ctx, size_t n, struct nf_strbuf *s, struct popup_row *row)
{
	struct nf_bytes text = noise(60);

	(void)ctx;
	nf_sb_mem(s, text.p, text.n);
	row->kind = (uint8_t)(n * 7 % 4);
	row->key = n % 5 == 0 ? 'a' + (uint32_t)n % 26 : 0;
}

static const struct popup_ops popup_ops = { .rows = rows, .row = row };

static void complete(void *ctx, const char *text, size_t at, size_t *from,
		     void (*found)(void *to, const char *word), void *to)
{
	(void)ctx;
	(void)text;
	*from = at - (at > 3 ? 3 : at);
	for (unsigned i = chance(5); i > 0; i--) {
		struct nf_bytes text_of_word = noise(8);
		char word[8] = "";

		memcpy(word, text_of_word.p, text_of_word.n);
		found(to, word);
	}
}

static const struct edit_ops edit_ops = { .complete = complete };

static struct key any_key(void)
{
	static const char *const names[] = {
		"j", "k", "Up", "Down", "PgUp", "PgDn", "g", "G", "/", "Enter", "Esc", "Space", "Left",
		"Backspace", "Delete", "Right", "Tab", "S-Tab", "C-w", "C-u", "C-k", "x", "é", "日",
		"C-d", "Home", "End", "Mouse", "$", "0", "h", "l", "a", "\xcc\x82",
	};
	const char *name = names[chance(sizeof(names) / sizeof(names[0]))];
	struct key k;

	assert_true(key_parse(&name, &k));
	if (chance(20) == 0)
		k.code = chance(KEY_END_OF_NAMES);
	k.button = (uint8_t)chance(4);
	k.row = chance(20);
	k.col = chance(40);
	return k;
}

static void check(const struct canvas *c)
{
	for (size_t i = 0; i < (size_t)c->rows * c->cols; i++) {
		uint32_t ch = c->cells[i].ch;

		assert_true(ch == 0 || (ch >= 0x20 && ch < 0x7f) || ch >= 0xa0);
		assert_true(ch != 0 || (i % c->cols > 0 && c->cells[i - 1].ch != 0));
		assert_true(!c->ascii || ch < 0x7f);
	}
	assert_true(!c->cursor || (c->cursor_row < c->rows && c->cursor_col < c->cols));
}

struct widgets {
	struct popup own, called;
	struct edit edit;
	struct edit_history history;
	struct bytes bytes;
	struct canvas canvas;
	uint8_t octets[OCTETS];
	size_t rows;
};

static void change(struct widgets *w)
{
	struct nf_bytes text;

	if (chance(50) == 0) {
		assert_true(canvas_size(&w->canvas, chance(12), chance(40)));
		w->canvas.ascii = chance(2) == 0;
		bytes_mark(&w->bytes, nf_span_of(chance(3500), chance(3500)));
		edit_remember(&w->history, edit_text(&w->edit));
	}
	if (chance(100) != 0)
		return;
	w->rows = chance(60);
	popup_changed(&w->called);
	text = noise(80);
	if (w->own.nown < 40)
		popup_add(&w->own, &(struct popup_row){ .kind = (uint8_t)chance(4),
			  .indent = chance(40), .key = chance(2) }, text);
	text = noise(OCTETS);
	memcpy(w->octets, text.p, text.n);
	bytes_set(&w->bytes, (struct nf_bytes){ w->octets, text.n });
}

static void any(void **state)
{
	static struct widgets w = { .rows = 30 };

	(void)state;
	assert_true(popup_open(&w.own, "own", NULL, NULL, false));
	assert_true(popup_open(&w.called, "called", &popup_ops, &w.rows, false));
	assert_true(edit_open(&w.edit, "", &w.history, &edit_ops, NULL));
	for (unsigned i = 0; i < STEPS; i++) {
		struct key k = any_key();

		change(&w);
		popup_key(&w.own, &k);
		popup_key(&w.called, &k);
		bytes_key(&w.bytes, &k);
		edit_key(&w.edit, &k);
		assert_true(w.edit.at <= strlen(edit_text(&w.edit)));
		if (chance(4) != 0)
			continue;
		bytes_draw(&w.bytes, canvas_area(&w.canvas), true);
		popup_draw(&w.own, &w.canvas);
		check(&w.canvas);
		popup_draw(&w.called, &w.canvas);
		edit_draw(&w.edit, canvas_area(&w.canvas), "label", LOOK_prompt);
		check(&w.canvas);
	}
	popup_close(&w.own);
	popup_close(&w.called);
	edit_close(&w.edit);
	edit_history_done(&w.history);
	canvas_done(&w.canvas);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
