#include <config.h>

#include "main/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "main/terminal.h"

enum { STEP = 4096, RECORD_HEADER = 16 };

static const int64_t second = INT64_C(1000000000);

static int64_t now(void)
{
	return nf_clock_ns(CLOCK_MONOTONIC);
}

void progress_init(struct progress *p, const struct cli *cli)
{
	bool alone = isatty(STDERR_FILENO) && !terminal_is_output(cli);
	bool on = cli->progress || alone;

	*p = (struct progress){
		.on = on,
		.skip = STEP,
		.next_ns = now() + second,
		.size = on && !cli->follow ? source_size(cli->files.v, cli->files.n) : 0,
	};
}

void progress_show(struct progress *p, const struct capture_counts *counts)
{
	uint64_t octets = counts->frame_octets + RECORD_HEADER * counts->frames;
	int64_t at = now();

	p->skip = STEP;
	if (at < p->next_ns)
		return;
	p->next_ns = at + second / 4;
	p->shown = true;
	fprintf(stderr, "\rnfpcap: %" PRIu64 " frames", counts->frames);
	if (p->size != 0 && octets <= p->size)
		fprintf(stderr, ", %" PRIu64 " %%", octets * 100 / p->size);
	fputs("\033[K", stderr);
}

void progress_clear(struct progress *p)
{
	if (p->shown)
		fputs("\r\033[K", stderr);
	p->shown = false;
}
