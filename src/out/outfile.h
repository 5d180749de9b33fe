/*
 * A file of output that grows, and that is whole whenever somebody looks.
 *
 * What is written is gathered and put into the file in pieces, none of which ends within what one
 * call of outfile_write brought: lines of text, members of gzip, frames of a capture.  A piece is
 * put there once it is large, or once a time is over, for which somebody calls outfile_tick.  A
 * file that is there already grows; what a crash has left unfinished at its end is cut off first.
 *
 * What is no regular file (a pipe, a device) is written to as it is.
 */
#ifndef OUT_OUTFILE_H
#define OUT_OUTFILE_H

#include <zlib.h>

#include "base/err.h"
#include "base/strbuf.h"

struct outfile;

enum outfile_found {
	OUTFILE_WHOLE,		/* it can grow */
	OUTFILE_UNFINISHED,	/* it can, once what stands behind scan.whole is cut off */
	OUTFILE_DAMAGED,	/* at scan.whole, but more stands behind that */
	OUTFILE_FOREIGN,	/* something else */
	OUTFILE_FAILED,		/* to read it: errno */
};

enum { OUTFILE_HEAD = 24 };

struct outfile_scan {
	uint64_t size, whole;		/* octets, and those of them that are whole */
	/* the first octets, unpacked */
	uint8_t head[OUTFILE_HEAD];
	size_t nhead;
};

struct outfile_kind {
	const char *ending;		/* ".gz"; "" ends the table, and fits all names */
	const char *what;		/* "gzip file" */
	const char *rest;		/* what a crash leaves behind: "an unfinished member" */
	int linger_ms;			/* how long what is written may stand in memory alone */
	bool lines;			/* a last line without its end may be anybody's */
	/* One pass over the file, in memory of a fixed size. */
	enum outfile_found (*scan)(int fd, struct outfile_scan *s);
	/* N octets more for f->piece, and its end; false where memory is out. */
	bool (*add)(struct outfile *f, const void *p, size_t n);
	bool (*end)(struct outfile *f);
	/* Of the first N octets of f->piece, which alone went into the file, those to keep. */
	size_t (*keep)(const struct outfile *f, size_t n);
};

/* By the ending of PATH. */
const struct outfile_kind *outfile_kind_of(const char *path);

struct outfile_opts {
	const char *path;		/* borrowed */
	const struct outfile_kind *kind;
	struct nf_strbuf *head;		/* what each file begins with; borrowed, may be NULL */
	bool must_begin;		/* a file that is there and begins otherwise is foreign */
	bool at_once;			/* nothing lingers */
	bool fresh;			/* fail with EEXIST where it is there already */
	/* Nothing grows: what is in the file, whatever that is, goes when the first octets come. */
	bool anew;
	/* Hears what was done to the file; TEXT is a line without an end.  May be NULL. */
	void (*note)(void *ctx, const char *text);
	void *ctx;
};

struct outfile {
	struct outfile_opts opts;
	int fd;
	bool regular;
	bool made;			/* it was not there */
	bool old;			/* opts.anew: what was there is there yet */
	uint64_t dev, ino;
	uint64_t size;			/* octets in the file, all of them whole */
	struct nf_strbuf piece;		/* those that are not there yet */
	z_stream *packer;		/* kinds that pack: NULL until the first piece */
	bool begun;			/* something was written since the last piece */
	int64_t since_ns;		/* when */
};

/* NULL and *ERR: the file is not touched, unless it was made. */
struct outfile *outfile_open(const struct outfile_opts *opts, struct nf_err *err);

/*
 * N octets, whole lines or frames, at NOW_NS of a clock.  -1 and *ERR where they, or what was
 * written before, cannot be put into the file: what is there then is whole.
 */
int outfile_write(struct outfile *f, const void *p, size_t n, int64_t now_ns, struct nf_err *err);

/* To be called now and then: puts there what has waited long enough. */
int outfile_tick(struct outfile *f, int64_t now_ns, struct nf_err *err);

/* Puts all there. */
int outfile_flush(struct outfile *f, struct nf_err *err);

/* Is nothing in it but its head? */
bool outfile_is_empty(const struct outfile *f);

/* What is not flushed is lost. */
void outfile_free(struct outfile *f);

/*
 * Make whole what a crash has left at PATH, without opening it for more.  False where it is none of
 * ours, or damaged, or somebody writes to it (*BUSY), or cannot be read: then it is not touched.
 * *SIZE is what is left of it, 0 where that is a head alone.
 */
bool outfile_mend(const struct outfile_opts *opts, uint64_t *size, bool *busy, struct nf_err *err);

/* "cannot write to PATH: WHY", of errno CODE.  -1. */
int outfile_trouble(const char *path, int code, struct nf_err *err);

#endif
