/*
 * Sums by key: what counts, in which row, in which order; the table of rows under load; and what
 * happens where memory runs out at any one place.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "lib/streams.h"
#include "out/toplist.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define V9 "8/4 12/4 7/2 11/2 4/1 1/4 2/4"
#define T9 "1.1 9 T256 " V9 "\n"
/* what elements are (RFC 5610, section 3.9): number, type, name */
#define TYPE_RECORDS "1.1 10 O256 346/4 303/2 ; 339/1 341/v\n1.1 10 "

struct wanted {
	const char *keys;
	uint8_t stats[3];
	unsigned nstats;
	size_t max, max_keys;
	bool biflow, ascending, keep;
	const char *filter, *format;
};

struct show {
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct filter *filter;
	struct top *top;
	struct toplist list;
	struct filter_error error;
	bool sound;
};

static bool show_init(struct show *s, const struct wanted *w)
{
	struct top_opts opts = {
		.keys = w->keys, .max_keys = w->max_keys, .biflow = w->biflow,
		.keep_duplicates = w->keep,
	};

	*s = (struct show){ .registry = nf_registry_new() };
	if (s->registry == NULL)
		return false;
	s->tracker = nf_tracker_new(&(struct nf_tracker_opts){ .hold = true }, s->registry);
	if (s->tracker == NULL)
		return false;
	if (w->filter != NULL) {
		s->filter = filter_new(w->filter, strlen(w->filter), NULL, s->registry, &s->error);
		opts.filter = s->filter;
		if (s->filter == NULL)
			return false;
	}
	s->top = top_new(&opts, s->registry, &s->error);
	return s->top != NULL;
}

/* The table in S->list.text; s->sound is false where memory was out. */
static void show_run(struct show *s, const struct stream *stream, const struct wanted *w)
{
	struct nf_delivery delivery;
	struct nf_late late;
	struct nf_view v;

	for (size_t i = 0; i < stream->n; i++) {
		if (nf_tracker_feed(s->tracker, &stream->d[i], &delivery) == NF_REFUSAL_NONE)
			while (nf_delivery_next(&delivery, &v, NULL))
				top_message(s->top, &v);
		while (nf_tracker_late(s->tracker, &late))
			top_late(s->top, &late);
	}
	top_end(s->top);
	s->list = (struct toplist){
		.ops = toplist_ops_of(w->format != NULL ? w->format : "csv"),
		.top = s->top,
		.order = { .stats = w->stats, .nstats = w->nstats > 0 ? w->nstats : 1,
			   .ascending = w->ascending },
		.max = w->max > 0 ? w->max : SIZE_MAX,
	};
	s->sound = toplist_open(&s->list) && !s->top->failed;
	for (size_t i = 0; s->sound && i < s->list.n; i++)
		toplist_row(&s->list, i);
	if (s->sound)
		toplist_close(&s->list);
	s->sound &= !s->list.text.failed && !s->top->failed;
}

static void show_done(struct show *s)
{
	toplist_done(&s->list);
	top_free(s->top);
	filter_free(s->filter);
	nf_tracker_free(s->tracker);
	nf_registry_free(s->registry);
}

/* -- What counts, and where ----------------------------------------------------------- */

struct row {
	const char *name;
	struct wanted w;
	const char *script;
	const char *rows;		/* keys, then the first figures of each */
};

