/*
 * From what the capture adds up to back to its messages: where a template was sent and first
 * used, where a domain begins, which filter lets only that through.
 */
#ifndef TUI_TRACE_H
#define TUI_TRACE_H

#include "model/exporters.h"
#include "model/templates.h"
#include "tui/screen.h"

/*
 * The row of the definition (or of sets without one) that P says: its id, of its session and
 * domain, at its position or, where there is none, in force there.  NULL: there is none so far.
 */
const struct templates_row *trace_template(struct app *app, const struct place *p);

/* Whose ROW is, and which definition; and the message that has it, if the store has that. */
void trace_definition(struct app *app, const struct templates_row *row, struct place *p);

/* The first set that was read with ROW, or is without a definition; false: there is none. */
bool trace_use(struct app *app, const struct templates_row *row, struct place *p);

/* Session, domain and first message of D. */
void trace_domain(struct app *app, const struct exporters_domain *d, struct place *p);

/* -- Filters ----------------------------------------------------------------------------- */

/* "exporter.ip == 10.0.0.1" */
void trace_filter_exporter(struct nf_strbuf *s, const struct nf_session *session);
/* The same, its port, and the collector. */
void trace_filter_session(struct nf_strbuf *s, const struct nf_session *session);
/* " && NAME == V" */
void trace_filter_number(struct nf_strbuf *s, const char *name, uint64_t v);
/* What was read with ROW, and ROW itself. */
void trace_filter_template(struct nf_strbuf *s, const struct templates_row *row);
void trace_filter_domain(struct nf_strbuf *s, const struct exporters_domain *d);

#endif
