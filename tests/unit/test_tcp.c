/* TCP streams: however segments are cut, ordered, repeated and lost, messages are the same. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "lib/netbuild.h"

enum { STREAM_MAX = 256 << 10, MESSAGES_MAX = 512 };

/* The octets of one direction: messages one behind the other. */
static uint8_t stream[STREAM_MAX];
static uint32_t begins[MESSAGES_MAX + 1];	/* of message i; the last is the end of all */
static unsigned nmessages;

/* Messages of these lengths; 0 ends the list. */
static void messages(const uint32_t *lengths)
{
	uint32_t at = 0;

	for (nmessages = 0; lengths[nmessages] != 0; nmessages++) {
		begins[nmessages] = at;
		net_message(stream + at, lengths[nmessages], nmessages + 1);
		at += lengths[nmessages];
	}
	begins[nmessages] = at;
}

static void random_messages(uint64_t *seed, unsigned n, uint32_t longest)
{
	uint32_t lengths[MESSAGES_MAX + 1];

	for (unsigned i = 0; i < n; i++)
		lengths[i] = 12 + net_random(seed) % (longest - 11);
	lengths[n] = 0;
	messages(lengths);
}

/* One connection, one direction of it. */
struct flow {
	struct rig r;
	uint32_t isn;		/* sequence number of the SYN; octet 0 has the next */
	uint16_t sport;
};

static const struct capture_opts opts = { .framer = &net_framer };

static void begin(struct flow *f, uint32_t isn)
{
	f->isn = isn;
	f->sport = 40000;
	assert_true(rig_begin(&f->r, &opts));
}

static void segment(struct flow *f, uint8_t flags, uint32_t seq, const void *p, uint32_t len)
{
	static struct net n;

	net_begin(&n, p, len);
	net_tcp(&n, f->sport, 4739, seq, 0, flags);
	net_ip(&n, "10.0.0.1", "10.0.0.2", 6);
	rig_feed(&f->r, 101, net_bytes(&n));
}

static void syn(struct flow *f)
{
	segment(f, NET_SYN, f->isn, NULL, 0);
}

/* Octets FROM to TO of the stream. */
static void octets(struct flow *f, uint32_t from, uint32_t to)
{
	segment(f, NET_ACK, f->isn + 1 + from, stream + from, to - from);
}

static void fin(struct flow *f, uint32_t at)
{
	segment(f, NET_ACK | NET_FIN, f->isn + 1 + at, NULL, 0);
}

/* The peer acknowledges all before octet AT. */
static void ack(struct flow *f, uint32_t at)
{
	static struct net n;

	net_begin(&n, NULL, 0);
	net_tcp(&n, 4739, f->sport, 1, f->isn + 1 + at, NET_ACK);
	net_ip(&n, "10.0.0.2", "10.0.0.1", 6);
	rig_feed(&f->r, 101, net_bytes(&n));
}

/* Message WHICH of the stream, whole. */
static void expect_message(const struct got *g, unsigned which)
{
	uint32_t len = begins[which + 1] - begins[which];

	assert_int_equal(g->d.transport, NF_TRANSPORT_TCP);
	assert_int_equal(g->d.payload.n, len);
	assert_memory_equal(g->payload, stream + begins[which], len);
	assert_int_equal(g->d.wire_len, len);
	assert_false(g->d.facts.cut);
}

static void expect_all(const struct flow *f)
{
	assert_int_equal(f->r.ngot, nmessages);
	for (unsigned i = 0; i < nmessages; i++) {
		expect_message(&f->r.got[i], i);
		assert_false(f->r.got[i].d.facts.after_hole);
	}
}

static void in_order(void **state)
{
	static const uint32_t lengths[] = { 40, 100, 12, 700, 20, 0 };
	static const uint32_t cuts[][8] = {
		{ 872 }, { 40, 140, 152, 852, 872 }, { 1, 2, 3, 4, 5, 872 }, { 39, 41, 872 },
		{ 60, 500, 860, 871, 872 }, { 152, 872 },
	};

	(void)state;
	messages(lengths);
	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		uint32_t from = 0;
		struct flow f;

		begin(&f, 0xfffffe00);		/* the sequence number wraps on the way */
		syn(&f);
		for (const uint32_t *to = cuts[i]; from < 872; to++) {
			octets(&f, from, *to);
			/* No sooner and no later than its last octet is there. */
			for (unsigned m = 0; m < nmessages; m++)
				assert_true((f.r.ngot > m) == (begins[m + 1] <= *to));
			from = *to;
		}
		fin(&f, 872);
		expect_all(&f);
		assert_int_equal(f.r.counts.skipped[SKIP_TCP_HOLE], 0);
		assert_int_equal(f.r.counts.skipped[SKIP_TCP_OTHER], 0);
		rig_end(&f.r);
	}
}

