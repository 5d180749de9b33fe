/*
 * Packets to flows: by key, in order, with their fragments; what cannot be told; bounds; and memory
 * that runs out at any one place.
 */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lib/nomem.h"
#include "model/meter.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define SECOND INT64_C(1000000000)

enum { PACKETS = 10, FLOWS = 6 };

/* A packet from 10.0.0.1 to 10.0.0.DST. */
struct sent {
	unsigned ms;			/* after the one before */
	uint8_t dst, protocol;
	uint16_t sport, dport;		/* of ICMP: type and code */
	uint32_t octets;
	uint16_t flags;
	uint8_t tos, vlans, depth;
	uint32_t id;			/* of a fragment; 0: none */
	uint32_t at;
	bool last;			/* no more fragments follow */
	bool same;			/* the frame of the one before */
	bool cut, v6;
};

#define S(ms_, dst_, protocol_, sport_, dport_, octets_) \
	.ms = ms_, .dst = dst_, .protocol = protocol_, .sport = sport_, .dport = dport_, \
	.octets = octets_
#define T(packets_, frames_, tunnelled_, beyond_, unread_) \
	.packets = packets_, .frames = frames_, .tunnelled = tunnelled_, .beyond = beyond_, \
	.unread = unread_

static void send(struct meter *m, const struct sent *s, unsigned n)
{
	struct capture_packet p = { .frame = 0 };

	for (unsigned i = 0; i < n && s[i].dst != 0; i++) {
		const struct sent *x = &s[i];
		uint8_t family = x->v6 ? 6 : 4;
		bool known = x->at == 0 && !x->cut;
		bool icmp = x->protocol == 1;
		uint64_t frame = p.frame + !x->same;

		p = (struct capture_packet){
			.frame = frame, .ts_ns = p.ts_ns + x->ms * INT64_C(1000000),
			.depth = x->depth, .protocol = x->protocol, .tos = x->tos,
			.transport = known, .octets = x->octets, .before = 14, .behind = 2,
			.vlans = x->vlans, .tcp_flags = x->flags, .fragment = x->id != 0,
			.more = x->id != 0 && !x->last, .fragment_id = x->id,
			.fragment_at = x->at, .fragment_octets = x->octets - 20,
			.src.addr = { family, { 10, 0, 0, 1 } },
			.dst.addr = { family, { 10, 0, 0, x->dst } },
		};
		if (known && !icmp) {
			p.src.port = x->sport;
			p.dst.port = x->dport;
		}
		if (known && icmp) {
			p.icmp_type = (uint8_t)x->sport;
			p.icmp_code = (uint8_t)x->dport;
		}
		meter_packet(m, &p);
	}
}

/* "17 7>9: 2/80 later 1 unknowable 1 vlans 1/0/1 flags 12 tos 3|7 ms 0-5 frame 1: 40@0 40@5" */
static const char *text_of(const struct meter *m, const struct meter_flow *f)
{
	static char text[512];
	const struct meter_packet_row *row;
	uint32_t at = 0;
	size_t n = 0;

#define ADD(...) (n += (size_t)snprintf(text + n, sizeof(text) - n, __VA_ARGS__))
	ADD("%u.%u %u>%u: %u/%u", f->key.protocol, f->key.dst.octets[3], f->key.sport,
	    f->key.dport, (unsigned)f->all.packets, (unsigned)f->all.octets);
	if (f->fragments.packets != 0)
		ADD(" later %u/%u", (unsigned)f->fragments.packets, (unsigned)f->fragments.octets);
	if (f->unknowable != 0)
		ADD(" unknowable %u", (unsigned)f->unknowable);
	if (f->vlans[1] + f->vlans[2] != 0)
		ADD(" vlans %u/%u/%u", (unsigned)f->vlans[0], (unsigned)f->vlans[1],
		    (unsigned)f->vlans[2]);
	if (f->flags != 0)
		ADD(" flags %x", f->flags);
	if (f->tos_or != 0)
		ADD(" tos %u|%u", f->tos, f->tos_or);
	if (f->partial)
		ADD(" partial");
	ADD(" ms %u-%u frame %u:", (unsigned)(f->first_ns / 1000000),
	    (unsigned)(f->last_ns / 1000000), (unsigned)f->frame);
	while ((row = meter_step(m, f, &at)) != NULL)
		ADD(" %u@%u%s", row->octets, (unsigned)(row->ts_ns / 1000000),
		    row->later ? "+" : "");
#undef ADD
	return text;
}

