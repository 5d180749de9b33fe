/*
 * Tunnels: packets and frames inside IP and UDP.
 */
#ifndef CAPTURE_TUNNEL_H
#define CAPTURE_TUNNEL_H

#include "capture/packet.h"

enum { TUNNELS_MAX = 8 };	/* how deep packets may be nested */

/*
 * PK stands at the payload of IP protocol PROTOCOL.  True if that is a tunnel; *NEXT is
 * what is inside.
 */
bool tunnel_ip(struct packet *pk, uint8_t protocol, struct next *next);

/* True if datagrams between these ports may be a tunnel: a cheap test before tunnel_udp. */
bool tunnel_port(uint16_t sport, uint16_t dport);

/*
 * PK stands at the payload of a UDP datagram.  True only if that really is a tunnel: its
 * header is right and what it carries parses; PK and *NEXT are then what is inside.
 * Otherwise PK is left as it is.
 */
bool tunnel_udp(struct packet *pk, uint16_t sport, uint16_t dport, struct next *next);

#endif
