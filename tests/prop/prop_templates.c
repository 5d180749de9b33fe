/*
 * Random streams of templates and data: which layout each set is read with is held against
 * an oracle that sees the whole stream and looks for it in the plainest way; and a file, a
 * merge of its parts and a live stream give the same records.
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

#include "lib/msgbuild.h"
#include "lib/streams.h"

enum {
	ROUNDS = 1500,
	MAX_DATAGRAMS = 14,
	MAX_EVENTS = 128,
	LAYOUTS = 5,
	NO_LAYOUT = LAYOUTS,		/* every field of length 0: rejected */
	WITHDRAWN,
};

/* Layouts of one-field records that mostly do not fit each other's data. */
static const struct {
	const char *fields, *value;
	unsigned length;
} layouts[LAYOUTS + 1] = {
	{ "8/4 12/4 1/4", "10.0.0.1 10.0.0.2 7/4", 12 },
	{ "12/4 8/4 1/4", "10.0.0.3 10.0.0.4 9/4", 12 },
	{ "8/4 1/4", "10.0.0.5 11/4", 8 },
	{ "27/16 1/8", "2001:db8::1 x1112131415161718", 24 },
	{ "4/1 5/1 7/2 11/2 1/1", "x06 x01 80/2 90/2 x05", 7 },
	{ "8/0", "", 0 },
};

/* What a stream may hold. */
struct kind {
	const char *name;
	bool many_sessions;	/* an exporter sends from two ports */
	bool redefine;		/* an id may change its layout */
	bool tcp;		/* withdrawals count */
};

struct event {
	unsigned datagram, exporter, port, domain, id;
	bool template;
	unsigned layout;	/* of a template; or that the data was made with */
	unsigned records;
};

struct round {
	const struct kind *kind;
	struct event events[MAX_EVENTS];
	unsigned n;
	struct nf_strbuf script;
};

static uint64_t seed;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(seed >> 33) % n;
}

/* -- Making --------------------------------------------------------------------------- */

static unsigned choose_layout(const struct kind *k, const struct event *e)
{
	if (!k->redefine)
		return (e->exporter * 7 + e->domain * 3 + e->id) % LAYOUTS;
	if (e->template && pick(12) == 0)
		return NO_LAYOUT;
	if (e->template && pick(8) == 0)
		return WITHDRAWN;
	return pick(LAYOUTS);
}

static void write_event(struct nf_strbuf *s, const struct event *e)
{
	if (e->template && e->layout == WITHDRAWN) {
		nf_sb_printf(s, " | W%u", e->id);
	} else if (e->template) {
		nf_sb_printf(s, " | T%u %s", e->id, layouts[e->layout].fields);
	} else {
		nf_sb_printf(s, " | D%u ", e->id);
		for (unsigned i = 0; i < e->records; i++)
			nf_sb_printf(s, "%s%s", i != 0 ? " , " : "", layouts[e->layout].value);
	}
}

static void make(struct round *r)
{
	unsigned datagrams = 2 + pick(MAX_DATAGRAMS - 2);

	nf_strbuf_clear(&r->script);
	r->n = 0;
	for (unsigned i = 0; i < datagrams; i++) {
		unsigned exporter = 1 + pick(2), domain = pick(2), items = 1 + pick(4);
		unsigned port = r->kind->many_sessions ? 1 + pick(3) : 1;

		nf_sb_printf(&r->script, "%u.%u%s 10/%u", exporter, port,
			     r->kind->tcp ? "/tcp" : "", domain);
		for (unsigned j = 0; j < items; j++) {
			struct event *e = &r->events[r->n++];

			*e = (struct event){
				.datagram = i + 1, .exporter = exporter, .port = port,
				.domain = domain, .id = 256 + pick(2), .template = pick(2),
				.records = 1 + pick(3),
			};
			e->layout = choose_layout(r->kind, e);
			write_event(&r->script, e);
		}
		nf_sb_char(&r->script, '\n');
	}
	/* The first item begins with the header, not with a bar. */
	for (size_t at = 0; at < r->script.n; at++)
		if (memcmp(r->script.p + at, " | ", 3) == 0) {
			memcpy(r->script.p + at, "   ", 3);
			while (at < r->script.n && r->script.p[at] != '\n')
				at++;
		}
}

