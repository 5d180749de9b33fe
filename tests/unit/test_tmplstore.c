/*
 * The template store through the tracker: layouts by content, versions by position, bounds,
 * memory that runs out, element types that records define.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/memcount.h"
#include "lib/msgbuild.h"
#include "lib/nomem.h"
#include "lib/registry.h"
#include "lib/streams.h"

#define FLOW "8/4 12/4 1/4"
#define DATA "10.0.0.1 10.0.0.2 7/4"

static struct nf_tracker *tracker(const struct nf_tracker_opts *opts)
{
	struct nf_tracker *t = nf_tracker_new(opts, registry);

	assert_non_null(t);
	return t;
}

static void run(struct nf_tracker *t, const char *script, struct stream_outcome *o)
{
	struct stream s;

	assert_true(stream_init(&s, script));
	stream_outcome_init(o);
	stream_run(&s, t, o);
	stream_done(&s);
}

/* -- Content -------------------------------------------------------------------------- */

static void layouts_are_interned(void **state)
{
	static const char script[] =
		"1.1 9 T256 " FLOW " | T300 " FLOW "\n"		/* the same twice */
		"2.1 9/7 T256 " FLOW "\n"			/* by another */
		"1.1 9 O257 1/4 ; 1/4 2/4\n"
		"1.1 9 O258 1/4 1/4 ; 2/4\n"			/* one scope field more */
		"1.1 9 O259 1/4 ; 1/4 2/4\n"			/* as 257 */
		"1.1 10 T256 " FLOW "\n"			/* IPFIX reads ids otherwise */
		"1.1 10 T257 8/4 12/4 1/8\n"
		"1.1 10 T258 8/4 12/4 35632:1/4\n"
		"1.1 10 T259 8/4 12/4 35632:2/4";
	static const struct {
		uint16_t version, id;
		uint8_t exporter;
		unsigned same_as;		/* index of the first with the same layout */
	} want[] = {
		{ 9, 256, 1, 0 }, { 9, 257, 1, 1 }, { 9, 258, 1, 2 }, { 9, 259, 1, 1 },
		{ 9, 300, 1, 0 }, { 10, 256, 1, 5 }, { 10, 257, 1, 6 }, { 10, 258, 1, 7 },
		{ 10, 259, 1, 8 }, { 9, 256, 2, 0 },
	};
	struct nf_tracker *t = tracker(&(struct nf_tracker_opts){ .hold = false });
	const struct nf_layout *layouts[sizeof(want) / sizeof(want[0])];
	struct nf_version_iter it = { .session = 0 };
	struct nf_version_info info;
	struct stream_outcome o;
	unsigned n = 0;

	(void)state;
	run(t, script, &o);
	while (nf_tracker_next_version(t, &it, &info)) {
		assert_in_range(n, 0, sizeof(want) / sizeof(want[0]) - 1);
		assert_int_equal(info.export_version, want[n].version);
		assert_int_equal(info.version->id, want[n].id);
		assert_int_equal(info.session->src.addr.octets[3], want[n].exporter);
		layouts[n] = info.version->layout;
		assert_non_null(layouts[n]);
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(layouts[i] == layouts[n],
					 want[i].same_as == want[n].same_as);
		n++;
	}
	assert_int_equal(n, sizeof(want) / sizeof(want[0]));
	assert_int_equal(nf_tracker_counts(t)->layouts, 7);
	assert_int_equal(nf_tracker_counts(t)->versions, 10);
	stream_outcome_done(&o);
	nf_tracker_free(t);
}

/* The same octets with another scope count, or as another kind, are no copy. */
static void copies_are_alike_in_all(void **state)
{
	struct nf_tracker *t = tracker(&(struct nf_tracker_opts){ .hold = false });
	struct stream_outcome o;

	(void)state;
	run(t, "1.1 10 O257 149/4 ; 41/4\n1.1 10 O257 149/4 41/4 ;\n1.1 10 O257 ; 149/4 41/4\n1.1 10 T257 149/4 41/4\n"
	       "1.1 10 D257 1/4 2/4\n1.1 10 T257 149/4 41/4\n1.1 10 D257 1/4 2/4", &o);
	assert_string_equal(nf_strbuf_cstr(&o.sets), "live@4 live@4");
	assert_int_equal(nf_tracker_counts(t)->versions, 4);
	assert_int_equal(nf_tracker_counts(t)->layouts, 4);
	stream_outcome_done(&o);
	nf_tracker_free(t);
}

