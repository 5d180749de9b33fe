/* The tree of exporters: what stands where, bounds that are reached, memory that runs out. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/msgbuild.h"
#include "lib/nomem.h"
#include "lib/streams.h"
#include "out/exporters.h"

enum { MESSAGES = 12 };

/* Messages of several exporters, ports and domains: v5, v9 with a template and data, IPFIX. */
struct feed {
	struct mb m[MESSAGES];
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct exporters *exporters;
};

static void build(struct feed *f)
{
	static const unsigned versions[] = { 5, 9, 10 };

	for (unsigned i = 0; i < MESSAGES; i++) {
		struct mb *m = &f->m[i];
		unsigned version = versions[i % 3];

		mb_init(m);
		mb_begin(m, version, &(struct mb_header){ .seq = i, .domain = i % 2,
							  .engine_id = (uint8_t)(i % 2) });
		if (version == 5) {
			mb_flow(m, &(struct mb_flow){ .packets = 1, .octets = 100 });
		} else {
			mb_set_begin(m, version == 9 ? 0 : 2);
			mb_template(m, 256, "8/4 12/4");
			mb_set_end(m);
			mb_set_begin(m, i < 6 ? 256 : 300);
			mb_record(m, "10.0.0.1 10.0.0.2");
			mb_set_end(m);
		}
		mb_end(m);
		assert_false(m->failed);
	}
}

static void unbuild(struct feed *f)
{
	for (unsigned i = 0; i < MESSAGES; i++)
		mb_done(&f->m[i]);
}

/* False if memory was out before anything could be fed. */
static bool feed(struct feed *f, size_t max_domains)
{
	const struct nf_tracker_opts opts = { .scope = NF_SCOPE_SESSION };
	const struct nf_seq_opts seq = { .max_holes = 2 };

	f->registry = nf_registry_new();
	f->tracker = f->registry != NULL ? nf_tracker_new(&opts, f->registry) : NULL;
	f->exporters = exporters_new(&seq, max_domains);
	if (f->tracker == NULL || f->exporters == NULL)
		return false;
	for (unsigned i = 0; i < MESSAGES; i++) {
		struct nf_datagram d = {
			.ordinal = i, .frame = i + 1,
			.ts_ns = (int64_t)MB_SECS * 1000000000 + i,
			.wire_len = (uint32_t)f->m[i].n, .payload = mb_bytes(&f->m[i]),
			.src = { .addr = { .family = 4, .octets = { 192, 0, 2 } },
				 .port = (uint16_t)(1000 + i % 2) },
			.dst = { .addr = { .family = 4, .octets = { 192, 0, 2, 9 } } },
		};
		struct nf_delivery delivery;
		struct nf_view view;

		d.src.addr.octets[3] = (uint8_t)(i / 6);
		if (nf_tracker_feed(f->tracker, &d, &delivery) != NF_REFUSAL_NONE)
			continue;
		while (nf_delivery_next(&delivery, &view, NULL))
			exporters_message(f->exporters, &view, true, 0);
	}
	return exporters_settle(f->exporters);
}

static void unfeed(struct feed *f)
{
	exporters_free(f->exporters);
	nf_tracker_free(f->tracker);
	nf_registry_free(f->registry);
}

static uint64_t messages(const struct exporters *x)
{
	const struct exporters_domain *d;
	uint64_t n = exporters_beyond(x).messages;

	for (size_t i = 0; (d = exporters_domain_at(x, i)) != NULL; i++)
		n += d->counts.messages;
	return n;
}

static void places(void **state)
{
	const struct exporters_domain *d, *before = NULL;
	struct feed f;
	size_t n = 0;

	(void)state;
	build(&f);
	assert_true(feed(&f, 0));
	for (; (d = exporters_domain_at(f.exporters, n)) != NULL; n++) {
		const struct nf_seq_stream *s;
		size_t next = 0, streams = 0;

		assert_int_equal(d->exporter->index, n / 6);
		while ((s = exporters_stream(f.exporters, d, &next)) != NULL) {
			assert_int_equal(s->key.version, d->version);
			assert_int_equal(s->key.domain, d->domain);
			streams++;
		}
		assert_int_equal(streams, 1);
		assert_true(before == NULL || before->exporter != d->exporter ||
			    before->session->index <= d->session->index);
		before = d;
	}
	assert_int_equal(n, 12);
	assert_int_equal(messages(f.exporters), MESSAGES);
	unfeed(&f);
	unbuild(&f);
}

