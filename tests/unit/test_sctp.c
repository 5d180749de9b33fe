/* SCTP: user messages whole, in fragments, in any order, repeated, cut and incomplete. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "capture/ip.h"
#include "lib/netbuild.h"

enum { END = 1, BEGIN = 2, WHOLE = 3, UNORDERED = 4 };

static uint8_t text[4096];

static void fill(void)
{
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 11 + (i >> 8));
}

/* Octets AT to AT + LEN of the text in one chunk of one packet. */
struct piece {
	uint32_t at, len;
	struct net_chunk chunk;
};

static struct nf_bytes packet(struct net *n, const struct piece *p, uint32_t tag)
{
	net_begin(n, text + p->at, p->len);
	net_chunk(n, &p->chunk);
	net_sctp(n, 5000, 4739, tag);
	net_ip(n, "10.0.0.1", "10.0.0.2", IP_SCTP);
	return net_bytes(n);
}

static void feed(struct rig *r, const struct piece *p)
{
	static struct net n;

	rig_feed(r, 101, packet(&n, p, 99));
}

static void expect(const struct got *g, uint32_t at, uint32_t len, unsigned fragments)
{
	assert_int_equal(g->d.transport, NF_TRANSPORT_SCTP);
	assert_int_equal(g->d.payload.n, len);
	assert_memory_equal(g->payload, text + at, len);
	assert_int_equal(g->d.wire_len, len);
	assert_int_equal(g->d.facts.fragments, fragments);
	assert_int_equal(g->d.nextents, fragments);
	assert_int_equal(g->d.src.port, 5000);
	assert_int_equal(g->d.dst.port, 4739);
	assert_false(g->d.facts.cut);
}

static void whole(void **state)
{
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	feed(&r, &(struct piece){ 0, 33, { 0, WHOLE, 10, 3, 0, 0, 0 } });
	feed(&r, &(struct piece){ 33, 40, { 0, WHOLE | UNORDERED, 11, 0x1234, 0, 0, 0 } });
	feed(&r, &(struct piece){ 73, 40, { 64, WHOLE, 12, 5, 0, 7, 0 } });
	feed(&r, &(struct piece){ 113, 40, { 0, WHOLE, 14, 5, 0, 0, 0 } });
	feed(&r, &(struct piece){ 153, 40, { 0, WHOLE, 14 - 4096, 5, 0, 0, 0 } });
	feed(&r, &(struct piece){ 193, 40, { 0, WHOLE, 15 - 4096, 5, 0, 0, 0 } });
	assert_int_equal(r.ngot, 6);
	expect(&r.got[0], 0, 33, 1);
	assert_int_equal(r.got[0].d.facts.sctp_stream, 3);
	assert_int_equal(r.got[0].d.facts.sctp_flags, WHOLE);
	assert_int_equal(r.got[0].extents[0].offset, 24 + 16 + 20 + 12 + 16);
	expect(&r.got[1], 33, 40, 1);
	assert_int_equal(r.got[1].d.facts.sctp_stream, 0x1234);
	assert_int_equal(r.got[1].d.facts.sctp_flags, WHOLE | UNORDERED);
	expect(&r.got[2], 73, 40, 1);
	assert_false(r.got[2].d.facts.after_hole);
	expect(&r.got[3], 113, 40, 1);
	assert_true(r.got[3].d.facts.after_hole);
	assert_int_equal(rig_skipped(&r), 0);
	rig_end(&r);
}

/* Several chunks of a packet: messages and others in turn, odd lengths padded. */
static void bundled(void **state)
{
	static const struct piece pieces[] = {
		{ 0, 5, { 0, WHOLE, 1, 0, 0, 0, 0 } },
		{ 5, 12, { 3, 0, 0, 0, 0, 0, 0 } },		/* SACK */
		{ 17, 6, { 0, WHOLE, 2, 1, 0, 0, 0 } },
		{ 23, 0, { 0, WHOLE, 3, 1, 0, 0, 0 } },		/* no data */
		{ 23, 7, { 0, WHOLE, 4, 2, 0, 0, 0 } },
	};
	static struct net one, all;
	struct rig r;

	(void)state;
	net_begin(&all, NULL, 0);
	for (int i = 4; i >= 0; i--) {
		net_begin(&one, text + pieces[i].at, pieces[i].len);
		net_chunk(&one, &pieces[i].chunk);
		net_push(&all, net_bytes(&one).p, net_bytes(&one).n);
	}
	net_sctp(&all, 5000, 4739, 99);
	net_ip(&all, "2001:db8::1", "2001:db8::2", IP_SCTP);
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	rig_feed(&r, 101, net_bytes(&all));
	assert_int_equal(r.ngot, 3);
	expect(&r.got[0], 0, 5, 1);
	expect(&r.got[1], 17, 6, 1);
	expect(&r.got[2], 23, 7, 1);
	assert_int_equal(r.counts.skipped[SKIP_SCTP_OTHER], 1);
	assert_int_equal(r.counts.skipped[SKIP_EMPTY], 1);
	assert_int_equal(rig_skipped(&r), 2);
	rig_end(&r);
}

