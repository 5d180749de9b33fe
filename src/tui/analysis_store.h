/*
 * Between the index of messages, which the first reading makes, and the analysis.
 */
#ifndef TUI_ANALYSIS_STORE_H
#define TUI_ANALYSIS_STORE_H

#include "model/store.h"

/*
 * For analysis_opts.ahead: the datagrams of a loaded store that have templates in them; CTX is the
 * struct store.  Messages are read for it, so that others that were read last may be valid no more
 * (STORE_KEPT): do not keep any over an analysis_step.
 */
bool analysis_store_ahead(void *ctx, uint64_t *at, struct nf_datagram *d);

/*
 * The row of the message at OFFSET of its payload in FRAME of FILE, as the place of a finding
 * says it: offset 0 where the payload is meant.  UINT64_MAX: it has none.
 */
uint64_t analysis_row_of(const struct store *s, uint32_t file, uint64_t frame, uint32_t offset);

/* See struct analysis_opts: CTX is a store of the same inputs. */
const char *analysis_store_path(void *ctx, size_t i);

#endif