/* Key, bytes, percent, packets, percent, flows: what csv has, cut behind the flows. */
static const struct row rows[] = {
	{ "one key", { .keys = "src" },
	  T9 "1.1 9 D256 10.0.0.1 10.0.0.2 1/2 2/2 6/1 100/4 1/4 , 10.0.0.1 10.0.0.3 1/2 2/2 6/1 "
	  "50/4 2/4 , 10.0.0.2 10.0.0.3 1/2 2/2 6/1 850/4 7/4\n",
	  "10.0.0.2,850,85.00,7,70.00,1\n10.0.0.1,150,15.00,3,30.00,2\n" },
	{ "equal ones by their keys", { .keys = "dport" },
	  T9 "1.1 9 D256 10.0.0.1 10.0.0.2 1/2 20/2 6/1 1/4 1/4 , 10.0.0.1 10.0.0.3 1/2 3/2 6/1 "
	  "1/4 1/4\n",
	  "3,1,50.00,1,50.00,1\n20,1,50.00,1,50.00,1\n" },
	{ "the least first", { .keys = "dport", .ascending = true, .max = 1 },
	  T9 "1.1 9 D256 10.0.0.1 10.0.0.2 1/2 20/2 6/1 3/4 1/4 , 10.0.0.1 10.0.0.3 1/2 3/2 6/1 "
	  "1/4 3/4\n",
	  "3,1,25.00,3,75.00,1\n" },
	{ "another statistic", { .keys = "dport", .stats = { TOP_STAT_FLOWS, TOP_STAT_BYTES },
				 .nstats = 2 },
	  T9 "1.1 9 D256 10.0.0.1 10.0.0.2 1/2 20/2 6/1 3/4 1/4 , 10.0.0.1 10.0.0.3 1/2 3/2 6/1 "
	  "1/4 1/4 , 10.0.0.1 10.0.0.3 1/2 3/2 6/1 1/4 1/4\n",
	  "3,2,66.67,2,40.00,2\n20,1,33.33,3,60.00,1\n" },
	{ "prefixes of both families", { .keys = "src/25/33" },
	  T9 "1.1 9 T257 27/16 1/4\n"
	  "1.1 9 D256 10.0.0.129 10.0.0.2 1/2 2/2 6/1 1/4 1/4 , 10.0.0.255 10.0.0.2 1/2 2/2 6/1 "
	  "1/4 1/4 , 10.0.0.127 10.0.0.2 1/2 2/2 6/1 1/4 1/4\n"
	  "1.1 9 D257 2001:db8:ffff::1 7/4 , 2001:db8:8000::2 7/4 , 2001:db8:7fff::2 1/4\n",
	  "2001:db8:8000::/33,14,77.78,0,0.00,2\n10.0.0.128/25,2,11.11,2,66.67,2\n"
	  "10.0.0.0/25,1,5.56,1,33.33,1\n2001:db8::/33,1,5.56,0,0.00,1\n" },
	{ "a prefix of nothing, and of all", { .keys = "src/0/0" },
	  T9 "1.1 9 D256 10.0.0.129 10.0.0.2 1/2 2/2 6/1 1/4 1/4 , 99.0.0.255 10.0.0.2 1/2 2/2 6/1 "
	  "1/4 1/4\n",
	  "0.0.0.0/0,2,100.00,2,100.00,2\n" },
	{ "what a record lacks", { .keys = "dport,tos" },
	  T9 "1.1 9 D256 10.0.0.1 10.0.0.2 1/2 20/2 6/1 3/4 1/4\n",
	  "20,,3,100.00,1,100.00,1\n" },
	{ "either end", { .keys = "ip" },
	  T9 "1.1 9 D256 10.0.0.1 10.0.0.2 1/2 2/2 6/1 10/4 1/4 , 10.0.0.1 10.0.0.1 1/2 2/2 6/1 "
	  "5/4 1/4\n",
	  "10.0.0.1,15,100.00,2,100.00,2\n10.0.0.2,10,66.67,1,50.00,1\n" },
	{ "both directions", { .keys = "flow", .biflow = true },
	  T9 "1.1 9 D256 10.0.0.2 10.0.0.1 80/2 4000/2 6/1 900/4 9/4 , 10.0.0.1 10.0.0.2 4000/2 "
	  "80/2 6/1 100/4 1/4\n",
	  "10.0.0.1,4000,10.0.0.2,80,6,1000,100.00,100,900,10,100.00,1,9,2\n" },
	{ "directions of a biflow", { .keys = "src,dst", .biflow = true },
	  "1.1 10 T256 8/4 12/4 1/4 2/4 29305:1/4 29305:2/4\n"
	  "1.1 10 D256 10.0.0.9 10.0.0.1 100/4 1/4 7/4 2/4 , 10.0.0.1 10.0.0.9 3/4 4/4 5/4 6/4\n",
	  "10.0.0.1,10.0.0.9,115,100.00,10,105,13,100.00,6,7,2\n" },
	{ "what one sent and got", { .keys = "src", .biflow = true },
	  "1.1 10 T256 8/4 12/4 1/4 2/4 29305:1/4 29305:2/4\n"
	  "1.1 10 D256 10.0.0.9 10.0.0.1 100/4 1/4 7/4 2/4\n",
	  "10.0.0.1,107,100.00,7,100,3,100.00,2,1,1\n"
	  "10.0.0.9,107,100.00,100,7,3,100.00,1,2,1\n" },
	{ "the other direction, not asked for", { .keys = "src" },
	  "1.1 10 T256 8/4 12/4 1/4 2/4 29305:1/4 29305:2/4\n"
	  "1.1 10 D256 10.0.0.9 10.0.0.1 100/4 1/4 7/4 2/4\n",
	  "10.0.0.9,100,100.00,1,100.00,1\n" },
	{ "totals where there are no deltas", { .keys = "src" },
	  "1.1 10 T256 8/4 85/8 86/8\n1.1 10 D256 10.0.0.9 100/8 4/8\n",
	  "10.0.0.9,100,100.00,4,100.00,1\n" },
	{ "totals apart from deltas", { .keys = "src" },
	  "1.1 10 T256 8/4 85/8 86/8 | T257 8/4 1/4\n"
	  "1.1 10 D256 10.0.0.9 100/8 4/8 | D257 10.0.0.9 5/4\n",
	  "10.0.0.9,5,100.00,0,,2,100.00,100,4\n" },
	{ "events are no traffic", { .keys = "src" },
	  "1.1 9 T256 8/4 233/1 231/4 | T257 8/4 230/1 1/4\n"
	  "1.1 9 D256 10.0.0.9 2/1 100/4 | D257 10.0.0.9 1/1 7/4\n", "" },
	{ "flows that a record stands for", { .keys = "src", .stats = { TOP_STAT_FLOWS } },
	  "1.1 10 T256 8/4 3/4 1/4\n1.1 10 D256 10.0.0.9 40/4 4/4 , 10.0.0.8 2/4 1/4\n",
	  "10.0.0.9,40,95.24,4,80.00,0\n10.0.0.8,2,4.76,1,20.00,0\n" },
	{ "sums that no number holds", { .keys = "src" },
	  "1.1 10 T256 8/4 1/8\n"
	  "1.1 10 D256 10.0.0.9 0xffffffffffffffff/8 , 10.0.0.9 2/8\n",
	  "10.0.0.9,18446744073709551615,100.00,0,,2\n" },
	{ "a filter", { .keys = "dport", .filter = "dport > 5" },
	  T9 "1.1 9 D256 10.0.0.1 10.0.0.2 1/2 20/2 6/1 3/4 1/4 , 10.0.0.1 10.0.0.3 1/2 3/2 6/1 "
	  "1/4 1/4\n",
	  "20,3,100.00,1,100.00,1\n" },
	{ "texts", { .keys = "interfaceName" },
	  "1.1 10 T256 82/v 1/4\n"
	  "1.1 10 D256 v\"b\" 1/4 , v\"a\\x2c\\\"\" 2/4 , v\"b\\x00\" 3/4 , v\"\" 1/4\n",
	  "b,4,57.14,0,,2\n\"a,\"\"\",2,28.57,0,,1\n,1,14.29,0,,1\n" },
	{ "reduced counters and long ports", { .keys = "sport" },
	  "1.1 10 T256 7/4 1/3 | T257 7/2 1/8\n"
	  "1.1 10 D256 80/4 0x010000/3 | D257 80/2 1/8\n",
	  "80,65537,100.00,0,,2\n" },
	{ "the first of repeated elements", { .keys = "src" },
	  "1.1 10 T256 8/4 8/4 1/4\n1.1 10 D256 10.0.0.1 10.0.0.2 5/4\n",
	  "10.0.0.1,5,100.00,0,,1\n" },
	{ "sets whose template came late", { .keys = "src" },
	  "1.1 10 D256 10.0.0.1 5/4\n1.1 10 T256 8/4 1/4\n",
	  "10.0.0.1,5,100.00,0,,1\n" },
	{ "options do not count", { .keys = "src" },
	  "1.1 10 O256 8/4 ; 1/4\n1.1 10 D256 10.0.0.1 5/4\n", "" },
	{ "a key that turns out to be an address", { .keys = "ie9999/7,ie9999/8,src" },
	  TYPE_RECORDS "D256 9999/4 7/2 19/1 v\"six\" , 9999/4 8/2 18/1 v\"four\"\n"
	  "1.1 10 T257 8/4 1/4 9999:7/16 9999:8/4\n"
	  "1.1 10 D257 10.0.0.1 5/4 2001:db8::1 192.0.2.1\n",
	  "2001:db8::1,192.0.2.1,10.0.0.1,5,100.00,0,,1\n" },
	{ "a key that gets its name later", { .keys = "9999/six" },
	  TYPE_RECORDS "T257 9999:7/16 1/4\n1.1 10 D257 2001:db8::1 4/4\n"
	  "1.1 10 D256 9999/4 7/2 19/1 v\"six\" | D257 2001:db8::1 5/4\n",
	  "2001:db8::1,5,55.56,0,,1\n,4,44.44,0,,1\n" },
	{ "a key whose type is said twice", { .keys = "ie9999/7" },
	  TYPE_RECORDS "D256 9999/4 7/2 3/1 v\"number\"\n"
	  "1.1 10 T257 1/4 9999:7/4\n1.1 10 D257 5/4 7/4\n"
	  "1.1 10 D256 9999/4 7/2 18/1 v\"address\"\n1.1 10 D257 6/4 192.0.2.1\n",
	  "192.0.2.1,6,54.55,0,,1\n7,5,45.45,0,,1\n" },
};

