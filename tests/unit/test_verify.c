/*
 * Records held against traffic: each kind of difference, and what comes near it and is none.
 *
 * Packets and records are lines of text:
 *
 *	TIME PROTOCOL SRC:PORT>DST:PORT OCTETS [NAME=VALUE ...]		a packet
 *	FIRST-LAST PROTOCOL SRC:PORT>DST:PORT PACKETS OCTETS [...]	a record
 *	---								the end of a message
 *
 * Address 7 is 10.0.0.7, 107 is 2001:db8::107.  ICMP has type and code in place of the last port.
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
#include "lib/nomem.h"
#include "model/verify.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

enum { LINE = 200, CLOCK_AHEAD = 5, MESSAGES = 16, WORDS = 1 << 12 };

struct verify_test {
	const char *name, *traffic, *records;
	const char *want;		/* "octets-layer-2 1/2, flow-missed 1/2" */
	unsigned version;		/* 0: 10 */
	const char *template;		/* NULL: the usual one */
	double active, inactive;
	uint32_t gap;			/* of sequence numbers, before the second message */
	uint16_t sampling;		/* of v5's header */
	bool both;			/* records have counters of both directions */
	double sent;			/* when the message of the records is sent; 0: long after */
	const char *inside;		/* "10.0.0.0/24", where that is what is inside */
};

/* -- Lines ----------------------------------------------------------------------------- */

struct words {
	double at, until;
	unsigned protocol, src, sport, dst, dport;
	unsigned long long packets, octets;
	unsigned flags, tos, behind, before, vlans, id, part, more, direction, icmp, type, code;
	unsigned cut;
	unsigned long long back_packets, back_octets;
};

static unsigned protocol_of(const char *name)
{
	static const struct { const char *name; unsigned number; } names[] = {
		{ "tcp", 6 }, { "udp", 17 }, { "icmp", 1 }, { "icmp6", 58 }, { "gre", 47 },
	};

	for (unsigned i = 0; i < COUNT(names); i++)
		if (strcmp(name, names[i].name) == 0)
			return names[i].number;
	fail_msg("protocol %s", name);
	return 0;
}

static void option(struct words *w, const char *word)
{
	const struct { const char *name; unsigned *to; } options[] = {
		{ "flags", &w->flags }, { "tos", &w->tos }, { "behind", &w->behind },
		{ "before", &w->before }, { "vlans", &w->vlans }, { "id", &w->id },
		{ "part", &w->part }, { "more", &w->more }, { "direction", &w->direction },
		{ "icmp", &w->icmp }, { "cut", &w->cut },
	};
	size_t n = strcspn(word, "=");

	if (strncmp(word, "back", n) == 0) {
		assert_int_equal(sscanf(word, "back=%llu,%llu", &w->back_packets,
					&w->back_octets), 2);
		return;
	}
	for (unsigned i = 0; i < COUNT(options); i++)
		if (strlen(options[i].name) == n && strncmp(word, options[i].name, n) == 0) {
			*options[i].to = (unsigned)strtoul(word + n + 1, NULL, 0);
			return;
		}
	fail_msg("option %s", word);
}

static void parse(struct words *w, const char *line, bool record)
{
	char text[LINE], *word, *rest, protocol[8];
	int at = 0;

	*w = (struct words){ .direction = 2 };
	snprintf(text, sizeof(text), "%s", line);
	if (record)
		assert_int_equal(sscanf(text, "%lf-%lf %7s %u:%u>%u:%u %llu %llu %n", &w->at,
					&w->until, protocol, &w->src, &w->sport, &w->dst,
					&w->dport, &w->packets, &w->octets, &at), 9);
	else
		assert_int_equal(sscanf(text, "%lf %7s %u:%u>%u:%u %llu %n", &w->at, protocol,
					&w->src, &w->sport, &w->dst, &w->dport, &w->octets, &at),
				 7);
	w->protocol = protocol_of(protocol);
	for (word = strtok_r(text + at, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest))
		option(w, word);
}

/* The next line of *TEXT; NULL at the end. */
static const char *next_line(const char **text, char line[LINE])
{
	size_t n = strcspn(*text, "\n");

	if (**text == '\0')
		return NULL;
	assert_true(n < LINE);
	memcpy(line, *text, n);
	line[n] = '\0';
	*text += n + ((*text)[n] == '\n');
	return line;
}

static struct nf_addr address(unsigned n)
{
	struct nf_addr a = { .family = n < 100 ? 4 : 6 };

	if (n < 100) {
		a.octets[0] = 10;
		a.octets[3] = (uint8_t)n;
	} else {
		memcpy(a.octets, "\x20\x01\x0d\xb8", 4);
		a.octets[15] = (uint8_t)n;
	}
	return a;
}

