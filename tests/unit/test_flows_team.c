/*
 * Threads that format flow records: the text, the counts and the verdicts of one, for streams
 * in which what threads share changes again and again.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "lib/streams.h"
#include "out/flows_team.h"

#define FLOW "8/4 12/4 7/2 11/2 4/1 6/1 1/8 2/4 22/4 21/4 82/v"
#define DATA "10.0.0.1 10.0.0.2 80/2 443/2 6/1 2/1 1234/8 5/4 1/4 2/4 v\"a\\x2c\\\"\""
#define OWN "8/4 4242:7/4 4242:8/4"
#define TYPES "O259 346/4 303/2 ; 339/2 344/1 345/2 341/v"

struct way {
	const char *format, *columns, *filter;
	bool norm, silent;
};

static const struct way ways[] = {
	{ .format = "csv" },
	{ .format = "tsv", .columns = "src,ie4242/7,4242/name3,interfaceName,frame" },
	{ .format = "json" },
	{ .format = "json", .norm = true },
	{ .format = "json", .filter = "4242/name4 == 77 or ie82 contains \"a\"" },
	{ .format = "csv", .filter = "4242/name4 == 77", .silent = true },
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

struct show {
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct filter_opts names;
	struct filter *filters[FLOWS_TEAM_MAX];
	struct flows *flows[FLOWS_TEAM_MAX];
	struct flows_team *team;
	struct nf_strbuf text;
	unsigned n;
	uint64_t left;		/* how often text is wanted */
	bool sound;
};

static bool give(void *ctx, struct nf_strbuf *text)
{
	struct show *s = ctx;

	nf_sb_mem(&s->text, text->p, text->n);
	s->sound &= !s->text.failed;
	nf_strbuf_clear(text);
	return --s->left > 0;
}

static bool show_one(struct show *s, const struct way *w, unsigned i)
{
	struct flows_opts opts = {
		.columns = w->columns, .norm = w->norm, .silent = w->silent, .limit = UINT64_MAX,
	};
	struct filter_error error;

	if (w->filter != NULL) {
		s->filters[i] = filter_new(w->filter, strlen(w->filter), &s->names, s->registry,
					   &error);
		if (s->filters[i] == NULL || !filter_count(s->filters[i]))
			return false;
	}
	opts.filter = s->filters[i];
	s->flows[i] = flows_new(flows_ops_of(w->format), &opts, s->registry, &error);
	return s->flows[i] != NULL;
}

/* N threads; 0: without a team. */
static bool show_init(struct show *s, const struct way *w, unsigned n)
{
	struct flows_team_opts opts = { .flows = s->flows, .n = n, .give = give, .ctx = s };

	*s = (struct show){ .n = n > 0 ? n : 1, .sound = true, .left = UINT64_MAX };
	nf_strbuf_init(&s->text);
	s->registry = nf_registry_new();
	if (s->registry == NULL)
		return false;
	s->tracker = nf_tracker_new(&(struct nf_tracker_opts){ .hold = false }, s->registry);
	if (s->tracker == NULL)
		return false;
	for (unsigned i = 0; i < s->n; i++)
		if (!show_one(s, w, i))
			return false;
	if (n > 0)
		s->team = flows_team_new(&opts);
	return n == 0 || s->team != NULL;
}

static void show_done(struct show *s)
{
	flows_team_free(s->team);
	for (unsigned i = 0; i < s->n; i++) {
		flows_free(s->flows[i]);
		filter_free(s->filters[i]);
	}
	nf_tracker_free(s->tracker);
	nf_registry_free(s->registry);
	nf_strbuf_done(&s->text);
}

static bool show_message(struct show *s, const struct nf_view *v)
{
	struct nf_strbuf *own = flows_output(s->flows[0]);

	if (s->team != NULL)
		return flows_team_message(s->team, v);
	if (!flows_message(s->flows[0], v))
		return false;
	nf_sb_mem(&s->text, own->p, own->n);
	nf_strbuf_clear(own);
	return !s->text.failed;
}

