/*
 * The formats of `packets`: what one message becomes, what no message may do to a terminal,
 * and what happens where memory runs out at any one place.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/cells.h"
#include "lib/manyrecords.h"
#include "lib/nomem.h"
#include "lib/streams.h"
#include "out/out.h"
#include "out/style.h"
#include "out/wrap.h"

#define FLOW "8/4 12/4 7/2 4/1 1/8"
#define DATA "10.0.0.1 10.0.0.2 80/2 6/1 1234/8"

/* Templates, flows, options, lists, strings, all sorts of damage. */
#define MIXED \
	"1.1 10 T256 " FLOW " | D256 " DATA " , " DATA " | D300 1/4\n" \
	"1.1 10 O257 149/4 ; 82/v 34/4 | D257 5/4 v\"eth\\x1b[0m\" 100/4\n" \
	"1.1 10 T258 8/4 291/v 292/v 293/v | T259 7/2 82/v\n" \
	"1.1 10 D258 10.0.0.1 v[ 3/1 8/2 4/2 10.0.0.7 10.0.0.8 ] v[ 3/1 259/2 80/2 v\"a\" ]" \
	" v[ 4/1 {259 80/2 v\"b\" } {299 1/4 } ]\n" \
	"1.1 10 D256 " DATA " | L400\n" \
	"1.1 10 D256 1/4\n" \
	"1.1 10 R9 | T260 8/4 | W256\n" \
	"1.2 9 T256 " FLOW " | O257 1/4 ; 34/4 | D257 1/4 7/4 | D256 " DATA "\n" \
	"1.2 9 D256 " DATA " | Z8\n" \
	"1.2 10 T256 " FLOW " | & 10 | D256 " DATA " | E8\n"

/* One way to show things. */
struct way {
	const char *format;
	bool raw, hex, color, quiet;
	unsigned width;
};

