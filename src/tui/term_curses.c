#include <config.h>

#include "tui/term.h"

#include <curses.h>

static int none_open(struct term *t, struct nf_err *err)
{
	(void)t;
	return nf_err_set(err, NF_ERR_ENV, "no terminal yet");
}

static void none_close(struct term *t)
{
	(void)t;
}

const struct term_ops term_curses = { .open = none_open, .close = none_close };

const char *term_library(void)
{
	return curses_version();
}
