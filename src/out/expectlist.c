#include <config.h>

#include "out/expectlist.h"

static void no_message(struct out *o, const struct nf_view *v)
{
	(void)o;
	(void)v;
}

const struct out_ops expectlist_out = { .name = "expect", .message = no_message };

void expectlist_show(const struct expectlist *l, const char *format)
{
	static const struct { const char *name; void (*show)(const struct expectlist *l); } by[] = {
		{ "text", expectlist_text }, { "tap", expectlist_tap },
		{ "junit", expectlist_junit }, { "json", expectlist_json },
	};

	for (unsigned i = 0; i < sizeof(by) / sizeof(*by); i++)
		if (strcmp(format, by[i].name) == 0)
			by[i].show(l);
}

void expectlist_line(struct nf_strbuf *s, const struct expectlist *l, const struct expect_line *x)
{
	struct nf_strbuf raw;

	nf_strbuf_init(&raw);
	expect_line_text(&raw, l->expect, x->span);
	nf_safe_text(s, (struct nf_bytes){ (const uint8_t *)raw.p, raw.n });
	s->failed |= raw.failed;
	nf_strbuf_done(&raw);
}

void expectlist_section(struct nf_strbuf *s, const struct expectlist *l, unsigned section)
{
	const struct expect_section *x = &l->expect->sections[section];

	if (x->span.len != 0)
		expect_line_text(s, l->expect, x->span);
}

void expectlist_verdict(struct nf_strbuf *s, const struct expectlist *l)
{
	size_t n = l->expect->nlines, failed = l->expect->failed_lines;

	if (failed == 0)
		nf_sb_printf(s, "all %zu", n);
	else
		nf_sb_printf(s, "%zu of %zu", n - failed, n);
	nf_sb_forms(s, " {line passes|lines pass}", failed == 0 ? n : n - failed);
}
