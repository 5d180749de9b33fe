#include <config.h>

#include "main/writes.h"

#include <string.h>
#include <sys/stat.h>

#include "main/run.h"
#include "out/checklist.h"

/* What endings promise that is not kept here. */
static const struct {
	const char *ending, *advice;
} refused[] = {
	{ ".pcapng", "captures are written as .pcap" },
	{ ".cap", "captures are written as .pcap" },
	{ ".zst", "of what is packed only .gz is written" },
	{ ".xz", "of what is packed only .gz is written" },
	{ ".bz2", "of what is packed only .gz is written" },
	{ ".lz4", "of what is packed only .gz is written" },
	{ ".zip", "of what is packed only .gz is written" },
};

static bool ends(const char *path, const char *ending)
{
	size_t n = strlen(path), len = strlen(ending);

	return n > len && strcmp(path + n - len, ending) == 0;
}

static bool is_capture(const char *path)
{
	return ends(path, ".pcap") || ends(path, ".pcap.gz");
}

static const char *first(const struct cli *cli, bool capture)
{
	for (size_t i = 0; i < cli->writes.n; i++)
		if (is_capture(cli->writes.v[i]) == capture)
			return cli->writes.v[i];
	return NULL;
}

const char *writes_output(const struct cli *cli)
{
	return first(cli, false);
}

const char *writes_capture(const struct cli *cli)
{
	return first(cli, true);
}

bool writes_anew(const struct cli *cli)
{
	const struct checklist_ops *ops = checklist_ops_of(cli_format(cli));

	return ops != NULL && ops->document;
}

bool writes_parts(const struct cli *cli)
{
	return cli->rotate.octets != 0 || cli->rotate.every_ns != 0;
}

static bool same_file(const char *a, const char *b)
{
	struct stat one, other;

	return stat(a, &one) == 0 && stat(b, &other) == 0 && S_ISREG(one.st_mode) &&
	       one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

static int check_path(const struct cli *cli, const char *path, struct nf_err *err)
{
	if (strcmp(path, "-") == 0)
		return nf_err_set(err, NF_ERR_USAGE, "-w -: without -w the output goes to standard "
				  "output");
	for (unsigned i = 0; i < sizeof(refused) / sizeof(refused[0]); i++)
		if (ends(path, refused[i].ending))
			return nf_err_set(err, NF_ERR_USAGE, "-w %s: %s", path, refused[i].advice);
	for (size_t i = 0; cli->listen == NULL && i < cli->files.n; i++)
		if (same_file(path, cli->files.v[i]))
			return nf_err_set(err, NF_ERR_USAGE, "-w %s: is an input, too", path);
	return 0;
}

/* The capture that slice makes is its only output. */
static int check_slice(const struct cli *cli, struct nf_err *err)
{
	if (cli->writes.n > 1)
		return nf_err_set(err, NF_ERR_USAGE, "slice writes one file");
	if (cli->writes.n == 1 && ends(cli->writes.v[0], ".gz"))
		return nf_err_set(err, NF_ERR_USAGE, "-w %s: slice packs nothing; write to standard "
				  "output and to gzip", cli->writes.v[0]);
	return 0;
}

int writes_check(const struct cli *cli, struct nf_err *err)
{
	const struct cli_files *w = &cli->writes;

	if (writes_parts(cli) && w->n == 0)
		return nf_err_set(err, NF_ERR_USAGE, "--rotate needs -w FILE");
	if (writes_parts(cli) && writes_anew(cli) && writes_capture(cli) == NULL)
		return nf_err_set(err, NF_ERR_USAGE, "--rotate: -o %s is one document, in one file",
				  cli_format(cli));
	for (size_t i = 0; i < w->n; i++)
		if (check_path(cli, w->v[i], err) < 0)
			return -1;
	if (cli->command->run == run_slice)
		return check_slice(cli, err);
	if (w->n > 2 || (w->n == 2 && is_capture(w->v[0]) == is_capture(w->v[1])))
		return nf_err_set(err, NF_ERR_USAGE, "-w: one file for the output, and one (.pcap) "
				  "for what is received");
	if (cli->listen == NULL && writes_capture(cli) != NULL)
		return nf_err_set(err, NF_ERR_USAGE, "-w %s: only what listen receives is written "
				  "as a capture", writes_capture(cli));
	return 0;
}
