/*
 * Which layout each data set is read with: every case once from a file, with look-ahead, and
 * once as it comes, with sets held.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/msgbuild.h"
#include "lib/registry.h"
#include "lib/streams.h"

#define FLOW "8/4 12/4 1/4"
#define SWAPPED "12/4 8/4 1/4"
#define LONG "8/4 12/4 1/8"
#define DATA "10.0.0.1 10.0.0.2 7/4"
#define LONG_DATA "10.0.0.1 10.0.0.2 7/8"

struct row {
	const char *name;
	const char *script;
	const char *file;	/* stream_outcome.sets with look-ahead */
	const char *live;	/* and with sets held; NULL: the same */
	const char *problems;	/* of the tracker, both ways; NULL: none */
	enum nf_scope scope;
};

static const struct row rows[] = {
	{ "in force",
	  "1.1 9 T256 " FLOW "\n1.1 9 D256 " DATA,
	  .file = "live@1" },
	{ "template and data in one message",
	  "1.1 10 T256 " FLOW " | D256 " DATA,
	  .file = "live@1" },
	{ "e1: data, template, data",
	  "1.1 9 D256 " DATA "\n1.1 9 T256 " FLOW "\n1.1 9 D256 " DATA,
	  .file = "late@2 live@2", .live = "pending (1)late@2 live@2" },
	{ "data before its template in one message",
	  "1.1 10 D256 " DATA " | T256 " FLOW " | D256 " DATA,
	  .file = "late@1 live@1" },
	{ "e2: redefined, src and dst swapped",
	  "1.1 9 T256 " FLOW "\n1.1 9 D256 " DATA "\n1.1 9 T256 " SWAPPED "\n1.1 9 D256 " DATA,
	  .file = "live@1 live@3" },
	{ "e2b: redefined with longer counters",
	  "1.1 9 T256 " FLOW "\n1.1 9 T256 " LONG "\n1.1 9 D256 " LONG_DATA,
	  .file = "live@2" },
	{ "a copy sent again is no new version",
	  "1.1 9 T256 " FLOW "\n1.1 9 T256 " FLOW "\n1.1 9 D256 " DATA,
	  .file = "live@1" },
	{ "redefined and back: the past stands",
	  "1.1 9 T256 " FLOW " | D256 " DATA "\n1.1 9 T256 " LONG " | D256 " LONG_DATA "\n"
	  "1.1 9 T256 " FLOW " | D256 " DATA,
	  .file = "live@1 live@2 live@3" },
	{ "redefined within one message",
	  "1.1 10 T256 " FLOW " | D256 " DATA " | T256 " LONG " | D256 " LONG_DATA,
	  .file = "live@1 live@1" },
	{ "in force but does not fit",
	  "1.1 9 T256 " LONG "\n1.1 9 D256 " DATA,
	  .file = "live@1!" },
	{ "padding to a multiple of 8, or not of zeros, is no misfit",
	  "1.1 9 T256 " FLOW "\n1.1 9 D256 " DATA " 0/7\n1.1 9 D256 " DATA " 1/3",
	  .file = "live@1 live@1" },
	{ "but too much to take another session's for it",
	  "1.1 9 T256 " FLOW "\n1.2 9 D256 " DATA " 0/7\n1.2 9 D256 " DATA " 1/3",
	  .file = "never-defined never-defined", .live = "pending pending" },
	{ "an empty set is no misfit",
	  "1.1 9 D256\n1.1 9 T256 " LONG "\n1.1 9 D256",
	  .file = "late@2 live@2", .live = "pending (1)late@2 live@2" },
	{ "an id becomes an options template (C4)",
	  "1.1 9 T256 " FLOW "\n1.1 9 O256 1/4 ; 34/4 35/4\n1.1 9 D256 1/4 2/4 3/4",
	  .file = "live@2" },
	{ "e3: template from one port, data from another",
	  "1.1 9 T256 " FLOW "\n1.2 9 D256 " DATA,
	  .file = "other-session@1" },
	{ "e3, the other way round",
	  "1.2 9 D256 " DATA "\n1.1 9 T256 " FLOW,
	  .file = "other-session@2", .live = "pending (1)other-session@2" },
	{ "pm112: what the other session has does not fit",
	  "1.1 9 T256 " LONG "\n1.2 9 D256 " DATA,
	  .file = "never-defined", .live = "pending" },
	{ "nearest before goes before first after",
	  "1.1 9 T256 " FLOW "\n1.3 9 T256 " SWAPPED "\n1.2 9 D256 " DATA "\n1.4 9 T256 " FLOW,
	  .file = "other-session@2" },
	{ "one that fits goes before a nearer one that does not",
	  "1.1 9 T256 " FLOW "\n1.3 9 T256 " LONG "\n1.2 9 D256 " DATA,
	  .file = "other-session@1" },
	{ "the session's own later one goes before another's",
	  "1.2 9 T256 " LONG "\n1.1 9 D256 " DATA "\n1.1 9 T256 " SWAPPED,
	  .file = "late@3", .live = "pending (2)late@3" },
	{ "the first later one, fit or not",
	  "1.1 9 D256 " DATA "\n1.1 9 T256 " LONG "\n1.1 9 T256 " FLOW,
	  .file = "late@2!", .live = "pending (1)late@2!" },
	{ "another exporter is no help",
	  "1.1 9 T256 " FLOW "\n2.1 9 D256 " DATA,
	  .file = "never-defined", .live = "pending" },
	{ "domains are apart",
	  "1.1 9/1 T256 " FLOW "\n1.1 9/2 T256 " LONG "\n1.1 9/1 D256 " DATA
	  "\n1.1 9/2 D256 " LONG_DATA,
	  .file = "live@1 live@2" },
	{ "known in another domain only",
	  "1.1 9/1 T256 " FLOW "\n1.1 9/2 D256 " DATA,
	  .file = "other-domain", .live = "pending" },
	{ "v9 and IPFIX are apart",
	  "1.1 9 T256 " FLOW "\n1.1 10 D256 " DATA,
	  .file = "never-defined", .live = "pending" },
	{ "by exporter: ports do not count",
	  "1.1 9 T256 " FLOW "\n1.2 9 D256 " DATA,
	  .file = "live@1", .scope = NF_SCOPE_EXPORTER },
	{ "by exporter: domains do",
	  "1.1 9/1 T256 " FLOW "\n1.2 9/2 D256 " DATA,
	  .file = "other-domain", .live = "pending", .scope = NF_SCOPE_EXPORTER },
	{ "by exporter: each IPFIX File is one all the same",
	  "1.1/file 10 T256 " FLOW "\n1.1/file2 10 T256 " LONG "\n1.1/file 10 D256 " DATA,
	  .file = "live@1", .scope = NF_SCOPE_EXPORTER },
	{ "e7: a withdrawal over UDP is ignored",
	  "1.1 10 T256 " FLOW "\n1.1 10 W256\n1.1 10 D256 " DATA,
	  .file = "live@1", .problems = "2:withdrawal-over-udp" },
	{ "e7b: and what is defined after it counts",
	  "1.1 10 T256 " FLOW "\n1.1 10 W256 | T256 " SWAPPED "\n1.1 10 D256 " DATA,
	  .file = "live@2", .problems = "2:withdrawal-over-udp" },
	{ "all withdrawn over UDP",
	  "1.1 10 T256 " FLOW "\n1.1 10 W2\n1.1 10 D256 " DATA,
	  .file = "live@1", .problems = "2:withdrawal-over-udp" },
	{ "a withdrawal over TCP counts",
	  "1.1/tcp 10 T256 " FLOW "\n1.1/tcp 10 W256\n1.1/tcp 10 D256 " DATA,
	  .file = "withdrawn" },
	{ "over SCTP and in a file too",
	  "1.1/sctp 10 T256 " FLOW "\n1.1/sctp 10 W256 | D256 " DATA "\n"
	  "2.1/file 10 T256 " FLOW " | W256 | D256 " DATA,
	  .file = "withdrawn withdrawn" },
	{ "withdrawn and defined anew",
	  "1.1/tcp 10 T256 " FLOW " | D256 " DATA " | W256\n"
	  "1.1/tcp 10 D256 " DATA "\n1.1/tcp 10 T256 " LONG " | D256 " LONG_DATA,
	  .file = "live@1 withdrawn live@3" },
	{ "all templates withdrawn, options stand",
	  "1.1/tcp 10 T256 " FLOW " | T257 " LONG " | O258 149/4 ; 41/4\n1.1/tcp 10 W2\n"
	  "1.1/tcp 10 D256 " DATA " | D257 " LONG_DATA " | D258 1/4 2/4",
	  .file = "withdrawn withdrawn live@1" },
	{ "all options withdrawn, templates stand",
	  "1.1/tcp 10 T256 " FLOW " | O258 149/4 ; 41/4\n1.1/tcp 10 X3\n"
	  "1.1/tcp 10 D256 " DATA " | D258 1/4 2/4",
	  .file = "live@1 withdrawn" },
	{ "a withdrawal of what was never defined",
	  "1.1/tcp 10 T256 " FLOW "\n1.1/tcp 10 W300\n1.1/tcp 10 W256\n1.1/tcp 10 W256",
	  .file = "", .problems = "2:withdrawal-of-unknown 4:withdrawal-of-unknown" },
	{ "what is defined after a withdrawal does not read what came before it",
	  "1.1/tcp 10 D256 " DATA "\n1.1/tcp 10 W256\n1.1/tcp 10 T256 " FLOW,
	  .file = "never-defined", .live = "pending",
	  .problems = "2:withdrawal-of-unknown" },
	{ "every field of length 0",
	  "1.1 9 T256 8/0 12/0\n1.1 9 D256 " DATA "\n1.1 9 T256 " FLOW "\n1.1 9 D256 " DATA,
	  .file = "rejected live@3" },
	{ "data before rejected ones waits for a good one, unless a withdrawal is nearer",
	  "1.1/tcp 10 D256 " DATA " | T256 8/0 | T256 12/0 | T256 " FLOW "\n"
	  "1.1/tcp 10 D257 " DATA " | T257 8/0 | W257 | T257 12/0 | T257 " FLOW,
	  .file = "late@1 never-defined", .live = "late@1 pending" },
	{ "a bad copy makes the good one no longer count",
	  "1.1 9 T256 " FLOW "\n1.1 9 T256 8/0\n1.1 9 D256 " DATA,
	  .file = "rejected" },
	{ "templates in a set that overruns are not learned",
	  "1.1 9 D256 " DATA "\n1.1 9 T257 " FLOW "\n1.1 9 T256 " FLOW " | L400",
	  .file = "never-defined", .live = "pending" },
	{ "a set that overruns is judged by its whole records",
	  "1.1 9 T256 " FLOW "\n1.1 9 D256 " DATA " , 1/4 2/4 | L400\n"
	  "1.2 9 T300 8/4 | D256 " DATA " , 1/4 | L99",
	  .file = "live@1 other-session@1" },
	{ "of a set that overruns, too, some come late",
	  "1.1 9 T300 8/4 | D256 " DATA " , 1/4 2/4 | L400\n1.2 9 T256 " FLOW,
	  .file = "other-session@2", .live = "pending (1)other-session@2" },
	{ "f8: a template with an id below 256",
	  "1.1 9 T100 " FLOW "\n1.1 9 T256 " FLOW "\n1.1 9 D256 " DATA,
	  .file = "live@2" },
	{ "two messages in one datagram, the second defines for the first",
	  "1.1 10 D256 " DATA " | & 10 | T256 " FLOW,
	  .file = "late@1", .problems = "1:second-message" },
	{ "octets behind the message",
	  "1.1 10 T256 " FLOW "\n1.1 10 D256 " DATA " | E7\n"
	  "1.1 10 D256 " DATA " | & 10 | T257 8/4 | E3",
	  .file = "live@1 live@1",
	  .problems = "2:trailing-octets 3:second-message 3:trailing-octets" },
	{ "two IPFIX Files are two sessions",
	  "1.1/file 10 T256 " FLOW "\n1.1/file2 10 D256 " DATA "\n1.1/file 10 D256 " DATA,
	  .file = "other-session@1 live@1" },
	{ "a doubtful message: of a file it is believed, of a datagram not",
	  "1.1/file 10 H500 | R9 | T256 " FLOW "\n1.1/file 10 D256 " DATA "\n"
	  "2.1 10 H500 | R9 | T256 " FLOW,
	  .file = "live@1 refused" },
	{ "variable length",
	  "1.1 10 T256 8/4 82/v\n1.1 10 D256 10.0.0.1 v\"eth0\" , 10.0.0.2 v\"\"\n"
	  "1.2 10 D256 10.0.0.1 v\"eth0\" , 10.0.0.2 v\"\"\n1.2 10 D256 10.0.0.1 7/4 9/4",
	  .file = "live@1 other-session@1 never-defined",
	  .live = "live@1 other-session@1 pending" },
};

