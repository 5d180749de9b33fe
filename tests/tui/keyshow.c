/*
 * A program for tests/tui/terminal.py: shows the keys that come, until `q`.  Besides,
 * `y` copies "copied", `b` rings, C-z suspends, `S` is a fault, `A` aborts, `e` exits as it is.
 */
#include <config.h>

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "tui/term.h"

static void draw(struct term *t, struct canvas *c, struct nf_strbuf *seen)
{
	struct area a;
	struct nf_strbuf s;

	if ((c->rows != t->rows || c->cols != t->cols) && !canvas_size(c, t->rows, t->cols))
		return;
	canvas_clear(c);
	c->ascii = t->ascii;
	a = canvas_area(c);
	nf_strbuf_init(&s);
	nf_sb_printf(&s, "size %u %u %s", t->rows, t->cols, t->ascii ? "ascii" : "utf8");
	area_run(a, 0, 0, a.cols, LOOK_title, ' ');
	area_str(a, 0, 0, a.cols, LOOK_title, nf_strbuf_cstr(&s));
	area_str(a, 1, 0, a.cols, LOOK_error, nf_strbuf_cstr(seen));
	area_str(a, 2, 0, a.cols, LOOK_text, "日本 \033[31m é");
	nf_strbuf_done(&s);
	term_show(t, c);
}

static void act(struct term *t, uint32_t code)
{
	volatile int *nowhere;

	switch (code) {
	case 'y': term_copy(t, (struct nf_bytes){ (const uint8_t *)"copied", 6 }); break;
	case 'b': term_bell(t); break;
	case KEY_CTRL('z'): term_suspend(t); break;
	case KEY_CTRL('l'): term_redraw(t); break;
	case 'S':
		nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		*nowhere = 1;
		break;
	case 'A': abort();
	case 'e': exit(5);
	default: break;
	}
}

static void note(struct nf_strbuf *seen, const struct key *k)
{
	nf_sb_char(seen, ' ');
	key_put(seen, k->code);
	if (k->code == KEY_MOUSE)
		nf_sb_printf(seen, "(%u %u %u)", k->button, k->row, k->col);
}

int main(int argc, char **argv)
{
	struct term_opts opts = { .mouse = true };
	struct canvas c = { 0 };
	struct nf_strbuf seen;
	struct nf_err err;
	struct term t;
	struct key k = { .code = KEY_NONE };

	if (argc > 1)
		opts.color = (uint8_t)strtoul(argv[1], NULL, 10);
	nf_strbuf_init(&seen);
	if (term_open(&t, &term_curses, &opts, &err) < 0) {
		fprintf(stderr, "keyshow: %s\n", err.text);
		return 2;
	}
	while (k.code != 'q' && k.code != KEY_HANGUP) {
		draw(&t, &c, &seen);
		if (!term_key(&t, &k, -1))
			continue;
		note(&seen, &k);
		draw(&t, &c, &seen);
		act(&t, k.code);
	}
	term_close(&t);
	canvas_done(&c);
	nf_strbuf_done(&seen);
	puts("closed");
	return 0;
}