static const struct row {
	const char *name;
	struct meter_opts opts;
	struct sent sent[PACKETS];
	const char *flows[FLOWS];
	uint64_t packets, frames, tunnelled, beyond, unread;
} rows[] = {
	{ "one flow each way would be two; these are of one", { 0 },
	  { { .dst = 2, .protocol = 17, .sport = 7, .dport = 9, .octets = 40 },
	    { S(5, 2, 17, 7, 9, 60), .tos = 4 } },
	  { "17.2 7>9: 2/100 tos 0|4 ms 0-5 frame 1: 40@0 60@5" }, T(2, 2, 0, 0, 0) },
	{ "ports, protocols and addresses tell flows apart, and so does the version of IP", { 0 },
	  { { S(0, 2, 17, 7, 9, 40) }, { S(1, 2, 17, 7, 8, 40) },
	    { S(1, 2, 6, 7, 9, 41), .flags = 2 },
	    { S(1, 3, 17, 7, 9, 42) }, { S(1, 2, 17, 7, 9, 43), .v6 = true },
	    { S(1, 2, 6, 7, 9, 44), .flags = 0x110 } },
	  { "17.2 7>9: 1/40 ms 0-0 frame 1: 40@0", "17.2 7>8: 1/40 ms 1-1 frame 2: 40@1",

	        "6.2 7>9: 2/85 flags 112 ms 2-5 frame 3: 41@2 44@5", "17.3 7>9: 1/42 ms 3-3 frame 4: 42@3",
	    "17.2 7>9: 1/43 ms 4-4 frame 5: 43@4" }, T(6, 6, 0, 0, 0) },
	{ "type and code are the destination port", { 0 },
	  { { S(0, 2, 1, 8, 0, 84) }, { S(1, 2, 1, 3, 4, 56) } },
	  { "1.2 0>2048: 1/84 ms 0-0 frame 1: 84@0", "1.2 0>772: 1/56 ms 1-1 frame 2: 56@1" },
	  T(2, 2, 0, 0, 0) },
	{ "tags", { 0 },
	  { { S(0, 2, 17, 7, 9, 40) }, { S(1, 2, 17, 7, 9, 40), .vlans = 1 },
	    { S(1, 2, 17, 7, 9, 40), .vlans = 2 }, { S(1, 2, 17, 7, 9, 40), .vlans = 9 } },
	  { "17.2 7>9: 4/160 vlans 1/1/2 ms 0-3 frame 1: 40@0 40@1 40@2 40@3" }, T(4, 4, 0, 0, 0) },
	{ "later fragments are of the flow of the first", { 0 },
	  { { S(0, 2, 17, 7, 9, 100), .id = 5 },
	    { S(1, 2, 17, 0, 0, 60), .id = 5, .at = 80, .last = true },
	    { S(1, 2, 17, 7, 9, 40) } },
	  { "17.2 7>9: 3/200 later 1/60 ms 0-2 frame 1: 100@0 60@1+ 40@2" }, T(3, 3, 0, 0, 0) },
	{ "the first may come last, and all stand in order", { 0 },
	  { { S(0, 2, 17, 0, 0, 60), .id = 5, .at = 80, .last = true, .tos = 1 },
	    { S(1, 2, 17, 7, 9, 40) }, { S(1, 2, 17, 7, 9, 100), .id = 5 } },
	  { "17.2 7>9: 3/200 later 1/60 tos 1|1 ms 0-2 frame 1: 60@0+ 40@1 100@2" },
	  T(3, 3, 0, 0, 0) },
	{ "of ICMP, too", { 0 },
	  { { S(0, 2, 1, 8, 0, 100), .id = 5 },
	    { S(1, 2, 1, 0, 0, 60), .id = 5, .at = 80, .last = true } },
	  { "1.2 0>2048: 2/160 later 1/60 ms 0-1 frame 1: 100@0 60@1+" }, T(2, 2, 0, 0, 0) },
	{ "no first", { 0 },
	  { { S(0, 2, 17, 0, 0, 60), .id = 5, .at = 80, .last = true } },
	  { "17.2 0>0: 1/60 later 1/60 unknowable 1 ms 0-0 frame 1: 60@0+" }, T(1, 1, 0, 0, 0) },
	{ "another protocol is another datagram", { 0 },
	  { { S(0, 2, 17, 7, 9, 100), .id = 5 },
	    { S(1, 2, 6, 0, 0, 60), .id = 5, .at = 80, .last = true } },
	  { "17.2 7>9: 1/100 ms 0-0 frame 1: 100@0",
	    "6.2 0>0: 1/60 later 1/60 unknowable 1 ms 1-1 frame 2: 60@1+" }, T(2, 2, 0, 0, 0) },
	{ "in IPv6 it is not", { 0 },
	  { { S(0, 2, 17, 7, 9, 100), .id = 5, .v6 = true },
	    { S(1, 2, 60, 0, 0, 60), .id = 5, .at = 80, .last = true, .v6 = true } },
	  { "17.2 7>9: 2/160 later 1/60 ms 0-1 frame 1: 100@0 60@1+" }, T(2, 2, 0, 0, 0) },
	{ "two datagrams of one identification", { 0 },
	  { { S(0, 2, 17, 7, 9, 100), .id = 5 }, { S(1, 2, 17, 8, 9, 100), .id = 5 },
	    { S(1, 2, 17, 0, 0, 60), .id = 5, .at = 80, .last = true },
	    { S(1, 2, 17, 0, 0, 61), .id = 5, .at = 80, .last = true } },
	  { "17.2 7>9: 1/100 unknowable 1 ms 0-0 frame 1: 100@0",
	    "17.2 8>9: 1/100 unknowable 1 ms 1-1 frame 2: 100@1",
	    "17.2 0>0: 2/121 later 2/121 unknowable 2 ms 2-3 frame 3: 60@2+ 61@3+" },
	  T(4, 4, 0, 0, 0) },
	{ "of one flow that is no matter", { 0 },
	  { { S(0, 2, 17, 7, 9, 100), .id = 5 }, { S(1, 2, 17, 7, 9, 100), .id = 5 },
	    { S(1, 2, 17, 0, 0, 60), .id = 5, .at = 80, .last = true } },
	  { "17.2 7>9: 3/260 later 1/60 ms 0-2 frame 1: 100@0 100@1 60@2+" }, T(3, 3, 0, 0, 0) },
	{ "one identification for all: each is whole, but follows too soon", { 0 },
	  { { S(0, 2, 17, 7, 9, 100), .id = 5 },
	    { S(1, 2, 17, 0, 0, 60), .id = 5, .at = 80, .last = true },
	    { S(998, 2, 17, 8, 9, 100), .id = 5 },
	    { S(1, 2, 17, 0, 0, 60), .id = 5, .at = 80, .last = true } },
	  { "17.2 7>9: 1/100 unknowable 1 ms 0-0 frame 1: 100@0",
	    "17.2 0>0: 2/120 later 2/120 unknowable 2 ms 1-1000 frame 2: 60@1+ 60@1000+",
	    "17.2 8>9: 1/100 unknowable 1 ms 999-999 frame 3: 100@999" }, T(4, 4, 0, 0, 0) },
	{ "one that is whole, and long past", { 0 },
	  { { S(0, 2, 17, 7, 9, 100), .id = 5 },
	    { S(1, 2, 17, 0, 0, 60), .id = 5, .at = 80, .last = true },
	    { S(1000, 2, 17, 8, 9, 100), .id = 5 },
	    { S(1, 2, 17, 0, 0, 60), .id = 5, .at = 80, .last = true } },
	  { "17.2 7>9: 2/160 later 1/60 ms 0-1 frame 1: 100@0 60@1+",
	    "17.2 8>9: 2/160 later 1/60 ms 1001-1002 frame 3: 100@1001 60@1002+" },
	  T(4, 4, 0, 0, 0) },
	{ "one that is not whole, 30 seconds past", { 0 },
	  { { S(0, 2, 17, 7, 9, 100), .id = 5 },
	    { S(30001, 2, 17, 8, 9, 100), .id = 5 },
	    { S(1, 2, 17, 0, 0, 60), .id = 5, .at = 80, .last = true } },
	  { "17.2 7>9: 1/100 ms 0-0 frame 1: 100@0",
	    "17.2 8>9: 2/160 later 1/60 ms 30001-30002 frame 2: 100@30001 60@30002+" },
	  T(3, 3, 0, 0, 0) },
	{ "IPv6: 30 seconds are not enough", { 0 },
	  { { S(0, 2, 17, 7, 9, 100), .id = 5, .v6 = true },
	    { S(30001, 2, 17, 8, 9, 100), .id = 5, .v6 = true } },
	  { "17.2 7>9: 1/100 unknowable 1 ms 0-0 frame 1: 100@0",
	    "17.2 8>9: 1/100 unknowable 1 ms 30001-30001 frame 2: 100@30001" }, T(2, 2, 0, 0, 0) },
	{ "ports that were cut off", { 0 },
	  { { S(0, 2, 17, 7, 9, 40), .cut = true } },
	  { "17.2 0>0: 1/40 unknowable 1 ms 0-0 frame 1: 40@0" }, T(1, 1, 0, 0, 1) },
	{ "the outermost header", { 0 },
	  { { S(0, 2, 47, 0, 0, 80) }, { .dst = 3, .protocol = 17, .sport = 7, .dport = 9,
	    .octets = 40, .depth = 1, .same = true }, { S(1, 2, 47, 0, 0, 80) } },
	  { "47.2 0>0: 2/160 ms 0-1 frame 1: 80@0 80@1" }, T(2, 2, 1, 0, 0) },
	{ "the innermost", { .depth = METER_INNER },
	  { { S(0, 2, 47, 0, 0, 80) }, { .dst = 3, .protocol = 4, .octets = 60, .depth = 1,
	    .same = true }, { .dst = 4, .protocol = 17, .sport = 7, .dport = 9, .octets = 40,
	    .depth = 2, .same = true }, { S(1, 2, 47, 0, 0, 80) } },
	  { "17.4 7>9: 1/40 ms 0-0 frame 1: 40@0", "47.2 0>0: 1/80 ms 1-1 frame 2: 80@1" },
	  T(2, 2, 2, 0, 0) },
	{ "several packets of a frame are not within each other", { .depth = METER_INNER },
	  { { S(0, 2, 17, 7, 9, 80) }, { .dst = 3, .protocol = 17, .sport = 7, .dport = 9,
	    .octets = 40, .same = true }, { .dst = 4, .protocol = 17, .sport = 7, .dport = 9,
	    .octets = 20, .depth = 1, .same = true } },
	  { "17.2 7>9: 1/80 ms 0-0 frame 1: 80@0", "17.4 7>9: 1/20 ms 0-0 frame 1: 20@0" },
	  T(2, 1, 1, 0, 0) },
	{ "a tunnel in fragments", { .depth = METER_INNER },
	  { { S(0, 2, 47, 0, 0, 100), .id = 5 },
	    { S(1, 2, 47, 0, 0, 60), .id = 5, .at = 80, .last = true },
	    { .dst = 3, .protocol = 17, .sport = 7, .dport = 9, .octets = 96, .depth = 1,
	      .same = true } },
	  { "17.3 7>9: 1/96 ms 1-1 frame 2: 96@1" }, T(1, 2, 2, 0, 0) },
	{ "no room for a third flow", { .max_flows = 2 },
	  { { S(0, 2, 17, 7, 9, 40) }, { S(1, 3, 17, 7, 9, 40) }, { S(1, 4, 17, 7, 9, 40) },
	    { S(1, 2, 17, 7, 9, 41) }, { S(1, 5, 17, 0, 0, 60), .id = 5, .at = 80, .last = true } },
	  { "17.2 7>9: 2/81 ms 0-3 frame 1: 40@0 41@3", "17.3 7>9: 1/40 ms 1-1 frame 2: 40@1" },
	  T(5, 5, 0, 2, 0) },
	{ "no room for a third packet", { .max_packets = 2 },
	  { { S(0, 2, 17, 7, 9, 40) }, { S(1, 3, 17, 7, 9, 41) }, { S(1, 2, 17, 7, 9, 42) } },
	  { "17.2 7>9: 2/82 partial ms 0-2 frame 1: 40@0", "17.3 7>9: 1/41 ms 1-1 frame 2: 41@1" },
	  T(3, 3, 0, 0, 0) },
};

