/*
 * Times as the user wants them shown: of the day, here or in UTC, since the start, since the row
 * before, since a mark.
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

/* NS as the time of the day here, by TZ; DIGITS of a second, three if they are more. */
void times_local(struct nf_strbuf *s, int64_t ns, unsigned digits);

/* What stands above a column of them: at most 11 columns. */
const char *times_title(const struct app *app);

/* The next way, and what it is called. */
const char *times_next(struct app *app, int64_t here_ns);

#endif
