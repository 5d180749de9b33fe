/*
 * The browser, as main starts it.
 */
#ifndef TUI_BROWSER_H
#define TUI_BROWSER_H

#include "capture/source.h"
#include "check/check.h"
#include "track/seq.h"
#include "tui/term.h"

/* All borrowed until browser_run returns. */
struct browser_opts {
	const char *const *files;
	size_t nfiles;
	struct capture_opts capture;
	enum nf_scope scope;
	size_t max_templates, max_tables;
	const char *const *templates;		/* --templates */
	size_t ntemplates;
	struct nf_registry *registry;		/* with --elements */
	const char *filter;			/* NULL: none */
	const char *columns;			/* of Flows; NULL: the usual */
	bool first_flows;			/* it opens on Flows */
	struct check_opts check;
	struct nf_seq_opts seq;
	/* of the command line, for the command that shows the same: "-f", "--scope" ... */
	const char *const *args;
	size_t nargs;
};

/*
 * Until the user quits.  -1 and *ERR where there is no terminal, or none of the inputs could be
 * opened; 1 and *ERR where something was wrong with single ones, which the browser has shown: the
 * first that could not be read at all, else the first that is damaged.
 */
int browser_run(const struct browser_opts *opts, const struct term_ops *terminal,
		const struct term_opts *term_opts, struct nf_err *err);

#endif
