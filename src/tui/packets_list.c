/* The list of messages: a line each, made of the message itself when it is drawn. */
#include <config.h>

#include "out/scan.h"
#include "tui/screen_packets.h"
#include "tui/times.h"

const struct grid_column packets_columns[PACKETS_CELLS] = {
	{ .title = "frame", .width = 6, .right = true, .keeps = true },
	[PACKETS_TIME] = { .title = "time (UTC)", .width = 12, .right = true },
	{ .title = "exporter", .width = 19 },
	{ .title = "ver", .width = 5 },
	{ .title = "domain", .width = 10, .right = true, .wide = 100 },
	{ .title = "sequence", .width = 10, .right = true, .wide = 100 },
	{ .title = "len", .width = 5, .right = true },
	{ .title = "carries", .width = 20 },
};

uint64_t packets_row(const struct packets *p, uint64_t i)
{
	if (p->match != NULL)
		return i < store_job_count(p->match) ? store_job_at(p->match, i) : UINT64_MAX;
	return i < store_rows(p->screen.app->store) ? i : UINT64_MAX;
}

uint64_t packets_line(const struct packets *p, uint64_t row)
{
	return p->match != NULL ? store_job_find(p->match, row) : row;
}

static uint64_t count(void *ctx)
{
	const struct packets *p = ctx;

	return p->match != NULL ? store_job_count(p->match) : store_rows(p->screen.app->store);
}

/* -- Cells ------------------------------------------------------------------------------ */

/* What comes of the message itself: all that needs its octets. */
static void put_message(struct packets *p, struct nf_strbuf *s, const struct nf_view *v)
{
	const struct line line = {
		.datagram = v->datagram, .msg = &v->msg, .length = out_length(&v->msg),
	};
	struct scan scan;

	line_exporter(s, &line);
	p->cells.ends[2] = (uint32_t)s->n;
	line_version(s, &line);
	p->cells.ends[3] = (uint32_t)s->n;
	line_domain(s, &line);
	p->cells.ends[4] = (uint32_t)s->n;
	line_sequence(s, &line);
	p->cells.ends[5] = (uint32_t)s->n;
	nf_sb_u64(s, line.length);
	p->cells.ends[6] = (uint32_t)s->n;
	nf_strbuf_clear(&p->out->text);
	scan_message(&scan, p->out, v, false);
	scan_text(s, &scan, p->out->opts.bpf);
	line_marks(p->out);
	nf_sb_mem(s, p->out->text.p, p->out->text.n);
	p->cells.ends[7] = (uint32_t)s->n;
	for (size_t i = 0; i < p->out->problems.n; i++) {
		uint8_t severity = nf_problem_rows[p->out->problems.v[i].id].severity;

		if (severity + 1 > p->cells.severity)
			p->cells.severity = (uint8_t)(severity + 1);
	}
}

static void fill(struct packets *p, uint64_t i, uint64_t row)
{
	struct store *store = p->screen.app->store;
	struct nf_strbuf *s = &p->cells.text;
	const struct store_row r = store_row(store, row);
	const struct nf_view *v;
	struct nf_err err;

	nf_strbuf_clear(s);
	p->cells.row = row;
	p->cells.whole_times = p->screen.app->whole_times;
	p->cells.severity = 0;
	nf_sb_u64(s, r.frame);
	p->cells.ends[0] = (uint32_t)s->n;
	times_text(s, p->screen.app, r.ts_ns, i > 0 ? packets_row(p, i - 1) : UINT64_MAX);
	p->cells.ends[1] = (uint32_t)s->n;
	v = store_read(store, row, out_sink(p->out), &err);
	if (v != NULL) {
		put_message(p, s, v);
		return;
	}
	for (unsigned c = 2; c < PACKETS_CELLS - 1; c++)
		p->cells.ends[c] = (uint32_t)s->n;
	nf_sb_str(s, err.text);
	p->cells.ends[PACKETS_CELLS - 1] = (uint32_t)s->n;
	p->cells.severity = NF_ERROR + 1;
}

static void cell(void *ctx, uint64_t i, unsigned column, struct nf_strbuf *s)
{
	struct packets *p = ctx;
	uint64_t row = packets_row(p, i);
	uint32_t from;

	if (row == UINT64_MAX)
		return;
	if (p->cells.row != row || p->cells.whole_times != p->screen.app->whole_times)
		fill(p, i, row);
	from = column > 0 ? p->cells.ends[column - 1] : 0;
	if (!p->cells.text.failed)
		nf_sb_mem(s, p->cells.text.p + from, p->cells.ends[column] - from);
}

static enum look look(void *ctx, uint64_t i)
{
	static const enum look of_severity[] = {
		LOOK_text, [NF_NOTE + 1] = LOOK_text, [NF_WARNING + 1] = LOOK_warning,
		[NF_ERROR + 1] = LOOK_error,
	};
	struct packets *p = ctx;
	uint64_t row = packets_row(p, i);

	if (row == UINT64_MAX)
		return LOOK_text;
	if (p->cells.row != row)
		fill(p, i, row);
	return of_severity[p->cells.severity];
}

static bool tagged(void *ctx, uint64_t i)
{
	const struct packets *p = ctx;

	return p->tags.n != 0 && tags_has(&p->tags, packets_row(p, i));
}

const struct grid_ops packets_list_ops = {
	.count = count, .cell = cell, .look = look, .tagged = tagged,
};
