/* All layers together: frames mutated at random, and memory that runs out. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/mem.h"
#include "lib/netbuild.h"

#define MACS "020000000001 020000000002 "

enum { FRAMES_MAX = 128 };

/* A capture with some of everything. */
static struct {
	uint8_t *p;
	size_t n;
	int linktype;
} frames[FRAMES_MAX];
static unsigned nframes;

static uint8_t text[3000];

static void add(const struct net *n, int linktype)
{
	struct nf_bytes b = net_bytes(n);

	assert_true(nframes < FRAMES_MAX);
	frames[nframes].p = malloc(b.n);
	assert_non_null(frames[nframes].p);
	memcpy(frames[nframes].p, b.p, b.n);
	frames[nframes].n = b.n;
	frames[nframes].linktype = linktype;
	nframes++;
}

static void udp_packet(struct net *n, bool v6)
{
	net_begin(n, text, 50);
	net_udp(n, 2055, 9995);
	net_ip(n, v6 ? "2001:db8::1" : "192.0.2.1", v6 ? "2001:db8::2" : "192.0.2.2", 17);
}

static void links(struct net *n)
{
	static const struct {
		int linktype;
		const char *header;
	} rows[] = {
		{ 1, MACS "0800" },
		{ 1, MACS "88a8 0007 8100 0064 0800" },
		{ 1, MACS "8847 00010040 00020140 00000000" MACS "0800" },
		{ 1, MACS "8864 1100 0001 0050 0021" },
		{ 1, MACS "0056 aaaa03 000000 0800" },
		{ 0, "02000000" },
		{ 9, "ff03 0021" },
		{ 104, "0f00 0800" },
		{ 105, "8803 0000" MACS "020000000003 0010 020000000004 0000 aaaa03 000000 0800" },
		{ 105, "8802 0000" MACS "020000000003 0010 8000" MACS "0056 aaaa03 000000 0800" },
		{ 113, "0000 0001 0006 0200000000010000 0800" },
		{ 119, "44000000 10000000 0000000000000000 0802 0000" MACS
		  "020000000003 0010 aaaa03 000000 0800" },
		{ 127, "0000 1000 020000a0 00000000 20 000000 8802 0000" MACS
		  "020000000003 0010 0000 0000 aaaa03 000000 0800" },
		{ 192, "0000 0800 01000000" MACS "0800" },
		{ 239, "02 00 0000 0800 0100 08000000 5200 0900" },
		{ 276, "0800 0000 00000002 0001 00 06 0200000000010000" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		udp_packet(n, false);
		net_hex(n, rows[i].header);
		add(n, rows[i].linktype);
	}
}

static void tunnels(struct net *n)
{
	static const struct {
		uint8_t protocol;
		uint16_t port;
		const char *header;
		bool ethernet;
	} rows[] = {
		{ 4, 0, "", false },
		{ 47, 0, "b000 0800 00000000 00000007 00000001", false },
		{ 47, 0, "1000 88be 00000001 1064 0001 00000000", true },
		{ 47, 0, "1000 22eb 00000001 2064 0001 00000000 0000 0001 0000000000000000", true },
		{ 115, 0, "00000001 deadbeef", true },
		{ 17, 4789, "08000000 00000700", true },
		{ 17, 6081, "0240 6558 00000700 0102 80 01 00000000", true },
		{ 17, 2152, "34ff 0056 00000001 00000085 01000000", false },
		{ 17, 1701, "0003 0000 00000001 deadbeef", true },
		{ 17, 1701, "4802 005e 0001 0001 0000 0000 ff03 0021", false },
		{ 17, 6635, "00010140", false },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		udp_packet(n, false);
		if (rows[i].ethernet)
			net_ethernet(n);
		net_hex(n, rows[i].header);
		if (rows[i].port != 0)
			net_udp(n, 40000, rows[i].port);
		net_ip(n, "2001:db8:9::1", "2001:db8:9::2", rows[i].protocol);
		net_ethernet(n);
		add(n, 1);
	}
}

static void fragments(struct net *n)
{
	static const uint32_t at[] = { 0, 480, 960, 1504 };
	uint8_t whole[1504];

	net_begin(n, text, sizeof(whole) - 8);
	net_udp(n, 2055, 9995);
	memcpy(whole, net_bytes(n).p, sizeof(whole));
	for (int v6 = 0; v6 < 2; v6++) {
		for (int i = 0; i < 3; i++) {
			int which = v6 ? 2 - i : i;

			net_begin(n, whole + at[which], at[which + 1] - at[which]);
			net_piece(n, v6 ? "2001:db8::1" : "10.0.0.1",
				  v6 ? "2001:db8::2" : "10.0.0.2", 17, 5, at[which], which < 2);
			add(n, 101);
		}
	}
}

static void streams(struct net *n)
{
	static const uint16_t order[] = { 0, 2, 1, 4, 5, 5, 7, 6, 9 };
	uint8_t octets[1500];
	uint32_t at = 0;

	for (uint32_t i = 1; at + 150 <= sizeof(octets); at += 150, i++)
		net_message(octets + at, 150, i);
	net_begin(n, NULL, 0);
	net_tcp(n, 40000, 4739, 999, 0, NET_SYN);
	net_ip(n, "10.0.0.1", "10.0.0.2", 6);
	add(n, 101);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		uint32_t from = order[i] * 140u;

		net_begin(n, octets + from, 140);
		net_tcp(n, 40000, 4739, 1000 + from, 0, NET_ACK);
		net_ip(n, "10.0.0.1", "10.0.0.2", 6);
		add(n, 101);
	}
	net_begin(n, NULL, 0);
	net_tcp(n, 4739, 40000, 1, 1000 + 1400, NET_ACK);
	net_ip(n, "10.0.0.2", "10.0.0.1", 6);
	add(n, 101);
	for (int i = 0; i < 2; i++) {
		net_begin(n, NULL, 0);
		net_tcp(n, 40000, 4739, 1000 + 1400, 0, NET_ACK | NET_FIN);
		net_ip(n, "10.0.0.1", "10.0.0.2", 6);
		add(n, 101);
	}
}