static const struct way ways[] = {
	{ .format = "text" },
	{ .format = "text", .width = 80, .color = true },
	{ .format = "detail" },
	{ .format = "detail", .color = true },
	{ .format = "detail", .hex = true, .width = 80 },
	{ .format = "json" },
	{ .format = "json", .raw = true },
	{ .format = "text", .quiet = true },
	{ .format = "json", .quiet = true },
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

static const struct out_ops *ops_of(const struct way *w)
{
	if (!w->quiet)
		return out_ops_of(w->format);
	return strcmp(w->format, "json") == 0 ? &out_quiet_json : &out_quiet;
}

struct show {
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct out *out;
	bool sound;
};

static bool show_init(struct show *s, const struct way *w, bool hold)
{
	static const char *const files[] = { "a.pcap" };
	const struct out_opts opts = {
		.raw = w->raw, .hex = w->hex, .color = w->color, .width = w->width,
		.files = files, .nfiles = 1, .titles = true,
	};

	*s = (struct show){ .sound = true };
	s->registry = nf_registry_new();
	if (s->registry == NULL)
		return false;
	s->tracker = nf_tracker_new(&(struct nf_tracker_opts){ .hold = hold }, s->registry);
	s->out = out_new(ops_of(w), &opts, s->registry);
	return s->tracker != NULL && s->out != NULL;
}

static void show_done(struct show *s)
{
	out_free(s->out);
	nf_tracker_free(s->tracker);
	nf_registry_free(s->registry);
}

static void show_stream(struct show *s, const struct stream *stream)
{
	struct nf_delivery delivery;
	struct nf_view view;
	struct nf_late late;

	out_begin(s->out);
	for (size_t i = 0; i < stream->n; i++) {
		if (nf_tracker_feed(s->tracker, &stream->d[i], &delivery) != NF_REFUSAL_NONE)
			continue;
		while (nf_delivery_next(&delivery, &view, out_sink(s->out)))
			s->sound &= out_message(s->out, &view);
		while (nf_tracker_late(s->tracker, &late))
			s->sound &= out_late(s->out, &late);
	}
	out_end(s->out);
}

/* What SCRIPT looks like; valid until show_done. */
static const char *shown(struct show *s, const struct way *w, const char *script)
{
	struct stream stream;

	assert_true(stream_init(&stream, script));
	assert_true(show_init(s, w, true));
	show_stream(s, &stream);
	assert_true(s->sound);
	stream_done(&stream);
	return nf_strbuf_cstr(&s->out->text);
}

/* -- Tests ---------------------------------------------------------------------------- */

static void formats_by_name(void **state)
{
	(void)state;
	assert_string_equal(out_ops_at(0)->name, "text");
	for (unsigned i = 0; out_ops_at(i) != NULL; i++)
		assert_ptr_equal(out_ops_of(out_ops_at(i)->name), out_ops_at(i));
	assert_null(out_ops_of("quiet"));
	assert_null(out_ops_of(""));
}

static void a_message(void **state)
{
	static const struct {
		struct way way;
		const char *script, *part;
	} rows[] = {
		{ { .format = "text" }, "1.1 10/7 T256 8/4 | D256 10.0.0.1 , 10.0.0.2",
		  "ipfix          7          1    40 1 template, 2 flows of 256\n" },
		{ { .format = "text" }, "1.1 10 D300 1/4", "1 undecoded set of 300 (pending)\n" },
		{ { .format = "text" }, "1.1 10 T256 8/4 | R9", "1 reserved set of 9 [warning set-id-reserved]" },
		{ { .format = "text" }, "1.1 10 D256 1/4\n1.1 10 T256 8/4",
		  "held: 1 flow of 256 (late, template of frame 2)\n" },
		{ { .format = "detail" }, "1.1 10 T256 8/4 2/4 | D256 10.0.0.1 1/4",
		  "    Flow 1\n"
		  "      sourceIPv4Address           10.0.0.1\n"
		  "      packetDeltaCount            1 packet\n" },
		{ { .format = "detail" }, "1.1 10 T256 1/8 | D256 21/8",
		  "      octetDeltaCount             21 octets\n" },
		{ { .format = "detail" }, "1.1 10 T256 82/v 4/1 | D256 v\"\" 6/1",
		  "      interfaceName               (empty)\n"
		  "      protocolIdentifier          6 (tcp)\n" },
		{ { .format = "detail", .hex = true }, "1.1 10 T256 82/v 4/1 | D256 v\"eth0-of-me\" 6/1",
		  "0024  0a65 7468 302d 6f66     interfaceName               eth0-of-me\n"
		  "002c  2d6d 65\n"
		  "002f  06                      protocolIdentifier          6 (tcp)\n" },
		{ { .format = "json" }, "1.1 10 T256 8/4 9:7/2 | D256 10.0.0.1 5/2",
		  "\"fields\":[{\"id\":8,\"name\":\"sourceIPv4Address\",\"value\":\"10.0.0.1\","
		  "\"offset\":40,\"length\":4},{\"id\":7,\"pen\":9,\"name\":\"ie9/7\",\"value\":\"0005\","
		  "\"offset\":44,\"length\":2}]}]}]}\n" },
		{ { .format = "json", .raw = true }, "1.1 10 T256 82/v | D256 v3\"x\"",
		  "\"value\":\"x\",\"offset\":35,\"length\":1,\"prefix\":3,\"raw\":\"78\"}]}]}]}\n" },
		{ { .format = "json" }, "1.1 10 T256 82/v | D256 vxff61",
		  "\"value\":\"\xef\xbf\xbd" "a\",\"offset\":33,\"length\":2,\"prefix\":1,\"raw\":\"ff61\"}" },
		{ { .format = "text", .quiet = true }, "1.1 10 T256 8/4 | D256 1/4 | L400",
		  "a.pcap: frame 1: 10.0.0.1:1001: error at " },
	};
	struct show s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *text = shown(&s, &rows[i].way, rows[i].script);

		if (strstr(text, rows[i].part) == NULL)
			fail_msg("row %zu: no \"%s\" in\n%s", i, rows[i].part, text);
		show_done(&s);
	}
}

static void nothing_to_say(void **state)
{
	struct show s;

	(void)state;
	for (unsigned i = 0; i < WAYS; i++) {
		if (!ways[i].quiet)
			continue;
		assert_string_equal(shown(&s, &ways[i], "1.1 10 T256 " FLOW " | D256 " DATA), "");
		show_done(&s);
	}
}

