/* pcapng: sections, interfaces, clocks, every packet block, drops, damage. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "capture/ticks.h"
#include "lib/capbuild.h"

static const struct order_opts plain = { .window_octets = ORDER_OCTETS };

enum { SECOND = 1000000000 };

static const uint8_t octets[64] = "the quick brown fox jumps over the lazy dog";

static struct nf_bytes frame(size_t n)
{
	return (struct nf_bytes){ octets, n };
}

static void begin(struct ng *ng, struct mb *m, bool big)
{
	mb_init(m);
	*ng = (struct ng){ .out = m, .big = big };
	ng_section(ng);
}

static void take(struct cb_taken *t, struct mb *m)
{
	assert_false(m->failed);
	cb_take_octets(t, mb_bytes(m), &plain);
}

static void done(struct cb_taken *t, struct mb *m)
{
	cb_taken_done(t);
	mb_done(m);
}

static void packets(void **state)
{
	(void)state;
	for (int big = 0; big < 2; big++) {
		struct cb_taken t;
		struct ng ng;
		struct mb m;

		begin(&ng, &m, big);
		ng_interface(&ng, 1, 262144);
		ng_packet(&ng, 0, 1700000000123456, frame(7));
		ng_old(&ng, 0, 0xffff, 1700000001000000, frame(8));
		ng_simple(&ng, 9, frame(9));
		ng_packet_options(&ng, 0, 1700000002000000, frame(10), NG_NO_DROPS);
		take(&t, &m);
		assert_int_equal(t.ntroubles, 0);
		assert_int_equal(t.n, 4);
		for (unsigned i = 0; i < 4; i++) {
			const struct frame *f = &t.frames[i].f;

			assert_int_equal(f->number, i + 1);
			assert_int_equal(f->caplen, 7 + i);
			assert_int_equal(f->wirelen, 7 + i);
			assert_int_equal(f->linktype, 1);
			assert_false(f->ts_fine);
			assert_memory_equal(t.frames[i].first, octets, 7 + i);
			assert_memory_equal(m.p + f->offset, octets, f->caplen);
		}
		assert_true(t.frames[0].f.ts_ns == 1700000000123456000);
		assert_true(t.frames[1].f.ts_ns == 1700000001000000000);
		/* A simple packet has no stamp: it goes with the one before. */
		assert_true(t.frames[2].f.ts_ns == 1700000001000000000);
		assert_int_equal(t.drops, 0);
		done(&t, &m);
	}
}

static void interfaces_and_sections(void **state)
{
	struct cb_taken t;
	struct ng ng;
	struct mb m;

	(void)state;
	begin(&ng, &m, false);
	ng_interface(&ng, 1, 96);
	ng_interface(&ng, 113, 65535);
	ng_packet(&ng, 1, 1000000, frame(20));
	ng_packet(&ng, 0, 2000000, frame(21));
	ng_simple(&ng, 500, frame(64));		/* interface 0's snaplen says 96 octets */
	ng_interface(&ng, 101, 0);		/* an interface may come later */
	ng_packet(&ng, 2, 4000000, frame(22));
	ng.big = true;
	ng_section(&ng);			/* its interfaces count anew */
	ng_interface_clock(&ng, 276, 9, 0);
	ng_packet(&ng, 0, 5000000001, frame(23));
	take(&t, &m);
	assert_int_equal(t.ntroubles, 1);	/* the simple packet's 96 octets are not there */
	assert_int_equal(t.n, 4);
	assert_int_equal(t.frames[0].f.linktype, 113);
	assert_int_equal(t.frames[1].f.linktype, 1);
	assert_int_equal(t.frames[2].f.linktype, 101);
	assert_int_equal(t.frames[2].f.number, 4);
	assert_int_equal(t.frames[3].f.linktype, 276);
	assert_int_equal(t.frames[3].f.number, 5);
	assert_true(t.frames[3].f.ts_ns == 5000000001);
	assert_true(t.frames[3].f.ts_fine);
	done(&t, &m);
}

