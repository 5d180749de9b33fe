/* IPFIX Files (RFC 5655), and the inputs that are taken for captures and are none. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "lib/capbuild.h"

static const struct order_opts plain = { .window_octets = ORDER_OCTETS };

enum { MESSAGES = 5 };

/* Messages of 36 octets, exported at 1000, 999, 1001, 1000 .. seconds. */
static void build(struct mb *m)
{
	static const uint32_t secs[MESSAGES] = { 1000, 999, 1001, 1000, 1002 };

	mb_init(m);
	for (unsigned i = 0; i < MESSAGES; i++) {
		mb_begin(m, 10, &(struct mb_header){ .secs = secs[i], .seq = i });
		mb_set_begin(m, i == 0 ? 2 : 256);
		if (i == 0)
			mb_template(m, 256, "8/4 12/4");
		else
			mb_record(m, "10.0.0.1 10.0.0.2");
		mb_pad(m, 20);
		mb_set_end(m);
		mb_end(m);
	}
	assert_false(m->failed);
}

static size_t length_of(const struct mb *m, size_t at)
{
	return nf_be16(m->p + at + 2);
}

/* The order of the file is kept, whatever the clock says, sorted or not. */
static void messages(void **state)
{
	static const struct order_opts ways[] = {
		{ .window_octets = ORDER_OCTETS },
		{ .window_octets = ORDER_OCTETS, .survey = true },
		{ .window_octets = ORDER_OCTETS, .sort = true },
	};
	struct mb m;

	(void)state;
	build(&m);
	for (size_t w = 0; w < sizeof(ways) / sizeof(ways[0]); w++) {
		struct cb_taken t;
		size_t at = 0;

		cb_take_octets(&t, mb_bytes(&m), &ways[w]);
		assert_int_equal(t.ntroubles, 0);
		assert_int_equal(t.n, MESSAGES);
		for (unsigned i = 0; i < MESSAGES; i++) {
			const struct frame *f = &t.frames[i].f;

			assert_int_equal(f->number, i + 1);
			assert_int_equal(f->linktype, FRAME_IPFIX_FILE);
			assert_int_equal(f->offset, at);
			assert_int_equal(f->caplen, length_of(&m, at));
			assert_true(f->ts_ns == (int64_t)nf_be32(m.p + at + 4) * 1000000000);
			assert_memory_equal(t.frames[i].first, m.p + at, 16);
			at += f->caplen;
		}
		cb_taken_done(&t);
	}
	mb_done(&m);
}

static void cut_anywhere(void **state)
{
	struct mb m;

	(void)state;
	build(&m);
	for (size_t n = 20; n < m.n; n++) {
		size_t whole = 0, at = 0;
		struct cb_taken t;

		while (n - at >= 4 && at + length_of(&m, at) <= n) {
			at += length_of(&m, at);
			whole++;
		}
		cb_take_octets(&t, (struct nf_bytes){ m.p, n }, &plain);
		if (t.n != whole || t.ntroubles != (at != n))
			fail_msg("cut at %zu: %zu of %zu messages, %u troubles", n, t.n, whole,
				 t.ntroubles);
		cb_taken_done(&t);
	}
	mb_done(&m);
}

static void resynchronises(void **state)
{
	static const struct {
		unsigned at, n;		/* in the second message */
		uint8_t fill;
	} rows[] = { { 0, 2, 0 }, { 2, 2, 0 }, { 2, 2, 0xff }, { 0, 30, 0x55 } };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cb_taken t;
		struct mb m;

		build(&m);
		memset(m.p + length_of(&m, 0) + rows[i].at, rows[i].fill, rows[i].n);
		cb_take_octets(&t, mb_bytes(&m), &plain);
		if (t.n != MESSAGES - 1 || t.ntroubles != 1)
			fail_msg("row %zu: %zu messages, %u troubles", i, t.n, t.ntroubles);
		assert_int_equal(t.frames[1].f.number, 3);
		assert_non_null(strstr(t.troubles[0].text, "reading goes on at offset"));
		cb_taken_done(&t);
		mb_done(&m);
	}
}

/* --- what is no capture --- */