/* Rows of GOT without the line of names, cut to as many cells as WANT has. */
static bool begins(const char *got, const char *want)
{
	got = strchr(got, '\n');
	for (got++; *want != '\0'; got++, want++) {
		size_t n = strcspn(want, "\n");

		if (strncmp(got, want, n) != 0 || (got[n] != ',' && got[n] != '\n'))
			return false;
		got += strcspn(got, "\n");
		want += n;
	}
	return *got == '\0';
}

static void sums(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct stream stream;
		struct show s;

		if (!stream_init(&stream, rows[i].script))
			fail_msg("%s: no script", rows[i].name);
		if (!show_init(&s, &rows[i].w))
			fail_msg("%s: %s", rows[i].name, s.error.text);
		show_run(&s, &stream, &rows[i].w);
		assert_true(s.sound);
		if (!begins(nf_strbuf_cstr(&s.list.text), rows[i].rows))
			fail_msg("%s:\n%s", rows[i].name, nf_strbuf_cstr(&s.list.text));
		show_done(&s);
		stream_done(&stream);
	}
}

static void duplicates(void **state)
{
	static const char script[] = T9 "1.1 9 D256 10.0.0.1 10.0.0.2 1/2 2/2 6/1 100/4 1/4\n";

	(void)state;
	for (unsigned keep = 0; keep < 2; keep++) {
		const struct wanted w = { .keys = "src", .keep = keep };
		struct stream stream;
		struct show s;

		assert_true(stream_init(&stream, script));
		stream.d[1].facts.duplicate = true;
		assert_true(show_init(&s, &w));
		show_run(&s, &stream, &w);
		assert_int_equal(s.top->duplicates, 1);
		assert_int_equal(s.top->all.sums[0][TOP_BYTES], keep ? 100 : 0);
		show_done(&s);
		stream_done(&stream);
	}
}

