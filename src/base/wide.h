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

/* NF_WIDE_SWAP(four): four numbers of 64 bits as the wire has them, each in the machine's order. */
#if defined(HAVE_TARGET_CLONES) && defined(__has_builtin) && \
	__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#if __has_builtin(__builtin_shufflevector)
#define NF_WIDE_OCTETS(four) ((uint8_t __attribute__((vector_size(32))))(four))
#define NF_WIDE_SWAP(four) \
	((uint64_t __attribute__((vector_size(32))))__builtin_shufflevector( \
		NF_WIDE_OCTETS(four), NF_WIDE_OCTETS(four), \
		7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8, \
		23, 22, 21, 20, 19, 18, 17, 16, 31, 30, 29, 28, 27, 26, 25, 24))
#endif
#endif

#endif