/* "session/domain/id@frame*sent first-last" of each version, in order. */
static void list(struct nf_tracker *t, struct nf_strbuf *s)
{
	struct nf_version_iter it = { .session = 0 };
	struct nf_version_info info;

	while (nf_tracker_next_version(t, &it, &info))
		nf_sb_printf(s, "%u/%u/%u@%u*%u %d-%d%s\n", info.session->index, info.domain,
			     info.version->id, (unsigned)info.version->frame,
			     (unsigned)info.sent, (int)(info.first_ns / 1000000000 - MB_SECS),
			     (int)(info.last_ns / 1000000000 - MB_SECS),
			     info.version->layout == NULL ? " none" : "");
}

static void versions_are_listed(void **state)
{
	struct nf_tracker *t = tracker(&(struct nf_tracker_opts){ .hold = false });
	struct stream_outcome o;
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	run(t, "2.1/tcp 10/9 T999 " FLOW " | T256 " FLOW "\n"
	       "1.1/tcp 10/2 T256 " FLOW "\n"
	       "1.1/tcp 10/1 T256 " FLOW "\n"
	       "1.1/tcp 10/2 T256 " FLOW " | T256 1/8 | T256 1/8\n"
	       "1.1/tcp 10/2 W256\n"
	       "2.1/tcp 10/9 T256 " FLOW "\n"
	       "1.1/tcp 10/2 T256 8/0\n"
	       "1.1/tcp 10/2 T256 " FLOW, &o);
	list(t, &s);
	assert_string_equal(nf_strbuf_cstr(&s),
			    "0/9/256@1*2 0-5\n"
			    "0/9/999@1*1 0-0\n"
			    "1/1/256@3*1 2-2\n"
			    "1/2/256@2*2 1-3\n"
			    "1/2/256@4*2 3-3\n"
			    "1/2/256@5*1 4-4 none\n"
			    "1/2/256@7*1 6-6 none\n"
			    "1/2/256@8*1 7-7\n");
	assert_int_equal(nf_tracker_counts(t)->templates_sent, 10);
	assert_int_equal(nf_tracker_counts(t)->versions, 8);
	assert_int_equal(nf_tracker_counts(t)->domains, 3);
	assert_int_equal(nf_tracker_counts(t)->exporters, 2);
	nf_strbuf_done(&s);
	stream_outcome_done(&o);
	nf_tracker_free(t);
}

/* -- Given ---------------------------------------------------------------------------- */

