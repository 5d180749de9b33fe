/* How a layout has the values of keys: between top_keys.c and top_loads.c. */
#ifndef MODEL_TOP_OPS_H
#define MODEL_TOP_OPS_H

#include "model/top.h"

/* Those up to IPV6 are said by the record alone, in loads: see struct top_loads. */
enum op { OP_ABSENT, OP_UINT, OP_IPV4, OP_IPV6, OP_ADDRESS, OP_FIELD, OP_ROW };

struct top_op {
	uint8_t op;
	uint8_t width;
	uint8_t at;			/* in a key, as of top_key */
	bool wide;			/* takes two words of it */
	uint16_t field, nvar;
	uint32_t offset;
	uint64_t mask[2];		/* of an address: IPv4 in the first; IPv6 */
};

#endif
