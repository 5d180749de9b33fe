/*
 * Signals, while the terminal is ours: what ends the program first gives the terminal back, what
 * does not wakes whoever waits for a key.
 *
 * SIGHUP, SIGINT, SIGQUIT, SIGTERM and those of crashes write what was prepared with write(2),
 * restore the line discipline, and then do what they would have done.  Those that were ignored
 * stay so.
 */
#ifndef TUI_TERM_SIGNALS_H
#define TUI_TERM_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "base/err.h"

/* What came since it was last asked. */
enum { SIGNAL_RESIZED = 1, SIGNAL_STOP = 2, SIGNAL_GOES_ON = 4 };

/*
 * Handlers from here on; ENDED (may be NULL) is called by those that end the program and may do no
 * more than a handler may.  One at a time.
 */
int term_signals_begin(void (*ended)(void *ctx), void *ctx, struct nf_err *err);

/* The terminal FD is ours: N octets of RESET and TIO give it back.  False: RESET is too long. */
bool term_signals_arm(int fd, const struct termios *tio, const char *reset, size_t n);

/* The terminal is not ours now. */
void term_signals_disarm(void);

/* As it was before term_signals_begin. */
void term_signals_end(void);

/* Readable when one came. */
int term_signals_fd(void);

/* SIGNAL_* that came; they are then forgotten. */
unsigned term_signals_take(void);

/* Stops the process, or with its whole group, as C-z in a shell does; back when it goes on. */
void term_signals_stop(bool group);

#endif