static void no_more_keys(void **state)
{
	const struct wanted w = { .keys = "src", .max_keys = 2 };
	struct stream stream;
	struct show s;

	(void)state;
	assert_true(stream_init(&stream, "1.1 10 T256 8/4 1/4\n1.1 10 D256 10.0.0.1 1/4 , "
				"10.0.0.2 2/4 , 10.0.0.3 4/4 , 10.0.0.4 8/4 , 10.0.0.1 16/4\n"));
	assert_true(show_init(&s, &w));
	show_run(&s, &stream, &w);
	assert_int_equal(top_nrows(s.top), 2);
	assert_int_equal(s.top->beyond, 2);
	assert_int_equal(s.top->others.sums[0][TOP_BYTES], 12);
	assert_int_equal(s.top->all.sums[0][TOP_BYTES], 31);
	show_done(&s);
	stream_done(&stream);
}

/* The difference of sums that no number holds is not shown. */
static void rest(void **state)
{
	static const struct { const char *octets; bool has; } cases[] = {
		{ "0xffffffffffffffff", false },
		{ "7", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct wanted w = { .keys = "src", .format = "text", .max = 2 };
		struct nf_strbuf script;
		struct stream stream;
		struct show s;

		nf_strbuf_init(&script);
		nf_sb_printf(&script, "1.1 10 T256 8/4 1/8\n1.1 10 D256 10.0.0.1 %s/8 , "
			     "10.0.0.2 %s/8 , 10.0.0.3 %s/8\n", cases[i].octets, cases[i].octets,
			     cases[i].octets);
		assert_true(stream_init(&stream, nf_strbuf_cstr(&script)));
		assert_true(show_init(&s, &w));
		show_run(&s, &stream, &w);
		assert_true(strstr(nf_strbuf_cstr(&s.list.text), "(all 3)") != NULL);
		assert_int_equal(strstr(nf_strbuf_cstr(&s.list.text), "(1 more)") != NULL,
				 cases[i].has);
		show_done(&s);
		stream_done(&stream);
		nf_strbuf_done(&script);
	}
}

/* Records wait for their rows in batches: however many there are, none is lost or counted twice. */
static void any_number(void **state)
{
	static const struct wanted ways[] = { { .keys = "src" }, { .keys = "ip", .biflow = true } };

	(void)state;
	for (unsigned n = 1; n <= 200; n++)
		for (unsigned way = 0; way < COUNT(ways); way++) {
			struct nf_strbuf script;
			struct stream stream;
			struct show s;
			uint64_t sum = 0;

			nf_strbuf_init(&script);
			nf_sb_str(&script, "1.1 10 T256 8/4 12/4 1/4\n1.1 10 D256");
			for (unsigned i = 0; i < n; i++)
				nf_sb_printf(&script, "%s 10.0.0.%u 10.1.0.0 %u/4",
					     i > 0 ? " ," : "", i * 37 % 101, i + 1);
			assert_true(stream_init(&stream, nf_strbuf_cstr(&script)));
			assert_true(show_init(&s, &ways[way]));
			show_run(&s, &stream, &ways[way]);
			assert_int_equal(s.top->records, n);
			assert_int_equal(top_nrows(s.top), (n < 101 ? n : 101) + way);
			for (size_t i = 0; i < top_nrows(s.top); i++) {
				struct top_entry e = top_entry_of(s.top, i);

				sum += e.row.sums[0][TOP_BYTES];
			}
			assert_int_equal(sum, (uint64_t)n * (n + 1) / 2);
			assert_int_equal(s.top->all.sums[0][TOP_BYTES], sum);
			show_done(&s);
			stream_done(&stream);
			nf_strbuf_done(&script);
		}
}

static void sampling(void **state)
{
	static const struct { const char *script; bool sampled; } cases[] = {
		{ "1.1 10 T256 8/4 34/4\n1.1 10 D256 10.0.0.1 1/4\n", false },
		{ "1.1 10 T256 8/4 34/4\n1.1 10 D256 10.0.0.1 2/4\n", true },
		{ "1.1 9 O256 1/4 ; 50/4\n1.1 9 D256 10.0.0.1 100/4\n", true },
		{ "1.1 10 O256 149/4 ; 305/4 306/4\n1.1 10 D256 1/4 1/4 0/4\n", false },
		{ "1.1 10 O256 149/4 ; 305/4 306/4\n1.1 10 D256 1/4 1/4 99/4\n", true },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct wanted w = { .keys = "src" };
		struct stream stream;
		struct show s;

		assert_true(stream_init(&stream, cases[i].script));
		assert_true(show_init(&s, &w));
		show_run(&s, &stream, &w);
		assert_int_equal(s.top->sampled, cases[i].sampled);
		show_done(&s);
		stream_done(&stream);
	}
}

static void bad_keys(void **state)
{
	static const char *const bad[] = {
		"", ",", "src,", "srd", "src/33/64", "src/24/129", "src/1/2/3", "dport/8",
		("src,dst,sport,dport,proto,tos,in_if,out_if,src_as,dst_as,src_mask,dst_mask,nexthop,"
		 "tcpflags,sampler,frame,domain"),
	};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		const struct wanted w = { .keys = bad[i] };
		struct show s;

		if (show_init(&s, &w) || s.error.text[0] == '\0')
			fail_msg("\"%s\"", bad[i]);
		assert_true(s.error.span.off + s.error.span.len <= strlen(bad[i]));
		show_done(&s);
	}
}

