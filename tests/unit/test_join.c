/*
 * What options say, joined to records: which word holds where, rates, the bound, and memory that
 * runs out at any one place.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "lib/streams.h"
#include "model/join_filter.h"
#include "model/join_table.h"

struct joins {
	struct nf_registry *registry, *second_registry;
	struct nf_tracker *tracker, *second;
	struct join *join;
	struct stream stream;
	/* the second pass */
	size_t at;
	struct nf_delivery delivery;
	bool within;
	unsigned passes;
	bool forgets;			/* no answer is kept */
};

static bool ahead(void *ctx, struct nf_view *v)
{
	struct joins *j = ctx;

	for (;;) {
		if (j->within && nf_delivery_next(&j->delivery, v, NULL))
			return true;
		if (j->at == j->stream.n) {
			j->passes++;
			return j->within = false;
		}
		j->within = nf_tracker_feed(j->second, &j->stream.d[j->at++], &j->delivery) ==
			    NF_REFUSAL_NONE;
	}
}

static bool joins_init(struct joins *j, const char *script, bool twice, size_t max)
{
	const struct join_opts opts = { .max = max, .ahead = twice ? ahead : NULL, .ctx = j };

	*j = (struct joins){ .within = false };
	if (!stream_init(&j->stream, script))
		return false;
	j->registry = nf_registry_new();
	j->second_registry = nf_registry_new();
	if (j->registry == NULL || j->second_registry == NULL)
		return false;
	j->tracker = nf_tracker_new(&(struct nf_tracker_opts){ .hold = true }, j->registry);
	j->second = nf_tracker_new(&(struct nf_tracker_opts){ .hold = true }, j->second_registry);
	j->join = join_new(&opts, j->registry);
	return j->tracker != NULL && j->second != NULL && j->join != NULL;
}

static void joins_done(struct joins *j)
{
	join_free(j->join);
	nf_tracker_free(j->tracker);
	nf_tracker_free(j->second);
	nf_registry_free(j->registry);
	nf_registry_free(j->second_registry);
	stream_done(&j->stream);
}

/* "frame:value@frame how " of every record, or "frame:- ", "frame:conflict@2,3 ". */
static void answer(struct nf_strbuf *s, const struct join_answer *a)
{
	struct nf_bytes b;

	if (a->value == NULL) {
		nf_sb_printf(s, "conflict@%u,%u", (unsigned)a->version->frame,
			     (unsigned)a->other->frame);
		return;
	}
	b = join_octets(a->value->octets);
	nf_sb_mem(s, b.p, b.n);
	nf_sb_printf(s, "@%u", (unsigned)a->version->frame);
	if (a->how != JOIN_LIVE)
		nf_sb_printf(s, " %s", join_how_name((enum join_how)a->how));
}

static void rate(struct nf_strbuf *s, const struct join_rate *r)
{
	if (r->ambiguous)
		nf_sb_str(s, "ambiguous");
	else
		nf_sb_printf(s, "%u/%u", (unsigned)r->num, (unsigned)r->den);
	nf_sb_printf(s, " %s", join_rate_source_name((enum join_rate_source)r->source));
}

static void record(struct joins *j, const struct nf_view *v, const struct nf_rec *r, int name,
		   struct nf_strbuf *s)
{
	const struct join_record at = {
		.msg = &v->msg, .datagram = v->datagram, .offset = v->offset, .rec = r,
	};
	struct join_answer a;
	struct join_rate found;

	j->join->generation += j->forgets;
	nf_sb_printf(s, "%u:", (unsigned)v->datagram->frame);
	if (name < 0 ? join_rate(j->join, &at, &found) :
		       join_of(j->join, (enum join_name)name, &at, &a)) {
		if (name < 0)
			rate(s, &found);
		else
			answer(s, &a);
	} else {
		nf_sb_char(s, '-');
	}
	nf_sb_char(s, ';');
}

