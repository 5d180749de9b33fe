/*
 * What is gathered from messages: domains, templates, flows, rows of options tables, figures; what
 * finds no room; and what happens where memory runs out at any one place.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/meanings.h"
#include "lib/nomem.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define T "1.1 10 T256 8/4 1/4 152/8 153/8\n"

/* -- In words ------------------------------------------------------------------------- */

static void domains_text(struct nf_strbuf *s, const struct meaning *m)
{
	for (size_t i = 0; i < m->ndomains; i++) {
		const struct meaning_domain *d = m->domains[i];

		assert_int_equal(d->index, i);
		nf_sb_printf(s, "%u/%u messages %u records %u flows %u\n", d->addr.octets[3],
			     d->domain, (unsigned)d->messages, (unsigned)d->records,
			     (unsigned)d->flows);
	}
}

static void templates_text(struct nf_strbuf *s, const struct meaning *m)
{
	for (size_t i = 0; i < m->ntemplates; i++) {
		const struct meaning_template *t = &m->templates[i];

		nf_sb_printf(s, "%c%u frame %u:", t->options ? 'O' : 'T', t->id,
			     (unsigned)t->frame);
		for (unsigned k = 0; k < t->nfields; k++) {
			nf_sb_printf(s, " %s/%d", t->fields[k].name,
				     t->fields[k].length == NF_VARLEN ? -1 : t->fields[k].length);
			if (t->fields[k].scope)
				nf_sb_str(s, " |");
		}
		nf_sb_char(s, '\n');
	}
}

/* Those of an odd class in brackets. */
static void facts_text(struct nf_strbuf *s, const struct meaning *m, enum meaning_topic topic)
{
	for (size_t i = 0; i < m->nfacts; i++) {
		const struct meaning_fact *f = &m->facts[i];

		if (f->topic != topic)
			continue;
		nf_sb_printf(s, f->class == MEANING_ALWAYS ? "%s%s%s=%s\n" : "%s%s[%s=%s]\n",
			     f->subject, *f->subject != '\0' ? ": " : "", f->name, f->value);
	}
}

static void flows_text(struct nf_strbuf *s, const struct meaning *m)
{
	for (size_t i = 0; i < m->flows.n; i++) {
		const uint64_t *row = top_table_row(&m->flows, i);
		int64_t first = (int64_t)row[MEANING_FIRST], last = (int64_t)row[MEANING_LAST];

		nf_sb_printf(s, "frame %u records %u", (unsigned)meaning_frame(row),
			     (unsigned)meaning_records(row));
		if (first <= last)
			nf_sb_printf(s, " %d-%d", (int)(first / 1000000000),
				     (int)(last / 1000000000));
		nf_sb_char(s, '\n');
	}
}

enum what { DOMAINS, TEMPLATES, FLOWS, OPTIONS, BEHAVIOUR };

static void text(struct nf_strbuf *s, const struct meaning *m, enum what what)
{
	nf_strbuf_init(s);
	switch (what) {
	case DOMAINS: domains_text(s, m); break;
	case TEMPLATES: templates_text(s, m); break;
	case FLOWS: flows_text(s, m); break;
	case OPTIONS: facts_text(s, m, MEANING_OPTIONS); break;
	case BEHAVIOUR: facts_text(s, m, MEANING_BEHAVIOUR); break;
	}
	assert_false(s->failed);
}

struct row {
	const char *name;
	enum what what;
	const char *script, *wanted;
	struct meaning_opts opts;
};

