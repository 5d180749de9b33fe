/* Look-ahead: how far it reads, that it changes nothing that the main pass would find. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/msgbuild.h"
#include "lib/registry.h"
#include "lib/streams.h"

#define FLOW "8/4 12/4 1/4"
#define DATA "10.0.0.1 10.0.0.2 7/4"

struct rig {
	struct stream stream;
	struct stream_ahead ahead;
	struct nf_tracker *t;
	struct stream_outcome o;
};

static void rig_begin(struct rig *r, const char *script, bool look)
{
	assert_true(stream_init(&r->stream, script));
	r->ahead = (struct stream_ahead){ .s = &r->stream };
	r->t = nf_tracker_new(&(struct nf_tracker_opts){
		.ahead = look ? stream_ahead : NULL,
		.ahead_ctx = &r->ahead,
	}, registry);
	assert_non_null(r->t);
	stream_outcome_init(&r->o);
}

static void rig_end(struct rig *r)
{
	stream_outcome_done(&r->o);
	nf_tracker_free(r->t);
	stream_done(&r->stream);
}

/* Feed datagram I, counted from 1, and say how far the second source has been read. */
static size_t feed(struct rig *r, size_t i)
{
	stream_feed(&r->stream.d[i - 1], r->t, &r->o);
	return r->ahead.at;
}

static void reads_no_further_than_needed(void **state)
{
	struct rig r;

	(void)state;
	rig_begin(&r, "1.1 9 T256 " FLOW "\n"
		      "1.1 9 D256 " DATA "\n"
		      "1.1 9 D257 " DATA "\n"
		      "2.1 9 T257 " FLOW "\n"
		      "1.1 9 T257 " FLOW "\n"
		      "1.1 9 D257 " DATA "\n"
		      "1.1 9 D258 " DATA "\n"
		      "1.1 9 D257 " DATA "\n"
		      "1.1 9 T258 " FLOW "\n"
		      "1.1 9 D259 " DATA " | D259 " DATA "\n"
		      "1.1 9 D260 " DATA, true);
	assert_int_equal(feed(&r, 1), 0);
	assert_int_equal(feed(&r, 2), 0);
	assert_int_equal(feed(&r, 3), 5);
	assert_int_equal(feed(&r, 4), 5);
	assert_int_equal(feed(&r, 5), 5);
	assert_int_equal(feed(&r, 6), 5);
	assert_int_equal(feed(&r, 7), 9);
	assert_int_equal(feed(&r, 8), 9);
	assert_int_equal(feed(&r, 9), 9);
	assert_int_equal(feed(&r, 10), 11);
	assert_int_equal(feed(&r, 11), 11);
	assert_string_equal(nf_strbuf_cstr(&r.o.sets),
			    "live@1 late@5 live@5 late@9 live@5 never-defined never-defined "
			    "never-defined");
	assert_int_equal(nf_tracker_counts(r.t)->ahead_datagrams, 11);
	rig_end(&r);
}

/* A reserved set at the front, with a clock that is off: believed of a trusted session alone. */
static const char doubtful[] =
	"1.1 10 T256 " FLOW "\n"
	"1.1 10 D999 " DATA " | D303 " DATA "\n"	/* look-ahead reads all there is */
	"1.2 10 H500 | R9 | T300 " FLOW "\n"		/* not trusted yet: refused */
	"1.2 10 T301 " FLOW " | D302 " DATA "\n"
	"1.2 10 H500 | R9 | T302 " FLOW "\n"		/* trusted by now */
	"1.1 10 H500 | R9 | T303 " FLOW "\n"		/* trusted by the main pass */
	"1.1 10 T256 " FLOW "\n"
	"1.1 10 T256 12/4 8/4 | D999 " DATA;

/* What nf_tracker_next_version lists, as "port/id@frame*sent". */
static void list(struct rig *r, struct nf_strbuf *s)
{
	struct nf_version_iter it = { .session = 0 };
	struct nf_version_info info;

	while (nf_tracker_next_version(r->t, &it, &info))
		nf_sb_printf(s, " %u/%u@%u*%u", info.session->src.port, info.version->id,
			     (unsigned)info.version->frame, (unsigned)info.sent);
}

