/* nfdump's language, translated; and filters for frames, which are told apart. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/filter.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	const char *text, *canonical;
} translations[] = {
	{ "src ip 10.0.0.1 and dst port 53 and bytes > 1k",
	  "src == 10.0.0.1 and dport == 53 and in_bytes > 1000" },
	{ "host 10.0.0.1", "ip == 10.0.0.1" },
	{ "SRC HOST 10.0.0.1 AND NOT DST IP 2001:db8::1",
	  "src == 10.0.0.1 and not dst == 2001:db8::1" },
	{ "net 10.0.0.0/8", "ip == 10.0.0.0/8" },
	{ "src net 10.0.0.0 255.255.0.0", "src == 10.0.0.0/16" },
	{ "src net 172.16/16", "src == 172.16.0.0/16" },
	{ "net 10/8 and dst net 10.1.2/24", "ip == 10.0.0.0/8 and dst == 10.1.2.0/24" },
	{ "dst net fe80::/10", "dst == fe80::/10" },
	{ "ip in [ 10.0.0.1 10.0.0.2, 192.168.0.0/16 ]",
	  "ip in {10.0.0.1, 10.0.0.2, 192.168.0.0/16}" },
	{ "src port in [53,80]", "sport in {53, 80}" },
	{ "port 53", "port == 53" },
	{ "port = 53", "port == 53" },
	{ "dst port eq 53", "dport == 53" },
	{ "src port lt 1024", "sport < 1024" },
	{ "src or dst port 53", "sport == 53 or dport == 53" },
	{ "src and dst net 10.0.0.0/8", "src == 10.0.0.0/8 and dst == 10.0.0.0/8" },
	{ "proto tcp", "proto == tcp" },
	{ "proto 17", "proto == udp" },
	{ "proto icmp6", "proto == \"ipv6-icmp\"" },
	{ "not proto ah", "not proto == ah" },
	{ "proto ipip", "proto == ipip" },
	{ "bytes 100", "in_bytes == 100" },
	{ "bytes 10K", "in_bytes == 10000" },
	{ "packets >= 10m", "in_packets >= 10000000" },
	{ "in packets > 1g", "in_packets > 1000000000" },
	{ "out bytes < 1t", "out_bytes < 1000000000000" },
	{ "flows > 2", "flows > 2" },	/* both languages have this */
	{ "flow 2", "flows == 2" },
	{ "pps > 1k", "pps > 1000" },
	{ "bps 5m", "bps == 5000000" },
	{ "bpp < 64", "bpp < 64" },
	{ "duration > 1500", "duration > 1500ms" },
	{ "duration 10k", "duration == 10s" },
	{ "flags S", "tcpflags has SYN" },
	{ "flags SA", "tcpflags has SYN|ACK" },
	{ "flags S and not flags AFRPU",
	  "tcpflags has SYN and not tcpflags & FIN|RST|PSH|ACK|URG" },
	{ "flags X", "tcpflags has FIN|SYN|RST|PSH|ACK|URG" },
	{ "flags 0x12", "tcpflags == SYN|ACK" },
	{ "not (flags SA and proto tcp)", "not (tcpflags & SYN|ACK and proto == tcp)" },
	{ "not (flags S or not flags A)", "not (tcpflags & SYN or not tcpflags has ACK)" },
	{ "flags = 2", "tcpflags == SYN" },
	{ "tos 184", "tos == 184" },
	{ "src tos 8 or dst tos 8", "tos == 8 or postIpClassOfService == 8" },
	{ "in if 3 and out if 4 or if 5", "in_if == 3 and out_if == 4 or if == 5" },
	{ "src as 1 or dst as 2 or as 3", "src_as == 1 or dst_as == 2 or as == 3" },
	{ "next as 4", "bgpNextAdjacentAsNumber == 4" },
	{ "prev as in [4 5]", "bgpPrevAdjacentAsNumber in {4, 5}" },
	{ "mask 24 or src mask 8", "mask == 24 or src_mask == 8" },
	{ "vlan 10 or dst vlan 7", "vlan == 10 or dst_vlan == 7" },
	{ "mac 00:1b:c0:01:02:03", "mac == 00:1b:c0:01:02:03" },
	{ "in src mac 00:1b:c0:01:02:03", "sourceMacAddress == 00:1b:c0:01:02:03" },
	{ "out mac 00:1b:c0:01:02:03", "out_mac == 00:1b:c0:01:02:03" },
	{ "mpls label1 16 or mpls exp2 > 3 or mpls eos 5",
	  "mpls.label1 == 16 or mpls.exp2 > 3 or mpls.eos == 5" },
	{ "icmp-type 8", "proto == icmp and icmp_type == 8" },
	{ "icmp-code 0", "proto == icmp and icmp_code == 0" },
	{ "next ip 10.0.0.1", "nexthop == 10.0.0.1" },
	{ "bgpnext ip 10.0.0.1", "bgp_nexthop == 10.0.0.1" },
	{ "router ip 10.0.0.1", "exporter.ip == 10.0.0.1" },
	{ "engine-type 1 and engine-id 2", "msg.engine_type == 1 and msg.engine_id == 2" },
	{ "observation domain id 7", "msg.domain == 7" },
	{ "observation point id 7", "observationPointId == 7" },
	{ "flowdir ingress or dir 1", "flowDirection == ingress or flowDirection == egress" },
	{ "fwdstat 64", "forwardingStatus == forwarded" },
	{ "inet", "ipv4_address" },
	{ "not ipv6", "not ipv6_address" },
	{ "any", "true" },
	{ "not any", "not true" },
	{ "asa event deny", "event == \"flow denied\"" },
	{ "asa event denied nosyn and asa xevent > 1000",
	  "NF_F_FW_EXT_EVENT == \"denied as the first packet of TCP was no SYN\" and "
	  "NF_F_FW_EXT_EVENT > 1000" },
	{ "nat event add", "natEvent == \"NAT translation create\"" },
	{ "xip 1.2.3.4 or src nip 1.2.3.4 or dst xport 5",
	  "nat_ip == 1.2.3.4 or nat_src == 1.2.3.4 or nat_dport == 5" },
	{ "ingress vrf 4 or egress vrf 5", "ingressVRFID == 4 or egressVRFID == 5" },
	{ "pblock start > 5", "portRangeStart > 5" },
	{ "payload content 'GET'", "payload contains 47:45:54" },
	{ "payload regex \"ge.\"", "payload matches \"ge.\"" },
	{ "port 53 # dns\n", "port == 53" },
	{ "port 1 or port 2 and port 3", "port == 1 or port == 2 and port == 3" },
	{ "(port 1 or port 2) and not (port 3 or port 4)",
	  "(port == 1 or port == 2) and not (port == 3 or port == 4)" },
	/* as tcpdump has it */
	{ "udp port 2055", "proto == udp and port == 2055" },
	{ "tcp and dst port 80 or icmp", "proto == tcp and dport == 80 or proto == icmp" },
};

