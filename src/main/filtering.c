#include <config.h>

#include "main/filtering.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

int filtering_read(struct nf_strbuf *s, const char *option, const char *path, size_t max,
		   struct nf_err *err)
{
	bool input = strcmp(path, "-") == 0;
	FILE *file = input ? stdin : fopen(path, "rb");
	char buf[4096];
	size_t n;
	int bad;

	if (file == NULL)
		return nf_err_set(err, NF_ERR_ENV, "%s%s: %s", option, path, strerror(errno));
	/* One too long is refused where it is read; it need not be there whole. */
	while (s->n <= max && (n = fread(buf, 1, sizeof(buf), file)) > 0)
		nf_sb_mem(s, buf, n);
	bad = ferror(file) ? errno : 0;
	if (!input)
		fclose(file);
	if (bad != 0)
		return nf_err_set(err, NF_ERR_ENV, "%s%s: %s", option, path, strerror(bad));
	return s->failed ? nf_err_memory(err) : 0;
}

static int read_text(struct filtering *f, const struct cli *cli, struct nf_err *err)
{
	if (cli->filter != NULL && cli->filter_file != NULL)
		return nf_err_set(err, NF_ERR_USAGE, "-f and -F: give one filter, not two");
	if (cli->filter_file != NULL)
		return filtering_read(&f->text, "-F ", cli->filter_file, FILTER_TEXT_MAX, err);
	if (cli->filter != NULL)
		nf_sb_str(&f->text, cli->filter);
	return f->text.failed ? nf_err_memory(err) : 0;
}

/* The first line as every error, the filter and the caret below it. */
static void complain(const struct filtering *f, const struct filter_error *fault,
		     struct report *report)
{
	struct nf_strbuf s;
	struct nf_err err;
	const char *rest;

	nf_strbuf_init(&s);
	filter_error_text(&s, f->text.p, f->text.n, fault);
	rest = strchr(nf_strbuf_cstr(&s), '\n');
	nf_err_set(&err, NF_ERR_USAGE, "filter: %.*s", (int)strcspn(nf_strbuf_cstr(&s), "\n"),
		   nf_strbuf_cstr(&s));
	report_err(report, &err);
	if (rest != NULL)
		fprintf(stderr, "%s\n", rest + 1);
	nf_strbuf_done(&s);
}

static bool names(const char *text, const char *prefix)
{
	return text != NULL && strstr(text, prefix) != NULL;
}

/* A file of filters may name anything. */
bool filtering_joins(const struct cli *cli)
{
	return cli->filter_file != NULL || names(cli->filter, "join.") ||
	       names(cli->columns, "join.") || names(cli->keys, "join.");
}

static bool shows_findings(const struct cli *cli)
{
	return names(cli->columns, "finding.") || names(cli->keys, "finding.");
}

static int take(struct filtering *f, const struct cli *cli, struct nf_err *err)
{
	if (f->explain && cli->filter == NULL && cli->filter_file == NULL)
		return nf_err_set(err, NF_ERR_USAGE, "--filter-explain: there is no filter (-f)");
	if (read_text(f, cli, err) < 0)
		return -1;
	if (!shows_findings(cli) && !names(nf_strbuf_cstr(&f->text), "finding."))
		return 0;
	return finding_prepare(cli, err);
}

int filtering_take(struct filtering *f, const struct cli *cli, struct report *report)
{
	struct nf_err err;

	*f = (struct filtering){ .explain = cli->filter_explain };
	nf_strbuf_init(&f->text);
	finding_init(&f->finding);
	if (take(f, cli, &err) == 0)
		return 0;
	report_err(report, &err);
	return -1;
}

int filtering_prepare_findings(const struct cli *cli, struct report *report)
{
	struct nf_err err;

	if (finding_prepare(cli, &err) == 0)
		return 0;
	report_err(report, &err);
	return -1;
}

int filtering_know_findings(struct filtering *f, const struct pipeline *p)
{
	return f->finding.findings.settled ? 0 : finding_read(&f->finding, p);
}

static int read_findings(struct filtering *f, const struct pipeline *p)
{
	if (!shows_findings(p->cli) && (f->filter == NULL || !filter_asks_findings(f->filter)))
		return 0;
	return filtering_know_findings(f, p);
}

int filtering_open(struct filtering *f, const struct pipeline *p, const struct join *join)
{
	const struct cli *cli = p->cli;
	struct report *report = p->report;
	struct filter_error fault;
	struct nf_err err;

	f->opts = (struct filter_opts){
		.names = join_filter_names,
		.nnames = JOIN_FILTER_NAMES,
		.ctx = join,
		.files = p->names,
		.nfiles = cli->files.n,
		.findings = &f->finding.findings,
	};
	if (cli->filter == NULL && cli->filter_file == NULL)
		return read_findings(f, p);
	f->filter = filter_new(f->text.p, f->text.n, &f->opts, p->registry, &fault);
	if (f->filter != NULL && (!f->explain || filter_count(f->filter)))
		return read_findings(f, p);
	if (f->filter != NULL || fault.memory) {
		nf_err_memory(&err);
		report_err(report, &err);
	} else {
		complain(f, &fault, report);
	}
	return -1;
}

struct filter *filtering_copy(const struct filtering *f, struct nf_registry *registry)
{
	struct filter *copy = filter_new(f->text.p, f->text.n, &f->opts, registry, NULL);

	if (copy != NULL && (!f->explain || filter_count(copy)))
		return copy;
	filter_free(copy);
	return NULL;
}

void filtering_close(struct filtering *f)
{
	filter_free(f->filter);
	f->filter = NULL;
	finding_done(&f->finding);
	nf_strbuf_done(&f->text);
}

void filtering_end(struct filtering *f, struct report *report, struct nf_strbuf *out)
{
	struct nf_err err;

	if (f->filter == NULL)
		return;
	if (filter_failed(f->filter)) {
		nf_err_memory(&err);
		report_err(report, &err);
	}
	if (f->explain)
		filter_explain(out, f->filter);
	if (filter_undefined(f->filter) != NULL)
		report_note(report, "filter: nothing in these captures is called %s",
			    filter_undefined(f->filter));
	if (filter_matched(f->filter) == 0 && filter_reads_like_bpf(f->text.p, f->text.n))
		report_note(report, "the filter tests what flow records say; for the frames that "
			    "carry them use --bpf '%.*s'", (int)f->text.n, f->text.p);
}
