/* The display filter over records: what matches, by message and record. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "lib/filtercheck.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* The messages of filtercheck.c. */
enum { V5, V1, V7, V8, V9, IPFIX, TEMPLATES, AGAIN };

/* Which records (or, of filters on sets, sets and templates) match: "101" is the 1st and 3rd. */
static const struct row {
	int message;
	const char *filter, *records;
} rows[] = {
	/* the same comparison in every version; deltas and totals, any width */
	{ V5, "src == 10.0.0.1", "100" },
	{ V9, "src == 10.0.0.1", "1000" },
	{ IPFIX, "src == 10.0.0.1", "10000000" },
	{ V5, "bytes > 1499", "101" },
	{ V5, "bytes == 4294967295", "001" },
	{ V9, "bytes == 18446744073709551615", "0010" },
	{ V9, "bytes >= 18446744073709551615", "0010" },
	{ IPFIX, "bytes > 4G", "01000110" },
	{ IPFIX, "octetTotalCount == 5", "10000000" },
	{ IPFIX, "octetTotalCount == 1T", "00000000" },
	{ IPFIX, "octetTotalCount == 1099511627775", "01000000" },

	/* variable lengths, also of numbers; beyond 64 bits is more than any number */
	{ IPFIX, "octetDeltaCount == 1", "00001000" },
	{ IPFIX, "octetDeltaCount == 72623859790382856", "00000100" },
	{ IPFIX, "octetDeltaCount > 18446744073709551615", "00000010" },
	{ IPFIX, "octetDeltaCount > 1e30", "00000010" },
	{ IPFIX, "octetDeltaCount < 5", "01001000" },
	{ IPFIX, "octetDeltaCount != 1", "11000110" },

	/* addresses */
	{ V5, "src in {10.0.0.0/8}", "100" },
	{ V5, "src == 192.168.0.0/16", "011" },
	{ V5, "src != 192.168.0.0/16", "100" },
	{ V5, "src == 0.0.0.0/0", "111" },
	{ V5, "dst > 10.0.0.2", "001" },
	{ V9, "src == 2001:db8::/32", "0010" },
	{ V9, "ip == 2001:db8::2", "0010" },
	{ V9, "src != 10.0.0.1", "0110" },
	{ V9, "src == ::/0", "0010" },
	{ IPFIX, "src == fe80::/10 or src == ::", "00110000" },
	{ V8, "src == 10.0.0.0/8", "1" },
	{ V9, "src_mac == 00:1b:c0:01:02:03", "1000" },
	{ V9, "src_mac[0:3] == 00:1b:c0", "1100" },
	{ V9, "src[0] == 0x0a", "1000" },
	{ V9, "src[-2:] == 00:01", "1110" },
	{ V9, "src[12:4] == 00:00:00:01", "0010" },

	/* repeated elements and groups: any, unless all are asked for */
	{ IPFIX, "sourceIPv4Address == 10.0.0.9", "10000000" },
	{ IPFIX, "sourceIPv4Address != 10.0.0.9", "01000000" },
	{ IPFIX, "sourceIPv4Address !== 10.0.0.9", "11000000" },
	{ IPFIX, "sourceIPv4Address === 10.0.0.9", "00000000" },
	{ IPFIX, "all sourceIPv4Address == 10.0.0.0/8", "11000000" },
	{ IPFIX, "all ip in {10.0.0.0/8, 192.168.1.1}", "10000000" },
	/* eight octets are no IPv4 address, but they are there */
	{ IPFIX, "sourceIPv4Address", "11001110" },
	{ IPFIX, "sourceIPv4Address[3] == 1", "10001000" },
	{ V5, "port == 80", "010" },
	{ V5, "port != 80", "101" },
	{ V5, "all port > 1000", "000" },
	{ V5, "any port > 1000", "111" },
	{ IPFIX, "count(sourceIPv4Address) == 2", "11000000" },
	{ IPFIX, "count(ip) == 3", "11000000" },
	{ V5, "count(sourceIPv6Address) == 0", "111" },

	/* names that a record lacks make comparisons false, their denial true */
	{ V8, "sport == 80", "0" },
	{ V8, "sport != 80", "0" },
	{ V8, "not sport == 80", "1" },
	{ V8, "sport", "0" },
	{ V8, "not sport", "1" },
	{ V8, "src", "1" },
	{ V9, "interfaceName", "0001" },
	{ V9, "flows or interfaceName", "0001" },

	/* numbers */
	{ V5, "sport in {53, 40000..40001}", "111" },
	{ V5, "sport in {1..52, 54..100}", "000" },
	{ V5, "sport in {60..1}", "000" },
	{ V5, "1023 < dport < 1025", "100" },
	{ V5, "sport > 52.5 and sport < 53.5", "100" },
	{ V5, "sport == 53.0", "100" },
	{ V5, "sport > -1", "111" },
	{ V5, "sport < -1", "000" },
	{ IPFIX, "mibObjectValueInteger == -5", "10000000" },
	{ IPFIX, "mibObjectValueInteger < 0", "11001100" },
	{ IPFIX, "mibObjectValueInteger in {-6..-4}", "10000000" },
	{ IPFIX, "abs(mibObjectValueInteger) == 5", "10000000" },
	{ IPFIX, "-mibObjectValueInteger > 3", "11000000" },
	{ IPFIX, "samplingProbability == 0.5", "10000000" },
	{ IPFIX, "samplingProbability < 0", "01000000" },
	{ IPFIX, "samplingProbability > 1", "00001110" },
	{ IPFIX, "samplingProbability == 1.5", "00001000" },
	/* four octets are the decimal that is shown of them */
	{ IPFIX, "samplingProbability == 2.6", "00000010" },
	{ IPFIX, "samplingProbability <= 2.6", "11001110" },
	{ IPFIX, "samplingProbability > 2.6", "00000000" },
	{ IPFIX, "dataRecordsReliability == true", "10000000" },
	{ IPFIX, "dataRecordsReliability == false", "01000000" },
	{ V9, "proto == tcp", "0110" },
	{ V9, "tcp and port == 443", "0100" },
	{ V9, "flowEndReason == 3", "0010" },
	{ V9, "flowEndReason == \"end of flow detected\"", "0010" },
	{ IPFIX, "ipv6ExtensionHeadersFull == 1", "00100000" },
	{ IPFIX, "ipv6ExtensionHeadersFull > 1", "00010000" },
	{ IPFIX, "ie35632/77 == 77", "00100000" },
	{ IPFIX, "ie35632/77 == 0.0.0.77", "00100000" },
	{ IPFIX, "ie35632/78 == \"abc\"", "00100000" },
	{ IPFIX, "ie35632/78 == 61:62:63", "00100000" },
	{ V9, "ie57590 == 91", "0010" },
	{ V9, "cflow.pie.ntop.l7_proto == 91", "0010" },

	/* flags */
	{ V5, "tcpflags has SYN", "011" },
	{ V5, "tcpflags has SYN and not ACK", "010" },
	{ V5, "tcpflags has SYN|ACK", "001" },
	{ V5, "tcpflags == SYN", "010" },
	{ V5, "tcpflags & 0x10", "001" },
	{ V5, "tcpflags & 0x12 == 0x12", "001" },
	{ V9, "tcpflags has SYN and not ACK or FIN", "0010" },
	{ V9, "tcpflags.syn == 1", "0110" },
	{ V9, "tcpflags.fin == true", "0010" },

	/* text and octets */
	{ V9, "interfaceName == \"eth0\"", "0001" },
	{ V9, "interfaceName == eth0", "0001" },
	{ V9, "len(interfaceName) == 4", "0001" },
	{ V9, "interfaceName contains \"th\"", "0001" },
	{ V9, "interfaceName contains \"TH\"", "0000" },
	{ V9, "upper(interfaceName) contains \"TH\"", "0001" },
	{ V9, "interfaceName matches \"TH\"", "0001" },
	{ V9, "interfaceName matches \"^th\"", "0000" },
	{ IPFIX, "interfaceName == \"\"", "01000000" },
	{ IPFIX, "interfaceName matches r\"gige\\d+/\\d+$\"", "10000000" },
	{ IPFIX, "interfaceName in {\"TenGigE0/0\", \"b\", \"a\"}", "10000000" },
	{ IPFIX, "interfaceName > \"T\"", "10000000" },
	{ IPFIX, "lower(interfaceName) == \"tengige0/0\"", "10000000" },
	{ IPFIX, "applicationId == de:ad:be:ef", "10000000" },
	{ IPFIX, "applicationId contains ad:be", "10000000" },
	{ IPFIX, "userName contains \"\\xb6\"", "00000100" },
	{ IPFIX, "userName matches \"o\"", "00001000" },
	{ IPFIX, "mplsTopLabelStackSection == 00:01:f1", "00100000" },
	{ IPFIX, "mpls.label1 == 31", "00100000" },
	{ IPFIX, "mpls.eos == 31", "00100000" },

	/* times and durations: of v5, v9 and IPFIX alike */
	{ V5, "first == 2023-11-14T22:13:10", "100" },
	{ V5, "last - first == 5s", "100" },
	{ V5, "duration == 5s", "100" },
	{ V5, "duration > 4999ms and duration < 5001ms", "100" },
	{ V9, "first == 2023-11-14T22:13:10", "1000" },
	{ V9, "duration == 75s", "0100" },
	{ IPFIX, "first == 2023-11-14T22:13:20.123", "10000000" },
	{ IPFIX, "duration == 5s", "10000000" },
	{ IPFIX, "flowStartMilliseconds == 2023-11-14T22:13:20.123", "10000000" },
	{ IPFIX, "flowStartMilliseconds in {2023-11-14..2023-11-15}", "10000000" },
	{ IPFIX, "flowStartMilliseconds == 1970-01-01", "01000000" },
	{ IPFIX, "flowEndMilliseconds", "11000000" },
	{ IPFIX, "flowEndMilliseconds > 2024-01-01", "00000000" },
	{ IPFIX, "flowStartSeconds < msg.export_time", "00110000" },
	{ IPFIX, "msg.export_time - flowStartSeconds == 10s", "00100000" },
	{ IPFIX, "flowDurationMilliseconds == 5000", "10000000" },
	{ IPFIX, "flowDurationMilliseconds == 5s", "10000000" },
	{ IPFIX, "flowDurationMilliseconds > 4s", "10000000" },
	{ V9, "flowEndSysUpTime - flowStartSysUpTime > 1m", "0100" },
	{ V9, "flowEndSysUpTime > 94s", "1100" },
	{ V9, "cflow.timeend > 94", "1100" },
	{ V9, "cflow.timeend > 96", "0000" },

	/* arithmetic */
	{ V5, "bytes / packets == 150", "100" },
	{ V5, "bytes % 7 == 2", "100" },
	{ V5, "bytes - packets * 4 == 36", "010" },
	{ V5, "sport + 1 == 54", "100" },
	{ V5, "sport - dport > 0", "011" },
	{ V5, "dport - sport == 971", "100" },
	{ V5, "bytes / (sport - 53) > 0", "001" },
	{ V5, "bytes * 8 / duration > 2000", "100" },
	{ V5, "max(sport, dport) == 1024", "100" },
	{ V5, "min(sport, dport) == 53", "100" },
	{ V5, "ip == ip", "111" },
	{ V5, "src == dst", "000" },
	{ V9, "bytes + 1 > 0", "1100" },
	{ V5, "bpp == 150", "100" },
	{ V5, "bps == 2400", "100" },
	{ V5, "pps == 2", "100" },
	{ V1, "icmp_type == 8 and icmp_code == 0", "1" },	/* in the destination port */
	{ V5, "icmp_type", "000" },

	/* and, or, xor, not: all on the same record */
	{ V5, "sport == 53 and proto == tcp", "000" },
	{ V5, "sport == 53 or proto == tcp", "111" },
	{ V5, "sport == 53 xor proto == udp", "000" },
	{ V5, "sport == 40000 xor dport == 80", "001" },
	{ V5, "true xor sport == 53 xor dport == 80", "001" },
	{ V5, "(sport == 53 xor true) xor (dport == 80 xor false)", "001" },
	{ V5, "not (sport == 53 or dport == 443)", "010" },
	{ V5, "not not sport == 53", "100" },
	{ V5, "true", "1" },
	{ V5, "not true", "0" },

	/* what stands around */
	{ V5, "msg.version == 5 and sport == 53", "100" },
	{ V5, "msg.count == 3 and sport", "111" },
	{ V5, "msg.sampling_mode == 1 and msg.sampling_interval == 100 and sport", "111" },
	{ V5, "msg.engine_type == 1 and msg.engine_id == 2 and msg.domain == 258 and src", "111" },
	{ V9, "msg.domain == 42 and msg.sequence == 7 and src", "1110" },
	{ V9, "msg.uptime == 100s and src", "1110" },
	{ V9, "msg.export_time == 2023-11-14T22:13:20 and src", "1110" },
	{ V9, "exporter.ip == 10.0.0.5 and src", "1110" },
	{ V9, "exporter == 10.0.0.6 and src", "0000" },
	{ V9, "collector.port == 2055 and collector.ip == 2001:db8::/32 and src", "1110" },
	{ V9, "exporter.transport == udp and src", "1110" },
	{ V9, "frame.number == 5 and frame.file == \"a.pcap\" and src", "1110" },
	{ V9, "record.kind == options", "0001" },
	{ V9, "record.length > 60", "0010" },
	{ V9, "template.id == 256 and record.offset", "1100" },

	/* filters on messages, sets and templates */
	{ V9, "msg.version == 9", "1" },
	{ V9, "frame.time > 2030-01-01", "0" },
	{ V9, "set.kind == template", "11100000" },
	{ V9, "set.kind == data or set.kind == options-data", "00000111" },
	{ V9, "set.kind == options-data", "00000001" },
	{ V9, "template.id == 256", "01000100" },
	{ V9, "template.fields == 14", "01000100" },
	{ V9, "template.scope_fields == 2", "00001001" },
	{ TEMPLATES, "msg.version == 10", "1" },
	{ TEMPLATES, "template.id == 260", "01" },
	{ TEMPLATES, "src or not src", "" },
	{ AGAIN, "bytes > 1k", "01" },
};

