/* Captures from text: the language, and that every text in pcaps/ gives the file beside it. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "lib/framebuild.h"
#include "lib/textbuild.h"

static void bare_messages(void **state)
{
	static const char text[] =
		"bare			# no frames\n"
		"ipfix secs=1 seq=2 domain=3\n"
		"set 2\n"
		"template 256 8/4 \\\n"
		"	82/v\n"
		"withdraw 257\n"
		"set 3\n"
		"options 258 149/4 | 41/8\n"
		"pad\n"
		"set 256 length=99\n"
		"record 10.0.0.1 v\"a # b\"\n"
		"\n"
		"v5 secs=1 nsecs=0 uptime_ms=1 count=7 engine_id=2\n"
		"flow src=10.0.0.1 packets=5";
	struct nf_err err;
	struct mb m, want;

	(void)state;
	mb_init(&m);
	mb_init(&want);
	if (tb_build(&m, text, &err) < 0)
		fail_msg("%s", err.text);
	mb_hex(&want, "000a 0046 00000001 00000002 00000003"
		      "0002 0014 0100 0002 0008 0004 0052 ffff 0101 0000"
		      "0003 0014 0102 0002 0001 0095 0004 0029 0008 0000"
		      "0100 0063 0a000001 05 61202320 62"
		      "0005 0007 00000001 00000001 00000000 00000000 00 02 0000 0a000001");
	mb_zeros(&want, 12);
	mb_u32(&want, 5);
	mb_zeros(&want, 28);
	assert_int_equal(m.n, want.n);
	assert_memory_equal(m.p, want.p, want.n);
	mb_done(&m);
	mb_done(&want);
}

/* A frame line is what framebuild makes of the same values. */
static void frames(void **state)
{
	static const char text[] =
		"pcap nano=1\n"
		"frame 10.0.0.1:1 > 10.0.0.2:2 at 2024-01-01T00:00:00.000000001Z vlan=3 ip_id=4\n"
		"octets x0102\n"
		"payload\n"
		"octets x00010203040506070809\n"
		"segment 10.0.0.1:1 > 10.0.0.2:2 at +1.5 from=1 to=3 seq=9\n"
		"chunk 10.0.0.1:1 > 10.0.0.2:2 at +0 from=7 tsn=5\n"
		"fragment 10.0.0.1:1 > 10.0.0.2:2 at +0 to=16\n"
		"fragment 10.0.0.1:1 > 10.0.0.2:2 at +0 from=16\n"
		"raw at +1 0102 03	# the frame\n";
	static const uint8_t octets[] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 };
	struct fb_frame f = { .src = fb_endpoint("10.0.0.1:1"), .dst = fb_endpoint("10.0.0.2:2") };
	struct fb_frame tagged = { .src = f.src, .dst = f.dst, .vlan = 3, .ip_id = 4 };
	struct fb_pcap pcap = { .nano = true };
	int64_t ns = INT64_C(1704067200000000001);
	struct mb m, want, frame, udp;
	struct nf_err err;

	(void)state;
	mb_init(&m);
	mb_init(&want);
	mb_init(&frame);
	mb_init(&udp);
	if (tb_build(&m, text, &err) < 0)
		fail_msg("%s", err.text);
	fb_pcap_begin(&want, &pcap);
	fb_udp(&frame, &tagged, (struct nf_bytes){ octets + 1, 2 });
	fb_pcap_frame(&want, &pcap, ns, mb_bytes(&frame));
	ns += 1500000000;
	mb_clear(&frame);
	fb_tcp(&frame, &f, &(struct fb_segment){ .seq = 9 }, (struct nf_bytes){ octets + 1, 2 });
	fb_pcap_frame(&want, &pcap, ns, mb_bytes(&frame));
	mb_clear(&frame);
	fb_sctp(&frame, &f, &(struct fb_chunk){ .tsn = 5 }, (struct nf_bytes){ octets + 7, 3 });
	fb_pcap_frame(&want, &pcap, ns, mb_bytes(&frame));
	fb_udp_segment(&udp, &f, (struct nf_bytes){ octets, 10 });
	mb_clear(&frame);
	f.fragment = FB_MORE_FRAGMENTS;
	fb_ip(&frame, &f, 17, (struct nf_bytes){ udp.p, 16 });
	fb_pcap_frame(&want, &pcap, ns, mb_bytes(&frame));
	mb_clear(&frame);
	f.fragment = 2;
	fb_ip(&frame, &f, 17, (struct nf_bytes){ udp.p + 16, 2 });
	fb_pcap_frame(&want, &pcap, ns, mb_bytes(&frame));
	fb_pcap_frame(&want, &pcap, ns + 1000000000, (struct nf_bytes){ octets + 1, 3 });
	assert_int_equal(m.n, want.n);
	assert_memory_equal(m.p, want.p, want.n);
	mb_done(&m);
	mb_done(&want);
	mb_done(&frame);
	mb_done(&udp);
}

