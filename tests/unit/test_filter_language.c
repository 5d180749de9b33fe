/* The filter's language: what texts mean, written back, and what is wrong with others. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/filter.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct nf_registry *registry;

/* A text and its canonical form; NULL: the same. */
static const struct meaning {
	const char *text, *canonical;
} meanings[] = {
	/* operators, as signs and as words */
	{ "sport == 80", NULL },
	{ "sport = 80", "sport == 80" },
	{ "sport eq 80", "sport == 80" },
	{ "sport any_eq 80", "sport == 80" },
	{ "sport != 80", NULL },
	{ "sport ne 80", "sport != 80" },
	{ "sport all_ne 80", "sport != 80" },
	{ "sport === 80", NULL },
	{ "sport all_eq 80", "sport === 80" },
	{ "sport !== 80", NULL },
	{ "sport any_ne 80", "sport !== 80" },
	{ "sport > 80", NULL },
	{ "sport gt 80", "sport > 80" },
	{ "sport lt 80", "sport < 80" },
	{ "sport le 80", "sport <= 80" },
	{ "sport ge 80", "sport >= 80" },
	{ "80 < sport", NULL },
	{ "bytes AND packets", "bytes and packets" },
	{ "bytes && packets || tos ^^ ! flows", "bytes and packets or tos xor not flows" },
	{ "any port == 80", "port == 80" },
	{ "all port == 80", "port === 80" },
	{ "any port != 80", "port !== 80" },
	{ "all port > 1024", NULL },
	{ "all port in {80, 443}", NULL },

	/* what binds how tightly: not > and > xor > or, comparison < & < + < * < sign */
	{ "bytes or packets and tos", NULL },
	{ "(bytes or packets) and tos", NULL },
	{ "(bytes and packets) or tos", "bytes and packets or tos" },
	{ "bytes or (packets or tos)", "bytes or (packets or tos)" },
	{ "not bytes and packets", NULL },
	{ "not (bytes and packets)", NULL },
	{ "not not bytes", NULL },
	{ "not bytes == 5", NULL },
	{ "bytes xor packets or tos", NULL },
	{ "bytes xor (packets or tos)", NULL },
	{ "bytes + 1 * 2 > 3", "bytes + 2 > 3" },
	{ "bytes + packets * 2 > 3", NULL },
	{ "(bytes + packets) * 2 > 3", NULL },
	{ "{bytes + packets} * 2 > 3", "(bytes + packets) * 2 > 3" },
	{ "bytes - packets - 1 > 3", NULL },
	{ "bytes - (packets - 1) > 3", NULL },
	{ "bytes & 3 + 1 == 4", "bytes & 4 == 4" },
	{ "-bytes + 1 < 0", NULL },
	{ "-(bytes + 1) < 0", NULL },
	{ "bytes > -5", NULL },
	{ "bytes > -(2 + 3)", "bytes > -5" },
	{ "bytes & 1", NULL },
	{ "1 < sport < 1024", "1 < sport and sport < 1024" },
	{ "1 < sport <= dport < 9 or tos", "1 < sport and sport <= dport and dport < 9 or tos" },

	/* names */
	{ "octetDeltaCount", NULL },
	{ "IN_BYTES", "octetDeltaCount" },
	{ "in_pkts", "packetDeltaCount" },
	{ "ie8", "sourceIPv4Address" },
	{ "ie35632/77", NULL },
	{ "ie9/12235", "9/appHTTPHost" },
	{ "reverse.octetDeltaCount > 1", NULL },
	{ "reverse.bytes > 1", NULL },
	{ "flags has SYN", "tcpflags has SYN" },
	{ "version == 9", "msg.version == 9" },
	{ "samplingMode == 1", "msg.sampling_mode == 1" },
	{ "routerSc == 1.2.3.4", NULL },
	{ "src == dst", NULL },
	{ "bytes/packets > 2", "bytes / packets > 2" },
	{ "8/duration > 2", "8 / duration > 2" },

	/* values */
	{ "bytes == 0x1f", "bytes == 31" },
	{ "bytes == 0b101", "bytes == 5" },
	{ "bytes == 0o17", "bytes == 15" },
	{ "bytes > 1k and bytes < 2M", "bytes > 1000 and bytes < 2000000" },
	{ "bytes > 1.5k", "bytes > 1500" },
	{ "bytes > 2G and bytes < 3T", "bytes > 2000000000 and bytes < 3000000000000" },
	{ "bytes == 18446744073709551615", NULL },
	{ "bytes > 18446744073709551616", "bytes > 1.8446744073709552e+19" },
	{ "bytes > 1.5", NULL },
	{ "bytes > .5", "bytes > 0.5" },
	{ "bytes > 1e3", "bytes > 1000.0" },
	{ "bytes > -9223372036854775808", NULL },
	{ "src == 10.0.0.0/8", NULL },
	{ "src == \"10.0.0.1\"", "src == 10.0.0.1" },
	{ "src == 2001:DB8::1", "src == 2001:db8::1" },
	{ "src == ::1 or src == ::/0", NULL },
	{ "src == fe80::/10", NULL },
	{ "src == dead:beef::1", NULL },
	{ "src_mac == 00:1B:C0:01:02:03", "src_mac == 00:1b:c0:01:02:03" },
	{ "src_mac == 00-1b-c0-01-02-03", "src_mac == 00:1b:c0:01:02:03" },
	{ "src_mac == 001b.c001.0203", "src_mac == 00:1b:c0:01:02:03" },
	{ "src_mac == ab:cd:ef:01:02:03", NULL },
	{ "src_mac[0:3] == 00:1b:c0", NULL },
	{ "src_mac[0-2] == 00:1b:c0", NULL },
	{ "src_mac[-1] == 3", "src_mac[-1] == 0x03" },
	{ "src_mac[0] == 0x0a", NULL },
	{ "src_mac[:3] == \"abc\"", "src_mac[0:3] == 61:62:63" },
	{ "src_mac[3:] == 01:02:03", NULL },
	{ "src[0:1] == 0a", "src[0] == 0x0a" },
	{ "mpls contains 00:01", NULL },
	{ "interfaceName == eth0", "interfaceName == \"eth0\"" },
	{ "interfaceName == \"a\\\"b\\\\c\\x41\\101\\n\"",
	  "interfaceName == \"a\\\"b\\\\cAA\\x0a\"" },
	{ "interfaceName == 'eth0'", "interfaceName == \"eth0\"" },
	{ "interfaceName == r\"a\\d\"", "interfaceName == \"a\\\\d\"" },
	{ "interfaceName matches \"^te\"", NULL },
	{ "interfaceName ~ r\"\\.1$\"", "interfaceName matches \"\\\\.1$\"" },
	{ "proto == tcp", NULL },
	{ "proto == TCP", "proto == tcp" },
	{ "proto == 6", "proto == tcp" },
	{ "proto == icmpv6", "proto == \"ipv6-icmp\"" },
	{ "proto == 253", "proto == 253" },
	{ "tcp", "proto == tcp" },
	{ "ipv6", "ipv6_address" },
	{ "proto == ipv6", "proto == \"ipv6\"" },
	{ "udp or icmp6", "proto == udp or proto == \"ipv6-icmp\"" },
	{ "flowEndReason == \"idle timeout\"", NULL },
	{ "flowEndReason == 1", "flowEndReason == \"idle timeout\"" },
	{ "dataRecordsReliability == true", NULL },
	{ "dataRecordsReliability == 1", "dataRecordsReliability == true" },
	{ "ie35632/77 == 5", NULL },
	{ "ie35632/77 == 10.0.0.1", NULL },
	{ "ie35632/77 contains \"x\"", NULL },
	{ "sport in {80,443 8000..9000}", "sport in {80, 443, 8000..9000}" },
	{ "sport in [53 80]", "sport in {53, 80}" },
	{ "ip in {10.0.0.0/8, 2001:db8::/32, 1.2.3.4..1.2.3.9}", NULL },
	{ "sport in {-1..2 + 3}", "sport in {-1..5}" },
	{ "proto in {tcp, udp, 47}", "proto in {tcp, udp, gre}" },
	{ "true", NULL },
	{ "not true", NULL },
	{ "false", "not true" },

	/* flags */
	{ "tcpflags has SYN", NULL },
	{ "tcpflags has SYN and not ACK", "tcpflags has SYN and not tcpflags has ACK" },
	{ "tcpflags has SYN or FIN and bytes", "(tcpflags has SYN or tcpflags has FIN) and bytes" },
	{ "tcpflags has SYN and bytes", NULL },
	{ "tcpflags has not SYN", "not tcpflags has SYN" },
	{ "tcpflags has SYN|ACK", NULL },
	{ "tcpflags == SYN|ACK", NULL },
	{ "tcpflags == 0", NULL },
	{ "tcpflags & SYN", NULL },
	{ "tcpflags & SYN == 2", "tcpflags & SYN == 2" },

	/* times and durations */
	{ "first > 2023-01-01", "first > 2023-01-01T00:00:00Z" },
	{ "first > 2023-01-01T12:00:00.5+02:00", "first > 2023-01-01T10:00:00.5Z" },
	{ "first > \"2023-01-01 12:00:00\"", "first > 2023-01-01T12:00:00Z" },
	{ "first > 1672531200", "first > 2023-01-01T00:00:00Z" },
	{ "flowStartMilliseconds > 1672531200.25",
	  "flowStartMilliseconds > 2023-01-01T00:00:00.25Z" },
	{ "last - first > 5s", NULL },
	{ "first + 5m > last", NULL },
	{ "duration > 90m", NULL },
	{ "duration > 120m", "duration > 2h" },
	{ "duration > 1.5s and duration < 250us", "duration > 1500ms and duration < 250us" },
	{ "duration > 0", "duration > 0s" },
	{ "flowDurationMilliseconds > 5s", NULL },
	{ "flowDurationMilliseconds > 5000", NULL },
	{ "flowEndSysUpTime - flowStartSysUpTime > 5s", NULL },
	{ "flowEndSysUpTime > flowStartSysUpTime", NULL },
	{ "bytes * 8 / duration > 1M", "bytes * 8 / duration > 1000000" },
	{ "duration * 2 > 1m + 30s", "duration * 2 > 90s" },
	{ "duration / 2s > 1.5", NULL },
	{ "cflow.timedelta > 1.5", "duration > 1500ms" },
	{ "cflow.timestart > 90", "flowStartSysUpTime > 90s" },

	/* functions */
	{ "len(interfaceName) > 3", NULL },
	{ "lower(interfaceName) == \"eth0\"", NULL },
	{ "upper(interfaceName) contains \"ETH\"", NULL },
	{ "count(ip) == 2", NULL },
	{ "max(sport, dport) > 1024", NULL },
	{ "min(sport, dport, 5) < abs(mibObjectValueInteger)", NULL },

	/* blanks and comments */
	{ "  bytes  # of the flow\n and packets # both\n", "bytes and packets" },
	{ "", "true" },
	{ "# nothing", "true" },
};

