/*
 * Random filters: the compiled program says of every record what an evaluator says that walks
 * the tree (tests/lib/filtercheck.h), and the canonical form means the same.
 *
 *	prop_filter [SEED [COUNT]]
 */
#include <config.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/filtercheck.h"

enum { TESTS = 20, EACH = 1000 };

static uint64_t state;

/* xorshift64*: the same filters on every machine. */
static unsigned below(unsigned n)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (unsigned)((state * UINT64_C(0x2545f4914f6cdd1d)) >> 33) % n;
}

#define PICK(list) ((list)[below(sizeof(list) / sizeof((list)[0]))])

/* Names and constants that may meet, by type. */
static const char *const numbers[] = {
	"bytes", "packets", "sport", "dport", "port", "proto", "tos", "tcpflags", "flows", "src_as",
	"in_if", "mask", "octetDeltaCount", "octetTotalCount", "reverse.octetDeltaCount",
	"mibObjectValueInteger", "ipv6ExtensionHeadersFull", "flowDurationMilliseconds",
	"ie35632/77", "ie35632/78", "frame.number", "msg.version", "msg.domain", "set.id",
	"template.id", "template.fields", "record.length", "bpp", "samplingProbability",
	"count(ip)", "len(interfaceName)", "exporter.port", "applicationId[0] & 0", "sport & 3",
};
static const char *const integers[] = {
	"0", "1", "5", "53", "80", "443", "1024", "40000", "1500", "70000", "4294967295", "1T",
	"-1", "-5", "18446744073709551615", "0x1b", "1.5", "0.5", "2.5k", "10", "256", "259",
	"1e30", "17",
};
static const char *const addresses[] = {
	"src", "dst", "ip", "sourceIPv4Address", "destinationIPv4Address", "sourceIPv6Address",
	"nexthop", "exporter.ip", "collector.ip", "reverse.src",
};
static const char *const ipv4s[] = {
	"10.0.0.1", "10.0.0.2", "192.168.0.1", "0.0.0.0", "10.0.0.9", "172.16.0.1", "9.255.255.255",
};
static const char *const ipv6s[] = {
	"2001:db8::1", "::", "fe80::1", "2001:db8::2",
};
static const char *const nets[] = {
	"10.0.0.0/8", "0.0.0.0/0", "10.0.0.1/32", "192.168.0.0/31", "::/0", "2001:db8::/32",
	"2001:db8::1/128", "fe80::/10", "10.0.0.8/29",
};
static const char *const texts[] = {
	"interfaceName", "userName", "lower(interfaceName)", "upper(userName)", "frame.file",
	"ie35632/78",
};
static const char *const strings[] = {
	"\"\"", "\"eth0\"", "\"e\"", "\"TenGigE0/0\"", "\"tengige0/0\"", "\"joe\"", "\"JOE\"",
	"\"\\xc3\"", "\"abc\"", "\"a.pcap\"",
};
static const char *const octets[] = {
	"applicationId", "mpls", "payload", "src_mac[0:3]", "src[0:2]", "interfaceName[-2:]",
	"ip[1]", "ie35632/78", "dst[0-1]", "src_mac[4-9]",
};
static const char *const hexes[] = {
	"de:ad:be:ef", "00:1b:c0", "0a:00", "0x00", "00:01", "\"E0\"", "61:62:63", "20:01",
};
static const char *const macs[] = { "src_mac", "dst_mac", "mac" };
static const char *const mac_values[] = {
	"00:1b:c0:01:02:03", "ff:ff:ff:ff:ff:ff", "00:00:5e:00:53:01", "00:00:00:00:00:00",
};
static const char *const times[] = {
	"first", "last", "flowStartSeconds", "flowStartMilliseconds", "flowStartMicroseconds",
	"flowEndNanoseconds", "flowEndMilliseconds", "msg.export_time", "frame.time",
	"first + 5s", "last - duration",
};
static const char *const instants[] = {
	"2023-11-14T22:13:20", "2023-11-14T22:13:10", "1970-01-01", "2023-11-14T22:13:20.123",
	"2100-01-01", "1700000000",
};
static const char *const spans[] = {
	"duration", "flowDurationMilliseconds", "flowStartSysUpTime", "flowEndSysUpTime",
	"last - first", "flowEndSysUpTime - flowStartSysUpTime", "duration * 2", "msg.uptime",
	"msg.export_time - first", "abs(first - last)",
};
static const char *const durations[] = {
	"5s", "5000ms", "0s", "75s", "90s", "1ms", "1h", "100s", "2m", "-5s",
};
static const char *const comparisons[] = {
	"==", "!=", "===", "!==", "<", "<=", ">", ">=",
};
static const char *const quantifiers[] = { "", "", "", "", "any ", "all " };
static const char *const flags[] = { "SYN", "ACK", "SYN|ACK", "FIN", "0x1b", "0" };
static const char *const patterns[] = {
	"\"eth\"", "\"^t\"", "\"\"", "r\"\\d+$\"", "\"[a-f]\"", "\"j.e\"",
};