/* Every flow record of the stream, asked for NAME; below 0: its rate. */
static void ask(struct joins *j, int name, struct nf_strbuf *s)
{
	uint16_t words[64];
	const struct nf_scratch scratch = { .words = words, .n = 64 };
	struct nf_delivery delivery;
	struct nf_view v;

	for (size_t i = 0; i < j->stream.n; i++) {
		if (nf_tracker_feed(j->tracker, &j->stream.d[i], &delivery) != NF_REFUSAL_NONE)
			continue;
		while (nf_delivery_next(&delivery, &v, NULL)) {
			struct nf_sets sets;
			struct nf_set set;

			join_message(j->join, &v);
			nf_sets_open(&sets, &v.msg, NULL);
			while (nf_set_next(&sets, &set)) {
				struct nf_resolution res = { .layout = NULL };
				struct nf_recs recs;
				struct nf_rec rec;

				if (set.kind == NF_SET_DATA)
					v.resolver.resolve(v.resolver.ctx, set.id, set.bytes,
							   set.offset, &res);
				if (res.layout == NULL || res.layout->kind == NF_LAYOUT_OPTIONS)
					continue;
				nf_recs_open(&recs, &v.msg, &set, res.layout, scratch, NULL);
				while (nf_rec_next(&recs, &rec))
					record(j, &v, &rec, name, s);
			}
		}
	}
}

enum { RATE = -1 };

struct row {
	const char *what, *script;
	int name;
	bool once;			/* input that is read once */
	const char *want;
	unsigned passes;		/* look-aheads; of input that can be read twice */
};

#define IF "O257 149/4 ; 10/4 82/v | "
#define FLOW "T256 10/4 1/4 | "
#define SAMPLER "O257 1/4 ; 48/1 50/4 | "

