/* Fragments in every order, repeated, contradicting, cut, late and too many. */
#include <config.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "capture/hold.h"
#include "lib/netbuild.h"

static const char *const hosts[2][2] = {
	{ "10.0.0.1", "10.0.0.2" },
	{ "2001:db8::1", "2001:db8::2" },
};

/* A UDP datagram of WHOLE octets with its header, to be cut into pieces. */
static uint8_t whole[65535];

static void fill(size_t len)
{
	static struct net n;

	for (size_t i = 8; i < len; i++)
		whole[i] = (uint8_t)(i * 13 + (i >> 8) * 7);
	net_begin(&n, whole + 8, len - 8);
	net_udp(&n, 2055, 9995);
	memcpy(whole, net_bytes(&n).p, 8);
}

struct part {
	uint32_t at, end;
	bool last;
	int flip;		/* octet of the part that is another one, or -1 */
	uint32_t missing;	/* octets at its end that were not captured */
};

static void feed(struct rig *r, int v6, uint32_t id, const struct part *p)
{
	static uint8_t octets[65535];
	static struct net n;
	struct nf_bytes frame;

	memcpy(octets, whole + p->at, p->end - p->at);
	if (p->flip >= 0)
		octets[p->flip] ^= 0xff;
	net_begin(&n, octets, p->end - p->at);
	net_piece(&n, hosts[v6][0], hosts[v6][1], 17, id, p->at, !p->last);
	frame = net_bytes(&n);
	frame.n -= p->missing;
	r->missing = p->missing;
	rig_feed(r, 101, frame);
}

#define PART(at, end) { at, end, false, -1, 0 }
#define LAST(at, end) { at, end, true, -1, 0 }
#define FLIP(at, end, octet) { at, end, false, octet, 0 }
#define CUT(at, end, missing) { at, end, false, -1, missing }

static const struct row {
	const char *name;
	struct part parts[8];
	int got;		/* octets of UDP payload; -1: no datagram */
	unsigned fragments;
	unsigned extents;
	unsigned lost, overlap;
	int v6_got;		/* as got, where IPv6 differs; else 0 */
	unsigned v6_lost, v6_overlap;
} rows[] = {
	{ "in order", { PART(0, 16), PART(16, 32), LAST(32, 43) }, 35, 3, 3, 0, 0, 0, 0, 0 },
	{ "reversed", { LAST(32, 43), PART(16, 32), PART(0, 16) }, 35, 3, 3, 0, 0, 0, 0, 0 },
	{ "first in the middle", { PART(16, 32), PART(0, 16), LAST(32, 43) }, 35, 3, 3, 0, 0, 0,
	  0, 0 },
	{ "first lost", { PART(16, 32), LAST(32, 43) }, -1, 0, 0, 2, 0, 0, 2, 0 },
	{ "middle lost", { PART(0, 16), LAST(32, 43) }, -1, 0, 0, 2, 0, 0, 2, 0 },
	{ "last lost", { PART(0, 16), PART(16, 32) }, -1, 0, 0, 2, 0, 0, 2, 0 },
	{ "repeated", { PART(0, 16), PART(0, 16), LAST(32, 43), LAST(32, 43), PART(16, 32) }, 35,
	  3, 3, 0, 0, 0, 0, 0 },
	{ "overlapping, the same", { PART(0, 24), PART(16, 40), LAST(32, 43) }, 35, 3, 3, 0, 0, 0,
	  0, 0 },
	{ "covered", { PART(0, 32), PART(8, 16), LAST(32, 43) }, 35, 2, 2, 0, 0, 0, 0, 0 },
	{ "covering", { PART(8, 16), PART(24, 32), PART(0, 40), LAST(40, 43) }, 35, 4, 5, 0, 0, 0,
	  0, 0 },
	{ "contradicting, whole", { PART(0, 16), FLIP(0, 16, 9), PART(16, 32), LAST(32, 43) }, 35,
	  3, 3, 0, 1, -1, 1, 3 },
	{ "contradicting, in part", { PART(0, 16), FLIP(8, 32, 3), LAST(32, 43) }, 35, 3, 3, 0, 1,
	  -1, 2, 2 },
	{ "two ends", { LAST(32, 43), LAST(32, 40), PART(0, 32) }, 35, 2, 2, 0, 1, -1, 1, 2 },
	{ "beyond the end", { LAST(32, 43), PART(40, 48), PART(0, 32) }, 35, 2, 2, 0, 1, -1, 1,
	  2 },
	{ "end before what is there", { PART(16, 48), LAST(32, 43), PART(0, 16) }, -1, 0, 0, 2, 1,
	  -1, 1, 2 },
	{ "first piece cut", { CUT(0, 16, 3), LAST(16, 43) }, 5, 2, 1, 0, 0, 0, 0, 0 },
	{ "last piece cut", { PART(0, 32), { 32, 43, true, -1, 4 } }, 31, 2, 2, 0, 0, 0, 0, 0 },
	{ "all of the last cut", { PART(0, 32), { 32, 43, true, -1, 11 } }, 24, 2, 1, 0, 0, 0, 0,
	  0 },
	{ "UDP header cut", { CUT(0, 16, 10), LAST(16, 43) }, -1, 0, 0, 0, 0, 0, 0, 0 },
};

