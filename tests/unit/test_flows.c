/*
 * The formats of `flows`: what no record may do to a terminal or a table, -n, and what happens
 * where memory runs out at any one place.
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
#include "out/flows.h"

#define FLOW "8/4 12/4 7/2 11/2 4/1 6/1 1/8 2/4 22/4 21/4 82/v"
#define DATA "10.0.0.1 10.0.0.2 80/2 443/2 6/1 2/1 1234/8 5/4 1/4 2/4 v\"a\\x2c\\\"\\x1b[0m\\x0a\\x09\""

/* Flows, options, repeated elements, lists, a set held for its template, damage. */
#define MIXED \
	"1.1 10 D256 " DATA "\n" \
	"1.1 10 T256 " FLOW " | D256 " DATA " , " DATA " | D300 1/4\n" \
	"1.1 10 O257 149/4 ; 82/v | D257 5/4 v\"eth\"\n" \
	"1.1 10 T258 8/4 291/v 8/4 210/1 | T259 7/2 82/v\n" \
	"1.1 10 D258 10.0.0.1 v[ 3/1 8/2 4/2 10.0.0.7 10.0.0.8 ] 10.0.0.2 0/1\n" \
	"1.2 9 T256 8/4 27/16 60/1 230/1 | D256 10.0.0.1 :: 4/1 1/1 | L400\n"

struct way {
	const char *format, *columns;
	unsigned width;
	bool verbose, color, norm;
};

static const struct way ways[] = {
	{ .format = "text" },
	{ .format = "text", .width = 80, .color = true },
	{ .format = "text", .verbose = true },
	{ .format = "text", .columns = "src,ie82,frame,template.id,ie8,mask" },
	{ .format = "csv" },
	{ .format = "csv", .columns = "+interfaceName,frame.file" },
	{ .format = "tsv", .columns = "interfaceName,mac,ie291,ie8" },
	{ .format = "json" },
	{ .format = "json", .norm = true },
	{ .format = NULL },
};

enum { WAYS = sizeof(ways) / sizeof(ways[0]) };

struct show {
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct flows *flows;
	struct filter_error error;
	bool sound;
};

static bool show_init(struct show *s, const struct way *w, uint64_t limit)
{
	static const char *const files[] = { "a\t,b.pcap" };
	const struct flows_opts opts = {
		.out = {
			.color = w->color, .width = w->width, .titles = true,
			.files = files, .nfiles = 1,
		},
		.columns = w->columns, .verbose = w->verbose, .norm = w->norm, .limit = limit,
		.names = { .files = files, .nfiles = 1 },
	};
	const struct flows_ops *ops = w->format != NULL ? flows_ops_of(w->format) : &flows_names;

	*s = (struct show){ .sound = true };
	s->registry = nf_registry_new();
	if (s->registry == NULL)
		return false;
	s->tracker = nf_tracker_new(&(struct nf_tracker_opts){ .hold = true }, s->registry);
	if (s->tracker == NULL)
		return false;
	s->flows = flows_new(ops, &opts, s->registry, &s->error);
	return s->flows != NULL;
}

static void show_done(struct show *s)
{
	flows_free(s->flows);
	nf_tracker_free(s->tracker);
	nf_registry_free(s->registry);
}

static void show_stream(struct show *s, const struct stream *stream)
{
	struct nf_delivery delivery;
	struct nf_view view;
	struct nf_late late;

	flows_begin(s->flows);
	for (size_t i = 0; i < stream->n; i++) {
		if (nf_tracker_feed(s->tracker, &stream->d[i], &delivery) != NF_REFUSAL_NONE)
			continue;
		while (nf_delivery_next(&delivery, &view, NULL))
			s->sound &= flows_message(s->flows, &view);
		while (nf_tracker_late(s->tracker, &late))
			s->sound &= flows_late(s->flows, &late);
	}
	s->sound &= flows_end(s->flows);
}

/* What SCRIPT looks like; valid until show_done. */
static const char *shown_script(struct show *s, const struct way *w, const char *script,
				uint64_t limit)
{
	struct stream stream;

	assert_true(stream_init(&stream, script));
	assert_true(show_init(s, w, limit));
	show_stream(s, &stream);
	assert_true(s->sound);
	stream_done(&stream);
	return nf_strbuf_cstr(flows_output(s->flows));
}

static const char *shown(struct show *s, const struct way *w, uint64_t limit)
{
	return shown_script(s, w, MIXED, limit);
}