/* Octets of the capture do not steer the terminal, and JSON stays one line an object. */
static void no_control_characters(void **state)
{
	static const char script[] =
		"1.1 10 T256 82/v 82/8 | O257 82/v ; 82/4 | T258 291/v\n"
		"1.1 10 D256 v\"a\\x1b]0;b\\x07\\x9b\\x0a\\x00\\x7f\" xc2800d0a1b5b3041\n"
		"1.1 10 D257 v\"\\x0d\\x0a\" x1b63e282 | D258 v[ 3/1 82/2 65535/2 v\"\\x1b[2J\" ]\n";
	struct show s;

	(void)state;
	for (unsigned i = 0; i < WAYS; i++) {
		const char *text;

		if (ways[i].color)
			continue;
		text = shown(&s, &ways[i], script);
		for (const char *c = text; *c != '\0'; c++)
			if (((uint8_t)*c < 0x20 && *c != '\n') || *c == 0x7f)
				fail_msg("way %u: octet %02x in %s", i, (uint8_t)*c, text);
		assert_null(strstr(text, "\xc2\x80"));
		assert_null(strstr(text, "\xc2\x9b"));
		assert_int_equal(strlen(text), s.out->text.n);	/* no NUL */
		show_done(&s);
	}
}

static bool same_text(const struct nf_strbuf *a, const char *b, size_t n)
{
	return a->n == n && memcmp(a->p, b, n) == 0;
}

/* Whichever call fails: no crash, no leak, and either the whole text or a word that it is not. */
static void memory_fails(void **state)
{
	struct stream stream;
	struct show s;

	(void)state;
	assert_true(stream_init(&stream, MIXED));
	for (unsigned i = 0; i < WAYS; i++) {
		struct nomem memory = { .failed = true };
		struct nf_strbuf all;

		shown(&s, &ways[i], MIXED);
		nf_strbuf_init(&all);
		nf_sb_mem(&all, s.out->text.p, s.out->text.n);
		show_done(&s);
		for (long n = 0; memory.failed; n++) {
			memory = (struct nomem){ .left = n };
			nomem_begin(&memory);
			if (show_init(&s, &ways[i], true)) {
				show_stream(&s, &stream);
				if (!memory.failed)
					assert_true(s.sound &&
						    same_text(&s.out->text, all.p, all.n));
			}
			show_done(&s);
			nomem_end(&memory);
		}
		nf_strbuf_done(&all);
	}
	stream_done(&stream);
}

/* A failure while a message is written is reported for that message. */
static void failure_is_told(void **state)
{
	struct stream stream;
	struct show s;
	struct nf_delivery delivery;
	struct nf_view view;

	(void)state;
	assert_true(stream_init(&stream, "1.1 10 T256 " FLOW " | D256 " DATA));
	for (unsigned i = 0; i < WAYS; i++) {
		struct nomem memory = { .left = 0, .live = 1000 };

		if (ways[i].quiet)
			continue;
		assert_true(show_init(&s, &ways[i], false));
		nf_tracker_feed(s.tracker, &stream.d[0], &delivery);
		assert_true(nf_delivery_next(&delivery, &view, out_sink(s.out)));
		nomem_begin(&memory);
		assert_false(out_message(s.out, &view));
		assert_true(memory.failed);
		nf_allocator_set(NULL);
		show_done(&s);
	}
	stream_done(&stream);
}

/* RFC 5610 records bring a name: what was laid out with the old one is made anew. */
static void names_change(void **state)
{
	const struct nf_ie ie = { .pen = 9, .id = 7, .type = NF_TYPE_UNSIGNED16, .name = "seven" };
	struct nf_delivery delivery;
	struct nf_view view;
	struct stream stream;
	struct show s;

	(void)state;
	assert_true(stream_init(&stream, "1.1 10 T256 9:7/2 | D256 5/2\n1.1 10 D256 6/2"));
	assert_true(show_init(&s, &(struct way){ .format = "json" }, false));
	for (size_t i = 0; i < stream.n; i++) {
		nf_strbuf_clear(&s.out->text);
		nf_tracker_feed(s.tracker, &stream.d[i], &delivery);
		assert_true(nf_delivery_next(&delivery, &view, out_sink(s.out)));
		assert_true(out_message(s.out, &view));
		assert_non_null(strstr(nf_strbuf_cstr(&s.out->text),
				       i == 0 ? "\"name\":\"ie9/7\",\"value\"" :
						"\"name\":\"9/seven\",\"value\""));
		assert_true(nf_registry_define(s.registry, &ie, NF_FROM_USER));
	}
	show_done(&s);
	stream_done(&stream);
}

