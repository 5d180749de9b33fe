/*
 * The datagram: what a source hands to the decoder.
 *
 * It stands on the lowest floor because both sides need it: capture/ makes it from frames,
 * libnfdecode reads it and knows no capture.  A program that has bytes in a buffer fills
 * in payload, wire_len, ts_ns, src and dst and leaves the rest zero.
 */
#ifndef NF_BASE_DATAGRAM_H
#define NF_BASE_DATAGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/bytes.h"

/*
 * An IPv4 or IPv6 address; IPv4 in the first four octets, the rest zero, so that memcmp compares.
 */
struct nf_addr {
	uint8_t family;		/* 0 none (an IPFIX File), 4 or 6 */
	uint8_t octets[16];
};

struct nf_endpoint {
	struct nf_addr addr;
	uint16_t port;		/* host byte order */
};

static inline bool nf_same_addr(const struct nf_addr *a, const struct nf_addr *b)
{
	return a->family == b->family && memcmp(a->octets, b->octets, sizeof(a->octets)) == 0;
}

/* Not with memcmp: there may be padding before the port. */
static inline bool nf_same_endpoint(const struct nf_endpoint *a, const struct nf_endpoint *b)
{
	return a->port == b->port && nf_same_addr(&a->addr, &b->addr);
}

enum nf_transport {
	NF_TRANSPORT_UDP,
	/* payload is one message, framed by its Length (RFC 7011 section 10.4) */
	NF_TRANSPORT_TCP,
	NF_TRANSPORT_SCTP,	/* payload is one user message (RFC 7011 section 10.2) */
	NF_TRANSPORT_FILE,	/* an IPFIX File (RFC 5655): no frames, no addresses */
};

/* Where a part of the payload stands in its file. */
struct nf_extent {
	uint64_t offset;	/* from the start of the file, as decompressed */
	uint32_t length;
	uint32_t file;		/* index into the files of the command line */
};

/* What rules and reports need to know of the frame around the payload. */
struct nf_frame_facts {
	uint16_t ip_id;		/* IPv4 Identification of the last fragment */
	uint16_t vlan;		/* outermost 802.1Q VLAN id, 0 if none */
	uint16_t ip_length;	/* of the largest IP packet that brought it, its headers included */
	/* UDP: the Length field, and the octets that IP had for it; 65535 for more */
	uint16_t udp_length, udp_room;
	/* UDP: the checksum, and what it should be where that was asked for and can be told */
	uint16_t udp_checksum, udp_computed;
	uint16_t sctp_stream;
	uint16_t sctp_ssn;	/* sequence number in the stream; 0 if unordered */
	uint8_t ttl;
	uint8_t dscp_ecn;
	uint8_t fragments;	/* pieces the datagram came in, 1 if whole, 255 for more */
	uint8_t sctp_flags;	/* of the (last) DATA chunk */
	bool udp_checksum_zero;
	bool udp_checksum_bad;
	bool udp_checksum_partial;	/* the sender's card was to make it of what stands there */
	bool ip6_fragment;	/* whole, and yet it had an IPv6 fragment header (RFC 6946) */
	bool cut;		/* the capture holds less of the payload than was sent */
	/* the UDP length field says less than 8 or more than the IP payload */
	bool udp_short;
	bool tunnelled;		/* came out of GRE, VXLAN, IPIP ... */
	bool duplicate;		/* the same was captured before (nfpcap: model/duplicates.h) */
	bool after_hole;	/* TCP or SCTP: octets were missing just before this message */
	bool from_start;	/* TCP or SCTP: the capture has the opening of the session */
};

struct nf_datagram {
	uint64_t ordinal;	/* 0, 1, 2 .. in the order in which the source hands them out */
	uint64_t frame;		/* 1-based in its file; of the piece that completed the datagram */
	int64_t ts_ns;		/* capture time, nanoseconds since 1970-01-01 UTC */
	uint32_t file;		/* index into the files of the command line */
	/* octets of payload that were sent; payload.n of them were captured */
	uint32_t wire_len;
	struct nf_bytes payload;	/* borrowed until the next call of the source */
	struct nf_endpoint src, dst;
	uint32_t scope;		/* interface of a link-local SRC (RFC 4007); 0: not known */
	enum nf_transport transport;
	bool ts_fine;		/* the file's resolution is finer than a microsecond */
	bool stepped_back;	/* ts_ns is earlier than that of a datagram handed out before */
	const struct nf_extent *extents;	/* borrowed as the payload is */
	uint32_t nextents;
	struct nf_frame_facts facts;
};

#endif
