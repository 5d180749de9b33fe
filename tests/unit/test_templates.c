/*
 * What templates are sent and used for; what a redefinition changes; bounds; where memory runs
 * out at any one place.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "lib/streams.h"
#include "out/templatelist.h"

struct run {
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct templates templates;
	struct filter *filter;
	struct templatelist list;
	bool sound;
};

static bool run_init(struct run *r, const struct nf_tracker_opts *opts, const char *filter)
{
	*r = (struct run){ .sound = true };
	r->registry = nf_registry_new();
	if (r->registry == NULL)
		return false;
	r->tracker = nf_tracker_new(opts, r->registry);
	if (r->tracker == NULL || !templates_init(&r->templates, r->registry))
		return false;
	if (filter != NULL) {
		r->filter = filter_new(filter, strlen(filter), NULL, r->registry, NULL);
		r->templates.filter = r->filter;
		return r->filter != NULL;
	}
	return true;
}

static void run_done(struct run *r)
{
	out_free(r->list.o);
	templates_done(&r->templates);
	filter_free(r->filter);
	nf_tracker_free(r->tracker);
	nf_registry_free(r->registry);
}

static void feed(struct run *r, const struct nf_datagram *d)
{
	struct nf_delivery delivery;
	struct nf_view view;
	struct nf_late late;

	if (nf_tracker_feed(r->tracker, d, &delivery) != NF_REFUSAL_NONE)
		return;
	while (nf_delivery_next(&delivery, &view, NULL))
		templates_message(&r->templates, &view);
	while (nf_tracker_late(r->tracker, &late))
		templates_late(&r->templates, &late);
}

static void feed_all(struct run *r, const struct stream *s)
{
	for (size_t i = 0; i < s->n; i++)
		feed(r, &s->d[i]);
	r->sound = templates_list(&r->templates, r->tracker) && !r->templates.failed;
}

/*
 * A row in words: "5/256v1 sent 2 1-3 live 1/2/24 lists 3 misfits 1", "0/300 pending 1/8".
 * Counts are sets/records/octets.
 */
static void row_text(struct nf_strbuf *s, const struct templates_row *r)
{
	nf_sb_printf(s, "%u/%u", (unsigned)r->domain, r->id);
	if (r->version == NULL) {
		nf_sb_printf(s, " %s %u/%u %u-%u\n", nf_why_not_name((enum nf_why_not)r->why),
			     (unsigned)r->used[0].sets, (unsigned)r->used[0].octets,
			     (unsigned)r->first_used.frame, (unsigned)r->last_used.frame);
		return;
	}
	nf_sb_printf(s, "v%u%s", (unsigned)r->version->number,
		     r->tmpl == NULL ? " withdrawn" : r->given ? " given" : "");
	if (r->before != NULL)
		nf_sb_printf(s, " before v%u", (unsigned)r->before->version->number);
	nf_sb_printf(s, " sent %u %u-%u", (unsigned)r->sent, (unsigned)r->first_sent.frame,
		     (unsigned)r->last_sent.frame);
	for (unsigned how = 0; how < TEMPLATES_HOWS; how++)
		if (r->used[how].sets != 0)
			nf_sb_printf(s, " %s %u/%u/%u", nf_how_name((enum nf_how)how),
				     (unsigned)r->used[how].sets, (unsigned)r->used[how].records,
				     (unsigned)r->used[how].octets);
	if (r->used[NF_LATE].sets != 0)
		nf_sb_printf(s, " used %u-%u", (unsigned)r->first_used.frame,
			     (unsigned)r->last_used.frame);
	if (r->in_lists != 0)
		nf_sb_printf(s, " lists %u", (unsigned)r->in_lists);
	if (r->misfits != 0)
		nf_sb_printf(s, " misfits %u", (unsigned)r->misfits);
	if (r->withdrawals != 0)
		nf_sb_printf(s, " ignored %u", (unsigned)r->withdrawals);
	nf_sb_str(s, templates_unused(r) ? " unused\n" : "\n");
}

struct scenario {
	bool hold;
	const char *name, *script, *filter, *rows;
};

