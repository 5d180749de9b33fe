/* The message builder against octets written out by hand from the figures of the RFCs. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/framebuild.h"
#include "lib/msgbuild.h"

/* M holds what HEX says, and nothing failed; M is done with. */
static void expect(struct mb *m, const char *hex)
{
	struct mb want;

	mb_init(&want);
	mb_hex(&want, hex);
	assert_false(want.failed);
	assert_false(m->failed);
	assert_int_equal(m->depth, 0);
	assert_int_equal(m->n, want.n);
	assert_memory_equal(m->p, want.p, want.n);
	mb_done(&want);
	mb_done(m);
}

static void v9_message(void **state)
{
	struct mb m;

	(void)state;
	mb_init(&m);
	mb_begin(&m, 9, &(struct mb_header){ .secs = 1, .uptime_ms = 2, .seq = 7, .domain = 3 });
	mb_set_begin(&m, 0);
	mb_template(&m, 256, "8/4 40001/2 82/v");
	mb_set_end(&m);
	mb_set_begin(&m, 1);
	mb_options_template(&m, 257, "1/4", "34/4 35/1");
	mb_pad(&m, 4);
	mb_set_end(&m);
	mb_set_begin(&m, 256);
	mb_record(&m, "10.0.0.1 99/2 v\"ab\"");
	mb_record(&m, "10.0.0.2 98/2 v\"\"");
	mb_pad(&m, 4);
	mb_set_end(&m);
	mb_end(&m);
	expect(&m, "0009 0004 00000002 00000001 00000007 00000003"
		   "0000 0014 0100 0003 0008 0004 9c41 0002 0052 ffff"
		   "0001 0018 0101 0004 0008 0001 0004 0022 0004 0023 0001 0000"
		   "0100 0014 0a000001 0063 02 6162 0a000002 0062 00");
}

static void ipfix_message(void **state)
{
	struct mb m;

	(void)state;
	mb_init(&m);
	mb_begin(&m, 10, &(struct mb_header){ .secs = 1, .seq = 7, .domain = 3 });
	mb_set_begin(&m, 2);
	mb_template(&m, 300, "8/4 29305:1/8 5951:128/v");
	mb_withdraw(&m, 301);
	mb_set_end(&m);
	mb_set_begin(&m, 3);
	mb_options_template(&m, 302, "149/4 346/4", "41/8");
	mb_set_end(&m);
	mb_set_begin(&m, 300);
	mb_record(&m, NULL);
	mb_u32(&m, 0x0a000001);
	mb_u64(&m, 1);
	mb_var(&m, "xyz", 3);
	mb_set_end(&m);
	mb_end(&m);
	expect(&m, "000a 005a 00000001 00000007 00000003"
		   "0002 0020 012c 0003 0008 0004 8001 0008 00007279 8080 ffff 0000173f 012d 0000"
		   "0003 0016 012e 0003 0002 0095 0004 015a 0004 0029 0008"
		   "012c 0014 0a000001 0000000000000001 03 78797a");
}

static void v5_message(void **state)
{
	struct mb m;

	(void)state;
	mb_init(&m);
	mb_begin(&m, 5, &(struct mb_header){ .secs = 1, .nsecs = 2, .uptime_ms = 3, .seq = 4,
					     .engine_type = 5, .engine_id = 6,
					     .sampling = 0x4064 });
	mb_flow(&m, &(struct mb_flow){ .src = 0x0a000001, .dst = 0x0a000002, .nexthop = 0x0a000003,
				       .input = 1, .output = 2, .packets = 3, .octets = 4,
				       .first = 5, .last = 6, .sport = 7, .dport = 8,
				       .tcp_flags = 9, .proto = 10, .tos = 11, .src_as = 12,
				       .dst_as = 13, .src_mask = 14, .dst_mask = 15 });
	mb_end(&m);
	expect(&m, "0005 0001 00000003 00000001 00000002 00000004 05 06 4064"
		   "0a000001 0a000002 0a000003 0001 0002 00000003 00000004 00000005 00000006"
		   "0007 0008 00 09 0a 0b 000c 000d 0e 0f 0000");
}

