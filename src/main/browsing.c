#include <config.h>

#include "main/browsing.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "main/elements.h"
#include "model/framer.h"
#include "main/report.h"
#include "main/severities.h"
#include "main/terminal.h"
#include "tui/browser.h"

struct browsing {
	const struct cli *cli;
	struct report report;
	struct nf_registry *registry;
	struct severities severities;
	const char **args;		/* options as given, but the filter, which may change */
	size_t nargs;
};

/* Options that say how text is to look, or which text. */
static bool asks_for_text(const struct cli *cli)
{
	return cli->named || cli->format != NULL || cli->verbose || cli->hex || cli->quiet ||
	       cli->raw || cli->filter_explain || cli->filter_file != NULL ||
	       cli->count != UINT64_MAX || cli->width != UINT64_MAX || cli->ports.given ||
	       cli->from != INT64_MIN || cli->to != INT64_MAX;
}

bool browsing_wanted(const struct cli *cli)
{
	const char *term = getenv("TERM");

	return !asks_for_text(cli) && cli->files.n > 0 && terminal_is_output(cli) && term != NULL &&
	       *term != '\0' && strcmp(term, "dumb") != 0;
}

static bool is_file(const struct cli *cli, const char *arg)
{
	for (size_t i = 0; i < cli->files.n; i++)
		if (cli->files.v[i] == arg)
			return true;
	return false;
}

/* True where ARG is, or ends in, the filter. */
static bool has_filter(const struct cli *cli, const char *arg)
{
	return cli->filter != NULL && cli->filter >= arg && cli->filter <= arg + strlen(arg);
}

static int take_args(struct browsing *b, int argc, char **argv, struct nf_err *err)
{
	b->args = nf_alloc((size_t)argc * sizeof(*b->args));
	if (b->args == NULL)
		return nf_err_memory(err);
	for (int i = 1; i < argc; i++) {
		if (has_filter(b->cli, argv[i])) {
			/* "-f EXPR", where "-fEXPR" is one */
			if (argv[i] == b->cli->filter && b->nargs > 0)
				b->nargs--;
		} else if (!is_file(b->cli, argv[i])) {
			b->args[b->nargs++] = argv[i];
		}
	}
	return 0;
}

static int run(struct browsing *b, struct nf_err *err)
{
	const struct cli *cli = b->cli;
	const struct browser_opts opts = {
		.files = cli->files.v,
		.nfiles = cli->files.n,
		.capture = {
			.framer = &framer_ipfix,
			.bpf = cli->bpf,
			.sort = cli->sort,
			.follow = cli->follow,
			.max_memory = (size_t)cli->max_memory,
			.wake = -1,
			.idle_ms = -1,
		},
		.scope = (enum nf_scope)cli->scope,
		.max_templates = (size_t)cli->max_templates,
		.max_tables = (size_t)cli->max_tables,
		.templates = cli->templates.v,
		.ntemplates = cli->templates.n,
		.registry = b->registry,
		.filter = cli->filter,
		.columns = cli->columns,
		.args = b->args,
		.nargs = b->nargs,
		.check = { .severity = b->severities.of },
	};
	const struct term_opts term = {
		.color = terminal_color(cli) ? TERM_COLOR_AUTO : TERM_COLOR_MONO,
		.ascii = !terminal_utf8(cli),
		.mouse = true,
	};

	return browser_run(&opts, &term_curses, &term, err);
}

static bool is_there(const char *path, struct nf_err *err)
{
	if (strcmp(path, "-") == 0 || access(path, R_OK) == 0)
		return true;
	nf_err_set(err, NF_ERR_ENV, "%s: %s", path, strerror(errno));
	return false;
}

/* Where none of the files is there, it is said at once, and nobody has to leave a screen. */
static bool none_there(const struct cli_files *files, struct report *r)
{
	struct nf_err err;

	for (size_t i = 0; i < files->n; i++)
		if (is_there(files->v[i], &err))
			return false;
	for (size_t i = 0; i < files->n; i++)
		if (!is_there(files->v[i], &err))
			report_err(r, &err);
	return true;
}

int browsing_run(const struct cli *cli, int argc, char **argv)
{
	struct browsing b = { .cli = cli, .report = { .state = REPORT_FINE } };
	struct nf_err err;

	b.report.accept_cut = cli->accept_cut;
	if (none_there(&cli->files, &b.report))
		return report_code(&b.report);
	b.registry = elements_registry(cli->elements.v, cli->elements.n, &err);
	if (b.registry == NULL || take_args(&b, argc, argv, &err) < 0 ||
	    severities_open(&b.severities, cli, &err) < 0 ||
	    run(&b, &err) != 0)
		report_err(&b.report, &err);
	nf_free(b.args);
	nf_registry_free(b.registry);
	return report_code(&b.report);
}
