/*
 * What templates say.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_template = {
	.name = "template",
};
