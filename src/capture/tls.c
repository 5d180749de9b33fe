#include <config.h>

#include "capture/tls.h"

#include <string.h>

enum {
	HANDSHAKE = 22, CLIENT_HELLO = 1, SERVER_HELLO = 2,
	SUPPORTED_VERSIONS = 43,
	STREAM_RECORD = 5, STREAM_HANDSHAKE = 4,
	DATAGRAM_RECORD = 13, DATAGRAM_HANDSHAKE = 12,
};

/* Values that only test whether unknown ones are passed over (RFC 8701) are no versions. */
static bool is_version(uint16_t version, bool datagram)
{
	return version >> 8 == (datagram ? 0xfe : 0x03);
}

/* Versions of DTLS count downwards. */
static bool newer(uint16_t a, uint16_t b, bool datagram)
{
	return datagram ? a < b : a > b;
}

static void offer(struct capture_event *e, uint16_t version, bool datagram)
{
	if (!is_version(version, datagram))
		return;
	if (e->version == 0 || newer(version, e->version, datagram))
		e->version = version;
	if (e->lowest == 0 || newer(e->lowest, version, datagram))
		e->lowest = version;
}

/*
 * supported_versions (RFC 8446 section 4.2.1): the server's choice (2); the client's list, its
 * length (1) before it.  Where it stands, the version before it says nothing.
 */
static void supported(struct nf_bytes b, bool datagram, struct capture_event *e)
{
	uint16_t version, before = e->version;

	e->version = e->lowest = 0;
	if (e->hello == TLS_CLIENT)
		b = nf_slice(b, 1, SIZE_MAX);
	for (size_t at = 0; nf_get16(b, at, &version); at += 2)
		offer(e, version, datagram);
	if (e->version == 0)
		e->version = e->lowest = before;
}

/*
 * Extensions (RFC 8446 section 4.2): their length (2), then type (2), length (2), content.
 */
static void extensions(struct nf_bytes b, bool datagram, struct capture_event *e)
{
	uint16_t type, length;

	for (size_t at = 2; nf_get16(b, at, &type) && nf_get16(b, at + 2, &length);
	     at += 4u + length)
		if (type == SUPPORTED_VERSIONS)
			supported(nf_slice(b, at + 4, length), datagram, e);
}

/* B is what stands behind a field whose length of N octets is at its front. */
static struct nf_bytes behind(struct nf_bytes b, size_t n)
{
	if (!nf_has(b, 0, n))
		return nf_slice(b, b.n, 0);
	return nf_slice(b, n + (size_t)nf_ben(b.p, n), SIZE_MAX);
}

/*
 * ClientHello and ServerHello (RFC 5246 section 7.4.1; RFC 6347 section 4.2.1)
 *	 0	2	version
 *	 2	32	random
 *	34	1	length of the session id, which follows
 *	 	1	DTLS, client: length of the cookie, which follows
 *	 	2	length of the client's cipher suites, which follow; the server's one
 *	 	1	length of the client's compression methods, which follow; the server's one
 *	 		extensions
 */
static void hello(struct nf_bytes b, bool datagram, uint8_t type, struct capture_event *e)
{
	struct nf_bytes rest = behind(nf_slice(b, 34, SIZE_MAX), 1);
	uint16_t version;

	/* What is encrypted may look like anything. */
	if (!nf_get16(b, 0, &version) || !is_version(version, datagram))
		return;
	e->version = e->lowest = version;
	if (type == SERVER_HELLO) {
		e->hello = TLS_SERVER;
		extensions(nf_slice(rest, 3, SIZE_MAX), datagram, e);
	} else if (type == CLIENT_HELLO) {
		e->hello = TLS_CLIENT;
		if (datagram)
			rest = behind(rest, 1);
		rest = behind(rest, 2);
		extensions(behind(rest, 1), datagram, e);
	}
}

/*
 * A record (RFC 8446 section 5.1; RFC 6347 section 4.1): type (1), version (2), DTLS: epoch and
 * sequence number (8), length (2).  A handshake message in it (RFC 8446 section 4; RFC 6347 section
 * 4.2.2): type (1), length (3), DTLS: number and fragment (8).
 */
void tls_versions(struct nf_bytes record, bool datagram, struct capture_event *e)
{
	size_t header = datagram ? DATAGRAM_RECORD : STREAM_RECORD;
	size_t message = header + (datagram ? DATAGRAM_HANDSHAKE : STREAM_HANDSHAKE);
	bool plain = datagram ? record.n > 4 && nf_be16(record.p + 3) == 0 : true;

	e->noctets = record.n < sizeof(e->octets) ? (uint8_t)record.n : sizeof(e->octets);
	memcpy(e->octets, record.p, e->noctets);
	e->hello = TLS_NO_HELLO;
	e->version = 0;
	nf_get16(record, 1, &e->version);
	e->lowest = e->version;
	if (plain && record.n > message && record.p[0] == HANDSHAKE)
		hello(nf_slice(record, message, SIZE_MAX), datagram, record.p[header], e);
}