/* One way of reading SCRIPT; both strings are compared. */
static unsigned expect(const struct row *r, bool file, const char *sets, const char *problems)
{
	struct stream_outcome o;
	struct stream_ahead ahead;
	struct nf_tracker *t;
	struct stream s;
	unsigned wrong = 0;

	assert_true(stream_init(&s, r->script));
	ahead = (struct stream_ahead){ .s = &s };
	t = nf_tracker_new(&(struct nf_tracker_opts){
		.scope = r->scope,
		.ahead = file ? stream_ahead : NULL,
		.ahead_ctx = &ahead,
		.hold = !file,
	}, registry);
	assert_non_null(t);
	stream_outcome_init(&o);
	stream_run(&s, t, &o);
	if (strcmp(nf_strbuf_cstr(&o.sets), sets) != 0) {
		print_error("%s (%s): want \"%s\", got \"%s\"\n", r->name, file ? "file" : "live",
			    sets, nf_strbuf_cstr(&o.sets));
		wrong = 1;
	}
	if (strcmp(nf_strbuf_cstr(&o.problems), problems) != 0) {
		print_error("%s (%s): problems: want \"%s\", got \"%s\"\n", r->name,
			    file ? "file" : "live", problems, nf_strbuf_cstr(&o.problems));
		wrong = 1;
	}
	stream_outcome_done(&o);
	nf_tracker_free(t);
	stream_done(&s);
	return wrong;
}