static const struct {
	const char *text, *fault;
} mistakes[] = {
	{ "geo CH", "0+3 records say nothing of this; nfpcap has no country database" },
	{ "src geo CH", "0+3 records say nothing of this; nfpcap has no country database" },
	{ "port", NULL },	/* ours: it is there */
	{ "net 10/33", "4+5 this is no network" },
	{ "net 300/8", "4+5 this is no network" },
	{ "net 10.1.2/", "11+0 the filter ends where a prefix length is wanted" },
	{ "src net 10.0.0.0/33", "8+11 the prefix of an IPv4 address has at most 32 bits" },
	{ "mpls any 16", "0+4 records say nothing of this; "
	  "use mpls.label1 == 16 or mpls.label2 == 16 ..." },
	{ "src port", "8+0 the filter ends where a number is wanted" },
	{ "src port x", "9+1 a number is wanted here" },
	{ "src port 53 dst port 54", "12+3 `and` or `or` is wanted here" },
	{ "src ip foo.example", "7+11 an address is wanted here" },
	{ "ip in [ 2001:db8::/32.0.2 ]", "21+4 ip is an address, and .0.2 is no name; write "
	  "an address as 10.0.0.1, 10.0.0.0/8 or 2001:db8::1" },
	{ "net 10.0.0.0 255.0.255.0", "13+11 a mask of ones followed by zeros is wanted here" },
	{ "flags Q", "6+1 letters of flags, such as SA, is wanted here" },
	{ "proto tpc", "6+3 a number, or a word for one, is wanted here; did you mean tcp, "
	  "3pc or xtp?" },
	{ "(src port 53", "12+0 the filter ends where `)` is wanted" },
	{ "src port in [53", "15+0 the filter ends where a number is wanted" },
	{ "bytes 18446744073709551616k", "6+21 a number is wanted here" },
};