/* Frame and stamp are those of the segment that completed it; extents name each piece. */
static void place(void **state)
{
	static const uint32_t lengths[] = { 40, 60, 0 };
	struct flow f;
	const struct got *g;

	(void)state;
	messages(lengths);
	begin(&f, 1000);
	syn(&f);
	octets(&f, 0, 30);
	octets(&f, 30, 70);
	octets(&f, 70, 100);
	assert_int_equal(f.r.ngot, 2);
	g = f.r.got;
	assert_int_equal(g->d.frame, 3);
	assert_int_equal(g->d.ts_ns, INT64_C(1600000000002000000));
	assert_int_equal(g->d.src.port, 40000);
	assert_int_equal(g->d.dst.port, 4739);
	assert_int_equal(g->d.nextents, 2);
	assert_int_equal(g->extents[0].offset, 24 + 56 + 56);
	assert_int_equal(g->extents[0].length, 30);
	assert_int_equal(g->extents[1].offset, 24 + 56 + 86 + 56);
	assert_int_equal(g->extents[1].length, 10);
	g++;
	assert_int_equal(g->d.frame, 4);
	assert_int_equal(g->d.nextents, 2);
	assert_int_equal(g->extents[0].offset, 24 + 56 + 86 + 56 + 10);
	assert_int_equal(g->extents[0].length, 30);
	assert_int_equal(g->extents[1].offset, 24 + 56 + 86 + 96 + 56);
	assert_int_equal(g->extents[1].length, 30);
	rig_end(&f.r);
}

struct cut {
	uint32_t from, to;
};

static void shuffle(struct cut *cuts, unsigned n, unsigned reach, uint64_t *seed)
{
	for (unsigned i = n; i-- > 1;) {
		unsigned back = net_random(seed) % (reach < i ? reach + 1 : i + 1);
		struct cut swap = cuts[i];

		cuts[i] = cuts[i - back];
		cuts[i - back] = swap;
	}
}

/* Cut anywhere, shuffled, repeated, overlapping: the same messages in the same order. */
static void shuffled(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 300; round++) {
		struct cut cuts[3000];
		uint32_t end, step = 1 + net_random(&seed) % (round % 7 == 0 ? 30 : 1500);
		unsigned n = 0;
		struct flow f;

		random_messages(&seed, 1 + net_random(&seed) % 20, round % 3 == 0 ? 3000 : 200);
		end = begins[nmessages];
		for (uint32_t at = 0; at < end && n < 2000;) {
			uint32_t back = net_random(&seed) % 3 == 0 ? net_random(&seed) % 40 : 0;
			uint32_t to = n == 1999 ? end : at + 1 + net_random(&seed) % step;

			if (to > end)
				to = end;
			cuts[n++] = (struct cut){ back < at ? at - back : 0, to };
			at = to;
		}
		for (unsigned i = n / 3; i-- > 0; n++)
			cuts[n] = cuts[net_random(&seed) % n];
		shuffle(cuts, n, round % 2 == 0 ? 8 : n, &seed);
		begin(&f, net_random(&seed) * 2);
		syn(&f);
		for (unsigned i = 0; i < n; i++)
			octets(&f, cuts[i].from, cuts[i].to);
		expect_all(&f);
		fin(&f, end);
		rig_finish(&f.r);
		expect_all(&f);
		assert_int_equal(f.r.counts.skipped[SKIP_TCP_HOLE], 0);
		rig_end(&f.r);
	}
}

/*
 * Segments lost by the capture.  Whatever comes out is a message of the stream, in order,
 * or the head of one that was torn; messages that no hole touches are not lost where their
 * beginning can be known.
 */