static const struct row rows[] = {
	{ "domains", DOMAINS,
	  "1.1 10/5 T256 8/4\n1.1 10/5 D256 10.0.0.1 , 10.0.0.2 , 10.0.0.1\n2.1 10/5 T256 8/4\n"
	  "1.1 10/6 T256 8/4\n1.1 10/6 D256 10.0.0.1\n",
	  "1/5 messages 2 records 3 flows 2\n2/5 messages 1 records 0 flows 0\n"
	  "1/6 messages 2 records 1 flows 1\n", { 0 } },
	{ "sessions of a domain", DOMAINS,
	  "1.1 10/5 T256 8/4\n1.2 10/5 T300 8/4\n1.2 10/5 D300 10.0.0.1\n",
	  "1/5 messages 3 records 1 flows 1\n", { 0 } },
	{ "sets that come before their template", DOMAINS,
	  "1.1 10 D256 10.0.0.1\n1.1 10 T256 8/4\n",
	  "1/0 messages 2 records 1 flows 1\n", { 0 } },
	{ "options are no flows", DOMAINS,
	  "1.1 10 O256 149/4 ; 41/4\n1.1 10 D256 0/4 5/4\n",
	  "1/0 messages 2 records 0 flows 0\n", { 0 } },

	{ "templates once each", TEMPLATES,
	  "1.1 10 T256 8/4 12/4 | T257 8/4\n1.1 10 T256 8/4 12/4\n1.1 10 T300 8/4 12/4\n",
	  "T256 frame 1: sourceIPv4Address/4 destinationIPv4Address/4\n"
	  "T257 frame 1: sourceIPv4Address/4\n", { 0 } },
	{ "versions of a template", TEMPLATES,
	  "1.1 10 T256 8/4\n1.1 10 T256 8/4 1/4\n1.1 10 T256 82/v\n",
	  "T256 frame 1: sourceIPv4Address/4\n"
	  "T256 frame 2: sourceIPv4Address/4 octetDeltaCount/4\n"
	  "T256 frame 3: interfaceName/-1\n", { 0 } },
	{ "scopes", TEMPLATES, "1.1 9 O256 2/4 ; 82/8\n1.1 9 T257 10/4 82/8\n",
	  "O256 frame 1: Interface/4 | interfaceName/8\n"
	  "T257 frame 2: ingressInterface/4 interfaceName/8\n", { 0 } },
	{ "another domain's templates are its own", TEMPLATES,
	  "1.1 10/1 T256 8/4\n1.1 10/2 T256 8/4\n",
	  "T256 frame 1: sourceIPv4Address/4\nT256 frame 2: sourceIPv4Address/4\n", { 0 } },

	{ "records of a flow", FLOWS,
	  T "1.1 10 D256 10.0.0.1 5/4 1000/8 3000/8 , 10.0.0.2 5/4 9000/8 9000/8\n"
	  "1.1 10 D256 10.0.0.1 5/4 3000/8 4000/8\n",
	  "frame 2 records 2 1-4\nframe 2 records 1 9-9\n", { 0 } },
	{ "the other way round", FLOWS,
	  T "1.1 10 D256 10.0.0.1 5/4 3000/8 4000/8\n1.1 10 D256 10.0.0.1 5/4 1000/8 3000/8\n",
	  "frame 2 records 2 1-4\n", { 0 } },
	{ "less than a minute without it", FLOWS,
	  T "1.1 10 D256 10.0.0.1 5/4 1000/8 4000/8 , 10.0.0.1 5/4 63999/8 70000/8\n",
	  "frame 2 records 2 1-70\n", { 0 } },
	{ "a minute without it", FLOWS,
	  T "1.1 10 D256 10.0.0.1 5/4 1000/8 4000/8 , 10.0.0.1 5/4 64000/8 70000/8\n",
	  "frame 2 records 1 1-4\nframe 2 records 1 64-70\n", { 0 } },
	{ "a minute without it, backwards", FLOWS,
	  T "1.1 10 D256 10.0.0.1 5/4 64000/8 70000/8\n1.1 10 D256 10.0.0.1 5/4 1000/8 4000/8 , "
	  "10.0.0.1 5/4 71000/8 72000/8 , 10.0.0.1 5/4 4000/8 4000/8\n",
	  "frame 2 records 2 64-72\nframe 3 records 2 1-4\n", { 0 } },
	{ "three times", FLOWS,
	  T "1.1 10 D256 10.0.0.1 5/4 1000/8 1000/8 , 10.0.0.1 5/4 101000/8 101000/8 , "
	  "10.0.0.1 5/4 201000/8 201000/8 , 10.0.0.1 5/4 102000/8 102000/8\n",
	  "frame 2 records 1 1-1\nframe 2 records 2 101-102\nframe 2 records 1 201-201\n", { 0 } },
	{ "a record without times", FLOWS,
	  T "1.1 10 T257 8/4 1/4\n1.1 10 D257 10.0.0.1 5/4 | D256 10.0.0.1 5/4 1000/8 2000/8\n",
	  "frame 3 records 2 1-2\n", { 0 } },
	{ "an end before the start", FLOWS, T "1.1 10 D256 10.0.0.1 5/4 4000/8 1000/8\n",
	  "frame 2 records 1 4-4\n", { 0 } },
	{ "other keys", FLOWS, T "1.1 10 D256 10.0.0.1 5/4 1000/8 2000/8 , "
	  "10.0.0.2 5/4 1000/8 2000/8 , 10.0.0.3 6/4 1000/8 2000/8\n",
	  "frame 2 records 2 1-2\nframe 2 records 1 1-2\n", { .keys = "octetDeltaCount" } },
	{ "as many as there is room for", FLOWS,
	  T "1.1 10 D256 10.0.0.1 5/4 1000/8 2000/8 , 10.0.0.2 5/4 1000/8 2000/8 , "
	  "10.0.0.1 5/4 900000/8 900000/8\n",
	  "frame 2 records 1 1-2\nframe 2 records 1 1-2\n", { .max_keys = 2 } },

	{ "a row of a table, as it is at last", OPTIONS,
	  "1.1 10 O256 10/4 ; 82/v 41/8\n1.1 10 D256 1/4 v\"eth0\" 5/8 , 2/4 v\"eth1\" 6/8\n"
	  "1.1 10 D256 1/4 v\"wan\" 7/8\n",
	  "interface 1: interfaceName=wan\ninterface 2: interfaceName=eth1\n", { 0 } },
	{ "a scope that no table knows", OPTIONS,
	  "1.1 10 O256 141/4 ; 83/v\n1.1 10 D256 7/4 v\"card\"\n",
	  "other lineCardId 7: interfaceDescription=card\n", { 0 } },
	{ "the domain's own number", OPTIONS,
	  "1.1 10/5 O256 149/4 141/4 ; 83/v\n1.1 10/5 D256 5/4 7/4 v\"card\"\n",
	  "other lineCardId 7: interfaceDescription=card\n", { 0 } },
	{ "several voices", OPTIONS,
	  "1.1 10 O256 144/4 ; 83/v\n1.1 10 D256 1/4 v\"one\" , 2/4 v\"two\"\n",
	  "system by exportingProcessId 1: interfaceDescription=one\n"
	  "system by exportingProcessId 2: interfaceDescription=two\n", { 0 } },
	{ "about a template", OPTIONS,
	  "1.1 10 O256 145/2 ; 173/8\n1.1 10 D256 300/2 3/8\n",
	  "other templateId 300: [flowKeyIndicator=3]\n", { 0 } },
	{ "times", OPTIONS,
	  "1.1 10 O256 144/4 ; 160/8 83/v\n1.1 10 D256 1/4 1704067200000/8 v\"x\"\n",
	  "system: [systemInitTimeMilliseconds=2024-01-01T00:00:00.000Z]\n"
	  "system: interfaceDescription=x\n", { 0 } },
	{ "how it is exported", BEHAVIOUR,
	  "1.1 9/7 T256 8/4 | D256 10.0.0.1\n1.1 9/7 D256 10.0.0.2\n",
	  "version=NetFlow v9\ntransport=UDP\n[exporter-port=1001]\n[collector-port=2055]\n"
	  "sequence-counts=as specified\n[records-per-message=1]\n[message-size=34 octets]\n"
	  "export-delay=0 s\n"
	  "[first-sequence=1]\n[last-sequence=1]\n[lost=0]\n[first-uptime=1000000 ms]\n"
	  "[last-uptime=1000000 ms]\n[restarts=0]\n[order-of-records=0000000000000000]\n", { 0 } },
};

