/*
 * Inputs of another kind: say what they are, and the way out.
 */
#ifndef CAPTURE_FOREIGN_H
#define CAPTURE_FOREIGN_H

#include "capture/input.h"

/*
 * Fill ERR: "a.nf is an nfdump file, not a capture: ..." (kind ENV); DAMAGE where packed
 * data gives nothing at all.
 */
void foreign_name(struct input *in, struct nf_err *err);

#endif
