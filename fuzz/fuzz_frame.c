/*
 * From frame to datagram.  The input is read as a classic little-endian capture, so that any
 * capture is a seed: its link type counts, all else of its header does not, and a record that
 * runs over the end is cut.  What comes out must stand in the input where its extents say, and what
 * the packets are metered to must be all of them.
 */
#include <config.h>

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/frame.h"
#include "model/meter.h"
#include "wire/wire.h"

const char fuzz_name[] = "frame";

enum { FILE_HEADER = 24, RECORD_HEADER = 16 };

static enum framer_verdict frame_ipfix(struct nf_bytes stream, bool strict, uint32_t *length)
{
	switch (nf_frame_ipfix(stream, strict, length)) {
	case 1: return FRAMER_MESSAGE;
	case 0: return FRAMER_MORE;
	case -2: return FRAMER_ENCRYPTED;
	default: return FRAMER_NO;
	}
}

static const struct framer framer = { frame_ipfix };

static void require(bool holds, const char *what)
{
	if (holds)
		return;
	fprintf(stderr, "fuzz_frame: %s\n", what);
	abort();
}

static void take(struct dissector *d, const uint8_t *data, size_t size)
{
	struct nf_datagram got;

	while (dissector_next(d, &got)) {
		size_t at = 0;

		require(got.payload.n <= got.wire_len, "more captured than sent");
		require(got.facts.cut == (got.payload.n < got.wire_len), "cut, or not");
		require(got.src.addr.family == got.dst.addr.family, "two families");
		for (uint32_t i = 0; i < got.nextents; i++) {
			const struct nf_extent *x = &got.extents[i];

			require(x->length > 0 && x->length <= got.payload.n - at &&
				x->offset <= size && x->length <= size - x->offset,
				"an extent out of bounds");
			require(memcmp(data + x->offset, got.payload.p + at, x->length) == 0,
				"an extent with other octets");
			at += x->length;
		}
		require(at == got.payload.n, "extents that do not cover the payload");
	}
}

/* What is heard of packets: how many, and the meter, whose bounds are reached soon. */
struct hearer {
	struct meter *meter;
	uint64_t packets;
};

static void hear(void *ctx, const struct capture_packet *p)
{
	struct hearer *h = ctx;

	require(p->src.addr.family == p->dst.addr.family, "a packet of two families");
	require(p->fragment || p->fragment_at == 0, "a fragment that is none");
	h->packets++;
	meter_packet(h->meter, p);
}

static void settle(struct hearer *h)
{
	const struct meter_totals *t = meter_totals(h->meter);
	struct meter_counts all = { .packets = t->beyond };
	const struct meter_flow *f;

	if (meter_end(h->meter)) {
		for (size_t i = 0; (f = meter_flow_at(h->meter, i)) != NULL; i++) {
			uint64_t rows = 0;

			for (uint32_t at = 0; meter_step(h->meter, f, &at) != NULL;)
				rows++;
			require(rows == f->all.packets || (f->partial && rows < f->all.packets),
				"rows are not the flow's packets");
			require(meter_find(h->meter, &f->key) == f, "a flow that is not found");
			all.packets += f->all.packets;
		}
		require(all.packets == t->all.packets, "flows are not all packets");
		require(t->all.packets + t->tunnelled == h->packets, "not all packets");
	}
	meter_free(h->meter);
}

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void run(const uint8_t *data, size_t size, size_t max_memory, enum meter_depth depth)
{
	const struct capture_opts opts = { .framer = &framer, .max_memory = max_memory };
	struct capture_counts counts = { 0 };
	struct frame f = { .linktype = data[20] | (data[21] & 1) << 8 };
	struct dissector *d = dissector_new(&opts, &counts, NULL);
	struct hearer hearer = {
		.meter = meter_new(&(struct meter_opts){
			.depth = depth, .max_flows = 16, .max_packets = max_memory / 64,
		}),
	};

	if (d == NULL || hearer.meter == NULL) {
		dissector_free(d);
		meter_free(hearer.meter);
		return;
	}
	dissector_watch(d, &(struct capture_watch){ .packet = hear, .ctx = &hearer });
	for (size_t at = FILE_HEADER; size - at >= RECORD_HEADER; at += f.caplen) {
		uint8_t *copy;	/* of exactly its size, for AddressSanitizer */

		f.ts_ns = (int64_t)le32(data + at) * 1000000000 + le32(data + at + 4);
		f.caplen = le32(data + at + 8);
		f.wirelen = le32(data + at + 12);
		f.number++;
		at += RECORD_HEADER;
		if (f.caplen > size - at)
			f.caplen = (uint32_t)(size - at);
		f.offset = at;
		copy = malloc(f.caplen + 1);
		if (copy == NULL)
			break;
		if (f.caplen > 0)
			memcpy(copy + 1, data + at, f.caplen);
		f.p = copy + 1;
		dissector_feed(d, &f);
		take(d, data, size);
		free(copy);
	}
	dissector_finish(d);
	take(d, data, size);
	dissector_free(d);
	settle(&hearer);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < FILE_HEADER)
		return 0;
	run(data, size, 0, METER_OUTER);
	run(data, size, 4096, METER_INNER);
	return 0;
}
