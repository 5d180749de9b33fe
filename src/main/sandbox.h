/*
 * A filter of system calls: what listens for strangers can receive, decode and write, and no more.
 */
#ifndef MAIN_SANDBOX_H
#define MAIN_SANDBOX_H

#include <stdbool.h>

#include "base/err.h"

/* Is there such a filter in this build?  None with sanitizers, which need more than it allows. */
bool sandbox_exists(void);

/* The version of what makes it, for --version; NULL where it does not exist. */
const char *sandbox_version(void);

/*
 * From here on, for this thread and those that it starts: no programs, no sockets, no other
 * processes; whoever tries ends the process.  Files may be opened, written and renamed.  0 as well
 * where there is no filter in this build; -1 and *ERR where the kernel does not take it.
 */
int sandbox_enter(struct nf_err *err);

#endif