static const char *check(const struct row *row, const struct rig *r, int v6)
{
	int want = v6 && row->v6_got != 0 ? row->v6_got : row->got;
	const struct got *g = r->got;
	uint32_t covered = 0;

	if (r->counts.skipped[SKIP_FRAGMENT_LOST] != (v6 ? row->v6_lost : row->lost))
		return "wrong count of lost fragments";
	if (r->counts.skipped[SKIP_FRAGMENT_OVERLAP] !=
	    (v6 && row->v6_got != 0 ? row->v6_overlap : row->overlap))
		return "wrong count of contradicting fragments";
	if (want < 0)
		return r->ngot == 0 ? NULL : "a datagram came out";
	if (r->ngot != 1)
		return "no datagram";
	if (g->d.payload.n != (size_t)want || memcmp(g->payload, whole + 8, (size_t)want) != 0)
		return "wrong payload";
	if (g->d.wire_len != 35 || g->d.facts.cut != (want < 35))
		return "wrong length as sent";
	if (g->d.facts.fragments != row->fragments)
		return "wrong count of fragments";
	if (g->d.nextents != row->extents)
		return "wrong count of extents";
	for (uint32_t i = 0; i < g->d.nextents; i++)
		covered += g->extents[i].length;
	if (covered != (uint32_t)want)
		return "extents do not cover the payload";
	if (g->d.frame != r->frames || g->d.src.port != 2055)
		return "wrong frame";
	return NULL;
}

static void cases(void **state)
{
	unsigned failed = 0;

	(void)state;
	fill(43);
	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i / 2];
		const char *wrong;
		struct rig r;

		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		for (const struct part *p = row->parts; p->end != 0; p++)
			feed(&r, i & 1, 77, p);
		rig_finish(&r);
		wrong = check(row, &r, i & 1);
		if (wrong != NULL) {
			print_error("%s, IPv%d: %s\n", row->name, i & 1 ? 6 : 4, wrong);
			failed++;
		}
		rig_end(&r);
	}
	assert_int_equal(failed, 0);
}

/* A datagram cut at random, its pieces overlapping, repeated and shuffled, is the same. */
static void shuffled(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (int round = 0; round < 300; round++) {
		uint32_t len = round % 10 == 0 ? 65000 : 16 + net_random(&seed) % 3000, n = 0;
		struct part parts[400];
		struct rig r;

		fill(len);
		for (uint32_t at = 0; at < len && n < 300; n++) {
			uint32_t step = 8 + net_random(&seed) % (len / 20 + 1);
			uint32_t back = net_random(&seed) % 4 == 0 ? net_random(&seed) % 64 : 0;

			parts[n].at = at - (back < at ? back & ~7u : 0);
			at = at + step < len ? (at + step) & ~7u : len;
			parts[n] = (struct part){ parts[n].at, at, at == len, -1, 0 };
		}
		for (uint32_t i = 0, have = n; i < have / 4; i++)
			parts[n++] = parts[net_random(&seed) % have];
		for (uint32_t i = n - 1; i > 0; i--) {
			uint32_t j = net_random(&seed) % (i + 1);
			struct part swap = parts[i];

			parts[i] = parts[j];
			parts[j] = swap;
		}
		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		for (uint32_t i = 0; i < n && r.ngot == 0; i++)
			feed(&r, round & 1, 5, &parts[i]);
		assert_int_equal(r.ngot, 1);
		assert_int_equal(r.got[0].d.payload.n, len - 8);
		assert_memory_equal(r.got[0].payload, whole + 8, len - 8);
		assert_int_equal(r.counts.skipped[SKIP_FRAGMENT_OVERLAP], 0);
		rig_end(&r);
	}
}

