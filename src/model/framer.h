/*
 * IPFIX over TCP (RFC 7011 section 10.4): what cuts messages out of a stream.
 */
#ifndef MODEL_FRAMER_H
#define MODEL_FRAMER_H

#include "capture/source.h"

extern const struct framer framer_ipfix;

#endif
