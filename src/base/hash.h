/*
 * A fast hash of octets, to tell whether two payloads are the same: 16 octets a step.
 *
 * Equal octets give equal values, on every machine and in every run.  It is not a secret: who
 * knows it can make two payloads that collide, so where a wrong "same" would cost more than a
 * count, lengths or octets are compared as well.
 */
#ifndef NF_BASE_HASH_H
#define NF_BASE_HASH_H

#include <stdint.h>

#include "base/bytes.h"

uint64_t nf_hash64(struct nf_bytes b);

#endif
