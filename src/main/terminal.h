/*
 * What the output goes to, and whether colour is wanted there.
 */
#ifndef MAIN_TERMINAL_H
#define MAIN_TERMINAL_H

#include "main/cli.h"

/* Does the output go to a terminal? */
bool terminal_is_output(const struct cli *cli);

/* Columns to lay text out for; 0: no limit. */
unsigned terminal_width(const struct cli *cli);

/* A terminal whose locale says UTF-8: what is not ASCII may be drawn. */
bool terminal_utf8(const struct cli *cli);

/* --color, NO_COLOR (no-color.org), TERM=dumb, and whether it is a terminal at all. */
bool terminal_color(const struct cli *cli);

#endif