/* -- Traffic --------------------------------------------------------------------------- */

static int64_t ns(double s)
{
	return (int64_t)MB_SECS * 1000000000 + (int64_t)(s * 1e6 + 0.5) * 1000;
}

static bool feed_traffic(struct meter *m, const char *text)
{
	char line[LINE];
	uint64_t frame = 0;

	while (next_line(&text, line) != NULL) {
		struct capture_packet p = { .frame = ++frame };
		struct words w;

		parse(&w, line, false);
		p.ts_ns = ns(w.at);
		p.protocol = (uint8_t)w.protocol;
		p.tos = (uint8_t)w.tos;
		p.src = (struct nf_endpoint){ address(w.src), (uint16_t)w.sport };
		p.dst = (struct nf_endpoint){ address(w.dst), (uint16_t)w.dport };
		p.transport = w.part == 0 && w.cut == 0;
		p.tcp_flags = (uint16_t)w.flags;
		if (w.protocol == 1 || w.protocol == 58) {
			p.icmp_type = (uint8_t)w.sport;
			p.icmp_code = (uint8_t)w.dport;
			p.src.port = p.dst.port = 0;
		}
		p.vlans = (uint8_t)w.vlans;
		p.octets = (uint32_t)w.octets;
		p.before = w.before != 0 ? w.before : 14;
		p.behind = w.behind;
		p.fragment = w.part != 0 || w.more != 0;
		p.more = w.more != 0;
		p.fragment_id = w.id;
		p.fragment_at = w.part;
		p.fragment_octets = p.fragment ? (uint32_t)w.octets - 20 : 0;
		meter_packet(m, &p);
	}
	return meter_end(m);
}

/* -- Export ---------------------------------------------------------------------------- */

#define USUAL "8/4 12/4 7/2 11/2 4/1 2/8 1/8 6/1 5/1 152/8 153/8 61/1"
#define SIX "27/16 28/16 7/2 11/2 4/1 2/8 1/8 6/1 5/1 152/8 153/8 61/1"
#define ICMP_OWN "8/4 12/4 7/2 11/2 4/1 2/8 1/8 6/1 5/1 152/8 153/8 61/1 32/2"
#define BACK " 29305:2/8 29305:1/8"
#define SHORT "8/4 12/4 7/2 11/2 4/1 2/2 1/2 6/1 5/1 152/8 153/8 61/1"
#define SECONDS "8/4 12/4 7/2 11/2 4/1 2/8 1/8 6/1 5/1 150/4 151/4 61/1"
#define TOTALS "8/4 12/4 7/2 11/2 4/1 86/8 85/8 6/1 5/1 152/8 153/8 61/1"

/* Octets of the values of a template, by its text: "2/8". */
static unsigned width_of(const char *template, const char *field)
{
	const char *at = strstr(template, field);

	assert_non_null(at);
	return (unsigned)strtoul(at + strlen(field), NULL, 10);
}

static void put_address(char *to, size_t room, unsigned n)
{
	if (n < 100)
		snprintf(to, room, "10.0.0.%u", n);
	else
		snprintf(to, room, "2001:db8::%x", n);
}

static void put_record(struct mb *m, const struct verify_test *t, const char *template,
		       const struct words *w)
{
	char text[512], src[40], dst[40], more[80] = "";
	bool seconds = strstr(template, "150/4") != NULL, totals = strstr(template, "86/8") != NULL;
	unsigned width = totals ? 8 : width_of(template, "4/1 2/");
	double unit = seconds ? 1 : 1e3;
	bool icmp = w->protocol == 1 || w->protocol == 58;
	unsigned dport = icmp ? w->sport << 8 | w->dport : w->dport;
	const char *after = strstr(template, " 32/2");

	put_address(src, sizeof(src), w->src);
	put_address(dst, sizeof(dst), w->dst);
	if (after != NULL)
		snprintf(more, sizeof(more), " %u/2", dport);
	if (t->both)
		snprintf(more, sizeof(more), " %llu/8 %llu/8", w->back_packets, w->back_octets);
	snprintf(text, sizeof(text),
		 "%s %s %u/2 %u/2 %u/1 %llu/%u %llu/%u %u/1 %u/1 %.0f/%u %.0f/%u %u/1%s", src, dst, icmp ? 0 : w->sport, after != NULL && icmp ? 0 : dport,
		 w->protocol, w->packets, width, w->octets, width, w->flags, w->tos,
		 (double)(long long)((MB_SECS + CLOCK_AHEAD + w->at) * unit + 1e-6),
		 seconds ? 4 : 8,
		 (double)(long long)((MB_SECS + CLOCK_AHEAD + w->until) * unit + 1e-6),
		 seconds ? 4 : 8, w->direction == 2 ? 0 : w->direction, more);
	mb_record(m, text);
}

