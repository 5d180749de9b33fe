/*
 * TLS over TCP, and DTLS over UDP and SCTP (RFC 6083), which carry IPFIX (RFC 7011 section 11).
 * What can be read without keys is that it is there, and which version was offered and chosen.
 */
#ifndef CAPTURE_TLS_H
#define CAPTURE_TLS_H

#include "base/bytes.h"
#include "capture/events.h"

/* True if a DTLS record begins here, of a payload of which WIRE octets were sent. */
static inline bool tls_datagram(struct nf_bytes payload, uint32_t wire)
{
	const uint8_t *p = payload.p;

	return payload.n >= 13 && p[0] >= 20 && p[0] <= 26 && p[1] == 0xfe &&
	       (p[2] == 0xff || p[2] == 0xfd) && nf_be16(p + 11) <= wire - 13;
}

/*
 * Fill E's version, lowest and hello from the record at the front, which may be cut.  DATAGRAM: it
 * is DTLS.
 */
void tls_versions(struct nf_bytes record, bool datagram, struct capture_event *e);

#endif
