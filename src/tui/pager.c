#include <config.h>

#include "tui/pager.h"

#include <string.h>

#include "base/mem.h"

enum { LABEL = 10 };		/* columns of a label */

void pager_init(struct pager *p)
{
	*p = (struct pager){ .n = 0 };
	nf_strbuf_init(&p->text);
}

void pager_done(struct pager *p)
{
	nf_strbuf_done(&p->text);
	nf_free(p->lines);
}

void pager_clear(struct pager *p)
{
	nf_strbuf_clear(&p->text);
	p->n = 0;
	p->top = 0;
}

void pager_add(struct pager *p, enum look look, unsigned indent, struct nf_bytes text)
{
	if (!nf_grow((void **)&p->lines, &p->cap, p->n + 1, sizeof(*p->lines)))
		return;
	nf_sb_mem(&p->text, text.p, text.n);
	if (p->text.failed)
		return;
	p->lines[p->n++] = (struct pager_line){
		.end = p->text.n, .look = (uint8_t)look, .indent = (uint8_t)indent,
	};
}

void pager_field(struct pager *p, const char *label, const char *text)
{
	struct nf_strbuf s;

	if (text == NULL || *text == '\0')
		return;
	nf_strbuf_init(&s);
	nf_sb_printf(&s, "%-*s%s", LABEL, label, text);
	pager_add(p, LOOK_text, LABEL, (struct nf_bytes){ (const uint8_t *)s.p, s.n });
	nf_strbuf_done(&s);
}

/* -- Rows ------------------------------------------------------------------------------ */

/* How much of TEXT stands in a row of WIDTH columns: up to a blank, if there is one. */
static size_t fits(struct nf_bytes text, unsigned width)
{
	size_t n = 0, blank = 0;

	while (n < text.n) {
		size_t more = n + 1;

		while (more < text.n && (text.p[more] & 0xc0) == 0x80)
			more++;
		if (text_width((struct nf_bytes){ text.p, more }) > width)
			return blank > 0 ? blank : n > 0 ? n : more;
		if (text.p[n] == ' ')
			blank = n;
		n = more;
	}
	return n;
}

/*
 * Calls for each row of line I in turn: *TEXT is what is left of it, and loses what the row takes.
 */
static struct nf_bytes next_row(struct nf_bytes *text, unsigned width)
{
	size_t n = fits(*text, width);
	struct nf_bytes row = { text->p, n };

	while (n < text->n && text->p[n] == ' ')
		n++;
	text->p += n;
	text->n -= n;
	return row;
}

static unsigned indent_of(const struct pager_line *line, bool first, unsigned cols)
{
	return !first && line->indent < cols / 2 ? line->indent : 0;
}

void pager_draw(struct pager *p, struct area a)
{
	unsigned row = 0;
	size_t from = 0;

	p->page = a.rows;
	if (p->rows > 0 && p->top > p->rows - 1)
		p->top = p->rows - 1;
	for (size_t i = 0; i < p->n && a.cols > 0; i++) {
		const struct pager_line *line = &p->lines[i];
		struct nf_bytes text = { (const uint8_t *)p->text.p + from, line->end - from };
		bool first = true;

		do {
			unsigned col = indent_of(line, first, a.cols);
			struct nf_bytes piece = next_row(&text, a.cols - col);

			if (row >= p->top && row - p->top < a.rows)
				area_text(a, row - p->top, col, a.cols - col, line->look, piece);
			row++;
			first = false;
		} while (text.n > 0);
		from = line->end;
	}
	p->rows = row;
}

bool pager_act(struct pager *p, enum action a)
{
	unsigned page = p->page > 1 ? p->page - 1 : 1;
	unsigned last = p->rows > p->page ? p->rows - p->page : 0, by = 0, up = 0;

	switch (a) {
	case ACTION_down: by = 1; break;
	case ACTION_up: up = 1; break;
	case ACTION_half_down: by = (page + 1) / 2; break;
	case ACTION_half_up: up = (page + 1) / 2; break;
	case ACTION_page_down: by = page; break;
	case ACTION_page_up: up = page; break;
	case ACTION_first: up = p->top; break;
	case ACTION_last: by = p->rows; break;
	default: return false;
	}
	p->top = p->top > up ? p->top - up : 0;
	p->top = last - p->top > by && p->top <= last ? p->top + by : last;
	return true;
}
