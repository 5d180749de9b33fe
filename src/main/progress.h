/*
 * How far a run is, on standard error: when asked for, or by itself on a terminal when a run
 * takes over a second and nothing else is shown there.
 */
#ifndef MAIN_PROGRESS_H
#define MAIN_PROGRESS_H

#include "capture/source.h"
#include "main/cli.h"

struct progress {
	bool on, shown;
	uint32_t skip;			/* datagrams until the clock is looked at again */
	int64_t next_ns;		/* when to show it next */
	uint64_t size;			/* see source_size */
};

void progress_init(struct progress *p, const struct cli *cli);
void progress_show(struct progress *p, const struct capture_counts *counts);
void progress_clear(struct progress *p);

static inline void progress_step(struct progress *p, const struct capture_counts *counts)
{
	if (p->on && p->skip-- == 0)
		progress_show(p, counts);
}

#endif