static void changes_nothing(void **state)
{
	static const char want[] =
		" 1001/256@1*2 1001/256@8*1 1001/303@6*1 1002/301@4*1 1002/302@5*1";

	(void)state;
	for (int look = 0; look < 2; look++) {
		const struct nf_tracker_counts *c;
		struct nf_strbuf s;
		struct rig r;

		nf_strbuf_init(&s);
		rig_begin(&r, doubtful, look);
		stream_run(&r.stream, r.t, &r.o);
		list(&r, &s);
		assert_string_equal(nf_strbuf_cstr(&s), want);
		assert_string_equal(nf_strbuf_cstr(&r.o.sets), look ?
				    "never-defined late@6 refused late@5 never-defined" :
				    "never-defined never-defined refused never-defined "
				    "never-defined");
		assert_int_equal(r.ahead.ends, look);
		c = nf_tracker_counts(r.t);
		assert_int_equal(c->versions, 5);
		assert_int_equal(c->templates_sent, 6);
		assert_int_equal(c->layouts, 2);
		assert_int_equal(c->sessions, 2);
		assert_int_equal(c->datagrams, 7);
		assert_int_equal(c->refused[NF_REFUSAL_TIME], 1);
		assert_int_equal(c->ahead_datagrams, look ? 8 : 0);
		rig_end(&r);
		nf_strbuf_done(&s);
	}
}

/* Reading a message again, whenever and in whatever order, says the same as the first time. */
static void views_are_pure(void **state)
{
	static const char script[] =
		"1.1 10 D256 " DATA "\n"
		"1.1 10 T256 " FLOW " | D256 " DATA " | D257 " DATA "\n"
		"1.2 10 D256 " DATA " | & 10/3 | D256 " DATA "\n"
		"1.1 10 T256 12/4 8/4 1/4 | D256 " DATA " | W256\n"
		"1.1 10 D256 " DATA;
	struct nf_strbuf again;
	struct rig r;

	(void)state;
	rig_begin(&r, script, true);
	stream_run(&r.stream, r.t, &r.o);
	assert_string_equal(nf_strbuf_cstr(&r.o.sets),
			    "late@2 live@2 never-defined other-session@2 other-domain live@4 "
			    "live@4");
	assert_string_equal(nf_strbuf_cstr(&r.o.problems),
			    "3:second-message 4:withdrawal-over-udp");
	for (unsigned round = 0; round < 2; round++) {
		nf_strbuf_init(&again);
		for (size_t i = r.stream.n; i-- > 0;) {
			struct stream_outcome o;

			stream_outcome_init(&o);
			stream_view(&r.stream.d[i], r.t, &o);
			nf_sb_printf(&again, "%s%s;", nf_strbuf_cstr(&o.sets),
				     nf_strbuf_cstr(&o.problems));
			stream_outcome_done(&o);
		}
		assert_string_equal(nf_strbuf_cstr(&again),
				    "live@4;live@44:withdrawal-over-udp;"
				    "other-session@2 other-domain3:second-message;"
				    "live@2 never-defined;late@2;");
		nf_strbuf_done(&again);
	}
	rig_end(&r);
}

static void a_session_never_met_has_no_view(void **state)
{
	struct stream other;
	struct nf_view v;
	struct rig r;

	(void)state;
	rig_begin(&r, "1.1 10 T256 " FLOW, true);
	assert_true(stream_init(&other, "1.2 10 T256 " FLOW));
	stream_run(&r.stream, r.t, &r.o);
	assert_true(nf_tracker_view(r.t, &r.stream.d[0], 0, &v, NULL));
	assert_false(nf_tracker_view(r.t, &r.stream.d[0], 30, &v, NULL));
	assert_false(nf_tracker_view(r.t, &r.stream.d[0], 4000, &v, NULL));
	assert_false(nf_tracker_view(r.t, &other.d[0], 0, &v, NULL));
	stream_done(&other);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_no_further_than_needed),
		cmocka_unit_test(changes_nothing),
		cmocka_unit_test(views_are_pure),
		cmocka_unit_test(a_session_never_met_has_no_view),
	};

	return cmocka_run_group_tests(tests, make_registry, free_registry);
}
