/*
 * Loops over many numbers, for processors with wider registers as well.
 */
#ifndef NF_BASE_WIDE_H
#define NF_BASE_WIDE_H

/* A function with such a loop: it is compiled twice, and which one runs is chosen once. */
#ifdef HAVE_TARGET_CLONES
#define NF_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define NF_WIDE
#endif

#endif