static const struct row {
	const char *name;
	uint8_t type;
	struct piece pieces[8];
	int got;
	unsigned fragments, repeated, incomplete;
} rows[] = {
	{ "two", 0, { { 0, 16, { .flags = BEGIN, .tsn = 1 } },
		      { 16, 9, { .flags = END, .tsn = 2 } } }, 25, 2, 0, 0 },
	{ "three, over the end of TSNs", 0,
	  { { 0, 16, { .flags = BEGIN, .tsn = 0xffffffff } },
	    { 16, 8, { .tsn = 0 } },
	    { 24, 9, { .flags = END, .tsn = 1 } } }, 33, 3, 0, 0 },
	{ "reversed", 0, { { 24, 9, { .flags = END, .tsn = 3 } },
			   { 16, 8, { .tsn = 2 } },
			   { 0, 16, { .flags = BEGIN, .tsn = 1 } } }, 33, 3, 0, 0 },
	{ "repeated", 0, { { 0, 16, { .flags = BEGIN, .tsn = 1 } },
			   { 0, 16, { .flags = BEGIN, .tsn = 1 } },
			   { 16, 9, { .flags = END, .tsn = 2 } },
			   { 16, 9, { .flags = END, .tsn = 2 } } }, 25, 2, 2, 0 },
	{ "middle lost", 0, { { 0, 16, { .flags = BEGIN, .tsn = 1 } },
			      { 24, 9, { .flags = END, .tsn = 3 } } }, -1, 0, 0, 1 },
	{ "another message's end", 0, { { 0, 16, { .flags = BEGIN, .tsn = 1, .ssn = 1 } },
					{ 16, 9, { .flags = END, .tsn = 2, .ssn = 2 } } },
	  -1, 0, 0, 2 },
	{ "another stream's end", 0, { { 0, 16, { .flags = BEGIN, .tsn = 1 } },
				       { 16, 9, { .flags = END, .tsn = 2, .stream = 1 } } },
	  -1, 0, 0, 2 },
	{ "unordered", 0, { { 0, 16, { .flags = BEGIN | UNORDERED, .tsn = 1 } },
			    { 16, 9, { .flags = END | UNORDERED, .tsn = 2 } } }, 25, 2, 0, 0 },
	{ "I-DATA", 64, { { 0, 16, { .flags = BEGIN, .tsn = 1, .mid = 9, .fsn = 4711 } },
			  { 16, 8, { .tsn = 5, .mid = 9, .fsn = 1 } },
			  { 24, 9, { .flags = END, .tsn = 3, .mid = 9, .fsn = 2 } } },
	  33, 3, 0, 0 },
	{ "I-DATA of two messages", 64,
	  { { 0, 16, { .flags = BEGIN, .tsn = 1, .mid = 9 } },
	    { 16, 9, { .flags = END, .tsn = 2, .mid = 8, .fsn = 1 } } }, -1, 0, 0, 2 },
};

static void fragments(void **state)
{
	unsigned failed = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];
		struct rig r;

		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		for (const struct piece *p = row->pieces; p->len != 0; p++) {
			struct piece typed = *p;

			typed.chunk.type = row->type;
			feed(&r, &typed);
		}
		rig_finish(&r);
		if (r.ngot != (row->got >= 0) ||
		    r.counts.skipped[SKIP_SCTP_REPEATED] != row->repeated ||
		    r.counts.skipped[SKIP_SCTP_HOLE] != row->incomplete) {
			print_error("%s\n", row->name);
			failed++;
		} else if (row->got >= 0) {
			expect(&r.got[0], 0, (uint32_t)row->got, row->fragments);
		}
		rig_end(&r);
	}
	assert_int_equal(failed, 0);
}

