/*
 * DTLS, which carries IPFIX over UDP (RFC 7011 section 11) and over SCTP (RFC 6083).
 */
#ifndef CAPTURE_DTLS_H
#define CAPTURE_DTLS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

/*
 * True if a record begins here (RFC 6347 section 4.1), of a payload of which WIRE octets
 * were sent
 *	 0	1	type: 20 to 26
 *	 1	2	version: feff (1.0), fefd (1.2 and 1.3)
 *	 3	8	epoch, sequence number
 *	11	2	length of what follows
 */
static inline bool dtls_record(struct nf_bytes payload, uint32_t wire)
{
	const uint8_t *p = payload.p;

	return payload.n >= 13 && p[0] >= 20 && p[0] <= 26 && p[1] == 0xfe &&
	       (p[2] == 0xff || p[2] == 0xfd) && nf_be16(p + 11) <= wire - 13;
}

#endif