static const struct row rows[] = {
	{ "what stands before, in the same message", "1.1 10 " IF FLOW "D257 0/4 3/4 v\"a\" | "
	  "D256 3/4 1/4\n", JOIN_NAME_INGRESS_NAME, false, "1:a@1;", 0 },
	{ "no such key: one look ahead for all", "1.1 10 " IF FLOW "D257 0/4 3/4 v\"a\"\n"
	  "1.1 10 D256 4/4 1/4 , 5/4 1/4\n", JOIN_NAME_INGRESS_NAME, false, "2:-;2:-;", 1 },
	{ "a word that comes later", "1.1 10 " IF FLOW "D256 3/4 1/4\n"
	  "1.1 10 D257 0/4 3/4 v\"a\"\n1.1 10 D257 0/4 3/4 v\"b\" | D256 3/4 1/4\n",
	  JOIN_NAME_INGRESS_NAME, false, "1:a@2 late;3:b@3;", 1 },
	{ "the same, read once", "1.1 10 " IF FLOW "D256 3/4 1/4\n"
	  "1.1 10 D257 0/4 3/4 v\"a\"\n1.1 10 D256 3/4 1/4\n", JOIN_NAME_INGRESS_NAME, true,
	  "1:-;3:a@2;", 0 },
	{ "a new word holds from where it stands", "1.1 10 " IF FLOW "D257 0/4 3/4 v\"a\"\n"
	  "1.1 10 D256 3/4 1/4 | D257 0/4 3/4 v\"b\" | D256 3/4 1/4\n1.1 10 D257 0/4 3/4 v\"a\"\n"
	  "1.1 10 D256 3/4 1/4\n", JOIN_NAME_INGRESS_NAME, false, "2:a@1;2:b@2;4:a@3;", 0 },
	{ "another session of the exporter", "1.1 10 " IF "D257 0/4 3/4 v\"a\"\n"
	  "1.2 10 " FLOW "D256 3/4 1/4\n", JOIN_NAME_INGRESS_NAME, false, "2:a@1;", 0 },
	{ "another domain of the exporter", "1.1 9 O257 1/4 ; 10/4 82/4 | D257 0/4 3/4 \"a\\x00\\x00\\x00\"\n"
	  "1.1 9/256 " FLOW "D256 3/4 1/4\n", JOIN_NAME_INGRESS_NAME, false,
	  "2:a@1 other-domain;", 1 },
	{ "the domain that the scope names", "1.1 10 " IF "D257 7/4 3/4 v\"a\"\n"
	  "1.1 10/7 " FLOW "D256 3/4 1/4\n", JOIN_NAME_INGRESS_NAME, false, "2:a@1;", 0 },
	{ "domains that differ", "1.1 9/1 O257 1/4 ; 10/4 82/1 | D257 0/4 3/4 \"a\"\n"
	  "1.1 9/2 O257 1/4 ; 10/4 82/1 | D257 0/4 3/4 \"b\"\n"
	  "1.1 9/3 " FLOW "D256 3/4 1/4\n", JOIN_NAME_INGRESS_NAME, false,
	  "3:conflict@2,1;", 1 },
	{ "another address that sends nothing else", "1.1 10 " FLOW "D256 3/4 1/4\n"
	  "2.1 10 " IF "D257 0/4 3/4 v\"a\"\n", JOIN_NAME_INGRESS_NAME, false,
	  "1:a@2 other-exporter;", 1 },
	{ "another address with flows of its own", "1.1 10 " FLOW "D256 3/4 1/4\n"
	  "2.1 10 " FLOW IF "D257 0/4 3/4 v\"a\" | D256 3/4 1/4\n", JOIN_NAME_INGRESS_NAME, false,
	  "1:-;2:a@2;", 1 },
	{ "an exporter with options of its own", "1.1 10 " FLOW IF "D257 0/4 4/4 v\"b\" | "
	  "D256 3/4 1/4\n2.1 10 " IF "D257 0/4 3/4 v\"a\"\n", JOIN_NAME_INGRESS_NAME, false,
	  "1:-;", 1 },
	{ "two scopes at the same time", "1.1 9 O257 3/4 ; 10/4 82/1 | "
	  "D257 1/4 3/4 \"a\" , 2/4 3/4 \"b\"\n1.1 9 " FLOW "D256 3/4 1/4\n",
	  JOIN_NAME_INGRESS_NAME, false, "2:conflict@1,1;", 0 },
	{ "two scopes by turns", "1.1 9 O257 3/4 ; 10/4 82/1 | D257 1/4 3/4 \"a\"\n"
	  "1.1 9 D257 2/4 3/4 \"b\"\n1.1 9 D257 1/4 3/4 \"a\"\n1.1 9 " FLOW "D256 3/4 1/4\n",
	  JOIN_NAME_INGRESS_NAME, false, "4:conflict@2,1;", 0 },
	{ "two scopes, asked between their turns", "1.1 9 O257 3/4 ; 10/4 82/1 | "
	  "D257 1/4 3/4 \"a\"\n1.1 9 D257 2/4 3/4 \"b\"\n1.1 9 " FLOW "D256 3/4 1/4\n"
	  "1.1 9 D257 1/4 3/4 \"a\"\n1.1 9 D256 3/4 1/4\n",
	  JOIN_NAME_INGRESS_NAME, false, "3:b@2;5:conflict@2,1;", 0 },
	{ "a scope in the place of another", "1.1 10 O257 143/4 ; 160/8 | D257 11/4 1000/8\n"
	  "1.1 10 D257 12/4 2000/8\n1.1 10 " FLOW "D256 3/4 1/4\n", JOIN_NAME_SYSTEM_START, false,
	  "3:\x00@2;", 0 },
	{ "a name by one template, a description by another", "1.1 9 O257 1/4 ; 10/4 82/1 | "
	  "O258 1/4 ; 10/4 83/1 | D257 0/4 3/4 \"a\" | D258 0/4 3/4 \"b\"\n"
	  "1.1 9 " FLOW "D256 3/4 1/4\n", JOIN_NAME_INGRESS_NAME, false, "2:a@1;", 0 },
	{ "a description where there is no name", "1.1 9 O258 1/4 ; 10/4 83/1 | D258 0/4 3/4 \"b\"\n"
	  "1.1 9 " FLOW "D256 3/4 1/4\n", JOIN_NAME_INGRESS_NAME, false, "2:b@1;", 0 },
	{ "widths of keys do not matter", "1.1 9 O257 2/8 ; 82/1 | D257 3/8 \"a\"\n"
	  "1.1 9 T256 252/2 1/4 | D256 3/2 1/4\n", JOIN_NAME_INGRESS_NAME, false, "2:a@1;", 0 },
	{ "applications of any length", "1.1 10 O257 95/4 ; 96/v | D257 x0d000005 v\"a\"\n"
	  "1.1 10 T256 95/2 1/4 | D256 x0d05 1/4 , x0305 1/4\n", JOIN_NAME_APPLICATION_NAME, false,
	  "2:a@1;2:-;", 1 },
	{ "ports where there are no interfaces", "1.1 10 O257 142/4 ; 82/v | D257 3/4 v\"dsl\"\n"
	  "1.1 10 " FLOW "D256 3/4 1/4\n", JOIN_NAME_INGRESS_NAME, false, "2:dsl@1;", 1 },

	{ "a rate of the record", "1.1 9 T256 34/4 1/4 | D256 50/4 1/4 , 0/4 1/4\n", RATE, false,
	  "1:50/1 record;1:-;", 1 },
	{ "of its sampler", "1.1 9 " SAMPLER "D257 0/4 1/1 10/4 , 0/4 2/1 20/4 | T256 48/2 1/4 | "
	  "D256 2/2 1/4 , 3/2 1/4\n", RATE, false, "1:20/1 sampler;1:-;", 1 },
	{ "of the only sampler", "1.1 9 " SAMPLER "D257 0/4 1/1 10/4 | T256 1/4 | D256 1/4\n", RATE,
	  false, "1:10/1 system;", 0 },
	{ "of samplers that agree", "1.1 9 " SAMPLER "D257 0/4 1/1 10/4 , 0/4 2/1 10/4 | T256 1/4 | "
	  "D256 1/4\n", RATE, false, "1:10/1 system;", 0 },
	{ "of samplers that do not", "1.1 9 " SAMPLER "D257 0/4 1/1 10/4 , 0/4 2/1 20/4 | T256 1/4 | "
	  "D256 1/4\n", RATE, false, "1:ambiguous system;", 0 },
	{ "interval and space", "1.1 10 O257 302/4 ; 304/2 305/4 306/4 | D257 1/4 1/2 3/4 97/4 | "
	  "T256 302/1 1/4 | D256 1/1 1/4\n", RATE, false, "1:100/3 selector;", 0 },
	{ "an interval alone", "1.1 10 O257 302/4 ; 305/4 | D257 1/4 100/4 | T256 302/1 1/4 | "
	  "D256 1/1 1/4\n", RATE, false, "1:-;", 1 },
	{ "the algorithm says which", "1.1 10 O257 302/4 ; 304/1 305/4 306/4 309/4 310/4 | "
	  "D257 1/4 3/1 1/4 1/4 1/4 1000/4 | T256 302/1 1/4 | D256 1/1 1/4\n", RATE, false,
	  "1:1000/1 selector;", 0 },
	{ "nothing says which", "1.1 10 O257 302/4 ; 305/4 306/4 309/4 310/4 | "
	  "D257 1/4 1/4 1/4 1/4 1000/4 | T256 302/1 1/4 | D256 1/1 1/4\n", RATE, false,
	  "1:ambiguous selector;", 0 },
	{ "a probability", "1.1 10 O257 149/4 ; 311/8 | D257 0/4 x3f50624dd2f1a9fc | T256 1/4 | "
	  "D256 1/4\n", RATE, false, "1:1000/1 system;", 0 },
	{ "of the interface, by direction", "1.1 9 O257 2/4 ; 34/4 | D257 1/4 10/4 , 2/4 20/4 | "
	  "T256 10/4 14/4 61/1 1/4 | T258 10/4 14/4 1/4 | D256 1/4 2/4 0/1 1/4 , 1/4 2/4 1/1 1/4 | "
	  "D258 1/4 2/4 1/4 , 1/4 1/4 1/4\n", RATE, false,
	  "1:10/1 interface;1:20/1 interface;1:ambiguous interface;1:10/1 interface;", 0 },
	{ "of the system", "1.1 9 O257 1/4 ; 34/4 35/1 | D257 9/4 100/4 2/1 | T256 1/4 | D256 1/4\n",
	  RATE, false, "1:100/1 system;", 0 },
};