static void simple_packet_is_cut_to_the_snaplen(void **state)
{
	struct cb_taken t;
	struct ng ng;
	struct mb m;

	(void)state;
	begin(&ng, &m, false);
	ng_interface(&ng, 1, 33);
	ng_simple(&ng, 1500, frame(33));
	take(&t, &m);
	assert_int_equal(t.n, 1);
	assert_int_equal(t.frames[0].f.caplen, 33);
	assert_int_equal(t.frames[0].f.wirelen, 1500);
	done(&t, &m);
}

static void resolutions(void **state)
{
	static const struct {
		uint8_t resol;
		int64_t offset;
		uint64_t ticks;
		int64_t ns;
		bool fine;
	} rows[] = {
		{ 0, 0, 7, 7LL * SECOND, false },
		{ 3, 0, 1700000000123, 1700000000123000000, false },
		{ 6, 0, 1700000000123456, 1700000000123456000, false },
		{ 7, 0, 17000000001234567, 1700000000123456700, true },
		{ 9, 0, 1700000000123456789, 1700000000123456789, true },
		{ 12, 0, 1234567, 1234, true },
		{ 28, 0, UINT64_MAX, 1, true },
		{ 29, 0, UINT64_MAX, 0, true },
		{ 127, 0, UINT64_MAX, 0, true },
		{ 0x80 | 0, 0, 7, 7LL * SECOND, false },
		{ 0x80 | 10, 0, 1024 * 5 + 512, 5LL * SECOND + SECOND / 2, false },
		{ 0x80 | 20, 0, 1 << 20, SECOND, true },
		{ 0x80 | 32, 0, (3ULL << 32) + (1U << 31), 3LL * SECOND + SECOND / 2, true },
		{ 0x80 | 63, 0, 1ULL << 63, SECOND, true },
		{ 0x80 | 64, 0, UINT64_MAX, SECOND - 1, true },
		{ 0x80 | 127, 0, UINT64_MAX, 0, true },
		{ 6, 1700000000, 5, 1700000000000005000, false },
		{ 6, -10, 20000000, 10LL * SECOND, false },
		{ 0, 0, UINT64_MAX, INT64_MAX, false },
		{ 6, INT64_MAX, 0, INT64_MAX, false },
		{ 6, INT64_MIN, 0, INT64_MIN, false },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct ticks t = ticks_decimal(6);

		t.offset = rows[i].offset;
		ticks_resolution(&t, rows[i].resol);
		if (ticks_ns(&t, rows[i].ticks) != rows[i].ns || t.fine != rows[i].fine)
			fail_msg("row %zu: %lld", i, (long long)ticks_ns(&t, rows[i].ticks));
	}
}

static void clock_options(void **state)
{
	struct cb_taken t;
	struct ng ng;
	struct mb m;

	(void)state;
	begin(&ng, &m, true);
	ng_interface_clock(&ng, 1, NG_DEFAULT, 0);
	ng_interface_clock(&ng, 1, 9, 0);
	ng_interface_clock(&ng, 1, 3, 1000);
	ng_packet(&ng, 0, 1000001, frame(1));
	ng_packet(&ng, 1, 1000002003, frame(2));
	ng_packet(&ng, 2, 500, frame(3));
	take(&t, &m);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.frames[0].f.ts_ns, 1000001000);
	assert_int_equal(t.frames[1].f.ts_ns, 1000002003);
	assert_true(t.frames[2].f.ts_ns == 1000 * (int64_t)SECOND + 500000000);
	done(&t, &m);
}

/* Drops are told packet by packet or as a total; told both ways, the total holds. */
static void drops(void **state)
{
	struct cb_taken t;
	struct ng ng;
	struct mb m;

	(void)state;
	begin(&ng, &m, false);
	ng_interface(&ng, 1, 0);
	ng_interface(&ng, 1, 0);
	ng_interface(&ng, 1, 0);
	ng_packet_options(&ng, 0, 1, frame(1), 3);
	ng_packet_options(&ng, 0, 2, frame(1), 4);
	ng_old(&ng, 1, 5, 3, frame(1));
	ng_statistics(&ng, 1, 6, 7);
	ng_statistics(&ng, 2, 10, 0);
	ng_statistics(&ng, 2, 20, 0);		/* a running total */
	ng_statistics(&ng, 9, 100, 0);		/* of no interface */
	take(&t, &m);
	assert_int_equal(t.ntroubles, 0);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.drops, 7 + 13 + 20);
	done(&t, &m);
}