static void show_stream(struct show *s, const struct stream *stream)
{
	struct nf_delivery delivery;
	struct nf_view view;

	for (size_t i = 0; i < stream->n && s->sound; i++) {
		if (nf_tracker_feed(s->tracker, &stream->d[i], &delivery) != NF_REFUSAL_NONE)
			continue;
		while (nf_delivery_next(&delivery, &view, NULL))
			s->sound = show_message(s, &view) && s->sound;
	}
	if (s->team != NULL)
		s->sound = flows_team_drain(s->team) && s->sound;
	for (unsigned i = 0; i < s->n; i++)
		s->sound &= s->filters[i] == NULL || !filter_failed(s->filters[i]);
}

/*
 * Flows; type records that name and type elements while records with them are under way; lists,
 * which the caller must format; sets without a template; options, which are no flows.
 */
static void script(struct nf_strbuf *s, unsigned rounds, unsigned flows)
{
	nf_sb_str(s, "1.1 10 T256 " FLOW " | T257 " OWN " | T258 8/4 291/v | " TYPES "\n");
	for (unsigned i = 0; i < rounds; i++) {
		/* rows of elements are made, which a filter that is read again looks through */
		for (unsigned j = 0; j < flows; j++)
			nf_sb_printf(s, "1.1 10 T%u 8/4 4243:%u/4 | D256 " DATA "\n", 400 + j,
				     1 + i * flows + j);
		for (unsigned j = 0; j < flows; j++)
			nf_sb_printf(s, "1.1 10 D256 " DATA " , " DATA
				     " | D257 10.0.%u.%u %u/4 78/4\n", i % 256, j % 256, 70 + j % 10);
		nf_sb_printf(s, "1.1 10 D259 4242/4 %u/2 %u/2 1/1 2/2 v\"name%u\" | D257 10.9.9.9 "
			     "77/4 1/4\n", 7 + i % 2, 1 + i % 4, i);
		nf_sb_str(s, "1.1 10 D258 10.0.0.1 v[ 3/1 8/2 4/2 10.0.0.7 10.0.0.8 ]\n"
			     "1.1 10 D300 1/4 | D256 " DATA "\n");
	}
}

static void stream_of(struct stream *stream, unsigned rounds, unsigned flows)
{
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	script(&s, rounds, flows);
	assert_true(stream_init(stream, nf_strbuf_cstr(&s)));
	nf_strbuf_done(&s);
}

static void same_as_one(void **state)
{
	static const unsigned counts[] = { 1, 2, 3, 7, FLOWS_TEAM_MAX };
	struct stream stream;

	(void)state;
	stream_of(&stream, 12, 200);
	for (unsigned i = 0; i < WAYS; i++) {
		struct show one, several;

		assert_true(show_init(&one, &ways[i], 0));
		show_stream(&one, &stream);
		assert_true(one.sound);
		assert_int_equal(one.flows[0]->undecoded, 12);
		for (unsigned j = 0; j < sizeof(counts) / sizeof(counts[0]); j++) {
			assert_true(show_init(&several, &ways[i], counts[j]));
			show_stream(&several, &stream);
			assert_true(several.sound);
			assert_int_equal(several.text.n, one.text.n);
			assert_memory_equal(several.text.p, one.text.p, one.text.n);
			assert_int_equal(several.flows[0]->undecoded, 12);
			if (ways[i].filter != NULL) {
				assert_int_equal(filter_matched(several.filters[0]),
						 filter_matched(one.filters[0]));
				assert_int_equal(filter_tested(several.filters[0]),
						 filter_tested(one.filters[0]));
				assert_true(filter_matched(one.filters[0]) > 0);
			}
			show_done(&several);
		}
		show_done(&one);
	}
	stream_done(&stream);
}

/* Whoever wants no more is given no more, and that is no failure. */
static void nobody_reads(void **state)
{
	struct stream stream;
	struct show s;

	(void)state;
	stream_of(&stream, 4, 400);
	for (unsigned n = 1; n <= 3; n++) {
		assert_true(show_init(&s, &ways[2], n));
		s.left = 1;
		show_stream(&s, &stream);
		assert_true(s.sound);
		assert_int_equal(s.left, 0);
		show_done(&s);
	}
	stream_done(&stream);
}