static void words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct nf_strbuf s;
		struct joins j;

		nf_strbuf_init(&s);
		assert_true(joins_init(&j, row->script, !row->once, 0));
		ask(&j, row->name, &s);
		/* milliseconds of a start are octets: their number is what is compared */
		if (row->name == JOIN_NAME_SYSTEM_START) {
			assert_non_null(strstr(nf_strbuf_cstr(&s) + 10, "@2;"));
		} else if (strcmp(nf_strbuf_cstr(&s), row->want) != 0) {
			fail_msg("%s: %s, not %s", row->what, nf_strbuf_cstr(&s), row->want);
		}
		if (j.passes > 1 || (row->passes == 0 && row->name != RATE && j.passes != 0) ||
		    (row->passes == 1 && j.passes != 1))
			fail_msg("%s: %u looks ahead", row->what, j.passes);
		assert_false(join_failed(j.join));
		joins_done(&j);
		nf_strbuf_done(&s);
	}
}

/* Reached, nothing behind is joined, and it is said. */
static void bound(void **state)
{
	static const char script[] = "1.1 10 " IF FLOW "D257 0/4 3/4 v\"a\" | D256 3/4 1/4\n"
		"1.1 10 D257 0/4 4/4 v\"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb\" | "
		"D256 3/4 1/4 , 4/4 1/4\n";
	bool some = false;

	(void)state;
	for (size_t max = 1; max < 8192; max += 64) {
		struct nf_strbuf s;
		struct joins j;

		nf_strbuf_init(&s);
		assert_true(joins_init(&j, script, false, max));
		ask(&j, JOIN_NAME_INGRESS_NAME, &s);
		if (join_dropped(j.join) == 1) {
			assert_string_equal(nf_strbuf_cstr(&s), "1:a@1;2:-;2:-;");
			some = true;
		}
		if (join_dropped(j.join) == 0)
			assert_memory_equal(nf_strbuf_cstr(&s), "1:a@1;2:a@1;2:bbbb", 18);
		joins_done(&j);
		nf_strbuf_done(&s);
	}
	assert_true(some);
}

