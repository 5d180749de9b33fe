/*
 * Samplers and selectors (RFC 5476).
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_sampling = {
	.name = "sampling",
};
