/* Held sets: what is given out late, in which order, and what is dropped. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/msgbuild.h"
#include "lib/nomem.h"
#include "lib/registry.h"
#include "lib/streams.h"

#define FLOW "8/4 12/4 1/4"
#define DATA "10.0.0.1 10.0.0.2 7/4"

struct row {
	const char *name;
	const char *script;
	const char *sets;
	const char *problems;			/* NULL: none */
	unsigned held, released, dropped;
	uint32_t seconds;			/* 0: the default */
	size_t octets;
};

static const struct row rows[] = {
	{ "in the order in which they came, session by session",
	  "1.1 9 D256 " DATA " | D257 " DATA "\n1.2 9 D256 " DATA "\n1.1 9 D256 " DATA "\n"
	  "1.1 9 T257 " FLOW "\n1.1 9 T256 " FLOW,
	  .sets = "pending pending pending pending (1)late@4 (1)late@5 (3)late@5 "
		  "(2)other-session@5",
	  .held = 4, .released = 4 },
	{ "all that comes while it is not known",
	  "1.1 9 D256 " DATA " | D256 " DATA " | D256 " DATA "\n1.1 9 T256 " FLOW " | D256 " DATA,
	  .sets = "pending pending pending live@2 (1)late@2 (1)late@2 (1)late@2",
	  .held = 3, .released = 3 },
	{ "the first definition reads them, though a second follows at once",
	  "1.1 9 D256 " DATA "\n1.1 9 T256 " FLOW " | T256 12/4 8/4 1/4",
	  .sets = "pending (1)late@2", .held = 1, .released = 1 },
	{ "a rejected definition is none",
	  "1.1 9 D256 " DATA "\n1.1 9 T256 8/0\n1.1 9 T256 " FLOW,
	  .sets = "pending (1)late@3", .held = 1, .released = 1 },
	{ "what does not fit waits for its own",
	  "1.1 9 D256 " DATA "\n1.2 9 T256 1/8\n1.2 9 T256 8/8 1/8\n1.1 9 T256 " FLOW,
	  .sets = "pending (1)late@4", .held = 1, .released = 1 },
	{ "of one session some fit another's, some do not",
	  "1.1 9 D256 " DATA " | D256 1/8 | D256 " DATA "\n1.2 9 T256 " FLOW "\n1.1 9 T256 1/8",
	  .sets = "pending pending pending (1)other-session@2 (1)other-session@2 (1)late@3",
	  .held = 3, .released = 3 },
	{ "and what comes then waits with those that did not",
	  "1.1 9 D256 1/8 | D256 " DATA "\n1.2 9 T256 " FLOW "\n1.1 9 D256 2/8 | D256 " DATA "\n"
	  "1.1 9 T256 1/8",
	  .sets = "pending pending (1)other-session@2 pending other-session@2 (1)late@4 (3)late@4",
	  .held = 3, .released = 3 },
	{ "another session's are tried so often and no more",
	  "1.1 9 D256 " DATA "\n1.2 9 T256 1/1 2/7\n1.2 9 T256 1/2 2/7\n1.2 9 T256 1/1 2/6\n"
	  "1.2 9 T256 1/8\n1.2 9 T256 1/3 2/8\n1.2 9 T256 1/5 2/5\n1.2 9 T256 1/5\n"
	  "1.2 9 T256 1/6 2/8\n1.2 9 T256 " FLOW "\n1.1 9 T256 " FLOW,
	  .sets = "pending (1)late@11", .held = 1, .released = 1 },
	{ "too old: dropped, in the time of the capture",
	  "1.1 9 D256 " DATA "\n1.1 9 D256 " DATA "\n1.1 9 T300 " FLOW "\n1.1 9 T300 " FLOW "\n"
	  "1.1 9 T256 " FLOW,
	  .sets = "pending pending (2)late@5", .held = 2, .released = 1, .dropped = 1,
	  .seconds = 3 },
	{ "just not too old",
	  "1.1 9 D256 " DATA "\n1.1 9 T300 " FLOW "\n1.1 9 T300 " FLOW "\n1.1 9 T256 " FLOW,
	  .sets = "pending (1)late@4", .held = 1, .released = 1, .seconds = 3 },
	{ "one that exceeds the bound is not held",
	  "1.1 9 D256 " DATA "\n1.1 9 T256 " FLOW,
	  .sets = "pending", .problems = "1:bound-reached",
	  .held = 1, .dropped = 1, .octets = 100 },
	{ "and costs none of those that are",
	  "1.1 9 D256 " DATA "\n1.1 9 D257 1/5000\n1.1 9 T256 " FLOW,
	  .sets = "pending pending (1)late@3", .problems = "2:bound-reached",
	  .held = 2, .released = 1, .dropped = 1, .octets = 4000 },
	{ "withdrawals over UDP change nothing",
	  "1.1 10 D256 " DATA "\n1.1 10 W256\n1.1 10 T256 " FLOW,
	  .sets = "pending (1)late@3", .problems = "2:withdrawal-over-udp",
	  .held = 1, .released = 1 },
};

