/*
 * The browser: what `nfpcap FILE` is on a terminal.
 */
#ifndef MAIN_BROWSING_H
#define MAIN_BROWSING_H

#include "main/cli.h"

/* True where the command line asks for nothing that only text can show, and a terminal is there. */
bool browsing_wanted(const struct cli *cli);

/* Until the user quits; an exit code.  ARGV: for command lines that show the same as a screen. */
int browsing_run(const struct cli *cli, int argc, char **argv);

#endif