static void resolution(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		const char *problems = r->problems != NULL ? r->problems : "";

		wrong += expect(r, true, r->file, problems);
		wrong += expect(r, false, r->live != NULL ? r->live : r->file, problems);
	}
	assert_int_equal(wrong, 0);
}

/* -- Datagrams that are not whole ------------------------------------------------------ */

static struct nf_tracker *tracker(const struct nf_tracker_opts *opts)
{
	struct nf_tracker *t = nf_tracker_new(opts, registry);

	assert_non_null(t);
	return t;
}

/* What becomes of datagram D of a session that sent FLOW before, if TRUSTED. */
static void expect_datagram(const struct nf_datagram *d, bool trusted, const char *sets,
			    const char *problems)
{
	struct nf_tracker *t = tracker(&(struct nf_tracker_opts){ .hold = false });
	struct stream_outcome o;
	struct stream first;

	assert_true(stream_init(&first, "1.1 10 T256 " FLOW));
	stream_outcome_init(&o);
	if (trusted)
		stream_feed(&first.d[0], t, &o);
	stream_feed(d, t, &o);
	assert_string_equal(nf_strbuf_cstr(&o.sets), sets);
	assert_string_equal(nf_strbuf_cstr(&o.problems), problems);
	stream_outcome_done(&o);
	nf_tracker_free(t);
	stream_done(&first);
}