/* A text that is no filter: offset+length of the place, the reason, and the hint if any. */
static const struct mistake {
	const char *text, *fault;
} mistakes[] = {
	{ "srcc == 1", "0+4 nothing is called srcc; did you mean src, srcip or srcas?" },
	{ "sourceipv4address == 1", "0+17 nothing is called sourceipv4address; did you mean "
	  "sourceIPv4Address, sourceIPv6Address or sourceMacAddress?" },
	{ "bytes > 5 and octetDelta < 3", "14+10 nothing is called octetDelta; did you mean "
	  "octetDeltaCount or octetDeltaSumOfSquares?" },
	{ "udp.port == 2055", "0+8 nothing is called udp.port; here it is port in the flow, "
	  "exporter.port and collector.port for the frame" },
	{ "zzzzzz", "0+6 nothing is called zzzzzz" },
	{ "sport == 10.0.0.1", "9+8 sport is a number, but 10.0.0.1 is an IPv4 address; write a "
	  "number as 1500, 0x1f or 10k" },
	{ "src == 80", "7+2 src is an address, but 80 is a number; write an address as 10.0.0.1, "
	  "10.0.0.0/8 or 2001:db8::1" },
	{ "sourceIPv4Address == ::1", "21+3 sourceIPv4Address is an IPv4 address, but ::1 is an "
	  "IPv6 address; write an IPv4 address as 10.0.0.1 or 10.0.0.0/8" },
	{ "sourceIPv4Address == sourceIPv6Address", "21+17 sourceIPv4Address is an IPv4 address, "
	  "but sourceIPv6Address is an IPv6 address" },
	{ "src == bytes", "7+5 src is an address, but bytes is a number" },
	{ "src + 1 == 2", "6+1 src is an address, but 1 is a number; they cannot be reckoned with "
	  "like this" },
	{ "first + last > 3", "8+4 first is a time, but last is a time; they cannot be reckoned "
	  "with like this" },
	{ "proto == tpc", "9+3 proto has no value tpc; did you mean tcp, 3pc or xtp?" },
	{ "tcpflags == S", "12+1 tcpflags has no value S; its values are a number or one of FIN, "
	  "SYN, RST, PSH, ACK, URG, ECE, CWR ..." },
	{ "sport == foo", "9+3 sport is a number, and foo is no name; write a number as 1500, 0x1f "
	  "or 10k" },
	{ "last - first > 5", "15+1 last - first is a duration, 5 a number without a unit; write "
	  "5s, 5ms, 5m ..." },
	{ "src > 10.0.0.0/8", "6+10 a network has no order; == and != take one: whether the address "
	  "is in it" },
	{ "src == 10.0.0.0/33", "7+11 the prefix of an IPv4 address has at most 32 bits" },
	{ "src == 2001:db8::/129 or dst", "7+14 the prefix of an IPv6 address has at most 128 bits" },
	{ "dst in {fe80::/129}", "8+10 the prefix of an IPv6 address has at most 128 bits" },
	{ "bytes > 12abc", "8+5 12abc is neither a number nor an address, a time or a name; 1500, "
	  "0x1f, 1.5, 10k, 5s, 10.0.0.0/8, 2001:db8::1, 2023-01-01T12:00:00" },
	{ "interfaceName ~ eth", "16+3 matches wants a pattern in quotes; write it as \"...\", or "
	  "as r\"...\" to keep backslashes" },
	{ "interfaceName ~ \"(a\"", "16+4 the pattern is wrong: missing closing parenthesis" },
	{ "interfaceName ~ r\"a(b\"", "21+1 the pattern is wrong: missing closing parenthesis" },
	{ "interfaceName == \"a\\d\"", "19+2 there is no such escape; \\\\ is a backslash; r\"...\" "
	  "takes them as they are" },
	{ "interfaceName == \"abc", "17+1 the string has no end; close it with \"" },
	{ "sport matches \"1\"", "0+5 matches wants text or octets, but sport is a number" },
	{ "sport contains 1", "0+5 contains wants text or octets, but sport is a number" },
	{ "interfaceName has SYN", "0+13 has wants a number that is a set of flags, but "
	  "interfaceName is text" },
	{ "1 == 1", "0+6 this names nothing of a record" },
	{ "bytes == 5 == 3", "9+6 this names nothing of a record" },
	{ "5", "0+1 a value alone is no condition" },
	{ "bytes + 5", "0+9 a value alone is no condition; compare it with something" },
	{ "len(interfaceName)", "0+18 a value alone is no condition; compare it with something" },
	{ "bytes and", "9+0 the filter ends where a name or a value is wanted" },
	{ "bytes or or packets", "9+2 a name or a value is wanted here" },
	{ "(bytes", "0+1 the filter ends where `)` is wanted" },
	{ "bytes)", "5+1 `and`, `or` or an operator is wanted here" },
	{ "bytes packets", "6+7 a number is wanted here" },
	{ "bytes in 5", "9+1 a set such as {80, 443, 8000..9000} is wanted here" },
	{ "bytes in {}", "10+1 a value is wanted here" },
	{ "bytes in {packets}", "10+7 a set holds values, and this is none" },
	{ "bytes in {5", "11+0 the filter ends where a name or a value is wanted" },
	{ "all bytes", "9+0 the filter ends where a comparison is wanted" },
	{ "any ip !== 1.2.3.4", "7+3 `!==` says by itself whether any or all are meant" },
	{ "bytes == (packets and tos)", "9+17 a value is wanted here, and this is a condition" },
	{ "src_mac[x] == 1", "8+1 a small number of octets is wanted here" },
	{ "len(bytes, packets) > 1", "11+7 len takes one value" },
	{ "bytes > 5 / 0", "8+5 this has no value" },
	{ "exporter.ip[0:1] == 0a", "0+11 a slice wants an element, text or octets, but exporter.ip "
	  "is an address" },
	{ "string(src) == \"x\"", "0+6 there is no function string; there are len, count, lower, "
	  "upper, abs, min and max" },
	{ "ip#2 == 10.0.0.1", "2+1 this does not belong here; a comment has a blank before its #" },
	{ "bytes | packets", "6+1 this does not belong here; || is `or`" },
	{ "bytes > $", "8+1 this does not belong here" },
	{ "geo CH", "0+3 records say nothing of this; nfpcap has no country database" },
	{ "src ip 10.0.0.1 and dst prt 53", "20+3 a primitive such as src ip, dst port or proto is "
	  "wanted here" },
	{ "src ip 10.0.0.1 and sport == 3", "20+5 a primitive such as src ip, dst port or proto is "
	  "wanted here" },
};

