/*
 * IP packets for whoever meters traffic: the hook `packet` of struct capture_watch.
 */
#ifndef CAPTURE_METERED_H
#define CAPTURE_METERED_H

#include "capture/packet.h"

/* An IP header should stand at the front of PK, which is left as it is: if so, W hears of it. */
void metered_packet(const struct capture_watch *w, const struct packet *pk);

#endif
