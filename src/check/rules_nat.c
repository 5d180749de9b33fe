/*
 * NAT events (RFC 8158).
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_nat = {
	.name = "nat",
};
