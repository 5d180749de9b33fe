/*
 * Sequence numbers, and what was lost.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_sequence = {
	.name = "sequence",
};
