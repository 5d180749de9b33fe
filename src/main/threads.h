/*
 * How many threads a command is worth.
 */
#ifndef MAIN_THREADS_H
#define MAIN_THREADS_H

#include "main/cli.h"

enum { THREADS_MAX = 16 };

/*
 * --threads; where it is not given, two if there are two processors and the input is large.
 * Threads do not make the best of a small input, nor of what is shown as it comes.
 */
unsigned threads_wanted(const struct cli *cli);

#endif
