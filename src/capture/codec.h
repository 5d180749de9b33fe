/*
 * Compressed inputs: the octets of a raw input as they were before compression.
 *
 * gz is read through zlib, which gives all that a cut file holds; zst, xz, lz4 and bz2
 * through libarchive, which drops the last, unfinished block of one.  It is loaded when the
 * first of them is opened.
 */
#ifndef CAPTURE_CODEC_H
#define CAPTURE_CODEC_H

#include "capture/raw.h"

enum { CODEC_MAGIC = 6 };	/* octets that tell the compression */

struct codec;

struct codec_ops {
	const char *name;		/* "gz"; NULL: not compressed */
	uint8_t magic[CODEC_MAGIC];
	uint8_t nmagic;
	int (*open)(struct codec *c);
	ssize_t (*read)(struct codec *c, uint8_t *buf, size_t n, bool wait);
	void (*close)(struct codec *c);
	int filter;			/* what libarchive calls it: ARCHIVE_FILTER_ZSTD */
};

struct codec {
	const struct codec_ops *ops;
	struct raw *raw;
	void *state;
	uint8_t *in;			/* raw octets not yet decoded: nin of them at `at` */
	size_t at, nin;
	bool began;			/* what is wrong is wrong with the octets */
	bool empty;			/* packed, and nothing in it */
	char why[400];			/* after a failure: what is wrong with the octets */
};

/*
 * Look at the first octets of RAW and choose, or with AS_IS do not; -1 and *ERR on failure.
 */
int codec_open(struct codec *c, struct raw *raw, bool as_is, struct nf_err *err);

/* As raw_read; on RAW_FAILED c->why says what is wrong. */
ssize_t codec_read(struct codec *c, uint8_t *buf, size_t n, bool wait);

/* Do these first octets of a file say that it is compressed? */
bool codec_is_packed(const uint8_t *first, size_t n);

/* True if of data that is cut, a whole block cannot be had.  NAME as in codec_ops. */
bool codec_loses_blocks(const char *name);

void codec_close(struct codec *c);

#endif
