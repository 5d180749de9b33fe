/*
 * -w: which of the files is for the output, and which for what is received.
 */
#ifndef MAIN_WRITES_H
#define MAIN_WRITES_H

#include "main/cli.h"

/* The file that the output goes to, or NULL: standard output. */
const char *writes_output(const struct cli *cli);

/* The capture that what is received goes to, or NULL. */
const char *writes_capture(const struct cli *cli);

/* Is the output a document, which is all that is in its file, and never in several? */
bool writes_anew(const struct cli *cli);

/* Is the output to be cut into files, between what messages have brought? */
bool writes_parts(const struct cli *cli);

/* -1 and *ERR where that is not what -w, --rotate and the rest of the line can mean together. */
int writes_check(const struct cli *cli, struct nf_err *err);

#endif
