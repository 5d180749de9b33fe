/* The normalised view of a flow record: times, addresses, ICMP, counters, events. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/mem.h"
#include "base/strbuf.h"
#include "lib/wirecheck.h"
#include "lib/wiretext.h"
#include "model/flow.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A message whose last data set begins with the record in question, and what is seen of it. */
struct flow_case {
	const char *name, *payload, *want;
};

static void time_text(struct nf_strbuf *s, const char *name, const struct nf_flowtime *t)
{
	static const char *const sources[] = {
		[NF_FLOWTIME_STATED] = "", [NF_FLOWTIME_UPTIME] = " uptime", [NF_FLOWTIME_INIT] = " init",
		[NF_FLOWTIME_DELTA] = " delta", [NF_FLOWTIME_RELATIVE] = " relative",
	};

	if (t->source == NF_FLOWTIME_NONE)
		return;
	nf_sb_printf(s, "%s ", name);
	nf_time_text(s, t->ns, t->digits, NULL);
	nf_sb_printf(s, "%s; ", sources[t->source]);
}

static void address_text(struct nf_strbuf *s, const char *name, struct nf_bytes a)
{
	if (a.n == 0)
		return;
	nf_sb_printf(s, "%s ", name);
	if (a.n == 4)
		nf_ipv4_text(s, a.p);
	else
		nf_ipv6_text(s, a.p);
	nf_sb_str(s, "; ");
}

static void number_text(struct nf_strbuf *s, const char *name, const struct flow_view *view,
			const struct nf_rec *r, enum flow_item item)
{
	uint64_t v;

	if (flow_number(view, r, item, &v))
		nf_sb_printf(s, "%s %llu; ", name, (unsigned long long)v);
}

static void flow_text(struct nf_strbuf *s, const struct nf_msg *m, const struct nf_rec *r)
{
	struct nf_flowtime first, last, event_time;
	struct flow_view view;
	uint64_t event;
	uint8_t type;
	int code;
	int64_t ns;

	flow_view_of(&view, r->layout);
	first = flow_first(&view, m, r);
	last = flow_last(&view, m, r);
	event_time = flow_event_time(&view, m, r);
	time_text(s, "first", &first);
	time_text(s, "last", &last);
	if (flow_duration(&view, m, r, &ns))
		nf_sb_printf(s, "took %lld; ", (long long)ns);
	address_text(s, "src", flow_src(&view, r));
	address_text(s, "dst", flow_dst(&view, r));
	if (flow_icmp(&view, r, &type, &code))
		nf_sb_printf(s, "icmp %u/%d; ", type, code);
	number_text(s, "sport", &view, r, FLOW_SPORT);
	number_text(s, "packets", &view, r, FLOW_PACKETS);
	number_text(s, "bytes", &view, r, FLOW_BYTES);
	number_text(s, "back", &view, r, FLOW_REV_BYTES);
	time_text(s, "at", &event_time);
	if (flow_event(&view, r, &event))
		nf_sb_printf(s, "event %llu%s; ", (unsigned long long)event,
			     flow_counts(&view, r) ? " counts" : "");
	if (s->n >= 2)
		s->n -= 2;
}

/* The first record of the last data set. */
static void text_of(struct nf_strbuf *s, const char *payload)
{
	struct wirecheck *wc = wirecheck_new();
	struct nf_bytes octets = wiretext_payload(payload);
	struct nf_resolver resolver;
	struct nf_sets sets;
	struct nf_set set;
	struct nf_msg m;

	assert_non_null(wc);
	assert_true(nf_msg_open(&m, octets, (uint32_t)octets.n, NULL));
	wirecheck_learn(wc, &m);
	resolver = wirecheck_resolver(wc);
	nf_sets_open(&sets, &m, NULL);
	while (nf_set_next(&sets, &set)) {
		struct nf_resolution resolution;
		struct nf_recs recs;
		struct nf_rec rec;

		if (set.kind != NF_SET_DATA && set.kind != NF_SET_FIXED)
			continue;
		if (set.kind == NF_SET_FIXED)
			resolution.layout = nf_fixed_layout(m.version, m.aggregation);
		else
			resolver.resolve(resolver.ctx, set.id, set.bytes, set.body, &resolution);
		assert_non_null(resolution.layout);
		nf_recs_open(&recs, &m, &set, resolution.layout,
			     (struct nf_scratch){ wc->words, NF_SCRATCH_WORDS }, NULL);
		assert_true(nf_rec_next(&recs, &rec));
		nf_strbuf_clear(s);
		flow_text(s, &m, &rec);
	}
	nf_free((void *)(uintptr_t)octets.p);
	wirecheck_free(wc);
}

