/* Who sends how much: counts, marks, the largest, losses, bounds, memory that runs out. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "lib/registry.h"
#include "lib/streams.h"
#include "out/vitals.h"

#define FLOW "8/4 12/4 1/4"
#define DATA "10.0.0.1 10.0.0.2 7/4"

struct feed {
	struct nf_tracker *tracker;
	struct traffic *traffic;
};

static void feed_one(struct feed *f, const struct nf_datagram *d)
{
	struct nf_delivery delivery;
	struct nf_late late;
	struct nf_view view;

	assert_int_equal(nf_tracker_feed(f->tracker, d, &delivery), NF_REFUSAL_NONE);
	while (nf_delivery_next(&delivery, &view, NULL))
		traffic_message(f->traffic, &view, 0);
	while (nf_tracker_late(f->tracker, &late))
		traffic_late(f->traffic, &late);
}

static void feed(struct feed *f, const char *script)
{
	struct stream s;

	assert_true(stream_init(&s, script));
	for (size_t i = 0; i < s.n; i++)
		feed_one(f, &s.d[i]);
	stream_done(&s);
}

static void open_feed(struct feed *f)
{
	f->tracker = nf_tracker_new(&(struct nf_tracker_opts){ .hold = true }, registry);
	f->traffic = traffic_new();
	assert_non_null(f->tracker);
	assert_non_null(f->traffic);
}

static void close_feed(struct feed *f)
{
	traffic_free(f->traffic);
	nf_tracker_free(f->tracker);
}

/* Three exporters; the second one's set is read late. */
static const char script[] =
	"1.1 9 T256 " FLOW "\n1.1 9 D256 " DATA ", " DATA "\n"
	"2.1 9 D256 " DATA "\n2.1 9 D300 " DATA "\n2.1 9 T256 " FLOW "\n"
	"3.1 9 T256 " FLOW;

static void counts(void **state)
{
	const struct traffic_exporter *top[2], *total;
	struct traffic_exporter rest;
	struct feed f;
	size_t nrest;

	(void)state;
	open_feed(&f);
	feed(&f, script);
	total = traffic_total(f.traffic);
	assert_int_equal(total->counts.messages, 6);
	assert_int_equal(total->counts.records, 3);
	assert_int_equal(total->counts.undecoded, 1);
	assert_int_equal(traffic_largest(f.traffic, top, 2, &rest, &nrest), 2);
	assert_int_equal(top[0]->addr.octets[3], 2);
	assert_int_equal(top[0]->counts.messages, 3);
	assert_int_equal(top[0]->counts.records, 1);
	assert_int_equal(top[0]->counts.undecoded, 1);
	assert_int_equal(top[1]->addr.octets[3], 1);
	assert_int_equal(top[1]->counts.records, 2);
	assert_int_equal(nrest, 1);
	assert_int_equal(rest.counts.messages, 1);
	close_feed(&f);
}

/* Who sends most is asked of what came since the mark. */
static void since_the_mark(void **state)
{
	const struct traffic_exporter *top[3];
	struct traffic_exporter rest;
	struct feed f;
	size_t nrest;

	(void)state;
	open_feed(&f);
	feed(&f, script);
	traffic_mark(f.traffic);
	feed(&f, "3.1 9 D256 " DATA);
	assert_int_equal(traffic_largest(f.traffic, top, 3, &rest, &nrest), 3);
	assert_int_equal(nrest, 0);
	assert_int_equal(top[0]->addr.octets[3], 3);
	assert_int_equal(top[0]->counts.messages - top[0]->since.messages, 1);
	assert_int_equal(top[1]->addr.octets[3], 2);
	assert_int_equal(rest.counts.messages, 0);
	close_feed(&f);
}

/* A flood of addresses is one row more. */
static void bounded(void **state)
{
	const struct traffic_exporter *top[1];
	struct traffic_exporter rest;
	struct feed f;
	struct stream s;
	size_t nrest;

	(void)state;
	open_feed(&f);
	assert_true(stream_init(&s, "1.1 9 T256 " FLOW));
	for (uint32_t i = 0; i < TRAFFIC_EXPORTERS + 100; i++) {
		s.d[0].ordinal = i;
		s.d[0].src.addr.octets[1] = (uint8_t)(i >> 16);
		s.d[0].src.addr.octets[2] = (uint8_t)(i >> 8);
		s.d[0].src.addr.octets[3] = (uint8_t)i;
		feed_one(&f, &s.d[0]);
	}
	assert_int_equal(traffic_largest(f.traffic, top, 1, &rest, &nrest), 1);
	assert_int_equal(nrest, TRAFFIC_EXPORTERS - 1);
	assert_int_equal(rest.counts.messages, TRAFFIC_EXPORTERS - 1 + 100);
	assert_int_equal(traffic_total(f.traffic)->counts.messages, TRAFFIC_EXPORTERS + 100);
	stream_done(&s);
	close_feed(&f);
}

/* What people read. */
static void lines(void **state)
{
	const struct capture_counts capture = { .datagrams = 9, .capture_drops = 3 };
	struct vitals v = {
		.now_ns = 1704067200 * INT64_C(1000000000), .up_ns = INT64_C(3600000000000),
		.since_ns = 2500000000, .capture = &capture, .before = 2, .memory = 3 << 19,
	};
	struct nf_strbuf s;
	struct feed f;

	(void)state;
	open_feed(&f);
	feed(&f, "1.1 9 T256 " FLOW "\n1.1 9 D256 " DATA "\n1.1 9 D300 " DATA);
	v.traffic = f.traffic;
	v.tracker = nf_tracker_counts(f.tracker);
	nf_strbuf_init(&s);
	vitals_text(&s, &v, "x: ");
	assert_non_null(strstr(nf_strbuf_cstr(&s), "x: stats 2024-01-01T00:00:00Z up=3600s in=2.5s "
			       "datagrams=+7 messages=+3 records=+1 messages/s=1\n"));
	assert_non_null(strstr(s.p, "\nx: stats dropped kernel=3 "));
	assert_non_null(strstr(s.p, "\nx: stats sets held=1 released=0 waiting=1 "));
	assert_non_null(strstr(s.p, "\nx: stats refused=0\n"));
	assert_non_null(strstr(s.p, " memory=1.5MiB\n"));
	assert_non_null(strstr(s.p, "\nx: stats exporter=10.0.0.1 messages=3 new=+3 records=1 "));
	nf_strbuf_done(&s);
	close_feed(&f);
}

static void out_of_memory(void **state)
{
	struct nomem memory = { .left = 0 };
	struct traffic *t = NULL;

	(void)state;
	for (long n = 0; t == NULL; n++) {
		memory = (struct nomem){ .left = n };
		nomem_begin(&memory);
		t = traffic_new();
		if (t == NULL)
			nomem_end(&memory);
		assert_true(n < 64);
	}
	traffic_free(t);
	nomem_end(&memory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts),
		cmocka_unit_test(since_the_mark),
		cmocka_unit_test(bounded),
		cmocka_unit_test(lines),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, make_registry, free_registry);
}