static void headers_that_are_cut(void **state)
{
	struct nf_datagram d;
	struct stream s;

	(void)state;
	assert_true(stream_init(&s, "1.1 10 D256 " DATA));
	d = s.d[0];
	for (d.payload.n = 0; d.payload.n < 16; d.payload.n++) {
		d.wire_len = (uint32_t)d.payload.n;
		expect_datagram(&d, true, d.payload.n < 2 ? "refused" : "",
				d.payload.n < 2 ? "" : "1:header-cut");
		expect_datagram(&d, false, "refused", "");
	}
	d = s.d[0];
	((uint8_t *)d.payload.p)[1] = 77;
	expect_datagram(&d, true, "refused", "");
	stream_done(&s);
}

static void a_cut_header_is_all_there_is(void **state)
{
	struct nf_tracker *t = tracker(&(struct nf_tracker_opts){ .hold = false });
	struct nf_delivery delivery;
	struct nf_datagram cut;
	struct stream s;
	struct nf_view v;

	(void)state;
	assert_true(stream_init(&s, "1.1 10 T256 " FLOW));
	assert_int_equal(nf_tracker_feed(t, &s.d[0], &delivery), NF_REFUSAL_NONE);
	cut = s.d[0];
	cut.payload.n = 9;
	assert_int_equal(nf_tracker_feed(t, &cut, &delivery), NF_REFUSAL_NONE);
	assert_true(nf_delivery_next(&delivery, &v, NULL));
	assert_true(v.headerless);
	assert_null(v.msg.format);
	assert_int_equal(v.msg.version, 10);
	assert_int_equal(v.msg.bytes.n, 9);
	assert_int_equal(v.msg.wire_len, s.d[0].wire_len);
	assert_true(v.msg.cut);
	assert_int_equal(v.trailing.len, 0);
	assert_false(nf_delivery_next(&delivery, &v, NULL));
	assert_true(nf_tracker_view(t, &cut, 0, &v, NULL));
	assert_true(v.headerless);
	assert_int_equal(v.msg.bytes.n, 9);
	assert_false(nf_tracker_view(t, &cut, 4, &v, NULL));
	nf_tracker_free(t);
	stream_done(&s);
}