static struct nf_tracker *tracker(const struct row *r)
{
	struct nf_tracker *t = nf_tracker_new(&(struct nf_tracker_opts){
		.hold = true,
		.hold_seconds = r->seconds,
		.max_hold = r->octets,
	}, registry);

	assert_non_null(t);
	return t;
}

static void outcomes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *r = &rows[i];
		struct nf_tracker *t = tracker(r);
		const struct nf_tracker_counts *c;
		struct stream_outcome o;
		struct stream s;

		print_message("# %s\n", r->name);
		assert_true(stream_init(&s, r->script));
		stream_outcome_init(&o);
		stream_run(&s, t, &o);
		assert_string_equal(nf_strbuf_cstr(&o.sets), r->sets);
		assert_string_equal(nf_strbuf_cstr(&o.problems),
				    r->problems != NULL ? r->problems : "");
		c = nf_tracker_counts(t);
		assert_int_equal(c->held, r->held);
		assert_int_equal(c->released, r->released);
		assert_int_equal(c->dropped, r->dropped);
		stream_outcome_done(&o);
		nf_tracker_free(t);
		stream_done(&s);
	}
}

/* A capture may say any time: the first one there is makes nothing too old. */
static void no_time_is_too_early(void **state)
{
	struct nf_tracker *t = tracker(&(struct row){ .octets = 0 });
	struct nf_delivery delivery;
	struct stream s;

	(void)state;
	assert_true(stream_init(&s, "1.1 9 D256 " DATA "\n1.1 9 D256 " DATA));
	s.d[1].ts_ns = INT64_MIN;
	for (size_t i = 0; i < s.n; i++)
		assert_int_equal(nf_tracker_feed(t, &s.d[i], &delivery), NF_REFUSAL_NONE);
	assert_int_equal(nf_tracker_counts(t)->held, 2);
	assert_int_equal(nf_tracker_counts(t)->dropped, 0);
	nf_tracker_free(t);
	stream_done(&s);
}

/* The bound lets the newest stay, whatever an octet of bookkeeping costs. */
static void the_oldest_make_room(void **state)
{
	enum { SETS = 60, BOUND = 8192 };
	struct nf_tracker *t = tracker(&(struct row){ .octets = BOUND });
	const struct nf_tracker_counts *c = nf_tracker_counts(t);
	struct stream_outcome o;
	struct nf_late late;
	struct stream s;
	uint64_t next;

	(void)state;
	assert_true(stream_init(&s, "1.1 9 D256 " DATA "\n1.1 9 T256 " FLOW));
	stream_outcome_init(&o);
	for (unsigned i = 0; i < SETS; i++) {
		s.d[0].frame = s.d[0].ordinal = i + 1;
		stream_feed(&s.d[0], t, &o);
	}
	assert_int_equal(c->held, SETS);
	assert_in_range(c->dropped, SETS - 40, SETS - 8);
	assert_int_equal(c->bounds_reached, c->dropped);
	s.d[1].ordinal = SETS + 1;
	nf_tracker_feed(t, &s.d[1], &(struct nf_delivery){ .at = 0 });
	for (next = c->dropped + 1; nf_tracker_late(t, &late); next++)
		assert_int_equal(late.datagram.frame, next);
	assert_int_equal(next, SETS + 1);
	assert_int_equal(c->released, SETS - c->dropped);
	stream_outcome_done(&o);
	nf_tracker_free(t);
	stream_done(&s);
}

