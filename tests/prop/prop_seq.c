/*
 * A simulated exporter and network: what is counted as lost, late and twice is what was, however
 * messages are lost, put out of order and copied, over the wrap of the counter and restarts.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "track/seq.h"

enum {
	RUNS = 120,
	LIVES = 4,		/* of an exporter, a run: it is started again */
	MESSAGES = 400,		/* a life */
	CALM = 10,		/* at both ends of a life nothing goes wrong: it cannot be told */
	DEPTH = 6,		/* places that a message may come late, or its copy */
};

struct sent {
	struct nf_seq_message m;
	uint32_t place;		/* where it arrives; copies and late ones among others */
	bool lost, late;
};

static uint64_t seed;

static uint32_t below(uint32_t n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % n;
}

/* True N times in a hundred. */
static bool percent(uint32_t n)
{
	return below(100) < n;
}

struct truth {
	uint64_t lost, units, duplicates;
};

static int by_place(const void *a, const void *b)
{
	const struct sent *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return (x->m.hash > y->m.hash) - (x->m.hash < y->m.hash);
}

static uint32_t units_of(const struct nf_seq_message *m)
{
	return m->key.version == 9 ? 1 : m->records;
}

/* One life of the exporter: what arrives, in its order, and the truth about it. */
static size_t live(struct sent *out, unsigned version, int64_t boot_ms, struct truth *truth)
{
	/* Near the wrap, every other time. */
	uint32_t sequence = percent(50) ? UINT32_MAX - below(3000) : below(UINT32_MAX);
	uint32_t late = percent(50) ? 5 : 20, loss = percent(50) ? 2 : 15;
	size_t n = 0;

	for (uint32_t i = 0; i < MESSAGES; i++) {
		struct sent s = { .place = i * 2 };
		bool calm = i < CALM || i >= MESSAGES - CALM;

		s.m = (struct nf_seq_message){
			.key = { .version = (uint16_t)version, .domain = 7 },
			.sequence = sequence,
			.records = 1 + below(30),
			.octets = 1000 + below(400),
			.sets = 1,
			.exact = true,
			.hash = seed,
			.has_uptime = version != 10,
			.uptime_ms = 5000 + i * 100,
		};
		s.m.flows = s.m.records;
		s.m.count = (uint16_t)s.m.records;
		s.m.export_ms = s.m.capture_ms = boot_ms + s.m.uptime_ms;
		sequence += units_of(&s.m);
		if (!calm && percent(loss)) {
			truth->lost += units_of(&s.m);
			continue;
		}
		truth->units += units_of(&s.m);
		if (!calm && percent(late))
			s.place += 1 + 2 * (1 + below(DEPTH));
		out[n++] = s;
		if (!calm && percent(1)) {
			s.place += 1 + 2 * below(DEPTH);
			out[n++] = s;
			truth->duplicates++;
		}
	}
	qsort(out, n, sizeof(*out), by_place);
	return n;
}

static void simulate(unsigned version, uint64_t run)
{
	static struct sent sent[2 * MESSAGES];
	struct nf_seq *q = nf_seq_new(&(struct nf_seq_opts){ .max_gap = 0 });
	struct nf_seq_event events[NF_SEQ_EVENTS];
	const struct nf_seq_totals *t;
	struct truth truth = { .lost = 0 };
	int64_t boot_ms = 1704067200000;
	/* Nothing in IPFIX says that it was started again, but for the counter. */
	unsigned lives = version == 10 ? 1 : LIVES;
	uint64_t holes = 0;

	assert_non_null(q);
	seed = run * 1000003 + version;
	for (unsigned life = 0; life < lives; life++) {
		size_t n = live(sent, version, boot_ms, &truth);

		for (size_t i = 0; i < n; i++)
			nf_seq_feed(q, &sent[i].m, events);
		boot_ms += 100 * MESSAGES + 60000;
	}
	t = &nf_seq_stream_at(q, 0)->totals;
	assert_int_equal(nf_seq_stream_at(q, 0)->rule, NF_SEQ_COUNTS_AS_SPECIFIED);
	assert_int_equal(t->lost, truth.lost);
	assert_int_equal(t->received, truth.units);
	assert_int_equal(t->duplicates, truth.duplicates);
	assert_int_equal(t->restarts, lives - 1);
	assert_int_equal(t->overlaps + t->resets + t->jumps + t->unverified, 0);
	for (unsigned i = 0; i < nf_seq_stream_at(q, 0)->nholes; i++)
		holes += nf_seq_stream_at(q, 0)->holes[i].length;
	assert_true(holes <= t->lost);
	nf_seq_free(q);
}