static void gathers(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct nf_strbuf s;
		struct gathered g;

		gather(&g, rows[i].script, &rows[i].opts);
		text(&s, g.meaning, rows[i].what);
		if (strcmp(nf_strbuf_cstr(&s), rows[i].wanted) != 0)
			fail_msg("%s:\n%s\nnot\n%s", rows[i].name, nf_strbuf_cstr(&s),
				 rows[i].wanted);
		nf_strbuf_done(&s);
		gather_done(&g);
	}
}

/* -- Columns -------------------------------------------------------------------------- */

static void columns(void **state)
{
	static const struct {
		const char *fields, *names;
		bool strict;
	} cases[] = {
		{ "8/4 1/4 6/1 152/8 210/4", "octetDeltaCount sum, tcpControlBits union", false },
		{ "8/4 85/8 5/1", "octetTotalCount most, ipClassOfService range", false },
		{ "8/4 82/v 94/20", "interfaceName texts, applicationDescription texts", false },
		{ "291/v 292/v 293/4 8/4",
		  "basicList texts, subTemplateList texts, subTemplateMultiList texts", false },
		{ "8/4 152/8 148/8 161/4", "", false },
		{ "8/4 152/8 148/8 161/4", "flowStartMilliseconds range, flowId range", true },
		{ "8/4 5/1 5/1", "ipClassOfService range, ipClassOfService range", false },
	};
	static const char *const hows[] = {
		[MEANING_SUM] = "sum", [MEANING_MOST] = "most", [MEANING_UNION] = "union",
		[MEANING_RANGE] = "range", [MEANING_TEXTS] = "texts",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct meaning_opts opts = { .strict = cases[i].strict };
		struct nf_strbuf s;
		struct gathered g;
		char script[200];

		/* octets that any of them finds a record in */
		snprintf(script, sizeof(script), "1.1 10 T256 %s\n1.1 10 D256 0/20 0/20 0/20\n",
			 cases[i].fields);
		gather(&g, script, &opts);
		nf_strbuf_init(&s);
		for (size_t c = 0; c < g.meaning->ncolumns; c++)
			nf_sb_printf(&s, "%s%s %s", c != 0 ? ", " : "",
				     g.meaning->columns[c].name, hows[g.meaning->columns[c].how]);
		if (strncmp(nf_strbuf_cstr(&s), cases[i].names, strlen(cases[i].names)) != 0)
			fail_msg("%s: %s", cases[i].fields, nf_strbuf_cstr(&s));
		nf_strbuf_done(&s);
		gather_done(&g);
	}
}

