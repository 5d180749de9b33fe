#include <config.h>

#include "main/recording.h"

#include <stdlib.h>

#include "base/clock.h"
#include "capture/source.h"
#include "main/writer.h"
#include "main/writes.h"

static int64_t now(void)
{
	return nf_clock_ns(CLOCK_REALTIME);
}

/* -1, once, and nothing is written from here on. */
static int give_up(struct recording *r, const struct nf_err *err)
{
	if (!r->failed) {
		r->failed = true;
		report_err(r->report, err);
	}
	return -1;
}

/* In the middle of writing: what the output still has in memory is not to come in between. */
static void note(void *ctx, const char *text)
{
	struct report *report = ((struct recording *)ctx)->report;
	struct report kept = *report;

	report->writer = NULL;
	report->before = NULL;
	report_note(report, "%s", text);
	report->writer = kept.writer;
	report->before = kept.before;
}

/* -- Opening -------------------------------------------------------------------------- */

/* What comes through a pipe is not waited for with a time: it is written as it comes. */
static bool at_once(const struct cli *cli)
{
	return cli->listen == NULL &&
	       (cli->follow || !source_rereadable(cli->files.v, cli->files.n));
}

static struct series *open_series(struct recording *r, const struct cli *cli, const char *path,
				  struct nf_strbuf *head)
{
	bool capture = path == writes_capture(cli), anew = !capture && writes_anew(cli);
	const struct series_opts opts = {
		.file = {
			.path = path, .kind = outfile_kind_of(path), .head = head,
			.must_begin = capture, .anew = anew, .at_once = at_once(cli),
			.note = note, .ctx = r,
		},
		.max_octets = anew ? 0 : cli->rotate.octets,
		.every_ns = anew ? 0 : cli->rotate.every_ns,
	};
	struct nf_err err;
	struct series *s = series_open(&opts, now(), &err);

	if (s == NULL)
		give_up(r, &err);
	return s;
}

/* From the start of the stream on; what was in it is no longer wanted. */
static int begin_capture(struct recording *r, struct nf_err *err)
{
	static const struct record_opts opts = { .coarse = false };

	if (record_close(r->record, err) < 0 || fseeko(r->stream, 0, SEEK_SET) < 0)
		return -1;
	r->record = record_open(r->stream, "memory", &opts, err);
	return r->record != NULL ? record_flush(r->record, err) : -1;
}

static int open_capture(struct recording *r, const struct cli *cli, const char *path)
{
	struct nf_err err;

	r->stream = open_memstream(&r->octets, &r->noctets);
	if (r->stream == NULL) {
		nf_err_memory(&err);
		return give_up(r, &err);
	}
	if (begin_capture(r, &err) < 0)
		return give_up(r, &err);
	nf_sb_mem(&r->file_header, r->octets, r->noctets);
	r->capture = open_series(r, cli, path, &r->file_header);
	return r->capture != NULL ? 0 : -1;
}

int recording_open(struct recording *r, const struct cli *cli, struct report *report)
{
	const char *output = writes_output(cli), *capture = writes_capture(cli);

	*r = (struct recording){ .report = report };
	nf_strbuf_init(&r->head);
	nf_strbuf_init(&r->file_header);
	if (output != NULL) {
		r->output = open_series(r, cli, output, &r->head);
		if (r->output == NULL)
			return -1;
	}
	return capture != NULL ? open_capture(r, cli, capture) : 0;
}

/* -- Writing -------------------------------------------------------------------------- */

bool recording_head(struct recording *r, const struct nf_strbuf *text)
{
	if (r->output == NULL)
		return false;
	nf_sb_mem(&r->head, text->p, text->n);
	return !r->head.failed;
}

bool recording_write(void *recording, const char *p, size_t n)
{
	struct recording *r = recording;
	struct nf_err err;

	if (!r->failed && n != 0 && series_write(r->output, p, n, now(), &err) < 0)
		give_up(r, &err);
	return !r->failed;
}

/* The frames of D, through the memory of the stream. */
static int frames(struct recording *r, const struct nf_datagram *d, struct nf_err *err)
{
	int64_t at = now();
	bool turned;
	int code;

	/* Each file has the beginnings of its connections. */
	if (series_turn(r->capture, d->payload.n, at, &turned, err) < 0 ||
	    (turned && begin_capture(r, err) < 0))
		return -1;
	if (fseeko(r->stream, 0, SEEK_SET) < 0)
		return nf_err_memory(err);
	code = record_datagram(r->record, d, err);
	if (code != 0)
		return code < 0 ? -1 : 0;
	if (record_flush(r->record, err) < 0)
		return -1;
	return series_write(r->capture, r->octets, r->noctets, at, err);
}

void recording_received(struct recording *r, const struct nf_datagram *d)
{
	struct nf_err err;

	if (r->capture != NULL && !r->failed && frames(r, d, &err) < 0)
		give_up(r, &err);
}

bool recording_tick(struct recording *r)
{
	struct nf_err err;
	int64_t at;

	if ((r->output == NULL && r->capture == NULL) || r->failed)
		return !r->failed;
	at = now();
	if ((r->output != NULL && series_tick(r->output, at, &err) < 0) ||
	    (r->capture != NULL && series_tick(r->capture, at, &err) < 0))
		give_up(r, &err);
	return !r->failed;
}

/* -- The end -------------------------------------------------------------------------- */

static void close_series(struct recording *r, struct series *s, bool begun)
{
	struct nf_err err;

	if (s != NULL && !begun)
		series_discard(s);
	else if (s != NULL && series_close(s, &err) < 0)
		give_up(r, &err);
}

void recording_close(struct recording *r, bool begun)
{
	close_series(r, r->output, begun);
	close_series(r, r->capture, begun);
	record_close(r->record, NULL);
	if (r->stream != NULL)
		fclose(r->stream);
	free(r->octets);
	nf_strbuf_done(&r->head);
	nf_strbuf_done(&r->file_header);
	*r = (struct recording){ .report = r->report };
}