/* Messages cut at random, their chunks shuffled and repeated: each comes out once, whole. */
static void shuffled(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (int round = 0; round < 200; round++) {
		struct piece pieces[300];
		uint32_t at = 0, tsn = net_random(&seed) * 2, n = 0, nmessages = 0;
		uint32_t begins[40];
		struct rig r;

		while (at < sizeof(text) - 200 && n < 200 && nmessages < 30) {
			uint32_t count = 1 + net_random(&seed) % 8;

			begins[nmessages] = at;
			for (uint32_t i = 0; i < count; i++) {
				uint32_t len = 1 + net_random(&seed) % 40;

				if (at + len > sizeof(text))
					len = 1;
				pieces[n++] = (struct piece){ at, len, {
					.flags = (uint8_t)((i == 0 ? BEGIN : 0) |
							   (i == count - 1 ? END : 0)),
					.tsn = tsn++, .stream = (uint16_t)(nmessages % 3),
					.ssn = (uint16_t)(nmessages / 3),
				} };
				at += len;
			}
			nmessages++;
		}
		begins[nmessages] = at;
		for (uint32_t i = n / 4; i-- > 0; n++)
			pieces[n] = pieces[net_random(&seed) % n];
		for (uint32_t i = n - 1; i > 0; i--) {
			uint32_t j = net_random(&seed) % (i + 1);
			struct piece swap = pieces[i];

			pieces[i] = pieces[j];
			pieces[j] = swap;
		}
		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		for (uint32_t i = 0; i < n; i++)
			feed(&r, &pieces[i]);
		assert_int_equal(r.ngot, nmessages);
		for (uint32_t i = 0; i < nmessages; i++) {
			const struct got *g = r.got;
			uint32_t len = begins[i + 1] - begins[i];

			while (g < r.got + r.ngot &&
			       (g->d.payload.n != len ||
				memcmp(g->payload, text + begins[i], len) != 0))
				g++;
			assert_true(g < r.got + r.ngot);
			g->payload[0] ^= 0xff;		/* each is found once */
		}
		rig_finish(&r);
		assert_int_equal(r.counts.skipped[SKIP_SCTP_HOLE], 0);
		rig_end(&r);
	}
}

static void cut(void **state)
{
	static struct net n;
	struct piece p = { 0, 100, { 0, WHOLE, 1, 0, 0, 0, 0 } };
	struct nf_bytes frame;
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	frame = packet(&n, &p, 99);
	r.missing = 60;
	rig_feed(&r, 101, (struct nf_bytes){ frame.p, frame.n - 60 });
	assert_int_equal(r.ngot, 1);
	assert_int_equal(r.got[0].d.payload.n, 40);
	assert_int_equal(r.got[0].d.wire_len, 100);
	assert_true(r.got[0].d.facts.cut);

	p.chunk.tsn = 2;
	p.chunk.flags = BEGIN;
	frame = packet(&n, &p, 99);
	r.missing = 60;
	rig_feed(&r, 101, (struct nf_bytes){ frame.p, frame.n - 60 });
	p = (struct piece){ 100, 20, { 0, END, 3, 0, 0, 0, 0 } };
	rig_feed(&r, 101, packet(&n, &p, 99));
	assert_int_equal(r.ngot, 2);
	assert_int_equal(r.got[1].d.payload.n, 40);
	assert_int_equal(r.got[1].d.wire_len, 120);
	assert_int_equal(r.got[1].d.facts.fragments, 2);

	p = (struct piece){ 0, 100, { 0, WHOLE, 4, 0, 0, 0, 0 } };
	frame = packet(&n, &p, 99);
	for (uint32_t len = 0; len < 48; len++) {
		r.missing = (uint32_t)frame.n - len;
		rig_feed(&r, 101, (struct nf_bytes){ frame.p, len });
	}
	assert_int_equal(r.ngot, 2);
	assert_int_equal(rig_skipped(&r), 48);
	rig_end(&r);
}

