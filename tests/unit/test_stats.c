/* Totals: what is added up, and what is not. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/streams.h"
#include "model/stats.h"

/* What SCRIPT adds up to, as an input that cannot be read ahead. */
static void run(struct stats *stats, const char *script)
{
	struct nf_registry *registry = nf_registry_new();
	struct nf_tracker *t;
	struct nf_delivery delivery;
	struct nf_view view;
	struct nf_late late;
	struct stream s;

	assert_non_null(registry);
	t = nf_tracker_new(&(struct nf_tracker_opts){ .hold = true }, registry);
	assert_non_null(t);
	assert_true(stream_init(&s, script));
	assert_true(stats_init(stats));
	for (size_t i = 0; i < s.n; i++) {
		assert_int_equal(nf_tracker_feed(t, &s.d[i], &delivery), NF_REFUSAL_NONE);
		while (nf_delivery_next(&delivery, &view, NULL))
			stats_message(stats, &view);
		while (nf_tracker_late(t, &late))
			stats_late(stats, &late);
	}
	stats_done(stats);
	stream_done(&s);
	nf_tracker_free(t);
	nf_registry_free(registry);
}

static void sums(void **state)
{
	static const struct {
		const char *name, *script;
		uint64_t flows, sums[STATS_SUMS];
	} rows[] = {
		{ "flows",
		  "1.1 9 T256 1/4 2/4\n1.1 9 D256 100/4 1/4 , 20/4 2/4",
		  2, { [STATS_OCTETS] = 120, [STATS_PACKETS] = 3 } },
		{ "deltas apart from totals",
		  "1.1 9 T256 85/4 86/4 1/4\n1.1 9 D256 7/4 8/4 9/4",
		  1, { [STATS_OCTETS] = 9, [STATS_OCTETS_TOTAL] = 7, [STATS_PACKETS_TOTAL] = 8 } },
		{ "a set that was held",
		  "1.1 9 D256 100/4 1/4\n1.1 9 T256 1/4 2/4",
		  1, { [STATS_OCTETS] = 100, [STATS_PACKETS] = 1 } },
		{ "events of a firewall: totals repeat, a denied flow is none",
		  "1.1 9 T256 233/1 85/4 | T257 233/1 1/4 2/4\n"
		  "1.1 9 D256 x05 100/4 , x02 100/4\n"
		  "1.1 9 D257 x05 10/4 1/4 , x03 20/4 2/4 , x00 40/4 4/4",
		  5, { [STATS_OCTETS] = 50, [STATS_PACKETS] = 5, [STATS_OCTETS_TOTAL] = 0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stats stats;
		struct stats_version total;

		run(&stats, rows[i].script);
		total = stats_total(&stats);
		if (total.flows != rows[i].flows || total.undecoded != 0)
			fail_msg("%s: %u flows", rows[i].name, (unsigned)total.flows);
		for (unsigned j = 0; j < STATS_SUMS; j++)
			if (total.sums[j] != rows[i].sums[j])
				fail_msg("%s: sum %u is %u", rows[i].name, j,
					 (unsigned)total.sums[j]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