static void check(const struct flow_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct nf_strbuf s;

		nf_strbuf_init(&s);
		text_of(&s, cases[i].payload);
		if (strcmp(nf_strbuf_cstr(&s), cases[i].want) != 0)
			fail_msg("%s:\n got %s\nwant %s", cases[i].name, nf_strbuf_cstr(&s),
				 cases[i].want);
		nf_strbuf_done(&s);
	}
}

/* 1704067200 is 2024-01-01T00:00:00Z. */
static const struct flow_case times[] = {
	{
		"v5: before the export",
		"v5 secs=1704067200 nsecs=250000000 uptime_ms=1000000\n"
		"flow first=999000 last=999999\n",
		"first 2023-12-31T23:59:59.250Z uptime; last 2024-01-01T00:00:00.249Z uptime; "
		"took 999000000; src 0.0.0.0; dst 0.0.0.0; sport 0; packets 0; bytes 0",
	},
	{
		"v5: the uptime wrapped before the flow ended",
		"v5 secs=1704067200 uptime_ms=1000\n"
		"flow first=4294966296 last=500\n",
		"first 2023-12-31T23:59:58.000Z uptime; last 2023-12-31T23:59:59.500Z uptime; "
		"took 1500000000; src 0.0.0.0; dst 0.0.0.0; sport 0; packets 0; bytes 0",
	},
	{
		"v5: the uptime wrapped between flow and export",
		"v5 secs=1704067200 uptime_ms=1000\n"
		"flow first=4294957296 last=4294966296\n",
		"first 2023-12-31T23:59:49.000Z uptime; last 2023-12-31T23:59:58.000Z uptime; "
		"took 9000000000; src 0.0.0.0; dst 0.0.0.0; sport 0; packets 0; bytes 0",
	},
	{
		"v5: up to 100 s behind the header",
		"v5 secs=1704067200 uptime_ms=1000000\n"
		"flow first=1000000 last=1099999\n",
		"first 2024-01-01T00:00:00.000Z uptime; last 2024-01-01T00:01:39.999Z uptime; "
		"took 99999000000; src 0.0.0.0; dst 0.0.0.0; sport 0; packets 0; bytes 0",
	},
	{
		"v5: more than that is 49 days before",
		"v5 secs=1704067200 uptime_ms=1000000\n"
		"flow first=1000000 last=1100001\n",
		"first 2024-01-01T00:00:00.000Z uptime; last 2023-11-12T06:58:52.705Z uptime; "
		"took -4294867295000000; src 0.0.0.0; dst 0.0.0.0; sport 0; packets 0; bytes 0",
	},
	{
		"v5: last before first, as it stands",
		"v5 secs=1704067200 uptime_ms=1000000\n"
		"flow first=990000 last=980000\n",
		"first 2023-12-31T23:59:50.000Z uptime; last 2023-12-31T23:59:40.000Z uptime; "
		"took -10000000000; src 0.0.0.0; dst 0.0.0.0; sport 0; packets 0; bytes 0",
	},
	{
		"v9: uptimes of 8 octets",
		"v9 secs=1704067200 uptime_ms=1000000\n"
		"set 0\ntemplate 256 22/8 21/8\nset 256\nrecord 999000/8 1000000/8\n",
		"first 2023-12-31T23:59:59.000Z uptime; last 2024-01-01T00:00:00.000Z uptime; "
		"took 1000000000",
	},
	{
		"v9: an uptime beyond 32 bits is none",
		"v9 secs=1704067200 uptime_ms=1000000\n"
		"set 0\ntemplate 256 22/8 21/4\nset 256\nrecord 4294967296/8 1000000/4\n",
		"last 2024-01-01T00:00:00.000Z uptime",
	},
	{
		"IPFIX: uptimes without a start are relative",
		"ipfix secs=1704067200\n"
		"set 2\ntemplate 256 22/4 21/4\nset 256\nrecord 4294967000/4 704/4\n",
		"first 1970-02-19T17:02:47.000Z relative; last 1970-01-01T00:00:00.704Z relative; "
		"took 1000000000",
	},
	{
		"IPFIX: uptimes and the start in one record",
		"ipfix secs=1704067200\n"
		"set 2\ntemplate 256 22/4 21/4 160/8\nset 256\n"
		"record 1000/4 2000/4 1704067000000/8\n",
		"first 2023-12-31T23:56:41.000Z init; last 2023-12-31T23:56:42.000Z init; "
		"took 1000000000",
	},
	{
		"IPFIX: the uptime has wrapped since the start",
		"ipfix secs=1704067200\n"
		"set 2\ntemplate 256 22/4 21/4 160/8\nset 256\n"
		"record 4294966296/4 704/4 1699772232000/8\n",
		"first 2023-12-31T23:59:58.296Z init; last 2024-01-01T00:00:00.000Z init; "
		"took 1704000000",
	},
	{
		"seconds, and the era nearest to the export",
		"ipfix secs=1704067200\n"
		"set 2\ntemplate 256 150/4 151/4\nset 256\nrecord 1704067190/4 1704067195/4\n",
		"first 2023-12-31T23:59:50Z; last 2023-12-31T23:59:55Z; took 5000000000",
	},
	{
		"milliseconds",
		"ipfix secs=1704067200\n"
		"set 2\ntemplate 256 152/8 153/8\nset 256\nrecord 1704067199001/8 1704067199999/8\n",
		"first 2023-12-31T23:59:59.001Z; last 2023-12-31T23:59:59.999Z; took 998000000",
	},
	{
		"microseconds are rounded, their low 11 bits left out",	/* 0.000001 and 0.999999 */
		"ipfix secs=1704067200\n"
		"set 2\ntemplate 256 154/8 155/8\nset 256\n"
		"record 3913055999/4 4294/4 3913055999/4 4294963000/4\n",
		"first 2023-12-31T23:59:59.000001Z; last 2023-12-31T23:59:59.999999Z; took 999998000",
	},
	{
		"nanoseconds, one that carries into the second",
		"ipfix secs=1704067200\n"
		"set 2\ntemplate 256 156/8 157/8\nset 256\n"
		"record 3913055999/4 2147483648/4 3913055999/4 4294967295/4\n",
		"first 2023-12-31T23:59:59.500000000Z; last 2024-01-01T00:00:00.000000000Z; "
		"took 500000000",
	},
	{
		"microseconds before the export",
		"ipfix secs=1704067200\n"
		"set 2\ntemplate 256 158/4 159/4\nset 256\nrecord 1500000/4 1/4\n",
		"first 2023-12-31T23:59:58.500000Z delta; last 2023-12-31T23:59:59.999999Z delta; "
		"took 1499999000",
	},
	{
		"a time of day goes before an uptime, the finest first",
		"v9 secs=1704067200 uptime_ms=1000000\n"
		"set 0\ntemplate 256 22/4 150/4 152/8 21/4\nset 256\n"
		"record 5/4 1704067000/4 1704067100500/8 1000000/4\n",
		"first 2023-12-31T23:58:20.500Z; last 2024-01-01T00:00:00.000Z uptime; "
		"took 99500000000",
	},
	{
		"a wrong length says nothing: the next one does",
		"ipfix secs=1704067200\n"
		"set 2\ntemplate 256 152/4 150/4\nset 256\nrecord 7/4 1704067000/4\n",
		"first 2023-12-31T23:56:40Z",
	},
	{
		"a duration that is stated",
		"ipfix secs=1704067200\n"
		"set 2\ntemplate 256 152/8 161/4\nset 256\nrecord 1704067199000/8 250/4\n",
		"first 2023-12-31T23:59:59.000Z; took 250000000",
	},
	{
		"the same in microseconds, alone",
		"ipfix secs=1704067200\nset 2\ntemplate 256 162/4\nset 256\nrecord 250/4\n",
		"took 250000",
	},
	{
		"no time at all",
		"ipfix secs=1704067200\nset 2\ntemplate 256 1/4\nset 256\nrecord 7/4\n",
		"bytes 7",
	},
	{
		"a start without an end has no duration",
		"ipfix secs=1704067200\nset 2\ntemplate 256 152/8 21/4\nset 256\n"
		"record 1704067199000/8 5/4\n",
		"first 2023-12-31T23:59:59.000Z; last 1970-01-01T00:00:00.005Z relative",
	},
};