static void simulations(void **state)
{
	(void)state;
	for (uint64_t run = 0; run < RUNS; run++) {
		simulate(5, run);
		simulate(9, run);
		simulate(10, run);
	}
}

/* -- Short streams -------------------------------------------------------------------- */

enum { SHORT_RUNS = 4000, SHORT = 14 };

static uint32_t counted(const struct nf_seq_message *m, enum nf_seq_rule rule)
{
	switch (rule) {
	case NF_SEQ_COUNTS_MESSAGES: return 1;
	case NF_SEQ_COUNTS_FLOWS: case NF_SEQ_COUNTS_FLOWS_AFTER: return m->flows;
	case NF_SEQ_COUNTS_ALL_RECORDS: return m->records + m->templates;
	case NF_SEQ_COUNTS_SETS: return m->sets;
	case NF_SEQ_COUNTS_OCTETS: return m->octets;
	case NF_SEQ_COUNTS_NOTHING: return 0;
	case NF_SEQ_COUNTS_AS_SPECIFIED: return units_of(m);
	default: return m->records;
	}
}

/* N messages of an exporter that counts by RULE, with options and templates in between. */
static void export_by(struct nf_seq_message *out, uint32_t n, unsigned version,
		      enum nf_seq_rule rule)
{
	uint32_t sequence = percent(30) ? 0 :
			    percent(50) ? UINT32_MAX - below(50) : below(1u << 30);
	uint32_t most = percent(50) ? 3 : 30;
	bool full = percent(20);

	for (uint32_t i = 0; i < n; i++) {
		struct nf_seq_message *m = &out[i];
		bool templates = version != 5 && percent(15);

		*m = (struct nf_seq_message){
			.key = { .version = (uint16_t)version, .domain = 7 },
			.records = templates && percent(50) ? 0 : full ? most : 1 + below(most),
			.templates = templates ? 1 + below(4) : 0,
			.octets = 100 + below(1300), .exact = true, .hash = seed, .frame = i + 1,
		};
		m->sets = 1 + (templates && m->records != 0);
		m->flows = m->records - (version != 5 && m->records != 0 && percent(15));
		m->count = (uint16_t)(m->records + m->templates);
		if (rule == NF_SEQ_COUNTS_AFTER || rule == NF_SEQ_COUNTS_FLOWS_AFTER)
			m->sequence = sequence += counted(m, rule);
		else
			m->sequence = sequence, sequence += counted(m, rule);
	}
}

/* What loses nothing, and counts wrongly, is found out or not, but nothing contradicts it. */
static void miscounts(void **state)
{
	static const uint16_t versions[] = { 5, 9, 10 };
	unsigned found[NF_SEQ_RULES] = { 0 }, all[NF_SEQ_RULES] = { 0 };

	(void)state;
	for (uint64_t run = 0; run < SHORT_RUNS; run++) {
		struct nf_seq_message m[SHORT];
		struct nf_seq_event events[NF_SEQ_EVENTS];
		struct nf_seq *q = nf_seq_new(&(struct nf_seq_opts){ .max_gap = 0 });
		const struct nf_seq_stream *s;
		enum nf_seq_rule rule;
		uint32_t n;

		seed = run * 7919;
		rule = (enum nf_seq_rule)below(NF_SEQ_RULES);
		n = 3 + below(SHORT - 2);
		if (rule == NF_SEQ_COUNTS_SHARED)
			rule = NF_SEQ_COUNTS_AS_SPECIFIED;
		export_by(m, n, versions[run % 3], rule);
		assert_non_null(q);
		for (uint32_t i = 0; i < n; i++)
			nf_seq_feed(q, &m[i], events);
		nf_seq_settle(q);
		s = nf_seq_stream_at(q, 0);
		/* Whatever is found explains all there was: no loss, and nothing else either. */
		if (s->rule != NF_SEQ_COUNTS_AS_SPECIFIED)
			assert_int_equal(s->totals.lost + s->totals.overlaps + s->totals.late, 0);
		if (rule == NF_SEQ_COUNTS_AS_SPECIFIED)
			assert_int_equal(s->rule, NF_SEQ_COUNTS_AS_SPECIFIED);
		all[rule]++;
		found[rule] += s->rule != NF_SEQ_COUNTS_AS_SPECIFIED || s->totals.lost == 0;
		nf_seq_free(q);
	}
	/* Most are found: but for those in which all messages are alike. */
	for (unsigned i = 0; i < NF_SEQ_RULES; i++)
		assert_true(found[i] * 10 >= all[i] * 7);
}

