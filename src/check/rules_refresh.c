/*
 * When templates are sent, changed and withdrawn.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_refresh = {
	.name = "refresh",
};