/* Thirty seconds for IPv4, sixty for IPv6, from the first piece. */
static void time_outs(void **state)
{
	static const struct part first = PART(0, 16), last = LAST(16, 43);
	static const struct {
		int v6;
		int64_t later;
		size_t got;
	} cases_[] = {
		{ 0, 29, 1 }, { 0, 31, 0 }, { 1, 59, 1 }, { 1, 61, 0 }, { 0, -100, 1 },
	};

	(void)state;
	fill(43);
	for (size_t i = 0; i < sizeof(cases_) / sizeof(cases_[0]); i++) {
		struct rig r;

		assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
		feed(&r, cases_[i].v6, 1, &first);
		r.ts_ns += cases_[i].later * INT64_C(1000000000);
		feed(&r, cases_[i].v6, 1, &last);
		assert_int_equal(r.ngot, cases_[i].got);
		assert_int_equal(r.counts.skipped[SKIP_FRAGMENT_LOST], 1 - cases_[i].got);
		rig_end(&r);
	}
}

/* Pieces of one Identification belong together only if all else is the same. */
static void keys(void **state)
{
	static const char *const other[][2] = {
		{ "10.0.0.1", "10.0.0.3" }, { "10.0.0.3", "10.0.0.2" },
	};
	static const struct part first = PART(0, 16), last = LAST(16, 43);
	static struct net n;
	struct rig r;

	(void)state;
	fill(43);
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	feed(&r, 0, 1, &first);
	feed(&r, 0, 2, &last);
	for (int i = 0; i < 2; i++) {
		net_begin(&n, whole + 16, 27);
		net_piece(&n, other[i][0], other[i][1], 17, 1, 16, false);
		rig_feed(&r, 101, net_bytes(&n));
	}
	net_begin(&n, whole + 16, 27);
	net_piece(&n, hosts[0][0], hosts[0][1], 6, 1, 16, false);
	rig_feed(&r, 101, net_bytes(&n));
	for (int vlan = 0; vlan < 2; vlan++) {
		net_begin(&n, whole + 16, 27);
		net_piece(&n, hosts[0][0], hosts[0][1], 17, 1, 16, false);
		net_hex(&n, vlan ? "020000000001 020000000002 8100 0001 0800" :
				   "020000000001 020000000002 0800");
		assert_int_equal(r.ngot, 0);
		rig_feed(&r, 1, net_bytes(&n));
		assert_int_equal(r.ngot, !vlan);
		if (vlan == 0) {
			r.ngot = 0;
			free(r.got[0].payload);
			free(r.got[0].extents);
		}
	}
	rig_finish(&r);
	assert_int_equal(r.counts.skipped[SKIP_FRAGMENT_LOST], 5);
	rig_end(&r);
}

/* Many datagrams at a time; one that is not alone in the memory bound drops the oldest. */
static void bounded(void **state)
{
	static const struct part first = PART(0, 1024), last = LAST(1024, 2000);
	struct rig r;

	(void)state;
	fill(2000);
	assert_true(rig_begin(&r, &(struct capture_opts){ .max_memory = 64 << 10 }));
	for (uint32_t id = 0; id < 200; id++)
		feed(&r, 0, id, &first);
	assert_in_range(r.counts.skipped[SKIP_MEMORY], 140, 180);
	feed(&r, 0, 0, &last);
	assert_int_equal(r.ngot, 0);
	feed(&r, 0, 199, &last);
	feed(&r, 0, 198, &last);
	assert_int_equal(r.ngot, 2);
	rig_finish(&r);
	assert_int_equal(r.counts.skipped[SKIP_MEMORY] + r.counts.skipped[SKIP_FRAGMENT_LOST],
			 201 - 2);
	rig_end(&r);

	assert_true(rig_begin(&r, &(struct capture_opts){ .max_memory = 1000 }));
	feed(&r, 0, 0, &first);
	feed(&r, 0, 0, &last);
	assert_int_equal(r.ngot, 0);
	assert_int_equal(r.counts.skipped[SKIP_MEMORY], 2);
	rig_end(&r);
}

