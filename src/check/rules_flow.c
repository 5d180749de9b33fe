/*
 * What elements of one record say together.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_flow = {
	.name = "flow",
};
