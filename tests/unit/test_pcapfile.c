/* Classic pcap: every header there is, and every way to be cut or damaged. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/capbuild.h"
#include "lib/framebuild.h"

static const struct order_opts plain = { .window_octets = ORDER_OCTETS };

enum { SECOND = 1000000000, HEADER = 24, RECORD = 16 };
static const int64_t start = 1700000000LL * SECOND;

/* N frames of 20, 21, 22 .. octets, a second apart. */
static void build(struct mb *m, const struct fb_pcap *pcap, unsigned n)
{
	uint8_t octets[256];

	mb_init(m);
	fb_pcap_begin(m, pcap);
	for (unsigned i = 0; i < n; i++) {
		for (unsigned k = 0; k < sizeof(octets); k++)
			octets[k] = (uint8_t)(i + k);
		fb_pcap_frame(m, pcap, start + (int64_t)i * SECOND + 123456789,
			      (struct nf_bytes){ octets, 20 + i });
	}
}

static size_t offset_of(unsigned i)	/* of frame i's octets, counted from 0 */
{
	size_t at = HEADER + RECORD;

	for (unsigned k = 0; k < i; k++)
		at += RECORD + 20 + k;
	return at;
}

static void headers(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct fb_pcap pcap = { .nano = i & 1, .big_endian = i & 2, .linktype = 113 };
		struct cb_taken t;
		struct mb m;

		build(&m, &pcap, 5);
		cb_take_octets(&t, mb_bytes(&m), &plain);
		assert_int_equal(t.ntroubles, 0);
		assert_int_equal(t.n, 5);
		for (unsigned k = 0; k < 5; k++) {
			const struct frame *f = &t.frames[k].f;

			assert_int_equal(f->number, k + 1);
			assert_int_equal(f->caplen, 20 + k);
			assert_int_equal(f->wirelen, 20 + k);
			assert_int_equal(f->linktype, 113);
			assert_int_equal(f->offset, offset_of(k));
			assert_int_equal(f->ts_fine, pcap.nano);
			assert_int_equal(f->ts_ns, start + (int64_t)k * SECOND +
					 (pcap.nano ? 123456789 : 123456000));
			assert_memory_equal(t.frames[k].first, m.p + f->offset, 16);
			assert_int_equal(t.frames[k].sum,
					 cb_sum((struct nf_bytes){ m.p + f->offset, f->caplen }));
		}
		cb_taken_done(&t);
		mb_done(&m);
	}
}

/* What the file header says else. */
static void oddities(void **state)
{
	static const struct {
		const char *why;
		uint8_t at, octets[4];
	} rows[] = {
		{ "FCS length above the link type", 20, { 0xf4, 0, 0, 1 } },
		{ "snaplen 0", 16, { 0, 0, 0, 0 } },
		{ "snaplen below the frames", 16, { 0, 0, 0, 8 } },
		{ "snaplen above all reason", 16, { 0xff, 0xff, 0xff, 0xff } },
		{ "version 2.3", 4, { 0, 2, 0, 3 } },
		{ "time zone set", 8, { 0xff, 0xff, 0xf1, 0xf0 } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cb_taken t;
		struct mb m;

		build(&m, &(struct fb_pcap){ .big_endian = true }, 3);
		memcpy(m.p + rows[i].at, rows[i].octets, 4);
		cb_take_octets(&t, mb_bytes(&m), &plain);
		if (t.n != 3 || t.ntroubles != 0 || t.frames[2].f.caplen != 22 ||
		    t.frames[2].f.linktype != 1)
			fail_msg("%s: %zu frames, %u troubles", rows[i].why, t.n, t.ntroubles);
		cb_taken_done(&t);
		mb_done(&m);
	}
}

/* a1b2cd34: 8 more octets in each record header. */
static void long_record_headers(void **state)
{
	struct cb_taken t;
	struct mb m;

	(void)state;
	mb_init(&m);
	mb_hex(&m, "a1b2cd34 0002 0004 00000000 00000000 00040000 00000001"
		   "65000000 00000007 00000004 00000005 0000000000000000 01020304"
		   "65000001 00000008 00000002 00000002 0000000000000000 0506");
	cb_take_octets(&t, mb_bytes(&m), &plain);
	assert_int_equal(t.ntroubles, 0);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.frames[0].f.ts_ns, 0x65000000LL * SECOND + 7000);
	assert_int_equal(t.frames[0].f.wirelen, 5);
	assert_int_equal(t.frames[1].f.offset, 24 + 24 + 4 + 24);
	assert_memory_equal(t.frames[1].first, "\5\6", 2);
	cb_taken_done(&t);
	mb_done(&m);
}

static void after_2038(void **state)
{
	struct cb_taken t;
	struct mb m;

	(void)state;
	mb_init(&m);
	mb_hex(&m, "a1b2c3d4 0002 0004 00000000 00000000 00040000 00000001"
		   "f0000000 00000001 00000000 00000000");
	cb_take_octets(&t, mb_bytes(&m), &plain);
	assert_int_equal(t.n, 1);
	assert_true(t.frames[0].f.ts_ns == 0xf0000000LL * SECOND + 1000);
	cb_taken_done(&t);
	mb_done(&m);
}

