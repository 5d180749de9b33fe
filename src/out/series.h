/*
 * Where output is written to: a file, or files that follow each other (--rotate).
 *
 * The file of a series that is written to has a name of its own (out/series_name.h); it gets its
 * last one when it is complete, and never takes that of another.  What a crash has left is mended
 * and completed when the series is opened.  A file in which nothing is, is none.
 */
#ifndef OUT_SERIES_H
#define OUT_SERIES_H

#include "out/outfile.h"

struct series_opts {
	struct outfile_opts file;	/* but .fresh */
	/* A new file before one has more octets, and at each multiple of so long a time; 0: not. */
	uint64_t max_octets;
	int64_t every_ns;
};

struct series;

/* NULL and *ERR where nothing can be written.  NOW_NS, in all of these, is since 1970. */
struct series *series_open(const struct series_opts *opts, int64_t now_ns, struct nf_err *err);

/*
 * Room for N octets, which series_write brings next: *TURNED if they are the first ones of a file.
 * To be called where it matters to what is written.
 */
int series_turn(struct series *s, size_t n, int64_t now_ns, bool *turned, struct nf_err *err);

/* N octets, whole lines or frames.  These return -1 and *ERR where that fails. */
int series_write(struct series *s, const void *p, size_t n, int64_t now_ns, struct nf_err *err);

/* To be called now and then: what has waited is written, and a file ends when its time is over. */
int series_tick(struct series *s, int64_t now_ns, struct nf_err *err);

/* Nothing was to be written after all: a file that was made for it is taken away. */
void series_discard(struct series *s);

/* All is written, and the last file complete, where nothing fails; in any case S is freed. */
int series_close(struct series *s, struct nf_err *err);

#endif
