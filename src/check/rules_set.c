/*
 * Sets and their padding.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_set = {
	.name = "set",
};