/* A side and what it may be held against, of one type. */
static const struct kind {
	const char *const *names;
	size_t nnames;
	const char *const *values;
	size_t nvalues;
} kinds[] = {
#define KIND(n, v) { n, sizeof(n) / sizeof((n)[0]), v, sizeof(v) / sizeof((v)[0]) }
	KIND(numbers, integers), KIND(numbers, integers), KIND(numbers, integers),
	KIND(addresses, ipv4s), KIND(addresses, ipv6s), KIND(texts, strings),
	KIND(octets, hexes), KIND(macs, mac_values), KIND(times, instants), KIND(spans, durations),
};

static const char *name_of(const struct kind *k)
{
	return k->names[below((unsigned)k->nnames)];
}

static const char *value_of(const struct kind *k)
{
	return k->values[below((unsigned)k->nvalues)];
}

static void arithmetic(struct nf_strbuf *s, unsigned depth)
{
	static const char *const signs[] = { "+", "-", "*", "/", "%", "&" };

	if (depth == 0 || below(3) == 0) {
		nf_sb_str(s, below(3) == 0 ? PICK(integers) : PICK(numbers));
		return;
	}
	nf_sb_str(s, below(4) == 0 ? "-(" : "(");
	arithmetic(s, depth - 1);
	nf_sb_printf(s, " %s ", PICK(signs));
	arithmetic(s, depth - 1);
	nf_sb_char(s, ')');
}

static void set(struct nf_strbuf *s, const struct kind *k)
{
	nf_sb_printf(s, "%s%s in {", PICK(quantifiers), name_of(k));
	for (unsigned n = 1 + below(6); n > 0; n--) {
		nf_sb_str(s, value_of(k));
		if (below(3) == 0)
			nf_sb_printf(s, "..%s", value_of(k));
		nf_sb_str(s, n > 1 ? ", " : "}");
	}
}

static void clause(struct nf_strbuf *s)
{
	const struct kind *k = &kinds[below(sizeof(kinds) / sizeof(kinds[0]))];

	switch (below(12)) {
	case 0:
		nf_sb_str(s, name_of(k));
		break;
	case 1:
		set(s, k);
		break;
	case 2:
		nf_sb_printf(s, "%s%s %s %s", PICK(quantifiers), PICK(addresses),
			     below(2) ? "==" : "!=", PICK(nets));
		break;
	case 3:
		arithmetic(s, 2);
		nf_sb_printf(s, " %s ", comparisons[below(2) ? 0 : below(8)]);
		arithmetic(s, 1);
		break;
	case 4:
		nf_sb_printf(s, "tcpflags has %s", PICK(flags));
		break;
	case 5:
		nf_sb_printf(s, "%s%s contains %s", PICK(quantifiers), PICK(texts), PICK(strings));
		break;
	case 6:
		nf_sb_printf(s, "%s matches %s", PICK(texts), PICK(patterns));
		break;
	case 7:
		nf_sb_printf(s, "%s & %s", PICK(numbers), PICK(flags));
		break;
	case 8:		/* name and name */
		nf_sb_printf(s, "%s %s %s", name_of(k), PICK(comparisons), name_of(k));
		break;
	default:
		nf_sb_printf(s, "%s%s %s %s", below(8) ? "" : "all ", name_of(k),
			     comparisons[below(2) ? 0 : below(8)], value_of(k));
		break;
	}
}

static void condition(struct nf_strbuf *s, unsigned depth)
{
	static const char *const words[] = { " and ", " or ", " xor ", " && ", " || ", " ^^ " };

	if (depth == 0 || below(3) == 0) {
		clause(s);
		return;
	}
	if (below(4) == 0)
		nf_sb_str(s, "not ");
	nf_sb_char(s, '(');
	for (unsigned n = 1 + below(3); n > 0; n--) {
		condition(s, depth - 1);
		nf_sb_str(s, n > 1 ? PICK(words) : ")");
	}
}

/* COUNT filters from SEED; how many were filters, or -1 and a message at the first fault. */
static int run(struct filtercheck *fc, uint64_t seed, unsigned count)
{
	struct nf_strbuf s;
	int tried = 0;

	nf_strbuf_init(&s);
	state = seed * UINT64_C(0x9e3779b97f4a7c15) | 1;
	for (unsigned i = 0; i < count && tried >= 0; i++) {
		const char *fault;

		nf_strbuf_clear(&s);
		condition(&s, 3);
		fault = filtercheck_text(fc, s.p, s.n);
		tried += fc->tried;
		if (fault != NULL) {
			printf("# %s\n# %s\n", nf_strbuf_cstr(&s), fault);
			tried = -1;
		}
	}
	nf_strbuf_done(&s);
	return tried;
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	unsigned each = argc > 2 ? (unsigned)strtoul(argv[2], NULL, 10) : EACH;
	struct filtercheck *fc = filtercheck_new();
	bool failed = fc == NULL;

	printf("1..%d\n", TESTS);
	for (unsigned i = 0; fc != NULL && i < TESTS; i++) {
		int tried = run(fc, seed + i, each);
		/* most must be filters, or nothing was tested */
		bool good = tried > (int)each / 4;

		failed = failed || !good;
		printf("%sok %u - seed %" PRIu64 ": %d of %u are filters\n", good ? "" : "not ",
		       i + 1, seed + i, tried, each);
	}
	if (fc != NULL) {
		printf("# %" PRIu64 " of %" PRIu64 " records matched\n", fc->matched, fc->records);
		filtercheck_free(fc);
	}
	return failed;
}
