#include <config.h>

#include "out/xml.h"

/* What stands for C; NULL: C itself. */
static const char *entity(char c)
{
	switch (c) {
	case '&':	return "&amp;";
	case '<':	return "&lt;";
	case '>':	return "&gt;";
	case '"':	return "&quot;";
	default:	return NULL;
	}
}

/* EF BF BE and EF BF BF */
static bool is_no_character(struct nf_bytes text, size_t at)
{
	return text.n - at >= 3 && text.p[at] == 0xef && text.p[at + 1] == 0xbf &&
	       text.p[at + 2] >= 0xbe;
}

static void escape(struct nf_strbuf *s, struct nf_bytes safe)
{
	for (size_t i = 0; i < safe.n; i++) {
		const char *name = entity((char)safe.p[i]);

		if (name != NULL) {
			nf_sb_str(s, name);
		} else if (is_no_character(safe, i)) {
			nf_sb_str(s, "\xef\xbf\xbd");
			i += 2;
		} else {
			nf_sb_char(s, (char)safe.p[i]);
		}
	}
}

void xml_text(struct nf_strbuf *s, struct nf_bytes text)
{
	struct nf_strbuf safe;

	nf_strbuf_init(&safe);
	nf_safe_text(&safe, text);
	escape(s, (struct nf_bytes){ (const uint8_t *)safe.p, safe.n });
	s->failed |= safe.failed;
	nf_strbuf_done(&safe);
}

void xml_escape(struct nf_strbuf *s, size_t from)
{
	struct nf_strbuf raw;

	if (s->failed)
		return;
	nf_strbuf_init(&raw);
	nf_sb_mem(&raw, s->p + from, s->n - from);
	s->n = from;
	xml_text(s, (struct nf_bytes){ (const uint8_t *)raw.p, raw.n });
	s->failed |= raw.failed;
	nf_strbuf_done(&raw);
}

void xml_attribute(struct nf_strbuf *s, const char *name, const char *text)
{
	nf_sb_printf(s, " %s=\"", name);
	xml_text(s, (struct nf_bytes){ (const uint8_t *)text, strlen(text) });
	nf_sb_char(s, '"');
}