/* Tell all that differ, not the first alone. */
static unsigned differs(const char *text, const char *got, const char *want)
{
	if (strcmp(got, want) == 0)
		return 0;
	print_error("%s\n  got  %s\n  want %s\n", text, got, want);
	return 1;
}

static void each_text_means(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(meanings); i++) {
		const struct meaning *m = &meanings[i];
		struct filter_error err;
		struct filter *f = filter_new(m->text, strlen(m->text), NULL, registry, &err);
		struct nf_strbuf s;

		nf_strbuf_init(&s);
		if (f != NULL)
			filter_canonical(&s, f);
		else
			nf_sb_printf(&s, "%s: %s", m->text, err.text);
		wrong += differs(m->text, nf_strbuf_cstr(&s),
				 m->canonical != NULL ? m->canonical : m->text);
		nf_strbuf_done(&s);
		filter_free(f);
	}
	assert_int_equal(wrong, 0);
}

static void each_mistake_is_told(void **state)
{
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(mistakes); i++) {
		const struct mistake *m = &mistakes[i];
		struct filter_error err;
		struct filter *f = filter_new(m->text, strlen(m->text), NULL, registry, &err);
		char got[600];

		snprintf(got, sizeof(got), "%u+%u %s%s%s", err.span.off, err.span.len, err.text,
			 err.hint[0] != '\0' ? "; " : "", err.hint);
		wrong += differs(m->text, f != NULL ? "a filter" : got, m->fault);
		filter_free(f);
	}
	assert_int_equal(wrong, 0);
}

