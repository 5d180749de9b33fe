/*
 * The line that Packets opens with: who exports, what is undecoded or lost, how many findings.
 */
#ifndef TUI_VERDICT_H
#define TUI_VERDICT_H

#include "tui/app.h"

/* How many of ROWS it takes: one more where an input is damaged, none on the smallest screens. */
unsigned verdict_rows(const struct app *app, unsigned rows);
void verdict_draw(struct app *app, struct area a);

#endif