static void flow_times(void **state)
{
	(void)state;
	check(times, COUNT(times));
}

#define BOTH "ipfix\nset 2\ntemplate 256 8/4 12/4 27/16 28/16\nset 256\nrecord "

static const struct flow_case addresses[] = {
	{ "IPv6 is zero", BOTH "10.0.0.1 10.0.0.2 :: ::\n", "src 10.0.0.1; dst 10.0.0.2" },
	{ "IPv4 is zero", BOTH "0.0.0.0 0.0.0.0 2001:db8::1 2001:db8::2\n",
	  "src 2001:db8::1; dst 2001:db8::2" },
	{ "one address is zero in truth", BOTH "0.0.0.0 0.0.0.0 :: ff02::1\n",
	  "src ::; dst ff02::1" },
	{ "all are zero: the first", BOTH "0.0.0.0 0.0.0.0 :: ::\n", "src 0.0.0.0; dst 0.0.0.0" },
	{ "none is zero: the first", BOTH "10.0.0.1 10.0.0.2 2001:db8::1 2001:db8::2\n",
	  "src 10.0.0.1; dst 10.0.0.2" },
	{ "the first in the record, that is",
	  "ipfix\nset 2\ntemplate 256 28/16 12/4 8/4\nset 256\nrecord :: 0.0.0.0 0.0.0.0\n",
	  "dst ::" },
	{ "ipVersion says it",
	  "ipfix\nset 2\ntemplate 256 8/4 12/4 27/16 28/16 60/1\nset 256\n"
	  "record 10.0.0.1 10.0.0.2 2001:db8::1 :: 6/1\n", "src 2001:db8::1; dst ::" },
	{ "ipVersion says nothing of use",
	  "ipfix\nset 2\ntemplate 256 8/4 12/4 27/16 28/16 60/1\nset 256\n"
	  "record 10.0.0.1 10.0.0.2 :: :: 0/1\n", "src 10.0.0.1; dst 10.0.0.2" },
	{ "a prefix where there is no address",
	  "ipfix\nset 2\ntemplate 256 44/4 12/4 45/4\nset 256\nrecord 10.0.0.0 10.1.0.1 10.1.0.0\n",
	  "src 10.0.0.0; dst 10.1.0.1" },
	{ "a length that no address has",
	  "ipfix\nset 2\ntemplate 256 8/3 12/4\nset 256\nrecord 1/3 10.1.0.1\n", "dst 10.1.0.1" },
	{ "none", "ipfix\nset 2\ntemplate 256 2/4\nset 256\nrecord 1/4\n", "packets 1" },
};

