#include <config.h>

#include "out/gutter.h"

#include "out/style.h"

enum { WIDE = 120 };

void gutter_open(struct gutter *g, struct out *o, struct nf_bytes octets, uint32_t base)
{
	*g = (struct gutter){ .o = o, .octets = octets, .base = base };
	if (o->opts.hex)
		g->row = o->opts.width >= WIDE ? 16 : 8;
}

/* "0014 ", " 0a00" for each two octets, "  " */
static unsigned row_width(const struct gutter *g)
{
	return 7 + g->row * 5 / 2;
}

unsigned gutter_width(const struct gutter *g, unsigned depth)
{
	return g->row == 0 ? 2 * depth : row_width(g) + depth;
}

/* "0014  0a00 0001            ": one row, or blanks of the same width. */
static void row(struct gutter *g)
{
	struct nf_strbuf *s = &g->o->text;
	uint32_t n = g->rest.len < g->row ? g->rest.len : g->row;
	size_t from;

	style_on(g->o, STYLE_FAINT);
	from = s->n;
	if (n > 0) {
		const uint8_t *p = g->octets.p + (g->rest.off - g->base);

		nf_sb_hex_int(s, g->rest.off, 4);
		nf_sb_char(s, ' ');
		for (uint32_t i = 0; i < n; i++) {
			if (i % 2 == 0)
				nf_sb_char(s, ' ');
			nf_sb_hex(s, p + i, 1);
		}
	}
	nf_sb_pad(s, ' ', row_width(g) - (s->n - from));
	style_off(g->o);
	g->rest.off += n;
	g->rest.len -= n;
}

void gutter_line(struct gutter *g, unsigned depth, struct nf_span span)
{
	if (g->row == 0) {
		nf_sb_pad(&g->o->text, ' ', 2 * depth);
		return;
	}
	if (span.off < g->base || span.off - g->base > g->octets.n)
		span = (struct nf_span){ .off = g->base };
	if (span.len > g->octets.n - (span.off - g->base))
		span.len = (uint32_t)(g->octets.n - (span.off - g->base));
	g->rest = span;
	row(g);
	nf_sb_pad(&g->o->text, ' ', depth);
}

/* The blanks that end a row without text are not written. */
static void trim(struct nf_strbuf *s)
{
	while (s->n > 0 && s->p[s->n - 1] == ' ')
		s->n--;
}

void gutter_end(struct gutter *g)
{
	struct nf_strbuf *s = &g->o->text;

	if (g->row == 0) {
		nf_sb_char(s, '\n');
		return;
	}
	trim(s);
	nf_sb_char(s, '\n');
	while (g->rest.len != 0) {
		row(g);
		trim(s);
		nf_sb_char(s, '\n');
	}
}