static void given(void **state)
{
	static const struct {
		const char *name, *given, *script, *sets;
	} rows[] = {
		{ "used where nothing else is",
		  "1.1 9 T256 " FLOW, "1.9 9 D256 " DATA, "given@1" },
		{ "the session's own goes before it, even later",
		  "1.1 9 T256 " FLOW, "1.1 9 D256 " DATA "\n1.1 9 T256 " FLOW, "late@2" },
		{ "another session's too",
		  "1.1 9 T256 " FLOW, "1.1 9 D256 " DATA "\n1.2 9 T256 " FLOW, "other-session@2" },
		{ "it must fit",
		  "1.1 9 T256 8/4 1/8 2/8", "1.1 9 D256 " DATA, "never-defined" },
		{ "the newest that fits",
		  "1.1 9 T256 " FLOW "\n1.1 9 T256 " FLOW " 2/4\n1.1 9 T256 12/4 8/4 1/4\n"
		  "1.1 9 T256 8/8 1/8", "1.1 9 D256 " DATA, "given@3" },
		{ "the exporter's own before a newer one of another",
		  "1.1 9 T256 " FLOW "\n2.1 9 T256 12/4 8/4 1/4", "1.1 9 D256 " DATA, "given@1" },
		{ "that of another exporter, where it has none",
		  "2.1 9 T256 " FLOW, "1.1 9 D256 " DATA, "given@1" },
		{ "domains and versions are apart",
		  "1.1 9/1 T256 " FLOW "\n1.1 10 T256 " FLOW, "1.1 9 D256 " DATA, "never-defined" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct stream_ahead ahead;
		struct stream known, s;
		struct stream_outcome o;
		struct nf_tracker *t;

		print_message("# %s\n", rows[i].name);
		assert_true(stream_init(&known, rows[i].given));
		assert_true(stream_init(&s, rows[i].script));
		ahead = (struct stream_ahead){ .s = &s };
		t = tracker(&(struct nf_tracker_opts){
			.ahead = stream_ahead,
			.ahead_ctx = &ahead,
		});
		for (size_t j = 0; j < known.n; j++)
			nf_tracker_give(t, &known.d[j]);
		stream_outcome_init(&o);
		stream_run(&s, t, &o);
		assert_string_equal(nf_strbuf_cstr(&o.sets), rows[i].sets);
		assert_int_equal(nf_tracker_counts(t)->datagrams, s.n);
		stream_outcome_done(&o);
		nf_tracker_free(t);
		stream_done(&s);
		stream_done(&known);
	}
}

/* -- Types (RFC 5610) ----------------------------------------------------------------- */

#define TYPES "O256 346/4 303/2 ; 339/2 344/1 345/2 341/v"

static void types_are_learned(void **state)
{
	struct nf_registry *own = nf_registry_new();
	struct nf_tracker *t = nf_tracker_new(&(struct nf_tracker_opts){ .hold = false }, own);
	struct nf_version_iter it = { .session = 0 };
	struct nf_version_info info;
	const struct nf_layout *layout = NULL;
	const struct nf_ie *ie;
	struct stream_outcome o;

	(void)state;
	run(t, "1.1 10 T300 4242:7/4 4242:8/4 4242:9/4\n"
	       "1.1 10 " TYPES " | D256 4242/4 7/2 3/2 1/1 2/2 v\"cells\""
	       " , 4242/4 8/2 18/2 4/1 0/2 v\"peer\""
	       " , 4242/4 9/2 259/2 0/1 0/2 v\"typeBeyond\""
	       " , 4242/4 10/2 3/2 0/1 0/2 v\"bad name\\n\""
	       " , 0/4 8/2 3/2 0/1 0/2 v\"builtIn\""
	       " , 4242/4 7/2 3/2 1/1 2/2 v\"cells\"", &o);
	while (nf_tracker_next_version(t, &it, &info))
		if (info.version->id == 300)
			layout = info.version->layout;
	assert_non_null(layout);
	ie = nf_registry_ipfix(own, 4242, 7);
	assert_string_equal(ie->name, "cells");
	assert_int_equal(ie->type, NF_TYPE_UNSIGNED32);
	assert_int_equal(ie->semantics, NF_SEM_QUANTITY);
	assert_string_equal(ie->units, "octets");
	assert_ptr_equal(layout->fields[0].ie, ie);
	assert_int_equal(layout->fields[0].kind, NF_KIND_UINT);
	assert_int_equal(layout->fields[1].kind, NF_KIND_IPV4);
	assert_false(layout->fields[2].ie->known);
	assert_false(nf_registry_ipfix(own, 4242, 10)->known);
	assert_string_equal(nf_registry_ipfix(own, 0, 8)->name, "sourceIPv4Address");
	assert_int_equal(nf_registry_generation(own), 2);
	stream_outcome_done(&o);
	nf_tracker_free(t);
	nf_registry_free(own);
}

/* How the first field of set 300's records is read, if the set stands in D. */
static unsigned kind_in(struct nf_tracker *t, const struct nf_datagram *d)
{
	struct nf_delivery delivery;
	struct nf_resolution r;
	struct nf_view v;

	assert_int_equal(nf_tracker_feed(t, d, &delivery), NF_REFUSAL_NONE);
	assert_true(nf_delivery_next(&delivery, &v, NULL));
	v.resolver.resolve(v.resolver.ctx, 300, nf_slice(v.msg.bytes, 20, 4), 16, &r);
	assert_non_null(r.layout);
	return r.layout->fields[0].kind;
}

/* From the message on that says the type, whatever was read with the layout before. */
static void types_reach_layouts_in_use(void **state)
{
	struct nf_registry *own = nf_registry_new();
	struct nf_tracker *t = nf_tracker_new(&(struct nf_tracker_opts){ .hold = false }, own);
	struct stream s;

	(void)state;
	assert_true(stream_init(&s, "1.1 10 T300 4242:7/4 | " TYPES "\n"
				    "1.1 10 D300 1/4\n"
				    "1.1 10 D300 1/4 | D256 4242/4 7/2 3/2 1/1 2/2 v\"cells\"\n"
				    "1.1 10 D300 1/4 | D256 4242/4 7/2 18/2 1/1 2/2 v\"cells\""));
	assert_int_equal(kind_in(t, &s.d[0]), NF_KIND_OCTETS);
	assert_int_equal(kind_in(t, &s.d[1]), NF_KIND_OCTETS);
	assert_int_equal(kind_in(t, &s.d[2]), NF_KIND_UINT);
	assert_int_equal(kind_in(t, &s.d[3]), NF_KIND_IPV4);
	stream_done(&s);
	nf_tracker_free(t);
	nf_registry_free(own);
}

/* -- Bounds --------------------------------------------------------------------------- */

enum { MILLION = 1000000, MIB = 1 << 20 };

/* Something else in each datagram. */
struct flood {
	const char *name;
	const char *script;		/* one datagram, which is changed */
	size_t template_at;		/* write the number here in the payload; 0: nowhere */
	bool ports, addresses, domains;	/* or here */
	bool bound;			/* one is reached */
	uint32_t datagrams;		/* 0: MILLION / 8 */
	struct nf_tracker_opts opts;
	size_t memory;			/* never more than this */
};

static const struct flood floods[] = {
	{ .name = "the layout of an id", .script = "1.1 10 T256 4242:1/4",
	  .template_at = 16 + 4 + 4 + 4, .bound = true, .datagrams = MILLION,
	  .opts = { .max_templates = MIB }, .memory = 2 * MIB },
	{ .name = "the id", .script = "1.1 10 T256 8/4", .template_at = 16 + 2,
	  .opts = { .max_templates = 64 * MIB }, .memory = 40 * MIB },
	{ .name = "the port", .script = "1.1 10 T256 8/4", .ports = true, .bound = true,
	  .opts = { .max_templates = 64 * MIB }, .memory = 80 * MIB },
	{ .name = "the port, and few are let in", .script = "1.1 10 T256 8/4", .ports = true,
	  .bound = true, .datagrams = MILLION,
	  .opts = { .max_sessions = 1000 }, .memory = 3 * MIB },
	{ .name = "the address", .script = "1.1 10 T256 8/4", .addresses = true, .bound = true,
	  .opts = { .max_sessions = 1000, .max_templates = MIB }, .memory = 3 * MIB },
	{ .name = "the domain", .script = "1.1 10 T256 8/4", .domains = true, .bound = true,
	  .opts = { .max_templates = MIB }, .memory = 2 * MIB },
	{ .name = "the domain of data", .script = "1.1 10 D256 1/4", .domains = true,
	  .memory = MIB },
	{ .name = "the domain of held data", .script = "1.1 10 D256 1/4", .domains = true,
	  .bound = true, .opts = { .hold = true, .max_hold = MIB }, .memory = 2 * MIB },
	{ .name = "the session of held data", .script = "1.1 10 D256 1/4", .ports = true,
	  .bound = true, .opts = { .hold = true, .max_hold = MIB, .max_sessions = 1000 },
	  .memory = 3 * MIB },
};

static void change(struct nf_datagram *d, const struct flood *f, uint32_t i)
{
	uint8_t *p = (uint8_t *)d->payload.p;
	uint8_t be[4] = { (uint8_t)(i >> 24), (uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i };

	d->ordinal = i;
	d->frame = i + 1;
	if (f->template_at == 16 + 2) {
		p[16 + 4] = (uint8_t)(be[2] | 1);
		p[16 + 5] = be[3];
	} else if (f->template_at != 0) {
		memcpy(p + f->template_at, be, 4);
	}
	if (f->ports) {
		d->src.port = (uint16_t)i;
		d->dst.port = (uint16_t)(i >> 16);
	}
	if (f->addresses)
		memcpy(d->src.addr.octets, be, 4);
	if (f->domains)
		memcpy(p + 12, be, 4);
}

static void count_bound(void *ctx, const struct nf_problem *p)
{
	*(unsigned *)ctx += p->id == NF_PROBLEM_BOUND;
}

static void flood(const struct flood *f, struct memcount *memory)
{
	unsigned reported = 0;
	const struct nf_sink sink = { .report = count_bound, .ctx = &reported };
	struct nf_tracker *t = tracker(&f->opts);
	uint32_t datagrams = f->datagrams != 0 ? f->datagrams : MILLION / 8;
	struct nf_delivery delivery;
	struct nf_view v;
	struct stream s;
	size_t before;

	assert_true(stream_init(&s, f->script));
	before = memory->most = memory->in_use;
	for (uint32_t i = 0; i < datagrams; i++) {
		change(&s.d[0], f, i);
		assert_int_equal(nf_tracker_feed(t, &s.d[0], &delivery), NF_REFUSAL_NONE);
		while (nf_delivery_next(&delivery, &v, &sink))
			;
	}
	print_message("# %s: %zu octets at most\n", f->name, memory->most - before);
	assert_in_range(memory->most - before, 1, f->memory);
	assert_int_equal(reported != 0, f->bound);
	assert_int_equal(nf_tracker_counts(t)->bounds_reached != 0, f->bound);
	stream_done(&s);
	nf_tracker_free(t);
}

static void floods_are_bounded(void **state)
{
	struct nf_registry *outer = registry;
	struct memcount memory = { .most = 0 };

	(void)state;
	memcount_begin(&memory);
	registry = nf_registry_new();
	for (size_t i = 0; i < sizeof(floods) / sizeof(floods[0]); i++)
		flood(&floods[i], &memory);
	nf_registry_free(registry);
	memcount_end();
	assert_int_equal(memory.in_use, 0);
	registry = outer;
}

/* A datagram of ITEM, with the numbers from FIRST on in place of its %u, N times. */
static void add_line(struct nf_strbuf *script, const char *item, unsigned first, unsigned n)
{
	nf_sb_str(script, "1.1/tcp 10");
	for (unsigned i = 0; i < n; i++) {
		nf_sb_str(script, i == 0 ? " " : " | ");
		nf_sb_printf(script, item, first + i);
	}
	nf_sb_char(script, '\n');
}

/* A withdrawal of all takes four octets: it must not cost a look at all that was ever defined. */
static void all_withdrawn_again_and_again(void **state)
{
	enum { IDS = 50000, PAIRS = 20000, A_LINE = 2000 };
	struct nf_tracker *t = tracker(&(struct nf_tracker_opts){ .max_templates = 64 * MIB });
	struct stream_outcome o;
	struct nf_strbuf script;

	(void)state;
	nf_strbuf_init(&script);
	for (unsigned i = 0; i < IDS; i += A_LINE)
		add_line(&script, "T%u 8/4", 256 + i, A_LINE);
	for (unsigned i = 0; i < PAIRS; i += A_LINE)
		add_line(&script, "T256 8/4 | W2", 0, A_LINE);
	nf_sb_str(&script, "1.1/tcp 10 D256 1/4 | D300 1/4");
	run(t, nf_strbuf_cstr(&script), &o);
	assert_string_equal(nf_strbuf_cstr(&o.sets), "withdrawn withdrawn");
	assert_string_equal(nf_strbuf_cstr(&o.problems), "");
	/* the first pair sends 256 again and withdraws them all, each further one 256 alone */
	assert_int_equal(nf_tracker_counts(t)->versions, 2 * IDS + 2 * (PAIRS - 1));
	stream_outcome_done(&o);
	nf_strbuf_done(&script);
	nf_tracker_free(t);
}

/* A type record in each datagram must not cost a look at all layouts. */
static void types_again_and_again(void **state)
{
	enum { LAYOUTS = 20000, RECORDS = 20000, A_LINE = 2000 };
	struct nf_registry *own = nf_registry_new();
	struct nf_tracker *t = nf_tracker_new(&(struct nf_tracker_opts){ .hold = false }, own);
	struct stream_outcome o;
	struct nf_strbuf script;

	(void)state;
	nf_strbuf_init(&script);
	nf_sb_str(&script, "1.1/tcp 10/1 " TYPES "\n");
	for (unsigned i = 0; i < LAYOUTS; i += A_LINE)
		add_line(&script, "T300 %u/4", 1000 + i, A_LINE);
	for (unsigned i = 0; i < RECORDS; i++)
		nf_sb_printf(&script, "1.1/tcp 10/1 D256 4242/4 %u/2 %u/2 1/1 2/2 v\"e\"\n",
			     i / 10, 1 + i % 2);
	run(t, nf_strbuf_cstr(&script), &o);
	assert_int_equal(o.nrecords, RECORDS);
	assert_int_equal(nf_registry_generation(own), RECORDS);
	stream_outcome_done(&o);
	nf_strbuf_done(&script);
	nf_tracker_free(t);
	nf_registry_free(own);
}

/*
 * Where a definition found no room, data is not read with the one before it; other ids and
 * what came before are as they were.
 */
static void lost_definitions_cost_their_own_id(void **state)
{
	static char script[1 << 20];
	struct nf_tracker *t = tracker(&(struct nf_tracker_opts){ .max_templates = 20000 });
	struct stream_outcome o;
	struct stream s;
	char *p = script;

	(void)state;
	p += sprintf(p, "1.1 9 T256 " FLOW " | T257 " FLOW " | D256 " DATA);
	p += sprintf(p, "\n1.1 9 T256 1/4");
	for (unsigned i = 0; i < 3000; i++)
		p += sprintf(p, " 2/4");
	sprintf(p, "\n1.1 9 D256 " DATA " | D257 " DATA "\n1.1 9 T256 " FLOW " | D256 " DATA);
	assert_true(stream_init(&s, script));
	stream_outcome_init(&o);
	stream_run(&s, t, &o);
	assert_string_equal(nf_strbuf_cstr(&o.sets), "live@1 rejected live@1 rejected");
	assert_string_equal(nf_strbuf_cstr(&o.problems), "2:bound-reached 3:bound-reached "
			    "4:bound-reached 4:bound-reached");
	stream_outcome_done(&o);
	stream_outcome_init(&o);
	stream_view(&s.d[0], t, &o);
	assert_string_equal(nf_strbuf_cstr(&o.sets), "live@1");
	stream_outcome_done(&o);
	nf_tracker_free(t);
	stream_done(&s);
}

/* -- Memory that runs out ------------------------------------------------------------- */

static const char busy[] =
	"1.1 9 D256 " DATA " | D300 " DATA "\n"
	"1.1 9 T256 " FLOW " | O257 1/4 ; 34/4\n"
	"1.2 9 D256 " DATA "\n"
	"2.1/tcp 10/3 T256 " FLOW " | T400 4242:1/4 82/v | " TYPES "\n"
	"2.1/tcp 10/3 W256 | D256 4242/4 1/2 3/2 1/1 2/2 v\"cells\" | " TYPES "\n"
	"2.1/tcp 10/3 D256 4242/4 1/2 3/2 1/1 2/2 v\"cells\"\n"
	"1.1 9 T256 1/8 | D256 1/8\n"
	"1.3 9 T300 " FLOW "\n"
	"1.1 9 D300 " DATA;

static bool begins(const char *s, const char *with)
{
	return strncmp(s, with, strlen(with)) == 0;
}

/*
 * A word where memory ran out: the same version, though a session that could not be had makes
 * it another's or the exporter's; or a reason; never an older version as if it were in force.
 */
static bool word_allowed(const char *got, size_t n, const char *want)
{
	const char *at = memchr(got, '@', n);
	const char *want_at = strchr(want, '@');

	if (at == NULL || begins(got, "late@") || begins(got, "other-session@"))
		return true;
	return want_at != NULL && at[1] == want_at[1];
}

static void check_words(const char *got, const char *want)
{
	while (*want != '\0') {
		size_t n = strcspn(got, " ");

		if (!word_allowed(got, n, want))
			fail_msg("%s in place of %s", got, want);
		want += strcspn(want, " ");
		want += *want == ' ';
		got += n + (got[n] == ' ');
	}
	assert_int_equal(*got, '\0');
}

static void memory_runs_out(void **state)
{
	struct stream_outcome o;
	char want[1024] = "";
	struct stream s;
	bool failed;

	(void)state;
	assert_true(stream_init(&s, busy));
	for (int look = 0; look < 2; look++) {
		long n = -1;

		do {
			struct nomem memory = { .left = n };
			struct stream_ahead ahead = { .s = &s };
			struct nf_registry *own;
			struct nf_tracker *t;

			stream_outcome_init(&o);
			nf_sb_room(&o.sets, 4096);
			nf_sb_room(&o.problems, 4096);
			nf_sb_room(&o.records, 65536);
			own = nf_registry_new();
			nomem_begin(&memory);
			t = nf_tracker_new(&(struct nf_tracker_opts){
				.ahead = look ? stream_ahead : NULL,
				.ahead_ctx = &ahead,
			}, own);
			if (t != NULL)
				stream_run(&s, t, &o);
			nf_tracker_free(t);
			failed = memory.failed;
			nf_allocator_set(NULL);
			nf_registry_free(own);
			if (n == -1)
				snprintf(want, sizeof(want), "%s", nf_strbuf_cstr(&o.sets));
			else if (t != NULL)
				check_words(nf_strbuf_cstr(&o.sets), want);
			stream_outcome_done(&o);
			n++;
		} while (failed || n == 0);
		assert_in_range(n, 20, 2000);
	}
	stream_done(&s);
}

static void memory_runs_out_while_holding(void **state)
{
	struct stream s;
	bool failed;
	long n = 0;

	(void)state;
	assert_true(stream_init(&s, busy));
	do {
		struct nomem memory = { .left = n++ };
		struct nf_delivery delivery;
		struct nf_registry *own = nf_registry_new();
		struct nf_tracker *t;
		struct nf_late late;

		nomem_begin(&memory);
		t = nf_tracker_new(&(struct nf_tracker_opts){ .hold = true }, own);
		for (size_t i = 0; t != NULL && i < s.n; i++) {
			nf_tracker_feed(t, &s.d[i], &delivery);
			if (i == 4)
				nf_tracker_late(t, &late);
		}
		nf_tracker_free(t);
		failed = memory.failed;
		nf_allocator_set(NULL);
		nf_registry_free(own);
	} while (failed);
	assert_in_range(n, 20, 2000);
	stream_done(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(layouts_are_interned),
		cmocka_unit_test(copies_are_alike_in_all),
		cmocka_unit_test(versions_are_listed),
		cmocka_unit_test(given),
		cmocka_unit_test(types_are_learned),
		cmocka_unit_test(types_reach_layouts_in_use),
		cmocka_unit_test(floods_are_bounded),
		cmocka_unit_test(all_withdrawn_again_and_again),
		cmocka_unit_test(types_again_and_again),
		cmocka_unit_test(lost_definitions_cost_their_own_id),
		cmocka_unit_test(memory_runs_out),
		cmocka_unit_test(memory_runs_out_while_holding),
	};

	return cmocka_run_group_tests(tests, make_registry, free_registry);
}
