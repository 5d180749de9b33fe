/*
 * What standard output is, and whether colour is wanted there.
 */
#ifndef MAIN_TERMINAL_H
#define MAIN_TERMINAL_H

#include "main/cli.h"

bool terminal_is_output(void);

/* Columns to lay text out for; 0: no limit. */
unsigned terminal_width(const struct cli *cli);

/* --color, NO_COLOR (no-color.org), TERM=dumb, and whether it is a terminal at all. */
bool terminal_color(const struct cli *cli);

#endif
