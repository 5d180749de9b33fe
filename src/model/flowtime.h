/*
 * When a flow began and ended, from whatever its record says about it (spec: times).
 */
#ifndef MODEL_FLOWTIME_H
#define MODEL_FLOWTIME_H

#include "wire/wire.h"

/*
 * Nanoseconds since 1970 of the first and the last packet of the flow in R, a record of M.
 * False where the record does not say it: IPFIX uptimes without the time of the start too.
 */
bool flowtime_first(const struct nf_msg *m, const struct nf_rec *r, int64_t *ns);
bool flowtime_last(const struct nf_msg *m, const struct nf_rec *r, int64_t *ns);

/* The time between them; where one is missing, elements 161 and 162 if they are there. */
bool flowtime_duration(const struct nf_msg *m, const struct nf_rec *r, int64_t *ns);

#endif