static const char *bits_text(uint64_t bits, size_t n)
{
	static char text[65];

	for (size_t i = 0; i < n && i < 64; i++)
		text[i] = bits >> i & 1 ? '1' : '0';
	text[n < 64 ? n : 64] = '\0';
	return text;
}

static void each_filter_matches(void **state)
{
	struct filtercheck *fc = *state;
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct row *r = &rows[i];
		uint64_t bits = 0;
		const char *got = "no filter";

		if (filtercheck_records(fc, r->filter, (size_t)r->message, &bits))
			got = bits_text(bits, strlen(r->records));
		if (strcmp(got, r->records) != 0) {
			print_error("%d: %s\n  got  %s\n  want %s\n", r->message, r->filter, got,
				    r->records);
			wrong++;
		}
	}
	assert_int_equal(wrong, 0);
}

/* And the evaluator that takes no short cuts says the same. */
static void both_evaluators_agree(void **state)
{
	struct filtercheck *fc = *state;

	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *fault = filtercheck_text(fc, rows[i].filter, strlen(rows[i].filter));

		if (fault != NULL)
			print_error("%s: %s\n", rows[i].filter, fault);
		assert_null(fault);
	}
}

/* Whole messages: kept when one record matches; those without records by what names no record. */
static void messages_are_kept(void **state)
{
	static const struct {
		const char *filter, *kept;
	} cases[] = {
		{ "tcp", "10001000" },
		{ "src", "11111100" },
		{ "not src", "00001101" },
		{ "bytes > 1k and packets > 1k", "10000000" },
		{ "msg.version == 10", "00000111" },
		{ "msg.version == 10 and bytes", "00000101" },
		{ "not msg.version == 10", "11111000" },
		{ "set.kind == template", "00001110" },
		{ "template.id == 260", "00000011" },
		{ "exporter.port == 50000", "11111111" },
		{ "", "11111111" },
	};
	struct filtercheck *fc = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *text = cases[i].filter;
		struct filter *f = filter_new(text, strlen(text), &fc->opts, fc->wc->registry,
					      NULL);
		char got[FILTERCHECK_MESSAGES + 1] = "";

		assert_non_null(f);
		for (size_t j = 0; j < fc->nmsgs; j++) {
			struct nf_view v = filtercheck_view(fc, j);

			got[j] = filter_message(f, &v) ? '1' : '0';
		}
		if (strcmp(got, cases[i].kept) != 0)
			print_error("%s\n", text);
		assert_string_equal(got, cases[i].kept);
		filter_free(f);
	}
}

