#include <config.h>

#include "out/expectlist.h"

#include "out/json.h"

static void string(struct nf_strbuf *s, const char *text, size_t n)
{
	nf_json_string(s, (struct nf_bytes){ (const uint8_t *)text, n });
}

static void one(const struct expectlist *l, const struct expect_line *x)
{
	struct nf_strbuf *s = &l->o->text, text;

	nf_strbuf_init(&text);
	nf_sb_printf(s, "{\"type\":\"line\",\"schema\":1,\"line\":%u,\"section\":", x->number);
	expectlist_section(&text, l, x->section);
	nf_json_string(s, nf_strbuf_bytes(&text));
	KEY(s, "text");
	nf_strbuf_clear(&text);
	expectlist_line(&text, l, x);
	nf_json_string(s, nf_strbuf_bytes(&text));
	nf_sb_printf(s, ",\"passed\":%s,\"observed\":", x->passed ? "true" : "false");
	string(s, x->observed, strlen(x->observed));
	nf_sb_str(s, "}\n");
	s->failed |= text.failed;
	nf_strbuf_done(&text);
}

void expectlist_json(const struct expectlist *l)
{
	const struct expect *e = l->expect;
	struct nf_strbuf *s = &l->o->text;

	for (size_t i = 0; i < e->nlines; i++)
		one(l, &e->lines[i]);
	LIT(s, "{\"type\":\"summary\",\"schema\":1,\"verdict\":");
	nf_sb_str(s, expectlist_fails_empty(l) ? "\"nothing\"" :
		  e->failed_lines != 0 ? "\"failed\"" : "\"passed\"");
	out_member(s, "lines", e->nlines);
	out_member(s, "passed", e->nlines - e->failed_lines);
	out_member(s, "failed", e->failed_lines);
	LIT(s, "}\n");
}
