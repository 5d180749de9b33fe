#include <config.h>

#include "main/run.h"

#include <inttypes.h>
#include <string.h>

#include "main/reading.h"
#include "main/terminal.h"
#include "out/out.h"

struct packets {
	struct reading reading;
	struct out *out;
	uint64_t left;		/* messages that -n still lets through */
	bool crowded;		/* it was said that lines wait no longer */
};

static const struct out_ops *ops_for(const struct cli *cli)
{
	const char *format = cli_format(cli);

	if (!cli->quiet)
		return out_ops_of(format);
	return strcmp(format, "json") == 0 ? &out_quiet_json : &out_quiet;
}

static int open_out(struct packets *p)
{
	const struct cli *cli = p->reading.cli;
	struct out_opts opts = {
		.raw = cli->raw,
		.hex = cli->hex,
		.color = terminal_color(cli),
		.titles = true,
		.bpf = cli->bpf != NULL,
		.hold_ns = cli->hold_time,
		.width = terminal_width(cli),
		.files = p->reading.pipeline.names,
		.nfiles = cli->files.n,
	};

	p->out = out_new(ops_for(cli), &opts, p->reading.pipeline.registry);
	if (p->out == NULL)
		return reading_memory(&p->reading);
	reading_writes(&p->reading, &p->out->text);
	if (p->reading.filtering.filter == NULL)	/* nobody but frame.duplicate asks */
		pipeline_pass_duplicates(&p->reading.pipeline);
	return 0;
}

static const struct nf_sink *sink(struct reading *reading)
{
	return out_sink(((struct packets *)reading)->out);
}

static bool wants(const struct reading *reading)
{
	return ((const struct packets *)reading)->left > 0;
}

/* SOUND as it is; what people are to know of lines that lack something is said. */
static bool written(struct packets *p, bool sound)
{
	if (p->out->crowded && !p->crowded) {
		p->crowded = true;
		report_note(&p->reading.report, "more lines than 16 MiB wait for templates: the "
			    "oldest are shown without the sets that wait");
	}
	return reading_written(&p->reading, sound);
}

static void lacking(struct packets *p)
{
	uint64_t n = p->out->lacking;

	if (n != 0)
		report_note(&p->reading.report, "%" PRIu64 " line%s sets whose template did not come",
			    n, n == 1 ? " lacks" : "s lack");
}

static bool message(struct reading *reading, const struct nf_view *v, bool shows)
{
	struct packets *p = (struct packets *)reading;

	(void)shows;
	if (!filtering_shows(&reading->filtering, v))
		return true;
	p->left--;
	return written(p, out_message(p->out, v));
}

static bool late_set(struct reading *reading, const struct nf_late *late)
{
	struct packets *p = (struct packets *)reading;

	return !filtering_shows_late(&reading->filtering, late) ||
	       written(p, out_late(p->out, late));
}

static const struct reading_ops ops = {
	.sink = sink,
	.wants = wants,
	.message = message,
	.late = late_set,
};

int run_packets(const struct cli *cli)
{
	struct packets p = { .left = cli->count };
	int code;

	if (reading_open(&p.reading, cli, filtering_joins(cli)) == 0 && open_out(&p) == 0) {
		if (!p.reading.filtering.explain)
			out_begin(p.out);
		reading_all(&p.reading, &ops);
		if (!p.reading.filtering.explain)
			out_end(p.out);
		if (reading_flush(&p.reading)) {
			lacking(&p);
			reading_summary(&p.reading, cli->verbose);
		}
	}
	code = reading_close(&p.reading);
	out_free(p.out);
	return code;
}