/* -- The oracle ----------------------------------------------------------------------- */

static bool same_stream(const struct event *a, const struct event *b)
{
	return a->exporter == b->exporter && a->port == b->port && a->domain == b->domain &&
	       a->id == b->id;
}

static bool counts(const struct round *r, const struct event *e)
{
	return e->template && (e->layout != WITHDRAWN || r->kind->tcp);
}

/* Octets that are nowhere zero at their end: what is left over never passes for padding. */
static bool fits(const struct event *template, const struct event *data)
{
	unsigned octets = data->records * layouts[data->layout].length;

	return template->layout < LAYOUTS && octets % layouts[template->layout].length == 0;
}

/* Whose layout it is: up to 3 octets behind the records may be padding, whatever they are. */
static bool misfits(const struct event *template, const struct event *data)
{
	unsigned octets = data->records * layouts[data->layout].length;
	unsigned length = layouts[template->layout].length;

	return octets != 0 && (octets < length || octets % length > 3);
}

/* Nothing changes while the same is sent again: which frame did say it first? */
static const struct event *first_of(const struct round *r, const struct event *e)
{
	const struct event *first = e;

	while (e-- > r->events) {
		if (!counts(r, e) || !same_stream(e, first))
			continue;
		if (e->layout != first->layout)
			break;
		first = e;
	}
	return first;
}

static const struct event *live(const struct round *r, const struct event *data)
{
	for (const struct event *e = data; e-- > r->events;)
		if (counts(r, e) && same_stream(e, data))
			return first_of(r, e);
	return NULL;
}

static const struct event *late(const struct round *r, const struct event *data)
{
	for (const struct event *e = data + 1; e < r->events + r->n; e++) {
		if (!counts(r, e) || !same_stream(e, data))
			continue;
		if (e->layout == WITHDRAWN)
			return NULL;
		if (e->layout < LAYOUTS)
			return e;
	}
	return NULL;
}

static bool cousins(const struct event *a, const struct event *b)
{
	return a->exporter == b->exporter && a->domain == b->domain && a->id == b->id &&
	       a->port != b->port;
}

/* Versions of other sessions: those that copies repeat do not count anew. */
static bool is_version(const struct round *r, const struct event *e, const struct event *data)
{
	return counts(r, e) && cousins(e, data) && first_of(r, e) == e && fits(e, data);
}

static const struct event *other(const struct round *r, const struct event *data)
{
	for (const struct event *e = data; e-- > r->events;)
		if (is_version(r, e, data))
			return e;
	for (const struct event *e = data; e < r->events + r->n; e++)
		if (is_version(r, e, data))
			return e;
	return NULL;
}

static const char *reason(const struct round *r, const struct event *data)
{
	for (const struct event *e = r->events; e < r->events + r->n; e++)
		if (counts(r, e) && e->exporter == data->exporter && e->id == data->id &&
		    e->domain != data->domain)
			return "other-domain";
	return "never-defined";
}

static void expect_set(const struct round *r, const struct event *data, struct nf_strbuf *s)
{
	const struct event *e = live(r, data);
	const char *how = "live";

	if (s->n != 0)
		nf_sb_char(s, ' ');
	if (e != NULL && e->layout >= LAYOUTS) {
		nf_sb_str(s, e->layout == WITHDRAWN ? "withdrawn" : "rejected");
		return;
	}
	if (e == NULL) {
		e = late(r, data);
		how = "late";
	}
	if (e == NULL) {
		e = other(r, data);
		how = "other-session";
	}
	if (e == NULL)
		nf_sb_str(s, reason(r, data));
	else
		nf_sb_printf(s, "%s@%u%s", how, e->datagram, misfits(e, data) ? "!" : "");
}

/* -- The checks ----------------------------------------------------------------------- */

static struct nf_registry *registry;

enum way { WAY_FILE, WAY_LIVE };