/* Loss, disorder and copies are never taken for another count. */
static void losses(void **state)
{
	static const uint16_t versions[] = { 5, 9, 10 };

	(void)state;
	for (uint64_t run = 0; run < SHORT_RUNS; run++) {
		struct nf_seq_message m[SHORT * 4];
		struct nf_seq_event events[NF_SEQ_EVENTS];
		struct nf_seq *q = nf_seq_new(&(struct nf_seq_opts){ .max_gap = 0 });
		const struct nf_seq_stream *s;
		uint32_t n, loss, late;

		seed = run * 104729;
		n = 3 + below(SHORT * 4 - 2);
		loss = percent(80) ? 2 : 20;
		late = percent(50) ? 0 : 5;
		export_by(m, n, versions[run % 3], NF_SEQ_COUNTS_AS_SPECIFIED);
		for (uint32_t i = 0; i + 1 < n; i++) {
			if (percent(late)) {
				struct nf_seq_message swap = m[i];

				m[i] = m[i + 1];
				m[i + 1] = swap;
			}
		}
		assert_non_null(q);
		for (uint32_t i = 0; i < n; i++) {
			if (percent(loss))
				continue;
			nf_seq_feed(q, &m[i], events);
			if (percent(1))
				nf_seq_feed(q, &m[i], events);
		}
		nf_seq_settle(q);
		s = nf_seq_stream_at(q, 0);
		if (s != NULL)
			assert_int_equal(s->rule, NF_SEQ_COUNTS_AS_SPECIFIED);
		nf_seq_free(q);
	}
}

/* Whatever comes: the totals add up, and holes stay apart and in order. */
static void nonsense(void **state)
{
	static const uint16_t versions[] = { 1, 5, 6, 7, 8, 9, 10, 0, 99 };
	const struct nf_seq_opts opts = { .max_holes = 5, .max_streams = 20 };
	struct nf_seq *q = nf_seq_new(&opts);
	struct nf_seq_event events[NF_SEQ_EVENTS];
	uint64_t fed = 0, counted = 0;

	(void)state;
	assert_non_null(q);
	seed = 1;
	for (unsigned i = 0; i < 300000; i++) {
		uint32_t spread = 1u << below(32);
		struct nf_seq_message m = {
			.key = { .version = versions[below(9)], .domain = below(4),
				 .stream = (uint16_t)below(2) },
			.sequence = below(spread), .count = (uint16_t)below(40),
			.octets = below(1500), .records = below(40), .sets = below(3),
			.exact = percent(80), .hash = below(6), .has_uptime = percent(50),
			.uptime_ms = below(spread), .export_ms = below(spread),
			.capture_ms = below(spread), .has_ip_id = percent(90),
			.ip_id = (uint16_t)(i + percent(5)), .after_hole = percent(1),
			.ordinal = i, .frame = i + 1, .hidden = percent(10),
		};

		fed += !m.hidden;
		assert_true(nf_seq_feed(q, &m, events) <= NF_SEQ_EVENTS);
	}
	for (size_t i = 0; nf_seq_stream_at(q, i) != NULL; i++) {
		const struct nf_seq_stream *s = nf_seq_stream_at(q, i);
		uint64_t open = 0, by_cause = 0;

		assert_true(i < opts.max_streams && s->nholes <= opts.max_holes);
		for (unsigned j = 0; j < s->nholes; j++) {
			open += s->holes[j].counted ? s->holes[j].length : 0;
			if (j > 0)
				assert_true(s->holes[j].start - s->holes[j - 1].start >=
					    s->holes[j - 1].length);
		}
		for (unsigned j = 0; j < NF_SEQ_CAUSES; j++)
			by_cause += s->totals.lost_by[j];
		assert_true(open <= s->totals.lost);
		assert_int_equal(by_cause, s->totals.lost);
		counted += s->totals.messages;
	}
	assert_int_equal(counted + nf_seq_beyond(q), fed);
	nf_seq_free(q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(simulations),
		cmocka_unit_test(miscounts),
		cmocka_unit_test(losses),
		cmocka_unit_test(nonsense),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
