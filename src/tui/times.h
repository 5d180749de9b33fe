/*
 * Times as the user wants them shown: of the day, since the start, since the row before, since a
 * mark.
 */
#ifndef TUI_TIMES_H
#define TUI_TIMES_H

#include "tui/app.h"

/* NS of a message, the row before it in its list being BEFORE (UINT64_MAX: none). */
void times_text(struct nf_strbuf *s, const struct app *app, int64_t ns, uint64_t before);

/*
 * The same of any time, as far as it is no time of the day: BEFORE is that of the row before,
 * NULL where there is none.
 */
void times_since(struct nf_strbuf *s, const struct app *app, int64_t ns, const int64_t *before);

/* The next way, and what it is called. */
const char *times_next(struct app *app, int64_t here_ns);

#endif
