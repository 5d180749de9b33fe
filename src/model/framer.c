#include <config.h>

#include "model/framer.h"

#include "wire/wire.h"

static enum framer_verdict frame(struct nf_bytes stream, bool strict, uint32_t *length)
{
	switch (nf_frame_ipfix(stream, strict, length)) {
	case 1:
		return FRAMER_MESSAGE;
	case 0:
		return FRAMER_MORE;
	case -2:
		return FRAMER_ENCRYPTED;
	default:
		return FRAMER_NO;
	}
}

const struct framer framer_ipfix = { .frame = frame };
