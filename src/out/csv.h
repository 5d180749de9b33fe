/*
 * What tables of cells share: csv (RFC 4180, lines end in LF) and tsv.
 */
#ifndef OUT_CSV_H
#define OUT_CSV_H

#include "base/strbuf.h"

/* TITLES have commas between them. */
void csv_titles(struct nf_strbuf *s, const char *titles, char separator);

/*
 * Makes a cell of csv of what the text holds from FROM on: one with a comma, quote or line break
 * is quoted, and quotes in it doubled.  Cells of tsv are as they are: control characters are
 * escaped before (nf_safe_text).
 */
void csv_quote(struct nf_strbuf *s, size_t from);

#endif