static void other_blocks(void **state)
{
	static uint8_t zeros[300000];
	struct cb_taken t;
	struct ng ng;
	struct mb m;

	(void)state;
	begin(&ng, &m, false);
	ng_block(&ng, 4, frame(30));				/* names */
	ng_interface(&ng, 1, 0);
	ng_block(&ng, 10, (struct nf_bytes){ zeros, sizeof(zeros) });	/* secrets */
	ng_packet(&ng, 0, 1, frame(1));
	ng_block(&ng, 0x0bad, frame(0));
	ng_block(&ng, 0x40000bad, (struct nf_bytes){ zeros, 70000 });
	ng_packet(&ng, 0, 2, frame(2));
	ng_packet(&ng, 0, 3, (struct nf_bytes){ zeros, sizeof(zeros) });
	take(&t, &m);
	assert_int_equal(t.ntroubles, 0);
	assert_int_equal(t.n, 3);
	assert_int_equal(t.frames[2].f.caplen, sizeof(zeros));
	assert_int_equal(t.frames[2].sum, cb_sum((struct nf_bytes){ zeros, sizeof(zeros) }));
	done(&t, &m);
}

/* A packet whose block is whole but whose fields make no sense costs only itself. */
static void bad_packets(void **state)
{
	static const struct {
		const char *text;
		unsigned at;	/* in the packet's block */
		uint8_t octets[4];
	} rows[] = {
		{ "is of an interface that was not described", 8, { 0, 0, 0, 7 } },
		{ "says more octets than its block has", 20, { 0, 0, 0, 21 } },
		{ "says more octets than its block has", 20, { 0xff, 0xff, 0xff, 0xff } },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cb_taken t;
		struct ng ng;
		struct mb m;
		size_t at;

		begin(&ng, &m, true);
		ng_interface(&ng, 1, 0);
		ng_packet(&ng, 0, 1, frame(20));
		at = m.n;
		ng_packet(&ng, 0, 2, frame(20));
		ng_packet(&ng, 0, 3, frame(20));
		memcpy(m.p + at + rows[i].at, rows[i].octets, 4);
		take(&t, &m);
		assert_int_equal(t.ntroubles, 1);
		assert_int_equal(t.troubles[0].kind, NF_ERR_DAMAGE);
		assert_non_null(strstr(t.troubles[0].text, rows[i].text));
		assert_non_null(strstr(t.troubles[0].text, "frame 2 at offset"));
		assert_int_equal(t.n, 2);
		assert_int_equal(t.frames[1].f.number, 3);
		done(&t, &m);
	}
}

static void cut_anywhere(void **state)
{
	size_t ends[16], n = 0;
	struct ng ng;
	struct mb m;

	(void)state;
	begin(&ng, &m, false);
	ng_interface_clock(&ng, 1, 9, 0);
	for (unsigned i = 0; i < 3; i++) {
		ng_packet(&ng, 0, i, frame(9 + i));
		ends[n++] = m.n;
	}
	ng.big = true;
	ng_section(&ng);
	ng_interface(&ng, 1, 20);
	ng_simple(&ng, 20, frame(20));
	ends[n++] = m.n;
	ng_packet_options(&ng, 0, 4, frame(20), 5);
	ends[n++] = m.n;
	for (size_t cut = 0; cut <= m.n; cut++) {
		struct cb_taken t;
		size_t whole = 0;

		while (whole < n && ends[whole] <= cut)
			whole++;
		cb_take_octets(&t, (struct nf_bytes){ m.p, cut }, &plain);
		if (t.n != whole || t.ntroubles > 1)
			fail_msg("cut at %zu: %zu of %zu frames, %u troubles", cut, t.n, whole,
				 t.ntroubles);
		if (whole > 0 && whole < n && cut % 4 != 0)
			assert_int_equal(t.ntroubles, 1);
		cb_taken_done(&t);
	}
	mb_done(&m);
}