static void each_primitive_is_translated(void **state)
{
	struct nf_registry *registry = *state;
	unsigned wrong = 0;

	for (size_t i = 0; i < COUNT(translations); i++) {
		const char *text = translations[i].text;
		struct filter_error err;
		struct filter *f = filter_new(text, strlen(text), NULL, registry, &err);
		struct nf_strbuf s;

		nf_strbuf_init(&s);
		if (f != NULL)
			filter_canonical(&s, f);
		else
			nf_sb_str(&s, err.text);
		if (strcmp(nf_strbuf_cstr(&s), translations[i].canonical) != 0) {
			print_error("%s\n  got  %s\n  want %s\n", text, nf_strbuf_cstr(&s),
				    translations[i].canonical);
			wrong++;
		}
		nf_strbuf_done(&s);
		filter_free(f);
	}
	assert_int_equal(wrong, 0);
}

static void each_mistake_is_told(void **state)
{
	struct nf_registry *registry = *state;

	for (size_t i = 0; i < COUNT(mistakes); i++) {
		const char *text = mistakes[i].text;
		struct filter_error err;
		struct filter *f = filter_new(text, strlen(text), NULL, registry, &err);
		char got[600];

		if (mistakes[i].fault == NULL) {
			assert_non_null(f);
			filter_free(f);
			continue;
		}
		assert_null(f);
		snprintf(got, sizeof(got), "%u+%u %s%s%s", err.span.off, err.span.len, err.text,
			 err.hint[0] != '\0' ? "; " : "", err.hint);
		assert_string_equal(got, mistakes[i].fault);
	}
}

static void filters_for_frames_are_known(void **state)
{
	static const struct {
		const char *text;
		bool frames;
	} cases[] = {
		{ "udp port 2055", true }, { "host 10.0.0.1", true }, { "port 2055", true },
		{ "src host 10.0.0.1 and udp", true }, { "(udp and port 2055)", true },
		{ "udp", true }, { "net 10.0.0.0/8", true }, { "vlan 5 and udp", true },
		{ "udp and port == 2055", false }, { "sport == 53", false }, { "bytes", false },
		{ "src == 10.0.0.1", false }, { "tcpflags & 2", false }, { "", false },
		{ "ports 5", false }, { "ip in [10.0.0.1]", false },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(filter_reads_like_bpf(cases[i].text, strlen(cases[i].text)),
				 cases[i].frames);
}

static void it_is_said_which_language_it_is(void **state)
{
	struct nf_registry *registry = *state;
	struct filter *f = filter_new("port 53", 7, NULL, registry, NULL);

	assert_non_null(f);
	assert_true(filter_is_nfdump(f));
	filter_free(f);
	f = filter_new("port == 53", 10, NULL, registry, NULL);
	assert_non_null(f);
	assert_false(filter_is_nfdump(f));
	filter_free(f);
}

static int set_up(void **state)
{
	*state = nf_registry_new();
	return *state == NULL;
}

static int tear_down(void **state)
{
	nf_registry_free(*state);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_primitive_is_translated),
		cmocka_unit_test(each_mistake_is_told),
		cmocka_unit_test(filters_for_frames_are_known),
		cmocka_unit_test(it_is_said_which_language_it_is),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