static void foreign(void **state)
{
	static const struct {
		const char *hex, *text;
	} rows[] = {
		{ "", " is empty" },
		{ "0ca5 0100 00000000 00000000", " is an nfdump file (layout 1), not a capture: " },
		{ "0ca5 0200 00000000 00000000", " is an nfdump file (layout 2), not a capture: " },
		{ "cf10 0103 00000000", " is a flow-tools file, not a capture: " },
		{ "cf10 0203 00000000", " is a flow-tools file, not a capture: " },
		{ "deadbeef 00000000", " is a SiLK file, not a capture: " },
		{ "736e6f6f70000000 00000002 00000004",
		  " is a snoop file, not a capture: " },
		{ "504b0304 0000", " is a zip archive, not a capture: " },
		{ "7b22 31363732 2e31 22 3a 7b22 636c69656e74 22 3a 5b",
		  " is a file of python-netflow, not a capture: " },
		{ "0005 001e 00000000 00000000 00000000 00000000 00000000",
		  " is bare NetFlow without a capture around it, not a capture: " },
		{ "68656c6c6f0a", " is text, not a capture: " },
		/* A message of a version 10 that is none: shorter than its header. */
		{ "000a 000f 00000000 00000000 00000000",
		  " is not a capture: it begins with 00 0a 00 0f 00 00 00 00, " },
		/* A first set that is longer than its message. */
		{ "000a 0018 00000000 00000000 00000000 0002 0009 00000000",
		  " is not a capture: it begins with 00 0a" },
		{ "000102", " is not a capture: it begins with 00 01 02, " },
		/* the first octets of a pcap file */
		{ "d4", " is not a capture: it begins with d4, " },
		{ "d4c3b2", " is not a capture: it begins with d4 c3 b2, " },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cb_taken t;
		struct mb m;
		const char *space;

		mb_init(&m);
		mb_hex(&m, rows[i].hex);
		assert_false(m.failed);
		cb_take_octets(&t, mb_bytes(&m), &plain);
		assert_int_equal(t.n, 0);
		assert_int_equal(t.ntroubles, 1);
		assert_int_equal(t.troubles[0].kind, NF_ERR_ENV);
		space = strchr(t.troubles[0].text, ' ');
		if (strncmp(space, rows[i].text, strlen(rows[i].text)) != 0)
			fail_msg("%s: %s", rows[i].hex, t.troubles[0].text);
		cb_taken_done(&t);
		mb_done(&m);
	}
}

/* The same, packed: python-netflow writes gz. */
static void foreign_packed(void **state)
{
	static const char line[] = "{\"1672531200.1\": {\"client\": [\"192.0.2.1\", 2055]}}\n";
	const struct nf_bytes json = { (const uint8_t *)line, sizeof(line) - 1 };
	struct cb_taken t;
	struct mb z;

	(void)state;
	mb_init(&z);
	assert_true(cb_pack(&z, "gzip", json));
	cb_take_octets(&t, mb_bytes(&z), &plain);
	assert_int_equal(t.ntroubles, 1);
	assert_non_null(strstr(t.troubles[0].text, " is a file of python-netflow, not a "));
	cb_taken_done(&t);
	mb_done(&z);
}

/* Packed data that is cut before it tells anything is damaged, whatever its first octets are. */
static void nearly_nothing(void **state)
{
	const struct nf_bytes abc = { (const uint8_t *)"abc", 3 };
	struct cb_taken t;
	struct mb z;

	(void)state;
	mb_init(&z);
	assert_true(cb_pack(&z, "gzip", abc));
	cb_take_octets(&t, (struct nf_bytes){ z.p, z.n - 1 }, &plain);
	assert_int_equal(t.ntroubles, 1);
	assert_int_equal(t.troubles[0].kind, NF_ERR_DAMAGE);
	assert_non_null(strstr(t.troubles[0].text, ": nothing can be read: cut short"));
	cb_taken_done(&t);
	mb_done(&z);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(resynchronises),
		cmocka_unit_test(foreign),
		cmocka_unit_test(foreign_packed),
		cmocka_unit_test(nearly_nothing),
	};

	return cmocka_run_group_tests_name("ipfixfile", tests, NULL, NULL);
}