static const struct scenario scenarios[] = {
	{ false, "sent and used", "1.1 10 T256 8/4\n1.1 10 D256 10.0.0.1 , 10.0.0.2\n1.1 10 T256 8/4 | T257 1/8",
	  NULL, "0/256v1 sent 2 1-3 live 1/2/8\n0/257v1 sent 1 3-3 unused\n" },
	{ false, "versions", "1.1 10 T256 8/4\n1.1 10 T256 12/4 | D256 10.0.0.1\n1.1 10 T256 8/4", NULL,
	  "0/256v1 sent 1 1-1 unused\n0/256v2 before v1 sent 1 2-2 live 1/1/4\n"
	  "0/256v3 before v2 sent 1 3-3 unused\n" },
	{ false, "twice in a message", "1.1 9 T256 8/4 | T256 8/4 | D256 10.0.0.1", NULL,
	  "0/256v1 sent 2 1-1 live 1/1/4\n" },
	{ true, "late, by hold", "1.1 10 D256 10.0.0.1\n1.1 10 D300 1/4\n1.1 10 T256 8/4", NULL,
	  "0/256v1 sent 1 3-3 late 1/1/4 used 1-1\n0/300 pending 1/8 2-2\n" },
	{ true, "late, behind what came since", "1.1 10 D256 10.0.0.1\n1.1 10 D256 10.0.0.2\n"
	  "1.1 10 T256 8/4 | D256 10.0.0.3", NULL,
	  "0/256v1 sent 1 3-3 live 1/1/4 late 2/2/8 used 1-3\n" },
	{ false, "other session", "1.1 10 T256 8/4\n1.2 10 D256 10.0.0.1", NULL,
	  "0/256v1 sent 1 1-1 other-session 1/1/4\n" },
	{ false, "nobody defined it", "1.1 10/5 D256 1/4\n1.1 10/5 D256 1/4 2/4\n1.1 10/6 T256 8/4", NULL,
	  "5/256 never-defined 2/20 1-2\n6/256v1 sent 1 3-3 unused\n" },
	{ false, "another domain", "1.1 10/6 T256 8/4\n1.1 10/5 D256 1/4", NULL,
	  "5/256 other-domain 1/8 2-2\n6/256v1 sent 1 1-1 unused\n" },
	{ false, "withdrawn over UDP", "1.1 10 T256 8/4\n1.1 10 W256\n1.1 10 D256 10.0.0.1", NULL,
	  "0/256v1 sent 1 1-1 live 1/1/4 ignored 1\n" },
	{ false, "withdrawn over TCP", "1.1/tcp 10 T256 8/4\n1.1/tcp 10 W256\n1.1/tcp 10 D256 10.0.0.1\n"
	  "1.1/tcp 10 T256 8/4", NULL,
	  "0/256v1 sent 1 1-1 unused\n0/256v2 withdrawn before v1 sent 1 2-2\n"
	  "0/256 withdrawn 1/8 3-3\n0/256v3 before v1 sent 1 4-4 unused\n" },
	{ false, "all withdrawn", "1.1/tcp 10 T256 8/4 | T257 12/4\n1.1/tcp 10 W2", NULL,
	  "0/256v1 sent 1 1-1 unused\n0/256v2 withdrawn before v1 sent 1 2-2\n"
	  "0/257v1 sent 1 1-1 unused\n0/257v2 withdrawn before v1 sent 1 2-2\n" },
	{ false, "a template of no octets", "1.1 10 T256 8/0\n1.1 10 D256 1/4", NULL,
	  "0/256v1 sent 1 1-1 unused\n0/256 rejected 1/8 2-2\n" },
	{ false, "it does not fit", "1.1 10 T256 8/4 12/4 1/8\n1.1 10 D256 10.0.0.1", NULL,
	  "0/256v1 sent 1 1-1 live 1/0/0 misfits 1\n" },
	{ false, "in lists", "1.1 10 T258 8/4 292/v | T259 7/2\n1.1 10 D258 10.0.0.1 v[ 3/1 259/2 80/2 443/2 ]",
	  NULL, "0/258v1 sent 1 1-1 live 1/1/14\n0/259v1 sent 1 1-1 lists 2\n" },
	{ false, "of records", "1.1 10 T256 8/4 | T257 8/4\n1.1 10 D256 10.0.0.1 , 10.0.0.2 | D300 1/4",
	  "src == 10.0.0.2", "0/256v1 sent 1 1-1 live 1/1/4\n" },
	{ false, "of sets", "1.1 10 T256 8/4 | T257 8/4\n1.1 10 D256 10.0.0.1 | D300 1/4", "template.id == 257",
	  "0/257v1 sent 1 1-1 unused\n" },
	{ false, "of versions", "1.1 10 T256 8/4 | D256 10.0.0.1\n1.1 10 T256 12/4\n1.1 10 D256 10.0.0.1",
	  "template.version > 1", "0/256v2 before v1 sent 1 2-2 live 1/1/4\n" },
	{ false, "of undecoded sets", "1.1 10 T256 8/4 | D256 10.0.0.1 | D300 1/4", "set.undecoded",
	  "0/300 never-defined 1/8 1-1\n" },
	{ false, "of messages", "1.1 10 T256 8/4\n1.1 10 T256 8/4 | T257 12/4 | D256 10.0.0.1",
	  "frame.number == 2", "0/256v1 sent 1 2-2 live 1/1/4\n0/257v1 sent 1 2-2 unused\n" },
};

