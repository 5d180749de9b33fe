/*
 * The functions of reading_ops that hand what is read to the checker of the reading (its member
 * `check`), what the options hide as well: that is learned from, and not shown.
 */
#ifndef MAIN_CHECKING_H
#define MAIN_CHECKING_H

#include "main/reading.h"

const struct nf_sink *checking_sink(struct reading *r);

/* True if the message, or the set, is shown: it passes the options, SHOWS, and the filter. */
bool checking_message(struct reading *r, const struct nf_view *v, bool shows);
bool checking_late(struct reading *r, const struct nf_late *late);

void checking_refused(struct reading *r, const struct nf_datagram *d, enum nf_refusal why);
void checking_event(struct reading *r, const struct capture_event *e);

#endif