/* Cut anywhere: all whole frames, and one trouble unless the cut is between two. */
static void cut_anywhere(void **state)
{
	static const struct order_opts ways[] = {
		{ .window_octets = ORDER_OCTETS },
		{ .window_octets = ORDER_OCTETS, .survey = true },
		{ .window_octets = ORDER_OCTETS, .sort = true },
	};
	struct mb m;

	(void)state;
	build(&m, &(struct fb_pcap){ 0 }, 6);
	for (size_t n = 0; n < m.n; n++) {
		size_t whole = 0;
		bool clean = n == HEADER;

		while (whole < 6 && offset_of((unsigned)whole) + 20 + whole <= n) {
			clean = offset_of((unsigned)whole) + 20 + whole == n;
			whole++;
		}
		for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
			struct cb_taken t;

			cb_take_octets(&t, (struct nf_bytes){ m.p, n }, &ways[w]);
			if (t.n != whole || t.ntroubles != !clean)
				fail_msg("cut at %zu, way %zu: %zu of %zu frames, %u troubles", n,
					 w, t.n, whole, t.ntroubles);
			if (t.ntroubles > 0)
				assert_int_equal(t.troubles[0].kind,
						 n < 4 ? NF_ERR_ENV : NF_ERR_DAMAGE);
			cb_taken_done(&t);
		}
	}
	mb_done(&m);
}

/* What the first frame holds looks like records: of what the cut left none are made up. */
static void cut_first_frame(void **state)
{
	static const struct fb_pcap pcap = { .big_endian = true };
	struct mb m, frame;

	(void)state;
	mb_init(&frame);
	for (unsigned i = 0; i < 40; i++)
		mb_u32(&frame, 1);
	mb_init(&m);
	fb_pcap_begin(&m, &pcap);
	fb_pcap_frame(&m, &pcap, start, mb_bytes(&frame));
	for (size_t n = HEADER + RECORD; n < m.n; n++) {
		struct cb_taken t;

		cb_take_octets(&t, (struct nf_bytes){ m.p, n }, &plain);
		if (t.n != 0 || t.ntroubles != 1)
			fail_msg("cut at %zu: %zu frames, %u troubles", n, t.n, t.ntroubles);
		cb_taken_done(&t);
	}
	mb_done(&frame);
	mb_done(&m);
}

static void messages(void **state)
{
	static const struct {
		size_t n;
		const char *text;
	} rows[] = {
		{ 10, "ends within the file header (10 of 24 octets are there)" },
		{ 24 + 36 + 10, "ends within the header of frame 2 at offset 60" },
		{ 24 + 36 + 16 + 5,
		  "ends within frame 2 at offset 60 (record says 21 octets, 5 are there)" },
		{ 24 + 36 + 16,
		  "ends within frame 2 at offset 60 (record says 21 octets, 0 are there)" },
	};
	struct mb m;

	(void)state;
	build(&m, &(struct fb_pcap){ 0 }, 3);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cb_taken t;

		cb_take_octets(&t, (struct nf_bytes){ m.p, rows[i].n }, &plain);
		assert_int_equal(t.ntroubles, 1);
		assert_int_equal(t.troubles[0].kind, NF_ERR_DAMAGE);
		assert_string_equal(strstr(t.troubles[0].text, ": ") + 2, rows[i].text);
		cb_taken_done(&t);
	}
	mb_done(&m);
}

/* Behind a broken record the next good one is found. */
static void resynchronises(void **state)
{
	static const struct {
		const char *why;
		unsigned at, n;		/* in the file */
		const char *octets;
		unsigned frames;	/* that are still read */
	} rows[] = {
		{ "huge length", 24 + 36 + 8, 4, "\xff\xff\xff\xf0", 9 },
		{ "length 262145", 24 + 36 + 8, 4, "\0\4\0\1", 9 },
		{ "two in a row", 24 + 36 + 8, 37 + 4, NULL, 8 },
		{ "length that reaches beyond the end", 24 + 36 + 8, 4, "\0\0\x80\0", 9 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cb_taken t;
		struct mb m;

		build(&m, &(struct fb_pcap){ .big_endian = true }, 10);
		if (rows[i].octets != NULL)
			memcpy(m.p + rows[i].at, rows[i].octets, rows[i].n);
		else
			memset(m.p + rows[i].at, 0xff, rows[i].n);
		cb_take_octets(&t, mb_bytes(&m), &plain);
		if (t.n != rows[i].frames || t.ntroubles != 1)
			fail_msg("%s: %zu frames, %u troubles", rows[i].why, t.n, t.ntroubles);
		assert_non_null(strstr(t.troubles[0].text, "frame 2 at offset 60"));
		assert_non_null(strstr(t.troubles[0].text, "; reading goes on at offset "));
		assert_int_equal(t.frames[1].f.number, 3);
		assert_int_equal(t.frames[t.n - 1].f.offset, offset_of(9));
		cb_taken_done(&t);
		mb_done(&m);
	}
}

/* However many records are broken, messages are few. */
static void troubles_are_bounded(void **state)
{
	struct cb_taken t;
	struct mb m;

	(void)state;
	build(&m, &(struct fb_pcap){ .big_endian = true }, 200);
	for (unsigned i = 1; i < 199; i += 3)	/* two good ones in a row convince */
		memset(m.p + offset_of(i) - 8, 0xff, 4);
	cb_take_octets(&t, mb_bytes(&m), &plain);
	assert_int_equal(t.ntroubles, 20);
	assert_non_null(strstr(t.troubles[19].text, "without a message"));
	assert_int_equal(t.n, 200 - 66);
	cb_taken_done(&t);
	mb_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(oddities),
		cmocka_unit_test(long_record_headers),
		cmocka_unit_test(after_2038),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(cut_first_frame),
		cmocka_unit_test(messages),
		cmocka_unit_test(resynchronises),
		cmocka_unit_test(troubles_are_bounded),
	};

	return cmocka_run_group_tests_name("pcapfile", tests, NULL, NULL);
}
