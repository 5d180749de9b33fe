/*
 * From frame to datagram.  The input is read as a classic little-endian capture, so that any
 * capture is a seed: its link type counts, all else of its header does not, and a record that
 * runs over the end is cut.  What comes out must stand in the input where its extents say.
 */
#include <config.h>

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/frame.h"
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

static uint32_t le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 | (uint32_t)p[1] << 8 | p[0];
}

static void run(const uint8_t *data, size_t size, size_t max_memory)
{
	const struct capture_opts opts = { .framer = &framer, .max_memory = max_memory };
	struct capture_counts counts = { 0 };
	struct frame f = { .linktype = data[20] | (data[21] & 1) << 8 };
	struct dissector *d = dissector_new(&opts, &counts, NULL);

	if (d == NULL)
		return;
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
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < FILE_HEADER)
		return 0;
	run(data, size, 0);
	run(data, size, 4096);
	return 0;
}