static bool has(const struct row *row, const char *text)
{
	for (unsigned i = 0; i < FLOWS && row->flows[i] != NULL; i++)
		if (strcmp(row->flows[i], text) == 0)
			return true;
	return false;
}

static const char *check_totals(const struct row *row, const struct meter_totals *t)
{
	if (t->all.packets != row->packets)
		return "wrong number of packets";
	if (t->all.before != row->packets * 14 || t->all.behind != row->packets * 2)
		return "wrong octets around them";
	if (t->frames != row->frames)
		return "wrong number of frames";
	if (t->tunnelled != row->tunnelled)
		return "wrong number of other headers";
	if (t->rowless != (row->opts.max_packets != 0 ? row->packets - row->opts.max_packets : 0))
		return "wrong number of packets without a row";
	return t->beyond != row->beyond || t->unread != row->unread ? "wrong counts" : NULL;
}

static unsigned check(const struct row *row, const struct meter *m)
{
	const char *wrong = check_totals(row, meter_totals(m));
	unsigned wanted = 0, failed = 0;
	uint64_t unknowable = 0;

	if (wrong != NULL) {
		print_error("%s: %s\n", row->name, wrong);
		failed++;
	}
	while (wanted < FLOWS && row->flows[wanted] != NULL)
		wanted++;
	if (meter_flows(m) != wanted) {
		print_error("%s: %zu flows\n", row->name, meter_flows(m));
		failed++;
	}
	for (size_t i = 0; i < meter_flows(m); i++) {
		const struct meter_flow *f = meter_flow_at(m, i);

		unknowable += f->unknowable;
		assert_ptr_equal(meter_find(m, &f->key), f);
		if (!has(row, text_of(m, f))) {
			print_error("%s: %s\n", row->name, text_of(m, f));
			failed++;
		}
	}
	assert_int_equal(meter_totals(m)->unknowable, unknowable);
	assert_null(meter_flow_at(m, meter_flows(m)));
	return failed;
}

