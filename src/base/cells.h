/*
 * Columns of numbers as text.  Not installed.
 *
 * A number takes a few dozen instructions to become digits; eight of them take few more together,
 * in AVX2's registers.  Where the processor has none, texts are made one by one (base/digits.h).
 */
#ifndef NF_BASE_CELLS_H
#define NF_BASE_CELLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NF_CELLS = 32,
	NF_CELLS_STEP = 8,	/* so many at once: what is read and written is a multiple of it */
	NF_CELL = 16,		/* octets: an IPv4 address, and a number of up to 16 digits */
};

/* Texts of N octets each, which end where their cells do; what stands before them is anything. */
struct nf_cells {
	uint32_t n[NF_CELLS];
	char text[NF_CELLS][NF_CELL];
};

/* Where a number of up to 4 octets is read: in 4 of the wire's, from OFFSET on. */
struct nf_cells_from {
	uint32_t offset;
	uint32_t mask;		/* after the shift, to the right */
	uint8_t shift;
};

/* Functions that put cells together: called where nf_cells_here alone. */
#if defined(__x86_64__)
#define NF_CELLS_WIDE __attribute__((target("avx2")))
#else
#define NF_CELLS_WIDE
#endif

/* Does this processor have what the others need? */
bool nf_cells_here(void);

/* For tests: as if it had not. */
void nf_cells_refuse(bool refuse);

/* The bits that any of some numbers has, and those that all have: equal where all are one. */
struct nf_cells_bits {
	uint32_t any, all;
};

/* The numbers of N records, into V, and the words that they were read in. */
struct nf_cells_bits nf_cells_read(uint32_t *v, uint32_t *words, const uint8_t *const *records,
				   unsigned n, const struct nf_cells_from *from);

/* Others that stand in the same words. */
struct nf_cells_bits nf_cells_again(uint32_t *v, const uint32_t *words, unsigned n,
				    const struct nf_cells_from *from);

/* The same of numbers of 64 bits; false where one of them has more than 32. */
bool nf_cells_narrow(uint32_t *v, const uint64_t *from, unsigned n, struct nf_cells_bits *bits);

/* Decimal digits of numbers, of which ANY has no other bits. */
void nf_cells_numbers(struct nf_cells *c, const uint32_t *v, unsigned n, uint32_t any);

/* The same of long ones; the text is empty where they are more than NF_CELL. */
void nf_cells_long(struct nf_cells *c, const uint64_t *v, unsigned n);

/* "10.0.0.1" */
void nf_cells_ipv4(struct nf_cells *c, const uint32_t *v, unsigned n);

/* Hexadecimal digits, two for each of up to 4 OCTETS. */
void nf_cells_hex(struct nf_cells *c, const uint32_t *v, unsigned n, unsigned octets);

/* N cells like the first one, so many of which are there: for numbers that are all one. */
void nf_cells_repeat(struct nf_cells *c, unsigned n);

#endif
