/*
 * The line that Packets opens with: who exports, what is undecoded or lost, how many findings.
 */
#ifndef TUI_VERDICT_H
#define TUI_VERDICT_H

#include "tui/app.h"

void verdict_draw(struct app *app, struct area a);

#endif
