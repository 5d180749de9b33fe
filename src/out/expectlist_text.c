#include <config.h>

#include "out/expectlist.h"

#include "out/style.h"

static void section(const struct expectlist *l, unsigned i)
{
	struct nf_strbuf *s = &l->o->text;

	style_on(l->o, STYLE_HEAD);
	nf_sb_str(s, "@@ ");
	if (l->expect->sections[i].span.len == 0)
		nf_sb_str(s, "all");
	else
		expectlist_section(s, l, i);
	nf_sb_str(s, " @@");
	style_off(l->o);
	nf_sb_char(s, '\n');
}

enum { LONGEST = 72 };			/* of a line that passes, in octets */

/* What passes need not be told at length. */
static void cut(struct nf_strbuf *s, size_t from)
{
	size_t n = from + LONGEST;

	if (s->n <= n + 4)
		return;
	while (n > from && ((unsigned char)s->p[n] & 0xc0) == 0x80)
		n--;
	s->n = n;
	nf_sb_str(s, " ...");
}

static void observed(struct nf_strbuf *s, const struct expect_line *x)
{
	nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)x->observed, strlen(x->observed) });
}

/* "pass  12  loss == 0  (0)"; what fails is told on a line of its own. */
static void one(const struct expectlist *l, const struct expect_line *x, unsigned digits)
{
	struct nf_strbuf *s = &l->o->text;
	size_t from;

	if (!x->passed)
		style_on(l->o, STYLE_ERROR);
	nf_sb_printf(s, "%s  %*u  ", x->passed ? "pass" : "FAIL", (int)digits, x->number);
	from = s->n;
	expectlist_line(s, l, x);
	if (x->passed) {
		cut(s, from);
		style_on(l->o, STYLE_FAINT);
		nf_sb_str(s, "  (");
		from = s->n;
		observed(s, x);
		cut(s, from);
		nf_sb_char(s, ')');
		style_off(l->o);
	} else {
		style_off(l->o);
		nf_sb_char(s, '\n');
		nf_sb_pad(s, ' ', digits + 8);
		nf_sb_str(s, "observed: ");
		observed(s, x);
	}
	nf_sb_char(s, '\n');
}

void expectlist_text(const struct expectlist *l)
{
	const struct expect *e = l->expect;
	struct nf_strbuf *s = &l->o->text;
	unsigned digits = 1;

	for (uint32_t n = e->nlines != 0 ? e->lines[e->nlines - 1].number : 0; n >= 10; n /= 10)
		digits++;
	for (size_t i = 0; i < e->nlines && !l->quiet; i++) {
		if (i != 0 ? e->lines[i].section != e->lines[i - 1].section :
			     e->lines[i].section != 0)
			section(l, e->lines[i].section);
		one(l, &e->lines[i], digits);
	}
	if (l->nothing)
		nf_sb_str(s, "nothing to judge: no flow export\n");
	expectlist_verdict(s, l);
	nf_sb_char(s, '\n');
}
