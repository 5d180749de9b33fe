/*
 * Counters of packets and octets.
 */
#include <config.h>

#include "check/rules.h"

const struct check_group check_group_counter = {
	.name = "counter",
};