/* -- Figures -------------------------------------------------------------------------- */

static const struct meaning_fact *fact(const struct meaning *m, const char *name)
{
	for (size_t i = 0; i < m->nfacts; i++)
		if (strcmp(m->facts[i].name, name) == 0)
			return &m->facts[i];
	return NULL;
}

/* N flows, each of which goes on where it was cut after 30 s. */
static void active_timeout(void **state)
{
	(void)state;
	for (unsigned n = 7; n <= 8; n++) {
		struct nf_strbuf script;
		struct gathered g;

		nf_strbuf_init(&script);
		nf_sb_str(&script, T);
		for (unsigned i = 0; i < n; i++)
			nf_sb_printf(&script, "1.1 10 D256 10.0.0.%u 5/4 1000/8 31000/8 , "
				     "10.0.0.%u 5/4 32000/8 34000/8\n", i, i);
		gather(&g, nf_strbuf_cstr(&script), &(struct meaning_opts){ 0 });
		assert_int_equal(g.meaning->domains[0]->longest_ns, INT64_C(30000000000));
		if (n < 8) {
			assert_null(fact(g.meaning, "active-timeout"));
		} else {
			assert_non_null(fact(g.meaning, "active-timeout"));
			assert_string_equal(fact(g.meaning, "active-timeout")->value, "30 s");
			assert_true(fact(g.meaning, "active-timeout")->measured);
		}
		gather_done(&g);
		nf_strbuf_done(&script);
	}
}

/* Of an even number the smaller one of the two in the middle. */
static void medians(void **state)
{
	struct meaning_samples s = { .n = 4, .v = { 9, 1, 5, 3 } };

	(void)state;
	assert_int_equal(meaning_median(&s), 3);
	s = (struct meaning_samples){ .n = 3, .v = { 9, 1, 5 } };
	assert_int_equal(meaning_median(&s), 5);
	s = (struct meaning_samples){ .n = 1, .v = { -7 } };
	assert_int_equal(meaning_median(&s), -7);
}

static void classes(void **state)
{
	(void)state;
	assert_string_equal(meaning_class_name(MEANING_ALWAYS), "");
	for (unsigned i = 1; i < MEANING_CLASSES; i++)
		assert_true(strlen(meaning_class_name((enum meaning_class)i)) > 2);
}

static void finds_domains(void **state)
{
	struct nf_addr a = { 4, { 10, 0, 0, 1 } }, b = { 4, { 10, 0, 0, 9 } };
	struct gathered g;

	(void)state;
	gather(&g, "1.1 10/5 T256 8/4\n1.1 10/6 T256 8/4\n", &(struct meaning_opts){ 0 });
	assert_int_equal(meaning_domain_of(g.meaning, &a, 6, false), 1);
	assert_int_equal(meaning_domain_of(g.meaning, &a, 7, false), MEANING_NONE);
	assert_int_equal(meaning_domain_of(g.meaning, &a, 7, true), 0);
	assert_int_equal(meaning_domain_of(g.meaning, &b, 5, true), MEANING_NONE);
	gather_done(&g);
}

