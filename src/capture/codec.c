#include <config.h>

#include "capture/codec.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>

#include "base/mem.h"
#include "capture/libarchive.h"

enum { IN_SIZE = 1 << 15 };

static ssize_t failed(struct codec *c, const char *why)
{
	snprintf(c->why, sizeof(c->why), "%s", why != NULL ? why : "unknown error");
	return RAW_FAILED;
}

/* Fill c->in where it is empty; what raw_read said, or the octets there. */
static ssize_t refill(struct codec *c, bool wait)
{
	ssize_t got;

	if (c->nin > 0)
		return (ssize_t)c->nin;
	got = raw_read(c->raw, c->in, IN_SIZE, wait);
	if (got == RAW_FAILED)
		return failed(c, strerror(errno));
	c->at = 0;
	c->nin = got > 0 ? (size_t)got : 0;
	return got;
}

/* --- not compressed --- */

static ssize_t plain_read(struct codec *c, uint8_t *buf, size_t n, bool wait)
{
	ssize_t got;

	if (c->nin > 0) {	/* what the choice of codec has read */
		if (n > c->nin)
			n = c->nin;
		memcpy(buf, c->in + c->at, n);
		c->at += n;
		c->nin -= n;
		return (ssize_t)n;
	}
	got = raw_read(c->raw, buf, n, wait);
	return got == RAW_FAILED ? failed(c, strerror(errno)) : got;
}

static const struct codec_ops plain = { .read = plain_read };

/* --- gz (RFC 1952): one member after the other --- */

struct gz {
	z_stream z;
	bool between;	/* members: the next begins with its header, or nothing follows */
	bool full;	/* the buffer was: zlib may have octets that had no room */
};

enum { GZ_WINDOW = 15 + 16 };	/* the largest window; gzip headers alone */

static int gz_open(struct codec *c)
{
	struct gz *g = nf_zalloc(sizeof(*g));

	if (g == NULL)
		return -1;
	c->state = g;
	return inflateInit2(&g->z, GZ_WINDOW) == Z_OK ? 0 : -1;
}

/* After a member: another one follows, or the rest is padding and the data ends. */
static bool gz_another(const struct codec *c)
{
	const uint8_t *p = c->in + c->at;

	return p[0] == 0x1f && (c->nin < 2 || p[1] == 0x8b);
}

/* Octets to inflate, as refill has them; 0 where nothing more belongs to the data. */
static ssize_t gz_more(struct codec *c, bool wait)
{
	struct gz *g = c->state;
	ssize_t got = refill(c, wait);

	if (got == 0 && !g->between)
		return failed(c, "cut short");
	if (got <= 0 || (g->between && !gz_another(c)))
		return got < 0 ? got : 0;
	g->between = false;
	return got;
}

static ssize_t gz_read(struct codec *c, uint8_t *buf, size_t n, bool wait)
{
	struct gz *g = c->state;
	size_t want = n;

	while (n == want) {
		ssize_t got = g->full ? 1 : gz_more(c, wait);
		int status;

		if (got <= 0)
			return got;
		g->z.next_in = c->in + c->at;
		g->z.avail_in = (uInt)c->nin;
		g->z.next_out = buf;
		g->z.avail_out = (uInt)n;
		status = inflate(&g->z, Z_NO_FLUSH);
		c->at += c->nin - g->z.avail_in;
		c->nin = g->z.avail_in;
		n = g->z.avail_out;
		g->full = n == 0;
		if (status == Z_STREAM_END) {
			g->between = true;
			g->full = false;
			if (inflateReset(&g->z) != Z_OK)
				return failed(c, "out of memory");
		} else if (status != Z_OK && status != Z_BUF_ERROR && n == want) {
			return failed(c, g->z.msg);
		}
	}
	return (ssize_t)(want - n);
}

static void gz_close(struct codec *c)
{
	struct gz *g = c->state;

	if (g != NULL)
		inflateEnd(&g->z);
	nf_free(g);
}

/* --- zst, xz, lz4, bz2 through libarchive's raw format --- */

static la_ssize_t archive_more(struct archive *a, void *ctx, const void **buf)
{
	struct codec *c = ctx;
	ssize_t got = refill(c, true);

	if (got < 0) {
		libarchive(NULL)->archive_set_error(a, EIO, "%s", c->why);
		return -1;
	}
	*buf = c->in + c->at;
	c->nin = 0;
	return got;
}

static ssize_t archive_failed(struct codec *c, const struct libarchive *lib)
{
	return failed(c, lib->archive_error_string(c->state));
}

static int archive_begin(struct codec *c)
{
	struct nf_err err;
	const struct libarchive *lib = libarchive(&err);
	struct archive_entry *entry;
	struct archive *a;

	if (lib == NULL)
		return (int)failed(c, err.text);
	c->state = a = lib->archive_read_new();
	if (a == NULL)
		return -1;
	/* ARCHIVE_WARN: only by running a program, which is not for us to do. */
	if (lib->archive_read_support_filter_by_code(a, c->ops->filter) != ARCHIVE_OK ||
	    lib->archive_read_support_format_raw(a) != ARCHIVE_OK ||
	    lib->archive_read_support_format_empty(a) != ARCHIVE_OK)
		return (int)failed(c, "a libarchive that was built with it");
	c->began = true;
	if (lib->archive_read_open(a, c, NULL, archive_more, NULL) != ARCHIVE_OK)
		return (int)archive_failed(c, lib);
	switch (lib->archive_read_next_header(a, &entry)) {
	case ARCHIVE_FATAL:
		return (int)archive_failed(c, lib);
	case ARCHIVE_EOF:
		c->empty = true;
		return 0;
	default:
		return 0;
	}
}

