/*
 * Structured data (RFC 6313).
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_list = {
	.name = "list",
};
