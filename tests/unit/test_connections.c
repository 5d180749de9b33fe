/* Lines of python-netflow: what they say, in every version's names, and which flows are pairs. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "model/connections.h"
#include "out/connections.h"

static struct nf_bytes bytes(const char *text)
{
	return (struct nf_bytes){ (const uint8_t *)text, strlen(text) };
}

static struct connections *read_lines(const char *const *lines, size_t n)
{
	struct connections *c = connections_new();

	assert_non_null(c);
	for (size_t i = 0; i < n; i++)
		assert_true(connections_line(c, bytes(lines[i])));
	return c;
}

#define FLOW9(first, src, dst, octets) \
	"{\"FIRST_SWITCHED\": " first ", \"LAST_SWITCHED\": 2000, \"IPV4_SRC_ADDR\": \"" src "\", " \
	"\"IPV4_DST_ADDR\": \"" dst "\", \"IN_BYTES\": " octets ", \"IN_PKTS\": 3}"
#define LINE(time, flows) \
	"{\"" time "\": {\"client\": [\"::1\", 1, 0, 0], \"header\": {}, \"flows\": [" flows "]}}"

/* A flow of each version, whose other direction is the one of v9. */
static void versions(void **state)
{
	static const char *const flows[] = {
		/* v5: addresses are integers */
		"{\"FIRST_SWITCHED\": 1000, \"LAST_SWITCHED\": 1500, \"IPV4_SRC_ADDR\": 167772162, "
		"\"IPV4_DST_ADDR\": 167772161, \"IN_OCTETS\": 50, \"IN_PACKETS\": 2, "
		"\"SRC_PORT\": 80, \"PROTO\": 6}",
		/* IPFIX */
		"{\"flowStartSysUpTime\": 1000, \"flowEndSysUpTime\": 1500, "
		"\"sourceIPv4Address\": 167772162, \"destinationIPv4Address\": 167772161, "
		"\"octetDeltaCount\": 50, \"packetDeltaCount\": 2, \"sourceTransportPort\": 80}",
		"{\"flowStartMilliseconds\": 1000, \"flowEndMilliseconds\": 1500, "
		"\"sourceIPv4Address\": \"10.0.0.2\", \"destinationIPv4Address\": \"10.0.0.1\", "
		"\"octetDeltaCount\": [50, 60], \"packetDeltaCount\": 2, "
		"\"sourceTransportPort\": 80, \"VRFname\": \"a\\u0000\"}",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(flows) / sizeof(flows[0]); i++) {
		const char *lines[] = {
			LINE("1.5", FLOW9("1000", "10.0.0.1", "10.0.0.2", "100")), NULL,
		};
		char line[600];
		struct connections *c;
		struct connection x;

		snprintf(line, sizeof(line), LINE("2.5", "%s"), flows[i]);
		lines[1] = line;
		c = read_lines(lines, 2);
		assert_true(connections_pair(c));
		assert_true(connections_at(c, 0, &x));
		assert_int_equal(x.source->octets, 100);
		assert_int_equal(x.source->duration_ms, 1000);
		assert_int_equal(x.other->octets, 50);
		assert_int_equal(x.other->packets, 2);
		assert_int_equal(x.other->sport, 80);
		assert_int_equal(x.other->duration_ms, 500);
		assert_false(connections_at(c, 1, &x));
		assert_null(connections_unpaired(c, 0));
		connections_free(c);
	}
}

/* Integers of 128 bits, which no double and no long long holds. */
static void ipv6(void **state)
{
	static const char *const lines[] = {
		LINE("1.0", "{\"flowStartSeconds\": 7, \"flowEndSeconds\": 9, "
		     "\"sourceIPv6Address\": 42540766411282592856903984951653826561, "
		     "\"destinationIPv6Address\": 42540766411282592856903984951653826562}"),
		LINE("1.0", "{\"flowStartSeconds\": 7, \"flowEndSeconds\": 7, "
		     "\"sourceIPv6Address\": \"2001:db8::2\", "
		     "\"destinationIPv6Address\": \"2001:db8::1\"}"),
	};
	struct connections *c = read_lines(lines, 2);
	struct connection x;

	(void)state;
	assert_true(connections_pair(c));
	assert_true(connections_at(c, 0, &x));
	assert_int_equal(x.source->src.octets[15], 2);	/* of equal sizes, the later one */
	assert_int_equal(x.other->duration_ms, 2000);
	connections_free(c);
}