static void test_rows(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct meter *m = meter_new(&rows[i].opts);

		assert_non_null(m);
		send(m, rows[i].sent, PACKETS);
		assert_true(meter_end(m));
		failed += check(&rows[i], m);
		meter_free(m);
	}
	assert_int_equal(failed, 0);
}

/* -- Flow export ------------------------------------------------------------------------ */

static void test_exports(void **state)
{
	static const struct sent sent[] = {
		{ S(0, 2, 17, 7, 9, 40) }, { S(1, 2, 17, 8, 9, 40) }, { S(1, 2, 6, 7, 9, 40) },
	};
	struct nf_datagram d = {
		.src = { { 4, { 10, 0, 0, 1 } }, 7 }, .dst = { { 4, { 10, 0, 0, 2 } }, 9 },
	};
	struct meter *m = meter_new(&(struct meter_opts){ 0 });

	(void)state;
	send(m, sent, COUNT(sent));
	meter_exports(m, &d);
	meter_exports(m, &d);
	d.transport = NF_TRANSPORT_TCP;		/* the other way, which acknowledges */
	d.dst = (struct nf_endpoint){ { 4, { 10, 0, 0, 1 } }, 7 };
	d.src = (struct nf_endpoint){ { 4, { 10, 0, 0, 2 } }, 9 };
	meter_exports(m, &d);
	d.transport = NF_TRANSPORT_FILE;
	meter_exports(m, &d);
	assert_true(meter_end(m));
	assert_true(meter_flow_at(m, 0)->exports);
	assert_false(meter_flow_at(m, 1)->exports);
	assert_true(meter_flow_at(m, 2)->exports);
	meter_free(m);
}

