/*
 * Messages as trees: their nodes are the lines of -o detail, their octets partition the message,
 * and the filters made of their fields hold for the records that the fields are from.
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

#include "lib/captures.h"
#include "lib/nomem.h"
#include "lib/streams.h"
#include "model/filter.h"
#include "out/dissection.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { OF_A_KIND = 40 };	/* filters of one element that are tried in a capture */

/* Two ways of one message: the tree, and the text that it must be. */
struct both {
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct dissection *d;
	struct out *text;
	const char *path;		/* for faults */
	uint64_t frame;
	unsigned tried[1024];		/* filters, by element */
	unsigned filters, comparisons, messages;
};

static void both_init(struct both *b, struct nf_registry *registry, struct nf_tracker *tracker)
{
	const struct out_opts opts = { .nfiles = 0 };

	*b = (struct both){ .registry = registry, .tracker = tracker, .path = "" };
	b->d = dissection_new(&opts, registry);
	b->text = out_new(out_ops_of("detail"), &opts, registry);
	assert_non_null(b->d);
	assert_non_null(b->text);
}

static void both_done(struct both *b)
{
	dissection_free(b->d);
	out_free(b->text);
}

#define FAIL(b, node, what) \
	fail_msg("%s, frame %llu, node %u: %s", (b)->path, (unsigned long long)(b)->frame, \
		 (unsigned)(node), what)

/* -- What must hold of any tree ------------------------------------------------------- */

static void check_shape(const struct both *b)
{
	uint32_t n = dissection_count(b->d);

	if (n == 0 || dissection_node(b->d, 0)->end != n ||
	    dissection_node(b->d, 0)->parent != DISSECTION_NONE)
		FAIL(b, 0, "no root");
	for (uint32_t i = 1; i < n; i++) {
		const struct dissection_node *node = dissection_node(b->d, i);
		const struct dissection_node *parent;

		if (node->parent >= i || node->end <= i)
			FAIL(b, i, "out of order");
		parent = dissection_node(b->d, node->parent);
		if (parent->depth >= node->depth || parent->end < node->end)
			FAIL(b, i, "not below its parent");
		if (node->kind != DISSECTION_PROBLEM &&
		    (node->whole.off < parent->whole.off ||
		     node->whole.off + node->whole.len > parent->whole.off + parent->whole.len))
			FAIL(b, i, "not inside its parent");
		if ((node->kind == DISSECTION_FIELD || node->kind == DISSECTION_LIST ||
		     node->kind == DISSECTION_SPECIFIER) != (node->ie != NULL))
			FAIL(b, i, "an element where there is none, or none");
	}
}

static void check_partition(const struct both *b)
{
	uint32_t at = 0, total = (uint32_t)dissection_octets(b->d).n;

	for (uint32_t i = 0; i < dissection_count(b->d); i++) {
		const struct dissection_node *node = dissection_node(b->d, i);

		if (node->own.off != at)
			FAIL(b, i, "a gap, or octets that another node has");
		for (uint32_t o = 0; o < node->own.len; o++)
			if (dissection_at(b->d, at + o) != i)
				FAIL(b, i, "is not found by its octets");
		at += node->own.len;
	}
	if (at != total)
		FAIL(b, 0, "octets are left over");
	assert_int_equal(dissection_at(b->d, total), DISSECTION_NONE);
	assert_int_equal(dissection_at(b->d, UINT32_MAX), DISSECTION_NONE);
}

static uint32_t next_line_node(const struct both *b, uint32_t i)
{
	while (i < dissection_count(b->d) &&
	       dissection_node(b->d, i)->kind == DISSECTION_UNDECODED)
		i++;
	return i;
}