static void run(const struct stream *s, enum way way, struct stream_outcome *o)
{
	struct stream_ahead ahead = { .s = s };
	struct nf_tracker *t = nf_tracker_new(&(struct nf_tracker_opts){
		.ahead = way == WAY_FILE ? stream_ahead : NULL,
		.ahead_ctx = &ahead,
		.hold = way == WAY_LIVE,
	}, registry);

	assert_non_null(t);
	stream_outcome_init(o);
	stream_run(s, t, o);
	stream_sort(&o->records);
	nf_tracker_free(t);
}

static void compare(const struct round *r, const char *what, struct nf_strbuf *want,
		    struct nf_strbuf *got)
{
	if (strcmp(nf_strbuf_cstr(want), nf_strbuf_cstr(got)) == 0)
		return;
	fail_msg("%s, %s\n%s\nwant:\n%s\ngot:\n%s\n", r->kind->name, what,
		 nf_strbuf_cstr((struct nf_strbuf *)&r->script), nf_strbuf_cstr(want),
		 nf_strbuf_cstr(got));
}

static void oracle(const struct round *r, const struct stream *s)
{
	struct nf_strbuf want;
	struct stream_outcome o;

	nf_strbuf_init(&want);
	for (unsigned i = 0; i < r->n; i++)
		if (!r->events[i].template)
			expect_set(r, &r->events[i], &want);
	run(s, WAY_FILE, &o);
	compare(r, "against the oracle", &want, &o.sets);
	stream_outcome_done(&o);
	nf_strbuf_done(&want);
}

/* The parts of a capture, by exporter, as two files that are merged by time. */
static void split(struct stream *s)
{
	uint64_t frames[2] = { 0, 0 };

	for (size_t i = 0; i < s->n; i++) {
		s->d[i].file = s->d[i].src.addr.octets[3] % 2;
		s->d[i].frame = ++frames[s->d[i].file];
	}
}

static void ways(const struct round *r, struct stream *s)
{
	struct stream_outcome file, live_way, merged;

	run(s, WAY_FILE, &file);
	run(s, WAY_LIVE, &live_way);
	split(s);
	run(s, WAY_FILE, &merged);
	compare(r, "file and live", &file.records, &live_way.records);
	compare(r, "file and merge", &file.records, &merged.records);
	stream_outcome_done(&file);
	stream_outcome_done(&live_way);
	stream_outcome_done(&merged);
}

static void rounds(const struct kind *kind, bool all_ways)
{
	static struct round r;

	r.kind = kind;
	nf_strbuf_init(&r.script);
	for (unsigned i = 0; i < ROUNDS; i++) {
		struct stream s;

		seed = i * 2 + 1;
		make(&r);
		assert_true(stream_init(&s, nf_strbuf_cstr(&r.script)));
		oracle(&r, &s);
		if (all_ways)
			ways(&r, &s);
		stream_done(&s);
	}
	nf_strbuf_done(&r.script);
}

static void redefined_at_random(void **state)
{
	(void)state;
	rounds(&(struct kind){ "one session an exporter", .redefine = true }, true);
}

static void withdrawn_at_random(void **state)
{
	(void)state;
	rounds(&(struct kind){ "withdrawals", .redefine = true, .tcp = true }, true);
}

static void other_sessions(void **state)
{
	(void)state;
	rounds(&(struct kind){ "several sessions", .many_sessions = true }, true);
}

/*
 * Here a live stream may differ: it uses what fits at once, where a file knows that the
 * session itself says something else later.
 */
static void everything(void **state)
{
	(void)state;
	rounds(&(struct kind){ "everything", .many_sessions = true, .redefine = true }, false);
	rounds(&(struct kind){ "everything over TCP", .many_sessions = true, .redefine = true,
			       .tcp = true }, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(redefined_at_random),
		cmocka_unit_test(withdrawn_at_random),
		cmocka_unit_test(other_sessions),
		cmocka_unit_test(everything),
	};
	int failed;

	registry = nf_registry_new();
	if (registry == NULL)
		return 99;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	nf_registry_free(registry);
	return failed;
}
