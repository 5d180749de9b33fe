/*
 * The capture, and what carries messages.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_transport = {
	.name = "transport",
};