/* -- The table ------------------------------------------------------------------------ */

static void many_rows(void **state)
{
	enum { ROWS = 20000 };
	struct top_table t;

	(void)state;
	assert_true(top_table_init(&t, 2, 1));
	for (uint64_t round = 0; round < 2; round++)
		for (uint64_t i = 0; i < ROWS; i++) {
			const uint64_t key[2] = { i << 32, ~i };
			uint32_t hash = top_table_hash(&t, key);
			uint64_t *row = top_table_find(&t, key, hash);

			assert_int_equal(row != NULL, round);
			if (row == NULL)
				row = top_table_add(&t, key, hash);
			assert_non_null(row);
			row[0] += i;
			assert_int_equal(row[0], i * (round + 1));
			assert_true(top_table_is(&t, row, key));
		}
	assert_int_equal(t.n, ROWS);
	top_table_done(&t);
}

static void many_texts(void **state)
{
	struct top_texts t;
	char text[32];

	(void)state;
	assert_true(top_texts_init(&t));
	for (unsigned round = 0; round < 2; round++)
		for (unsigned i = 0; i < 3000; i++) {
			size_t n = (size_t)snprintf(text, sizeof(text), "%u%s", i,
						    i % 3 == 0 ? "a longer text" : "");
			struct nf_bytes b = { (const uint8_t *)text, n };
			uint64_t number = top_texts_number(&t, b, 3000, 100000);
			struct nf_bytes kept = top_texts_text(&t, number);

			assert_int_equal(number, i + 1);
			assert_int_equal(kept.n, n);
			assert_memory_equal(kept.p, text, n);
		}
	assert_int_equal(top_texts_number(&t, (struct nf_bytes){ (const uint8_t *)"x", 1 }, 3000,
					  100000), 0);
	assert_int_equal(top_texts_number(&t, (struct nf_bytes){ (const uint8_t *)"x", 1 }, 9999,
					  t.octets.n), 0);
	assert_false(t.table.failed);
	top_texts_done(&t);
}

