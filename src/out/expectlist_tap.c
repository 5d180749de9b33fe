/*
 * Expectations as TAP: a test a line, what was observed in a comment behind it.
 */
#include <config.h>

#include "out/expectlist.h"

/* A # would begin a directive. */
static void name(struct nf_strbuf *s, size_t from)
{
	for (size_t i = from; i < s->n; i++)
		if (s->p[i] == '#')
			s->p[i] = '_';
}

static void one(const struct expectlist *l, size_t i)
{
	const struct expect_line *x = &l->expect->lines[i];
	struct nf_strbuf *s = &l->o->text;
	size_t from;

	nf_sb_printf(s, "%sok %zu - ", x->passed ? "" : "not ", i + 1);
	from = s->n;
	expectlist_section(s, l, x->section);
	nf_sb_str(s, s->n != from ? ": " : "");
	expectlist_line(s, l, x);
	name(s, from);
	nf_sb_str(s, "\n# observed: ");
	nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)x->observed, strlen(x->observed) });
	if (!x->passed) {
		nf_sb_str(s, "\n# expected by ");
		nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)l->path, strlen(l->path) });
		nf_sb_printf(s, ":%u", x->number);
	}
	nf_sb_char(s, '\n');
}

void expectlist_tap(const struct expectlist *l)
{
	struct nf_strbuf *s = &l->o->text;
	size_t n = l->expect->nlines + expectlist_fails_empty(l);

	nf_sb_printf(s, "1..%zu\n", n);
	for (size_t i = 0; i < l->expect->nlines; i++)
		one(l, i);
	if (expectlist_fails_empty(l))
		nf_sb_printf(s, "not ok %zu - there is something to judge\n"
			     "# observed: no flow export\n", n);
}