static void holes(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int round = 0; round < 300; round++) {
		uint32_t last = 0, end, step = 50 + net_random(&seed) % 800;
		bool torn[MESSAGES_MAX] = { false };
		unsigned whole = 0, untouched = 0;
		struct flow f;

		random_messages(&seed, 40, 600);
		end = begins[nmessages];
		begin(&f, net_random(&seed) * 2);
		syn(&f);
		for (uint32_t at = 0; at < end;) {
			uint32_t to = at + 1 + net_random(&seed) % step;

			if (to > end)
				to = end;
			if (net_random(&seed) % 8 != 0) {
				octets(&f, at, to);
			} else {
				for (unsigned m = 0; m < nmessages; m++)
					if (begins[m] < to && begins[m + 1] > at)
						torn[m] = true;
			}
			if (round % 2 == 0)
				ack(&f, to);
			at = to;
		}
		rig_finish(&f.r);
		for (unsigned m = 0; m < nmessages; m++)
			untouched += !torn[m];
		for (size_t i = 0; i < f.r.ngot; i++) {
			const struct got *g = &f.r.got[i];
			uint32_t number;

			assert_true(g->d.payload.n >= 4);
			if (g->d.payload.n < 12) {
				assert_true(g->d.facts.cut);
				continue;
			}
			number = nf_be32(g->payload + 8);
			assert_in_range(number, last + 1, nmessages);
			last = number;
			assert_int_equal(g->d.wire_len, begins[number] - begins[number - 1]);
			assert_memory_equal(g->payload, stream + begins[number - 1],
					    g->d.payload.n);
			assert_int_equal(g->d.facts.cut, torn[number - 1]);
			whole += !torn[number - 1];
		}
		assert_int_equal(whole, untouched);
		rig_end(&f.r);
	}
}

/* The hole lies inside a message: its head is handed on, and the next begins where it must. */
static void torn(void **state)
{
	static const uint32_t lengths[] = { 40, 400, 50, 60, 0 };
	struct flow f;

	(void)state;
	messages(lengths);
	begin(&f, 7);
	syn(&f);
	octets(&f, 0, 100);
	octets(&f, 200, 550);
	assert_int_equal(f.r.ngot, 1);
	ack(&f, 550);
	assert_int_equal(f.r.ngot, 1);	/* the next segment shows that the peer went on */
	octets(&f, 490, 550);
	assert_int_equal(f.r.ngot, 4);
	expect_message(&f.r.got[0], 0);
	assert_int_equal(f.r.got[1].d.payload.n, 60);
	assert_int_equal(f.r.got[1].d.wire_len, 400);
	assert_true(f.r.got[1].d.facts.cut);
	assert_false(f.r.got[1].d.facts.after_hole);
	expect_message(&f.r.got[2], 2);
	assert_true(f.r.got[2].d.facts.after_hole);
	expect_message(&f.r.got[3], 3);
	assert_false(f.r.got[3].d.facts.after_hole);
	assert_int_equal(f.r.counts.skipped[SKIP_TCP_HOLE], 100);
	rig_end(&f.r);

	begin(&f, 7);			/* two holes in one message; where it ends is certain */
	stream[begins[2] + 4] ^= 1;	/* (a search would not take this for a message) */
	syn(&f);
	octets(&f, 0, 100);
	octets(&f, 200, 300);
	octets(&f, 400, 550);
	ack(&f, 550);
	octets(&f, 490, 550);
	assert_int_equal(f.r.ngot, 4);
	assert_int_equal(f.r.got[1].d.payload.n, 60);
	expect_message(&f.r.got[2], 2);
	assert_true(f.r.got[2].d.facts.after_hole);
	rig_end(&f.r);
}

/* A hole is given up after ten seconds, whoever's segment says so. */
static void old_hole(void **state)
{
	static const uint32_t lengths[] = { 40, 40, 40, 0 };
	struct flow f;

	(void)state;
	messages(lengths);
	begin(&f, 7);
	syn(&f);
	octets(&f, 0, 40);
	octets(&f, 80, 120);
	assert_int_equal(f.r.ngot, 1);
	f.r.ts_ns += INT64_C(9000000000);
	f.sport = 50000;
	syn(&f);
	assert_int_equal(f.r.ngot, 1);
	f.r.ts_ns += INT64_C(2000000000);
	octets(&f, 0, 40);
	assert_int_equal(f.r.ngot, 3);
	expect_message(&f.r.got[1], 2);
	assert_int_equal(f.r.got[1].d.frame, 3);
	assert_true(f.r.got[1].d.facts.after_hole);
	expect_message(&f.r.got[2], 0);
	assert_int_equal(f.r.got[2].d.src.port, 50000);

	f.sport = 40000;		/* a second hole is waited for as the first was */
	f.isn += 80;
	octets(&f, 80, 120);
	assert_int_equal(f.r.ngot, 3);
	octets(&f, 40, 80);
	assert_int_equal(f.r.ngot, 5);
	rig_end(&f.r);
}