/* What comes late has its own frame, time, client, header and octets. */
static void late_is_complete(void **state)
{
	struct nf_tracker *t = tracker(&rows[0]);
	struct nf_delivery delivery;
	struct nf_late late;
	struct stream s;
	struct nf_rec rec;
	struct nf_recs recs;
	uint16_t words[64];
	uint64_t v;

	(void)state;
	assert_true(stream_init(&s, "1.7 10/5 T300 " FLOW " | & 10/6 | T301 " FLOW " | D256 " DATA
				    " , 10.0.0.3 10.0.0.4 9/4\n1.7 10/6 T256 " FLOW));
	for (size_t i = 0; i < s.n; i++) {
		assert_false(nf_tracker_late(t, &late));
		assert_int_equal(nf_tracker_feed(t, &s.d[i], &delivery), NF_REFUSAL_NONE);
	}
	assert_true(nf_tracker_late(t, &late));
	assert_int_equal(late.datagram.frame, 1);
	assert_int_equal(late.datagram.ts_ns, s.d[0].ts_ns);
	assert_int_equal(late.datagram.src.port, 1007);
	assert_int_equal(late.session->src.port, 1007);
	assert_int_equal(late.msg.version, 10);
	assert_int_equal(late.msg.domain, 6);
	assert_null(late.msg.bytes.p);
	assert_null(late.datagram.payload.p);
	assert_int_equal(late.msg_offset, 16 + 20);
	assert_int_equal(late.set.id, 256);
	assert_int_equal(late.set.offset, 16 + 20);
	assert_int_equal(late.set.bytes.n, 24);
	nf_recs_open(&recs, &late.msg, &late.set, late.resolution.layout,
		     (struct nf_scratch){ .words = words, .n = 64 }, NULL);
	assert_true(nf_rec_next(&recs, &rec));
	assert_true(nf_slot(&rec, NF_ROLE_OCTETS, &v));
	assert_int_equal(v, 7);
	assert_true(nf_rec_next(&recs, &rec));
	assert_int_equal(rec.offset, 16 + 20 + 4 + 12);
	assert_false(nf_rec_next(&recs, &rec));
	assert_false(nf_tracker_late(t, &late));
	nf_tracker_free(t);
	stream_done(&s);
}

/* Lists in a late set are resolved where the set stands. */
static void lists_in_late_sets(void **state)
{
	struct nf_tracker *t = tracker(&rows[0]);
	struct nf_delivery delivery;
	struct nf_resolution inner;
	struct nf_late late;
	struct stream s;

	(void)state;
	assert_true(stream_init(&s, "1.1 10 T300 8/4\n"
				    "1.1 10 D256 v[ 3/1 300/2 10.0.0.1 ]\n"
				    "1.1 10 T300 27/16 | T256 292/v"));
	for (size_t i = 0; i < s.n; i++)
		assert_int_equal(nf_tracker_feed(t, &s.d[i], &delivery), NF_REFUSAL_NONE);
	assert_true(nf_tracker_late(t, &late));
	late.resolver.resolve(late.resolver.ctx, 300, nf_slice(late.set.bytes, 4, 4),
			      late.set.body + 4, &inner);
	assert_non_null(inner.layout);
	assert_int_equal(inner.how, NF_LIVE);
	assert_int_equal(inner.version->frame, 1);
	nf_tracker_free(t);
	stream_done(&s);
}

/* What nobody fetched, and what still waits, is freed with the tracker. */
static void nothing_leaks(void **state)
{
	struct nomem memory = { .left = -1 };
	struct nf_delivery delivery;
	struct nf_tracker *t;
	struct nf_late late;
	struct stream s;

	(void)state;
	assert_true(stream_init(&s, "1.1 9 D256 " DATA " | D256 " DATA " | D257 " DATA
				    " | D258 " DATA "\n1.1 9 T256 " FLOW " | T257 " FLOW));
	nomem_begin(&memory);
	t = tracker(&rows[0]);
	for (size_t i = 0; i < s.n; i++)
		nf_tracker_feed(t, &s.d[i], &delivery);
	assert_true(nf_tracker_late(t, &late));
	nf_tracker_free(t);
	nomem_end(&memory);
	stream_done(&s);
}

/* What a watch heard: a word each. */
struct heard {
	struct nf_strbuf words;
};

static void heard_lesson(void *ctx, const struct nf_session *session, uint16_t version,
			 uint32_t domain, const struct nf_template *t, enum nf_lesson what)
{
	static const char *const names[] = { "learned", "redefined", "withdrawn", "lost" };
	struct heard *h = ctx;

	assert_int_equal(session->src.port, 1001);
	assert_int_equal(domain, 0);
	assert_true(version == 9 || version == 10);
	nf_sb_printf(&h->words, "%s %u, ", names[what], t->id);
}

