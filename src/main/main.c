#include <config.h>

#include <signal.h>
#include <string.h>

#include "main/browsing.h"
#include "main/cli.h"
#include "main/help.h"
#include "main/report.h"
#include "main/writer.h"

/* Write S to standard output and free it; the exit code. */
static int say(struct nf_strbuf *s, struct report *report)
{
	struct writer writer = { .text = s };
	struct nf_err err;

	if (s->failed) {
		nf_err_memory(&err);
		report_err(report, &err);
	}
	writer_flush(&writer);
	if (writer_failed(&writer, &err))
		report_err(report, &err);
	nf_strbuf_done(s);
	return report_code(report);
}

/* For packagers, and for users of shells whose completion is not installed; NULL: none is named. */
static int completion(const char *shell, struct report *report)
{
	struct nf_strbuf s;
	struct nf_err err;

	nf_strbuf_init(&s);
	if (shell == NULL) {
		nf_err_set(&err, NF_ERR_USAGE, "--completion needs the name of a shell: bash");
		report_err(report, &err);
	} else if (!help_completion(&s, shell)) {
		nf_err_set(&err, NF_ERR_USAGE, "there is no completion for %s, only for bash", shell);
		report_err(report, &err);
	}
	return say(&s, report);
}

static int run(const struct cli *cli, int argc, char **argv, struct report *report)
{
	struct nf_strbuf s;

#ifdef HAVE_TUI
	if (!cli->help && !cli->version && browsing_wanted(cli))
		return browsing_run(cli, argc, argv);
#else
	(void)argc;
	(void)argv;
#endif
	if (!cli->help && !cli->version)
		return (cli->listen != NULL ? cli->listen : cli->command)->run(cli);
	nf_strbuf_init(&s);
	if (cli->version)
		help_version(&s);
	else if (cli->listen != NULL)
		help_listen(&s, cli->listen, cli->command);
	else
		help_text(&s, cli->named ? cli->command : NULL);
	return say(&s, report);
}

int main(int argc, char **argv)
{
	struct report report = { .state = REPORT_FINE };
	struct nf_err err;
	struct cli cli;
	int code;

	signal(SIGPIPE, SIG_IGN);	/* a closed pipe is seen where it is written to */
	signal(SIGXFSZ, SIG_IGN);	/* as is a file that must not grow */
	if ((argc == 2 || argc == 3) && strcmp(argv[1], "--completion") == 0)
		return completion(argv[2], &report);
	if (cli_parse(&cli, argc, argv, &err) < 0) {
		report_err(&report, &err);
		code = report_code(&report);
	} else {
		code = run(&cli, argc, argv, &report);
	}
	cli_done(&cli);
	return code;
}