/* More waits behind a hole than anyone would send without an acknowledgement. */
static void wide_hole(void **state)
{
	uint64_t seed = 11;
	struct flow f;
	uint32_t end;

	(void)state;
	random_messages(&seed, 200, 1000);
	end = begins[nmessages];
	begin(&f, 7);
	syn(&f);
	for (int lap = 0; lap < 15; lap++) {
		/* The same octets again, farther on in the sequence. */
		for (uint32_t at = 0; at < end; at += 1000) {
			uint32_t to = at + 1000 < end ? at + 1000 : end;

			if (lap > 0 || at > 0)
				octets(&f, at, to);
		}
		f.isn += end;
	}
	assert_true(f.r.ngot > 1000);
	assert_true(f.r.got[0].d.facts.after_hole);
	rig_finish(&f.r);
	assert_in_range(f.r.ngot, 15 * 200 - 5, 15 * 200);
	rig_end(&f.r);
}

/* Without a SYN, and in the middle of a message, the next one is found. */
static void middle(void **state)
{
	uint64_t seed = 9;

	(void)state;
	for (int round = 0; round < 200; round++) {
		unsigned first = 0;
		uint32_t start;
		struct flow f;

		random_messages(&seed, 10, 400);
		start = net_random(&seed) % (begins[nmessages - 1] + 1);
		while (begins[first] < start)
			first++;
		begin(&f, net_random(&seed) * 2);
		for (uint32_t at = start; at < begins[nmessages]; at += 100)
			octets(&f, at, at + 100 < begins[nmessages] ? at + 100 :
							       begins[nmessages]);
		assert_int_equal(f.r.ngot, nmessages - first);
		for (unsigned i = 0; i < f.r.ngot; i++)
			expect_message(&f.r.got[i], first + i);
		rig_end(&f.r);
	}
}

/* Segments that the snap length cut: heads of messages, each at its right place. */
static void cut_segments(void **state)
{
	static const uint32_t lengths[] = { 400, 300, 500, 100, 0 };
	struct flow f;

	(void)state;
	messages(lengths);
	begin(&f, 7);
	syn(&f);
	for (unsigned i = 0; i < 4; i++) {
		static struct net n;
		struct nf_bytes frame;
		uint32_t len = lengths[i];

		net_begin(&n, stream + begins[i], len);
		net_tcp(&n, f.sport, 4739, f.isn + 1 + begins[i], 0, NET_ACK);
		net_ip(&n, "10.0.0.1", "10.0.0.2", 6);
		frame = net_bytes(&n);
		if (frame.n > 168) {
			f.r.missing = (uint32_t)frame.n - 168;
			frame.n = 168;
		}
		rig_feed(&f.r, 101, frame);
	}
	assert_int_equal(f.r.ngot, 4);
	for (unsigned i = 0; i < 4; i++) {
		const struct got *g = &f.r.got[i];

		assert_int_equal(g->d.frame, i + 2);
		assert_int_equal(g->d.wire_len, lengths[i]);
		assert_int_equal(g->d.payload.n, i < 3 ? 128 : 100);
		assert_memory_equal(g->payload, stream + begins[i], g->d.payload.n);
		assert_int_equal(g->d.facts.cut, i < 3);
		assert_int_equal(g->d.facts.after_hole, i > 0);
	}
	rig_end(&f.r);
}

