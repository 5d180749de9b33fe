/*
 * The wire layer over any octets: leaves partition the message, the walk ends, both doors
 * agree, every value can be formatted (tests/lib/wirecheck.h).  The input is one payload,
 * which may hold several messages; it is read once as it is and once as cut by the capture.
 */
#include <config.h>

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/wirecheck.h"

const char fuzz_name[] = "message";

static void run(struct nf_bytes payload, uint32_t wire_len)
{
	struct wirecheck *wc = wirecheck_new();
	const char *fault;

	if (wc == NULL)
		return;
	fault = wirecheck_payload(wc, payload, wire_len);
	if (fault != NULL) {
		fprintf(stderr, "fuzz_message: %s\n", fault);
		abort();
	}
	wirecheck_free(wc);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct nf_bytes payload = { data, size };
	uint32_t length;

	run(payload, (uint32_t)size);
	run(payload, (uint32_t)size + 100);
	nf_recognise(payload, (uint32_t)size, true);
	nf_frame_ipfix(payload, false, &length);
	nf_frame_ipfix(payload, true, &length);
	return 0;
}
