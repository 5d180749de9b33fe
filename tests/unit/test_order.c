/*
 * The order of frames: the window against a plain model of it, sorting, merging, and many
 * files with few descriptors.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "lib/capbuild.h"
#include "lib/framebuild.h"

static const struct order_opts window = { .window_octets = ORDER_OCTETS };
static const struct order_opts surveyed = { .window_octets = ORDER_OCTETS, .survey = true };
static const struct order_opts sorted = { .window_octets = ORDER_OCTETS, .sort = true };

enum { MICRO = 1000 };
static const int64_t start = 1700000000000000000;

static uint32_t seed;

static unsigned rnd(unsigned below)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % below;
}

/* A file of N frames with the stamps (microseconds after `start`) and sizes given. */
static void build(struct mb *m, const int64_t *stamps, const unsigned *sizes, size_t n,
		  bool ng_file)
{
	static uint8_t octets[70000];
	struct fb_pcap pcap = { 0 };
	struct ng ng = { .out = m };

	mb_init(m);
	if (ng_file) {
		ng_section(&ng);
		ng_interface(&ng, 1, 0);
	} else {
		fb_pcap_begin(m, &pcap);
	}
	for (size_t i = 0; i < n; i++) {
		struct nf_bytes frame = { octets, sizes != NULL ? sizes[i] : 60 };
		int64_t ts = start + stamps[i] * MICRO;

		memcpy(octets, &i, sizeof(i));
		if (ng_file)
			ng_packet(&ng, 0, (uint64_t)ts / MICRO, frame);
		else
			fb_pcap_frame(m, &pcap, ts, frame);
	}
}

/*
 * The model: of the next frames, as many as the window has room for, the earliest goes out;
 * a stamp before that of the last one out begins a new epoch.
 */
struct model_frame {
	int64_t ts;
	size_t at;
	unsigned epoch, octets;
};

static size_t model_earliest(const struct model_frame *held, size_t n)
{
	size_t best = 0;

	for (size_t i = 1; i < n; i++)
		if (held[i].epoch < held[best].epoch ||
		    (held[i].epoch == held[best].epoch &&
		     (held[i].ts < held[best].ts ||
		      (held[i].ts == held[best].ts && held[i].at < held[best].at))))
			best = i;
	return best;
}

static void model(const int64_t *stamps, const unsigned *sizes, size_t n, size_t *order)
{
	struct model_frame held[ORDER_FRAMES];
	size_t nheld = 0, next = 0, octets = 0, best;
	unsigned epoch = 0, out_epoch = 0;
	int64_t out_ts = INT64_MIN;

	for (size_t out = 0; out < n; out++) {
		while (next < n && nheld < ORDER_FRAMES && octets < ORDER_OCTETS) {
			unsigned size = sizes != NULL ? sizes[next] : 60;

			if (out_epoch == epoch && stamps[next] < out_ts)
				epoch++;
			held[nheld++] = (struct model_frame){ stamps[next], next, epoch, size };
			octets += size;
			next++;
		}
		best = model_earliest(held, nheld);
		order[out] = held[best].at;
		out_ts = held[best].ts;
		out_epoch = held[best].epoch;
		octets -= held[best].octets;
		held[best] = held[--nheld];
	}
}

static void compare(const struct cb_taken *t, const size_t *order, size_t n, const char *what,
		    uint32_t from_seed)
{
	assert_int_equal(t->ntroubles, 0);
	assert_int_equal(t->n, n);
	for (size_t i = 0; i < n; i++) {
		size_t at;

		memcpy(&at, t->frames[i].first, sizeof(at));
		if (at != order[i] || t->frames[i].f.number != at + 1)
			fail_msg("%s, seed %u: frame %zu at place %zu, not %zu", what, from_seed,
				 at, i, order[i]);
	}
}

static const int64_t *sort_by;

static int by_stamp(const void *pa, const void *pb)
{
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;

	if (sort_by[a] != sort_by[b])
		return sort_by[a] < sort_by[b] ? -1 : 1;
	return a < b ? -1 : 1;
}

enum { FRAMES = 2000 };

/* Stamps of many kinds: quiet stretches, jitter, stragglers, steps of the clock. */
static void make_stamps(int64_t *stamps, unsigned *sizes)
{
	unsigned jitter = 1 + rnd(4) * 40, straggler = 200 + rnd(1000), step = 400 + rnd(3000);
	unsigned calm = rnd(FRAMES), large = rnd(3) == 0 ? 60000 : 600;
	int64_t clock = 1000000;

	for (size_t i = 0; i < FRAMES; i++) {
		clock += rnd(4);
		if (rnd(step) == 0)
			clock += (int64_t)rnd(20000) - 10000;
		stamps[i] = clock - (i > calm ? rnd(jitter) : 0);
		if (rnd(straggler) == 0)
			stamps[i] -= rnd(5000);
		sizes[i] = 60 + rnd(large);
	}
}

