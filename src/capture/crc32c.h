/*
 * The checksum of SCTP (RFC 9260 appendix A): the CRC of Castagnoli's polynomial.
 */
#ifndef CAPTURE_CRC32C_H
#define CAPTURE_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/* That of the N octets at P behind others whose checksum is CRC; of nothing, 0. */
uint32_t crc32c(uint32_t crc, const uint8_t *p, size_t n);

#endif
