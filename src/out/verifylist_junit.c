/*
 * What verify found as JUnit XML: a suite for each exporter, a case for each kind of difference.
 * Notes, and what cannot be told, are no failures.
 */
#include <config.h>

#include "out/verifylist.h"

#include <inttypes.h>
#include <stdio.h>

#include "out/xml.h"

static void escaped(struct nf_strbuf *s, const char *text)
{
	xml_text(s, (struct nf_bytes){ (const uint8_t *)text, strlen(text) });
}

static void worst(struct nf_strbuf *s, const struct verify_item *item)
{
	for (size_t i = 0; i < item->nworst; i++) {
		size_t from = s->n;

		verifylist_flow(s, &item->worst[i]);
		xml_escape(s, from);
		nf_sb_char(s, '\n');
	}
	if (item->nworst < item->flows)
		nf_sb_printf(s, "... %" PRIu64 " more\n", item->flows - item->nworst);
}

/* ITEM is NULL where there is nothing of the KIND. */
static void test(struct nf_strbuf *s, const char *suite, enum verify_kind kind,
		 const struct verify_item *item)
{
	bool fault = verify_kind_weight(kind) == VERIFY_FAULT;

	nf_sb_str(s, "  <testcase");
	xml_attribute(s, "classname", suite);
	xml_attribute(s, "name", verify_kind_name(kind));
	if (item == NULL) {
		nf_sb_str(s, "/>\n");
		return;
	}
	nf_sb_str(s, fault ? "><failure" : "><system-out");
	if (fault) {
		xml_attribute(s, "message", item->text != NULL ? item->text : "");
		xml_attribute(s, "type", verify_kind_name(kind));
	}
	nf_sb_char(s, '>');
	if (!fault) {
		escaped(s, item->text != NULL ? item->text : "");
		nf_sb_char(s, '\n');
	}
	worst(s, item);
	nf_sb_str(s, fault ? "</failure></testcase>\n" : "</system-out></testcase>\n");
}

static const struct verify_item *item_of(const struct verifylist *l, size_t exporter,
					 enum verify_kind kind)
{
	const struct verify_item *item;
	size_t at = 0;

	while ((item = verifylist_item(l, exporter, &at)) != NULL)
		if (item->kind == kind)
			break;
	return item;
}

static void suite(const struct verifylist *l, size_t i, struct nf_strbuf *name)
{
	struct nf_strbuf *s = &l->o->text;
	const struct verify_item *item;
	unsigned failures = 0;
	size_t at = 0;

	nf_strbuf_clear(name);
	verifylist_who(name, verify_exporter_at(l->verify, i));
	while ((item = verifylist_item(l, i, &at)) != NULL)
		failures += verify_kind_weight(item->kind) == VERIFY_FAULT;
	nf_sb_str(s, " <testsuite");
	xml_attribute(s, "name", nf_strbuf_cstr(name));
	nf_sb_printf(s, " tests=\"%u\" failures=\"%u\" errors=\"0\" skipped=\"0\">\n", VERIFY_KINDS,
		     failures);
	for (unsigned kind = 0; kind < VERIFY_KINDS; kind++)
		test(s, nf_strbuf_cstr(name), (enum verify_kind)kind,
		     item_of(l, i, (enum verify_kind)kind));
	nf_sb_str(s, " </testsuite>\n");
}

/* Whether there was anything to compare. */
static void compared(const struct verifylist *l, bool nothing, struct nf_strbuf *text)
{
	struct nf_strbuf *s = &l->o->text;
	bool fails = nothing && !l->allow_empty;

	nf_sb_printf(s, " <testsuite name=\"verify\" tests=\"1\" failures=\"%u\" errors=\"0\" "
		     "skipped=\"%u\">\n  <testcase classname=\"nfpcap.verify\" name=\"compared\"",
		     fails, nothing && l->allow_empty);
	if (nothing) {
		nf_sb_printf(s, "><%s", fails ? "failure" : "skipped");
		verifylist_verdict(text, l);
		xml_attribute(s, "message", nf_strbuf_cstr(text));
		nf_sb_printf(s, "%s/></testcase>\n", fails ? " type=\"compared\"" : "");
	} else {
		nf_sb_str(s, "/>\n");
	}
	nf_sb_str(s, " </testsuite>\n");
}

void verifylist_junit(const struct verifylist *l)
{
	struct nf_strbuf *s = &l->o->text, text;
	bool nothing = l->no_records || l->no_traffic;
	size_t suites = nothing ? 0 : verify_exporters(l->verify);
	uint64_t failures = nothing ? !l->allow_empty : verify_faults(l->verify);

	nf_strbuf_init(&text);
	nf_sb_printf(s, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		     "<testsuites name=\"nfpcap verify\" tests=\"%zu\" failures=\"%" PRIu64 "\" "
		     "errors=\"0\" skipped=\"%u\">\n", suites * VERIFY_KINDS + 1, failures,
		     nothing && l->allow_empty);
	compared(l, nothing, &text);
	for (size_t i = 0; i < suites; i++)
		suite(l, i, &text);
	nf_sb_str(s, "</testsuites>\n");
	s->failed |= text.failed;
	nf_strbuf_done(&text);
}
