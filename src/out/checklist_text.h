/*
 * The parts of a checklist as text: checklist_text.c (findings), checklist_text_sums.c (the rest).
 */
#ifndef OUT_CHECKLIST_TEXT_H
#define OUT_CHECKLIST_TEXT_H

#include "out/checklist.h"
#include "out/style.h"

enum { CHECKLIST_BELOW = 4 };	/* column that lines go on in */

/* A line that begins at FROM comes to its end. */
void checklist_text_line_end(struct out *o, size_t from, unsigned indent);
void checklist_text_styled(struct out *o, enum style style, const char *text);

/* Findings that are not shown, and bounds that left some out. */
void checklist_text_unlisted(const struct checklist *l);
/* Octets by exporter, rules that were applied, rows of the baseline. */
void checklist_text_sums(const struct checklist *l);
void checklist_text_verdict(const struct checklist *l);

#endif