static void pairing(void **state)
{
	static const char *const lines[] = {
		/* in a line, by their beginnings; the peer of another beginning is none */
		LINE("2.0", FLOW9("1001", "10.0.0.2", "10.0.0.1", "1") ", "
		     FLOW9("1000", "10.0.0.2", "10.0.0.1", "200")),
		/* an earlier time in a later line */
		LINE("1.0", FLOW9("1000", "10.0.0.1", "10.0.0.2", "100")),
		"no JSON", "[]", "{}", LINE("x", ""), "{\"1.0\": {\"flows\": 5}}",
		/* an options record of IPFIX */
		LINE("3.0", "{\"systemInitTimeMilliseconds\": 5}"),
	};
	const struct nf_addr other = { .family = 4, .octets = { 10, 0, 0, 3 } };
	struct connections *c = read_lines(lines, sizeof(lines) / sizeof(lines[0]));
	const struct connections_counts *n = connections_counts(c);
	struct connection x;

	(void)state;
	assert_true(connections_pair(c));
	assert_true(connections_at(c, 0, &x));
	assert_int_equal(x.source->octets, 200);
	assert_false(connections_at(c, 1, &x));
	assert_non_null(connections_unpaired(c, 0));
	assert_int_equal(connections_unpaired(c, 0)->first, 1001);
	assert_int_equal(n->bad_lines, 5);
	assert_int_equal(n->incomplete, 1);
	assert_int_equal(n->flows, 4);
	connections_free(c);

	c = connections_new();
	connections_match(c, &other);
	assert_true(connections_line(c, bytes(lines[1])));
	assert_true(connections_pair(c));
	assert_null(connections_unpaired(c, 0));
	connections_free(c);
}

/* A record of both directions is a connection; one to which nothing came back is none. */
static void both_directions(void **state)
{
#define BOTH(back) \
	"{\"flowStartMilliseconds\": 5, \"flowEndMilliseconds\": 2005, " \
	"\"sourceIPv4Address\": 167772161, \"destinationIPv4Address\": 167772162, " \
	"\"octetDeltaCount\": 100, \"packetDeltaCount\": 3, \"sourceTransportPort\": 4000, " \
	"\"destinationTransportPort\": 80" back "}"
	static const char *const lines[] = {
		LINE("1.0", BOTH(", \"reverse.octetDeltaCount\": 900, "
				 "\"reverse.packetDeltaCount\": 7")),
		LINE("2.0", BOTH(", \"responderOctets\": 50")),
		LINE("3.0", BOTH(", \"reverse.octetDeltaCount\": 0, "
				 "\"reverse.packetDeltaCount\": 0")),
	};
	struct connections *c = read_lines(lines, 3);
	struct connection x;

	(void)state;
	assert_true(connections_pair(c));
	assert_true(connections_at(c, 0, &x));
	assert_int_equal(x.source->octets, 900);
	assert_int_equal(x.source->src.octets[3], 2);
	assert_int_equal(x.source->dst.octets[3], 1);
	assert_int_equal(x.source->sport, 80);
	assert_int_equal(x.source->dport, 4000);
	assert_int_equal(x.source->duration_ms, 2000);
	assert_int_equal(x.source->packets + x.other->packets, 10);
	assert_true(connections_at(c, 1, &x));
	assert_int_equal(x.source->octets, 100);
	assert_int_equal(x.other->octets, 50);
	assert_false(connections_at(c, 2, &x));
	assert_int_equal(connections_unpaired(c, 0)->octets, 100);
	assert_null(connections_unpaired(c, 1));
	connections_free(c);
}

static void forms(void **state)
{
	static const struct {
		uint64_t octets;
		const char *size;
		int64_t seconds;
		const char *duration;
	} rows[] = {
		{ 0, "0B", 0, "0 sec" }, { 1023, "1023B", 59, "59 sec" },
		{ 1024, "1.00K", 60, "01:00 min" }, { 1536, "1.50K", 125, "02:05 min" },
		{ 3 << 20, "3.00M", 3600, "60:00 min" }, { 5ull << 30, "5.00G", 3723, "1:02.03 hours" },
		{ 5ull << 40, "5120.00G", -5, "0 sec" },
	};
	struct nf_strbuf s;

	(void)state;
	nf_strbuf_init(&s);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		connections_size(&s, rows[i].octets);
		assert_string_equal(nf_strbuf_cstr(&s), rows[i].size);
		nf_strbuf_clear(&s);
		connections_duration(&s, rows[i].seconds);
		assert_string_equal(nf_strbuf_cstr(&s), rows[i].duration);
		nf_strbuf_clear(&s);
	}
	nf_strbuf_done(&s);
}

/* Memory that runs out at each allocation in turn is said, and nothing leaks. */
static void memory(void **state)
{
	static const char *const lines[] = {
		LINE("1.0", FLOW9("1000", "10.0.0.1", "10.0.0.2", "100")),
		LINE("2.0", FLOW9("1000", "10.0.0.2", "10.0.0.1", "200")),
		LINE("2.0", FLOW9("1000", "10.0.0.3", "10.0.0.1", "200")),
	};
	bool sound = false;

	(void)state;
	for (long allowed = 0; !sound; allowed++) {
		struct nomem m = { .left = allowed };
		struct connections *c;

		nomem_begin(&m);
		c = connections_new();
		sound = c != NULL;
		for (size_t i = 0; sound && i < 3; i++)
			sound = connections_line(c, bytes(lines[i]));
		sound = sound && connections_pair(c);
		connections_free(c);
		nomem_end(&m);
		assert_true(sound || m.failed);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(pairing),
		cmocka_unit_test(both_directions),
		cmocka_unit_test(forms),
		cmocka_unit_test(memory),
	};

	return cmocka_run_group_tests_name("model/connections", tests, NULL, NULL);
}
