/*
 * IPFIX Files (RFC 5655).
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_file = {
	.name = "file",
};