enum { SCENARIOS = sizeof(scenarios) / sizeof(scenarios[0]) };

static void counted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < SCENARIOS; i++) {
		const struct scenario *sc = &scenarios[i];
		const struct nf_tracker_opts opts = { .hold = sc->hold };
		struct stream stream;
		struct nf_strbuf s;
		struct run r;

		nf_strbuf_init(&s);
		assert_true(stream_init(&stream, sc->script));
		assert_true(run_init(&r, &opts, sc->filter));
		feed_all(&r, &stream);
		assert_true(r.sound);
		for (size_t j = 0; j < r.templates.nlist; j++)
			row_text(&s, r.templates.list[j]);
		if (strcmp(nf_strbuf_cstr(&s), sc->rows) != 0)
			fail_msg("%s:\n%swanted:\n%s", sc->name, nf_strbuf_cstr(&s), sc->rows);
		run_done(&r);
		stream_done(&stream);
		nf_strbuf_done(&s);
	}
}

/* Copies of datagrams are no sendings. */
static void duplicates(void **state)
{
	struct stream stream;
	struct run r;

	(void)state;
	for (unsigned keep = 0; keep < 2; keep++) {
		assert_true(stream_init(&stream, "1.1 10 T256 8/4 | D256 10.0.0.1\n"
						 "1.1 10 T256 8/4 | D256 10.0.0.1"));
		stream.d[1].facts.duplicate = true;
		assert_true(run_init(&r, &(struct nf_tracker_opts){ .hold = false }, NULL));
		r.templates.keep_duplicates = keep;
		feed_all(&r, &stream);
		assert_int_equal(r.templates.nlist, 1);
		assert_int_equal(r.templates.list[0]->sent, 1 + keep);
		assert_int_equal(templates_used(r.templates.list[0]).records, 1 + keep);
		assert_int_equal(r.templates.duplicates, 1 - keep);
		run_done(&r);
		stream_done(&stream);
	}
}

/* -- The interval between copies ------------------------------------------------------ */

struct pace {
	const char *name;
	unsigned n;			/* sendings */
	int64_t steps[4];		/* nanoseconds, again and again; 0 ends them */
	int64_t median;
	bool sampled;
};

static const struct pace paces[] = {
	{ "one", 1, { 5 }, -1, false },
	{ "two", 2, { 5 }, 5, false },
	{ "even", 3, { 10, 20 }, 15, false },
	{ "odd", 4, { 10, 20, 40 }, 20, false },
	{ "back", 4, { 10, -50, 40 }, 10, false },
	{ "all that are kept", 1025, { 7 }, 7, false },
	{ "more", 1026, { 7 }, 7, true },
	{ "many", 100000, { 10, 20, 30 }, 20, true },
};