/* -- Answers that are kept ------------------------------------------------------------- */

static unsigned below(uint64_t *seed, unsigned n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (unsigned)(*seed >> 33) % n;
}

/* Names of interfaces by two scopes, starts, rates of interfaces and samplers; flows among them. */
static void random_set(struct nf_strbuf *s, uint64_t *seed)
{
	unsigned key = 1 + below(seed, 2), word = below(seed, 3);

	switch (below(seed, 8)) {
	case 0: nf_sb_printf(s, "D257 0/4 %u/4 v\"%c\"", key, 'a' + (int)word); break;
	case 1: nf_sb_printf(s, "D258 %u/4 %u/4 v\"%c\"", word, key, 'a' + (int)word); break;
	case 2: nf_sb_printf(s, "D259 %u/4 %u/4", key, 10 + word); break;
	case 3: nf_sb_printf(s, "D260 %u/4 %u/8", word, 1 + key); break;
	default: nf_sb_printf(s, "D256 %u/4 %u/4 %u/1 1/4", key, 1 + word, below(seed, 3));
	}
}

static void random_script(struct nf_strbuf *s, uint64_t seed)
{
	for (unsigned i = 0; i < 24; i++) {
		unsigned from = 1 + below(&seed, 3), domain = below(&seed, 2);

		nf_sb_printf(s, "%u.1 10/%u O257 149/4 ; 10/4 82/v | O258 143/4 ; 10/4 82/v | "
			     "O259 10/4 ; 34/4 | O260 143/4 ; 160/8 | T256 10/4 14/4 61/1 1/4",
			     from, domain);
		for (unsigned n = below(&seed, 6); n > 0; n--) {
			nf_sb_str(s, " | ");
			random_set(s, &seed);
		}
		nf_sb_char(s, '\n');
	}
}

static void ask_all(const char *script, bool twice, bool forgets, int name, struct nf_strbuf *s)
{
	struct joins j;

	assert_true(joins_init(&j, script, twice, 0));
	j.forgets = forgets;
	ask(&j, name, s);
	joins_done(&j);
}

