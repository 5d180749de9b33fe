/*
 * The ones' complement sum of the Internet's checksums (RFC 1071).
 */
#ifndef NF_BASE_SUM_H
#define NF_BASE_SUM_H

#include <stddef.h>
#include <stdint.h>

/* N octets as words of 16 bits; an odd one is followed by a zero (RFC 768). */
uint16_t nf_sum16(const uint8_t *p, size_t n);

/* Sums that were added up make one. */
uint16_t nf_sum16_fold(uint64_t sum);

#endif
