/*
 * SIGINT for commands that show what an input adds up to.  Input that never ends by itself (a
 * pipe, --follow) is ended by it, and what there was is shown; a second one ends the program,
 * as the first does everywhere else.
 */
#ifndef MAIN_INTERRUPT_H
#define MAIN_INTERRUPT_H

#include <stdbool.h>

/* From here on an interrupt ends the input. */
void interrupt_ends_input(void);

/*
 * From here on SIGINT, SIGTERM, and SIGHUP where it is not ignored, end the input, and a descriptor
 * becomes readable when one comes: it is returned, or -1 where none is to be had.
 */
int interrupt_wakes(void);

/* Make that descriptor unreadable again, unless the input is to end. */
void interrupt_drain(void);

/* Did SIGUSR1 come since this was asked last?  Once interrupt_wakes was called. */
bool interrupt_asked(void);

/* Did one?  Reads that were waiting then have returned as at the end of a file. */
bool interrupted(void);

#endif