/* More exporters than are told apart: nothing breaks, and the first ones are. */
static void test_many_exports(void **state)
{
	static const struct sent sent[] = {
		{ S(0, 2, 17, 7, 9, 40) }, { S(1, 2, 17, 5000, 9, 40) },
	};
	struct nf_datagram d = {
		.src = { { 4, { 10, 0, 0, 1 } }, 0 }, .dst = { { 4, { 10, 0, 0, 2 } }, 9 },
	};
	struct meter *m = meter_new(&(struct meter_opts){ 0 });

	(void)state;
	send(m, sent, COUNT(sent));
	for (unsigned round = 0; round < 2; round++)
		for (uint16_t port = 1; port <= 6000; port++) {
			d.src.port = port;
			meter_exports(m, &d);
		}
	assert_true(meter_end(m));
	assert_true(meter_flow_at(m, 0)->exports);
	assert_false(meter_flow_at(m, 1)->exports);
	meter_free(m);
}

static void test_nothing(void **state)
{
	struct meter *m = meter_new(&(struct meter_opts){ .depth = METER_INNER });
	const struct meter_key key = { .protocol = 17 };

	(void)state;
	assert_true(meter_end(m));
	assert_int_equal(meter_flows(m), 0);
	assert_null(meter_find(m, &key));
	assert_int_equal(meter_totals(m)->all.packets, 0);
	meter_free(m);
}