/* How streams end, and what then is held back. */
static void endings(void **state)
{
	static const uint32_t lengths[] = { 40, 100, 0 };
	struct flow f;

	(void)state;
	messages(lengths);
	begin(&f, 7);			/* FIN: all that was sent is there */
	syn(&f);
	octets(&f, 0, 90);
	fin(&f, 90);
	assert_int_equal(f.r.ngot, 2);
	assert_int_equal(f.r.got[1].d.payload.n, 50);
	assert_int_equal(f.r.got[1].d.wire_len, 50);
	assert_false(f.r.got[1].d.facts.cut);
	octets(&f, 40, 90);		/* sent again after it: nothing new */
	fin(&f, 90);
	rig_finish(&f.r);
	assert_int_equal(f.r.ngot, 2);
	rig_end(&f.r);

	begin(&f, 7);			/* FIN before the octets that it ends */
	syn(&f);
	octets(&f, 0, 40);
	fin(&f, 140);
	octets(&f, 40, 140);
	expect_all(&f);
	rig_end(&f.r);

	begin(&f, 7);			/* RST gives up holes */
	syn(&f);
	octets(&f, 40, 140);
	assert_int_equal(f.r.ngot, 0);
	segment(&f, NET_RST, f.isn + 1 + 140, NULL, 0);
	assert_int_equal(f.r.ngot, 1);
	expect_message(&f.r.got[0], 1);
	assert_true(f.r.got[0].d.facts.after_hole);
	rig_end(&f.r);

	begin(&f, 7);			/* the end of the capture */
	syn(&f);
	octets(&f, 0, 90);
	rig_finish(&f.r);
	assert_int_equal(f.r.ngot, 2);
	assert_int_equal(f.r.got[1].d.payload.n, 50);
	assert_int_equal(f.r.got[1].d.wire_len, 100);
	assert_true(f.r.got[1].d.facts.cut);
	assert_int_equal(f.r.got[1].d.frame, 2);
	rig_end(&f.r);
}

/* The same ports again: a SYN, or numbers that are far off, begin another connection. */
static void reused_ports(void **state)
{
	static const uint32_t lengths[] = { 40, 100, 0 };

	(void)state;
	messages(lengths);
	for (int with_syn = 0; with_syn < 2; with_syn++) {
		struct flow f;

		begin(&f, 7);
		syn(&f);
		syn(&f);		/* repeated: the same connection */
		octets(&f, 0, 60);
		syn(&f);		/* late: the same */
		octets(&f, 60, 100);
		f.isn = 0x7f000000;
		if (with_syn)
			syn(&f);
		octets(&f, 0, 140);
		assert_int_equal(f.r.ngot, 4);
		expect_message(&f.r.got[0], 0);
		assert_int_equal(f.r.got[1].d.payload.n, 60);
		assert_true(f.r.got[1].d.facts.cut);
		expect_message(&f.r.got[2], 0);
		expect_message(&f.r.got[3], 1);
		rig_end(&f.r);
	}
}

static void other_streams(void **state)
{
	static const struct {
		const char *name;
		const char *first;
		bool with_syn;
		enum capture_skip reason;
	} cases[] = {
		{ "HTTP", "GET / HTTP/1.1\r\n", true, SKIP_TCP_OTHER },
		{ "TLS", "\x16\x03\x01\x01\x00\x01", true, SKIP_ENCRYPTED },
		{ "TLS in the middle", "\x16\x03\x01\x01\x00\x01", false, SKIP_ENCRYPTED },
		{ "TLS by accident", "xxxxxx\x16\x03\x01\x01\x00\x01", true, SKIP_TCP_OTHER },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t len = (uint32_t)strlen(cases[i].first);
		struct flow f;

		begin(&f, 7);
		if (cases[i].with_syn)
			syn(&f);
		for (uint32_t j = 0; j < 10; j++)
			segment(&f, NET_ACK, 8 + j * len, cases[i].first, len);
		assert_int_equal(f.r.ngot, 0);
		assert_int_equal(f.r.counts.skipped[cases[i].reason], 10);
		assert_int_equal(f.r.counts.skipped[SKIP_TCP_EMPTY], cases[i].with_syn);
		assert_int_equal(rig_skipped(&f.r), 10u + cases[i].with_syn);

		/* A SYN: whatever it was, it may be IPFIX now. */
		messages((const uint32_t[]){ 40, 0 });
		f.isn = 0x1000000;
		syn(&f);
		octets(&f, 0, 40);
		expect_all(&f);
		rig_end(&f.r);
	}
}

/* In the middle of something else there is a search, but not for ever. */
static void search_ends(void **state)
{
	struct flow f;

	(void)state;
	memset(stream, 'x', sizeof(stream));
	memcpy(stream + 5500, "\x16\x03\x01\x01\x00\x01", 6);	/* by accident */
	begin(&f, 7);
	for (uint32_t at = 0; at < sizeof(stream) - 1000; at += 1000)
		octets(&f, at, at + 1000);
	assert_int_equal(f.r.ngot, 0);
	assert_int_equal(rig_skipped(&f.r), f.r.frames);
	assert_int_equal(f.r.counts.skipped[SKIP_TCP_OTHER], f.r.frames);
	net_message(stream, 500, 1);
	octets(&f, 0, 1000);
	assert_int_equal(f.r.ngot, 0);
	rig_end(&f.r);
}

