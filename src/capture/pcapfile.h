/*
 * Classic pcap files, both byte orders and precisions.
 *
 * libpcap opens the file and reads whatever is odd in it.  Looking ahead has to read the
 * headers of plain records anyway, so these are given out where they stand in memory:
 * libpcap would copy them twice.  It ends a damaged file at the first bad record; this
 * reader goes on at the next plausible one.
 */
#ifndef CAPTURE_PCAPFILE_H
#define CAPTURE_PCAPFILE_H

#include "capture/reader.h"

bool pcapfile_is(struct input *in);
struct reader *pcapfile_open(struct input *in, uint32_t file, uint64_t *drops,
			     struct nf_err *err);

#endif
