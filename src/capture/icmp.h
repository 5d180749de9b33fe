/*
 * ICMP and ICMPv6, as far as they concern datagrams that were sent to a port where nobody listens.
 */
#ifndef CAPTURE_ICMP_H
#define CAPTURE_ICMP_H

#include "capture/events.h"
#include "capture/packet.h"

/*
 * PK stands at the payload of IP protocol PROTOCOL, one of the two.  True if that says that a port
 * cannot be reached; E's addresses and ports are then those of the datagram.
 */
bool icmp_unreachable(const struct packet *pk, uint8_t protocol, struct capture_event *e);

#endif