/* Headers alone, as a small snap length leaves them: there is nothing to wait for. */
static void headers_only(void **state)
{
	static struct net n;
	struct flow f;

	(void)state;
	begin(&f, 7);
	syn(&f);
	for (uint32_t i = 0; i < 100; i++) {
		net_begin(&n, stream, 1000);
		net_tcp(&n, f.sport, 4739, f.isn + 1 + i * 1000, 0, NET_ACK);
		net_ip(&n, "10.0.0.1", "10.0.0.2", 6);
		f.r.missing = 1000;
		rig_feed(&f.r, 101, (struct nf_bytes){ net_bytes(&n).p, 40 });
	}
	assert_int_equal(f.r.counts.skipped[SKIP_TCP_OTHER], 100);
	assert_int_equal(f.r.counts.skipped[SKIP_TCP_HOLE], 0);
	rig_end(&f.r);
}

/* A long hole in what is known to be IPFIX is no reason to let go of it. */
static void long_hole(void **state)
{
	static const uint32_t lengths[] = { 40, 100, 60, 0 };
	struct flow f;

	(void)state;
	messages(lengths);
	begin(&f, 7);
	syn(&f);
	octets(&f, 0, 40);
	f.isn += 1000000;
	octets(&f, 0, 40);
	ack(&f, 40);
	octets(&f, 40, 200);
	assert_int_equal(f.r.ngot, 4);
	expect_message(&f.r.got[1], 0);
	assert_true(f.r.got[1].d.facts.after_hole);
	assert_int_equal(f.r.counts.skipped[SKIP_TCP_HOLE], 1000000 - 40);
	rig_end(&f.r);
}

/* A stream that loses its rhythm finds it again. */
static void framing_lost(void **state)
{
	static const uint32_t lengths[] = { 40, 100, 60, 0 };
	struct flow f;

	(void)state;
	messages(lengths);
	stream[43] = 90;		/* the second message says that it is shorter */
	begin(&f, 7);
	syn(&f);
	octets(&f, 0, 200);
	assert_int_equal(f.r.ngot, 3);
	assert_int_equal(f.r.got[1].d.payload.n, 90);
	assert_true(f.r.got[2].d.facts.after_hole);
	expect_message(&f.r.got[2], 2);
	assert_int_equal(f.r.counts.skipped[SKIP_TCP_HOLE], 10);
	rig_end(&f.r);
}

static void no_framer(void **state)
{
	static struct net n;
	struct rig r;

	(void)state;
	messages((const uint32_t[]){ 40, 0 });
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	net_begin(&n, stream, 40);
	net_tcp(&n, 1, 2, 3, 4, NET_ACK);
	net_ip(&n, "10.0.0.1", "10.0.0.2", 6);
	rig_feed(&r, 101, net_bytes(&n));
	assert_int_equal(r.counts.skipped[SKIP_TCP_OTHER], 1);
	rig_end(&r);
}

/* Many connections with a torn message each: the bound holds, the newest survive. */
static void bounded(void **state)
{
	struct flow f;

	(void)state;
	messages((const uint32_t[]){ 1000, 0 });
	f.isn = 7;
	assert_true(rig_begin(&f.r, &(struct capture_opts){ .framer = &net_framer,
							    .max_memory = 100 << 10 }));
	for (f.sport = 1; f.sport < 1000; f.sport++) {
		syn(&f);
		octets(&f, 0, 500);
	}
	assert_in_range(f.r.counts.skipped[SKIP_MEMORY], 800, 960);
	f.sport = 999;
	octets(&f, 500, 1000);
	assert_int_equal(f.r.ngot, 1);
	expect_message(&f.r.got[0], 0);
	rig_end(&f.r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_order),
		cmocka_unit_test(place),
		cmocka_unit_test(shuffled),
		cmocka_unit_test(holes),
		cmocka_unit_test(torn),
		cmocka_unit_test(old_hole),
		cmocka_unit_test(wide_hole),
		cmocka_unit_test(middle),
		cmocka_unit_test(cut_segments),
		cmocka_unit_test(endings),
		cmocka_unit_test(reused_ports),
		cmocka_unit_test(other_streams),
		cmocka_unit_test(search_ends),
		cmocka_unit_test(headers_only),
		cmocka_unit_test(long_hole),
		cmocka_unit_test(framing_lost),
		cmocka_unit_test(no_framer),
		cmocka_unit_test(bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
