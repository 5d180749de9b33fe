/*
 * What options say: numbers, sizes, times, lists of ports.
 */
#ifndef MAIN_VALUES_H
#define MAIN_VALUES_H

#include "main/cli.h"

typedef bool values_parse(const struct option_row *row, void *member, const char *arg,
			  const char **why);

values_parse values_flag;	/* bool */
values_parse values_text;	/* const char * */
values_parse values_file;	/* struct cli_files */
values_parse values_number;	/* uint64_t */
values_parse values_count;	/* the same, for -n */
values_parse values_size;	/* uint64_t octets: 65536, 64K, 16M, 1G, 64MB, 64MiB */
values_parse values_threads;	/* uint64_t */
values_parse values_size;	/* uint64_t octets: 65536, 64K, 16M, 1G */
/* int64_t nanoseconds: RFC 3339, parts of it, or seconds since 1970 */
values_parse values_time;
values_parse values_interval;	/* int64_t nanoseconds: 500ms, 10s, 1m, 1h, 1d */
values_parse values_units;	/* uint64_t: 1 to 2^31 - 1 */
values_parse values_ports;	/* struct cli_ports: 2055,9990-9999 */
values_parse values_rotate;	/* struct cli_rotate: 100M, 1h */
values_parse values_scope;	/* uint8_t, enum nf_scope */
values_parse values_ruleset;	/* uint8_t, enum check_ruleset */
values_parse values_fail_on;	/* uint8_t, enum cli_fail_on */
values_parse values_depth;	/* uint8_t, enum meter_depth */
values_parse values_when;	/* uint8_t, enum cli_when */

/* The index of ARG among the CHOICES "a|b|c", or -1. */
int values_choice(const char *choices, const char *arg);

#endif