/* A set that the capture cut is judged by the records that are there whole. */
static void sets_that_are_cut(void **state)
{
	static const struct {
		const char *first;
		size_t body;		/* octets of it that are there */
		const char *sets;
	} cases[] = {
		{ "1.1 9 T256 " FLOW, 24, "live@1" },
		{ "1.1 9 T256 " FLOW, 17, "live@1" },
		{ "1.1 9 T256 " FLOW, 3, "live@1" },
		{ "1.2 9 T256 " FLOW, 17, "other-session@1" },
		{ "1.2 9 T256 " FLOW, 3, "never-defined" },
		{ "1.2 9 T256 8/4 82/v", 17, "never-defined" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct nf_tracker *t = tracker(&(struct nf_tracker_opts){ .hold = false });
		struct stream first, s;
		struct stream_outcome o;

		assert_true(stream_init(&first, cases[i].first));
		assert_true(stream_init(&s, "1.1 9 D256 " DATA " , " DATA " , " DATA));
		s.d[0].payload.n = 20 + 4 + cases[i].body;
		s.d[0].ordinal = 1;
		stream_outcome_init(&o);
		stream_feed(&first.d[0], t, &o);
		stream_feed(&s.d[0], t, &o);
		assert_string_equal(nf_strbuf_cstr(&o.sets), cases[i].sets);
		stream_outcome_done(&o);
		nf_tracker_free(t);
		stream_done(&s);
		stream_done(&first);
	}
}

static void facts_and_bounds_are_reported(void **state)
{
	struct nf_tracker *t = tracker(&(struct nf_tracker_opts){ .max_sessions = 1 });
	struct stream_outcome o;
	struct stream s;

	(void)state;
	assert_true(stream_init(&s, "1.1 9 T256 " FLOW "\n1.2 9 T256 " FLOW "\n1.3 9 D256 " DATA
				    "\n1.1 9 D256 " DATA "\n2.1 9 D256 " DATA));
	s.d[0].facts.udp_short = true;
	stream_outcome_init(&o);
	stream_run(&s, t, &o);
	/* 1.2 and 1.3 share what is left of their exporter, 2.1 has nobody to share with. */
	assert_string_equal(nf_strbuf_cstr(&o.sets), "live@2 live@1 never-defined");
	assert_string_equal(nf_strbuf_cstr(&o.problems),
			    "1:udp-length-wrong 2:bound-reached 3:bound-reached 5:bound-reached");
	assert_int_equal(nf_tracker_counts(t)->bounds_reached, 3);
	assert_int_equal(nf_tracker_counts(t)->shared, 3);
	stream_outcome_done(&o);
	nf_tracker_free(t);
	stream_done(&s);
}

/* Where the input can be read twice, nothing is held. */
static void look_ahead_goes_before_holding(void **state)
{
	struct stream_ahead ahead;
	struct stream_outcome o;
	struct nf_tracker *t;
	struct stream s;

	(void)state;
	assert_true(stream_init(&s, "1.1 9 D256 " DATA " | D257 " DATA "\n1.1 9 T256 " FLOW));
	ahead = (struct stream_ahead){ .s = &s };
	t = tracker(&(struct nf_tracker_opts){
		.ahead = stream_ahead, .ahead_ctx = &ahead, .hold = true });
	stream_outcome_init(&o);
	stream_run(&s, t, &o);
	assert_string_equal(nf_strbuf_cstr(&o.sets), "late@2 never-defined");
	assert_int_equal(nf_tracker_counts(t)->held, 0);
	stream_outcome_done(&o);
	nf_tracker_free(t);
	stream_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(resolution),
		cmocka_unit_test(headers_that_are_cut),
		cmocka_unit_test(a_cut_header_is_all_there_is),
		cmocka_unit_test(sets_that_are_cut),
		cmocka_unit_test(facts_and_bounds_are_reported),
		cmocka_unit_test(look_ahead_goes_before_holding),
	};

	return cmocka_run_group_tests(tests, make_registry, free_registry);
}