/* -- Memory --------------------------------------------------------------------------- */

static const char mixed[] =
	"1.1 10 D256 10.0.0.1 10.0.0.2 80/2 1/4 v\"a\"\n"
	"1.1 10 T256 8/4 12/4 7/2 1/4 82/v | D256 10.0.0.1 10.0.0.2 80/2 1/4 v\"text\"\n"
	"1.2 9 T256 27/16 1/4 230/1 | D256 2001:db8::1 4/4 0/1\n";

static void memory_out(void **state)
{
	static const struct wanted ways[] = {
		{ .keys = "src", .format = "text" },
		{ .keys = "src/24,interfaceName,exporter,first", .format = "json" },
		{ .keys = "flow", .biflow = true, .format = "csv", .filter = "bytes > 0" },
		{ .keys = "ip", .format = "tsv" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(ways); i++) {
		struct nomem memory = { .failed = true };
		struct stream stream;

		assert_true(stream_init(&stream, mixed));
		for (long n = 0; memory.failed; n++) {
			struct show s;

			memory = (struct nomem){ .left = n };
			nomem_begin(&memory);
			if (show_init(&s, &ways[i])) {
				show_run(&s, &stream, &ways[i]);
				if (!memory.failed)
					assert_true(s.sound);
			}
			show_done(&s);
			nomem_end(&memory);
		}
		stream_done(&stream);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sums),
		cmocka_unit_test(duplicates),
		cmocka_unit_test(no_more_keys),
		cmocka_unit_test(rest),
		cmocka_unit_test(any_number),
		cmocka_unit_test(sampling),
		cmocka_unit_test(bad_keys),
		cmocka_unit_test(many_rows),
		cmocka_unit_test(many_texts),
		cmocka_unit_test(memory_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
