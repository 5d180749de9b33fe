/*
 * MIB objects (RFC 8038).
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_mib = {
	.name = "mib",
};