/* No RFC has these; flow-tools, Cisco's tables and Wireshark agree on them. */
static void fixed_sizes(void **state)
{
	static const struct { unsigned version, aggregation, size; } rows[] = {
		{ 1, 0, 48 }, { 5, 0, 48 }, { 6, 0, 52 }, { 7, 0, 52 },
		{ 8, 1, 28 }, { 8, 2, 28 }, { 8, 3, 32 }, { 8, 4, 32 }, { 8, 5, 40 }, { 8, 6, 32 },
		{ 8, 7, 40 }, { 8, 8, 44 }, { 8, 9, 32 }, { 8, 10, 32 }, { 8, 11, 32 },
		{ 8, 12, 32 }, { 8, 13, 40 }, { 8, 14, 40 },
		{ 8, 0, 0 }, { 8, 15, 0 }, { 9, 0, 0 }, { 2, 0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(mb_flow_size(rows[i].version, rows[i].aggregation), rows[i].size);
}

static void v8_masks(void **state)
{
	struct mb m;

	(void)state;
	mb_init(&m);
	mb_begin(&m, 8, &(struct mb_header){ .secs = 1, .uptime_ms = 1, .aggregation = 14 });
	mb_flow(&m, &(struct mb_flow){ .flows = 1, .packets = 2, .octets = 3, .first = 4,
				       .last = 5, .src = 0x0a000000, .dst = 0x0b000000,
				       .src_mask = 8, .dst_mask = 9, .tos = 10, .proto = 17,
				       .sport = 1, .dport = 2, .input = 3, .output = 4 });
	mb_end(&m);
	expect(&m, "0008 0001 00000001 00000001 00000000 00000000 00 00 0e 02 00000000"
		   "00000001 00000002 00000003 00000004 00000005 0a000000 0b000000"
		   "09 08 0a 11 0001 0002 0003 0004");
}

static void wrong_on_purpose(void **state)
{
	struct mb m;

	(void)state;
	mb_init(&m);
	mb_begin(&m, 10, &(struct mb_header){ .secs = 1 });
	mb_force_length(&m, 20);
	mb_set_begin(&m, 100);
	mb_force_length(&m, 400);
	mb_u32(&m, 1);
	mb_set_end(&m);
	mb_end(&m);
	mb_begin(&m, 9, &(struct mb_header){ .secs = 1, .uptime_ms = 1 });
	mb_force_count(&m, 30);
	mb_set_begin(&m, 256);
	mb_record(&m, "0/4");
	mb_set_end(&m);
	mb_end(&m);
	expect(&m, "000a 0014 00000001 00000000 00000000 0064 0190 00000001"
		   "0009 001e 00000001 00000001 00000000 00000000 0100 0008 00000000");
}

struct value_row {
	const char *values, *hex;
};

static void values(void **state)
{
	static const struct value_row rows[] = {
		{ "10.0.0.1 2001:db8::1", "0a000001 20010db8000000000000000000000001" },
		{ "02:00:5e:00:53:01 00:11:22:33:44:55", "02005e005301 001122334455" },
		{ "80/2 -1/4 0x1b/1 0/3 1/12", "0050 ffffffff 1b 000000 000000000000000000000001" },
		{ "18446744073709551615/8 -2/3", "ffffffffffffffff fffffe" },
		{ "1.5/f4 1.5/f8", "3fc00000 3ff8000000000000" },
		{ "xc0ffee x \"a\\\"\\x00\\\\\"", "c0ffee 61 22 00 5c" },
		{ "v\"ab\" v3\"ab\" vx00 v3x", "02 6162 ff0002 6162 01 00 ff0000" },
		{ "v[ 3/1 8/2 4/2 10.0.0.1 ] 1/1", "ff0009 03 0008 0004 0a000001 01" },
		{ "v[ 4/1 {257 1/2} {258 v[ 2/1 ] } ]",
		  "ff000f 04 0101 0006 0001 0102 0008 ff0001 02" },
		{ "", "" },
	};
	struct mb m;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		mb_init(&m);
		mb_values(&m, rows[i].values);
		expect(&m, rows[i].hex);
	}
}

static void nonsense(void **state)
{
	static const char *const rows[] = {
		"80", "eth0", "80/", "80/x", "1x/2", "1..5/f4", "xc", "xzz", "\"open", "v", "vq",
		"v[ 1/1", "]", "}", "v[ }", "{257 1/1 ]", "10.0.0.300", "02:00:5e:00:53:01:07",
	};
	struct mb m;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		mb_init(&m);
		mb_values(&m, rows[i]);
		if (!m.failed)
			fail_msg("taken for a value: %s", rows[i]);
		assert_int_equal(m.depth, 0);
		mb_done(&m);
	}
	for (size_t i = 0; i < 4; i++) {
		mb_init(&m);
		mb_fields(&m, (const char *[]){ "8", "8/", "8/4/4", "99999/4" }[i]);
		assert_true(m.failed);
		mb_done(&m);
	}
}

static void long_values(void **state)
{
	static const char text[300] = { 1 };
	struct mb m;

	(void)state;
	mb_init(&m);
	mb_var(&m, text, 254);
	assert_int_equal(m.n, 255);
	mb_clear(&m);
	mb_var(&m, text, 255);
	assert_int_equal(m.n, 258);
	assert_memory_equal(m.p, "\xff\x00\xff\x01", 4);
	mb_done(&m);
}

