/*
 * pcapng files, by a block walker of our own.
 *
 * libpcap ends such a file at the first interface with another link type or snaplen, and
 * hides drop counters; this reader takes several sections of either byte order, interfaces
 * of different link types and resolutions, and counts drops.
 */
#ifndef CAPTURE_PCAPNG_H
#define CAPTURE_PCAPNG_H

#include "capture/reader.h"

bool pcapng_is(struct input *in);
struct reader *pcapng_open(struct input *in, uint32_t file, uint64_t *drops, struct nf_err *err);

#endif
