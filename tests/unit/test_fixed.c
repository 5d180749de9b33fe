/*
 * The layouts of v1, v5, v6, v7, v8 and of all headers.  The message builder wrote them down
 * a second time, so what it writes under a name must be read under the name that means it.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "lib/msgbuild.h"
#include "wire/wire.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* Names of the builder, and what the element is called. */
static const struct {
	const char *builder, *element;
	size_t at;
} names[] = {
#define NAME(field, element) { #field, element, offsetof(struct mb_flow, field) }
	NAME(src, "sourceIPv4Address"),
	NAME(src, "sourceIPv4Prefix"),
	NAME(dst, "destinationIPv4Address"),
	NAME(dst, "destinationIPv4Prefix"),
	NAME(nexthop, "ipNextHopIPv4Address"),
	NAME(input, "ingressInterface"),
	NAME(output, "egressInterface"),
	NAME(flows, "deltaFlowCount"),
	NAME(packets, "packetDeltaCount"),
	NAME(octets, "octetDeltaCount"),
	NAME(first, "flowStartSysUpTime"),
	NAME(last, "flowEndSysUpTime"),
	NAME(sport, "sourceTransportPort"),
	NAME(dport, "destinationTransportPort"),
	NAME(tcp_flags, "tcpControlBits"),
	NAME(proto, "protocolIdentifier"),
	NAME(tos, "ipClassOfService"),
	NAME(src_as, "bgpSourceAsNumber"),
	NAME(dst_as, "bgpDestinationAsNumber"),
	NAME(src_mask, "sourceIPv4PrefixLength"),
	NAME(dst_mask, "destinationIPv4PrefixLength"),
	NAME(in_encaps, "inEncaps"),
	NAME(out_encaps, "outEncaps"),
	NAME(peer_nexthop, "peerNextHop"),
	NAME(router_sc, "routerSc"),
	NAME(marked_tos, "markedTos"),
	NAME(extra_packets, "extraPackets"),
	NAME(pad, "pad"),
	NAME(pad, "reserved"),
#undef NAME
};

/* A value that no other field has, cut to WIDTH octets. */
static uint32_t value_of(size_t field, size_t width)
{
	uint32_t v = 0x11223300u + (uint32_t)field * 0x01010101u;

	return width >= 4 ? v : v & ((1u << 8 * width) - 1);
}

static void build(struct mb *m, unsigned version, unsigned aggregation)
{
	struct mb_flow flow;

	for (size_t i = 0; i < sizeof(flow) / sizeof(uint32_t); i++)
		((uint32_t *)&flow)[i] = value_of(i, 4);
	mb_init(m);
	mb_begin(m, version, &(struct mb_header){ .aggregation = (uint8_t)aggregation });
	mb_flow(m, &flow);
	mb_end(m);
	assert_false(m->failed);
}

static void check_field(const struct nf_field *f)
{
	const char *name = f->def->ie->name;
	uint64_t got = nf_ben(f->value.p, f->value.n < 4 ? f->value.n : 4);

	if (strcmp(name, "flags") == 0) {	/* v7: two of them */
		size_t at = f->value.n == 1 ? offsetof(struct mb_flow, flow_mask) :
					      offsetof(struct mb_flow, flags);

		assert_int_equal(got, value_of(at / 4, f->value.n));
		return;
	}
	for (size_t i = 0; i < COUNT(names); i++) {
		if (strcmp(names[i].element, name) != 0)
			continue;
		if (strcmp(names[i].builder, "pad") == 0)
			return;
		if (got != value_of(names[i].at / 4, f->value.n))
			fail_msg("%s at %u is %llx", name, f->offset, (unsigned long long)got);
		return;
	}
	fail_msg("%s is no name of the builder", name);
}

