/*
 * Values of single elements.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_field = {
	.name = "field",
};