/* Behind a broken block the next good one is found. */
static void resynchronises(void **state)
{
	static const struct {
		const char *why;
		unsigned at, n;		/* in the second packet's block, of 52 octets */
		uint8_t fill;
	} rows[] = {
		{ "length 0", 4, 4, 0 },
		{ "length huge", 4, 4, 0xff },
		{ "length unlike the one behind", 48, 4, 0x11 },
		{ "all of it", 0, 52, 0x55 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cb_taken t;
		struct ng ng;
		struct mb m;
		size_t at;

		begin(&ng, &m, false);
		ng_interface(&ng, 1, 0);
		ng_packet(&ng, 0, 1, frame(20));
		at = m.n;
		ng_packet(&ng, 0, 2, frame(20));
		ng_packet(&ng, 0, 3, frame(20));
		memset(m.p + at + rows[i].at, rows[i].fill, rows[i].n);
		take(&t, &m);
		if (t.ntroubles != 1 || t.n != 2)
			fail_msg("%s: %zu frames, %u troubles", rows[i].why, t.n, t.ntroubles);
		assert_non_null(strstr(t.troubles[0].text, "reading goes on at offset"));
		assert_int_equal(t.frames[1].f.ts_ns, 3000);
		done(&t, &m);
	}
}

/* Looking for a block has met the end of the file: what is damaged before it is not cut. */
static void damaged_is_not_cut(void **state)
{
	static const uint8_t huge[20] = { 6, 0, 0, 0, 0, 0, 1, 0 };	/* within a frame */
	struct cb_taken t;
	struct ng ng;
	struct mb m;
	size_t ends[2];

	(void)state;
	begin(&ng, &m, false);
	ng_interface(&ng, 1, 0);
	ng_packet(&ng, 0, 1, (struct nf_bytes){ huge, sizeof(huge) });
	ends[0] = m.n;
	ng_packet(&ng, 0, 2, frame(20));
	ng_packet(&ng, 0, 3, frame(20));
	ends[1] = m.n;
	ng_packet(&ng, 0, 4, frame(20));
	for (unsigned i = 0; i < 2; i++)
		m.p[ends[i] - 4] = 0;		/* the length once more */
	take(&t, &m);
	assert_int_equal(t.n, 2);
	assert_int_equal(t.ntroubles, 2);
	for (unsigned i = 0; i < 2; i++)
		assert_non_null(strstr(t.troubles[i].text, "is damaged; reading goes on"));
	done(&t, &m);
}

/* Every octet flipped in turn: no crash, and never more frames than there were. */
static void flipped(void **state)
{
	struct ng ng;
	struct mb m;

	(void)state;
	begin(&ng, &m, false);
	ng_interface_clock(&ng, 1, 9, 77);
	for (unsigned i = 0; i < 3; i++)
		ng_packet_options(&ng, 0, i, frame(9 + i), i);
	ng_statistics(&ng, 0, 1, 2);
	for (size_t at = 4; at < m.n; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			struct cb_taken t;

			m.p[at] ^= (uint8_t)(1 << bit);
			take(&t, &m);
			assert_true(t.n <= 3 && t.ntroubles <= 8);
			cb_taken_done(&t);
			m.p[at] ^= (uint8_t)(1 << bit);
		}
	}
	mb_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(packets),
		cmocka_unit_test(interfaces_and_sections),
		cmocka_unit_test(simple_packet_is_cut_to_the_snaplen),
		cmocka_unit_test(resolutions),
		cmocka_unit_test(clock_options),
		cmocka_unit_test(drops),
		cmocka_unit_test(other_blocks),
		cmocka_unit_test(bad_packets),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(resynchronises),
		cmocka_unit_test(damaged_is_not_cut),
		cmocka_unit_test(flipped),
	};

	return cmocka_run_group_tests_name("pcapng", tests, NULL, NULL);
}