/* Whoever remembers answers what one does who looks again each time. */
static void remembers(void **state)
{
	static const int names[] = {
		RATE, JOIN_NAME_INGRESS_NAME, JOIN_NAME_EGRESS_NAME, JOIN_NAME_SYSTEM_START,
	};

	(void)state;
	for (uint64_t seed = 0; seed < 400; seed++) {
		struct nf_strbuf script, kept, fresh;
		int name = names[seed % 4];

		nf_strbuf_init(&script);
		nf_strbuf_init(&kept);
		nf_strbuf_init(&fresh);
		random_script(&script, seed);
		ask_all(nf_strbuf_cstr(&script), seed / 4 % 2, false, name, &kept);
		ask_all(nf_strbuf_cstr(&script), seed / 4 % 2, true, name, &fresh);
		if (kept.n != fresh.n || memcmp(kept.p, fresh.p, kept.n) != 0)
			fail_msg("seed %u: %s, not %s, of\n%s", (unsigned)seed,
				 nf_strbuf_cstr(&kept), nf_strbuf_cstr(&fresh),
				 nf_strbuf_cstr(&script));
		nf_strbuf_done(&script);
		nf_strbuf_done(&kept);
		nf_strbuf_done(&fresh);
	}
}

/* Later words that say nothing of it are passed over, but not any number of them. */
static void silence(void **state)
{
	static const struct { unsigned empty; const char *want; } tries[] = {
		{ 1, "1:c@3 late;" }, { 60, "1:c@62 late;" }, { 200, "1:-;" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(tries) / sizeof(tries[0]); i++) {
		struct nf_strbuf script, s;
		struct joins j;

		nf_strbuf_init(&script);
		nf_strbuf_init(&s);
		nf_sb_str(&script, "1.1 10 O257 149/4 ; 10/4 82/v 34/4 | " FLOW "D256 3/4 1/4\n");
		for (unsigned n = 0; n < tries[i].empty; n++)
			nf_sb_printf(&script, "1.1 10 D257 0/4 3/4 v\"\" %u/4\n", n + 1);
		nf_sb_str(&script, "1.1 10 D257 0/4 3/4 v\"c\" 1/4\n");
		assert_true(joins_init(&j, nf_strbuf_cstr(&script), true, 0));
		ask(&j, JOIN_NAME_INGRESS_NAME, &s);
		if (strncmp(nf_strbuf_cstr(&s), tries[i].want, strlen(tries[i].want)) != 0)
			fail_msg("%u: %s, not %s", tries[i].empty, nf_strbuf_cstr(&s),
				 tries[i].want);
		joins_done(&j);
		nf_strbuf_done(&s);
		nf_strbuf_done(&script);
	}
}

/* It is said, in one way or another, and nothing leaks. */
static void the_nth_allocation_fails(void **state)
{
	(void)state;
	for (long n = 0; ; n++) {
		struct nomem memory = { .left = n };
		bool sound = true;

		nomem_begin(&memory);
		for (size_t i = 0; i < 6; i++) {
			struct nf_strbuf s;
			struct joins j;

			nf_strbuf_init(&s);
			if (joins_init(&j, rows[i].script, !rows[i].once, 0)) {
				ask(&j, rows[i].name, &s);
				sound &= !join_failed(j.join);
			}
			joins_done(&j);
			nf_strbuf_done(&s);
		}
		nomem_end(&memory);
		if (!memory.failed) {
			assert_true(sound);
			break;
		}
	}
}

static void scales(void **state)
{
	const struct join_rate third = { .num = 100, .den = 3 };
	const struct join_rate large = { .num = UINT64_MAX, .den = 1 };
	const struct join_rate none = { .num = 0, .den = 1, .ambiguous = true };
	uint64_t v;

	(void)state;
	assert_true(join_scaled(&third, 10, &v));
	assert_int_equal(v, 333);
	assert_true(join_scaled(&third, 3, &v));
	assert_int_equal(v, 100);
	assert_true(join_scaled(&large, 1, &v));
	assert_int_equal(v, UINT64_MAX);
	assert_false(join_scaled(&large, 2, &v));
	assert_false(join_scaled(&none, 2, &v));
}

/* Each has a line of help, and one that is like no other. */
static void names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < JOIN_FILTER_NAMES; i++) {
		assert_non_null(join_filter_names[i].get);
		assert_non_null(join_filter_names[i].help);
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(join_filter_names[i].name,
						join_filter_names[k].name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(bound),
		cmocka_unit_test(silence),
		cmocka_unit_test(remembers),
		cmocka_unit_test(the_nth_allocation_fails),
		cmocka_unit_test(scales),
		cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