static void refreshed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(paces) / sizeof(paces[0]); i++) {
		const struct pace *p = &paces[i];
		unsigned nsteps = 0;
		struct stream stream;
		int64_t ns = -1;
		struct run r;

		while (nsteps < 4 && p->steps[nsteps] != 0)
			nsteps++;
		assert_true(stream_init(&stream, "1.1 10 T256 8/4"));
		assert_true(run_init(&r, &(struct nf_tracker_opts){ .hold = false }, NULL));
		for (unsigned j = 0; j < p->n; j++) {
			feed(&r, &stream.d[0]);
			stream.d[0].ordinal++;
			stream.d[0].frame++;
			stream.d[0].ts_ns += p->steps[j % nsteps];
		}
		assert_true(templates_list(&r.templates, r.tracker));
		assert_int_equal(r.templates.nlist, 1);
		assert_int_equal(r.templates.list[0]->sent, p->n);
		assert_int_equal(templates_refresh(r.templates.list[0], &ns), p->median >= 0);
		if (ns != p->median)
			fail_msg("%s: %ld, wanted %ld", p->name, (long)ns, (long)p->median);
		assert_int_equal(templates_sampled(r.templates.list[0]), p->sampled);
		assert_true(r.templates.list[0]->intervals.cap <= TEMPLATES_SAMPLE);
		run_done(&r);
		stream_done(&stream);
	}
}

/* -- Bounds --------------------------------------------------------------------------- */

/* More ids that nobody defined than there are rows for. */
static void many_undefined(void **state)
{
	enum { SETS = 5000, MESSAGES = 14 };
	struct nf_strbuf script;
	struct stream stream;
	struct run r;

	(void)state;
	nf_strbuf_init(&script);
	for (unsigned i = 0; i < MESSAGES; i++) {
		nf_sb_printf(&script, "1.1 10/%u ", i);
		for (unsigned j = 0; j < SETS; j++)
			nf_sb_printf(&script, "%sR%u", j > 0 ? " | " : "", 1000 + j);
		nf_sb_char(&script, '\n');
	}
	assert_true(stream_init(&stream, nf_strbuf_cstr(&script)));
	assert_true(run_init(&r, &(struct nf_tracker_opts){ .hold = false }, NULL));
	feed_all(&r, &stream);
	feed(&r, &stream.d[0]);		/* ids that have rows still count */
	assert_true(r.sound);
	assert_int_equal(r.templates.nlist, TEMPLATES_UNDEFINED);
	assert_int_equal(r.templates.left_out, SETS * MESSAGES - TEMPLATES_UNDEFINED);
	assert_int_equal(r.templates.list[0]->used[0].sets, 2);
	run_done(&r);
	stream_done(&stream);
	nf_strbuf_done(&script);
}

/* -- What a redefinition changes ------------------------------------------------------ */

static const struct change {
	const char *old, *new, *steps;
} changes[] = {
	{ "8/4 12/4", "8/4 12/4", "  " },
	{ "8/4 12/4", "8/4 12/4 1/8", "  +" },
	{ "8/4 12/4 1/8", "8/4 12/4", "  -" },
	{ "8/4 12/4 1/8", "12/4 1/8", "-  " },
	{ "12/4 1/8", "8/4 12/4 1/8", "+  " },
	{ "8/4 12/4", "12/4 8/4", "- +" },
	{ "8/4 1/8", "8/4 1/4", " -+" },
	{ "8/4 7/2 1/8 2/8", "8/4 11/2 1/8 2/4", " -+ -+" },
	{ "1/8 1/8 1/8", "1/8 1/8", "  -" },
	{ "8/4", "12/4", "-+" },
};

static const struct nf_template *template_of(struct run *r, const char *fields)
{
	struct stream stream;
	char script[160];
	size_t n;

	snprintf(script, sizeof(script), "1.1 10 T256 %s", fields);
	assert_true(stream_init(&stream, script));
	assert_true(run_init(r, &(struct nf_tracker_opts){ .hold = false }, NULL));
	feed_all(r, &stream);
	stream_done(&stream);
	n = r->templates.nlist;
	assert_int_equal(n, 1);
	return r->templates.list[0]->tmpl;
}

static void changed(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		const struct change *c = &changes[i];
		struct templates_diff d;
		struct run a, b;
		char steps[32];

		assert_true(templates_diff(&d, template_of(&a, c->old), template_of(&b, c->new)));
		for (size_t j = 0; j < d.n; j++)
			steps[j] = d.v[j].op;
		steps[d.n] = '\0';
		if (strcmp(steps, c->steps) != 0)
			fail_msg("%s to %s: \"%s\", wanted \"%s\"", c->old, c->new, steps, c->steps);
		templates_diff_done(&d);
		run_done(&a);
		run_done(&b);
	}
}