static void lists(void **state)
{
	struct mb m;

	(void)state;
	mb_init(&m);
	mb_var_begin(&m);
	mb_basic_list(&m, 3, "9:1/2");
	mb_u16(&m, 5);
	mb_var_end(&m);
	mb_sub_template_list(&m, 1, 257);
	mb_u8(&m, 4);
	mb_block_begin(&m, 258);
	mb_u8(&m, 7);
	mb_block_end(&m);
	expect(&m, "ff000b 03 8001 0002 00000009 0005 01 0101 04 0102 0005 07");
}

static void endpoints(void **state)
{
	struct nf_endpoint e = fb_endpoint("[2001:db8::1]:4739");

	(void)state;
	assert_int_equal(e.addr.family, 6);
	assert_int_equal(e.port, 4739);
	assert_int_equal(e.addr.octets[15], 1);
	assert_int_equal(fb_endpoint("10.0.0.1:2055").addr.family, 4);
	assert_int_equal(fb_endpoint("10.0.0.1").addr.family, 0);
	assert_int_equal(fb_endpoint("[::1:5").addr.family, 0);
	assert_int_equal(fb_endpoint(":5").addr.family, 0);
	assert_int_equal(fb_endpoint("").addr.family, 0);
}

static const struct nf_bytes abc = { (const uint8_t *)"abc", 3 };

/* The checksums were worked out apart from this code, by RFC 1071 and RFC 9260 appendix A. */
static void frames(void **state)
{
	struct fb_frame f = { .src = fb_endpoint("10.0.0.1:2055"),
			      .dst = fb_endpoint("10.0.0.9:9995"), .ip_id = 7 };
	struct mb m;

	(void)state;
	mb_init(&m);
	fb_udp(&m, &f, abc);
	expect(&m, "02000a000009 02000a000001 0800"
		   "4500001f 0007 0000 40 11 66be 0a000001 0a000009"
		   "0807 270b 000b f859 616263");
	fb_tcp(&m, &f, &(struct fb_segment){ .seq = 1, .ack = 2 }, abc);
	expect(&m, "02000a000009 02000a000001 0800"
		   "4500002b 0007 0000 40 06 66bd 0a000001 0a000009"
		   "0807 270b 00000001 00000002 5018 ffff a848 0000 616263");
	fb_sctp(&m, &f, &(struct fb_chunk){ .tag = 5, .tsn = 1, .stream = 2, .stream_seq = 3 },
		abc);
	expect(&m, "02000a000009 02000a000001 0800"
		   "45000034 0007 0000 40 84 6636 0a000001 0a000009"
		   "0807 270b 00000005 6c086248 00 03 0013 00000001 0002 0003 00000000 61626300");
}

static void frames_of_ipv6(void **state)
{
	struct fb_frame f = { .src = fb_endpoint("[2001:db8::1]:2055"),
			      .dst = fb_endpoint("[2001:db8::2]:9995"), .vlan = 9 };
	struct mb m;

	(void)state;
	mb_init(&m);
	fb_udp(&m, &f, abc);
	expect(&m, "020000000002 020000000001 8100 0009 86dd"
		   "60000000 000b 11 40 20010db8000000000000000000000001"
		   "20010db8000000000000000000000002 0807 270b 000b b0ee 616263");
	f = (struct fb_frame){ .src = f.src, .dst = f.dst, .ip_id = 3,
			       .fragment = FB_MORE_FRAGMENTS | 2 };
	fb_ip(&m, &f, 17, abc);
	expect(&m, "020000000002 020000000001 86dd"
		   "60000000 000b 2c 40 20010db8000000000000000000000001"
		   "20010db8000000000000000000000002 11 00 0011 00000003 616263");
}

static void pcap_files(void **state)
{
	struct fb_pcap little = { .nano = true }, big = { .big_endian = true, .linktype = 101,
							  .snaplen = 2 };
	struct mb m;

	(void)state;
	mb_init(&m);
	fb_pcap_begin(&m, &little);
	fb_pcap_frame(&m, &little, 1000000000LL + 7, abc);
	expect(&m, "4d3cb2a1 0200 0400 00000000 00000000 00000400 01000000"
		   "01000000 07000000 03000000 03000000 616263");
	fb_pcap_begin(&m, &big);
	fb_pcap_frame(&m, &big, 1000000000LL + 7999, abc);
	expect(&m, "a1b2c3d4 0002 0004 00000000 00000000 00000002 00000065"
		   "00000001 00000007 00000002 00000003 6162");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(v9_message),
		cmocka_unit_test(ipfix_message),
		cmocka_unit_test(v5_message),
		cmocka_unit_test(fixed_sizes),
		cmocka_unit_test(v8_masks),
		cmocka_unit_test(wrong_on_purpose),
		cmocka_unit_test(values),
		cmocka_unit_test(nonsense),
		cmocka_unit_test(long_values),
		cmocka_unit_test(lists),
		cmocka_unit_test(endpoints),
		cmocka_unit_test(frames),
		cmocka_unit_test(frames_of_ipv6),
		cmocka_unit_test(pcap_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
