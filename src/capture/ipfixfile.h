/*
 * IPFIX Files (RFC 5655): messages one after the other, without a capture around them.
 *
 * Each message is a frame of the "link type" FRAME_IPFIX_FILE: numbered from 1, stamped
 * with its Export Time.  The order of the file is the order of its messages: templates come
 * before what they describe, whatever the clock says.
 */
#ifndef CAPTURE_IPFIXFILE_H
#define CAPTURE_IPFIXFILE_H

#include "capture/reader.h"

bool ipfixfile_is(struct input *in);
struct reader *ipfixfile_open(struct input *in, uint32_t file, uint64_t *drops,
			      struct nf_err *err);

#endif