/* A field taken from the front of many, and one put behind them: nothing else has changed. */
static void changed_much(void **state)
{
	enum { FIELDS = 1000 };
	struct templates_diff d;
	struct nf_strbuf script;
	struct stream stream;
	struct run r;

	(void)state;
	nf_strbuf_init(&script);
	for (unsigned i = 0; i < 2; i++) {
		nf_sb_str(&script, "1.1 10 T256 8/4");
		for (unsigned j = 0; j < FIELDS; j++)
			nf_sb_printf(&script, " %u/2", 1000 + j + i);
		nf_sb_str(&script, " 12/4\n");
	}
	assert_true(stream_init(&stream, nf_strbuf_cstr(&script)));
	assert_true(run_init(&r, &(struct nf_tracker_opts){ .hold = false }, NULL));
	feed_all(&r, &stream);
	assert_int_equal(r.templates.nlist, 2);
	assert_true(templates_diff(&d, r.templates.list[0]->tmpl, r.templates.list[1]->tmpl));
	assert_int_equal(d.added, 1);
	assert_int_equal(d.removed, 1);
	assert_int_equal(d.v[0].op, ' ');
	assert_int_equal(d.v[d.n - 1].op, ' ');
	templates_diff_done(&d);
	run_done(&r);
	stream_done(&stream);
	nf_strbuf_done(&script);
}

/* -- Memory --------------------------------------------------------------------------- */

static void show(struct run *r, const char *format)
{
	static const char *const files[] = { "a.pcap", "b.pcap" };
	const struct out_opts opts = { .width = 80, .files = files, .nfiles = 2 };

	if (!r->sound)
		return;
	r->list = (struct templatelist){
		.o = out_new(&templatelist_out, &opts, r->registry), .verbose = true,
		.ops = templatelist_ops_of(format),
	};
	r->sound = r->list.o != NULL;
	if (!r->sound)
		return;
	templatelist_begin(&r->list);
	for (size_t i = 0; r->sound && i < r->templates.nlist; i++)
		r->sound = templatelist_row(&r->list, r->templates.list[i]);
}

#define MIXED \
	"1.1 10 D256 10.0.0.1\n1.1 10 T256 8/4 | D256 10.0.0.2 | D300 1/4\n" \
	"1.1 10 T256 8/4\n1.1 10 T256 12/4 8/4 | T257 8/0\n" \
	"1.1 10 O259 149/4 ; 82/v\n" \
	"1.1 10 T258 8/4 291/v\n" \
	"1.1 10 D258 10.0.0.1 v[ 3/1 8/2 4/2 10.0.0.7 10.0.0.8 ]\n" \
	"1.2 9 T256 8/4 27/16 | L400\n"

/* Whichever call fails: no crash, no leak, and either the whole text or a word that it is not. */
static void memory_fails(void **state)
{
	static const char *const formats[] = { "text", "json", "csv", "tsv" };
	const struct nf_tracker_opts opts = { .hold = true };
	struct stream stream;

	(void)state;
	assert_true(stream_init(&stream, MIXED));
	for (unsigned i = 0; i < 4; i++) {
		struct nomem memory = { .failed = true };
		struct nf_strbuf all;
		struct run r;

		assert_true(run_init(&r, &opts, NULL));
		feed_all(&r, &stream);
		show(&r, formats[i]);
		assert_true(r.sound);
		nf_strbuf_init(&all);
		nf_sb_mem(&all, r.list.o->text.p, r.list.o->text.n);
		assert_true(all.n > 100);
		run_done(&r);
		for (long n = 0; memory.failed; n++) {
			memory = (struct nomem){ .left = n };
			nomem_begin(&memory);
			if (run_init(&r, &opts, NULL)) {
				feed_all(&r, &stream);
				show(&r, formats[i]);
				if (!memory.failed) {
					assert_true(r.sound);
					assert_int_equal(r.list.o->text.n, all.n);
					assert_memory_equal(r.list.o->text.p, all.p, all.n);
				}
			}
			run_done(&r);
			nomem_end(&memory);
		}
		nf_strbuf_done(&all);
	}
	stream_done(&stream);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counted),
		cmocka_unit_test(duplicates),
		cmocka_unit_test(refreshed),
		cmocka_unit_test(many_undefined),
		cmocka_unit_test(changed),
		cmocka_unit_test(changed_much),
		cmocka_unit_test(memory_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
