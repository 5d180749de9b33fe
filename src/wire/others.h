/*
 * Protocols that are not flow export but met where it is looked for: named, so that a user
 * learns what he has instead.
 */
#ifndef NF_WIRE_OTHERS_H
#define NF_WIRE_OTHERS_H

#include "wire/wire.h"

/* NF_REFUSAL_SFLOW and so on where PAYLOAD is certainly that, else NF_REFUSAL_NONE. */
enum nf_refusal nf_other_protocol(struct nf_bytes payload, size_t wire_len);

#endif
