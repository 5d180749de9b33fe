/*
 * Standard input for those who read their inputs twice and more.
 */
#ifndef MAIN_KEEPING_H
#define MAIN_KEEPING_H

#include "main/cli.h"

/*
 * Where "-" is one of FILES and a pipe, it is read to its end first, into a temporary file without
 * a name that takes its place.  -1 and *ERR where that cannot be.
 */
int keeping_stdin(const struct cli_files *files, struct nf_err *err);

#endif