/* A payload in which not even a header can be read. */
static void headerless_messages_match_only_by_frame(void **state)
{
	static const struct {
		const char *filter;
		bool kept;
	} cases[] = {
		{ "frame.number == 3", true }, { "msg.version == 9", false }, { "bytes", false },
		{ "not bytes", false }, { "set.id", false }, { "exporter == 1.2.3.4", true },
	};
	static const uint8_t octets[] = { 0, 9 };
	const struct nf_datagram d = {
		.frame = 3, .src = { .addr = { 4, { 1, 2, 3, 4 } } },
	};
	struct filtercheck *fc = *state;
	struct nf_view v = { .datagram = &d, .headerless = true,
			     .msg = { .bytes = { octets, sizeof(octets) } } };

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct filter *f = filter_new(cases[i].filter, strlen(cases[i].filter), NULL,
					      fc->wc->registry, NULL);

		assert_non_null(f);
		assert_int_equal(filter_message(f, &v), cases[i].kept);
		filter_free(f);
	}
}

/* A set that was held: its message's octets are gone, its header values are not. */
static void held_sets(void **state)
{
	static const struct {
		const char *filter;
		bool kept;
	} cases[] = {
		{ "bytes == 5", true }, { "bytes == 7", false }, { "msg.version == 10", true },
		{ "msg.sequence == 21 and bytes", true }, { "msg.domain == 7 and bytes", true },
		{ "set.id == 260", true }, { "template.id == 261", false },
		{ "frame.number == 8", true }, { "msg.engine_id", false },
	};
	struct filtercheck *fc = *state;
	struct nf_view v = filtercheck_view(fc, AGAIN);
	struct nf_late late = { .datagram = *v.datagram, .msg = v.msg };
	struct nf_sets sets;

	nf_sets_open(&sets, &v.msg, NULL);
	assert_true(nf_set_next(&sets, &late.set));
	v.resolver.resolve(v.resolver.ctx, late.set.id, late.set.bytes, late.set.offset,
			   &late.resolution);
	assert_non_null(late.resolution.layout);
	late.msg.bytes = (struct nf_bytes){ NULL, 0 };
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct filter *f = filter_new(cases[i].filter, strlen(cases[i].filter), NULL,
					      fc->wc->registry, NULL);

		assert_non_null(f);
		if (filter_late(f, &late) != cases[i].kept)
			print_error("%s\n", cases[i].filter);
		assert_int_equal(filter_late(f, &late), cases[i].kept);
		filter_free(f);
	}
}