/* -- Bounds --------------------------------------------------------------------------- */

static void no_more_keys(void **state)
{
	const struct meaning_opts opts = { .max_keys = 2 };
	struct gathered g;

	(void)state;
	gather(&g, T "1.1 10 D256 10.0.0.1 1/4 1000/8 1000/8 , 10.0.0.2 1/4 1000/8 1000/8 , "
	       "10.0.0.3 1/4 1000/8 1000/8 , 10.0.0.1 1/4 1000/8 1000/8 , "
	       "10.0.0.1 1/4 999000/8 999000/8\n", &opts);
	assert_int_equal(g.meaning->flows.n, 2);
	assert_int_equal(g.meaning->beyond, 2);
	gather_done(&g);
}

static void no_more_uses(void **state)
{
	struct nf_strbuf script;
	struct gathered g;
	uint64_t records = 0;

	(void)state;
	nf_strbuf_init(&script);
	nf_sb_str(&script, T);
	for (unsigned i = 0; i < MEANING_USES + 10; i++)
		nf_sb_printf(&script, "1.1 10 D256 10.0.0.1 5/4 %u/8 %u/8\n", i * 100000,
			     i * 100000);
	gather(&g, nf_strbuf_cstr(&script), &(struct meaning_opts){ 0 });
	assert_int_equal(g.meaning->flows.n, MEANING_USES);
	for (size_t i = 0; i < g.meaning->flows.n; i++)
		records += meaning_records(top_table_row(&g.meaning->flows, i));
	assert_int_equal(records, MEANING_USES + 10);
	assert_int_equal(meaning_records(top_table_row(&g.meaning->flows, MEANING_USES - 1)), 11);
	gather_done(&g);
	nf_strbuf_done(&script);
}

static void no_more_templates(void **state)
{
	struct nf_strbuf script;
	struct gathered g;

	(void)state;
	nf_strbuf_init(&script);
	for (unsigned i = 0; i < MEANING_TEMPLATES + 5; i++)
		nf_sb_printf(&script, "1.1 10 T%u 8/4 %u:1/4\n", 256 + i, i + 1);
	gather(&g, nf_strbuf_cstr(&script), &(struct meaning_opts){ 0 });
	assert_int_equal(g.meaning->ntemplates, MEANING_TEMPLATES);
	assert_int_equal(g.meaning->templates_beyond, 5);
	gather_done(&g);
	nf_strbuf_done(&script);
}

static void bad_keys(void **state)
{
	static const char *const bad[] = { "", ",", "srd", "src,", "src/33/64" };

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct meaning_opts opts = { .keys = bad[i] };
		struct gathered g;

		assert_false(gather_open(&g, &opts));
		assert_null(g.meaning);
		assert_false(g.error.memory);
		assert_true(g.error.text[0] != '\0');
		gather_done(&g);
	}
}

static void duplicates(void **state)
{
	(void)state;
	for (unsigned keep = 0; keep < 2; keep++) {
		const struct meaning_opts opts = { .keep_duplicates = keep };
		struct stream stream;
		struct gathered g;

		assert_true(stream_init(&stream, T "1.1 10 D256 10.0.0.1 1/4 1000/8 1000/8\n"));
		stream.d[1].facts.duplicate = true;
		gather_stream(&g, &stream, &opts, NULL);
		assert_true(g.sound);
		assert_int_equal(g.meaning->duplicates, 1);
		assert_int_equal(g.meaning->domains[0]->records, keep);
		gather_done(&g);
		stream_done(&stream);
	}
}

/* -- Memory --------------------------------------------------------------------------- */

static void memory(void **state)
{
	static const char script[] =
		T "1.1 10 O300 10/4 ; 82/v\n1.1 10 D300 1/4 v\"eth0\"\n"
		"1.1 10 T257 8/4 291/v\n1.1 10 D257 10.0.0.1 v[ 3/1 10/2 4/2 1/4 2/4 ]\n"
		"1.1 10 D256 10.0.0.1 1/4 1000/8 1000/8 , 10.0.0.1 1/4 999000/8 999000/8\n"
		"2.1 9 D400 10.0.0.7 v\"late\"\n2.1 9 T400 8/4 82/v\n";
	struct stream stream;
	bool failed = true;

	(void)state;
	assert_true(stream_init(&stream, script));
	for (long n = 0; failed; n++) {
		struct nomem memory = { .left = n };
		struct gathered g;
		size_t facts = 0;

		nomem_begin(&memory);
		gather_stream(&g, &stream, &(struct meaning_opts){ .strict = true }, &memory);
		facts = g.sound ? g.meaning->nfacts : 0;
		/* what was not said to have failed is whole */
		if (g.sound && (facts <= 20 || g.meaning->ntemplates != 4 ||
				g.meaning->flows.n != 3))
			fail_msg("%ld: %zu facts, %zu templates, %zu flows", n, facts,
				 g.meaning->ntemplates, g.meaning->flows.n);
		gather_done(&g);
		nomem_end(&memory);
		failed = memory.failed;
		assert_true(failed || n > 100);
	}
	stream_done(&stream);
}