/* Line by line; of octets without a layout only -x has a line. */
static void check_text(const struct both *b)
{
	const struct nf_strbuf *s = &b->text->text;
	const char *at = s->p, *end = s->p + s->n, *line;
	uint32_t i = next_line_node(b, 0);

	for (; at < end && *at != '\n'; at = line + 1, i = next_line_node(b, i + 1)) {
		struct nf_bytes text;
		size_t n;

		line = memchr(at, '\n', (size_t)(end - at));
		assert_non_null(line);
		if (i >= dissection_count(b->d))
			FAIL(b, i, "a line without a node");
		n = strspn(at, " ");
		if (n != 2u * dissection_node(b->d, i)->depth)
			FAIL(b, i, "another depth than its line");
		at += n;
		n = (size_t)(line - at);
		while (n > 0 && at[n - 1] == ' ')
			n--;
		text = dissection_text(b->d, i);
		if (text.n != n || memcmp(text.p, at, n) != 0)
			fail_msg("%s, frame %llu: \"%.*s\" is not \"%.*s\"", b->path,
				 (unsigned long long)b->frame, (int)text.n,
				 (const char *)text.p, (int)n, at);
	}
	if (i != dissection_count(b->d))
		FAIL(b, i, "a node without a line");
}

static void check_records(const struct both *b)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < dissection_count(b->d); i++) {
		const struct dissection_node *node = dissection_node(b->d, i);

		if (node->kind != DISSECTION_RECORD || node->depth != 2)
			continue;
		if (node->record != n || dissection_record(b->d, n) != i)
			FAIL(b, i, "is not found by its number");
		n++;
	}
	assert_int_equal(dissection_record(b->d, n), DISSECTION_NONE);
}

/* -- Filters -------------------------------------------------------------------------- */

/* The filter of node I, and that the record is the one that the node is in. */
static bool filter_text(struct both *b, uint32_t i, struct nf_strbuf *s)
{
	uint32_t record = dissection_node(b->d, i)->record;
	const struct dissection_node *node;

	nf_strbuf_clear(s);
	if (!dissection_filter(s, b->d, i))
		return false;
	b->comparisons += memmem(s->p, s->n, " == ", 4) != NULL;
	if (record != DISSECTION_NONE) {
		node = dissection_node(b->d, dissection_record(b->d, record));
		nf_sb_printf(s, " and record.offset == %u", (unsigned)node->whole.off);
	}
	return true;
}

static void check_filter(struct both *b, uint32_t i, const struct nf_view *v, struct nf_strbuf *s)
{
	const struct dissection_node *node = dissection_node(b->d, i);
	unsigned *tried = &b->tried[(uintptr_t)node->ie / 16 % COUNT(b->tried)];
	struct filter_error err;
	struct filter *f;

	if ((node->kind != DISSECTION_FIELD && node->kind != DISSECTION_LIST) ||
	    (*tried)++ >= OF_A_KIND)
		return;
	if (!filter_text(b, i, s)) {
		if (node->record != DISSECTION_NONE && node->ie->pen != NF_PEN_FIXED)
			fail_msg("%s, frame %llu: no filter of \"%.*s\"", b->path,
				 (unsigned long long)b->frame, (int)node->text_len,
				 (const char *)dissection_text(b->d, i).p);
		return;
	}
	f = filter_new(s->p, s->n, NULL, b->registry, &err);
	if (f == NULL)
		fail_msg("%s, frame %llu: %.*s: %s", b->path, (unsigned long long)b->frame,
			 (int)s->n, s->p, err.text);
	if (!filter_message(f, v))
		fail_msg("%s, frame %llu: %.*s is false", b->path, (unsigned long long)b->frame,
			 (int)s->n, s->p);
	filter_free(f);
	b->filters++;
}

/* -- Messages ------------------------------------------------------------------------- */

static void check_message(struct both *b, const struct nf_view *v, bool filters)
{
	struct nf_view again;
	struct nf_strbuf s;

	nf_strbuf_init(&s);
	b->frame = v->datagram->frame;
	b->messages++;
	nf_strbuf_clear(&b->text->text);
	assert_true(nf_tracker_view(b->tracker, v->datagram, v->offset, &again,
				    out_sink(b->text)) || v->headerless);
	assert_true(out_message(b->text, v->headerless ? v : &again));
	assert_true(nf_tracker_view(b->tracker, v->datagram, v->offset, &again,
				    dissection_sink(b->d)) || v->headerless);
	assert_true(dissection_make(b->d, v->headerless ? v : &again));
	check_shape(b);
	check_partition(b);
	check_text(b);
	check_records(b);
	for (uint32_t i = 0; filters && i < dissection_count(b->d); i++)
		check_filter(b, i, v, &s);
	nf_strbuf_done(&s);
}

