/*
 * Link layers: from a frame to IP.
 */
#ifndef CAPTURE_LINK_H
#define CAPTURE_LINK_H

#include "capture/packet.h"

/* One link type that is read.  Numbers are LINKTYPE values, as files carry them. */
struct link_type {
	int linktype;
	const char *name;
	struct next (*read)(struct packet *pk);
};

/* The row of LINKTYPE (or of a DLT value that files carry in its place); NULL if not read. */
const struct link_type *link_find(int linktype);

/* What follows an EtherType: tags, labels and PPPoE are taken off one by one. */
struct next link_ethertype(struct packet *pk, uint16_t type);

/* An Ethernet frame at the front of the packet. */
struct next link_ethernet(struct packet *pk);

/* LLC at the front, with or without SNAP (IEEE 802.2, RFC 1042). */
struct next link_llc(struct packet *pk);

/*
 * True if the octets at the front of PK, read as NEXT says, lead to a protocol that we
 * know: IP with a plausible header, or ARP.  SURE asks for IP whose header proves itself
 * (ip_plausible).  PK is left as it is.
 */
bool link_plausible(const struct packet *pk, struct next next, bool sure);

#endif