static void associations(struct net *n)
{
	static const struct net_chunk chunks[] = {
		{ 0, 3, 1, 0, 0, 0, 0 }, { 0, 2, 2, 1, 7, 0, 0 }, { 0, 1, 4, 1, 7, 0, 0 },
		{ 0, 0, 3, 1, 7, 0, 0 }, { 64, 2, 5, 1, 0, 8, 0 }, { 64, 1, 6, 1, 0, 8, 1 },
		{ 0, 2, 9, 1, 9, 0, 0 }, { 3, 0, 0, 0, 0, 0, 0 }, { 6, 0, 0, 0, 0, 0, 0 },
	};

	for (size_t i = 0; i < sizeof(chunks) / sizeof(chunks[0]); i++) {
		net_begin(n, text + i * 50, 50);
		net_chunk(n, &chunks[i]);
		net_sctp(n, 5000, 4739, 99);
		if (i % 2 == 0)
			net_udp(n, 9899, 9899);
		net_ip(n, "10.0.0.1", "10.0.0.2", i % 2 == 0 ? 17 : 132);
		add(n, 101);
	}
}

static int build(void **state)
{
	static struct net n;

	(void)state;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = (uint8_t)(i * 11 + (i >> 8));
	links(&n);
	udp_packet(&n, true);
	net_ethernet(&n);
	add(&n, 1);
	tunnels(&n);
	fragments(&n);
	streams(&n);
	associations(&n);
	return 0;
}

static int drop(void **state)
{
	(void)state;
	for (unsigned i = 0; i < nframes; i++)
		free(frames[i].p);
	return 0;
}

static const struct capture_opts opts = { .framer = &net_framer };