/* What a probe says is first comes first. */
static void probed_as_read(const struct mb *m, const struct order_opts *opts, size_t first,
			   const int64_t *stamps)
{
	struct survey survey = { .result = SURVEY_NONE };
	char *path = cb_file(mb_bytes(m));
	struct nf_err err;

	assert_int_equal(order_probe(path, 0, opts, &survey, &err), 0);
	assert_true(survey.first_ts == start + stamps[first] * MICRO);
	cb_remove(path);
}

static void window_as_modelled(void **state)
{
	static size_t order[FRAMES];
	static int64_t stamps[FRAMES];
	static unsigned sizes[FRAMES];

	(void)state;
	for (unsigned round = 0; round < 12; round++) {
		uint32_t from_seed = seed = round * 7919 + 1;

		make_stamps(stamps, sizes);
		model(stamps, sizes, FRAMES, order);
		for (int ng_file = 0; ng_file < 2; ng_file++) {
			struct cb_taken t;
			struct mb m;

			build(&m, stamps, sizes, FRAMES, ng_file);
			cb_take_octets(&t, mb_bytes(&m), &window);
			compare(&t, order, FRAMES, ng_file ? "pcapng" : "pcap", from_seed);
			probed_as_read(&m, &window, order[0], stamps);
			cb_taken_done(&t);
			mb_done(&m);
		}
	}
}

static void sorting_is_exact_and_stable(void **state)
{
	static size_t order[FRAMES];
	static int64_t stamps[FRAMES];
	static unsigned sizes[FRAMES];
	static const struct order_opts *const ways[] = { &surveyed, &sorted };

	(void)state;
	for (unsigned round = 0; round < 8; round++) {
		uint32_t from_seed = seed = round * 104729 + 3;
		struct mb m, gz;

		make_stamps(stamps, sizes);
		for (size_t i = 0; i < FRAMES; i++)
			order[i] = i;
		sort_by = stamps;
		qsort(order, FRAMES, sizeof(order[0]), by_stamp);
		build(&m, stamps, sizes, FRAMES, round & 1);
		probed_as_read(&m, &surveyed, order[0], stamps);
		mb_init(&gz);
		assert_true(cb_pack(&gz, "gzip", mb_bytes(&m)));
		for (size_t w = 0; w < 2; w++) {
			struct cb_taken t;

			cb_take_octets(&t, mb_bytes(&m), ways[w]);
			compare(&t, order, FRAMES, "plain", from_seed);
			cb_taken_done(&t);
			cb_take_octets(&t, mb_bytes(&gz), ways[w]);
			compare(&t, order, FRAMES, "packed", from_seed);
			cb_taken_done(&t);
		}
		mb_done(&m);
		mb_done(&gz);
	}
}

/* What is wrong with a file is told after its frames, sorted or not. */
static void troubles_of_a_sorted_file(void **state)
{
	static const int64_t stamps[] = { 5, 3, 9, 1 };
	struct cb_taken t;
	struct mb m;

	(void)state;
	build(&m, stamps, NULL, 4, false);
	cb_take_octets(&t, (struct nf_bytes){ m.p, m.n - 5 }, &surveyed);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.frames[0].f.number, 2);
	assert_int_equal(t.ntroubles, 1);
	assert_int_equal(t.troubles[0].kind, NF_ERR_DAMAGE);
	cb_taken_done(&t);
	mb_done(&m);
}

/* Damage is a wall: frames are not moved across it. */
static void order_around_damage(void **state)
{
	static const int64_t stamps[] = { 10, 30, 20, 40, 15, 50, 45 };
	static const unsigned want[] = { 1, 3, 2, 5, 7, 6 };
	struct cb_taken t;
	struct mb m;

	(void)state;
	build(&m, stamps, NULL, 7, false);
	memset(m.p + 24 + 3 * 76 + 8, 0xff, 4);
	cb_take_octets(&t, mb_bytes(&m), &window);
	assert_int_equal(t.ntroubles, 1);
	assert_int_equal(t.n, 6);
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(t.frames[i].f.number, want[i]);
	cb_taken_done(&t);
	mb_done(&m);
}

/* --- several files --- */

enum { MAX_FILES = 300 };

struct files {
	const char *paths[MAX_FILES];
	size_t n;
};

static void add_file(struct files *s, const int64_t *stamps, size_t n)
{
	struct mb m;

	build(&m, stamps, NULL, n, false);
	s->paths[s->n] = cb_file(mb_bytes(&m));
	assert_non_null(s->paths[s->n]);
	s->n++;
	mb_done(&m);
}

static void remove_files(struct files *s)
{
	for (size_t i = 0; i < s->n; i++)
		cb_remove((char *)s->paths[i]);
}

static void expect_ascending(const struct cb_taken *t, size_t n)
{
	assert_int_equal(t->ntroubles, 0);
	assert_int_equal(t->n, n);
	for (size_t i = 1; i < t->n; i++) {
		const struct frame *a = &t->frames[i - 1].f, *b = &t->frames[i].f;

		if (a->ts_ns > b->ts_ns || (a->ts_ns == b->ts_ns && a->file > b->file) ||
		    (a->ts_ns == b->ts_ns && a->file == b->file && a->number > b->number))
			fail_msg("file %u frame %u before file %u frame %u", a->file,
				 (unsigned)a->number, b->file, (unsigned)b->number);
	}
}