/* The place is shown under the line, however long the line and whatever stands in it. */
static const struct shown {
	const char *text;
	struct nf_span span;
	const char *want;
} showns[] = {
	{ "srcc == 1", { 0, 4 }, "why\n  srcc == 1\n  ^~~~\n  so" },
	{ "bytes", { 5, 0 }, "why\n  bytes\n       ^\n  so" },
	{ "bytes and\n\tfoo and\nbar", { 11, 3 }, "why\n   foo and\n   ^~~\n  so" },
	{ "\"\xc3\xb6\" == x", { 8, 1 }, "why\n  \"\xc3\xb6\" == x\n         ^\n  so" },
	{ "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890",
	  { 85, 50 },
	  "why\n  5678901234567890123456789012345678901234567890\n"
	  "                                          ^~~~~~\n  so" },
	{ "\xc2\x9b\x9b\x1b== x", { 7, 1 }, "why\n     == x\n        ^\n  so" },
	{ "", { 0, 0 }, "why\n  \n  ^\n  so" },
};

static void the_place_is_shown(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(showns); i++) {
		const struct filter_error err = { .span = showns[i].span, .text = "why",
						  .hint = "so" };
		struct nf_strbuf s;

		nf_strbuf_init(&s);
		filter_error_text(&s, showns[i].text, strlen(showns[i].text), &err);
		assert_string_equal(nf_strbuf_cstr(&s), showns[i].want);
		nf_strbuf_done(&s);
	}
}