/* What it is all about, before anything is done to it. */
static void untouched(void **state)
{
	unsigned udp = 0, tcp = 0, sctp = 0;
	struct rig r;

	(void)state;
	assert_true(rig_begin(&r, &opts));
	for (unsigned i = 0; i < nframes; i++)
		rig_feed(&r, frames[i].linktype, (struct nf_bytes){ frames[i].p, frames[i].n });
	rig_finish(&r);
	for (size_t i = 0; i < r.ngot; i++) {
		udp += r.got[i].d.transport == NF_TRANSPORT_UDP;
		tcp += r.got[i].d.transport == NF_TRANSPORT_TCP;
		sctp += r.got[i].d.transport == NF_TRANSPORT_SCTP;
	}
	assert_int_equal(udp, 16 + 1 + 11 + 2);
	assert_in_range(tcp, 7, 10);
	assert_int_equal(sctp, 3);
	rig_end(&r);
}

/*
 * Octets changed, frames cut, repeated, exchanged: no crash, no hang, and what comes out is
 * what stands in the file (rig_feed sees to that).
 */
static void mutated(void **state)
{
	uint64_t seed = 17;

	(void)state;
	for (int round = 0; round < 400; round++) {
		struct capture_opts o = opts;
		struct rig r;

		if (round % 4 == 0)
			o.max_memory = 2000 + net_random(&seed) % 8000;
		assert_true(rig_begin(&r, &o));
		if (round % 2 == 0)
			rig_watch(&r);
		for (unsigned i = 0; i < nframes + nframes / 4; i++) {
			unsigned which = net_random(&seed) % 4 == 0 ?
					 net_random(&seed) % nframes : i % nframes;
			uint8_t copy[4096];
			struct nf_bytes b = { copy, frames[which].n };
			int linktype = frames[which].linktype;

			memcpy(copy, frames[which].p, b.n);
			for (uint32_t k = net_random(&seed) % 4; k > 0; k--) {
				uint32_t at = net_random(&seed) % (uint32_t)b.n;

				copy[at] = net_random(&seed) % 3 == 0 ?
					   (uint8_t)(copy[at] ^ 1u << net_random(&seed) % 8) :
					   (uint8_t)net_random(&seed);
			}
			if (net_random(&seed) % 8 == 0) {
				uint32_t len = net_random(&seed) % (uint32_t)b.n;

				r.missing = net_random(&seed) % 2 == 0 ?
					    (uint32_t)b.n - len : net_random(&seed);
				b.n = len;
			}
			if (net_random(&seed) % 64 == 0)
				linktype = (int)(net_random(&seed) % 280);
			r.ts_ns += net_random(&seed) % 16 == 0 ?
				   (int64_t)net_random(&seed) * 16 : 0;
			rig_feed(&r, linktype, b);
		}
		rig_finish(&r);
		rig_end(&r);
	}
}

/* Fails the call that LEFT counts down to, and, if ALL, every one behind it. */
struct failing {
	long left;
	bool all;
	long live;
};

static void *resize(void *ctx, void *old, size_t size)
{
	struct failing *f = ctx;
	void *p;

	if (size == 0) {
		f->live--;
		free(old);
		return NULL;
	}
	if (f->left-- == 0) {
		if (f->all)
			f->left = 0;
		return NULL;
	}
	p = realloc(old, size);
	if (p != NULL && old == NULL)
		f->live++;
	return p;
}

/* The n-th allocation fails, for every n: nothing leaks, and the rest goes on. */
static void out_of_memory(void **state)
{
	bool failed = true;
	size_t least = SIZE_MAX;

	(void)state;
	for (long n = 0; failed; n++) {
		for (int all = 0; all < 2; all++) {
			struct failing f = { n, all, 0 };
			struct rig r;

			nf_allocator_set(&(struct nf_allocator){ resize, &f });
			if (rig_begin(&r, &opts)) {
				for (unsigned i = 0; i < nframes; i++)
					rig_feed(&r, frames[i].linktype,
						 (struct nf_bytes){ frames[i].p, frames[i].n });
				rig_finish(&r);
				if (!all && r.ngot < least)
					least = r.ngot;
			}
			rig_end(&r);
			assert_int_equal(f.live, 0);
			failed = f.left < 0 || all;
			if (!all && f.left >= 0)
				break;
		}
	}
	nf_allocator_set(NULL);
	assert_in_range(least, 28, 1000);	/* what needs no memory comes out */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(untouched),
		cmocka_unit_test(mutated),
		cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, build, drop);
}