static void put_flow(struct mb *m, const struct words *w)
{
	bool icmp = w->protocol == 1;

	mb_flow(m, &(struct mb_flow){
		.src = 10u << 24 | w->src, .dst = 10u << 24 | w->dst,
		.packets = (uint32_t)w->packets, .octets = (uint32_t)w->octets,
		.first = (uint32_t)(int64_t)(MB_UPTIME - 60000 + w->at * 1000),
		.last = (uint32_t)(int64_t)(MB_UPTIME - 60000 + w->until * 1000),
		.sport = icmp ? 0 : w->sport,
		.dport = icmp ? w->sport << 8 | w->dport : w->dport,
		.tcp_flags = w->flags, .proto = w->protocol, .tos = w->tos,
	});
}

struct export {
	struct mb m[MESSAGES];
	double sent[MESSAGES];
	unsigned n;
};

static void begin(struct export *e, const struct verify_test *t, unsigned version,
		  const char *template, uint32_t seq)
{
	struct mb *m = &e->m[e->n];
	double sent = t->sent != 0 ? t->sent + e->n : 20000 + e->n;

	e->sent[e->n] = sent;
	mb_init(m);
	mb_begin(m, version, &(struct mb_header){
		.seq = seq + (e->n != 0 ? t->gap : 0), .sampling = t->sampling,
		.secs = version == 5 ? MB_SECS + 60 : (uint32_t)(MB_SECS + CLOCK_AHEAD + sent),
	});
	if (version == 5)
		return;
	mb_set_begin(m, version == 9 ? 0 : 2);
	mb_template(m, 256, template);
	mb_set_end(m);
	mb_set_begin(m, 256);
}

static void end(struct export *e, unsigned version)
{
	if (version != 5)
		mb_set_end(&e->m[e->n]);
	mb_end(&e->m[e->n]);
	assert_false(e->m[e->n].failed);
	e->n++;
}

static void build(struct export *e, const struct verify_test *t)
{
	const char *template = t->template != NULL ? t->template : t->both ? USUAL BACK : USUAL;
	const char *text = t->records;
	unsigned version = t->version != 0 ? t->version : 10;
	char line[LINE];
	uint32_t seq = 0;

	e->n = 0;
	begin(e, t, version, template, 0);
	while (next_line(&text, line) != NULL) {
		struct words w;

		if (strcmp(line, "---") == 0) {
			end(e, version);
			begin(e, t, version, template, seq);
			continue;
		}
		parse(&w, line, true);
		seq++;
		if (version == 5)
			put_flow(&e->m[e->n], &w);
		else
			put_record(&e->m[e->n], t, template, &w);
	}
	end(e, version);
}

/* -- Records to verify ----------------------------------------------------------------- */

struct rig {
	struct nf_registry *registry;
	struct nf_tracker *tracker;
	struct exporters *exporters;
	struct meter *meter;
	struct verify *verify;
	uint64_t words[WORDS];
	struct nf_scratch scratch;
};

static void take_set(struct rig *r, const struct nf_view *v, const struct nf_set *set)
{
	struct filter_at at = filter_at_message(NULL, v);
	struct nf_resolution resolution = { .layout = NULL };
	struct nf_recs recs;
	struct nf_rec rec;

	if (set->kind == NF_SET_FIXED)
		resolution.layout = nf_fixed_layout(v->msg.version, v->msg.aggregation);
	else
		v->resolver.resolve(v->resolver.ctx, set->id, set->bytes, set->offset,
				    &resolution);
	if (resolution.layout == NULL)
		return;
	at.set = set;
	at.resolution = &resolution;
	at.rec = &rec;
	nf_recs_open(&recs, &v->msg, set, resolution.layout, r->scratch, NULL);
	while (nf_rec_next(&recs, &rec))
		verify_record(r->verify, &at);
}

static void take(struct rig *r, const struct export *e)
{
	for (unsigned i = 0; i < e->n; i++) {
		struct nf_datagram d = {
			.ordinal = i, .frame = i + 1, .ts_ns = ns(e->sent[i]),
			.wire_len = (uint32_t)e->m[i].n, .payload = mb_bytes(&e->m[i]),
			.src = { .addr = address(77), .port = 4000 },
			.dst = { .addr = address(78), .port = 2055 },
		};
		struct nf_delivery delivery;
		struct nf_view view;
		struct nf_sets sets;
		struct nf_set set;

		if (nf_tracker_feed(r->tracker, &d, &delivery) != NF_REFUSAL_NONE)
			continue;
		while (nf_delivery_next(&delivery, &view, NULL)) {
			exporters_message(r->exporters, &view, true, 0);
			nf_sets_open(&sets, &view.msg, NULL);
			while (nf_set_next(&sets, &set))
				if (set.kind == NF_SET_DATA || set.kind == NF_SET_FIXED)
					take_set(r, &view, &set);
		}
	}
}