static void check_capture(void *ctx, const char *path)
{
	struct capture_reading r;
	struct nf_delivery delivery;
	struct both *sum = ctx, b;
	struct nf_view view;

	assert_true(captures_open(&r, path));
	both_init(&b, r.registry, r.tracker);
	b.path = path;
	while (captures_datagram(&r, &delivery))
		while (nf_delivery_next(&delivery, &view, NULL))
			check_message(&b, &view, true);
	sum->messages += b.messages;
	sum->filters += b.filters;
	sum->comparisons += b.comparisons;
	both_done(&b);
	captures_close(&r);
}

static void real_captures(void **state)
{
	struct both sum = { .messages = 0 };

	(void)state;
	assert_true(captures_each(check_capture, &sum) > 50);
	print_message("# %u messages, %u filters, %u of them comparisons\n", sum.messages,
		      sum.filters, sum.comparisons);
	assert_true(sum.messages > 200);
	assert_true(sum.filters > 5000);
	assert_true(sum.comparisons > sum.filters / 10 * 9);
}

static uint32_t random_state = 1;

static uint32_t below(uint32_t n)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state % n;
}

/* Up to four octets of D's payload are others, in a copy of just its length. */
static void broken_datagram(struct both *b, const struct nf_datagram *d)
{
	struct nf_datagram own = *d;
	uint8_t *p = malloc(d->payload.n + 1);
	struct nf_delivery delivery;
	struct nf_view view;

	assert_non_null(p);
	memcpy(p, d->payload.p, d->payload.n);
	own.payload.p = p;
	if (below(4) == 0)
		own.payload.n = 1 + below((uint32_t)d->payload.n);
	for (uint32_t times = below(4); times > 0; times--)
		p[below((uint32_t)d->payload.n)] = (uint8_t)below(256);
	if (nf_tracker_feed(b->tracker, &own, &delivery) == NF_REFUSAL_NONE)
		while (nf_delivery_next(&delivery, &view, NULL))
			check_message(b, &view, false);
	free(p);
}

static void break_capture(void *ctx, const char *path)
{
	struct capture_reading r;
	struct nf_err err;
	enum source_got got;
	struct both *sum = ctx, b;

	assert_true(captures_open(&r, path));
	both_init(&b, r.registry, nf_tracker_new(&(struct nf_tracker_opts){ .hold = false },
						 r.registry));
	b.path = path;
	while ((got = source_next(r.source, &r.datagram, &err)) != SOURCE_END)
		if (got == SOURCE_DATAGRAM && r.datagram.payload.n > 0)
			broken_datagram(&b, &r.datagram);
	sum->messages += b.messages;
	nf_tracker_free(b.tracker);
	both_done(&b);
	captures_close(&r);
}

static void broken_captures(void **state)
{
	struct both sum = { .messages = 0 };

	(void)state;
	for (unsigned i = 0; i < 8; i++)
		captures_each(break_capture, &sum);
	assert_true(sum.messages > 800);
}

/* -- Trees to the letter -------------------------------------------------------------- */

/* "depth kind own.off+own.len text", a line a node but the first. */
static void draw(struct nf_strbuf *s, const struct dissection *d)
{
	static const char kinds[] = "MNHSTsRFLBPtmUp";

	for (uint32_t i = 1; i < dissection_count(d); i++) {
		const struct dissection_node *node = dissection_node(d, i);
		struct nf_bytes text = dissection_text(d, i);

		nf_sb_printf(s, "%u %c %u+%u ", node->depth, kinds[node->kind],
			     (unsigned)node->own.off, (unsigned)node->own.len);
		nf_sb_mem(s, text.p, text.n < 34 ? text.n : 34);
		nf_sb_char(s, '\n');
	}
}

/* The tree of the last datagram of SCRIPT. */
static void make(struct both *b, struct stream *stream, const char *script)
{
	struct nf_registry *registry = nf_registry_new();
	struct nf_tracker *tracker = nf_tracker_new(&(struct nf_tracker_opts){ .hold = false },
						    registry);
	struct nf_delivery delivery;
	struct nf_view view;

	both_init(b, registry, tracker);
	assert_true(stream_init(stream, script));
	for (size_t i = 0; i < stream->n; i++) {
		assert_int_equal(nf_tracker_feed(tracker, &stream->d[i], &delivery),
				 NF_REFUSAL_NONE);
		while (nf_delivery_next(&delivery, &view, dissection_sink(b->d)))
			assert_true(dissection_make(b->d, &view));
	}
}

