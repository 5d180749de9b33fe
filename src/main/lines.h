/*
 * Small text files of the user: read line by line, each of bounded length.
 */
#ifndef MAIN_LINES_H
#define MAIN_LINES_H

#include "base/err.h"

enum { LINES_LONGEST = 1024 };

/*
 * Hand each line of the file at PATH ("-": standard input) to TAKE, without its end and what
 * stands behind a `#`, numbered from 1.  Where TAKE returns -1 its text gets the name and the
 * line in front.  -1 and *ERR where something went wrong.
 */
int lines_of(const char *path, int (*take)(void *ctx, char *line, struct nf_err *err), void *ctx,
	     struct nf_err *err);

#endif
