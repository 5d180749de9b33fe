/*
 * NetFlow v1 to v8.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_legacy = {
	.name = "legacy",
};