static ssize_t archive_get(struct codec *c, uint8_t *buf, size_t n, bool wait)
{
	const struct libarchive *lib = libarchive(NULL);
	la_ssize_t got;

	if (c->empty)
		return 0;
	/* libarchive takes octets when it pleases, so nothing is there for sure. */
	if (!wait && raw_live(c->raw))
		return RAW_NOT_YET;
	got = lib->archive_read_data(c->state, buf, n);
	return got < 0 ? archive_failed(c, lib) : got;
}

static void archive_end(struct codec *c)
{
	if (c->state != NULL)
		libarchive(NULL)->archive_read_free(c->state);
}

static const struct codec_ops codecs[] = {
	{ .name = "gz", .magic = { 0x1f, 0x8b }, .nmagic = 2,
	  .open = gz_open, .read = gz_read, .close = gz_close },
	{ .name = "zst", .magic = { 0x28, 0xb5, 0x2f, 0xfd }, .nmagic = 4,
	  .open = archive_begin, .read = archive_get, .close = archive_end,
	  .filter = ARCHIVE_FILTER_ZSTD },
	/* pzstd puts a frame to be skipped (RFC 8878 section 3.1.2) before the first */
	{ .name = "zst", .magic = { 0x50, 0x2a, 0x4d, 0x18 }, .nmagic = 4,
	  .open = archive_begin, .read = archive_get, .close = archive_end,
	  .filter = ARCHIVE_FILTER_ZSTD },
	{ .name = "xz", .magic = { 0xfd, '7', 'z', 'X', 'Z', 0 }, .nmagic = 6,
	  .open = archive_begin, .read = archive_get, .close = archive_end,
	  .filter = ARCHIVE_FILTER_XZ },
	{ .name = "lz4", .magic = { 0x04, 0x22, 0x4d, 0x18 }, .nmagic = 4,
	  .open = archive_begin, .read = archive_get, .close = archive_end,
	  .filter = ARCHIVE_FILTER_LZ4 },
	/* lz4 -l: the format of the Linux kernel's images */
	{ .name = "lz4", .magic = { 0x02, 0x21, 0x4c, 0x18 }, .nmagic = 4,
	  .open = archive_begin, .read = archive_get, .close = archive_end,
	  .filter = ARCHIVE_FILTER_LZ4 },
	{ .name = "bz2", .magic = { 'B', 'Z', 'h' }, .nmagic = 3,
	  .open = archive_begin, .read = archive_get, .close = archive_end,
	  .filter = ARCHIVE_FILTER_BZIP2 },
};

static const struct codec_ops *choose(const uint8_t *p, size_t n)
{
	for (size_t i = 0; i < sizeof(codecs) / sizeof(codecs[0]); i++)
		if (n >= codecs[i].nmagic && memcmp(p, codecs[i].magic, codecs[i].nmagic) == 0)
			return &codecs[i];
	return &plain;
}

bool codec_is_packed(const uint8_t *first, size_t n)
{
	return choose(first, n) != &plain;
}

/* The first octets: as many as tell the compression, or all that there are. */
static ssize_t first_octets(struct codec *c)
{
	ssize_t got = 1;

	while (c->nin < CODEC_MAGIC && got > 0) {
		got = raw_read(c->raw, c->in + c->nin, IN_SIZE - c->nin, true);
		if (got > 0)
			c->nin += (size_t)got;
	}
	return got;
}

static void tell(const struct codec *c, struct nf_err *err)
{
	if (c->began)
		nf_err_set(err, NF_ERR_DAMAGE, "%s: nothing of its %s data can be read: %s",
			   c->raw->name, c->ops->name, c->why);
	else
		nf_err_set(err, NF_ERR_ENV, "%s: reading %s needs %s", c->raw->name, c->ops->name,
			   c->why);
}

int codec_open(struct codec *c, struct raw *raw, bool as_is, struct nf_err *err)
{
	*c = (struct codec){ .ops = &plain, .raw = raw };
	if (as_is)
		return 0;
	c->in = nf_alloc(IN_SIZE);
	if (c->in == NULL)
		return nf_err_memory(err);
	if (first_octets(c) < 0) {
		nf_err_set(err, NF_ERR_ENV, "%s: %s", raw->name, strerror(errno));
		codec_close(c);
		return -1;
	}
	c->ops = choose(c->in, c->nin);
	if (c->ops->open != NULL && c->ops->open(c) < 0) {
		if (c->why[0] == '\0')
			nf_err_memory(err);
		else
			tell(c, err);
		codec_close(c);
		return -1;
	}
	return 0;
}

ssize_t codec_read(struct codec *c, uint8_t *buf, size_t n, bool wait)
{
	return c->ops->read(c, buf, n, wait);
}

bool codec_loses_blocks(const char *name)
{
	return strcmp(name, "gz") != 0;
}

void codec_close(struct codec *c)
{
	if (c->ops != NULL && c->ops->close != NULL)
		c->ops->close(c);
	nf_free(c->in);
	*c = (struct codec){ .ops = NULL };
}
