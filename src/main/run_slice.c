#include <config.h>

#include "main/run.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "capture/raw.h"
#include "main/interrupt.h"
#include "main/keeping.h"
#include "main/reading.h"
#include "model/slice.h"

struct slice_run {
	struct reading reading;
	struct cli cli;			/* as given, but that frames are put in order */
	const char *path;		/* NULL: standard output */
	struct slice *slice;
	struct nf_strbuf text;		/* of --filter-explain */
	uint64_t left;			/* messages that -n still lets through */
	bool failed;
};

static int fail(struct slice_run *r, const struct nf_err *err)
{
	report_err(&r->reading.report, err);
	r->failed = true;
	return -1;
}

/* -- First: which messages -------------------------------------------------------------- */

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	struct slice_run *r = (struct slice_run *)reading;
	bool chosen = shows && r->left > 0 && filtering_shows(&reading->filtering, v);

	r->left -= chosen;
	if (slice_note(r->slice, v, chosen))
		return true;
	reading_memory(reading);
	r->failed = true;
	return false;
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	(void)reading;
	(void)late;
	return true;
}

static const struct reading_ops ops = {
	.hidden = true,
	.message = message,
	.late = late_set,
};

/* -- Then: what is written of them ------------------------------------------------------ */

static int copy(struct slice_run *r, struct record *record, struct nf_err *err)
{
	const struct cli_files *files = &r->cli.files;
	struct capture_opts opts = r->reading.pipeline.capture;
	struct source *source;
	struct nf_datagram d;
	enum source_got got;
	int status = 0;

	opts.quiet_steps = true;
	source = source_open(files->v, files->n, &opts, err);
	if (source == NULL)
		return -1;
	while (status == 0 && !interrupted() &&
	       (got = source_next(source, &d, err)) != SOURCE_END)
		if (got == SOURCE_DATAGRAM && slice_wants(r->slice, d.ordinal))
			status = slice_write(r->slice, record, &d, err);
	source_close(source);
	return status;
}

static int write_to(struct slice_run *r, FILE *file, const char *name, struct nf_err *err)
{
	const struct record_opts opts = { .coarse = slice_coarse(r->slice) };
	struct record *record = record_open(file, name, &opts, err);
	int status = -1;

	if (record == NULL)
		return -1;
	status = copy(r, record, err);
	if (record_close(record, status == 0 ? err : NULL) < 0)
		status = -1;
	return status;
}

static int open_and_write(struct slice_run *r, struct nf_err *err)
{
	FILE *file = fopen(r->path, "wb");
	int status;

	if (file == NULL)
		return nf_err_set(err, NF_ERR_ENV, "-w %s: %s", r->path, strerror(errno));
	status = write_to(r, file, r->path, err);
	if (fclose(file) != 0 && status == 0)
		status = nf_err_set(err, NF_ERR_ENV, "%s: %s", r->path, strerror(errno));
	return status;
}

static void say(struct slice_run *r)
{
	const char *name = r->path != NULL ? r->path : "standard output";
	const struct slice_counts *c = slice_counts(r->slice);
	struct report *report = &r->reading.report;
	struct nf_strbuf s;

	if (c->datagrams == 0) {
		report_note(report, "%s: nothing to be written: a capture without frames", name);
		return;
	}
	nf_strbuf_init(&s);
	nf_sb_u64(&s, c->datagrams);
	nf_sb_forms(&s, " {datagram|datagrams}", c->datagrams);
	if (c->definitions + c->options != 0)
		nf_sb_str(&s, ", before them");
	if (c->definitions != 0) {
		nf_sb_char(&s, ' ');
		nf_sb_u64(&s, c->definitions);
		nf_sb_forms(&s, " {template|templates}", c->definitions);
	}
	if (c->options != 0) {
		nf_sb_str(&s, c->definitions != 0 ? " and " : " ");
		nf_sb_u64(&s, c->options);
		nf_sb_forms(&s, " {datagram|datagrams} of options", c->options);
	}
	report_note(report, "%s: %s", name, nf_strbuf_cstr(&s));
	nf_strbuf_done(&s);
	if (c->otherwise != 0)
		report_note(report, "%" PRIu64 " data set%s in it read%s otherwise there: two in "
			    "one datagram use templates of other sessions with one id",
			    c->otherwise, c->otherwise == 1 ? "" : "s",
			    c->otherwise == 1 ? "s" : "");
	if (c->too_long != 0)
		report_note(report, "%" PRIu64 " datagram%s longer than an IP packet can be: left "
			    "out", c->too_long, c->too_long == 1 ? " is" : "s are");
}

/* -- One run ---------------------------------------------------------------------------- */

static int prepare(struct slice_run *r, struct nf_err *err)
{
	const struct cli_files *files = &r->cli.files;

	if (r->cli.follow)
		return nf_err_set(err, NF_ERR_USAGE, "--follow: a slice is made of what is there");
	if (r->path == NULL && isatty(STDOUT_FILENO) && !r->cli.filter_explain)
		return nf_err_set(err, NF_ERR_USAGE, "a capture is no text for a terminal: use "
				  "-w OUT.pcap");
	if (keeping_stdin(files, err) < 0)
		return -1;
	for (size_t i = 0; i < files->n; i++)
		if (!source_rereadable(&files->v[i], 1))
			return nf_err_set(err, NF_ERR_ENV, "%s: is read twice, and no file; try "
					  "- with < %s", raw_name(files->v[i]), files->v[i]);
	return 0;
}

static void run(struct slice_run *r)
{
	struct nf_err err;

	reading_writes(&r->reading, &r->text);
	reading_all(&r->reading, &ops);
	if (!reading_flush(&r->reading) || r->failed || r->cli.filter_explain || interrupted() ||
	    !reading_worth(&r->reading))
		return;
	if ((r->path != NULL ? open_and_write(r, &err) :
			       write_to(r, stdout, "standard output", &err)) < 0) {
		fail(r, &err);
		return;
	}
	say(r);
	reading_summary(&r->reading, r->cli.verbose);
}

int run_slice(const struct cli *cli)
{
	struct slice_run r = {
		.cli = *cli, .left = cli->count,
		.path = cli->writes.n > 0 ? cli->writes.v[0] : NULL,
	};
	struct nf_err err;
	int code;

	r.cli.sort = true;	/* what is written is read again in the order of its stamps */
	r.cli.writes.n = 0;
	nf_strbuf_init(&r.text);
	if (prepare(&r, &err) < 0) {
		r.reading.report = (struct report){ .state = REPORT_FINE };
		report_err(&r.reading.report, &err);
		return report_code(&r.reading.report);
	}
	if (reading_open(&r.reading, &r.cli, filtering_joins(cli)) == 0) {
		r.slice = slice_new(r.reading.pipeline.tracker);
		if (r.slice != NULL)
			run(&r);
		else
			reading_memory(&r.reading);
	}
	slice_free(r.slice);
	code = reading_close(&r.reading);
	nf_strbuf_done(&r.text);
	return code;
}