static void records(void **state)
{
	static const uint8_t layouts[][2] = {
		{ 1, 0 }, { 5, 0 }, { 6, 0 }, { 7, 0 },
		{ 8, 1 }, { 8, 2 }, { 8, 3 }, { 8, 4 }, { 8, 5 }, { 8, 6 }, { 8, 7 }, { 8, 8 },
		{ 8, 9 }, { 8, 10 }, { 8, 11 }, { 8, 12 }, { 8, 13 }, { 8, 14 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(layouts); i++) {
		const struct nf_layout *l = nf_fixed_layout(layouts[i][0], layouts[i][1]);
		const struct nf_format *format = nf_format_of(layouts[i][0]);
		struct nf_rec r = { .layout = l, .shift = nf_no_shift };
		uint32_t at = 0;
		struct mb m;

		assert_non_null(l);
		assert_int_equal(l->kind, NF_LAYOUT_FIXED);
		assert_int_equal(l->min_len, mb_flow_size(layouts[i][0], layouts[i][1]));
		build(&m, layouts[i][0], layouts[i][1]);
		assert_int_equal(m.n, format->header_len + l->min_len);
		r.p = m.p + format->header_len;
		for (unsigned j = 0; j < l->nfields; j++) {
			struct nf_field f = nf_field(&r, j);

			assert_int_equal(f.offset, at);
			at += (uint32_t)f.value.n;
			check_field(&f);
		}
		assert_int_equal(at, l->min_len);
		mb_done(&m);
	}
}

/* Header fields fill their header and have the names of the JSON output. */
static void headers(void **state)
{
	static const struct {
		uint16_t version;
		const char *want;
	} cases[] = {
		{ 1, "version 0 count 2 sysUptime 4 unixSecs 8 unixNsecs 12" },
		{ 5, "version 0 count 2 sysUptime 4 unixSecs 8 unixNsecs 12 sequence 16 "
		     "engineType 20 engineId 21 samplingMode 22 samplingInterval 22" },
		{ 6, "version 0 count 2 sysUptime 4 unixSecs 8 unixNsecs 12 sequence 16 "
		     "engineType 20 engineId 21 samplingMode 22 samplingInterval 22" },
		{ 7, "version 0 count 2 sysUptime 4 unixSecs 8 unixNsecs 12 sequence 16 "
		     "engineType 20 engineId 21 reserved 22" },
		{ 8, "version 0 count 2 sysUptime 4 unixSecs 8 unixNsecs 12 sequence 16 "
		     "engineType 20 engineId 21 aggregation 22 aggregationVersion 23 reserved 24" },
		{ 9, "version 0 count 2 sysUptime 4 unixSecs 8 sequence 12 sourceId 16" },
		{ 10, "version 0 length 2 exportTime 4 sequence 8 observationDomainId 12" },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct nf_format *f = nf_format_of(cases[i].version);
		char got[512];
		size_t at = 0;

		assert_int_equal(f->header->min_len, f->header_len);
		assert_int_equal(f->header->kind, NF_LAYOUT_HEADER);
		for (unsigned j = 0; j < f->header->nfields; j++)
			at += (size_t)snprintf(got + at, sizeof(got) - at, "%s%s %u",
					       j == 0 ? "" : " ", f->header->fields[j].ie->name,
					       f->header->fields[j].offset);
		assert_string_equal(got, cases[i].want);
	}
}

static void none(void **state)
{
	static const uint16_t versions[] = { 0, 2, 3, 4, 11, 255, 2304, 65535 };

	(void)state;
	for (size_t i = 0; i < COUNT(versions); i++) {
		assert_null(nf_format_of(versions[i]));
		assert_null(nf_fixed_layout(versions[i], 1));
	}
	assert_null(nf_fixed_layout(8, 0));
	assert_null(nf_fixed_layout(8, 15));
	assert_null(nf_fixed_layout(9, 0));
	assert_null(nf_fixed_layout(10, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records),
		cmocka_unit_test(headers),
		cmocka_unit_test(none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
