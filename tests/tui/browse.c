/*
 * The browser on a terminal that reads a script and prints screens (src/tui/term_script.c).
 *
 *	browse [-f FILTER] [-c COLUMNS] [-s ROWSxCOLS] [-u] SCRIPT FILE...
 *
 * -u: what is not ASCII may be drawn.
 */
#include <config.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "model/framer.h"
#include "tui/browser.h"

static bool read_script(struct nf_strbuf *s, const char *path)
{
	FILE *f = fopen(path, "rb");
	char buf[4096];
	size_t n;

	if (f == NULL)
		return false;
	while ((n = fread(buf, 1, sizeof(buf), f)) > 0)
		nf_sb_mem(s, buf, n);
	fclose(f);
	return !s->failed;
}

static int usage(void)
{
	fputs("usage: browse [-f FILTER] [-c COLUMNS] [-s ROWSxCOLS] [-u] SCRIPT FILE...\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	struct browser_opts opts = {
		.capture = { .framer = &framer_ipfix, .wake = -1, .idle_ms = -1 },
	};
	struct term_opts term = { .out = stdout, .rows = 24, .cols = 80, .ascii = true };
	struct nf_strbuf script;
	struct nf_err err;
	int option, rc;

	while ((option = getopt(argc, argv, "f:c:s:u")) != -1) {
		if (option == 'f')
			opts.filter = optarg;
		else if (option == 'c')
			opts.columns = optarg;
		else if (option == 'u')
			term.ascii = false;
		else if (option != 's' || sscanf(optarg, "%ux%u", &term.rows, &term.cols) != 2)
			return usage();
	}
	if (argc - optind < 2)
		return usage();
	nf_strbuf_init(&script);
	if (!read_script(&script, argv[optind]))
		return usage();
	term.script = nf_strbuf_cstr(&script);
	opts.files = (const char *const *)argv + optind + 1;
	opts.nfiles = (size_t)(argc - optind - 1);
	opts.registry = nf_registry_new();
	rc = browser_run(&opts, &term_script, &term, &err);
	if (rc < 0)
		fprintf(stderr, "browse: %s\n", err.text);
	nf_registry_free(opts.registry);
	nf_strbuf_done(&script);
	return rc < 0 ? 2 : 0;
}