static void only_what_can(void **state)
{
	static const struct filter_name name = { .name = "join.x", .level = FILTER_OF_RECORD };
	struct flows_opts opts = { .limit = UINT64_MAX, .names = { .names = &name, .nnames = 1 } };
	static const struct {
		const char *format, *columns;
		uint64_t limit;
		bool can;
	} cases[] = {
		{ "csv", NULL, UINT64_MAX, true },
		{ "json", NULL, UINT64_MAX, true },
		{ "json", NULL, 1000, false },
		{ "text", NULL, UINT64_MAX, false },
		{ "csv", "src,join.x", UINT64_MAX, false },
		{ "csv", "src,frame", UINT64_MAX, true },
	};
	struct nf_registry *registry = nf_registry_new();
	struct filter_error error;
	struct flows *f;

	(void)state;
	for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		opts.columns = cases[i].columns;
		opts.limit = cases[i].limit;
		f = flows_new(flows_ops_of(cases[i].format), &opts, registry, &error);
		assert_non_null(f);
		assert_int_equal(flows_team_can(f), cases[i].can);
		flows_free(f);
	}
	opts.columns = NULL;
	opts.limit = UINT64_MAX;
	opts.filter = filter_new("src and not (bytes > 1 or join.x)", 33, &opts.names, registry,
				 &error);
	assert_non_null(opts.filter);
	f = flows_new(flows_ops_of("csv"), &opts, registry, &error);
	assert_non_null(f);
	assert_false(flows_team_can(f));
	flows_free(f);
	filter_free(opts.filter);
	nf_registry_free(registry);
}

/* One thread, so that the n-th call is the n-th; what it does is what the others do. */
static void memory_fails(void **state)
{
	struct stream stream;

	(void)state;
	stream_of(&stream, 2, 20);
	for (unsigned i = 0; i < WAYS; i++) {
		struct nomem memory = { .failed = true };
		struct show s;

		for (long n = 0; memory.failed; n++) {
			struct show whole;

			assert_true(show_init(&whole, &ways[i], 0));
			show_stream(&whole, &stream);
			memory = (struct nomem){ .left = n };
			nomem_begin(&memory);
			if (show_init(&s, &ways[i], 1)) {
				show_stream(&s, &stream);
				if (!memory.failed) {
					assert_true(s.sound);
					assert_int_equal(s.text.n, whole.text.n);
				}
			}
			show_done(&s);
			nomem_end(&memory);
			show_done(&whole);
		}
	}
	stream_done(&stream);
}

/* An allocator that several threads call, and which gives nothing after so many calls. */
struct scarce {
	atomic_long left, live;
};

static void *scarce_resize(void *ctx, void *old, size_t size)
{
	struct scarce *m = ctx;

	if (size == 0) {
		atomic_fetch_sub(&m->live, 1);
		free(old);
		return NULL;
	}
	if (atomic_fetch_sub(&m->left, 1) <= 0)
		return NULL;
	if (old == NULL)
		atomic_fetch_add(&m->live, 1);
	return realloc(old, size);
}

/* Wherever it is that memory is out, it is said, and nothing is lost. */
static void memory_fails_anywhere(void **state)
{
	struct stream stream;
	long enough = 0;

	(void)state;
	stream_of(&stream, 2, 100);
	for (long n = 0; enough < 3; n += 1 + n / 40) {
		struct scarce memory = { .left = n };
		const struct nf_allocator allocator = { .resize = scarce_resize, .ctx = &memory };
		struct show s;

		nf_allocator_set(&allocator);
		if (show_init(&s, &ways[4], 3))
			show_stream(&s, &stream);
		else
			s.sound = false;
		enough += memory.left > 0;
		if (memory.left > 0)
			assert_true(s.sound);
		show_done(&s);
		nf_allocator_set(NULL);
		assert_int_equal(memory.live, 0);
	}
	stream_done(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_as_one),
		cmocka_unit_test(nobody_reads),
		cmocka_unit_test(only_what_can),
		cmocka_unit_test(memory_fails),
		cmocka_unit_test(memory_fails_anywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
