/*
 * -w and --rotate: the output to a file, and what is received to a capture.
 *
 * Where writing fails, that is said at once, and nothing more is written: the run then comes to its
 * end, and its exit code is 2.  What was written before stays.
 */
#ifndef MAIN_RECORDING_H
#define MAIN_RECORDING_H

#include <stdio.h>

#include "base/datagram.h"
#include "capture/record.h"
#include "main/cli.h"
#include "main/report.h"
#include "out/series.h"

enum { RECORDING_IDLE_MS = 100 };	/* how often recording_tick wants to be called */

struct recording {
	struct report *report;
	struct series *output, *capture;	/* NULL: not asked for */
	struct nf_strbuf head;		/* of the output: what each file begins with */
	struct nf_strbuf file_header;	/* of the capture */
	struct record *record;		/* into the stream, which is memory */
	FILE *stream;
	char *octets;
	size_t noctets;
	bool failed;
};

/* All files are open from here on.  -1: what is wrong was said; recording_close all the same. */
int recording_open(struct recording *r, const struct cli *cli, struct report *report);

/*
 * What each file of the output begins with, titles of columns, which a file that is there has
 * already.  False where there is no such file: TEXT is then output as any other.
 */
bool recording_head(struct recording *r, const struct nf_strbuf *text);

/* Whole lines of the output.  False where writing on is of no use.  R is a struct recording. */
bool recording_write(void *r, const char *p, size_t n);

/* D was received, be it flow export or not. */
void recording_received(struct recording *r, const struct nf_datagram *d);

/* Time goes by.  False where the run is to end. */
bool recording_tick(struct recording *r);

/* BEGUN: there was something to read; otherwise files that were made for it go. */
void recording_close(struct recording *r, bool begun);

#endif
