/*
 * 802.11 frames and the headers that capturing drivers put before them.
 */
#ifndef CAPTURE_WLAN_H
#define CAPTURE_WLAN_H

#include "capture/packet.h"

struct next wlan_frame(struct packet *pk);
struct next wlan_prism(struct packet *pk);
struct next wlan_radiotap(struct packet *pk);
struct next wlan_avs(struct packet *pk);

/* The next subframe of an A-MSDU; pk->more is what follows it. */
struct next wlan_subframe(struct packet *pk);

#endif