static void heard_holding(void *ctx, const struct nf_late *late, enum nf_holding what)
{
	static const char *const names[] = { "held", "released", "old", "room", "end" };
	struct heard *h = ctx;

	assert_int_equal(late->set.bytes.n, 12);
	assert_true((late->resolution.layout != NULL) == (what == NF_HOLDING_RELEASED));
	nf_sb_printf(&h->words, "%s %u@%u, ", names[what], late->set.id,
		     (unsigned)late->datagram.frame);
}

static void watched(struct nf_tracker *t, const char *script, struct heard *h)
{
	const struct nf_tracker_watch watch = { h, heard_lesson, heard_holding };
	struct nf_delivery delivery;
	struct nf_late late;
	struct stream s;

	nf_strbuf_init(&h->words);
	assert_true(stream_init(&s, script));
	nf_tracker_watch(t, &watch);
	for (size_t i = 0; i < s.n; i++) {
		assert_int_equal(nf_tracker_feed(t, &s.d[i], &delivery), NF_REFUSAL_NONE);
		while (nf_tracker_late(t, &late))
			assert_non_null(late.resolution.layout);
	}
	stream_done(&s);
}

/* Templates and held sets are told of, copies are not. */
static void a_watch_hears(void **state)
{
	struct nf_tracker *t = tracker(&(struct row){ .octets = 0 });
	struct heard h;

	(void)state;
	watched(t, "1.1 10 D256 " DATA "\n1.1 10 T256 " FLOW "\n1.1 10 T256 " FLOW "\n"
		"1.1 10 T256 8/4\n1.1/tcp 10 T300 " FLOW "\n1.1/tcp 10 W300\n1.1/tcp 10 T300 8/4",
		&h);
	assert_string_equal(nf_strbuf_cstr(&h.words),
			    "held 256@1, learned 256, released 256@1, redefined 256, learned 300, "
			    "withdrawn 300, learned 300, ");
	nf_strbuf_done(&h.words);
	nf_tracker_free(t);
}

/* Time goes by, and no message comes; then the end. */
static void swept_without_a_message(void **state)
{
	struct nf_tracker *t = tracker(&(struct row){ .seconds = 10 });
	const struct nf_tracker_counts *c = nf_tracker_counts(t);
	const int64_t second = 1000000000;
	struct stream s;
	struct heard h;

	(void)state;
	assert_true(stream_init(&s, "1.1 9 D256 " DATA "\n1.1 9 D257 " DATA "\n1.1 9 D258 " DATA));
	watched(t, "1.1 9 D256 " DATA "\n1.1 9 D257 " DATA "\n1.1 9 D258 " DATA, &h);
	nf_strbuf_clear(&h.words);
	nf_tracker_sweep(t, s.d[0].ts_ns + 10 * second);
	assert_string_equal(nf_strbuf_cstr(&h.words), "");
	nf_tracker_sweep(t, s.d[1].ts_ns + 10 * second + 1);
	assert_string_equal(nf_strbuf_cstr(&h.words), "old 256@1, old 257@2, ");
	assert_int_equal(c->holdings[NF_HOLDING_OLD], 2);
	assert_int_equal(c->dropped, 2);
	nf_tracker_end(t);
	assert_string_equal(nf_strbuf_cstr(&h.words), "old 256@1, old 257@2, end 258@3, ");
	assert_int_equal(c->holdings[NF_HOLDING_END], 1);
	assert_int_equal(c->dropped, 3);
	assert_int_equal(nf_tracker_counts(t)->hold_octets, 0);
	nf_tracker_watch(t, NULL);
	nf_strbuf_done(&h.words);
	nf_tracker_free(t);
	stream_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes),
		cmocka_unit_test(no_time_is_too_early),
		cmocka_unit_test(the_oldest_make_room),
		cmocka_unit_test(late_is_complete),
		cmocka_unit_test(lists_in_late_sets),
		cmocka_unit_test(nothing_leaks),
		cmocka_unit_test(a_watch_hears),
		cmocka_unit_test(swept_without_a_message),
	};

	return cmocka_run_group_tests(tests, make_registry, free_registry);
}
