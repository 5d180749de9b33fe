#include <config.h>

#include "tui/canvas.h"

#include <unistr.h>

#include "base/mem.h"

static const struct cell blank = { .ch = ' ', .look = LOOK_text };

bool canvas_size(struct canvas *c, unsigned rows, unsigned cols)
{
	struct cell *cells = NULL;
	size_t n;

	if (__builtin_mul_overflow((size_t)rows, cols, &n) || n > SIZE_MAX / sizeof(*cells))
		return false;
	if (n != 0) {
		cells = nf_alloc(n * sizeof(*cells));
		if (cells == NULL)
			return false;
	}
	nf_free(c->cells);
	c->cells = cells;
	c->rows = n != 0 ? rows : 0;
	c->cols = n != 0 ? cols : 0;
	canvas_clear(c);
	return true;
}

void canvas_done(struct canvas *c)
{
	nf_free(c->cells);
	*c = (struct canvas){ 0 };
}

void canvas_clear(struct canvas *c)
{
	for (size_t i = 0, n = (size_t)c->rows * c->cols; i < n; i++)
		c->cells[i] = blank;
	c->cursor = false;
	c->cursor_row = c->cursor_col = 0;
}

struct area canvas_area(struct canvas *c)
{
	return (struct area){ .canvas = c, .rows = c->rows, .cols = c->cols };
}

/* -- As text -------------------------------------------------------------------------- */

static void character(struct nf_strbuf *s, uint32_t ch)
{
	uint8_t octets[6];
	int n = u8_uctomb(octets, ch, sizeof(octets));

	if (n > 0)
		nf_sb_mem(s, octets, (size_t)n);
}

void canvas_print(const struct canvas *c, struct nf_strbuf *s)
{
	for (unsigned row = 0; row < c->rows; row++) {
		const struct cell *cells = c->cells + (size_t)row * c->cols;
		unsigned n = c->cols;

		while (n > 0 && cells[n - 1].ch == ' ' && cells[n - 1].mark == 0)
			n--;
		for (unsigned i = 0; i < n; i++) {
			if (cells[i].ch == 0)
				continue;
			character(s, cells[i].ch);
			if (cells[i].mark != 0)
				character(s, cells[i].mark);
		}
		nf_sb_char(s, '\n');
	}
}

void canvas_print_looks(const struct canvas *c, struct nf_strbuf *s)
{
	static const char letters[LOOKS] = {
#define LOOK(name, letter, ...) [LOOK_##name] = letter,
#include "tui/looks.def"
#undef LOOK
	};

	for (unsigned row = 0; row < c->rows; row++) {
		const struct cell *cells = c->cells + (size_t)row * c->cols;
		unsigned n = c->cols;

		while (n > 0 && cells[n - 1].look == LOOK_text)
			n--;
		if (n == 0)
			continue;
		nf_sb_printf(s, "%u ", row);
		for (unsigned i = 0; i < n; i++)
			nf_sb_char(s, letters[cells[i].look]);
		nf_sb_char(s, '\n');
	}
}