static void flow_addresses(void **state)
{
	(void)state;
	check(addresses, COUNT(addresses));
}

static const struct flow_case icmp[] = {
	{ "v5: in the destination port", "v5\nflow proto=1 dport=2048\n",
	  "first 2023-12-31T23:43:20.000Z uptime; last 2023-12-31T23:43:20.000Z uptime; took 0; "
	  "src 0.0.0.0; dst 0.0.0.0; icmp 8/0; sport 0; packets 0; bytes 0" },
	{ "a type alone in the port", "ipfix\nset 2\ntemplate 256 4/1 11/2\nset 256\n"
	  "record 58/1 136/2\n", "icmp 136/-1" },
	{ "the same of IPv4", "ipfix\nset 2\ntemplate 256 4/1 11/2\nset 256\n"
	  "record 1/1 3/2\n", "icmp 3/-1" },
	{ "an echo reply in the port", "ipfix\nset 2\ntemplate 256 4/1 11/2\nset 256\n"
	  "record 1/1 0/2\n", "icmp 0/0" },
	{ "ICMPv6 has no type 0", "ipfix\nset 2\ntemplate 256 4/1 11/2\nset 256\n"
	  "record 58/1 0/2\n", "" },
	{ "of no other protocol",
	  "ipfix\nset 2\ntemplate 256 4/1 11/2 32/2\nset 256\nrecord 6/1 2048/2 2048/2\n", "" },
	{ "type and code", "ipfix\nset 2\ntemplate 256 4/1 32/2\nset 256\nrecord 1/1 0x0301/2\n",
	  "icmp 3/1" },
	{ "ICMPv6", "ipfix\nset 2\ntemplate 256 4/1 139/2\nset 256\nrecord 58/1 0x8000/2\n",
	  "icmp 128/0" },
	{ "ICMPv6 by the element of v9",
	  "v9\nset 0\ntemplate 256 4/1 32/2\nset 256\nrecord 58/1 0x8700/2\n", "icmp 135/0" },
	{ "apart", "ipfix\nset 2\ntemplate 256 4/1 176/1 177/1\nset 256\nrecord 1/1 3/1 3/1\n",
	  "icmp 3/3" },
	{ "apart, ICMPv6",
	  "ipfix\nset 2\ntemplate 256 4/1 178/1 179/1\nset 256\nrecord 58/1 1/1 4/1\n",
	  "icmp 1/4" },
	{ "the element goes before the port",
	  "ipfix\nset 2\ntemplate 256 4/1 32/2 11/2\nset 256\nrecord 1/1 0x0301/2 0x0800/2\n",
	  "icmp 3/1" },
	{ "but not where it was not filled in",
	  "ipfix\nset 2\ntemplate 256 4/1 32/2 11/2\nset 256\nrecord 1/1 0/2 0x0800/2\n",
	  "icmp 8/0" },
	{ "an echo reply", "ipfix\nset 2\ntemplate 256 4/1 32/2 11/2\nset 256\nrecord 1/1 0/2 0/2\n",
	  "icmp 0/0" },
	{ "not said", "ipfix\nset 2\ntemplate 256 4/1\nset 256\nrecord 1/1\n", "" },
};

