/*
 * A fuzz target is a file fuzz_NAME.c with these two.  Linked with libFuzzer it hunts; linked
 * with replay.c it runs what stands in fuzz/corpus/NAME, in `make check`.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

extern const char fuzz_name[];		/* of the folder below fuzz/corpus */

/* Aborts where something does not hold. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
