/*
 * What the program says about itself; all of it from the tables.
 */
#ifndef MAIN_HELP_H
#define MAIN_HELP_H

#include "base/strbuf.h"
#include "main/cli.h"

/* NULL: the program as a whole. */
void help_text(struct nf_strbuf *s, const struct command *command);

/* LISTEN showing what it receives as VIEW does: the options of both. */
void help_listen(struct nf_strbuf *s, const struct command *listen, const struct command *view);

void help_version(struct nf_strbuf *s);

/* A completion script for the shell of that NAME; false where there is none. */
bool help_completion(struct nf_strbuf *s, const char *shell);

#endif
