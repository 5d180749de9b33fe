/*
 * What options say of exporters, elements, applications.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_options = {
	.name = "options",
};