static void flow_icmps(void **state)
{
	(void)state;
	check(icmp, COUNT(icmp));
}

static const struct flow_case counters[] = {
	{ "delta goes before total",
	  "ipfix\nset 2\ntemplate 256 85/4 1/4 86/4 2/4\nset 256\nrecord 1000/4 10/4 100/4 1/4\n",
	  "packets 1; bytes 10" },
	{ "total where there is no delta",
	  "ipfix\nset 2\ntemplate 256 85/4 86/4\nset 256\nrecord 1000/4 100/4\n",
	  "packets 100; bytes 1000" },
	{ "behind the device where that is all",
	  "v9\nset 0\ntemplate 256 23/4 24/4\nset 256\nrecord 1000/4 100/4\n",
	  "packets 100; bytes 1000" },
	{ "both directions",
	  "ipfix\nset 2\ntemplate 256 1/4 29305:1/4\nset 256\nrecord 1000/4 2000/4\n",
	  "bytes 1000; back 2000" },
	{ "only the reverse one",
	  "ipfix\nset 2\ntemplate 256 29305:1/4\nset 256\nrecord 2000/4\n", "back 2000" },
	{ "a counter of 8 octets", "ipfix\nset 2\ntemplate 256 1/8\nset 256\n"
	  "record 18446744073709551615/8\n", "bytes 18446744073709551615" },
	{ "one of 9 octets is none", "ipfix\nset 2\ntemplate 256 1/9\nset 256\nrecord 1/9\n", "" },
};

static void flow_counters(void **state)
{
	(void)state;
	check(counters, COUNT(counters));
}

static const struct flow_case events[] = {
	{ "a teardown: its totals repeat the updates'",
	  "v9\nset 0\ntemplate 256 323/8 233/1 231/4 232/4\nset 256\n"
	  "record 1704067199500/8 2/1 100/4 200/4\n",
	  "bytes 100; back 200; at 2023-12-31T23:59:59.500Z; event 2" },
	{ "the old number", "v9\nset 0\ntemplate 256 40005/1 85/4\nset 256\nrecord 5/1 100/4\n",
	  "bytes 100; event 5" },
	{ "a NAT's", "ipfix\nset 2\ntemplate 256 230/1 1/4\nset 256\nrecord 4/1 0/4\n",
	  "bytes 0; event 4" },
	{ "zero is none", "ipfix\nset 2\ntemplate 256 233/1 1/4\nset 256\nrecord 0/1 9/4\n",
	  "bytes 9" },
	{ "an update with a delta counter", "v9\nset 0\ntemplate 256 233/1 1/4\nset 256\n"
	  "record 5/1 9/4\n", "bytes 9; event 5 counts" },
	{ "a refusal with one", "v9\nset 0\ntemplate 256 233/1 1/4\nset 256\nrecord 3/1 9/4\n",
	  "bytes 9; event 3" },
};

static void flow_events(void **state)
{
	(void)state;
	check(events, COUNT(events));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flow_times),
		cmocka_unit_test(flow_addresses),
		cmocka_unit_test(flow_icmps),
		cmocka_unit_test(flow_counters),
		cmocka_unit_test(flow_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