static bool open_rig(struct rig *r, const struct verify_test *t)
{
	static const struct verify_prefix prefix = {
		.addr = { .family = 4, .octets = { 10, 0, 0, 0 } }, .length = 29,
	};
	const struct verify_opts opts = {
		.active_ns = (int64_t)(t->active * 1e9),
		.inactive_ns = (int64_t)(t->inactive * 1e9),
		.inside = t->inside != NULL ? &prefix : NULL, .ninside = t->inside != NULL,
	};
	const struct nf_tracker_opts tracker = { .scope = NF_SCOPE_SESSION };

	*r = (struct rig){ .registry = nf_registry_new() };
	r->scratch = (struct nf_scratch){ (void *)r->words, NF_SCRATCH_WORDS };
	r->tracker = r->registry != NULL ? nf_tracker_new(&tracker, r->registry) : NULL;
	r->exporters = exporters_new(&(struct nf_seq_opts){ 0 }, 0);
	r->meter = meter_new(&(struct meter_opts){ 0 });
	r->verify = r->meter != NULL ? verify_new(&opts, r->meter, NULL) : NULL;
	return r->tracker != NULL && r->exporters != NULL && r->verify != NULL;
}

static void close_rig(struct rig *r)
{
	verify_free(r->verify);
	meter_free(r->meter);
	exporters_free(r->exporters);
	nf_tracker_free(r->tracker);
	nf_registry_free(r->registry);
}

static bool run(struct rig *r, const struct verify_test *t, const struct export *e)
{
	if (!open_rig(r, t) || !feed_traffic(r->meter, t->traffic))
		return false;
	take(r, e);
	return exporters_settle(r->exporters) && verify_end(r->verify, r->exporters);
}

static void items_text(struct nf_strbuf *s, const struct verify *v)
{
	const struct verify_item *item;

	for (size_t i = 0; (item = verify_item_at(v, i)) != NULL; i++) {
		nf_sb_printf(s, "%s%s %llu/%llu", i == 0 ? "" : ", ",
			     verify_kind_name(item->kind), (unsigned long long)item->flows,
			     (unsigned long long)item->of);
		assert_true(item->nworst > 0);
		assert_non_null(item->worst[0].found);
	}
}

static bool check(const struct verify_test *t)
{
	struct export e;
	struct nf_strbuf s;
	struct rig r;
	bool right;

	build(&e, t);
	assert_true(run(&r, t, &e));
	nf_strbuf_init(&s);
	items_text(&s, r.verify);
	right = strcmp(nf_strbuf_cstr(&s), t->want) == 0;
	if (!right)
		print_error("%s:\n got %s\nwant %s\n", t->name, nf_strbuf_cstr(&s), t->want);
	nf_strbuf_done(&s);
	close_rig(&r);
	for (unsigned i = 0; i < e.n; i++)
		mb_done(&e.m[i]);
	return right;
}

/* -- Cases ----------------------------------------------------------------------------- */

#include "lib/verifycases.h"

static void cases(void **state)
{
	bool right = true;

	(void)state;
	for (size_t i = 0; i < COUNT(tests); i++)
		right &= check(&tests[i]);
	assert_true(right);
}

/* Each kind is wanted somewhere. */
static void all_kinds(void **state)
{
	(void)state;
	for (unsigned kind = 0; kind < VERIFY_KINDS; kind++) {
		bool wanted = false;

		for (size_t i = 0; i < COUNT(tests); i++)
			wanted |= strstr(tests[i].want,
					 verify_kind_name((enum verify_kind)kind)) != NULL;
		if (!wanted)
			fail_msg("no case of %s", verify_kind_name((enum verify_kind)kind));
	}
}

static void memory(void **state)
{
	struct export e;
	bool done = false;

	(void)state;
	build(&e, &tests[0]);
	for (long n = 0; !done; n++) {
		struct nomem memory = { .left = n };
		struct rig r;

		nomem_begin(&memory);
		done = run(&r, &tests[0], &e);
		assert_true(done || memory.failed);
		close_rig(&r);
		nomem_end(&memory);
	}
	for (unsigned i = 0; i < e.n; i++)
		mb_done(&e.m[i]);
}

int main(void)
{
	const struct CMUnitTest all[] = {
		cmocka_unit_test(cases),
		cmocka_unit_test(all_kinds),
		cmocka_unit_test(memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("verify", all, NULL, NULL);
}