/* Problems are taken by place, each once, and the rest keeps its order. */
static void problems_by_place(void **state)
{
	struct problems p = { .n = 0 };

	(void)state;
	for (uint32_t off = 0; off < 40; off += 10)
		problems_report(&p, &(struct nf_problem){ .id = NF_PROBLEM_TRAILING,
							  .span = { off, 4 } });
	assert_int_equal(problems_take(&p, (struct nf_span){ 15, 10 }, 0)->span.off, 20);
	assert_null(problems_take(&p, (struct nf_span){ 15, 10 }, 0));
	assert_int_equal(problems_take(&p, (struct nf_span){ 0, 40 }, 0)->span.off, 0);
	assert_int_equal(problems_take(&p, (struct nf_span){ 0, 40 }, 0)->span.off, 10);
	assert_int_equal(problems_take(&p, (struct nf_span){ 0, 40 }, 0)->span.off, 30);
	assert_null(problems_take(&p, (struct nf_span){ 0, 40 }, 0));
	problems_clear(&p);
	assert_null(problems_take(&p, (struct nf_span){ 0, 40 }, 0));
	problems_done(&p);
}

static void broken_lines(void **state)
{
	static const struct {
		unsigned width;
		size_t at;
		enum wrap_where where;
		const char *text, *wanted;
	} rows[] = {
		{ 0, 0, WRAP_WORDS, "aaa bbb ccc", "aaa bbb ccc" },
		{ 11, 0, WRAP_WORDS, "aaa bbb ccc", "aaa bbb ccc" },
		{ 10, 0, WRAP_WORDS, "aaa bbb ccc", "aaa bbb\n  ccc" },
		{ 10, 4, WRAP_WORDS, "aaa bbb ccc", "aaa\n  bbb ccc" },
		{ 8, 0, WRAP_WORDS, "aaaaaaaaaa bbb", "aaaaaaaaaa\n  bbb" },
		{ 10, 0, WRAP_GROUPS, "1 a of 2, 3 b [x]", "1 a of 2,\n  3 b [x]" },
		{ 10, 9, WRAP_GROUPS, "1 a of 2, 3 b [x]", "\n  1 a of 2,\n  3 b [x]" },
		{ 7, 0, WRAP_GROUPS, "1 a \033[1m[x]\033[0m", "1 a \033[1m[x]\033[0m" },
		{ 6, 0, WRAP_GROUPS, "1 a \033[1m[x]\033[0m", "1 a\n  \033[1m[x]\033[0m" },
	};
	struct show s;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(show_init(&s, &(struct way){ .format = "text", .width = rows[i].width },
				      false));
		nf_sb_str(&s.out->text, rows[i].text);
		wrap_text(s.out, 0, rows[i].at, 2, rows[i].where);
		assert_string_equal(nf_strbuf_cstr(&s.out->text), rows[i].wanted);
		show_done(&s);
	}
}

/* A label that was remembered is that of the value, its length and its table. */
static void labels_are_those_of_the_value(void **state)
{
	struct nf_registry *registry = nf_registry_new();
	const struct nf_ie *protocol = nf_registry_ipfix(registry, 0, 4);
	const struct nf_ie *flags = nf_registry_ipfix(registry, 0, 6);
	struct labels *labels = nf_zalloc(sizeof(*labels));
	struct nf_strbuf a, b;

	(void)state;
	nf_strbuf_init(&a);
	nf_strbuf_init(&b);
	for (unsigned round = 0; round < 2; round++) {
		for (unsigned v = 0; v < 512; v++) {
			const uint8_t octets[2] = { (uint8_t)(v >> 8), (uint8_t)v };
			const struct nf_labels *of = v % 2 ? protocol->labels : flags->labels;
			struct nf_bytes value = v < 256 ? (struct nf_bytes){ octets + 1, 1 } :
							  (struct nf_bytes){ octets, 2 };
			size_t from = b.n;

			labels_append(labels, &a, of, value);
			nf_sb_str(&b, " (");
			if (of->text(&b, value))
				nf_sb_char(&b, ')');
			else
				b.n = from;
		}
	}
	assert_string_equal(nf_strbuf_cstr(&a), nf_strbuf_cstr(&b));
	nf_strbuf_done(&a);
	nf_strbuf_done(&b);
	nf_free(labels);
	nf_registry_free(registry);
}

/* Faults in the lists of a record come before what is found behind all records. */
static void faults_in_order(void **state)
{
	static const struct way json = { .format = "json" };
	const char *text, *list, *overrun;
	struct show s;

	(void)state;
	text = shown(&s, &json, "1.1 10 T258 8/4 291/v | D258 10.0.0.1 vx01 , 10.0.0.2 255/1 64/2");
	list = strstr(text, "\"list-header-cut\"");
	overrun = strstr(text, "\"record-overruns-set\"");
	assert_non_null(list);
	assert_non_null(overrun);
	assert_true(list < overrun);
	show_done(&s);
}