struct mistake {
	const char *text, *complaint;
};

static void mistakes(void **state)
{
	static const struct mistake rows[] = {
		{ "v10", "line 1: no such command" },
		{ "\n# x\nv9", "line 3: neither frame, payload nor bare before it" },
		{ "bare\nv5\nflow src=10.0.0.1 prot=6", "line 3: no such name" },
		{ "bare\nv5\nflow src=10.0.0.256", "line 3: value not understood or too large" },
		{ "bare\nv5 engine_id=256", "line 2: value not understood or too large" },
		{ "bare\nv8 aggregation=15\nflow", "line 3: no such layout" },
		{ "bare\nset 256", "line 2: no message to put it in" },
		{ "raw at 2024-01-01T00:00:00Z 012", "line 1: octets not understood" },
		{ "raw 2024-01-01T00:00:00Z 0102", "line 1: not raw at TIME OCTETS" },
		{ "bare\nv9\nset", "line 3: no id" },
		{ "bare\nv9\nset 65536", "line 3: no id" },
		{ "bare\nv9\nset 0\ntemplate 256 8", "line 4: fields not understood" },
		{ "bare\nv9\nset 1\noptions 256 1/4 34/4", "line 4: not SCOPES | FIELDS" },
		{ "bare\nv9\nset 256\nrecord \\\n1 \\\n2/4",
		  "line 6: values not understood" },
		{ "bare\npad", "line 2: nothing to pad" },
		{ "bare\nv9\npad 0", "line 3: not a number of octets" },
		{ "bare\nframe 10.0.0.1:1 > 10.0.0.2:2 at +1",
		  "line 2: a bare file has no frames" },
		{ "bare\npcap nano=1", "line 2: comes too late" },
		{ "segment 10.0.0.1:1 > 10.0.0.2:2 at +1", "line 1: no payload to cut" },
		{ "frame 10.0.0.1:1", "line 1: not SRC > DST at TIME" },
		{ "frame 10.0.0.1:1 > 10.0.0.2:2 at", "line 1: no time" },
		{ "frame 10.0.0.1:1 > 10.0.0.2:2 at noon", "line 1: time not understood" },
		{ "frame 10.0.0.1:1 > [::1]:2 at +1", "line 1: addresses not understood" },
		{ "pcap nano", "line 1: not NAME=VALUE" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct nf_err err = { .text = "taken" };
		struct mb m;

		mb_init(&m);
		assert_int_equal(tb_build(&m, rows[i].text, &err), -1);
		assert_string_equal(err.text, rows[i].complaint);
		mb_done(&m);
	}
}

/* The octets of PATH with TXT replaced by .pcap, or .ipfix; -1 if there is no such file. */
static int read_built(const char *path, struct mb *to)
{
	static const char *const endings[] = { ".pcap", ".ipfix" };
	char name[4096];
	FILE *file = NULL;
	int c;

	for (size_t i = 0; i < 2 && file == NULL; i++) {
		snprintf(name, sizeof(name), "%.*s%s", (int)(strlen(path) - 4), path, endings[i]);
		file = fopen(name, "rb");
	}
	if (file == NULL)
		return -1;
	while ((c = getc(file)) != EOF)
		mb_u8(to, (uint8_t)c);
	fclose(file);
	return 0;
}

static void rebuilt(void **state)
{
	const char *top = getenv("top_srcdir");
	char pattern[4096];
	glob_t texts;

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/pcaps/*.txt", top != NULL ? top : ".");
	assert_int_equal(glob(pattern, 0, NULL, &texts), 0);
	assert_true(texts.gl_pathc >= 30);
	for (size_t i = 0; i < texts.gl_pathc; i++) {
		const char *path = texts.gl_pathv[i];
		struct nf_err err;
		struct mb m, want;

		mb_init(&m);
		mb_init(&want);
		if (tb_build_file(&m, path, &err) < 0)
			fail_msg("%s: %s", path, err.text);
		if (read_built(path, &want) < 0)
			fail_msg("%s: nothing was built from it; run make built-pcaps", path);
		if (m.n != want.n || memcmp(m.p, want.p, m.n) != 0)
			fail_msg("%s: gives other octets; run make built-pcaps", path);
		mb_done(&m);
		mb_done(&want);
	}
	globfree(&texts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bare_messages),
		cmocka_unit_test(frames),
		cmocka_unit_test(mistakes),
		cmocka_unit_test(rebuilt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