/* -- Several records ------------------------------------------------------------------ */

static void flow_text(struct nf_strbuf *s, const struct meaning *m, const uint64_t *row)
{
	struct meaning_look look;

	nf_sb_printf(s, "%s, %u:", meaning_kept_by(row) != 0 ? "kept" : "words",
		     (unsigned)meaning_records(row));
	meaning_look(m, row, &look);
	for (unsigned i = 0; i < look.shape->n; i++) {
		const struct meaning_column *c = &m->columns[look.shape->columns[i]];
		struct meaning_cell cell = meaning_cell(&look, i);

		nf_sb_printf(s, " %s", c->name);
		for (unsigned k = 0; k < 2; k++) {
			nf_sb_str(s, k == 0 ? " " : "..");
			if (c->how == MEANING_TEXTS)
				nf_sb_mem(s, cell.text[k].p, cell.text[k].n);
			else
				nf_sb_u64(s, cell.v[k]);
		}
	}
	nf_sb_char(s, '\n');
}

/* Of flow 10.0.0.HOST: octets in two octets, in total, flags, type of service, a name. */
#define RECORD(host, octets, total, flags, tos, name) \
	"10.0.0." host " " octets "/2 " total "/8 " flags "/1 " tos "/1 v\"" name "\""
#define AND(...) " , " RECORD(__VA_ARGS__)
#define SET(...) "\n1.1 10 D256 " RECORD(__VA_ARGS__)
#define BEGIN(...) "1.1 10 T256 8/4 1/2 85/8 6/1 5/1 82/v" SET(__VA_ARGS__)
#define FIRST BEGIN("1", "5", "7", "1", "9", "a")

/* A flow of RECORDS, "kept" as it came or in "words" from least to greatest. */
#define FLOW(how, records, octets, total, flags, tos, name) \
	how ", " records ": octetDeltaCount " octets ".." octets " octetTotalCount " total ".." \
	total " tcpControlBits " flags ".." flags " ipClassOfService " tos " interfaceName " name "\n"

