/*
 * An exporter over time.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_health = {
	.name = "health",
};
