/*
 * Addresses into memory (as base/digits.h).  Not installed.
 */
#ifndef NF_IE_ADDRESS_H
#define NF_IE_ADDRESS_H

#include <stdint.h>

enum {
	NF_ROOM_MAC = 17,
	NF_ROOM_IPV6 = 40,
};

char *nf_put_mac(char *p, const uint8_t octets[6]);
char *nf_put_ipv6(char *p, const uint8_t octets[16]);

#endif
