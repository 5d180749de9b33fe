/*
 * Expectations as JUnit XML: a suite for the file, a case a line.
 */
#include <config.h>

#include "out/expectlist.h"

#include <stdio.h>

#include "out/xml.h"

static void one(const struct expectlist *l, const struct expect_line *x)
{
	struct nf_strbuf *s = &l->o->text, name;
	char number[32];

	nf_strbuf_init(&name);
	snprintf(number, sizeof(number), "line %u: ", x->number);
	nf_sb_str(&name, number);
	expectlist_section(&name, l, x->section);
	nf_sb_str(&name, l->expect->sections[x->section].span.len != 0 ? ": " : "");
	expectlist_line(&name, l, x);
	nf_sb_str(s, "  <testcase classname=\"nfpcap.expect\"");
	xml_attribute(s, "name", nf_strbuf_cstr(&name));
	s->failed |= name.failed;
	nf_strbuf_done(&name);
	if (x->passed) {
		nf_sb_str(s, "/>\n");
		return;
	}
	nf_sb_str(s, "><failure");
	xml_attribute(s, "message", x->observed);
	xml_attribute(s, "type", "expectation");
	nf_sb_char(s, '>');
	xml_text(s, (struct nf_bytes){ (const uint8_t *)l->path, strlen(l->path) });
	nf_sb_printf(s, ":%u: observed: ", x->number);
	xml_text(s, (struct nf_bytes){ (const uint8_t *)x->observed, strlen(x->observed) });
	nf_sb_str(s, "</failure></testcase>\n");
}

/* Whether there was anything to judge. */
static void judged(const struct expectlist *l)
{
	struct nf_strbuf *s = &l->o->text;

	nf_sb_str(s, "  <testcase classname=\"nfpcap.expect\" name=\"judged\"");
	if (!l->nothing)
		nf_sb_str(s, "/>\n");
	else if (l->allow_empty)
		nf_sb_str(s, "><skipped message=\"no flow export\"/></testcase>\n");
	else
		nf_sb_str(s, "><failure message=\"no flow export\" type=\"judged\"/></testcase>\n");
}

void expectlist_junit(const struct expectlist *l)
{
	const struct expect *e = l->expect;
	struct nf_strbuf *s = &l->o->text;
	char numbers[128];

	snprintf(numbers, sizeof(numbers),
		 " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%u\"", e->nlines + 1,
		 e->failed_lines + expectlist_fails_empty(l),
		 l->nothing && l->allow_empty ? 1u : 0u);
	nf_sb_printf(s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		     "<testsuites name=\"nfpcap expect\"%s>\n <testsuite name=\"expect\"%s>\n",
		     numbers, numbers);
	judged(l);
	for (size_t i = 0; i < e->nlines; i++)
		one(l, &e->lines[i]);
	nf_sb_str(s, " </testsuite>\n</testsuites>\n");
}
