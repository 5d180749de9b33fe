/*
 * Any text as a display filter: read, written back, compiled, and run over messages of every
 * version beside an evaluator that takes no short cuts (tests/lib/filtercheck.h).
 */
#include <config.h>

#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "lib/filtercheck.h"

const char fuzz_name[] = "filter";

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct filtercheck *fc;
	const char *fault;

	if (fc == NULL)
		fc = filtercheck_new();
	if (fc == NULL)
		return 0;
	fault = filtercheck_text(fc, (const char *)data, size);
	if (fault != NULL) {
		fprintf(stderr, "fuzz_filter: %s\n", fault);
		abort();
	}
	return 0;
}