/* Records that are written together look as they do where each is written in place. */
static void many_at_once(void **state)
{
	static const unsigned sizes[] = { 1, 3, 4, 7, 8, 9, 31, 32, 33, 70 };

	(void)state;
	for (unsigned i = 0; i < WAYS * 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct way *w = &ways[i / 2 % WAYS];
		struct nf_strbuf script;
		struct show together, each;
		const char *text;

		nf_strbuf_init(&script);
		many_records(&script, 9 + i % 2, sizes[i / 2 / WAYS]);
		text = shown(&together, w, nf_strbuf_cstr(&script));
		nf_cells_refuse(true);
		assert_string_equal(shown(&each, w, nf_strbuf_cstr(&script)), text);
		nf_cells_refuse(false);
		show_done(&together);
		show_done(&each);
		nf_strbuf_done(&script);
	}
}

/* TEXT without what colours it. */
static char *uncoloured(const char *text)
{
	char *plain = strdup(text), *to = plain;

	for (const char *p = text; *p != '\0'; p++)
		if (*p == '\033')
			p = strchr(p, 'm');
		else
			*to++ = *p;
	*to = '\0';
	return plain;
}

static void is_coloured_alike(const char *script)
{
	static const struct way plain = { .format = "detail" };
	static const struct way colour = { .format = "detail", .color = true };
	struct show a, b;
	char *text = uncoloured(shown(&a, &colour, script));

	assert_string_equal(shown(&b, &plain, script), text);
	free(text);
	show_done(&a);
	show_done(&b);
}

/*
 * Lines of one record after another are coloured one by one, and others put together from plans,
 * cells and memos: both say the same.  A field of each kind begins a record, too.
 */
static void coloured_alike(void **state)
{
	static const char *const scripts[] = {
		MIXED,
		"1.1 9 T256 1/4 4/1 | D256 1/4 6/1 , 2/4 17/1 , 1/4 6/1 , 10/4 0/1 , 1/4 6/1",
		"1.1 9 T256 9/1 2/2 | D256 1/1 1/2 , 24/1 11/2 , 1/1 1/2 , 10/1 0/2 , 32/1 6/2",
		"1.1 9 T256 22/4 2/8 | D256 1/4 1/8 , 2/4 2/8 , 3/4 18446744073709551615/8 , 4/4 1/8",
		"1.1 10 T256 152/8 95/4 | D256 1700000000123/8 50331728/4 , 1/8 1/4 , "
			"18446744073709551615/8 1/4 , 253402300800000/8 1/4",
		"1.1 10 T256 6/2 4/1 176/1 | D256 27/2 6/1 8/1 , 283/2 1/1 8/1 , 27/2 58/1 0/1 , "
			"65535/2 1/1 0/1 , 255/2 1/1 255/1",
		"1.1 9 T256 32/2 4/1 1/1 | D256 2048/2 1/1 1/1 , 0/2 6/1 2/1 , 771/2 1/1 1/1 , "
			"1/2 17/1 0/1 , 3/2 6/1 1/1",
		"1.1 10 T256 82/v 7/2 | D256 v\"eth0\" 1/2 , vx 2/2 , vx2261 3/2 , vx5c 4/2 , vx00 5/2 , "
			"v\"an interface with a rather long name\" 6/2 , v\"Uplink to B\" 7/2",
		"1.1 9 T256 82/4 7/2 | D256 x65746830 1/2 , x65740000 2/2 , x00000000 3/2",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		is_coloured_alike(scripts[i]);
	for (unsigned n = 1; n < 40; n++) {
		struct nf_strbuf script;

		nf_strbuf_init(&script);
		many_records(&script, 9 + n % 2, n);
		is_coloured_alike(nf_strbuf_cstr(&script));
		nf_strbuf_done(&script);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(formats_by_name),
		cmocka_unit_test(a_message),
		cmocka_unit_test(nothing_to_say),
		cmocka_unit_test(no_control_characters),
		cmocka_unit_test(memory_fails),
		cmocka_unit_test(failure_is_told),
		cmocka_unit_test(names_change),
		cmocka_unit_test(problems_by_place),
		cmocka_unit_test(broken_lines),
		cmocka_unit_test(labels_are_those_of_the_value),
		cmocka_unit_test(faults_in_order),
		cmocka_unit_test(many_at_once),
		cmocka_unit_test(coloured_alike),
	};

	return cmocka_run_group_tests_name("out", tests, NULL, NULL);
}