/* What no text may do: go deep without end, or take long. */
static void depth_is_bounded(void **state)
{
	static const char *const openings[] = { "(", "not ", "-", "{", "tcpflags & (", "len(",
						"bytes + (", "bytes in {" };

	(void)state;
	for (size_t i = 0; i < COUNT(openings); i++) {
		struct filter_error err;
		struct nf_strbuf s;

		nf_strbuf_init(&s);
		for (unsigned j = 0; j < 100000; j++)
			nf_sb_str(&s, openings[i]);
		assert_null(filter_new(s.p, s.n, NULL, registry, &err));
		assert_false(err.memory);
		nf_strbuf_done(&s);
	}
}

static void long_chains_are_not_deep(void **state)
{
	struct filter_error err;
	struct filter *f;
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	nf_sb_str(&s, "sport == 0");
	for (unsigned i = 1; i < 20000; i++)
		nf_sb_printf(&s, " or sport == %u", i);
	nf_sb_str(&s, " or src in {");
	for (unsigned i = 0; i < 100000; i++)
		nf_sb_printf(&s, "10.%u.%u.%u ", i >> 16, i >> 8 & 255, i & 255);
	nf_sb_char(&s, '}');
	f = filter_new(s.p, s.n, NULL, registry, &err);
	assert_non_null(f);
	filter_free(f);
	nf_strbuf_done(&s);
}

static int set_up(void **state)
{
	(void)state;
	registry = nf_registry_new();
	return registry == NULL;
}

static int tear_down(void **state)
{
	(void)state;
	nf_registry_free(registry);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_text_means),
		cmocka_unit_test(each_mistake_is_told),
		cmocka_unit_test(the_place_is_shown),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(long_chains_are_not_deep),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