static const struct merge_opts merged, merged_sorted = { .sort = true };

static void equal_stamps_keep_file_order(void **state)
{
	static const int64_t a[] = { 1, 2, 2, 5 }, b[] = { 2, 2, 3, 5 }, c[] = { 0, 2, 5, 5 };
	struct files s = { .n = 0 };
	struct cb_taken t;

	(void)state;
	add_file(&s, a, 4);
	add_file(&s, b, 4);
	add_file(&s, c, 4);
	cb_take(&t, s.paths, s.n, &merged);
	expect_ascending(&t, 12);
	assert_int_equal(t.frames[0].f.file, 2);
	assert_int_equal(t.frames[2].f.file, 0);
	cb_taken_done(&t);
	remove_files(&s);
}

/* N files of 20 frames, the next beginning when `apart` frames of one have gone by. */
static void many_files(unsigned n, unsigned apart, const struct merge_opts *opts, bool backwards)
{
	struct files s = { .n = 0 };
	struct cb_taken t;

	for (unsigned i = 0; i < n; i++) {
		unsigned place = backwards ? n - 1 - i : i;
		int64_t stamps[20];

		for (unsigned k = 0; k < 20; k++)
			stamps[k] = (int64_t)(place * apart + k) * 10 + (k % 5 == 4 ? -15 : 0);
		add_file(&s, stamps, 20);
	}
	cb_take(&t, s.paths, s.n, opts);
	expect_ascending(&t, n * 20);
	cb_taken_done(&t);
	remove_files(&s);
}

static void few_descriptors(unsigned limit, struct rlimit *before)
{
	struct rlimit now;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, before), 0);
	now = *before;
	now.rlim_cur = limit;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &now), 0);
}

static void rotated_files_need_few_descriptors(void **state)
{
	struct rlimit before;

	(void)state;
	few_descriptors(24, &before);
	many_files(MAX_FILES, 20, &merged, false);
	many_files(MAX_FILES, 20, &merged, true);
	many_files(MAX_FILES, 18, &merged_sorted, false);
	setrlimit(RLIMIT_NOFILE, &before);
}

static void overlapping_files_need_few_descriptors(void **state)
{
	struct rlimit before;

	(void)state;
	few_descriptors(160, &before);
	many_files(200, 0, &merged, false);
	setrlimit(RLIMIT_NOFILE, &before);
}

static void bad_files_among_good_ones(void **state)
{
	static const int64_t a[] = { 1, 5 }, b[] = { 2, 4 };
	struct files s = { .n = 0 };
	struct cb_taken t;

	(void)state;
	add_file(&s, a, 2);
	s.paths[s.n++] = strdup("/nonexistent/x.pcap");
	add_file(&s, b, 2);
	s.paths[s.n++] = strdup("/");
	cb_take(&t, s.paths, s.n, &merged);
	assert_int_equal(t.ntroubles, 2);
	assert_string_equal(t.troubles[0].text, "/nonexistent/x.pcap: No such file or directory");
	assert_string_equal(t.troubles[1].text, "/: Is a directory");
	assert_int_equal(t.troubles[0].kind, NF_ERR_ENV);
	t.ntroubles = 0;
	expect_ascending(&t, 4);
	cb_taken_done(&t);
	remove_files(&s);
}

static void same_again(void **state)
{
	static int64_t stamps[FRAMES];
	static unsigned sizes[FRAMES];
	struct files s = { .n = 0 };
	struct cb_taken a, b;

	(void)state;
	seed = 99;
	for (unsigned i = 0; i < 4; i++) {
		make_stamps(stamps, sizes);
		add_file(&s, stamps, FRAMES);
	}
	cb_take(&a, s.paths, s.n, &merged);
	cb_take(&b, s.paths, s.n, &merged);
	assert_int_equal(a.n, b.n);
	for (size_t i = 0; i < a.n; i++)
		assert_true(a.frames[i].f.file == b.frames[i].f.file &&
			    a.frames[i].f.number == b.frames[i].f.number);
	expect_ascending(&a, 4 * FRAMES);
	cb_taken_done(&a);
	cb_taken_done(&b);
	remove_files(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(window_as_modelled),
		cmocka_unit_test(sorting_is_exact_and_stable),
		cmocka_unit_test(troubles_of_a_sorted_file),
		cmocka_unit_test(order_around_damage),
		cmocka_unit_test(equal_stamps_keep_file_order),
		cmocka_unit_test(rotated_files_need_few_descriptors),
		cmocka_unit_test(overlapping_files_need_few_descriptors),
		cmocka_unit_test(bad_files_among_good_ones),
		cmocka_unit_test(same_again),
	};

	return cmocka_run_group_tests_name("order", tests, NULL, NULL);
}