/* -- Many ------------------------------------------------------------------------------- */

static void one(struct meter *m, uint32_t i, uint32_t id, uint32_t at)
{
	struct capture_packet p = {
		.frame = i + 1, .ts_ns = i, .protocol = 17, .transport = at == 0, .octets = 40,
		.fragment = id != 0, .fragment_id = id, .fragment_at = at, .fragment_octets = 20,
		.src.addr = { 4, { 10, 0, 0, 1 } }, .dst.addr = { 4, { 10, 0, 0, 2 } },
	};

	if (at == 0)
		p.src.port = (uint16_t)(1 + (i >> 8));
	meter_packet(m, &p);
}

/* 200 flows of 256 packets, one by one; all are found, and their packets stand in order. */
static void test_many(void **state)
{
	enum { MANY = 200 * 256 };
	struct meter *m = meter_new(&(struct meter_opts){ 0 });

	(void)state;
	for (uint32_t i = 0; i < MANY; i++)
		one(m, (i * 77777u) % MANY, 0, 0);
	assert_true(meter_end(m));
	assert_int_equal(meter_flows(m), 200);
	for (size_t i = 0; i < 200; i++) {
		const struct meter_flow *f = meter_flow_at(m, i);
		uint32_t at = 0, n = 0;

		while (meter_step(m, f, &at) != NULL)
			n++;
		assert_int_equal(n, 256);
		assert_int_equal(f->all.packets, 256);
	}
	meter_free(m);
}

/* More fragments than may wait: the eldest are given to flows as they are. */
static void test_many_fragments(void **state)
{
	enum { WAIT = 65536 };
	struct meter *m = meter_new(&(struct meter_opts){ 0 });
	const struct meter_flow *f;

	(void)state;
	for (uint32_t i = 0; i < WAIT + 100; i++)
		one(m, i, i + 1, 8);
	one(m, 5, 5, 0);		/* too late for the fifth, */
	one(m, 6, WAIT, 0);		/* not for this one */
	assert_true(meter_end(m));
	assert_int_equal(meter_flows(m), 2);
	f = meter_flow_at(m, 0);
	assert_int_equal(f->all.packets, WAIT + 99);
	assert_int_equal(f->unknowable, WAIT + 99);
	assert_int_equal(meter_flow_at(m, 1)->all.packets, 3);
	assert_int_equal(meter_flow_at(m, 1)->unknowable, 0);
	meter_free(m);
}

/* -- Memory ----------------------------------------------------------------------------- */

static void test_no_memory(void **state)
{
	static const struct sent sent[] = {
		{ S(0, 2, 17, 7, 9, 40) }, { S(1, 2, 17, 7, 9, 100), .id = 5 },
		{ S(1, 2, 17, 0, 0, 60), .id = 5, .at = 80, .last = true },
	    { S(1, 3, 17, 7, 9, 40) },
	};
	const struct nf_datagram d = { .src = { { 4, { 10, 0, 0, 1 } }, 7 } };
	bool done = false;

	(void)state;
	for (long n = 0; !done; n++) {
		struct nomem memory = { .left = n };
		struct meter *m;
		bool sound = false;

		assert_true(n < 100);
		nomem_begin(&memory);
		m = meter_new(&(struct meter_opts){ 0 });
		if (m != NULL) {
			send(m, sent, COUNT(sent));
			meter_exports(m, &d);
			sound = meter_end(m);
		}
		done = !memory.failed;
		assert_true(sound == done);
		if (sound)
			assert_int_equal(meter_flow_at(m, 0)->all.packets, 3);
		meter_free(m);
		nomem_end(&memory);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_exports),
		cmocka_unit_test(test_many_exports),
		cmocka_unit_test(test_nothing),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_many_fragments),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