static void unmake(struct both *b, struct stream *stream)
{
	struct nf_registry *registry = b->registry;
	struct nf_tracker *tracker = b->tracker;

	both_done(b);
	stream_done(stream);
	nf_tracker_free(tracker);
	nf_registry_free(registry);
}

#define LISTS \
	"1.1 10 T258 8/4 291/v 292/v | T259 7/2 82/v\n" \
	"1.1 10 D258 10.0.0.1 v[ 3/1 8/2 4/2 10.0.0.7 10.0.0.8 ] v[ 3/1 259/2 80/2 v\"a\" ]" \
	" | D300 1/4 | L400\n"

static void a_tree(void **state)
{
	struct nf_strbuf s;
	struct stream stream;
	struct both b;

	(void)state;
	nf_strbuf_init(&s);
	make(&b, &stream, LISTS);
	draw(&s, b.d);
	assert_string_equal(nf_strbuf_cstr(&s),
		"1 H 0+0 IPFIX, 58 octets\n"
		"2 F 0+2 version                     10\n"
		"2 F 2+2 length                      58 oct\n"
		"2 F 4+4 exportTime                  170406\n"
		"2 F 8+4 sequence                    1\n"
		"2 F 12+4 observationDomainId         0\n"
		"1 S 16+4 Set 258, flows, 34 octets, templat\n"
		"2 R 20+0 Flow 1\n"
		"3 F 20+4 sourceIPv4Address           10.0.0\n"
		"3 L 24+8 basicList                   allOf,\n"
		"4 F 32+4 10.0.0.7\n"
		"4 F 36+4 10.0.0.8\n"
		"3 L 40+6 subTemplateList             allOf\n"
		"4 B 46+0 records of 259, template of frame \n"
		"4 R 46+0 Record 1\n"
		"5 F 46+2 sourceTransportPort         80\n"
		"5 F 48+2 interfaceName               a\n"
		"1 S 50+4 Set 300, undecoded: never defined,\n"
		"2 p 54+0 ! error: set length 400, but only \n"
		"2 U 54+4 Undecoded, 4 octets\n");
	nf_strbuf_done(&s);
	unmake(&b, &stream);
}

static void versions_and_numbers(void **state)
{
	const struct dissection_node *record, *set;
	struct stream stream;
	struct both b;

	(void)state;
	make(&b, &stream, "1.1 10 T256 8/4 | O257 149/4 ; 82/v\n"
	     "1.1 10 D257 5/4 v\"eth0\" | D256 10.0.0.1 , 10.0.0.2");
	record = dissection_node(b.d, dissection_record(b.d, 2));
	set = dissection_node(b.d, record->parent);
	assert_int_equal(set->id, 256);
	assert_non_null(record->version);
	assert_int_equal(record->version->id, 256);
	assert_ptr_equal(record->version, set->version);
	assert_int_equal(record->version->frame, 1);
	assert_int_equal(dissection_node(b.d, dissection_record(b.d, 0))->id, 257);
	assert_int_equal(record->whole.len, 4);
	assert_int_equal(set->whole.len, 12);
	assert_int_equal(dissection_record(b.d, 3), DISSECTION_NONE);
	unmake(&b, &stream);
}

