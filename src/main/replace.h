/*
 * A file that is written anew: whoever looks sees the old one or the new one, whole.
 */
#ifndef MAIN_REPLACE_H
#define MAIN_REPLACE_H

#include <stdio.h>

#include "base/err.h"
#include "base/strbuf.h"

/* Who puts into FILE, which is called OTHER so far, what is to be there. */
struct replace_way {
	int (*write)(void *ctx, FILE *file, const char *other, struct nf_err *err);
	void *ctx;
};

/* Over a crash, too.  -1 and *ERR: PATH is as it was. */
int replace_file(const char *path, const struct replace_way *way, struct nf_err *err);

/* The same of a text, which keeps the rights of the file that it replaces; links lead to it. */
int replace_text(const char *path, const struct nf_strbuf *text, struct nf_err *err);

#endif
