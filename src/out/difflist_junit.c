/*
 * Differences as JUnit XML: a suite for the comparison, a case for each kind of difference.
 */
#include <config.h>

#include "out/difflist.h"

#include <inttypes.h>
#include <stdio.h>

#include "out/xml.h"

static void escaped(struct nf_strbuf *s, const char *text)
{
	xml_text(s, (struct nf_bytes){ (const uint8_t *)text, strlen(text) });
}

static void one(struct nf_strbuf *s, const struct difflist *l, const struct difference *x)
{
	size_t from = s->n;

	difflist_who(s, l, x, 0);
	if (*x->subject != '\0')
		nf_sb_printf(s, ": %s", x->subject);
	for (size_t i = 0; difflist_named(x) && i < x->nchanges; i++)
		nf_sb_printf(s, ": %s", x->changes[i].name);
	nf_sb_str(s, " (");
	difflist_frames(s, x);
	nf_sb_str(s, ")\n");
	xml_escape(s, from);
	for (size_t i = 0; !difflist_named(x) && i < x->nchanges; i++) {
		const struct diff_change *c = &x->changes[i];

		nf_sb_str(s, "  ");
		escaped(s, c->name);
		nf_sb_str(s, ": ");
		escaped(s, c->old != NULL ? c->old : "(none)");
		nf_sb_str(s, ", now ");
		escaped(s, c->new != NULL ? c->new : "(none)");
		nf_sb_char(s, '\n');
	}
}

static void test(const struct difflist *l, enum diff_kind kind)
{
	struct nf_strbuf *s = &l->o->text;
	char message[64];

	nf_sb_str(s, "  <testcase classname=\"nfpcap.diff\"");
	xml_attribute(s, "name", diff_kind_name(kind));
	if (l->diff->total[kind] == 0) {
		nf_sb_str(s, "/>\n");
		return;
	}
	snprintf(message, sizeof(message), "%" PRIu64, l->diff->total[kind]);
	nf_sb_str(s, "><failure");
	xml_attribute(s, "message", message);
	xml_attribute(s, "type", diff_kind_name(kind));
	nf_sb_char(s, '>');
	for (size_t i = 0; i < l->diff->n; i++)
		if (l->diff->list[i].kind == kind)
			one(s, l, &l->diff->list[i]);
	nf_sb_str(s, "</failure></testcase>\n");
}

/* Whether there was anything to compare. */
static void compared(const struct difflist *l)
{
	struct nf_strbuf *s = &l->o->text;
	const char *element = l->allow_empty ? "skipped" : "failure";

	nf_sb_str(s, "  <testcase classname=\"nfpcap.diff\" name=\"compared\"");
	if (!l->nothing) {
		nf_sb_str(s, "/>\n");
		return;
	}
	nf_sb_printf(s, "><%s message=\"no flow export on one side at least\"", element);
	if (!l->allow_empty)
		nf_sb_str(s, " type=\"compared\"");
	nf_sb_str(s, "/></testcase>\n");
}

void difflist_junit(const struct difflist *l)
{
	struct nf_strbuf *s = &l->o->text;
	unsigned failures = l->nothing && !l->allow_empty;
	char numbers[96];

	for (unsigned i = 0; i < DIFF_KINDS; i++)
		failures += l->diff->total[i] != 0;
	snprintf(numbers, sizeof(numbers),
		 " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"%u\"", DIFF_KINDS + 1,
		 failures, l->nothing && l->allow_empty ? 1u : 0u);
	nf_sb_printf(s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		     "<testsuites name=\"nfpcap diff\"%s>\n <testsuite name=\"diff\"%s>\n", numbers,
		     numbers);
	compared(l);
	for (unsigned i = 0; i < DIFF_KINDS; i++)
		test(l, (enum diff_kind)i);
	nf_sb_str(s, " </testsuite>\n</testsuites>\n");
}