static unsigned lines(const char *text)
{
	unsigned n = 0;

	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

/* Options are no flows; a held set comes when its template does. */
static void flows_only(void **state)
{
	static const struct way csv = { .format = "csv", .columns = "frame,src" };
	struct show s;

	(void)state;
	assert_string_equal(shown(&s, &csv, UINT64_MAX),
			    "frame,src\n2,10.0.0.1\n2,10.0.0.1\n1,10.0.0.1\n5,10.0.0.1\n"
			    "6,10.0.0.1\n");
	assert_int_equal(s.flows->undecoded, 1);	/* set 300 */
	show_done(&s);
}

static void limited(void **state)
{
	static const struct way csv = { .format = "csv", .columns = "src" };
	struct show s;

	(void)state;
	for (unsigned n = 0; n < 5; n++) {
		assert_int_equal(lines(shown(&s, &csv, n)), n + 1);
		assert_int_equal(flows_wants(s.flows), 0);
		show_done(&s);
	}
}

/* Octets of the capture neither steer a terminal nor break a table. */
static void no_control_characters(void **state)
{
	struct show s;

	(void)state;
	for (unsigned i = 0; i < WAYS; i++) {
		const struct way *w = &ways[i];
		const char *text;

		if (w->color)
			continue;
		text = shown(&s, w, UINT64_MAX);
		for (const char *c = text; *c != '\0'; c++)
			if (((uint8_t)*c < 0x20 && *c != '\n' &&
			     (*c != '\t' || strcmp(w->format, "tsv") != 0)) || *c == 0x7f)
				fail_msg("way %u: octet %02x in %s", i, (uint8_t)*c, text);
		assert_int_equal(strlen(text), flows_output(s.flows)->n);	/* no NUL */
		if (w->format != NULL && strcmp(w->format, "text") != 0)
			assert_int_equal(lines(text), 5 + (strcmp(w->format, "json") != 0));
		show_done(&s);
	}
}

static void quoted(void **state)
{
	static const struct way csv = { .format = "csv", .columns = "interfaceName,frame.file,ie8" };
	struct show s;

	(void)state;
	shown(&s, &csv, 1);
	assert_string_equal(nf_strbuf_cstr(flows_output(s.flows)),
			    "interfaceName,frame.file,ie8\n"
			    "\"a,\"\"\\x1b[0m\\x0a\\x09\",\"a\\x09,b.pcap\",10.0.0.1\n");
	show_done(&s);
}

/* A column named as type records (RFC 5610) name it, from where they stand. */
static void named_later(void **state)
{
	static const struct way csv = { .format = "csv", .columns = "src,9999/six" };
	struct nf_delivery delivery;
	struct stream stream;
	struct nf_view v;
	struct show s;

	(void)state;
	assert_true(stream_init(&stream,
				"1.1 10 O256 346/4 303/2 ; 339/1 341/v | T257 8/4 9999:7/16\n"
				"1.1 10 D257 10.0.0.1 2001:db8::1\n"
				"1.1 10 D256 9999/4 7/2 19/1 v\"six\" | D257 10.0.0.1 2001:db8::1\n"));
	assert_true(show_init(&s, &csv, UINT64_MAX));
	flows_begin(s.flows);
	for (size_t i = 0; i < stream.n; i++) {
		nf_tracker_feed(s.tracker, &stream.d[i], &delivery);
		while (nf_delivery_next(&delivery, &v, NULL))
			assert_true(flows_message(s.flows, &v));
	}
	assert_string_equal(nf_strbuf_cstr(flows_output(s.flows)),
			    "src,9999/six\n10.0.0.1,\n10.0.0.1,2001:db8::1\n");
	show_done(&s);
	stream_done(&stream);
}

static bool same_text(const struct nf_strbuf *a, const struct nf_strbuf *b)
{
	return a->n == b->n && memcmp(a->p, b->p, a->n) == 0;
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

		shown(&s, &ways[i], UINT64_MAX);
		nf_strbuf_init(&all);
		nf_sb_mem(&all, flows_output(s.flows)->p, flows_output(s.flows)->n);
		show_done(&s);
		for (long n = 0; memory.failed; n++) {
			memory = (struct nomem){ .left = n };
			nomem_begin(&memory);
			if (show_init(&s, &ways[i], UINT64_MAX)) {
				show_stream(&s, &stream);
				if (!memory.failed)
					assert_true(s.sound &&
						    same_text(flows_output(s.flows), &all));
			} else if (s.registry != NULL && s.tracker != NULL) {
				assert_true(s.error.memory);
			}
			show_done(&s);
			nomem_end(&memory);
		}
		nf_strbuf_done(&all);
	}
	stream_done(&stream);
}

/* Records that are written together look as they do where each is written in place. */
static void many_at_once(void **state)
{
	static const unsigned sizes[] = { 1, 3, 4, 7, 8, 9, 31, 32, 33, 70 };

	(void)state;
	for (unsigned i = 0; i < (WAYS - 1) * 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		const struct way *w = &ways[i / 2 % (WAYS - 1)];
		struct nf_strbuf script;
		struct show together, each;
		const char *text;

		nf_strbuf_init(&script);
		many_records(&script, 9 + i % 2, sizes[i / 2 / (WAYS - 1)]);
		text = shown_script(&together, w, nf_strbuf_cstr(&script), 60);
		nf_cells_refuse(true);
		assert_string_equal(shown_script(&each, w, nf_strbuf_cstr(&script), 60), text);
		nf_cells_refuse(false);
		show_done(&together);
		show_done(&each);
		nf_strbuf_done(&script);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flows_only),
		cmocka_unit_test(limited),
		cmocka_unit_test(no_control_characters),
		cmocka_unit_test(quoted),
		cmocka_unit_test(named_later),
		cmocka_unit_test(memory_fails),
		cmocka_unit_test(many_at_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
