/*
 * Export times, uptimes, clocks.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_clock = {
	.name = "clock",
};
