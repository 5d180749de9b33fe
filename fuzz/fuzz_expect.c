/*
 * Any text as a file of expectations: read, judged, updated, and what comes of that read and judged
 * again (tests/lib/expectcheck.h).
 */
#include <config.h>

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/expectcheck.h"

const char fuzz_name[] = "expect";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *fault = expectcheck_text((const char *)data, size);

	if (fault != NULL) {
		fprintf(stderr, "fuzz_expect: %s\n", fault);
		abort();
	}
	return 0;
}
