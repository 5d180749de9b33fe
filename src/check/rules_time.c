/*
 * When flows began and ended.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_time = {
	.name = "time",
};