/* Fragments of a tunnel's packets, of which one carries a fragment. */
static void nested(void **state)
{
	static struct net inner, outer;
	struct nf_bytes packet;
	struct rig r;

	(void)state;
	fill(43);
	assert_true(rig_begin(&r, &(struct capture_opts){ 0 }));
	for (int i = 0; i < 2; i++) {
		net_begin(&inner, whole + (i ? 24 : 0), i ? 19 : 24);
		net_piece(&inner, "10.1.0.1", "10.1.0.2", 17, 9, i ? 24 : 0, i == 0);
		packet = net_bytes(&inner);
		net_begin(&outer, packet.p + 16, packet.n - 16);
		net_piece(&outer, "10.0.0.1", "10.0.0.2", 4, 1 + (uint32_t)i, 16, false);
		rig_feed(&r, 101, net_bytes(&outer));
		net_begin(&outer, packet.p, 16);
		net_piece(&outer, "10.0.0.1", "10.0.0.2", 4, 1 + (uint32_t)i, 0, true);
		rig_feed(&r, 101, net_bytes(&outer));
	}
	assert_int_equal(r.ngot, 1);
	assert_int_equal(r.got[0].d.payload.n, 35);
	assert_memory_equal(r.got[0].payload, whole + 8, 35);
	assert_true(r.got[0].d.facts.tunnelled);
	assert_int_equal(r.got[0].d.src.addr.octets[1], 1);
	assert_int_equal(r.got[0].d.nextents, 2);
	assert_int_equal(r.got[0].d.frame, 4);
	rig_end(&r);
}

/* A step of hold_hash, and back. */
static const uint64_t factor = 0xff51afd7ed558ccdu;

static uint64_t mix(uint64_t h, uint64_t word)
{
	h = (h ^ word) * factor;
	return h ^ h >> 32;
}

static uint64_t unmix(uint64_t h, uint64_t word)
{
	uint64_t inverse = factor;

	for (int i = 0; i < 5; i++)
		inverse *= 2 - factor * inverse;
	return (h ^ h >> 32) * inverse ^ word;
}

/* The I-th key that has hash 1. */
static struct hold_key chosen(uint64_t i)
{
	enum { WORDS = sizeof(struct hold_key) / 8, FREE = 3 };
	struct hold_key key = { .kind = HOLD_FRAGMENTS, .family = 6 };
	uint64_t words[WORDS], from = 0x9e3779b97f4a7c15u, back = 1;

	memcpy(words, &key, sizeof(key));
	words[0] = i;
	for (int w = 0; w < FREE; w++)
		from = mix(from, words[w]);
	for (int w = WORDS - 1; w > FREE; w--)
		back = unmix(back, words[w]);
	words[FREE] = unmix(back, from);
	memcpy(&key, words, sizeof(key));
	return key;
}

/* Keys made to have one hash, as a capture may bring them, do not share a bucket. */
static void chosen_keys(void **state)
{
	enum { KEYS = 3000 };
	static struct held items[KEYS];
	const UT_hash_table *table;
	unsigned longest = 0;
	struct hold h;

	(void)state;
	hold_init(&h, SIZE_MAX);
	for (unsigned i = 0; i < KEYS; i++) {
		items[i].key = chosen(i);
		assert_int_equal(hold_hash(&items[i].key), 1);
		assert_true(hold_add(&h, &items[i]));
	}
	table = h.table->hh.tbl;
	for (unsigned b = 0; b < table->num_buckets; b++)
		if (table->buckets[b].count > longest)
			longest = table->buckets[b].count;
	assert_in_range(longest, 1, 40);
	for (unsigned i = 0; i < KEYS; i++) {
		assert_ptr_equal(hold_find(&h, &items[i].key), &items[i]);
		hold_remove(&h, &items[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cases),
		cmocka_unit_test(shuffled),
		cmocka_unit_test(time_outs),
		cmocka_unit_test(keys),
		cmocka_unit_test(bounded),
		cmocka_unit_test(nested),
		cmocka_unit_test(chosen_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