/* What each comparison matches is counted for every record, whatever the others say. */
static void comparisons_are_counted(void **state)
{
	static const char text[] = "sport == 53 and tcp or not src";
	struct filtercheck *fc = *state;
	struct filter *f = filter_new(text, strlen(text), NULL, fc->wc->registry, NULL);
	struct nf_view v = filtercheck_view(fc, V5);
	struct nf_strbuf s;

	assert_non_null(f);
	assert_true(filter_count(f));
	filter_message(f, &v);
	assert_int_equal(filter_tested(f), 3);
	assert_int_equal(filter_matched(f), 0);
	nf_strbuf_init(&s);
	filter_explain(&s, f);
	assert_string_equal(nf_strbuf_cstr(&s),
		"sport == 53 and proto == tcp or not src\n"
		"      tests records: 0 of 3 match\n"
		"   1  sport == 53\n"
		"      matched 1\n"
		"      sport: a number (ie7 ie180 ie182)\n"
		"      53: a number\n"
		"   2  proto == tcp\n"
		"      matched 2\n"
		"      proto: a number (ie4)\n"
		"      tcp: a number\n"
		"   3  src\n"
		"      matched 3\n"
		"      src: an address (ie8 ie27 ie44 ie170)\n");
	nf_strbuf_done(&s);
	filter_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_filter_matches),
		cmocka_unit_test(both_evaluators_agree),
		cmocka_unit_test(messages_are_kept),
		cmocka_unit_test(headerless_messages_match_only_by_frame),
		cmocka_unit_test(held_sets),
		cmocka_unit_test(comparisons_are_counted),
	};

	return cmocka_run_group_tests(tests, filtercheck_set_up, filtercheck_tear_down);
}