static void adds_up(void **state)
{
	static const struct { const char *name, *script, *wanted; } cases[] = {
		{ "one", FIRST, FLOW("kept", "1", "5", "7", "1", "9..9", "a..a") },
		{ "counters and flags",
		  FIRST AND("1", "6", "9", "2", "9", "a") AND("1", "1", "8", "2", "9", "a"),
		  FLOW("kept", "3", "12", "9", "3", "9..9", "a..a") },
		{ "no room for a sum",
		  BEGIN("1", "65000", "7", "1", "9", "a") AND("1", "535", "7", "4", "9", "a")
		  AND("1", "1", "8", "2", "9", "a"),
		  FLOW("words", "3", "65536", "8", "7", "9..9", "a..a") },
		{ "just room for a sum",
		  BEGIN("1", "65000", "7", "1", "9", "a") AND("1", "535", "7", "4", "9", "a"),
		  FLOW("kept", "2", "65535", "7", "5", "9..9", "a..a") },
		{ "another value",
		  FIRST AND("1", "6", "6", "2", "9", "a") AND("1", "7", "1", "2", "8", "a"),
		  FLOW("words", "3", "18", "7", "3", "8..9", "a..a") },
		{ "another text", FIRST AND("1", "6", "9", "2", "9", "b"),
		  FLOW("words", "2", "11", "9", "3", "9..9", "a..b") },
		{ "a longer text", FIRST AND("1", "6", "9", "2", "9", "ab"),
		  FLOW("words", "2", "11", "9", "3", "9..9", "a..ab") },
		{ "in the same order again",
		  FIRST AND("2", "50", "70", "16", "9", "b") AND("3", "1", "1", "1", "1", "c")
		  SET("1", "6", "9", "2", "9", "a") AND("2", "1", "1", "1", "8", "b")
		  AND("3", "2", "2", "2", "1", "c"),
		  FLOW("kept", "2", "11", "9", "3", "9..9", "a..a")
		  FLOW("words", "2", "51", "70", "17", "8..9", "b..b")
		  FLOW("kept", "2", "3", "2", "3", "1..1", "c..c") },
		{ "words while others of the set are on their way",
		  FIRST SET("1", "5", "7", "1", "8", "a") AND("1", "5", "7", "1", "9", "a"),
		  FLOW("words", "3", "15", "7", "1", "8..9", "a..a") },
		{ "other flows between",
		  FIRST AND("2", "50", "70", "16", "9", "b") AND("1", "6", "9", "2", "9", "a")
		  AND("3", "1", "1", "1", "1", "c") AND("2", "50", "71", "32", "9", "b"),
		  FLOW("kept", "2", "11", "9", "3", "9..9", "a..a")
		  FLOW("kept", "2", "100", "71", "48", "9..9", "b..b")
		  FLOW("kept", "1", "1", "1", "1", "1..1", "c..c") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct gathered g;
		struct nf_strbuf s;

		nf_strbuf_init(&s);
		gather(&g, cases[i].script, &(struct meaning_opts){ 0 });
		for (size_t j = 0; j < g.meaning->flows.n; j++)
			flow_text(&s, g.meaning, top_table_row(&g.meaning->flows, j));
		if (strcmp(nf_strbuf_cstr(&s), cases[i].wanted) != 0)
			fail_msg("%s:\n%s", cases[i].name, nf_strbuf_cstr(&s));
		nf_strbuf_done(&s);
		gather_done(&g);
	}
}

enum { ODD = -1, SAME = -2 };		/* what the second record is, if not another in a field */

/*
 * Two records of one key, of 3 octets of a counter and N fields of an octet behind it, of which the
 * second one has another value in field OTHER; or ODD: has no room for the sum.
 */
static void two_records(struct nf_strbuf *s, int n, int other)
{
	static const unsigned elements[] = { 5, 9, 13, 29, 30, 52, 53, 55, 60, 89 };

	assert_in_range(n, 0, COUNT(elements));
	nf_strbuf_clear(s);
	nf_sb_str(s, "1.1 10 T256 8/4 1/3");
	for (int i = 0; i < n; i++)
		nf_sb_printf(s, " %u/1", elements[i]);
	nf_sb_str(s, "\n1.1 10 D256 10.0.0.1 2/3");
	for (int i = 0; i < n; i++)
		nf_sb_printf(s, " %d/1", i);
	nf_sb_printf(s, " , 10.0.0.1 %u/3", other == ODD ? 0xffffff : 0xfffffd);
	for (int i = 0; i < n; i++)
		nf_sb_printf(s, " %d/1", other == i ? 200 : i);
	nf_sb_char(s, '\n');
}

static bool has(struct nf_strbuf *s, const char *text)
{
	return strstr(nf_strbuf_cstr(s), text) != NULL;
}

/* Records of few octets or many: a counter adds up in them, and what is another is told. */
static void lengths(void **state)
{
	enum { FIELDS = 10 };
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (int n = 0; n <= FIELDS; n++)
		for (int other = SAME; other < n; other++) {
			bool kept = other == SAME && n >= 1;
			struct gathered g;

			two_records(&s, n, other);
			gather(&g, nf_strbuf_cstr(&s), &(struct meaning_opts){ 0 });
			assert_int_equal(g.meaning->flows.n, 1);
			nf_strbuf_clear(&s);
			flow_text(&s, g.meaning, top_table_row(&g.meaning->flows, 0));
			if (!has(&s, kept ? "kept, 2:" : "words, 2:") ||
			    !has(&s, other == ODD ? "16777217..16777217" :
						    "16777215..16777215") ||
			    has(&s, "..200") != (other >= 0))
				fail_msg("%d fields, %d: %s", n, other, nf_strbuf_cstr(&s));
			gather_done(&g);
		}
	nf_strbuf_done(&s);
}

/* A record of the new side never changes what the old one keeps. */
static void lends(void **state)
{
	struct meaning_opts opts = { .keys = NULL };
	struct gathered old, new;
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	gather(&old, FIRST AND("2", "5", "7", "1", "9", "a"), &opts);
	opts.like = old.meaning;
	gather(&new, FIRST AND("2", "5", "7", "1", "9", "a") AND("1", "6", "7", "2", "9", "a")
	       AND("2", "6", "7", "1", "8", "a"), &opts);
	for (size_t j = 0; j < 2; j++) {
		flow_text(&s, old.meaning, meaning_row(old.meaning, j));
		flow_text(&s, new.meaning, meaning_row(new.meaning, j));
	}
	assert_string_equal(nf_strbuf_cstr(&s),
			    FLOW("kept", "1", "5", "7", "1", "9..9", "a..a")
			    FLOW("kept", "2", "11", "7", "3", "9..9", "a..a")
			    FLOW("kept", "1", "5", "7", "1", "9..9", "a..a")
			    FLOW("words", "2", "11", "7", "1", "8..9", "a..a"));
	nf_strbuf_done(&s);
	gather_done(&old);
	gather_done(&new);
}

/* -- Kept once ------------------------------------------------------------------------ */

static void keeps_once(void **state)
{
	static const struct { const char *name, *script; struct meaning_opts opts; char once[4]; }
	cases[] = {
		{ "the same", T "1.1 10 D256 10.0.0.1 5/4 1000/8 1500/8 , "
		  "10.0.0.2 6/4 2000/8 2500/8 , 10.0.0.3 7/4 3000/8 3500/8\n", { 0 }, "yyy" },
		{ "other times", T "1.1 10 D256 10.0.0.1 5/4 9000/8 9100/8 , "
		  "10.0.0.2 6/4 9000/8 9100/8 , 10.0.0.3 7/4 9000/8 9100/8\n", { 0 }, "yyy" },
		{ "times that are asked for", T "1.1 10 D256 10.0.0.1 5/4 9000/8 9100/8 , "
		  "10.0.0.2 6/4 2000/8 2500/8\n", { .strict = true }, "ny" },
		{ "another value", T "1.1 10 D256 10.0.0.1 5/4 1000/8 1500/8 , "
		  "10.0.0.2 9/4 2000/8 2500/8 , 10.0.0.3 7/4 3000/8 3500/8\n", { 0 }, "yny" },
		{ "another order", T "1.1 10 D256 10.0.0.3 7/4 3000/8 3500/8 , "
		  "10.0.0.1 5/4 1000/8 1500/8\n", { 0 }, "yy" },
		{ "another domain", "1.1 10/7 T256 8/4 1/4 152/8 153/8\n"
		  "1.1 10/7 D256 10.0.0.1 5/4 1000/8 1500/8\n", { 0 }, "n" },
		{ "another layout", "1.1 10 T256 8/4 2/4 152/8 153/8\n"
		  "1.1 10 D256 10.0.0.1 5/4 1000/8 1500/8\n", { 0 }, "n" },
		{ "another id", "1.1 10 T300 8/4 1/4 152/8 153/8\n"
		  "1.1 10 D300 10.0.0.1 5/4 1000/8 1500/8\n", { 0 }, "y" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct meaning_opts opts = cases[i].opts;
		struct gathered old, new;

		gather(&old, cases[0].script, &opts);
		opts.like = old.meaning;
		gather(&new, cases[i].script, &opts);
		for (size_t j = 0, k = 0; j < new.meaning->flows.n; j++) {
			const uint64_t *row = meaning_row(new.meaning, j), *its = NULL;
			bool once;

			if (row == NULL)
				continue;
			if (j < old.meaning->flows.n)
				its = top_table_row(&old.meaning->flows, j);
			once = its != NULL && its[MEANING_VALUES] == row[MEANING_VALUES];
			if (once != (cases[i].once[k++] == 'y'))
				fail_msg("%s: flow %zu", cases[i].name, k - 1);
		}
		gather_done(&old);
		gather_done(&new);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(gathers),
		cmocka_unit_test(columns),
		cmocka_unit_test(active_timeout),
		cmocka_unit_test(medians),
		cmocka_unit_test(classes),
		cmocka_unit_test(finds_domains),
		cmocka_unit_test(no_more_keys),
		cmocka_unit_test(no_more_uses),
		cmocka_unit_test(no_more_templates),
		cmocka_unit_test(bad_keys),
		cmocka_unit_test(duplicates),
		cmocka_unit_test(memory),
		cmocka_unit_test(adds_up),
		cmocka_unit_test(lengths),
		cmocka_unit_test(lends),
		cmocka_unit_test(keeps_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