static void malformed(void **state)
{
	static const char *const chunks[] = {
		"0003 0000", "0003 0003", "0003 ffff 00000001 00000000 00000000 aa",
		"0003 0008 00000001", "4003 0010 00000001 00000000 00000000", "",
	};
	static struct net n;
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		net_begin(&n, NULL, 0);
		net_hex(&n, chunks[i]);
		net_sctp(&n, 1, 2, 3);
		net_ip(&n, "10.0.0.1", "10.0.0.2", IP_SCTP);
		rig_feed(&r, 101, net_bytes(&n));
	}
	assert_int_equal(r.ngot, 0);
	assert_int_equal(r.counts.skipped[SKIP_BAD_TRANSPORT], 5);
	rig_end(&r);
}

/* Tags keep associations apart; the end of one forgets its fragments. */
static void associations(void **state)
{
	static const struct piece first = { 0, 10, { 0, BEGIN, 1, 0, 0, 0, 0 } };
	static const struct piece last = { 10, 10, { 0, END, 2, 0, 0, 0, 0 } };
	static const struct piece abort_ = { 0, 0, { 6, 0, 0, 0, 0, 0, 0 } };
	static struct net n;
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	rig_feed(&r, 101, packet(&n, &first, 1));
	rig_feed(&r, 101, packet(&n, &last, 2));
	assert_int_equal(r.ngot, 0);
	rig_feed(&r, 101, packet(&n, &abort_, 1));
	assert_int_equal(r.counts.skipped[SKIP_SCTP_HOLE], 1);
	rig_feed(&r, 101, packet(&n, &first, 2));
	assert_int_equal(r.ngot, 1);
	expect(&r.got[0], 0, 20, 2);
	rig_end(&r);
}

static void encrypted_and_in_udp(void **state)
{
	static struct net n;
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	net_begin(&n, NULL, 0);
	net_hex(&n, "16 feff 0000 000000000001 0002 aabb");
	net_chunk(&n, &(struct net_chunk){ .flags = WHOLE, .tsn = 1 });
	net_sctp(&n, 5000, 4740, 99);
	net_ip(&n, "10.0.0.1", "10.0.0.2", IP_SCTP);
	rig_feed(&r, 101, net_bytes(&n));
	assert_int_equal(r.ngot, 0);
	assert_int_equal(r.counts.skipped[SKIP_ENCRYPTED], 1);

	net_begin(&n, text, 33);
	net_chunk(&n, &(struct net_chunk){ .flags = WHOLE, .tsn = 2, .stream = 4 });
	net_sctp(&n, 5000, 4739, 99);
	net_udp(&n, 30000, 9899);
	net_ip(&n, "10.0.0.1", "10.0.0.2", IP_UDP);
	rig_feed(&r, 101, net_bytes(&n));
	assert_int_equal(r.ngot, 1);
	expect(&r.got[0], 0, 33, 1);
	assert_int_equal(r.got[0].d.facts.sctp_stream, 4);
	rig_end(&r);
}

/* Fragments without end: a bound an association, and one for all. */
static void bounded(void **state)
{
	struct piece p = { 0, 4000, { 0, BEGIN, 0, 0, 0, 0, 0 } };
	static struct net n;
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	for (p.chunk.tsn = 0; p.chunk.tsn < 2000; p.chunk.tsn += 2) {
		p.chunk.ssn++;
		feed(&r, &p);
	}
	assert_in_range(r.counts.skipped[SKIP_SCTP_HOLE], 920, 945);
	rig_finish(&r);
	assert_int_equal(r.counts.skipped[SKIP_SCTP_HOLE], 1000);
	rig_end(&r);

	p.len = 1;
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	for (p.chunk.tsn = 0; p.chunk.tsn < 4000; p.chunk.tsn += 2) {
		p.chunk.ssn++;
		feed(&r, &p);
	}
	assert_int_equal(r.counts.skipped[SKIP_SCTP_HOLE], 2000 - 1024);
	rig_end(&r);

	p.len = 4000;
	assert_true(rig_begin(&r, &(struct capture_opts){ .max_memory = 100 << 10 }));
	for (uint32_t tag = 1; tag <= 100; tag++)
		rig_feed(&r, 101, packet(&n, &p, tag));
	assert_in_range(r.counts.skipped[SKIP_MEMORY], 70, 85);
	rig_end(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whole),
		cmocka_unit_test(bundled),
		cmocka_unit_test(fragments),
		cmocka_unit_test(shuffled),
		cmocka_unit_test(cut),
		cmocka_unit_test(malformed),
		cmocka_unit_test(associations),
		cmocka_unit_test(encrypted_and_in_udp),
		cmocka_unit_test(bounded),
	};

	fill();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