/* A field that begins with TEXT, by what the filter of it is. */
static void filters_to_the_letter(void **state)
{
	static const struct {
		const char *script, *field, *filter;
	} rows[] = {
		{ "1.1 10 T256 8/4 | D256 10.0.0.1", "sourceIPv4Address",
		  "sourceIPv4Address == 10.0.0.1" },
		{ "1.1 10 T256 4/1 | D256 6/1", "protocolIdentifier", "protocolIdentifier == 6" },
		{ "1.1 10 T256 82/v | D256 v\"a\\x22\\x5cb\\x1b\"", "interfaceName",
		  "interfaceName == \"a\\\"\\\\b\\x1b\"" },
		{ "1.1 10 T256 56/6 | D256 x001122334455", "sourceMacAddress",
		  "sourceMacAddress == 00:11:22:33:44:55" },
		{ "1.1 10 T256 29305:1/8 | D256 5/8", "reverse.octetDeltaCount",
		  "reverse.octetDeltaCount == 5" },
		{ "1.1 10 T256 64999:77/2 | D256 5/2", "ie64999/77", "ie64999/77 == 5" },
		{ "1.1 10 T256 64999:77/9 | D256 x010203040506070809", "ie64999/77",
		  "ie64999/77 == 01:02:03:04:05:06:07:08:09" },
		{ "1.1 10 T256 152/8 | D256 1000/8", "flowStartMilliseconds",
		  "flowStartMilliseconds == 1970-01-01T00:00:01Z" },
		{ "1.1 10 T256 95/v | D256 x04de010203", "applicationId",
		  "applicationId == de:01:02:03" },
		{ "1.1 10 T256 8/4 27/4 | D256 10.0.0.1 5/4", "sourceIPv6Address",
		  "sourceIPv6Address" },
		{ "1.1 10 T256 8/4 | D256 10.0.0.1", "sequence", "msg.sequence == 1" },
		{ LISTS, "sourceIPv4Address", "sourceIPv4Address == 10.0.0.1" },
		{ LISTS, "subTemplateList", "subTemplateList" },
		{ LISTS, "10.0.0.7", "basicList" },
		{ LISTS, "sourceTransportPort", "subTemplateList" },
	};
	struct nf_strbuf s;
	struct stream stream;
	struct both b;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t r = 0; r < COUNT(rows); r++) {
		size_t n = strlen(rows[r].field);
		uint32_t i = 0;

		make(&b, &stream, rows[r].script);
		for (; i < dissection_count(b.d); i++)
			if (dissection_node(b.d, i)->kind >= DISSECTION_FIELD &&
			    dissection_text(b.d, i).n >= n &&
			    memcmp(dissection_text(b.d, i).p, rows[r].field, n) == 0 &&
			    dissection_filter(&s, b.d, i))
				break;
		assert_true(i < dissection_count(b.d));
		assert_string_equal(nf_strbuf_cstr(&s), rows[r].filter);
		nf_strbuf_clear(&s);
		unmake(&b, &stream);
	}
	make(&b, &stream, rows[0].script);
	assert_false(dissection_filter(&s, b.d, 0));
	assert_false(dissection_filter(&s, b.d, dissection_record(b.d, 0)));
	assert_int_equal(s.n, 0);
	unmake(&b, &stream);
	nf_strbuf_done(&s);
}

/* Wherever memory runs out: no tree, or a whole one; nothing is lost. */
static void memory_runs_out(void **state)
{
	const struct out_opts opts = { .nfiles = 0 };
	struct nf_delivery delivery;
	struct nomem memory;
	struct nf_view view;
	struct stream stream;
	struct both b;
	long n = 0;

	(void)state;
	make(&b, &stream, LISTS);
	nf_tracker_feed(b.tracker, &stream.d[1], &delivery);
	do {
		struct dissection *d;
		struct nf_strbuf s;

		memory = (struct nomem){ .left = n++ };
		assert_true(nf_tracker_view(b.tracker, &stream.d[1], 0, &view, NULL));
		nomem_begin(&memory);
		nf_strbuf_init(&s);
		d = dissection_new(&opts, b.registry);
		if (d != NULL) {
			bool made = dissection_make(d, &view);

			assert_true(made || memory.failed);
			assert_true(made == (dissection_count(d) != 0));
			if (made)
				dissection_filter(&s, d, dissection_record(d, 0) + 1);
		}
		dissection_free(d);
		nf_strbuf_done(&s);
		nomem_end(&memory);
	} while (memory.failed);
	assert_true(n > 5);
	unmake(&b, &stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tree),
		cmocka_unit_test(versions_and_numbers),
		cmocka_unit_test(filters_to_the_letter),
		cmocka_unit_test(memory_runs_out),
		cmocka_unit_test(real_captures),
		cmocka_unit_test(broken_captures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