static void bound(void **state)
{
	struct feed f;

	(void)state;
	build(&f);
	assert_true(feed(&f, 5));
	assert_null(exporters_domain_at(f.exporters, 5));
	assert_int_equal(exporters_beyond(f.exporters).messages, MESSAGES - 5);
	unfeed(&f);
	unbuild(&f);
}

/* Capture stamps as far off as they can be: differences stay what they are, and ages have room. */
static void stamps(void **state)
{
	static const struct { int64_t ts; bool after; } rows[] = {
		{ INT64_MIN, false }, { INT64_MAX, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct nf_registry *registry = nf_registry_new();
		struct nf_tracker *t = nf_tracker_new(&(struct nf_tracker_opts){ .hold = true },
						      registry);
		struct exporters *x = exporters_new(&(struct nf_seq_opts){ .max_gap = 0 }, 0);
		struct nf_datagram d = {
			.ts_ns = rows[i].ts,
			.src = { .addr = { .family = 4, .octets = { 192, 0, 2, 1 } } },
		};
		const struct exporters_domain *domain;
		struct nf_delivery delivery;
		struct nf_view view;
		struct mb m;

		mb_init(&m);
		mb_begin(&m, 5, &(struct mb_header){ .secs = 1000, .uptime_ms = 1000000 });
		mb_flow(&m, &(struct mb_flow){ .packets = 1, .octets = 100 });
		mb_end(&m);
		d.payload = mb_bytes(&m);
		d.wire_len = (uint32_t)m.n;
		assert_int_equal(nf_tracker_feed(t, &d, &delivery), NF_REFUSAL_NONE);
		while (nf_delivery_next(&delivery, &view, NULL)) {
			const int64_t age = INT64_C(1000000) << 32;

			assert_true(view.msg.clock_captured);
			assert_true(view.msg.clock_ns >= INT64_MIN + age &&
				    view.msg.clock_ns <= INT64_MAX - age);
			exporters_message(x, &view, true, 0);
		}
		domain = exporters_domain_at(x, 0);
		assert_non_null(domain);
		assert_int_equal(domain->delay->max > 0, rows[i].after);
		assert_true(exporters_median(domain->delay) >= -INT64_MAX);
		mb_done(&m);
		exporters_free(x);
		nf_tracker_free(t);
		nf_registry_free(registry);
	}
}

/* A held set of a message that was not shown takes nothing from one that was. */
static void late_and_hidden(void **state)
{
	struct nf_registry *registry = nf_registry_new();
	struct nf_tracker *t = nf_tracker_new(&(struct nf_tracker_opts){ .hold = true }, registry);
	struct exporters *x = exporters_new(&(struct nf_seq_opts){ .max_gap = 0 }, 0);
	const struct exporters_counts *c;
	struct stream s;

	(void)state;
	assert_true(stream_init(&s, "1.1 9 D256 100/4\n1.1 9 D256 100/4 , 1/4 , 2/4\n"
				    "1.1 9 T256 1/4"));
	for (size_t i = 0; i < s.n; i++) {
		struct nf_delivery delivery;
		struct nf_view view;
		struct nf_late late;

		assert_int_equal(nf_tracker_feed(t, &s.d[i], &delivery), NF_REFUSAL_NONE);
		while (nf_delivery_next(&delivery, &view, NULL))
			exporters_message(x, &view, i != 1, 0);
		while (nf_tracker_late(t, &late))
			if (late.set.length > 8)
				exporters_late(x, &late);
	}
	c = &exporters_domain_at(x, 0)->counts;
	assert_int_equal(c->undecoded[NF_PENDING], 1);
	assert_int_equal(c->undecoded_octets[NF_PENDING], 8);
	assert_int_equal(c->flows, 0);
	stream_done(&s);
	exporters_free(x);
	nf_tracker_free(t);
	nf_registry_free(registry);
}

static void out_of_memory(void **state)
{
	bool failed = true;
	struct feed f;

	(void)state;
	build(&f);
	for (long n = 0; failed; n++) {
		struct nomem memory = { .left = n };
		struct nf_strbuf text;

		nomem_begin(&memory);
		nf_strbuf_init(&text);
		if (feed(&f, 0)) {
			struct exporters_view view = { .exporters = f.exporters, .width = 40 };

			assert_int_equal(messages(f.exporters), MESSAGES);
			exporters_text(&text, &view);
			exporters_json(&text, &view);
		}
		nf_strbuf_done(&text);
		unfeed(&f);
		nomem_end(&memory);
		failed = memory.failed;
	}
	unbuild(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places),
		cmocka_unit_test(bound),
		cmocka_unit_test(stamps),
		cmocka_unit_test(late_and_hidden),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
