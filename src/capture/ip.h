/*
 * IPv4 and IPv6 headers, extension headers, and the fragment fields.
 */
#ifndef CAPTURE_IP_H
#define CAPTURE_IP_H

#include "capture/packet.h"

enum {
	IP_HOP_BY_HOP = 0,
	IP_ICMP = 1,
	IP_V4 = 4,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_V6 = 41,
	IP_ROUTING = 43,
	IP_FRAGMENT = 44,
	IP_GRE = 47,
	IP_ESP = 50,
	IP_AH = 51,
	IP_ICMPV6 = 58,
	IP_DESTINATION = 60,
	IP_ETHERIP = 97,
	IP_L2TP = 115,
	IP_SCTP = 132,
	IP_MOBILITY = 135,
	IP_MPLS = 137,
	IP_HIP = 139,
	IP_SHIM6 = 140,
	IP_ETHERNET = 143,
};

/*
 * The IP header at the front: fills addresses and facts, cuts link padding off.  Yields
 * NEXT_PROTOCOL, or NEXT_FRAGMENT where the packet is but a piece.
 */
struct next ip_read(struct packet *pk);

/*
 * The extension header PROTOCOL at the front (RFC 8200 section 4, RFC 4302); *NEXT is what
 * follows it.  False if PROTOCOL is not one.
 */
bool ip_extension(struct packet *pk, uint8_t protocol, struct next *next);

/*
 * What the checksum of PK should be, a UDP datagram of LENGTH octets with its header, between PK's
 * addresses (RFC 768, RFC 8200 section 8.1).
 */
uint16_t ip_udp_checksum(const struct packet *pk, uint16_t length);

/* The sum over the pseudo header of LENGTH octets alone, which is left to network cards. */
uint16_t ip_udp_partial(const struct packet *pk, uint16_t length);

/*
 * True if an IP header that can be right stands at the front of PK: version, lengths.
 * SURE asks for proof, too: an IPv4 header checksum, or IPv6 lengths that fit to the octet.
 */
bool ip_plausible(const struct packet *pk, bool sure);

#endif
