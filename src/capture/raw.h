/*
 * The octets of one input as they stand: a regular file, standard input, a pipe.
 */
#ifndef CAPTURE_RAW_H
#define CAPTURE_RAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "base/err.h"

/* What a read says besides a number of octets; 0 is the end. */
enum {
	RAW_FAILED = -1,	/* errno says why */
	RAW_NOT_YET = -2,	/* nothing there now, and the caller would not wait */
};

struct raw {
	const char *path;	/* borrowed; "-" is standard input */
	const char *name;	/* for messages */
	int fd;			/* -1 between the reads of a lean file */
	uint64_t base;		/* where octet 0 stands: standard input may have been read from */
	uint64_t at;		/* octets read; regular files alone */
	dev_t dev;
	ino_t ino;
	bool regular;		/* can be read twice */
	bool follow;		/* wait at the end of a regular file for more */
	bool lean;		/* open the file for each read: too many are open already */
};

/* What messages call PATH. */
const char *raw_name(const char *path);

/* False if opening PATH or reading of it would wait: standard input that is a pipe. */
bool raw_ready(const char *path);

/* stat(2) of what PATH means. */
int raw_stat(const char *path, struct stat *st);

int raw_open(struct raw *r, const char *path, bool follow, struct nf_err *err);

/*
 * Up to N octets; with WAIT at least one, the end or a failure.  A signal that is handled
 * without SA_RESTART ends an input that waits.
 */
ssize_t raw_read(struct raw *r, void *buf, size_t n, bool wait);

/* N octets at OFFSET of a regular file, or fewer at its end; the reading position stays. */
ssize_t raw_pread(struct raw *r, void *buf, size_t n, uint64_t offset);

/* Begin anew; regular files alone. */
void raw_rewind(struct raw *r);

/* Keep the file open no longer than a read takes; regular files alone. */
void raw_lean(struct raw *r);

/* True if octets may come later than they are asked for. */
bool raw_live(const struct raw *r);

/* Take the place of R by FD, a regular file that R now owns. */
void raw_replace(struct raw *r, int fd);

void raw_close(struct raw *r);

#endif
